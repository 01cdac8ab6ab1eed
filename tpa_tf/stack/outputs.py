"""What a later step needs to know of the instances: the output ``instances``."""

from __future__ import annotations

from collections.abc import Mapping

from tpa_tf.cluster.model import Cluster
from tpa_tf.stack.found import Thing
from tpa_tf.terraform.blocks import Output, Resource
from tpa_tf.terraform.expressions import Expr, Value, expr
from tpa_tf.terraform.stack import Stack


def add_outputs(
    stack: Stack, cluster: Cluster, instances: Mapping[str, Resource], elastic_ips: Mapping[str, Thing]
) -> None:
    """Add the output ``instances``: by instance name its id, node, region, zone, addresses and root device.

    ``instances`` and ``elastic_ips`` are by the address of the instance. ``public_ip`` is null where there is none.
    """
    value: dict[str, Value] = {}
    for instance in cluster.instances:
        made, elastic_ip = instances[instance.address], elastic_ips.get(instance.address)
        value[instance.name] = {
            "id": made.attribute("id"),
            "node": instance.node,
            "region": instance.region,
            "availability_zone": made.attribute("availability_zone"),
            "private_ip": made.attribute("private_ip"),
            "public_ip": elastic_ip.attribute("public_ip") if elastic_ip else _public_ip(made),
            "root_device_name": made.attribute("root_block_device[0].device_name"),
        }
    stack.add(Output("instances", value, "The cluster's instances by name, with their addresses"))


def _public_ip(instance: Resource) -> Expr:
    """EC2 says nothing for an instance without a public address, which the provider shows as an empty text."""
    address = instance.attribute("public_ip")
    return expr(address, ' != "" ? ', address, " : null")
