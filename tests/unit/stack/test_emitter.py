"""Text is literal in Terraform, whatever is in it; only expressions are evaluated."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.terraform import Provider, run
from tpa_tf.stack.emitter import Expr, Stack, escape, literal, quoted, template

TEXTS = [
    "plain",
    "${var.x}",
    "$${var.x}",
    "$$$",
    "%{ if true }",
    "%%{x}",
    "$ { } ${",
    '"quoted" \\ and \\n',
    "two\nlines\ttab\r\n",
    "{{ jinja }}",
    "ünïcödé 🐘 \u2028",
    "${TfToken[TOKEN.0]}",
    "String Map Token Value",
    "",
]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a", "a"), ("${a}", "$${a}"), ("%{a}", "%%{a}"), ("$a {b}", "$a {b}"), ("$${a}", "$$${a}")],
)
def test_template_sequences_are_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_expressions_are_left_alone_and_text_around_them_is_not() -> None:
    assert template("a${b}", Expr("${c.d}"), "%{e}") == "a$${b}${c.d}%%{e}"
    assert template("a$", Expr("${c}")) == 'a${"$"}${c}'
    assert literal({"${k}": [Expr("${x}"), "${y}", None, 1, True]}) == {"$${k}": ["${x}", "$${y}", None, 1, True]}
    assert literal({"a": None, "b": ""}) == {"b": ""}


def test_terraform_reads_text_as_it_was_written(terraform_provider: Provider, tmp_path: Path) -> None:
    outputs = {
        "literal": {"value": literal(TEXTS)},
        "template": {"value": [template(text, Expr('${upper("b")}')) for text in TEXTS]},
        "quoted": {"value": [f"${{{quoted(text)}}}" for text in TEXTS]},
        "keys": {"value": literal(dict.fromkeys(TEXTS, "x"))},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": outputs}, ensure_ascii=False))
    environment = terraform_provider.environment(os.environ)
    run(["terraform", "init", "-no-color"], tmp_path, environment)
    run(["terraform", "apply", "-auto-approve", "-no-color"], tmp_path, environment)
    printed = json.loads(run(["terraform", "output", "-json"], tmp_path, environment).stdout)
    assert printed["literal"]["value"] == TEXTS
    assert printed["template"]["value"] == [f"{text}B" for text in TEXTS]
    assert printed["quoted"]["value"] == TEXTS
    assert set(printed["keys"]["value"]) == set(TEXTS)


def test_an_address_is_given_once() -> None:
    from tpa_tf.stack import bindings

    stack = Stack(bindings.core().App(), "test")
    stack.provider("eu-west-1", "eu_west_1", {})
    stack.resource("aws_vpc", "x", "eu-west-1", cidr_block="10.0.0.0/16")
    with pytest.raises(ValueError, match=r"two blocks at the address aws_vpc\.x"):
        stack.resource("aws_vpc", "x", "eu-west-1", cidr_block="10.0.0.0/16")
