"""Images and EC2 instances (design D6 and D7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import Ami, Cluster, Instance, VolumeKind
from tpa_tf.stack.bucket import ClusterBucket
from tpa_tf.stack.firewall import Firewall
from tpa_tf.stack.identity import InstanceProfile
from tpa_tf.stack.network import Network, filter_blocks
from tpa_tf.stack.storage import KeyArns, encryption, label, volume_tags
from tpa_tf.terraform.blocks import Guard, Lifecycle, Resource
from tpa_tf.terraform.expressions import Deferred, Expr, Text, Value, expr, quoted, template
from tpa_tf.terraform.stack import Stack
from tpa_tf.user_data import is_surely_plain, measure_user_data, render_user_data

# Each of these would have Terraform replace a running database server, though nothing in its place would be better:
# what it was launched from and with, and what AWS reports of it in its own way later on (an Elastic IP, a stop).
_NEVER_REPLACED_FOR = (
    "ami",
    "user_data",
    "user_data_base64",
    "key_name",
    "associate_public_ip_address",
    "ephemeral_block_device",
    "root_block_device.encrypted",
    "root_block_device.kms_key_id",
)


@dataclass(frozen=True)
class Image:
    """An image: literal where a record has it, else expressions of its lookup."""

    id: Text
    root_device_name: Text


@dataclass(frozen=True)
class Place:
    """What the instances of a region share."""

    network: Network
    firewall: Firewall
    images: Mapping[str, Image]
    key_name: Text | None


@dataclass(frozen=True)
class Boot:
    """What the first boot of an instance needs of the rest of the cluster."""

    bucket: ClusterBucket
    public_key: Expr
    profile: InstanceProfile | None


def add_image(stack: Stack, region: str, ami: Ami) -> Image:
    """The image as it is recorded; else it is looked up, and there must be exactly one."""
    if ami.image_id and ami.root_device_name:
        return Image(ami.image_id, ami.root_device_name)
    if ami.image_id:
        filters: dict[str, tuple[str, ...]] = {"image-id": (ami.image_id,)}
    else:
        filters = {**dict(ami.filters), **({"name": (ami.name,)} if ami.name else {})}
    exact = ami.image_id or (ami.name and not set(ami.name) & set("*?"))
    found = stack.data(
        "aws_ami",
        ami.address,
        provider(region),
        owners=ami.owners or None,
        filter=filter_blocks(tuple(sorted(filters.items()))),
        # One image, named: that its owner has deprecated it must not fail the plans of instances that run on it.
        include_deprecated=True if exact else None,
    )
    return Image(found.attribute("id"), found.attribute("root_device_name"))


def add_instance(
    stack: Stack, cluster: Cluster, instance: Instance, place: Place, boot: Boot, keys: KeyArns
) -> Resource:
    """Make the instance, with its root volume and its instance store."""
    image = place.images[instance.ami]
    guarded = instance.termination_protection and not cluster.terraform.allow_destroy
    return stack.resource(
        "aws_instance",
        instance.address,
        provider(instance.region),
        ami=image.id,
        instance_type=instance.instance_type,
        subnet_id=place.network.subnets[instance.subnet].attribute("id"),
        vpc_security_group_ids=place.firewall.group_ids,
        key_name=place.key_name,
        iam_instance_profile=boot.profile.name if boot.profile else None,
        private_ip=str(instance.private_ip) if instance.private_ip else None,
        associate_public_ip_address=instance.associate_public_ip,
        disable_api_termination=guarded,
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "optional" if cluster.terraform.metadata_optional else "required",
            "http_put_response_hop_limit": 1,
        },
        root_block_device=_root(cluster, instance, image, keys),
        ephemeral_block_device=_instance_store(instance),
        **_user_data(cluster, instance, boot),
        tags=instance.tags,
        lifecycle=Lifecycle(
            ignored=_NEVER_REPLACED_FOR,
            # The provider, before 6.8, takes EC2's protection away by itself, to terminate what it was told to protect.
            prevent_destroy=guarded,
            guards=_root_guards(instance, keys),
        ),
        depends_on=_before(place, boot),
        origin=instance.origin,
        named=f"the instance {instance.name}",
    )


def _root(cluster: Cluster, instance: Instance, image: Image, keys: KeyArns) -> Value:
    # The provider gives its own tags to a root volume when that is created, and doesn't change them later on.
    own = {**cluster.terraform.default_tags, **instance.root_tags}
    tags = volume_tags(own, label(instance, image.root_device_name))
    root = instance.root
    if root is None:
        return {"tags": tags}
    return {
        "volume_type": root.volume_type,
        "volume_size": root.size,
        "iops": root.iops,
        "throughput": root.throughput,
        "encrypted": root.encrypted or None,
        "kms_key_id": keys[instance.region, root.kms_key_id] if root.kms_key_id else None,
        "delete_on_termination": root.delete_on_termination,
        "tags": tags,
    }


def _root_guards(instance: Instance, keys: KeyArns) -> tuple[Guard, ...]:
    root = instance.root
    if root is None:
        return ()
    remedy = (
        "Set the config back; or replace the instance when the cluster can do without it (its other volumes stay): "
        f"terraform apply -replace=aws_instance.{instance.address}"
    )
    key_arn = keys[instance.region, root.kms_key_id] if root.kms_key_id else None
    return tuple(encryption(f"root of {instance.name}", root, key_arn, remedy, within="root_block_device."))


def _instance_store(instance: Instance) -> list[Value] | None:
    """The instance store that the config names, and what the image has that it is to be without."""
    store: list[Value] = [
        {"device_name": volume.device_name, "virtual_name": volume.virtual_name}
        for volume in instance.volumes
        if volume.kind is VolumeKind.EPHEMERAL
    ]
    named = {volume.device_name for volume in instance.volumes if volume.kind is VolumeKind.EPHEMERAL}
    without: list[Value] = [
        {"device_name": device, "no_device": True} for device in instance.without_devices if device not in named
    ]
    return [*store, *without] or None


def _user_data(cluster: Cluster, instance: Instance, boot: Boot) -> dict[str, Any]:
    """The first-boot script, in which only what stands in for bucket and key is evaluated, the shell's ``${…}`` not.

    Where the text is more than EC2 takes, Terraform compresses it when it knows bucket and key.
    """
    if not is_surely_plain(cluster) and measure_user_data(cluster, instance).is_compressed:
        return {
            "user_data_base64": Deferred(lambda: expr("base64gzip(", quoted(_script(cluster, instance, boot)), ")"))
        }
    return {"user_data": Deferred(lambda: _script(cluster, instance, boot))}


def _script(cluster: Cluster, instance: Instance, boot: Boot) -> Text:
    settings = cluster.user_data
    own = (settings.pre_user_data, settings.extra_user_data, settings.user_locale, *settings.environment.values())
    written = "\n".join(filter(None, own))
    bucket, region, key = (_stand_in(name, written) for name in ("bucket", "region", "key"))
    script = render_user_data(cluster, instance, bucket=bucket, bucket_region=region, authorized_key=key)
    values: Mapping[str, Text] = {bucket: boot.bucket.name, region: boot.bucket.region, key: boot.public_key}
    return template(*(values.get(part, part) for part in re.split(f"({'|'.join(values)})", script)))


def _stand_in(name: str, written: str) -> str:
    """A word that is not in the user's own text."""
    word = f"@{name}@"
    while word in written:
        word = f"@{word}@"
    return word


def _before(place: Place, boot: Boot) -> Iterable[Resource]:
    """What must be there before the first boot: a way out, and what the script fetches with the right to fetch it."""
    grants = boot.profile.grants if boot.profile else ()
    return (*place.network.routes, *place.firewall.egress, *grants, *boot.bucket.objects)
