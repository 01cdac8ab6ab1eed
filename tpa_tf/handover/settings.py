"""What config.yml says of the inventory as a whole: the keys that TPA's provisioning reads and Terraform does not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import Loaded
from tpa_tf.config.deployment import keyring_backend
from tpa_tf.config.document import Document, KeyPath, TaggedValue
from tpa_tf.config.findings import dotted
from tpa_tf.config.handed_over import group, key_file, tower
from tpa_tf.config.schema import shown
from tpa_tf.config.values import flag, rule_of, text
from tpa_tf.errors import TpaTfError
from tpa_tf.limits.tpa import KEYRING_BACKENDS
from tpa_tf.rules.text import NEEDS_PLAIN_VALUE

T = TypeVar("T")

_BACKEND_VARIABLE = "TPA_KEYRING_BACKEND"  # what tpaexec falls back to


@dataclass(frozen=True)
class Settings:
    """The inventory's settings, checked."""

    cluster_name: str
    cluster_tag: str
    """The inventory's group of all hosts."""
    cluster_vars: Mapping[str, Any]
    """As written, with templates and vaults."""
    compliance: Any
    ssh_key_file: str
    ssh_port: int
    use_ssh_agent: bool
    forward_ssh_agent: bool
    ansible_tower: bool
    private: bool
    """Whether the hosts are reached by their private addresses."""
    keyring_backend: str
    vault_name: str
    config_hash: str
    """By which TPA tells whether config.yml has changed since it was provisioned."""


def read_settings(loaded: Loaded, cluster: Cluster, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of ``loaded``, whose cluster is ``cluster``; TpaTfError names the key that is at fault."""
    data = loaded.document.data
    cluster_vars = data.get("cluster_vars") or {}
    if not isinstance(cluster_vars, dict):
        raise TpaTfError(f"{place(loaded, ('cluster_vars',))}: cluster_vars must be a mapping")

    def read(key: str, check: Callable[[Any], T], default: T) -> T:
        return checked(loaded, (key,), check, data[key]) if data.get(key) is not None else default

    return Settings(
        cluster_name=cluster.name,
        cluster_tag=read("cluster_tag", group, f"tag_Cluster_{cluster.name}"),
        cluster_vars=cluster_vars,
        compliance=data.get("compliance"),
        ssh_key_file=checked(loaded, ("ssh_key_file",), key_file, cluster.ssh_key_file),
        ssh_port=cluster.user_data.ssh_port,
        use_ssh_agent=read("use_ssh_agent", flag, False),
        # TPA forwards the agent whatever the value is; `no` must mean no where secrets travel.
        forward_ssh_agent=read("forward_ssh_agent", flag, False),
        ansible_tower=read("ansible_tower", tower, False),
        private=data.get("ec2_instance_reachability") == "private",
        keyring_backend=read("keyring_backend", keyring_backend, "") or _backend_of(environment),
        vault_name=read("vault_name", text, "vault_pass"),
        config_hash=config_hash(_unchanged(loaded.document)),
    )


def _unchanged(document: Document) -> bytes:
    """The bytes of the config; TpaTfError if they are no longer what was read: the guard would vouch for them."""
    try:
        content = document.path.read_bytes()
        if content.decode("utf-8-sig") == document.text:
            return content
    except (OSError, UnicodeDecodeError):
        pass
    raise TpaTfError(f"{document.name} has changed since this command read it: nothing was written; run it again")


def config_hash(content: bytes) -> str:
    """SHA-256 of config.yml without the white space at its end, in hexadecimal: TPA reads the file in this way."""
    return hashlib.sha256(content.decode("utf-8").rstrip().encode("utf-8")).hexdigest()


def checked(loaded: Loaded, path: KeyPath, check: Callable[[Any], T], value: Any) -> T:
    """``value`` after ``check``; TpaTfError with the place of ``path`` if it fails."""
    try:
        return check(value)
    except PydanticCustomError as error:
        raise TpaTfError(f"{place(loaded, path)}: {dotted(path)}: {_reason(error, value)}") from error


def _reason(error: PydanticCustomError, value: Any) -> str:
    if rule_of(error) is NEEDS_PLAIN_VALUE:  # whose own words speak of Terraform
        kind = (
            f"a value under {value.tag}" if isinstance(value, TaggedValue) else f"{shown(value)} is an Ansible template"
        )
        return f"{kind}, and only Ansible can read it: ssh_config and the inventory need the value itself"
    help = (error.context or {}).get("help")
    return f"{error.message()}; {help}" if help else error.message()


def place(loaded: Loaded, path: KeyPath) -> str:
    """Where ``path`` stands in the config, as ``file:line:column``."""
    mark = loaded.document.mark(path)
    return f"{loaded.document.name}:{mark.line}:{mark.column}"


def _backend_of(environment: Mapping[str, str]) -> str:
    """What the environment says where config.yml says nothing."""
    written = environment.get(_BACKEND_VARIABLE) or KEYRING_BACKENDS[0]
    try:
        return keyring_backend(written)
    except PydanticCustomError as error:
        raise TpaTfError(
            f"{_BACKEND_VARIABLE} in the environment: {_reason(error, written)}; "
            "keyring_backend in config.yml goes before it"
        ) from error
