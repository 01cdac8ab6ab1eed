"""The bucket that the config names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
