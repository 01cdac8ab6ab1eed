"""Texts that several parts of a forecast or a review have in common."""

from __future__ import annotations

from typing import Any

from tpa_tf.changes.effects import REPLACE, UPDATE, Row
from tpa_tf.changes.plan import Change
from tpa_tf.terraform.resources import resource_type

NAME_THE_ZONE = "Name the zone of the new subnet (az): the one that the volumes are in."


def on_one_line(text: str) -> str:
    """``text`` without anything that moves the cursor or turns the writing about: a tag may hold what it likes."""
    return "".join(character if character.isprintable() else " " for character in text)


def shown_value(value: object) -> str:
    """A value for people: of an argument that is not given, ``unset``."""
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def whose(row: Row) -> str:
    """A thing with its instance, the instance's roles, and what is on a volume."""
    about = row.subject
    if about.what == "instance":
        return f"the instance{f' {about.instance}' if about.instance else ''}{in_parentheses(', '.join(about.role))}"
    of = f" of {about.instance}" if about.instance else ""
    data = f" with {about.volume_for}" if about.volume_for else ""
    return f"the {about.what}{of}{data}"


def in_parentheses(text: object) -> str:
    """`` (text)``; empty where there is none."""
    return f" ({text})" if text else ""


def cause(change: Change) -> str:
    """Why something is destroyed or replaced, in a sentence; empty where the plan doesn't tell."""
    if change.found_instead:
        return "This cluster made it, and the config now says that it exists. It stays in AWS."
    if change.stays_behind:
        return f"It can't become {change.stays_behind}, which is there already. It stays in AWS."
    if change.unwanted:
        return "It is no longer in the config."
    because = shown(change)
    return f"{because}." if because else ""


def shown(change: Change) -> str:
    """What changes, or what forces a replacement; with values where they are plain, ours to show, and no secret."""
    if change.actions == UPDATE:
        names = change.changed - {"tags_all"} or change.changed
    elif change.actions == REPLACE:
        names = change.forced_by
    else:
        return ""
    declared = resource_type(change.type)
    parts = []
    for name in sorted(names):
        before, after = change.before.get(name), change.after.get(name)
        ours = declared is not None and name in declared.arguments - declared.opaque and name not in change.hidden
        later = "(known after apply)" if name in change.unknown else shown_value(after)
        told = ours and _plain(before) and (name in change.unknown or (before != after and _plain(after)))
        parts.append(f"{name} {shown_value(before)} → {later}" if told else name)
    because = f" (follows {', '.join(sorted(change.follows))})" if change.follows else ""
    return (
        ", ".join(parts) or ("default_tags or ignore_tags of the provider" if change.actions == UPDATE else "")
    ) + because


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 60 and "\n" not in value
    return value is None or isinstance(value, (bool, int))
