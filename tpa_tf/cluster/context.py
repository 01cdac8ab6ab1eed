"""What every step of resolving reads: the checked sections, the merged instances, and where to report."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from tpa_tf.cluster.merge import Location, MergedInstance
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.models import ClusterSpec, InstanceSpec
from tpa_tf.config.sections import Sections
from tpa_tf.limits.provider import TESTED, ProviderVersions
from tpa_tf.limits.regions import partition

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.record import Record, RegionRecord


@dataclass(frozen=True)
class AwsInstance:
    """An aws instance that passed the schema, with its merged values and their places."""

    spec: InstanceSpec
    merged: MergedInstance
    unknown: frozenset[str] = frozenset()
    """Required keys that are at fault, or missing without anybody knowing: what ``spec`` has there is a stand-in."""

    def path(self, *loc: str | int) -> KeyPath:
        """Where the part ``loc`` of the instance stands in the document."""
        return self.merged.locate(loc)


@dataclass(frozen=True)
class Context:
    """The checked parts of one config."""

    directory: Path
    report: Report
    sections: Sections
    spec: ClusterSpec
    locations: tuple[Location, ...]
    instances: tuple[AwsInstance, ...]
    """The aws instances, sorted by node; without those whose place or number is unknown."""
    tags: Mapping[str, str]
    """cluster_tags with Owner, without Name."""
    has_pem_server: bool
    """Whether any instance, of whatever platform, has the role pem-server."""
    complete: bool = True
    """Whether these are all aws instances: only then can it be told what is not used."""
    record: Record | None = None
    """What exists in AWS, if that was looked up; it answers every question of this config (``asked.py``)."""

    @property
    def name(self) -> str:
        """The cluster's name, in its own case."""
        return self.spec.cluster_name

    @property
    def public(self) -> bool:
        """Whether ``ec2_instance_reachability`` is public."""
        return self.spec.ec2_instance_reachability == "public"

    def in_region(self, region_name: str) -> tuple[AwsInstance, ...]:
        """The instances of a region, sorted by node."""
        return tuple(instance for instance in self.instances if instance.spec.region == region_name)

    def region_names(self) -> tuple[str, ...]:
        """The regions that hold instances, sorted."""
        return tuple(sorted({instance.spec.region for instance in self.instances}))

    @property
    def home_region(self) -> str:
        """Where what is not regional goes: the region that the config names, else the lowest node's; empty without."""
        terraform = self.sections.terraform
        return (terraform.home_region if terraform else None) or next((each.spec.region for each in self.instances), "")

    @property
    def provider_version(self) -> ProviderVersions:
        """The versions of the provider that the stack is for."""
        return self.sections.terraform.provider_version if self.sections.terraform else TESTED

    @property
    def bucket_region(self) -> str:
        """Where the bucket is, as far as anybody knows: where a record has found it, else the home region."""
        found = self.record.bucket.found if self.record and self.record.bucket else None
        return found.region if found else self.home_region

    def listed_subnets(self, region_name: str) -> frozenset[IPv4Network]:
        """The networks that ec2_vpc_subnets lists ("each subnet that we create") for a region."""
        section = self.sections.subnets or {}
        return frozenset({**section.get(None, {}), **section.get(region_name, {})})

    def answers(self, region_name: str) -> RegionRecord | None:
        """What is recorded of a region that holds instances; None where nothing was looked up."""
        return self.record.regions[region_name] if self.record else None

    def arn(self, region_name: str, resource: str, owner: str | None = None) -> str | None:
        """The ARN of a resource of EC2's in the account that was looked up, or of ``owner``; None without a record."""
        if self.record is None:
            return None
        return f"arn:{partition(region_name)}:ec2:{region_name}:{owner or self.record.account}:{resource}"

    @property
    def lookup_command(self) -> str:
        """What to type to have the record made, as messages quote it."""
        return f"tpa-tf lookup {shlex.quote(str(self.directory))}"

    def made_by_us(self, **tags: str) -> dict[str, str]:
        """Tags of a thing that carries only where it comes from, as TPA tags gateways, tables and groups."""
        return {"CreatingCluster": self.name, **tags}

    def line(self, path: KeyPath) -> int:
        """The line in which the value at ``path`` stands, for messages that point at a second place."""
        return self.report.document.mark(path).line
