"""Terraform's own plan, from ``terraform show -json``: only what is to be judged of it.

The format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from tpa_tf.changes.effects import (
    CREATE,
    DELETE,
    FORGET,
    FORGET_AND_CREATE,
    NOTHING,
    REPLACE,
    UPDATE,
    Actions,
    Effect,
)
from tpa_tf.changes.plan import INSTANCE, VOLUME, Change, Failure, Plan
from tpa_tf.changes.words import on_one_line
from tpa_tf.errors import TpaTfError
from tpa_tf.files import CONFIG_NAME
from tpa_tf.limits import provider as limits
from tpa_tf.limits.provider import ProviderVersions
from tpa_tf.terraform.resources import resource_type
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

_UNWANTED = "delete_because_no_"
_SUBNET = re.compile(r"aws_subnet\.[\w-]+")
_Kind = TypeVar("_Kind")


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
        document = _parsed(data)
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


def _parsed(data: bytes) -> Any:
    """The JSON in ``data``, which need not be UTF-8 throughout.

    Version 6 of the provider may have a compressed first-boot script as it is in the state:
    https://github.com/hashicorp/terraform-provider-aws/issues/44506
    """
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(data.decode(errors="replace"))


def _plan(document: Mapping[str, Any]) -> Plan:
    drifts = _get(document, "resource_drift", list, [])
    put_off = _get(document, "deferred_changes", list, [])
    deferrals = [_get(deferral, "resource_change", dict) for deferral in put_off]
    variable = _get(_get(document, "variables", dict, {}), "cluster_dir", dict, {})
    directory = variable.get("value")
    configuration = _get(_get(document, "configuration", dict, {}), "root_module", dict, {})
    vanished = frozenset(_get(drift, "address", str) for drift in drifts if _actions(drift) == DELETE)
    unmet = dict(_unmet(_get(document, "checks", list, [])))
    resources = tuple(_changes(_get(document, "resource_changes", list, []), vanished, unmet))
    told = {change.address for change in resources}
    failed = tuple(
        Change(address, _type_of(address), NOTHING, failures=failures)
        for address, failures in sorted(unmet.items())
        if address not in told
    )
    return Plan(
        (*resources, *failed),
        subnets_of=dict(_subnets_of(configuration, "")),
        drift=tuple(_changes(drifts, frozenset(), {})),
        errored=_get(document, "errored", bool, False),
        # Terraform before 1.8 doesn't say it, also of a plan with -target.
        complete=_get(document, "complete", bool, False) and not deferrals,
        invoked=tuple(
            sorted(_get(invoked, "address", str) for invoked in _get(document, "action_invocations", list, []))
        ),
        deferred=tuple(sorted(_get(deferral, "address", str) for deferral in deferrals)),
        provider_versions=_provider_versions(_get(document, "configuration", dict, {})),
        cluster_directory=directory if isinstance(directory, str) else None,
    )


def _provider_versions(configuration: Mapping[str, Any]) -> ProviderVersions | None:
    """The versions of the AWS provider that the configuration allows, if it says so."""
    for block in _get(configuration, "provider_config", dict, {}).values():
        if _get(block, "name", str, "") == "aws":
            return limits.read(_get(block, "version_constraint", str, ""))
    return None


def _changes(
    resources: list[Any], vanished: frozenset[str], unmet: Mapping[str, tuple[Failure, ...]]
) -> Iterator[Change]:
    for resource in resources:
        if _get(resource, "mode", str) != "managed":
            continue
        address, type_ = _get(resource, "address", str), _get(resource, "type", str)
        change = _get(resource, "change", dict)
        before, after, unknown = (
            _flat(type_, _get(change, side, dict, {})) for side in ("before", "after", "after_unknown")
        )
        hidden = [_flat(type_, _marks(change.get(side))) for side in ("before_sensitive", "after_sensitive")]
        if type_ in (INSTANCE, VOLUME):
            for side in (before, after):
                _get(side, "tags", dict, {})  # they say whose it is
        names = before.keys() | after.keys() | unknown.keys()
        pending = frozenset(name for name in names if _any(unknown.get(name)))
        actions = _actions(resource)
        paths = _get(change, "replace_paths", list, [])
        yield Change(
            address=address,
            type=type_,
            actions=actions,
            before=before,
            after=after,
            changed=pending | {name for name in names if before.get(name) != after.get(name)},
            unknown=pending,
            hidden=frozenset(name for name in names if any(_any(side.get(name)) for side in hidden)),
            forced_by=frozenset(_argument(type_, path) for path in paths if isinstance(path, list) and path),
            failures=unmet.get(address, ()),
            previous_address=_get(resource, "previous_address", str, "") or None,
            deposed="deposed" in resource,
            imported="importing" in change,
            vanished=actions == CREATE and address in vanished,
            unwanted=_get(resource, "action_reason", str, "").startswith(_UNWANTED),
            region=_region(after),
            region_before=_region(before),
        )


def _flat(type_: str, side: Mapping[str, Any]) -> dict[str, Any]:
    """An object, the arguments of a single nested block as ``block.argument`` where that is how they are declared."""
    declared = resource_type(type_)
    flat: dict[str, Any] = {}
    for name, value in side.items():
        if declared and name in declared.nested and isinstance(value, list) and len(value) == 1:
            block = value[0]
            flat |= {f"{name}.{inner}": given for inner, given in block.items()} if isinstance(block, dict) else {}
        else:
            flat[name] = value
    return flat


def _argument(type_: str, path: list[Any]) -> str:
    """The argument that a path into an object leads to: ``["root_block_device", 0, "encrypted"]``."""
    declared = resource_type(type_)
    name = str(path[0])
    return f"{name}.{path[2]}" if declared and name in declared.nested and len(path) > 2 else name


def _region(side: Mapping[str, Any]) -> str:
    """The region of an object, of which only the ARN tells."""
    arn = side.get("arn")
    return arn.split(":")[3] if isinstance(arn, str) and arn.count(":") > 3 else ""


def _unmet(checks: list[Any]) -> Iterator[tuple[str, tuple[Failure, ...]]]:
    """The conditions of resources and data sources that fail the plan, by address."""
    for check in checks:
        if _get(_get(check, "address", dict), "kind", str, "") != "resource":
            continue
        for instance in _get(check, "instances", list, []):
            problems = [_get(problem, "message", str, "") for problem in _get(instance, "problems", list, [])]
            if _get(instance, "status", str, "") == "fail":
                address = _get(_get(instance, "address", dict), "to_display", str)
                yield address, tuple(Failure(Effect.FAILS_IN_PLAN, message) for message in problems)


def _type_of(address: str) -> str:
    """The resource type in an address, of a module too."""
    return next((part for part in address.split(".") if part.startswith("aws_")), address)


def _actions(resource: Any) -> Actions:
    actions = _get(_get(resource, "change", dict), "actions", list)
    found = _ACTIONS.get(tuple(action for action in actions if isinstance(action, str)))
    if found is None or not all(isinstance(action, str) for action in actions):
        raise _MalformedError(
            f"actions {json.dumps(actions)} of {json.dumps(resource.get('address'))}: this program knows none such, "
            "and can't say what they take away"
        )
    return found


def _subnets_of(module: dict[str, Any], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for resource in _get(module, "resources", list, []):
        if _get(resource, "type", str, "") == INSTANCE:
            subnet = _get(resource, "expressions", dict, {}).get("subnet_id")
            references = _get(subnet, "references", list, []) if isinstance(subnet, dict) else []
            found = filter(None, (_SUBNET.match(str(reference)) for reference in references))
            yield prefix + _get(resource, "address", str), frozenset(prefix + subnet[0] for subnet in found)
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


def _marks(marks: Any) -> Mapping[str, Any]:
    """What is marked within an object; Terraform writes false where nothing is."""
    return marks if isinstance(marks, dict) else {}


def _any(marks: Any) -> bool:
    """Whether anything in ``marks``, which has the shape of a value with true for what is marked, is marked."""
    if isinstance(marks, dict):
        return any(_any(mark) for mark in marks.values())
    return any(_any(mark) for mark in marks) if isinstance(marks, list) else bool(marks)
