"""Compares the calls that the emulated AWS has seen with what ``tpa-tf permissions`` grants."""

from __future__ import annotations

from pathlib import Path

from tests.support.emulator import Emulator
from tpa_tf.cluster.load import load
from tpa_tf.permissions import policy

PROGRAMS = ("Terraform", "tpa-tf")

NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity"})

# Granted, and called by no apply and destroy on the emulator.
NOT_SEEN_THERE = {
    "lookup": {
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "iam:GetInstanceProfile",
        "kms:DescribeKey",
        "s3:GetBucketLocation",
    },
    "later edits": {
        "ec2:DeleteTags",
        "ec2:DescribeVolumesModifications",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifyInstanceMetadataOptions",
        "ec2:ModifySecurityGroupRules",
        "ec2:ModifyVolume",
        "ec2:ReplaceRoute",
        "ec2:StartInstances",
        "ec2:StopInstances",
        "iam:UntagInstanceProfile",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
    },
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
    cluster = load(config).cluster
    assert cluster
    return {action for statement in policy(cluster)["Statement"] for action in statement["Action"]}


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
