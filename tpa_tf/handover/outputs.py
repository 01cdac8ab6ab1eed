"""Terraform's output ``instances``: the machines that are applied, and their addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform_command import ask

_OUTPUT = "instances"
_HOW = "write it with: terraform output -json > FILE"


@dataclass(frozen=True)
class Machine:
    """One machine as Terraform knows it."""

    node: int
    region: str
    private_ip: str
    public_ip: str | None
    root_device_name: str


def from_terraform(stack: Path) -> dict[str, Machine]:
    """The machines by name, as ``terraform output -json`` in the directory ``stack`` tells.

    TpaTfError if there is no such stack, terraform can't be run, or nothing is applied.
    """
    if not (stack / "cdk.tf.json").is_file():
        raise TpaTfError(f"{stack} holds no stack: run tpa-tf synth and terraform apply first (--out names the place)")
    instead = "bring what terraform output -json prints from where it runs, and give it with --outputs FILE"
    printed = ask(stack, "output", "-json", instead=instead)
    return parse(printed, f"terraform output in {stack}")


def parse(text: str | bytes, source: str) -> dict[str, Machine]:
    """The machines by name in ``text``, which ``terraform output -json`` printed; messages call it ``source``.

    TpaTfError if it is something else, if nothing is applied, or if a machine lacks what the inventory needs.
    """
    try:
        outputs = json.loads(text)
    except ValueError as error:
        raise TpaTfError(f"{source} is not JSON: {error}; {_HOW}") from error
    if not isinstance(outputs, dict):
        raise TpaTfError(f"{source} is not what terraform output -json prints; {_HOW}")
    if _OUTPUT not in outputs:
        if any(isinstance(each, dict) and "private_ip" in each for each in outputs.values()):
            raise TpaTfError(f"{source} is the output {_OUTPUT!r} alone, and all outputs are needed; {_HOW}")
        raise TpaTfError(f"{source} has no {_OUTPUT!r}: nothing is applied yet; run terraform apply first")
    output = outputs[_OUTPUT]
    value = output.get("value") if isinstance(output, dict) else None
    if not isinstance(value, dict):
        raise TpaTfError(f"{source}: {_OUTPUT!r} has no value by instance name; {_HOW}")
    return {name: _machine(name, each, source) for name, each in value.items()}


def check(cluster: Cluster, machines: Mapping[str, Machine]) -> None:
    """TpaTfError unless ``machines`` are the cluster's instances, in the same regions and with the same nodes."""
    wanted = {instance.name: instance for instance in cluster.instances}
    faults = [f"{name} is in the config and is not applied" for name in wanted if name not in machines]
    faults += [f"{name} is applied and is not in the config" for name in sorted(machines) if name not in wanted]
    for name, instance in wanted.items():
        machine = machines.get(name)
        for key in ("node", "region") if machine else ():
            is_applied, is_wanted = getattr(machine, key), getattr(instance, key)
            if is_applied != is_wanted:
                faults.append(f"{name} has the {key} {is_wanted} in the config, and {is_applied} in what is applied")
    if faults:
        raise TpaTfError(
            f"{cluster.name}: the config and Terraform's outputs disagree: {'; '.join(faults)}. "
            "Run tpa-tf synth and terraform apply, then this again"
        )


def _machine(name: str, value: Any, source: str) -> Machine:
    if not isinstance(value, dict):
        raise TpaTfError(f"{source}: {name} is not described; {_HOW}")
    node, region, device = value.get("node"), value.get("region"), value.get("root_device_name")
    if isinstance(node, bool) or not isinstance(node, int) or not isinstance(region, str):
        raise TpaTfError(f"{source}: {name} lacks its node or region: this stack is not tpa-tf's; {_HOW}")
    if not isinstance(device, str) or not device:
        raise TpaTfError(f"{source}: {name} lacks its root_device_name: run tpa-tf synth and terraform apply")
    private_ip = _address(name, "private_ip", value, source)
    if private_ip is None:
        raise TpaTfError(f"{source}: {name} has no private_ip: its terraform apply is not finished")
    return Machine(node, region, private_ip, _address(name, "public_ip", value, source), device)


def _address(name: str, key: str, value: Mapping[str, Any], source: str) -> str | None:
    found = value.get(key)
    if found is None or found == "":
        return None
    try:
        return str(ip_address(found if isinstance(found, str) else ""))
    except ValueError as error:
        raise TpaTfError(f"{source}: {name}: {key} {found!r} is not an address") from error
