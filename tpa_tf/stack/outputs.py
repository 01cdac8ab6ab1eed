"""What a later step needs to know of the machines: the output ``instances``."""

from __future__ import annotations

from collections.abc import Mapping

from tpa_tf.cluster.model import Cluster
from tpa_tf.stack.emitter import Block, Expr, Stack


def add_outputs(
    stack: Stack, cluster: Cluster, machines: Mapping[str, Block], elastic_ips: Mapping[str, Block]
) -> None:
    """Add the output ``instances``: by instance name its id, node, region, zone, addresses and root device.

    ``machines`` and ``elastic_ips`` are by the address of the instance. ``public_ip`` is null where there is none.
    """
    value = {}
    for instance in cluster.instances:
        machine, elastic_ip = machines[instance.address], elastic_ips.get(instance.address)
        value[instance.name] = {
            "id": machine.attribute("id"),
            "node": instance.node,
            "region": instance.region,
            "availability_zone": machine.attribute("availability_zone"),
            "private_ip": machine.attribute("private_ip"),
            "public_ip": elastic_ip.attribute("public_ip") if elastic_ip else _public_ip(machine),
            "root_device_name": machine.attribute("root_block_device[0].device_name"),
        }
    stack.output("instances", value, "The cluster's machines by name, with their addresses")


def _public_ip(machine: Block) -> Expr:
    """EC2 says nothing for a machine without a public address, which the provider shows as an empty text."""
    return Expr(f'${{{machine.address}.public_ip != "" ? {machine.address}.public_ip : null}}')
