"""Records of lookups for tests: what a lookup would write for a config, with as much found as a test says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tpa_tf.facts.buckets import BucketRecord
from tpa_tf.facts.groups import GroupsRecord
from tpa_tf.facts.images import FoundImage, ImageRecord
from tpa_tf.facts.key_pairs import KeyPairRecord
from tpa_tf.facts.offers import InstanceType
from tpa_tf.facts.profiles import ProfileRecord
from tpa_tf.facts.questions import Asked, AskedRegion
from tpa_tf.facts.record import Record, RegionRecord
from tpa_tf.facts.vpcs import FoundVpc, VpcRecord

ACCOUNT = "123456789012"
VPC = FoundVpc("vpc-0a1b", ("10.33.0.0/16",), "Test", "igw-0a1b")


def nothing_found(asked: Asked) -> Record:
    """A record that answers ``asked``: the regions offer what is asked for, but nothing of the cluster is there."""
    return Record(
        cluster=asked.cluster,
        account=ACCOUNT,
        bucket=BucketRecord(asked.bucket, None) if asked.bucket else None,
        instance_profile=ProfileRecord(asked.instance_profile, None) if asked.instance_profile else None,
        hosted_zones=dict.fromkeys(asked.hosted_zones),
        regions={name: _region(name, region) for name, region in asked.regions.items()},
    )


def _region(name: str, asked: AskedRegion) -> RegionRecord:
    zones = tuple(f"{name}{letter}" for letter in "abc")
    image = FoundImage("ami-0123456789abcdef0", "an-image", "099720109477", "x86_64", "/dev/sda1")
    return RegionRecord(
        availability_zones=zones,
        instance_types={each: InstanceType(zones, ("x86_64",)) for each in asked.instance_types},
        vpc=VpcRecord(asked.vpc, None),
        subnets=dict.fromkeys(asked.subnets),
        images={
            address: ImageRecord(each, replace(image, id=each.image_id or image.id, name=each.name or image.name))
            for address, each in asked.images.items()
        },
        security_groups=GroupsRecord(asked.security_groups, ()) if asked.security_groups else None,
        rule_groups=dict.fromkeys(asked.rule_groups),
        key_pair=KeyPairRecord(asked.key_pair, None) if asked.key_pair else None,
        elastic_ips=dict.fromkeys(asked.elastic_ips),
        kms_keys=dict.fromkeys(asked.kms_keys),
        volumes=dict.fromkeys(asked.volumes),
    )


def in_region(record: Record, name: str, **found: Any) -> Record:
    """``record`` with other answers in the region ``name``; ``vpc=VPC`` is short for what was found of the VPC."""
    region = record.regions[name]
    if "vpc" in found:
        found["vpc"] = replace(region.vpc, found=found["vpc"])
    for field in (
        "subnets",
        "instance_types",
        "images",
        "rule_groups",
        "elastic_ips",
        "kms_keys",
        "volumes",
        "overlapping",
        "default_routes",
    ):
        if field in found:
            found[field] = {**getattr(region, field), **found[field]}
    return replace(record, regions={**record.regions, name: replace(region, **found)})
