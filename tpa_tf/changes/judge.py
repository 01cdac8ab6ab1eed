"""What a plan does to instances and their data, why, and what of it needs somebody's word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tpa_tf.changes.effects import (
    CREATE,
    DELETE,
    FORGET,
    FORGET_AND_CREATE,
    NOTHING,
    REPLACE,
    UPDATE,
    Actions,
    Effect,
    Row,
    Subject,
    ordered,
)
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change, Plan
from tpa_tf.changes.relations import Relations
from tpa_tf.changes.subjects import subject_of, subjects
from tpa_tf.changes.words import NAME_THE_ZONE, on_one_line, shown_value
from tpa_tf.cluster.model import Cluster, Volume
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type

_LATER = {
    "ami": "image",
    "associate_public_ip_address": "public address",
    "ephemeral_block_device": "instance store",
    "key_name": "first SSH key",
    "user_data": "first-boot script",
    "user_data_base64": "first-boot script",
}
"""What a running instance keeps until it is replaced."""

_FATES: Mapping[Actions, str] = {
    UPDATE: "is updated",
    DELETE: "is destroyed",
    REPLACE: "is destroyed and replaced",
    FORGET: "is forgotten by Terraform",
    FORGET_AND_CREATE: "is forgotten by Terraform, and another one is created",
}
_START_IT = (
    "Start it afterwards: aws ec2 start-instances. To keep it running, unmount the volume, detach it with aws ec2 "
    "detach-volume, and plan again."
)


@dataclass(frozen=True)
class Refusal:
    """A change that needs somebody's word."""

    address: Address
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a plan does, and what of it is refused."""

    rows: tuple[Row, ...]
    """Worst first. An address to which nothing happens is left out, unless something is to be said of it."""
    refusals: tuple[Refusal, ...]
    """In the order of the rows, without those that are allowed."""
    allowed: tuple[Address, ...]
    """Addresses that would be refused, and are allowed; sorted."""
    errored: bool
    """Whether the plan is only a part of one, which nobody may apply."""
    complete: bool
    """Whether the plan tells of everything there is to do; if not, nobody may apply it."""
    deferred: tuple[Address, ...]
    """Addresses of what Terraform puts off to a later plan."""

    @property
    def passes(self) -> bool:
        """Whether the plan may be applied."""
        return not self.refusals and not self.errored and self.complete


def judge(plan: Plan, old: Cluster | None = None, new: Cluster | None = None, allow: Iterable[Address] = ()) -> Verdict:
    """``plan`` judged, for the step from the cluster ``old`` to ``new``, as far as they are known.

    ``allow`` has the addresses that may go all the same. TpaTfError if something is allowed that the plan doesn't do:
    that is a mistake, or an old plan.
    """
    judging = _Judge(plan, old, new)
    pairs = [(change, row) for change in plan.changes for row in judging.rows(change)]
    reasons = judging.reasons(pairs)
    allowed = set(allow)
    if idle := sorted(allowed - reasons.keys()):
        there = f"what needs it: {', '.join(sorted(reasons))}" if reasons else "nothing in it needs to be allowed"
        told = f"--allow {idle[0]}: the plan does nothing of that address that needs it; {there}"
        raise TpaTfError(on_one_line(told))
    rows = ordered(row for _, row in pairs)
    refused = dict.fromkeys(row.address for row in rows if row.address in reasons and row.address not in allowed)
    return Verdict(
        rows,
        tuple(Refusal(address, reasons[address]) for address in refused),
        tuple(sorted(allowed)),
        plan.errored,
        plan.complete,
        plan.deferred,
    )


class _Judge:
    def __init__(self, plan: Plan, old: Cluster | None, new: Cluster | None) -> None:
        self._related = Relations(plan)
        self._created = {change.address for change in plan.resources if change.actions == CREATE}
        self._old = old
        self._new = new
        self._known = subjects(*filter(None, (old, new)))

    # What happens

    def rows(self, change: Change) -> Iterator[Row]:
        """What is to be said of ``change``."""
        about = subject_of(change, self._known, self._related)
        for failure in change.failures:
            yield Row(change.address, about, NOTHING, failure.effect, failure.why, failure.remedy)
        if change.actions != NOTHING:
            yield self._row(change, about)
        elif change.previous_address or change.imported:
            moved = f"It was {change.previous_address}." if change.previous_address else "It is imported."
            yield Row(change.address, about, NOTHING, Effect.NO_CHANGE, moved)
        elif not change.failures and (later := sorted({_LATER[name] for name in change.held_back & _LATER.keys()})):
            why = f"{', '.join(later)}: when the instance is next replaced."
            yield Row(change.address, about, NOTHING, Effect.NO_CHANGE, why)

    def _row(self, change: Change, about: Subject) -> Row:
        effect, why, remedy = self._told(change, about)
        if change.deposed:
            why = "It is left from an earlier replacement that failed."
        elif change.previous_address:
            why = f"It was {change.previous_address}. {why}".strip()
        actions = NOTHING if effect is Effect.FAILS_IN_PLAN else change.actions
        return Row(change.address, about, actions, effect, why, remedy)

    def _told(self, change: Change, about: Subject) -> tuple[Effect, str, str]:
        """Effect, reason and remedy of a change that does something."""
        if change.vanished:
            return self._vanished(change)
        if change.actions == UPDATE and (smaller := _shrinks(change)):
            return (
                Effect.FAILS_IN_APPLY,
                f"{smaller}. AWS can't make a volume smaller. The apply fails.",
                "Set volume_size back.",
            )
        if change.destroys and change.guarded:
            why = f"{_shown(change)}. AWS can't change it in place, and termination_protection forbids to replace it."
            return Effect.FAILS_IN_PLAN, f"{why} The plan fails.", "Set it back, or remove the protection."
        if change.destroys and (told := self._in_use(change)):
            return Effect.FAILS_IN_APPLY, *told
        effect = self._effect(change, about)
        if change.type == ATTACHMENT and effect.severity >= Effect.STOPS.severity:
            emptied = ", which empties its instance store" if about.dies_when_stopped else ""
            why = f"{_cause(change)} Detaching the volume stops the instance{emptied}. Nothing starts it again."
            return effect, why.strip(), _START_IT
        if change.actions == DELETE:
            return effect, *self._destroyed(change, effect, about)
        if change.type == INSTANCE and change.makes and change.goes:
            return effect, *self._replaced(change, about)
        if effect is Effect.STOPS_AND_STARTS:
            why = f"{_shown(change)}. The instance stops and starts. A public address that is no Elastic IP changes."
            return effect, why, ""
        remedy = f"Move the data first: {about.dies_with}." if effect is Effect.LOSES_DATA and about.dies_with else ""
        return effect, _shown(change), remedy

    def _effect(self, change: Change, about: Subject) -> Effect:
        actions, declared = change.actions, resource_type(change.type)
        if actions == CREATE:
            return Effect.CREATE
        if actions == FORGET:
            return Effect.FORGET
        if actions == UPDATE:
            if not (declared and declared.stops & change.changed):
                return Effect.IN_PLACE
            return Effect.LOSES_DATA if about.dies_when_stopped else Effect.STOPS_AND_STARTS
        if change.type == ATTACHMENT:
            # It goes with its instance, which is stopped in any case. Only an instance that stays is stopped for it.
            if not self._related.detaches(change):
                return Effect.DESTROY if actions == DELETE else Effect.REPLACE
            return Effect.LOSES_DATA if about.dies_when_stopped else Effect.STOPS
        if change.type == INSTANCE:
            if about.dies_with:
                return Effect.LOSES_DATA
            stranded = actions == DELETE or self._strands(change)
            return Effect.DESTROYS_INSTANCE if stranded else Effect.REPLACES_INSTANCE
        if declared and declared.holds_data:
            return Effect.LOSES_DATA
        if declared and declared.connects:
            return Effect.CUTS_CONNECTIONS
        return Effect.DESTROY if actions == DELETE else Effect.REPLACE

    @staticmethod
    def _vanished(change: Change) -> tuple[Effect, str, str]:
        effect = Effect.LOSES_DATA if change.type in (INSTANCE, VOLUME) else Effect.CREATE
        start, end = change.region_before, change.region
        if start and start != end:
            why = f"Nothing moves from {start} to {end}. Terraform creates a new one. The old one stays, forgotten."
            remedy = f"Give the instance in {end} another name and node, and remove the old one when it is not needed."
            return effect if effect is Effect.LOSES_DATA else Effect.REPLACE, why, remedy
        why = "Terraform doesn't find it any more (deleted by hand, or looked for in another region)"
        return effect, f"{why}, and creates an empty one.", ""

    def _in_use(self, change: Change) -> tuple[str, str] | None:
        """Why AWS refuses to delete a thing, and what to do; None if it doesn't."""
        declared = resource_type(change.type)
        vpc = self._related.vpc_of(change) if change.type in ("aws_internet_gateway", "aws_route_table") else None
        if vpc and vpc.destroys and self._related.inside(vpc):
            cause = "It is destroyed with its VPC, and instances that stay are in that VPC."
        elif declared and declared.occupied and self._related.inside(change):
            cause = f"{_cause(change)} Instances that stay are in it.".strip()
        else:
            return None
        why = f"{cause} AWS refuses to delete it (DependencyViolation). The apply fails when other things are gone."
        return why, f"Set the config back, or hand it over first: terraform state rm {change.address}"

    def _destroyed(self, change: Change, effect: Effect, about: Subject) -> tuple[str, str]:
        """Why something is destroyed, and what to do."""
        if change.found_instead:
            return _cause(change), f"Set the config back, or hand it over first: terraform state rm {change.address}"
        if effect.severity < Effect.DESTROYS_INSTANCE.severity:
            return _cause(change), ""
        kept = "protected" if change.type == INSTANCE else "to be kept"
        why = " ".join(
            filter(
                None,
                (
                    _cause(change),
                    about.kept_by and f"It was {kept} ({about.kept_by}).",
                    about.dies_with and f"The data goes with it: {about.dies_with}.",
                ),
            )
        )
        if renamed := self._renamed_to(about.instance):
            name = about.instance
            return why, f"If {name} is now {renamed}, say so: terraform: moved: {{{name}: {renamed}}}"
        if successor := self._successor(change.address):
            return why, _same_volume(change.address, successor)
        if effect is Effect.DESTROYS_INSTANCE:
            return why, "Take the instance out of the Postgres cluster first."
        return why, "Make a backup or a snapshot first."

    def _replaced(self, change: Change, about: Subject) -> tuple[str, str]:
        """Why an instance is replaced, and what a person must know before it."""
        why = f"{_shown(change)}. AWS can only replace the instance." if _shown(change) else ""
        if about.dies_with:
            return why, f"Move the data first: {about.dies_with}."
        if self._strands(change):
            zone = (
                "The plan can't tell in which zone. In another one than its volumes', the apply fails when the old "
                "instance is gone."
            )
            return f"{why} {zone}".strip(), NAME_THE_ZONE
        attachments = self._related.staying_attachments(change)
        devices = sorted(str(attachment.before.get("device_name")) for attachment in attachments)
        volumes = f"Its volumes ({', '.join(devices)}) stay and go to the new instance. " if devices else ""
        return (
            why,
            f"{volumes}What is on the root volume is lost: fail over or stop Postgres first, and deploy afterwards.",
        )

    def _strands(self, change: Change) -> bool:
        """Whether an instance may come to be in another zone than its volumes, which only the apply will tell."""
        return bool(self._related.open_subnets(change) and self._related.staying_attachments(change))

    def _successor(self, address: Address) -> Volume | None:
        """The volume that comes to the instance of the one at ``address``, which goes, and may well be the same."""
        if self._old is None or self._new is None:
            return None
        moved = self._new.terraform.moved
        owners = {f"{VOLUME}.{volume.address}": (one, volume) for one in self._old.instances for volume in one.volumes}
        if address not in owners:
            return None
        owner, gone = owners[address]
        alike = [
            volume
            for instance in self._new.instances
            if instance.name == moved.get(owner.name, owner.name)
            for volume in instance.volumes
            if f"{VOLUME}.{volume.address}" in self._created
            and (volume.size, volume.volume_for) == (gone.size, gone.volume_for)
        ]
        return alike[0] if len(alike) == 1 else None

    def _renamed_to(self, name: str | None) -> str | None:
        """The new instance with the node number of the one called ``name``, which is gone without a note."""
        if self._old is None or self._new is None:
            return None
        numbers = {instance.name: instance.node for instance in self._old.instances}
        noted = {*numbers, *self._new.terraform.moved.values()}
        return next(
            (one.name for one in self._new.instances if one.name not in noted and one.node == numbers.get(name or "")),
            None,
        )

    # What needs somebody's word

    def reasons(self, pairs: Sequence[tuple[Change, Row]]) -> dict[Address, str]:
        """Address to why what happens to it needs to be allowed, for those of which that is so."""
        found: dict[Address, list[str]] = {}
        for change, row in pairs:
            found.setdefault(row.address, []).extend(self._alone(change, row))
        members = self._members(pairs)
        struck = {row.address: members[row.address] for change, row in pairs if _strikes(change, row)}
        count = len({member for member, _ in struck.values()})
        if count > 1:
            names = ", ".join(name for _, name in sorted(set(struck.values())))
            for address in struck:
                found[address].append(f"{count} instances of the cluster at once ({names})")
        return {address: "; ".join(dict.fromkeys(reasons)) for address, reasons in found.items() if reasons}

    def _members(self, pairs: Sequence[tuple[Change, Row]]) -> Mapping[Address, tuple[Address, str]]:
        """Address to the instance that it is of: the instance's address, and its name for people.

        Where the plan doesn't tell the instance, its name must do, and where nobody knows that, the address itself.
        """
        named = {row.subject.instance: row.address for change, row in pairs if change.type == INSTANCE}
        members = {}
        for change, row in pairs:
            instance, name = self._related.instance_of(change), row.subject.instance
            member = instance.address if instance else named.get(name, name) if name else row.address
            members[row.address] = (member, name or member)
        return members

    def _alone(self, change: Change, row: Row) -> Iterator[str]:
        """Why a row needs to be allowed, whatever else is planned."""
        if row.actions == NOTHING:
            return
        rule = _RULES.get(change.type)
        told = list(rule(self, change, row)) if rule else []
        if change.type in (INSTANCE, VOLUME) and change.vanished:
            told.append(f"{_whose(row)} is not where Terraform knew it, and an empty one would take its place")
        if row.effect is Effect.FAILS_IN_APPLY:
            told = [f"{row.why} {row.remedy}".strip()]
        if resource_type(change.type) is None and change.actions != CREATE:
            told.append(
                f"{change.type} {_FATES[row.actions]}, and tpa-tf can't tell what that means: it doesn't make these"
            )
        if not told and change.type in (INSTANCE, VOLUME) and row.effect.severity >= Effect.REPLACES_INSTANCE.severity:
            told.append(f"{_whose(row)}: {row.effect.value}{_in_parentheses(row.subject.dies_with)}")
        yield from told

    def _instance(self, change: Change, row: Row) -> Iterator[str]:
        if not change.goes:
            return
        yield from _goes(change, row)
        if change.makes and self._strands(change):
            subnets = ", ".join(subnet.address for subnet in self._related.open_subnets(change))
            zone = change.was("availability_zone")
            yield (
                f"it comes to a subnet that is yet to be created ({subnets}) and has no az: if AWS chooses another "
                "zone than that of its volumes, the apply fails when the instance is gone; give the subnet the "
                f"volumes' az{_in_parentheses(zone)}, and plan again"
            )

    def _volume(self, change: Change, row: Row) -> Iterator[str]:
        if not change.goes:
            return
        yield from _goes(change, row)
        if any(self._related.detaches(attachment) for attachment in self._related.attachments_of(change)):
            name = row.subject.instance or "its instance"
            yield f"detaching it stops {name}, which stays stopped: aws ec2 start-instances afterwards"

    def _attachment(self, change: Change, row: Row) -> Iterator[str]:
        """An instance that is stopped to detach a volume. Where the volume goes too, one word for it is enough."""
        volume = self._related.volume_of(change)
        if self._related.detaches(change) and (row.effect is Effect.LOSES_DATA or not (volume and volume.goes)):
            emptied = ", empties its instance store" if row.subject.dies_when_stopped else ""
            yield (
                f"detaching the volume stops {row.subject.instance or 'its instance'}{emptied} and nothing starts it "
                "again: aws ec2 start-instances afterwards; to avoid it unmount and detach the volume first (aws ec2 "
                "detach-volume), and plan again"
            )

    def _used(self, change: Change, row: Row) -> Iterator[str]:
        """A bucket or a key pair of instances that stay."""
        if change.goes and self._related.users(change):
            yield f"{_whose(row)} {_FATES[row.actions]}, and instances that stay use it"

    def _kms_key(self, change: Change, row: Row) -> Iterator[str]:
        if change.goes:
            yield f"{_whose(row)} {_FATES[row.actions]}, and nobody can read any more what it has encrypted"


_RULES: Mapping[str, Callable[[_Judge, Change, Row], Iterator[str]]] = {
    INSTANCE: _Judge._instance,
    VOLUME: _Judge._volume,
    ATTACHMENT: _Judge._attachment,
    "aws_key_pair": _Judge._used,
    "aws_kms_key": _Judge._kms_key,
    "aws_s3_bucket": _Judge._used,
}
"""What needs a word of a resource type, beyond what holds for every one."""


def _goes(change: Change, row: Row) -> Iterator[str]:
    """An instance or a volume that is destroyed or forgotten."""
    yield f"{_whose(row)} {_FATES[row.actions]}"
    protected = change.before.get("disable_api_termination") is True
    kept_by = "termination_protection: yes" if protected else row.subject.kept_by
    if kept_by and change.destroys:
        yield f"it was {'protected' if change.type == INSTANCE else 'to be kept'} ({kept_by})"


def _strikes(change: Change, row: Row) -> bool:
    """Whether a row takes an instance out of service, for a while or for good."""
    severity = row.effect.severity
    of_an_instance = change.type in (INSTANCE, VOLUME, ATTACHMENT) and row.actions != NOTHING
    return of_an_instance and Effect.STOPS_AND_STARTS.severity <= severity <= Effect.LOSES_DATA.severity


def _whose(row: Row) -> str:
    """A thing with its instance, the instance's roles, and what is on a volume."""
    about = row.subject
    if about.what == "instance":
        return f"the instance{f' {about.instance}' if about.instance else ''}{_in_parentheses(', '.join(about.role))}"
    of = f" of {about.instance}" if about.instance else ""
    data = f" with {about.volume_for}" if about.volume_for else ""
    return f"the {about.what}{of}{data}"


def _in_parentheses(text: object) -> str:
    return f" ({text})" if text else ""


def _cause(change: Change) -> str:
    """Why something is destroyed or replaced, in a sentence; empty where the plan doesn't tell."""
    if change.found_instead:
        return "This cluster made it, and the config now says that it exists. Terraform destroys it."
    if change.unwanted:
        return "It is no longer in the config."
    shown = _shown(change)
    return f"{shown}." if shown else ""


def _same_volume(old: Address, new: Volume) -> str:
    """What to do if a volume that goes is to be the one that comes."""
    before = old.removeprefix(f"{VOLUME}.")
    moves = "; ".join(f"terraform state mv {type_}.{before} {type_}.{new.address}" for type_ in (VOLUME, ATTACHMENT))
    return f"If it is the volume that is now {new.device_name}, say so before the plan: {moves}"


def _shrinks(change: Change) -> str:
    """How a volume becomes smaller, if it does."""
    declared = resource_type(change.type)
    for name in sorted(declared.grows_only if declared else ()):
        before, after = change.before.get(name), change.after.get(name)
        if isinstance(before, int) and isinstance(after, int) and after < before:
            return f"{name} {before} → {after}"
    return ""


def _shown(change: Change) -> str:
    """What changes, or what forces a replacement; with values where they are plain, ours to show, and no secret."""
    if change.actions == UPDATE:
        names = change.changed - {"tags_all"} or change.changed
    elif change.actions == REPLACE:
        names = change.forced_by
    else:
        return ""
    declared = resource_type(change.type)
    parts = []
    for name in sorted(names):
        before, after = change.before.get(name), change.after.get(name)
        ours = declared is not None and name in declared.arguments - declared.opaque and name not in change.hidden
        later = "(known after apply)" if name in change.unknown else shown_value(after)
        told = ours and _plain(before) and (name in change.unknown or (before != after and _plain(after)))
        parts.append(f"{name} {shown_value(before)} → {later}" if told else name)
    because = f" (follows {', '.join(sorted(change.follows))})" if change.follows else ""
    return (", ".join(parts) or ("default_tags of the provider" if change.actions == UPDATE else "")) + because


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 60 and "\n" not in value
    return value is None or isinstance(value, (bool, int))
