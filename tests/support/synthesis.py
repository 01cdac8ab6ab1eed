"""Clusters to files, as the command synth does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tpa_tf.cluster.model import Cluster
from tpa_tf.engine import synth
from tpa_tf.stack.build import build


def render(clusters: Sequence[Cluster], out: Path, *, keep: bool = True) -> dict[str, bytes]:
    """What belongs below ``out`` for ``clusters``; nothing is written."""
    stacks = [build(cluster, out / "stacks" / cluster.name) for cluster in clusters]
    return {name: data for name, data in synth.render(stacks, out, keep=keep).items() if data is not None}
