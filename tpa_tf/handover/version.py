"""The version of the TPA that will deploy: ``--tpa-version``, else what its installation says of itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_DEFAULT_DIRECTORY = Path("/opt/EDB/TPA")  # where TPA's packages put it, and tpaexec looks without TPA_DIR
_VERSION_FILE = "VERSION"


def installed_version(environment: Mapping[str, str] = os.environ, default: Path = _DEFAULT_DIRECTORY) -> str | None:
    """What the VERSION file of the installation that ``TPA_DIR`` names says, or git of a checkout; None if neither."""
    directory = Path(environment.get("TPA_DIR") or default)
    try:
        if text := (directory / _VERSION_FILE).read_text(encoding="utf-8").strip():
            return text
    except (OSError, UnicodeDecodeError):
        pass
    git = shutil.which("git")
    if git is None or not (directory / ".git").exists():
        return None
    answer = subprocess.run(
        [git, "-C", str(directory), "describe"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return answer.stdout.strip() or None
