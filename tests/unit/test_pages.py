"""The tables in docs are what the code makes of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.golden.cases import GOLDEN
from tests.support.pages import CONSTRAINTS, DOCS, PAGES, constraints, page
from tpa_tf.terraform.resources import DATA_SOURCES, RESOURCE_TYPES

NOT_LOOKED_UP = {"aws_caller_identity", "aws_iam_policy_document", "aws_partition"}
"""Data sources of Terraform that are no resource in AWS."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_table_of_a_page_is_current(path: Path) -> None:
    assert path.read_text("utf-8") == page(path), "make pages"


def test_versions_for_a_repository_are_those_of_the_lock() -> None:
    assert CONSTRAINTS.read_text("utf-8") == constraints(), "make pages"


def test_addresses_of_every_type_in_a_stack_have_a_form() -> None:
    stacks = [json.loads(path.read_text()) for path in GOLDEN.glob("*/cdk.tf.json")]
    created = {name for name, declared in RESOURCE_TYPES.items() if declared.address}
    assert created == {name for stack in stacks for name in stack["resource"]}
    forms = [form for declared in RESOURCE_TYPES.values() for form in declared.existing]
    forms += [form for declared in DATA_SOURCES.values() for form in declared.existing]
    looked_up = {name for stack in stacks for name in stack.get("data", {})}
    assert {form.split(".")[1] for form in forms} == looked_up - NOT_LOOKED_UP


def test_addresses_lists_every_output() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "addresses.md").read_text().partition("## Outputs")[2], re.M))
    stacks = [json.loads(path.read_text()) for path in GOLDEN.glob("*/cdk.tf.json")]
    made = {name for stack in stacks for name in stack["output"]}
    assert made == described
