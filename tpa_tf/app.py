"""The CDKTF application of a repository of clusters: what ``python main.py`` and ``cdktf synth`` run."""

from __future__ import annotations

import glob
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tpa_tf.engine import bindings
from tpa_tf.errors import TpaTfError
from tpa_tf.files import CONFIG_NAME

CLUSTERS = "TPA_CLUSTERS"
"""Environment variable: globs of cluster directories or config files, separated by white space or ``:``."""

_CONTEXT = "CDKTF_CONTEXT_JSON"
_OUT = "CDKTF_OUTDIR"
_SETTINGS = "cdktf.json"


def main(project: Path) -> int:
    """Synthesize the clusters of ``project``, the directory of its cdktf.json; the exit code.

    Which clusters: ``TPA_CLUSTERS``, else ``clusters`` in the context that the CDKTF command line passes on, else in
    that of cdktf.json. The output directory then holds these stacks in its manifest and no others.
    """
    try:
        return _synthesize(project, os.environ)
    except TpaTfError as error:
        print(f"tpa-tf: {error}", file=sys.stderr)
        return 1


def _synthesize(project: Path, environment: Mapping[str, str]) -> int:
    paths = _paths(project, environment)
    out = _below(project, environment.get(_OUT) or "cdktf.out")
    bindings.start()
    # Node gets ready while these are imported.
    from tpa_tf import clusters
    from tpa_tf.engine import synth

    loaded = clusters.load_all(paths, out)
    sys.stderr.write(clusters.as_text(loaded))
    found = clusters.sound(loaded)
    if found is None:
        sys.stderr.write("nothing was written\n")
        return 1
    for path in synth.write(synth.render([stack for _, stack in found], out, keep=False), out):
        print(path)
    return 0


def _paths(project: Path, environment: Mapping[str, str]) -> list[str]:
    """The inputs, sorted, each once. TpaTfError if there are none."""
    if wanted := environment.get(CLUSTERS):
        globs, source, base = re.split(rf"[\s{re.escape(os.pathsep)}]+", wanted.strip()), CLUSTERS, Path()
    else:
        globs, source, base = _from_context(project, environment), f"clusters in the context of {_SETTINGS}", project
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
            context = json.loads((project / _SETTINGS).read_text(encoding="utf-8")).get("context", {})
        globs = context.get("clusters", [])
    except (OSError, ValueError, AttributeError) as error:
        raise TpaTfError(f"{project / _SETTINGS} can't be read: {error}") from error
    if not isinstance(globs, list) or not all(isinstance(pattern, str) for pattern in globs):
        raise TpaTfError(f"clusters in the context of {_SETTINGS} is {globs!r}: give a list of globs")
    return globs


def _below(base: Path, pattern: str) -> Path:
    """``pattern`` from the working directory, as short as it goes: messages name the inputs so."""
    path = base / Path(pattern).expanduser()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _matches(base: Path, pattern: str) -> Iterable[str]:
    """The clusters that ``pattern`` matches; a path without wildcards is taken as it is, to be reported if wrong."""
    if not glob.has_magic(pattern):
        return [str(_below(base, pattern))]
    # Only the pattern is one: the directory that it starts from may hold any character.
    start = glob.escape(str(_below(base, "")))
    whole = str(Path(start) / Path(pattern).expanduser())
    found = glob.glob(whole, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [path for path in found if _is_cluster(Path(path))]


def _is_cluster(path: Path) -> bool:
    return (path / CONFIG_NAME).is_file() or (path.is_file() and path.suffix in {".yml", ".yaml"})
