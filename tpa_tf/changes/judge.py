"""What a plan does to instances and their data, and what of it needs somebody's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tpa_tf.changes.effects import Row, ordered
from tpa_tf.changes.plan import Plan
from tpa_tf.changes.reasons import Reasons
from tpa_tf.changes.relations import Relations
from tpa_tf.changes.rows import Rows
from tpa_tf.changes.words import on_one_line
from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform.expressions import Address


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
    related = Relations(plan)
    rows_of = Rows(plan, related, old, new)
    pairs = [(change, row) for change in plan.changes for row in rows_of(change)]
    reasons = Reasons(related)(pairs)
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
