"""From a cluster to its picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tpa_tf.cluster import addresses, model
from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster, Filters, Ownership, VolumeKind
from tpa_tf.config.document import TaggedValue
from tpa_tf.config.values import normalised_name
from tpa_tf.pictures.picture import Instance, Picture, Region, Subnet, Thing, Volume
from tpa_tf.terraform.expressions import Address

_BUCKET_PARTS = ("_server_side_encryption_configuration", "_ownership_controls", "_policy", "_public_access_block")
# IOPS and MiB/s that every gp3 volume has: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
_GP3_BASELINE = (3000, 125)
_HOST_ADDRESSES = ("ansible_host", "public_ip", "ip_address", "private_ip")


def draw(cluster: Cluster, merged: Iterable[MergedInstance]) -> Picture:
    """The picture of ``cluster``; ``merged`` are the instances of every platform, as their config has them."""
    merged = tuple(merged)
    values = {each.name: each for each in merged}
    regions = tuple(region for region in cluster.regions if region.vpc)
    instances = [
        *(_instance(instance, values[instance.name]) for instance in cluster.instances),
        *(_host(each) for each in merged if each.platform != "aws"),
    ]
    return Picture(
        name=cluster.name,
        things=tuple(_cluster_things(cluster)),
        regions=tuple(Region(region.name, tuple(_region_things(region))) for region in regions),
        subnets=tuple(_subnet(region.name, subnet) for region in regions for subnet in _in_order(region.subnets)),
        instances=tuple(sorted(instances, key=lambda instance: instance.node)),
    )


def _cluster_things(cluster: Cluster) -> Iterator[Thing]:
    bucket, profile, name = cluster.bucket, cluster.profile, addresses.CLUSTER
    existing = bucket.ownership is Ownership.EXISTING
    parts = tuple(f"aws_s3_bucket{part}.{name}" for part in _BUCKET_PARTS)
    text = bucket.name_in("<account id>")
    where = f" in {bucket.region}" if bucket.region_is_known else ""
    yield Thing("bucket", f"{text}{where}", existing, (*_places("aws_s3_bucket", name), *parts))
    if profile:
        existing = profile.ownership is Ownership.EXISTING
        parts = (f"aws_iam_role.{name}", f"aws_iam_role_policy.{name}")
        yield Thing("instance profile", profile.name, existing, (*_places("aws_iam_instance_profile", name), *parts))


def _region_things(region: model.Region) -> Iterator[Thing]:
    name, vpc, group, gateway = (
        addresses.region(region.name),
        region.vpc,
        region.security_group,
        region.internet_gateway,
    )
    if vpc:
        existing = vpc.ownership is Ownership.EXISTING
        known = (vpc.name or vpc.tags.get("Name"), vpc.vpc_id, str(vpc.cidr) if vpc.cidr else None)
        yield Thing("VPC", _known(known, vpc.filters), existing, _places("aws_vpc", name))
    if gateway:
        existing = gateway.ownership is Ownership.EXISTING
        places = _places("aws_internet_gateway", name)
        yield Thing("internet gateway", gateway.gateway_id or "", existing, places)
    if region.route_table:
        associations = (f"aws_route_table_association.{subnet}" for subnet in region.route_table.subnets)
        parts = (f"aws_route.{name}_default", *associations)
        yield Thing("route table", "", False, (f"aws_route_table.{name}", *parts))
    if group:
        existing = group.ownership is Ownership.EXISTING
        places = (f"aws_security_group.{name}", f"data.aws_security_groups.{name}")
        rules = tuple(f"aws_vpc_security_group_ingress_rule.{rule.address}" for rule in group.rules)
        egress = f"aws_vpc_security_group_egress_rule.{name}_all"
        text = _known((group.name or None, *group.group_ids), group.filters)
        yield Thing("security group", text, existing, (*places, egress, *rules))
    if region.key_pair:
        existing = region.key_pair.ownership is Ownership.EXISTING
        yield Thing("key pair", region.key_pair.name, existing, (f"aws_key_pair.{name}",))


def _in_order(subnets: Iterable[model.Subnet]) -> list[model.Subnet]:
    def order(subnet: model.Subnet) -> tuple[bool, str, bool, int, str]:
        zone, cidr = subnet.availability_zone, subnet.cidr
        return zone is None, zone or "", cidr is None, int(cidr.network_address) if cidr else 0, subnet.address

    return sorted(subnets, key=order)


def _subnet(region_name: str, subnet: model.Subnet) -> Subnet:
    existing = subnet.ownership is Ownership.EXISTING
    text = " ".join(filter(None, (str(subnet.cidr) if subnet.cidr else None, subnet.subnet_id)))
    places = _places("aws_subnet", subnet.address)
    return Subnet(subnet.address, region_name, subnet.availability_zone, text, existing, places)


def _instance(instance: model.Instance, merged: MergedInstance) -> Instance:
    eip = instance.elastic_ip
    types = ("aws_instance", "aws_eip", "data.aws_eip", "aws_eip_association", "aws_route53_record")
    disks = ((instance.root,) if instance.root else ()) + instance.volumes
    ips = []
    if instance.private_ip:
        ips.append(str(instance.private_ip))
    if eip:
        text = f"Elastic IP {eip.public_ip}" if eip.public_ip else "Elastic IP"
        ips.append(f"{text} (existing)" if eip.ownership is Ownership.EXISTING else text)
    elif instance.associate_public_ip:
        ips.append("public address")
    if not ips:
        ips.append("private address")
    if instance.dns_record:
        ips.append(instance.dns_record.name)
    return Instance(
        name=instance.name,
        node=instance.node,
        subnet=instance.subnet,
        roles=_roles(instance.role),
        kind=instance.instance_type,
        ips=tuple(ips),
        volumes=tuple(_volume(disk) for disk in disks),
        upstream=_other(merged, "upstream"),
        backup=_other(merged, "backup"),
        addresses=tuple(f"{type_}.{instance.address}" for type_ in types),
    )


def _volume(disk: model.Volume) -> Volume:
    if disk.kind is VolumeKind.EPHEMERAL:
        kind = f"instance store {disk.virtual_name}"
    else:
        size = f"{disk.size} GiB" if disk.size is not None else None
        kind = " ".join(filter(None, (size, disk.volume_type))) or disk.volume_id or "as the image has it"
    usual = _GP3_BASELINE if disk.volume_type == "gp3" else (None, None)
    details = (
        f"at {disk.mount}" if disk.mount else None,
        f"{disk.iops} IOPS" if disk.iops not in (None, usual[0]) else None,
        f"{disk.throughput} MiB/s" if disk.throughput not in (None, usual[1]) else None,
        "encrypted" if disk.encrypted else None,
        "kept" if disk.keep else None,
    )
    ours = disk.kind is VolumeKind.EBS
    types = ("aws_ebs_volume", "aws_volume_attachment") if ours else ()
    return Volume(
        device=disk.device_name,
        kind=kind,
        use=disk.volume_for,
        details=tuple(filter(None, details)),
        existing=disk.volume_id is not None,
        addresses=tuple(f"{type_}.{disk.address}" for type_ in types),
    )


def _host(merged: MergedInstance) -> Instance:
    known = (_text(merged.values.get(key)) for key in _HOST_ADDRESSES)
    return Instance(
        name=merged.name,
        node=int(merged.values["node"]),
        subnet=None,
        roles=_roles(merged.roles),
        kind=merged.platform,
        ips=tuple(dict.fromkeys(filter(None, known))),
        volumes=(),
        upstream=_other(merged, "upstream"),
        backup=_other(merged, "backup"),
        addresses=(),
    )


def _roles(roles: Iterable[str]) -> tuple[str, ...]:
    """``roles`` without ``postgres`` where that follows from another one, as TPA adds it."""
    roles = tuple(roles)
    implied = {"primary", "replica"} & set(roles)
    return tuple(role for role in roles if not (implied and role == "postgres"))


def _other(merged: MergedInstance, key: str) -> str | None:
    """The instance that ``merged`` names under ``key``, by its normalised name; None where it names none."""
    name = _text(merged.values.get(key))
    return normalised_name(name) if name else None


def _text(value: Any) -> str | None:
    """Plain text; None for anything else, such as what only Ansible's vault can read."""
    return value if isinstance(value, str) and value and not isinstance(value, TaggedValue) else None


def _places(type_: str, name: str) -> tuple[Address, ...]:
    """Where Terraform has a thing that it manages, and where it looks one up."""
    return f"{type_}.{name}", f"data.{type_}.{name}"


def _known(known: Iterable[str | None], filters: Filters) -> str:
    """What is known of a thing; else by which filters it is found."""
    return " ".join(filter(None, known)) or ", ".join(f"{name}: {' '.join(values)}" for name, values in filters)
