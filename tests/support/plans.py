"""Plans as ``terraform show -json`` prints them, made of a few words."""

from __future__ import annotations

from typing import Any

NOTHING, CREATE, UPDATE, DELETE = ["no-op"], ["create"], ["update"], ["delete"]
REPLACE, REPLACE_AFTER, FORGET = ["delete", "create"], ["create", "delete"], ["forget"]


def resource(address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """A change; ``more`` are members of the resource, and those of its change that are named as such."""
    change = {
        "actions": actions,
        "before": None if actions == CREATE else before or {},
        "after": None if actions == DELETE else after if after is not None else before or {},
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    }
    of_change = ("after_unknown", "before_sensitive", "after_sensitive", "replace_paths", "importing")
    change |= {name: more.pop(name) for name in of_change if name in more}
    kind = address.removeprefix("module.tpa.").partition(".")[0]
    return {"address": address, "mode": "managed", "type": kind, "change": change, **more}


def instance(
    name: str, node: int, actions: list[str], after: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A change of the instance ``name``, with the tags that ours have."""
    before = {
        "id": f"i-{node}",
        "instance_type": "t3.micro",
        "key_name": "tpa_speedy",
        "tags": {"Name": name, "node": str(node)},
        "root_block_device": [{"volume_size": 16}],
    }
    return resource(f"aws_instance.{name}", actions, before, {**before, **(after or {})}, **more)


def volume(
    name: str, node: int, actions: list[str], after: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A change of the volume /dev/sdf of the instance ``name``."""
    before = {"id": f"vol-{node}", "size": 64, "tags": {"Name": f"speedy:{node}:/dev/sdf", "node": str(node)}}
    return resource(f"aws_ebs_volume.{name}_sdf", actions, before, {**before, **(after or {})}, **more)


def attachment(name: str, node: int, actions: list[str]) -> dict[str, Any]:
    """A change of the attachment of that volume."""
    before = {"device_name": "/dev/sdf", "instance_id": f"i-{node}", "volume_id": f"vol-{node}"}
    return resource(f"aws_volume_attachment.{name}_sdf", actions, before)


def plan(*resources: dict[str, Any], drift: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    """A plan of these changes."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {}},
        "resource_changes": list(resources),
        "resource_drift": list(drift),
        "complete": True,
        **more,
    }
