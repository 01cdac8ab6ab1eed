"""Whether each region offers what a config asks for: zones, instance types that the image can run on, disks in reach.

All of it is in the record, so that a config that AWS would refuse half-way through an apply is refused at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tpa_tf.cluster import addresses, network
from tpa_tf.cluster.asked import attachable
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.rules.lookup import VOLUME_ELSEWHERE, WRONG_ARCHITECTURE, ZONE_LEFT_OPEN
from tpa_tf.rules.missing import TYPE_NOT_OFFERED, UNKNOWN_ZONE

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.offers import InstanceType
    from tpa_tf.facts.record import RegionRecord


def check_offers(context: Context) -> None:
    """Report zones, instance types and architectures that a region, a zone or an image doesn't have."""
    if context.record is None:
        return
    notes = network.subnet_notes(context)
    for instance in context.instances:
        region_name, reference = instance.spec.region, instance.spec.subnet
        answers = context.record.regions[region_name]
        offered = answers.instance_types[instance.spec.type]
        note = notes.get(region_name, {}).get(reference.network) if reference.network else None
        exists = answers.subnets[str(reference)]
        zone = exists.availability_zone if exists else note.availability_zone if note else None
        if note and not exists and zone and zone not in answers.availability_zones:
            context.report.add(
                UNKNOWN_ZONE,
                note.path,
                f"{region_name} has no zone {zone} that this account can use",
                f"write one of {', '.join(answers.availability_zones)}",
            )
            zone = None
        if not offered.availability_zones:
            _not_in_region(context, instance, offered)
        elif zone and zone not in offered.availability_zones:
            _not_in_zone(context, instance, zone, answers)
        elif not (zone or exists or set(answers.availability_zones) <= set(offered.availability_zones)):
            _perhaps_not_in_zone(context, instance, answers)
        _check_architecture(context, instance, answers)
        for label, asked in attachable(context, instance):
            disk = answers.volumes[label]
            if disk and zone is None and exists is None:
                context.report.add(
                    VOLUME_ELSEWHERE,
                    asked.path,
                    f"{disk.id}, the volume {label}, is in {disk.availability_zone}, and AWS chooses the zone of "
                    f"{reference}",
                    f"add az: {disk.availability_zone} to the subnet (in ec2_vpc_subnets, or in the location)",
                )
            if disk and zone and disk.availability_zone != zone:
                context.report.add(
                    VOLUME_ELSEWHERE,
                    asked.path,
                    f"{disk.id}, the volume {label}, is in {disk.availability_zone}, and its instance is to be in "
                    f"{zone}",
                    f"take a subnet in {disk.availability_zone}; or restore a snapshot of the volume in {zone}, and "
                    "remove the tag TPAAttachmentLabel from the old one",
                )


def _not_in_region(context: Context, instance: AwsInstance, offered: InstanceType) -> None:
    context.report.add(
        TYPE_NOT_OFFERED,
        instance.path("type"),
        f"{instance.spec.region} doesn't offer {instance.spec.type}",
        f"take {' or '.join(offered.similar)}, which it offers"
        if offered.similar
        else "take another type, or another region",
    )


def _not_in_zone(context: Context, instance: AwsInstance, zone: str, answers: RegionRecord) -> None:
    spec = instance.spec
    mine = answers.instance_types[spec.type]
    others = [
        name
        for name, each in sorted(answers.instance_types.items())
        if zone in each.availability_zones and set(mine.architectures) & set(each.architectures)
    ]
    help = f"take a subnet in {' or '.join(mine.availability_zones)}, which offer it"
    if others:
        help += f"; or take {' or '.join(others)}, which {zone} offers"
    context.report.add(
        TYPE_NOT_OFFERED,
        instance.path("type"),
        f"{spec.type} is not offered in {zone}, the zone of {spec.subnet}",
        help,
    )


def _perhaps_not_in_zone(context: Context, instance: AwsInstance, answers: RegionRecord) -> None:
    """AWS picks a zone for a subnet that names none, and doesn't ask what is to run there."""
    spec = instance.spec
    there = answers.instance_types[spec.type].availability_zones
    lacking = ", ".join(zone for zone in answers.availability_zones if zone not in there)
    context.report.add(
        ZONE_LEFT_OPEN,
        instance.path("subnet"),
        f"AWS chooses the zone of {spec.subnet}, and {spec.type} is not offered in {lacking}",
        f"add az to the subnet before the first apply: one of {', '.join(there)}",
    )


def _check_architecture(context: Context, instance: AwsInstance, answers: RegionRecord) -> None:
    spec = instance.spec
    image = answers.images[addresses.ami(spec.region, spec.image)].found
    runs = answers.instance_types[spec.type].architectures
    if image is None or not runs or image.architecture in runs:
        return
    others = [name for name, each in sorted(answers.instance_types.items()) if image.architecture in each.architectures]
    wanted = f"a type for {image.architecture}" + (f" such as {others[0]}" if others else "")
    context.report.add(
        WRONG_ARCHITECTURE,
        instance.path("type"),
        f"{spec.type} runs {', '.join(runs)}, and {image.id} ({image.name}) is an image for {image.architecture}",
        f"take {wanted}, or an image for {' or '.join(runs)} (ec2_ami, or the instance's own image)",
    )
