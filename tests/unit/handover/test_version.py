"""The version of TPA: from its VERSION file, from git, or unknown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tpa_tf.handover.version import installed_version


def test_file_of_an_installation(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("v23.41.0\n")
    assert installed_version({"TPA_DIR": str(tmp_path)}) == "v23.41.0"


def test_place_of_the_packages_without_tpa_dir(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("v23.41.0\n")
    assert installed_version({}, default=tmp_path) == "v23.41.0"
    assert installed_version({"TPA_DIR": ""}, default=tmp_path) == "v23.41.0"


def test_checkout_is_described_by_git(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init")
    git("commit", "--allow-empty", "-m", "x")
    assert installed_version({"TPA_DIR": str(tmp_path)}) is None, "no tag describes it"
    git("tag", "-a", "v23.41.0", "-m", "x")
    assert installed_version({"TPA_DIR": str(tmp_path)}) == "v23.41.0"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_unknown_without_either(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "VERSION").write_bytes(content)
    assert installed_version({"TPA_DIR": str(tmp_path)}) is None


def test_directory_within_somebody_else_s_checkout_is_not_described(tmp_path: Path) -> None:
    subprocess.run(["git", "-C", str(tmp_path), "init"], check=True, capture_output=True)
    (tmp_path / "inner").mkdir()
    assert installed_version({"TPA_DIR": str(tmp_path / "inner")}) is None
