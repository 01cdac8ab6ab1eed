"""A cluster as a stack: settings and providers, then everything in it, region by region."""

from __future__ import annotations

from pathlib import Path

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, Region
from tpa_tf.cluster.states import LOCAL_STATE
from tpa_tf.limits.provider import SOURCE
from tpa_tf.stack.account import Account
from tpa_tf.stack.addresses import add_dns_record, add_elastic_ip, associate
from tpa_tf.stack.bucket import ClusterBucket, add_bucket
from tpa_tf.stack.files import ClusterFiles, beside, cluster_files, relative
from tpa_tf.stack.firewall import add_firewall
from tpa_tf.stack.forgotten import forgotten
from tpa_tf.stack.identity import add_key_pair, add_profile, public_key
from tpa_tf.stack.imports import imports
from tpa_tf.stack.instance import Boot, Place, add_image, add_instance
from tpa_tf.stack.moves import moves
from tpa_tf.stack.network import add_network
from tpa_tf.stack.outputs import Made, add_ids, add_outputs
from tpa_tf.stack.storage import add_keys, add_volumes
from tpa_tf.terraform.blocks import Provider, Resource, Settings
from tpa_tf.terraform.stack import Stack

_OLDEST_TERRAFORM = ">= 1.7"
"""The first one that can forget (``removed`` blocks)."""


def build(cluster: Cluster, directory: Path) -> Stack:
    """The stack of ``cluster``, the JSON of which will be in ``directory``.

    TpaTfError if there is no way from there to the cluster's files that JSON can hold.
    """
    cluster_directory = relative(cluster.directory, directory)
    stack = Stack(cluster.name, _settings(cluster, cluster_directory))
    for region in cluster.regions:
        alias = addresses.region(region.name)
        stack.add(Provider("aws", alias, {**cluster.terraform.provider, "region": region.name}, ("ec2_vpc",)))
    files = cluster_files(stack, cluster_directory)
    account = Account(stack, cluster.home_region)
    bucket = add_bucket(stack, cluster, files, account)
    places = {region.name: _place(stack, cluster, region, files, bucket) for region in cluster.regions if region.vpc}
    networks = {name: place.network for name, place in places.items()}
    elastic_ips = {
        instance.address: block
        for instance in cluster.instances
        if (block := add_elastic_ip(stack, instance, networks[instance.region]))
    }
    existing = [block for block in elastic_ips.values() if not isinstance(block, Resource)]
    profile = add_profile(stack, cluster, account, bucket, networks, existing)
    boot = Boot(bucket, public_key(cluster, files), profile)
    keys = add_keys(stack, cluster)
    made: dict[str, Made] = {}
    for instance in cluster.instances:
        place = places[instance.region]
        block = add_instance(stack, cluster, instance, place, boot, keys)
        subnet = place.network.subnets[instance.subnet]
        volume_ids = add_volumes(stack, cluster, instance, block, subnet, keys)
        elastic_ip = elastic_ips.get(instance.address)
        if elastic_ip:
            associate(stack, instance, block, elastic_ip, place.network)
        add_dns_record(stack, instance, block, elastic_ip)
        made[instance.address] = Made(block, elastic_ip, volume_ids)
    add_outputs(stack, cluster, made)
    add_ids(stack, cluster, places, made, bucket, profile)
    stack.imports = tuple(imports(stack, cluster))
    stack.moved = tuple(moves(cluster))
    stack.removed = tuple(gone for gone in forgotten(cluster, stack.moved) if gone.source not in stack.things)
    return stack


def _settings(cluster: Cluster, cluster_directory: str) -> Settings:
    """Backend and versions."""
    terraform = cluster.terraform
    backend, arguments = terraform.backend_type or "local", terraform.backend
    if backend == "local":
        # In cdktf.out, which may be removed at any time, a state would be lost.
        written = {"path": LOCAL_STATE, **arguments}
        arguments = {name: beside(cluster_directory, str(path)) for name, path in written.items()}
    versions = filter(None, (_OLDEST_TERRAFORM, terraform.required_version))
    provider = {"source": SOURCE, "version": terraform.provider_version.constraint}
    return Settings(backend, arguments, ", ".join(versions), {"aws": provider})


def _place(stack: Stack, cluster: Cluster, region: Region, files: ClusterFiles, bucket: ClusterBucket) -> Place:
    assert region.vpc and region.security_group
    network = add_network(stack, region, region.vpc)
    return Place(
        network=network,
        firewall=add_firewall(stack, region, region.vpc, region.security_group, network),
        images={ami.address: add_image(stack, region.name, ami) for ami in region.amis},
        key_name=add_key_pair(stack, cluster, region, files, bucket),
    )
