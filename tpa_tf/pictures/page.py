"""The picture as a page of HTML that stands alone: no script, no network, nothing that changes from run to run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tpa_tf import templates
from tpa_tf.changes.effects import Effect
from tpa_tf.pictures.layout import Layout, Rectangle, Text, layouts
from tpa_tf.pictures.picture import Instance, Mark, Picture
from tpa_tf.pictures.words import OUTSIDE, plain

_COLUMNS = (1, 2, 4, 6)
"""How many columns the picture has at most, from a phone to a wide screen."""
_EDGES = 40
"""What the page has beside the picture, a scroll bar among it."""


@dataclass(frozen=True)
class Cell:
    """A line in a cell of a table: text, as a mark where it is one."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True)
class Table:
    """A table below the picture; each cell has lines."""

    title: str
    style: str
    """``lines``: a line of a cell stays one; ``prose``: the last column has sentences."""
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[Cell, ...], ...], ...]


def as_page(
    picture: Picture,
    *,
    tables: Sequence[Table] | None = None,
    notes: Iterable[str] = (),
    below: Iterable[str] = (),
) -> str:
    """The page of ``picture`` with ``notes`` above it, ``tables`` below it, and then the texts ``below``.

    Without ``tables`` it is that of the instances.
    """
    laid = layouts(picture, _COLUMNS)
    found = templates.render(
        "pictures/page.html.j2",
        title=plain(picture.name),
        things=picture.things,
        notes=tuple(map(plain, notes)),
        kinds={line.kind.value for line in picture.lines},
        existing=any(subnet.existing for subnet in picture.subnets),
        layouts=laid,
        media=_media(laid),
        tables=(_instances(picture),) if tables is None else tables,
        below=tuple(below),
        place=_place,
        heading=_heading,
        texts=_texts,
        tone=tone,
        worst=_worst,
    )
    return found if found.endswith("\n") else f"{found}\n"


def tone(mark: Mark) -> str:
    """How a mark is coloured: ``bad`` from what stops an instance up, ``warn``, ``new``, or ``soft``."""
    if mark.effect.severity >= Effect.STOPS.severity:
        return "bad"
    if mark.effect.severity >= Effect.FORGET.severity:
        return "warn"
    return "new" if mark.effect is Effect.CREATE else "soft"


def _worst(instance: Instance) -> str:
    marks = instance.all_marks
    return tone(max(marks, key=lambda mark: mark.effect.severity)) if marks else ""


def _media(laid: Sequence[Layout]) -> tuple[str, ...]:
    """For each layout, narrowest first, where it is not shown: where it doesn't fit, or the next one does."""
    found = []
    for number, layout in enumerate(laid):
        parts = []
        if number:
            parts.append(f"(max-width: {layout.width + _EDGES - 1}px)")
        if number + 1 < len(laid):
            parts.append(f"(min-width: {laid[number + 1].width + _EDGES}px)")
        found.append(", ".join(parts))
    return tuple(found)


def _place(at: Rectangle) -> str:
    return f"left:{at.x}px;top:{at.y}px;width:{at.width}px;height:{at.height}px"


def _heading(at: Rectangle) -> str:
    return f"left:{at.x + 8}px;top:{at.y + 5}px;width:{at.width - 16}px"


def _texts(texts: Iterable[Text]) -> Markup:
    """Each text on a line of its own; what is too long for its line shows where the pointer rests."""
    lines = Markup('<div class="{}" title="{}">{}</div>')
    return Markup("").join(
        lines.format(f"mark {tone(text.mark)}" if text.mark else text.style, plain(text.text), plain(text.text))
        for text in texts
    )


def _instances(picture: Picture) -> Table:
    headings = ("instance", "node", "role", "place", "type", "addresses", "volumes", "upstream", "backup")
    subnets = {subnet.key: subnet for subnet in picture.subnets}
    zones = {
        subnet.key: zone for region in picture.regions for zone in picture.zones(region.name) for subnet in zone.subnets
    }
    rows = []
    for instance in picture.instances:
        subnet = subnets[instance.subnet] if instance.subnet else None
        where = (subnet.region, zones[subnet.key].title, subnet.title) if subnet else (OUTSIDE,)
        cells = (
            (instance.name,),
            (str(instance.node),),
            instance.roles,
            where,
            (instance.kind,),
            instance.ips,
            tuple(volume.title for volume in instance.volumes),
            (instance.upstream or "",),
            (instance.backup or "",),
        )
        rows.append(tuple(tuple(Cell(plain(line)) for line in cell) for cell in cells))
    return Table("Instances", "lines", headings, tuple(rows))
