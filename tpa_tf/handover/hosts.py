"""The hosts of the inventory: each instance with its address from Terraform or the config, and its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster, Instance
from tpa_tf.clusters import Loaded
from tpa_tf.config.document import TaggedValue, is_template
from tpa_tf.config.handed_over import word
from tpa_tf.config.models import exported_key
from tpa_tf.config.values import flag
from tpa_tf.errors import TpaTfError
from tpa_tf.handover.outputs import Machine
from tpa_tf.handover.settings import checked, place

_ADDRESSES = ("ip_address", "public_ip", "private_ip")
_PREFERRED = ("ansible_host", "public_ip", "ip_address", "private_ip")
_EXPORTED_IF_SET = ("region", "backup", "upstream")
_TRUE = ("yes", "on", "true", "1")


@dataclass(frozen=True)
class Host:
    """One host as the deployment sees it."""

    name: str
    node: int
    platform: str
    address: str
    """Where SSH reaches it from here."""
    region: str | None
    in_inventory: bool
    """False for ``provision_only`` instances."""
    has_managed_key: bool
    """Whether it answers with the cluster's SSH host keys."""
    user: str | None
    """Whom to log in as, where the config says so in plain text."""
    variables: Mapping[str, Any]


def hosts(loaded: Loaded, cluster: Cluster, machines: Mapping[str, Machine]) -> tuple[Host, ...]:
    """Every instance of the config, in its order; ``machines`` are those of Terraform's outputs, by name.

    TpaTfError if an address is missing, or if an instance is of a platform that nobody has provisioned.
    """
    by_name = {instance.name: instance for instance in cluster.instances}
    return tuple(_host(loaded, each, by_name, machines) for each in loaded.merged)


def _host(
    loaded: Loaded, merged: MergedInstance, instances: Mapping[str, Instance], machines: Mapping[str, Machine]
) -> Host:
    name = checked(loaded, merged.locate(("Name",)), word, merged.name)
    if merged.platform == "aws":
        instance, machine = instances[name], machines[name]
        variables = _variables(loaded, merged, machine.root_device_name)
        address, region, has_managed_key = _aws_address(instance, machine), instance.region, True
    elif merged.platform == "bare":
        own = {key: merged.values[key] for key in _ADDRESSES if merged.values.get(key) is not None}
        variables = {**own, **_variables(loaded, merged, None)}
        address, region, has_managed_key = _bare_address(loaded, merged), None, _manages_host_keys(variables)
    else:
        raise TpaTfError(
            f"{place(loaded, merged.locate(('platform',)))}: {name} is of platform {merged.platform}, which only "
            "tpaexec provision can make: give it a cluster of its own, or make it bare with its addresses"
        )
    return Host(
        name=name,
        node=int(merged.values["node"]),
        platform=merged.platform,
        address=address,
        region=region,
        in_inventory=not _provision_only(loaded, merged),
        has_managed_key=has_managed_key,
        user=_user(loaded, merged, variables),
        variables=variables,
    )


def _aws_address(instance: Instance, machine: Machine) -> str:
    if machine.public_ip:
        return machine.public_ip
    if instance.associate_public_ip or instance.elastic_ip:
        raise TpaTfError(
            f"{instance.name} should have a public address, and Terraform's outputs have none: if it is stopped, start "
            "it and run terraform apply -refresh-only; if it is to have none, set assign_public_ip: no"
        )
    return machine.private_ip


def _bare_address(loaded: Loaded, merged: MergedInstance) -> str:
    for key in _PREFERRED:
        if merged.values.get(key):
            return checked(loaded, merged.locate((key,)), word, merged.values[key])
    raise TpaTfError(
        f"{place(loaded, merged.path)}: {merged.name} is a bare instance without an address: "
        "give it public_ip, private_ip or both"
    )


def _manages_host_keys(variables: Mapping[str, Any]) -> bool:
    """TPA's deployment installs the managed keys on a bare host that asks for them."""
    return str(variables.get("manage_ssh_hostkeys", False)).lower() in _TRUE


def _provision_only(loaded: Loaded, merged: MergedInstance) -> bool:
    value = merged.values.get("provision_only")
    return value is not None and checked(loaded, merged.locate(("provision_only",)), flag, value)


def _user(loaded: Loaded, merged: MergedInstance, variables: Mapping[str, Any]) -> str | None:
    user = variables.get("ansible_user")
    if user is None or isinstance(user, TaggedValue) or is_template(user):
        return None
    return checked(loaded, merged.locate(("vars", "ansible_user")), word, user)


def _variables(loaded: Loaded, merged: MergedInstance, root_device: str | None) -> dict[str, Any]:
    """The host's variables, as TPA exports them (``export_vars`` in lib/filter_plugins/instances.py)."""
    values = dict(merged.values)
    exported = values.get("export_as_vars") or []
    for key, value, kind in (
        ("vars", values["vars"], dict),
        ("role", values["role"], list),
        ("export_as_vars", exported, list),
    ):
        if not isinstance(value, kind):
            wanted = "a mapping" if kind is dict else "a list"
            raise TpaTfError(f"{place(loaded, merged.locate((key,)))}: {key} of {merged.name} must be {wanted}")
    for index, key in enumerate(exported):
        checked(loaded, merged.locate(("export_as_vars", index)), exported_key, key)
    return {
        "location": values.get("location"),
        **{key: values.get(key) for key in exported},
        **{key: values[key] for key in _EXPORTED_IF_SET if values.get(key) is not None},
        "role": [role for role in values["role"] if role != "postgres"],
        "volumes": _volumes(loaded, merged, root_device),
        **values["vars"],
    }


def _volumes(loaded: Loaded, merged: MergedInstance, root_device: str | None) -> list[dict[str, Any]]:
    """Each disk once, with its device's name on the machine and the variables that the config gives it."""
    found: dict[str, dict[str, Any]] = {}
    for index, volume in enumerate(merged.values["volumes"]):
        if volume.get("volume_type") == "none":
            continue
        device = volume["device_name"]
        if device == "root" and root_device is not None:
            device = root_device
        variables = volume.get("vars") or {}
        if not isinstance(variables, dict):
            raise TpaTfError(f"{place(loaded, merged.locate(('volumes', index, 'vars')))}: vars must be a mapping")
        found.setdefault(device, {**variables, "device": device})
    return list(found.values())
