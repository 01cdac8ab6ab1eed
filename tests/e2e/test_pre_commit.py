"""The hooks, run by pre-commit itself from a clone of this repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.golden.cases import EXAMPLES

TOP = Path(__file__).parents[2]
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A repository of what is to be committed here, for pre-commit to install from."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=TOP, check=True, capture_output=True)
    copy = tmp_path / "tpa-tf"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (TOP / name).is_file() and not name.startswith(("tests/", "docs/", "bench/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, copy / name)
    git(tmp_path, "init", "-q", str(copy))
    git(copy, "add", "-A")
    git(copy, "commit", "-qm", "tpa-tf")
    git(copy, "tag", "v0.1.0")
    return copy


def test_hooks_refuse_what_is_at_fault_and_stacks_that_are_not_up_to_date(hooks: Path, tmp_path: Path) -> None:
    repository = tmp_path / "clusters-of-ours"
    shutil.copytree(EXAMPLES / "minimal", repository / "clusters" / "minimal")
    (repository / "cdktf.json").write_text(json.dumps({"context": {"clusters": ["clusters/*"]}}))
    ids = [hook["id"] for hook in yaml.safe_load((hooks / ".pre-commit-hooks.yaml").read_text())]
    assert ids == ["tpa-tf-check", "tpa-tf-synth-check"]
    wanted = {"repo": str(hooks), "rev": "v0.1.0", "hooks": [{"id": id} for id in ids]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [wanted]}))
    git(tmp_path, "init", "-q", str(repository))
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "PRE_COMMIT_COLOR": "never"}

    def run() -> subprocess.CompletedProcess[str]:
        git(repository, "add", "-A")
        command = [sys.executable, "-m", "pre_commit", "run"]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 1, first.stdout
    assert first.stdout.count("Passed") == 1 and "+++ cdktf.out/stacks/minimal/cdk.tf.json" in first.stdout, (
        first.stdout
    )

    synth = [sys.executable, "-m", "tpa_tf", "synth"]
    subprocess.run(synth, cwd=repository, check=True, capture_output=True)
    assert run().returncode == 0

    config = repository / "clusters/minimal/config.yml"
    config.write_text(config.read_text().replace("10.33.1.0/24", "10.34.1.0/24"))
    at_fault = run()
    assert at_fault.returncode == 1
    assert at_fault.stdout.count("error[subnet-outside-vpc]") == 2
