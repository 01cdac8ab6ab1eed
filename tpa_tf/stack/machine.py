"""Images and EC2 instances (design D6 and D7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster.model import Ami, Cluster, DiskKind, Instance
from tpa_tf.stack.bucket import ClusterBucket
from tpa_tf.stack.emitter import Block, Expr, Stack, quoted, template
from tpa_tf.stack.firewall import Firewall
from tpa_tf.stack.identity import InstanceProfile
from tpa_tf.stack.network import Network, filter_blocks
from tpa_tf.stack.storage import KeyArns, disk_tags, encryption, label
from tpa_tf.user_data import measure_user_data, render_user_data

# Each of these would have Terraform replace a running database server, though nothing in its place would be better:
# what it was launched from and with, and what AWS reports of it in its own way later on (an Elastic IP, a stop).
_NEVER_REPLACED_FOR = (
    "ami",
    "user_data",
    "user_data_base64",
    "key_name",
    "associate_public_ip_address",
    "ephemeral_block_device",
    "root_block_device[0].encrypted",
    "root_block_device[0].kms_key_id",
)


@dataclass(frozen=True)
class Image:
    """An image: literal where a record has it, else expressions of its lookup."""

    id: str
    root_device_name: str


@dataclass(frozen=True)
class Place:
    """What the machines of a region share."""

    network: Network
    firewall: Firewall
    images: Mapping[str, Image]
    key_name: str | None


@dataclass(frozen=True)
class Boot:
    """What the first boot of a machine needs of the rest of the cluster."""

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
        region,
        owners=ami.owners or None,
        filter=filter_blocks(tuple(sorted(filters.items()))),
        # One image, named: that its owner has deprecated it must not fail the plans of machines that run on it.
        include_deprecated=True if exact else None,
    )
    return Image(found.attribute("id"), found.attribute("root_device_name"))


def add_machine(stack: Stack, cluster: Cluster, instance: Instance, place: Place, boot: Boot, keys: KeyArns) -> Block:
    """Make the instance, with its root volume and its instance store."""
    image = place.images[instance.ami]
    firewall = place.firewall
    conditions = _root_conditions(instance, keys)
    guarded = instance.termination_protection and not cluster.terraform.allow_destroy
    return stack.resource(
        "aws_instance",
        instance.address,
        instance.region,
        ami=image.id,
        instance_type=instance.instance_type,
        subnet_id=place.network.subnets[instance.subnet].attribute("id"),
        vpc_security_group_ids=firewall.group_ids or None,
        overrides={"vpc_security_group_ids": firewall.all_group_ids} if firewall.all_group_ids else {},
        key_name=place.key_name,
        iam_instance_profile=boot.profile.name if boot.profile else None,
        private_ip=str(instance.private_ip) if instance.private_ip else None,
        associate_public_ip_address=instance.associate_public_ip,
        disable_api_termination=guarded,
        metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
        root_block_device=_root(instance, image, keys),
        ephemeral_block_device=_instance_store(instance),
        **_user_data(cluster, instance, boot),
        tags=instance.tags,
        lifecycle={
            # The provider (5.x) takes EC2's protection away by itself, to terminate what it was told to protect.
            "prevent_destroy": guarded or None,
            "ignore_changes": _NEVER_REPLACED_FOR,
            "postcondition": conditions or None,
        },
        depends_on=_before(place, boot),
    )


def _root(instance: Instance, image: Image, keys: KeyArns) -> dict[str, Any]:
    tags = disk_tags(instance.root_tags, label(instance, image.root_device_name))
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


def _root_conditions(instance: Instance, keys: KeyArns) -> list[dict[str, Any]]:
    root = instance.root
    if root is None:
        return []
    remedy = (
        "Set the config back; or replace the machine when the cluster can do without it (its other disks stay): "
        f"terraform apply -replace=aws_instance.{instance.address}"
    )
    key_arn = keys[instance.region, root.kms_key_id] if root.kms_key_id else None
    return encryption(f"root of {instance.name}", "self.root_block_device[0]", root, key_arn, remedy)


def _instance_store(instance: Instance) -> list[dict[str, Any]] | None:
    return [
        {"device_name": volume.device_name, "virtual_name": volume.virtual_name}
        for volume in instance.volumes
        if volume.kind is DiskKind.EPHEMERAL
    ] or None


def _user_data(cluster: Cluster, instance: Instance, boot: Boot) -> dict[str, Expr]:
    """The first-boot script, in which only what stands in for bucket and key is evaluated, the shell's ``${…}`` not.

    Where the text is more than EC2 takes, Terraform compresses it when it knows bucket and key.
    """
    settings = cluster.user_data
    own = (settings.pre_user_data, settings.extra_user_data, settings.user_locale, *settings.environment.values())
    written = "\n".join(filter(None, own))
    bucket, region, key = (_stand_in(name, written) for name in ("bucket", "region", "key"))
    script = render_user_data(cluster, instance, bucket=bucket, bucket_region=region, authorized_key=key)
    values = {bucket: boot.bucket.name, region: boot.bucket.region, key: boot.public_key}
    parts = [values.get(part, part) for part in re.split(f"({'|'.join(values)})", script)]
    if not measure_user_data(cluster, instance).is_compressed:
        return {"user_data": template(*parts)}
    arguments = ", ".join(f'"{part}"' if isinstance(part, Expr) else _argument(part) for part in parts)
    return {"user_data_base64": Expr(f'${{base64gzip(join("", [{arguments}]))}}')}


def _argument(text: str) -> str:
    """Literal ``text`` within an expression; of JSON's escapes, Terraform's strings lack two."""
    missing = {"\\b": "\\u0008", "\\f": "\\u000c"}
    return re.sub(r"\\.", lambda escape: missing.get(escape[0], escape[0]), quoted(text))


def _stand_in(name: str, written: str) -> str:
    """A word that is not in the user's own text."""
    word = f"@{name}@"
    while word in written:
        word = f"@{word}@"
    return word


def _before(place: Place, boot: Boot) -> Iterable[Block]:
    """What must be there before the first boot: a way out, and what the script fetches with the right to fetch it."""
    grants = boot.profile.grants if boot.profile else ()
    return (*place.network.routes, *place.firewall.egress, *grants, *boot.bucket.objects)
