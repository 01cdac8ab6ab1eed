"""What a config asks of AWS, and that a record of other questions is refused at the line that changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cluster.conftest import REGION, Config, Load, findings
from tpa_tf.clusters import load as load_directory
from tpa_tf.facts.groups import GroupsRecord
from tpa_tf.facts.questions import RECORD_NAME, AskedDisk, AskedImage
from tpa_tf.facts.record import Record, dump

GOLDEN = Path(__file__).parents[2] / "golden"

Nothing = Callable[[Config], Record]
Edit = Callable[[Config], Any]


def test_every_reference_of_a_config_is_asked_for(load: Load, config: Config) -> None:
    config.update(
        cluster_bucket="our-files",
        ec2_instance_key="our-key",
        instance_profile_name="our-profile",
        ec2_groups={"us-east-1": {"group-name": ["b", "a"]}},
        cluster_rules=[{"proto": "tcp", "ports": 5432, "group_name": ["apps", f"Group speedy/{REGION}"]}],
        ec2_ami={"Name": "debian-12-*", "Owner": ["self", 136693071363], "filters": {"architecture": "x86_64"}},
    )
    config["ec2_vpc"]["us-east-1"] = {"Name": "There", "filters": {"state": "available"}}
    disk = {"device_name": "/dev/sdf", "volume_size": 8, "kms_key_id": "alias/db", "encrypted": True}
    again = {"device_name": "/dev/sdg", "volume_size": 8, "attach_existing": True}
    removed = {"device_name": "/dev/sdh", "volume_type": "none", "attach_existing": True}
    config["instances"][0].update(
        volumes=[disk, again, removed], assign_elastic_ip=True, elastic_ip="203.0.113.7", route53_zone="x.org",
        route53_hosted_zone_id="Z1",
    )  # fmt: skip
    config["instances"][1].update(region="us-east-1", subnet="subnet-7", type="t4g.micro", image="ami-7")
    asked = load(config, None).asked
    assert asked is not None
    assert (asked.cluster, asked.bucket, asked.bucket_region) == ("speedy", "our-files", REGION)
    assert (asked.instance_profile, asked.instance_profile_can_be_made) == ("our-profile", False)
    assert asked.hosted_zones == ("Z1",)
    here, there = asked.regions[REGION], asked.regions["us-east-1"]
    assert (here.vpc, here.vpc_can_be_made) == ({"cidr-block": ("10.33.0.0/16",), "tag:Name": ("Test",)}, True)
    assert (there.vpc, there.vpc_can_be_made) == ({"state": ("available",), "tag:Name": ("There",)}, False)
    assert (here.subnets, there.subnets) == (("10.33.0.0/28",), ("subnet-7",))
    assert (here.instance_types, there.instance_types) == (("t3.micro",), ("t4g.micro",))
    by_name = AskedImage("debian-12-*", ("136693071363", "self"), {"architecture": ("x86_64",)}, None)
    assert here.images == {"eu_west_1": by_name}
    assert there.images == {"us_east_1_ami-7": AskedImage(None, (), {}, "ami-7")}
    assert (here.security_groups, there.security_groups) == (None, {"group-name": ("a", "b")})
    assert (here.rule_groups, there.rule_groups) == (("apps",), ())
    assert (here.key_pair, here.key_pair_can_be_made) == ("our-key", False)
    assert (here.elastic_ips, here.kms_keys) == (("203.0.113.7",), ("alias/db",))
    place = ("instances", 0, "volumes", 1, "attach_existing")
    assert here.volumes == {"speedy:1:/dev/sdg": AskedDisk(("one",), "/dev/sdg", place)}


@pytest.mark.parametrize(
    "settings",
    [{"ec2_key_name": ""}, {"cluster_profile": ""}, {"cluster_bucket": "auto"}],
    ids=lambda settings: next(iter(settings)),
)
def test_what_a_config_does_without_is_not_asked_for(load: Load, config: Config, settings: Config) -> None:
    config.update(settings)
    asked = load(config, None).asked
    assert asked is not None
    assert None in (asked.regions[REGION].key_pair, asked.instance_profile, asked.bucket)
    assert (asked.bucket is None, asked.instance_profile is None) == (True, "cluster_profile" in settings)


def test_filter_that_is_none_is_told_from_groups_that_are_not_given(
    load: Load, nothing: Nothing, config: Config
) -> None:
    record = nothing(config)
    region = replace(record.regions[REGION], security_groups=GroupsRecord({}, ()))
    (finding,) = load(config, replace(record, regions={REGION: region})).report.findings
    assert "was without any filter then, and is not given now" in finding.message


def test_faulty_config_asks_nothing(load: Load, config: Config) -> None:
    config["instances"][0]["node"] = "first"
    assert load(config, None).asked is None


def _first(config: Config) -> dict[str, Any]:
    return config["instances"][0]  # type: ignore[no-any-return]


FITTING: list[tuple[str, Edit]] = [
    ("the order of the instances", lambda c: c["instances"].reverse()),
    ("the order of values in a filter", lambda c: c["ec2_groups"][REGION]["group-name"].reverse()),
    ("a machine less", lambda c: c["instances"].pop(0)),
    (
        "a machine more in a known subnet",
        lambda c: c["instances"].append({**c["instances"][1], "Name": "x", "node": 3}),
    ),
    ("host bits in the range of a subnet", lambda c: _first(c).update(subnet="10.33.0.3/28")),
    ("another zone of a subnet", lambda c: c["ec2_vpc_subnets"][REGION]["10.33.0.0/28"].update(az=f"{REGION}c")),
    ("a bucket asked for in other words", lambda c: c.update(cluster_bucket="auto")),
    ("tags", lambda c: c["cluster_tags"].update(Owner="Grace")),
]

STALE: list[tuple[str, Edit, str]] = [
    ("cluster", lambda c: c.update(cluster_name="slow"), "cluster_name"),
    ("VPC's Name", lambda c: c["ec2_vpc"][REGION].update(Name="Prod"), f"ec2_vpc.{REGION}"),
    ("VPC's cidr", lambda c: c["ec2_vpc"][REGION].update(cidr="10.33.0.0/17"), f"ec2_vpc.{REGION}"),
    ("VPC's cidr removed", lambda c: c["ec2_vpc"][REGION].pop("cidr"), f"ec2_vpc.{REGION}"),
    ("VPC's filters", lambda c: c["ec2_vpc"][REGION].update(filters={"a": "b"}), f"ec2_vpc.{REGION}"),
    ("AMI's Name", lambda c: c["ec2_ami"].update(Name="debian-13-*"), "ec2_ami"),
    ("AMI's owner", lambda c: c["ec2_ami"].update(Owner="self"), "ec2_ami"),
    ("AMI's filters", lambda c: c["ec2_ami"].update(filters={"architecture": "arm64"}), "ec2_ami"),
    ("image of its own", lambda c: _first(c).update(image="ami-7"), "instances[0].image"),
    ("new subnet", lambda c: _first(c).update(subnet="10.33.7.0/28"), "instances[0].subnet"),
    ("subnet by its id", lambda c: _first(c).update(subnet="subnet-7"), "instances[0].subnet"),
    ("instance type", lambda c: _first(c).update(type="t3.large"), "instances[0].type"),
    ("type of all", lambda c: c["instance_defaults"].update(type="t3.large"), "instance_defaults.type"),
    ("group filters", lambda c: c["ec2_groups"][REGION].update({"tag:a": "b"}), f"ec2_groups.{REGION}"),
    ("no groups", lambda c: c.pop("ec2_groups"), "cluster_rules[0].group_name"),
    ("key", lambda c: c.update(ec2_key_name="ours"), "ec2_key_name"),
    ("no key", lambda c: c.update(ec2_key_name=""), "ec2_key_name"),
    ("registered key", lambda c: c.update(ec2_instance_key="ours"), "ec2_instance_key"),
    ("profile", lambda c: c.update(cluster_profile="ours"), "cluster_profile"),
    ("existing profile", lambda c: c.update(instance_profile_name="ours"), "instance_profile_name"),
    ("bucket", lambda c: c.update(cluster_bucket="ours"), "cluster_bucket"),
    (
        "address",
        lambda c: _first(c).update(assign_elastic_ip=True, elastic_ip="203.0.113.7"),
        "instances[0].elastic_ip",
    ),
    (
        "hosted zone",
        lambda c: _first(c).update(route53_zone="x.org", route53_hosted_zone_id="Z1"),
        "instances[0].route53_hosted_zone_id",
    ),
    (
        "KMS key",
        lambda c: _first(c).update(
            volumes=[{"device_name": "/dev/sdf", "volume_size": 8, "encrypted": True, "kms_key_id": "alias/db"}]
        ),
        "instances[0].volumes[0].kms_key_id",
    ),
    (
        "volume to attach",
        lambda c: _first(c).update(volumes=[{"device_name": "/dev/sdf", "volume_size": 8, "attach_existing": True}]),
        "instances[0].volumes[0].attach_existing",
    ),
]


def varied(config: Config) -> Config:
    """The config with groups of the region, and rules that name another one."""
    config["ec2_groups"] = {REGION: {"group-name": ["a", "b"]}}
    config["cluster_rules"] = [{"proto": "tcp", "ports": 5432, "group_name": "apps"}]
    return config


@pytest.mark.parametrize("edit", [edit for _, edit in FITTING], ids=[name for name, _ in FITTING])
def test_edit_that_asks_nothing_new_fits_the_record(load: Load, nothing: Nothing, config: Config, edit: Edit) -> None:
    record = nothing(varied(config))
    edit(config)
    assert "stale-lookup" not in findings(load(config, record))


@pytest.mark.parametrize(("edit", "where"), [edit[1:] for edit in STALE], ids=[edit[0] for edit in STALE])
def test_edit_that_asks_something_else_is_refused_where_it_stands(
    load: Load, nothing: Nothing, config: Config, edit: Edit, where: str
) -> None:
    record = nothing(varied(config))
    edit(config)
    loaded = load(config, record)
    stale = [finding for finding in loaded.report.findings if finding.rule == "stale-lookup"]
    assert where in [place.where for finding in stale for place in finding.places]
    assert all(RECORD_NAME in finding.message and "tpa-tf lookup" in str(finding.help) for finding in stale)
    assert loaded.cluster is None
    assert loaded.asked is not None


def test_new_region_is_refused_at_its_instance(load: Load, nothing: Nothing, config: Config) -> None:
    record = nothing(config)
    config["ec2_vpc"]["us-east-1"] = {"Name": "East", "cidr": "10.34.0.0/16"}
    config["instances"].append({"Name": "far", "node": 3, "region": "us-east-1", "subnet": "10.34.0.0/28"})
    assert findings(load(config, record)) == {"stale-lookup": "instances[2].region"}


def test_answers_that_nobody_asks_for_any_more_do_no_harm(load: Load, nothing: Nothing, config: Config) -> None:
    record = nothing(config)
    config["instances"].pop()
    del config["ec2_vpc_subnets"][REGION]["10.33.1.0/28"]
    assert findings(load(config, record)) == {}


def test_record_is_read_beside_the_config(load: Load, nothing: Nothing, config: Config, tmp_path: Path) -> None:
    record = nothing(config)
    assert load_directory(tmp_path).cluster != load_with_file(tmp_path, record)
    assert load_with_file(tmp_path, replace(record, cluster="slow")) is None


def load_with_file(directory: Path, record: Record) -> object:
    (directory / RECORD_NAME).write_bytes(dump(record))
    by_directory, by_file = load_directory(directory), load_directory(directory / "config.yml")
    assert by_directory.cluster == by_file.cluster
    return by_file.cluster


ANY: Config = {"ec2_vpc_subnets": None}
"""Subnets that nothing lists."""


@pytest.mark.parametrize(
    ("vpc", "settings", "said"),
    [
        ({"Name": "Test", "cidr": "10.33.0.0/16"}, {}, None),
        ({"Name": "Test"}, ANY, "taken to exist: 10.33.0.0/28, 10.33.1.0/28, an internet gateway in eu-west-1"),
        ({"Name": "Test"}, {}, "taken to exist: an internet gateway in eu-west-1"),
        ({"Name": "Test"}, {"ec2_vpc_subnets": {REGION: {"10.33.1.0/28": None}}},
         "taken to exist: 10.33.0.0/28, an internet gateway in eu-west-1"),
        ({"Name": "Test"}, {**ANY, "ec2_instance_reachability": "private"}, "10.33.0.0/28, 10.33.1.0/28 in eu-west-1"),
        ({"Name": "Test"}, {"ec2_instance_reachability": "private"}, None),
        ({"filters": {"vpc-id": "vpc-1"}}, {**ANY, "ec2_vpc_igw": {REGION: False}}, "10.33.0.0/28, 10.33.1.0/28 in "),
    ],
)  # fmt: skip
def test_guess_without_a_record_is_said_once(
    load: Load, nothing: Nothing, config: Config, vpc: Config, settings: Config, said: str | None
) -> None:
    config["ec2_vpc"] = {REGION: vpc}
    config.update(settings)
    notes = [finding for finding in load(config, None).report.findings if finding.rule == "no-lookup"]
    assert [note.where for note in notes] == ([f"ec2_vpc.{REGION}"] if said else [])
    assert all(str(said) in note.message and "tpa-tf lookup" in str(note.help) for note in notes)
    assert "no-lookup" not in findings(load(config, nothing(config)))


def test_guesses_in_several_regions_are_one_finding(load: Load, config: Config) -> None:
    config["ec2_vpc"] = {REGION: {"Name": "Test"}, "us-east-1": {"Name": "Test"}}
    config.update(ANY)
    networks = [f"10.33.{number}.0/28" for number in range(6)]
    config["instances"] = [
        {"Name": f"node-{number}", "node": number, "subnet": network} for number, network in enumerate(networks)
    ]
    config["instances"].append({"Name": "far", "node": 9, "region": "us-east-1", "subnet": "10.34.0.0/28"})
    (note,) = [finding for finding in load(config, None).report.findings if finding.rule == "no-lookup"]
    assert note.message == (
        "not looked up, and taken to exist: 10.33.0.0/28, 10.33.1.0/28, 10.33.2.0/28, 10.33.3.0/28, 2 more subnets, "
        "an internet gateway in eu-west-1; 10.34.0.0/28, an internet gateway in us-east-1"
    )


def test_checking_against_a_record_needs_no_cdktf_and_no_boto3() -> None:
    script = (
        "import sys\n"
        "from tpa_tf.cli import cli\n"
        "try:\n    cli(['check', sys.argv[1]])\n"
        "finally:\n    print(sorted({'cdktf', 'jsii', 'boto3', 'botocore'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(GOLDEN / "lookup-everything-exists")]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "ok, 3 instances" in out
    assert out.endswith("[]\n")
