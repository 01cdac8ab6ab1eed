"""The instances that bear a cluster's tag: those of Terraform, and those that ``tpaexec provision`` made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tpa_tf.facts.asking import Asking, filters, tags_of

_LIVING = ("pending", "running", "stopping", "stopped")
"""Instances that are terminated are shown for an hour."""


def ask_instances(asking: Asking) -> list[Mapping[str, Any]]:
    """The cluster's instances in the region, by their tag Cluster, sorted by id."""
    wanted = filters({"tag:Cluster": (asking.cluster,), "instance-state-name": _LIVING})
    found = asking.ec2.all("describe_instances", "Reservations", Filters=wanted)
    instances = [instance for reservation in found for instance in reservation["Instances"]]
    return sorted(instances, key=lambda instance: str(instance["InstanceId"]))


def name_of(instance: Mapping[str, Any]) -> str:
    """Its tag Name, by which TPA knows it."""
    return tags_of(instance).get("Name", "")


def is_protected(asking: Asking, id: str) -> bool:
    """Whether EC2 refuses to terminate an instance."""
    answer: Any = asking.ec2.call("describe_instance_attribute", InstanceId=id, Attribute="disableApiTermination")
    return bool(answer["DisableApiTermination"].get("Value"))
