"""A terraform plan read for what it does to nodes and their data, and what of it nobody should do by accident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tpa_tf.changes.effects import (
    CREATE,
    DELETE,
    FORGET,
    NOTHING,
    REPLACE,
    UPDATE,
    Actions,
    Effect,
    Row,
    Subject,
    classify,
    ordered,
    subject_of_kind,
)
from tpa_tf.changes.plan import Plan, PlannedChange
from tpa_tf.changes.provider import ARGUMENTS
from tpa_tf.errors import TpaTfError

_MACHINE, _DISK, _ATTACHMENT = "aws_instance", "aws_ebs_volume", "aws_volume_attachment"
_GOES: tuple[Actions, ...] = (DELETE, REPLACE, FORGET)


@dataclass(frozen=True)
class Refusal:
    """A change that needs somebody's word."""

    address: str
    reason: str


@dataclass(frozen=True)
class Review:
    """What a plan does, and what of it is refused."""

    rows: tuple[Row, ...]
    """Worst first."""
    refusals: tuple[Refusal, ...]
    """In the order of the rows, without those that are allowed."""
    allowed: tuple[str, ...]
    """Addresses that would be refused, and are allowed; sorted."""
    errored: bool
    """Whether the plan is only a part of one, which nobody may apply."""

    @property
    def passes(self) -> bool:
        """Whether the plan may be applied."""
        return not self.refusals and not self.errored


def review(plan: Plan, known: Mapping[str, Subject], allow: Iterable[str] = ()) -> Review:
    """``plan`` reviewed; ``known`` says who is behind addresses, ``allow`` has those that may go all the same.

    TpaTfError if something is allowed that the plan does not do: that is a mistake, or an old plan.
    """
    reader = _Reader(plan, known)
    rows = ordered(reader.row(change) for change in plan.changes)
    reasons = _reasons(rows, reader)
    allowed = set(allow)
    if idle := sorted(allowed - reasons.keys()):
        there = f"what needs it: {', '.join(sorted(reasons))}" if reasons else "nothing in it needs to be allowed"
        raise TpaTfError(f"--allow {idle[0]}: the plan does nothing of that address that needs it; {there}")
    refusals = tuple(
        Refusal(row.address, reasons[row.address])
        for row in rows
        if row.address in reasons and row.address not in allowed
    )
    return Review(rows, refusals, tuple(sorted(allowed)), plan.errored)


def verdict(result: Review, form: str) -> str:
    """What is said below the table, in text or Markdown."""
    lines = []
    if result.errored:
        lines.append("REFUSED: planning failed on the way, and this is only a part of the plan.")
    if result.refusals:
        lines.append("REFUSED: each of these needs a decision. What is meant is named with --allow ADDRESS.")
        lines += [f"- {_code(each.address, form)}: {each.reason}" for each in result.refusals]
    if result.allowed:
        lines.append(f"Allowed: {', '.join(_code(address, form) for address in result.allowed)}")
    separator = "\n" if form == "markdown" else ""
    return f"\n{separator.join(f'{line}{chr(10)}' for line in lines)}" if lines else ""


def as_data(result: Review) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "passes": result.passes,
        "errored": result.errored,
        "refused": [{"address": each.address, "reason": each.reason} for each in result.refusals],
        "allowed": list(result.allowed),
    }


def _code(address: str, form: str) -> str:
    return f"`{address}`" if form == "markdown" else address


class _Reader:
    def __init__(self, plan: Plan, known: Mapping[str, Subject]) -> None:
        self._plan = plan
        self._known = known
        self._machines = {machine.before.get("id"): machine for machine in plan.machines if machine.before}
        self._names = {
            str(side["tags"].get("node")): str(side["tags"].get("Name"))
            for machine in plan.machines
            for side in (machine.before, machine.after)
            if side.get("tags")
        }
        self._by_address = {change.address: change for change in plan.changes}

    def row(self, change: PlannedChange) -> Row:
        about = self._about(change)
        actions = REPLACE if set(change.actions) == set(REPLACE) else change.actions
        effect, why, remedy = self._told(change, actions, about)
        return Row(change.address, about, actions, effect, why, remedy)

    def in_use(self, address: str) -> bool:
        """Whether a machine that stays has to do with the bucket or the key pair at ``address``."""
        change = self._by_address[address]
        staying = [machine.before for machine in self._plan.machines if machine.actions not in (DELETE, FORGET)]
        if change.kind == "aws_key_pair":
            return any(_key(machine) == _key(change.before) for machine in staying)
        return change.kind == "aws_s3_bucket" and bool(staying)

    def kind(self, address: str) -> str:
        return self._by_address[address].kind

    def vanished(self, address: str) -> bool:
        return address in self._plan.vanished

    def _told(self, change: PlannedChange, actions: Actions, about: Subject) -> tuple[Effect, str, str]:
        if actions == NOTHING:
            moved = f"was {change.previous_address}" if change.previous_address else "is taken into the state"
            return Effect.NOTHING, moved, ""
        if actions == CREATE and change.address in self._plan.vanished:
            why = "Terraform does not find it any more (deleted by hand, or looked for in another region)"
            effect = Effect.LOSES_DATA if change.kind in (_MACHINE, _DISK) else Effect.CREATED
            return effect, f"{why}, and makes it anew, empty", ""
        effect = classify(change.kind, actions, change.changed, about)
        if change.kind == _ATTACHMENT and self._machine_goes(change):
            effect = Effect.REMOVED if actions == DELETE else Effect.MADE_ANEW
        if actions == UPDATE and (smaller := _smaller(change)):
            return Effect.REFUSED, f"{smaller}: AWS makes no disk smaller, and the apply fails", "set volume_size back"
        why = _shown(change, actions)
        if change.deposed:
            why = "what an earlier replacement, which failed, has left"
        elif change.previous_address:
            why = f"was {change.previous_address}; {why}" if why else f"was {change.previous_address}"
        if about.dies_with and effect is Effect.LOSES_DATA:
            return effect, why, f"{about.dies_with}: move the data first"
        return effect, why, ""

    def _machine_goes(self, change: PlannedChange) -> bool:
        """Whether the machine of an attachment is stopped in any case."""
        machine = self._machines.get(change.before.get("instance_id"))
        return machine is not None and machine.actions not in (NOTHING, UPDATE, CREATE)

    def _about(self, change: PlannedChange) -> Subject:
        """Who is behind a change: from the config, else from the tags of what is there or will be."""
        for address in (change.address, change.previous_address):
            if address and address in self._known:
                return self._known[address]
        tags = change.before.get("tags") or change.after.get("tags") or {}
        node = self._names.get(str(tags.get("node")))
        if change.kind == _MACHINE:
            return Subject("machine", str(tags.get("Name") or "") or None)
        if change.kind == _DISK:
            device = str(tags.get("Name") or "").rpartition(":")[2]
            return Subject(f"disk {device}".strip(), node)
        if change.kind == _ATTACHMENT:
            machine = self._machines.get(change.before.get("instance_id"))
            attached = change.before.get("device_name") or change.after.get("device_name")
            return Subject(f"attachment of {attached}", self._about(machine).node if machine else None)
        return replace(subject_of_kind(change.kind), node=node)


def _reasons(rows: Sequence[Row], reader: _Reader) -> dict[str, str]:
    """Why what happens to an address needs to be allowed, for those that do."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        for reason in _alone(row, reader):
            reasons.setdefault(row.address, []).append(reason)
    struck = {row.subject.node for row in rows if _strikes(row)} - {None}
    if len(struck) > 1:
        together = f"{len(struck)} members of the cluster at once ({', '.join(sorted(filter(None, struck)))})"
        for row in rows:
            if _strikes(row):
                reasons.setdefault(row.address, []).append(together)
    return {address: "; ".join(each) for address, each in reasons.items()}


def _strikes(row: Row) -> bool:
    """Whether a row takes a node out of service, for a while or for good."""
    return Effect.REBOOT.severity <= row.effect.severity <= Effect.LOSES_DATA.severity


def _alone(row: Row, reader: _Reader) -> Iterator[str]:
    """Why a row needs to be allowed, whatever else is planned."""
    kind = reader.kind(row.address)
    fate = {DELETE: "is destroyed", REPLACE: "is destroyed and made anew", FORGET: "is forgotten by Terraform"}
    whose = f" of {row.subject.node}" if row.subject.node else ""
    if kind == _MACHINE and row.actions in _GOES:
        role = f" ({', '.join(row.subject.role)})" if row.subject.role else ""
        yield f"the machine{whose}{role} {fate[row.actions]}"
    elif kind == _DISK and row.actions in _GOES:
        data = f" with {row.subject.volume_for}" if row.subject.volume_for else ""
        yield f"the {row.subject.what}{whose}{data} {fate[row.actions]}"
    elif kind in (_MACHINE, _DISK) and row.actions == CREATE and reader.vanished(row.address):
        yield f"the {row.subject.what}{whose} is not where Terraform knew it, and an empty one would take its place"
    elif kind in ("aws_s3_bucket", "aws_key_pair") and row.actions in _GOES and reader.in_use(row.address):
        yield f"the {row.subject.what} {fate[row.actions]}, and machines that stay use it"
    elif kind == "aws_kms_key" and row.actions in _GOES:
        yield f"the KMS key {fate[row.actions]}, and nobody reads any more what it has encrypted"
    elif row.effect is Effect.REFUSED:
        yield row.why


def _shown(change: PlannedChange, actions: Actions) -> str:
    """What changes, or what forces a replacement; with values where they are plain, ours to show, and no secret."""
    if actions not in (UPDATE, REPLACE):
        return ""
    names = change.forced_by if actions == REPLACE else change.changed - {"tags_all"} or change.changed
    ours = ARGUMENTS[change.kind].all if change.kind in ARGUMENTS else frozenset()
    parts = []
    for name in sorted(names):
        before, after = change.before.get(name), change.after.get(name)
        known = name in ours and name not in change.hidden and after is not None
        parts.append(f"{name} {before} → {after}" if known and _plain(before) and _plain(after) else name)
    return ", ".join(parts)


def _smaller(change: PlannedChange) -> str | None:
    """How a disk, or the root volume of a machine, is to become smaller, if it is."""
    for name, before, after in (
        ("size", change.before.get("size"), change.after.get("size")),
        ("root_block_device.volume_size", _root_size(change.before), _root_size(change.after)),
    ):
        if isinstance(before, int) and isinstance(after, int) and after < before:
            return f"{name} {before} → {after}"
    return None


def _key(thing: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """The name of a key pair, or of a machine's, with its region, of which only the ARN tells."""
    return thing.get("key_name"), str(thing.get("arn")).split(":")[3:4]


def _root_size(side: Mapping[str, Any]) -> Any:
    root = side.get("root_block_device")
    return root[0].get("volume_size") if isinstance(root, list) and root and isinstance(root[0], dict) else None


def _plain(value: Any) -> bool:
    return isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= 60 and "\n" not in value)
