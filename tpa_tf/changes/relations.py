"""What belongs to what in a plan: disks to machines, machines to networks. By the ids that AWS gave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tpa_tf.changes.plan import Plan, PlannedChange, without_index

MACHINE, DISK, ATTACHMENT = "aws_instance", "aws_ebs_volume", "aws_volume_attachment"


class Relations:
    """The relations within a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.machines = plan.of_kind(MACHINE)
        self._attachments = plan.of_kind(ATTACHMENT)
        self._machine_by_id = _by_id(self.machines)
        self._disk_by_id = _by_id(plan.of_kind(DISK))
        self._vpc_by_id = _by_id(plan.of_kind("aws_vpc"))
        self._subnet_by_id = _by_id(plan.of_kind("aws_subnet"))
        self._machine_by_number = {
            str(tags["node"]): machine
            for side in ("new_tags", "old_tags")
            for machine in self.machines
            if (tags := getattr(machine, side)).get("node")
        }

    @property
    def staying(self) -> tuple[PlannedChange, ...]:
        """The machines that are in AWS before the apply and after it, those too that Terraform forgets."""
        return tuple(machine for machine in self.machines if machine.before and not machine.destroys)

    def machine_of(self, change: PlannedChange) -> PlannedChange | None:
        """The machine that ``change`` is of, or whose disk or attachment it is; None if the plan doesn't tell."""
        if change.kind == MACHINE:
            return change
        if change.kind == ATTACHMENT:
            return self._machine_by_id.get(change.was("instance_id"))
        if change.kind != DISK:
            return None
        for attachment in self.attachments_of(change):
            if machine := self._machine_by_id.get(attachment.was("instance_id")):
                return machine
        return self._machine_by_number.get(str((change.old_tags or change.new_tags).get("node")))

    def attachments_of(self, disk: PlannedChange) -> tuple[PlannedChange, ...]:
        """The attachments that ``disk`` has before the apply."""
        found = disk.was("id")
        return tuple(each for each in self._attachments if found and each.was("volume_id") == found)

    def disk_of(self, attachment: PlannedChange) -> PlannedChange | None:
        """The disk that is attached before the apply, if the plan has it."""
        return self._disk_by_id.get(attachment.was("volume_id"))

    def detaches(self, attachment: PlannedChange) -> bool:
        """Whether a disk is taken from a machine that stays: the provider stops the machine for that."""
        machine = self.machine_of(attachment)
        return attachment.destroys and not (machine and machine.destroys)

    def users(self, key_or_bucket: PlannedChange) -> tuple[PlannedChange, ...]:
        """The machines of the plan's outcome that have to do with a key pair or a bucket."""
        left = tuple(machine for machine in self.machines if not machine.goes or machine.makes)
        if key_or_bucket.kind == "aws_key_pair":
            key = _name_of_key(key_or_bucket)
            return tuple(machine for machine in left if machine.before and _name_of_key(machine) == key)
        return left

    def inside(self, place: PlannedChange) -> tuple[PlannedChange, ...]:
        """The machines that stay, and that are in a VPC, a subnet or a security group."""
        return tuple(machine for machine in self.staying if self._is_in(machine, place))

    def vpc_of(self, thing: PlannedChange) -> PlannedChange | None:
        """The VPC that a gateway or a route table is in before the apply, if the plan has it."""
        return self._vpc_by_id.get(thing.was("vpc_id"))

    def open_subnets(self, machine: PlannedChange) -> tuple[PlannedChange, ...]:
        """The subnets yet to be made, in a zone that AWS will choose, one of which the new machine goes to."""
        if "subnet_id" not in machine.unknown:
            return ()
        named = self._plan.subnets_of.get(without_index(machine.address))
        return tuple(
            subnet
            for subnet in self._plan.of_kind("aws_subnet")
            if subnet.makes
            and "availability_zone" in subnet.unknown
            and (not named or without_index(subnet.address) in named)
        )

    def disks_to_come(self, machine: PlannedChange) -> tuple[PlannedChange, ...]:
        """The attachments that bring disks which are there to the machine in the place of ``machine``."""
        return tuple(
            attachment
            for attachment in self._attachments
            if attachment.makes
            and machine.was("id") == attachment.was("instance_id")
            and not ((disk := self.disk_of(attachment)) and disk.goes)
        )

    def _is_in(self, machine: PlannedChange, place: PlannedChange) -> bool:
        found = place.was("id")
        if place.kind == "aws_subnet":
            return machine.was("subnet_id") == found
        if place.kind == "aws_security_group":
            groups = machine.before.get("vpc_security_group_ids")
            return isinstance(groups, list) and found in groups
        # Only its subnet tells the VPC of a machine. A cluster has one VPC in a region: without the subnet, it's that.
        subnet = self._subnet_by_id.get(machine.was("subnet_id"))
        return subnet.was("vpc_id") == found if subnet else _region(machine) == _region(place)


def _by_id(changes: Iterable[PlannedChange]) -> Mapping[str, PlannedChange]:
    return {each.was("id"): each for each in changes if each.was("id")}


def _region(thing: PlannedChange) -> list[str]:
    """The region, of which only the ARN tells."""
    return thing.was("arn").split(":")[3:4]


def _name_of_key(thing: PlannedChange) -> tuple[Any, list[str]]:
    """The name of a key pair, or of a machine's, with its region."""
    return thing.was("key_name"), _region(thing)
