"""Puts what a case needs beforehand straight into moto's memory, with the ids that the case gives."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

from moto import backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import (
    EC2Backend,
    amis,
    ec2_backends,
    elastic_block_store,
    elastic_ip_addresses,
    security_groups,
    subnets,
    vpcs,
)
from moto.route53.models import HostedZoneIdentifier

from tests.support.emulator.prerequisites import Seed

_ASSUMED_BY_EC2 = {
    "Version": "2012-10-17",
    "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


def plant(seed: Seed) -> None:
    """Make everything in ``seed``; things that refer to others come after them."""
    for kind, make in {
        "amis": _ami,
        "vpcs": _vpc,
        "subnets": _subnet,
        "security_groups": _security_group,
        "key_pairs": _key_pair,
        "instance_profiles": _instance_profile,
        "eips": _elastic_ip,
        "volumes": _volume,
        "buckets": _bucket,
        "zones": _zone,
    }.items():
        for entry in seed.get(kind, []):
            make(entry)


def _ec2(entry: dict[str, Any]) -> EC2Backend:
    return ec2_backends[DEFAULT_ACCOUNT_ID][entry["region"]]


def _global(service: str) -> Any:
    get_backend: Any = backends.get_backend  # overloaded for the names of all services
    return get_backend(service)[DEFAULT_ACCOUNT_ID]["aws"]


def _with_id(module: Any, generator: str, wanted: str | None) -> Any:
    """A context in which moto's ``generator`` of ids gives ``wanted``, if anything is."""
    return mock.patch.object(
        module, generator, **({"return_value": wanted} if wanted else {"wraps": getattr(module, generator)})
    )


def _ami(entry: dict[str, Any]) -> None:
    backend = _ec2(entry)
    backend.amis[entry["id"]] = amis.Ami(
        backend,
        entry["id"],
        name=entry["name"],
        description=entry["name"],
        owner_id=entry.get("owner_id", DEFAULT_ACCOUNT_ID),
        owner_alias=entry.get("owner_alias"),
        public=True,
        virtualization_type=entry.get("virtualization_type", "hvm"),
        architecture=entry.get("architecture", "x86_64"),
        state="available",
        hypervisor="xen",
        root_device_type=entry.get("root_device_type", "ebs"),
        root_device_name=entry.get("root_device_name", "/dev/sda1"),
        image_location=f"{entry.get('owner_id', DEFAULT_ACCOUNT_ID)}/{entry['name']}",
    )


def _vpc(entry: dict[str, Any]) -> None:
    backend = _ec2(entry)
    with _with_id(vpcs, "random_vpc_id", entry.get("id")):
        vpc = backend.create_vpc(entry["cidr"])
    vpc.add_tags(entry.get("tags", {}))
    if "dns_hostnames" in entry:
        backend.modify_vpc_attribute(vpc.id, "enable_dns_hostnames", entry["dns_hostnames"])
    if "igw" in entry:
        gateway = backend.create_internet_gateway()
        gateway.add_tags(entry["igw"].get("tags", {}))
        backend.attach_internet_gateway(gateway.id, vpc.id)


def _subnet(entry: dict[str, Any]) -> None:
    backend = _ec2(entry)
    with _with_id(subnets, "random_subnet_id", entry.get("id")):
        subnet = backend.create_subnet(entry["vpc"], entry["cidr"], availability_zone=entry.get("az"))
    subnet.add_tags(entry.get("tags", {}))
    if entry.get("map_public_ip"):
        backend.modify_subnet_attribute(subnet.id, "map_public_ip_on_launch", True)


def _security_group(entry: dict[str, Any]) -> None:
    with _with_id(security_groups, "random_security_group_id", entry.get("id")):
        group = _ec2(entry).create_security_group(
            entry["name"], entry.get("description", entry["name"]), vpc_id=entry["vpc"]
        )
    group.add_tags(entry.get("tags", {}))


def _key_pair(entry: dict[str, Any]) -> None:
    _ec2(entry).create_key_pair(entry["name"], "rsa", tags={})


def _instance_profile(entry: dict[str, Any]) -> None:
    iam = _global("iam")
    role = entry.get("role", entry["name"])
    if role not in {known.name for known in iam.roles.values()}:
        iam.create_role(
            role_name=role,
            assume_role_policy_document=json.dumps(_ASSUMED_BY_EC2),
            path="/",
            permissions_boundary=None,
            description="preexisting",
            tags=[],
            max_session_duration="3600",
        )
    iam.create_instance_profile(name=entry["name"], path="/", role_names=[role])


def _elastic_ip(entry: dict[str, Any]) -> None:
    with _with_id(elastic_ip_addresses, "random_eip_allocation_id", entry.get("allocation_id")):
        _ec2(entry).allocate_address("vpc", address=entry["ip"])


def _volume(entry: dict[str, Any]) -> None:
    with _with_id(elastic_block_store, "random_volume_id", entry.get("id")):
        volume = _ec2(entry).create_volume(
            size=entry["size"],
            zone_name=entry["az"],
            encrypted=entry.get("encrypted", False),
            volume_type=entry.get("type", "gp2"),
            iops=entry.get("iops"),
        )
    volume.add_tags(entry.get("tags", {}))


def _bucket(entry: dict[str, Any]) -> None:
    s3 = _global("s3")
    s3.create_bucket(entry["name"], entry.get("region", "us-east-1"))
    if entry.get("versioned"):
        s3.put_bucket_versioning(entry["name"], "Enabled")


def _zone(entry: dict[str, Any]) -> None:
    name = entry["name"] if entry["name"].endswith(".") else entry["name"] + "."
    with mock.patch.object(HostedZoneIdentifier, "generate", return_value=entry["id"]):
        _global("route53").create_hosted_zone(
            name, entry.get("private", False), vpcid=entry.get("vpc"), vpcregion=entry.get("vpc_region")
        )
