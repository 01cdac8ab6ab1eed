"""What the three forms of a picture say in the same words."""

from __future__ import annotations

from tpa_tf.changes.words import on_one_line
from tpa_tf.pictures.picture import Instance

OUTSIDE = "outside AWS"
"""The box of hosts on another platform."""


def plain(text: str) -> str:
    """``text`` on one line, without anything that moves the cursor or turns the writing about."""
    return on_one_line(text)


def of_instance(instance: Instance) -> tuple[str, ...]:
    """What is said of an instance besides its volumes: name, roles, type, addresses, upstream and backup."""
    roles = f" ({', '.join(instance.roles)})" if instance.roles else ""
    return (
        f"{instance.name}{roles}",
        f"node {instance.node}",
        instance.kind,
        *instance.ips,
        *relations(instance),
    )


def relations(instance: Instance) -> tuple[str, ...]:
    """From whom an instance replicates, and who holds its backups, as the config says it."""
    found = (("upstream", instance.upstream), ("backup", instance.backup))
    return tuple(f"{key} {name}" for key, name in found if name)
