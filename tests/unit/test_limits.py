"""The tables of limits agree with what AWS publishes in machine-readable form."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import moto
import pytest

from tpa_tf.limits.instance_types import architecture, instance_types, sizes
from tpa_tf.limits.regions import REGIONS, is_region, is_zone, partition, region_of

AWS_DATA = Path(botocore.__file__).parent / "data"
MOTO_DATA = Path(moto.__file__).parent / "ec2/resources"


@cache
def described_types() -> Mapping[str, Any]:
    """What DescribeInstanceTypes says of the types that AWS offers, as moto keeps it."""
    with gzip.open(MOTO_DATA / "instance_types.json.gz") as file:
        found: dict[str, Any] = json.load(file)
        return found


def aws_regions() -> dict[str, str]:
    """The partition of every region that botocore's two files know."""
    partitions = json.loads((AWS_DATA / "partitions.json").read_text())["partitions"]
    endpoints = json.loads((AWS_DATA / "endpoints.json").read_text())["partitions"]
    names = [(each["id"], name) for each in partitions for name in each["regions"]]
    names += [(each["partition"], name) for each in endpoints for name in each["regions"]]
    return {name: found for found, name in names if not name.endswith("-global")}


def test_regions_are_those_that_botocore_knows() -> None:
    assert aws_regions() == REGIONS


def test_partition_and_form_hold_for_every_region() -> None:
    assert {name: partition(name) for name in REGIONS} == REGIONS
    assert [name for name in REGIONS if not is_region(name) or is_zone(name) or not is_zone(f"{name}a")] == []


@pytest.mark.parametrize("region", ["eu-north-2", "cn-south-1", "us-gov-south-1", "eusc-de-west-1", "us-iso-north-1"])
def test_partition_of_a_region_that_is_new(region: str) -> None:
    assert region not in REGIONS
    assert is_region(region)
    assert partition(region) == botocore.session.Session().get_partition_for_region(region)


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("eu-west-1a", "eu-west-1"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("eusc-de-east-1a", "eusc-de-east-1"),
        ("xx-far-12a", "xx-far-12"),
    ],
)
def test_zone_tells_its_region(zone: str, region: str) -> None:
    assert is_zone(zone)
    assert region_of(zone) == region


def test_instance_types_are_those_of_the_ec2_api() -> None:
    with gzip.open(AWS_DATA / "ec2/2016-11-15/service-2.json.gz") as file:
        names = json.load(file)["shapes"]["InstanceType"]["enum"]
    assert set(names) == set(instance_types())


def test_processors_are_those_that_aws_describes() -> None:
    described = {name: each["ProcessorInfo"]["SupportedArchitectures"] for name, each in described_types().items()}
    assert [name for name, processors in described.items() if architecture(name) not in processors] == []


def test_instance_stores_are_those_that_aws_describes() -> None:
    stores = {
        name: sum(disk["Count"] for disk in each.get("InstanceStorageInfo", {}).get("Disks", ()))
        for name, each in described_types().items()
    }
    assert {name: instance_types()[name] for name in stores} == stores


@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("m12g.large", "arm64"),
        ("c12gd-flex.large", "arm64"),
        ("m12i-flex.large", "x86_64"),
        ("g9.xlarge", "x86_64"),
        ("p6e-gb200.36xlarge", "arm64"),
        ("mac3.metal", "arm64_mac"),
    ],
)
def test_processor_of_a_type_that_is_new(name: str, processor: str) -> None:
    assert architecture(name) == processor


def test_sizes_of_a_family() -> None:
    assert sizes("t2") == ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge")
    assert sizes("no") == ()
