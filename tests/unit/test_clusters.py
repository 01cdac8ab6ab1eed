"""What synthesis would refuse is found by the check, at the lines of the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tpa_tf.config.findings import Severity

DISK = "volumes[1]"
ONE, TWO = "instances[0]", "instances[1]"


@pytest.mark.parametrize(
    ("edits", "where", "names"),
    [
        (
            {f"{ONE}.{DISK}.kms_key_id": "alias/db/main", f"{TWO}.{DISK}.kms_key_id": "alias/db_main"},
            "instances[1].volumes[1].kms_key_id",
            "the KMS key alias/db_main and the KMS key alias/db/main on line",
        ),
        (
            {f"{ONE}.{DISK}.kms_key_id": "alias/a/b", f"{ONE}.volumes[0].kms_key_id": "alias/a_b"},
            "instances[0].volumes[0].kms_key_id",
            "the KMS key alias/a_b and the KMS key alias/a/b",
        ),
        (
            {"hostname_patterns": {"aws": "."}, f"{ONE}.Name": "a.b", f"{TWO}.Name": "a+b"},
            "instances[1].Name",
            "the instance a+b and the instance a.b on line",
        ),
        (
            {"cluster_rules": [{"proto": "tcp", "ports": [22], "group_name": name} for name in ("db x", "db_x")]},
            "cluster_rules",
            "the security group db_x and the security group db x",
        ),
        (
            {
                "cluster_rules": [
                    {"proto": "tcp", "from_port": 1, "to_port": 1, "group_name": "2_x"},
                    {"proto": "tcp", "from_port": 1, "to_port": 2, "group_name": "x"},
                ]
            },
            "cluster_rules",
            "the rule for tcp 1 to",
        ),
    ],
    ids=["keys", "keys of one instance", "instances", "groups", "rules"],
)
def test_two_things_of_one_address_are_told_with_both_lines(
    edits: dict[str, Any], where: str, names: str, tmp_path: Path
) -> None:
    loaded = load_edited(tmp_path, edits)
    found = [finding for finding in loaded.report.findings if finding.rule == "address-collision"]
    assert found
    assert all(finding.where.startswith(where.partition(".")[0].partition("[")[0]) for finding in found)
    assert any(names in finding.message for finding in found), [finding.message for finding in found]
    assert all(" on line " in finding.message for finding in found)
    assert loaded.cluster is None
    assert loaded.stack is None


def test_what_belongs_to_two_instances_of_one_address_follows(tmp_path: Path) -> None:
    edits = {"hostname_patterns": {"aws": "."}, f"{ONE}.Name": "a.b", f"{TWO}.Name": "a+b"}
    rules = [finding.rule for finding in load_edited(tmp_path, edits).report.findings]
    assert rules.count("address-collision") == 1


def test_one_key_written_alike_is_one(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {f"{one}.{DISK}.kms_key_id": "alias/db/main" for one in (ONE, TWO)})
    assert loaded.checked
    assert "data.aws_kms_key.eu_west_1_alias_db_main" in loaded.checked[1].blocks


def test_a_collision_is_told_beside_other_faults(tmp_path: Path) -> None:
    edits = {"hostname_patterns": {"aws": "."}, f"{ONE}.Name": "a.b", f"{TWO}.Name": "a+b", "cluster_ssh_port": 70000}
    assert {"address-collision"} < {finding.rule for finding in load_edited(tmp_path, edits).report.findings}


@pytest.mark.parametrize(
    ("edits", "where", "says"),
    [
        ({"cluster_name": "n" * 70}, "cluster_name", "up to 64 letters"),
        ({"cluster_profile": "db servers"}, "cluster_profile", "the name of the role"),
        ({"ec2_key_name": "k" * 256}, "ec2_key_name", "up to 255"),
        ({"ec2_key_name": "kéy"}, "ec2_key_name", "the name of the key pair write up to 255 ASCII"),
    ],
)
def test_name_that_aws_refuses(edits: dict[str, Any], where: str, says: str, tmp_path: Path) -> None:
    found = [finding for finding in load_edited(tmp_path, edits).report.findings if finding.severity is Severity.ERROR]
    assert {(finding.rule, finding.where) for finding in found} == {("name-not-allowed", where)}
    assert says in f"{found[0].message} {found[0].help}"


def test_stack_that_cdktf_could_not_name(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {"cluster_name": "constructor"})
    (found,) = [finding for finding in loaded.report.findings if finding.severity is Severity.ERROR]
    assert (found.rule, found.where) == ("invalid-name", "cluster_name")
    assert loaded.checked is None


@pytest.mark.parametrize(
    "edits", [{"cluster_name": "n" * 56}, {"cluster_profile": "db+servers=@x"}, {"ec2_key_name": "k" * 255}]
)
def test_name_that_aws_takes(edits: dict[str, Any], tmp_path: Path) -> None:
    assert load_edited(tmp_path, edits).checked
