"""The Terraform names of everything (design D15): made from content, never from position, and frozen by a test.

A name here is the second part of a Terraform address: ``aws_instance.<name>``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network

CLUSTER = "cluster"
"""Name of what a cluster has once: bucket, role, profile, policy."""


def name(text: str) -> str:
    """``text`` as a Terraform name: letters, digits, ``_`` and ``-``, not starting with a digit or ``-``."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return safe if re.match(r"[A-Za-z_]", safe) else f"_{safe}"


def region(region_name: str) -> str:
    """``eu-west-1`` is ``eu_west_1``: also the alias of the region's provider."""
    return region_name.replace("-", "_")


def provider(region_name: str) -> str:
    """``aws.eu_west_1``: the provider of a region, as blocks name it."""
    return f"aws.{region(region_name)}"


def subnet(region_name: str, network: IPv4Network | str) -> str:
    """``eu_west_1_10_33_0_0_28`` for a network, ``eu_west_1_subnet-0abc`` for an id."""
    if isinstance(network, IPv4Network):
        return f"{region(region_name)}_{re.sub(r'[./]', '_', str(network))}"
    return name(f"{region(region_name)}_{network}")


def ami(region_name: str, image_id: str | None) -> str:
    """``eu_west_1`` for the cluster's AMI in a region, ``eu_west_1_ami-0abc`` for an image named by its id."""
    return name(f"{region(region_name)}_{image_id}") if image_id else region(region_name)


def rule(region_name: str, protocol: str, from_port: int | None, to_port: int | None, source: str) -> str:
    """``eu_west_1_tcp_22_0_0_0_0_0``: region, protocol, ports and source of an ingress rule."""
    protocol = "all" if protocol == "-1" else protocol
    if from_port is None:
        ports = ""
    elif from_port == to_port:
        ports = f"_{from_port}"
    else:
        ports = f"_{from_port}_{to_port}"
    return name(f"{region(region_name)}_{protocol}{ports}_{source}")


def group(region_name: str, group_name: str) -> str:
    """``eu_west_1_monitoring``: another security group of the VPC, which a rule names as its source."""
    return name(f"{region(region_name)}_{group_name}")


def volume(instance_address: str, device_name: str) -> str:
    """``first-node_sdf``: instance and device, without ``/dev/``."""
    return name(f"{instance_address}_{device_name.removeprefix('/dev/')}")


def disk(instance_names: Sequence[str], device_name: str) -> tuple[str, ...]:
    """The name of the volume at a device, for each of the names that its instance has or had."""
    return tuple(volume(name(instance_name), device_name) for instance_name in instance_names)
