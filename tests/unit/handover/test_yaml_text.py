"""YAML that is written: read again, it is the same value, whatever is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tpa_tf.config.document import TaggedValue, UnsafeText, parse
from tpa_tf.handover.yaml_text import dump

BREAKS = "\x85\u2028\u2029"
# What a config can hold: no surrogates, and of control characters those that YAML escapes.
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from("a: #-'\"\\n\t\ufeff" + BREAKS))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.mark.parametrize("loader", LOADERS)
@settings(deadline=None)
@given(value=VALUES)
def test_value_is_read_as_it_was(value: Any, loader: Any) -> None:
    assert yaml.load(dump(value), loader) == value


@settings(deadline=None)
@given(text=TEXT, kind=st.sampled_from([UnsafeText, lambda text: TaggedValue("!vault", text)]))
def test_tagged_text_is_read_as_it_was(text: str, kind: Any) -> None:
    document = parse(dump({"x": kind(text)}), Path("x"), "x")
    assert not document.problems
    assert document.data == {"x": kind(text)}
    assert type(document.data["x"]) is type(kind(text))


@pytest.mark.parametrize("mark", BREAKS)
def test_what_yaml_takes_for_the_end_of_a_line_is_escaped(mark: str) -> None:
    assert mark not in dump({"x": f"a{mark}b", "y": UnsafeText(mark), "z": TaggedValue("!vault", f"{mark}\n")}).decode()


def test_other_text_stays_readable() -> None:
    assert dump({"name": "Zürich, 日本"}).decode() == "name: Zürich, 日本\n"
