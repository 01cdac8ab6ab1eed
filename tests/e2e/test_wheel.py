"""What users install: the wheel, with what requirements.lock names, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


def test_wheel_has_everything_that_is_needed_to_run(built: Path) -> None:
    names = set(zipfile.ZipFile(built).namelist())
    for path in (TOP / "templates").rglob("*"):
        if path.is_file():
            assert f"tpa_tf/_templates/{path.relative_to(TOP / 'templates').as_posix()}" in names
    for path in (TOP / "tpa_tf").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(TOP).as_posix() in names
    assert not [name for name in names if not name.startswith(("tpa_tf/", "tpa_tf-"))]


def test_wheel_in_an_empty_environment_writes_the_same_bytes(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "--requirement", TOP / "requirements.lock")
    run(*pip, "--no-deps", built)
    run(python, "-m", "pip", "check")
    program = tmp_path / "venv" / "bin" / "tpa-tf"
    examples = sorted(path.parent for path in (TOP / "examples").glob("*/config.yml"))
    run(program, "synth", *examples, "--out", tmp_path / "installed")
    here = [sys.executable, "-m", "tpa_tf", "synth", *map(str, examples), "--out", str(tmp_path / "here")]
    subprocess.run(here, cwd=TOP, check=True, capture_output=True)
    files = {path.relative_to(tmp_path / "here") for path in (tmp_path / "here").rglob("*") if path.is_file()}
    assert len(files) == len(examples) + 1
    for name in files:
        assert (tmp_path / "installed" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name
    run(program, "show", examples[0], "--format", "html")
    shown = run(python, "-c", f"import tpa_tf; print(tpa_tf.synthesize({str(examples[0])!r})['terraform']['backend'])")
    assert "local" in shown or "s3" in shown
