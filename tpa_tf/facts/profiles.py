"""The instance profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tpa_tf.facts.adopted import Adopted
from tpa_tf.facts.asking import Asking, made_by
from tpa_tf.facts.questions import Asked
from tpa_tf.facts.shapes import Strict

if TYPE_CHECKING:  # boto3, which takes a second
    from tpa_tf.facts.aws import Aws


@dataclass(frozen=True)
class FoundProfile(Strict):
    """An instance profile that the cluster did not make."""

    arn: str


@dataclass(frozen=True)
class ProfileRecord(Strict):
    """The instance profile, by name."""

    asked: str
    found: FoundProfile | None


def ask_profile(aws: Aws, asked: Asked, adopted: Adopted) -> ProfileRecord | None:
    """The instance profile, if the config wants one."""
    name = asked.instance_profile
    if name is None:
        return None
    found = instance_profile(aws, asked.bucket_region, name)
    if found and asked.instance_profile_can_be_made and adopted.is_own(name, made_by(found) == asked.cluster):
        found = None
    return ProfileRecord(name, FoundProfile(found["Arn"]) if found else None)


def instance_profile(aws: Aws, region: str, name: str) -> Mapping[str, Any] | None:
    """The instance profile called ``name``, with its role; None where there is none."""
    answer: Any = aws.service("iam", region).call(
        "get_instance_profile", absent=("NoSuchEntity",), InstanceProfileName=name
    )
    return dict(answer["InstanceProfile"]) if answer else None


def ask_role(aws: Aws, region: str, name: str) -> Mapping[str, Any] | None:
    """The role called ``name``; None where there is none."""
    answer: Any = aws.service("iam", region).call("get_role", absent=("NoSuchEntity",), RoleName=name)
    return dict(answer["Role"]) if answer else None


def ask_role_policies(aws: Aws, region: str, role: str) -> tuple[str, ...]:
    """The names of the policies within a role."""
    return tuple(sorted(aws.service("iam", region).all("list_role_policies", "PolicyNames", RoleName=role)))


def users_of(asking: Asking, arn: str) -> list[str]:
    """The ids of the instances in the region that have an instance profile, sorted."""
    found = asking.ec2.all("describe_iam_instance_profile_associations", "IamInstanceProfileAssociations")
    return sorted(str(one["InstanceId"]) for one in found if one["IamInstanceProfile"]["Arn"] == arn)
