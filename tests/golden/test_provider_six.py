"""What every case becomes for version 6 of the provider fits its schema, as the prebuilt bindings have it.

`terraform validate` says more, and there is no binary of version 6 to ask: which values an argument takes, and which
arguments exclude each other, no test here can tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import EXPECTED, Case, cases
from tests.support.bindings_schema import PATH
from tests.support.synthesis import render
from tpa_tf.clusters import load
from tpa_tf.limits.provider import read

SCHEMA: Mapping[str, Any] = json.loads(PATH.read_text())
META_ARGUMENTS = {"depends_on", "for_each", "lifecycle", "provider"}
CASES = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)

_REFERENCE = re.compile(r"\b(data\.)?(aws_\w+)\.[\w-]+(?:\[[^]]*\])?\.([a-z_0-9]+)")
_SELF = re.compile(r"\bself\.([a-z_0-9]+)")


def synthesized(case: Case) -> dict[str, Any]:
    """The JSON of a case for version 6 of the provider."""
    cluster, versions = load(case.cluster).cluster, read("~> 6.0")
    assert cluster
    assert versions
    cluster = replace(cluster, terraform=replace(cluster.terraform, provider_version=versions))
    files = render([cluster], case.cluster / "cdktf.out")
    stack: dict[str, Any] = json.loads(files[str(Path("stacks") / cluster.name / EXPECTED)])
    return stack


@pytest.fixture(scope="module")
def for_six() -> dict[str, dict[str, Any]]:
    """The JSON of every case, by name."""
    return {case.name: synthesized(case) for case in cases()}


def unfit(block: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    """The arguments of a block that the schema doesn't have, and those that it misses, at any depth."""
    for name, value in block.items():
        known = schema.get(name)
        inner = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        if known in (None, "computed"):
            yield f"{place}.{name}: can't be set"
        elif isinstance(known, dict):
            for each in inner:
                yield from unfit(each, known, f"{place}.{name}") if isinstance(each, dict) else ()
    for name, known in schema.items():
        flag = known.get("") if isinstance(known, dict) else known
        if name and flag == "required" and name not in block:
            yield f"{place}.{name}: is required"


def blocks(stack: Mapping[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each resource and data source: the part of the schema that it is in, its type and its name, and its block."""
    for part, of_schema in (("resource", "resources"), ("data", "data")):
        for type_, named in stack.get(part, {}).items():
            yield from ((of_schema, type_, name, block) for name, block in named.items())


def attributes(part: str, type_: str) -> set[str]:
    return {*SCHEMA[part][type_], "id"}


@CASES
def test_every_argument_is_in_the_schema_and_none_is_missing(case: Case, for_six: dict[str, dict[str, Any]]) -> None:
    stack = for_six[case.name]
    found = [
        fault
        for part, type_, name, block in blocks(stack)
        for fault in unfit(
            {name: value for name, value in block.items() if name not in META_ARGUMENTS},
            SCHEMA[part][type_],
            f"{type_}.{name}",
        )
    ]
    provided = [fault for block in stack["provider"]["aws"] for fault in unfit(block, SCHEMA["provider"], "provider")]
    assert [*found, *provided] == []


@CASES
def test_every_attribute_that_is_referred_to_is_in_the_schema(case: Case, for_six: dict[str, dict[str, Any]]) -> None:
    stack = for_six[case.name]
    referred = {
        ("data" if data else "resources", type_, attribute)
        for data, type_, attribute in _REFERENCE.findall(json.dumps(stack))
        if type_ in SCHEMA["data" if data else "resources"]
    }
    referred |= {
        (part, type_, attribute)
        for part, type_, _, block in blocks(stack)
        for attribute in _SELF.findall(json.dumps(block.get("lifecycle", {})))
    }
    assert referred
    assert {each for each in referred if each[2] not in attributes(*each[:2])} == set()
    ignored = {
        (part, type_, argument.partition("[")[0])
        for part, type_, _, block in blocks(stack)
        for argument in block.get("lifecycle", {}).get("ignore_changes", [])
    }
    assert {each for each in ignored if each[2] not in attributes(*each[:2])} == set()


@CASES
def test_only_the_version_and_the_region_of_a_bucket_are_other_than_for_5(
    case: Case, for_six: dict[str, dict[str, Any]], rendered: dict[str, str]
) -> None:
    stack = for_six[case.name]
    assert stack["terraform"]["required_providers"]["aws"] == {"source": "hashicorp/aws", "version": "~> 6.0"}
    stack["terraform"]["required_providers"]["aws"]["version"] = "5.100.0"
    text = json.dumps(stack).replace("self.bucket_region", "self.region")
    text = text.replace("aws_s3_bucket.cluster.bucket_region", "aws_s3_bucket.cluster.region")
    assert json.loads(text) == json.loads(rendered[case.name])


def test_nothing_takes_the_region_of_the_provider_for_that_of_the_bucket(for_six: dict[str, dict[str, Any]]) -> None:
    """In 6, aws_s3_bucket has the provider's region as ``region``: a guard on it would never fail."""
    buckets = [
        (name, json.dumps(block.get("lifecycle", {})), json.dumps(stack))
        for name, stack in for_six.items()
        for _, type_, _, block in blocks(stack)
        if type_ == "aws_s3_bucket"
    ]
    assert buckets
    for name, lifecycle, stack in buckets:
        assert "self.region" not in lifecycle, name
        assert "aws_s3_bucket.cluster.region" not in stack, name
    assert any("self.bucket_region ==" in lifecycle for _, lifecycle, _ in buckets)


@pytest.mark.parametrize(
    ("argument", "value", "fault"),
    [
        ("vpc", True, "aws_eip.x.vpc: can't be set"),
        ("arn", "arn:aws:x", "aws_eip.x.arn: can't be set"),
        ("timeouts", {"lasts": "1h"}, "aws_eip.x.timeouts.lasts: can't be set"),
    ],
)
def test_what_does_not_fit_is_found(argument: str, value: Any, fault: str) -> None:
    assert list(unfit({argument: value}, SCHEMA["resources"]["aws_eip"], "aws_eip.x")) == [fault]


def test_what_is_missing_is_found() -> None:
    rule = {"bucket": "x", "rule": [{"apply_server_side_encryption_by_default": {}}]}
    schema = SCHEMA["resources"]["aws_s3_bucket_server_side_encryption_configuration"]
    (fault,) = unfit(rule, schema, "x")
    assert fault == "x.rule.apply_server_side_encryption_by_default.sse_algorithm: is required"
    assert list(unfit({"rule": []}, schema, "x")) == ["x.bucket: is required"]
