"""What lies beside the inventory: Ansible's cache of AWS's answers, git, and the path that leads there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.handover.conftest import Copy, Inventory, tree
from tpa_tf.errors import TpaTfError

CACHE = "tmp/minimalamazon.aws.aws_ec2_6b737s_d98e6"  # as Ansible named it for this cluster
OTHERS = (
    "tmp/minimal2amazon.aws.aws_ec2_6b737s_d98e6",
    "tmp/notminimalamazon.aws.aws_ec2_6b737s_d98e6",
    "tmp/minimal.log",
    "tmp/minimalamazon.aws.aws_ec2_deep/file",
)


def put(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("{}")


def test_cache_of_this_cluster_goes_whatever_else_changes(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    put(directory, CACHE, *OTHERS)
    assert f"{directory / CACHE} (removed)\n" in inventory(directory).stdout
    assert not (directory / CACHE).exists()
    assert all((directory / name).exists() for name in OTHERS)
    # An instance that was replaced may have the same address: the inventory can't tell.
    put(directory, CACHE)
    again = inventory(directory)
    assert again.stdout == f"{directory / CACHE} (removed)\n"
    assert "nothing changed" not in again.stderr


def test_cache_is_found_behind_a_link(copy: Copy, inventory: Inventory, tmp_path: Path) -> None:
    directory = copy("minimal")
    put(tmp_path / "scratch", CACHE)
    (directory / "tmp").symlink_to(tmp_path / "scratch/tmp")
    inventory(directory)
    assert not (tmp_path / "scratch" / CACHE).exists()
    assert (directory / "tmp").is_symlink()


def test_check_removes_no_cache_and_calls_it_no_difference(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    put(directory, CACHE)
    assert inventory(directory, "--check").stdout == ""
    assert (directory / CACHE).exists()


def test_cache_that_can_not_be_removed_is_told_and_nothing_is_written(
    copy: Copy, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = copy("minimal")
    put(directory, CACHE)
    before = tree(directory)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == directory / CACHE:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    result = inventory(directory, fails=True)
    with pytest.raises(TpaTfError, match=f"{directory / CACHE} can't be removed: Permission denied"):
        raise result.exception or AssertionError(result.output)
    assert tree(directory) == before


def in_git(directory: Path, ignored: str) -> None:
    subprocess.run(["git", "init", "--quiet", str(directory)], check=True)
    (directory / ".gitignore").write_text(ignored)
    put(directory, "id_minimal", "hostkeys/ssh_host_rsa_key")


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_passphrase_and_keys_that_git_would_take_are_told(
    arguments: list[str], copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    in_git(directory, "*.log\n")
    told = inventory(directory, *arguments, fails=True).stderr
    assert f"{directory}/vault/vault_pass.txt is the vault's passphrase, and git does not ignore it: add vault/" in told
    assert f"{directory}/id_minimal is a private key, and git does not ignore it" in told
    assert f"{directory}/hostkeys/ssh_host_rsa_key is a private key, and git does not ignore it" in told
    assert "ssh_host_ecdsa_key" not in told, "it is not here"


def test_passphrase_and_keys_that_git_ignores_are_not_told(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    in_git(directory, "vault/\nid_*\nhostkeys/\n")
    assert "git" not in inventory(directory).stderr


def test_passphrase_that_is_committed_is_told_although_it_is_ignored(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    in_git(directory, "vault/\nid_*\nhostkeys/\n")
    subprocess.run(["git", "-C", str(directory), "add", "--force", "vault"], check=True)
    assert "is the vault's passphrase, and git does not ignore it" in inventory(directory).stderr


def test_passphrase_in_the_keyring_is_none_of_git_s(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="keyring_backend: system\n")
    in_git(directory, "id_*\nhostkeys/\n")
    assert "git" not in inventory(directory).stderr


def test_config_that_tpaexec_would_not_read_is_refused(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "other.yml").write_bytes((directory / "config.yml").read_bytes())
    outputs = directory / "outputs.json"
    result = inventory(directory / "other.yml", outputs=outputs, fails=True)
    message = f"tpaexec deploys what {directory}/config.yml says, and not {directory}/other.yml"
    with pytest.raises(TpaTfError, match=message):
        raise result.exception or AssertionError(result.output)
    assert not (directory / "inventory").exists()
    assert inventory(directory / "config.yml", outputs=outputs).exit_code == 0


def test_path_that_tpaexec_cuts_at_a_space_is_told(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    moved = directory.with_name("mini mal")
    directory.rename(moved)
    told = inventory(moved).stderr
    assert f"tpaexec takes '{moved}' for '{directory.with_name('mini')}': move it to a path without spaces" in told
    assert "tpaexec takes" not in inventory(copy("private")).stderr
