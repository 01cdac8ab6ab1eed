"""What one edit after another does: things that change hands, and instances that are renamed again and again.

Nothing that holds data may be destroyed, from whatever step a state is at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.e2e.conftest import Deploy
from tests.support.configs import edited
from tests.support.deployment import Deployment
from tests.support.terraform import TerraformError

MACHINES = Path(__file__).parent / "mutations" / "machines"
REGION = "eu-west-1"
FORGET, UPDATE = ["forget"], ["update"]
ATTACHED = {"instances[1].volumes[0].attach_existing": True}


class Cluster:
    """A cluster that is edited: what Terraform plans of each edit, and what AWS has."""

    def __init__(self, live: Deployment) -> None:
        self.live = live
        self._path = live.directory / "config.yml"
        self.base = yaml.safe_load(self._path.read_text())
        account = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.ec2: Any = boto3.client("ec2", region_name=REGION, endpoint_url=live.emulator.url, **account)

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

    def ids(self) -> dict[str, str]:
        """The id of each instance and volume in the state."""
        state = json.loads((self.live.directory / "terraform.tfstate").read_text())
        return {
            f"{block['type']}.{block['name']}": one["attributes"]["id"]
            for block in state["resources"]
            for one in block["instances"]
            if block["mode"] == "managed" and block["type"] in ("aws_instance", "aws_ebs_volume")
        }

    def untag(self, id: str, *tags: str) -> None:
        self.ec2.delete_tags(Resources=[id], Tags=[{"Key": tag} for tag in tags])


@pytest.fixture
def cluster(deploy: Deploy) -> Cluster:
    """Three nodes that are applied."""
    live = deploy(MACHINES, lookup=True)
    live.stack.apply()
    return Cluster(live)


def test_volume_that_the_stack_made_becomes_an_existing_one(cluster: Cluster) -> None:
    before = cluster.volumes()
    assert cluster.plan(ATTACHED, lookup=True) == {"aws_ebs_volume.two_sdg": FORGET}
    cluster.live.stack.apply()
    assert cluster.volumes() == before
    assert cluster.live.stack.pending_changes() == ""
    cluster.live.lookup()
    cluster.live.synth()
    assert cluster.live.stack.pending_changes() == ""


def test_tags_of_a_volume_decide_nothing_alone(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    cluster = Cluster(live)
    cluster.apply(ATTACHED, lookup=True)
    before, volume = cluster.volumes(), cluster.ids()["aws_ebs_volume.two_sdg"]
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


def test_network_and_key_of_which_the_tags_are_gone_are_forgotten(cluster: Cluster) -> None:
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


def test_groups_that_exist_take_the_place_of_the_one_made_if_they_are_in_its_vpc(cluster: Cluster) -> None:
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


def renamed(name: str, **moved: str) -> dict[str, Any]:
    return {"instances[0].Name": name, "instances[1].upstream": name, "terraform.moved": moved}


def test_chain_of_renames_works_from_every_step(cluster: Cluster) -> None:
    before = cluster.ids()
    last = renamed("uno", one="first", first="uno")
    same = {"aws_instance.uno": UPDATE}
    assert cluster.plan(last) == same, "a state that has seen nothing of it"
    cluster.apply(renamed("first", one="first"))
    assert cluster.plan(last) == same, "a state that has seen the first step"
    cluster.apply(last)
    assert cluster.live.stack.pending_changes() == "", "a state that has seen all of it, and notes that stay for ever"
    cluster.apply(renamed("uno"))
    assert cluster.live.stack.pending_changes() == "", "notes that are taken out when every state has seen them"
    after = cluster.ids()
    assert [after[f"aws_{kind}"] for kind in ("instance.uno", "ebs_volume.uno_sdf")] == [
        before[f"aws_{kind}"] for kind in ("instance.one", "ebs_volume.one_sdf")
    ]


def swapped(first: str, third: str, **moved: str) -> dict[str, Any]:
    return {
        "instances[0].Name": first,
        "instances[1].upstream": first,
        "instances[2].Name": third,
        "terraform.moved": moved,
    }


SWAP = (
    swapped("spare", "three", one="spare"),
    swapped("spare", "one", three="one"),
    swapped("three", "one", spare="three"),
)


def test_names_are_swapped_through_a_third_one(cluster: Cluster) -> None:
    before = cluster.ids()
    for number, step in enumerate(SWAP):
        # A state that misses this step.
        for later in SWAP[number + 1 :]:
            plan = cluster.plan(later)
            there = {address for address in cluster.ids() if "ebs_volume" in address}
            assert not {address for address in there if "delete" in plan.get(address, [])}, plan
        cluster.apply(step)
    after = cluster.ids()
    for old, new in (("one", "three"), ("three", "one")):
        assert after[f"aws_instance.{new}"] == before[f"aws_instance.{old}"]
        assert after[f"aws_ebs_volume.{new}_sdf"] == before[f"aws_ebs_volume.{old}_sdf"]
    assert cluster.live.stack.pending_changes() == ""


def test_a_protected_volume_leaves_a_snapshot_when_it_goes_all_the_same(cluster: Cluster) -> None:
    gone = cluster.ids()["aws_ebs_volume.two_sdg"]
    cluster.apply({"instances[1].volumes": []})
    (snapshot,) = cluster.ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [gone]}])["Snapshots"]
    tags = {tag["Key"]: tag["Value"] for tag in snapshot["Tags"]}
    assert (tags["Name"], tags["CreatingCluster"]) == ("changing:2:/dev/sdg", "changing")


def test_test_clusters_leave_nothing(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    live.allow_destroy()
    cluster = Cluster(live)
    live.stack.apply()
    assert cluster.volumes()
    live.stack.destroy()
    assert not cluster.ec2.describe_snapshots(Filters=[{"Name": "tag:CreatingCluster", "Values": ["changing"]}])[
        "Snapshots"
    ]
    assert live.state() == live.before


def test_default_tags_reach_everything_but_objects_that_have_no_room(deploy: Deploy) -> None:
    live = deploy(MACHINES)
    cluster = Cluster(live)
    live.stack.apply()
    provider = {
        "terraform.provider": {"s3_use_path_style": True, "default_tags": {"tags": {f"Tag{n}": "x" for n in range(11)}}}
    }
    cluster.apply(provider)
    volumes = cluster.ec2.describe_volumes(Filters=[{"Name": "status", "Values": ["in-use"]}])["Volumes"]
    assert len(volumes) > len(cluster.volumes()), "root volumes too"
    assert all({"Key": "Tag10", "Value": "x"} in volume["Tags"] for volume in volumes)
    assert live.stack.pending_changes() == ""
