"""What belongs to what in a plan: volumes to instances, instances to networks. By their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change, Plan
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


def without_index(address: Address) -> Address:
    """An address as the configuration has it, without the keys of ``count`` and ``for_each``."""
    return _INDEX.sub("", address)


class Relations:
    """The relations within a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.instances = plan.of_type(INSTANCE)
        self._attachments = plan.of_type(ATTACHMENT)
        self._instance_by_id = _by_id(self.instances)
        self._volume_by_id = _by_id(plan.of_type(VOLUME))
        self._vpc_by_id = _by_id(plan.of_type("aws_vpc"))
        self._subnet_by_id = _by_id(plan.of_type("aws_subnet"))
        self._tables = _by_id(plan.of_type("aws_route_table"))
        self._group_by_id = _by_id(plan.of_type("aws_security_group"))
        self._instance_by_number = {
            str(tags["node"]): instance
            for side in ("new_tags", "old_tags")
            for instance in self.instances
            if (tags := getattr(instance, side)).get("node")
        }

    @property
    def staying(self) -> tuple[Change, ...]:
        """The instances that are in AWS before the apply and after it, those too that Terraform forgets."""
        return tuple(instance for instance in self.instances if instance.before and not instance.destroys)

    def instance_of(self, change: Change) -> Change | None:
        """The instance that ``change`` is of, or whose volume or attachment it is; None if the plan doesn't tell."""
        if change.type == INSTANCE:
            return change
        if change.type == ATTACHMENT:
            return self._instance_by_id.get(change.was("instance_id"))
        if change.type != VOLUME:
            return None
        for attachment in self.attachments_of(change):
            if instance := self._instance_by_id.get(attachment.was("instance_id")):
                return instance
        return self._instance_by_number.get(str((change.old_tags or change.new_tags).get("node")))

    def attachments_of(self, volume: Change) -> tuple[Change, ...]:
        """The attachments that ``volume`` has before the apply."""
        return tuple(
            attachment for attachment in self._attachments if volume.id and attachment.was("volume_id") == volume.id
        )

    def staying_attachments(self, instance: Change) -> tuple[Change, ...]:
        """The attachments before the apply of the volumes that stay and belong to ``instance`` after it."""
        return tuple(
            attachment
            for attachment in self._attachments
            if instance.id
            and attachment.was("instance_id") == instance.id
            and (attachment.makes or not attachment.goes)
            and not ((volume := self.volume_of(attachment)) and volume.goes)
        )

    def volume_of(self, attachment: Change) -> Change | None:
        """The volume that is attached before the apply, if the plan has it."""
        return self._volume_by_id.get(attachment.was("volume_id"))

    def detaches(self, attachment: Change) -> bool:
        """Whether a volume is detached from an instance that stays: the provider stops the instance for that."""
        instance = self.instance_of(attachment)
        return attachment.destroys and not (instance and instance.destroys)

    def named_by(self, change: Change) -> tuple[Address, ...]:
        """The instances and volumes that are there and the arguments of ``change`` name by their ids; sorted."""
        values = {
            each
            for value in change.after.values()
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, str)
        }
        known = [*self.instances, *self._plan.of_type(VOLUME)]
        return tuple(sorted(thing.address for thing in known if thing.id and thing.id in values))

    def users(self, key_or_bucket: Change) -> tuple[Change, ...]:
        """The instances of the plan's outcome that have to do with a key pair or a bucket."""
        left = tuple(instance for instance in self.instances if not instance.goes or instance.makes)
        if key_or_bucket.type == "aws_key_pair":
            key = _name_of_key(key_or_bucket)
            return tuple(instance for instance in left if instance.before and _name_of_key(instance) == key)
        return left

    def inside(self, place: Change) -> tuple[Change, ...]:
        """The instances that stay, and that are in a VPC, a subnet or a security group."""
        return tuple(instance for instance in self.staying if self._is_in(instance, place))

    def vpc_of(self, thing: Change) -> Change | None:
        """The VPC that a gateway or a route table is in before the apply, if the plan has it."""
        return self._vpc_by_id.get(thing.was("vpc_id"))

    def goes(self, label: str) -> bool:
        """Whether anything that is called so goes."""
        return any(
            change.goes
            for change in self._plan.resources
            if (said := resource_type(change.type)) and said.label == label
        )

    def public(self, gateway: Change) -> tuple[Change, ...]:
        """The instances that stay, in the VPC of a gateway, and have a public address."""
        vpc = self.vpc_of(gateway)
        there = self.inside(vpc) if vpc else self.staying
        return tuple(instance for instance in there if _is_public(instance))

    def behind(self, rule: Change) -> tuple[Change, ...]:
        """The instances that stay, and are in the group of a rule; where the plan lacks the group, all that stay."""
        group = self._group_by_id.get(rule.was("security_group_id"))
        return self.inside(group) if group else self.staying

    def connected(self, way: Change) -> bool:
        """Whether instances that stay may be reached, or reach others, by a thing that goes."""
        if way.type == "aws_route_table_association":
            subnet = self._subnet_by_id.get(way.was("subnet_id"))
            return bool(self.inside(subnet)) if subnet else bool(self.staying)
        vpc = self.vpc_of(self._tables.get(way.was("route_table_id"), way))
        return bool(self.inside(vpc)) if vpc else bool(self.staying)

    def open_subnets(self, instance: Change) -> tuple[Change, ...]:
        """The subnets yet to be created, in a zone that AWS will choose, one of which the new instance goes to."""
        if "subnet_id" not in instance.unknown:
            return ()
        named = self._plan.subnets_of.get(without_index(instance.address))
        return tuple(
            subnet
            for subnet in self._plan.of_type("aws_subnet")
            if subnet.makes
            and "availability_zone" in subnet.unknown
            and (not named or without_index(subnet.address) in named)
        )

    def strands(self, instance: Change) -> bool:
        """Whether a new instance may come to be in another zone than its volumes, which only the apply will tell."""
        return bool(self.open_subnets(instance) and self.staying_attachments(instance))

    def _is_in(self, instance: Change, place: Change) -> bool:
        if place.type == "aws_subnet":
            return bool(place.id) and instance.was("subnet_id") == place.id
        if place.type == "aws_security_group":
            groups = instance.before.get("vpc_security_group_ids")
            return isinstance(groups, (list, tuple)) and place.id in groups
        # Only its subnet tells the VPC of an instance. Without the subnet, it is the one VPC of the region.
        subnet = self._subnet_by_id.get(instance.was("subnet_id"))
        if subnet:
            return bool(place.id) and subnet.was("vpc_id") == place.id
        return instance.region_before == place.region_before


def _is_public(instance: Change) -> bool:
    return instance.before.get("associate_public_ip_address") is True or bool(instance.before.get("public_ip"))


def _by_id(changes: Iterable[Change]) -> Mapping[Any, Change]:
    return {change.id: change for change in changes if change.id}


def _name_of_key(thing: Change) -> tuple[Any, str]:
    """The name of a key pair, or of an instance's, with its region."""
    return thing.was("key_name"), thing.region_before
