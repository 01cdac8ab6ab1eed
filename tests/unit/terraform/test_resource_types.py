"""The declarations of resource types agree with what our stacks set, and with themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.golden.cases import GOLDEN
from tpa_tf.terraform.resource_type import ResourceType
from tpa_tf.terraform.resources import RESOURCE_TYPES, resource_type
from tpa_tf.terraform.resources.instance import same_processor

META_ARGUMENTS = {"count", "depends_on", "for_each", "lifecycle", "provider"}
NEVER_CREATED = {"aws_kms_key"}

TYPES = pytest.mark.parametrize("declared", RESOURCE_TYPES.values(), ids=lambda declared: declared.name)


def golden_blocks() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource of every golden stack: its type and its block."""
    for path in sorted(GOLDEN.glob("*/cdk.tf.json")):
        for name, blocks in json.loads(path.read_text())["resource"].items():
            yield from ((name, block) for block in blocks.values())


def arguments_of(block: dict[str, Any], declared: ResourceType) -> set[str]:
    """The arguments that a block sets; those of a nested one by themselves if any of its arguments is declared."""
    found = set()
    for name, value in block.items():
        if isinstance(value, dict) and any(argument.startswith(f"{name}.") for argument in declared.arguments):
            found |= {f"{name}.{inner}" for inner in value}
        else:
            found.add(name)
    return found - META_ARGUMENTS


def test_every_argument_that_a_stack_sets_is_declared() -> None:
    undeclared = {
        f"{name}: {argument}"
        for name, block in golden_blocks()
        for argument in arguments_of(block, RESOURCE_TYPES[name]) - RESOURCE_TYPES[name].arguments
    }
    assert undeclared == set()


def test_every_declared_type_is_in_a_golden_stack() -> None:
    assert RESOURCE_TYPES.keys() == {name for name, _ in golden_blocks()} | NEVER_CREATED


def test_resource_type_is_found_by_its_name() -> None:
    found = resource_type("aws_ebs_volume")
    assert found
    assert found.label == "volume"
    assert resource_type("aws_lb") is None


def test_no_two_types_have_one_label() -> None:
    labels = [declared.label for declared in RESOURCE_TYPES.values()]
    assert len(set(labels)) == len(labels)


@TYPES
def test_change_of_an_argument_does_one_thing(declared: ResourceType) -> None:
    sets = (declared.in_place, declared.stops, declared.replaces)
    assert sum(map(len, sets)) == len(declared.arguments)
    assert declared.replaces_when.keys() <= declared.in_place | declared.stops
    assert declared.grows_only <= declared.in_place
    assert declared.computed <= declared.arguments
    assert declared.defaults.keys() <= declared.arguments - declared.computed
    assert ("tags" in declared.in_place) is declared.tagged


@TYPES
def test_claims_and_names_are_of_declared_arguments(declared: ResourceType) -> None:
    for claim in declared.claims:
        assert claim.arguments
        assert {*claim.arguments, *claim.within} <= declared.arguments
    assert {rule.argument for rule in declared.names} <= declared.arguments


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("t3.micro", "m7i-flex.large", True),
        ("t4g.micro", "r8g.large", True),
        ("a1.large", "im4gn.large", True),
        ("g4dn.xlarge", "g5.xlarge", True),
        ("u-6tb1.112xlarge", "x2iedn.large", True),
        ("t3.micro", "t4g.micro", False),
        ("i8ge.large", "i7ie.large", False),
        ("g5.xlarge", "g5g.xlarge", False),
    ],
)
def test_instance_is_replaced_when_its_processor_is_another(old: str, new: str, same: bool) -> None:
    assert same_processor(old, new) is same
    assert same_processor(new, old) is same
    assert RESOURCE_TYPES["aws_instance"].replaces_when["instance_type"](old, new) is not same


@pytest.mark.parametrize(
    ("name", "argument", "allowed", "refused"),
    [
        ("aws_iam_role", "name", ["a", "A_+=,.@-", "a" * 64], ["", "a" * 65, "a b", "a/b", "é"]),
        ("aws_iam_role_policy", "name", ["a" * 128], ["a" * 129, "a:b"]),
        ("aws_iam_instance_profile", "name", ["a" * 128], ["a" * 129, "a:b"]),
        ("aws_key_pair", "key_name", ["a", "a b", "~!" + "a" * 253], ["", "a" * 256, " a", "a ", "é", "a\n"]),
        ("aws_security_group", "name", ["a b._-:/()#,@[]+=&;{}!$*", "a" * 255, "SG-a"], ["", "a" * 256, "sg-a", "é"]),
        ("aws_security_group", "description", ["sg-a", "a" * 255], ["", "a" * 256, "a'b", "a\n"]),
        ("aws_vpc_security_group_ingress_rule", "description", ["", "a" * 255], ["a" * 256, "a?"]),
        (
            "aws_s3_bucket",
            "bucket",
            ["abc", "a.b-c", "1" * 63, "10.0.0"],
            [
                "ab",
                "a" * 64,
                "Abc",
                "a_b",
                "-abc",
                "abc-",
                "a..b",
                "10.0.0.1",
                "xn--a",
                "sthree-a",
                "a-s3alias",
                "ab\n",
            ],
        ),
    ],
)
def test_names_that_aws_allows(name: str, argument: str, allowed: list[str], refused: list[str]) -> None:
    (rule,) = (rule for rule in RESOURCE_TYPES[name].names if rule.argument == argument)
    assert [text for text in allowed if not rule.limit.allows(text)] == []
    assert [text for text in refused if rule.limit.allows(text)] == []
