"""A lookup of one cluster: every question asked, all regions at once, and the record that the answers make."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from tpa_tf.cluster.asked import shown_image
from tpa_tf.clusters import Loaded, config_file, load_with
from tpa_tf.config.findings import Report, Severity
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.adopted import NOTHING
from tpa_tf.facts.asking import Asking, tell
from tpa_tf.facts.aws import Aws
from tpa_tf.facts.images import ImageRecord
from tpa_tf.facts.questions import RECORD_NAME, Asked
from tpa_tf.facts.record import Record, RecordError, read
from tpa_tf.lookup.ask import Say, ask
from tpa_tf.lookup.kept import check_kept
from tpa_tf.lookup.running import check_running
from tpa_tf.lookup.state import managed
from tpa_tf.rules.asking import IMAGE_GONE, IMPORTS_LEFT, OWN_VPC
from tpa_tf.rules.network import SUBNET_OUTSIDE_VPC, SUBNET_UNASKED

_ANSWERED_BY_A_LOOKUP = frozenset({SUBNET_OUTSIDE_VPC.id, SUBNET_UNASKED.id})
"""Errors of not knowing: a VPC that exists may have further ranges, and a subnet may be the cluster's own."""


def may_ask(report: Report) -> bool:
    """Whether what ``report`` has found without a record leaves the questions of a lookup sound."""
    return all(each.severity is not Severity.ERROR or each.rule in _ANSWERED_BY_A_LOOKUP for each in report.findings)


def look_up(
    path: Path, name: str, asked: Asked, profile: str | None, out: Path, say: Say
) -> tuple[Loaded, Record | None]:
    """The config at ``path``, called ``name``, checked against the answers of AWS, and the record of them.

    The record is None where the report holds an error: something is ambiguous, or what must exist doesn't. ``out`` is
    where the stack is, and ``say`` is told of progress. TpaTfError if AWS doesn't answer, with a line for each region
    and service that it concerns.
    """
    aws, account = access(asked, profile, say)
    before = recorded(config_file(path).parent)
    same = before is not None and (before.account, before.cluster) == (account, asked.cluster)
    record, regions = ask(aws, account, asked, before.adopted if before and same else NOTHING, say)
    record, gone = _with_images_that_are_gone(record, before)
    loaded = load_with(path, record, name)
    state = managed(loaded.cluster, out) if loaded.cluster else None
    if state:
        record = replace(record, adopted=record.adopted.without(state))
    if record.adopted.imports:
        _tell_of_imports(loaded, record, known=state is not None)
    check_answers(loaded, record, before, regions)
    for region, image in gone:
        loaded.report.add(
            IMAGE_GONE,
            ("instances",) if image.asked.image_id else ("ec2_ami",),
            f"{shown_image(image.asked)} is no longer available in {region}: its owner has removed or withdrawn it",
            "write another image before you add or replace an instance: those that run stay as they are, and a new one "
            "can't start from it",
        )
    if loaded.cluster:
        check_running(loaded, loaded.cluster, record, regions, state, first=before is None)
    return loaded, None if loaded.report.failed else record


def _tell_of_imports(loaded: Loaded, record: Record, *, known: bool) -> None:
    """Say that what was adopted is still to be imported, or that nobody can tell."""
    count = len(record.adopted.imports)
    if known:
        message, help = f"{count} adopted things are still to be imported", "synthesize, plan and apply"
    else:
        message = f"the state can't be asked whether it has the {count} adopted things: their imports stay"
        help = "run terraform init in the stack, and look up again, to drop them; they do no harm"
    loaded.report.add(IMPORTS_LEFT, ("cluster_name",), message, help)


def access(asked: Asked, profile: str | None, say: Say) -> tuple[Aws, str]:
    """The way to AWS, and the account that it leads to. TpaTfError if there is none."""
    aws = Aws(profile)
    say(f"asking AWS about {asked.cluster} in {', '.join(asked.regions)}")
    return aws, aws.account(asked.bucket_region)


def check_answers(
    loaded: Loaded,
    record: Record,
    before: Record | None,
    regions: Mapping[str, Asking],
    imported: Collection[str] = (),
) -> None:
    """Report what has no one answer, and what may not take the place of what the record of ``before`` has.

    What is ``imported`` (its ids) may become managed again.
    """
    for region, asking in regions.items():
        old = before.regions.get(region) if before else None
        check_kept(loaded, region, old, record.regions[region], asking, imported)
        tell(loaded.report, asking.faults)
        if asking.own_vpc:
            loaded.report.add(
                OWN_VPC,
                ("ec2_vpc", region),
                f"{asking.own_vpc} bears this cluster's tag, and ec2_vpc says that it exists: if Terraform has created "
                "it, Terraform forgets it, and it stays as it is",
                "keep Name and cidr if Terraform is to go on managing it",
            )


def recorded(directory: Path) -> Record | None:
    """The record that is there already; None where it can't be read, as it is made anew then.

    TpaTfError if it can't be read and has what an adoption decided, which nothing in AWS would tell again.
    """
    try:
        return read(directory)
    except RecordError as error:
        path = directory / RECORD_NAME
        if path.is_file() and b'"adopted"' in path.read_bytes():
            raise TpaTfError(
                f"{path} has the decisions of an adoption, and can't be read ({error}): take the file as git has it"
            ) from error
        return None


def _with_images_that_are_gone(record: Record, old: Record | None) -> tuple[Record, list[tuple[str, ImageRecord]]]:
    """The record with what ``old`` has, for the same question, of images that are gone; and these images, by region.

    An instance keeps running when the owner of its image removes it, and its plans need nothing but what is recorded.
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


def progress(stream: TextIO) -> Say:
    """A display of progress on ``stream``, where that is a terminal."""

    def say(what: str) -> None:
        if stream.isatty():
            stream.write(f"{what}\n")
            stream.flush()

    return say
