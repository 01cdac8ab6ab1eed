"""From terraform apply to an inventory that Ansible reads, and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Deploy
from tests.support.deployment import Deployment
from tests.support.terraform import Provider

CASE = Path(__file__).parent / "parity" / "mixed-platforms"


def inventory(live: Deployment, provider: Provider, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``tpa-tf inventory`` with terraform in the cluster's stack."""
    out = live.stack.directory.parents[1]
    command = [
        program("tpa-tf"),
        "inventory",
        str(live.directory),
        "--out",
        str(out),
        "--tpa-version",
        "v23",
        *arguments,
    ]
    environment = provider.environment(live.emulator.environment())
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_applied_cluster_is_handed_over_to_ansible(deploy: Deploy, terraform_provider: Provider) -> None:
    live = deploy(CASE)
    early = inventory(live, terraform_provider)
    assert (early.returncode, early.stdout) == (1, "")
    assert "nothing is applied yet; run terraform apply first" in early.stderr

    live.stack.apply()
    done = inventory(live, terraform_provider)
    assert done.returncode == 0, done.stderr
    again = inventory(live, terraform_provider)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr.endswith("nothing changed\n")
    assert inventory(live, terraform_provider, "--check").returncode == 0

    listed = subprocess.run(
        [program("ansible-inventory"), "-i", "inventory/00-Mixed_Fleet", "--list"],
        cwd=live.directory,
        env={**os.environ, "ANSIBLE_HOME": str(live.directory / ".ansible"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    hosts = json.loads(listed.stdout)["_meta"]["hostvars"]
    applied = live.stack.outputs()["instances"]
    assert set(applied) == {"one-primary", "two-replica", "barman-1", "bastion"}
    assert set(hosts) == {"one-primary", "two-replica", "barman-1", "iron"}
    for name in set(hosts) - {"iron"}:
        assert hosts[name]["ansible_host"] == applied[name]["public_ip"]
        assert hosts[name]["node"] == applied[name]["node"]
        assert hosts[name]["volumes"][0] == {"device": applied[name]["root_device_name"]}
    assert hosts["iron"]["ansible_host"] == "198.51.100.9"

    live.stack.destroy()
    late = inventory(live, terraform_provider)
    assert late.returncode == 1
    assert "nothing is applied yet" in late.stderr
