"""Rows of a forecast or a review as a table for a terminal, as Markdown for a merge request, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tpa_tf.changes.effects import Effect, Row, Subject, kind_of, ordered, subject_of_kind

FORMATS = ("text", "markdown", "json")

_MANY = 4
"""So many rows that say the same are shown as one."""

# What Markdown reads: in text, and as HTML. A "_" within a word is one.
_MARKS = re.compile(r"[\\`*~\[\]|]|(?<!\w)_|_(?!\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_HEADINGS = ("effect", "node", "what", "address", "why")


def render(rows: Sequence[Row], form: str, *, empty: str, also: Mapping[str, Any] | None = None) -> str:
    """``rows`` in the format ``form``, one of FORMATS; ``empty`` is said where there are none, in text and Markdown.

    ``also`` are further members of the JSON document.
    """
    renderers: dict[str, Callable[[], str]] = {
        "text": lambda: _text(_folded(rows)) if rows else f"{empty}\n",
        "markdown": lambda: _markdown(_folded(rows)) if rows else f"{empty}\n",
        "json": lambda: _json(rows, also or {}),
    }
    return renderers[form]()


def on_one_line(text: str) -> str:
    """``text`` without anything that moves the cursor or turns the writing about: a tag may hold what it likes."""
    return "".join(each if each.isprintable() else " " for each in text)


def shown(text: str, form: str) -> str:
    """``text`` on a line of the format ``form``, text or Markdown, as it reads."""
    line = on_one_line(text)
    if form != "markdown":
        return line
    for character, entity in _ENTITIES.items():
        line = line.replace(character, entity)
    return _MARKS.sub(lambda match: f"\\{match[0]}", line)


def code(text: str, form: str) -> str:
    """``text``, an address, on a line of the format ``form``: in Markdown as code, whatever is in it."""
    line = on_one_line(text)
    if form != "markdown":
        return line
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def _folded(rows: Sequence[Row]) -> list[Row]:
    """``rows`` for people: many harmless things of one kind to which the same happens are one row."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        harmless = row.effect.severity < Effect.FORGOTTEN.severity and not row.remedy
        key = (row.effect, kind_of(row.address), row.why) if harmless else row
        groups.setdefault(key, []).append(row)
    folded = []
    for group in groups.values():
        if len(group) < _MANY:
            folded += group
            continue
        kind = kind_of(group[0].address)
        what = Subject(f"{len(group)} of: {subject_of_kind(kind).what}")
        folded.append(replace(group[0], address=f"{kind}.*", subject=what))
    return list(ordered(folded))


def _cells(row: Row) -> tuple[str, ...]:
    subject = row.subject
    node = f"{subject.node} ({', '.join(subject.role)})" if subject.node and subject.role else subject.node or ""
    what = f"{subject.what} ({subject.volume_for})" if subject.volume_for else subject.what
    return row.effect.value, node, what, row.address, row.why


def _text(rows: Sequence[Row]) -> str:
    table = [_HEADINGS, *(tuple(map(on_one_line, _cells(row))) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEADINGS) - 1)]
    lines = []
    for index, cells in enumerate(table):
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
        lines.append("  ".join([*padded, cells[-1]]).rstrip())
        if index and rows[index - 1].remedy:
            lines.append(f"  = {on_one_line(rows[index - 1].remedy)}")
    return "\n".join(lines) + "\n"


def _markdown(rows: Sequence[Row]) -> str:
    lines = [_line(_HEADINGS), _line(["---"] * len(_HEADINGS))]
    for row in rows:
        effect, node, what, _, why = (shown(cell, "markdown") for cell in _cells(row))
        told = f"{why}<br>{shown(row.remedy, 'markdown')}" if row.remedy else why
        strong = f"**{effect}**" if row.effect.interrupts else effect
        # GitHub ends a cell at a bar in code too, if nothing is before it.
        address = code(row.address, "markdown").replace("|", "\\|")
        lines.append(_line([strong, node, what, address, told]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _json(rows: Sequence[Row], also: Mapping[str, Any]) -> str:
    changes = [
        {
            "address": row.address,
            "actions": list(row.actions),
            "effect": row.effect.value,
            "interrupts": row.effect.interrupts,
            "node": row.subject.node,
            "role": list(row.subject.role),
            "what": row.subject.what,
            "volume_for": row.subject.volume_for,
            "why": row.why,
            "remedy": row.remedy or None,
        }
        for row in rows
    ]
    text = json.dumps({"version": 1, "changes": changes, **also}, indent=2, ensure_ascii=False) + "\n"
    # Half of a surrogate pair, which JSON can hold and no output can, is an escape again.
    return text.encode(errors="backslashreplace").decode()
