"""Terraform's outputs: what is taken, and what is refused with which words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.handover.conftest import Copy, Inventory, tree
from tpa_tf.errors import TpaTfError
from tpa_tf.handover.outputs import Machine, from_terraform, parse

ONE = {
    "id": "i-1",
    "node": 1,
    "region": "eu-west-1",
    "availability_zone": "eu-west-1a",
    "private_ip": "10.0.0.1",
    "public_ip": "192.0.2.1",
    "root_device_name": "/dev/xvda",
}


def printed(**changes: Any) -> str:
    return json.dumps({"instances": {"sensitive": False, "value": {"one": {**ONE, **changes}}}})


def test_machine_has_what_terraform_says() -> None:
    assert parse(printed(), "x") == {"one": Machine(1, "eu-west-1", "10.0.0.1", "192.0.2.1", "/dev/xvda")}


@pytest.mark.parametrize("none", [None, ""])
def test_absent_public_address_is_none(none: str | None) -> None:
    assert parse(printed(public_ip=none), "x")["one"].public_ip is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x is not JSON"),
        ("instances = {}", "x is not JSON: .*terraform output -json > FILE"),
        ("[]", "x is not what terraform output -json prints"),
        ("{}", "x has no 'instances': nothing is applied yet; run terraform apply first"),
        (json.dumps({"other": {"value": 1}}), "nothing is applied yet"),
        (json.dumps({"one": ONE}), "x is the output 'instances' alone, and all outputs are needed"),
        (json.dumps({"instances": {"value": ["one"]}}), "x: 'instances' has no value by instance name"),
        (json.dumps({"instances": None}), "x: 'instances' has no value by instance name"),
        (json.dumps({"instances": {"value": {"one": "192.0.2.1"}}}), "one is not described"),
        (printed(node="1"), "one lacks its node or region"),
        (printed(node=True), "one lacks its node or region"),
        (printed(region=None), "one lacks its node or region"),
        (printed(root_device_name=None), "one lacks its root_device_name"),
        (printed(root_device_name=""), "one lacks its root_device_name"),
        (printed(private_ip=None), "one has no private_ip"),
        (printed(private_ip=""), "one has no private_ip"),
        (printed(private_ip=7), "one: private_ip 7 is not an address"),
        (printed(public_ip="-oProxyCommand=x"), "one: public_ip '-oProxyCommand=x' is not an address"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(TpaTfError, match=message):
        parse(text, "x")


def edited(directory: Path, edit: Any) -> Path:
    """outputs.json after ``edit`` of its machines."""
    outputs = json.loads((directory / "outputs.json").read_text())
    edit(outputs["instances"]["value"])
    path = directory.parent / "edited.json"
    path.write_text(json.dumps(outputs))
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda m: m.pop("two-replica"), "two-replica is in the config and is not applied"),
        (lambda m: m.update(ghost=m["bastion"]), "ghost is applied and is not in the config"),
        (lambda m: m["bastion"].update(node=9), "bastion has the node 4 in the config, and 9 in what is applied"),
        (
            lambda m: m["bastion"].update(region="eu-west-1"),
            "bastion has the region eu-west-3 in the config, and eu-west-1 in what is applied",
        ),
        (lambda m: m.clear(), "one-primary is in the config .*; bastion is in the config and is not applied"),
        (lambda m: m["bastion"].update(public_ip=None), "bastion should have a public address"),
        (lambda m: m["two-replica"].update(public_ip=""), "two-replica should have a public address"),
    ],
)
def test_disagreement_with_the_config_is_refused_and_writes_nothing(
    edit: Any, message: str, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("mixed-platforms")
    before = tree(directory)
    result = inventory(directory, outputs=edited(directory, edit), fails=True)
    with pytest.raises(TpaTfError, match=message):
        raise result.exception or AssertionError(result.output)
    assert tree(directory) == before


def test_private_address_is_used_where_the_config_wants_no_public_one(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", ("    type: t3.micro\n", "    type: t3.micro\n    assign_public_ip: no\n"))
    inventory(directory, outputs=edited(directory, lambda m: m["one"].update(public_ip=None)))
    assert "one ansible_host=10.200.0.10 " in (directory / "inventory/00-minimal").read_text()


def test_public_address_is_used_where_the_machine_has_one_all_the_same(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", ("    type: t3.micro\n", "    type: t3.micro\n    assign_public_ip: no\n"))
    inventory(directory)
    assert "one ansible_host=54.214.182.46 " in (directory / "inventory/00-minimal").read_text()


def stack(tmp_path: Path, script: str, name: str = "terraform") -> Path:
    """A stack directory, and a program called ``name`` in ``tmp_path / "bin"`` that does what ``script`` says."""
    directory = tmp_path / "out" / "stacks" / "minimal"
    directory.mkdir(parents=True)
    (directory / "cdk.tf.json").write_text("{}")
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return directory


def test_terraform_is_asked_in_the_stack_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer.json").write_text(printed())
    directory = stack(tmp_path, f'echo "$@" > {tmp_path}/asked; cat {tmp_path}/answer.json')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert set(from_terraform(directory)) == {"one"}
    assert (tmp_path / "asked").read_text() == f"-chdir={directory} output -json -no-color\n"


def test_other_terraform_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer.json").write_text(printed())
    directory = stack(tmp_path, f"cat {tmp_path}/answer.json", name="tofu")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "tofu")
    assert set(from_terraform(directory)) == {"one"}


BOX = """
╷
│ Error: Backend initialization required, please run "terraform init"
│
│ Reason: Initial configuration of the requested backend "s3"
│
│ The "backend" is the interface that Terraform uses to store state,
│ perform operations, etc.
╵
"""


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (BOX, "Error: Backend .* / Reason: Initial .* / The .* to store state,$"),
        ("Warning: old\n\nError: no\n", "Error: no$"),
        ("some complaint\n", "some complaint$"),
        ("", "nothing$"),
    ],
)
def test_terraform_s_own_complaint_is_passed_on_in_short_after_the_hint(
    printed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "complaint").write_text(printed)
    directory = stack(tmp_path, f"cat {tmp_path}/complaint >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(TpaTfError, match=f"new, run terraform -chdir={directory} init. It says: {said}"):
        from_terraform(directory)


def test_without_terraform_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = stack(tmp_path, "exit 0", name="other")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(TpaTfError, match=r"terraform is not on the PATH: .*--outputs FILE"):
        from_terraform(directory)


def test_without_a_stack_synth_is_named(tmp_path: Path) -> None:
    with pytest.raises(TpaTfError, match="holds no stack: run tpa-tf synth and terraform apply first"):
        from_terraform(tmp_path)
