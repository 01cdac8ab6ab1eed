"""How the lines of a picture run between the cards.

Lines of one kind from or to one instance (a primary's replicas, a Barman server's clients) are one route: it leaves
each card at its left edge, runs up and down in the space left of columns, and from column to column in the space above
the row of its hub. Two routes never lie on one another: each has its lane in every space that it passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tpa_tf.pictures.picture import Line, LineKind

_LANE = 7
"""From lane to lane."""
_MARGIN = 9
"""From a card to the first lane beside it: the length of an arrow's head, and a little more."""
_ABOVE = 4
"""Above a row without lanes."""
_HEAD = 6
_PORTS = {(LineKind.UPSTREAM, False): 14, (LineKind.UPSTREAM, True): 22, (LineKind.BACKUP, True): 30,
          (LineKind.BACKUP, False): 38}  # fmt: skip
"""How far below the top of a card a line of each kind meets it, as hub or as one of the others."""


class Cell(NamedTuple):
    """The place of a card: its column, and its row counted over the whole page."""

    column: int
    row: int


class _Span(NamedTuple):
    """What a route takes of the space left of a column, or above a row: from where to where."""

    where: int
    first: int
    last: int


@dataclass(frozen=True)
class Paths:
    """A route in pixels, as SVG paths."""

    kind: LineKind
    title: str
    line: str
    heads: str


@dataclass(frozen=True)
class Route:
    """All lines of one kind of one hub: the instance that is replicated, or the one that holds the backups."""

    kind: LineKind
    hub: str
    others: tuple[str, ...]
    cells: Mapping[str, Cell]

    @property
    def names(self) -> tuple[str, ...]:
        """The hub and the others."""
        return self.hub, *self.others

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns of its cards, sorted."""
        return tuple(sorted({self.cells[name].column for name in self.names}))

    def upright(self) -> tuple[_Span, ...]:
        """What it takes left of columns. Rows have odd numbers there, the spaces above them even ones."""
        found = []
        for column in self.columns:
            stops = [2 * self.cells[name].row + 1 for name in self.names if self.cells[name].column == column]
            if len(self.columns) > 1:
                stops.append(2 * self.cells[self.hub].row)
            found.append(_Span(column, min(stops), max(stops)))
        return tuple(found)

    def level(self) -> tuple[_Span, ...]:
        """What it takes above a row."""
        if len(self.columns) == 1:
            return ()
        return (_Span(self.cells[self.hub].row, self.columns[0], self.columns[-1]),)

    def paths(
        self,
        lanes: Lanes,
        passages: Lanes,
        columns: Sequence[int],
        rows: Sequence[int],
        corners: Mapping[str, tuple[int, int]],
    ) -> Paths:
        """The route on the page: ``columns`` and ``rows`` are where cards begin, ``corners`` the cards' top left."""
        x_of = {span.where: columns[span.where] - lanes.offset(self, span.where) for span in self.upright()}
        ports = {name: corners[name][1] + _PORTS[self.kind, name == self.hub] for name in self.names}
        parts, heads = [], []
        for name in self.names:
            parts.append(f"M{x_of[self.cells[name].column]} {ports[name]}H{corners[name][0]}")
            if (name == self.hub) == (self.kind is LineKind.BACKUP):
                x, y = corners[name][0], ports[name]
                heads.append(f"M{x - _HEAD} {y - 4}L{x} {y}L{x - _HEAD} {y + 4}Z")
        passage = [rows[span.where] - passages.offset(self, span.where) for span in self.level()]
        for column, x in x_of.items():
            stops = [*passage, *(ports[name] for name in self.names if self.cells[name].column == column)]
            parts.append(f"M{x} {min(stops)}V{max(stops)}")
        parts += [f"M{min(x_of.values())} {y}H{max(x_of.values())}" for y in passage]
        others = ", ".join(self.others)
        upstream = self.kind is LineKind.UPSTREAM
        title = f"{self.hub} is upstream of {others}" if upstream else f"{self.hub} holds the backups of {others}"
        return Paths(self.kind, title, "".join(parts), "".join(heads))


class Lanes:
    """Which lane each route has in each space, the one next to the cards first."""

    def __init__(self, margin: int, empty: int) -> None:
        self._margin, self._empty = margin, empty
        self._taken: dict[int, list[list[_Span]]] = {}
        self._lane: dict[tuple[LineKind, str, int], int] = {}

    def take(self, route: Route, spans: Iterable[_Span]) -> None:
        """Give ``route`` the first lane that is free in each of ``spans``."""
        for span in spans:
            taken = self._taken.setdefault(span.where, [])
            free = (n for n, lane in enumerate(taken) if all(span.last < o.first or o.last < span.first for o in lane))
            number = next(free, len(taken))
            if number == len(taken):
                taken.append([])
            taken[number].append(span)
            self._lane[route.kind, route.hub, span.where] = number

    def offset(self, route: Route, where: int) -> int:
        """How far the lane of ``route`` is from the cards."""
        return self._margin + _LANE * self._lane[route.kind, route.hub, where]

    def space(self, where: int) -> int:
        """How much room the lanes need."""
        lanes = len(self._taken.get(where, ()))
        return self._margin + _LANE * lanes if lanes else self._empty


def routes(lines: Iterable[Line], cells: Mapping[str, Cell]) -> tuple[Route, ...]:
    """The routes of ``lines``, each with its others in the order of the lines."""
    hubs: dict[tuple[LineKind, str], list[str]] = {}
    for line in lines:
        hub, other = (line.start, line.end) if line.kind is LineKind.UPSTREAM else (line.end, line.start)
        hubs.setdefault((line.kind, hub), []).append(other)
    return tuple(Route(kind, hub, tuple(others), cells) for (kind, hub), others in hubs.items())


def place(ways: Iterable[Route]) -> tuple[Lanes, Lanes]:
    """The lanes of all routes: left of the columns, and above the rows."""
    lanes, passages = Lanes(_MARGIN, 0), Lanes(_MARGIN - 2, _ABOVE)
    for way in ways:
        lanes.take(way, way.upright())
        passages.take(way, way.level())
    return lanes, passages
