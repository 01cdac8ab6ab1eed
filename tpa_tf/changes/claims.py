"""What only one thing can hold at a time, and that a plan takes from one thing to give it to another.

Terraform creates the one without waiting for the other to be gone, and AWS refuses it, when other things are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from tpa_tf.changes.plan import Change, Plan
from tpa_tf.terraform.resource_type import Claim, ResourceType
from tpa_tf.terraform.resources import resource_type


@dataclass(frozen=True)
class Conflict:
    """What a change takes, while another thing still holds it."""

    holder: Change
    claim: Claim
    value: str
    """For people."""


class Claims:
    """The conflicts of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._holders: dict[str, list[Change]] = {}
        for change in plan.resources:
            declared = resource_type(change.type)
            if declared and declared.claims and change.before and not change.vanished:
                self._holders.setdefault(change.type, []).append(change)

    def conflict(self, taker: Change) -> Conflict | None:
        """What ``taker`` takes from another thing that gives it up in the same plan; None if nothing."""
        declared = resource_type(taker.type)
        if declared is None or not (taker.makes or taker.changed) or (taker.destroys and not taker.makes):
            return None
        return next(self._conflicts(declared, taker), None)

    def _conflicts(self, declared: ResourceType, taker: Change) -> Iterator[Conflict]:
        for claim in declared.claims:
            wanted = _values(claim, taker.after)
            if claim.moves or wanted is None or not (taker.makes or taker.changed & {*claim.arguments, *claim.within}):
                continue
            for holder in self._holders.get(taker.type, ()):
                held = _values(claim, holder.before)
                gives_up = holder.goes or bool(holder.changed & {*claim.arguments, *claim.within})
                if (
                    holder.address != taker.address
                    and held is not None
                    and gives_up
                    and _same_place(declared, claim, holder, taker)
                    and _clash(claim, held, wanted)
                ):
                    yield Conflict(holder, claim, ", ".join(str(value) for value in wanted if value is not None))


def _values(claim: Claim, side: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What is claimed; None where nothing is, or the plan doesn't tell."""
    values = tuple(side.get(name) for name in claim.arguments)
    return values if any(value not in (None, "") for value in values) else None


def _same_place(declared: ResourceType, claim: Claim, holder: Change, taker: Change) -> bool:
    """Whether both are where only one can have it."""
    if any(
        holder.before.get(name) is None or holder.before.get(name) != taker.after.get(name) for name in claim.within
    ):
        return False
    regions = {holder.region_before, taker.region} - {""}
    return bool(claim.within) or claim.all_regions or declared.everywhere or len(regions) < 2


def _clash(claim: Claim, held: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    if claim.overlap:
        try:
            return ip_network(str(held[0])).overlaps(ip_network(str(wanted[0])))
        except (ValueError, TypeError):
            return False
    if claim.any_case:
        return tuple(str(value).casefold() for value in held) == tuple(str(value).casefold() for value in wanted)
    return held == wanted
