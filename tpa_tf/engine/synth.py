"""Stacks to the files of a CDKTF output directory: rendered in memory, then written or compared."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tpa_tf import files as on_disk
from tpa_tf.engine import bindings
from tpa_tf.engine.leftovers import FILES, METADATA, own_files
from tpa_tf.engine.render import add_stack
from tpa_tf.errors import TpaTfError
from tpa_tf.files import STACK_FILE, Files
from tpa_tf.terraform.stack import Stack

MANIFEST = "manifest.json"


def render(stacks: Sequence[Stack], out: Path, *, keep: bool = True) -> dict[str, bytes | None]:
    """What belongs below ``out``: for each stack ``stacks/<name>/cdk.tf.json`` and its own files, and CDKTF's manifest.

    What an earlier synthesis has put beside a stack, and is not to be there any more, is None. Nothing is written
    there. With ``keep``, ``out`` is read for the stacks that are in its manifest and on disk
    already: they stay in the manifest. TpaTfError if CDKTF can't run.
    """
    with tempfile.TemporaryDirectory(prefix="tpa-tf-") as name:
        work = Path(name)
        core = bindings.core()
        try:
            app = core.App(outdir=name, skip_validation=True, stack_traces=False)
            for stack in stacks:
                add_stack(app, stack)
            app.synth()
        except Exception as error:
            if bindings.have_ended():
                raise TpaTfError("Node.js, which CDKTF runs on, was ended before it was done: try again") from error
            raise
        files: dict[str, bytes | None] = {}
        for stack in stacks:
            place = f"stacks/{stack.name}"
            _refuse_files_of_others(stack, out / place)
            files |= {f"{place}/{name}": None for name in own_files(out / place)}
            files |= {f"{place}/{name}": stack.files[name] for name in sorted(stack.files)}
            files[f"{place}/{STACK_FILE}"] = _json(_plain(work / place / STACK_FILE, sorted(stack.files)))
        manifest = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
    if keep:
        manifest["stacks"] = {**_stacks_in(out), **manifest["stacks"]}
    return {**files, MANIFEST: _json(manifest)}


def write(files: Files, out: Path) -> list[Path]:
    """Write ``files`` below ``out`` and give back the paths of all that are there then; see tpa_tf.files.write.

    Directories in which nothing is left are removed.
    """
    on_disk.write(files, out)
    for name in {Path(name).parent for name, data in files.items() if data is None}:
        with contextlib.suppress(OSError):  # it is not empty, or another process was faster
            (out / name).rmdir()
    return [out / name for name, data in files.items() if data is not None]


def _refuse_files_of_others(stack: Stack, directory: Path) -> None:
    """TpaTfError if a file of the cluster's own would take the place of one that no synthesis has put there."""
    ours = own_files(directory)
    for name, data in sorted(stack.files.items()):
        there = on_disk.content(directory / name)
        if name not in ours and there is not None and there != data:
            raise TpaTfError(
                f"{directory / name} is not tpa-tf's, and the cluster's own {name} would take its place: "
                "move it away, or remove it"
            )


def _stacks_in(out: Path) -> dict[str, Any]:
    """The manifest's entries in ``out`` for stacks that are still there; none if it can't be read as a manifest."""
    try:
        stacks = json.loads((out / MANIFEST).read_bytes())["stacks"]
        return {name: stack for name, stack in stacks.items() if (out / stack["synthesizedStackPath"]).is_file()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _plain(path: Path, files: Sequence[str]) -> Any:
    """A stack as CDKTF wrote it, without its notes in each block, which only say the block's own address again.

    ``files``, which stand beside it, are noted instead, to be found again when one of them goes.
    """
    stack = json.loads(path.read_text(encoding="utf-8"))
    for kinds in (stack.get("resource", {}), stack.get("data", {})):
        for blocks in kinds.values():
            for block in blocks.values():
                block.pop(METADATA, None)
    stack[METADATA]["metadata"].pop("overrides", None)
    if files:
        stack[METADATA][FILES] = files
    return stack


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
