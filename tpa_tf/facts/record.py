"""The record of what exists in AWS, ``tpa-tf.lookup.json`` beside config.yml (design D17): its shape, reading, writing.

``tpa-tf lookup`` asks AWS what a config's references mean, and writes the answers; synthesis reads them and never asks.
The record is made to be committed and reviewed, as a lock file is: sorted, and without anything that changes from run
to run. What was *asked* stands beside what was *found*, so that a record that no longer fits its config is noticed.

What the cluster itself made (its tag ``CreatingCluster`` is the cluster's name) counts as not found wherever the config
can have it made: it is Terraform's to manage, before the first apply and after it. What a config can only refer to (a
``subnet-…`` id, ``ec2_instance_key``, a VPC without cidr, …) is found whoever made it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tpa_tf.config.document import Document, KeyPath, Mark, parse
from tpa_tf.config.findings import dotted
from tpa_tf.facts.adopted import NOTHING, Adopted
from tpa_tf.facts.buckets import BucketRecord
from tpa_tf.facts.groups import GroupsRecord
from tpa_tf.facts.hosted_zones import FoundZone
from tpa_tf.facts.images import ImageRecord
from tpa_tf.facts.key_pairs import KeyPairRecord
from tpa_tf.facts.offers import InstanceType
from tpa_tf.facts.profiles import ProfileRecord
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.shapes import Account, AllocationId, GroupId, KeyArn, RouteTarget, Strict
from tpa_tf.facts.subnets import FoundSubnet
from tpa_tf.facts.volumes import FoundVolume
from tpa_tf.facts.vpcs import FoundVpc, VpcRecord
from tpa_tf.rules.text import DUPLICATE_KEY

VERSION = 1
"""Of the shape below. A change that an older tpa-tf would misread gets a new one."""


class RecordError(Exception):
    """A record that can't be used; the message says why, ``mark`` where in the file."""

    def __init__(self, message: str, mark: Mark | None = None) -> None:
        super().__init__(message)
        self.mark = mark or Mark(1, 1)


@dataclass(frozen=True)
class RegionRecord(Strict):
    """What a region that holds instances has."""

    availability_zones: tuple[str, ...]
    """Zones that the account can use there, sorted; local and wavelength zones too where it has opted in."""
    instance_types: Mapping[str, InstanceType]
    vpc: VpcRecord
    subnets: Mapping[str, FoundSubnet | None]
    """By CIDR (as a network, without host bits) within the VPC that was found, or by ``subnet-…`` wherever it is."""
    images: Mapping[str, ImageRecord]
    """By the address of the image in the model."""
    security_groups: GroupsRecord | None
    """None: ec2_groups does not name the region."""
    rule_groups: Mapping[str, GroupId | None]
    """Groups that cluster_rules name as a source, by name, within the VPC that was found."""
    key_pair: KeyPairRecord | None
    """None: the config wants no key."""
    elastic_ips: Mapping[str, AllocationId | None]
    """By address: those that instances name with ``elastic_ip``."""
    kms_keys: Mapping[str, KeyArn | None]
    """The ARN of the key for each ``kms_key_id`` that isn't the ARN of a key itself, as written."""
    own_addresses: Mapping[str, str] = field(default_factory=dict)
    """By address, of ``elastic_ips``: the name of the instance for which the cluster allocated it."""
    volumes: Mapping[str, FoundVolume | None] = field(default_factory=dict)
    """By label (``<cluster>:<node>:<device>``): for disks with ``attach_existing``, what Terraform did not make."""
    overlapping: Mapping[str, tuple[FoundSubnet, ...]] = field(default_factory=dict)
    """By CIDR: where no subnet has the range, those of the VPC that share addresses with it, sorted by id."""
    default_routes: Mapping[str, RouteTarget | None] = field(default_factory=dict)
    """By id of each subnet that was found: where its route table sends 0.0.0.0/0 (``igw-…``); None: nowhere."""

    def volume_of(self, label: str, disks: Collection[str]) -> FoundVolume | None:
        """The volume that was found for a disk that Terraform knows, or knew, by one of the names ``disks``.

        Where that was not noted, the one of its present ``label``.
        """
        noted = (each for each in self.volumes.values() if each and each.disk in disks)
        here = self.volumes.get(label)
        return next(noted, here if here and here.disk is None else None)


@dataclass(frozen=True)
class Record(Strict):
    """All answers for one cluster."""

    cluster: str
    """Its name: what the cluster itself made is told by it."""
    account: Account
    """The AWS account that was asked."""
    bucket: BucketRecord | None
    """None: the config names no bucket."""
    instance_profile: ProfileRecord | None
    """None: the config wants no profile."""
    hosted_zones: Mapping[str, FoundZone | None]
    """By id, as the config writes it."""
    regions: Mapping[str, RegionRecord]
    adopted: Adopted = NOTHING
    """What ``tpa-tf adopt`` has found."""
    version: int = VERSION


def read(directory: Path) -> Record | None:
    """The record in ``directory``, or None if there is none. RecordError if it can't be read or understood."""
    try:
        content = (directory / RECORD_NAME).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(f"it can't be read: {error.strerror or error}") from error
    return load(content)


def load(content: bytes) -> Record:
    """The record that ``content`` holds. RecordError if it is no record, or one of a version that we don't know."""
    twice: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice.extend(key for key in keys if keys.count(key) > 1)
        return dict(pairs)

    try:
        text = content.decode()
        if text.startswith("\N{BYTE ORDER MARK}"):
            raise RecordError("it begins with a byte order mark: save it as UTF-8 without one")
        data = json.loads(text, object_pairs_hook=mapping)
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8 text: {error.reason}") from error
    except json.JSONDecodeError as error:
        raise RecordError(f"not JSON: {error.msg}", Mark(error.lineno, error.colno)) from error
    except RecursionError as error:
        raise RecordError("this is no record of a lookup: it is nested too deep") from error
    version = data.get("version") if isinstance(data, dict) else None
    if type(version) is int and version > VERSION:
        why = f"a newer tpa-tf has written this record (version {version}; this one knows {VERSION})"
        raise RecordError(why, _place(content, ("version",)))
    if type(version) is not int or version != VERSION:
        raise RecordError(f"this is no record of a lookup: it has no version {VERSION}", _place(content, ("version",)))
    if twice:
        marks = [problem.mark for problem in _with_places(content).problems if problem.rule is DUPLICATE_KEY]
        raise RecordError(f"the key {twice[0]!r} is given twice: is it a merge of two branches?", *marks[:1])
    try:
        record = _adapter().validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise _at(content, first["loc"], first["msg"][:1].lower() + first["msg"][1:]) from error
    for path, why in _contradictions(record):
        raise _at(content, path, why)
    return record


_LATER_OF_VOLUMES = {"disk": None, "encrypted": None, "kms_key": None}
"""What records of before don't have, and is left out where there is nothing to say."""


def dump(record: Record) -> bytes:
    """``record`` as the content of its file: sorted, indented JSON; the same record is the same bytes."""
    data = asdict(record)
    data["adopted"] = {name: value for name, value in data["adopted"].items() if value}
    if not data["adopted"]:
        del data["adopted"]
    for region in data["regions"].values():
        for optional in ("default_routes", "overlapping", "own_addresses", "volumes"):
            if not region[optional]:
                del region[optional]
        for offered in region["instance_types"].values():
            if not offered["similar"]:
                del offered["similar"]
        parts: list[tuple[Any, Mapping[str, Any]]] = [
            (region["vpc"]["found"], {"own": False, "owner": None}),
            *((image["found"], {"root_size": None, "volumes": {}}) for image in region["images"].values()),
            *((volume, _LATER_OF_VOLUMES) for volume in region.get("volumes", {}).values()),
        ]
        for found, later in parts:
            for name, nothing in later.items():
                if found and found[name] == nothing:
                    del found[name]
    return (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _contradictions(record: Record) -> Iterator[tuple[KeyPath, str]]:
    """Where a record contradicts itself, as only a change by hand can make it."""
    for name, region in record.regions.items():
        vpc = region.vpc.found
        for question, answer, part in _vpc_answers(vpc):
            patterns = region.vpc.asked.get(question, (answer,))
            if not any(_matches(answer, pattern) for pattern in patterns):
                yield ("regions", name, "vpc", "found", *part), f"that is not what was asked for, {'|'.join(patterns)}"
        for key, subnet in region.subnets.items():
            path = ("regions", name, "subnets", key)
            if subnet and key not in (subnet.id, subnet.cidr):
                yield path, f"the subnet that was found is {subnet.id}, {subnet.cidr}"
            elif subnet and key == subnet.cidr and (vpc is None or subnet.vpc != vpc.id):
                yield (*path, "vpc"), f"that is not the VPC of {name}, in which a range is looked for"


def _vpc_answers(vpc: FoundVpc | None) -> list[tuple[str, str, KeyPath]]:
    """What is recorded of a VPC by the filter that would find it, and where in the answer that stands."""
    if vpc is None:
        return []
    primary = [("cidr-block", vpc.cidrs[0], ("cidrs", 0))] if vpc.cidrs else []
    return [("vpc-id", vpc.id, ("id",)), *primary, ("tag:Name", vpc.name or "", ("name",))]


def _matches(value: str, pattern: str) -> bool:
    """As EC2's filters do: ``*`` and ``?`` stand for other characters, unless a backslash is before them."""
    return "\\" in pattern or fnmatchcase(value, pattern.replace("[", "[[]"))


def _at(content: bytes, path: KeyPath, why: str) -> RecordError:
    return RecordError(f"{dotted(path)}: {why}", _place(content, path))


def _place(content: bytes, path: KeyPath) -> Mark:
    return _with_places(content).mark(path)


def _with_places(content: bytes) -> Document:
    """The record read once more as YAML, which JSON is (but for tabs): so read, every value has its place."""
    return parse(content, Path(RECORD_NAME), RECORD_NAME)


@functools.cache
def _adapter() -> TypeAdapter[Record]:
    """Made for a record that is there: it takes as long as reading a config, and most have none."""
    return TypeAdapter(Record)
