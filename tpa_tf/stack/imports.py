"""What was adopted comes into the state at the address of the resource that describes it."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.cluster.model import Cluster
from tpa_tf.terraform.blocks import Import, Resource
from tpa_tf.terraform.stack import Stack


def imports(stack: Stack, cluster: Cluster) -> Iterator[Import]:
    """The imports of the cluster's adoption, sorted by address; what the state has already, Terraform leaves alone."""
    for address, id in sorted(cluster.imports.items()):
        block = stack.things.get(address)
        if isinstance(block, Resource):
            yield Import(address, id, block.provider)
