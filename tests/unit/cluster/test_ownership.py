"""Managed or existing: what the config and the record make of each thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import ACCOUNT, VPC, in_region
from tests.unit.cluster.conftest import REGION, Config, Load, findings
from tpa_tf.cluster.model import Ownership, Region, SourceKind
from tpa_tf.config.findings import Severity
from tpa_tf.facts.buckets import FoundBucket
from tpa_tf.facts.groups import FoundGroup
from tpa_tf.facts.hosted_zones import FoundZone
from tpa_tf.facts.images import FoundImage, ImageVolume
from tpa_tf.facts.key_pairs import FoundKeyPair
from tpa_tf.facts.profiles import FoundProfile
from tpa_tf.facts.record import Record
from tpa_tf.facts.subnets import FoundSubnet
from tpa_tf.facts.volumes import FoundVolume
from tpa_tf.facts.vpcs import FoundVpc
from tpa_tf.stack.build import build

MANAGED, EXISTING = Ownership.MANAGED, Ownership.EXISTING
FIRST = FoundSubnet("subnet-1", "10.33.0.0/28", VPC.id, f"{REGION}a")
NO_GATEWAY = replace(VPC, internet_gateway=None)
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/0000"

Nothing = Callable[[Config], Record]


def region_of(load: Load, config: Config, record: Record | None) -> Region:
    loaded = load(config, record)
    assert loaded.cluster is not None, loaded.report.findings
    return loaded.cluster.region(REGION)


@pytest.mark.parametrize(
    ("entry", "without_record", "nothing_there"),
    [
        ({"Name": "Test", "cidr": "10.33.0.0/16"}, MANAGED, MANAGED),
        ({"Name": "Test"}, EXISTING, None),
        ({"filters": {"tag:Team": "db"}}, EXISTING, None),
        ({"Name": "Test", "filters": {"tag:Team": "db"}}, EXISTING, None),
        ({"Name": "Test", "cidr": "10.33.0.0/16", "filters": {"tag:Team": "db"}}, EXISTING, MANAGED),
        ({"Name": "Test", "cidr": "10.33.0.0/16", "filters": {"vpc-id": "vpc-0a1b"}}, EXISTING, None),
    ],
)
def test_vpc_is_made_or_looked_up(
    load: Load,
    nothing: Nothing,
    config: Config,
    entry: dict[str, Any],
    without_record: Ownership,
    nothing_there: Ownership | None,
) -> None:
    config["ec2_vpc"] = {REGION: entry}
    record = nothing(config)
    vpc = region_of(load, config, None).vpc
    assert vpc and (vpc.ownership, vpc.vpc_id) == (without_record, None)
    found = region_of(load, config, in_region(record, REGION, vpc=VPC)).vpc
    assert found and (found.ownership, found.vpc_id, found.tags) == (EXISTING, VPC.id, {})
    if nothing_there:
        made = region_of(load, config, record).vpc
        assert made and (made.ownership, made.vpc_id, made.tags["Name"]) == (nothing_there, None, "Test")
    else:
        where = f"ec2_vpc.{REGION}" + ("" if "filters" in entry else ".Name")
        assert findings(load(config, record)) == {"vpc-not-found": where}


def test_record_in_which_nothing_is_there_pins_image_and_account_alone(
    load: Load, nothing: Nothing, config: Config
) -> None:
    without, recorded = load(config, None).cluster, load(config, nothing(config)).cluster
    assert without and recorded
    (there,), (now,) = without.regions, recorded.regions
    assert [ami.image_id for ami in there.amis] == [None]
    assert [ami.image_id for ami in now.amis] == ["ami-0123456789abcdef0"]
    assert recorded.terraform.provider == {"allowed_account_ids": [ACCOUNT]}
    assert replace(recorded, regions=(replace(now, amis=there.amis),), terraform=without.terraform) == without


@pytest.mark.parametrize(
    ("given", "account_is_pinned"),
    [
        ({"max_retries": 5}, True),
        ({"allowed_account_ids": ["210987654321"]}, False),
        ({"forbidden_account_ids": ["210987654321"]}, False),
        ({"skip_requesting_account_id": True}, False),
    ],
)
def test_what_the_config_says_of_accounts_holds_over_the_record(
    load: Load, nothing: Nothing, config: Config, given: Config, account_is_pinned: bool
) -> None:
    config["terraform"] = {"provider": given}
    cluster = load(config, nothing(config)).cluster
    pinned = {"allowed_account_ids": [ACCOUNT]} if account_is_pinned else {}
    assert cluster and cluster.terraform.provider == {**given, **pinned}


def test_existing_vpc_holds_what_was_found_and_gets_the_rest(load: Load, nothing: Nothing, config: Config) -> None:
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"10.33.0.0/28": FIRST})
    region = region_of(load, config, record)
    assert [(subnet.ownership, subnet.subnet_id) for subnet in region.subnets] == [
        (EXISTING, "subnet-1"),
        (MANAGED, None),
    ]
    assert region.route_table and region.route_table.subnets == (region.subnets[1].address,)
    gateway = region.internet_gateway
    assert gateway and (gateway.ownership, gateway.gateway_id, gateway.tags) == (EXISTING, VPC.internet_gateway, {})


def test_address_of_a_subnet_is_the_same_whoever_made_it(load: Load, nothing: Nothing, config: Config) -> None:
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"10.33.0.0/28": FIRST})
    addresses = {tuple(each.address for each in region_of(load, config, record).subnets) for record in (None, record)}
    assert len(addresses) == 1


@pytest.mark.parametrize(
    ("listed", "without_record"), [(True, MANAGED), (False, EXISTING)], ids=["listed", "not listed"]
)
def test_record_decides_over_ec2_vpc_subnets(
    load: Load, nothing: Nothing, config: Config, listed: bool, without_record: Ownership
) -> None:
    config["ec2_vpc"] = {REGION: {"Name": "Test"}}
    if not listed:
        del config["ec2_vpc_subnets"]
    assert {each.ownership for each in region_of(load, config, None).subnets} == {without_record}
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"10.33.0.0/28": FIRST})
    assert [each.ownership for each in region_of(load, config, record).subnets] == [EXISTING, MANAGED]


def test_gateway_is_made_for_an_existing_vpc_that_has_none(load: Load, nothing: Nothing, config: Config) -> None:
    gateway = region_of(load, config, in_region(nothing(config), REGION, vpc=NO_GATEWAY)).internet_gateway
    assert gateway and gateway.ownership is MANAGED
    assert gateway.tags == {"CreatingCluster": "speedy", "Name": f"{REGION}-igw"}
    config["ec2_vpc_igw"] = {REGION: False}
    assert region_of(load, config, in_region(nothing(config), REGION, vpc=NO_GATEWAY)).internet_gateway is None


def test_elastic_ip_is_fine_where_a_gateway_is_recorded(load: Load, nothing: Nothing, config: Config) -> None:
    config["ec2_instance_reachability"] = "private"
    config["instances"][0]["assign_elastic_ip"] = True
    record = nothing(config)
    warning = {"elastic-ip-without-gateway": "instances[0].assign_elastic_ip"}
    assert findings(load(config, in_region(record, REGION, vpc=NO_GATEWAY))) == warning
    assert findings(load(config, in_region(record, REGION, vpc=VPC))) == {}


@pytest.mark.parametrize(
    ("vpc", "rule"),
    [
        (replace(VPC, cidrs=("10.33.0.0/27", "10.33.1.0/28")), None),
        (replace(VPC, cidrs=("10.33.0.0/27", "10.33.1.0/29")), "subnet-outside-vpc"),
    ],
)
def test_new_subnet_lies_in_a_recorded_range(
    load: Load, nothing: Nothing, config: Config, vpc: FoundVpc, rule: str | None
) -> None:
    config["ec2_vpc"] = {REGION: {"Name": "Test"}}
    expected = {rule: "instances[1].subnet"} if rule else {}
    assert findings(load(config, in_region(nothing(config), REGION, vpc=vpc))) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (replace(FIRST, id="subnet-7"), {}),
        (None, {"subnet-not-found": "instances[0].subnet"}),
        (replace(FIRST, id="subnet-7", vpc="vpc-9"), {"subnet-outside-vpc": "instances[0].subnet"}),
        (replace(FIRST, id="subnet-7", cidr="10.33.9.0/28"), {"ip-outside-subnet": "instances[0].private_ip"}),
    ],
)
def test_subnet_given_by_its_id_is_held_to_the_record(
    load: Load, nothing: Nothing, config: Config, found: FoundSubnet | None, expected: dict[str, str]
) -> None:
    config["instances"][0].update(subnet="subnet-7", private_ip="10.33.0.5")
    del config["ec2_vpc_subnets"][REGION]["10.33.0.0/28"]
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"subnet-7": found})
    assert findings(load(config, record)) == expected


def test_zone_of_an_existing_subnet_is_the_one_that_it_has(load: Load, nothing: Nothing, config: Config) -> None:
    elsewhere = replace(FIRST, availability_zone=f"{REGION}c")
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={"10.33.0.0/28": elsewhere})
    assert findings(load(config, record)) == {"zone-conflict": f"ec2_vpc_subnets.{REGION}.10.33.0.0/28.az"}


OFFICE, OTHER = FoundGroup("sg-2", "office", VPC.id), FoundGroup("sg-1", "office", "vpc-9")


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        ((OFFICE, replace(OFFICE, id="sg-0")), ("sg-0", "sg-2")),
        ((OTHER, OFFICE), ("sg-2",)),
        ((OTHER,), None),
        ((), None),
    ],
    ids=["all that match", "not of another VPC", "of another VPC alone", "none"],
)
def test_existing_groups_are_those_of_the_vpc(
    load: Load, nothing: Nothing, config: Config, found: tuple[FoundGroup, ...], ids: tuple[str, ...] | None
) -> None:
    config["ec2_groups"] = {REGION: {"group-name": "office"}}
    record = nothing(config)
    groups = record.regions[REGION].security_groups
    assert groups
    record = in_region(record, REGION, vpc=VPC, security_groups=replace(groups, found=found))
    if ids is None:
        assert findings(load(config, record)) == {"group-not-found": f"ec2_groups.{REGION}"}
    else:
        group = region_of(load, config, record).security_group
        assert group and (group.ownership, group.group_ids) == (EXISTING, ids)


def test_group_that_a_rule_names_goes_by_its_recorded_id(load: Load, nothing: Nothing, config: Config) -> None:
    config["cluster_rules"] = [{"proto": "tcp", "from_port": 5432, "to_port": 5432, "group_name": "apps"}]
    without = region_of(load, config, None).security_group
    record = in_region(nothing(config), REGION, vpc=VPC, rule_groups={"apps": "sg-7"})
    recorded = region_of(load, config, record).security_group
    assert without and recorded
    (named,), (pinned,) = without.rules, recorded.rules
    assert pinned == replace(named, source_kind=SourceKind.GROUP_ID, source="sg-7")
    missing = in_region(record, REGION, rule_groups={"apps": None})
    assert findings(load(config, missing)) == {"group-not-found": "cluster_rules[0].group_name"}
    yet_to_be_made = region_of(load, config, nothing(config)).security_group
    assert yet_to_be_made and yet_to_be_made.rules == (named,)


@pytest.mark.parametrize(
    ("settings", "found", "ownership", "expected"),
    [
        ({}, None, MANAGED, {}),
        ({}, FoundKeyPair("ab:cd"), EXISTING, {"key-exists": "cluster_name"}),
        ({"ec2_key_name": "ours"}, FoundKeyPair("ab:cd"), EXISTING, {"key-exists": "ec2_key_name"}),
        ({"ec2_instance_key": "ours"}, FoundKeyPair("ab:cd"), EXISTING, {}),
        ({"ec2_instance_key": "ours"}, None, None, {"key-pair-not-found": "ec2_instance_key"}),
    ],
)
def test_key_pair_that_is_there_is_used(
    load: Load,
    nothing: Nothing,
    config: Config,
    settings: Config,
    found: FoundKeyPair | None,
    ownership: Ownership | None,
    expected: dict[str, str],
) -> None:
    config.update(settings)
    record = nothing(config)
    pair = record.regions[REGION].key_pair
    assert pair
    loaded = load(config, in_region(record, REGION, key_pair=replace(pair, found=found)))
    assert findings(loaded) == expected
    key = loaded.cluster.region(REGION).key_pair if loaded.cluster else None
    assert (key.ownership if key else None) is ownership


@pytest.mark.parametrize(
    ("found", "home_region", "expected"),
    [
        (FoundBucket(REGION), None, {}),
        (FoundBucket("us-east-1"), None, {}),
        (FoundBucket("us-east-1"), "us-east-1", {}),
        (FoundBucket("us-east-1"), REGION, {"bucket-elsewhere": "terraform.home_region"}),
        (FoundBucket(REGION), "us-east-1", {"bucket-elsewhere": "terraform.home_region"}),
        (None, None, {"bucket-not-found": "cluster_bucket"}),
        (None, "us-east-1", {"bucket-not-found": "cluster_bucket"}),
    ],
)
def test_named_bucket_is_where_the_record_says(
    load: Load,
    nothing: Nothing,
    config: Config,
    found: FoundBucket | None,
    home_region: str | None,
    expected: dict[str, str],
) -> None:
    config["cluster_bucket"] = "our-files"
    if home_region:
        config["terraform"] = {"home_region": home_region}
    record = nothing(config)
    assert record.bucket
    loaded = load(config, replace(record, bucket=replace(record.bucket, found=found)))
    assert findings(loaded) == expected
    if loaded.cluster and found:
        assert (loaded.cluster.bucket.region, loaded.cluster.bucket.region_is_known) == (found.region, True)
        assert loaded.cluster.home_region == (home_region or REGION)
        assert [region.name for region in loaded.cluster.regions] == sorted({REGION, found.region})


def test_named_bucket_is_where_the_config_says_or_else_looked_for_with_the_lowest_node(
    load: Load, config: Config
) -> None:
    config["cluster_bucket"] = "our-files"
    loaded = load(config, None)
    assert findings(loaded) == {"bucket-region": "cluster_bucket"}
    assert loaded.cluster
    assert (loaded.cluster.bucket.region, loaded.cluster.bucket.region_is_known) == (REGION, False)
    config["terraform"] = {"home_region": "us-east-1"}
    loaded = load(config, None)
    assert findings(loaded) == {}
    assert loaded.cluster
    assert (loaded.cluster.bucket.region, loaded.cluster.bucket.region_is_known) == ("us-east-1", True)
    assert loaded.cluster.region("us-east-1").vpc is None


@pytest.mark.parametrize(
    ("settings", "found", "expected"),
    [
        ({}, None, {}),
        ({}, FoundProfile("arn:x"), {"profile-exists": "cluster_name"}),
        ({"cluster_profile": "ours"}, FoundProfile("arn:x"), {"profile-exists": "cluster_profile"}),
        ({"instance_profile_name": "ours"}, FoundProfile("arn:x"), {}),
        ({"instance_profile_name": "ours"}, None, {"profile-not-found": "instance_profile_name"}),
    ],
)
def test_profile_is_made_unless_it_is_named_as_an_existing_one(
    load: Load, nothing: Nothing, config: Config, settings: Config, found: FoundProfile | None, expected: dict[str, str]
) -> None:
    config.update(settings)
    record = nothing(config)
    assert record.instance_profile
    loaded = load(config, replace(record, instance_profile=replace(record.instance_profile, found=found)))
    assert findings(loaded) == expected
    if loaded.cluster:
        assert loaded.cluster.profile
        existing = "instance_profile_name" in settings
        assert loaded.cluster.profile.ownership is (EXISTING if existing else MANAGED)


def with_image(nothing: Nothing, config: Config, **more: Any) -> Record:
    record = nothing(config)
    ((address, there),) = record.regions[REGION].images.items()
    image = FoundImage("ami-7", "x", "136693071363", "x86_64", "/dev/xvda", **more)
    return in_region(record, REGION, images={address: replace(there, found=image)})


@pytest.mark.parametrize("written", ["/dev/sdf", "sdf", "/dev/xvdf"])
def test_volume_of_the_image_gives_way_to_that_of_the_config(
    load: Load, nothing: Nothing, config: Config, written: str
) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "device_name": written}]
    config["instances"][1]["volumes"] = [{"device_name": "/dev/sdf", "volume_type": "none"}]
    loaded = load(config, with_image(nothing, config, volumes={"/dev/sdf": ImageVolume(4, encrypted=False)}))
    assert findings(loaded) == {}
    assert loaded.cluster
    assert [instance.without_devices for instance in loaded.cluster.instances] == [("/dev/sdf",)] * 2
    for block in build(loaded.cluster, Path("out")).things.values():
        if block.type == "aws_instance":
            assert block.arguments["ephemeral_block_device"] == [{"device_name": "/dev/sdf", "no_device": True}]


def test_volume_of_the_image_that_nobody_asked_for_is_said(load: Load, nothing: Nothing, config: Config) -> None:
    loaded = load(config, with_image(nothing, config, volumes={"/dev/sdz": ImageVolume(4, encrypted=False)}))
    (finding,) = loaded.report.findings
    assert (finding.rule, finding.where, finding.severity) == ("image-volume", "ec2_ami", Severity.WARNING)
    assert "an unencrypted volume of 4 GiB for /dev/sdz" in finding.message
    assert "volume_type: none" in str(finding.help)


def test_root_volume_holds_its_image(load: Load, nothing: Nothing, config: Config) -> None:
    config["instances"][0]["volumes"] = [{"device_name": "root", "volume_size": 8, "encrypted": True}]
    assert findings(load(config, with_image(nothing, config))) == {}
    assert findings(load(config, with_image(nothing, config, root_size=8))) == {}
    where = {"invalid-size": "instances[0].volumes[0].volume_size"}
    assert findings(load(config, with_image(nothing, config, root_size=9))) == where


def test_image_is_pinned_or_missing(load: Load, nothing: Nothing, config: Config) -> None:
    record = nothing(config)
    (address,) = record.regions[REGION].images
    there = record.regions[REGION].images[address]
    pinned = replace(there, found=FoundImage("ami-7", "x", "136693071363", "x86_64", "/dev/xvda"))
    (ami,) = region_of(load, config, in_region(record, REGION, images={address: pinned})).amis
    assert (ami.image_id, ami.name, ami.owners, ami.filters) == ("ami-7", None, (), ())
    missing = in_region(record, REGION, images={address: replace(there, found=None)})
    assert findings(load(config, missing)) == {"image-not-found": "ec2_ami"}


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "under ebs"])
def test_kms_key_goes_by_its_recorded_arn(load: Load, nothing: Nothing, config: Config, nested: bool) -> None:
    settings: dict[str, Any] = {"volume_size": 8, "encrypted": True, "kms_key_id": "alias/db"}
    volume: dict[str, Any] = {"device_name": "/dev/sdf", **({"ebs": settings} if nested else settings)}
    config["instances"][0]["volumes"] = [volume]
    record = nothing(config)
    cluster = load(config, in_region(record, REGION, kms_keys={"alias/db": KEY_ARN})).cluster
    assert cluster and [disk.kms_key_id for disk in cluster.instances[0].volumes] == [KEY_ARN]
    where = f"instances[0].volumes[0].{'ebs.' if nested else ''}kms_key_id"
    assert findings(load(config, record)) == {"kms-key-not-found": where}
    volume.get("ebs", volume)["kms_key_id"] = KEY_ARN
    assert not nothing(config).regions[REGION].kms_keys


@pytest.mark.parametrize("is_private", [True, False])
@pytest.mark.parametrize("asked", [None, True, False])
def test_zone_is_private_or_not_as_the_config_says(
    load: Load, nothing: Nothing, config: Config, is_private: bool, asked: bool | None
) -> None:
    config["instances"][0].update(route53_zone="example.com", route53_hosted_zone_id="Z1")
    if asked is not None:
        config["instances"][0]["route53_private_zone"] = asked
    record = replace(nothing(config), hosted_zones={"Z1": FoundZone("example.com", is_private)})
    mismatch = {"zone-kind": "instances[0].route53_private_zone"}
    assert findings(load(config, record)) == ({} if asked in (None, is_private) else mismatch)


@pytest.mark.parametrize(
    ("zone", "allocation", "expected"),
    [
        (FoundZone("example.com", False), "eipalloc-1", {}),
        (FoundZone("db.example.com", False), "eipalloc-1", {}),
        (None, "eipalloc-1", {"zone-not-found": "instances[0].route53_hosted_zone_id"}),
        (FoundZone("ample.com", False), "eipalloc-1", {"zone-mismatch": "instances[0].route53_zone"}),
        (FoundZone("example.com", False), None, {"address-not-found": "instances[0].elastic_ip"}),
    ],
)
def test_addresses_and_zones_are_there(
    load: Load,
    nothing: Nothing,
    config: Config,
    zone: FoundZone | None,
    allocation: str | None,
    expected: dict[str, str],
) -> None:
    config["instances"][0].update(
        assign_elastic_ip=True, elastic_ip="203.0.113.7", route53_zone="db.example.com.", route53_hosted_zone_id="Z1"
    )
    record = in_region(nothing(config), REGION, elastic_ips={"203.0.113.7": allocation})
    assert findings(load(config, replace(record, hosted_zones={"Z1": zone}))) == expected


LABEL = "speedy:1:/dev/sdf"
DISK = {"device_name": "/dev/sdf", "volume_type": "gp3", "volume_size": 8, "iops": 4000, "encrypted": True}
AGAIN = FoundVolume("vol-1", f"{REGION}a", 8, "gp3", 4000, disk="one_sdf")


def test_volume_to_attach_is_made_where_nobody_has_looked_with_a_warning(load: Load, config: Config) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    loaded = load(config, None)
    (finding,) = loaded.report.findings
    assert (finding.rule, finding.where) == ("attach-existing-unasked", "instances[0].volumes[0].attach_existing")
    assert LABEL in finding.message and "a new, empty volume" in finding.message
    assert "tpa-tf lookup" in str(finding.help)
    assert loaded.cluster and loaded.cluster.instances[0].volumes[0].volume_id is None


@pytest.mark.parametrize("found", [None, AGAIN], ids=["not there", "there"])
def test_volume_to_attach_is_the_recorded_one_or_a_new_one_that_bears_our_mark(
    load: Load, nothing: Nothing, config: Config, found: FoundVolume | None
) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    config["instances"][1]["volumes"] = [DISK]
    loaded = load(config, in_region(nothing(config), REGION, volumes={LABEL: found}))
    assert findings(loaded) == {}
    assert loaded.cluster
    (disk,), (other,) = (each.volumes for each in loaded.cluster.instances)
    assert disk.volume_id == (found.id if found else None)
    assert ("TPAManagedBy" in disk.tags, "TPAManagedBy" in other.tags) == (found is None, False)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"size": 9}, {"volume-mismatch": "volume_size"}),
        ({"size": 7}, {"volume-mismatch": "volume_size"}),
        ({"type": "io2"}, {"volume-mismatch": "volume_type"}),
        ({"iops": 3000}, {"volume-mismatch": "iops"}),
        ({"iops": None}, {"volume-mismatch": "iops"}),
        ({"availability_zone": f"{REGION}b"}, {"volume-elsewhere": "attach_existing"}),
    ],
)
def test_volume_to_attach_is_as_the_config_says(
    load: Load, nothing: Nothing, config: Config, there: dict[str, Any], expected: dict[str, str]
) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    loaded = load(config, in_region(nothing(config), REGION, volumes={LABEL: replace(AGAIN, **there)}))
    assert findings(loaded) == {rule: f"instances[0].volumes[0].{key}" for rule, key in expected.items()}
    (finding,) = loaded.report.findings
    assert "vol-1" in finding.message
    assert str(*there.values()) in finding.message


@pytest.mark.parametrize(
    ("there", "key"),
    [
        ({"encrypted": False}, "encrypted"),
        ({"encrypted": True, "kms_key": KEY_ARN.replace("key/", "key/0")}, "kms_key_id"),
    ],
)
def test_volume_to_attach_is_encrypted_as_the_config_says(
    load: Load, nothing: Nothing, config: Config, there: dict[str, Any], key: str
) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "kms_key_id": "alias/db", "attach_existing": True}]

    def found(volume: FoundVolume) -> dict[str, str]:
        answers = {"volumes": {LABEL: volume}, "kms_keys": {"alias/db": KEY_ARN}}
        return findings(load(config, in_region(nothing(config), REGION, **answers)))

    assert found(AGAIN) == {}, "a record that doesn't say"
    assert found(replace(AGAIN, encrypted=True, kms_key=KEY_ARN)) == {}
    assert found(replace(AGAIN, **there)) == {"volume-mismatch": f"instances[0].volumes[0].{key}"}


def test_volume_that_was_found_is_not_left_for_a_new_one(load: Load, nothing: Nothing, config: Config) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    record = in_region(nothing(config), REGION, volumes={LABEL: AGAIN})
    del config["instances"][0]["volumes"][0]["attach_existing"]
    loaded = load(config, record)
    (finding,) = loaded.report.findings
    assert (finding.rule, finding.where) == ("volume-left", "instances[0].volumes[0]")
    assert AGAIN.id in finding.message
    assert "tpa-tf adopt, which imports it at aws_ebs_volume.one_sdf" in str(finding.help)
    assert findings(load(config, in_region(record, REGION, volumes={LABEL: None}))) == {}


def test_zone_of_a_volume_is_named_where_aws_would_choose_one(load: Load, nothing: Nothing, config: Config) -> None:
    del config["ec2_vpc_subnets"]
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    loaded = load(config, in_region(nothing(config), REGION, volumes={LABEL: AGAIN}))
    (finding,) = (each for each in loaded.report.findings if each.rule == "volume-elsewhere")
    assert f"az: {AGAIN.availability_zone}" in str(finding.help)


def test_volume_of_performance_that_the_config_leaves_open_is_taken(
    load: Load, nothing: Nothing, config: Config
) -> None:
    disk = {key: value for key, value in DISK.items() if key != "iops"}
    config["instances"][0]["volumes"] = [{**disk, "attach_existing": True}]
    record = in_region(nothing(config), REGION, volumes={LABEL: AGAIN})
    assert findings(load(config, record)) == {}


def test_zone_of_a_volume_is_held_to_that_of_an_existing_subnet(load: Load, nothing: Nothing, config: Config) -> None:
    del config["ec2_vpc_subnets"]
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    found = {"volumes": {LABEL: AGAIN}, "vpc": VPC}
    near = in_region(nothing(config), REGION, subnets={"10.33.0.0/28": FIRST}, **found)
    assert findings(load(config, near)) == {}
    far = replace(FIRST, availability_zone=f"{REGION}c")
    where = {"volume-elsewhere": "instances[0].volumes[0].attach_existing"}
    assert findings(load(config, in_region(near, REGION, subnets={"10.33.0.0/28": far}))) == where


def test_subnet_to_be_made_overlaps_none_that_is_there(load: Load, nothing: Nothing, config: Config) -> None:
    wider = FoundSubnet("subnet-9", "10.33.1.0/24", VPC.id, f"{REGION}b")
    record = in_region(nothing(config), REGION, vpc=VPC, overlapping={"10.33.1.0/28": (wider,)})
    loaded = load(config, record)
    (finding,) = loaded.report.findings
    assert (finding.rule, finding.where) == ("overlapping-subnets", "instances[1].subnet")
    assert "10.33.1.0/24 (subnet-9)" in finding.message
    assert findings(load(config, in_region(nothing(config), REGION, vpc=VPC))) == {}


@pytest.mark.parametrize(
    ("target", "edits", "rule"),
    [
        (None, {}, "no-way-out"),
        (None, {"ec2_instance_reachability": "private"}, "no-way-out"),
        ("nat-0a1b", {}, "no-way-in"),
        ("tgw-0a1b", {}, "no-way-in"),
        ("nat-0a1b", {"ec2_instance_reachability": "private"}, None),
        ("igw-0a1b", {}, None),
        ("vpce-0a1b", {}, None),
    ],
)
def test_existing_subnets_without_a_way_out_or_in_are_warned_of_once(
    load: Load, nothing: Nothing, config: Config, target: str | None, edits: dict[str, Any], rule: str | None
) -> None:
    config |= {"ec2_vpc": {REGION: {"Name": "Test"}}, **edits}
    for instance in config["instances"]:
        instance["subnet"] = FIRST.cidr
    routes = {FIRST.id: target}
    there = in_region(nothing(config), REGION, vpc=VPC, subnets={FIRST.cidr: FIRST}, default_routes=routes)
    loaded = load(config, there)
    said = [(each.rule, each.where) for each in loaded.report.findings if each.rule.startswith("no-way")]
    assert said == ([(rule, "instances[0].subnet")] if rule else [])
    older = in_region(nothing(config), REGION, vpc=VPC, subnets={FIRST.cidr: FIRST})
    assert not [each for each in load(config, older).report.findings if each.rule.startswith("no-way")]


def test_subnet_behind_a_nat_gateway_suits_machines_without_public_addresses(
    load: Load, nothing: Nothing, config: Config
) -> None:
    config["ec2_vpc"] = {REGION: {"Name": "Test"}}
    for instance in config["instances"]:
        instance |= {"subnet": FIRST.cidr, "assign_public_ip": False}
    routes = {FIRST.id: "nat-0a1b"}
    record = in_region(nothing(config), REGION, vpc=VPC, subnets={FIRST.cidr: FIRST}, default_routes=routes)
    assert not [each for each in load(config, record).report.findings if each.rule.startswith("no-way")]
    config["instances"][1]["assign_elastic_ip"] = True
    said = [(each.rule, each.where) for each in load(config, record).report.findings if each.rule == "no-way-in"]
    assert said == [("no-way-in", "instances[1].subnet")]


def test_subnet_by_its_id_is_asked_for_before_it_is_forgotten(load: Load, nothing: Nothing, config: Config) -> None:
    config["instances"][0]["subnet"] = "subnet-7"
    del config["ec2_vpc_subnets"]
    assert findings(load(config, None))["subnet-unasked"] == "instances[0].subnet"
    there = FoundSubnet("subnet-7", "10.33.0.0/28", "vpc-7", f"{REGION}a")
    loaded = load(config, in_region(nothing(config), REGION, subnets={"subnet-7": there}))
    assert findings(loaded) == {"subnet-elsewhere": "instances[0].subnet"}
    assert loaded.cluster
    gone = {each.source for each in build(loaded.cluster, Path("out")).removed}
    assert {"aws_subnet.eu_west_1_10_33_0_0_28", "aws_route_table_association.eu_west_1_10_33_0_0_28"} <= gone


def test_address_of_one_instance_may_become_that_of_another(load: Load, nothing: Nothing, config: Config) -> None:
    ip = "203.0.113.7"
    config["instances"][1] |= {"assign_elastic_ip": True, "elastic_ip": ip}

    def forgotten(owner: dict[str, str]) -> set[str]:
        record = in_region(nothing(config), REGION, elastic_ips={ip: "eipalloc-7"}, own_addresses=owner)
        loaded = load(config, record)
        assert loaded.cluster
        return {
            gone.source for gone in build(loaded.cluster, Path("out")).removed if gone.source.startswith("aws_eip.")
        }

    assert forgotten({}) == {"aws_eip.two"}, "somebody else's"
    assert forgotten({ip: "one"}) == {"aws_eip.one", "aws_eip.two"}
    assert forgotten({ip: "gone"}) == {"aws_eip.gone", "aws_eip.two"}, "of an instance that this edit removes"
    config["instances"][0]["assign_elastic_ip"] = True
    assert forgotten({ip: "one"}) == {"aws_eip.two"}, "it gets a new one"
    unasked = load(config, None).cluster
    assert unasked
    assert "aws_eip.two" in {gone.source for gone in build(unasked, Path("out")).removed}


def test_record_that_knows_no_disks_is_not_good_any_more(load: Load, nothing: Nothing, config: Config) -> None:
    config["instances"][0]["volumes"] = [{**DISK, "attach_existing": True}]
    loaded = load(config, in_region(nothing(config), REGION, volumes={LABEL: replace(AGAIN, disk=None)}))
    (finding,) = (each for each in loaded.report.findings if each.rule == "stale-lookup")
    assert f"doesn't say to which disk {AGAIN.id} belongs" in finding.message
    loaded = load(config, in_region(nothing(config), REGION, volumes={LABEL: replace(AGAIN, disk="two_sdf")}))
    (finding,) = (each for each in loaded.report.findings if each.rule == "stale-lookup")
    assert f"it has {AGAIN.id} with {LABEL} for two_sdf" in finding.message
