"""Why nobody should apply a change by accident: what of a plan needs somebody's word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tpa_tf.changes.drift import TAGS_OF_TPA
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
)
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change
from tpa_tf.changes.ports import EGRESS, INGRESS, Openings
from tpa_tf.changes.relations import Relations
from tpa_tf.changes.words import in_parentheses, whose
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resource_type import REGION
from tpa_tf.terraform.resources import resource_type

_FATES: Mapping[Actions, str] = {
    UPDATE: "is updated",
    DELETE: "is destroyed",
    REPLACE: "is destroyed and replaced",
    FORGET: "is forgotten by Terraform",
    FORGET_AND_CREATE: "is forgotten by Terraform, and another one is created",
}


class Reasons:
    """Gives the reasons of a plan's rows, each with its change."""

    def __init__(self, related: Relations, openings: Openings, ports: frozenset[int]) -> None:
        self._related = related
        self._openings = openings
        self._ports = ports
        self._going: frozenset[str] = frozenset()

    def __call__(self, pairs: Sequence[tuple[Change, Row]]) -> dict[Address, str]:
        """Address to why what happens to it needs to be allowed, for those of which that is so."""
        found: dict[Address, list[str]] = {}
        self._going = frozenset(
            row.subject.instance
            for change, row in pairs
            if change.type == INSTANCE and change.goes and row.subject.instance
        )
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
        told = list(self._of_its_type(change, row))
        if change.type in (INSTANCE, VOLUME) and change.vanished:
            told.append(f"{whose(row)} is not where Terraform knew it, and an empty one would take its place")
        if row.effect is Effect.FAILS_IN_APPLY:
            told = [f"{row.why} {row.remedy}".strip()]
        elif _harms(change, row):
            once = row.effect is Effect.STOPS_AND_STARTS
            what = " is stopped, and started again" if once else f": {row.effect.value}"
            told.append(f"{whose(row)}{what}{in_parentheses(row.subject.dies_with)}")
        told += self._undeclared(change, row)
        yield from told or self._not_harmless(change, row)

    def _undeclared(self, change: Change, row: Row) -> Iterator[str]:
        """Types, and arguments that change, of which no declaration says what that does."""
        declared = resource_type(change.type)
        if declared is None and change.actions != CREATE:
            yield f"{change.type} {_FATES[row.actions]}, and tpa-tf can't tell what that means: it doesn't make these"
        elif declared is None and (on := self._related.named_by(change)):
            yield f"{change.type} is created for {', '.join(on)}, and tpa-tf can't tell what it does to that"
        elif declared and change.before and not change.makes and not change.goes:
            open_ = change.unknown & declared.reported if declared.reported else change.unknown
            # Version 6 of the provider notes the region of what version 5 has made.
            noted = {REGION} if change.before.get(REGION) is None else set()
            odd = (change.changed - open_ - declared.arguments - noted) | (declared.grows_only & change.unknown)
            names = sorted(name for name in odd if not name.endswith("tags_all"))
            if names:
                yield f"{', '.join(names)} of the {declared.label} changes, and tpa-tf can't tell what that means"

    def _not_harmless(self, change: Change, row: Row) -> Iterator[str]:
        """Why a row that nothing else speaks against is not harmless either: no declaration says that it is."""
        declared = resource_type(change.type)
        if declared is None or change.type in (INSTANCE, VOLUME, ATTACHMENT):
            return
        if change.actions == UPDATE and (names := sorted(change.changed & declared.steers)):
            yield f"{whose(row)} changes ({', '.join(names)}), and instances that stay may depend on it"
        elif change.actions == UPDATE and declared.secures and change.changed & declared.arguments - {"tags"}:
            yield f"{whose(row)} changes, and the {declared.secures} stays"
        elif change.type in (INGRESS, EGRESS):
            closed = self._openings.closed(change, self._ports)
            if closed and self._related.behind(change):
                what = "the way out" if change.type == EGRESS else f"port {', '.join(map(str, closed))}"
                yield f"it closes {what}, without which the cluster doesn't work"
        elif "forget" in change.actions:
            yield f"{whose(row)} {_FATES[row.actions]}"
        elif not change.destroys or declared.expendable or row.subject.instance in self._going:
            return
        elif declared.secures:
            if not self._related.goes(declared.secures):
                yield f"{whose(row)} {_FATES[row.actions]}, and the {declared.secures} stays"
        elif declared.connects and self._related.connected(change):
            yield f"{whose(row)} {_FATES[row.actions]}, which cuts connections of instances that stay"

    def _of_its_type(self, change: Change, row: Row) -> Iterator[str]:
        """Why a row needs to be allowed for what its resource is."""
        declared = resource_type(change.type)
        if change.type == INSTANCE:
            yield from self._instance(change, row)
        elif change.type == VOLUME:
            yield from self._volume(change, row)
        elif change.type == ATTACHMENT:
            yield from self._attachment(change, row)
        elif declared and change.goes and declared.used and self._related.users(change):
            yield f"{whose(row)} {_FATES[row.actions]}, and instances that stay use it"
        elif declared and change.goes and declared.holds_data:
            yield f"{whose(row)} {_FATES[row.actions]}, and nobody can read any more what it has encrypted"

    def _instance(self, change: Change, row: Row) -> Iterator[str]:
        if not change.goes:
            yield from _loses_touch(change, row)
            return
        yield from _goes(change, row)
        if change.makes and self._related.strands(change):
            subnets = ", ".join(subnet.address for subnet in self._related.open_subnets(change))
            zone = change.was("availability_zone")
            yield (
                f"it comes to a subnet that is yet to be created ({subnets}) and has no az: if AWS chooses another "
                "zone than that of its volumes, the apply fails when the instance is gone; give the subnet the "
                f"volumes' az{in_parentheses(zone)}, and plan again"
            )

    def _volume(self, change: Change, row: Row) -> Iterator[str]:
        if not change.goes:
            yield from _without_tags(change, row)
            return
        yield from _goes(change, row)
        if any(self._related.detaches(attachment) for attachment in self._related.attachments_of(change)):
            name = row.subject.instance or "its instance"
            yield f"detaching it stops {name}, which stays stopped: aws ec2 start-instances afterwards"

    def _attachment(self, change: Change, row: Row) -> Iterator[str]:
        """An instance that is stopped to detach a volume. Where the volume goes too, one word for it is enough."""
        volume = self._related.volume_of(change)
        if "forget" in change.actions:
            yield f"{whose(row)} {_FATES.get(row.actions, _FATES[FORGET])}"
        if self._related.detaches(change) and (row.effect is Effect.LOSES_DATA or not (volume and volume.goes)):
            emptied = ", empties its instance store" if row.subject.dies_when_stopped else ""
            yield (
                f"detaching the volume stops {row.subject.instance or 'its instance'}{emptied} and nothing starts it "
                "again: aws ec2 start-instances afterwards; to avoid it unmount and detach the volume first (aws ec2 "
                "detach-volume), and plan again"
            )


def _harms(change: Change, row: Row) -> bool:
    """Whether an instance or a volume that stays where it is is stopped, or loses its data."""
    stays = change.type in (INSTANCE, VOLUME) and not (change.goes or change.vanished)
    return stays and row.effect.severity >= Effect.STOPS_AND_STARTS.severity


def _without_tags(change: Change, row: Row) -> Iterator[str]:
    """Without these, TPA doesn't find an instance or a volume."""
    lost = [name for name in TAGS_OF_TPA if name in change.old_tags and name not in change.new_tags]
    if lost and "tags" not in change.unknown:
        yield f"{whose(row)} loses tags by which TPA finds it ({', '.join(lost)})"


def _loses_touch(change: Change, row: Row) -> Iterator[str]:
    """An instance that stays and loses its groups, its profile, or its tags."""
    yield from _without_tags(change, row)
    before, after = (side.get("vpc_security_group_ids") for side in (change.before, change.after))
    if "vpc_security_group_ids" in change.changed and isinstance(before, (list, tuple)):
        left = after if isinstance(after, (list, tuple)) else ()
        if any(group not in left for group in before):
            yield f"{whose(row)} leaves a security group, and ports may be closed that the cluster needs"
    if change.before.get("iam_instance_profile") and not change.after.get("iam_instance_profile", True):
        yield f"{whose(row)} loses its instance profile"


def _goes(change: Change, row: Row) -> Iterator[str]:
    """An instance or a volume that is destroyed or forgotten."""
    yield f"{whose(row)} {_FATES[row.actions]}"
    protected = change.before.get("disable_api_termination") is True
    kept_by = "termination_protection: yes" if protected else row.subject.kept_by
    if kept_by and change.destroys:
        yield f"it was {'protected' if change.type == INSTANCE else 'to be kept'} ({kept_by})"


def _strikes(change: Change, row: Row) -> bool:
    """Whether a row takes an instance out of service, for a while or for good."""
    severity = row.effect.severity
    of_an_instance = change.type in (INSTANCE, VOLUME, ATTACHMENT) and row.actions != NOTHING
    return of_an_instance and Effect.STOPS_AND_STARTS.severity <= severity <= Effect.LOSES_DATA.severity
