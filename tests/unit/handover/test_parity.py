"""With the same addresses, every file says what tpaexec provision had it say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.handover.conftest import DATA, Copy, Inventory, tree
from tpa_tf.handover import guard
from tpa_tf.handover.inventory import HASHES

CASES = sorted(path.name for path in DATA.iterdir())
_NOT_TPA_S = {"config.yml", "outputs.json", "hostkeys/ssh_host_rsa_key.pub", "hostkeys/ssh_host_ecdsa_key.pub"}


def readable(name: str, content: bytes) -> Any:
    """YAML as data, other text line by line."""
    return yaml.safe_load(content) if name.endswith(".yml") else content.decode().splitlines()


def expected(case: str) -> dict[str, Any]:
    """What tpaexec provision left, but for what it gets wrong and what was set on its command line."""
    files = {name: readable(name, content) for name, content in tree(DATA / case / "expected").items()}
    if case == "mixed-platforms":
        # TPA loses the bare instance when it has made the others,
        bare = {"location": None, "public_ip": "198.51.100.9", "private_ip": "192.168.3.9", "role": ["witness"]}
        files["inventory/host_vars/iron/01-instance_vars.yml"] = {
            **bare,
            "volumes": [],
            "upstream": "one-primary",
            "ansible_user": "admin",
            "edb_repositories": [],
        }
        files["inventory/00-Mixed_Fleet"].append("iron ansible_host=198.51.100.9 node=5 platform=bare")
        files["ssh_config"] += ["Host iron", "    User admin", "    HostName 198.51.100.9"]
        # and writes the value of a template, where the template serves as well.
        files["inventory/host_vars/two-replica/01-instance_vars.yml"]["special"] = "{{ 1 + 1 }}"
    if case == "pgdao-three-locs-two-regions":
        # It ran with another backend than the config's.
        files["inventory/group_vars/tag_Cluster_pgd3/01-pgd3.yml"]["keyring_backend"] = "system"
    return files


@pytest.mark.parametrize("case", CASES)
def test_files_are_those_of_tpaexec_provision(case: str, copy: Copy, inventory: Inventory) -> None:
    directory = copy(case)
    inventory(directory)
    written = {name: readable(name, content) for name, content in tree(directory).items() if name not in _NOT_TPA_S}
    written.pop("vault/vault_pass.txt", None)
    wanted = expected(case)
    assert set(written) == set(wanted)
    # TPA's plain value, from which the guard is made.
    digest = wanted[HASHES]["config_hashes"]["last_provisioned"]
    wanted[HASHES] = guard.variables(digest, {})
    for name in wanted:
        assert written[name] == wanted[name], name


@pytest.mark.parametrize("case", CASES)
def test_files_have_tpa_s_modes(case: str, copy: Copy, inventory: Inventory) -> None:
    directory = copy(case)
    inventory(directory)
    made = [path for part in ("inventory", "vault") if (directory / part).exists() for path in walk(directory / part)]
    made += [directory / "ssh_config", directory / "tpa_known_hosts"]
    for path in made:
        wanted = 0o600 if path.name == "vault_pass.txt" else 0o644 if path.is_file() else 0o755
        assert path.stat().st_mode & 0o777 == wanted, path


def walk(directory: Path) -> list[Path]:
    return [directory, *directory.rglob("*")]


def test_samples_are_complete() -> None:
    assert len(CASES) == 6
    for case in CASES:
        assert {"ssh_config", "tpa_known_hosts", "inventory/aws_ec2.yml"} <= set(tree(DATA / case / "expected"))
