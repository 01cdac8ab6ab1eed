"""Subnets: by their range within a VPC, or by their id wherever they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.shapes import Cidr, Strict, SubnetId, VpcId
from tpa_tf.facts.vpcs import FoundVpc

Overlapping = dict[str, "tuple[FoundSubnet, ...]"]
"""For ranges that no subnet has, those that share addresses with them."""


@dataclass(frozen=True)
class FoundSubnet(Strict):
    """An existing subnet."""

    id: SubnetId
    cidr: Cidr
    vpc: VpcId
    availability_zone: str


def ask_subnets(asking: Asking, vpc: FoundVpc | None) -> tuple[dict[str, FoundSubnet | None], Overlapping]:
    """The subnets that are asked for, and for ranges that none has, those that are in their way."""
    asked = asking.asked.subnets
    ids = tuple(each for each in asked if each.startswith("subnet-"))
    ranges = tuple(each for each in asked if each not in ids)
    answers: dict[str, FoundSubnet | None] = dict.fromkeys(asked)
    if ids:
        for subnet in asking.ec2.all("describe_subnets", "Subnets", Filters=filters({"subnet-id": ids})):
            answers[subnet["SubnetId"]] = _found(subnet)
    if not (ranges and vpc):
        return answers, {}
    there = subnets_in(asking, (vpc.id,))
    others = sorted((_found(each) for each in there if not asking.is_own(each)), key=lambda subnet: subnet.id)
    answers |= {subnet.cidr: subnet for subnet in others if subnet.cidr in ranges}
    overlapping = {
        cidr: found
        for cidr in ranges
        if answers[cidr] is None
        and (found := tuple(each for each in others if IPv4Network(each.cidr).overlaps(IPv4Network(cidr))))
    }
    return answers, overlapping


def subnets_in(asking: Asking, vpcs: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The subnets of VPCs."""
    return asking.ec2.all("describe_subnets", "Subnets", Filters=filters({"vpc-id": vpcs})) if vpcs else []


def _found(subnet: Mapping[str, Any]) -> FoundSubnet:
    return FoundSubnet(subnet["SubnetId"], subnet["CidrBlock"], subnet["VpcId"], subnet["AvailabilityZone"])
