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

    TpaTfError if they are two clusters: of different names, and each with a state of its own.
    """
    if old.name != new.name and _place_of_state(old) != _place_of_state(new):
        raise TpaTfError(
            f"{old.name} and {new.name} are two clusters, not two versions of one: each has another name and another "
            "place of its state, and what the one has made, the other knows nothing of"
        )
    return forecast(old, new, _stack(old), _stack(new)), notes(old, new)


def _place_of_state(cluster: Cluster) -> object:
    """What is equal for two clusters if, and only if, Terraform reads and writes one state for both."""
    settings = cluster.terraform
    if settings.backend_type is None:
        return cluster.directory.resolve()
    # Terraform takes a relative path, as it takes the default, from the directory of the stack, which has the name.
    by_name = settings.backend_type == "local" and not Path(settings.backend.get("path") or "").is_absolute()
    return settings.backend_type, settings.backend, cluster.name if by_name else None


def _stack(cluster: Cluster) -> Any:
    out = Path()
    return json.loads(synth.render([cluster], out, keep=False)[f"stacks/{cluster.name}/{synth.STACK}"])
