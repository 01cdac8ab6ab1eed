"""Text is literal in Terraform, whatever is in it; only expressions are evaluated, and they know what they refer to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.terraform import Provider, run
from tpa_tf.engine.render import _plain
from tpa_tf.terraform.expressions import (
    Expr,
    Reference,
    Template,
    Value,
    escape,
    expr,
    operand,
    quoted,
    ref,
    references,
    replaced,
    template,
    written,
)

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
    "bell\b and feed\f and \\b",
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
    assert str(template("a${b}", expr("c.d"), "%{e}")) == "a$${b}${c.d}%%{e}"
    assert str(template("a$", expr("c"))) == 'a${"$"}${c}'
    value: Value = {"${k}": [expr("x"), "${y}", None, 1, True], "n": None}
    assert written(value) == {"$${k}": ["${x}", "$${y}", None, 1, True]}


def test_a_text_has_one_form() -> None:
    assert template("a", "", "b") == "ab"
    assert template("", ref("aws_vpc.x", "id")) == ref("aws_vpc.x", "id")
    assert template(template("a", expr("b")), "c") == Template(("a", expr("b"), "c"))
    assert template("$", "{x}") == "${x}"
    assert expr("a(", ref("aws_vpc.x", "id"), ")", "") == Expr(("a(", Reference("aws_vpc.x", "id"), ")"))


def test_references_are_known_by_construction() -> None:
    inner = quoted(template("${no}", ref("aws_eip.b", "public_ip")))
    value: Value = {"a": [template("x", expr("f(", ref("aws_vpc.a", "id"), ")"))], "b": expr("g(", inner, ")"), "c": 1}
    assert list(references(value)) == [Reference("aws_vpc.a", "id"), Reference("aws_eip.b", "public_ip")]
    renamed = replaced(value, lambda found: Reference(found.address.upper(), found.attribute))
    assert written(renamed) == {"a": ["x${f(AWS_VPC.A.id)}"], "b": '${g("$${no}${AWS_EIP.B.public_ip}")}', "c": 1}


@pytest.mark.parametrize(
    ("value", "source"),
    [("a", '"a"'), (True, "true"), (3, "3"), (ref("aws_vpc.a", "id"), "aws_vpc.a.id"), ('"${x}"', r'"\"$${x}\""')],
)
def test_operands_within_expressions(value: Value, source: str) -> None:
    assert operand(value).source == source


def test_terraform_reads_text_as_it_was_written(terraform_provider: Provider, tmp_path: Path) -> None:
    outputs = {
        "literal": {"value": _plain(TEXTS)},
        "template": {"value": _plain([template(text, expr('upper("b")')) for text in TEXTS])},
        "quoted": {"value": _plain([quoted(text) for text in TEXTS])},
        "quoted_template": {"value": _plain([quoted(template(text, expr('upper("b")'))) for text in TEXTS])},
        "keys": {"value": _plain(dict.fromkeys(TEXTS, "x"))},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": outputs}, ensure_ascii=False))
    environment = terraform_provider.environment(os.environ)
    run(["terraform", "init", "-no-color"], tmp_path, environment)
    run(["terraform", "apply", "-auto-approve", "-no-color"], tmp_path, environment)
    printed = json.loads(run(["terraform", "output", "-json"], tmp_path, environment).stdout)
    assert printed["literal"]["value"] == TEXTS
    assert printed["template"]["value"] == [f"{text}B" for text in TEXTS]
    assert printed["quoted"]["value"] == TEXTS
    assert printed["quoted_template"]["value"] == [f"{text}B" for text in TEXTS]
    assert set(printed["keys"]["value"]) == set(TEXTS)
