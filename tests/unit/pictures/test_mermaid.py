"""The flowchart is what Mermaid reads (https://mermaid.js.org/syntax/flowchart.html), whatever names are in it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES, GOLDEN, Case, cases
from tests.support.configs import load_edited
from tests.support.pictures import drawn, forty
from tpa_tf.clusters import load
from tpa_tf.pictures.mermaid import MOST_CHARACTERS, MOST_LINES, as_mermaid, escaped, too_large
from tpa_tf.pictures.picture import Picture

LABEL = r'"(?:[A-Za-z0-9 ,.:/()-]|#[0-9]+;|<br/>)+"'
STATEMENTS = {
    "flowchart LR",
    "direction LR",
    "end",
    "classDef existing stroke-dasharray: 6 4",
    "classDef things fill:none,stroke:none,text-align:left",
}
SUBGRAPH = re.compile(rf"subgraph ([a-z0-9]+)\[{LABEL}\]")
NODE = re.compile(rf"([a-z0-9]+)\[{LABEL}\](?::::things)?")
LINE = re.compile(r"(n[0-9]+) (?:-->\|upstream\||-\.->\|backup\|) (n[0-9]+)")
CLASS = re.compile(r"class ([a-z0-9]+) existing")
NASTY = '"]; end `x` **b** #quot; <img src=x> & %% {y} | --> z'


def check(text: str, picture: Picture) -> None:
    """Fail unless ``text`` is a flowchart with each instance and line of ``picture`` once."""
    ids: list[str] = []
    nodes: list[str] = []
    lines = 0
    depth = 0
    for line in text.splitlines():
        statement = line.strip()
        if found := SUBGRAPH.fullmatch(statement):
            ids.append(found[1])
            depth += 1
        elif found := NODE.fullmatch(statement):
            ids.append(found[1])
            nodes += [found[1]] if found[1].startswith("n") else []
            assert depth > 0, "every node is in a box"
        elif found := LINE.fullmatch(statement):
            assert {found[1], found[2]} <= set(nodes)
            assert depth == 0
            lines += 1
        elif found := CLASS.fullmatch(statement):
            assert found[1] in ids
        else:
            assert statement in STATEMENTS, line
            depth -= statement == "end"
    assert depth == 0
    assert len(set(ids)) == len(ids)
    assert sorted(nodes) == sorted(f"n{instance.node}" for instance in picture.instances)
    assert lines == len(picture.lines)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_case_gives_a_flowchart(case: Case) -> None:
    picture = drawn(load(case.cluster))
    check(as_mermaid(picture), picture)


def test_chart_that_is_not_drawn_is_told(tmp_path: Path) -> None:
    picture = drawn(forty(tmp_path))
    text = as_mermaid(picture)
    check(text, picture)
    assert too_large(text, picture) == ""
    assert len(text) * 200 / 40 < MOST_CHARACTERS, "two hundred instances, as docs/show.md says"
    assert too_large(text.ljust(MOST_CHARACTERS), picture) == ""
    assert f"{MOST_CHARACTERS + 1} characters" in too_large(text.ljust(MOST_CHARACTERS + 1), picture)
    many = picture.instances * (MOST_LINES // len(picture.lines) + 1)
    assert "lines between instances" in too_large(text, dataclasses.replace(picture, instances=many))


def test_names_are_escaped(tmp_path: Path) -> None:
    picture = drawn(
        load_edited(tmp_path, {"ec2_vpc": {"Name": NASTY, "cidr": "10.33.0.0/16"}, "instances[0].role": [NASTY]})
    )
    text = as_mermaid(picture)
    check(text, picture)
    assert text.count(escaped(NASTY)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eu-west-1a, 10.33.0.0/16 (existing)", "eu-west-1a, 10.33.0.0/16 (existing)"),
        ('"', "#34;"),
        ("#", "#35;"),
        ("`", "#96;"),
        ("<br>", "#60;br#62;"),
        ("a_b*c", "a#95;b#42;c"),
        ("a\nb", "a b"),
        ("\u00e9\U0001f600", "#233;#128512;"),
    ],
)
def test_sign_that_means_something_is_an_entity_code(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_existing_subnets_have_a_dashed_edge() -> None:
    assert as_mermaid(drawn(load(EXAMPLES / "existing-network"))).count(" existing\n") == 2
    assert "class s" not in as_mermaid(drawn(load(GOLDEN / "private")))
