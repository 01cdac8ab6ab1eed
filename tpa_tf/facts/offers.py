"""What a region offers: its zones, and instance types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.shapes import Strict

_SIMILAR = 5


@dataclass(frozen=True)
class InstanceType(Strict):
    """What a region offers of an instance type; no zones: the region doesn't have the type."""

    availability_zones: tuple[str, ...]
    """Zones that offer the type, sorted."""
    architectures: tuple[str, ...]
    """As EC2 writes them, sorted."""
    similar: tuple[str, ...] = ()
    """Where the region doesn't have the type: a few that it does have, the likest first."""


def ask_zones(asking: Asking) -> tuple[str, ...]:
    """The zones of the region that the account can use, sorted."""
    found = asking.ec2.all("describe_availability_zones", "AvailabilityZones")
    return tuple(sorted(zone["ZoneName"] for zone in found))


def ask_instance_types(asking: Asking) -> dict[str, InstanceType]:
    """By name, what the region offers of the types that the config has."""
    asked = asking.asked.instance_types
    zones: dict[str, list[str]] = {name: [] for name in asked}
    for offering in _offerings(asking, "availability-zone", Filters=filters({"instance-type": asked})):
        zones[offering["InstanceType"]].append(offering["Location"])
    offered = tuple(name for name in asked if zones[name])
    architectures: dict[str, tuple[str, ...]] = {}
    if offered:
        types = asking.ec2.all("describe_instance_types", "InstanceTypes", Filters=filters({"instance-type": offered}))
        for found in types:
            supported = found.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
            architectures[found["InstanceType"]] = tuple(sorted(supported))
    return {
        name: InstanceType(
            tuple(sorted(zones[name])), architectures.get(name, ()), () if zones[name] else _similar(asking, name)
        )
        for name in asked
    }


def _offerings(asking: Asking, location: str, **arguments: Any) -> list[Any]:
    return asking.ec2.all(
        "describe_instance_type_offerings", "InstanceTypeOfferings", LocationType=location, **arguments
    )


def _similar(asking: Asking, missing: str) -> tuple[str, ...]:
    """Types that the region does have: its family, then its size in families of its letter."""
    family, _, size = missing.partition(".")
    offered = {offering["InstanceType"] for offering in _offerings(asking, "region")}
    same = sorted(name for name in offered if name.startswith(f"{family}."))
    like = sorted(name for name in offered if name.startswith(family[:1]) and name.endswith(f".{size}"))
    return tuple(dict.fromkeys([*same, *like]))[:_SIMILAR]
