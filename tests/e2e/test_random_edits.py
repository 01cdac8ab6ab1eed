"""Edits at random of a cluster that is there: the forecast is the plan, and what review passes harms nothing.

The seeds are fixed; ``--random-edits`` plans more of them, ``--first-seed`` others.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Deploy
from tests.support.deployment import Deployment
from tests.support.forecasts import judged
from tests.support.random_edits import edit
from tests.support.terraform import TerraformError
from tpa_tf import clusters
from tpa_tf.changes.effects import Effect
from tpa_tf.changes.judge import judge
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME
from tpa_tf.changes.read import read_plan
from tpa_tf.changes.relations import without_index
from tpa_tf.cluster.model import Cluster

CASE = Path(__file__).parent / "random"
PARTS = 2
"""They run beside one another, each with a cluster of its own; the second one has a record of a lookup."""

_LOSABLE = tuple(f"{type_}." for type_ in (INSTANCE, VOLUME, ATTACHMENT))

STOPPING = {"instance_type", "ebs_optimized", "cpu_options", "user_data", "user_data_base64"}
"""Arguments of an instance for which the provider stops it. Source: its documentation of aws_instance."""


@dataclass(frozen=True)
class Planned:
    """What became of one edit."""

    faults: tuple[str, ...]
    fails: bool
    passes: bool | None
    """Whether a review passes it; None: it does nothing to what is there of instances, volumes and attachments."""


@pytest.mark.parametrize("part", range(PARTS))
def test_forecast_is_the_plan_and_what_review_passes_harms_nothing(
    part: int, deploy: Deploy, request: pytest.FixtureRequest
) -> None:
    count, first = (request.config.getoption(name) for name in ("--random-edits", "--first-seed"))
    live = deploy(CASE, lookup=part == 1)
    live.stack.apply()
    old = clusters.load(live.directory).cluster
    assert old
    with live.stack.with_running_provider():
        seeds = itertools.count(first + part, PARTS)
        planned = dict(itertools.islice(_plans(live, old, seeds), -(-count // PARTS)))
    print(f"{len(planned)} edits, the last one of seed {max(planned)}:", end=" ")
    print(f"{sum(each.fails for each in planned.values())} fail in the plan,", end=" ")
    reviewed = [each.passes for each in planned.values() if each.passes is not None]
    print(f"{len(reviewed)} were reviewed, {sum(reviewed)} pass")
    faults = {seed: each.faults for seed, each in planned.items() if each.faults}
    assert not faults, "\n".join(f"seed {seed}: {fault}" for seed, told in faults.items() for fault in told)


def _plans(live: Deployment, old: Cluster, seeds: Iterator[int]) -> Iterator[tuple[int, Planned]]:
    """The edits that check doesn't refuse, by seed."""
    path = live.directory / "config.yml"
    base = path.read_text()
    for seed in seeds:
        path.write_text(yaml.safe_dump(edit(seed, yaml.safe_load(base)), sort_keys=False))
        new = clusters.load(live.directory).cluster
        if new:
            yield seed, _planned(live, old, new)
    path.write_text(base)


def _planned(live: Deployment, old: Cluster, new: Cluster) -> Planned:
    forecast, _ = judged(old, new)
    fails = any(row.effect is Effect.FAILS_IN_PLAN for row in forecast.rows)
    live.write(new)
    try:
        planned = live.stack.planned_changes(refresh=False)
    except TerraformError as error:
        expected = fails or any(row.effect is Effect.DEPENDS for row in forecast.rows)
        return Planned(() if expected else (f"the plan fails, and nothing says so: {str(error)[:400]}",), True, None)
    real = {without_index(address): actions for address, actions in planned.items()}
    faults = ["the forecast says that the plan fails, and it goes through"] if fails else []
    said = {row.address: list(row.actions) for row in forecast.rows if row.actions}
    faults += [
        f"{address}: {said.get(address)} is forecast, and planned is {real.get(address)}"
        for address in sorted(said.keys() | real.keys())
        if said.get(address) != real.get(address)
    ]
    if not any(address.startswith(_LOSABLE) and actions != ["create"] for address, actions in real.items()):
        return Planned(tuple(faults), False, None)
    shown = live.stack.shown_plan()
    verdict = judge(read_plan("-", io.BytesIO(json.dumps(shown).encode())), old, new)
    if verdict.passes:
        faults += [f"review passes what {harm}" for harm in _harms(shown)]
    return Planned(tuple(faults), False, verdict.passes)


def _harms(plan: Mapping[str, Any]) -> Iterator[str]:
    """What a plan does to instances and volumes that are there, read from it without any of what is tested."""
    for each in plan["resource_changes"]:
        change, address = each["change"], each["address"]
        if each["type"] not in (INSTANCE, VOLUME, ATTACHMENT) or not change["before"]:
            continue
        if {"delete", "forget"} & set(change["actions"]):
            yield f"{'/'.join(change['actions'])}s {address}"
        elif each["type"] == INSTANCE and change["after"]:
            changed = {name for name in STOPPING if change["before"].get(name) != change["after"].get(name)}
            if changed:
                yield f"stops {address} ({', '.join(sorted(changed))})"
