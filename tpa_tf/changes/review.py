"""A terraform plan read for what it does to nodes and their data, and what of it nobody should do by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from tpa_tf.changes.reasons import reasons
from tpa_tf.changes.relations import ATTACHMENT, DISK, MACHINE, Relations
from tpa_tf.changes.render import code, on_one_line, shown
from tpa_tf.errors import TpaTfError

_LATER = "(known after apply)"


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
    complete: bool
    """Whether the plan tells of everything there is to do; if not, nobody may apply it."""
    deferred: tuple[str, ...]
    """Addresses of what Terraform puts off to a later plan."""

    @property
    def passes(self) -> bool:
        """Whether the plan may be applied."""
        return not self.refusals and not self.errored and self.complete


def review(plan: Plan, known: Mapping[str, Subject], allow: Iterable[str] = ()) -> Review:
    """``plan`` reviewed; ``known`` says who is behind addresses, ``allow`` has those that may go all the same.

    TpaTfError if something is allowed that the plan does not do: that is a mistake, or an old plan.
    """
    related = Relations(plan)
    reader = _Reader(plan, known, related)
    pairs = [(change, reader.row(change)) for change in plan.changes]
    rows = ordered(row for _, row in pairs)
    found = reasons(pairs, related, plan.vanished)
    allowed = set(allow)
    if idle := sorted(allowed - found.keys()):
        there = f"what needs it: {', '.join(sorted(found))}" if found else "nothing in it needs to be allowed"
        raise TpaTfError(
            on_one_line(f"--allow {idle[0]}: the plan does nothing of that address that needs it; {there}")
        )
    addresses = dict.fromkeys(row.address for row in rows if row.address in found and row.address not in allowed)
    return Review(
        rows,
        tuple(Refusal(address, found[address]) for address in addresses),
        tuple(sorted(allowed)),
        plan.errored,
        plan.complete,
        plan.deferred,
    )


def verdict(result: Review, form: str) -> str:
    """What is said below the table, in text or Markdown."""
    lines = []
    if result.errored:
        lines.append("REFUSED: planning failed on the way, and this is only a part of the plan.")
    elif not result.complete:
        put_off = f" Terraform puts off: {_codes(result.deferred, form)}." if result.deferred else ""
        lines.append(
            "REFUSED: the plan is not of everything there is to do (-target, or something that Terraform puts off to a "
            f"later plan), and nobody can tell what the rest does.{put_off} Plan again as a whole."
        )
    if result.refusals:
        lines.append("REFUSED: each of these needs a decision. What is meant is named with --allow ADDRESS.")
        lines += [f"- {code(each.address, form)}: {shown(each.reason, form)}" for each in result.refusals]
    if result.allowed:
        lines.append(f"Allowed: {_codes(result.allowed, form)}")
    separator = "\n" if form == "markdown" else ""
    return f"\n{separator.join(f'{line}{chr(10)}' for line in lines)}" if lines else ""


def as_data(result: Review) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "passes": result.passes,
        "errored": result.errored,
        "complete": result.complete,
        "deferred": list(result.deferred),
        "refused": [{"address": each.address, "reason": each.reason} for each in result.refusals],
        "allowed": list(result.allowed),
    }


def _codes(addresses: Iterable[str], form: str) -> str:
    return ", ".join(code(address, form) for address in addresses)


class _Reader:
    def __init__(self, plan: Plan, known: Mapping[str, Subject], related: Relations) -> None:
        self._plan = plan
        self._known = known
        self._related = related

    def row(self, change: PlannedChange) -> Row:
        about = self._about(change)
        effect, why, remedy = self._told(change, about)
        return Row(change.address, about, change.actions, effect, why, remedy)

    def _told(self, change: PlannedChange, about: Subject) -> tuple[Effect, str, str]:
        actions = change.actions
        if actions == NOTHING:
            moved = f"was {change.previous_address}" if change.previous_address else "is taken into the state"
            return Effect.NOTHING, moved, ""
        if actions == CREATE and change.address in self._plan.vanished:
            why = "Terraform does not find it any more (deleted by hand, or looked for in another region)"
            effect = Effect.LOSES_DATA if change.kind in (MACHINE, DISK) else Effect.CREATED
            return effect, f"{why}, and makes it anew, empty", ""
        if actions == UPDATE and (smaller := _smaller(change)):
            return Effect.REFUSED, f"{smaller}: AWS makes no disk smaller, and the apply fails", "set volume_size back"
        effect = self._effect(change, about)
        why = _shown(change, actions)
        if change.deposed:
            why = "what an earlier replacement, which failed, has left"
        elif change.previous_address:
            why = f"was {change.previous_address}; {why}" if why else f"was {change.previous_address}"
        elif change.kind == ATTACHMENT and effect.severity >= Effect.STOPS.severity:
            why = "its machine is stopped to let go of it, and nothing starts it again"
        if about.dies_with and effect is Effect.LOSES_DATA:
            return effect, why, f"{about.dies_with}: move the data first"
        return effect, why, ""

    def _effect(self, change: PlannedChange, about: Subject) -> Effect:
        # An attachment goes with its machine: that is stopped in any case. Only one that stays is stopped for it.
        if change.kind == ATTACHMENT and change.goes and not self._related.detaches(change):
            return {DELETE: Effect.REMOVED, FORGET: Effect.FORGOTTEN}.get(change.actions, Effect.MADE_ANEW)
        return classify(change.kind, change.actions, change.changed, about)

    def _about(self, change: PlannedChange) -> Subject:
        """Who is behind a change: from the config, else from the tags of what is there or will be."""
        for address in (change.address, change.previous_address):
            if address and address in self._known:
                return self._known[address]
        tags = change.old_tags or change.new_tags
        if change.kind == MACHINE:
            return Subject("machine", str(tags.get("Name") or "") or None)
        machine = self._related.machine_of(change)
        node = self._about(machine).node if machine else None
        if change.kind == DISK:
            device = str(tags.get("Name") or "").rpartition(":")[2]
            return Subject(f"disk {device}".strip(), node)
        if change.kind == ATTACHMENT:
            attached = change.was("device_name") or change.after.get("device_name")
            return Subject(f"attachment of {attached}", node)
        return subject_of_kind(change.kind)


def _shown(change: PlannedChange, actions: Actions) -> str:
    """What changes, or what forces a replacement; with values where they are plain, ours to show, and no secret."""
    if actions not in (UPDATE, REPLACE):
        return ""
    names = change.forced_by if actions == REPLACE else change.changed - {"tags_all"} or change.changed
    ours = ARGUMENTS[change.kind].all if change.kind in ARGUMENTS else frozenset()
    parts = []
    for name in sorted(names):
        before, after = change.before.get(name), change.after.get(name)
        if name in change.unknown:
            after = _LATER
        told = name in ours and name not in change.hidden and _plain(before) and _plain(after)
        parts.append(f"{name} {before} → {after}" if told else name)
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


def _root_size(side: Mapping[str, Any]) -> Any:
    root = side.get("root_block_device")
    return root[0].get("volume_size") if isinstance(root, list) and root and isinstance(root[0], dict) else None


def _plain(value: Any) -> bool:
    return isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= 60 and "\n" not in value)
