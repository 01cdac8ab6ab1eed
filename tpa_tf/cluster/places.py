"""Regions and zones that nobody knows: misspelt, or newer than this program."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.cluster.context import Context
from tpa_tf.config.document import KeyPath
from tpa_tf.config.spelling import suggestion
from tpa_tf.limits import provider
from tpa_tf.limits.regions import REGIONS, is_usual_zone
from tpa_tf.rules.regions import UNKNOWN_REGION, UNLIKELY_ZONE

_SKIP = "terraform: {provider: {skip_region_validation: yes}} has the provider take it"


def check(context: Context) -> None:
    """Warn of each such region and zone once, where it stands first."""
    terraform = context.sections.terraform
    if not (terraform and terraform.provider.get("skip_region_validation")):
        for name, (path, on_key) in _first(context).items():
            _check_region(context, name, path, on_key)
    for name, path in _zones(context):
        if not is_usual_zone(name):
            message = f"no such zone is known: {name}"
            context.report.add(UNLIKELY_ZONE, path, message, "the zones of a region are a to f", cause=name)


def _check_region(context: Context, name: str, path: KeyPath, on_key: bool) -> None:
    versions = context.provider_version
    if provider.refuses_region(versions, name):
        message = f"{versions.said} doesn't know {name}, so that the plan fails"
        context.report.add(UNKNOWN_REGION, path, message, _SKIP, on_key=on_key)
    if name not in REGIONS:
        guess = suggestion(name, REGIONS)
        help = f"did you mean {guess}? " if guess else ""
        help += f"If it is new, {versions.said} doesn't know it either: {_SKIP}"
        context.report.add(UNKNOWN_REGION, path, f"no region {name} is known", help, on_key=on_key)


def _first(context: Context) -> dict[str, tuple[KeyPath, bool]]:
    """By region, where it stands first in the text, and whether that is a key."""
    document = context.report.document

    def position(place: tuple[str, KeyPath, bool]) -> tuple[int, int]:
        _, path, on_key = place
        mark = document.key_mark(path) if on_key else document.mark(path)
        return mark.line, mark.column

    found: dict[str, tuple[KeyPath, bool]] = {}
    for name, path, on_key in sorted(_regions(context), key=position):
        found.setdefault(name, (path, on_key))
    return found


def _regions(context: Context) -> Iterator[tuple[str, KeyPath, bool]]:
    """Every region that is named, its place, and whether that is a key."""
    sections = context.sections
    for section, names in (
        ("ec2_vpc", sections.vpcs),
        ("ec2_vpc_subnets", sections.subnets or {}),
        ("ec2_vpc_igw", sections.gateways),
        ("ec2_groups", sections.groups),
    ):
        yield from ((name, (section, name), True) for name in names if name)
    for location in context.locations:
        if location.spec.region:
            yield location.spec.region, (*location.path, "region"), False
    yield from ((each.spec.region, each.path("region"), False) for each in context.instances)
    if sections.terraform and sections.terraform.home_region:
        yield sections.terraform.home_region, ("terraform", "home_region"), False


def _zones(context: Context) -> Iterator[tuple[str, KeyPath]]:
    """Every zone that is named, and its place."""
    for entries in (context.sections.subnets or {}).values():
        yield from ((each.spec.az, (*each.path, "az")) for each in entries.values() if each.spec.az)
    yield from ((each.spec.az, (*each.path, "az")) for each in context.locations if each.spec.az)
