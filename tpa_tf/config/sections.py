"""The cluster-level sections of a document, each checked and in one form whichever of its spellings was used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.config import known_keys
from tpa_tf.config.deployment import check_deployment
from tpa_tf.config.document import Document, KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.models import AmiSpec, ClusterSpec, RuleSpec, SubnetSpec, VpcSpec
from tpa_tf.config.schema import shown, validate, without_faults
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.terraform_section import TerraformSpec, read_terraform
from tpa_tf.config.values import FilterValues, Flag, filters, flag, has_host_bits, network, region, rule_of
from tpa_tf.rules.network import DUPLICATE_SUBNET, HOST_BITS, MIXED_VPC, VPC_WITHOUT_NAME
from tpa_tf.rules.schema import MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE
from tpa_tf.rules.text import EMPTY_FILE, NOT_A_TPA_CONFIG

_VPC_KEYS = frozenset(VpcSpec.model_fields)
_WITH_FILTERS = ("ec2_vpc", "ec2_groups", "ec2_ami")
"""Sections that hold Describe… filters."""

__all__ = ["FilterValues", "Flag", "Sections", "read_sections"]


@dataclass(frozen=True)
class SubnetEntry:
    """One entry of ec2_vpc_subnets and where it stands."""

    spec: SubnetSpec
    path: KeyPath


@dataclass(frozen=True)
class RuleEntry:
    """One entry of cluster_rules and where it stands."""

    spec: RuleSpec
    path: KeyPath


@dataclass(frozen=True)
class VpcEntry:
    """The ec2_vpc entry that applies to a region and where it stands."""

    spec: VpcSpec
    path: KeyPath


@dataclass(frozen=True)
class Sections:
    """Every cluster-level section, checked. A faulty one is None or empty, and the report has failed."""

    cluster: ClusterSpec | None
    flat_vpc: VpcEntry | None
    """The one entry for all regions, where ec2_vpc is flat."""
    vpcs: Mapping[str, VpcEntry]
    """The entries by region, where ec2_vpc is per region."""
    ami: AmiSpec | None
    subnets: Mapping[str | None, Mapping[IPv4Network, SubnetEntry]] | None
    """ec2_vpc_subnets by region (None: a legacy entry for any region); None when the config has no such section."""
    groups: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    gateways: Mapping[str, bool]
    rules: tuple[RuleEntry, ...] | None
    """None: TPA's default rules."""
    terraform: TerraformSpec | None

    def vpc(self, region_name: str) -> VpcEntry | None:
        """The ec2_vpc entry for ``region_name``, or None if there is none."""
        return self.flat_vpc or self.vpcs.get(region_name)


def read_sections(document: Document, report: Report) -> Sections | None:
    """Check everything of ``document`` but instances and locations; None when it is no TPA config at all."""
    data = document.data
    if not isinstance(data, dict) or not known_keys.TOP_LEVEL & set(data):
        help = "give the file that tpaexec configure wrote, with cluster_name, ec2_vpc, ec2_ami and instances"
        if data is None:
            report.add(EMPTY_FILE, (), "the file is empty", help)
        else:
            report.add(NOT_A_TPA_CONFIG, (), "this is not a TPA cluster's config.yml", help)
        return None
    known_keys.report_unknown(data, report)
    check_deployment(data, report)
    data = {**data, **{key: _as_written(document, (key,), data[key]) for key in _WITH_FILTERS if key in data}}
    # Where a key of it is at fault, the rest is read all the same: every fault is told at once.
    cluster = validate(ClusterSpec, data, report, ())
    if cluster is None:
        cluster, _ = without_faults(ClusterSpec, data, {"cluster_name": "cluster"})
    flat_vpc, vpcs = _vpcs(data, report)
    return Sections(
        cluster=cluster,
        flat_vpc=flat_vpc,
        vpcs=vpcs,
        ami=_ami(data, report),
        subnets=_subnets(data, report),
        groups=_by_region(data, "ec2_groups", filters, report),
        gateways=_by_region(data, "ec2_vpc_igw", flag, report),
        rules=_rules(data, report),
        terraform=read_terraform(data, report),
    )


def _vpcs(data: dict[str, Any], report: Report) -> tuple[VpcEntry | None, dict[str, VpcEntry]]:
    path: KeyPath = ("ec2_vpc",)
    value = data.get("ec2_vpc")
    help = "write ec2_vpc: {Name: …, cidr: …}, or the same under the name of each region"
    if value is None:
        report.add(MISSING_KEY, path, "ec2_vpc is missing", help)
        return None, {}
    if not isinstance(value, dict) or not value:
        report.add(WRONG_TYPE, path, f"{shown(value)} where the VPC is expected", help)
        return None, {}
    flat = [key for key in value if key in _VPC_KEYS]
    if flat and len(flat) < len(value):
        for key in (key for key in value if key not in _VPC_KEYS):
            report.add(
                MIXED_VPC,
                (*path, key),
                f"{key!r} stands beside {', '.join(flat)} in ec2_vpc",
                "write one VPC for all regions (Name, cidr, filters), or an entry for each region",
                on_key=True,
            )
        return None, {}
    if flat:
        spec = _vpc(value, path, report)
        return (VpcEntry(spec, path) if spec else None), {}
    entries = {}
    for key, each in value.items():
        guess = suggestion(str(key), _VPC_KEYS)
        if guess:
            report.add(UNKNOWN_KEY, (*path, key), f"unknown key {key!r}", f"did you mean {guess}?", on_key=True)
            continue
        name = _region_key(key, path, report)
        if name is None and not isinstance(each, dict):
            continue
        spec = _vpc(each, (*path, key), report)
        if name and spec:
            entries[name] = VpcEntry(spec, (*path, key))
    return None, entries


def _vpc(value: Any, path: KeyPath, report: Report) -> VpcSpec | None:
    spec = validate(VpcSpec, value, report, path)
    if spec and not spec.Name and not spec.filters:
        report.add(
            VPC_WITHOUT_NAME,
            path,
            "neither Name nor filters say which VPC this is",
            "add Name (with cidr the VPC is created, without it has to exist), or filters that find an existing VPC",
        )
        return None
    if spec and spec.cidr and has_host_bits(str(value["cidr"])):
        _host_bits(spec.cidr, value["cidr"], (*path, "cidr"), report, on_key=False)
    return spec


def _ami(data: dict[str, Any], report: Report) -> AmiSpec | None:
    value = data.get("ec2_ami")
    return None if value is None else validate(AmiSpec, value, report, ("ec2_ami",))


def _as_written(document: Document, path: KeyPath, value: Any) -> Any:
    """``value``, which stands at ``path``, with the numbers within as text, digit for digit.

    YAML 1.1 takes 012345670123 for an octal number, and an account's id is no number at all.
    """
    if isinstance(value, dict):
        return {key: _as_written(document, (*path, key), each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_written(document, (*path, index), each) for index, each in enumerate(value)]
    number = isinstance(value, int | float) and not isinstance(value, bool) and len(path) > 1
    return (document.written(path) or value) if number else value


def _subnets(data: dict[str, Any], report: Report) -> dict[str | None, dict[IPv4Network, SubnetEntry]] | None:
    value = data.get("ec2_vpc_subnets")
    path: KeyPath = ("ec2_vpc_subnets",)
    if value is None:
        return None
    if not isinstance(value, dict):
        report.add(
            WRONG_TYPE,
            path,
            f"{shown(value)} where subnets are expected",
            "write region, then range, then az and Name",
        )
        return {}
    found: dict[str | None, dict[IPv4Network, SubnetEntry]] = {}
    for key, each in value.items():
        if "/" in str(key):
            # Before TPA knew several regions, the CIDRs stood directly under ec2_vpc_subnets.
            _subnet(key, each, path, found.setdefault(None, {}), report)
            continue
        name = _region_key(key, path, report)
        if not isinstance(each, dict):
            if name is None:
                continue
            report.add(
                WRONG_TYPE,
                (*path, key),
                f"{shown(each)} where subnets by range are expected",
                "write a range, then az and Name",
            )
            continue
        for cidr, settings in each.items():
            _subnet(cidr, settings, (*path, key), found.setdefault(name, {}), report)
    return found


def _subnet(key: Any, value: Any, parent: KeyPath, found: dict[IPv4Network, SubnetEntry], report: Report) -> None:
    path = (*parent, key)
    try:
        cidr = network(key)
    except PydanticCustomError as error:
        report.add(rule_of(error), path, error.message(), _help(error), on_key=True)
        return
    # The shortest legacy form gives the zone alone: 10.0.0.0/24: us-east-1a
    spec = validate(SubnetSpec, {"az": value} if isinstance(value, str) else value or {}, report, path)
    if spec is None:
        return
    if cidr in found and found[cidr].spec != spec:
        first = report.document.key_mark(found[cidr].path).line
        report.add(
            DUPLICATE_SUBNET,
            path,
            f"{key} means {cidr}, which line {first} describes differently",
            "keep one of them: two spellings of a range are one subnet",
            on_key=True,
        )
    elif has_host_bits(str(key)):
        _host_bits(cidr, key, path, report, on_key=True)
    found.setdefault(cidr, SubnetEntry(spec, path))


def _host_bits(cidr: IPv4Network, written: Any, path: KeyPath, report: Report, *, on_key: bool) -> None:
    report.add(HOST_BITS, path, f"{written} means {cidr}: it has host bits set", f"write {cidr}", on_key=on_key)


def _by_region(data: dict[str, Any], section: str, check: Any, report: Report) -> dict[str, Any]:
    value = data.get(section)
    if value is None:
        return {}
    if not isinstance(value, dict):
        report.add(
            WRONG_TYPE,
            (section,),
            f"{shown(value)} where a mapping by region is expected",
            f"write {section}: {{eu-west-1: …}}",
        )
        return {}
    found = {}
    for key, each in value.items():
        name = _region_key(key, (section,), report)
        try:
            checked = check(each)
        except PydanticCustomError as error:
            report.add(rule_of(error), (section, key), error.message(), _help(error))
            continue
        if name:
            found[name] = checked
    return found


def _rules(data: dict[str, Any], report: Report) -> tuple[RuleEntry, ...] | None:
    value = data.get("cluster_rules")
    if value is None:
        return None
    path: KeyPath = ("cluster_rules",)
    if not isinstance(value, list):
        report.add(
            WRONG_TYPE, path, f"{shown(value)} where a list of rules is expected", "write entries that begin with -"
        )
        return ()
    entries = []
    for index, each in enumerate(value):
        spec = validate(RuleSpec, each, report, (*path, index))
        if spec:
            entries.append(RuleEntry(spec, (*path, index)))
    return tuple(entries)


def _region_key(key: Any, parent: KeyPath, report: Report) -> str | None:
    try:
        return region(key)
    except PydanticCustomError as error:
        report.add(rule_of(error), (*parent, key), error.message(), _help(error), on_key=True)
        return None


def _help(error: PydanticCustomError) -> str | None:
    return (error.context or {}).get("help")
