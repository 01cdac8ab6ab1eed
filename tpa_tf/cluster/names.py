"""What a cluster's things are called in AWS, where the config or TPA gives them a name."""

from __future__ import annotations

from collections.abc import Mapping

from tpa_tf.config.models import ClusterSpec

_AUTO = "auto"


def key_name(spec: ClusterSpec) -> str | None:
    """The name of the key pair; None where the config asks for none (``ec2_key_name: ''``)."""
    if spec.ec2_instance_key:
        return spec.ec2_instance_key
    return None if spec.ec2_key_name == "" else spec.ec2_key_name or f"tpa_{spec.cluster_name.lower()}"


def profile_name(spec: ClusterSpec) -> str | None:
    """The name of the instance profile; None where the config asks for none (``cluster_profile: ''``)."""
    if spec.instance_profile_name:
        return spec.instance_profile_name
    return None if spec.cluster_profile == "" else spec.cluster_profile or f"{spec.cluster_name}_profile"


def bucket_name(spec: ClusterSpec) -> str | None:
    """The bucket that the config names; None where the cluster is to have one of its own."""
    return None if spec.cluster_bucket == _AUTO else spec.cluster_bucket


def of_instance(name: str, moved: Mapping[str, str]) -> tuple[str, ...]:
    """The name of an instance, and those that it had before by the notes ``moved`` (old to new), the last one first."""
    before = {new: old for old, new in moved.items()}
    found = [name]
    while found[-1] in before:
        found.append(before[found[-1]])
    return tuple(found)


def group_name(cluster_name: str, region_name: str) -> str:
    """The name of the cluster's own security group in a region."""
    return f"Group {cluster_name}/{region_name}"
