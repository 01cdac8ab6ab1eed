"""The security group of each region and its ingress rules (design D5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from tpa_tf.cluster import addresses, names, ownership
from tpa_tf.cluster.context import Context
from tpa_tf.cluster.model import IngressRule, Ownership, SecurityGroup, SourceKind, Vpc
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.models import RuleSpec
from tpa_tf.config.schema import shown
from tpa_tf.config.sections import RuleEntry
from tpa_tf.config.values import has_host_bits
from tpa_tf.limits.names import RULE_DESCRIPTION
from tpa_tf.limits.tpa import DEFAULT_RULES, PEM_SERVER
from tpa_tf.rules.firewall import (
    EVERY_PORT,
    INVALID_DESCRIPTION,
    INVALID_GROUP,
    INVALID_ICMP,
    INVALID_PORT,
    INVALID_PREFIX_LIST,
    INVALID_PROTOCOL,
    RULE_SOURCE,
    RULES_WITHOUT_GROUP,
    TWO_PORT_FORMS,
)
from tpa_tf.rules.network import HOST_BITS
from tpa_tf.rules.schema import MISSING_KEY, NO_EFFECT

_PROTOCOLS = {"all": "-1", "-1": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "icmp6": "icmpv6"}
_SOURCES = ("cidr_ip", "cidr_ipv6", "group_id", "group_name", "ip_prefix")
_ANYWHERE = "0.0.0.0/0"
_EVERY_PORT = {(0, 65535), (-1, -1), (0, 0), (1, 65535)}
"""How people write that a rule is for all ports."""

Ports = tuple[int | None, int | None]


def security_group(context: Context, region_name: str, region_vpc: Vpc | None) -> SecurityGroup:
    """The cluster's group of a region, or the existing groups that ec2_groups names for it."""
    decided, groups = ownership.security_group(context, region_name, region_vpc)
    if decided is Ownership.EXISTING:
        # The rules are not ours to set, and what is at fault in them is said where they are.
        unsaid = replace(context, report=Report(context.report.document), record=None)
        rules = _rules(unsaid, region_name)
        name = groups[0].name if len(groups) == 1 else ""
        ids = tuple(group.id for group in groups)
        return SecurityGroup(decided, name, "", {}, rules, context.sections.groups[region_name], ids)
    return SecurityGroup(
        decided,
        names.group_name(context.name, region_name),
        f"Automatically created for {context.name} in {region_name}",
        context.made_by_us(),
        _rules(context, region_name),
        (),
        (),
    )


def check_rules(context: Context) -> None:
    """Say when cluster_rules go nowhere because every region uses existing groups."""
    regions = context.region_names()
    if context.sections.rules is not None and regions and all(name in context.sections.groups for name in regions):
        context.report.add(
            RULES_WITHOUT_GROUP,
            ("cluster_rules",),
            "cluster_rules have no effect: ec2_groups gives every region existing security groups",
            "set the rules on those groups, or remove ec2_groups; a cluster that had a group of its own keeps "
            "cluster_rules until an apply has forgotten that group",
            on_key=True,
        )


def _rules(context: Context, region_name: str) -> tuple[IngressRule, ...]:
    found: dict[tuple[object, ...], IngressRule] = {}
    for rule in _all_rules(context, region_name):
        permission = (rule.protocol, rule.from_port, rule.to_port, rule.source_kind, rule.source)
        twin = found.get(permission)
        # One permission given twice keeps the first description and address by the alphabet: the order of the list is
        # no input.
        descriptions = sorted(each.description for each in (rule, twin) if each and each.description)
        address = min(rule.address, twin.address) if twin else rule.address
        found[permission] = replace(rule, address=address, description=descriptions[0] if descriptions else None)
    return tuple(sorted(found.values(), key=lambda rule: (rule.address, rule.source)))


def _all_rules(context: Context, region_name: str) -> Iterator[IngressRule]:
    entries = context.sections.rules
    if entries is None:
        for protocol, port in DEFAULT_RULES:
            yield _open(region_name, protocol, port, ())
    for entry in entries or ():
        yield from _expand(context, region_name, entry)
    if context.spec.cluster_ssh_port != 22:
        yield _open(region_name, "tcp", context.spec.cluster_ssh_port, ("cluster_ssh_port",))
    if context.has_pem_server:
        yield _open(region_name, *PEM_SERVER, ())


def _open(region_name: str, protocol: str, port: int, origin: KeyPath) -> IngressRule:
    return _rule(region_name, protocol, (port, port), SourceKind.CIDR_IPV4, _ANYWHERE, None, origin)


def _rule(
    region_name: str,
    protocol: str,
    ports: Ports,
    kind: SourceKind,
    source: str,
    description: str | None,
    origin: KeyPath,
) -> IngressRule:
    address = addresses.rule(region_name, protocol, *ports, source)
    return IngressRule(address, protocol, *ports, kind, source, description, origin)


def _expand(context: Context, region_name: str, entry: RuleEntry) -> Iterator[IngressRule]:
    """One rule for each range of ports and each source of an entry, as Ansible's module makes of it.

    Faults are reported, not raised.
    """
    spec = entry.spec
    protocol = _protocol(context, spec, entry.path)
    ports = _ports(context, spec, protocol, entry.path) if protocol else ()
    sources = tuple(_sources(context, region_name, spec, entry.path))
    description = spec.rule_desc
    if spec.group_desc:
        context.report.add(
            NO_EFFECT,
            (*entry.path, "group_desc"),
            "group_desc has no effect: tpa-tf creates no group for a rule's group_name, as TPA would",
            "create the group first, which must exist, and remove group_desc",
            on_key=True,
        )
    if description and not RULE_DESCRIPTION.allows(description):
        context.report.add(
            INVALID_DESCRIPTION,
            (*entry.path, "rule_desc"),
            f"EC2 refuses {shown(description)} as a description",
            f"write {RULE_DESCRIPTION.allowed}",
        )
    for each in ports:
        for kind, source in sources:
            rule = _rule(region_name, protocol, each, kind, source, description, entry.path)
            yield _recorded(context, region_name, rule, (*entry.path, "group_name"))


def _recorded(context: Context, region_name: str, rule: IngressRule, path: KeyPath) -> IngressRule:
    """A rule for a group by its name, as one for its id where that is recorded; the address stays."""
    if rule.source_kind is not SourceKind.GROUP_NAME:
        return rule
    group_id = ownership.rule_group(context, region_name, rule.source, path)
    return replace(rule, source_kind=SourceKind.GROUP_ID, source=group_id) if group_id else rule


def _protocol(context: Context, spec: RuleSpec, path: KeyPath) -> str:
    written = spec.proto.lower()
    protocol = _PROTOCOLS.get(written, written)
    numbered = protocol.isdigit() and int(protocol) <= 255
    if protocol in {"tcp", "udp", "icmp", "icmpv6", "-1"} or numbered:
        return protocol
    context.report.add(
        INVALID_PROTOCOL,
        (*path, "proto"),
        f"{spec.proto!r} is not a protocol of EC2's",
        "write tcp, udp, icmp, icmpv6, all, or a protocol number from 0 to 255",
    )
    return ""


def _ports(context: Context, spec: RuleSpec, protocol: str, path: KeyPath) -> tuple[Ports, ...]:
    given = spec.from_port is not None or spec.to_port is not None
    if protocol.startswith("icmp"):
        return _icmp(context, spec, path)
    for key in ("icmp_type", "icmp_code"):
        if getattr(spec, key) is not None:
            what, help = f"{key} stands in a rule for {spec.proto}", f"write proto: icmp or icmpv6, or remove {key}"
            context.report.add(INVALID_ICMP, (*path, key), what, help, on_key=True)
    if protocol == "-1" or protocol.isdigit():
        if spec.ports or (given and (spec.from_port, spec.to_port) not in _EVERY_PORT):
            context.report.add(
                EVERY_PORT,
                path,
                f"the ports have no effect: a rule for {spec.proto} opens every port",
                "write proto: tcp or udp for these ports alone, or remove the ports",
            )
        return ((None, None),)
    if spec.ports and given:
        context.report.add(
            TWO_PORT_FORMS, path, "ports stands beside from_port and to_port", "remove one of the two forms"
        )
        return ()
    if spec.ports:
        ranges = [_range(context, text, (*path, "ports")) for text in spec.ports]
        return tuple(dict.fromkeys(each for each in ranges if each))
    if spec.from_port is None or spec.to_port is None:
        missing = "from_port and to_port are" if not given else f"{'to' if spec.to_port is None else 'from'}_port is"
        context.report.add(
            MISSING_KEY,
            path,
            f"{missing} missing: a {protocol} rule says which ports it opens",
            "add from_port and to_port, or ports: [5432, '6000-6100']",
        )
        return ()
    key = "from_port" if not 0 <= spec.from_port <= 65535 else "to_port"
    checked = _checked(context, spec.from_port, spec.to_port, (*path, key))
    return (checked,) if checked else ()


def _range(context: Context, text: str, path: KeyPath) -> Ports | None:
    match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", text)
    if not match:
        context.report.add(
            INVALID_PORT, path, f"{text!r} is not a port", "write a port such as 5432, or a range such as '6000-6100'"
        )
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    # Ansible's module puts the ends of a range in order.
    return _checked(context, min(first, last), max(first, last), path)


def _checked(context: Context, first: int, last: int, path: KeyPath) -> Ports | None:
    if not (0 <= first <= 65535 and 0 <= last <= 65535):
        context.report.add(INVALID_PORT, path, f"{first} to {last} is no range of ports", "write ports from 0 to 65535")
        return None
    if first > last:
        context.report.add(
            INVALID_PORT, path, f"the range {first} to {last} begins with its upper end", "write the lower port first"
        )
        return None
    return first, last


def _icmp(context: Context, spec: RuleSpec, path: KeyPath) -> tuple[Ports, ...]:
    """Type and code, for which EC2 uses the fields of the ports; -1 means all."""
    kind = spec.icmp_type if spec.icmp_type is not None else spec.from_port
    code = spec.icmp_code if spec.icmp_code is not None else spec.to_port
    kind, code = -1 if kind is None else kind, -1 if code is None else code
    if not (-1 <= kind <= 255 and -1 <= code <= 255) or spec.ports:
        context.report.add(
            INVALID_ICMP,
            path,
            "the type and the code of ICMP are out of range",
            "write icmp_type and icmp_code (or from_port and to_port) from 0 to 255, or -1 for all",
        )
        return ()
    if kind == -1 and code != -1:
        what, help = (
            f"icmp_code {code} stands without a type",
            "add icmp_type, or remove icmp_code for every code of every type",
        )
        context.report.add(INVALID_ICMP, path, what, help)
        return ()
    return ((kind, code),)


def _sources(context: Context, region_name: str, spec: RuleSpec, path: KeyPath) -> Iterator[tuple[SourceKind, str]]:
    if not any(getattr(spec, key) for key in _SOURCES):
        context.report.add(
            RULE_SOURCE,
            path,
            "the rule admits nobody: its source is missing",
            f"add one or more of {', '.join(_SOURCES)}",
        )
    for key in ("cidr_ip", "cidr_ipv6"):
        for each in getattr(spec, key):
            if has_host_bits(each.written):
                context.report.add(
                    HOST_BITS,
                    (*path, key),
                    f"{each.written} means {each.network}: it has host bits set",
                    f"write {each.network}",
                )
            kind = SourceKind.CIDR_IPV4 if isinstance(each.network, IPv4Network) else SourceKind.CIDR_IPV6
            yield kind, str(each.network)
    for group_id in spec.group_id:
        # Ansible's module takes the long form account/sg-…/name too; EC2 needs account and id.
        match = re.fullmatch(r"(?:(\d{12})/)?(sg-[0-9a-z]+)(?:/.*)?", group_id)
        if match:
            yield SourceKind.GROUP_ID, f"{match[1]}/{match[2]}" if match[1] else match[2]
        else:
            context.report.add(
                INVALID_GROUP,
                (*path, "group_id"),
                f"{group_id!r} is not the id of a security group",
                "write sg-…, or account/sg-…; by name: group_name",
            )
    for name in spec.group_name:
        own = name == names.group_name(context.name, region_name)
        yield SourceKind.OWN_GROUP if own else SourceKind.GROUP_NAME, name
    for prefix in spec.ip_prefix:
        if re.fullmatch(r"pl-[0-9a-z]+", prefix):
            yield SourceKind.PREFIX_LIST, prefix
        else:
            context.report.add(
                INVALID_PREFIX_LIST,
                (*path, "ip_prefix"),
                f"{prefix!r} is not the id of a prefix list",
                "write pl-…; for a range: cidr_ip",
            )
