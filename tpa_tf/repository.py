"""A repository of clusters: which ones it has is said once, in its cdktf.json."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tpa_tf.errors import TpaTfError
from tpa_tf.files import CONFIG_NAME

CLUSTERS = "TPA_CLUSTERS"
"""Environment variable: globs of cluster directories or config files, separated by white space or ``:``."""

SETTINGS = "cdktf.json"
"""The file that makes a directory a repository of clusters."""

_CONTEXT = "CDKTF_CONTEXT_JSON"


def clusters_of(project: Path, environment: Mapping[str, str]) -> list[str]:
    """The clusters of the repository ``project``, as paths from the working directory, sorted, each once.

    Those that ``TPA_CLUSTERS`` names in ``environment``, else ``clusters`` in the context that the CDKTF command line
    passes on, else in that of cdktf.json. TpaTfError if there are none.
    """
    if wanted := environment.get(CLUSTERS):
        globs, source, base = re.split(rf"[\s{re.escape(os.pathsep)}]+", wanted.strip()), CLUSTERS, Path()
    else:
        globs, source, base = _from_context(project, environment), f"clusters in the context of {SETTINGS}", project
    found = sorted({path for pattern in globs if pattern for path in _matches(base, pattern)})
    if not found:
        raise TpaTfError(
            f"{source} names no cluster ({' '.join(globs) or 'it is empty'}): "
            f"give globs of directories that hold a {CONFIG_NAME}"
        )
    return found


def _from_context(project: Path, environment: Mapping[str, str]) -> list[str]:
    try:
        if passed := environment.get(_CONTEXT):
            context = json.loads(passed)
        else:
            context = json.loads((project / SETTINGS).read_text(encoding="utf-8")).get("context", {})
        globs = context.get("clusters", [])
    except (OSError, ValueError, AttributeError) as error:
        raise TpaTfError(f"{project / SETTINGS} can't be read: {error}") from error
    if not isinstance(globs, list) or not all(isinstance(pattern, str) for pattern in globs):
        raise TpaTfError(f"clusters in the context of {SETTINGS} is {globs!r}: give a list of globs")
    return globs


def is_cluster_of(project: Path, environment: Mapping[str, str], directory: Path) -> bool:
    """Whether ``directory``, which need not be there any more, is one of those that cdktf.json names."""
    return any(directory.match(pattern) for pattern in _from_context(project, environment))


def below(base: Path, pattern: str) -> Path:
    """``pattern`` from the working directory, as short as it goes: messages name the inputs so."""
    path = base / Path(pattern).expanduser()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _matches(base: Path, pattern: str) -> Iterable[str]:
    """The clusters that ``pattern`` matches; a path without wildcards is taken as it is, to be reported if wrong."""
    if not glob.has_magic(pattern):
        return [str(below(base, pattern))]
    # Only the pattern is one: the directory that it starts from may hold any character.
    start = glob.escape(str(below(base, "")))
    whole = str(Path(start) / Path(pattern).expanduser())
    found = glob.glob(whole, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [path for path in found if _is_cluster(Path(path))]


def _is_cluster(path: Path) -> bool:
    return (path / CONFIG_NAME).is_file() or (path.is_file() and path.suffix in {".yml", ".yaml"})
