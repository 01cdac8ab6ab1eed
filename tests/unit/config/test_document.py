"""Reading a YAML text as Ansible does, with the place of everything, and saying what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tpa_tf.config.document import Mark, TaggedValue, UnsafeText, is_template, parse

TEXT = """\
cluster_name: speedy
instances:
- Name: one
  volumes: [{device_name: root}, {device_name: /dev/sdf}]
- {Name: two, node: 0o}
"""


def document(text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return parse(content, Path("config.yml"), "config.yml")


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("cluster_name",), Mark(1, 15, 6)),
        (("instances", 0, "Name"), Mark(3, 9, 3)),
        (("instances", 0, "volumes", 1, "device_name"), Mark(4, 48, 8)),
        (("instances", 1, "node"), Mark(5, 21, 2)),
        (("instances", 1, "subnet"), Mark(5, 3, 21)),
        (("nowhere", 7), Mark(1, 1, 20)),
    ],
)
def test_value_has_its_place_or_that_of_what_is_around_it(path: tuple[Any, ...], mark: Mark) -> None:
    assert document(TEXT).mark(path) == mark


def test_key_has_its_place() -> None:
    assert document(TEXT).key_mark(("instances", 0, "volumes")) == Mark(4, 3, 7)
    assert document(TEXT).key_mark(("instances", 1)) == document(TEXT).mark(("instances", 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("'yes'", "yes"),
        ("off", False),
        ("1.5", 1.5),
        ("0777", 511),
        ("12_000", 12000),
        ("1:30", 90),
        ("~", None),
        ("!unsafe '{{ x }}'", "{{ x }}"),
        ("!vault |\n  $ANSIBLE_VAULT;1.1\n  61", TaggedValue("!vault", "$ANSIBLE_VAULT;1.1\n61\n")),
        ("!ours x", TaggedValue("!ours", "x")),
        ("!ours [x]", ["x"]),
    ],
)
def test_values_are_those_of_yaml_1_1_and_ansible(text: str, value: Any) -> None:
    found = document(f"a: {text}\n")
    assert found.problems == ()
    assert found.data == {"a": value}


def test_digits_are_kept_as_they_are_written() -> None:
    found = document("Owner: 012345670123\n")
    assert found.written(("Owner",)) == "012345670123"
    assert found.written(("Name",)) is None


def test_unsafe_text_is_no_template() -> None:
    assert is_template("{{ x }}")
    assert is_template("{% if x %}")
    assert not is_template(UnsafeText("{{ x }}"))
    assert not is_template("{ x }")
    assert not is_template(7)


def test_aliases_and_merge_keys_are_resolved() -> None:
    found = document("a: &a {x: 1, y: 1}\nb: &b {x: 2}\nc: {<<: [*b, *a], z: 3}\nd: {<<: *a, x: 4}\ne: [*a, *a]\n")
    assert found.problems == ()
    assert found.data["c"] == {"x": 2, "y": 1, "z": 3}
    assert found.data["d"] == {"x": 4, "y": 1}
    assert found.data["e"] == [{"x": 1, "y": 1}] * 2


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    assert document(b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


def test_empty_text_has_no_data_and_no_problem() -> None:
    for text in ("", "# nothing\n", "---\n"):
        found = document(text)
        assert (found.data, found.problems) == (None, ())


def test_key_given_twice_names_both_lines() -> None:
    (problem,) = document("a:\n  b: 1\n  c: 2\n  b: 3\n").problems
    assert (problem.rule.id, problem.path, problem.mark) == ("duplicate-key", ("a", "b"), Mark(4, 3, 1))
    assert problem.help
    assert "line 2" in problem.help


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: [1\nb: 2\n", 2, "while parsing a flow sequence"),
        ("a:\n\tb: 1\n", 2, "a tab stands"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        (b"a: \xff\n", 1, "not UTF-8"),
        ("a: x\n".encode("utf-16"), 1, "not UTF-8"),
        ("a: \0\n", 1, "unacceptable character"),
        ("a: 1\n---\nb: 2\n", 3, "begins a second document"),
        ("a: &a [*a]\n", 1, "contains itself"),
        ("a: *b\n", 1, "undefined alias"),
        ("? [x]\n: y\n", 1, "a key is a mapping or a list"),
        ("a: !!python/object:os.system x\n", 1, "could not determine a constructor"),
        ("b: 1\na: " + "9" * 5000 + "\n", 2, "Exceeds the limit"),
        ("a: !!timestamp x\n", 1, "'x' is no timestamp"),
        ("a: !!bool x\n", 1, "'x' is no bool"),
    ],
)
def test_text_that_is_no_yaml_is_told_with_its_line(text: str | bytes, line: int, says: str) -> None:
    found = document(text)
    assert found.data is None
    (problem, *_) = found.problems
    assert (problem.rule.id, problem.mark.line) == ("not-utf-8" if says == "not UTF-8" else "not-yaml", line)
    assert says in problem.message


def test_nesting_has_a_bound() -> None:
    assert document("a: " + "[" * 99 + "]" * 99).problems == ()
    (problem,) = document("a: " + "[" * 101 + "]" * 101).problems
    assert "nested more than 100 deep" in problem.message
    (problem,) = document("a: " + "[" * 20_000 + "]" * 20_000).problems
    assert problem.rule.id == "not-yaml"


def test_aliases_of_aliases_have_a_bound() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (problem,) = document("\n".join(lines)).problems
    assert "more than 200000 values" in problem.message


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"x": 1, "y": 3}),
        ("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}", {"x": 1, "y": 3}),
        ("a: [&a {x: 1}, &c {x: 2, y: 2}]\nb: {<<: [*a, *c]}", {"x": 1, "y": 2}),
        ("a: [&a {x: {z: 1}}, &c {x: 2, y: {z: 2}}]\nb: {y: 3, <<: [*a, *c]}", {"x": {"z": 1}, "y": 3}),
        ("a: &a {x: 1}\nc: &c {<<: *a, y: 2}\nb: {<<: *c}", {"x": 1, "y": 2}),
    ],
)
def test_own_keys_win_over_merged_ones_and_earlier_sources_over_later_ones(text: str, data: Any) -> None:
    found = document(text)
    assert found.problems == ()
    assert found.data["b"] == data == yaml.safe_load(text)["b"]


def test_what_is_written_is_that_of_the_value_that_wins() -> None:
    text = "a: &a {owner: 111, node: 7}\nc: &c {owner: 222}\nb: {owner: 012, <<: *a}\nd: {<<: [*a, *c]}\n"
    found = document(text)
    assert found.written(("b", "owner")) == "012"
    assert found.mark(("b", "owner")) == Mark(3, 12, 3)
    assert found.key_mark(("b", "node")) == Mark(1, 20, 4), "what is merged stands where it is written"
    assert found.written(("d", "owner")) == "111"
    assert found.mark(("d", "owner")) == Mark(1, 15, 3)


@pytest.mark.parametrize("text", ["b: {<<: x}", "b: {<<: [1, 2]}", "b: {<<: [{a: 1}, [2]]}"])
def test_only_mappings_can_be_merged(text: str) -> None:
    found = document(text)
    assert found.data is None
    assert "<< takes a mapping" in found.problems[0].message


def test_duplicate_key_leaves_the_rest_to_be_checked() -> None:
    found = document("a: 1\nb: 2\na: 3\n<<: {c: 1}\n<<: {d: 1}\n")
    assert found.data == {"a": 3, "b": 2, "c": 1, "d": 1}
    assert [(each.rule.id, each.mark.line, each.message) for each in found.problems] == [
        ("duplicate-key", 3, "the key 'a' is given twice"),
        ("duplicate-key", 5, "the key '<<' is given twice"),
    ]


def test_unsafe_collection_makes_every_text_in_it_unsafe() -> None:
    found = document("a: !unsafe [x, {k: '{{ b }}', n: 1}]\nb: '{{ b }}'\n").data
    assert found == {"a": ["x", {"k": "{{ b }}", "n": 1}], "b": "{{ b }}"}
    assert isinstance(found["a"][0], UnsafeText)
    assert not is_template(found["a"][1]["k"])
    assert is_template(found["b"])


@pytest.mark.parametrize("text", ["[" * 25000 + "]" * 25000, "{a: " * 25000 + "1" + "}" * 25000, "- " * 25000 + "x"])
def test_far_too_deep_a_text_is_told_before_it_takes_the_stack(text: str) -> None:
    found = document(f"cluster_name: x\na:\n  {text}\n")
    assert [each.rule.id for each in found.problems] == ["not-yaml"]
    assert "nested more than 100 deep" in found.problems[0].message


def test_number_that_nobody_can_write_is_told() -> None:
    found = document(f"node: 0x{'f' * 5000}")
    assert "more digits than anything can use" in found.problems[0].message
    assert document(f"node: {10**40}").data == {"node": 10**40}
