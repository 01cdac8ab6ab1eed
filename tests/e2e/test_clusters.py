"""Clusters that are applied, planned again, edited and destroyed, with what must hold in AWS in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Deploy
from tests.support.permissions import check_permissions
from tests.support.terraform import TerraformError

CASES = Path(__file__).parent / "cases"


def test_cluster_among_existing_things_makes_only_machines_and_disks(deploy: Deploy) -> None:
    live = deploy(CASES / "existing-everything")
    live.stack.apply()
    before, after = live.before["regions"]["eu-west-1"], live.state()["regions"]["eu-west-1"]

    made = {kind for kind in after if after[kind] != before.get(kind)}
    assert made == {"instances", "route_tables"}, "disks count as their instance's"
    routes = after["route_tables"]["vpc:Shared|guest/eu-west-1/routes"]
    assert routes["subnets"] == [], "existing subnets keep the route table that they have"
    assert live.state()["iam"] == live.before["iam"]
    by_cidr, by_id = after["instances"]["instance:by-cidr"], after["instances"]["instance:by-id"]
    for instance in (by_cidr, by_id):
        assert instance["vpc"] == "vpc:Shared"
        assert instance["security_groups"] == ["sg:vpc:Shared|Group databases/eu-west-1", "sg:vpc:Shared|bastion"]
        assert instance["iam_instance_profile"] == "team-profile"
        assert instance["key_name"] == "team-key"
        assert instance["ami"] == "ami:direct-ami-0aaaaaaaaaaaaaaa1"
        assert instance["has_public_ip"]
    assert (by_cidr["subnet"], by_cidr["az"]) == ("10.60.1.0/24", "eu-west-1a")
    assert (by_id["subnet"], by_id["az"]) == ("10.60.2.0/24", "eu-west-1b")
    assert by_id["block_devices"]["/dev/sdf"]["az"] == "eu-west-1b"
    bucket = live.state()["s3"]["team-bucket"]
    assert bucket["region"] == "us-east-1"
    assert set(bucket["objects"]) == {f"guest/hostkeys/{name}.txt" for name in ("rsa", "rsa.pub", "ecdsa", "ecdsa.pub")}

    assert live.stack.pending_changes() == ""
    live.stack.destroy()
    assert live.state() == live.before
    check_permissions(live.directory, live.emulator)


def test_disks_addresses_and_rules_of_every_kind(deploy: Deploy) -> None:
    live = deploy(CASES / "disks-and-addresses")
    live.stack.apply()
    state = live.state()
    region = state["regions"]["eu-west-1"]
    instances = {name: region["instances"][f"instance:{name}"] for name in ("alpha", "beta", "gamma")}

    _check_disks(instances)
    _check_addresses(instances, region, state["route53"]["example.com."]["records"], live.stack.outputs()["instances"])
    _check_rules(region["security_groups"])
    _check_no_secrets(live.directory)

    assert live.stack.pending_changes() == ""
    live.edit_config("RHEL-9.4.0_HVM-20240605-x86_64", "RHEL-9.4.0_HVM-2024*")
    live.edit_config("volume_size: 200", "volume_size: 300")
    live.edit_config("type: t3.micro", "type: t3.large")
    live.synth()
    changes = live.stack.planned_changes()
    assert {address: actions for address, actions in changes.items() if "delete" in actions} == {}
    assert changes["aws_ebs_volume.beta_sdf"] == ["update"]

    with pytest.raises(TerraformError, match="prevent_destroy"):
        live.stack.destroy()
    assert live.state() == state, "a refused destroy takes nothing away"
    live.allow_destroy()
    live.stack.destroy()
    assert live.state() == live.before
    check_permissions(live.directory, live.emulator)


def _check_disks(instances: dict[str, Any]) -> None:
    alpha, beta, gamma = (instances[name]["block_devices"] for name in ("alpha", "beta", "gamma"))
    assert set(alpha) == {"/dev/sda1", "/dev/sdb", "/dev/sdf", "/dev/sdg"}
    assert set(beta) == {"/dev/sda1", "/dev/sdf"}
    assert set(gamma) == {"/dev/sda1"}
    for disks in (alpha, beta, gamma):
        root = disks["/dev/sda1"]
        assert (root["type"], root["size"], root["encrypted"]) == ("gp3", 20, True)
    assert alpha["/dev/sdb"] == {"virtual_name": "ephemeral0"}
    io2 = alpha["/dev/sdf"]
    assert (io2["type"], io2["size"], io2["iops"], io2["encrypted"]) == ("io2", 100, 3000, True)
    assert io2["kms_key"].endswith(":key/11111111-2222-3333-4444-555555555555")
    assert not io2["delete_on_termination"]
    assert (alpha["/dev/sdg"]["type"], alpha["/dev/sdg"]["encrypted"]) == ("gp3", False)
    fast = beta["/dev/sdf"]
    assert (fast["size"], fast["iops"], fast["throughput"]) == (200, 6000, 250)
    assert io2["tags"] == {
        "Cluster": "Ample",
        "CreatingCluster": "Ample",
        "Name": "Ample:1:/dev/sdf",
        "Owner": "dba-team",
        "Project": "cluster",
        "TPAAttachmentLabel": "Ample:1:/dev/sdf",
        "node": "1",
    }
    assert alpha["/dev/sda1"]["tags"]["TPAAttachmentLabel"] == "Ample:1:/dev/sda1"


def _check_addresses(
    instances: dict[str, Any], region: dict[str, Any], records: dict[str, Any], outputs: dict[str, Any]
) -> None:
    assert instances["alpha"]["termination_protection"]
    assert not instances["beta"]["termination_protection"]
    assert instances["alpha"]["tags"]["Project"] == "machine"
    assert instances["beta"]["private_ip"] == "10.70.1.20"
    assert {name: instances[name]["elastic_ips"] for name in instances} == {"alpha": 1, "beta": 1, "gamma": 0}
    assert region["elastic_ips"]["instance:beta"]["address"] == "52.1.2.3"
    assert not instances["gamma"]["has_public_ip"]
    assert records == {
        "alpha.example.com. A": {"ttl": 60, "values": ["eip:instance:alpha"]},
        "gamma.example.com. A": {"ttl": 60, "values": ["private-ip:instance:gamma"]},
    }
    assert set(outputs) == {"alpha", "beta", "gamma"}
    beta = outputs["beta"]
    assert {key: beta[key] for key in ("node", "region", "private_ip", "public_ip", "root_device_name")} == {
        "node": 2,
        "region": "eu-west-1",
        "private_ip": "10.70.1.20",
        "public_ip": "52.1.2.3",
        "root_device_name": "/dev/sda1",
    }
    assert beta["id"].startswith("i-")
    assert beta["availability_zone"].startswith("eu-west-1")
    assert not outputs["gamma"]["public_ip"]


def _check_rules(groups: dict[str, Any]) -> None:
    group = groups["sg:vpc:Ample|Group Ample/eu-west-1"]
    assert set(group["ingress"]) == {
        "tcp 5432-5432 10.0.0.0/8",
        "tcp 5432-5432 192.168.7.0/24",
        "tcp 6432-6434 10.0.0.0/8",
        "tcp 6432-6434 192.168.7.0/24",
        "tcp 443-443 2001:db8::/32",
        "udp 4000-4100 sg:vpc:Ample|Group Ample/eu-west-1",
        "icmp 8--1 0.0.0.0/0",
        "all all 198.51.100.0/24",
        "tcp 2222-2222 0.0.0.0/0",
    }
    assert "all all 0.0.0.0/0" in group["egress"]


def _check_no_secrets(directory: Path) -> None:
    """No private key in Terraform's state, which is beside config.yml."""
    state = (directory / "terraform.tfstate").read_text()
    assert "aws_instance" in state
    for key in [directory / "id_ample", *(directory / "hostkeys").glob("ssh_host_*_key")]:
        body = key.read_text().splitlines()[1]
        assert body not in state
