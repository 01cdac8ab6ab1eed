"""The command impact: two configs to a forecast, by synthesizing both in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tpa_tf.changes.effects import Row
from tpa_tf.changes.impact import forecast, notes
from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError
from tpa_tf.stack import synth


def compare(old: Cluster, new: Cluster) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The forecast of the step from ``old`` to ``new``, and what else there is to know.

    TpaTfError if they are two clusters: each would have a state of its own.
    """
    if old.name != new.name:
        raise TpaTfError(
            f"{old.name} and {new.name} are two clusters, not two versions of one: a new cluster_name means a new "
            "stack with a state of its own, and what there is stays with the old one"
        )
    return forecast(old, new, _stack(old), _stack(new)), notes(old, new)


def _stack(cluster: Cluster) -> Any:
    out = Path()
    return json.loads(synth.render([cluster], out, keep=False)[f"stacks/{cluster.name}/{synth.STACK}"])
