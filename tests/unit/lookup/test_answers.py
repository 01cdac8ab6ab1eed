"""Answers of an emulated AWS: what is recorded, what is the cluster's own, and what is not guessed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.configs import SOUND, load_edited
from tests.support.emulator import Emulator
from tpa_tf.cluster.questions import RECORD_NAME

REGION = "eu-west-1"
AMI = {
    "region": REGION,
    "id": "ami-0aaaaaaaaaaaaaaa1",
    "name": SOUND["ec2_ami"]["Name"],
    "owner_id": SOUND["ec2_ami"]["Owner"],
    "creation_date": "2024-07-17T00:00:00.000Z",
}
OTHER_AMI = {**AMI, "id": "ami-0bbbbbbbbbbbbbbb2", "name": "debian-12-amd64-20241004-1890", "architecture": "arm64"}
VPC = {"region": REGION, "id": "vpc-0aaaaaaaaaaaaaaa1", "cidr": "10.33.0.0/16", "tags": {"Name": "speedy"}}


def _volume(number: str, label: str, **tags: str) -> dict[str, Any]:
    tags = {"CreatingCluster": "speedy", "TPAAttachmentLabel": label, **tags}
    return {
        "region": REGION, "id": f"vol-0{number * 16}", "az": f"{REGION}a", "size": 16, "type": "gp3", "iops": 3000,
        "tags": tags,
    }  # fmt: skip


def again(device: str) -> dict[str, Any]:
    return {"device_name": device, "volume_type": "gp3", "volume_size": 16, "attach_existing": True}


Look = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    seed = {
        "amis": [AMI, OTHER_AMI],
        "vpcs": [
            {**VPC, "tags": {"Name": "twice", "Team": "a"}},
            {**VPC, "id": "vpc-0bbbbbbbbbbbbbbb2", "tags": {"Name": "twice", "Team": "b"}},
            {**VPC, "id": "vpc-0ccccccccccccccc3", "tags": {"Name": "ours", "CreatingCluster": "speedy"}},
            {**VPC, "id": "vpc-0ddddddddddddddd4", "tags": {"Name": "theirs", "CreatingCluster": "Speedy"}},
            {**VPC, "id": "vpc-0eeeeeeeeeeeeeee5", "tags": {"Name": "crowded"}},
        ],
        "subnets": [
            {
                "region": REGION,
                "id": "subnet-0aaaaaaaaaaaaaaa1",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.1.0/25",
            },
            {
                "region": REGION,
                "id": "subnet-0bbbbbbbbbbbbbbb2",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.2.0/25",
                "tags": {"CreatingCluster": "speedy"},
            },
            {
                "region": REGION,
                "id": "subnet-0ccccccccccccccc3",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.3.0/24",
            },
        ],
        "volumes": [
            _volume("1", "speedy:1:/dev/sdf"),
            _volume("2", "speedy:1:/dev/sdg", TPAManagedBy="terraform"),
            _volume("3", "speedy:1:/dev/sdh"),
            _volume("4", "speedy:1:/dev/sdh", TPAManagedBy="terraform"),
            _volume("5", "speedy:1:/dev/sdi", CreatingCluster="Speedy"),
        ],
        "key_pairs": [{"region": REGION, "name": "team-key"}],
        "eips": [{"region": REGION, "ip": "52.1.2.3"}],
        "buckets": [{"region": "eu-west-2", "name": "far-bucket"}, {"region": REGION, "name": "near-bucket"}],
        "zones": [{"id": "Z0123456789ABC", "name": "example.com"}],
    }
    with Emulator(seed, [REGION], tmp_path_factory.mktemp("emulator")) as started:  # type: ignore[arg-type]
        yield started


@pytest.fixture
def look(emulator: Emulator, tmp_path: Path) -> Look:
    def run(*arguments: str, **edits: Any) -> subprocess.CompletedProcess[str]:
        load_edited(tmp_path, {key.replace("__", "."): value for key, value in edits.items()})
        command = [sys.executable, "-m", "tpa_tf", "lookup", str(tmp_path), *arguments]
        return subprocess.run(command, env=emulator.environment(), capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def client(emulator: Emulator) -> Any:
    """EC2 of the emulated AWS, as others use it."""
    return boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def record(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / RECORD_NAME).read_text())
    return found


def routed(directory: Path) -> Any:
    return record(directory)["regions"][REGION]["default_routes"]


def test_record_is_written_named_and_stays_the_same(look: Look, tmp_path: Path) -> None:
    first = look()
    assert (first.returncode, first.stdout) == (0, f"{tmp_path / RECORD_NAME}\n"), first.stderr
    assert "asking AWS about speedy in eu-west-1" in first.stderr
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
        ({"ec2_instance_key": "nobodys"}, ["error[key-not-found]"]),
        ({"instance_profile_name": "nobodys"}, ["error[profile-not-found]"]),
        ({"cluster_bucket": "nobodys-bucket"}, ["error[bucket-not-found]"]),
        ({"cluster_bucket": "far-bucket", "terraform": {"home_region": REGION}},
         ["error[bucket-elsewhere]", "eu-west-2"]),
        ({"instances[0]__type": "t3.gigantic"}, ["error[type-not-offered]", "it offers t3."]),
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


def test_volume_that_was_found_is_not_left_for_a_new_one(look: Look, tmp_path: Path) -> None:
    disk = again("/dev/sdf")
    assert look(**{"instances[0]__volumes": [disk]}).returncode == 0
    del disk["attach_existing"]
    result = look(**{"instances[0]__volumes": [disk]})
    assert result.returncode == 1
    assert "error[volume-left]: vol-01111111111111111 is the volume /dev/sdf so far" in result.stderr
    assert look(**{"instances[0]__volumes": []}).returncode == 0, "a volume that is not wanted any more"


@pytest.mark.parametrize(
    "edit",
    [
        {"instances[0]__node": 7},
        {"instances[0]__volumes": [again("sdf")]},
        {"instances[0]__volumes": [again("/dev/sdk")]},
        {"instances[0]__Name": "uno", "instances[0]__node": 7, "terraform": {"moved": {"one": "uno"}}},
    ],
    ids=["node", "spelling", "device", "renamed"],
)
def test_disk_does_not_lose_its_volume_with_its_label(look: Look, tmp_path: Path, edit: dict[str, Any]) -> None:
    before = {"instances[0]__volumes": [again("/dev/sdf")]}
    assert look(**before).returncode == 0
    kept = (tmp_path / RECORD_NAME).read_bytes()
    result = look(**{**before, **edit})
    assert result.returncode == 1
    assert "error[volume-gone]: vol-01111111111111111, so far a volume of " in result.stderr
    assert (tmp_path / RECORD_NAME).read_bytes() == kept
    assert look(**{**before, "instances[0]__volumes": [again("/dev/sdf"), again("/dev/sdk")]}).returncode == 0


@pytest.mark.parametrize("tag", ["TPAAttachmentLabel", "CreatingCluster"])
def test_disk_does_not_lose_its_volume_with_a_tag(look: Look, client: Any, tag: str) -> None:
    edits = {"instances[0]__volumes": [again("/dev/sdf")]}
    volume = "vol-01111111111111111"
    assert look(**edits).returncode == 0
    tags = client.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Tags"]
    client.delete_tags(Resources=[volume], Tags=[{"Key": tag}])
    result = look(**edits)
    assert result.returncode == 1
    assert "and a new, empty one would take its place" in result.stderr
    assert f"create-tags --resources {volume} --tags Key=TPAAttachmentLabel,Value=speedy:1:/dev/sdf" in result.stderr
    client.create_tags(Resources=[volume], Tags=tags)
    assert look(**edits).returncode == 0


def test_two_nodes_that_are_swapped_do_not_swap_their_volumes(look: Look, tmp_path: Path, client: Any) -> None:
    label = [{"Key": "CreatingCluster", "Value": "speedy"}, {"Key": "TPAAttachmentLabel", "Value": "speedy:2:/dev/sdf"}]
    tags = [{"ResourceType": "volume", "Tags": label}]
    other = client.create_volume(AvailabilityZone=f"{REGION}a", Size=16, VolumeType="gp3", TagSpecifications=tags)
    try:
        edits: dict[str, Any] = {f"instances[{n}]__volumes": [again("/dev/sdf")] for n in (0, 1)}
        edits["instances[1]__subnet"] = "10.33.1.0/24"
        assert look(**edits).returncode == 0
        result = look(**edits, **{"instances[0]__node": 2, "instances[1]__node": 1})
        assert result.returncode == 1
        assert f"and {other['VolumeId']} would take its place" in result.stderr
        assert "and vol-01111111111111111 would take its place" in result.stderr
    finally:
        client.delete_volume(VolumeId=other["VolumeId"])


def test_volume_that_another_instance_has_is_not_taken_from_it(look: Look, tmp_path: Path, client: Any) -> None:
    volume, edits = "vol-01111111111111111", {"instances[0]__volumes": [again("/dev/sdf")]}
    alone = look(**edits)
    assert f"warning[volume-unattached]: {volume} is attached to nothing" in alone.stderr
    assert "volume-unattached" not in look(**edits).stderr, "it is known now"
    (tmp_path / RECORD_NAME).unlink()
    machine = {
        "ResourceType": "instance",
        "Tags": [{"Key": "Cluster", "Value": "speedy"}, {"Key": "Name", "Value": "eins"}],
    }
    (instance,) = client.run_instances(ImageId=AMI["id"], MinCount=1, MaxCount=1, TagSpecifications=[machine])[
        "Instances"
    ]
    client.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/sdf")
    try:
        result = look(**edits)
        assert result.returncode == 1
        assert (
            f"error[volume-in-use]: {volume} has TPAAttachmentLabel speedy:1:/dev/sdf, and eins of this"
            in result.stderr
        )
        assert "terraform: moved: {eins: one}" in result.stderr
        assert "terraform state rm aws_ebs_volume.eins_sdf" in result.stderr
        assert look(**edits, terraform={"moved": {"eins": "one"}}).returncode == 0
        assert look(**edits).returncode == 0, "that it belongs to this disk is recorded"
    finally:
        client.detach_volume(VolumeId=volume, InstanceId=instance["InstanceId"])
        client.terminate_instances(InstanceIds=[instance["InstanceId"]])


def test_address_of_one_instance_is_not_given_to_another_one_besides(look: Look, tmp_path: Path, client: Any) -> None:
    tags = [{"Key": "CreatingCluster", "Value": "speedy"}, {"Key": "Name", "Value": "one"}]
    made = client.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    ip = made["PublicIp"]
    handed = {"instances[1]__assign_elastic_ip": True, "instances[1]__elastic_ip": ip}
    both = {**handed, "instances[0]__assign_elastic_ip": True}
    for edits in (both, {**both, "instances[0]__Name": "uno", "terraform": {"moved": {"one": "uno"}}}):
        result = look(**edits)
        assert result.returncode == 1
        assert f"error[address-taken]: {ip} is what this cluster has allocated for " in result.stderr
    assert look(**handed).returncode == 0
    assert record(tmp_path)["regions"][REGION]["own_addresses"] == {ip: "one"}
    assert look(**both).returncode == 0, "the first one gets a new one"


def test_own_group_is_not_forgotten_without_its_rules(look: Look, client: Any) -> None:
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tagged("grouped"))["Vpc"]["VpcId"]
    own = {"Key": "CreatingCluster", "Value": "speedy"}
    group = client.create_security_group(
        GroupName=f"Group speedy/{REGION}",
        Description="own",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": [own]}],
    )["GroupId"]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        for port in (22, 5432)
    ]
    pairs = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[*permissions, *pairs])
    edits = {"ec2_vpc": {"Name": "grouped"}, "ec2_groups": {REGION: {"group-id": group}}}
    rules: list[dict[str, Any]] = [
        {"proto": "tcp", "from_port": 22, "to_port": 22, "cidr_ip": "10.0.0.0/8"},
        {"proto": "all", "group_name": f"Group speedy/{REGION}"},
    ]
    for given, missing in ((None, "tcp 22-22 from 10.0.0.0/8"), (rules, "tcp 5432-5432 from 10.0.0.0/8")):
        result = look(**edits, **({"cluster_rules": given} if given else {}))
        assert result.returncode == 1
        assert f"error[own-group]: ec2_groups finds {group}" in result.stderr
        assert missing in result.stderr
    all_of_them = [*rules, {"proto": "tcp", "from_port": 5432, "to_port": 5432, "cidr_ip": "10.0.0.0/8"}]
    result = look(**edits, cluster_rules=all_of_them)
    assert result.returncode == 0, result.stderr


def test_one_found_volume_may_go_and_another_one_come(look: Look, client: Any) -> None:
    assert look(**{"instances[0]__volumes": [again("/dev/sdf")]}).returncode == 0
    label = [{"Key": "CreatingCluster", "Value": "speedy"}, {"Key": "TPAAttachmentLabel", "Value": "speedy:1:/dev/sdk"}]
    tags = [{"ResourceType": "volume", "Tags": label}]
    other = client.create_volume(AvailabilityZone=f"{REGION}a", Size=16, VolumeType="gp3", TagSpecifications=tags)
    try:
        result = look(**{"instances[0]__volumes": [again("/dev/sdk")]})
        assert result.returncode == 0, result.stderr
    finally:
        client.delete_volume(VolumeId=other["VolumeId"])


def test_record_that_knows_no_disks_wants_a_lookup_before_an_edit(look: Look, tmp_path: Path) -> None:
    edits = {"instances[0]__volumes": [again("/dev/sdf")]}
    assert look(**edits).returncode == 0
    old = record(tmp_path)
    del old["regions"][REGION]["volumes"]["speedy:1:/dev/sdf"]["disk"]
    (tmp_path / RECORD_NAME).write_text(json.dumps(old))
    result = look(**edits, **{"instances[0]__node": 7})
    assert result.returncode == 1
    assert "error[volume-unnoted]: an older tpa-tf has recorded vol-01111111111111111" in result.stderr
    assert look(**edits).returncode == 0
    result = look(**edits, **{"instances[0]__node": 7})
    assert "error[volume-gone]" in result.stderr


def test_volumes_stay_with_a_cluster_that_gets_another_name(look: Look) -> None:
    edits = {"instances[0]__volumes": [again("/dev/sdf")]}
    assert look(**edits).returncode == 0
    result = look(**edits, cluster_name="fast")
    assert result.returncode == 1
    assert "Key=TPAAttachmentLabel,Value=fast:1:/dev/sdf Key=CreatingCluster,Value=fast" in result.stderr


def test_vpc_is_not_exchanged_for_another_one_of_its_name(look: Look, client: Any) -> None:
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tagged("mine"))["Vpc"]["VpcId"]
    assert look(ec2_vpc={"Name": "mine"}).returncode == 0
    client.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "gone"}])
    other = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tagged("mine"))["Vpc"]["VpcId"]
    result = look(ec2_vpc={"Name": "mine"})
    assert result.returncode == 1
    assert (
        f"error[vpc-gone]: {vpc}, the VPC of {REGION} so far, is not found with tag:Name=mine: {other} is"
        in result.stderr
    )
    assert look(ec2_vpc={"filters": {"vpc-id": other}}).returncode == 0, "on purpose"


def test_volume_that_is_not_encrypted_as_the_config_says_is_an_error(look: Look) -> None:
    result = look(**{"instances[0]__volumes": [{**again("/dev/sdf"), "encrypted": True}]})
    assert result.returncode == 1
    assert "error[volume-mismatch]: encrypted: yes, and vol-01111111111111111 is not encrypted" in result.stderr


def tagged(name: str) -> list[Any]:
    return [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]


def test_vpc_that_was_found_is_not_made_anew_because_it_is_renamed(look: Look, tmp_path: Path, client: Any) -> None:
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tagged("moves"))["Vpc"]["VpcId"]
    moves = {"ec2_vpc": {"Name": "moves", "cidr": "10.33.0.0/16"}}
    assert look(**moves).returncode == 0
    before = (tmp_path / RECORD_NAME).read_bytes()
    client.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "moved"}])
    again = look(**moves)
    assert again.returncode == 1
    assert f"error[vpc-gone]: {vpc}, the VPC of {REGION} so far, is not found" in again.stderr
    assert f"vpc-id: {vpc}" in again.stderr
    assert (tmp_path / RECORD_NAME).read_bytes() == before
    (tmp_path / RECORD_NAME).unlink()
    assert look(**moves).returncode == 0, "a new VPC on purpose"


def test_what_was_found_does_not_become_terraforms_own_by_a_tag(look: Look, tmp_path: Path, client: Any) -> None:
    vpc = client.create_vpc(CidrBlock="10.33.0.0/16", TagSpecifications=tagged("taken"))["Vpc"]["VpcId"]
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.33.1.0/24")["Subnet"]["SubnetId"]
    edits = {"ec2_vpc": {"Name": "taken", "cidr": "10.33.0.0/16"}, "instances[0]__volumes": [again("/dev/sdf")]}
    edits["instances[0]__subnet"] = edits["instances[1]__subnet"] = "10.33.1.0/24"
    assert look(**edits).returncode == 0
    for thing, tag in (
        (vpc, "CreatingCluster"),
        (subnet, "CreatingCluster"),
        ("vol-01111111111111111", "TPAManagedBy"),
    ):
        value = "speedy" if tag == "CreatingCluster" else "terraform"
        client.create_tags(Resources=[thing], Tags=[{"Key": tag, "Value": value}])
        result = look(**edits)
        assert result.returncode == 1
        assert f"error[own-again]: {thing} was found so far" in result.stderr
        client.delete_tags(Resources=[thing], Tags=[{"Key": tag}])
    assert look(**edits).returncode == 0


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
    assert "asking AWS" in outside.stderr
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


def test_what_bears_the_clusters_tag_is_named_once_with_its_import(look: Look) -> None:
    first = look(ec2_vpc={"Name": "ours", "cidr": "10.33.0.0/16"})
    assert first.returncode == 0, first.stderr
    assert "info[own-already]: vpc-0ccccccccccccccc3 in eu-west-1 bears this cluster's tag" in first.stderr
    assert "terraform import aws_vpc.eu_west_1 vpc-0ccccccccccccccc3" in first.stderr
    assert "own-already" not in look(ec2_vpc={"Name": "ours", "cidr": "10.33.0.0/16"}).stderr


def test_own_vpc_that_the_config_says_exists_is_warned_of(look: Look) -> None:
    result = look(ec2_vpc={"filters": {"vpc-id": "vpc-0ccccccccccccccc3"}})
    assert result.returncode == 0, result.stderr
    assert "warning[own-vpc]: vpc-0ccccccccccccccc3 bears this cluster's tag" in result.stderr
    assert "own-vpc" not in look(ec2_vpc={"filters": {"vpc-id": "vpc-0ddddddddddddddd4"}}).stderr
