"""Managed or existing: what of a cluster's provisioning Terraform takes over.

What bears the cluster's tag and is used by its instances alone becomes managed. What holds things of others, or lacks
the tag, stays existing. Whoever adopts may say otherwise of a kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tpa_tf.adoption.there import There, Thing
from tpa_tf.cluster import addresses
from tpa_tf.config.document import KeyPath
from tpa_tf.facts.adopted import Adopted
from tpa_tf.facts.asking import Fault, made_by
from tpa_tf.facts.questions import AskedRegion
from tpa_tf.rules.adoption import ADOPT_AMBIGUOUS, ADOPT_EXISTING, ADOPT_SHARED, ADOPT_UNTAGGED
from tpa_tf.terraform.expressions import Address

VPC, SUBNET, GATEWAY, GROUP, PROFILE = "vpc", "subnet", "gateway", "group", "profile"

EXISTING_KINDS = (VPC, SUBNET, GATEWAY, PROFILE)
"""What can stay existing though the cluster could manage it; groups do by ``ec2_groups``."""
MANAGED_KINDS = (VPC, SUBNET, GATEWAY, GROUP, PROFILE)

_SHOWN = 5


@dataclass
class Decisions:
    """What was decided so far, and why."""

    cluster: str
    existing_kinds: Collection[str]
    managed_kinds: Collection[str]
    earlier: Adopted
    """What an earlier adoption has decided: it holds unless a kind is said to be otherwise."""
    in_state: Collection[str] = ()
    """Ids of what Terraform's state has: it stays managed."""
    managed: set[str] = field(default_factory=set)
    untagged: set[str] = field(default_factory=set)
    existing: set[str] = field(default_factory=set)
    remarks: list[Fault] = field(default_factory=list)
    """What stays existing, and why."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def adopted(self) -> Adopted:
        """The decisions as the record has them, without imports yet."""
        managed, untagged, existing = (tuple(sorted(ids)) for ids in (self.managed, self.untagged, self.existing))
        return Adopted(managed=managed, untagged=untagged, existing=existing)

    def tagged(self, thing: Thing) -> bool:
        """Whether a thing bears the cluster's tag."""
        return made_by(thing) == self.cluster

    def takes(self, kind: str, id: str, foreign: str | None, others: Iterable[str]) -> str | None:
        """Why a thing of ``kind`` stays existing; None: it becomes managed.

        ``foreign`` says why it isn't the cluster's own, if it isn't; ``others`` are what else uses it.
        """
        if kind in self.existing_kinds:
            return f"--existing {kind}"
        if kind in self.managed_kinds or self.is_managed(id):
            return None
        if id in self.earlier.existing:
            return "an earlier adoption has decided so"
        held = sorted(others)
        used = f"others use it, too: {', '.join(held[:_SHOWN])}{', …' if len(held) > _SHOWN else ''}" if held else None
        return foreign or used

    def is_managed(self, id: str) -> bool:
        """Whether it is managed already, by an earlier adoption or in the state."""
        return id in self.earlier.managed or id in self.in_state

    def untagged_reason(self, thing: Thing) -> str | None:
        """Why a thing isn't the cluster's own by its tags; None if it is."""
        return None if self.tagged(thing) else f"it doesn't bear the cluster's tag (CreatingCluster: {self.cluster})"

    def settle(self, kind: str, id: str, thing: Thing, why: str | None, path: KeyPath, *, theirs: bool = False) -> None:
        """Note that a thing is managed, or, for the reason ``why``, existing; what is theirs needs no remark."""
        if why is None:
            self.managed.add(id)
            if not self.tagged(thing):
                self.untagged.add(id)
            return
        if self.tagged(thing):
            self.existing.add(id)
        if not (theirs or why.startswith("--")):
            help = f"--managed {kind} has Terraform manage it"
            self.remarks.append(Fault(ADOPT_SHARED, path, f"{id} stays existing, and is used as it is: {why}", help))


def decide_network(decisions: Decisions, region: str, asked: AskedRegion, there: There) -> None:
    """The VPC of a region with its gateway and subnets.

    A managed VPC has managed gateways and subnets alone: where one of these stays existing, so does the VPC.
    """
    path: KeyPath = ("ec2_vpc", region)
    own = there.vpcs_of(decisions.cluster)
    if len(own) > 1 and asked.vpc_can_be_made:
        decisions.faults.append(
            Fault(
                ADOPT_AMBIGUOUS,
                path,
                f"{len(own)} VPCs could be the cluster's: {', '.join(str(vpc['VpcId']) for vpc in own)}",
                "tell it apart with filters (vpc-id), or take the tag CreatingCluster from the one that isn't",
            )
        )
    if not own:
        return
    vpc, vpc_id = own[0], str(own[0]["VpcId"])
    subnets = [subnet for subnet in there.subnets if subnet["VpcId"] == vpc_id and subnet["CidrBlock"] in asked.subnets]
    attached = there.gateways_of(vpc_id)
    strangers = [_shown_interface(interface) for interface in there.used_by_others(vpc_id)]
    parts = [
        *((SUBNET, subnet["SubnetId"], subnet, _strangers(there, subnet["SubnetId"])) for subnet in subnets),
        *((GATEWAY, gateway["InternetGatewayId"], gateway, strangers) for gateway in attached),
    ]
    below = {id: decisions.takes(kind, id, decisions.untagged_reason(part), held) for kind, id, part, held in parts}
    why = decisions.takes(VPC, vpc_id, decisions.untagged_reason(vpc), strangers)
    stays = next((id for id, reason in below.items() if reason), None)
    if why is None and stays:
        why = f"{stays} in it stays existing"
        if VPC in decisions.managed_kinds or decisions.is_managed(vpc_id):
            what = f"{vpc_id} is managed, and {stays} in it would stay existing: {below[stays]}"
            help = f"have {stays} managed, too (--managed subnet or gateway), or leave both existing (--existing vpc)"
            decisions.faults.append(Fault(ADOPT_EXISTING, path, what, help))
    if not asked.vpc_can_be_made:
        if VPC in decisions.managed_kinds:
            what = f"ec2_vpc of {region} names a VPC that exists, and Terraform can't manage it"
            decisions.faults.append(Fault(ADOPT_EXISTING, path, what, "give its Name and cidr, and no vpc-id"))
        why = why or "ec2_vpc says that it exists"
    theirs = not decisions.tagged(vpc)
    decisions.settle(VPC, vpc_id, vpc, why, path, theirs=theirs or not asked.vpc_can_be_made)
    for kind, id, part, _ in parts:
        decisions.settle(kind, id, part, below[id], path, theirs=theirs and not decisions.tagged(part))


def decide_group(decisions: Decisions, region: str, name: str, asked: AskedRegion, there: There) -> None:
    """The cluster's own group: one that others made under its name stays as it is, and can't be made once more."""
    if asked.security_groups is not None:
        return
    for group in there.groups:
        if group["GroupName"] != name or decisions.tagged(group):
            continue
        if GROUP in decisions.managed_kinds:
            decisions.settle(GROUP, str(group["GroupId"]), group, None, ("ec2_vpc", region))
        else:
            decisions.faults.append(
                Fault(
                    ADOPT_UNTAGGED,
                    ("ec2_vpc", region),
                    f"{group['GroupId']} has the name of the cluster's group ({name}), and not its tag",
                    "--managed group takes it over; ec2_groups uses it as it is",
                )
            )


def decide_volumes(decisions: Decisions, asked: AskedRegion, there: There) -> None:
    """Volumes of the cluster's instances become managed, those with ``attach_existing``, too."""
    for disk in asked.volumes.values():
        for instance in there.named(*disk.names):
            volumes = there.volumes_at(instance["InstanceId"], disk.device_name)
            decisions.managed |= {str(volume["VolumeId"]) for volume in volumes}


def decide_key_pair(decisions: Decisions, region: str, there: There, state: Collection[Address] | None) -> None:
    """A key pair can't be imported: one with the cluster's tag that the state doesn't have stays existing."""
    for pair in there.key_pairs:
        known = state is None or f"aws_key_pair.{addresses.region(region)}" in state
        if decisions.tagged(pair) and not known:
            decisions.existing.add(str(pair["KeyName"]))


def decide_profile(decisions: Decisions, found: Thing, others: Collection[str]) -> None:
    """The instance profile, which TPA leaves without tags: it is the cluster's if its instances alone use it.

    ``others`` are the other instances that do.
    """
    name, maker = str(found["InstanceProfileName"]), made_by(found)
    foreign = None
    if maker not in (None, decisions.cluster):
        foreign = f"the cluster {maker} made it"
    elif maker is None and name != f"{decisions.cluster}_profile":
        foreign = decisions.untagged_reason(found)
    why = decisions.takes(PROFILE, name, foreign, others)
    decisions.settle(PROFILE, name, found, why, ("cluster_profile",))
    if why:
        decisions.existing.add(name)


def _strangers(there: There, thing: str) -> list[str]:
    return [_shown_interface(interface) for interface in there.used_by_others(thing)]


def _shown_interface(interface: Thing) -> str:
    instance = (interface.get("Attachment") or {}).get("InstanceId")
    return str(instance or interface["NetworkInterfaceId"])
