"""The forecast of an edit: what Terraform will plan for each address, and what that does to nodes and their data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tpa_tf.changes.compare import Block, Change, Comparison, Stack, references
from tpa_tf.changes.effects import (
    CREATE,
    DELETE,
    NOTHING,
    REPLACE,
    UPDATE,
    Effect,
    Row,
    Subject,
    classify,
    kind_of,
    ordered,
    subject,
    subjects,
)
from tpa_tf.cluster.model import Cluster, Volume

_MACHINE, _DISK, _ATTACHMENT = "aws_instance", "aws_ebs_volume", "aws_volume_attachment"
_BUCKET, _GROUP = "aws_s3_bucket", "aws_security_group"
# AWS takes none of these away while a machine is in it.
_OCCUPIED = ("aws_subnet", "aws_vpc")
_GUARDS = {
    _MACHINE: "it was protected (termination_protection)",
    _DISK: "it was to be kept (delete_on_termination: no, or attach_existing)",
}
"""What the config said of a thing that Terraform did not destroy."""
_GONE = "it is not in the config any more"

_NAME_THE_ZONE = "name the zone of the new subnet (az): the one that the disks are in"
_DETACHING = (
    "start it afterwards: aws ec2 start-instances; or, that it need not stop, unmount the disk, aws ec2 detach-volume, "
    "and plan again"
)

_LATER = {
    "ami": "image",
    "associate_public_ip_address": "public address",
    "ephemeral_block_device": "instance store",
    "key_name": "first SSH key",
    "user_data": "first-boot script",
    "user_data_base64": "first-boot script",
}
"""What a running machine keeps until it is made anew."""

_REMEDIES = {
    "aws_vpc": "to move, make a second cluster in the new range and replicate to it",
    "aws_subnet": "give the instances that belong in another zone a subnet of their own there",
    _DISK: "set it back; or restore a snapshot as you want the disk, and put that in its place with terraform state rm "
    "and terraform import",
    _MACHINE: "set it back; or replace the machine when the cluster can do without it: terraform apply -replace",
}
"""What to do where AWS can't change a thing."""


def forecast(old: Cluster, new: Cluster, old_stack: Mapping[str, Any], new_stack: Mapping[str, Any]) -> tuple[Row, ...]:
    """What the step from ``old`` to ``new``, with their stacks as parsed JSON, does to each address; worst first.

    An address to which nothing happens is left out, unless something is to be said of it. A row that is REFUSED and has
    no actions makes the whole plan fail.
    """
    return _Forecast(old, new, Comparison(Stack(old_stack), Stack(new_stack))).rows()


def notes(old: Cluster, new: Cluster) -> tuple[str, ...]:
    """What the step from ``old`` to ``new`` means besides what happens to addresses."""
    said = []
    if old.name != new.name:
        said.append(
            f"cluster_name {old.name} → {new.name} makes no second cluster: the state is in the same place, so "
            "Terraform changes what there is (run terraform init in the new stack's directory). For a second cluster, "
            "give the config a directory and a backend of its own"
        )
    before, after = (each.terraform for each in (old, new))
    if (before.backend_type, before.backend) != (after.backend_type, after.backend):
        said.append("the state moves to another backend: run terraform init -migrate-state once")
    if after.allow_destroy and not before.allow_destroy:
        said.append(
            "allow_destroy takes the guard off kept volumes and protected machines: "
            "take it out again unless all is to go"
        )
    return tuple(said)


class _Forecast:
    def __init__(self, old: Cluster, new: Cluster, comparison: Comparison) -> None:
        self._old = old
        self._new = new
        self._comparison = comparison
        self._subjects = subjects(old, new)

    def rows(self) -> tuple[Row, ...]:
        return ordered(row for change in self._comparison.changes() for row in self._rows(change))

    def _rows(self, change: Change) -> Iterator[Row]:
        about = subject(change.address, self._subjects)
        if change.address.startswith("data."):
            yield from self._lookup(change, about)
        elif change.elsewhere:
            yield from self._elsewhere(change, about)
        elif self._without_provider(change):
            region = _region(change.old)
            why = f"Terraform can't remove it without the provider of {region}, and the plan fails"
            remedy = f"keep {region} in ec2_vpc until this is applied, and take it out then"
            yield Row(change.address, about, NOTHING, Effect.REFUSED, why, remedy)
        else:
            refused = list(self._refusals(change, about))
            yield from refused
            if change.actions != NOTHING:
                yield self._row(change, about)
            elif not refused and (later := sorted({_LATER[name] for name in change.held_back & _LATER.keys()})):
                why = f"{', '.join(later)}: when the machine is next made anew"
                yield Row(change.address, about, NOTHING, Effect.NOTHING, why)

    def _lookup(self, change: Change, about: Subject) -> Iterator[Row]:
        """A lookup that may find another thing than before, where something follows from it."""
        if change.address == f"data.{_BUCKET}.cluster" and self._old.bucket.region != self._new.bucket.region:
            yield self._bucket_left_behind(change, about)
        if not change.uncertain:
            return
        dependents = sum(
            any(
                name not in block.ignored and change.address in dict(references(value))
                for name, value in block.arguments.items()
            )
            for block in self._comparison.new.blocks.values()
        )
        if dependents:
            why = f"asked for in another way: should that be another one, {dependents} things change with it"
            yield Row(change.address, about, NOTHING, Effect.DEPENDS, why, "read the plan")

    def _elsewhere(self, change: Change, about: Subject) -> Iterator[Row]:
        """A thing that is to be in another region: the state knows the old one, where nobody will look for it."""
        kind = kind_of(change.address)
        if kind == _BUCKET:
            yield self._bucket_left_behind(change, about)
        if kind.startswith("aws_s3_"):
            return
        start, end = _region(change.old), _region(change.new)
        why = f"nothing moves from {start} to {end}: Terraform makes a new one, and forgets the old one, which stays"
        remedy = f"give the instance in {end} another name and node, and take the old one out when it is not needed"
        worst = Effect.LOSES_DATA if kind in (_MACHINE, _DISK) else Effect.MADE_ANEW
        yield Row(change.address, about, CREATE, worst, why, remedy)

    def _bucket_left_behind(self, change: Change, about: Subject) -> Row:
        start, end = self._old.bucket.region, self._new.bucket.region
        why = f"the node with the lowest number is in {end} now, and a bucket can't move there from {start}"
        remedy = f"keep it where it is: terraform: home_region: {start}"
        return Row(change.address, about, NOTHING, Effect.REFUSED, why, remedy)

    def _without_provider(self, change: Change) -> bool:
        providers = self._comparison.new.providers
        return change.actions == DELETE and change.old is not None and change.old.provider not in providers

    def _refusals(self, change: Change, about: Subject) -> Iterator[Row]:
        """What the stack's postconditions will say of a difference that Terraform is told to ignore."""
        if change.actions not in (NOTHING, UPDATE) or not (change.old and change.new):
            return
        for name in sorted(change.held_back):
            after = change.new.arguments.get(name)
            if after is None or f"self.{name.replace('.', '[0].')}" not in change.new.conditions:
                continue
            before = change.old.arguments.get(name)
            old, new = self._comparison.settles(before), self._comparison.settles(after)
            argument, remedy = name.rpartition(".")[2], _REMEDIES[kind_of(change.address)]
            never_set = before is None and argument != "availability_zone"
            if name == "availability_zone" and self._zone_is_open(change.new):
                why = "the plan can't tell in which zone AWS makes the subnet: in another one, the apply fails"
                yield Row(change.address, about, NOTHING, Effect.DEPENDS, why, _NAME_THE_ZONE)
            elif new is None or (old is None and not never_set):
                why = f"the plan fails unless {argument} is {new or 'the same'} already"
                yield Row(change.address, about, NOTHING, Effect.DEPENDS, why, remedy)
            elif old != new:
                why = f"{argument} {_value(old)} → {_value(new)}: AWS can't change it there, and the plan fails"
                yield Row(change.address, about, NOTHING, Effect.REFUSED, why, remedy)

    def _row(self, change: Change, about: Subject) -> Row:
        kind = kind_of(change.address)
        effect = classify(kind, change.actions, change.arguments, about)
        if kind == _ATTACHMENT and self._machine_goes(change):
            effect = Effect.REMOVED if change.actions == DELETE else Effect.MADE_ANEW
        if self._shrinks(change):
            why = f"{_shown(change)}: AWS makes no disk smaller, and the apply fails"
            return Row(change.address, about, change.actions, Effect.REFUSED, why, "set volume_size back")
        if change.actions == REPLACE and change.new and change.new.guarded:
            why = f"{_shown(change)}: AWS could only make it anew, it has termination_protection, and the plan fails"
            return Row(change.address, about, NOTHING, Effect.REFUSED, why, "set it back, or take the protection out")
        if kind == _ATTACHMENT and effect.severity >= Effect.STOPS.severity:
            return Row(change.address, about, change.actions, effect, *self._stopped(change, about))
        if kind == _GROUP and change.actions == REPLACE and self._has_machines(change.address):
            why = f"{_shown(change)}: AWS takes no group away that machines are in, and the apply fails on the way"
            return Row(change.address, about, change.actions, Effect.REFUSED, why, "set it back")
        if change.actions == CREATE:
            return Row(change.address, about, change.actions, effect, "")
        if change.actions == DELETE:
            return self._removed(change, effect, about)
        if kind == _MACHINE and change.actions == REPLACE:
            why = f"{_shown(change)}: AWS can only make the machine anew"
            if self._may_strand(change.address) and effect is Effect.REPLACES_MACHINE:
                why += (
                    "; in which zone, the plan can't tell: in another than its disks', the apply fails when it is gone"
                )
                return Row(change.address, about, change.actions, Effect.REMOVES_MACHINE, why, _NAME_THE_ZONE)
            return Row(change.address, about, change.actions, effect, why, self._what_stays(change, about))
        if effect is Effect.REBOOT and kind == _MACHINE:
            why = f"{_shown(change)}: it stops and starts; a public address that is no Elastic IP changes"
            return Row(change.address, about, change.actions, effect, why)
        return Row(change.address, about, change.actions, effect, _shown(change))

    def _removed(self, change: Change, effect: Effect, about: Subject) -> Row:
        """What is to be said of a thing that goes."""

        def row(why: str, remedy: str = "", effect: Effect = effect) -> Row:
            return Row(change.address, about, change.actions, effect, why, remedy)

        if change.address in self._comparison.handed_over:
            return row(*self._handed_over(change, effect))
        why = "; ".join([_GONE, *self._what_held(change), *filter(None, [about.dies_with])])
        if effect.severity < Effect.REMOVES_MACHINE.severity:
            return row(_GONE)
        if renamed := self._renamed_to(about.node):
            return row(why, f"if {about.node} is now {renamed}, say so: terraform: moved: {{{about.node}: {renamed}}}")
        if successor := self._successor(change.address):
            return row(why, _same_disk(change.address, successor))
        if effect is Effect.REMOVES_MACHINE:
            return row(why, "take the node out of the Postgres cluster first")
        return row(why, "make a backup or a snapshot first")

    @staticmethod
    def _handed_over(change: Change, effect: Effect) -> tuple[str, str, Effect]:
        """Of a thing that was made and is looked up now: why, what to do, and how bad."""
        why = "this cluster made it, and the config now says that it exists: Terraform takes it away"
        remedy = f"set the config back, or hand it over first: terraform state rm {change.address}"
        if kind_of(change.address) not in _OCCUPIED:
            return why, remedy, effect
        return f"{why}, which AWS refuses while machines are in it: the apply fails on the way", remedy, Effect.REFUSED

    @staticmethod
    def _what_held(change: Change) -> Iterator[str]:
        """What the config said of a thing that goes, which binds Terraform only as long as it is there."""
        if change.old and change.old.guarded:
            yield _GUARDS[kind_of(change.address)]

    def _successor(self, address: str) -> Volume | None:
        """The disk that comes to the node of the one at ``address``, which goes, and may well be the same."""
        moved = self._new.terraform.moved
        owners = {f"{_DISK}.{disk.address}": (each, disk) for each in self._old.instances for disk in each.volumes}
        if address not in owners:
            return None
        owner, gone = owners[address]
        alike = [
            disk
            for each in self._new.instances
            if each.name == moved.get(owner.name, owner.name)
            for disk in each.volumes
            if f"{_DISK}.{disk.address}" not in self._comparison.old.blocks
            and (disk.size, disk.volume_for) == (gone.size, gone.volume_for)
        ]
        return alike[0] if len(alike) == 1 else None

    def _renamed_to(self, name: str | None) -> str | None:
        """The new instance with the node number of the one called ``name``, which is gone without a note."""
        numbers = {instance.name: instance.node for instance in self._old.instances}
        return next(
            (
                each.name
                for each in self._new.instances
                if each.name not in {*numbers, *self._new.terraform.moved.values()}
                and each.node == numbers.get(name or "")
            ),
            None,
        )

    def _what_stays(self, change: Change, about: Subject) -> str:
        """What a person must know before a machine is made anew."""
        if about.dies_with:
            return f"{about.dies_with}: move the data first"
        devices = sorted(str(each.arguments["device_name"]) for each in self._attachments(change.address))
        disks = f"its disks ({', '.join(devices)}) stay and go to the new machine, " if devices else ""
        return f"{disks}what is on the root volume is lost: fail over or stop Postgres first, and deploy afterwards"

    def _has_machines(self, group: str) -> bool:
        """Whether machines that stay are in the security group at ``group``, which Terraform takes away first."""
        return any(
            kind_of(address) == _MACHINE
            and group in dict(references(block.arguments.get("vpc_security_group_ids")))
            and self._comparison.change(address).actions in (NOTHING, UPDATE)
            for address, block in self._comparison.new.blocks.items()
        )

    def _attachments(self, machine: str) -> Iterator[Block]:
        """The attachments, as they are to be, of the disks that are there and stay with ``machine``."""
        for address, block in self._comparison.new.blocks.items():
            there = kind_of(address) == _ATTACHMENT and address in self._comparison.old.blocks
            if there and machine in dict(references(block.arguments["instance_id"])):
                yield block

    def _may_strand(self, machine: str) -> bool:
        """Whether ``machine`` may come to be in another zone than its disks, which only the apply will tell."""
        blocks = self._comparison.new.blocks
        disks = {
            address for each in self._attachments(machine) for address, _ in references(each.arguments["volume_id"])
        }
        return any(self._zone_is_open(blocks[disk]) for disk in disks)

    def _zone_is_open(self, disk: Block) -> bool:
        """Whether AWS chooses the zone of the subnet that ``disk`` is to be in, when it makes that."""
        zone = disk.arguments["availability_zone"]
        subnets = [address for address, _ in references(zone)]
        made = any(self._comparison.change(each).actions in (CREATE, REPLACE) for each in subnets)
        return made and self._comparison.settles(zone) is None

    @staticmethod
    def _stopped(change: Change, about: Subject) -> tuple[str, str]:
        """Why and what to do, where a disk is detached from a machine that stays."""
        cause = _GONE if change.actions == DELETE else _shown(change)
        emptied = ", which empties its instance store" if about.dies_when_stopped else ""
        return f"{cause}: to detach it, the machine is stopped{emptied}, and nothing starts it again", _DETACHING

    def _machine_goes(self, change: Change) -> bool:
        """Whether the machine of an attachment is stopped in any case."""
        block = change.old or change.new
        assert block
        machines = [address for address, _ in references(block.arguments["instance_id"])]
        return any(self._comparison.change(machine).actions in (DELETE, REPLACE) for machine in machines)

    @staticmethod
    def _shrinks(change: Change) -> bool:
        for name in change.arguments & {"size", "root_block_device.volume_size"}:
            before, after = (block.arguments.get(name) if block else None for block in (change.old, change.new))
            if change.actions == UPDATE and isinstance(before, int) and isinstance(after, int) and after < before:
                return True
        return False


def _same_disk(old: str, new: Volume) -> str:
    """What to do if a disk that goes is to be the one that comes."""
    before = old.removeprefix(f"{_DISK}.")
    moves = "; ".join(f"terraform state mv {kind}.{before} {kind}.{new.address}" for kind in (_DISK, _ATTACHMENT))
    return f"if it is the disk that is now {new.device_name}, say so before the plan: {moves}"


def _shown(change: Change) -> str:
    """What changes, with the values where they are short and plain, and because of what."""
    assert change.old and change.new
    parts = []
    for name in sorted(change.arguments):
        before, after = change.old.arguments.get(name), change.new.arguments.get(name)
        plain = before != after and all(_plain(value) for value in (before, after))
        parts.append(f"{name} {_value(before)} → {_value(after)}" if plain else name)
    because = f" (follows {', '.join(sorted(change.causes))})" if change.causes else ""
    return (", ".join(parts) or "default_tags of the provider") + because


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 60 and "${" not in value and "\n" not in value
    return value is None or isinstance(value, (bool, int))


def _value(value: Any) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _region(block: Any) -> str:
    """The region of a block's provider: ``aws.eu_west_1`` is ``eu-west-1``."""
    return str(block.provider).partition(".")[2].replace("_", "-")
