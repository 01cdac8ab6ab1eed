"""The words in which impact and review speak: what happens to each address, whose it is, and how bad that is."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

Actions = tuple[str, ...]
"""What Terraform does with an address, in the words of its plans; empty for nothing."""

CREATE: Actions = ("create",)
UPDATE: Actions = ("update",)
DELETE: Actions = ("delete",)
REPLACE: Actions = ("delete", "create")
FORGET: Actions = ("forget",)
FORGET_AND_CREATE: Actions = ("forget", "create")
NOTHING: Actions = ()


class Effect(enum.Enum):
    """What a change means for a running cluster, mildest first."""

    NO_CHANGE = "no change"
    CREATE = "create"
    IN_PLACE = "update in place"
    DESTROY = "destroy"
    REPLACE = "replace"
    FORGET = "forget"
    """It stays in AWS, and Terraform knows nothing of it any more."""
    DEPENDS = "depends on AWS"
    """Only a plan can tell."""
    CUTS_CONNECTIONS = "cuts connections"
    """Addresses change or ports are closed; instances run on."""
    STOPS_AND_STARTS = "stops and starts instance"
    STOPS = "stops instance"
    """An instance is stopped, and nothing starts it again."""
    REPLACES_INSTANCE = "replaces instance"
    DESTROYS_INSTANCE = "destroys instance"
    LEAVES_DATA = "leaves data behind"
    """It stays where it is, and the config looks for it in another place, where there is none."""
    LOSES_DATA = "loses data"
    FAILS_IN_PLAN = "fails in the plan"
    """The plan fails, and nothing changes."""
    FAILS_IN_APPLY = "fails in the apply"
    """The plan succeeds and AWS refuses the change, when other changes are made already."""
    DRIFTED = "changed outside Terraform"
    """Somebody has changed or removed it since; what Terraform does about it is another row."""

    @property
    def severity(self) -> int:
        """A number that orders effects: the higher, the worse."""
        return _ORDER[self]

    @property
    def interrupts(self) -> bool:
        """Whether the service of an instance is interrupted."""
        return Effect.CUTS_CONNECTIONS.severity <= self.severity < Effect.FAILS_IN_PLAN.severity


_ORDER = {effect: number for number, effect in enumerate(Effect)}


@dataclass(frozen=True)
class Subject:
    """What an address is to people: an instance, one of its volumes, or a thing of the cluster."""

    what: str
    instance: str | None = None
    """The name of the instance that it is, or belongs to."""
    role: tuple[str, ...] = ()
    volume_for: str | None = None
    """What the deployment puts on a volume: ``postgres_data``, …"""
    dies_with: str | None = None
    """Of an instance: why its data goes with it (it is on the root volume, or on instance store)."""
    dies_when_stopped: bool = False
    """Of an instance and its attachments: whether its data is on instance store, which a stop empties."""
    kept_by: str | None = None
    """Of an instance or a volume: the setting because of which no plan may destroy it, as the config writes it."""


@dataclass(frozen=True)
class Row:
    """One address in a forecast or a review."""

    address: str
    subject: Subject
    actions: Actions
    effect: Effect
    why: str
    remedy: str = ""
    moved: bool = False
    """Whether Terraform has it under another address so far."""


def ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The worst first, then by instance and address."""
    return tuple(sorted(rows, key=lambda row: (-row.effect.severity, row.subject.instance or "", row.address)))
