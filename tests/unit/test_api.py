"""The functions for other programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import tpa_tf
from tests.golden.cases import EXAMPLES, GOLDEN
from tests.support.configs import edited

HEAVY = {"boto3", "cdktf", "jsii", "pydantic", "rich", "yaml", "click", "jinja2"}


@pytest.fixture
def at_fault(tmp_path: Path) -> Path:
    """A cluster whose network is no network, with a key that TPA doesn't know."""
    directory = tmp_path / "speedy"
    directory.mkdir()
    edits = {"ec2_vpc.cidr": "10.33.0.0/99", "upsteam": 1}
    (directory / "config.yml").write_text(yaml.safe_dump(edited(edits)))
    return directory


def test_synthesize_gives_what_synth_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tpa_tf", "synth", str(EXAMPLES / "minimal"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    written = json.loads((tmp_path / "stacks/minimal/cdk.tf.json").read_text())
    assert tpa_tf.synthesize(EXAMPLES / "minimal", out=tmp_path) == written
    assert tpa_tf.synthesize(str(EXAMPLES / "minimal" / "config.yml"), out=str(tmp_path)) == written


def test_synthesize_writes_nothing(tmp_path: Path) -> None:
    tpa_tf.synthesize(GOLDEN / "private", out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_check_gives_findings_and_raises_nothing(at_fault: Path) -> None:
    findings = tpa_tf.check(at_fault)
    assert [each.severity for each in findings] == ["error", "info"]
    for finding in findings:
        assert finding.file == f"{at_fault}/config.yml"
        assert finding.line > 1 and finding.column >= 1
    assert "10.33.0.0/99" in findings[0].message


def test_check_of_a_cluster_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    (finding,) = tpa_tf.check(tmp_path / "nowhere")
    assert finding.rule == "unreadable"


def test_synthesize_of_a_config_at_fault_raises_its_findings(at_fault: Path) -> None:
    with pytest.raises(tpa_tf.ConfigError) as caught:
        tpa_tf.synthesize(at_fault)
    assert caught.value.findings == tpa_tf.check(at_fault)
    first = caught.value.findings[0]
    assert f"{first.file}:{first.line}:{first.column}: error[{first.rule}]: {first.message}" in str(caught.value)


def test_import_loads_nothing_that_takes_time() -> None:
    program = "import sys, tpa_tf; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert not HEAVY & set(loaded.split())


def test_everything_promised_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    for name in tpa_tf.__all__:
        assert f"`{name}" in page or f"`tpa_tf.{name}" in page
