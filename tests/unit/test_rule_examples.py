"""Every rule's examples do what they are examples of, and its texts are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.examples import CLUSTER, config
from tpa_tf.clusters import load
from tpa_tf.config.findings import Finding, Severity
from tpa_tf.rules.catalog import RULES, TOPICS, of
from tpa_tf.rules.rule import Rule
from tpa_tf.rules.text import UNREADABLE

ALONE = [rule for rule in RULES.values() if not rule.given]
"""Rules that a config alone can break."""
GIVEN_MORE = [rule for rule in RULES.values() if rule.given]
"""Rules that need a record, an answer of AWS's or another file; other tests break them."""


def findings(directory: Path, text: str) -> tuple[Finding, ...]:
    (directory / "config.yml").write_text(text, "utf-8")
    return load(directory).report.findings


def test_the_cluster_of_the_examples_is_in_order(tmp_path: Path) -> None:
    assert [each.rule for each in findings(tmp_path, CLUSTER.read_text("utf-8"))] == []


@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: rule.id)
def test_bad_example_breaks_its_rule_and_no_other(rule: Rule, tmp_path: Path) -> None:
    found = findings(tmp_path, config(rule.bad))
    assert [each.severity for each in found if each.rule == rule.id] == [rule.severity], "once"
    assert [each for each in found if each.severity is Severity.ERROR and each.rule != rule.id] == []


@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: rule.id)
def test_good_example_is_in_order(rule: Rule, tmp_path: Path) -> None:
    found = findings(tmp_path, config(rule.good))
    assert [each for each in found if each.severity is Severity.ERROR or each.rule == rule.id] == []


@pytest.mark.parametrize("rule", GIVEN_MORE, ids=lambda rule: rule.id)
def test_config_alone_does_not_break_a_rule_that_is_given_more(rule: Rule, tmp_path: Path) -> None:
    for example in (rule.bad, rule.good) if rule is not UNREADABLE else ():
        assert rule.id not in {each.rule for each in findings(tmp_path, config(example))}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rule_says_why_and_what_to_do(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".") and rule.fix.endswith((".", "utf-8"))
    assert rule.source.startswith(("https://", "docs/", "TPA: "))
    assert max(map(len, (rule.title, *rule.bad.splitlines(), *rule.good.splitlines()))) <= 120


def test_rules_that_need_more_than_a_config_are_tested_with_it() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    assert {rule.id for rule in GIVEN_MORE if not re.search(rf'"{rule.id}"|\[{rule.id}\]', tests)} == set()
    assert all(rule.given.endswith(".") for rule in GIVEN_MORE)


def test_ids_are_unique() -> None:
    assert len(RULES) == sum(len(of(topic)) for topic in TOPICS)
