"""Stacks for another version of the AWS provider than the one with which everything is applied."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import cases
from tests.support.bindings_schema import PATH
from tpa_tf.clusters import load
from tpa_tf.terraform.blocks import Data, Resource
from tpa_tf.terraform.expressions import references, written
from tpa_tf.terraform.stack import Stack

SCHEMA: Mapping[str, Any] = json.loads(PATH.read_text())["types"]


def stack_for(version: str, case: Path, directory: Path) -> Stack:
    """The stack of the case's cluster for another version of the provider."""
    cluster = directory / "cluster"
    shutil.copytree(case, cluster)
    text = (cluster / "config.yml").read_text()
    setting = f"\nterraform:\n  provider_version: '{version}'\n"
    text = text.replace("\nterraform:\n", setting) if "\nterraform:\n" in text else text + setting
    (cluster / "config.yml").write_text(text)
    stack = load(cluster).stack
    assert stack
    return stack


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.cluster.name)
def test_stack_for_version_6_has_what_its_schema_has(tmp_path: Path, case: Any) -> None:
    stack = stack_for("~> 6.20", case.cluster, tmp_path)
    assert stack.settings.required_providers["aws"] == {"source": "hashicorp/aws", "version": "~> 6.20"}
    for provider in stack.providers.values():
        assert [*_faults(provider.arguments, SCHEMA["provider"]["arguments"])] == []
    for address, block in stack.things.items():
        assert [*_faults(block.arguments, _schema(block)["arguments"], address)] == []
        used = {*re.findall(r"\bself\.(\w+)", str([_text(guard.condition) for guard in block.lifecycle.guards]))}
        assert used <= {*_schema(block)["attributes"]}, address
    for each in stack.blocks.values():
        values = [getattr(each, name, None) for name in ("arguments", "value", "for_each")]
        values += [guard.condition for guard in getattr(getattr(each, "lifecycle", None), "guards", ())]
        for reference in references([value for value in values if value is not None]):
            if target := stack.things.get(reference.address):
                attribute = re.split(r"[.\[]", reference.attribute)[0]
                assert attribute in _schema(target)["attributes"], reference


def test_region_of_a_bucket_is_what_the_version_calls_it(tmp_path: Path) -> None:
    case = next(case.cluster for case in cases() if case.cluster.name == "bucket-elsewhere")
    old, new = stack_for("~> 5.100", case, tmp_path / "5"), stack_for("~> 6.0", case, tmp_path / "6")
    conditions = [
        [_text(guard.condition) for block in stack.things.values() for guard in block.lifecycle.guards]
        for stack in (old, new)
    ]
    assert any("self.region" in condition for condition in conditions[0])
    assert not any("self.region" in condition for condition in conditions[1])
    assert any("self.bucket_region" in condition for condition in conditions[1])


def _text(value: Any) -> str:
    return str(written(value))


def _schema(block: Resource | Data) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SCHEMA[f"data.{block.type}" if isinstance(block, Data) else block.type]
    return found


def _faults(arguments: Mapping[str, Any], schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """What version 6 doesn't know, or misses."""
    for name, value in arguments.items():
        if name not in schema:
            yield f"{place}.{name}: unknown"
        elif isinstance(schema[name], dict):
            for block in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(block, Mapping):
                    yield from _faults(block, schema[name], f"{place}.{name}")
    yield from (
        f"{place}.{name}: missing" for name, kind in schema.items() if kind == "required" and name not in arguments
    )
