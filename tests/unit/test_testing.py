"""The pytest plugin, in a repository of somebody else's."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the tests of docs/testing.md and the clusters that they name."""
    for name in ("far-apart", "speedy"):
        shutil.copytree(EXAMPLES / "minimal", tmp_path / "clusters" / name)
    snapshots, policies = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    (tmp_path / "test_snapshots.py").write_text(snapshots)
    (tmp_path / "test_policies.py").write_text(policies)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(repository: Path, *arguments: str, directory: str = ".") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(command, cwd=repository / directory, capture_output=True, text=True, check=False)


def test_page_of_the_docs_works_as_it_stands(repository: Path) -> None:
    first = run(repository, "--snapshot-update", "--snapshot-details")
    assert first.returncode == 0, first.stdout
    assert len(list(repository.glob("__snapshots__/test_snapshots/*.json"))) == 2
    again = run(repository)
    assert again.returncode == 0, again.stdout
    assert "8 passed" in again.stdout


def test_stack_is_the_same_from_another_directory(repository: Path) -> None:
    run(repository, "--snapshot-update", "test_snapshots.py")
    below = run(repository, "../test_snapshots.py", directory="clusters")
    assert below.returncode == 0, below.stdout


def test_snapshot_shows_what_an_edit_changes(repository: Path) -> None:
    run(repository, "--snapshot-update", "test_snapshots.py")
    config = repository / "clusters/speedy/config.yml"
    config.write_text(config.read_text().replace("type: t3.micro", "type: t3.small"))
    result = run(repository, "test_snapshots.py")
    assert result.returncode == 1
    assert "t3.small" in result.stdout and "1 failed, 1 passed" in result.stdout


def test_config_at_fault_fails_with_the_findings_alone(repository: Path) -> None:
    config = repository / "clusters/speedy/config.yml"
    config.write_text(config.read_text().replace("10.33.1.0/24", "10.34.1.0/24"))
    result = run(repository, "test_snapshots.py")
    assert result.returncode == 1
    assert "clusters/speedy/config.yml:25:11: error[subnet-outside-vpc]" in result.stdout
    assert "Traceback" not in result.stdout and "testing.py" not in result.stdout


def test_nothing_is_imported_for_tests_that_use_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it(): assert not {'cdktf', 'click', 'pydantic', 'yaml'} & set(sys.modules)\n"
    )
    assert run(tmp_path, "-p", "no:syrupy", "test_it.py").returncode == 0
