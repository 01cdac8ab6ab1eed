"""What a config asks of AWS: the questions of a lookup, and whether a record still answers those of its config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tpa_tf.cluster import addresses, names
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.config.document import KeyPath
from tpa_tf.config.models import VpcSpec
from tpa_tf.config.values import FilterValues
from tpa_tf.facts.questions import RECORD_NAME, Asked, AskedDisk, AskedImage, AskedRegion
from tpa_tf.facts.shapes import FilterMap
from tpa_tf.rules.lookup import STALE_LOOKUP

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.record import Record, RegionRecord

_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/.+")


def asked(context: Context) -> Asked:
    """The questions of a config without faults."""
    spec = context.spec
    return Asked(
        cluster=context.name,
        bucket=names.bucket_name(spec),
        bucket_region=context.home_region,
        instance_profile=names.profile_name(spec),
        instance_profile_can_be_made=not spec.instance_profile_name,
        hosted_zones=tuple(sorted({zone for each in context.instances if (zone := hosted_zone(each))})),
        regions={name: _region(context, name) for name in context.region_names()},
    )


def _region(context: Context, region_name: str) -> AskedRegion:
    spec, here = context.spec, context.in_region(region_name)
    entry = context.sections.vpc(region_name)
    groups = context.sections.groups.get(region_name)
    return AskedRegion(
        vpc=_map(vpc_filters(entry.spec)) if entry else {},
        vpc_can_be_made=bool(entry and can_be_made(entry.spec)),
        subnets=tuple(sorted({str(each.spec.subnet) for each in here})),
        images=_images(context, region_name),
        instance_types=tuple(sorted({each.spec.type for each in here})),
        security_groups=_map(groups) if groups else None,
        rule_groups=tuple(sorted({name for name, _ in rule_groups(context, region_name)})),
        key_pair=names.key_name(spec),
        key_pair_can_be_made=not spec.ec2_instance_key,
        elastic_ips=tuple(sorted({str(ip) for each in here if (ip := elastic_ip(each))})),
        kms_keys=tuple(sorted({key for each in here for key, _ in kms_keys(each)})),
        volumes=dict(sorted(entry for each in here for entry in attachable(context, each))),
    )


def vpc_filters(spec: VpcSpec) -> FilterValues:
    """By what an ec2_vpc entry finds its VPC: every filter, Name and cidr, all at once (design D1); sorted by name."""
    filters = dict(spec.filters or ())
    if spec.Name:
        filters.setdefault("tag:Name", (spec.Name,))
    if spec.cidr:
        filters.setdefault("cidr-block", (str(spec.cidr),))
    return tuple(sorted(filters.items()))


def can_be_made(spec: VpcSpec) -> bool:
    """Whether an ec2_vpc entry says enough to make its VPC, and names no VPC by its id (TPA's aws/vpc.yml)."""
    return bool(spec.Name and spec.cidr) and "vpc-id" not in dict(spec.filters or ())


def rule_groups(context: Context, region_name: str) -> list[tuple[str, KeyPath]]:
    """Other groups that cluster_rules name as their source in a region, and where they do."""
    if region_name in context.sections.groups:
        return []
    own = names.group_name(context.name, region_name)
    return [
        (name, (*entry.path, "group_name"))
        for entry in context.sections.rules or ()
        for name in entry.spec.group_name
        if name != own
    ]


def elastic_ip(instance: AwsInstance) -> str | None:
    """The existing Elastic IP that an instance is to get."""
    spec = instance.spec
    return str(spec.elastic_ip) if spec.assign_elastic_ip and spec.elastic_ip else None


def hosted_zone(instance: AwsInstance) -> str | None:
    """The id of the hosted zone that an instance gets its record in."""
    return instance.spec.route53_hosted_zone_id if instance.spec.route53_zone else None


def kms_keys(instance: AwsInstance) -> list[tuple[str, KeyPath]]:
    """The keys that the disks of an instance name otherwise than by the key's ARN, and where they do."""
    found = []
    for index, volume in enumerate(instance.spec.volumes):
        nested = volume.kms_key_id is None and volume.ebs is not None
        key = volume.ebs.kms_key_id if nested and volume.ebs else volume.kms_key_id
        if key and volume.volume_type != "none" and not _KEY_ARN.fullmatch(key):
            found.append((key, instance.path("volumes", index, *(["ebs"] if nested else []), "kms_key_id")))
    return found


def volume_label(context: Context, instance: AwsInstance, device_name: str) -> str:
    """TPA's name for a disk, by which it finds the volume again: its tag TPAAttachmentLabel."""
    return f"{context.name}:{instance.spec.node}:{device_name}"


def attachable(context: Context, instance: AwsInstance) -> list[tuple[str, AskedDisk]]:
    """The disks of an instance that may exist already, by their labels."""
    known = instance_names(context, instance)
    return [
        (
            volume_label(context, instance, volume.device_name),
            AskedDisk(known, volume.device_name, instance.path("volumes", index, "attach_existing")),
        )
        for index, volume in enumerate(instance.spec.volumes)
        if volume.attach_existing and volume.volume_type != "none"
    ]


def instance_names(context: Context, instance: AwsInstance) -> tuple[str, ...]:
    """The name of an instance, and those that it had before, the last one first."""
    terraform = context.sections.terraform
    return names.of_instance(instance.spec.Name, terraform.moved if terraform else {})


def _images(context: Context, region_name: str) -> dict[str, AskedImage]:
    spec = context.sections.ami
    found = {}
    for instance in context.in_region(region_name):
        image = instance.spec.image
        address = addresses.ami(region_name, image)
        if image:
            found[address] = AskedImage(None, (), {}, image)
        elif spec:
            found[address] = AskedImage(spec.Name, tuple(sorted(spec.Owner)), _map(spec.filters or ()), None)
    return dict(sorted(found.items()))


def _map(filters: FilterValues) -> dict[str, tuple[str, ...]]:
    """Filters in one order whatever the config's: values of one filter are alternatives."""
    return {name: tuple(sorted(values)) for name, values in sorted(filters)}


def check_record(context: Context, questions: Asked, record: Record) -> bool:
    """Whether ``record`` answers all ``questions``; an error at the config's line for each that it doesn't."""
    if record.cluster != questions.cluster:
        _stale(context, ("cluster_name",), f"it is of the cluster {record.cluster}")
        return False
    checks = [_check_global(context, questions, record)]
    for name, region in questions.regions.items():
        recorded = record.regions.get(name)
        if recorded is None:
            first = context.in_region(name)[0]
            checks.append(_stale(context, first.path("region"), f"it says nothing of {name}"))
        else:
            checks += [
                _check_vpc(context, name, region, recorded),
                _check_asked(context, name, region, recorded),
                _check_keys(context, name, recorded),
                _check_disks(context, name, recorded),
            ]
    return all(checks)


def _check_global(context: Context, questions: Asked, record: Record) -> bool:
    spec = context.spec
    sound = True
    bucket = record.bucket.asked if record.bucket else None
    if bucket != questions.bucket:
        sound = _changed(context, ("cluster_bucket",), "cluster_bucket", bucket, questions.bucket)
    profile = record.instance_profile.asked if record.instance_profile else None
    if profile != questions.instance_profile:
        key = "instance_profile_name" if spec.instance_profile_name else "cluster_profile"
        sound = _changed(context, _first_given(context, key), "the profile", profile, questions.instance_profile)
    for instance in context.instances:
        zone = hosted_zone(instance)
        if zone and zone not in record.hosted_zones:
            sound = _unknown(context, instance.path("route53_hosted_zone_id"), f"the hosted zone {zone}")
    return sound


def _check_vpc(context: Context, region_name: str, questions: AskedRegion, recorded: RegionRecord) -> bool:
    entry = context.sections.vpc(region_name)
    if entry is None or recorded.vpc.asked == questions.vpc:
        return True
    what = f"the VPC of {region_name}"
    return _changed(context, entry.path, what, shown(recorded.vpc.asked), shown(questions.vpc))


def _check_asked(context: Context, region_name: str, questions: AskedRegion, recorded: RegionRecord) -> bool:
    """What else the record holds beside the answer: groups, key and images."""
    sound = True
    groups = recorded.security_groups.asked if recorded.security_groups else None
    if groups != questions.security_groups:
        before, now = (each if each is None else shown(each) for each in (groups, questions.security_groups))
        sound = _changed(context, ("ec2_groups", region_name), f"ec2_groups of {region_name}", before, now)
    key = recorded.key_pair.asked if recorded.key_pair else None
    if key != questions.key_pair:
        name = "ec2_instance_key" if context.spec.ec2_instance_key else "ec2_key_name"
        sound = _changed(context, _first_given(context, name), "the key pair", key, questions.key_pair)
    for instance in context.in_region(region_name):
        address = addresses.ami(region_name, instance.spec.image)
        now_image, image = questions.images.get(address), recorded.images.get(address)
        path = instance.path("image") if instance.spec.image else ("ec2_ami",)
        if image is None:
            sound = _unknown(context, path, f"{instance.spec.image or 'ec2_ami'} in {region_name}")
        elif now_image and image.asked != now_image:
            sound = _changed(
                context, path, f"the image in {region_name}", shown_image(image.asked), shown_image(now_image)
            )
    return sound


def _check_keys(context: Context, region_name: str, recorded: RegionRecord) -> bool:
    """What the record answers by name: every name of the config must be there."""
    wanted: list[tuple[Mapping[str, object], str, str, KeyPath]] = [
        (recorded.rule_groups, name, "the group", path) for name, path in rule_groups(context, region_name)
    ]
    for instance in context.in_region(region_name):
        spec = instance.spec
        wanted.append((recorded.subnets, str(spec.subnet), "the subnet", instance.path("subnet")))
        wanted.append((recorded.instance_types, spec.type, "the type", instance.path("type")))
        if ip := elastic_ip(instance):
            wanted.append((recorded.elastic_ips, ip, "the address", instance.path("elastic_ip")))
        wanted += [(recorded.kms_keys, key, "the key", path) for key, path in kms_keys(instance)]
        wanted += [(recorded.volumes, label, "the volume", disk.path) for label, disk in attachable(context, instance)]
    missing = [(f"{kind} {name} in {region_name}", path) for there, name, kind, path in wanted if name not in there]
    for what, path in missing:
        _unknown(context, path, what)
    return not missing


def _check_disks(context: Context, region_name: str, recorded: RegionRecord) -> bool:
    """A volume that was found for one disk is not that of another one, whatever its label."""
    sound = True
    for instance in context.in_region(region_name):
        for label, disk in attachable(context, instance):
            found = recorded.volumes.get(label)
            if found and found.disk is None:
                why = f"an older tpa-tf has written it, and doesn't say to which disk {found.id} belongs"
                sound = _stale(context, disk.path, why)
            elif found and found.disk not in disk.addresses:
                sound = _stale(context, disk.path, f"it has {found.id} with {label} for {found.disk}")
    return sound


def _changed(context: Context, path: KeyPath, what: str, before: str | None, now: str | None) -> bool:
    return _stale(context, path, f"{what} was {_given(before)} then, and is {_given(now)} now")


def _given(value: str | None) -> str:
    return "not given" if value is None else value or "without any filter"


def _unknown(context: Context, path: KeyPath, what: str) -> bool:
    return _stale(context, path, f"it doesn't know {what}")


def _stale(context: Context, path: KeyPath, why: str) -> bool:
    context.report.add(
        STALE_LOOKUP,
        path,
        f"{RECORD_NAME} doesn't fit this config: {why}",
        f"run {context.lookup_command} again",
        cause=(),
    )
    return False


def _first_given(context: Context, key: str) -> KeyPath:
    """The key's own place, or that of the cluster's name, of which the default is made."""
    return (key,) if key in context.report.document.data else ("cluster_name",)


def shown(filters: FilterMap) -> str:
    """Filters as a message quotes them: ``tag:Name=Test, cidr-block=10.33.0.0/16``."""
    return ", ".join(f"{name}={'|'.join(values)}" for name, values in sorted(filters.items()))


def shown_image(image: AskedImage) -> str:
    """How the config names an image, as a message quotes it."""
    owners = f"of {'|'.join(image.owners)}" if image.owners else None
    return " ".join(part for part in (image.image_id, image.name, owners, shown(image.filters)) if part)
