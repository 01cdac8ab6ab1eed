"""EBS volumes."""

from __future__ import annotations

from tpa_tf.terraform.resource_type import Actions, Claim, ResourceType


def is_magnetic(old_type: str, new_type: str) -> bool:
    """Whether either is a previous generation volume.

    Source: https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html
    """
    return "standard" in (old_type, new_type)


MAGNETIC = (is_magnetic, "AWS changes no volume to or from standard")
"""For :attr:`ResourceType.refused_when`."""

EBS_VOLUME = ResourceType(
    "aws_ebs_volume",
    "volume",
    in_place="final_snapshot iops size throughput type",
    replaces="availability_zone encrypted kms_key_id snapshot_id",
    grows_only="size",
    refused_when={"type": MAGNETIC},
    computed="encrypted iops kms_key_id size snapshot_id throughput type",
    reported="arn create_time",
    holds_data=True,
    actions=Actions(
        "ec2",
        arn="volume",
        create="CreateVolume",
        read="DescribeSnapshots DescribeVolumes DescribeVolumesModifications",
        # ModifyInstanceAttribute says whether EC2 deletes it with its instance, and is on both.
        change="ModifyInstanceAttribute ModifyVolume",
        delete="DeleteVolume",
        leave="CreateSnapshot",
        tag="CreateTags DeleteTags",
        beside={"snapshot": "CreateSnapshot"},
    ),
    defaults={"final_snapshot": False},
    spoken={"final_snapshot": "final snapshot"},
    remedy="Set it back; or restore a snapshot as you want the volume, and put that in its place with terraform state "
    "rm and terraform import.",
    protected_by="delete_on_termination: no, or attach_existing",
    address=("<instance>_sdf",),
)

VOLUME_ATTACHMENT = ResourceType(
    "aws_volume_attachment",
    "volume attachment",
    in_place="stop_instance_before_detaching",
    replaces="device_name instance_id volume_id",
    tagged=False,
    claims=(
        Claim(("device_name",), within=("instance_id",)),
        # Volumes of the types io1 and io2 can be attached to several instances; those that we create can't.
        Claim(("volume_id",)),
    ),
    import_id="{device_name}:{volume_id}:{instance_id}",
    actions=Actions(
        "ec2",
        part_of="instance volume",
        create="AttachVolume",
        read="DescribeInstances DescribeVolumes",
        # It also stops the instance, for which aws_instance has the call.
        delete="DetachVolume",
    ),
    address=("<instance>_sdf",),
)
