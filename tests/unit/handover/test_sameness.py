"""What a person or TPA has written in other words is no difference, and what says something else is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.unit.handover.conftest import Copy, Inventory, tree

HOST = "inventory/host_vars/one/01-instance_vars.yml"
CLUSTER = "inventory/group_vars/tag_Cluster_minimal/01-minimal.yml"
STATIC = "inventory/00-minimal"
HASHES = "inventory/group_vars/hashes/config.yml"
VERSION = "postgres_version: '16'"
Edit = Callable[[str], str]


def rewritten(text: str) -> str:
    """Everything in another order and style."""
    values = yaml.safe_load(text)
    other: str = yaml.safe_dump(dict(reversed(values.items())), sort_keys=False, default_flow_style=True)
    return other


def version(written: str) -> Edit:
    return lambda text: text.replace(VERSION, f"postgres_version: {written}")


SAME: list[tuple[str, Edit]] = [
    (HOST, rewritten),
    (CLUSTER, rewritten),
    ("inventory/aws_ec2.yml", rewritten),
    (HASHES, rewritten),
    (HOST, lambda text: f"---\n# ours\n{text}...\n"),
    (HOST, lambda text: text.replace("\n", "\r\n")),
    (CLUSTER, version('"16"')),
    (STATIC, lambda text: f"; of today\n\n{text}# end\n"),
    (STATIC, lambda text: text.replace("node=1 platform=aws", "platform=aws  node=1")),
    ("ssh_config", lambda text: f"# ours\n{text}".replace("    ", "\t")),
    ("tpa_known_hosts", lambda text: "\n".join(reversed(text.splitlines()))),
]

OTHER: list[tuple[str, Edit]] = [
    (CLUSTER, version("16")),
    (CLUSTER, version("!unsafe '16'")),
    (CLUSTER, version("'17'")),
    (CLUSTER, lambda text: f"{text}more: 1\n"),
    (CLUSTER, lambda text: f"{text}{VERSION}\n"),
    (CLUSTER, lambda text: f"{text}a: [\n"),
    (CLUSTER, lambda text: ""),
    (HOST, lambda text: text.replace("- primary", "- replica")),
    (STATIC, lambda text: text.replace("node=1", "node=2")),
    (STATIC, lambda text: f"{text}two ansible_host=10.0.0.1\n"),
    ("ssh_config", lambda text: text.replace("Port 22", "Port 23")),
    ("tpa_known_hosts", lambda text: text.splitlines()[0]),
    (HASHES, lambda text: text.replace("tpa_tf_refused | mandatory", "''", 1)),
]


def change(path: Path, edit: Edit) -> None:
    before = path.read_bytes()
    path.write_bytes(edit(before.decode()).encode())
    assert path.read_bytes() != before


@pytest.mark.parametrize(("name", "edit"), SAME)
def test_what_says_the_same_is_no_difference_and_is_left_alone(
    name: str, edit: Edit, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    inventory(directory)
    change(directory / name, edit)
    before = tree(directory)
    checked = inventory(directory, "--check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    again = inventory(directory)
    assert again.stdout == ""
    assert "nothing changed" in again.stderr
    assert tree(directory) == before


@pytest.mark.parametrize(("name", "edit"), OTHER)
def test_what_says_something_else_is_a_difference_and_is_put_right(
    name: str, edit: Edit, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    inventory(directory)
    before = tree(directory)
    change(directory / name, edit)
    checked = inventory(directory, "--check", fails=True)
    assert checked.exit_code == 1
    assert f"+++ {directory / name}" in checked.stdout
    assert inventory(directory).stdout == f"{directory / name}\n"
    assert tree(directory) == before


def test_mode_of_a_file_that_says_the_same_is_put_right_and_its_text_kept(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    change(directory / HOST, rewritten)
    (directory / HOST).chmod(0o600)
    before = tree(directory)
    assert "old mode 0600, new mode 0644" in inventory(directory, "--check", fails=True).stdout
    inventory(directory)
    assert (directory / HOST).stat().st_mode & 0o777 == 0o644
    assert tree(directory) == before


VAULT = "$ANSIBLE_VAULT;1.1;AES256\n          6162\n          6364\n"


@pytest.mark.parametrize(
    ("vault", "code"),
    [
        (VAULT.replace("          ", "      "), 0),
        (f"{VAULT.replace('          ', '      ')}\n\n", 0),
        (VAULT.replace("          ", "      ").replace("6364", "6365"), 1),
        (VAULT.replace("          ", "      ").replace("AES256", "AES"), 1),
    ],
)
def test_vault_is_the_same_when_its_white_space_differs_alone(
    vault: str, code: int, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal", ("cluster_vars:\n", f"cluster_vars:\n  sealed: !vault |\n          {VAULT}"))
    inventory(directory)
    path = directory / CLUSTER
    head, _, rest = path.read_text().partition("sealed: !vault |\n")
    tail = "".join(line for line in rest.splitlines(keepends=True) if not line.startswith(" "))
    path.write_text(f"{head}sealed: !vault |\n      {vault}{tail}")
    assert inventory(directory, "--check", fails=True).exit_code == code
