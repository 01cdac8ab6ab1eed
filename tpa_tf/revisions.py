"""A config as it is on disk, or as a git revision has it, with its lookup record."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tpa_tf.clusters import Loaded, load
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.files import CONFIG_NAME, is_directory

_COMMITS = 100


def load_either(written: str, other: str) -> Loaded:
    """The config that ``written`` names: a directory, a file, ``REV:PATH``, or the revision ``REV`` of ``other``'s.

    TpaTfError if it is none of these. What the config itself has wrong is in its report.
    """
    if _is_there(Path(written)):
        return load(Path(written), written)
    revision, _, path = written.partition(":")
    return _load_revision(revision, path or other.rpartition(":")[2], written)


def load_since(revision: str, path: str) -> Loaded | None:
    """The config that the directory or file ``path`` had in ``revision``; None if it had none, as it is new.

    TpaTfError if there is no such revision.
    """
    _refuse_unknown(revision)
    return _find(revision, path)


def configs_in(revision: str) -> tuple[Path, ...]:
    """The cluster directories below the working directory that had a config in ``revision``, sorted.

    TpaTfError if there is no such revision.
    """
    _refuse_unknown(revision)
    listed = _git(Path(), "ls-tree", "-r", "-z", "--name-only", "--end-of-options", revision) or b""
    names = (Path(os.fsdecode(name)) for name in listed.split(b"\0"))
    return tuple(sorted(name.parent for name in names if name.name == CONFIG_NAME))


def _refuse_unknown(revision: str) -> None:
    if _git(Path(), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None:
        raise TpaTfError(f"git has no revision {revision}: fetch it, or name another one")


def last_with(path: Path, matches: Callable[[bytes], bool]) -> Loaded | None:
    """The config at ``path`` as the newest commit has it in which its content ``matches``; None if git has none.

    It looks at the last hundred commits that changed the file.
    """
    if shutil.which("git") is None:
        return None
    directory = path.parent
    commits = _git(directory, "log", f"--max-count={_COMMITS}", "--format=%H", "--", path.name) or b""
    for revision in commits.decode().split():
        content = _show(directory, f"{revision}:./{path.name}")
        if content is not None and matches(content):
            return _load_from(revision, directory, path.name)
    return None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, or a place that may not be entered
        return False


def _load_revision(revision: str, path: str, written: str) -> Loaded:
    """The config at ``path`` in ``revision``: from the working directory, else, as git has it, from the top."""
    if loaded := _find(revision, path):
        return loaded
    raise TpaTfError(
        f"{written} is no config: give a cluster directory, a config file, or a git revision of one "
        f"(HEAD~1, or HEAD~1:{path}; git has no {Path(*_place(path))} in {revision!r}, neither from here nor from the "
        "top of the repository)"
    )


def _find(revision: str, path: str) -> Loaded | None:
    directory, config = _place(path)
    top = _top()
    for start in (directory, top / directory) if top else (directory,):
        if loaded := _load_from(revision, start, config):
            return loaded
    return None


def _place(path: str) -> tuple[Path, str]:
    """The directory and the name of the config at ``path``."""
    there = Path(path)
    return (there.parent, there.name) if there.suffix in (".yml", ".yaml") else (there, CONFIG_NAME)


def _load_from(revision: str, directory: Path, config: str) -> Loaded | None:
    """The file ``config`` of ``directory`` as it was in ``revision``; None if git has none."""
    start = _nearest(directory)
    # Git takes paths from the top of the repository, or with ./ from where it runs.
    below = "/".join([".", *directory.relative_to(start).parts]) if directory != start else "."
    found = _show(start, f"{revision}:{below}/{config}")
    if found is None:
        return None
    with tempfile.TemporaryDirectory(prefix="tpa-tf-") as name:
        copy = Path(name)
        (copy / config).write_bytes(found)
        record = _show(start, f"{revision}:{below}/{RECORD_NAME}")
        if record is not None:
            (copy / RECORD_NAME).write_bytes(record)
        return load(copy / config, f"{revision}:{directory / config}", directory=directory)


def _nearest(directory: Path) -> Path:
    """``directory``, or the first one above it that is there: an old config may be in one that is gone."""
    return directory if is_directory(directory) else _nearest(directory.parent)


def _top() -> Path | None:
    """The way from the working directory to the top of its repository; None if it is in none."""
    found = _git(Path(), "rev-parse", "--show-cdup")
    return Path(found.decode().strip()) if found is not None else None


def _show(start: Path, what: str) -> bytes | None:
    """What git has at ``what``; None if nothing."""
    return _git(start, "show", "--end-of-options", what)


def _git(start: Path, *arguments: str) -> bytes | None:
    """What git prints in ``start``; None if it fails."""
    command = ["git", *arguments]
    try:
        result = subprocess.run(command, cwd=start, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        raise TpaTfError(f"git can't be run: {error.strerror or error}") from error
    return result.stdout if result.returncode == 0 else None
