"""Where a cluster's state is, and what tells it from those of others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tpa_tf.cluster.states import local_state, shown_place, state_place
from tpa_tf.config.terraform_models import BACKENDS

MINIMAL: Mapping[str, Mapping[str, Any]] = {
    "azurerm": {"storage_account_name": "s", "container_name": "c", "key": "k"},
    "cloud": {"organization": "o", "workspaces": {"name": "w"}},
    "consul": {"path": "p"},
    "gcs": {"bucket": "b"},
    "http": {"address": "https://states.example.com/1"},
    "kubernetes": {"secret_suffix": "s"},
    "local": {"path": "p"},
    "pg": {},
    "remote": {"organization": "o", "workspaces": {"name": "w"}},
    "s3": {"bucket": "b", "key": "k", "region": "eu-west-1", "use_lockfile": True},
}


@pytest.mark.parametrize("kind", sorted(BACKENDS))
def test_state_of_every_backend_has_a_place_of_its_own(kind: str, tmp_path: Path) -> None:
    first = load_edited(tmp_path, {"terraform.backend": {"type": kind, **MINIMAL[kind]}})
    beside = load_edited(tmp_path, {})
    assert first.cluster, first.report.findings
    assert beside.cluster
    assert state_place(first.cluster) == state_place(first.cluster)
    assert state_place(first.cluster) != state_place(beside.cluster)
    assert (local_state(first.cluster) is not None) == (kind == "local")
    assert shown_place(first.cluster)


@pytest.mark.parametrize(("backend", "place"), [({}, "terraform.tfstate"), ({"type": "local", "path": "a/b"}, "a/b")])
def test_local_state_starts_at_the_cluster_directory(backend: dict[str, str], place: str, tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {"terraform": {"backend": backend} if backend else {}})
    assert loaded.cluster
    assert local_state(loaded.cluster) == tmp_path / place
