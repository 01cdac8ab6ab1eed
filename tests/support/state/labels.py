"""Names for what AWS calls by random ids, so that two states can be compared."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Any


class Labels:
    """Maps each id to a label made from what the thing is; ids that were never added show as unknown."""

    def __init__(self) -> None:
        self._label_of: dict[str, str] = {}

    def add(self, things: Iterable[tuple[str, str, str]]) -> None:
        """Label ``(id, label, order)``; of equal labels, those after the first by ``order`` get ``#2``, ``#3``, …"""
        ids_of = collections.defaultdict(list)
        for identifier, label, order in things:
            ids_of[label].append((order, identifier))
        for label, entries in ids_of.items():
            for number, (_, identifier) in enumerate(sorted(entries), 1):
                self._label_of[identifier] = label if number == 1 else f"{label}#{number}"

    def __call__(self, identifier: str | None) -> str:
        return self._label_of.get(identifier or "", f"unknown:{identifier}")


def unique(name: str, taken: dict[str, Any]) -> str:
    """``name``, or with ``#2``, ``#3``, … if ``taken`` has it already."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}#{number}"
    return candidate


def tags(entries: list[dict[str, str]] | None) -> dict[str, str]:
    """AWS's list of keys and values as a map."""
    return {entry["Key"]: entry["Value"] for entry in entries or []}
