"""What the files of an inventory say of the cluster: those that are there, as TPA knows it, or those to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.handover import guard, inventory
from tpa_tf.handover.settings import Settings
from tpa_tf.handover.yaml_text import read

Find = Callable[[str], bytes | None]
"""The content of a file by its path below the cluster directory; None if there is none."""


@dataclass(frozen=True)
class Known:
    """A host as the inventory has it."""

    address: str
    node: str
    """Empty where the inventory does not say."""
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """An inventory; without hosts where there is none."""

    hosts: Mapping[str, Known]
    cluster_vars: Mapping[str, Any]
    config_hash: str | None
    """That of the config.yml that it was made of, in the form of :func:`tpa_tf.handover.settings.config_hash`."""


def contents(find: Find, settings: Settings) -> Contents:
    """What the files that ``find`` gives say; what can't be read is left out."""
    text = (find(f"{inventory.STATIC}{settings.cluster_name}") or b"").decode("utf-8", "replace")
    hosts = {}
    for line in text.splitlines():
        name, *words = line.split() or [""]
        values = dict(word.partition("=")[::2] for word in words)
        if "ansible_host" in values:
            variables = _mapping(find, f"inventory/host_vars/{name}/01-instance_vars.yml")
            hosts[name] = Known(values["ansible_host"], values.get("node", ""), variables)
    group = f"inventory/group_vars/{settings.cluster_tag}"
    hashes = _mapping(find, inventory.HASHES).get("config_hashes")
    last = hashes.get("last_provisioned") if isinstance(hashes, dict) else None
    return Contents(hosts, _mapping(find, f"{group}/01-{settings.cluster_name}.yml"), guard.config_hash(last))


def _mapping(find: Find, name: str) -> dict[str, Any]:
    """What the YAML file ``name`` says; empty where there is none, or where it is no mapping."""
    try:
        found = read(find(name) or b"")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
