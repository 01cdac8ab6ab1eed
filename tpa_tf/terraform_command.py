"""Runs the terraform command, where a command of ours needs its answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tpa_tf.errors import TpaTfError

_FRAME = " \t│╷╵"
_MOST_LINES = 3
_BINARY_VARIABLE = "TERRAFORM_BINARY_NAME"  # CDKTF's name for it, for those who run another terraform


def ask(directory: Path, *arguments: str, instead: str) -> str:
    """What ``terraform ARGUMENTS`` prints in ``directory``, the colour left out.

    TpaTfError if it can't be run, with ``instead`` as the way to do without, or if it fails.
    """
    binary = os.environ.get(_BINARY_VARIABLE) or "terraform"
    program = shutil.which(binary)
    if program is None:
        raise TpaTfError(f"{binary} is not on the PATH: install Terraform, or {instead}")
    command = [program, f"-chdir={directory}", *arguments, "-no-color"]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if answer.returncode != 0:
        raise TpaTfError(
            f"terraform {arguments[0]} failed in {directory}; if this directory is new, run "
            f"terraform -chdir={directory} init. It says: {_gist(answer.stderr)}"
        )
    return answer.stdout


def _gist(printed: str) -> str:
    """The first lines of Terraform's first error, without the frame that it draws around them."""
    lines = [line.strip(_FRAME) for line in printed.splitlines()]
    told = [line for line in lines if line]
    first = next((at for at, line in enumerate(told) if line.startswith("Error:")), 0)
    return " / ".join(told[first : first + _MOST_LINES]) or "nothing"
