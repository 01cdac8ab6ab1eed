"""Where Terraform keeps what it knows of a cluster: with one state, two clusters would each destroy the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tpa_tf.cluster.model import Cluster

LOCAL_STATE = "terraform.tfstate"
"""Name of the state file beside config.yml, where the config names no backend."""

_NAMING: Mapping[str, tuple[str, ...]] = {
    "azurerm": ("storage_account_name", "container_name", "key"),
    "cloud": ("hostname", "organization", "workspaces"),
    "consul": ("address", "datacenter", "path"),
    "gcs": ("bucket", "prefix"),
    "http": ("address",),
    "kubernetes": ("config_context", "config_path", "host", "namespace", "secret_suffix"),
    "pg": ("conn_str", "schema_name"),
    "remote": ("hostname", "organization", "workspaces"),
    "s3": ("bucket", "endpoint", "endpoints", "key", "workspace_key_prefix"),
}
"""The settings of each backend that say which state it is; the rest is how to get there."""

StatePlace = tuple[Any, ...]
"""Equal for two clusters that share a state."""


def local_state(cluster: Cluster) -> Path | None:
    """The state file of ``cluster``, as its config names it; None if it is in a backend of another type."""
    if cluster.terraform.backend_type not in (None, "local"):
        return None
    written = cluster.terraform.backend.get("path") or LOCAL_STATE
    return cluster.directory / Path(written).expanduser()


def state_place(cluster: Cluster) -> StatePlace:
    """What tells the state of ``cluster`` from those of others."""
    if path := local_state(cluster):
        return ("local", os.path.realpath(path))
    kind, settings = str(cluster.terraform.backend_type), cluster.terraform.backend
    return (kind, *(repr(settings.get(name)) for name in _NAMING[kind]))


def shown_place(cluster: Cluster) -> str:
    """The same for people, without what may be long or internal."""
    if path := local_state(cluster):
        return path.name
    named = (cluster.terraform.backend.get(name) for name in _NAMING[str(cluster.terraform.backend_type)])
    return f"{cluster.terraform.backend_type}: {', '.join(str(each) for each in named if each)}"
