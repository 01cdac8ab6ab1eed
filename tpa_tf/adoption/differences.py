"""What a plan would do to things that are adopted and differ from their config: none may be replaced or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tpa_tf.adoption.candidates import Candidate, Candidates
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.rules.adoption import ADOPT_CHANGES, ADOPT_DIFFERS
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.expressions import Value
from tpa_tf.terraform.resource_type import ResourceType
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import Stack


def check_differences(report: Report, stack: Stack, found: Candidates) -> None:
    """Report, at the config's line, what AWS has otherwise and can't simply be changed.

    An error where the plan would replace the thing, or fail; a warning where it stops an instance or turns packets.
    """
    for address, candidate in found.taken.items():
        block = stack.things[address]
        declared = resource_type(block.type)
        if not isinstance(block, Resource) or declared is None:
            continue
        for argument, wanted, actual in _differing(block, candidate, found):
            _tell(report, declared, block, candidate, argument, wanted, actual)


def _differing(block: Resource, candidate: Candidate, found: Candidates) -> Iterator[tuple[str, object, object]]:
    """Arguments that the config gives, or guards, with what it wants and what AWS has."""
    guarded = {guard.argument: guard.wanted for guard in block.lifecycle.guards}
    for argument, actual in candidate.attributes.items():
        value = guarded.get(argument) if argument in block.lifecycle.ignored else _argument(block, argument)
        wanted = _NEW if found.is_new(value) else found.value(value)
        if wanted is None and value is None:
            wanted = _BY_DEFAULT.get(argument)
        if wanted is not None and str(wanted) != str(actual):
            yield argument, wanted, actual


def _argument(block: Resource, argument: str) -> Value:
    outer, _, inner = argument.partition(".")
    value = block.arguments.get(outer)
    if not inner:
        return value
    return value.get(inner) if isinstance(value, dict) else None


def _tell(
    report: Report,
    declared: ResourceType,
    block: Resource,
    candidate: Candidate,
    argument: str,
    wanted: object,
    actual: object,
) -> None:
    what = block.named or f"the {declared.label}"
    has = f"{what} ({candidate.id}) has {argument} {_shown(actual)}, and the config gives {_shown(wanted)}"
    key = _KEYS.get(argument.rpartition(".")[2]) or _KEYS.get(argument)
    path = _path(report, block, key)
    help = f"write {key}: {_shown(actual)}" if key else f"write in the config what {candidate.id} has"
    refused = declared.refused_when.get(argument)
    if argument in block.lifecycle.ignored:
        report.add(ADOPT_DIFFERS, path, f"{has}: AWS can't change it, and the plan would fail", help)
    elif argument in declared.replaces | _REPLACING or _replaces(declared, argument, actual, wanted):
        report.add(ADOPT_DIFFERS, path, f"{has}: the plan would replace it", help)
    elif (argument in declared.grows_only and _number(wanted) < _number(actual)) or (
        refused and refused[0](str(actual), str(wanted))
    ):
        report.add(ADOPT_DIFFERS, path, f"{has}: AWS refuses this change", help)
    elif argument in declared.stops:
        report.add(ADOPT_CHANGES, path, f"{has}: the apply stops and starts it", help)
    elif argument in declared.steers:
        report.add(ADOPT_CHANGES, path, f"{has}: the apply sends packets another way", help)
    elif argument in _NOTABLE:
        report.add(ADOPT_CHANGES, path, f"{has}: the apply changes it", help)


_NEW = "one that is yet to be created"
"""In the place of a value that only the apply will know."""

_BY_DEFAULT: Mapping[str, object] = {
    "hibernation": False,
    "instance_tenancy": "default",
    "map_public_ip_on_launch": False,
    "source_dest_check": True,
}
"""What Terraform takes for arguments that no config has."""

_REPLACING = frozenset({"hibernation"})
"""Of these, those for which it replaces the resource."""

_NOTABLE = frozenset(
    {
        "disable_api_termination",
        "iam_instance_profile",
        "instance_tenancy",
        "map_public_ip_on_launch",
        "metadata_options.http_put_response_hop_limit",
        "role",
        "root_block_device.delete_on_termination",
        "source_dest_check",
        "vpc_security_group_ids",
    }
)
"""Arguments, changed in place, that somebody may have set on purpose."""

_KEYS = {
    "encrypted": "encrypted",
    "instance_type": "type",
    "iops": "iops",
    "kms_key_id": "kms_key_id",
    "private_ip": "private_ip",
    "size": "volume_size",
    "subnet_id": "subnet",
    "throughput": "throughput",
    "ttl": "route53_ttl",
    "type": "volume_type",
    "volume_size": "volume_size",
    "volume_type": "volume_type",
}
"""The keys of the config that become arguments, by these."""


def _path(report: Report, block: Resource, key: str | None) -> KeyPath:
    """The line of ``key`` where the config has it beside what asks for the block, else that."""
    origin = block.origin[:-1] if block.type == "aws_instance" else block.origin
    beside = (*origin, key) if key else block.origin
    return beside if beside in report.document.marks else block.origin


def _replaces(declared: ResourceType, argument: str, actual: object, wanted: object) -> bool:
    replaces = declared.replaces_when.get(argument)
    return replaces is not None and replaces(str(actual), str(wanted))


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)
