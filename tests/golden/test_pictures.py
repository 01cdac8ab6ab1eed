"""What the pictures of clusters become, byte for byte; ``make golden`` rewrites them after a wanted change."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.golden.cases import EXAMPLES, GOLDEN
from tests.golden.conftest import Compare
from tests.support.forecasts import judged
from tests.support.pictures import drawn, forty
from tpa_tf.clusters import Loaded, load
from tpa_tf.pictures.impact import as_page as page_of_edit
from tpa_tf.pictures.mermaid import as_mermaid
from tpa_tf.pictures.page import as_page
from tpa_tf.pictures.tree import as_tree

PICTURES = GOLDEN / "pictures"

CLUSTERS = {
    "existing-network": EXAMPLES / "existing-network",
    "forty": None,
    "lookup-everything-exists": GOLDEN / "lookup-everything-exists",
    "mixed-platforms": GOLDEN / "mixed-platforms",
    "three-nodes": EXAMPLES / "three-nodes",
    "two-regions": EXAMPLES / "two-regions",
}
FORMS = {"html": as_page, "mmd": as_mermaid, "txt": as_tree}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLUSTERS)
def test_picture_is_as_expected(name: str, form: str, tmp_path: Path, compare: Compare) -> None:
    directory = CLUSTERS[name]
    loaded = load(directory) if directory else forty(tmp_path)
    compare(PICTURES / f"{name}.{form}", FORMS[form](drawn(loaded)))


def test_page_of_an_edit_is_as_expected(tmp_path: Path, compare: Compare) -> None:
    old = load(EXAMPLES / "three-nodes")
    new = edited_example(tmp_path)
    assert old.cluster
    assert new.cluster
    verdict, notes = judged(old.cluster, new.cluster)
    compare(PICTURES / "edit.html", page_of_edit(old, new, verdict, notes, ""))


def test_every_picture_belongs_to_a_case() -> None:
    expected = {f"{name}.{form}" for name in CLUSTERS for form in FORMS} | {"edit.html"}
    assert {path.name for path in PICTURES.iterdir()} == expected


def edited_example(directory: Path) -> Loaded:
    """three-nodes with another instance type, larger volumes, a new subnet of kelp, and mussel in quartz's place."""
    config = yaml.safe_load((EXAMPLES / "three-nodes" / "config.yml").read_text("utf-8"))
    config["instance_defaults"]["type"] = "t3.large"
    config["instance_defaults"]["default_volumes"][1]["volume_size"] = 100
    config["locations"][1]["subnet"] = "10.33.119.32/28"
    config["instances"][0].pop("backup")
    config["instances"][2] = {
        "Name": "mussel", "node": 4, "location": "main", "role": ["replica"], "upstream": "kayak",
        "assign_elastic_ip": True,
    }  # fmt: skip
    (directory / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    return load(directory)
