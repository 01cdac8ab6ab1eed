"""The vault's passphrase: where TPA looks for it, made once, never touched again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import keyring.backends.fail
import keyring.errors
import pytest

from tests.unit.handover.conftest import Copy, Inventory, MemoryKeyring, tree
from tpa_tf.errors import TpaTfError

FILE = "vault/vault_pass.txt"


def test_legacy_passphrase_is_in_a_file_for_its_owner_alone(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    result = inventory(directory)
    assert re.fullmatch(r"[A-Za-z0-9]{32}\n", (directory / FILE).read_text())
    assert (directory / FILE).stat().st_mode & 0o777 == 0o600
    assert str(directory / FILE) in result.stdout
    assert (directory / FILE).read_text().strip() not in result.output
    assert [path.name for path in (directory / "vault").iterdir()] == ["vault_pass.txt"]


def test_two_clusters_have_different_passphrases(copy: Copy, inventory: Inventory) -> None:
    first, second = copy("minimal"), copy("private")
    inventory(first)
    inventory(second)
    assert (first / FILE).read_text() != (second / FILE).read_text()


def test_passphrase_that_is_there_stays(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "vault").mkdir(mode=0o700)
    (directory / FILE).write_text("mine")
    (directory / FILE).chmod(0o640)
    result = inventory(directory)
    assert (directory / FILE).read_text() == "mine"
    assert (directory / FILE).stat().st_mode & 0o777 == 0o640
    assert (directory / "vault").stat().st_mode & 0o777 == 0o700
    assert FILE not in result.stdout
    assert f"{directory / FILE} is open to others than its owner (mode 0640): chmod 600" in result.stderr
    (directory / FILE).chmod(0o600)
    assert FILE not in inventory(directory).stderr


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.symlink_to("absent"), "is there and can't be read .*: No such file or directory"),
        (lambda path: path.mkdir(), "is there and can't be read .*: Is a directory"),
        (lambda path: path.write_text(" \n"), "is empty, and no passphrase: .* remove it to have one made"),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_passphrase_that_is_none_is_refused_and_nothing_is_written(
    make: Callable[[Path], None], message: str, arguments: list[str], copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    (directory / "vault").mkdir()
    make(directory / FILE)
    before = tree(directory)
    result = inventory(directory, *arguments, fails=True)
    with pytest.raises(TpaTfError, match=f"{FILE} {message}"):
        raise result.exception or AssertionError(result.output)
    assert tree(directory) == before


def test_no_other_passphrase_is_made_where_something_is_encrypted(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    (directory / FILE).unlink()
    secret = directory / "inventory/group_vars/tag_Cluster_minimal/secrets/password.yml"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("password: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;minimal\n  3361\n")
    before = tree(directory)
    result = inventory(directory, fails=True)
    assert isinstance(result.exception, TpaTfError)
    assert "password.yml is encrypted with the passphrase of this cluster's vault" in str(result.exception)
    assert tree(directory) == before


def test_check_says_that_the_passphrase_is_missing_and_makes_none(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    assert "is missing" not in inventory(directory).stderr
    (directory / FILE).unlink()
    result = inventory(directory, "--check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{directory / FILE} is missing, and deploy needs it" in result.stderr
    assert not (directory / FILE).exists()


def test_check_asks_no_keyring(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="keyring_backend: system\n")
    inventory(directory)
    keyring.set_keyring(Locked())
    assert inventory(directory, "--check").exit_code == 0


def test_passphrase_is_made_when_the_files_are_in_place(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "ssh_config").mkdir()
    refused = inventory(directory, fails=True)
    with pytest.raises(TpaTfError, match="ssh_config can't be written: what is there is not a file"):
        raise refused.exception or AssertionError(refused.output)
    assert not (directory / FILE).exists()
    assert not (directory / "inventory/00-minimal").exists()
    (directory / "ssh_config").rmdir()
    assert inventory(directory).stdout.splitlines()[-1] == str(directory / FILE)


@pytest.mark.parametrize(
    ("add", "user"),
    [("keyring_backend: system\n", "vault_pass"), ("keyring_backend: system\nvault_name: 8150c4d7\n", "8150c4d7")],
)
def test_system_passphrase_is_in_the_keyring_under_tpa_s_names(
    add: str, user: str, copy: Copy, inventory: Inventory, memory_keyring: MemoryKeyring
) -> None:
    directory = copy("minimal", add=add)
    result = inventory(directory)
    (entry,) = memory_keyring.entries
    assert entry == ("TPA_minimal", user)
    assert re.fullmatch(r"[A-Za-z0-9]{32}", memory_keyring.entries[entry])
    assert f"keyring: TPA_minimal, {user}" in result.stdout
    assert memory_keyring.entries[entry] not in result.output
    assert not (directory / "vault").exists()
    before = dict(memory_keyring.entries)
    inventory(directory)
    assert memory_keyring.entries == before


def test_service_is_named_by_the_directory_and_not_by_the_cluster(
    copy: Copy, inventory: Inventory, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = copy("pgdao-three-locs-two-regions")
    monkeypatch.chdir(directory)
    inventory(Path())
    assert set(memory_keyring.entries) == {("TPA_pgdao-three-locs-two-regions", "8150c4d7-95f5-4214-951a-fc802dc9c139")}


def test_backend_comes_from_the_environment_where_the_config_names_none(
    copy: Copy, inventory: Inventory, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TPA_KEYRING_BACKEND", "system")
    directory = copy("minimal")
    inventory(directory)
    assert set(memory_keyring.entries) == {("TPA_minimal", "vault_pass")}
    assert (
        "keyring_backend: system" in (directory / "inventory/group_vars/tag_Cluster_minimal/01-minimal.yml").read_text()
    )


class Locked(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("it is locked")


def test_environment_counts_only_where_the_config_names_no_backend(
    copy: Copy, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TPA_KEYRING_BACKEND", "nonsense")
    inventory(copy("minimal", add="keyring_backend: legacy\n"))
    result = inventory(copy("private"), fails=True)
    with pytest.raises(TpaTfError, match="TPA_KEYRING_BACKEND in the environment: TPA has no keyring backend"):
        raise result.exception or AssertionError(result.output)


class Forgetful(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


def test_keyring_that_keeps_nothing_is_told(copy: Copy, inventory: Inventory) -> None:
    keyring.set_keyring(Forgetful())
    result = inventory(copy("minimal", add="keyring_backend: system\n"), fails=True)
    with pytest.raises(TpaTfError, match=r"keyring .*\.Forgetful does not keep .*TPA_minimal, vault_pass.*: legacy"):
        raise result.exception or AssertionError(result.output)


@pytest.mark.parametrize("name", ["no.such.Backend", "keyring.backends.null.Absent", "nonsense"])
def test_keyring_that_can_not_be_loaded_is_told(name: str, copy: Copy) -> None:
    directory = copy("minimal", add="keyring_backend: system\n")
    command = [sys.executable, "-m", "tpa_tf", "inventory", str(directory), "--outputs", f"{directory}/outputs.json"]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": name}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(
        "tpa-tf: Python's keyring can't load the backend that PYTHON_KEYRING_BACKEND or its keyringrc.cfg names: "
    )
    assert not (directory / "inventory").exists()


NO_KEYRING: Any = keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        (NO_KEYRING, "this machine has no keyring .* set keyring_backend: legacy"),
        (Locked(), "the keyring refused the vault's passphrase .TPA_minimal, vault_pass.: it is locked"),
    ],
)
def test_keyring_that_fails_is_told_and_nothing_is_written(
    backend: Any, message: str, copy: Copy, inventory: Inventory
) -> None:
    keyring.set_keyring(backend)
    directory = copy("minimal", add="keyring_backend: system\n")
    before = tree(directory)
    result = inventory(directory, fails=True)
    with pytest.raises(TpaTfError, match=message):
        raise result.exception or AssertionError(result.output)
    assert tree(directory) == before


def test_place_that_can_not_be_written_is_told(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "vault").write_text("a file where the directory should be")
    result = inventory(directory, fails=True)
    with pytest.raises(TpaTfError, match="vault can't be written"):
        raise result.exception or AssertionError(result.output)
