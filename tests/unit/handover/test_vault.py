"""The vault's passphrase: where TPA looks for it, made once, never touched again."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        (keyring.backends.fail.Keyring(), "this machine has no keyring .* set keyring_backend: legacy"),
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
