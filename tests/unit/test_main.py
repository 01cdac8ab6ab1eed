"""A repository's clusters through main.py and the CDKTF command line: the same stacks as ``tpa-tf synth``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import REQUIRE_E2E
from tests.support.configs import edited

TOP = Path(__file__).parents[2]
CDKTF = TOP / "node_modules" / ".bin" / "cdktf"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with two clusters, main.py and cdktf.json."""
    shutil.copy(TOP / "main.py", tmp_path)
    settings = json.loads((TOP / "cdktf.json").read_text())
    settings["app"] = f"'{sys.executable}' main.py"
    settings["context"]["clusters"] = ["clusters/*"]
    (tmp_path / "cdktf.json").write_text(json.dumps(settings))
    for name in ("one", "two"):
        directory = tmp_path / "clusters" / name
        directory.mkdir(parents=True)
        (directory / "config.yml").write_text(yaml.safe_dump(edited({"cluster_name": name})))
    (tmp_path / "clusters" / "README").write_text("no cluster\n")
    return tmp_path


def run(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CDKTF_", "TPA_"))}
    environment = {**clean, "CHECKPOINT_DISABLE": "1", "CI": "1", "PYTHONPATH": str(TOP), **environment}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def main(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(project, sys.executable, "main.py", **environment)


def stacks(out: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in out.glob("stacks/*/cdk.tf.json")}


def test_clusters_are_those_of_the_context(project: Path) -> None:
    result = main(project)
    assert result.returncode == 0, result.stderr
    assert set(stacks(project / "cdktf.out")) == {"one", "two"}
    assert set(json.loads((project / "cdktf.out/manifest.json").read_text())["stacks"]) == {"one", "two"}
    both = run(project, sys.executable, "-m", "tpa_tf", "synth", "clusters/one", "clusters/two", "--out", "other")
    assert both.returncode == 0
    assert stacks(project / "other") == stacks(project / "cdktf.out")


def test_variable_overrides_the_context(project: Path) -> None:
    assert main(project, TPA_CLUSTERS="clusters/t*").returncode == 0
    assert set(stacks(project / "cdktf.out")) == {"two"}
    assert main(project, TPA_CLUSTERS="clusters/one clusters/two/config.yml").returncode == 0
    assert set(stacks(project / "cdktf.out")) == {"one", "two"}


def test_project_in_a_directory_that_looks_like_a_pattern(project: Path) -> None:
    odd = project / "[1]*"
    odd.mkdir()
    for name in ("main.py", "cdktf.json", "clusters"):
        (project / name).rename(odd / name)
    result = run(Path("/"), sys.executable, str(odd / "main.py"))
    assert result.returncode == 0, result.stderr
    assert {path.name for path in (odd / "cdktf.out" / "stacks").iterdir()} == {"one", "two"}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TPA_CLUSTERS": "nowhere/*"}, "TPA_CLUSTERS names no cluster"),
        ({"TPA_CLUSTERS": "nowhere"}, "error[unreadable]"),
        ({"CDKTF_CONTEXT_JSON": '{"clusters": "x"}'}, "give a list of globs"),
        ({"CDKTF_CONTEXT_JSON": "{"}, "can't be read"),
    ],
)
def test_nothing_to_synthesize_is_no_traceback(project: Path, environment: dict[str, str], says: str) -> None:
    result = main(project, **environment)
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert not (project / "cdktf.out").exists()


def test_fault_in_one_cluster_writes_none(project: Path) -> None:
    (project / "clusters/two/config.yml").write_text("cluster_name: two\n")
    result = main(project)
    assert result.returncode == 1
    assert "clusters/two/config.yml:1:1: error[" in result.stderr
    assert not (project / "cdktf.out").exists()


def test_cdktf_command_line_writes_the_same(project: Path) -> None:
    if not CDKTF.exists() and not os.environ.get(REQUIRE_E2E):
        pytest.skip("cdktf-cli is not in node_modules (make setup)")
    assert main(project).returncode == 0
    before = stacks(project / "cdktf.out")
    shutil.rmtree(project / "cdktf.out")
    result = run(project, str(CDKTF), "synth")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stacks(project / "cdktf.out") == before
