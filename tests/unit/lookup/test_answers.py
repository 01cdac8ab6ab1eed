"""Answers of an emulated AWS: what is recorded, what is the cluster's own, and what is not guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.unit.lookup.conftest import AMI, OTHER_AMI, REGION, Look, again, record, routed
from tpa_tf.facts.questions import RECORD_NAME


def test_record_is_written_named_and_stays_the_same(look: Look, tmp_path: Path) -> None:
    first = look()
    assert (first.returncode, first.stdout) == (0, f"{tmp_path / RECORD_NAME}\n"), first.stderr
    written = (tmp_path / RECORD_NAME).read_bytes()
    assert written == json.dumps(json.loads(written), indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    again = look()
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr.endswith("nothing changed\n")
    assert (tmp_path / RECORD_NAME).read_bytes() == written
    found = record(tmp_path)["regions"][REGION]
    assert found["images"]["eu_west_1"]["found"]["id"] == AMI["id"]
    assert found["instance_types"]["t3.micro"]["availability_zones"]
    assert found["vpc"]["found"] is None


def test_check_shows_what_has_changed_and_writes_nothing(look: Look, tmp_path: Path, client: Any) -> None:
    absent = look("--check", ec2_vpc={"Name": "moving", "cidr": "10.33.0.0/16"})
    assert absent.returncode == 1
    assert absent.stdout.startswith("--- /dev/null\n")
    assert not (tmp_path / RECORD_NAME).exists()
    look(ec2_vpc={"Name": "moving", "cidr": "10.33.0.0/16"})
    before = (tmp_path / RECORD_NAME).read_bytes()
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "moving"}]}]
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    moved = look("--check", ec2_vpc={"Name": "moving", "cidr": "10.33.0.0/16"})
    assert moved.returncode == 1
    assert f'+          "id": "{vpc}"' in moved.stdout
    assert (tmp_path / RECORD_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ({"ec2_vpc": {"Name": "twice"}}, ["error[ambiguous-vpc]", "2 VPCs in eu-west-1", "vpc-0aaaaaaaaaaaaaaa1",
                                          "Team: a", "vpc-0bbbbbbbbbbbbbbb2", "Team: b", "vpc-id"]),
        ({"ec2_ami": {"Name": "debian-12-amd64-*"}}, ["error[ambiguous-image]", "2 images", AMI["id"], OTHER_AMI["id"],
                                                     "arm64", "x86_64", "136693071363"]),
        ({"instances[0]__volumes": [again("/dev/sdh")]},
         ["error[ambiguous-volume]", "2 volumes", "vol-03", "vol-04", "made by Terraform", "not made by Terraform"]),
        ({"ec2_ami": {"Name": "debian-99"}}, ["error[image-not-found]", "no image in eu-west-1"]),
        ({"ec2_vpc": {"Name": "nowhere"}}, ["error[vpc-not-found]"]),
        ({"ec2_instance_key": "nobodys"}, ["error[key-pair-not-found]"]),
        ({"instance_profile_name": "nobodys"}, ["error[profile-not-found]"]),
        ({"cluster_bucket": "nobodys-bucket"}, ["error[bucket-not-found]"]),
        ({"cluster_bucket": "far-bucket", "terraform": {"home_region": REGION}},
         ["error[bucket-elsewhere]", "eu-west-2"]),
        ({"instances[0]__type": "t3.gigantic"}, ["error[type-not-offered]", "take t3."]),
        ({"instances[0]__type": "t4g.micro"}, ["error[wrong-architecture]", "arm64", "x86_64"]),
        ({"ec2_vpc_subnets": {REGION: {"10.33.1.0/24": {"az": "eu-west-1z"}}}}, ["error[unknown-zone]", "eu-west-1a"]),
        ({"instances[0]__assign_elastic_ip": True, "instances[0]__elastic_ip": "52.9.9.9"},
         ["error[address-not-found]"]),
        ({"instances[0]__route53_zone": "example.com", "instances[0]__route53_hosted_zone_id": "Z0NOSUCH"},
         ["error[zone-not-found]"]),
    ],
)  # fmt: skip
def test_what_has_no_one_answer_is_an_error_with_its_line(
    look: Look, tmp_path: Path, edits: dict[str, Any], says: list[str]
) -> None:
    result = look(**edits)
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    for text in says:
        assert text in result.stderr
    assert f"{tmp_path}/config.yml:" in result.stderr
    assert not (tmp_path / RECORD_NAME).exists()


def test_what_exists_is_recorded(look: Look, tmp_path: Path) -> None:
    edits = {
        "cluster_bucket": "near-bucket",
        "ec2_instance_key": "team-key",
        "instances[0]__assign_elastic_ip": True,
        "instances[0]__elastic_ip": "52.1.2.3",
        "instances[0]__route53_zone": "example.com",
        "instances[0]__route53_hosted_zone_id": "Z0123456789ABC",
    }
    result = look(**edits)
    assert result.returncode == 0, result.stderr
    found = record(tmp_path)
    assert found["bucket"]["found"] == {"region": REGION}
    assert found["hosted_zones"]["Z0123456789ABC"] == {"name": "example.com", "private": False}
    region = found["regions"][REGION]
    assert region["key_pair"]["found"]["fingerprint"]
    assert region["elastic_ips"]["52.1.2.3"].startswith("eipalloc-")


def test_volume_of_an_earlier_machine_is_found_unless_terraform_made_it(look: Look, tmp_path: Path) -> None:
    disks = [again(device) for device in ("/dev/sdf", "/dev/sdg", "/dev/sdi", "/dev/sdj")]
    result = look(**{"instances[0]__volumes": disks})
    assert result.returncode == 0, result.stderr
    assert record(tmp_path)["regions"][REGION]["volumes"] == {
        "speedy:1:/dev/sdf": {
            "availability_zone": f"{REGION}a", "disk": "one_sdf", "encrypted": False, "id": "vol-01111111111111111",
            "iops": 3000, "size": 16, "type": "gp3"
        },
        "speedy:1:/dev/sdg": None,
        "speedy:1:/dev/sdi": None,
        "speedy:1:/dev/sdj": None,
    }  # fmt: skip


def test_volume_that_is_not_encrypted_as_the_config_says_is_an_error(look: Look) -> None:
    result = look(**{"instances[0]__volumes": [{**again("/dev/sdf"), "encrypted": True}]})
    assert result.returncode == 1
    assert "error[volume-mismatch]: encrypted is yes, and vol-01111111111111111 is not encrypted" in result.stderr


def test_subnet_that_is_in_the_way_of_a_new_one_is_an_error(look: Look, tmp_path: Path) -> None:
    crowded = {"Name": "crowded", "cidr": "10.33.0.0/16"}
    result = look(ec2_vpc=crowded)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("error[overlapping-subnets]") == 1, "what the cluster itself made goes"
    assert "10.33.1.0/25 (subnet-0aaaaaaaaaaaaaaa1)" in result.stderr
    beside = look(ec2_vpc=crowded, **{"instances[0]__subnet": "10.33.1.128/25", "instances[1]__subnet": "10.33.3.0/24"})
    assert beside.returncode == 0, beside.stderr
    found = record(tmp_path)["regions"][REGION]
    assert found["subnets"]["10.33.3.0/24"]["id"] == "subnet-0ccccccccccccccc3"
    assert "overlapping" not in found


def test_range_that_a_vpc_has_besides_is_known_to_a_lookup_alone(look: Look, tmp_path: Path, client: Any) -> None:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "wide"}]}]
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    wide = {"ec2_vpc": {"Name": "wide", "cidr": "10.33.0.0/16"}, "instances[0]__subnet": "10.44.1.0/24"}
    outside = look(**wide)
    assert outside.returncode == 1
    assert "error[subnet-outside-vpc]" in outside.stderr
    client.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.44.0.0/16")
    within = look(**wide)
    assert within.returncode == 0, within.stderr
    assert record(tmp_path)["regions"][REGION]["vpc"]["found"]["cidrs"] == ["10.33.0.0/16", "10.44.0.0/16"]


def test_where_the_routes_of_an_existing_subnet_lead_is_recorded(look: Look, tmp_path: Path, client: Any) -> None:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "routed"}]}]
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    one, two = (
        client.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
        for cidr in ("10.33.1.0/24", "10.33.2.0/24")
    )
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)

    def routes() -> Any:
        result = look(ec2_vpc={"Name": "routed"}, **{f"instances[{n}]__subnet": f"10.33.{n + 1}.0/24" for n in (0, 1)})
        assert result.returncode == 0, result.stderr
        assert ("warning[no-way-out]" in result.stderr) is (None in routed(tmp_path).values())
        return routed(tmp_path)

    def route(table: str) -> None:
        client.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    assert routes() == {one: None, two: None}
    table = client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    route(table)
    client.associate_route_table(RouteTableId=table, SubnetId=one)
    assert routes() == {one: gateway, two: None}
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    route(client.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"])
    assert routes() == {one: gateway, two: gateway}


def test_image_that_is_gone_stays_recorded_for_the_same_question_alone(look: Look, tmp_path: Path, client: Any) -> None:
    image = client.copy_image(Name="debian-gone", SourceImageId=AMI["id"], SourceRegion=REGION)["ImageId"]
    assert look(ec2_ami={"Name": "debian-gone"}).returncode == 0
    before = (tmp_path / RECORD_NAME).read_bytes()
    client.deregister_image(ImageId=image)
    again = look(ec2_ami={"Name": "debian-gone"})
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    for text in ("warning[image-gone]", "debian-gone", "no longer", "a new one can't start"):
        assert text in again.stderr
    assert (tmp_path / RECORD_NAME).read_bytes() == before
    assert look("--check", ec2_ami={"Name": "debian-gone"}).returncode == 0
    other = look(ec2_ami={"Name": "debian-gone", "Owner": "self"})
    assert (other.returncode, other.stdout) == (1, "")
    assert "error[image-not-found]" in other.stderr
    assert (tmp_path / RECORD_NAME).read_bytes() == before
    (tmp_path / RECORD_NAME).unlink()
    assert "error[image-not-found]" in look(ec2_ami={"Name": "debian-gone"}).stderr


@pytest.mark.parametrize(("name", "exists"), [("ours", False), ("theirs", True)])
def test_what_the_cluster_made_counts_as_not_there(look: Look, tmp_path: Path, name: str, exists: bool) -> None:
    assert look(ec2_vpc={"Name": name, "cidr": "10.33.0.0/16"}).returncode == 0
    assert (record(tmp_path)["regions"][REGION]["vpc"]["found"] is not None) == exists


def test_own_vpc_is_found_where_it_can_only_be_referred_to(look: Look, tmp_path: Path) -> None:
    assert look(ec2_vpc={"Name": "ours"}).returncode == 0
    assert record(tmp_path)["regions"][REGION]["vpc"]["found"]["id"] == "vpc-0ccccccccccccccc3"


def test_only_calls_that_read_are_made(look: Look, emulator: Emulator) -> None:
    assert look().returncode == 0
    actions = {action.partition(":")[2] for action, _ in emulator.calls("tpa-tf")}
    assert actions
    assert all(action.startswith(("Describe", "Get", "List")) for action in actions)


def test_vpc_of_the_cluster_that_no_state_has_is_to_be_adopted(look: Look, tmp_path: Path) -> None:
    result = look(ec2_vpc={"Name": "ours", "cidr": "10.33.0.0/16"})
    assert result.returncode == 0, result.stderr
    assert (
        "warning[perhaps-not-adopted]: this cluster exists already: the VPC of eu-west-1 (vpc-0ccccc" in result.stderr
    )
    assert f"tpa-tf adopt {tmp_path}" in result.stderr
    vpc = {"mode": "managed", "type": "aws_vpc", "name": "eu_west_1", "instances": [{}]}
    (tmp_path / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": [vpc]}))
    assert "not-adopted" not in look(ec2_vpc={"Name": "ours", "cidr": "10.33.0.0/16"}).stderr


def test_own_vpc_that_the_config_says_exists_is_warned_of(look: Look) -> None:
    result = look(ec2_vpc={"filters": {"vpc-id": "vpc-0ccccccccccccccc3"}})
    assert result.returncode == 0, result.stderr
    assert "warning[own-vpc]: vpc-0ccccccccccccccc3 bears this cluster's tag" in result.stderr
    assert "own-vpc" not in look(ec2_vpc={"filters": {"vpc-id": "vpc-0ddddddddddddddd4"}}).stderr
