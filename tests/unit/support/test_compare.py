"""The comparison that the parity tests rest on finds what differs, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.compare import Intended, differences

EXPECTED = {"vpcs": {"vpc:a/b": {"cidr": "10.0.0.0/16", "tags": {"Name": "a"}, "ports": [1, 2], "rules": [{"x": 1}]}}}


def _found(**changes: Any) -> dict[str, Any]:
    return {"vpcs": {"vpc:a/b": EXPECTED["vpcs"]["vpc:a/b"] | changes}}


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, []),
        ({"cidr": "10.1.0.0/16"}, ['different   /vpcs/vpc:a~1b/cidr: "10.0.0.0/16" expected, "10.1.0.0/16" found']),
        ({"ports": [2, 1]}, ["different   /vpcs/vpc:a~1b/ports: [1, 2] expected, [2, 1] found"]),
        ({"rules": [{"x": 2}]}, ["different   /vpcs/vpc:a~1b/rules/0/x: 1 expected, 2 found"]),
        ({"tags": {}}, ['missing     /vpcs/vpc:a~1b/tags/Name: "a"']),
        ({"tags": {"Name": "a", "b": "c"}}, ['unexpected  /vpcs/vpc:a~1b/tags/b: "c"']),
        ({"nothing": {}}, []),
        ({"nothing": None}, ["unexpected  /vpcs/vpc:a~1b/nothing: null"]),
    ],
)
def test_each_leaf_that_differs_is_one_line(changes: dict[str, Any], lines: list[str]) -> None:
    assert differences(EXPECTED, _found(**changes), Intended()) == lines


def test_ignored_leaf_may_differ_and_be_absent() -> None:
    intended = Intended(ignored=("/tags/Name$",))
    assert differences(EXPECTED, _found(tags={"Name": "b"}), intended) == []
    assert differences(EXPECTED, _found(tags={}), intended) == []


def test_free_leaf_may_differ_but_not_be_absent() -> None:
    intended = Intended(free=("/tags/Name$",))
    assert differences(EXPECTED, _found(tags={"Name": "b"}), intended) == []
    assert differences(EXPECTED, _found(tags={}), intended) == ['missing     /vpcs/vpc:a~1b/tags/Name: "a"']
