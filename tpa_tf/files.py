"""Files that are rendered in memory first: compared with what is on disk, or written as a whole or not at all."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

from tpa_tf.errors import TpaTfError

Files = Mapping[str, bytes | None]
"""Path below a directory to content; None for a file that is not to be there."""

CONFIG_NAME = "config.yml"
"""The config of a cluster directory."""

OWN_FILES = "terraform"
"""The directory of a cluster's own Terraform files, beside its config."""

STACK_FILE = "cdk.tf.json"
"""The Terraform JSON of a stack, in a directory of its own."""

DEFAULT_OUT = Path("cdktf.out")
"""Where stacks are written unless another place is named."""


def changed(files: Files, directory: Path, *, mode: int | None = None) -> tuple[str, ...]:
    """Those of ``files`` that are not below ``directory`` byte for byte, and with ``mode`` if one is given, sorted."""
    return tuple(
        sorted(
            name
            for name, new in files.items()
            if content(directory / name) != new or (new is not None and _other_mode(directory / name, mode) is not None)
        )
    )


def diff(files: Files, directory: Path, *, mode: int | None = None) -> str:
    """A unified diff from what is below ``directory`` to ``files``; empty if they are the same byte for byte.

    With ``mode``, the files that have another one are in it too.
    """
    lines: list[str] = []
    for name in changed(files, directory, mode=mode):
        path = str(directory / name)
        if (other := _other_mode(directory / name, mode)) is not None:
            lines.append(f"{path}: old mode {other:04o}, new mode {mode:04o}\n")
        old = content(directory / name)
        lines += difflib.unified_diff(
            _lines(old or b""),
            _lines(files[name] or b""),
            path if old is not None else os.devnull,
            path if files[name] is not None else os.devnull,
        )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(
    files: Files, directory: Path, *, mode: int | None = None, directory_mode: int | None = None
) -> tuple[Path, ...]:
    """Write those of ``files`` that differ, with ``mode``, or remove them, and give back their paths.

    Directories that are missing are made with ``directory_mode``; without modes, the umask decides, as for any file.
    Files that are as they should be are not touched.
    Everything is on disk before the first file is replaced, and they are replaced in the order of ``files``: what
    points at the others comes last. TpaTfError if something can't be written, or if something other than a file is in
    its place; the files are as they were then.
    """
    differing = set(changed(files, directory, mode=mode))
    paths = {directory / name: data for name, data in files.items() if name in differing}
    for path in paths:
        _refuse_what_is_no_file(path)
    drafts: dict[Path, Path] = {}
    replaced: dict[Path, tuple[bytes, int] | None] = {}
    path = directory
    try:
        for path, data in paths.items():
            if data is not None:
                _make_parent(path, directory_mode)
                drafts[path] = _draft(path)
                write_through(drafts[path], data, mode)
        for path in paths:
            before = _kept(path)
            if path in drafts:
                drafts[path].replace(path)
            else:
                path.unlink()
            replaced[path] = before
    except OSError as error:
        lost = ", ".join(str(each) for each in _put_back(replaced))
        also = f"; {lost} could not be put back" if lost else ""
        raise TpaTfError(f"{path} can't be written: {error.strerror or error}{also}") from error
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return tuple(paths)


def write_new(path: Path, data: bytes, mode: int) -> bool:
    """Write the file ``path`` unless there is one, and say whether it was written.

    It is whole as soon as it is there, and at no time readable to more people than ``mode`` says. OSError if it can't
    be written.
    """
    draft = _draft(path)
    try:
        write_through(draft, data, mode)
        os.link(draft, path)  # unlike a rename, a link never takes the place of a file that came meanwhile
    except FileExistsError:
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # the draft's name says nothing to anybody
    finally:
        draft.unlink(missing_ok=True)
    return True


def make_directory(path: Path, mode: int | None = None) -> None:
    """Make ``path`` and what it stands in, where they are missing, with ``mode`` whatever the umask says."""
    if path.is_dir():
        return
    make_directory(path.parent, mode)
    path.mkdir(exist_ok=True)
    if mode is not None:
        path.chmod(mode)


def is_directory(path: Path) -> bool:
    """Whether a directory is at ``path``; no, also where nobody can tell."""
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, or a place that may not be entered
        return False


def content(path: Path) -> bytes | None:
    """What the file at ``path`` holds; None if there is none, or none that can be read."""
    try:
        return path.read_bytes() if path.is_file() else None  # to read a pipe would wait for whoever writes it
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


def permissions(path: Path) -> int | None:
    """The permission bits of ``path``; None if there is nothing, or nothing that can be asked."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def _other_mode(path: Path, mode: int | None) -> int | None:
    """The mode of ``path`` where it is there and not ``mode``."""
    found = permissions(path)
    return found if mode is not None and found != mode else None


def _refuse_what_is_no_file(path: Path) -> None:
    if os.path.lexists(path) and not path.is_file():
        kind = "not a file" if path.exists() else "a symbolic link that leads nowhere"
        raise TpaTfError(f"{path} can't be written: what is there is {kind}; move it away")


def _make_parent(path: Path, mode: int | None) -> None:
    try:
        make_directory(path.parent, mode)
    except OSError as error:
        raise TpaTfError(f"{error.filename or path.parent} can't be written: {error.strerror or error}") from error


def _draft(path: Path) -> Path:
    """A name beside ``path`` that no other process uses."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _kept(path: Path) -> tuple[bytes, int] | None:
    """Content and mode of ``path``, to put them back; None if there is nothing yet."""
    try:
        return path.read_bytes(), path.stat().st_mode & 0o777
    except FileNotFoundError:
        return None


def _put_back(replaced: Mapping[Path, tuple[bytes, int] | None]) -> list[Path]:
    """Undo replacements, and give back the paths for which that failed too."""
    lost = []
    for path, before in replaced.items():
        try:
            if before is None:
                path.unlink()
            else:
                write_through(_draft(path), *before)
                _draft(path).replace(path)
        except OSError:
            lost.append(path)
    return lost


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines(keepends=True)
