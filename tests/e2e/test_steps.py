"""The commands of ``impact --steps``, run as they are printed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import yaml

from tests.e2e.conftest import Deploy
from tests.e2e.test_sequences import MACHINES, Live
from tests.support.configs import edited
from tests.support.terraform import run

ORDER = ("three", "two", "one")


def test_another_type_comes_to_one_instance_after_the_other(deploy: Deploy, tmp_path: Path) -> None:
    cluster = Live(deploy(MACHINES))
    live, stack = cluster.live, cluster.live.stack
    stack.apply()
    old = tmp_path / "before"
    shutil.copytree(live.directory, old, ignore=shutil.ignore_patterns("terraform.tfstate*"))
    config = edited({"instance_defaults.type": "t3.small"}, cluster.base)
    (live.directory / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))

    out = stack.directory.parent.parent
    (out.parent / "cdktf.out").symlink_to(out)
    tools = f"{Path(sys.executable).parent}{os.pathsep}{stack.environment['PATH']}"
    environment = {**stack.environment, "PATH": tools}

    def printed(command: str) -> str:
        return run(["bash", "-ec", command], out.parent, environment).stdout

    text = printed(f"tpa-tf impact {old} {live.directory} --steps")
    commands = text[text.index("# 3 to be interrupted") :].splitlines()
    assert [
        line.split()[2] for line in commands if line.startswith("# ") and line[2].isdigit() and ". " in line
    ] == list(ORDER)
    assert commands.index(f"tpaexec switchover {live.directory} two") > commands.index(
        "# 3. one (primary, postgres): stops and starts instance"
    )
    done = 0
    for command in commands:
        if command.startswith(("#", "tpaexec")) or not command:
            continue
        said = printed(command)
        if " review " in command and " --partial " in command:
            assert said.startswith("PARTIAL: ")
        if " apply " in command:
            done = min(done + 1, len(ORDER))
            assert {name for name, kind in _types(cluster).items() if kind == "t3.small"} == set(ORDER[:done])
    assert done == len(ORDER)
    assert stack.pending_changes() == ""


def _types(cluster: Live) -> dict[str, str]:
    """The type of each instance by its name."""
    return {
        tag["Value"]: instance["InstanceType"]
        for reservation in cluster.ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        for tag in instance["Tags"]
        if tag["Key"] == "Name"
    }
