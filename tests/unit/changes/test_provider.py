"""The table of what the provider changes in place covers all that a stack can hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tpa_tf.changes.compare import Stack
from tpa_tf.changes.effects import kind_of
from tpa_tf.changes.provider import ARGUMENTS, STOPPING, same_processor

GOLDEN = Path(__file__).parents[2] / "golden"


def stacks() -> list[Stack]:
    return [Stack(json.loads(path.read_text())) for path in sorted(GOLDEN.glob("*/cdk.tf.json"))]


def test_every_argument_of_every_resource_is_known() -> None:
    used: dict[str, set[str]] = {}
    for stack in stacks():
        for address, block in stack.blocks.items():
            if not address.startswith("data."):
                used.setdefault(kind_of(address), set()).update(block.arguments)
    assert used.keys() - ARGUMENTS.keys() == set()
    assert {kind: names - ARGUMENTS[kind].all for kind, names in used.items() if names - ARGUMENTS[kind].all} == {}


def test_nothing_is_in_the_table_twice_or_without_use() -> None:
    golden_kinds = {kind_of(address) for stack in stacks() for address in stack.blocks}
    assert ARGUMENTS.keys() <= golden_kinds
    for kind, arguments in ARGUMENTS.items():
        assert arguments.in_place & arguments.replacing == set(), kind
        assert arguments.kept <= arguments.all, kind
    assert STOPPING.keys() <= ARGUMENTS.keys()


def test_what_would_replace_a_disk_or_a_machine_for_nothing_is_ignored() -> None:
    needs_it = {"private_ip", "subnet_id"}
    for stack in stacks():
        for address, block in stack.blocks.items():
            if kind_of(address) in ("aws_instance", "aws_ebs_volume") and not address.startswith("data."):
                replacing = ARGUMENTS[kind_of(address)].replacing
                assert replacing & block.arguments.keys() - block.ignored <= needs_it, address


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
def test_processors_of_instance_types(old: str, new: str, same: bool) -> None:
    assert same_processor(old, new) is same
    assert same_processor(new, old) is same
