"""What is forecast of the step from one cluster to another."""

from __future__ import annotations

from pathlib import Path

from tpa_tf.changes import impact
from tpa_tf.changes.effects import Actions, Row
from tpa_tf.changes.judge import Verdict
from tpa_tf.changes.predict import predict
from tpa_tf.cluster.model import Cluster
from tpa_tf.stack.build import build
from tpa_tf.terraform.stack import Stack

_WHERE = Path("cdktf.out/stacks/any")


def judged(old: Cluster, new: Cluster) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on the forecast, and what else there is to know."""
    return impact.forecast((old, stack(old)), (new, stack(new)))


def compare(old: Cluster, new: Cluster) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of the forecast, and what else there is to know."""
    verdict, notes = judged(old, new)
    return verdict.rows, notes


def predicted(old: Cluster, new: Cluster) -> dict[str, Actions]:
    """What the predicted plan does, by address."""
    return {change.address: change.actions for change in predict(stack(old), stack(new)).resources if change.actions}


def stack(cluster: Cluster) -> Stack:
    """The stack of ``cluster`` in memory."""
    return build(cluster, _WHERE)
