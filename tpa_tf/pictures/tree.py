"""The picture as a tree of text, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tpa_tf.pictures.picture import Instance, Picture, Subnet, Thing, Volume
from tpa_tf.pictures.words import OUTSIDE, of_instance, plain

_NARROWEST = 20
"""So many characters a line has at least, however deep in the tree it is and however narrow the terminal."""


@dataclass(frozen=True)
class _Branch:
    text: str
    below: tuple[_Branch, ...] = ()


def as_tree(picture: Picture, width: int | None = None) -> str:
    """The tree of ``picture``, by region, zone, subnet and instance.

    ``width`` is how many characters there are in a line: what is longer goes on in the next one. None: any number.
    """
    regions = (
        _Branch(
            region.name,
            (
                *map(_thing, region.things),
                *(
                    _Branch(zone.title, tuple(_subnet(picture, subnet) for subnet in zone.subnets))
                    for zone in picture.zones(region.name)
                ),
            ),
        )
        for region in picture.regions
    )
    outside = _Branch(OUTSIDE, tuple(map(_instance, picture.outside))) if picture.outside else None
    top = (*map(_thing, picture.things), *regions, *([outside] if outside else ()))
    return "".join(f"{line}\n" for line in (plain(picture.name), *_lines(top, "", width)))


def _thing(thing: Thing) -> _Branch:
    return _Branch(thing.title)


def _subnet(picture: Picture, subnet: Subnet) -> _Branch:
    return _Branch(subnet.title, tuple(map(_instance, picture.inside(subnet))))


def _instance(instance: Instance) -> _Branch:
    return _Branch(", ".join(of_instance(instance)), tuple(map(_volume, instance.volumes)))


def _volume(volume: Volume) -> _Branch:
    return _Branch(volume.title)


def _lines(branches: Sequence[_Branch], before: str, width: int | None) -> Iterator[str]:
    for number, branch in enumerate(branches, 1):
        last = number == len(branches)
        start, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        first, *rest = _wrapped(plain(branch.text), width and width - len(before) - len(start))
        yield f"{before}{start}{first}"
        # What goes on in the next line stands apart from what is below it.
        upright = "│ " if branch.below else "  "
        yield from (f"{before}{below}{upright}{line}" for line in rest)
        yield from _lines(branch.below, f"{before}{below}", width)


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    lines = textwrap.wrap(text, max(width - 2, _NARROWEST), break_on_hyphens=False)
    return lines or [text]
