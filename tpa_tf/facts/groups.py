"""Security groups that the config names: those to attach, and those that rules admit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.shapes import FilterMap, GroupId, Strict, VpcId
from tpa_tf.facts.vpcs import FoundVpc


@dataclass(frozen=True)
class FoundGroup(Strict):
    """An existing security group."""

    id: GroupId
    name: str
    vpc: VpcId


@dataclass(frozen=True)
class GroupsRecord(Strict):
    """The security groups that ec2_groups names for a region; found is sorted by id."""

    asked: FilterMap
    found: tuple[FoundGroup, ...]


def ask_groups(asking: Asking) -> GroupsRecord | None:
    """The groups that ec2_groups names; None where it doesn't name the region."""
    asked = asking.asked.security_groups
    if asked is None:
        return None
    found = asking.ec2.all("describe_security_groups", "SecurityGroups", Filters=filters(asked))
    for group in found:
        if asking.is_own(group):
            asking.own_groups[group["GroupId"]] = group.get("IpPermissions", [])
    groups = [FoundGroup(group["GroupId"], group["GroupName"], group["VpcId"]) for group in found]
    return GroupsRecord(asked, tuple(sorted(groups, key=lambda group: group.id)))


def ask_rule_groups(asking: Asking, vpc: FoundVpc | None) -> dict[str, str | None]:
    """By name, the ids of the groups that rules admit, in the VPC that was found."""
    answers: dict[str, str | None] = dict.fromkeys(asking.asked.rule_groups)
    if answers and vpc:
        # A group's name is unique within its VPC.
        named = filters({"group-name": tuple(answers), "vpc-id": (vpc.id,)})
        for group in asking.ec2.all("describe_security_groups", "SecurityGroups", Filters=named):
            answers[group["GroupName"]] = group["GroupId"]
    return answers


def groups_in(asking: Asking, vpcs: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The groups of VPCs."""
    wanted = filters({"vpc-id": vpcs})
    return asking.ec2.all("describe_security_groups", "SecurityGroups", Filters=wanted) if vpcs else []


def ask_rules(asking: Asking, groups: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The rules of groups, each with the id that it has of its own."""
    wanted = filters({"group-id": groups})
    return asking.ec2.all("describe_security_group_rules", "SecurityGroupRules", Filters=wanted) if groups else []
