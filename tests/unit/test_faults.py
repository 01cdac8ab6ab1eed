"""Faults that people make, each as an edit of one cluster: what is said, at which line, and that nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.examples import CLUSTER
from tests.unit.cluster.test_corpus import CORPUS
from tpa_tf.clusters import load
from tpa_tf.config.findings import Finding, Severity

ROWS: dict[str, list[dict[str, Any]]] = yaml.safe_load((CLUSTER.parent / "rows.yml").read_text("utf-8"))
BASE = CLUSTER.read_text("utf-8")


def findings(directory: Path, text: str, encoding: str = "utf-8") -> tuple[Finding, ...]:
    (directory / "config.yml").write_bytes(text.encode(encoding))
    return load(directory).report.findings


def edited(row: dict[str, Any]) -> str:
    if "whole" in row:
        return str(row["whole"])
    if "for" not in row:
        return BASE
    assert BASE.count(row["for"]) == 1, f"{row['for']!r} stands once in the cluster"
    return BASE.replace(row["for"], row["put"])


def _id(row: dict[str, Any]) -> str:
    return " ".join(str(row.get("put", row.get("whole", "the cluster itself"))).split())[-50:]


@pytest.mark.parametrize("row", [row for rows in ROWS.values() for row in rows], ids=_id)
def test_fault_is_told_where_it_is_and_nothing_follows_from_it(row: dict[str, Any], tmp_path: Path) -> None:
    text = edited(row)
    found = findings(tmp_path, text, row.get("encoding", "utf-8"))
    said = [f"{each.rule}: {each.message} = {each.help}" for each in found]
    assert len(found) <= row.get("most", len(found)), said
    assert all(row["silent"] not in each for each in said if "silent" in row), said
    wanted = [(severity, row[severity.name.lower()]) for severity in Severity if severity.name.lower() in row]
    for severity, rule in wanted:
        (finding,) = (each for each in found if (each.severity, each.rule) == (severity, rule))
        whole = f"{finding.message} = {finding.help}"
        assert all(str(words) in whole for words in row.get("says", ())), whole
        if "at" in row:
            lines = [number for number, line in enumerate(text.splitlines(), 1) if row["at"] in line]
            assert finding.line == lines[row.get("nth", 1) - 1], said
    errors = {each.rule for each in found if each.severity is Severity.ERROR}
    assert errors == {rule for severity, rule in wanted if severity is Severity.ERROR}, said


def test_byte_order_mark_and_line_ends_of_windows_are_nothing_to_say(tmp_path: Path) -> None:
    assert findings(tmp_path, "\N{BYTE ORDER MARK}" + BASE.replace("\n", "\r\n")) == ()


def test_region_of_a_new_partition_is_taken_as_it_is(tmp_path: Path) -> None:
    assert findings(tmp_path, BASE.replace("eu-west-1", "eusc-de-east-1")) == ()


@pytest.mark.parametrize("name", ["01-m1-debian-default", "60-pgds-standard"])
def test_config_that_tpa_wrote_opens_ssh_to_everybody_and_nothing_else_is_to_say(name: str) -> None:
    assert [each.rule for each in load(CORPUS / name).report.findings] == ["open-to-all"]


def test_section_of_a_wrong_type_is_one_finding(tmp_path: Path) -> None:
    data = yaml.safe_load(BASE)
    data["instance_defaults"] = "t3.medium"
    (found,) = findings(tmp_path, yaml.safe_dump(data))
    assert (found.rule, found.where) == ("wrong-type", "instance_defaults")
    assert "a mapping is expected" in found.message


def test_forty_instances_of_one_habit_are_two_findings(tmp_path: Path) -> None:
    data = yaml.safe_load(BASE)
    data["instances"] = [
        {
            "Name": f"node-{number}",
            "node": number,
            "role": ["primary"] if number == 1 else [],
            "spot_price": 0.1,
            "volumes": [{"device_name": f"/dev/sd{'fghij'[number % 5]}", "volume_type": "gp3", "volume_size": number}],
        }
        for number in range(1, 41)
    ]
    spot, plain = findings(tmp_path, yaml.safe_dump(data, sort_keys=False))
    assert {spot.rule, plain.rule} == {"no-effect", "not-encrypted"}
    assert len(spot.places) == len(plain.places) == 40


def test_subnets_outside_the_vpc_are_one_finding_that_names_its_range(tmp_path: Path) -> None:
    data = yaml.safe_load(BASE)
    data["instances"] = [
        {"Name": f"node-{number}", "node": number, "subnet": f"10.44.{number}.0/24"} for number in range(1, 34)
    ]
    del data["ec2_vpc_subnets"]
    found = findings(tmp_path, yaml.safe_dump(data, sort_keys=False))
    (outside,) = [each for each in found if each.severity is Severity.ERROR]
    assert (outside.rule, len(outside.places)) == ("subnet-outside-vpc", 33)
    assert "10.33.0.0/16" in outside.message
    assert len(found) <= 3


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("cluster_name: speedy\n", f"cluster_name: speedy\nec2_key_name: {'k' * 256}\n", "name-not-allowed", "255"),
        ("  Team: db\n", f"  Note: {'n' * 257}\n", "invalid-tag", "256"),
    ],
)
def test_what_is_too_long_is_told_with_the_limit(old: str, new: str, rule: str, says: str, tmp_path: Path) -> None:
    (found,) = findings(tmp_path, BASE.replace(old, new))
    assert (found.rule, found.severity) == (rule, Severity.ERROR)
    assert says in f"{found.message} {found.help}"


def test_fifty_tags_of_the_cluster_are_too_many_at_cluster_tags(tmp_path: Path) -> None:
    more = "".join(f"  t{number}: x\n" for number in range(48))
    (found,) = findings(tmp_path, BASE.replace("  Team: db\n", f"  Team: db\n{more}"))
    assert (found.rule, found.where) == ("too-many-tags", "cluster_tags")
    assert "50" in str(found.help)


def test_two_faults_are_both_told_and_nothing_else(tmp_path: Path) -> None:
    text = BASE.replace("    volume_size: 128\n", "    volume_size: 0\n")
    found = findings(tmp_path, text.replace("  node: 2\n", "  node: 2\n  private_ip: 10.33.9.9\n"))
    assert [each.rule for each in found] == ["ip-outside-subnet", "invalid-size"]


def test_error_comes_before_a_warning_that_stands_above_it(tmp_path: Path) -> None:
    text = BASE.replace("  Owner: Ada Byron\n", "").replace("  node: 2\n", "  node: 2\n  private_ip: 10.33.9.9\n")
    error, warning = findings(tmp_path, text)
    assert (error.rule, warning.rule) == ("ip-outside-subnet", "no-owner")
    assert error.line > warning.line
