"""What a plan does to instances and their data, and what of it needs somebody's word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tpa_tf.changes.effects import CREATE, Row, ordered
from tpa_tf.changes.plan import INSTANCE, VOLUME, Plan
from tpa_tf.changes.ports import Openings
from tpa_tf.changes.reasons import Reasons
from tpa_tf.changes.relations import Relations
from tpa_tf.changes.rows import Rows
from tpa_tf.changes.subjects import as_it_was
from tpa_tf.changes.whereabouts import left_behind
from tpa_tf.changes.words import on_one_line, whose
from tpa_tf.cluster.model import Cluster, Instance
from tpa_tf.cluster.ports import ALWAYS, needed_ports
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
    partial: bool = False
    """Whether it was to be judged though it is only a part of what there is to do."""

    @property
    def passes(self) -> bool:
        """Whether the plan may be applied."""
        return not self.refusals and not self.errored and (self.complete or self.partial)


def _matching(pattern: str, addresses: Iterable[Address]) -> frozenset[Address]:
    """The addresses that are ``pattern``, or match it."""
    addresses = frozenset(addresses)
    if pattern in addresses:
        return frozenset({pattern})
    kind = pattern.rpartition(".")[0] or pattern
    if set(kind) & set("*?"):
        told = f"--allow {pattern}: a pattern names one type (aws_s3_object.*), so that nothing else goes with it"
        raise TpaTfError(on_one_line(told))
    literal = pattern.replace("[", "[[]")  # the keys of count and for_each
    return frozenset(address for address in addresses if fnmatchcase(address, literal))


def _said(row: Row) -> str:
    return f"{whose(row)}: {row.why}"


def _made_anew(
    plan: Plan, old: Cluster | None, new: Cluster | None, reasons: Mapping[Address, str]
) -> Iterator[tuple[Address, str]]:
    """Instances and volumes that the config had before, and that are created though some of the cluster is there."""
    if old is None or not any(change.before for change in plan.resources):
        return
    had = {address for instance in old.instances for address in _addresses(instance)}
    for instance in new.instances if new else ():
        if new and (was := as_it_was(instance, old, new)):
            had.update(_addresses(instance, {each.device_name for each in was.volumes}))
    for change in plan.resources:
        if change.actions == CREATE and change.address in had and change.address not in reasons:
            why = "the config had it before, and Terraform knows nothing of it (forgotten, or gone)"
            yield change.address, f"{why}: it creates an empty one"


def _addresses(instance: Instance, devices: Collection[str] | None = None) -> Iterator[Address]:
    """Where Terraform has an instance and its volumes, those at ``devices`` alone if they are given."""
    yield f"{INSTANCE}.{instance.address}"
    yield from (
        f"{VOLUME}.{volume.address}" for volume in instance.volumes if devices is None or volume.device_name in devices
    )


def judge(
    plan: Plan,
    old: Cluster | None = None,
    new: Cluster | None = None,
    allow: Iterable[Address] = (),
    *,
    partial: bool = False,
) -> Verdict:
    """``plan`` judged, for the step from the cluster ``old`` to ``new``, as far as they are known.

    ``allow`` has the addresses that may go all the same, or patterns of them (``aws_s3_object.*``). TpaTfError if
    something is allowed that the plan doesn't do, which is a mistake, or an old plan; and for a pattern of every type.
    With ``partial``, a plan that is not of everything there is to do is judged as far as it goes.
    """
    related = Relations(plan)
    rows_of = Rows(plan, related, old, new)
    pairs = [(change, row) for change in plan.changes for row in rows_of(change)]
    drift = [row for change in plan.drift for row in rows_of.drift(change)]
    cluster = new or old
    reasons = Reasons(related, Openings(plan), needed_ports(cluster) if cluster else ALWAYS)(pairs)
    reasons |= dict.fromkeys(plan.invoked, "it is invoked, and tpa-tf can't tell what it does")
    touched = {change.address for change in plan.changes}
    known = {change.address for change in plan.resources if change.before}
    behind = [
        row
        for row, start in (left_behind(old, new) if old and new else ())
        # A volume that the state has under the new name alone was moved there.
        if (plan.complete or row.address in touched) and (start is None or start in known or row.address not in known)
    ]
    for row in (*behind, *drift):
        reasons[row.address] = "; ".join(filter(None, (_said(row), reasons.get(row.address))))
    reasons |= dict(_made_anew(plan, old, new, reasons))
    matched = {pattern: _matching(pattern, reasons) for pattern in allow}
    allowed = frozenset[Address]().union(*matched.values())
    if idle := sorted(pattern for pattern, addresses in matched.items() if not addresses):
        there = f"what needs it: {', '.join(sorted(reasons))}" if reasons else "nothing in it needs to be allowed"
        mistaken = f"--allow {idle[0]}: the plan does nothing of that address that needs it; {there}"
        raise TpaTfError(on_one_line(mistaken))
    rows = ordered((*drift, *behind, *(row for _, row in pairs)))
    told = (*(row.address for row in rows), *plan.invoked)
    refused = dict.fromkeys(address for address in told if address in reasons and address not in allowed)
    return Verdict(
        rows,
        tuple(Refusal(address, reasons[address]) for address in refused),
        tuple(sorted(allowed)),
        plan.errored,
        plan.complete,
        plan.deferred,
        partial and not plan.complete,
    )
