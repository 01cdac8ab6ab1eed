"""Zones, instance types and architectures that a region doesn't have are errors, with what it has instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.records import VPC, in_region
from tests.unit.cluster.conftest import REGION, Config, Load, findings
from tpa_tf.facts.offers import InstanceType
from tpa_tf.facts.record import Record
from tpa_tf.facts.subnets import FoundSubnet

A, B, C = (f"{REGION}{letter}" for letter in "abc")
X86, ARM = ("i386", "x86_64"), ("arm64",)

Nothing = Callable[[Config], Record]


def only(load: Load, config: Config, record: Record) -> tuple[str, str, str, str]:
    """Rule, place, message and help of the one finding."""
    (finding,) = load(config, record).report.findings
    return finding.rule, finding.where, finding.message, str(finding.help)


def test_zone_that_the_region_does_not_have_is_an_error_where_it_stands(
    load: Load, nothing: Nothing, config: Config
) -> None:
    record = nothing(config)
    config["ec2_vpc_subnets"][REGION]["10.33.1.0/28"]["az"] = f"{REGION}f"
    rule, where, message, help = only(load, config, record)
    assert (rule, where) == ("unknown-zone", f"ec2_vpc_subnets.{REGION}.10.33.1.0/28.az")
    assert f"{REGION}f" in message
    assert f"{A}, {B}, {C}" in help


def test_zone_of_a_location_is_held_to_the_record_too(load: Load, nothing: Nothing, config: Config) -> None:
    del config["ec2_vpc_subnets"]
    config["locations"] = [{"Name": "main", "region": REGION, "subnet": "10.33.0.0/28", "az": f"{REGION}f"}]
    assert findings(load(config, nothing(config))) == {"unknown-zone": "locations[0].az"}


def test_type_that_the_region_does_not_have_is_an_error_with_similar_ones(
    load: Load, nothing: Nothing, config: Config
) -> None:
    config["instances"][1]["type"] = "t9.micro"
    types = {"t9.micro": InstanceType((), (), ("t3.micro", "t3a.micro"))}
    rule, where, message, help = only(load, config, in_region(nothing(config), REGION, instance_types=types))
    assert (rule, where) == ("type-not-offered", "instances[1].type")
    assert "t9.micro" in message
    assert "t3.micro or t3a.micro" in help


@pytest.mark.parametrize(("zones", "wrong"), [((A, B), False), ((A, C), True)])
def test_type_is_offered_in_the_zone_of_its_subnet(
    load: Load, nothing: Nothing, config: Config, zones: tuple[str, ...], wrong: bool
) -> None:
    config["instances"][1]["type"] = "m9.large"
    types = {"m9.large": InstanceType(zones, X86), "t3.micro": InstanceType((A, B, C), X86)}
    record = in_region(nothing(config), REGION, instance_types=types)
    if not wrong:
        assert findings(load(config, record)) == {}
        return
    rule, where, message, help = only(load, config, record)
    assert (rule, where) == ("type-not-offered", "instances[1].type")
    assert B in message
    assert f"{A} or {C}" in help
    assert "t3.micro" in help


def test_zone_of_an_existing_subnet_counts_whatever_the_config_says(
    load: Load, nothing: Nothing, config: Config
) -> None:
    del config["ec2_vpc_subnets"]
    there = FoundSubnet("subnet-1", "10.33.0.0/28", VPC.id, C)
    types = {"t3.micro": InstanceType((A, B), X86)}
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"10.33.0.0/28": there}, instance_types=types)
    found = findings(load(config, record))
    assert found["type-not-offered"] == "instance_defaults.type"


@pytest.mark.parametrize(("zones", "said"), [((A, B, C), False), ((A, B), True)])
def test_zone_that_is_left_to_aws_is_mentioned_where_it_matters(
    load: Load, nothing: Nothing, config: Config, zones: tuple[str, ...], said: bool
) -> None:
    del config["ec2_vpc_subnets"][REGION]["10.33.1.0/28"]
    record = in_region(nothing(config), REGION, instance_types={"t3.micro": InstanceType(zones, X86)})
    assert findings(load(config, record)) == ({"zone-left-open": "instances[1].subnet"} if said else {})


@pytest.mark.parametrize(
    ("image", "type_runs", "wrong"),
    [("x86_64", X86, False), ("arm64", ARM, False), ("arm64", X86, True), ("x86_64", ARM, True)],
)
def test_image_runs_on_the_type(
    load: Load, nothing: Nothing, config: Config, image: str, type_runs: tuple[str, ...], wrong: bool
) -> None:
    record = nothing(config)
    (address,) = record.regions[REGION].images
    there = record.regions[REGION].images[address]
    assert there.found
    images = {address: replace(there, found=replace(there.found, architecture=image))}
    record = in_region(record, REGION, images=images, instance_types={"t3.micro": InstanceType((A, B, C), type_runs)})
    if not wrong:
        assert findings(load(config, record)) == {}
        return
    rule, where, message, help = only(load, config, record)
    assert (rule, where) == ("wrong-architecture", "instance_defaults.type")
    assert image in message
    assert " or ".join(type_runs) in help
