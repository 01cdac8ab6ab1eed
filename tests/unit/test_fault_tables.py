"""Faults that people make, as tables of edits of one sound cluster (tests/data/faults): what is said of each and where.

One cause is one finding, at the value or key at fault, and nothing follows from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.configs import REMOVED, edited
from tpa_tf.clusters import load
from tpa_tf.config.findings import Finding, Severity

FAULTS = Path(__file__).parents[1] / "data" / "faults"
CONFIG = (FAULTS / "cluster.yml").read_text()
SECTIONS = sorted(path for path in FAULTS.glob("*.yml") if path.stem not in ("accepted", "cluster", "rows"))

Row = dict[str, Any]


def rows(*paths: Path) -> list[Any]:
    return [
        pytest.param(row, id=f"{path.stem}: {row.get('replace') or row['edits']}")
        for path in paths
        for row in yaml.safe_load(path.read_text())
    ]


def findings(directory: Path, row: Row) -> list[Finding]:
    """What is said of the cluster with the edits of ``row``, without what is said of the cluster in any case."""
    text = CONFIG
    for old, new in row.get("replace", {}).items():
        text = text.replace(old, new)
    edits = {path: REMOVED if value == "REMOVED" else value for path, value in row.get("edits", {}).items()}
    data = edited(edits, yaml.safe_load(text))
    more = dict(row.get("more", {}))
    for number in range(4, 4 + more.pop("count", 0)):
        data["instances"].append({"Name": f"n{number}", "node": number, "role": ["readonly"], **more})
    before, after = directory / "before", directory / "after"
    for place, content in (
        (before, text if "replace" not in row else CONFIG),
        (after, yaml.safe_dump(data, sort_keys=False)),
    ):
        place.mkdir()
        (place / "config.yml").write_text(content)
    known = {(each.rule, each.where) for each in load(before).report.findings}
    return [each for each in load(after).report.findings if (each.rule, each.where) not in known]


def test_the_cluster_is_in_order(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(CONFIG)
    assert load(tmp_path).report.findings == ()


@pytest.mark.parametrize("row", rows(*SECTIONS))
def test_fault_is_told_once_at_its_place(row: Row, tmp_path: Path) -> None:
    found = [each for each in findings(tmp_path, row) if each.rule not in row.get("besides", ())]
    assert [each.where for each in found] == [row["at"]], [
        f"{each.rule}: {each.message} = {each.help}" for each in found
    ]
    said = f"{found[0].message} = {found[0].help}"
    assert [word for word in map(str, row["says"]) if word not in said] == [], said
    wanted = row.get("severity", "error")
    assert found[0].severity.name.lower() == wanted or (wanted == "any" and found[0].severity is not Severity.INFO)


@pytest.mark.parametrize("row", rows(FAULTS / "accepted.yml"))
def test_what_is_in_order_passes(row: Row, tmp_path: Path) -> None:
    allowed = Severity[row["at_most"].upper()] if "at_most" in row else None
    found = [each for each in findings(tmp_path, row) if allowed is None or each.severity < allowed]
    assert [f"{each.rule}: {each.message}" for each in found] == []
