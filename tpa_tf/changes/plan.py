"""Terraform's own plan, from ``terraform show -json``: only what a review needs of it.

The format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tpa_tf.changes.effects import Actions
from tpa_tf.cluster.load import CONFIG_NAME
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform import ask

_FORMAT = "1"
"""Major version of the format, within which Terraform only adds."""
_ZIP = b"PK"
_HOW = "give what terraform show -json PLAN printed, or the plan file itself"


@dataclass(frozen=True)
class PlannedChange:
    """What the plan does with one object."""

    address: str
    kind: str
    """The resource type."""
    actions: Actions
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changed: frozenset[str]
    """Names of the arguments that differ, or that will be known after the apply only."""
    hidden: frozenset[str]
    """Those of them that are sensitive."""
    forced_by: frozenset[str]
    """Names of the arguments because of which it is replaced."""
    previous_address: str | None
    deposed: bool
    """Whether this is what is left of an earlier replacement that failed."""
    imported: bool


@dataclass(frozen=True)
class Plan:
    """A whole plan."""

    changes: tuple[PlannedChange, ...]
    """Of managed resources, without those to which nothing happens at all."""
    machines: tuple[PlannedChange, ...]
    """Every machine, those that stay as they are too."""
    vanished: frozenset[str]
    """Addresses of what Terraform does not find any more."""
    errored: bool
    """Whether planning failed on the way: the rest is not in it."""
    cluster_directory: str | None
    """The value of the stack's variable ``cluster_dir``."""


def read_plan(name: str, stdin: BinaryIO) -> Plan:
    """The plan in the file ``name``, JSON or Terraform's own; ``-`` is stdin. TpaTfError if it is none."""
    data = _content(name, stdin)
    try:
        document = json.loads(data)
    except ValueError as error:
        raise TpaTfError(f"{name} is no plan ({error}): {_HOW}") from error
    if not isinstance(document, dict) or "format_version" not in document or "planned_values" not in document:
        raise TpaTfError(f"{name} is no plan: {_HOW}")
    version = str(document["format_version"])
    if version.partition(".")[0] != _FORMAT:
        raise TpaTfError(f"{name} is a plan of format {version}, and this program knows {_FORMAT}.x: update it")
    try:
        return _plan(document)
    except (AttributeError, KeyError, TypeError) as error:
        raise TpaTfError(f"{name} is a plan that can't be understood ({error!r}): {_HOW}") from error


def beside(name: str, plan: Plan) -> str | None:
    """The config of the plan's cluster, if the plan is in a file of its stack's directory; None if not found there."""
    if name == "-" or plan.cluster_directory is None:
        return None
    directory = Path(os.path.normpath(Path(name).parent / plan.cluster_directory))
    return str(directory) if (directory / CONFIG_NAME).is_file() else None


def _content(name: str, stdin: BinaryIO) -> bytes:
    if name == "-":
        return stdin.read()
    path = Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TpaTfError(f"{name} can't be read: {error.strerror or error}") from error
    if not data.startswith(_ZIP):
        return data
    instead = "give what terraform show -json printed"
    return ask(path.parent, "show", "-json", path.name, instead=instead).encode()


def _plan(document: Mapping[str, Any]) -> Plan:
    everything = tuple(_changes(document.get("resource_changes") or ()))
    vanished = (drift["address"] for drift in document.get("resource_drift") or () if _actions(drift) == ("delete",))
    variables = document.get("variables") or {}
    directory = (variables.get("cluster_dir") or {}).get("value")
    return Plan(
        changes=tuple(each for each in everything if each.actions or each.previous_address or each.imported),
        machines=tuple(each for each in everything if each.kind == "aws_instance" and not each.deposed),
        vanished=frozenset(vanished),
        errored=bool(document.get("errored")),
        cluster_directory=directory if isinstance(directory, str) else None,
    )


def _changes(resources: Any) -> Iterator[PlannedChange]:
    for resource in resources:
        if resource["mode"] != "managed":
            continue
        change = resource["change"]
        before, after = change.get("before") or {}, change.get("after") or {}
        unknown = change.get("after_unknown") or {}
        names = before.keys() | after.keys() | unknown.keys()
        hidden = [change.get(side) or {} for side in ("before_sensitive", "after_sensitive")]
        paths = change.get("replace_paths") or ()
        yield PlannedChange(
            address=resource["address"],
            kind=resource["type"],
            actions=_actions(resource),
            before=before,
            after=after,
            changed=frozenset(name for name in names if _any(unknown.get(name)) or before.get(name) != after.get(name)),
            hidden=frozenset(name for name in names if any(_any(side.get(name)) for side in hidden)),
            forced_by=frozenset(str(path[0]) for path in paths if path),
            previous_address=resource.get("previous_address"),
            deposed="deposed" in resource,
            imported="importing" in change,
        )


def _actions(resource: Mapping[str, Any]) -> Actions:
    return tuple(each for each in resource["change"]["actions"] if each not in ("no-op", "read"))


def _any(marks: Any) -> bool:
    """Whether anything in ``marks``, which has the shape of a value with true for what is marked, is marked."""
    if isinstance(marks, dict):
        return any(_any(each) for each in marks.values())
    return any(_any(each) for each in marks) if isinstance(marks, list) else bool(marks)
