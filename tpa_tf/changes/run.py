"""The command impact: two configs to a forecast, by synthesizing both in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tpa_tf.changes.effects import Row
from tpa_tf.changes.impact import forecast, notes
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import state_place
from tpa_tf.engine import synth
from tpa_tf.errors import TpaTfError
from tpa_tf.stack.build import build_all

_OUT = Path("cdktf.out")
"""Where the stacks would be; nothing is written there."""


def compare(old: Cluster, new: Cluster) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The forecast of the step from ``old`` to ``new``, and what else there is to know.

    TpaTfError if they are two clusters: of different names, and each with a state of its own.
    """
    if old.name != new.name and state_place(old) != state_place(new):
        raise TpaTfError(
            f"{old.name} and {new.name} are two clusters, not two versions of one: each has another name and another "
            "place of its state, and what the one has made, the other knows nothing of"
        )
    return forecast(old, new, _stack(old), _stack(new)), notes(old, new)


def _stack(cluster: Cluster) -> Any:
    return json.loads(
        synth.render(build_all([cluster], _OUT), _OUT, keep=False)[f"stacks/{cluster.name}/{synth.STACK}"]
    )
