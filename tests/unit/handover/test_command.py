"""The command line: where outputs come from, wrong usage, and waiting."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.handover.conftest import VERSION, Copy, Inventory, tree
from tests.unit.handover.ssh_server import SshServer, new_key, public_text
from tpa_tf.cli import cli
from tpa_tf.errors import TpaTfError


def test_outputs_come_from_stdin_too(copy: Copy) -> None:
    directory = copy("minimal")
    command = ["inventory", str(directory), "--outputs", "-", "--tpa-version", "v1"]
    result = CliRunner().invoke(cli, command, input=(directory / "outputs.json").read_bytes())
    assert result.exit_code == 0, result.output
    assert (directory / "inventory/00-minimal").exists()


def test_outputs_come_from_terraform_in_the_stack_by_default(copy: Copy, tmp_path: Path) -> None:
    directory = copy("minimal")
    result = CliRunner().invoke(cli, ["inventory", str(directory), "--out", str(tmp_path / "out")])
    with pytest.raises(TpaTfError, match=f"{tmp_path}/out/stacks/minimal holds no stack"):
        raise result.exception or AssertionError(result.output)


@pytest.fixture
def applied(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster with its stack in ``out`` beside it, and a terraform that has applied it."""
    directory = copy("minimal")
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat '{directory}/outputs.json'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    synth(directory)
    return directory


def synth(directory: Path) -> None:
    result = CliRunner().invoke(cli, ["synth", str(directory), "--out", str(directory.parent / "out")])
    assert result.exit_code == 0, result.output


def in_stack(directory: Path, *arguments: str) -> Result:
    """``tpa-tf inventory`` with terraform in the stack of ``directory``."""
    command = ["inventory", str(directory), "--out", str(directory.parent / "out"), "--tpa-version", VERSION]
    return CliRunner().invoke(cli, [*command, *arguments])


def edit(directory: Path, old: str, new: str) -> None:
    config = directory / "config.yml"
    assert config.read_text().count(old) == 1
    config.write_text(config.read_text().replace(old, new))


def test_config_that_the_stack_does_not_know_is_not_handed_over(applied: Path) -> None:
    assert in_stack(applied).exit_code == 0
    edit(applied, "device_name: /dev/xvdf", "device_name: /dev/xvdg")
    before = tree(applied)
    out = applied.parent / "out"
    message = f"stacks/minimal/cdk.tf.json is not what config.yml gives now.* run tpa-tf synth {applied} --out {out}, "
    with pytest.raises(TpaTfError, match=message):
        raise in_stack(applied).exception or AssertionError("handed over")
    looked = in_stack(applied, "--check")
    assert looked.exit_code == 1
    assert "is not what config.yml gives now" in looked.stderr
    assert "-- device: /dev/xvdf\n+- device: /dev/xvdg\n" in looked.stdout
    assert tree(applied) == before

    synth(applied)
    done = in_stack(applied)
    assert done.exit_code == 0
    assert "gives now" not in done.stderr
    assert str(applied / "inventory/host_vars/one/01-instance_vars.yml") in done.stdout


def test_edit_that_is_none_of_terraform_s_is_handed_over(applied: Path) -> None:
    edit(applied, "postgres_version: '16'", "postgres_version: '17'")
    result = in_stack(applied)
    assert result.exit_code == 0
    assert "gives now" not in result.stderr


def test_stack_that_can_not_be_compared_is_told(applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_node(*arguments: Any, **options: Any) -> Any:
        raise TpaTfError("node is not on the PATH")

    monkeypatch.setattr("tpa_tf.engine.synth.render", without_node)
    result = in_stack(applied)
    assert result.exit_code == 0
    assert (
        f"whether the stack in {applied.parent}/out is what config.yml gives now can't be told: node" in result.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--outputs", "{}/outputs.json", "--out", "x"], "--outputs takes the place of terraform in --out"),
        (["--outputs", "{}/outputs.json", "--check", "--wait"], "--check writes nothing"),
        (["--outputs", "{}/outputs.json", "--timeout", "5"], "--timeout goes with --wait"),
        (["--outputs", "{}/outputs.json", "--wait", "--timeout", "0"], "0.0 is not in the range x>=1"),
        (["--outputs", "{}/absent.json"], "absent.json' does not exist"),
    ],
)
def test_wrong_usage_is_refused(arguments: list[str], message: str, copy: Copy) -> None:
    directory = copy("minimal")
    command = ["inventory", str(directory), *(each.format(directory) for each in arguments)]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (directory / "inventory").exists()


def test_config_at_fault_stops_before_anything(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", ("type: t3.micro", "type: huge"))
    result = inventory(directory, fails=True)
    assert result.exit_code == 1
    assert "nothing was written" in result.stderr
    assert not (directory / "inventory").exists()


def local(directory: Path, port: int, key: Any) -> Path:
    """Outputs that put the machine on ``port`` of 127.0.0.1, with ``key`` among the cluster's host keys."""
    (directory / "hostkeys/ssh_host_ecdsa_key.pub").write_text(f"{public_text(key)} minimal\n")
    with (directory / "config.yml").open("a") as config:
        config.write(f"cluster_ssh_port: {port}\n")
    outputs = json.loads((directory / "outputs.json").read_text())
    outputs["instances"]["value"]["one"]["public_ip"] = "127.0.0.1"
    path = directory.parent / "local.json"
    path.write_text(json.dumps(outputs))
    return path


def test_wait_ends_when_the_host_answers_with_the_key_that_was_written(copy: Copy, inventory: Inventory) -> None:
    directory, key = copy("minimal"), new_key()
    with SshServer(key) as server:
        result = inventory(directory, "--wait", "--timeout", "30", outputs=local(directory, server.port, key))
    assert result.exit_code == 0
    assert re.search(r"^\d+ s one: ready$", result.stderr, re.MULTILINE)
    assert "ready" not in result.stdout


def test_wait_that_ends_in_vain_keeps_what_was_written(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    with SshServer(new_key()) as server:
        outputs = local(directory, server.port, new_key())
        result = inventory(directory, "--wait", "--timeout", "1", outputs=outputs, fails=True)
    with pytest.raises(TpaTfError, match="after 1 s these hosts are not ready:\n  one: answers with a host key that"):
        raise result.exception or AssertionError(result.output)
    assert (directory / "inventory/00-minimal").exists()


def test_bare_and_provision_only_hosts_are_not_waited_for(copy: Copy) -> None:
    from tpa_tf.clusters import load
    from tpa_tf.handover import run

    directory = copy("mixed-platforms")
    loaded = load(directory)
    assert loaded.checked
    handover = run.prepare(loaded, *loaded.checked, Path(), (directory / "outputs.json").read_bytes(), "v1")
    assert [(target.name, target.port) for target in run.targets(handover)] == [
        ("one-primary", 2222),
        ("two-replica", 2222),
        ("barman-1", 2222),
    ]
