"""Where the boxes and cards of a picture are on a page, in pixels.

Cards stand in columns that have one place across the whole page, and in rows that have one place across a band: a
part of the page from its left to its right edge. So the space left of a column, and the space above a row, are free
of cards, and lines (:mod:`tpa_tf.pictures.lines`) run there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tpa_tf.pictures.lines import Cell, Paths, Route, place, routes
from tpa_tf.pictures.picture import Instance, Mark, Picture, Region, Subnet, Zone
from tpa_tf.pictures.words import OUTSIDE

CARD = 228
"""The width of a card."""
TEXT = 17
"""The height of a line of text."""

_EDGE = 7  # between a box and the one in it
_GAP = 12  # between boxes side by side, and between bands
_CARD_EDGE = 7  # around the text of a card
_BELOW = 10  # below a row of cards
_MOST_ROWS = 10  # rather than more, a region is parted


@dataclass(frozen=True)
class Text:
    """A line of text in a box or on a card: what it says, or a mark."""

    text: str
    style: str = ""
    mark: Mark | None = None


@dataclass(frozen=True)
class Rectangle:
    """A part of the page, from its top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """A region, zone or subnet with its heading."""

    level: str
    """``region``, ``zone`` or ``subnet``."""
    at: Rectangle
    texts: tuple[Text, ...]
    existing: bool = False


@dataclass(frozen=True)
class Card:
    """An instance."""

    at: Rectangle
    instance: Instance
    texts: tuple[Text, ...]


_Headings = Mapping[Region | None, tuple[Text, ...]]


@dataclass(frozen=True)
class Layout:
    """Everything of a picture in its place; boxes that hold others come before these."""

    columns: int
    width: int
    height: int
    boxes: tuple[Box, ...]
    cards: tuple[Card, ...]
    paths: tuple[Paths, ...]


@dataclass(frozen=True)
class _Block:
    """Cards in one subnet, or outside AWS: what stands side by side in a band, never apart."""

    region: Region | None
    zone: Zone | None
    subnet: Subnet | None
    cards: tuple[Instance, ...]
    columns: int

    @property
    def rows(self) -> int:
        return math.ceil(len(self.cards) / self.columns)


@dataclass
class _Band:
    """Blocks side by side."""

    blocks: list[_Block] = field(default_factory=list)

    @property
    def columns(self) -> int:
        return sum(block.columns for block in self.blocks)

    @property
    def rows(self) -> int:
        return max(block.rows for block in self.blocks)

    def cells(self) -> Iterator[tuple[int, int, Instance]]:
        """Column, row and instance of each card."""
        start = 0
        for block in self.blocks:
            for number, instance in enumerate(block.cards):
                # Column by column: neighbours in the config are neighbours in the picture.
                yield start + number // block.rows, number % block.rows, instance
            start += block.columns


def layouts(picture: Picture, most: Iterable[int]) -> tuple[Layout, ...]:
    """The layouts of ``picture`` with at most so many columns each as ``most`` says, which rises; each is wider.

    One that has as many columns as the next, or is no narrower, is left out.
    """
    found: list[Layout] = []
    for columns in most:
        laid = layout(picture, columns)
        while found and (found[-1].columns == laid.columns or found[-1].width >= laid.width):
            found.pop()
        found.append(laid)
    return tuple(found)


def layout(picture: Picture, most: int) -> Layout:
    """The layout of ``picture`` with at most ``most`` columns."""
    bands = _bands(picture, most)
    cells: dict[str, Cell] = {}
    first = 0
    for band in bands:
        cells |= {instance.name: Cell(column, first + row) for column, row, instance in band.cells()}
        first += band.rows
    columns = max((band.columns for band in bands), default=1)
    return _Page(bands, columns, routes(picture.lines, cells)).layout()


def _bands(picture: Picture, most: int) -> list[_Band]:
    """The blocks of the picture, in bands of at most ``most`` columns.

    What fits into one band is not parted: first a whole region, else a whole zone, else a subnet.
    """
    bands = [_Band()]

    def add(blocks: Sequence[_Block], parts: Sequence[Sequence[_Block]]) -> None:
        wanted = sum(block.columns for block in blocks)
        if bands[-1].blocks and bands[-1].columns + wanted > most:
            bands.append(_Band())
        if wanted <= most or len(blocks) == 1:
            bands[-1].blocks += blocks
            return
        for part in parts:
            add(part, [[block] for block in part])

    for region in picture.regions:
        zones = _zones(picture, region, most)
        add([block for zone in zones for block in zone], zones)
    if picture.outside:
        add([_block(None, None, None, picture.outside, most)], [])
    return [band for band in bands if band.blocks]


def _zones(picture: Picture, region: Region, most: int) -> list[list[_Block]]:
    """The blocks of each zone of ``region``: with fewer columns each where the region then fits into one band."""
    found: list[list[_Block]] = []
    for columns in range(most, 0, -1):
        zones = [
            [_block(region, zone, subnet, picture.inside(subnet), columns) for subnet in zone.subnets]
            for zone in picture.zones(region.name)
        ] or [[_block(region, None, None, (), columns)]]
        found = found or zones
        blocks = [block for zone in zones for block in zone]
        if sum(block.columns for block in blocks) <= most and max(block.rows for block in blocks) <= _MOST_ROWS:
            return zones
    return found


def _block(
    region: Region | None, zone: Zone | None, subnet: Subnet | None, cards: tuple[Instance, ...], most: int
) -> _Block:
    # About three times as many rows as columns: a card is wider than it is high.
    columns = min(most, math.ceil(math.sqrt(len(cards) / 3)))
    return _Block(region, zone, subnet, cards, max(1, columns))


def card_texts(instance: Instance) -> tuple[Text, ...]:
    """The lines of an instance's card: what it is, what happens to it, and its volumes."""
    primary = " primary" if "primary" in instance.roles else ""
    found = [Text(instance.name, f"name{primary}"), *_marks(instance.marks)]
    if instance.roles:
        found.append(Text(", ".join(instance.roles), "roles"))
    found.append(Text(", ".join((instance.kind, *instance.ips))))
    for volume in instance.volumes:
        found += [Text(volume.short, "volume"), *_marks(volume.marks)]
    return tuple(found)


def _marks(marks: Iterable[Mark]) -> Iterator[Text]:
    return (Text(mark.text, mark=mark) for mark in marks)


def _region_texts(region: Region | None, known: bool) -> tuple[Text, ...]:
    """The heading of a region, short where the page has one of it already."""
    if region is None:
        return (Text(OUTSIDE, "name"),)
    if known:
        return (Text(f"{region.name}, continued", "name"),)
    found = [Text(region.name, "name")]
    for thing in region.things:
        found += [Text(thing.title), *_marks(thing.marks)]
    return tuple(found)


def _subnet_texts(subnet: Subnet) -> tuple[Text, ...]:
    return Text(subnet.title), *_marks(subnet.marks)


class _Page:
    """Turns bands, columns and rows into pixels."""

    def __init__(self, bands: Sequence[_Band], columns: int, ways: Sequence[Route]) -> None:
        self._bands = bands
        self._ways = ways
        self._lanes, self._passages = place(ways)
        self._left = [self._lanes.space(column) for column in range(columns)]
        self._x = []  # of the cards in each column
        x = 0
        for space in self._left:
            x += 3 * _EDGE + space
            self._x.append(x)
            x += CARD + 3 * _EDGE + _GAP
        self._width = x - _GAP

    def layout(self) -> Layout:
        boxes: list[Box] = []
        cards: list[Card] = []
        rows: list[int] = []  # the top of each row, over all bands
        y = 0
        for number, band in enumerate(self._bands):
            known = {block.region for earlier in self._bands[:number] for block in earlier.blocks}
            headings = {block.region: _region_texts(block.region, block.region in known) for block in band.blocks}
            y = self._band(band, y + (_GAP if number else 0), headings, boxes, cards, rows)
        at = {card.instance.name: card.at for card in cards}
        paths = tuple(
            way.paths(self._lanes, self._passages, self._x, rows, {name: (box.x, box.y) for name, box in at.items()})
            for way in self._ways
        )
        columns = max((band.columns for band in self._bands), default=1)
        return Layout(columns, self._width, y, tuple(boxes), tuple(cards), paths)

    def _band(
        self, band: _Band, top: int, headings: _Headings, boxes: list[Box], cards: list[Card], rows: list[int]
    ) -> int:
        """Place the boxes and cards of ``band``, which begins at ``top``; gives its lower end."""
        region_head = _EDGE + max(map(len, headings.values())) * TEXT
        parted = [block.subnet for block in band.blocks if block.subnet]
        zone_head = _EDGE + TEXT
        subnet_head = _EDGE + max((len(_subnet_texts(subnet)) for subnet in parted), default=0) * TEXT
        zone_top = top + region_head + _EDGE
        subnet_top = zone_top + zone_head + _EDGE
        y = (subnet_top if parted else top + region_head) + (subnet_head if parted else 0)
        first = len(rows)
        heights = [0] * band.rows
        for _, row, instance in band.cells():
            heights[row] = max(heights[row], 2 * _CARD_EDGE + len(card_texts(instance)) * TEXT)
        for row, height in enumerate(heights):
            y += self._passages.space(first + row)
            rows.append(y)
            y += height + _BELOW
        for column, row, instance in band.cells():
            at = Rectangle(self._x[column], rows[first + row], CARD, heights[row])
            cards.append(Card(at, instance, card_texts(instance)))
        edges = 2 * _EDGE if parted else 0
        bottom = y + edges
        boxes += self._regions(band, top, bottom, headings)
        boxes += self._zones(band, zone_top, bottom - _EDGE)
        boxes += self._subnets(band, subnet_top, bottom - 2 * _EDGE)
        return bottom

    def _regions(self, band: _Band, top: int, bottom: int, headings: _Headings) -> Iterator[Box]:
        for block, at in self._spans(band, 3, top, bottom, [block.region for block in band.blocks]):
            yield Box("region" if block.region else "outside", at, headings[block.region])

    def _zones(self, band: _Band, top: int, bottom: int) -> Iterator[Box]:
        keys = [(block.region, block.zone) for block in band.blocks]
        for block, at in self._spans(band, 2, top, bottom, keys):
            if block.zone:
                yield Box("zone", at, (Text(block.zone.title),))

    def _subnets(self, band: _Band, top: int, bottom: int) -> Iterator[Box]:
        keys = list(range(len(band.blocks)))
        for block, at in self._spans(band, 1, top, bottom, keys):
            if block.subnet:
                yield Box("subnet", at, _subnet_texts(block.subnet), block.subnet.existing)

    def _spans(
        self, band: _Band, edges: int, top: int, bottom: int, keys: Sequence[object]
    ) -> Iterator[tuple[_Block, Rectangle]]:
        """The first block of each run of blocks with one key, and where the box around the run is."""
        column, start = 0, 0
        for number, block in enumerate(band.blocks):
            if number == 0 or keys[number] != keys[number - 1]:
                start, opened = column, block
            column += block.columns
            if number + 1 == len(band.blocks) or keys[number + 1] != keys[number]:
                left = self._x[start] - self._left[start] - edges * _EDGE
                right = self._x[column - 1] + CARD + edges * _EDGE
                yield opened, Rectangle(left, top, right - left, bottom - top)
