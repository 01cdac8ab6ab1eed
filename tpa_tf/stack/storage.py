"""Volumes that outlive their instance: EBS volumes, their encryption keys and attachments (design D8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from tpa_tf.cluster import addresses
from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import Cluster, Instance, Volume, VolumeKind
from tpa_tf.stack.found import Thing
from tpa_tf.terraform.blocks import Guard, Lifecycle, Origin, Resource, holds
from tpa_tf.terraform.expressions import Text, expr, template
from tpa_tf.terraform.stack import Stack

_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/.+")

KeyArns = Mapping[tuple[str, str], Text]
"""(region, kms_key_id as written) to the ARN of the key, by which EC2 reports it."""


def add_keys(stack: Stack, cluster: Cluster) -> KeyArns:
    """The ARN of every key that a volume names: as written, or looked up for an id or alias."""
    wanted: dict[tuple[str, str], Origin] = {}
    for instance in cluster.instances:
        for volume in (instance.root, *instance.volumes):
            if volume and volume.kms_key_id:
                wanted.setdefault((instance.region, volume.kms_key_id), (*volume.origin, "kms_key_id"))
    arns: dict[tuple[str, str], Text] = {}
    for (region, key), origin in sorted(wanted.items()):
        if _KEY_ARN.fullmatch(key):
            arns[region, key] = key
        else:
            address = addresses.name(f"{addresses.region(region)}_{key}")
            found = stack.data(
                "aws_kms_key", address, provider(region), key_id=key, origin=origin, named=f"the KMS key {key}"
            )
            arns[region, key] = found.attribute("arn")
    return arns


def label(instance: Instance, device_name: Text) -> Text:
    """The value of TPA's tags ``Name`` and ``TPAAttachmentLabel`` for the volume at ``device_name``."""
    return template(f"{instance.label_prefix}:", device_name)


def volume_tags(tags: Mapping[str, str], volume_label: Text) -> Mapping[str, Text]:
    """The tags of a volume."""
    return {**tags, "Name": volume_label, "TPAAttachmentLabel": volume_label}


def encryption(named: str, volume: Volume, key_arn: Text | None, remedy: str, *, within: str = "") -> Iterator[Guard]:
    """Guards that a volume, of the nested block ``within`` if one is named, is encrypted as its config says.

    AWS encrypts no volume later on, so Terraform would replace it with an empty one; that is ignored, and this says so.
    """
    if volume.encrypted:
        problem = f"The volume {named} is not encrypted, and AWS can't encrypt it in place."
        yield holds(f"{within}encrypted", True, problem, remedy)
    if key_arn:
        problem = f"The volume {named} is encrypted with another key than kms_key_id, and a volume keeps its key."
        yield holds(f"{within}kms_key_id", key_arn, problem, remedy)


def add_volumes(
    stack: Stack, cluster: Cluster, instance: Instance, made: Resource, subnet: Thing, keys: KeyArns
) -> Mapping[str, Text]:
    """Make the EBS volumes of ``instance`` but root, and attach them; guard those that are to be kept.

    Gives back their ids by device name.
    """
    ids: dict[str, Text] = {}
    for volume in instance.volumes:
        if volume.kind is not VolumeKind.EBS:
            continue
        # One that was found is only attached: no plan can change or destroy it.
        if volume.volume_id:
            stack.found[f"aws_ebs_volume.{volume.address}"] = {"id": volume.volume_id}
        volume_id = volume.volume_id or _managed(stack, cluster, instance, volume, subnet, keys).attribute("id")
        ids[volume.device_name] = volume_id
        stack.resource(
            "aws_volume_attachment",
            volume.address,
            provider(instance.region),
            device_name=volume.device_name,
            instance_id=made.attribute("id"),
            volume_id=volume_id,
            # A running instance holds on to a mounted volume: before it is replaced, it must write back and unmount.
            stop_instance_before_detaching=True,
            # The address has the device, but for /dev/: only its spelling can differ, and that detaches no volume.
            lifecycle=Lifecycle(ignored=("device_name",)),
            origin=volume.origin,
            named=_named(instance, volume),
        )
    return ids


def _named(instance: Instance, volume: Volume) -> str:
    return f"the volume {volume.device_name} of {instance.name}"


def _managed(
    stack: Stack, cluster: Cluster, instance: Instance, volume: Volume, subnet: Thing, keys: KeyArns
) -> Resource:
    move = (
        "Set the config back; or make a snapshot, restore it as you want the volume, and put that in its place with "
        f"terraform state rm and terraform import (aws_ebs_volume.{volume.address})."
    )
    return stack.resource(
        "aws_ebs_volume",
        volume.address,
        provider(instance.region),
        availability_zone=subnet.attribute("availability_zone"),
        type=volume.volume_type,
        size=volume.size,
        iops=volume.iops,
        throughput=volume.throughput,
        encrypted=volume.encrypted or None,
        kms_key_id=keys[instance.region, volume.kms_key_id] if volume.kms_key_id else None,
        snapshot_id=volume.snapshot_id,
        # The last net: whatever destroys the volume, now or in a year, leaves a snapshot.
        final_snapshot=True if cluster.terraform.final_snapshot and instance.holds_data(volume) else None,
        tags=volume_tags(volume.tags, label(instance, volume.device_name)),
        lifecycle=Lifecycle(
            # What AWS sets once and for all. Terraform would replace the volume, and the data would be gone. The
            # provider (5.x) modifies the volume where final_snapshot alone changes, with nothing, which AWS refuses:
            # https://github.com/hashicorp/terraform-provider-aws/issues/31044
            ignored=("availability_zone", "encrypted", "final_snapshot", "kms_key_id", "snapshot_id"),
            prevent_destroy=volume.keep and not cluster.terraform.allow_destroy,
            guards=_guards(instance, volume, subnet, keys, move),
        ),
        origin=volume.origin,
        named=_named(instance, volume),
    )


def _guards(instance: Instance, volume: Volume, subnet: Thing, keys: KeyArns, remedy: str) -> tuple[Guard, ...]:
    """That a volume can be attached to its instance, and is encrypted as its config says."""
    named = f"{volume.device_name} of {instance.name}"
    zone = subnet.attribute("availability_zone")
    problem = template(
        f"The volume {named} is in ",
        expr("self.availability_zone"),
        ", its instance is to be in ",
        zone,
        ", and a volume can't move to another zone.",
    )
    same_zone = holds("availability_zone", zone, problem, remedy)
    key_arn = keys[instance.region, volume.kms_key_id] if volume.kms_key_id else None
    return tuple(chain((same_zone,), encryption(named, volume, key_arn, remedy)))
