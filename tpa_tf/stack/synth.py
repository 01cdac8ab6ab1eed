"""Clusters to the files of a CDKTF output directory: rendered in memory, then written or compared."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tpa_tf import files as on_disk
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import local_state
from tpa_tf.errors import TpaTfError
from tpa_tf.files import Files
from tpa_tf.stack import bindings
from tpa_tf.stack.cluster import add_cluster

MANIFEST = "manifest.json"
STACK = "cdk.tf.json"
"""Name of the Terraform JSON of a stack, in a directory of its own."""
_METADATA = "//"


def render(clusters: Sequence[Cluster], out: Path, *, keep: bool = True) -> dict[str, bytes]:
    """What belongs below ``out``: ``stacks/<cluster>/cdk.tf.json`` for each cluster, and CDKTF's manifest.

    Nothing is written there. ``out`` is read for paths from a stack to its cluster, and, with ``keep``, for the stacks
    that are in its manifest and on disk already: they stay in the manifest. TpaTfError if CDKTF can't run, or if a
    state would be there.
    """
    _check_states(clusters, out)
    with tempfile.TemporaryDirectory(prefix="tpa-tf-") as name:
        work = Path(name)
        app = bindings.core().App(outdir=name, skip_validation=True, stack_traces=False)
        for cluster in clusters:
            add_cluster(app, cluster, out / "stacks" / cluster.name)
        app.synth()
        files = {
            f"stacks/{cluster.name}/{STACK}": _json(_plain(work / "stacks" / cluster.name / STACK))
            for cluster in clusters
        }
        manifest = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
    if keep:
        manifest["stacks"] = {**_stacks_in(out), **manifest["stacks"]}
    return {**files, MANIFEST: _json(manifest)}


def write(files: Files, out: Path) -> list[Path]:
    """Write ``files`` below ``out`` and give back the paths of all of them; see :func:`tpa_tf.files.write`."""
    on_disk.write(files, out)
    return [out / name for name in files]


def _check_states(clusters: Sequence[Cluster], out: Path) -> None:
    """A state below ``out``, which may be removed at any time, would be lost with it."""
    for cluster in clusters:
        state = local_state(cluster)
        if state and Path(os.path.realpath(state)).is_relative_to(os.path.realpath(out)):
            raise TpaTfError(
                f"the state of {cluster.name} would be {state}, in the output, which may be removed at any time: "
                "name a path outside it (terraform: backend: path), or another --out"
            )


def _stacks_in(out: Path) -> dict[str, Any]:
    """The manifest's entries in ``out`` for stacks that are still there; none if it can't be read as a manifest."""
    try:
        stacks = json.loads((out / MANIFEST).read_bytes())["stacks"]
        return {name: stack for name, stack in stacks.items() if (out / stack["synthesizedStackPath"]).is_file()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _plain(path: Path) -> Any:
    """A stack as CDKTF wrote it, without its notes in each block, which only say the block's own address again."""
    stack = json.loads(path.read_text(encoding="utf-8"))
    for kinds in (stack.get("resource", {}), stack.get("data", {})):
        for blocks in kinds.values():
            for block in blocks.values():
                block.pop(_METADATA, None)
    stack[_METADATA]["metadata"].pop("overrides", None)
    return stack


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
