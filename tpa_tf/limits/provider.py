"""The versions of hashicorp/aws that a stack can be for, and what is not the same in all of them.

What is not the same in a resource type stands in its declaration (`terraform/resources`). Sources: the provider's
changelog, https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md, its upgrade guide,
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade, and the schemas of 5.100.0
and 6.25.0 that tests keep extracts of.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

Version = tuple[int, int, int]

SOURCE = "hashicorp/aws"

OLDEST: Version = (5, 100, 0)
"""Versions before it are not known."""
SIX: Version = (6, 0, 0)
SEVEN: Version = (7, 0, 0)
"""The first one of which nothing is known."""
RECOMMENDED = "~> 6.40"
"""The constraint on 6 without the versions of :data:`FAULTS`."""

_ALWAYS: Version = (0, 0, 0)
_NEVER: Version = (sys.maxsize, 0, 0)
_PART = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(-[0-9A-Za-z.-]+)?\s*")


def shown(version: Version) -> str:
    """``5.100.0``"""
    return ".".join(map(str, version))


@dataclass(frozen=True)
class Span:
    """Versions from one on, up to another one that is not among them."""

    since: Version = _ALWAYS
    until: Version = _NEVER

    @property
    def said(self) -> str:
        """The versions in a phrase: ``before 6.0.0``, ``from 6.22.0 on``."""
        since = f"from {shown(self.since)} on" if self.since > _ALWAYS else ""
        return f"{since} {f'before {shown(self.until)}' if self.until < _NEVER else ''}".strip()

    def holds(self, other: Span) -> bool:
        """Whether all of ``other`` is in it."""
        return self.since <= other.since and other.until <= self.until


@dataclass(frozen=True)
class ProviderVersions(Span):
    """The versions that a constraint allows."""

    constraint: str = ""
    """As the config has it."""
    without: frozenset[Version] = frozenset()

    def __contains__(self, version: Version) -> bool:
        return self.since <= version < self.until and version not in self.without

    @property
    def major(self) -> int:
        """The major version that all of them are of."""
        return self.since[0]

    @property
    def said(self) -> str:
        """The constraint in a sentence: ``hashicorp/aws ~> 6.40``."""
        return f"{SOURCE} {self.constraint}"

    def all_have(self, since: Version) -> bool:
        """Whether all of them have what the version ``since`` has brought."""
        return since <= self.since


TESTED = ProviderVersions(OLDEST, (5, 100, 1), shown(OLDEST))
"""The version with which stacks are applied in tests: a stack is for this one unless its config says otherwise."""

ANY = ProviderVersions(_NEVER, _NEVER)
"""Stands for versions that a config names in a way that nobody can read: nothing else is said of them."""


def read(constraint: str) -> ProviderVersions | None:
    """The versions that ``constraint`` allows, as Terraform reads it; None where Terraform refuses it.

    Missing parts of a version are 0, and ``~>`` leaves the last one that is given open. A prerelease counts as the
    release before which it comes. Source, held against terraform by a test:
    https://developer.hashicorp.com/terraform/language/expressions/version-constraints
    """
    first, end, without = _ALWAYS, _NEVER, set[Version]()
    for part in constraint.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        operator, numbers = match[1] or "=", [int(number) for number in match.group(2, 3, 4) if number]
        version, after = _filled(numbers), _next(_filled(numbers))
        if operator == "!=":
            without.add(version)
        if operator in ("=", ">=", "~>"):
            first = max(first, version)
        if operator == ">":
            first = max(first, after)
        if operator in ("=", "<="):
            end = min(end, after)
        if operator == "<":
            end = min(end, version)
        if operator == "~>":
            end = min(end, _filled([*numbers[:-2], numbers[max(len(numbers) - 2, 0)] + 1]))
    while first in without:
        first = _next(first)
    return ProviderVersions(first, end, constraint, frozenset(without))


def names_prerelease(constraint: str) -> bool:
    """Whether a constraint that Terraform takes names a version such as ``6.0.0-beta1``."""
    return "-" in constraint


def unknown(versions: ProviderVersions) -> str:
    """What ``versions`` have that a stack can't be for; empty if there is nothing."""
    if versions.since >= versions.until:
        return "allows no version at all"
    if versions.since < OLDEST:
        return f"allows versions before {shown(OLDEST)}, which tpa-tf doesn't know"
    if versions.until > SEVEN:
        return f"allows versions from {shown(max(versions.since, SEVEN))} on, which tpa-tf doesn't know"
    if versions.since < SIX < versions.until:
        return "allows 5 and 6, and a stack is for one of them: they call some things otherwise"
    return ""


# What the provider block takes

ARGUMENTS: Mapping[str, Span] = {"tag_policy_compliance": Span(since=(6, 22, 0))}
"""Arguments of the provider that not every version has."""

_GONE = "iotanalytics iotevents lookoutmetrics opsworks sdb simpledb worklink"
_NEW = """
arcregionswitch arczonalshift bedrockagentcore mwaaserverless networkflowmonitor observabilityadmin odb rdsdata
rdsdataservice s3vectors workmail
"""
SERVICES: Mapping[str, Span] = {
    **{name: Span(until=SIX) for name in _GONE.split()},
    # Each came with some version of 6 up to the one whose schema tests keep.
    **{name: Span(since=(6, 25, 0)) for name in _NEW.split()},
}
"""Services in ``endpoints`` that not every version has."""


# What the provider refuses

VOLUME_THROUGHPUT: Mapping[Version, int] = {_ALWAYS: 1000, (6, 15, 0): 2000}
"""MiB/s above which the provider refuses an aws_ebs_volume, by the version since which it does.

AWS allows 2000, and a root volume may have them in any version: see `limits/volumes.py`. Source:
https://github.com/hashicorp/terraform-provider-aws/pull/44514
"""

REGIONS: Mapping[str, Version] = {
    "ap-southeast-6": (6, 12, 0),
    "me-west-1": _NEVER,
    "sa-west-1": _NEVER,
    "us-isob-west-1": (6, 20, 0),
}
"""Regions that the provider refuses, unless its argument skip_region_validation is true, before a version."""


def volume_throughput(versions: ProviderVersions) -> int:
    """MiB/s that all of ``versions`` allow an aws_ebs_volume."""
    return max(most for since, most in VOLUME_THROUGHPUT.items() if versions.all_have(since))


def refuses_region(versions: ProviderVersions, name: str) -> bool:
    """Whether some of ``versions`` don't know the region ``name``, which AWS has."""
    return not versions.all_have(REGIONS.get(name, _ALWAYS))


@dataclass(frozen=True)
class Fault:
    """Something that versions of the provider do wrong with our stacks."""

    span: Span
    what: str
    source: str


FAULTS: tuple[Fault, ...] = (
    Fault(
        Span(SIX, (6, 5, 0)),
        "a plan with -refresh=false, after an upgrade from 5, replaces the rules of security groups",
        "https://github.com/hashicorp/terraform-provider-aws/pull/43516",
    ),
    Fault(
        Span((6, 22, 0), (6, 40, 0)),
        "every plan takes S3's block of SSE-C off a bucket again (blocked_encryption_types)",
        "https://github.com/hashicorp/terraform-provider-aws/pull/45105",
    ),
)


def faults(versions: ProviderVersions) -> tuple[Fault, ...]:
    """What all of ``versions`` do wrong: where one without it is allowed, terraform init takes the newest."""
    return tuple(fault for fault in FAULTS if fault.span.holds(versions))


def _filled(numbers: list[int]) -> Version:
    major, minor, patch = (*numbers, 0, 0)[:3]
    return major, minor, patch


def _next(version: Version) -> Version:
    return version[0], version[1], version[2] + 1
