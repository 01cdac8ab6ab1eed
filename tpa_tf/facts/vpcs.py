"""The VPC of a region, and the gateway that is attached to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.facts.asking import Asking, filters, shown_tags, tags_of
from tpa_tf.facts.shapes import Account, Cidr, FilterMap, GatewayId, Strict, VpcId
from tpa_tf.rules.asking import AMBIGUOUS_VPC


@dataclass(frozen=True)
class FoundVpc(Strict):
    """An existing VPC."""

    id: VpcId
    cidrs: tuple[Cidr, ...]
    """Its IPv4 ranges, the primary one first and the others sorted."""
    name: str | None
    """Its tag Name, for people who review the record."""
    internet_gateway: GatewayId | None
    """The gateway that is attached to it; None: there is none, or the cluster made it."""
    owner: Account | None = None
    """The account that shares it; None: the one that was asked."""
    own: bool = False
    """Whether it bears the cluster's tag."""


@dataclass(frozen=True)
class VpcRecord(Strict):
    """The VPC of a region: found None if there is none yet that matches, or the cluster made it."""

    asked: FilterMap
    found: FoundVpc | None


def ask_vpc(asking: Asking) -> FoundVpc | None:
    """The VPC that the config names; None where there is none, or where it is the cluster's own and can be made."""
    asked, region = asking.asked, asking.region
    found = matching_vpcs(asking)
    own = [str(vpc["VpcId"]) for vpc in found if asking.is_own(vpc)]
    if own and asked.vpc_can_be_made:
        asking.made_vpc = own[0]
        return None
    asking.own_vpc = next(iter(own), None)
    if len(found) > 1:
        asking.ambiguous(
            AMBIGUOUS_VPC,
            ("ec2_vpc", region),
            f"{len(found)} VPCs in {region}",
            [f"{vpc['VpcId']} ({vpc['CidrBlock']}, {shown_tags(vpc)})" for vpc in found],
            "tell it apart with filters, for example vpc-id",
        )
    if not found:
        return None
    vpc = min(found, key=lambda each: str(each["VpcId"]))  # where several match, for the other checks alone
    associated = {
        association["CidrBlock"]
        for association in vpc.get("CidrBlockAssociationSet", [])
        if association.get("CidrBlockState", {}).get("State", "associated") == "associated"
    }
    others = tuple(sorted(associated - {vpc["CidrBlock"]}))
    gateway = next((str(each["InternetGatewayId"]) for each in gateways(asking, vpc) if not asking.is_own(each)), None)
    owner = vpc.get("OwnerId") if vpc.get("OwnerId") != asking.account else None
    cidrs = (vpc["CidrBlock"], *others)
    return FoundVpc(vpc["VpcId"], cidrs, tags_of(vpc).get("Name"), gateway, owner, vpc["VpcId"] in own)


def matching_vpcs(asking: Asking) -> list[Mapping[str, Any]]:
    """Every VPC that is as the config describes its VPC."""
    return asking.ec2.all("describe_vpcs", "Vpcs", Filters=filters(asking.asked.vpc))


def ask_interfaces(asking: Asking, vpcs: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The network interfaces in VPCs: whoever uses a network has one there."""
    if not vpcs:
        return []
    return asking.ec2.all("describe_network_interfaces", "NetworkInterfaces", Filters=filters({"vpc-id": vpcs}))


def gateways(asking: Asking, vpc: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The internet gateways that are attached to a VPC: one at most."""
    of_vpc = filters({"attachment.vpc-id": (vpc["VpcId"],)})
    return asking.ec2.all("describe_internet_gateways", "InternetGateways", Filters=of_vpc)
