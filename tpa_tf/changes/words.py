"""Texts that several parts of a forecast or a review have in common."""

from __future__ import annotations

NAME_THE_ZONE = "Name the zone of the new subnet (az): the one that the volumes are in."


def on_one_line(text: str) -> str:
    """``text`` without anything that moves the cursor or turns the writing about: a tag may hold what it likes."""
    return "".join(character if character.isprintable() else " " for character in text)


def shown_value(value: object) -> str:
    """A value for people: of an argument that is not given, ``unset``."""
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)
