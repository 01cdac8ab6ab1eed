"""The EC2 instances: names, tags, addresses and what else they are launched with (design D7 and D13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.cluster import addresses, images, network, ownership
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.disks import volumes
from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import DnsRecord, ElasticIp, Instance, Ownership, VolumeKind
from tpa_tf.cluster.tags import check_number, check_tag
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.known_keys import REFUSED_INSTANCE_KEYS, UNTRANSLATED_INSTANCE_KEYS
from tpa_tf.config.models import HostSpec, InstanceSpec
from tpa_tf.config.schema import shown, validate, without_faults
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.values import rule_of, text
from tpa_tf.limits.tpa import PLATFORMS
from tpa_tf.rules.addresses import (
    DUPLICATE_ELASTIC_IP,
    DUPLICATE_PRIVATE_IP,
    ELASTIC_IP_UNUSED,
    ELASTIC_IP_WITHOUT_GATEWAY,
    HALF_A_ZONE,
    PRIVATE_ZONE_UNASKED,
    PUBLIC_IN_PRIVATE,
)
from tpa_tf.rules.deployment import HOST_WITHOUT_ADDRESS, NOT_IN_INVENTORY
from tpa_tf.rules.instances import (
    DUPLICATE_NAME,
    DUPLICATE_NODE,
    INVALID_NAME,
    INVALID_PATTERN,
    NO_INSTANCE_NAME,
    OTHER_PLATFORM,
    UNKNOWN_PLATFORM,
)
from tpa_tf.rules.schema import NO_EFFECT, UNKNOWN_KEY

_NAME = r"^[a-z0-9][a-z0-9-]*[a-z0-9]$"  # platforms/validate.yml, where hostname_patterns doesn't say otherwise
_DNS_TTL = 60
_DEFAULT_USER = "admin"
_STAND_INS = {"node": 0, "region": "eu-west-1", "subnet": "10.0.0.0/16", "type": "t3.micro"}
"""For required values that are at fault, so that the rest of the instance can be checked."""
_PLACING = {"region", "subnet"}
HOST_ADDRESSES = ("ansible_host", "public_ip", "ip_address", "private_ip")
"""Keys that say where a host is which exists already."""
_MEANT = {"instance_type": "type", "ami": "image"}
"""Misspelt keys that stand for a required one, so that it is not reported missing as well."""


@dataclass(frozen=True)
class ReadInstances:
    """The aws instances of a config after the schema."""

    placed: tuple[AwsInstance, ...]
    """Those of which it is known where they are, sorted by node."""
    displaced: tuple[AwsInstance, ...]
    """Those of which it is not: only their disks and tags can be checked further."""
    complete: bool
    """Whether ``placed`` are all that the config has."""


def read_instances(merged: Sequence[MergedInstance], data: Mapping[str, Any], report: Report) -> ReadInstances:
    """The aws instances of ``merged``, after reporting what is at fault in those of any platform."""
    found: list[AwsInstance] = []
    names: dict[str, KeyPath] = {}
    nodes: dict[int, KeyPath] = {}
    complete = bool(merged)
    for each in merged:
        platform = _platform(each, report)
        spec: InstanceSpec | HostSpec | None
        unknown: frozenset[str] = frozenset()
        if platform == "aws":
            spec, unknown = _aws_spec(each, report)
            if "node" not in unknown:
                _check_named(each, spec, report)
            if spec is not None:
                found.append(AwsInstance(spec, each, unknown))
            complete = complete and spec is not None
        else:
            complete = complete and platform is not None
            spec = validate(HostSpec, dict(each.values), report, each.locate)
        # Names and nodes are told apart even where something else of an instance is at fault.
        host = spec or without_faults(HostSpec, each.values, {"node": 0})[0]
        if host is None:
            continue
        _check_name(host.Name, each, data, report)
        _check_unique("Name", host.Name, names, each, report)
        if spec and "node" not in unknown:
            _check_unique("node", host.node, nodes, each, report)
    placed = sorted((each for each in found if not each.unknown & _PLACING), key=lambda each: each.spec.node)
    displaced = tuple(each for each in found if each.unknown & _PLACING)
    return ReadInstances(tuple(placed), displaced, complete and not displaced)


def other_platform(data: Any) -> tuple[str, KeyPath] | None:
    """The platform that every instance of a config is on, if that is another one than aws, and where it says so."""
    instances = data.get("instances") if isinstance(data, dict) else None
    if not isinstance(instances, list) or not instances:
        return None
    by_default = data.get("instance_defaults")
    default = by_default.get("platform") if isinstance(by_default, dict) else None
    written = [each.get("platform", default) if isinstance(each, dict) else None for each in instances]
    others = [name for name in written if name in PLATFORMS and name != "aws"]
    if len(others) < len(written):
        return None
    first = instances[0]
    path: KeyPath = ("instances", 0, "platform") if "platform" in first else ("instance_defaults", "platform")
    return " and ".join(sorted(set(others))), path


def _platform(merged: MergedInstance, report: Report) -> str | None:
    """The instance's platform, or the one that is most likely meant; None after reporting that it is none of TPA's."""
    written = merged.values.get("platform")
    if written is None or written == "aws":
        return "aws"
    path = merged.locate(("platform",))
    try:
        name = text(written)
    except PydanticCustomError as error:
        report.add(rule_of(error), path, error.message(), f"write one of {', '.join(PLATFORMS)}")
        return None
    if name not in PLATFORMS:
        guess = suggestion(name.strip(), PLATFORMS)
        help = f"did you mean {guess}?" if guess else f"write one of {', '.join(PLATFORMS)}"
        report.add(UNKNOWN_PLATFORM, path, f"TPA has no platform {shown(name)}", help)
        return guess
    if name != "bare":
        message = f"tpa-tf inventory will refuse {merged.name}: only tpaexec provision creates instances on {name}"
        help = "make it bare, with its address, or give it a cluster of its own"
        report.add(NOT_IN_INVENTORY, path, message, help, cause=name)
        return name
    if not any(merged.values.get(key) for key in HOST_ADDRESSES):
        message = f"tpa-tf inventory will refuse {merged.name}: a bare instance needs an address"
        report.add(HOST_WITHOUT_ADDRESS, merged.path, message, "add public_ip, private_ip or ip_address", cause=())
    message = f"{merged.name} is on {name}, and nothing is created for it in AWS"
    report.add(
        OTHER_PLATFORM,
        path,
        message,
        "only instances on aws become Terraform; the others are in the inventory alone",
        cause=name,
    )
    return name


def _aws_spec(merged: MergedInstance, report: Report) -> tuple[InstanceSpec | None, frozenset[str]]:
    """An aws instance by the schema, and the required keys of it that are unknown."""
    values = dict(merged.values)
    for key, hint in REFUSED_INSTANCE_KEYS.items():
        if key in values:
            values.pop(key)
            report.add(UNKNOWN_KEY, merged.locate((key,)), f"unknown key {key!r}", hint, on_key=True)
            if key in _MEANT:
                values.setdefault(_MEANT[key], merged.values[key])
    for key in _of_its_own(values):
        values.pop(key, None)
    unclear = frozenset(key for key in _STAND_INS if merged.unclear and key not in values)
    values |= {key: _STAND_INS[key] for key in unclear}
    spec, faulty = validate(InstanceSpec, values, report, merged.locate), frozenset[str]()
    if spec is None:
        spec, faulty = without_faults(InstanceSpec, values, _STAND_INS, {"volumes": _no_volume})
    for key, reason in UNTRANSLATED_INSTANCE_KEYS.items():
        # A location's az describes its subnet and only passes through the instance.
        if key in values and not (key == "az" and merged.origins.get(key, ())[:1] == ("locations",)):
            path = merged.locate((key,))
            report.add(NO_EFFECT, path, f"{key} has no effect on an aws instance", reason, on_key=True)
    return spec, faulty | unclear


def _no_volume(volume: Any) -> dict[str, Any]:
    """What stands in for a faulty entry of volumes: one that makes no disk."""
    return {"device_name": str(volume["device_name"]), "volume_type": "none"}


def _of_its_own(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys that only export_as_vars gives a meaning: TPA's instances may have any, and makes variables of them."""
    exported = values.get("export_as_vars")
    named = exported if isinstance(exported, list) else []
    return tuple(key for key in named if isinstance(key, str) and key not in InstanceSpec.model_fields)


def _check_named(merged: MergedInstance, spec: InstanceSpec | None, report: Report) -> None:
    """Warn of an instance that is called by its number: with another number it is another instance."""
    if spec and "Name" not in merged.origins:
        report.add(
            NO_INSTANCE_NAME,
            merged.path,
            f"the instance has no Name, and is called {spec.Name} after its node number",
            f"write Name: {spec.Name}; with another node number, Terraform would replace the instance",
            cause=(),
        )


def _check_name(name: str, merged: MergedInstance, data: Mapping[str, Any], report: Report) -> None:
    patterns = data.get("hostname_patterns")
    pattern = patterns.get(merged.platform, _NAME) if isinstance(patterns, dict) else _NAME
    try:
        matches = re.match(str(pattern), name) is not None
    except (re.error, OverflowError, RecursionError) as error:
        report.add(
            INVALID_PATTERN,
            ("hostname_patterns", merged.platform),
            f"{shown(pattern)} is not a regular expression: {error}",
            f"write a pattern for names of instances, such as {_NAME}",
        )
        return
    if not matches:
        help = (
            "write two or more lower-case letters, digits and '-', or another pattern in hostname_patterns"
            if pattern == _NAME
            else f"write a name that matches {pattern}, which hostname_patterns has"
        )
        report.add(INVALID_NAME, merged.locate(("Name",)), f"{name!r} can't be the name of an instance", help)


def _check_unique(key: str, value: Any, seen: dict[Any, KeyPath], merged: MergedInstance, report: Report) -> None:
    path = merged.locate((key,))
    if value in seen:
        line = report.document.mark(seen[value]).line
        report.add(
            DUPLICATE_NODE if key == "node" else DUPLICATE_NAME,
            path,
            f"{key} {value} is taken: line {line} has it",
            f"give each instance a {'node number' if key == 'node' else key} of its own",
        )
    seen.setdefault(value, path)


def instances(context: Context) -> tuple[Instance, ...]:
    """Every aws instance, sorted by node."""
    _check_private_ips(context)
    _check_elastic_ips(context)
    return tuple(_instance(context, each) for each in context.instances)


def check_displaced(context: Context, instances: Iterable[AwsInstance]) -> None:
    """What can be said of instances of which it is not known where they are."""
    for instance in instances:
        volumes(context, instance, addresses.name(instance.spec.Name), {})
        _tags(context, instance)
        _ssh_user(context, instance)
        _associate_public_ip(context, instance)
        network.check_private_ip(context, instance)


def _instance(context: Context, instance: AwsInstance) -> Instance:
    spec = instance.spec
    address = addresses.name(spec.Name)
    tags = _tags(context, instance)
    # TPA tags volumes at launch as it tags the instance, and the cluster's tags once more over those.
    volume_tags = {**tags, **context.tags, "CreatingCluster": context.name}
    volume_tags.pop("Name")
    disks = volumes(context, instance, address, volume_tags)
    root = disks[0] if disks and disks[0].kind is VolumeKind.ROOT else None
    public = _associate_public_ip(context, instance)
    elastic_ip = _elastic_ip(context, instance)
    return Instance(
        address=address,
        name=spec.Name,
        node=spec.node,
        region=spec.region,
        subnet=network.subnet_address(spec.region, spec.subnet),
        instance_type=spec.type,
        ami=addresses.ami(spec.region, spec.image),
        image_id=spec.image,
        private_ip=spec.private_ip,
        associate_public_ip=public,
        termination_protection=spec.termination_protection,
        tags=tags,
        root=root,
        root_tags=volume_tags,
        label_prefix=f"{context.name}:{spec.node}",
        volumes=tuple(disk for disk in disks if disk.kind is not VolumeKind.ROOT),
        without_devices=images.without_devices(context, instance, root),
        elastic_ip=elastic_ip,
        dns_record=_dns_record(context, instance, private=not public and elastic_ip is None),
        ssh_user=_ssh_user(context, instance),
        role=spec.role,
        origin=instance.path("Name"),
    )


def _tags(context: Context, instance: AwsInstance) -> dict[str, str]:
    """cluster_tags, then the instance's own, then those by which TPA finds its hosts."""
    spec = instance.spec
    tags = {**context.tags, **spec.tags, "Cluster": context.name, "node": str(spec.node), "Name": spec.Name}
    for key, value in spec.tags.items():
        check_tag(context.report, key, value, instance.path("tags", key))
    # Volumes carry CreatingCluster and TPAAttachmentLabel besides, and those to be attached again a mark.
    added = 3 if any(volume.attach_existing for volume in spec.volumes) else 2
    check_number(context, tags, added, instance.path("tags") if spec.tags else ("cluster_tags",))
    return tags


def _associate_public_ip(context: Context, instance: AwsInstance) -> bool:
    wanted = instance.spec.assign_public_ip
    private = context.spec.ec2_instance_reachability == "private"
    if wanted and private:
        context.report.add(
            PUBLIC_IN_PRIVATE,
            instance.path("assign_public_ip"),
            "assign_public_ip is yes, and ec2_instance_reachability is private",
            "remove assign_public_ip, or set ec2_instance_reachability: public",
        )
    return not private if wanted is None else wanted


def _elastic_ip(context: Context, instance: AwsInstance) -> ElasticIp | None:
    spec = instance.spec
    if not spec.assign_elastic_ip:
        if spec.elastic_ip:
            context.report.add(
                ELASTIC_IP_UNUSED,
                instance.path("elastic_ip"),
                f"the Elastic IP {spec.elastic_ip} is not used: assign_elastic_ip is not yes",
                "add assign_elastic_ip: yes, or remove elastic_ip",
            )
        return None
    if not (network.has_gateway(context, spec.region) or ownership.gateway_is_there(context, spec.region)):
        context.report.add(
            ELASTIC_IP_WITHOUT_GATEWAY,
            instance.path("assign_elastic_ip"),
            f"an Elastic IP needs an internet gateway, and this config creates none in {spec.region}",
            "set ec2_instance_reachability: public, or ec2_vpc_igw for the region, unless the VPC has a gateway",
        )
    if spec.elastic_ip:
        answers = context.answers(spec.region)
        allocation = answers.elastic_ips[str(spec.elastic_ip)] if answers else None
        arn = context.arn(spec.region, f"elastic-ip/{allocation}") if allocation else None
        owner = answers.own_addresses.get(str(spec.elastic_ip)) if answers else None
        return ElasticIp(Ownership.EXISTING, spec.elastic_ip, {}, allocation, arn, owner)
    return ElasticIp(Ownership.MANAGED, None, context.made_by_us(Name=spec.Name))


def _dns_record(context: Context, instance: AwsInstance, private: bool) -> DnsRecord | None:
    spec = instance.spec
    if spec.route53_private_zone is not None and (context.record is None or not spec.route53_hosted_zone_id):
        context.report.add(
            PRIVATE_ZONE_UNASKED,
            instance.path("route53_private_zone"),
            "route53_private_zone has no effect: the record is in the zone of route53_hosted_zone_id, private or not",
            f"run {context.lookup_command} to compare the two",
            on_key=True,
        )
    if spec.route53_zone and spec.route53_hosted_zone_id:
        zone = spec.route53_zone.rstrip(".")
        return DnsRecord(spec.route53_hosted_zone_id, f"{spec.Name}.{zone}", _DNS_TTL, private)
    if spec.route53_zone or spec.route53_hosted_zone_id:
        given = "route53_zone" if spec.route53_zone else "route53_hosted_zone_id"
        other = "route53_hosted_zone_id" if spec.route53_zone else "route53_zone"
        if instance.merged.values.get(other):
            return None  # it is at fault, which is reported
        context.report.add(
            HALF_A_ZONE,
            instance.path(given),
            f"no DNS record is created: {other} is missing beside {given}",
            f"add {other}, or remove {given}",
        )
    return None


def _ssh_user(context: Context, instance: AwsInstance) -> str:
    user = instance.spec.vars.get("ansible_user", _DEFAULT_USER)
    try:
        return text(user)
    except PydanticCustomError as error:
        context.report.add(
            rule_of(error),
            instance.path("vars", "ansible_user"),
            error.message(),
            "write the name of the user that SSH logs in as: the first boot sets it up",
        )
        return _DEFAULT_USER


def _check_private_ips(context: Context) -> None:
    seen: dict[tuple[str, Any], AwsInstance] = {}
    for instance in context.instances:
        private_ip = instance.spec.private_ip
        if private_ip is None:
            continue
        first = seen.setdefault((instance.spec.region, private_ip), instance)
        if first is not instance:
            context.report.add(
                DUPLICATE_PRIVATE_IP,
                instance.path("private_ip"),
                f"{private_ip} is taken: line {context.line(first.path('private_ip'))} has it",
                "give each instance an address of its own, or remove private_ip to have AWS choose one",
            )


def _check_elastic_ips(context: Context) -> None:
    seen: dict[Any, AwsInstance] = {}
    for instance in context.instances:
        if not instance.spec.assign_elastic_ip or instance.spec.elastic_ip is None:
            continue
        first = seen.setdefault(instance.spec.elastic_ip, instance)
        if first is not instance:
            context.report.add(
                DUPLICATE_ELASTIC_IP,
                instance.path("elastic_ip"),
                f"the Elastic IP {instance.spec.elastic_ip} is taken: line "
                f"{context.line(first.path('elastic_ip'))} has it",
                "give each instance an Elastic IP of its own",
            )
