"""One region that is asked, and what was seen there besides the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.facts.questions import AskedDisk, AskedRegion
from tpa_tf.facts.shapes import FilterMap
from tpa_tf.rules.rule import Rule

if TYPE_CHECKING:  # boto3, which takes a second
    from tpa_tf.facts.adopted import Adopted
    from tpa_tf.facts.aws import Aws, Service

_SHOWN = 10

_IDS = ("SubnetId", "GroupId", "InternetGatewayId", "KeyName", "VpcId")
"""The fields of a thing of which the first says which it is: subnets and groups have that of their VPC besides."""


@dataclass(frozen=True)
class Fault:
    """Why a question has no one answer: with the place of what asks it, as a finding has."""

    rule: Rule
    path: KeyPath
    message: str
    help: str


def tell(report: Report, faults: Iterable[Fault]) -> None:
    """Record ``faults`` as findings."""
    for fault in faults:
        report.add(fault.rule, fault.path, fault.message, fault.help)


@dataclass
class Asking:
    """What one region is asked for one cluster; questions that have no one answer are in ``faults``."""

    aws: Aws
    account: str
    cluster: str
    region: str
    asked: AskedRegion
    adopted: Adopted
    faults: list[Fault] = field(default_factory=list)
    own_ids: set[str] = field(default_factory=set)
    """The ids of all that was seen of what the cluster itself made, of key pairs the names."""
    own_ips: dict[str, str] = field(default_factory=dict)
    """Elastic IPs that the cluster allocated, and the name of the instance that each was for."""
    in_use: dict[str, Fault] = field(default_factory=dict)
    """What is to be said of volumes to attach that another instance of the cluster has, by their ids."""
    own_groups: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """The rules that let somebody in, as EC2 has them, of groups that the cluster made, by their ids."""
    unattached: list[tuple[str, AskedDisk]] = field(default_factory=list)
    """Volumes to attach that no instance has now, and the disk that each is for."""
    instances: list[Mapping[str, Any]] = field(default_factory=list)
    """The instances that bear the cluster's tag."""
    made_vpc: str | None = None
    """The VPC that the cluster made, which counts as not found."""
    own_vpc: str | None = None
    """The VPC that bears the cluster's tag, where the config says that it exists."""

    @cached_property
    def ec2(self) -> Service:
        """EC2 in the region."""
        return self.aws.service("ec2", self.region)

    def is_own(self, thing: Mapping[str, Any]) -> bool:
        """Whether the cluster itself made it, as its tags say, or whether it was adopted; keeps in mind which it is."""
        id = next(str(thing[name]) for name in _IDS if name in thing)
        own = self.adopted.is_own(id, made_by(thing) == self.cluster)
        if own:
            self.own_ids.add(id)
        return own

    def made(self, operation: str, key: str) -> list[Mapping[str, Any]]:
        """What a Describe… call answers of all that bears the cluster's tag CreatingCluster."""
        return self.ec2.all(operation, key, Filters=filters({"tag:CreatingCluster": (self.cluster,)}))

    def ambiguous(self, rule: Rule, path: KeyPath, what: str, candidates: list[str], help: str) -> None:
        """Note that a question has several answers."""
        shown = "; ".join(candidates[:_SHOWN])
        more = f"; and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
        self.faults.append(
            Fault(rule, path, f"{what} match, and tpa-tf does not guess which is meant: {shown}{more}", help)
        )


def made_by(thing: Mapping[str, Any]) -> str | None:
    """The cluster that made it, as its tags say."""
    return tags_of(thing).get("CreatingCluster")


def filters(wanted: FilterMap) -> list[dict[str, Any]]:
    """``wanted`` as Describe… calls take filters."""
    return [{"Name": name, "Values": list(values)} for name, values in sorted(wanted.items())]


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """The tags of what a Describe… call has answered."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


def shown_tags(thing: Mapping[str, Any]) -> str:
    """Its tags as a message quotes them."""
    tags = tags_of(thing)
    return ", ".join(f"{name}: {tags[name]}" for name in sorted(tags)) or "no tags"
