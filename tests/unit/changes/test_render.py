"""Names and addresses come from tags and plans, and may hold anything: no table or list is taken over by them."""

from __future__ import annotations

import json

import pytest

from tpa_tf.changes.effects import DELETE, Effect, Row, Subject
from tpa_tf.changes.render import code, render, shown
from tpa_tf.changes.words import on_one_line

NAME = "<script>|\n**x** [y](z) \x1b[2J\u202e"
ADDRESS = 'aws_instance.one["a`|b"]'
ROW = Row(ADDRESS, Subject("instance", NAME), DELETE, Effect.DESTROYS_INSTANCE, NAME, NAME)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("postgres_data, root_block_device.tags", "postgres_data, root_block_device.tags"),
        ("<script>", "&lt;script&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a|b", "a\\|b"),
        ("a\\b", "a\\\\b"),
        ("`a`", "\\`a\\`"),
        ("*a* ~b~", "\\*a\\* \\~b\\~"),
        ("_a_ b_c", "\\_a\\_ b_c"),
        ("![a](b)", "!\\[a\\](b)"),
        ("a\r\nb", "a  b"),
    ],
)
def test_text_reads_in_markdown_as_it_is(text: str, markdown: str) -> None:
    assert shown(text, "markdown") == markdown


@pytest.mark.parametrize(
    ("address", "markdown"),
    [
        ("aws_instance.one", "`aws_instance.one`"),
        ('a["b`c"]', '``a["b`c"]``'),
        ('a["``"]', '```a["``"]```'),
        ("`a", "`` `a ``"),
        ("a<b>\n", "`a<b> `"),
    ],
)
def test_address_is_code_whatever_is_in_it(address: str, markdown: str) -> None:
    assert code(address, "markdown") == markdown
    assert code(address, "text") == on_one_line(address)


def test_row_of_a_markdown_table_stays_a_row() -> None:
    _, _, row, *rest = render([ROW], "markdown", empty="").split("\n")
    assert rest == [""]
    assert row.replace("\\|", "").count("|") == 6
    assert "<script>" not in row
    assert '``aws_instance.one["a`\\|b"]``' in row


def test_row_of_a_text_table_stays_a_row() -> None:
    text = render([ROW], "text", empty="")
    assert len(text.split("\n")) == 4, "headings, the row, its remedy"
    assert text.replace("\n", "").isprintable()


def test_json_keeps_what_there_is_and_can_be_written() -> None:
    row = Row(ADDRESS, Subject("instance", NAME + "\ud800"), DELETE, Effect.DESTROYS_INSTANCE, "→")
    text = render([row], "json", empty="")
    assert "→" in text
    assert json.loads(text.encode())["changes"][0]["instance"] == NAME + "\ud800"
