"""The files of the hand-over as text, in TPA's formats (platforms/common/inventory and platforms/aws/inventory)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tpa_tf.handover import guard
from tpa_tf.handover.hosts import Host
from tpa_tf.handover.settings import Settings
from tpa_tf.handover.yaml_text import dump

STATIC = "inventory/00-"
"""How the files that name hosts begin; the cluster's name ends it."""
HASHES = "inventory/group_vars/hashes/config.yml"
CACHES = "tmp"
"""Where Ansible keeps, for some minutes, what AWS said of the instances; seen from where tpaexec runs it."""
KNOWN_HOSTS = "tpa_known_hosts"
SSH_CONFIG = "ssh_config"
TOWER_CONFIG = "ansible.cfg"
TOWER_HEAD = "# For Ansible Tower, which runs no tpaexec to set these."
"""The line by which we know our own TOWER_CONFIG."""
_OWN_KNOWN_HOSTS = "known_hosts"  # for entries that people add
_PYTHON = '/usr/bin/{{ python|default(preferred_python_version|default("python2.7")) }}'
_SSH_PORT = 22

_KEYED_GROUPS = ("placement.region", "instance_id", "image_id", "key_name", "vpc_id", "tags", "public_dns_name")

# TPA's place in the execution environment that its documentation has people build for Tower.
_TOWER_TPA = "/opt/EDB/TPA"
_TOWER_CONFIG: Mapping[str, Mapping[str, str]] = {
    "defaults": {
        "action_plugins": f"{_TOWER_TPA}/lib/action_plugins",
        "collections_path": f"{_TOWER_TPA}/tpa-venv/collections",
        "filter_plugins": f"{_TOWER_TPA}/lib/filter_plugins",
        "force_valid_group_names": "ignore",
        "forks": "16",
        "gathering": "explicit",
        "inject_facts_as_vars": "true",
        "library": f"{_TOWER_TPA}/library",
        "lookup_plugins": f"{_TOWER_TPA}/lib/lookup_plugins",
        "private_role_vars": "yes",
        "retry_files_enabled": "no",
        "roles_path": f"{_TOWER_TPA}/roles",
        "test_plugins": f"{_TOWER_TPA}/lib/test_plugins",
        "timeout": "120",
    },
    "inventory": {"any_unparsed_is_failed": "true", "unparsed_is_failed": "true"},
    "ssh_connection": {"pipelining": "true"},
}


def render(
    settings: Settings,
    hosts: Sequence[Host],
    *,
    host_keys: Sequence[str],
    hashes: Mapping[str, Any],
    tpa_version: str | None,
) -> dict[str, bytes]:
    """Path in the cluster directory to content, for every file of the hand-over, in the order of writing.

    ``host_keys`` are the managed SSH host keys as in their ``.pub`` files, ``hashes`` what the hashes file says besides
    the hash of config.yml. ``tpa_version`` None leaves the version out.
    """
    group = f"inventory/group_vars/{settings.cluster_tag}"
    files = {
        f"{STATIC}{settings.cluster_name}": _static_inventory(settings, hosts),
        "inventory/aws_ec2.yml": dump(_dynamic_inventory(settings, hosts)),
        f"{group}/00-ansible.yml": dump(_ansible_vars(settings)),
        f"{group}/01-{settings.cluster_name}.yml": dump(_cluster_vars(settings, tpa_version)),
        SSH_CONFIG: _ssh_config(settings, hosts),
        KNOWN_HOSTS: _known_hosts(settings, hosts, host_keys),
        **{f"inventory/host_vars/{host.name}/01-instance_vars.yml": dump(dict(host.variables)) for host in hosts},
    }
    if settings.ansible_tower:
        files[TOWER_CONFIG] = _tower_config()
    # Last, for it says that the rest is there.
    files[HASHES] = dump(guard.variables(settings.config_hash, hashes))
    return files


def directories(settings: Settings) -> tuple[str, ...]:
    """The directories of the hand-over that start out empty: the deployment keeps its secrets there."""
    return (f"inventory/group_vars/{settings.cluster_tag}/secrets",)


def obsolete(hosts: Sequence[Host]) -> tuple[str, ...]:
    """What old versions of TPA wrote and what would now override the host's variables."""
    names = ("02-topology.yml", "03-volumes.yml")
    return tuple(f"inventory/host_vars/{host.name}/{name}" for host in hosts for name in names)


def is_cache(settings: Settings, name: str) -> bool:
    """Whether a file in CACHES is of this cluster: the cache's prefix, the plugin and a hash of the settings' path."""
    return name.startswith(f"{settings.cluster_name}amazon.aws.aws_ec2_")


def known_host(settings: Settings, host: Host) -> str:
    """How known_hosts calls ``host``."""
    return host.address if settings.ssh_port == _SSH_PORT else f"[{host.address}]:{settings.ssh_port}"


def _static_inventory(settings: Settings, hosts: Sequence[Host]) -> bytes:
    lines = [f"[{settings.cluster_tag}]"]
    lines += [
        f"{host.name} ansible_host={host.address} node={host.node} platform={host.platform}"
        for host in hosts
        if host.in_inventory
    ]
    return _text(lines)


def _dynamic_inventory(settings: Settings, hosts: Sequence[Host]) -> dict[str, Any]:
    """For the plugin of the amazon.aws collection, by which deploy learns the ids and regions of the instances."""
    return {
        "plugin": "aws_ec2",
        "regions": list(dict.fromkeys(host.region for host in hosts if host.region)),
        "filters": {"tag:Cluster": settings.cluster_name},
        "keyed_groups": [
            {"key": key, "prefix": "tag"} if key == "tags" else {"key": key, "separator": ""} for key in _KEYED_GROUPS
        ],
        "compose": {"ansible_host": "private_ip_address" if settings.private else "public_ip_address"},
        "use_contrib_script_compatible_sanitization": True,
        "hostnames": ["tag:Name"],
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_timeout": 300,
        "cache_prefix": settings.cluster_name,
        "cache_connection": CACHES,
    }


def _ansible_vars(settings: Settings) -> dict[str, Any]:
    arguments = [
        f"-o ServerAliveInterval=60 -o UserKnownHostsFile='{_OWN_KNOWN_HOSTS} {KNOWN_HOSTS}'",
        "" if settings.use_ssh_agent else "-o IdentitiesOnly=yes",
        "-o ForwardAgent=yes" if settings.forward_ssh_agent else "",
    ]
    variables = {
        "ansible_python_interpreter": _PYTHON,
        "ansible_port": str(settings.ssh_port),
        "ansible_shell_executable": "/bin/bash",
        "ansible_ssh_common_args": " ".join(arguments),
    }
    if not settings.ansible_tower:  # Tower has credentials of its own
        variables["ansible_ssh_private_key_file"] = settings.ssh_key_file
    return variables


def _cluster_vars(settings: Settings, tpa_version: str | None) -> dict[str, Any]:
    variables = {
        **settings.cluster_vars,
        "cluster_name": settings.cluster_name,
        "cluster_tag": settings.cluster_tag,
        "compliance": settings.compliance,
        "keyring_backend": settings.keyring_backend,
    }
    if not settings.ansible_tower:
        variables["ssh_key_file"] = settings.ssh_key_file
    if tpa_version is not None:
        variables["tpa_version"] = tpa_version
    return variables


def _ssh_config(settings: Settings, hosts: Sequence[Host]) -> bytes:
    everywhere = {
        "Port": str(settings.ssh_port),
        "IdentitiesOnly": "yes",
        "IdentityFile": f'"{settings.ssh_key_file}"',
        "UserKnownHostsFile": f"{_OWN_KNOWN_HOSTS} {KNOWN_HOSTS}",
        "ServerAliveInterval": "60",
    }
    lines = [*_ssh_host("*", everywhere), ""]
    for host in hosts:
        user = {"User": host.user} if host.user else {}
        lines += _ssh_host(host.name, {**user, "HostName": host.address})
    return _text(lines)


def _ssh_host(pattern: str, options: Mapping[str, str]) -> list[str]:
    return [f"Host {pattern}", *(f"    {name} {value}" for name, value in options.items())]


def _known_hosts(settings: Settings, hosts: Sequence[Host], host_keys: Sequence[str]) -> bytes:
    managed = [host for host in hosts if host.has_managed_key]
    return _text([f"{known_host(settings, host)} {key}" for host in managed for key in host_keys])


def _tower_config() -> bytes:
    lines = [TOWER_HEAD]
    for section, options in _TOWER_CONFIG.items():
        lines += ["", f"[{section}]", *(f"{name} = {value}" for name, value in options.items())]
    return _text(lines)


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
