"""The CDKTF application of a repository of clusters: what ``python main.py`` and ``cdktf synth`` run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tpa_tf.engine import bindings
from tpa_tf.errors import TpaTfError
from tpa_tf.repository import below, clusters_of

_OUT = "CDKTF_OUTDIR"


def main(project: Path) -> int:
    """Synthesize the clusters of ``project``, the directory of its cdktf.json; the exit code.

    Which clusters: see :func:`tpa_tf.repository.clusters_of`. The output directory then holds these stacks in its
    manifest and no others.
    """
    try:
        return _synthesize(project, os.environ)
    except TpaTfError as error:
        print(f"tpa-tf: {error}", file=sys.stderr)
        return 1


def _synthesize(project: Path, environment: Mapping[str, str]) -> int:
    paths = clusters_of(project, environment)
    out = below(project, environment.get(_OUT) or "cdktf.out")
    bindings.start()
    # Node gets ready while these are imported.
    from tpa_tf import clusters
    from tpa_tf.engine import leftovers, synth

    loaded = clusters.load_all(paths, out)
    sys.stderr.write(clusters.as_text(loaded))
    found = clusters.sound(loaded)
    if found is None:
        sys.stderr.write("nothing was written\n")
        return 1
    for stack in leftovers.gone(out, (stack.name for _, stack in found)):
        sys.stderr.write(f"tpa-tf: {leftovers.farewell(out, stack)}\n")
    for path in synth.write(synth.render([stack for _, stack in found], out, keep=False), out):
        print(path)
    return 0
