"""A repository for clusters, made of the templates in ``templates/repository``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tpa_tf import files
from tpa_tf.errors import TpaTfError
from tpa_tf.templates import directory, render

_TEMPLATES = "repository"
_RENDERED = ".j2"
_IGNORED = ".gitignore"


@dataclass(frozen=True)
class Made:
    """What a repository has after it was made."""

    written: tuple[Path, ...]
    different: tuple[Path, ...]
    """Files that were there, with another content than the template's; they stay as they are."""
    not_ignored: tuple[str, ...] = ()
    """The patterns that a .gitignore which was there lacks: keys, passphrases and states among them."""


def make(place: Path) -> Made:
    """Write what is missing of a repository at ``place``; no file that is there is touched.

    TpaTfError if something can't be written; nothing is written then.
    """
    wanted = contents()
    if place.exists() and not place.is_dir():
        raise TpaTfError(f"{place} is a file: give a directory, which need not be there")
    there = {name for name in wanted if (place / name).is_symlink() or (place / name).exists()}
    missing = {name: data for name, data in wanted.items() if name not in there}
    written = files.write(missing, place)
    different = tuple(place / name for name in sorted(there) if files.content(place / name) != wanted[name])
    lacking: tuple[str, ...] = ()
    if place / _IGNORED in different:
        theirs = _patterns(files.content(place / _IGNORED) or b"")
        lacking = tuple(pattern for pattern in _patterns(wanted[_IGNORED]) if pattern not in theirs)
    return Made(tuple(sorted(written)), different, lacking)


def contents() -> dict[str, bytes]:
    """Every file of a new repository by its path."""
    start = directory() / _TEMPLATES
    found = sorted(path.relative_to(start).as_posix() for path in start.rglob("*") if path.is_file())
    names = [name for name in found if "__pycache__" not in name]
    return {name.removesuffix(_RENDERED): _content(name) for name in names}


def _patterns(text: bytes) -> tuple[str, ...]:
    lines = (line.strip() for line in text.decode("utf-8", "replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _content(name: str) -> bytes:
    if name.endswith(_RENDERED):
        return render(f"{_TEMPLATES}/{name}", version=version("tpa-tf")).encode()
    return (directory() / _TEMPLATES / name).read_bytes()
