"""What one edit after another does where AWS is changed by hand between them: things that change hands.

What needs no hand is in ``sequences/``, a case a file.

Nothing that holds data may be destroyed, from whatever step a state is at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from tests.e2e.conftest import Deploy
from tests.support.configs import edited
from tests.support.deployment import Deployment
from tests.support.forecasts import compare, predicted
from tests.support.terraform import TerraformError
from tpa_tf import clusters
from tpa_tf.changes.effects import Effect
from tpa_tf.cluster.model import Cluster
from tpa_tf.facts.questions import RECORD_NAME

MACHINES = Path(__file__).parent / "mutations" / "machines"
REGION = "eu-west-1"
FORGET, UPDATE = ["forget"], ["update"]
ATTACHED = {"instances[1].volumes[0].attach_existing": True}


class Live:
    """A cluster that is edited: what Terraform plans of each edit, and what AWS has."""

    def __init__(self, live: Deployment) -> None:
        self.live = live
        self._path = live.directory / "config.yml"
        self.base = yaml.safe_load(self._path.read_text())
        self.ec2 = self.client("ec2")

    def write(self, changes: Mapping[str, Any], *, lookup: bool = False) -> None:
        """Edit the config as it was at first, look up if that is asked for, and synthesize."""
        self._path.write_text(yaml.safe_dump(edited(changes, self.base), sort_keys=False))
        if lookup:
            self.live.lookup()
        self.live.synth()

    def plan(self, changes: Mapping[str, Any], *, lookup: bool = False) -> dict[str, list[str]]:
        self.write(changes, lookup=lookup)
        return self.live.stack.planned_changes(refresh=True)

    def apply(self, changes: Mapping[str, Any], *, lookup: bool = False) -> None:
        self.write(changes, lookup=lookup)
        self.live.stack.apply()

    def volumes(self) -> dict[str, str]:
        """The id of each EBS volume that is not a root volume to the instance that it is attached to."""
        return {
            volume["VolumeId"]: attachment["InstanceId"]
            for volume in self.ec2.describe_volumes()["Volumes"]
            for attachment in volume["Attachments"]
            if attachment["Device"] in ("/dev/sdf", "/dev/sdg")
        }

    def settled(self) -> Cluster:
        """The cluster that the config gives now."""
        found = clusters.load(self.live.directory).cluster
        assert found
        return found

    def client(self, service: str) -> Any:
        """Another service of the emulated AWS."""
        account = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(s3={"addressing_style": "path"})
        return boto3.client(service, region_name=REGION, endpoint_url=self.live.emulator.url, config=config, **account)

    def untag(self, id: str, *tags: str) -> None:
        self.ec2.delete_tags(Resources=[id], Tags=[{"Key": tag} for tag in tags])


@pytest.fixture
def cluster(deploy: Deploy) -> Live:
    """Three nodes that are applied."""
    live = deploy(MACHINES, lookup=True)
    live.stack.apply()
    return Live(live)


def test_volume_follows_its_disk_and_no_label(cluster: Live) -> None:
    renamed = {**ATTACHED, "instances[1].Name": "zwei"}
    with pytest.raises(TerraformError, match="and two of this cluster has it attached"):
        cluster.write(renamed, lookup=True)
    cluster.apply(ATTACHED, lookup=True)
    before = cluster.volumes()
    numbered = {**ATTACHED, "instances[1].node": 7}
    with pytest.raises(TerraformError, match="and a new, empty one would take its place"):
        cluster.write(numbered, lookup=True)
    (volume,) = before.keys() - set(cluster.live.ids().values())
    tags = [{"Key": "TPAAttachmentLabel", "Value": "changing:7:/dev/sdg"}]
    cluster.ec2.create_tags(Resources=[volume], Tags=tags)
    assert set(map(tuple, cluster.plan(numbered, lookup=True).values())) == {("update",)}
    noted = {**numbered, "instances[1].Name": "zwei", "terraform.moved": {"two": "zwei"}}
    assert set(map(tuple, cluster.plan(noted, lookup=True).values())) == {("update",)}
    cluster.live.stack.apply()
    assert cluster.volumes() == before


def test_address_of_one_instance_becomes_that_of_another(cluster: Live) -> None:
    cluster.apply({"instances[0].assign_elastic_ip": True}, lookup=True)
    (address,) = cluster.ec2.describe_addresses()["Addresses"]
    plan = cluster.plan(
        {"instances[1].assign_elastic_ip": True, "instances[1].elastic_ip": address["PublicIp"]}, lookup=True
    )
    assert plan["aws_eip.one"] == FORGET
    cluster.live.stack.apply()
    (there,) = cluster.ec2.describe_addresses()["Addresses"]
    assert (there["AllocationId"], there["InstanceId"]) == (
        address["AllocationId"],
        cluster.live.ids()["aws_instance.two"],
    )


def _subnet(ec2: Any, vpc: str) -> str:
    """The id of the first node's subnet."""
    asked = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "cidr-block", "Values": ["10.33.1.0/24"]}]
    (found,) = ec2.describe_subnets(Filters=asked)["Subnets"]
    return str(found["SubnetId"])


def test_impact_knows_where_a_record_has_another_thing(cluster: Live) -> None:
    """A literal in the place of a reference may be the same thing, another one, or either: as the plan has it."""
    old, record = cluster.settled(), cluster.live.directory / RECORD_NAME
    kept, ec2 = record.read_bytes(), cluster.ec2
    other = ec2.create_vpc(CidrBlock="10.33.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[other], Tags=[{"Key": "Name", "Value": "other"}])
    cluster.client("s3").create_bucket(Bucket="mine-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    cluster.client("iam").create_instance_profile(InstanceProfileName="mine")
    (own,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["changing"]}])["Vpcs"]
    group = {"group-name": [f"Group changing/{REGION}"], "vpc-id": [own["VpcId"]]}
    for changes in (
        {"ec2_vpc.Name": "other"},
        {"ec2_vpc": {"filters": {"vpc-id": other}}},
        {"ec2_vpc": {"filters": {"vpc-id": own["VpcId"]}}},
        {"instances[0].subnet": _subnet(ec2, own["VpcId"])},
        {"cluster_bucket": "mine-1"},
        {"instance_profile_name": "mine"},
        {"ec2_groups": {REGION: group}},
    ):
        real = cluster.plan(changes, lookup=True)
        seen = {address: actions for address, actions in real.items() if actions not in (["no-op"], ["read"])}
        assert {address: list(actions) for address, actions in predicted(old, cluster.settled()).items()} == seen, (
            changes
        )
        record.write_bytes(kept)
    # One of the same name and range, by its id: nothing tells it from the one in the state.
    ec2.create_tags(Resources=[other], Tags=[{"Key": "Name", "Value": "changing"}])
    assert "delete" in cluster.plan({"ec2_vpc": {"filters": {"vpc-id": other}}}, lookup=True)["aws_instance.one"]
    rows, _ = compare(old, cluster.settled())
    assert "aws_instance.one" in next(row.why for row in rows if row.effect is Effect.DEPENDS)
    # It is found now, and without the record nobody knows that any more.
    recorded = cluster.settled()
    record.unlink()
    cluster.write({"ec2_vpc": {"filters": {"vpc-id": own["VpcId"]}}})
    assert "aws_instance.one" in {row.address for row in compare(recorded, cluster.settled())[0]}
    record.write_bytes(kept)
    # A volume that was restored: its label is the only thing that tells it.
    (first,) = ec2.describe_volumes(VolumeIds=[cluster.live.ids()["aws_ebs_volume.two_sdg"]])["Volumes"]
    zone = first["AvailabilityZone"]
    restored = ec2.create_volume(AvailabilityZone=zone, Size=first["Size"], VolumeType=first["VolumeType"])
    ec2.create_tags(Resources=[restored["VolumeId"]], Tags=first["Tags"])
    cluster.untag(first["VolumeId"], "TPAAttachmentLabel")
    assert "delete" in cluster.plan(ATTACHED, lookup=True)["aws_volume_attachment.two_sdg"]
    rows, _ = compare(old, cluster.settled())
    (row,) = (each for each in rows if each.effect is Effect.DEPENDS)
    assert (row.address, "aws_volume_attachment.two_sdg" in row.why) == ("aws_ebs_volume.two_sdg", True)


def test_tags_of_a_volume_decide_nothing_alone(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    cluster = Live(live)
    cluster.apply(ATTACHED, lookup=True)
    before, volume = cluster.volumes(), cluster.live.ids()["aws_ebs_volume.two_sdg"]
    tags = cluster.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Tags"]
    for gone, action in {
        "CreatingCluster": UPDATE,
        "TPAAttachmentLabel": UPDATE,
        "Owner": UPDATE,
        "TPAManagedBy": FORGET,
    }.items():
        cluster.ec2.create_tags(Resources=[volume], Tags=tags)
        cluster.untag(volume, gone)
        assert cluster.plan(ATTACHED, lookup=True) == {"aws_ebs_volume.two_sdg": action}, gone
    live.stack.apply()
    assert cluster.volumes() == before
    assert live.stack.pending_changes() == ""


def test_network_and_key_of_which_the_tags_are_gone_are_forgotten(cluster: Live) -> None:
    before = cluster.volumes()
    ec2 = cluster.ec2
    things = [
        *(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]),
        *(each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]),
        *(each["InternetGatewayId"] for each in ec2.describe_internet_gateways()["InternetGateways"]),
        *(each["KeyPairId"] for each in ec2.describe_key_pairs()["KeyPairs"]),
    ]
    for thing in things:
        cluster.untag(thing, "CreatingCluster", "Owner")
    plan = cluster.plan({}, lookup=True)
    assert {actions[0] for actions in plan.values()} <= {"forget", "update"}, plan
    assert plan["aws_vpc.eu_west_1"] == FORGET
    assert plan["aws_subnet.eu_west_1_10_33_1_0_24"] == FORGET
    assert plan["aws_route_table_association.eu_west_1_10_33_1_0_24"] == FORGET
    assert plan["aws_internet_gateway.eu_west_1"] == FORGET
    assert plan["aws_key_pair.eu_west_1"] == FORGET
    cluster.live.stack.apply()
    assert cluster.volumes() == before
    assert cluster.live.stack.pending_changes() == ""


def test_groups_that_exist_take_the_place_of_the_one_made_if_they_are_in_its_vpc(cluster: Live) -> None:
    (vpc,) = cluster.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["changing"]}])["Vpcs"]
    with pytest.raises(TerraformError, match="finds a security group in eu-west-1 that is not in the VPC"):
        cluster.plan({"ec2_groups": {REGION: {"group-name": ["default"]}}}, lookup=True)
    here = {"ec2_groups": {REGION: {"group-name": ["default"], "vpc-id": [vpc["VpcId"]]}}}
    plan = cluster.plan(here, lookup=True)
    assert plan["aws_security_group.eu_west_1"] == FORGET
    assert {address for address, actions in plan.items() if actions != FORGET} == {
        f"aws_instance.{name}" for name in ("one", "two", "three")
    }
    assert {actions[0] for actions in plan.values()} == {"forget", "update"}


def test_a_protected_volume_leaves_a_snapshot_when_it_goes_all_the_same(cluster: Live) -> None:
    gone = cluster.live.ids()["aws_ebs_volume.two_sdg"]
    cluster.apply({"instances[1].volumes": []})
    (snapshot,) = cluster.ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [gone]}])["Snapshots"]
    tags = {tag["Key"]: tag["Value"] for tag in snapshot["Tags"]}
    assert (tags["Name"], tags["CreatingCluster"]) == ("changing:2:/dev/sdg", "changing")


def test_test_clusters_leave_nothing(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    live.allow_destroy()
    cluster = Live(live)
    live.stack.apply()
    assert cluster.volumes()
    live.stack.destroy()
    assert not cluster.ec2.describe_snapshots(Filters=[{"Name": "tag:CreatingCluster", "Values": ["changing"]}])[
        "Snapshots"
    ]
    assert live.state() == live.before


def test_default_tags_reach_everything_but_objects_that_have_no_room(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    cluster = Live(live)
    live.stack.apply()
    provider = {
        "terraform.provider": {"s3_use_path_style": True, "default_tags": {"tags": {f"Tag{n}": "x" for n in range(11)}}}
    }
    cluster.apply(provider)
    volumes = cluster.ec2.describe_volumes(Filters=[{"Name": "status", "Values": ["in-use"]}])["Volumes"]
    assert len(volumes) > len(cluster.volumes()), "root volumes too"
    assert all({"Key": "Tag10", "Value": "x"} in volume["Tags"] for volume in volumes)
    assert live.stack.pending_changes() == ""
