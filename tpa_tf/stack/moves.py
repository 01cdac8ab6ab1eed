"""What a renamed instance takes along: from the addresses that its old names gave to those of its new one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, Instance, Ownership, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.terraform.blocks import Moved


def moves(cluster: Cluster) -> Iterator[Moved]:
    """The moves of every resource of the instances that ``terraform: moved:`` says were renamed.

    An instance that was renamed more than once has a move for each step: whichever of its names a state has, Terraform
    follows from there.
    """
    for instance in cluster.instances:
        for after, before in pairwise(instance_addresses(cluster, instance)):
            yield from _moves(instance, before, after)


def instance_addresses(cluster: Cluster, instance: Instance) -> tuple[str, ...]:
    """The instance's name in Terraform, and those that it had before, the last one first."""
    return tuple(addresses.name(name) for name in of_instance(instance.name, cluster.terraform.moved))


def _moves(instance: Instance, before: str, after: str) -> Iterator[Moved]:
    yield Moved(f"aws_instance.{before}", f"aws_instance.{after}")
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EBS:
            # A volume that exists already is no resource of ours: there is nothing of it to move.
            types = ("aws_volume_attachment",) if volume.volume_id else ("aws_ebs_volume", "aws_volume_attachment")
            old, new = (addresses.volume(name, volume.device_name) for name in (before, after))
            yield from (Moved(f"{type_}.{old}", f"{type_}.{new}") for type_ in types)
    if instance.elastic_ip:
        if instance.elastic_ip.ownership is Ownership.MANAGED:
            yield Moved(f"aws_eip.{before}", f"aws_eip.{after}")
        yield Moved(f"aws_eip_association.{before}", f"aws_eip_association.{after}")
    if instance.dns_record:
        yield Moved(f"aws_route53_record.{before}", f"aws_route53_record.{after}")
