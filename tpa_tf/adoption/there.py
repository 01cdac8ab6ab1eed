"""What there is in AWS of one cluster, as Describe… calls answer it: the ground of an adoption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.facts.asking import Asking, made_by
from tpa_tf.facts.elastic_ips import addresses_of
from tpa_tf.facts.groups import ask_rules, groups_in
from tpa_tf.facts.instances import ask_instances, is_protected, name_of
from tpa_tf.facts.key_pairs import registered
from tpa_tf.facts.routes import route_tables
from tpa_tf.facts.subnets import subnets_in
from tpa_tf.facts.volumes import ask_attached
from tpa_tf.facts.vpcs import ask_interfaces, gateways, matching_vpcs

Thing = Mapping[str, Any]
"""One thing in an answer."""


@dataclass(frozen=True)
class There:
    """What there is in one region."""

    instances: tuple[Thing, ...]
    """The living instances that bear the cluster's tag, sorted by id."""
    attached: tuple[Thing, ...]
    """The volumes of these, and their Elastic IPs."""
    addresses: tuple[Thing, ...]
    vpcs: tuple[Thing, ...]
    """Those that are as the config describes its VPC; what follows is in these."""
    interfaces: tuple[Thing, ...]
    subnets: tuple[Thing, ...]
    gateways: tuple[Thing, ...]
    tables: tuple[Thing, ...]
    groups: tuple[Thing, ...]
    rules: tuple[Thing, ...]
    """Those of groups that bear the cluster's tag, or have the name of its group."""
    key_pairs: tuple[Thing, ...]
    """The one that the config names."""
    made: Mapping[str, tuple[Thing, ...]]
    """All that bears the cluster's tag CreatingCluster, by its label."""

    def vpcs_of(self, cluster: str) -> tuple[Thing, ...]:
        """The VPCs that can be the cluster's: those that bear its tag, or, where none does, all of them."""
        return tuple(vpc for vpc in self.vpcs if made_by(vpc) == cluster) or self.vpcs

    def gateways_of(self, vpc: str) -> tuple[Thing, ...]:
        """The internet gateways that are attached to a VPC."""
        return tuple(
            gateway
            for gateway in self.gateways
            if any(attachment.get("VpcId") == vpc for attachment in gateway.get("Attachments", []))
        )

    def volumes_at(self, instance: str, device: str | None) -> tuple[Thing, ...]:
        """The volume that an instance has at a device, if any."""
        return tuple(volume for volume in self.attached if device and device_of(volume, instance) == device)

    def named(self, *names: str) -> tuple[Thing, ...]:
        """The instances that have one of ``names``."""
        return tuple(instance for instance in self.instances if name_of(instance) in names)

    def used_by_others(self, thing: str) -> tuple[Thing, ...]:
        """The network interfaces in a VPC or subnet that are not those of the cluster's instances."""
        own = {instance["InstanceId"] for instance in self.instances}
        return tuple(
            interface
            for interface in self.interfaces
            if thing in (interface.get("VpcId"), interface.get("SubnetId"))
            and (interface.get("Attachment") or {}).get("InstanceId") not in own
        )


NOWHERE = There((), (), (), (), (), (), (), (), (), (), (), {"Elastic IP": ()})
"""A region that holds no instances of the cluster."""

_MADE = {
    "volume": ("describe_volumes", "Volumes"),
    "VPC": ("describe_vpcs", "Vpcs"),
    "subnet": ("describe_subnets", "Subnets"),
    "internet gateway": ("describe_internet_gateways", "InternetGateways"),
    "route table": ("describe_route_tables", "RouteTables"),
    "security group": ("describe_security_groups", "SecurityGroups"),
    "Elastic IP": ("describe_addresses", "Addresses"),
}
"""What TPA tags with CreatingCluster, and how it is asked for."""


def ask_there(asking: Asking, group_name: str) -> There:
    """What there is in a region, in which the cluster's own group is called ``group_name``.

    TpaTfError if AWS doesn't answer.
    """
    instances = tuple(
        {**instance, "DisableApiTermination": is_protected(asking, instance["InstanceId"])}
        for instance in ask_instances(asking)
    )
    ids = tuple(str(instance["InstanceId"]) for instance in instances)
    vpcs = tuple(sorted(matching_vpcs(asking), key=lambda vpc: str(vpc["VpcId"])))
    within = tuple(str(vpc["VpcId"]) for vpc in vpcs)
    groups = tuple(groups_in(asking, within))
    own_groups = tuple(
        str(group["GroupId"])
        for group in groups
        if made_by(group) == asking.cluster or group["GroupName"] == group_name
    )
    return There(
        instances=instances,
        attached=tuple(ask_attached(asking, ids)),
        addresses=tuple(addresses_of(asking, ids)),
        vpcs=vpcs,
        interfaces=tuple(ask_interfaces(asking, within)),
        subnets=tuple(subnets_in(asking, within)),
        gateways=tuple(gateway for vpc in vpcs for gateway in gateways(asking, vpc)),
        tables=tuple(route_tables(asking, within)),
        groups=groups,
        rules=tuple(ask_rules(asking, own_groups)),
        key_pairs=tuple(registered(asking)),
        made={label: tuple(asking.made(*how)) for label, how in _MADE.items()},
    )


def device_of(volume: Thing, instance: str) -> str | None:
    """The device at which an instance has a volume; None if it doesn't have it."""
    attachments = volume.get("Attachments", [])
    return next((str(found["Device"]) for found in attachments if found.get("InstanceId") == instance), None)
