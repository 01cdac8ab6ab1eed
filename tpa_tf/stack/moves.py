"""What a renamed instance takes along: from the addresses that its old name gave to those of its new one."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, Instance, Ownership, VolumeKind
from tpa_tf.terraform.blocks import Moved


def moves(cluster: Cluster) -> Iterator[Moved]:
    """The moves of every resource of the instances that ``terraform: moved:`` says were renamed."""
    instances = {instance.name: instance for instance in cluster.instances}
    for old, new in cluster.terraform.moved.items():
        if new in instances:
            yield from _moves(addresses.name(old), instances[new])


def _moves(old: str, instance: Instance) -> Iterator[Moved]:
    yield Moved(f"aws_instance.{old}", f"aws_instance.{instance.address}")
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EBS:
            before = addresses.volume(old, volume.device_name)
            # A volume that exists already is only looked up: there is nothing of it to move.
            types = ("aws_volume_attachment",) if volume.volume_id else ("aws_ebs_volume", "aws_volume_attachment")
            for type_ in types:
                yield Moved(f"{type_}.{before}", f"{type_}.{volume.address}")
    if instance.elastic_ip:
        if instance.elastic_ip.ownership is Ownership.MANAGED:
            yield Moved(f"aws_eip.{old}", f"aws_eip.{instance.address}")
        yield Moved(f"aws_eip_association.{old}", f"aws_eip_association.{instance.address}")
    if instance.dns_record:
        yield Moved(f"aws_route53_record.{old}", f"aws_route53_record.{instance.address}")
