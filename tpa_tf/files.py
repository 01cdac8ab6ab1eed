"""Files that are rendered in memory first: compared with what is on disk, or written as a whole or not at all."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

from tpa_tf.errors import TpaTfError

Files = Mapping[str, bytes]
"""Path below a directory to content."""


def changed(files: Files, directory: Path) -> tuple[str, ...]:
    """Those of ``files`` that are not below ``directory`` byte for byte, sorted."""
    return tuple(sorted(name for name, new in files.items() if content(directory / name) != new))


def diff(files: Files, directory: Path) -> str:
    """A unified diff from what is below ``directory`` to ``files``; empty if they are the same byte for byte."""
    lines: list[str] = []
    for name in changed(files, directory):
        path = str(directory / name)
        old = content(directory / name)
        lines += difflib.unified_diff(
            _lines(old or b""), _lines(files[name]), path if old is not None else os.devnull, path
        )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(
    files: Files, directory: Path, *, mode: int | None = None, directory_mode: int | None = None
) -> tuple[Path, ...]:
    """Write those of ``files`` that differ, with ``mode``, and give back their paths.

    Directories that are missing are made with ``directory_mode``; without modes, the umask decides, as for any file.
    Files that are as they should be are not touched.
    Everything is on disk before the first file is replaced. TpaTfError if something can't be written: nothing has
    changed then, unless a file could be written and not be put into its place.
    """
    names = changed(files, directory)
    drafts: list[tuple[Path, Path]] = []
    try:
        for name in names:
            path = directory / name
            make_directory(path.parent, directory_mode)
            draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            drafts.append((draft, path))
            write_through(draft, files[name], mode)
        while drafts:
            draft, path = drafts[0]
            draft.replace(path)
            drafts.pop(0)
    except OSError as error:
        raise TpaTfError(f"{error.filename or directory} can't be written: {error.strerror or error}") from error
    finally:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
    return tuple(directory / name for name in names)


def make_directory(path: Path, mode: int | None = None) -> None:
    """Make ``path`` and what it stands in, where they are missing, with ``mode`` whatever the umask says."""
    if path.is_dir():
        return
    make_directory(path.parent, mode)
    path.mkdir(exist_ok=True)
    if mode is not None:
        path.chmod(mode)


def content(path: Path) -> bytes | None:
    """What the file at ``path`` holds; None if there is none, or none that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def write_through(path: Path, data: bytes, mode: int | None) -> None:
    """Make the file ``path``, at no time readable to more people than ``mode`` says, and have it on disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 if mode is None else 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if mode is not None:
            os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines(keepends=True)
