"""What a lookup refuses to record in the place of what the cluster has so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.lookup.conftest import AMI, REGION, Look, again, record, tagged
from tpa_tf.facts.questions import RECORD_NAME


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
    having = {
        "ResourceType": "instance",
        "Tags": [{"Key": "Cluster", "Value": "speedy"}, {"Key": "Name", "Value": "eins"}],
    }
    (instance,) = client.run_instances(ImageId=AMI["id"], MinCount=1, MaxCount=1, TagSpecifications=[having])[
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
        known = {"mode": "managed", "type": "aws_instance", "name": "eins", "instances": [{"attributes": {}}]}
        (tmp_path / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": [known]}))
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
