"""Boxes within boxes, cards that nothing covers, and lines that can be told apart, in every width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.golden.cases import EXAMPLES, GOLDEN
from tests.support.configs import SOUND
from tests.support.pictures import drawn, forty
from tpa_tf.clusters import load
from tpa_tf.pictures.layout import Box, Layout, Rectangle, layout, layouts
from tpa_tf.pictures.picture import LineKind, Picture

COLUMNS = [1, 2, 3, 4, 6]


def star(directory: Path) -> Picture:
    """A primary with 38 replicas and a backup server, in two zones."""
    instances = [
        {
            "Name": f"node-{number}",
            "node": number,
            "location": SOUND["locations"][number % 2]["Name"],
            "type": "t3.micro",
            "role": ["primary"] if number == 7 else ["barman"] if number == 40 else ["replica"],
            **({"backup": "node-40"} if number == 7 else {"upstream": "node-7"}),
        }
        for number in range(1, 41)
    ]
    (directory / "config.yml").write_text(yaml.safe_dump({**SOUND, "instances": instances}))
    return drawn(load(directory))


@pytest.fixture(params=["three-nodes", "two-regions", "existing-network", "mixed-platforms", "forty", "star"])
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> Picture:
    if request.param == "forty":
        return drawn(forty(tmp_path))
    if request.param == "star":
        return star(tmp_path)
    return drawn(load((GOLDEN if request.param == "mixed-platforms" else EXAMPLES) / request.param))


class Segment(NamedTuple):
    x1: int
    y1: int
    x2: int
    y2: int


def segments(path: str) -> list[Segment]:
    """The straight pieces of an SVG path that knows M, H and V."""
    found = []
    x = y = 0
    for command, numbers in re.findall(r"([MHV])([0-9 -]+)", path):
        values = [int(number) for number in numbers.split()]
        if command == "M":
            x, y = values
        elif command == "H":
            found.append(Segment(min(x, values[0]), y, max(x, values[0]), y))
            x = values[0]
        else:
            found.append(Segment(x, min(y, values[0]), x, max(y, values[0])))
            y = values[0]
    assert "".join(re.findall(r"[MHV][0-9 -]+", path)) == path
    return found


def apart(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


def within(inner: Rectangle, outer: Rectangle) -> bool:
    return (
        outer.x < inner.x
        and inner.x + inner.width < outer.x + outer.width
        and outer.y < inner.y
        and inner.y + inner.height < outer.y + outer.height
    )


def boxes(laid: Layout, *levels: str) -> list[Box]:
    return [box for box in laid.boxes if box.level in levels]


@pytest.mark.parametrize("columns", COLUMNS)
def test_every_instance_has_one_card_and_none_lies_on_another(picture: Picture, columns: int) -> None:
    laid = layout(picture, columns)
    assert sorted(card.instance.name for card in laid.cards) == sorted(each.name for each in picture.instances)
    for one, other in combinations(laid.cards, 2):
        assert apart(one.at, other.at)
    assert laid.columns <= columns


@pytest.mark.parametrize("columns", COLUMNS)
def test_boxes_are_within_boxes(picture: Picture, columns: int) -> None:
    laid = layout(picture, columns)
    page = Rectangle(-1, -1, laid.width + 2, laid.height + 2)
    regions, zones, subnets = boxes(laid, "region", "outside"), boxes(laid, "zone"), boxes(laid, "subnet")
    for level in (regions, zones, subnets):
        for one, other in combinations(level, 2):
            assert apart(one.at, other.at)
    assert all(within(region.at, page) for region in regions)
    assert all(any(within(zone.at, region.at) for region in regions) for zone in zones)
    assert all(any(within(subnet.at, zone.at) for zone in zones) for subnet in subnets)
    titles = {subnet.key: subnet.title for subnet in picture.subnets}
    for card in laid.cards:
        around = [box.texts[0].text for box in subnets if within(card.at, box.at)]
        assert around == ([titles[card.instance.subnet]] if card.instance.subnet else [])


@pytest.mark.parametrize("columns", COLUMNS)
def test_no_line_crosses_a_card(picture: Picture, columns: int) -> None:
    laid = layout(picture, columns)
    for path in laid.paths:
        for piece in segments(path.line):
            for card in laid.cards:
                inside_x = piece.x1 < card.at.x + card.at.width and piece.x2 > card.at.x
                inside_y = piece.y1 < card.at.y + card.at.height and piece.y2 > card.at.y
                assert not (inside_x and inside_y), f"{path.title} crosses {card.instance.name}"


@pytest.mark.parametrize("columns", COLUMNS)
def test_no_two_lines_lie_on_one_another(picture: Picture, columns: int) -> None:
    paths = [segments(path.line) for path in layout(picture, columns).paths]
    for one, other in combinations(paths, 2):
        for first in one:
            for second in other:
                upright = first.x1 == first.x2 == second.x1 == second.x2
                level = first.y1 == first.y2 == second.y1 == second.y2
                assert not (upright and first.y1 < second.y2 and second.y1 < first.y2)
                assert not (level and first.x1 < second.x2 and second.x1 < first.x2)


@pytest.mark.parametrize("columns", COLUMNS)
def test_every_line_leads_from_its_start_to_its_end(picture: Picture, columns: int) -> None:
    laid = layout(picture, columns)
    corners = {card.instance.name: card.at for card in laid.cards}
    told = set()
    for path in laid.paths:
        pieces = segments(path.line)
        ends = {
            name
            for name, at in corners.items()
            for piece in pieces
            if piece.x2 == at.x and piece.y1 == piece.y2 and at.y < piece.y1 < at.y + at.height
        }
        heads = {
            name
            for name, at in corners.items()
            for x, y in re.findall(r"L(\d+) (\d+)L", path.heads)
            if int(x) == at.x and at.y < int(y) < at.y + at.height
        }
        assert connected(pieces)
        lines = {
            (line.start, line.end)
            for line in picture.lines
            if line.kind is path.kind and {line.start, line.end} <= ends and line.end in heads
        }
        hubs = {start if path.kind is LineKind.UPSTREAM else end for start, end in lines}
        assert len(hubs) == 1
        assert ends == {name for line in lines for name in line}
        assert heads == {end for _, end in lines}
        told |= {(path.kind, *line) for line in lines}
    assert told == {(line.kind, line.start, line.end) for line in picture.lines}


def connected(pieces: list[Segment]) -> bool:
    def touch(one: Segment, other: Segment) -> bool:
        return one.x1 <= other.x2 and other.x1 <= one.x2 and one.y1 <= other.y2 and other.y1 <= one.y2

    reached, left = {pieces[0]}, set(pieces[1:])
    while more := {piece for piece in left if any(touch(piece, each) for each in reached)}:
        reached |= more
        left -= more
    return not left


def test_each_layout_is_wider_and_has_more_columns_than_the_one_before(picture: Picture) -> None:
    found = layouts(picture, COLUMNS)
    assert [laid.columns for laid in found] == sorted({laid.columns for laid in found})
    assert [laid.width for laid in found] == sorted({laid.width for laid in found})
    assert found[0].width < 360, "a phone"


def headings(laid: Layout) -> Iterator[str]:
    return (box.texts[0].text for box in boxes(laid, "region", "outside"))


def test_region_that_is_parted_goes_on_under_its_name(tmp_path: Path) -> None:
    picture = drawn(forty(tmp_path))
    assert list(headings(layout(picture, 6))) == ["eu-west-1", "us-east-1"]
    assert list(headings(layout(picture, 2))) == [
        "eu-west-1",
        "eu-west-1, continued",
        "eu-west-1, continued",
        "us-east-1",
        "us-east-1, continued",
        "us-east-1, continued",
    ]


def test_regions_stand_side_by_side_where_there_is_room() -> None:
    picture = drawn(load(EXAMPLES / "two-regions"))
    one, other = boxes(layout(picture, 2), "region")
    assert one.at.y == other.at.y
    above, below = boxes(layout(picture, 1), "region")
    assert above.at.y + above.at.height < below.at.y
