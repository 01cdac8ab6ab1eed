"""What must exist in AWS before a config can be applied: everything that it names and does not make.

This reads config.yml with its own few lines rather than with tpa_tf, so that a fault there can't hide itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from pathlib import Path
from typing import Any

import yaml

Seed = dict[str, list[dict[str, Any]]]
"""Kind (amis, vpcs, …) to what is to exist of it; :mod:`tests.support.emulator.seeding` reads the entries."""

_ACCOUNT = "123456789012"


class _Loader(yaml.SafeLoader):
    """YAML with tags that mean something to Ansible alone (``!vault``)."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


def load_config(case: Path) -> dict[str, Any]:
    """The config.yml of the case directory as plain data."""
    return dict(yaml.load((case / "config.yml").read_text(), Loader=_Loader))


def regions_of(config: dict[str, Any]) -> list[str]:
    """Regions of the aws instances, in order of first use."""
    return list(dict.fromkeys(instance["region"] for instance in _instances(config)))


def seed_for(case: Path) -> Seed:
    """Everything that the case's config needs, and what its ``seed.json`` adds.

    A kind in seed.json's ``replace`` list is taken from seed.json alone.
    """
    config = load_config(case)
    extra: dict[str, Any] = {}
    if (case / "seed.json").exists():
        extra = json.loads((case / "seed.json").read_text())
    replaced = extra.pop("replace", [])
    seed = {
        "amis": _amis(config),
        "eips": _elastic_ips(config),
        "zones": _zones(config),
        "buckets": _buckets(config),
        "key_pairs": [{"region": region, "name": config["ec2_instance_key"]} for region in regions_of(config)]
        if config.get("ec2_instance_key")
        else [],
        "instance_profiles": [{"name": config["instance_profile_name"]}] if config.get("instance_profile_name") else [],
    }
    for kind in replaced:
        seed[kind] = []
    for kind, entries in extra.items():
        seed.setdefault(kind, []).extend(entries)
    if "vpcs" not in replaced:
        vpcs = _existing_vpcs(config, {vpc["region"] for vpc in seed.get("vpcs", [])})
        seed.setdefault("vpcs", []).extend(vpcs)
        seed.setdefault("security_groups", []).extend(_existing_groups(config, vpcs))
    return seed


def _instances(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The aws instances with the keys that their defaults and location add, as far as the seed needs them."""
    locations = config.get("locations") or []
    by_name = {location["Name"]: location for location in locations}
    merged = []
    for instance in config["instances"]:
        full = {"platform": "aws"} | (config.get("instance_defaults") or {}) | instance
        place = full.get("location")
        if place is not None:
            location = locations[place] if isinstance(place, int) else by_name[place]
            full = {key: value for key, value in location.items() if key != "Name"} | full
        merged.append(full)
    return [instance for instance in merged if instance["platform"] == "aws"]


def _amis(config: dict[str, Any]) -> list[dict[str, Any]]:
    amis = []
    if spec := config.get("ec2_ami"):
        amis = [_ami(region, spec) for region in regions_of(config)]
    named = {(instance["region"], instance["image"]) for instance in _instances(config) if "image" in instance}
    return amis + [_ami(region, {"Name": f"direct-{image}"}) | {"id": image} for region, image in sorted(named)]


def _ami(region: str, spec: dict[str, Any]) -> dict[str, Any]:
    name = str(spec["Name"]).replace("*", "20250101").replace("?", "x")
    owner = None if spec.get("Owner") is None else str(spec["Owner"])
    ami = {
        "region": region,
        "id": _stable_id("ami", region, str(spec["Name"])),
        "name": name,
        "owner_id": _ACCOUNT,
        "architecture": "arm64" if "arm64" in name else "x86_64",
        # Debian's images call it xvda, most others sda1.
        "root_device_name": "/dev/xvda" if name.startswith(("debian", "amzn", "amazon")) else "/dev/sda1",
    }
    for key in ("architecture", "virtualization-type", "root-device-type", "owner-id", "owner-alias"):
        if value := (spec.get("filters") or {}).get(key):
            ami[key.replace("-", "_")] = value[0] if isinstance(value, list) else str(value)
    if owner and owner.isdigit():
        ami["owner_id"] = owner.zfill(12)
    elif owner and owner != "self":
        ami |= {"owner_id": "999988887777", "owner_alias": owner}
    return ami


def _elastic_ips(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"region": instance["region"], "ip": str(instance["elastic_ip"])}
        for instance in _instances(config)
        if instance.get("elastic_ip")
    ]


def _zones(config: dict[str, Any]) -> list[dict[str, Any]]:
    zones = {
        instance["route53_hosted_zone_id"]: {
            "id": instance["route53_hosted_zone_id"],
            "name": instance["route53_zone"],
            "private": bool(instance.get("route53_private_zone", False)),
        }
        for instance in _instances(config)
        if instance.get("route53_hosted_zone_id") and instance.get("route53_zone")
    }
    return list(zones.values())


def _buckets(config: dict[str, Any]) -> list[dict[str, Any]]:
    bucket = config.get("cluster_bucket") or "auto"
    return [] if bucket == "auto" else [{"name": bucket, "region": regions_of(config)[0]}]


def _existing_vpcs(config: dict[str, Any], seeded_regions: set[str]) -> list[dict[str, Any]]:
    """The VPC of each region whose entry has a Name without cidr, or asks for a vpc-id."""
    vpcs = []
    for region in regions_of(config):
        spec = config["ec2_vpc"].get(region, config["ec2_vpc"])
        filters = spec.get("filters") or {}
        vpc_id = filters.get("vpc-id")
        named_alone = spec.get("Name") and not spec.get("cidr") and not filters
        if region in seeded_regions or not (vpc_id or named_alone):
            continue
        subnet = next(str(instance["subnet"]) for instance in _instances(config) if instance["region"] == region)
        vpcs.append(
            {
                "region": region,
                "id": vpc_id[0] if isinstance(vpc_id, list) else vpc_id or _stable_id("vpc", region, spec["Name"]),
                "cidr": str(ipaddress.ip_network(subnet, strict=False).supernet(new_prefix=16)),
                "tags": {"Name": spec["Name"]} if spec.get("Name") else {},
            }
        )
    return vpcs


def _existing_groups(config: dict[str, Any], vpcs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups = []
    for vpc in vpcs:
        names = ((config.get("ec2_groups") or {}).get(vpc["region"]) or {}).get("group-name", [])
        for name in [names] if isinstance(names, str) else names:
            group_id = _stable_id("sg", vpc["region"], name)
            groups.append({"region": vpc["region"], "vpc": vpc["id"], "name": name, "id": group_id})
    return groups


def _stable_id(prefix: str, *parts: str) -> str:
    return f"{prefix}-0{hashlib.sha1('|'.join(parts).encode()).hexdigest()[:16]}"
