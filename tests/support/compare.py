"""The difference between the state that is expected and the state that is there, leaf by leaf."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = str
"""Keys joined by ``/``; within a key ``~`` is ``~0`` and ``/`` is ``~1``, as in a JSON pointer."""

_MISSING = object()


@dataclass(frozen=True)
class Intended:
    """Patterns of the differences that are wanted, searched in the path of a leaf."""

    ignored: tuple[str, ...] = ()
    """The leaf does not count at all."""
    free: tuple[str, ...] = ()
    """The leaf must be there, its value does not count."""


def differences(expected: dict[str, Any], found: dict[str, Any], intended: Intended) -> list[str]:
    """One line for each leaf that is missing, unexpected or different, but for those that are ``intended``.

    An empty map or list is the same as none at all.
    """
    wanted, there = dict(_leaves(expected)), dict(_leaves(found))
    lines = []
    for path in sorted(wanted.keys() | there.keys()):
        left, right = wanted.get(path, _MISSING), there.get(path, _MISSING)
        if left == right or _matches(path, intended.ignored):
            continue
        if right is _MISSING and left not in ({}, []):
            lines.append(f"missing     {path}: {_shown(left)}")
        elif left is _MISSING and right not in ({}, []):
            lines.append(f"unexpected  {path}: {_shown(right)}")
        elif _MISSING not in (left, right) and not _matches(path, intended.free):
            lines.append(f"different   {path}: {_shown(left)} expected, {_shown(right)} found")
    return lines


def _leaves(value: Any, path: Path = "") -> Iterator[tuple[Path, Any]]:
    """Scalars, empty containers, and lists of scalars, which are compared as a whole."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and any(isinstance(entry, (dict, list)) for entry in value):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}/{number}")
    else:
        yield path, value


def _matches(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(re.search(pattern, path) for pattern in patterns)


def _shown(value: Any) -> str:
    return json.dumps(value)[:200]
