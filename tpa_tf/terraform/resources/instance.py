"""EC2 instances."""

from __future__ import annotations

from tpa_tf.limits.instance_types import architecture
from tpa_tf.terraform.resource_type import Actions, Claim, DataSource, ResourceType
from tpa_tf.terraform.resources.storage import MAGNETIC


def same_processor(old_type: str, new_type: str) -> bool:
    """Whether an instance can change from one instance type to the other: between x86 and ARM it is replaced."""
    return architecture(old_type) == architecture(new_type)


INSTANCE = ResourceType(
    "aws_instance",
    "instance",
    in_place="disable_api_termination iam_instance_profile metadata_options root_block_device "
    "root_block_device.delete_on_termination root_block_device.iops root_block_device.tags "
    "root_block_device.throughput root_block_device.volume_size root_block_device.volume_type "
    "force_destroy user_data_replace_on_change vpc_security_group_ids",
    # It has a default, false, and no call to AWS goes with it: an instance of before is updated once, in the state.
    since={"force_destroy": (6, 8, 0)},
    stops="capacity_reservation_specification instance_type user_data user_data_base64",
    # ephemeral_block_device: where their number changes. Other names for as many devices are an update without effect.
    replaces="ami associate_public_ip_address ephemeral_block_device key_name private_ip root_block_device.encrypted "
    "root_block_device.kms_key_id subnet_id",
    replaces_when={"instance_type": lambda old, new: not same_processor(old, new)},
    grows_only="root_block_device.volume_size",
    refused_when={"root_block_device.volume_type": MAGNETIC},
    # Not user_data: the provider takes what it kept of it, a digest, for the text, and updates the instance.
    computed="ami associate_public_ip_address capacity_reservation_specification disable_api_termination "
    "ephemeral_block_device iam_instance_profile instance_type key_name metadata_options private_ip root_block_device "
    "root_block_device.encrypted root_block_device.iops root_block_device.kms_key_id root_block_device.throughput "
    "root_block_device.volume_size root_block_device.volume_type subnet_id user_data_base64 "
    "vpc_security_group_ids",
    opaque="user_data user_data_base64",
    reported="arn instance_lifecycle instance_state outpost_arn password_data primary_network_interface_id private_dns "
    "public_dns public_ip spot_instance_request_id",
    defaults={"root_block_device.delete_on_termination": True},
    claims=(Claim(("private_ip",), within=("subnet_id",)),),
    actions=Actions(
        "ec2",
        arn="instance",
        create="RunInstances",
        read="DescribeIamInstanceProfileAssociations DescribeImages DescribeInstanceAttribute "
        "DescribeInstanceCreditSpecifications DescribeInstanceTypes DescribeInstances DescribeNetworkInterfaces "
        "DescribeTags DescribeVolumes DescribeVpcs",
        change="AssociateIamInstanceProfile DisassociateIamInstanceProfile ModifyInstanceAttribute "
        "ModifyInstanceMetadataOptions ModifyNetworkInterfaceAttribute ReplaceIamInstanceProfileAssociation "
        "StartInstances StopInstances",
        delete="TerminateInstances",
        tag="CreateTags DeleteTags",
        beside={
            "network-interface": "ModifyNetworkInterfaceAttribute",
            "security-group": "ModifyInstanceAttribute ModifyNetworkInterfaceAttribute",
        },
    ),
    spoken={
        "ami": "image",
        "associate_public_ip_address": "public address",
        "ephemeral_block_device": "instance store",
        "key_name": "first SSH key",
        "user_data": "first-boot script",
        "user_data_base64": "first-boot script",
    },
    remedy="Set it back; or replace the instance when the cluster can do without it: terraform apply -replace.",
    # Before that, the provider takes the protection away: https://github.com/hashicorp/terraform-provider-aws/pull/43722
    kept_while={"disable_api_termination": (6, 8, 0)},
    protected_by="termination_protection",
    address=("<instance>",),
)

AMI = DataSource("aws_ami", "image", ("data.aws_ami.<region>", "data.aws_ami.<region>_ami-0abc"), read="DescribeImages")
