"""Clusters to the files of a CDKTF output directory: rendered in memory, then written or compared."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError
from tpa_tf.stack import bindings
from tpa_tf.stack.cluster import add_cluster

Files = Mapping[str, bytes]
"""Path below the output directory to content."""

MANIFEST = "manifest.json"
_STACK = "cdk.tf.json"
_METADATA = "//"


def render(clusters: Sequence[Cluster], out: Path, *, keep: bool = True) -> dict[str, bytes]:
    """What belongs below ``out``: ``stacks/<cluster>/cdk.tf.json`` for each cluster, and CDKTF's manifest.

    Nothing is written there. ``out`` is read for paths from a stack to its cluster, and, with ``keep``, for the stacks
    that are in its manifest and on disk already: they stay in the manifest. TpaTfError if CDKTF can't run, or if two
    clusters would share a state file.
    """
    _check_states(clusters)
    with tempfile.TemporaryDirectory(prefix="tpa-tf-") as name:
        work = Path(name)
        app = bindings.core().App(outdir=name, skip_validation=True, stack_traces=False)
        for cluster in clusters:
            add_cluster(app, cluster, out / "stacks" / cluster.name)
        app.synth()
        files = {
            f"stacks/{cluster.name}/{_STACK}": _json(_plain(work / "stacks" / cluster.name / _STACK))
            for cluster in clusters
        }
        manifest = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
    if keep:
        manifest["stacks"] = {**_stacks_in(out), **manifest["stacks"]}
    return {**files, MANIFEST: _json(manifest)}


def write(files: Files, out: Path) -> list[Path]:
    """Write ``files`` below ``out`` and give back their paths; a file is replaced as a whole or not at all.

    Everything is on disk before the first file is replaced. TpaTfError if something can't be written; then nothing
    has changed. Files that are there already as they should be are not touched, nor is anything else in ``out``.
    """
    pending: list[tuple[Path, Path]] = []
    try:
        for name, content in files.items():
            path = out / name
            if _content(path) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
                pending.append((temporary, path))
                _write_through(temporary, content)
        while pending:
            temporary, path = pending[0]
            temporary.replace(path)
            pending.pop(0)
    except OSError as error:
        for temporary, _ in pending:
            temporary.unlink(missing_ok=True)
        raise TpaTfError(f"{error.filename or out} can't be written: {error.strerror or error}") from error
    return [out / name for name in files]


def diff(files: Files, out: Path) -> str:
    """A unified diff from what is below ``out`` to ``files``; empty if they are the same byte for byte."""
    lines: list[str] = []
    for name, content in sorted(files.items()):
        path = out / name
        there = _content(path)
        if there == content:
            continue
        old = _lines(there) if there is not None else []
        compared = [
            *difflib.unified_diff(old, _lines(content), str(path) if there is not None else os.devnull, str(path))
        ]
        lines += compared
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _check_states(clusters: Sequence[Cluster]) -> None:
    """Two stacks with one local state file would each destroy what the other has made."""
    seen: dict[Path, Cluster] = {}
    for cluster in clusters:
        if cluster.terraform.backend_type is None:
            first = seen.setdefault(Path(os.path.realpath(cluster.directory)), cluster)
            if first is not cluster:
                raise TpaTfError(
                    f"{first.name} and {cluster.name} are in one directory, where both would keep their state in "
                    "terraform.tfstate: give each cluster a directory of its own, or a backend in its terraform section"
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


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines(keepends=True)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
