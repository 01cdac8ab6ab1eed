"""Same config, same bytes: in whatever order it is written, and wherever and by whomever it is synthesized."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.golden.cases import Case, cases
from tests.support.synthesis import render
from tests.unit.cluster.test_corpus import CASES as CORPUS
from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import load
from tpa_tf.facts.questions import RECORD_NAME

UNORDERED = {"instances", "cluster_rules", "volumes", "default_volumes", "s3_uploads", "ports", "cidr_ip", "cidr_ipv6"}
"""Sections in which the order of a list says nothing. ``locations`` joins them where none is named by its number."""

CONFIGS = [case.cluster / "config.yml" for case in cases()] + [path / "config.yml" for path in CORPUS]
SYNTHESIZED = ("example-three-nodes", "lookup-existing-vpc", "rules", "volumes")


def shuffled(text: str, random: random.Random) -> str:
    """The same config, with its keys and the entries of unordered lists in another order."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root
    by_number = any(isinstance(location, int) for location in (each.get("location") for each in _instances(text)))
    _shuffle(root, UNORDERED if by_number else UNORDERED | {"locations"}, False, random, set())
    return str(yaml.serialize(root, Dumper=yaml.SafeDumper))


def _instances(text: str) -> list[dict[str, object]]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    return list(yaml.load(text, Loader)["instances"])


def _shuffle(node: yaml.Node, unordered: set[str], free: bool, random: random.Random, seen: set[int]) -> None:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        random.shuffle(node.value)
        for key, value in node.value:
            _shuffle(value, unordered, key.value in unordered, random, seen)
    elif isinstance(node, yaml.SequenceNode):
        if free:
            random.shuffle(node.value)
        for each in node.value:
            _shuffle(each, unordered, False, random, seen)


def cluster_of(text: str, beside: Path, directory: Path) -> Cluster:
    """The cluster that ``text`` describes, as if it stood where ``beside`` is."""
    (directory / "config.yml").write_text(text)
    record = beside / RECORD_NAME
    if record.exists():
        (directory / RECORD_NAME).write_bytes(record.read_bytes())
    loaded = load(directory)
    assert loaded.cluster, loaded.report.findings
    return replace(loaded.cluster, directory=beside)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.parent.name)
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_order_of_keys_and_lists_changes_nothing(config: Path, random: random.Random) -> None:
    text = config.read_text()
    with tempfile.TemporaryDirectory() as name:
        before = cluster_of(text, config.parent, Path(name))
        assert cluster_of(shuffled(text, random), config.parent, Path(name)) == before


def test_shuffling_does_shuffle() -> None:
    text = CONFIGS[0].read_text()
    assert len({shuffled(text, random.Random(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("case", [case for case in cases() if case.name in SYNTHESIZED], ids=lambda case: case.name)
def test_another_order_gives_the_same_bytes(case: Case, tmp_path: Path) -> None:
    text = (case.cluster / "config.yml").read_text()
    other = cluster_of(shuffled(text, random.Random(4)), case.cluster, tmp_path)
    before = load(case.cluster).cluster
    assert before
    out = case.cluster / "cdktf.out"
    assert render([other], out) == render([before], out)


def test_where_and_by_whom_changes_nothing(tmp_path: Path) -> None:
    case = next(case for case in cases() if case.name == "example-three-nodes")
    written = set()
    for number, (user, seed, zone) in enumerate([("user-4711", "1", "UTC"), ("user-0815", "2", "Asia/Tokyo")]):
        work = tmp_path / f"place-{number}" / ("deep" * number)
        cluster = work / "cluster"
        cluster.mkdir(parents=True)
        (cluster / "config.yml").write_bytes((case.cluster / "config.yml").read_bytes())
        environment = {
            **os.environ,
            "HOME": str(work),
            "HOSTNAME": user,
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "USER": user,
        }
        command = [str(Path(sys.executable).with_name("tpa-tf")), "synth", "cluster", "--out", "out"]
        subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True)
        stack = next((work / "out").glob("stacks/*/cdk.tf.json")).read_bytes()
        written.add((stack, (work / "out" / "manifest.json").read_bytes()))
        for word in (str(tmp_path), user):
            assert word.encode() not in stack
    assert len(written) == 1
