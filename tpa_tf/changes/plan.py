"""Terraform's own plan, from ``terraform show -json``: only what a review needs of it.

The format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from tpa_tf.changes.effects import CREATE, DELETE, FORGET, FORGET_AND_CREATE, NOTHING, REPLACE, UPDATE, Actions
from tpa_tf.changes.render import on_one_line
from tpa_tf.cluster.load import CONFIG_NAME
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform_command import ask

_FORMAT = "1"
"""Major version of the format, within which Terraform only adds."""
_ZIP = b"PK"
_HOW = "give what terraform show -json PLAN printed, or the plan file itself"

_ACTIONS: Mapping[tuple[str, ...], Actions] = {
    ("no-op",): NOTHING,
    ("read",): NOTHING,
    ("create",): CREATE,
    ("update",): UPDATE,
    ("delete",): DELETE,
    ("forget",): FORGET,
    ("delete", "create"): REPLACE,
    ("create", "delete"): REPLACE,
    ("create", "forget"): FORGET_AND_CREATE,
    ("forget", "create"): FORGET_AND_CREATE,
}
"""All that Terraform writes, to what it is to us. Anything else is refused: it might take something away."""

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_SUBNET = re.compile(r"aws_subnet\.[\w-]+")
_Kind = TypeVar("_Kind")


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
    unknown: frozenset[str]
    """Those of them that will be known after the apply only, as a whole or in part."""
    hidden: frozenset[str]
    """Those of them that are sensitive."""
    forced_by: frozenset[str]
    """Names of the arguments because of which it is replaced."""
    previous_address: str | None
    deposed: bool
    """Whether this is what is left of an earlier replacement that failed."""
    imported: bool

    @property
    def destroys(self) -> bool:
        """Whether the object of before is no more afterwards."""
        return "delete" in self.actions

    @property
    def goes(self) -> bool:
        """Whether Terraform lets go of the object of before: destroys it, or forgets it."""
        return self.destroys or "forget" in self.actions

    @property
    def makes(self) -> bool:
        """Whether a new object is made."""
        return "create" in self.actions

    def was(self, name: str) -> str:
        """The argument ``name`` before, as text; empty where there is none."""
        value = self.before.get(name)
        return value if isinstance(value, str) else ""

    @property
    def old_tags(self) -> Mapping[str, Any]:
        """The tags before."""
        return _tags(self.before)

    @property
    def new_tags(self) -> Mapping[str, Any]:
        """The tags after, as far as they are known."""
        return _tags(self.after)


@dataclass(frozen=True)
class Plan:
    """A whole plan."""

    resources: tuple[PlannedChange, ...]
    """Everything that Terraform manages, that to which nothing happens too."""
    subnets_of: Mapping[str, frozenset[str]]
    """The address of a machine, in the configuration, to those of the subnets that its ``subnet_id`` refers to."""
    vanished: frozenset[str]
    """Addresses of what Terraform does not find any more."""
    errored: bool
    """Whether planning failed on the way: the rest is not in it."""
    complete: bool
    """Whether the plan is of everything there is to do (not with ``-target``, nor if Terraform puts anything off)."""
    deferred: tuple[str, ...]
    """Addresses of what Terraform puts off to a later plan, sorted."""
    cluster_directory: str | None
    """The value of the stack's variable ``cluster_dir``."""

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        """Of managed resources, without those to which nothing happens at all."""
        return tuple(each for each in self.resources if each.actions or each.previous_address or each.imported)

    def of_kind(self, kind: str) -> tuple[PlannedChange, ...]:
        """Every resource of the type ``kind``, without what is left of earlier replacements."""
        return tuple(each for each in self.resources if each.kind == kind and not each.deposed)


class _MalformedError(Exception):
    """Something in the document that no plan has."""


def read_plan(name: str, stdin: BinaryIO) -> Plan:
    """The plan in the file ``name``, JSON or Terraform's own; ``-`` is stdin. TpaTfError if it is none."""
    data = _content(name, stdin)
    try:
        return _plan(_document(name, data))
    except _MalformedError as error:
        raise TpaTfError(f"{name} is a plan that can't be understood ({error}): {_HOW}") from error
    except RecursionError as error:
        raise TpaTfError(f"{name} is no plan (it is nested too deeply): {_HOW}") from error


def beside(name: str, plan: Plan) -> str | None:
    """The config of the plan's cluster, if the plan is in a file of its stack's directory; None if not found there."""
    if name == "-" or plan.cluster_directory is None:
        return None
    directory = Path(os.path.normpath(Path(name).parent / plan.cluster_directory))
    return str(directory) if (directory / CONFIG_NAME).is_file() else None


def without_index(address: str) -> str:
    """An address as the configuration has it, without the keys of ``count`` and ``for_each``."""
    return _INDEX.sub("", address)


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


def _document(name: str, data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise TpaTfError(f"{name} is no plan ({error}): {_HOW}") from error
    if not isinstance(document, dict) or "format_version" not in document or "planned_values" not in document:
        raise TpaTfError(f"{name} is no plan: {_HOW}")
    version = str(document["format_version"])
    if version.partition(".")[0] != _FORMAT:
        raise TpaTfError(
            f"{name} is a plan of format {on_one_line(version)}, and this program knows {_FORMAT}.x: update it"
        )
    return document


def _plan(document: Mapping[str, Any]) -> Plan:
    drifts = _get(document, "resource_drift", list, [])
    deferrals = [_get(each, "resource_change", dict) for each in _get(document, "deferred_changes", list, [])]
    variable = _get(_get(document, "variables", dict, {}), "cluster_dir", dict, {})
    directory = variable.get("value")
    configuration = _get(_get(document, "configuration", dict, {}), "root_module", dict, {})
    return Plan(
        resources=tuple(_changes(_get(document, "resource_changes", list, []))),
        subnets_of=dict(_subnets_of(configuration, "")),
        vanished=frozenset(_get(drift, "address", str) for drift in drifts if _actions(drift) == DELETE),
        errored=_get(document, "errored", bool, False),
        complete=_get(document, "complete", bool, True) and not deferrals,
        deferred=tuple(sorted(_get(each, "address", str) for each in deferrals)),
        cluster_directory=directory if isinstance(directory, str) else None,
    )


def _changes(resources: list[Any]) -> Iterator[PlannedChange]:
    for resource in resources:
        if _get(resource, "mode", str) != "managed":
            continue
        address, kind = _get(resource, "address", str), _get(resource, "type", str)
        change = _get(resource, "change", dict)
        before, after, unknown = (_get(change, side, dict, {}) for side in ("before", "after", "after_unknown"))
        hidden = [_marks(change.get(side)) for side in ("before_sensitive", "after_sensitive")]
        if kind in ("aws_instance", "aws_ebs_volume"):
            for side in (before, after):
                _get(side, "tags", dict, {})  # they say whose it is
        names = before.keys() | after.keys() | unknown.keys()
        pending = frozenset(name for name in names if _any(unknown.get(name)))
        yield PlannedChange(
            address=address,
            kind=kind,
            actions=_actions(resource),
            before=before,
            after=after,
            changed=pending | {name for name in names if before.get(name) != after.get(name)},
            unknown=pending,
            hidden=frozenset(name for name in names if any(_any(side.get(name)) for side in hidden)),
            forced_by=frozenset(
                str(path[0]) for path in _get(change, "replace_paths", list, []) if isinstance(path, list) and path
            ),
            previous_address=_get(resource, "previous_address", str, "") or None,
            deposed="deposed" in resource,
            imported="importing" in change,
        )


def _actions(resource: Any) -> Actions:
    actions = _get(_get(resource, "change", dict), "actions", list)
    found = _ACTIONS.get(tuple(each for each in actions if isinstance(each, str)))
    if found is None or not all(isinstance(each, str) for each in actions):
        raise _MalformedError(
            f"actions {json.dumps(actions)} of {json.dumps(resource.get('address'))}: this program knows none such, "
            "and can't say what they take away"
        )
    return found


def _subnets_of(module: dict[str, Any], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for resource in _get(module, "resources", list, []):
        if _get(resource, "type", str, "") == "aws_instance":
            subnet = _get(resource, "expressions", dict, {}).get("subnet_id")
            references = _get(subnet, "references", list, []) if isinstance(subnet, dict) else []
            found = filter(None, (_SUBNET.match(str(each)) for each in references))
            yield prefix + _get(resource, "address", str), frozenset(prefix + each[0] for each in found)
    for name, call in _get(module, "module_calls", dict, {}).items():
        yield from _subnets_of(_get(call, "module", dict, {}), f"{prefix}module.{name}.")


def _get(thing: Any, name: str, kind: type[_Kind], default: _Kind | None = None) -> _Kind:
    """The member ``name`` of ``thing``; ``default`` where it is left out or null, if there may be none."""
    value = thing.get(name) if isinstance(thing, dict) else None
    if value is None and default is not None:
        return default
    if not isinstance(value, kind):
        raise _MalformedError(f"{name} is {_NAMES[type(value)]}, and should be {_NAMES[kind]}")
    return value


_NAMES: Mapping[type, str] = {
    dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number",
    type(None): "missing",
}  # fmt: skip


def _tags(side: Mapping[str, Any]) -> Mapping[str, Any]:
    tags = side.get("tags")
    return tags if isinstance(tags, dict) else {}


def _marks(marks: Any) -> Mapping[str, Any]:
    """What is marked within an object; Terraform writes false where nothing is."""
    return marks if isinstance(marks, dict) else {}


def _any(marks: Any) -> bool:
    """Whether anything in ``marks``, which has the shape of a value with true for what is marked, is marked."""
    if isinstance(marks, dict):
        return any(_any(each) for each in marks.values())
    return any(_any(each) for each in marks) if isinstance(marks, list) else bool(marks)
