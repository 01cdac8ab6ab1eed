"""The tree in a terminal of any width."""

from __future__ import annotations

import dataclasses

import pytest

from tests.golden.cases import EXAMPLES
from tests.support.pictures import drawn
from tpa_tf.clusters import load
from tpa_tf.pictures.picture import Picture
from tpa_tf.pictures.tree import as_tree


@pytest.fixture
def picture() -> Picture:
    return drawn(load(EXAMPLES / "three-nodes"))


@pytest.mark.parametrize("width", [50, 60, 72, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(picture: Picture, width: int) -> None:
    lines = as_tree(picture, width).splitlines()
    assert max(map(len, lines)) <= width
    marks = str.maketrans("", "", "├└─│ ")
    assert "".join(lines).translate(marks) == as_tree(picture).replace("\n", "").translate(marks)


def test_line_that_goes_on_stands_beside_what_is_below_it(picture: Picture) -> None:
    lines = as_tree(picture, 60).splitlines()
    first = next(number for number, line in enumerate(lines) if "kayak (primary)" in line)
    assert lines[first : first + 3] == [
        "   │     ├─ kayak (primary), node 1, t3.medium, public",
        "   │     │  │ address, backup quartz",
        "   │     │  ├─ root: 16 GiB gp3, encrypted",
    ]


def test_width_is_respected_as_far_as_a_line_can_be_read(picture: Picture) -> None:
    assert all(len(line) <= 40 for line in as_tree(picture, 1).splitlines())


def test_what_moves_the_cursor_is_not_printed(picture: Picture) -> None:
    (region,) = picture.regions
    thing = dataclasses.replace(region.things[0], text="a\x1b[2Jb\nc\u202ed")
    nasty = dataclasses.replace(picture, regions=(dataclasses.replace(region, things=(thing,)),))
    assert "VPC a [2Jb c d\n" in as_tree(nasty)
