"""The picture as a Mermaid flowchart, which GitHub and GitLab draw in a fenced block of Markdown.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tpa_tf.pictures.picture import Instance, LineKind, Picture, Region
from tpa_tf.pictures.words import OUTSIDE, plain

MOST_CHARACTERS, MOST_LINES = 50_000, 500
"""What Mermaid draws unless it is told otherwise (maxTextSize, maxEdges): https://mermaid.js.org/config/schema-docs/config.html"""

_ARROWS = {LineKind.UPSTREAM: "-->", LineKind.BACKUP: "-.->"}
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,.:/-()")
_BREAK = "<br/>"


def as_mermaid(picture: Picture) -> str:
    """The flowchart of ``picture``: boxes are subgraphs, instances nodes, existing things have a dashed edge."""
    lines = ["flowchart LR"]
    for number, region in enumerate(picture.regions, 1):
        lines += _indented(_region(picture, region, f"r{number}"))
    if picture.outside:
        lines += _indented(_subgraph("outside", OUTSIDE, map(_node, picture.outside)))
    ids = {instance.name: _id(instance) for instance in picture.instances}
    lines += [f"  {ids[line.start]} {_ARROWS[line.kind]}|{line.kind.value}| {ids[line.end]}" for line in picture.lines]
    lines += ["  classDef existing stroke-dasharray: 6 4", "  classDef things fill:none,stroke:none,text-align:left"]
    return "".join(f"{line}\n" for line in lines)


def too_large(text: str, picture: Picture) -> str:
    """Why GitHub and GitLab don't draw ``text``, the flowchart of ``picture``; empty if they do."""
    if len(text) <= MOST_CHARACTERS and len(picture.lines) <= MOST_LINES:
        return ""
    return (
        f"the flowchart has {len(text)} characters and {len(picture.lines)} lines between instances, and GitHub and "
        f"GitLab draw {MOST_CHARACTERS} and {MOST_LINES} at most: take --format html"
    )


def _region(picture: Picture, region: Region, id: str) -> Iterator[str]:
    # A title has one line, or it lies on the boxes below it.
    things = [f"{id}t[{_label(thing.title for thing in region.things)}]:::things"] if region.things else []
    numbers = {subnet.key: number for number, subnet in enumerate(picture.subnets, 1)}
    zones: list[str] = []
    for number, zone in enumerate(picture.zones(region.name), 1):
        subnets: list[str] = []
        for subnet in zone.subnets:
            key = f"s{numbers[subnet.key]}"
            subnets += _subgraph(key, subnet.title, map(_node, picture.inside(subnet)))
            subnets += [f"class {key} existing"] if subnet.existing else []
        zones += _subgraph(f"{id}z{number}", zone.title, subnets)
    return _subgraph(id, region.name, [*things, *zones])


def _subgraph(id: str, title: str, inside: Iterable[str]) -> Iterator[str]:
    yield f"subgraph {id}[{_label([title])}]"
    # Without it, a box that no line leaves turns the other way.
    yield from _indented(["direction LR", *inside])
    yield "end"


def _id(instance: Instance) -> str:
    return f"n{instance.node}"


def _node(instance: Instance) -> str:
    lines = [instance.name]
    if instance.roles:
        lines.append(", ".join(instance.roles))
    lines.append(", ".join((instance.kind, *instance.ips)))
    lines += [volume.short for volume in instance.volumes]
    return f"{_id(instance)}[{_label(lines)}]"


def _label(lines: Iterable[str]) -> str:
    return f'"{_BREAK.join(map(escaped, lines))}"'


def escaped(text: str) -> str:
    """``text`` as it reads in a label: every sign that Mermaid, its Markdown or HTML may read is an entity code."""
    return "".join(sign if sign in _SAFE else f"#{ord(sign)};" for sign in plain(text))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
