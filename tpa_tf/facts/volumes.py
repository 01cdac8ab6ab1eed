"""Volumes that exist for disks with ``attach_existing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.facts.asking import Asking, Fault, filters, tags_of
from tpa_tf.facts.questions import OWN_VOLUME, AskedDisk
from tpa_tf.facts.shapes import KeyArn, Strict, VolumeId
from tpa_tf.rules.asking import AMBIGUOUS_VOLUME, VOLUME_IN_USE


@dataclass(frozen=True)
class FoundVolume(Strict):
    """An EBS volume of an earlier instance, to be attached to the one that takes its place."""

    id: VolumeId
    availability_zone: str
    size: int
    """GiB."""
    type: str
    iops: int | None
    encrypted: bool | None = None
    """None: a record of before this was asked."""
    kms_key: KeyArn | None = None
    """Of an encrypted volume."""
    disk: str | None = None
    """The name in Terraform of the disk that it was found for; None: a record of before this was noted, which no
    config fits any more."""


def ask_volumes(asking: Asking) -> dict[str, FoundVolume | None]:
    """By label the volume that an earlier instance had, unless Terraform made it."""
    answers: dict[str, FoundVolume | None] = dict.fromkeys(asking.asked.volumes)
    if not answers:
        return answers
    labelled = {
        "tag:CreatingCluster": (asking.cluster,),
        "tag:TPAAttachmentLabel": tuple(answers),
        "status": ("available", "in-use"),
    }
    found = asking.ec2.all("describe_volumes", "Volumes", Filters=filters(labelled))
    for label, disk in asking.asked.volumes.items():
        here = sorted((volume for volume in found if tags_of(volume)["TPAAttachmentLabel"] == label), key=_id)
        others = [volume for volume in here if not _is_own(asking, volume)]
        asking.own_ids |= {_id(volume) for volume in here if volume not in others}
        if others and len(here) > 1:
            asking.ambiguous(
                AMBIGUOUS_VOLUME,
                disk.path,
                f"{len(here)} volumes with TPAAttachmentLabel {label} in {asking.region}",
                [_shown(volume) for volume in here],
                "remove that tag from all but the one to attach; remove one that Terraform has created from the state "
                "(terraform state rm) before another takes its place",
            )
        if others:
            _check_attached(asking, label, disk, others[0])
            answers[label] = _found(others[0], disk.addresses[0])
    return answers


def ask_attached(asking: Asking, instances: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The volumes that instances have."""
    wanted = filters({"attachment.instance-id": instances})
    return asking.ec2.all("describe_volumes", "Volumes", Filters=wanted) if instances else []


def _is_own(asking: Asking, volume: Mapping[str, Any]) -> bool:
    return asking.adopted.is_own(_id(volume), tags_of(volume).items() >= OWN_VOLUME.items())


def _check_attached(asking: Asking, label: str, disk: AskedDisk, volume: Mapping[str, Any]) -> None:
    """Another instance of the cluster's that has the volume may have it from Terraform, under a name of its own."""
    attachments = volume.get("Attachments", [])
    ids = tuple(str(attachment["InstanceId"]) for attachment in attachments if "InstanceId" in attachment)
    if not ids:
        asking.unattached.append((_id(volume), disk))
        return
    for reservation in asking.ec2.all("describe_instances", "Reservations", Filters=filters({"instance-id": ids})):
        for instance in reservation["Instances"]:
            tags = tags_of(instance)
            name = tags.get("Name", "")
            if tags.get("Cluster") != asking.cluster or name in disk.names:
                continue
            address = f"aws_ebs_volume.{addresses.disk((name,), str(attachments[0].get('Device', '')))[0]}"
            message = (
                f"{_id(volume)} has TPAAttachmentLabel {label}, and {name} of this cluster has it attached "
                f"({instance['InstanceId']}): if Terraform has created it, the apply would destroy it with {name}"
            )
            help = (
                f"if {disk.names[0]} is the new name of {name}, write terraform: moved: {{{name}: {disk.names[0]}}}; "
                f"otherwise release it there first (terraform state rm {address}; then detach it)"
            )
            asking.in_use[_id(volume)] = Fault(VOLUME_IN_USE, disk.path, message, help)


def _found(volume: Mapping[str, Any], disk: str) -> FoundVolume:
    return FoundVolume(
        volume["VolumeId"],
        volume["AvailabilityZone"],
        volume["Size"],
        volume["VolumeType"],
        volume.get("Iops"),
        bool(volume.get("Encrypted")),
        volume.get("KmsKeyId"),
        disk,
    )


def _id(volume: Mapping[str, Any]) -> str:
    return str(volume["VolumeId"])


def _shown(volume: Mapping[str, Any]) -> str:
    made = "made by Terraform" if tags_of(volume).items() >= OWN_VOLUME.items() else "not made by Terraform"
    created = str(volume.get("CreateTime", ""))[:10]
    size = f"{volume['Size']} GiB of {volume['VolumeType']}"
    return f"{_id(volume)} ({size}, {volume['State']}, of {created}, {volume['AvailabilityZone']}, {made})"
