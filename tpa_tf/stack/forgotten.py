"""What Terraform forgets, and never destroys: what a found thing was while the stack made it, and what a rename left.

The state may have a thing at the address that it had while it was managed. Without a ``removed`` block Terraform would
destroy it there, in the very plan that goes on with it as found. Where the state has nothing at an address, the block
says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpa_tf.cluster import addresses
from tpa_tf.cluster.addresses import CLUSTER
from tpa_tf.cluster.model import Bucket, Cluster, Instance, Ownership, Profile, Region
from tpa_tf.stack.bucket import BUCKET_TYPES
from tpa_tf.stack.moves import instance_addresses
from tpa_tf.terraform.blocks import Moved, Removed
from tpa_tf.terraform.expressions import Address

_EXISTING = Ownership.EXISTING


def forgotten(cluster: Cluster, moves: Sequence[Moved]) -> Iterator[Removed]:
    """The addresses that Terraform is to forget, each once, sorted.

    The sources of ``moves`` are among them: Terraform drops a move to an address that the state has already, and would
    destroy what stays behind.
    """
    found = {move.source for move in moves}
    for region in cluster.regions:
        found.update(_of_region(region))
    found.update(_addresses(cluster))
    for instance in cluster.instances:
        for name in instance_addresses(cluster, instance):
            found.update(_of_instance(instance, name))
    found.update(_of_bucket(cluster.bucket))
    found.update(_of_profile(cluster.profile) if cluster.profile else ())
    return (Removed(address, destroy=False) for address in sorted(found))


def _of_region(region: Region) -> Iterator[Address]:
    name = addresses.region(region.name)
    if region.vpc and region.vpc.ownership is _EXISTING:
        yield f"aws_vpc.{name}"
    for subnet in region.subnets:
        if subnet.ownership is _EXISTING:
            # One that the config names by its id was made by its range.
            ranges = {addresses.subnet(region.name, subnet.cidr)} if subnet.cidr else set[str]()
            for address in {subnet.address} | ranges:
                yield f"aws_subnet.{address}"
                yield f"aws_route_table_association.{address}"
    if region.internet_gateway and region.internet_gateway.ownership is _EXISTING:
        yield f"aws_internet_gateway.{name}"
    group = region.security_group
    if group and group.ownership is _EXISTING:
        yield f"aws_security_group.{name}"
        yield f"aws_vpc_security_group_egress_rule.{name}_all"
        yield from (f"aws_vpc_security_group_ingress_rule.{rule.address}" for rule in group.rules)
    if region.key_pair and region.key_pair.ownership is _EXISTING:
        yield f"aws_key_pair.{name}"


def _addresses(cluster: Cluster) -> Iterator[Address]:
    """Elastic IPs of the cluster's own that became existing ones, of the same instance or of another one."""
    having = [each for each in cluster.instances if each.elastic_ip and each.elastic_ip.ownership is _EXISTING]
    for instance in having:
        yield from (f"aws_eip.{name}" for name in instance_addresses(cluster, instance))
        if instance.elastic_ip and instance.elastic_ip.made_for:
            yield f"aws_eip.{addresses.name(instance.elastic_ip.made_for)}"
    # Nobody has looked whose they are.
    unknown = {each.region for each in having if each.elastic_ip and not each.elastic_ip.allocation_id}
    for instance in cluster.instances:
        if instance.region in unknown:
            yield from (f"aws_eip.{name}" for name in instance_addresses(cluster, instance))


def _of_instance(instance: Instance, name: str) -> Iterator[Address]:
    for volume in instance.volumes:
        if volume.volume_id:
            yield f"aws_ebs_volume.{addresses.volume(name, volume.device_name)}"


def _of_bucket(bucket: Bucket) -> Iterator[Address]:
    if bucket.ownership is _EXISTING:
        yield from (f"{type_}.{CLUSTER}" for type_ in BUCKET_TYPES)


def _of_profile(profile: Profile) -> Iterator[Address]:
    if profile.ownership is _EXISTING:
        yield from (
            f"{type_}.{CLUSTER}" for type_ in ("aws_iam_instance_profile", "aws_iam_role", "aws_iam_role_policy")
        )
