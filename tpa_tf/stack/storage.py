"""Disks that outlive their machine: EBS volumes, their encryption keys and attachments (design D8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, DiskKind, Instance, Volume
from tpa_tf.stack.emitter import Block, Expr, Stack, postcondition, template

_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/.+")

KeyArns = Mapping[tuple[str, str], str]
"""(region, kms_key_id as written) to the ARN of the key, by which EC2 reports it."""


def add_keys(stack: Stack, cluster: Cluster) -> KeyArns:
    """The ARN of every key that a disk names: as written, or looked up for an id or alias."""
    wanted = {
        (instance.region, volume.kms_key_id)
        for instance in cluster.instances
        for volume in (instance.root, *instance.volumes)
        if volume and volume.kms_key_id
    }
    arns: dict[tuple[str, str], str] = {}
    for region, key in sorted(wanted):
        if _KEY_ARN.fullmatch(key):
            arns[region, key] = key
        else:
            address = addresses.name(f"{addresses.region(region)}_{key}")
            arns[region, key] = stack.data("aws_kms_key", address, region, key_id=key).attribute("arn")
    return arns


def label(instance: Instance, device_name: str) -> str:
    """The value of TPA's tags ``Name`` and ``TPAAttachmentLabel`` for the disk at ``device_name``."""
    return template(f"{instance.label_prefix}:", device_name)


def disk_tags(tags: Mapping[str, str], disk_label: str) -> dict[str, str]:
    """The tags of a disk."""
    return {**tags, "Name": disk_label, "TPAAttachmentLabel": disk_label}


def encryption(disk: str, reference: str, volume: Volume, key_arn: str | None, remedy: str) -> list[dict[str, Any]]:
    """Conditions that the disk at ``reference`` is encrypted as its config says.

    AWS encrypts no disk later on, so Terraform would replace it with an empty one; that is ignored, and this says so.
    """
    conditions = []
    if volume.encrypted:
        message = f"The disk {disk} is not encrypted, and AWS can't encrypt it where it is. {remedy}"
        conditions.append(postcondition(f"{reference}.encrypted", message))
    if key_arn:
        message = f"The disk {disk} is encrypted with another key than kms_key_id, and a disk keeps its key. {remedy}"
        conditions.append(postcondition(f"{reference}.kms_key_id == {_operand(key_arn)}", message))
    return conditions


def add_volumes(stack: Stack, instance: Instance, machine: Block, subnet: Block, keys: KeyArns, *, guard: bool) -> None:
    """Make the EBS volumes of ``instance`` but root, and attach them; ``guard`` those that are to be kept."""
    for volume in instance.volumes:
        if volume.kind is not DiskKind.EBS:
            continue
        if volume.volume_id:
            disk = _existing(stack, instance, volume, subnet, keys)
        else:
            disk = _volume(stack, instance, volume, subnet, keys, guard and volume.keep)
        stack.resource(
            "aws_volume_attachment",
            volume.address,
            instance.region,
            device_name=volume.device_name,
            instance_id=machine.attribute("id"),
            volume_id=disk.attribute("id"),
            # A running machine holds on to a mounted disk: before it is replaced, it must write back and let go.
            stop_instance_before_detaching=True,
            # The address has the device, but for /dev/: only its spelling can differ, and that detaches no disk.
            lifecycle={"ignore_changes": ["device_name"]},
        )


def _volume(stack: Stack, instance: Instance, volume: Volume, subnet: Block, keys: KeyArns, guarded: bool) -> Block:
    key_arn = keys[instance.region, volume.kms_key_id] if volume.kms_key_id else None
    move = (
        f"Set the config back; or make a snapshot, restore it as you want the disk, and put that in its place with "
        f"terraform state rm and terraform import (aws_ebs_volume.{volume.address})."
    )
    return stack.resource(
        "aws_ebs_volume",
        volume.address,
        instance.region,
        availability_zone=subnet.attribute("availability_zone"),
        type=volume.volume_type,
        size=volume.size,
        iops=volume.iops,
        throughput=volume.throughput,
        encrypted=volume.encrypted or None,
        kms_key_id=key_arn,
        snapshot_id=volume.snapshot_id,
        tags=disk_tags(volume.tags, label(instance, volume.device_name)),
        lifecycle={
            "prevent_destroy": guarded or None,
            # What AWS sets once and for all. Terraform would replace the disk, and the data would be gone.
            "ignore_changes": ["availability_zone", "encrypted", "kms_key_id", "snapshot_id"],
            "postcondition": _conditions(instance, volume, subnet, keys, move),
        },
    )


def _existing(stack: Stack, instance: Instance, volume: Volume, subnet: Block, keys: KeyArns) -> Block:
    """The volume that ``attach_existing`` found: only looked up, so that no plan can change it or take it away."""
    move = (
        "Set the config back; or make a snapshot, restore it as you want the disk, take the tag TPAAttachmentLabel "
        "from the old volume, and run tpa-tf lookup again."
    )
    return stack.data(
        "aws_ebs_volume",
        volume.address,
        instance.region,
        filter=[{"name": "volume-id", "values": [volume.volume_id]}],
        lifecycle={"postcondition": _conditions(instance, volume, subnet, keys, move)},
    )


def _conditions(instance: Instance, volume: Volume, subnet: Block, keys: KeyArns, remedy: str) -> list[dict[str, Any]]:
    """That a disk can be attached to its machine, and is encrypted as its config says."""
    named = f"{volume.device_name} of {instance.name}"
    zone = postcondition(
        f"self.availability_zone == {subnet.address}.availability_zone",
        template(
            f"The disk {named} is in ",
            Expr("${self.availability_zone}"),
            ", its machine is to be in ",
            subnet.attribute("availability_zone"),
            f", and a disk can't move to another zone. {remedy}",
        ),
    )
    key_arn = keys[instance.region, volume.kms_key_id] if volume.kms_key_id else None
    return [zone, *encryption(named, "self", volume, key_arn, remedy)]


def _operand(text: str) -> str:
    """Text or a whole ``${…}`` as an operand within an expression."""
    return text[2:-1] if isinstance(text, Expr) else f'"{text}"'
