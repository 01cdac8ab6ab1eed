"""Keys, bucket, profile and tags of the cluster as a whole (design D7 to D11)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tpa_tf.cluster import names, ownership
from tpa_tf.cluster.context import Context
from tpa_tf.cluster.model import Bucket, KeyPair, Ownership, Profile
from tpa_tf.cluster.tags import check_tag
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.models import ClusterSpec
from tpa_tf.limits.tpa import SENSELESS_OWNERS
from tpa_tf.rules.identity import KEY_NAME_UNUSED, NO_KEY, NO_OWNER, NO_PROFILE, SENSELESS_OWNER
from tpa_tf.rules.tags import NAME_TAG

_BUCKET_PREFIX = "tpa-"
_PREFIX_LENGTH = 50  # a bucket's name has 63 characters at most, and "-" with the account id takes 13


def cluster_tags(spec: ClusterSpec, data: Mapping[str, Any], report: Report) -> dict[str, str]:
    """cluster_tags with Owner (which the old top-level key may give), without Name, which is the cluster's name."""
    tags = dict(spec.cluster_tags)
    if tags.pop("Name", spec.cluster_name) != spec.cluster_name:
        report.add(
            NAME_TAG,
            ("cluster_tags", "Name"),
            f"the tag Name has no effect: TPA sets it to the cluster's name, {spec.cluster_name}",
            "remove Name from cluster_tags",
        )
    for key, value in tags.items():
        check_tag(report, key, value, ("cluster_tags", key), everywhere=names.bucket_name(spec) is None)
    path: KeyPath = ("cluster_tags", "Owner") if "Owner" in tags else ("Owner",)
    if spec.Owner is not None:
        tags.setdefault("Owner", spec.Owner)
    owner = tags.get("Owner")
    if owner is None:
        if report.told(("cluster_tags",)):
            return tags  # what is at fault there has been left out
        place: KeyPath = ("cluster_tags",) if "cluster_tags" in data else ("cluster_name",)
        report.add(
            NO_OWNER,
            place,
            "the cluster has no Owner, so nothing is tagged with one",
            "add cluster_tags: {Owner: …}, a person or a team (TPA would take your login name)",
            on_key=True,
        )
    elif owner.strip().lower() in SENSELESS_OWNERS:
        report.add(
            SENSELESS_OWNER,
            path,
            f"{owner!r} does not say who owns this cluster",
            f"write a person or a team; TPA refuses {', '.join(sorted(filter(None, SENSELESS_OWNERS)))}",
        )
    return tags


def key_pair(context: Context, region_name: str) -> KeyPair | None:
    """The key pair of a region; None where the config asks for none (``ec2_key_name: ''``)."""
    spec = context.spec
    if spec.ec2_instance_key and spec.ec2_key_name:
        context.report.add(
            KEY_NAME_UNUSED,
            ("ec2_key_name",),
            "ec2_key_name has no effect: ec2_instance_key names the key pair",
            "remove one of them",
            on_key=True,
        )
    name = names.key_name(spec)
    if name is None:
        context.report.add(
            NO_KEY,
            ("ec2_key_name",),
            "ec2_key_name is empty, so instances get no key pair",
            "remove ec2_key_name, or name an existing key pair with ec2_instance_key; else the image has to admit you",
        )
        return None
    decided = ownership.key_pair(context, region_name)
    return KeyPair(decided, name, context.made_by_us() if decided is Ownership.MANAGED else {})


def ssh_key_file(spec: ClusterSpec) -> str:
    """The private key's path as written, or TPA's default in the cluster directory."""
    return spec.ssh_key_file or f"id_{spec.cluster_name.lower()}"


def bucket(context: Context) -> Bucket:
    """The cluster's bucket: the one that the config names, or one of its own."""
    decided, name, region = ownership.bucket(context), names.bucket_name(context.spec), context.bucket_region
    terraform = context.sections.terraform
    known = context.record is not None or bool(terraform and terraform.home_region)
    prefix = bucket_prefix(context.name)
    uploads = tuple(sorted(set(context.spec.s3_uploads)))
    if decided is Ownership.EXISTING:
        return Bucket(decided, name, prefix, region, known, {}, context.record is not None, uploads)
    tags = {**context.tags, "Name": context.name, "CreatingCluster": context.name}
    return Bucket(decided, None, prefix, region, True, tags, False, uploads)


def bucket_prefix(cluster_name: str) -> str:
    """The first part of the name of a cluster's own bucket.

    Two clusters must not share a bucket: a name that S3 can't hold as it is gets a mark of its own.
    """
    plain = cluster_name.lower().replace("_", "-")
    prefix = _BUCKET_PREFIX + plain
    if plain == cluster_name and len(prefix) <= _PREFIX_LENGTH:
        return prefix
    mark = hashlib.sha256(cluster_name.encode()).hexdigest()[:8]
    return f"{prefix[: _PREFIX_LENGTH - 9].rstrip('-')}-{mark}"


def profile(context: Context) -> Profile | None:
    """The instance profile; None where the config asks for none (``cluster_profile: ''``)."""
    name = names.profile_name(context.spec)
    if name is None:
        context.report.add(
            NO_PROFILE,
            ("cluster_profile",),
            "cluster_profile is empty, so instances can't fetch their SSH host keys from the bucket",
            "remove cluster_profile, or name an existing profile with instance_profile_name",
        )
        return None
    decided = ownership.profile(context)
    tags = context.made_by_us() if decided is Ownership.MANAGED else {}
    return Profile(decided, name, f"{context.name}_instance_permissions", tags)
