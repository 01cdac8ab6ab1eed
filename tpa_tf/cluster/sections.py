"""Rules of the network sections as a whole: what concerns no instance, zones, partitions, and ranges that overlap."""

from __future__ import annotations

from tpa_tf.cluster.context import Context
from tpa_tf.config.document import KeyPath
from tpa_tf.config.sections import VpcEntry
from tpa_tf.limits.regions import partition, region_of
from tpa_tf.rules.network import OVERLAPPING_VPCS, UNUSED_SUBNET
from tpa_tf.rules.regions import TWO_PARTITIONS, UNUSED_REGION, ZONE_ELSEWHERE


def check_sections(context: Context) -> None:
    """Say what in the network sections concerns no instance, and which VPCs can't be peered."""
    _check_peering(context)
    if not context.complete:
        return
    used = set(context.region_names())
    for section, names in (
        ("ec2_vpc", context.sections.vpcs),
        ("ec2_vpc_subnets", context.sections.subnets or {}),
        ("ec2_vpc_igw", context.sections.gateways),
        ("ec2_groups", context.sections.groups),
    ):
        for name in names:
            if name is not None and name not in used:
                context.report.add(
                    UNUSED_REGION,
                    (section, name),
                    f"{section} names {name}, which has no instances",
                    "nothing is created there: remove the entry, or add instances",
                    on_key=True,
                    cause=name,
                )
    _check_zones(context)
    _check_partitions(context)
    _check_unused_subnets(context)


def _check_zones(context: Context) -> None:
    """Every zone is one of the region that it is written for."""
    written: list[tuple[str, str | None, KeyPath]] = []
    for name, entries in (context.sections.subnets or {}).items():
        for network, entry in entries.items():
            here = {each.spec.region for each in context.instances if each.spec.subnet.network == network}
            path = (*entry.path, "az")
            written += [(each, entry.spec.az, path) for each in (here if name is None else {name})]
    for location in context.locations:
        if location.spec.region:
            written.append((location.spec.region, location.spec.az, (*location.path, "az")))
    for region_name, zone, path in written:
        if zone and region_of(zone) != region_name:
            context.report.add(
                ZONE_ELSEWHERE,
                path,
                f"{zone} is a zone of {region_of(zone)}, not of {region_name}",
                f"write a zone of {region_name}, such as {region_name}a, or correct the region",
            )


def _check_partitions(context: Context) -> None:
    """All regions are in one partition of AWS: an account, and so a credential, is good in one only."""
    places: dict[str, tuple[KeyPath, bool]] = {}
    for instance in context.instances:
        places.setdefault(instance.spec.region, (instance.path("region"), False))
    for name in context.sections.vpcs:
        places.setdefault(name, (("ec2_vpc", name), True))
    if context.home_region:
        places.setdefault(context.home_region, (("terraform", "home_region"), False))
    first = next(iter(places), "")
    for name, (path, on_key) in places.items():
        if partition(name) != partition(first):
            context.report.add(
                TWO_PARTITIONS,
                path,
                f"{name} is in the partition {partition(name)}, and {first} in {partition(first)}",
                "make a cluster for each partition, with a config.yml of its own: no credential is good in both",
                on_key=on_key,
            )


def _check_unused_subnets(context: Context) -> None:
    if any(context.report.told(each.path("subnet")) for each in context.instances):
        return  # the entry may be for what is at fault
    in_use = {(each.spec.region, each.spec.subnet.network) for each in context.instances}
    for name, entries in (context.sections.subnets or {}).items():
        for network, entry in entries.items():
            if not any(network == other and name in (None, region_name) for region_name, other in in_use):
                context.report.add(
                    UNUSED_SUBNET,
                    entry.path,
                    f"the subnet {network} is not created: no instance is in it",
                    "remove the entry, or put an instance into the subnet",
                    on_key=True,
                    cause=(),
                )


def _check_peering(context: Context) -> None:
    """Warn of VPCs with a common range: the regions of such a cluster can never be peered."""
    entries: list[tuple[str, VpcEntry]] = []
    for name in context.region_names():
        entry = context.sections.vpc(name)
        if entry is None or entry.spec.cidr is None:
            continue
        for other, first in entries:
            assert first.spec.cidr is not None
            if entry.spec.cidr.overlaps(first.spec.cidr):
                context.report.add(
                    OVERLAPPING_VPCS,
                    (*entry.path, "cidr"),
                    f"the VPCs of {name} ({entry.spec.cidr}) and {other} ({first.spec.cidr}) overlap and can't be "
                    "peered",
                    "give each region a range of its own before the first apply",
                    cause=(),
                )
                break
        entries.append((name, entry))
