"""The bucket that the config names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tpa_tf.facts.questions import Asked
from tpa_tf.facts.shapes import RegionName, Strict

if TYPE_CHECKING:  # boto3, which takes a second
    from tpa_tf.facts.aws import Aws


@dataclass(frozen=True)
class FoundBucket(Strict):
    """An existing bucket."""

    region: RegionName


@dataclass(frozen=True)
class BucketRecord(Strict):
    """The bucket that cluster_bucket names."""

    asked: str
    found: FoundBucket | None


def ask_bucket(aws: Aws, asked: Asked) -> BucketRecord | None:
    """The bucket that the config names, if it names one."""
    if asked.bucket is None:
        return None
    service = aws.service("s3", asked.bucket_region)
    # A bucket of another region answers too: with its region, or with a redirection there, which botocore follows.
    answer = service.call("head_bucket", absent=("404", "NoSuchBucket"), Bucket=asked.bucket)
    if answer is None:
        return BucketRecord(asked.bucket, None)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    if not region:
        location = service.call("get_bucket_location", Bucket=asked.bucket)["LocationConstraint"]
        region = {None: "us-east-1", "EU": "eu-west-1"}.get(location, location)
    return BucketRecord(asked.bucket, FoundBucket(str(region)))


_SETTINGS = {
    "aws_s3_bucket_ownership_controls": ("get_bucket_ownership_controls", "OwnershipControlsNotFoundError"),
    "aws_s3_bucket_policy": ("get_bucket_policy", "NoSuchBucketPolicy"),
    "aws_s3_bucket_public_access_block": ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    "aws_s3_bucket_server_side_encryption_configuration": (
        "get_bucket_encryption",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
}
"""What asks for a part of a bucket, and what S3 says where there is none, by the resource type."""


def ask_objects(aws: Aws, region: str, bucket: str, prefix: str) -> frozenset[str] | None:
    """The keys of the objects in a bucket that begin with ``prefix``; None where there is no such bucket."""
    service = aws.service("s3", region)
    answer: Any = service.call("list_objects_v2", absent=("NoSuchBucket",), Bucket=bucket, Prefix=prefix)
    return None if answer is None else frozenset(str(found["Key"]) for found in answer.get("Contents", []))


def ask_settings(aws: Aws, region: str, bucket: str) -> frozenset[str]:
    """The resource types of which a bucket has something."""
    service = aws.service("s3", region)
    return frozenset(
        name
        for name, (operation, absent) in _SETTINGS.items()
        if service.call(operation, absent=(absent,), Bucket=bucket) is not None
    )


def ask_maker(aws: Aws, region: str, bucket: str) -> str | None:
    """The cluster that made a bucket, as its tags say; None where there is no bucket, or none says so."""
    service = aws.service("s3", region)
    answer: Any = service.call("get_bucket_tagging", absent=("NoSuchBucket", "NoSuchTagSet"), Bucket=bucket)
    tags = answer["TagSet"] if answer else []
    return next((str(tag["Value"]) for tag in tags if tag["Key"] == "CreatingCluster"), None)
