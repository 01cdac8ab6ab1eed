"""A lookup of one cluster: every question asked, all regions at once, and the record that the answers make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from tpa_tf.cluster import addresses
from tpa_tf.cluster.asked import shown, shown_image
from tpa_tf.cluster.disks import left_behind
from tpa_tf.cluster.model import Instance, Ownership, Volume, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.cluster.questions import RECORD_NAME, Asked, disk_addresses
from tpa_tf.cluster.record import FoundVolume, ImageRecord, Record, RecordError, RegionRecord, read
from tpa_tf.clusters import Loaded, config_file, load_with
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report, Severity
from tpa_tf.errors import TpaTfError
from tpa_tf.lookup import answers
from tpa_tf.lookup.answers import Answers
from tpa_tf.lookup.aws import Aws

Say = Callable[[str], None]

_ANSWERED_BY_A_LOOKUP = frozenset({"subnet-outside-vpc", "subnet-unasked"})
"""Errors of not knowing: a VPC that exists may have further ranges, and a subnet may be the cluster's own."""


def may_ask(report: Report) -> bool:
    """Whether what ``report`` has found without a record leaves the questions of a lookup sound."""
    return all(each.severity is not Severity.ERROR or each.rule in _ANSWERED_BY_A_LOOKUP for each in report.findings)


def look_up(path: Path, name: str, asked: Asked, profile: str | None, say: Say) -> tuple[Loaded, Record | None]:
    """The config at ``path``, called ``name``, checked against the answers of AWS, and the record of them.

    The record is None where the report holds an error: something is ambiguous, or what must exist doesn't. ``say`` is
    told of progress. TpaTfError if AWS doesn't answer, with a line for each region and service that it concerns.
    """
    directory = config_file(path).parent
    first = not (directory / RECORD_NAME).exists()
    record, regions = _ask(asked, profile, say)
    before = _recorded(directory)
    record, gone = _with_images_that_are_gone(record, before)
    loaded = load_with(path, record, name)
    if before and before.cluster == record.cluster:
        _check_kept(loaded, before, record, regions)
    for region, image in gone:
        loaded.report.warning(
            "image-gone",
            ("instances",) if image.asked.image_id else ("ec2_ami",),
            f"{shown_image(image.asked)} is no longer to be had in {region}: its owner has removed or withdrawn it",
            "the machines that run stay as they are, and a new one can't start from it: name another image before you "
            "add or replace one",
        )
    for region, answers_there in regions.items():
        for fault in answers_there.faults:
            loaded.report.error(fault.rule, fault.path, fault.message, fault.help)
        _check_addresses(loaded, region, answers_there)
        _warn_of_unattached(loaded, before.regions.get(region) if before else None, answers_there)
        _remark(loaded, region, answers_there, first)
    return loaded, None if loaded.report.failed else record


def _recorded(directory: Path) -> Record | None:
    """The record that is there already; None where it can't be read, as it is made anew then."""
    try:
        return read(directory)
    except RecordError:
        return None


def _with_images_that_are_gone(record: Record, old: Record | None) -> tuple[Record, list[tuple[str, ImageRecord]]]:
    """The record with what ``old`` has, for the same question, of images that are gone; and these images, by region.

    A machine keeps running when the owner of its image removes it, and its plans need nothing but what is recorded.
    """
    if old is None or (old.account, old.cluster) != (record.account, record.cluster):
        return record, []
    gone, regions = [], dict(record.regions)
    for name, region in record.regions.items():
        before = old.regions[name].images if name in old.regions else {}
        kept = {
            address: before[address]
            for address, image in region.images.items()
            if image.found is None
            and address in before
            and before[address].asked == image.asked
            and before[address].found is not None
        }
        gone += [(name, image) for image in kept.values()]
        regions[name] = replace(region, images={**region.images, **kept})
    return replace(record, regions=regions), gone


def _check_kept(loaded: Loaded, before: Record, record: Record, regions: Mapping[str, Answers]) -> None:
    """What was found so far stays found: Terraform has forgotten it, and would make another one in its place."""
    for name, region in record.regions.items():
        old = before.regions.get(name)
        if old is None:
            continue
        now = {thing for thing, _ in _found(region, name)}
        for thing, path in _found(old, name):
            if thing in regions[name].own_ids and thing not in now:
                loaded.report.error(
                    "own-again",
                    path,
                    f"{thing} was found so far, and bears this cluster's tags now: it would count as Terraform's own, "
                    "and another one would be made, since the state has forgotten it",
                    "take the tag CreatingCluster (of a volume: TPAManagedBy) from it again; or, to have Terraform "
                    f"manage it, remove {RECORD_NAME}, look up again, and terraform import it",
                )
        _check_disks(loaded, old, region, name, regions[name].own_ids)
        was = old.vpc.found
        if was and region.vpc.found is None and was.id not in regions[name].own_ids:
            loaded.report.error(
                "vpc-gone",
                ("ec2_vpc", name),
                f"{was.id}, the VPC of {name} so far, is not found with {shown(region.vpc.asked)}: a new one would be "
                "made, and every instance replaced",
                f"set its tags back, or name it by its id (filters: {{vpc-id: {was.id}}}); if a new VPC is what you "
                f"want, remove {RECORD_NAME} first",
            )


def _check_disks(loaded: Loaded, old: RegionRecord, new: RegionRecord, name: str, own: Collection[str]) -> None:
    """Every disk keeps the volume that was found for it: another one in its place would be empty, or somebody else's.

    A disk is told by the name of its instance and its device; its label has the node's number, which may change.
    """
    cluster = loaded.cluster.name if loaded.cluster else ""
    for instance in loaded.cluster.instances if loaded.cluster else ():
        for disk in instance.volumes if instance.region == name else ():
            if disk.kind is not VolumeKind.EBS:
                continue
            label = f"{instance.label_prefix}:{disk.device_name}"
            was, now = _volume_so_far(loaded, instance, disk, label, old), new.volumes.get(label)
            if was is None or was.id in own or (now and now.id == was.id):
                continue
            if not disk.attach_existing:
                loaded.report.error("volume-left", disk.origin, *left_behind(was.id, disk.device_name, disk.address))
                continue
            loaded.report.error(
                "volume-gone",
                disk.origin,
                f"{was.id}, so far a volume of {instance.name}, is not found with TPAAttachmentLabel {label}, and "
                f"{now.id if now else 'a new, empty one'} would take its place",
                f"set its tags: aws ec2 create-tags --resources {was.id} --tags Key=TPAAttachmentLabel,Value={label} "
                f"Key=CreatingCluster,Value={cluster}; or, if it is to be used no more, remove {RECORD_NAME} "
                "and look up again",
            )


def _volume_so_far(
    loaded: Loaded, instance: Instance, disk: Volume, label: str, old: RegionRecord
) -> FoundVolume | None:
    """The volume that ``old`` has for a disk; for one that is new, a volume of the instance that no disk has now."""
    names = of_instance(instance.name, loaded.cluster.terraform.moved if loaded.cluster else {})
    found = old.volume_of(label, disk_addresses(names, disk.device_name))
    if found or not disk.attach_existing or label in old.volumes:
        return found
    kept = {address for each in instance.volumes for address in disk_addresses(names, each.device_name)}
    own = tuple(f"{addresses.name(name)}_" for name in names)
    left = (each for each in old.volumes.values() if each and each.disk and each.disk not in kept)
    return next((each for each in left if (each.disk or "").startswith(own)), None)


def _check_addresses(loaded: Loaded, region: str, answers: Answers) -> None:
    """An Elastic IP that the cluster allocated for one instance can't be that of another one besides."""
    cluster = loaded.cluster
    here = [each for each in cluster.instances if each.region == region] if cluster else []
    keeping = {each.name for each in here if each.elastic_ip and each.elastic_ip.ownership is Ownership.MANAGED}
    for instance in here:
        ip = str(instance.elastic_ip.public_ip) if instance.elastic_ip else ""
        if answers.own_ips.get(ip) in keeping:
            owner = answers.own_ips[ip]
            loaded.report.error(
                "address-taken",
                instance.origin,
                f"{ip} is what this cluster has allocated for {owner}, and {instance.name} is to have it besides",
                f"take assign_elastic_ip from {owner}, or remove elastic_ip from {instance.name}",
            )


def _warn_of_unattached(loaded: Loaded, old: RegionRecord | None, answers: Answers) -> None:
    """Where the instance that had a volume is gone, nobody can tell by which name Terraform may have it."""
    known = {volume.id for volume in old.volumes.values() if volume} if old else set[str]()
    for volume, disk in answers.unattached:
        if volume not in known:
            loaded.report.warning(
                "volume-unattached",
                disk.path,
                f"{volume} is attached to nothing: where Terraform made it for an instance of another name than "
                f"{disk.names[0]}, the next apply would destroy it there",
                "see terraform state list, and terraform state rm its address, or say who was renamed (terraform: "
                "moved); where tpaexec provision made it, there is nothing to do",
            )


def _found(region: RegionRecord, name: str) -> Iterator[tuple[str, KeyPath]]:
    """The ids of what a record has found and the cluster may also make, with the place of what asks for it."""
    if region.vpc.found:
        yield region.vpc.found.id, ("ec2_vpc", name)
        if region.vpc.found.internet_gateway:
            yield region.vpc.found.internet_gateway, ("ec2_vpc", name)
    yield from ((subnet.id, ("ec2_vpc", name)) for subnet in region.subnets.values() if subnet)
    yield from ((volume.id, ("instances",)) for volume in region.volumes.values() if volume)
    if region.key_pair and region.key_pair.found:
        yield region.key_pair.asked, ("ec2_key_name",)


def _remark(loaded: Loaded, region: str, found: Answers, first: bool) -> None:
    """Say what bears the cluster's own tag: on a first lookup, Terraform's state may well not have it."""
    path: KeyPath = ("ec2_vpc", region)
    if found.own_vpc:
        loaded.report.warning(
            "own-vpc",
            path,
            f"{found.own_vpc} bears this cluster's tag, and ec2_vpc says that it exists: if Terraform made it, the "
            "plan takes it away",
            "keep Name and cidr where Terraform made it; where tpaexec provision did, it is used as it is",
        )
    for own in found.own if first else ():
        loaded.report.info(
            "own-already",
            path,
            f"{own.id} in {region} bears this cluster's tag, and counts as Terraform's own",
            f"if the state doesn't have it (tpaexec provision made it, or the state is lost), first: terraform import "
            f"{own.address} {own.id}",
        )


def progress(stream: TextIO) -> Say:
    """A display of progress on ``stream``."""

    def say(what: str) -> None:
        stream.write(f"{what}\n")
        stream.flush()

    return say


def _ask(asked: Asked, profile: str | None, say: Say) -> tuple[Record, dict[str, Answers]]:
    aws = Aws(profile)
    say(f"asking AWS about {asked.cluster} in {', '.join(asked.regions)}")
    account = aws.account(asked.bucket_region)
    regions = {name: Answers(aws, account, asked.cluster, name, each) for name, each in asked.regions.items()}

    def ask(name: str) -> RegionRecord:
        found = regions[name].region()
        say(f"{name}: done")
        return found

    with ThreadPoolExecutor(max_workers=max(4, len(regions))) as pool:
        pending = {name: pool.submit(ask, name) for name in regions}
        bucket = pool.submit(answers.bucket, aws, asked)
        instance_profile = pool.submit(answers.profile, aws, asked)
        zones = {each: pool.submit(answers.hosted_zone, aws, asked, each) for each in asked.hosted_zones}
        everything: list[Future[Any]] = [*pending.values(), bucket, instance_profile, *zones.values()]
        failures = [each.exception() for each in everything]
    unexpected = next((each for each in failures if each and not isinstance(each, TpaTfError)), None)
    if unexpected:
        raise unexpected
    lines = dict.fromkeys(str(each) for each in failures if each)
    if lines:
        raise TpaTfError("\ntpa-tf: ".join(lines))
    record = Record(
        cluster=asked.cluster,
        account=account,
        bucket=bucket.result(),
        instance_profile=instance_profile.result(),
        hosted_zones={each: future.result() for each, future in zones.items()},
        regions={name: future.result() for name, future in pending.items()},
    )
    return record, regions
