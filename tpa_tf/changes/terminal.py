"""Rows of a forecast or a review in a terminal: coloured by effect, wrapped at its width; elsewhere as plain text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO

from tpa_tf.changes.effects import Effect, Row
from tpa_tf.changes.render import HEADINGS, folded, render, row_cells
from tpa_tf.changes.words import on_one_line

_COLOURS = {
    Effect.CREATE: "green",
    Effect.DESTROY: "cyan",
    Effect.REPLACE: "cyan",
    Effect.FORGET: "cyan",
    Effect.DEPENDS: "cyan",
    Effect.CUTS_CONNECTIONS: "yellow",
    Effect.STOPS_AND_STARTS: "yellow",
    Effect.STOPS: "bold yellow",
    Effect.REPLACES_INSTANCE: "red",
    Effect.DESTROYS_INSTANCE: "bold red",
    Effect.LEAVES_DATA: "bold red",
    Effect.LOSES_DATA: "bold red",
    Effect.FAILS_IN_PLAN: "magenta",
    Effect.FAILS_IN_APPLY: "bold magenta",
    Effect.DRIFTED: "magenta",
}
"""What stays in order has no colour."""


def show(rows: Sequence[Row], stream: TextIO, *, empty: str) -> None:
    """Write the table of ``rows`` to ``stream``, or ``empty`` where there are none.

    In a terminal, NO_COLOR (https://no-color.org) and COLUMNS are respected; nothing is cut off. Elsewhere each row is
    one line, however long.
    """
    if not rows or not stream.isatty() or os.environ.get("TERM") == "dumb":
        stream.write(render(rows, "text", empty=empty))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in folded(rows):
        effect, *cells, why = map(on_one_line, row_cells(row))
        told = Text(why)
        if row.remedy:
            told.append(f"\n= {on_one_line(row.remedy)}", "bold")
        table.add_row(Text(effect, _COLOURS.get(row.effect, "")), *map(Text, cells), told)
    Console(file=stream, highlight=False).print(table)
