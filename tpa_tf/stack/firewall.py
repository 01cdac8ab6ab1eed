"""The security groups of a region and their rules (design D5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import IngressRule, Ownership, Region, SecurityGroup, SourceKind, Vpc
from tpa_tf.stack.emitter import Block, Expr, Stack, postcondition
from tpa_tf.stack.network import ANYWHERE, Network, filter_blocks

_ALL_PROTOCOLS = "-1"


@dataclass(frozen=True)
class Firewall:
    """The groups that every machine of a region gets: their ids one by one, or an expression for the list of them."""

    group_ids: tuple[Expr, ...]
    all_group_ids: Expr | None
    egress: tuple[Block, ...]
    """The rules that let machines out, which the first boot needs."""


def add_firewall(stack: Stack, region: Region, vpc: Vpc, group: SecurityGroup, network: Network) -> Firewall:
    """Make the cluster's group of ``region``, or look up those that it names."""
    address = addresses.region(region.name)
    if group.ownership is Ownership.EXISTING:
        found = _existing(stack, region.name, vpc, group, network)
        return Firewall((), found.attribute("ids"), ())
    own = stack.resource(
        "aws_security_group",
        address,
        region.name,
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
            region.name,
            security_group_id=own.attribute("id"),
            ip_protocol=rule.protocol,
            from_port=rule.from_port,
            to_port=rule.to_port,
            description=rule.description,
            **_source(rule, own, others),
        )
    # Terraform takes away the rule that EC2 gives to every new group.
    egress = stack.resource(
        "aws_vpc_security_group_egress_rule",
        f"{address}_all",
        region.name,
        security_group_id=own.attribute("id"),
        ip_protocol=_ALL_PROTOCOLS,
        cidr_ipv4=ANYWHERE,
    )
    return Firewall((own.attribute("id"),), None, (egress,))


def _existing(stack: Stack, region: str, vpc: Vpc, group: SecurityGroup, network: Network) -> Block:
    if group.group_ids:
        return _recorded(stack, region, group.group_ids)
    blocks = filter_blocks(group.filters) or []
    # A group of another VPC can't be attached, and groups of one name in several VPCs are common ("default").
    if vpc.ownership is Ownership.EXISTING and "vpc-id" not in dict(group.filters):
        blocks.append({"name": "vpc-id", "values": [network.vpc_id]})
    return stack.data(
        "aws_security_groups",
        addresses.region(region),
        region,
        filter=blocks,
        lifecycle={
            "postcondition": [
                postcondition(
                    "length(self.ids) > 0",
                    f"ec2_groups finds no security group in {region}. Check its filters (names are case-sensitive, and "
                    "the groups must be in the VPC of the instances), or remove the region from ec2_groups to have a "
                    "group made.",
                )
            ]
        },
    )


def _recorded(stack: Stack, region: str, group_ids: tuple[str, ...]) -> Block:
    """The groups that a lookup has found, all of which must still be there."""
    message = (
        f"Not all of the security groups that a lookup found for ec2_groups in {region} are there any more "
        f"({', '.join(group_ids)}). Run tpa-tf lookup again, and synthesize."
    )
    return stack.data(
        "aws_security_groups",
        addresses.region(region),
        region,
        filter=[{"name": "group-id", "values": list(group_ids)}],
        lifecycle={"postcondition": [postcondition(f"length(self.ids) == {len(group_ids)}", message)]},
    )


def _named_groups(stack: Stack, region: str, rules: Iterable[IngressRule], network: Network) -> dict[str, Block]:
    """The groups that rules name as their source, looked up in the VPC."""
    names = sorted({rule.source for rule in rules if rule.source_kind is SourceKind.GROUP_NAME})
    return {
        name: stack.data(
            "aws_security_group",
            addresses.group(region, name),
            region,
            name=name,
            vpc_id=network.vpc_id,
        )
        for name in names
    }


def _source(rule: IngressRule, own: Block, others: dict[str, Block]) -> dict[str, Any]:
    if rule.source_kind is SourceKind.OWN_GROUP:
        return {SourceKind.GROUP_ID.value: own.attribute("id")}
    if rule.source_kind is SourceKind.GROUP_NAME:
        return {SourceKind.GROUP_ID.value: others[rule.source].attribute("id")}
    return {rule.source_kind.value: rule.source}
