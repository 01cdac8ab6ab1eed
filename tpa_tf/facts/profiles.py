"""The instance profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tpa_tf.facts.adopted import Adopted
from tpa_tf.facts.asking import made_by
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
    service = aws.service("iam", asked.bucket_region)
    answer = service.call("get_instance_profile", absent=("NoSuchEntity",), InstanceProfileName=name)
    found = answer["InstanceProfile"] if answer else None
    if found and asked.instance_profile_can_be_made and adopted.is_own(name, made_by(found) == asked.cluster):
        found = None
    return ProfileRecord(name, FoundProfile(found["Arn"]) if found else None)
