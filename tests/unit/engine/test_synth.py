"""What is in a stack's JSON, and what is not, over every golden case; and what becomes of the files on disk."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import EXAMPLES, Case, cases
from tests.support.synthesis import render
from tpa_tf.clusters import load
from tpa_tf.engine import synth
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.questions import RECORD_NAME

GOLDEN = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
TOP = Path(__file__).parents[3]


def stack(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(case.expected.read_text("utf-8"))
    return found


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(each)


@GOLDEN
def test_nothing_of_this_machine_is_in_the_output(case: Case) -> None:
    text = case.expected.read_text("utf-8")
    assert str(TOP) not in text
    assert not re.search(rf"\b{re.escape(getpass.getuser())}@", text)
    for each in texts({key: value for key, value in stack(case).items() if key != "resource"}):
        assert not each.startswith("/"), "an absolute path"


@GOLDEN
def test_output_is_sorted_json_with_a_newline_at_its_end(case: Case) -> None:
    text = case.expected.read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@GOLDEN
def test_machines_are_hardened(case: Case) -> None:
    for name, machine in stack(case)["resource"]["aws_instance"].items():
        assert machine["metadata_options"]["http_tokens"] == "required", name
        assert "user_data" in machine["lifecycle"]["ignore_changes"]
        assert "ami" in machine["lifecycle"]["ignore_changes"]


@GOLDEN
def test_every_block_names_its_provider(case: Case) -> None:
    data = stack(case)
    aliases = {f"aws.{each['alias']}" for each in data["provider"]["aws"]}
    for kinds in (data["resource"], data.get("data", {})):
        for blocks in kinds.values():
            for name, block in blocks.items():
                assert block["provider"] in aliases, name


RECORDED = [case for case in cases() if (case.cluster / RECORD_NAME).exists()]
NEVER_RECORDED = {"aws_caller_identity", "aws_iam_policy_document", "aws_partition"}


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
def test_what_is_recorded_is_not_looked_up_again(case: Case) -> None:
    looked_up = {
        (kind, name)
        for kind, blocks in stack(case).get("data", {}).items()
        for name in blocks
        if kind not in NEVER_RECORDED
    }
    # Nobody can record which groups are in a VPC that is yet to be made.
    in_a_new_vpc = {(kind, name) for kind, name in looked_up if kind.startswith("aws_security_group")}
    assert looked_up == in_a_new_vpc
    assert not in_a_new_vpc or "aws_vpc" in stack(case)["resource"]


@GOLDEN
def test_state_is_outside_of_what_may_be_removed(case: Case) -> None:
    backend = stack(case)["terraform"].get("backend", {})
    if "local" in backend:
        assert "cdktf.out" not in backend["local"]["path"]
        assert backend["local"]["path"].startswith("../")


def test_nothing_is_written_by_rendering(tmp_path: Path) -> None:
    cluster = load(EXAMPLES / "minimal").cluster
    assert cluster
    files = render([cluster], tmp_path / "out")
    # In this order, so that the manifest never names a stack that is not there yet.
    assert list(files) == ["stacks/minimal/cdk.tf.json", "manifest.json"]
    assert list(tmp_path.iterdir()) == []


def test_failure_leaves_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").write_bytes(b"a file, where a directory is needed")
    with pytest.raises(TpaTfError, match="can't be written"):
        synth.write({"b/c": b"new", "a": b"new"}, tmp_path)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_manifest_that_is_none_is_replaced(tmp_path: Path) -> None:
    cluster = load(EXAMPLES / "minimal").cluster
    assert cluster
    (tmp_path / "manifest.json").write_text("[1]")
    assert set(json.loads(render([cluster], tmp_path)["manifest.json"])["stacks"]) == {"minimal"}
