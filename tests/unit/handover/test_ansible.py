"""Ansible reads what is written, and shows each host with its variables."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.handover.conftest import Copy, Inventory


def ansible(program: str, directory: Path, *arguments: str) -> str:
    """What ``program`` of the Ansible beside this Python prints, run in ``directory``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    result = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=directory,
        env=environment | {"ANSIBLE_HOME": str(directory / ".ansible"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def listed(directory: Path) -> dict[str, Any]:
    """The inventory as ansible-inventory shows it; the part that asks AWS needs a collection, and has its own tests."""
    found: dict[str, Any] = json.loads(ansible("ansible-inventory", directory, "-i", static(directory), "--list"))
    return found


def static(directory: Path) -> str:
    (file,) = (directory / "inventory").glob("00-*")
    return str(file)


def debug(directory: Path, host: str, variable: str, *arguments: str) -> Any:
    """The value of ``variable`` on ``host`` when a task asks for it."""
    printed = ansible(
        *("ansible", directory, "-i", static(directory), host, "-c", "local", "-m", "debug", "-a", f"var={variable}"),
        *arguments,
    )
    return json.loads(re.sub(r"^.*? => ", "", printed, count=1))[variable]


def test_every_host_is_shown_with_its_variables(copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms")
    inventory(directory)
    found = listed(directory)
    hosts = found["_meta"]["hostvars"]
    assert found["tag_Cluster_Mixed_Fleet"]["hosts"] == ["one-primary", "two-replica", "barman-1", "iron"]
    assert set(hosts) == {"one-primary", "two-replica", "barman-1", "iron"}
    assert {name: (host["ansible_host"], host["node"], host["platform"]) for name, host in hosts.items()} == {
        "one-primary": ("54.214.0.187", 1, "aws"),
        "two-replica": ("54.214.9.34", 2, "aws"),
        "barman-1": ("54.214.253.242", 3, "aws"),
        "iron": ("198.51.100.9", 5, "bare"),
    }
    primary = hosts["one-primary"]
    assert primary["ansible_port"] == "2222"
    assert primary["ansible_user"] == "admin"
    assert primary["ansible_ssh_private_key_file"] == "id_mixed_fleet"
    assert primary["postgres_conf_settings"] == {"shared_buffers": "1GB"}
    assert primary["cluster_name"] == "Mixed_Fleet"
    assert primary["role"] == ["primary"]
    assert primary["volumes"] == [
        {"device": "/dev/xvda"},
        {"device": "/dev/sdf", "encryption": "luks", "volume_for": "postgres_data"},
    ]
    assert hosts["iron"]["private_ip"] == "192.168.3.9"


def test_templates_vaults_and_unsafe_text_mean_what_they_meant_in_the_config(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)  # makes the vault's passphrase
    password = ("--vault-password-file", "vault/vault_pass.txt")
    encrypted = ansible("ansible-vault", directory, "encrypt_string", *password, "s3cret", "--name", "x")
    vault = "".join(f"\n{line}" for line in encrypted.removeprefix("x: ").rstrip().splitlines()).removeprefix("\n")
    config = (directory / "config.yml").read_text()
    (directory / "config.yml").write_text(
        config.replace(
            "cluster_vars:\n",
            f"cluster_vars:\n  sealed: {vault}\n  literal: !unsafe '{{{{ not a template }}}}'\n"
            "  computed: \"{{ node * 10 }}\"\n  nested: {list: ['{{ cluster_name }}', !unsafe '{% raw']}\n",
        )
    )
    inventory(directory)
    assert debug(directory, "one", "sealed", *password) == "s3cret"
    assert debug(directory, "one", "literal") == "{{ not a template }}"
    assert debug(directory, "one", "computed") == 10
    assert debug(directory, "one", "nested") == {"list": ["minimal", "{% raw"]}
    assert "s3cret" not in "".join(path.read_text() for path in directory.rglob("*.yml"))
