"""Configs that ``tpaexec configure`` wrote, against what TPA's own code makes of them before it calls AWS.

``effective.json`` stands beside each config. Everything in it is compared but ``image``, ``bucket`` and the device of
the root volume, which TPA learns from AWS only (``<…>`` there).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import GOLDEN
from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster, Instance, Ownership, Region, SourceKind, Volume, VolumeKind
from tpa_tf.clusters import Loaded, load
from tpa_tf.config.findings import Severity

CORPUS = GOLDEN.parent / "data" / "corpus"
CASES = sorted(path.parent for path in CORPUS.glob("*/config.yml"))
ROOT = "<root device of AMI>"


@pytest.fixture(params=CASES, ids=lambda path: path.name)
def case(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def effective(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "effective.json").read_text())
    return found


@pytest.fixture
def loaded(case: Path) -> Loaded:
    return load(case)


@pytest.fixture
def cluster(loaded: Loaded) -> Cluster:
    assert loaded.cluster, loaded.report.findings
    return loaded.cluster


def test_corpus_is_there() -> None:
    assert len(CASES) == 12


def test_config_that_tpa_takes_has_no_fault(loaded: Loaded, effective: dict[str, Any]) -> None:
    assert not effective["reject"]
    assert [each for each in loaded.report.findings if each.severity is Severity.ERROR] == []


def test_regions_are_those_with_instances(cluster: Cluster, effective: dict[str, Any]) -> None:
    assert [region.name for region in cluster.regions if region.vpc] == sorted(effective["regions"])


def test_vpc_is_the_entry_that_applies(cluster: Cluster, effective: dict[str, Any]) -> None:
    for region in cluster.regions:
        expected = effective["vpc_spec"].get(region.name)
        assert (region.vpc is not None) == (expected is not None)
        if not region.vpc or not expected:
            continue
        if "cidr" in expected:
            assert region.vpc.ownership is Ownership.MANAGED
            assert (region.vpc.tags["Name"], str(region.vpc.cidr)) == (expected["Name"], expected["cidr"])
        else:
            assert region.vpc.ownership is Ownership.EXISTING
            assert region.vpc.filters == (("tag:Name", (expected["Name"],)),)


def test_subnets_are_those_in_use_with_zone_and_name(cluster: Cluster, effective: dict[str, Any]) -> None:
    notes = effective["ec2_vpc_subnets"]
    for region in cluster.regions:
        in_use = effective["subnets_in_use"].get(region.name, [])
        assert {str(subnet.cidr) for subnet in region.subnets} == set(in_use)
        for subnet in region.subnets:
            if subnet.ownership is Ownership.EXISTING:
                assert region.vpc
                assert region.vpc.ownership is Ownership.EXISTING
                continue
            # An entry that is only the zone's name (configs of old) TPA takes without the zone.
            note = notes.get(region.name, {}).get(str(subnet.cidr)) or {}
            assert subnet.availability_zone == note.get("az")
            assert subnet.tags["Name"] == note.get("Name", f"{cluster.name}/{note.get('az', region.name)}")


def test_rules_are_those_of_the_security_group(cluster: Cluster, effective: dict[str, Any]) -> None:
    assert not effective["existing_security_groups"]
    expected = {
        (rule["proto"], rule["from_port"], rule["to_port"], rule["cidr_ip"])
        for rule in effective["security_group_rules"]
    }
    for region in (region for region in cluster.regions if region.vpc):
        assert region.security_group
        rules = region.security_group.rules
        assert {rule.source_kind for rule in rules} == {SourceKind.CIDR_IPV4}
        assert {(rule.protocol, rule.from_port, rule.to_port, rule.source) for rule in rules} == expected


def test_names_and_tags_are_tpas(cluster: Cluster, effective: dict[str, Any]) -> None:
    names = effective["names"]
    assert {region.key_pair.name for region in cluster.regions if region.key_pair} == {names["key"]}
    assert cluster.profile
    assert cluster.profile.name == names["role"]
    assert cluster.ssh_key_file == names["ssh_key_file"]
    assert {**cluster.tags, "Name": cluster.name} == effective["cluster_tags"]


def test_reachability_makes_gateways_and_routes(cluster: Cluster, effective: dict[str, Any]) -> None:
    assert effective["reachability"] == "public"
    for region in (region for region in cluster.regions if region.vpc):
        assert region.internet_gateway
        assert region.route_table
        made = {subnet.address for subnet in region.subnets if subnet.ownership is Ownership.MANAGED}
        assert set(region.route_table.subnets) == made


def test_instances_are_merged_as_tpa_merges(loaded: Loaded, effective: dict[str, Any]) -> None:
    merged = {each.values["node"]: each for each in loaded.merged}
    for expected in effective["instances"]:
        assert _merged(merged.pop(expected["node"])) == {
            key: value for key, value in expected.items() if key not in ("image", "volumes", "ec2_tags", "ansible_user")
        }
    assert merged == {}


def test_machines_are_tpas(cluster: Cluster, effective: dict[str, Any]) -> None:
    machines = {each.node: each for each in cluster.instances}
    for expected in effective["instances"]:
        machine = machines.pop(expected["node"])
        assert machine.ssh_user == expected["ansible_user"]
        assert machine.tags == {key: str(value) for key, value in expected["ec2_tags"].items()}
        region = cluster.region(machine.region)
        assert _place(machine, region) == (expected["region"], expected["subnet"], expected["type"], expected["Name"])
        assert _disks(machine) == {each["device_name"]: each["ebs"] for each in expected["volumes"]}
        assert _purposes(machine) == {
            each["device_name"]: each.get("vars", {}).get("volume_for") for each in expected["volumes"]
        }
    assert machines == {}


def _merged(instance: MergedInstance) -> dict[str, Any]:
    """The merged values but for what AWS or TPA's deployment adds."""
    return {key: value for key, value in instance.values.items() if key not in ("volumes", "vars")}


def _place(machine: Instance, region: Region) -> tuple[str, str, str, str]:
    (subnet,) = (each for each in region.subnets if each.address == machine.subnet)
    return machine.region, str(subnet.cidr), machine.instance_type, machine.name


def _all_disks(machine: Instance) -> dict[str, Volume]:
    assert all(volume.kind is VolumeKind.EBS for volume in machine.volumes)
    root = {ROOT: machine.root} if machine.root else {}
    return {**root, **{volume.device_name: volume for volume in machine.volumes}}


def _disks(machine: Instance) -> dict[str, dict[str, Any]]:
    return {
        device: {
            "encrypted": volume.encrypted,
            "volume_type": volume.volume_type,
            "volume_size": volume.size,
            "delete_on_termination": volume.delete_on_termination,
        }
        for device, volume in _all_disks(machine).items()
    }


def _purposes(machine: Instance) -> dict[str, str | None]:
    return {device: volume.volume_for for device, volume in _all_disks(machine).items()}
