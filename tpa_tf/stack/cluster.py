"""A cluster as a CDKTF stack: settings and providers, then everything in it, region by region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, Ownership, Region
from tpa_tf.cluster.states import LOCAL_STATE
from tpa_tf.stack.account import Account
from tpa_tf.stack.bucket import add_bucket
from tpa_tf.stack.emitter import Block, Stack
from tpa_tf.stack.firewall import add_firewall
from tpa_tf.stack.identity import add_key_pair, add_profile, public_key
from tpa_tf.stack.machine import Boot, Place, add_image, add_machine
from tpa_tf.stack.moves import moves
from tpa_tf.stack.network import add_network
from tpa_tf.stack.outputs import add_outputs
from tpa_tf.stack.paths import ClusterFiles, beside, cluster_files, relative
from tpa_tf.stack.public_addresses import add_dns_record, add_elastic_ip, associate
from tpa_tf.stack.storage import add_keys, add_volumes

_OLDEST_TERRAFORM = ">= 1.5"


def add_cluster(app: Any, cluster: Cluster, directory: Path) -> None:
    """Add the stack of ``cluster``, the JSON of which will be in ``directory``, to the CDKTF app."""
    stack = Stack(app, cluster.name)
    files = _settings(stack, cluster, relative(cluster.directory, directory))
    places = {region.name: _place(stack, cluster, region, files) for region in cluster.regions if region.vpc}
    networks = {name: place.network for name, place in places.items()}
    elastic_ips = {
        instance.address: block
        for instance in cluster.instances
        if (block := add_elastic_ip(stack, instance, networks[instance.region]))
    }
    existing = [
        elastic_ips[instance.address]
        for instance in cluster.instances
        if instance.elastic_ip and instance.elastic_ip.ownership is Ownership.EXISTING
    ]
    account = Account(stack, cluster.home_region)
    bucket = add_bucket(stack, cluster, files, account)
    profile = add_profile(stack, cluster, account, bucket, networks, existing)
    boot = Boot(bucket, public_key(cluster, files), profile)
    keys = add_keys(stack, cluster)
    machines: dict[str, Block] = {}
    for instance in cluster.instances:
        place = places[instance.region]
        machine = add_machine(stack, cluster, instance, place, boot, keys)
        elastic_ip = elastic_ips.get(instance.address)
        subnet = place.network.subnets[instance.subnet]
        add_volumes(stack, instance, machine, subnet, keys, guard=not cluster.terraform.allow_destroy)
        if elastic_ip:
            associate(stack, instance, machine, elastic_ip, place.network)
        add_dns_record(stack, instance, machine, elastic_ip)
        machines[instance.address] = machine
    add_outputs(stack, cluster, machines, elastic_ips)
    stack.moved(moves(cluster))


def _settings(stack: Stack, cluster: Cluster, cluster_directory: str) -> ClusterFiles:
    """Backend, versions, a provider for each region, and the way to the cluster's files."""
    terraform = cluster.terraform
    required = terraform.required_version or _OLDEST_TERRAFORM
    if terraform.backend_type in (None, "local"):
        # In cdktf.out, which may be removed at any time, a state would be lost.
        written = {"path": LOCAL_STATE, **terraform.backend}
        paths = {name: beside(cluster_directory, str(path)) for name, path in written.items()}
        stack.settings("local", paths, required)
    else:
        assert terraform.backend_type
        stack.settings(terraform.backend_type, terraform.backend, required)
    for region in cluster.regions:
        stack.provider(region.name, addresses.region(region.name), terraform.provider)
    return cluster_files(stack, cluster_directory)


def _place(stack: Stack, cluster: Cluster, region: Region, files: ClusterFiles) -> Place:
    assert region.vpc and region.security_group
    network = add_network(stack, region, region.vpc)
    return Place(
        network=network,
        firewall=add_firewall(stack, region, region.vpc, region.security_group, network),
        images={ami.address: add_image(stack, region.name, ami) for ami in region.amis},
        key_name=add_key_pair(stack, cluster, region, files),
    )
