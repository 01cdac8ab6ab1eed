"""A lookup of one cluster: every question asked, all regions at once, and the record that the answers make."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from tpa_tf.cluster.asked import shown_image
from tpa_tf.cluster.questions import RECORD_NAME, Asked
from tpa_tf.cluster.record import ImageRecord, Record, RecordError, RegionRecord, read
from tpa_tf.clusters import Loaded, config_file, load_with
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report, Severity
from tpa_tf.errors import TpaTfError
from tpa_tf.lookup import answers
from tpa_tf.lookup.answers import Answers
from tpa_tf.lookup.aws import Aws
from tpa_tf.lookup.kept import check_kept

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
    for region, answers_there in regions.items():
        check_kept(
            loaded, region, before.regions.get(region) if before else None, record.regions[region], answers_there
        )
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


def _remark(loaded: Loaded, region: str, found: Answers, first: bool) -> None:
    """Say what bears the cluster's own tag: on a first lookup, Terraform's state may well not have it."""
    path: KeyPath = ("ec2_vpc", region)
    if found.own_vpc:
        loaded.report.warning(
            "own-vpc",
            path,
            f"{found.own_vpc} bears this cluster's tag, and ec2_vpc says that it exists: if Terraform made it, it is "
            "forgotten, and stays as it is",
            "keep Name and cidr where Terraform is to go on with it",
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
