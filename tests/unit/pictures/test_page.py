"""The page stands alone, and shows every text as it is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES, GOLDEN, Case, cases
from tests.support.configs import load_edited
from tests.support.forecasts import judged
from tests.support.pictures import Html, drawn, forty
from tpa_tf.changes.effects import Effect
from tpa_tf.clusters import load
from tpa_tf.pictures.impact import as_page as page_of_edit
from tpa_tf.pictures.page import as_page, tone
from tpa_tf.pictures.picture import Mark

NASTY = "<script>alert(1)</script>\"'&amp;</title></style>"
HARMLESS = {
    "aria-hidden", "aria-label", "charset", "class", "content", "d", "height", "http-equiv", "lang", "name", "scope",
    "style", "title", "width",
}  # fmt: skip
"""Attributes that load nothing and run nothing."""


def check(text: str) -> Html:
    """Fail unless ``text`` is a page that loads and runs nothing."""
    page = Html(text)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "a", "base", "object"})
    assert {name for _, attributes in page.tags for name in attributes} <= HARMLESS
    assert not re.search(r"url\(|@import|https?://", text)
    policy = [attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    return page


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_page_of_every_case_stands_alone_and_names_every_instance(case: Case) -> None:
    picture = drawn(load(case.cluster))
    page = check(as_page(picture))
    for instance in picture.instances:
        assert page.texts.count(instance.name) >= 2, "in the picture and in the table"
        for volume in instance.volumes:
            assert volume.title in page.texts


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    edits = {
        "ec2_vpc": {"Name": NASTY, "cidr": "10.33.0.0/16"},
        "instances[0].role": [NASTY],
        "instances[0].upstream": NASTY,
        "instances[0].volumes[1].vars": {"volume_for": "postgres_data", "mountpoint": f"/{NASTY}"},
    }
    picture = drawn(load_edited(tmp_path, edits))
    text = as_page(dataclasses.replace(picture, name=NASTY))
    page = check(text)
    assert page.texts.count(NASTY) >= 4
    assert f"/dev/sdf: 16 GiB gp3, postgres_data, at /{NASTY}, encrypted" in page.texts
    assert f"VPC {NASTY} 10.33.0.0/16" in page.texts
    titles = [attributes["title"] for _, attributes in page.tags if "title" in attributes]
    assert f"VPC {NASTY} 10.33.0.0/16" in titles


@pytest.mark.parametrize("name", ["three-nodes", "forty"])
def test_one_layout_is_shown_at_every_width(name: str, tmp_path: Path) -> None:
    text = as_page(drawn(forty(tmp_path) if name == "forty" else load(EXAMPLES / name)))
    widths = {int(columns): int(width) for columns, width in re.findall(r"\.layout-(\d+) \{ width: (\d+)px", text)}
    hidden = {int(columns): media for media, columns in re.findall(r"@media (.*) \{ \.layout-(\d+) \{ display", text)}
    assert len(widths) > 1
    assert widths.keys() == hidden.keys()
    for window in range(320, 2400):
        shown = [columns for columns, media in hidden.items() if not matches(media, window)]
        assert len(shown) == 1
        assert widths[shown[0]] <= window - 40 or shown[0] == 1


def matches(media: str, window: int) -> bool:
    """Whether a list of media queries holds in a window of that width."""
    found = re.findall(r"\((max|min)-width: (\d+)px\)", media)
    assert ", ".join(f"({bound}-width: {width}px)" for bound, width in found) == media
    return any(window <= int(width) if bound == "max" else window >= int(width) for bound, width in found)


def test_a_single_layout_is_always_shown() -> None:
    text = as_page(drawn(load(EXAMPLES / "minimal")))
    assert text.count('<div class="layout') == 1
    assert "display: none" not in text


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        (EXAMPLES / "three-nodes", ["upstream", "backup"]),
        (EXAMPLES / "existing-network", ["upstream", "existing"]),
        (GOLDEN / "mixed-platforms", []),
    ],
)
def test_key_explains_what_is_drawn_alone(cluster: Path, told: list[str]) -> None:
    page = check(as_page(drawn(load(cluster))))
    lines = {
        "upstream": " upstream: from the instance that is replicated",
        "backup": " backup: to the instance that holds it",
        "existing": " existing, not made by this cluster",
    }
    assert [name for name, text in lines.items() if text in page.texts] == told


@pytest.mark.parametrize(
    ("effect", "colour"),
    [
        (Effect.CREATE, "new"),
        (Effect.IN_PLACE, "soft"),
        (Effect.REPLACE, "soft"),
        (Effect.FORGET, "warn"),
        (Effect.STOPS_AND_STARTS, "warn"),
        (Effect.STOPS, "bad"),
        (Effect.LOSES_DATA, "bad"),
        (Effect.FAILS_IN_APPLY, "bad"),
    ],
)
def test_mark_is_coloured_by_how_bad_it_is(effect: Effect, colour: str) -> None:
    assert tone(Mark(effect, "")) == colour


def test_page_of_an_edit_has_picture_table_refusals_notes_and_steps(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = load_edited(tmp_path / "old", {})
    new = load_edited(tmp_path / "new", {"instances[1].type": "t3.large"})
    assert old.cluster
    assert new.cluster
    verdict, _ = judged(old.cluster, new.cluster)
    page = check(page_of_edit(old, new, verdict, ["a <note>"], "# a step\n"))
    assert page.texts.count("stops and starts instance") >= 2, "in the picture and in the table"
    assert "What the edit does" in page.texts
    assert "aws_instance.two" in page.texts
    assert "a <note>" in page.texts
    assert any(text.startswith("tpa-tf review will refuse each of these") for text in page.texts)
    assert any(text.startswith("# a step") for text in page.texts)


def test_page_of_an_edit_that_does_nothing_says_so(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {})
    assert loaded.cluster
    verdict, notes = judged(loaded.cluster, loaded.cluster)
    page = check(page_of_edit(loaded, loaded, verdict, notes, ""))
    assert "nothing changes" in page.texts
    assert "table" not in {tag for tag, _ in page.tags}
