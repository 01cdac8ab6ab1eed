"""How a change that interrupts several instances is made, one instance after the other."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tpa_tf.changes.effects import CREATE, NOTHING, REPLACE, Effect, Row
from tpa_tf.changes.judge import Verdict
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME
from tpa_tf.changes.subjects import as_it_was
from tpa_tf.cluster.model import Cluster, Instance
from tpa_tf.terraform.expressions import Address

_FAILING = {Effect.FAILS_IN_PLAN, Effect.FAILS_IN_APPLY}
_PLAN = "plan"


@dataclass(frozen=True)
class Step:
    """One instance: what is planned, reviewed and applied of it alone."""

    instance: Instance
    effect: Effect
    """The worst of what happens to it and its volumes."""
    is_primary: bool
    """Whether another instance is to take over before."""
    is_replaced: bool
    """Whether another one takes its place, which has to be deployed."""
    stays_stopped: bool
    """Whether nothing starts it again."""
    targets: tuple[Address, ...]
    allow: tuple[Address, ...]
    """What a review refuses of it, and this step is about."""
    switch_to: str | None
    """The replica that is to be the primary before; None where that is not known, or not needed."""

    @property
    def has_new_addresses(self) -> bool:
        """Whether TPA must be told of it again: it is reached elsewhere, or another one is in its place."""
        moves = self.instance.associate_public_ip and self.instance.elastic_ip is None
        return moves or self.is_replaced


def obstacle(verdict: Verdict) -> str:
    """Why there are no steps, in a sentence; empty where there are."""
    failing = sorted(row.address for row in verdict.rows if row.effect in _FAILING)
    if failing:
        return f"there are no steps for what fails: first mend {', '.join(failing)}"
    moved = sorted(row.address for row in verdict.rows if row.moved)
    if moved:
        return f"Terraform plans no part of what moves: apply the renames alone first ({', '.join(moved)})"
    return ""


def steps(verdict: Verdict, old: Cluster, new: Cluster) -> tuple[Step, ...]:
    """A step for each instance of both clusters that is stopped or replaced, primaries last.

    Before them come those that take no queries of clients, or pass them on, and then the replicas.
    """
    refused = {refusal.address for refusal in verdict.refusals}
    found = []
    for instance in new.instances:
        was = as_it_was(instance, old, new)
        own = [row for row in verdict.rows if row.subject.instance == instance.name and row.actions]
        effects = [row.effect for row in own if _interrupts(row)]
        if was is None or not effects:
            continue
        targets = tuple(sorted({row.address for row in own}))
        replaced = any(row.actions == REPLACE and row.address.startswith(f"{INSTANCE}.") for row in own)
        detached = any("delete" in row.actions and row.address.startswith(f"{ATTACHMENT}.") for row in own)
        step = Step(
            instance,
            max(effects, key=lambda effect: effect.severity),
            is_primary="primary" in was.role,
            is_replaced=replaced,
            stays_stopped=detached and not replaced,
            targets=targets,
            allow=tuple(address for address in targets if address in refused),
            switch_to=_successor(was, old, new),
        )
        found.append((_rank(was), step))
    return tuple(step for _, step in sorted(found, key=lambda each: each[0]))


def _rank(instance: Instance) -> tuple[int, int]:
    order = 2 if "primary" in instance.role else 1 if {"replica", "readonly", "bdr"} & set(instance.role) else 0
    return order, instance.node


def _interrupts(row: Row) -> bool:
    of_instance = row.address.startswith((f"{INSTANCE}.", f"{VOLUME}.", f"{ATTACHMENT}."))
    within = Effect.STOPS_AND_STARTS.severity <= row.effect.severity <= Effect.LOSES_DATA.severity
    return of_instance and within and row.actions not in (CREATE, NOTHING)


def _successor(instance: Instance, old: Cluster, new: Cluster) -> str | None:
    """The replica with the lowest number that is there before and after; None where none is, or there are primaries."""
    if "primary" not in instance.role or sum("primary" in each.role for each in old.instances) > 1:
        return None
    staying = {each.name for each in new.instances}
    replicas = [
        each for each in old.instances if "replica" in each.role and "witness" not in each.role and each.name in staying
    ]
    return next((each.name for each in sorted(replicas, key=lambda each: each.node)), None)


def as_text(found: Iterable[Step], verdict: Verdict, old: str, new: str, stack: str) -> str:
    """The steps of ``verdict`` as commands of a shell with remarks, for the step from ``old`` to ``new``, as given."""
    # What the config alone tells is told again of each whole plan, and was to be decided on before the first step.
    decided = sorted({row.address for row in verdict.rows if row.effect is Effect.LEAVES_DATA})
    found = tuple(found)
    if not found:
        return "no instance is stopped or replaced: one plan does it all\n"
    lines = [f"# {len(found)} to be interrupted, one after the other; go on when each is back and has caught up"]
    lines.append(f"tpa-tf synth {shlex.quote(new)}")
    for number, step in enumerate(found, 1):
        lines += ["", *_lines(number, step, old, new, stack)]
    lines += ["", "# the rest", *_commands((), decided, old, stack)]
    return "\n".join(lines) + "\n"


def _lines(number: int, step: Step, old: str, new: str, stack: str) -> Iterator[str]:
    name, directory = step.instance.name, shlex.quote(new)
    role = f" ({', '.join(step.instance.role)})" if step.instance.role else ""
    yield f"# {number}. {name}{role}: {step.effect.value}"
    if step.is_primary:
        yield (
            f"tpaexec switchover {directory} {step.switch_to}"
            if step.switch_to
            else "# nobody can tell which replica is to take over: without one, the database is away until this is back"
        )
    yield from _commands(step.targets, step.allow, old, stack)
    if step.stays_stopped:
        yield f"# nothing starts it again: aws ec2 start-instances --region {step.instance.region} --instance-ids …"
    if step.has_new_addresses:
        yield f"tpa-tf inventory {directory}"
    if step.is_replaced:
        yield f"tpaexec deploy {directory}"


def _commands(targets: Iterable[Address], allow: Iterable[Address], old: str, stack: str) -> Iterator[str]:
    chosen = "".join(f" {shlex.quote(f'-target={target}')}" for target in targets)
    words = "".join(f" --allow {shlex.quote(address)}" for address in allow)
    partial = " --partial" if chosen else ""
    where = shlex.quote(stack)
    yield f"terraform -chdir={where} plan{chosen} -out={_PLAN}"
    yield f"tpa-tf review {shlex.quote(f'{stack}/{_PLAN}')}{partial} --before {shlex.quote(old)}{words}"
    yield f"terraform -chdir={where} apply {_PLAN}"


def as_data(found: Iterable[Step]) -> list[dict[str, Any]]:
    """The same for JSON."""
    return [
        {
            "instance": step.instance.name,
            "effect": step.effect.value,
            "targets": list(step.targets),
            "allow": list(step.allow),
            "switch_to": step.switch_to,
        }
        for step in found
    ]
