"""Cluster directories as tpaexec provision left them, and the command that is to do the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest
from click.testing import CliRunner, Result
from keyring.backend import KeyringBackend

from tpa_tf.cli import cli

DATA = Path(__file__).parents[2] / "data" / "handover"
VERSION = "v23.40.1-15-gfffe2c1d1"

Copy = Callable[..., Path]
Inventory = Callable[..., Result]


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets; what is in it is in ``entries``."""

    priority = 1  # keyring's classproperty, as its documentation has it overridden

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture(autouse=True)
def memory_keyring(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A keyring of the test's own, and none of the variables by which people steer TPA."""
    for name in ("TPA_DIR", "TPA_KEYRING_BACKEND", "TERRAFORM_BINARY_NAME"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    own = MemoryKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Makes a cluster directory from a case, with config.yml edited: every old text given must occur once."""

    def copy_case(name: str, *edits: tuple[str, str], add: str = "") -> Path:
        directory = tmp_path / name
        shutil.copytree(DATA / name, directory, ignore=shutil.ignore_patterns("expected"))
        text = (directory / "config.yml").read_text()
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
            text = text.replace(old, new)
        (directory / "config.yml").write_text(text + add)
        return directory

    return copy_case


@pytest.fixture
def inventory() -> Inventory:
    """Runs ``tpa-tf inventory`` on a directory, with its outputs.json and the version of the samples."""

    def run(directory: Path, *arguments: str, outputs: Path | None = None, fails: bool = False) -> Result:
        source = str(outputs or directory / "outputs.json")
        command = ["inventory", str(directory), "--outputs", source, "--tpa-version", VERSION, *arguments]
        result = CliRunner().invoke(cli, command)
        if not fails and result.exit_code:
            raise AssertionError(result.output) from result.exception
        return result

    return run


def tree(directory: Path) -> dict[str, bytes]:
    """Every file below ``directory`` with its content."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
