"""What programs read of findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.configs import load_edited
from tpa_tf.config.findings import Finding, Place, Severity
from tpa_tf.formats.programs import as_github, as_json, as_sarif
from tpa_tf.rules.catalog import RULES

FINDING = Finding(
    "shop: db,1/config.yml", 42, 13, 4, Severity.WARNING, "not-encrypted", "100% of it,\nplain", "a.b", "encrypt: it",
    (Place(50, 3, 4, "a.c"),),
)  # fmt: skip


def unencrypted(directory: Path) -> tuple[Finding, ...]:
    edits: dict[str, Any] = {f"instances[{number}].volumes[1].encrypted": False for number in (0, 1)}
    return load_edited(directory, {**edits, "cluster_ssh_port": 0}).report.findings


def test_github_shows_each_finding_beside_its_line() -> None:
    assert as_github([FINDING]) == (
        "::warning file=shop%3A db%2C1/config.yml,line=42,endLine=42,col=13,endColumn=17,"
        "title=tpa-tf%3A not-encrypted::100%25 of it,%0Aplain%0Aencrypt: it%0A2 places: also on line 50\n"
    )


def test_sarif_holds_each_finding_with_its_places_and_what_its_rule_says(tmp_path: Path) -> None:
    log = json.loads(as_sarif(unencrypted(tmp_path)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["invalid-port", "not-encrypted"]
    assert rules[1]["help"]["text"] == RULES["not-encrypted"].fix
    error, warning = run["results"]
    assert (error["ruleId"], error["level"], warning["level"]) == ("invalid-port", "error", "warning")
    assert rules[warning["ruleIndex"]]["id"] == warning["ruleId"]
    lines = (tmp_path / "config.yml").read_text().splitlines()
    region = error["locations"][0]["physicalLocation"]["region"]
    assert lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1] == "0"
    assert error["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "cluster_ssh_port"}]
    (related,) = warning["relatedLocations"]
    first = warning["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert related["physicalLocation"]["region"]["startLine"] > first


def test_sarif_has_what_is_accepted_as_suppressed() -> None:
    (run,) = json.loads(as_sarif((), [(FINDING, "public data")]))["runs"]
    (result,) = run["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "public data"}]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "not-encrypted"


def test_sarif_of_nothing_is_a_log_without_results() -> None:
    (run,) = json.loads(as_sarif(()))["runs"]
    assert run["results"] == []


def test_sarif_names_a_file_as_an_uri() -> None:
    (run,) = json.loads(as_sarif([FINDING]))["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "shop%3A%20db%2C1/config.yml"}


def test_json_holds_the_other_places() -> None:
    (finding,) = json.loads(as_json([FINDING]))
    assert finding["severity"] == "warning"
    assert finding["others"] == [{"line": 50, "column": 3, "width": 4, "where": "a.c"}]
