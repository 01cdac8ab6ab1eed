"""The security groups of a region and their rules (design D5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import IngressRule, Ownership, Region, SecurityGroup, SourceKind, Vpc
from tpa_tf.stack.network import ANYWHERE, Network, filter_blocks
from tpa_tf.terraform.blocks import Data, Guard, Lifecycle, Resource
from tpa_tf.terraform.expressions import Expr, Value, expr, operand
from tpa_tf.terraform.stack import Stack

_ALL_PROTOCOLS = "-1"


@dataclass(frozen=True)
class Firewall:
    """The groups that every instance of a region gets."""

    group_ids: list[Value] | Expr
    """Their ids one by one, or an expression for the list of them."""
    egress: tuple[Resource, ...]
    """The rules that let instances out, which the first boot needs."""


def add_firewall(stack: Stack, region: Region, vpc: Vpc, group: SecurityGroup, network: Network) -> Firewall:
    """Make the cluster's group of ``region``, or look up those that it names."""
    address = addresses.region(region.name)
    if group.ownership is Ownership.EXISTING:
        return Firewall(_existing(stack, region.name, vpc, group, network), ())
    own = stack.resource(
        "aws_security_group",
        address,
        provider(region.name),
        name=group.name,
        description=group.description,
        vpc_id=network.vpc_id,
        tags=group.tags,
    )
    others = _named_groups(stack, region.name, group.rules, network)
    for rule in group.rules:
        stack.resource(
            "aws_vpc_security_group_ingress_rule",
            rule.address,
            provider(region.name),
            security_group_id=own.attribute("id"),
            ip_protocol=rule.protocol,
            from_port=rule.from_port,
            to_port=rule.to_port,
            description=rule.description,
            origin=rule.origin,
            named=_named(rule),
            **_source(rule, own, others),
        )
    # Terraform takes away the rule that EC2 gives to every new group.
    egress = stack.resource(
        "aws_vpc_security_group_egress_rule",
        f"{address}_all",
        provider(region.name),
        security_group_id=own.attribute("id"),
        ip_protocol=_ALL_PROTOCOLS,
        cidr_ipv4=ANYWHERE,
    )
    return Firewall([own.attribute("id")], (egress,))


def _existing(stack: Stack, region: str, vpc: Vpc, group: SecurityGroup, network: Network) -> list[Value] | Expr:
    """The groups that exist: by the ids that are recorded, else looked up."""
    # Nobody has recorded what is in a VPC that we make.
    guards = _in_vpc(region, network) if vpc.ownership is Ownership.MANAGED else ()
    if group.group_ids:
        address = addresses.region(region)
        stack.found[f"aws_security_group.{address}"] = {"name": group.name, "vpc_id": network.vpc_id}
        stack.found[f"aws_security_groups.{address}"] = {"filter": filter_blocks(group.filters)}
        if guards:
            _lookup(stack, region, [{"name": "group-id", "values": list(group.group_ids)}], guards)
        return list(group.group_ids)
    filters = filter_blocks(group.filters) or []
    # A group of another VPC can't be attached, and groups of one name in several VPCs are common ("default").
    if vpc.ownership is Ownership.EXISTING and "vpc-id" not in dict(group.filters):
        filters.append({"name": "vpc-id", "values": [network.vpc_id]})
    any_found = Guard(
        "ids",
        expr("length(self.ids) > 0"),
        None,
        f"ec2_groups finds no security group in {region}.",
        "Check its filters (names are case-sensitive, and the groups must be in the VPC of the instances), or remove "
        "the region from ec2_groups to have a group made.",
    )
    return _lookup(stack, region, filters, (any_found, *guards)).attribute("ids")


def _in_vpc(region: str, network: Network) -> tuple[Guard, ...]:
    """AWS refuses an instance a group of another VPC, when other groups may be gone already."""
    all_here = Guard(
        "vpc_ids",
        expr("alltrue([for id in self.vpc_ids : id == ", operand(network.vpc_id), "])"),
        None,
        f"ec2_groups finds a security group in {region} that is not in the VPC of the cluster.",
        "Add the filter vpc-id, or remove the region from ec2_groups to have a group made.",
    )
    return (all_here,)


def _lookup(stack: Stack, region: str, filters: list[Value], guards: tuple[Guard, ...]) -> Data:
    lifecycle = Lifecycle(guards=guards)
    address = addresses.region(region)
    return stack.data("aws_security_groups", address, provider(region), filter=filters, lifecycle=lifecycle)


def _named_groups(stack: Stack, region: str, rules: Iterable[IngressRule], network: Network) -> Mapping[str, Data]:
    """The groups that rules name as their source, looked up in the VPC."""
    origins = {rule.source: rule.origin for rule in rules if rule.source_kind is SourceKind.GROUP_NAME}
    return {
        name: stack.data(
            "aws_security_group",
            addresses.group(region, name),
            provider(region),
            name=name,
            vpc_id=network.vpc_id,
            origin=origins[name],
            named=f"the security group {name}",
        )
        for name in sorted(origins)
    }


def _named(rule: IngressRule) -> str:
    ports = "every port" if rule.from_port is None else f"{rule.from_port} to {rule.to_port}"
    return f"the rule for {rule.protocol} {ports} from {rule.source_kind.value} {rule.source}"


def _source(rule: IngressRule, own: Resource, others: Mapping[str, Data]) -> Mapping[str, Any]:
    if rule.source_kind is SourceKind.OWN_GROUP:
        return {SourceKind.GROUP_ID.value: own.attribute("id")}
    if rule.source_kind is SourceKind.GROUP_NAME:
        return {SourceKind.GROUP_ID.value: others[rule.source].attribute("id")}
    return {rule.source_kind.value: rule.source}
