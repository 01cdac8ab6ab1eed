"""Stacks to the files of a CDKTF output directory: rendered in memory, then written or compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tpa_tf import files as on_disk
from tpa_tf.engine import bindings
from tpa_tf.engine.render import add_stack
from tpa_tf.errors import TpaTfError
from tpa_tf.files import Files
from tpa_tf.terraform.stack import Stack

MANIFEST = "manifest.json"
STACK = "cdk.tf.json"
"""Name of the Terraform JSON of a stack, in a directory of its own."""
_METADATA = "//"


def render(stacks: Sequence[Stack], out: Path, *, keep: bool = True) -> dict[str, bytes]:
    """What belongs below ``out``: ``stacks/<name>/cdk.tf.json`` for each stack, and CDKTF's manifest.

    Nothing is written there. With ``keep``, ``out`` is read for the stacks that are in its manifest and on disk
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
        files = {
            f"stacks/{stack.name}/{STACK}": _json(_plain(work / "stacks" / stack.name / STACK)) for stack in stacks
        }
        manifest = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
    if keep:
        manifest["stacks"] = {**_stacks_in(out), **manifest["stacks"]}
    return {**files, MANIFEST: _json(manifest)}


def write(files: Files, out: Path) -> list[Path]:
    """Write ``files`` below ``out`` and give back the paths of all of them; see :func:`tpa_tf.files.write`."""
    on_disk.write(files, out)
    return [out / name for name in files]


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
