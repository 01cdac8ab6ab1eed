"""Compares the calls that the emulated AWS has seen with what ``tpa-tf permissions`` grants."""

from __future__ import annotations

from pathlib import Path

from tests.support.emulator import Emulator
from tpa_tf.clusters import load
from tpa_tf.permissions import policy

PROGRAMS = ("Terraform", "tpa-tf")

NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity"})

# Granted, and called by no apply and destroy on the emulator.
NOT_SEEN_THERE = {
    "lookup": {
        "ec2:DescribeAddresses",
        "ec2:DescribeAddressesAttribute",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "iam:GetInstanceProfile",
        "kms:DescribeKey",
        "s3:GetBucketLocation",
    },
    "a bucket keeps versions, or it does not": {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"},
    "later edits": {
        "ec2:AssociateIamInstanceProfile",
        "ec2:DeleteTags",
        "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeVolumesModifications",
        "ec2:DisassociateIamInstanceProfile",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifyInstanceMetadataOptions",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:ModifySecurityGroupRules",
        "ec2:ModifyVolume",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ec2:ReplaceRoute",
        "ec2:StartInstances",
        "ec2:StopInstances",
        "iam:UntagInstanceProfile",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
    },
    "an edit that takes away the last of a kind": {
        "ec2:AssociateAddress",
        "ec2:AssociateRouteTable",
        "ec2:AttachInternetGateway",
        "ec2:AttachVolume",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateRoute",
        "ec2:DeleteInternetGateway",
        "ec2:DeleteKeyPair",
        "ec2:DeleteRoute",
        "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSubnet",
        "ec2:DeleteVolume",
        "ec2:DeleteVpc",
        "ec2:DetachInternetGateway",
        "ec2:DetachVolume",
        "ec2:DisassociateAddress",
        "ec2:DisassociateRouteTable",
        "ec2:ModifyVpcAttribute",
        "ec2:ReleaseAddress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    },
    "a volume that holds data leaves a snapshot": {"ec2:CreateSnapshot", "ec2:DescribeSnapshots"},
    "part of another call": {
        "iam:PassRole",
        "iam:TagInstanceProfile",
        "iam:TagRole",
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    },
}


def granted(config: Path) -> set[str]:
    """The actions that the policy for the cluster at ``config`` allows."""
    checked = load(config).checked
    assert checked
    return {action for statement in policy(*checked)["Statement"] for action in statement["Action"]}


def check_permissions(config: Path, emulator: Emulator) -> None:
    """All that Terraform and tpa-tf have called is granted, and all that is granted has a reason."""
    calls = emulator.calls(*PROGRAMS)
    seen = {action for action, _ in calls} - NEEDS_NO_PERMISSION
    assert seen, "no call was noted"
    allowed = granted(config)
    assert seen - allowed == set(), "calls that the policy does not allow"
    needless = allowed - seen - set().union(*NOT_SEEN_THERE.values())
    assert needless == set(), f"grants that nobody needs: {sorted(needless)}"
    regions = {region for action, region in calls if action.startswith("ec2:")}
    cluster = load(config).cluster
    assert cluster
    assert regions <= {region.name for region in cluster.regions if region.vpc}
