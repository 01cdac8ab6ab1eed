"""A small cluster to vary, and what a lookup may have found for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.records import nothing_found
from tpa_tf.clusters import Loaded, load_with
from tpa_tf.facts.record import Record

REGION = "eu-west-1"

Config = dict[str, Any]
Load = Callable[[Config, "Record | None"], Loaded]


@pytest.fixture
def config() -> Config:
    """A cluster of two machines in two subnets of one VPC, for tests to change."""
    return {
        "cluster_name": "speedy",
        "cluster_tags": {"Owner": "Ada"},
        "cluster_vars": {"postgres_version": "16"},
        "ec2_vpc": {REGION: {"Name": "Test", "cidr": "10.33.0.0/16"}},
        "ec2_ami": {"Name": "debian-12-*", "Owner": "136693071363"},
        "ec2_instance_reachability": "public",
        "ec2_vpc_subnets": {REGION: {"10.33.0.0/28": {"az": f"{REGION}a"}, "10.33.1.0/28": {"az": f"{REGION}b"}}},
        "instance_defaults": {"region": REGION, "type": "t3.micro", "vars": {"ansible_user": "admin"}},
        "instances": [
            {"Name": "one", "node": 1, "subnet": "10.33.0.0/28"},
            {"Name": "two", "node": 2, "subnet": "10.33.1.0/28"},
        ],
    }


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a config with a record."""

    def loaded(config: Config, record: Record | None) -> Loaded:
        path = tmp_path / "config.yml"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        return load_with(tmp_path, record, "speedy")

    return loaded


@pytest.fixture
def nothing(load: Load) -> Callable[[Config], Record]:
    """The record of a config for which nothing is there yet."""

    def record(config: Config) -> Record:
        asked = load(config, None).asked
        assert asked is not None
        return nothing_found(asked)

    return record


def findings(loaded: Loaded) -> dict[str, str]:
    """Rule to place of everything that was found."""
    return {finding.rule: finding.where for finding in loaded.report.findings}
