"""Nothing that a file can hold makes reading it fail in any other way than by findings with a place."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.configs import SOUND
from tests.support.synthesis import render
from tpa_tf import clusters
from tpa_tf.clusters import Loaded

DISTURBING: list[Any] = [
    None, True, False, 0, -1, 7.5, float("inf"), float("nan"), 10**40, "", " ", "x", "{{ x }}", "\0", "é\u2028",
    "a" * 300, "10.33.1.0/24", "10.33.1.0/33", "::/0", "/dev/sdf", "root", "none", "[", "$", "*", [], [[]],
    [None], ["x"], [[["x"]]], {}, {"x": 1}, {"Name": "x"}, {"device_name": "root"}, {1: 2}, {None: None}, {True: "x"},
]  # fmt: skip

KEYS = [
    "Owner", "cluster_bucket", "cluster_profile", "cluster_rules", "cluster_ssh_port", "default_volumes", "ec2_ami",
    "ec2_groups", "ec2_key_name", "ec2_vpc_igw", "ec2_vpc_subnets", "elastic_ip", "hostname_patterns",
    "instance_defaults", "location", "locations", "platform", "private_ip", "route53_zone", "s3_uploads", "terraform",
    "user_data_environment",
]  # fmt: skip


def read(content: bytes) -> Loaded:
    """As every command reads it, with the first-boot scripts."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "config.yml").write_bytes(content)
        return clusters.load(Path(name), "config.yml")


def check(loaded: Loaded) -> None:
    lines = loaded.document.text.splitlines() or [""]
    assert (loaded.cluster is None) == loaded.report.failed
    for finding in loaded.report.findings:
        assert 1 <= finding.line <= len(lines) + 1
        assert finding.column >= 1
        assert finding.message


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    check(read(content))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="abN:-[]{}&*!#|>'\"\n\t ?,%@`<=~01", max_size=80))
def test_any_text_of_yamls_own_characters(text: str) -> None:
    check(read(f"cluster_name: x\n{text}".encode()))


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(st.data())
def test_config_with_anything_in_any_place(data: st.DataObject) -> None:
    config = copy.deepcopy(dict(SOUND))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(_places(config))))
        what = data.draw(st.sampled_from(["remove", "replace", "add"]))
        value = copy.deepcopy(data.draw(st.sampled_from(DISTURBING)))
        if what == "remove":
            del container[key]
        elif what == "replace":
            container[key] = value
        elif isinstance(container, dict):
            container[data.draw(st.sampled_from(KEYS))] = value
        else:
            container.append(value)
        if not list(_places(config)):
            break
    loaded = read(yaml.safe_dump(config, allow_unicode=True).encode())
    check(loaded)
    if loaded.cluster and data.draw(st.integers(0, 19)) == 0:
        assert render([loaded.cluster], Path("cdktf.out"), keep=False)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(items):
        yield value, key
        yield from _places(each)
