"""What a later step needs to know of the instances, and the ids to which other stacks refer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpa_tf.cluster.model import Cluster, Region
from tpa_tf.stack.bucket import ClusterBucket
from tpa_tf.stack.found import Thing
from tpa_tf.stack.identity import InstanceProfile
from tpa_tf.stack.instance import Place
from tpa_tf.terraform.blocks import Output, Resource
from tpa_tf.terraform.expressions import Expr, Text, Value, expr
from tpa_tf.terraform.stack import Stack


@dataclass(frozen=True)
class Made:
    """An instance, and what belongs to it."""

    instance: Resource
    elastic_ip: Thing | None
    volume_ids: Mapping[str, Text]
    """Those of its EBS volumes but root, by device name."""


def add_outputs(stack: Stack, cluster: Cluster, made: Mapping[str, Made]) -> None:
    """Add the output ``instances``: by instance name its id, node, region, zone, addresses and root device.

    ``made`` is by the address of the instance. ``public_ip`` is null where there is none.
    """
    value: dict[str, Value] = {}
    for instance in cluster.instances:
        block, elastic_ip = made[instance.address].instance, made[instance.address].elastic_ip
        value[instance.name] = {
            "id": block.attribute("id"),
            "node": instance.node,
            "region": instance.region,
            "availability_zone": block.attribute("availability_zone"),
            "private_ip": block.attribute("private_ip"),
            "public_ip": elastic_ip.attribute("public_ip") if elastic_ip else _public_ip(block),
            "root_device_name": block.attribute("root_block_device[0].device_name"),
        }
    stack.add(Output("instances", value, "The cluster's instances by name, with their addresses"))


def add_ids(
    stack: Stack,
    cluster: Cluster,
    places: Mapping[str, Place],
    made: Mapping[str, Made],
    bucket: ClusterBucket,
    profile: InstanceProfile | None,
) -> None:
    """Add an output for each kind of thing that a stack of somebody else's refers to: alarms, backups, peerings, rules.

    ``places`` is by the name of the region, ``made`` by the address of the instance. There is no output for a role or a
    profile that the cluster doesn't have, or of which nothing but the name is known.
    """
    outputs: dict[str, tuple[Value, str]] = {
        "vpc_ids": ({name: place.network.vpc_id for name, place in places.items()}, "The VPC of each region"),
        "subnet_ids": (
            {name: _subnet_ids(cluster.region(name), place) for name, place in places.items()},
            "The subnets of each region by their range, or by their id where the config has that",
        ),
        "security_group_ids": (
            {name: place.firewall.group_ids for name, place in places.items()},
            "The security groups of the instances of each region",
        ),
        "volume_ids": (
            {instance.name: _volume_ids(made[instance.address]) for instance in cluster.instances},
            "The EBS volumes of each instance by their device name, or root",
        ),
        "bucket": (
            {"arn": bucket.arn, "name": bucket.name, "region": bucket.region},
            "The bucket in which instances find their host keys",
        ),
    }
    if profile:
        outputs["instance_profile"] = (profile.name, "The name of the instance profile")
    if profile and profile.role:
        role: Value = {"arn": profile.role.attribute("arn"), "name": profile.role.attribute("name")}
        outputs["role"] = (role, "The role of the instances")
    for name, (value, description) in outputs.items():
        stack.add(Output(name, value, description))


def _subnet_ids(region: Region, place: Place) -> Mapping[str, Value]:
    return {
        str(subnet.cidr or subnet.subnet_id): place.network.subnets[subnet.address].attribute("id")
        for subnet in region.subnets
    }


def _volume_ids(made: Made) -> Mapping[str, Value]:
    return {"root": made.instance.attribute("root_block_device[0].volume_id"), **made.volume_ids}


def _public_ip(instance: Resource) -> Expr:
    """EC2 says nothing for an instance without a public address, which the provider shows as an empty text."""
    address = instance.attribute("public_ip")
    return expr(address, ' != "" ? ', address, " : null")
