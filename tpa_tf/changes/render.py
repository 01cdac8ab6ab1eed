"""Rows of a forecast or a review as a table for a terminal, as Markdown for a merge request, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tpa_tf.changes.effects import Effect, Row, Subject, ordered
from tpa_tf.changes.judge import Verdict
from tpa_tf.changes.subjects import subject_of_type
from tpa_tf.changes.words import on_one_line

FORMATS = ("text", "markdown", "json")

NOTHING_CHANGES = "nothing changes"
"""What is said of a forecast without rows."""

_MANY = 4
"""So many rows that say the same are shown as one."""

# What Markdown reads: in text, and as HTML. A "_" within a word is one.
_MARKS = re.compile(r"[\\`*~\[\]|]|(?<!\w)_|_(?!\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

HEADINGS = ("effect", "instance", "what", "address", "why")


def render(rows: Sequence[Row], form: str, *, empty: str, also: Mapping[str, Any] | None = None) -> str:
    """``rows`` in the format ``form``, one of FORMATS; ``empty`` is said where there are none, in text and Markdown.

    ``also`` are further members of the JSON document.
    """
    renderers: dict[str, Callable[[], str]] = {
        "text": lambda: _text(folded(rows)) if rows else f"{empty}\n",
        "markdown": lambda: _markdown(folded(rows)) if rows else f"{empty}\n",
        "json": lambda: _json(rows, also or {}),
    }
    return renderers[form]()


def preface(found: Verdict) -> str:
    """What is to be known before the table is read; empty where there is nothing."""
    if not found.partial:
        return ""
    put_off = f" Terraform puts off: {', '.join(map(on_one_line, found.deferred))}." if found.deferred else ""
    return f"PARTIAL: this is a part of what there is to do, and nobody can tell what the rest does.{put_off}\n\n"


def verdict(found: Verdict, form: str, *, predicted: bool = False) -> str:
    """What is said below the table, in text or Markdown, of a plan, or of one that is only ``predicted``."""
    lines = []
    if found.errored:
        lines.append("REFUSED: planning failed on the way, and this is only a part of the plan.")
    elif not found.complete and not found.partial:
        put_off = f" Terraform puts off: {_codes(found.deferred, form)}." if found.deferred else ""
        lines.append(
            "REFUSED: the plan is not of everything there is to do (-target, or something that Terraform puts off to a "
            "later plan), or a Terraform before 1.8 doesn't say, and nobody can tell what the rest does."
            f"{put_off} Plan again as a whole."
        )
    if found.refusals and predicted:
        lines.append("tpa-tf review will refuse each of these, until it is named with --allow ADDRESS.")
    elif found.refusals:
        lines.append("REFUSED: each of these needs a decision. What is meant is named with --allow ADDRESS.")
    lines += [f"- {code(refusal.address, form)}: {shown(refusal.reason, form)}" for refusal in found.refusals]
    if found.allowed:
        lines.append(f"Allowed: {_codes(found.allowed, form)}")
    separator = "\n" if form == "markdown" else ""
    return f"\n{separator.join(f'{line}{chr(10)}' for line in lines)}" if lines else ""


def as_data(found: Verdict) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "passes": found.passes,
        "errored": found.errored,
        "complete": found.complete,
        "partial": found.partial,
        "deferred": list(found.deferred),
        "refused": [{"address": refusal.address, "reason": refusal.reason} for refusal in found.refusals],
        "allowed": list(found.allowed),
    }


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


def _codes(addresses: Iterable[str], form: str) -> str:
    return ", ".join(code(address, form) for address in addresses)


def _type_of(address: str) -> str:
    """The resource type in an address: ``aws_instance``."""
    return address.removeprefix("data.").partition(".")[0]


def folded(rows: Sequence[Row]) -> list[Row]:
    """``rows`` for people: many harmless things of one kind to which the same happens are one row."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        harmless = row.effect.severity < Effect.FORGET.severity and not row.remedy
        key = (row.effect, _type_of(row.address), row.why) if harmless else row
        groups.setdefault(key, []).append(row)
    folded = []
    for group in groups.values():
        if len(group) < _MANY:
            folded += group
            continue
        type_ = _type_of(group[0].address)
        what = Subject(f"{len(group)} of: {subject_of_type(type_).what}")
        folded.append(replace(group[0], address=f"{type_}.*", subject=what))
    return list(ordered(folded))


def row_cells(row: Row) -> tuple[str, ...]:
    """What is said of a row, under HEADINGS."""
    subject = row.subject
    instance = subject.instance or ""
    if instance and subject.role:
        instance = f"{instance} ({', '.join(subject.role)})"
    what = f"{subject.what} ({subject.volume_for})" if subject.volume_for else subject.what
    return row.effect.value, instance, what, row.address, row.why


def _text(rows: Sequence[Row]) -> str:
    table = [HEADINGS, *(tuple(map(on_one_line, row_cells(row))) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS) - 1)]
    lines = []
    for index, cells in enumerate(table):
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
        lines.append("  ".join([*padded, cells[-1]]).rstrip())
        if index and rows[index - 1].remedy:
            lines.append(f"  = {on_one_line(rows[index - 1].remedy)}")
    return "\n".join(lines) + "\n"


def _markdown(rows: Sequence[Row]) -> str:
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    for row in rows:
        effect, instance, what, _, why = (shown(cell, "markdown") for cell in row_cells(row))
        told = f"{why}<br>{shown(row.remedy, 'markdown')}" if row.remedy else why
        strong = f"**{effect}**" if row.effect.interrupts else effect
        # GitHub ends a cell at a bar in code too, if nothing is before it.
        address = code(row.address, "markdown").replace("|", "\\|")
        lines.append(_line([strong, instance, what, address, told]))
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
            "instance": row.subject.instance,
            "role": list(row.subject.role),
            "what": row.subject.what,
            "volume_for": row.subject.volume_for,
            "why": row.why,
            "remedy": row.remedy or None,
        }
        for row in rows
    ]
    text = json.dumps({"version": 2, "changes": changes, **also}, indent=2, ensure_ascii=False) + "\n"
    # Half of a surrogate pair, which JSON can hold and no output can, is an escape again.
    return text.encode(errors="backslashreplace").decode()
