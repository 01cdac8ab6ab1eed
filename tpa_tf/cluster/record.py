"""The record of what exists in AWS, ``tpa-tf.lookup.json`` beside config.yml (design D17): its shape, reading, writing.

``tpa-tf lookup`` asks AWS what a config's references mean, and writes the answers; synthesis reads them and never asks.
The record is made to be committed and reviewed, as a lock file is: sorted, and without anything that changes from run
to run. What was *asked* stands beside what was *found*, so that a record that no longer fits its config is noticed.

What the cluster itself made (its tag ``CreatingCluster`` is the cluster's name) counts as not found, always: it is
Terraform's to manage, before the first apply and after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, StringConstraints, TypeAdapter, ValidationError

RECORD_NAME = "tpa-tf.lookup.json"
VERSION = 1
"""Of the shape below. A change that an older tpa-tf would misread gets a new one."""

FilterMap = Mapping[str, tuple[str, ...]]
"""Describe… filters by name, with their values in the order of the config."""


def _network(text: str) -> str:
    if str(IPv4Network(text)) != text:
        raise ValueError(f"{text} is not how AWS writes a network")
    return text


def _matching(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=pattern)


Account = Annotated[str, _matching(r"^[0-9]{12}$")]
VpcId = Annotated[str, _matching(r"^vpc-[0-9a-z]+$")]
SubnetId = Annotated[str, _matching(r"^subnet-[0-9a-z]+$")]
GatewayId = Annotated[str, _matching(r"^igw-[0-9a-z]+$")]
GroupId = Annotated[str, _matching(r"^sg-[0-9a-z]+$")]
ImageId = Annotated[str, _matching(r"^ami-[0-9a-z]+$")]
AllocationId = Annotated[str, _matching(r"^eipalloc-[0-9a-z]+$")]
KeyArn = Annotated[str, _matching(r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$")]
Cidr = Annotated[str, AfterValidator(_network)]


class RecordError(Exception):
    """A record that can't be used; the message says where in it and why, without the name of the file."""


class _Strict:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class FoundVpc(_Strict):
    """An existing VPC."""

    id: VpcId
    cidrs: tuple[Cidr, ...]
    """Its IPv4 ranges, the primary one first and the others sorted."""
    name: str | None
    """Its tag Name, for people who review the record."""
    internet_gateway: GatewayId | None
    """The gateway that is attached to it; None: there is none, or the cluster made it."""


@dataclass(frozen=True)
class VpcRecord(_Strict):
    """The VPC of a region: found None if there is none yet that matches, or the cluster made it."""

    asked: FilterMap
    found: FoundVpc | None


@dataclass(frozen=True)
class FoundSubnet(_Strict):
    """An existing subnet."""

    id: SubnetId
    cidr: Cidr
    vpc: VpcId
    availability_zone: str


@dataclass(frozen=True)
class AskedImage(_Strict):
    """How the config names an image: by its id, or by name, owners and filters."""

    name: str | None
    owners: tuple[str, ...]
    filters: FilterMap
    image_id: ImageId | None


@dataclass(frozen=True)
class FoundImage(_Strict):
    """The one image that matches."""

    id: ImageId
    name: str
    owner: Account
    architecture: str
    """As EC2 writes it: ``x86_64``, ``arm64``."""
    root_device_name: str


@dataclass(frozen=True)
class ImageRecord(_Strict):
    """An image of a region."""

    asked: AskedImage
    found: FoundImage | None


@dataclass(frozen=True)
class InstanceType(_Strict):
    """What a region offers of an instance type; no zones: the region doesn't have the type."""

    availability_zones: tuple[str, ...]
    """Zones that offer the type, sorted."""
    architectures: tuple[str, ...]
    """As EC2 writes them, sorted."""
    similar: tuple[str, ...] = ()
    """Where the region doesn't have the type: a few that it does have, the likest first."""


@dataclass(frozen=True)
class FoundGroup(_Strict):
    """An existing security group."""

    id: GroupId
    name: str
    vpc: VpcId


@dataclass(frozen=True)
class GroupsRecord(_Strict):
    """The security groups that ec2_groups names for a region; found is sorted by id."""

    asked: FilterMap
    found: tuple[FoundGroup, ...]


@dataclass(frozen=True)
class FoundKeyPair(_Strict):
    """A registered key that the cluster did not make."""

    fingerprint: str


@dataclass(frozen=True)
class KeyPairRecord(_Strict):
    """The key pair of a region, by name."""

    asked: str
    found: FoundKeyPair | None


@dataclass(frozen=True)
class RegionRecord(_Strict):
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


@dataclass(frozen=True)
class FoundBucket(_Strict):
    """An existing bucket."""

    region: str


@dataclass(frozen=True)
class BucketRecord(_Strict):
    """The bucket that cluster_bucket names."""

    asked: str
    found: FoundBucket | None


@dataclass(frozen=True)
class FoundProfile(_Strict):
    """An instance profile that the cluster did not make."""

    arn: str


@dataclass(frozen=True)
class ProfileRecord(_Strict):
    """The instance profile, by name."""

    asked: str
    found: FoundProfile | None


@dataclass(frozen=True)
class FoundZone(_Strict):
    """A hosted zone of Route53."""

    name: str
    """Its domain, without the dot at the end."""
    private: bool


@dataclass(frozen=True)
class Record(_Strict):
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
    version: int = VERSION


@dataclass(frozen=True)
class AskedRegion:
    """What a config refers to in one region; the fields stand for those of :class:`RegionRecord`."""

    vpc: FilterMap
    subnets: tuple[str, ...]
    images: Mapping[str, AskedImage]
    instance_types: tuple[str, ...]
    security_groups: FilterMap | None
    rule_groups: tuple[str, ...]
    key_pair: str | None
    elastic_ips: tuple[str, ...]
    kms_keys: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What a config refers to: the questions that a :class:`Record` answers. Lists are sorted."""

    cluster: str
    bucket: str | None
    instance_profile: str | None
    hosted_zones: tuple[str, ...]
    regions: Mapping[str, AskedRegion] = field(default_factory=dict)


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
    try:
        data = json.loads(content, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise RecordError(f"it is not UTF-8 text: {error.reason}") from error
    except json.JSONDecodeError as error:
        raise RecordError(f"line {error.lineno}: not JSON: {error.msg}") from error
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise RecordError(f"a newer tpa-tf has written it (version {version}; this one knows {VERSION})")
    if version != VERSION or isinstance(version, bool):
        raise RecordError(f"it is no record of a lookup: version is {json.dumps(version)}, and not {VERSION}")
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from error


def dump(record: Record) -> bytes:
    """``record`` as the content of its file: sorted, indented JSON; the same record is the same bytes."""
    data = asdict(record)
    for region in data["regions"].values():
        for offered in region["instance_types"].values():
            if not offered["similar"]:
                del offered["similar"]
    return (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no key is given twice: merging two branches easily leaves both of their answers."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise RecordError(f"the key {json.dumps(key, ensure_ascii=False)} is given twice in one object")
        found[key] = value
    return found


_ADAPTER: TypeAdapter[Record] = TypeAdapter(Record)
