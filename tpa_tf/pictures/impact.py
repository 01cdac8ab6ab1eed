"""The page of an edit: the picture of the cluster, marked with what the edit does, and the table of impact."""

from __future__ import annotations

from collections.abc import Iterable

from tpa_tf.changes.effects import Row
from tpa_tf.changes.judge import Verdict
from tpa_tf.changes.render import HEADINGS, NOTHING_CHANGES, folded, row_cells, verdict
from tpa_tf.clusters import Loaded
from tpa_tf.pictures import page
from tpa_tf.pictures.draw import draw
from tpa_tf.pictures.marked import marked
from tpa_tf.pictures.page import Cell, Table
from tpa_tf.pictures.picture import Mark
from tpa_tf.pictures.words import plain


def as_page(old: Loaded, new: Loaded, found: Verdict, notes: Iterable[str], commands: str) -> str:
    """The page of the step from ``old`` to ``new``, both without faults, of which ``found`` is the forecast.

    ``notes`` are what else there is to know, ``commands`` how it is done step by step; empty where nobody asked.
    """
    assert old.cluster
    assert new.cluster
    moved = new.cluster.terraform.moved
    picture = marked(draw(old.cluster, old.merged), draw(new.cluster, new.merged), moved, found.rows)
    rows = tuple(map(_cells, folded(found.rows)))
    table = Table("What the edit does", "prose", HEADINGS, rows)
    said = (*notes, *(() if rows else (NOTHING_CHANGES,)))
    told = verdict(found, "text", predicted=True).strip()
    return page.as_page(
        picture,
        tables=(table,) if rows else (),
        notes=said,
        below=tuple(filter(None, (told, commands))),
    )


def _cells(row: Row) -> tuple[tuple[Cell, ...], ...]:
    effect, instance, what, address, why = map(plain, row_cells(row))
    told = tuple(Cell(plain(text)) for text in (why, row.remedy) if text)
    return (Cell(effect, Mark(row.effect, "")),), (Cell(instance),), (Cell(what),), (Cell(address),), told
