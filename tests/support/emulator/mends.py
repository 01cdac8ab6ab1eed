"""Where moto's EC2 differs from EC2 in what Terraform sends or reads back, and what is done about it.

Each mend replaces a method of moto's and gives its reason. This leans on moto's insides, so moto is pinned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import moto.ec2.models as ec2_models
from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    DependencyViolationError,
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models import amis, elastic_block_store, instances
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.subnets import Subnets

Event = dict[str, Any]


def apply(record: Callable[[Event], None]) -> None:
    """Mend moto in this process; ``record`` is called with what no Describe… call would show later."""
    mended: Mapping[tuple[type, str], object] = {
        (amis.Ami, "block_device_mappings"): property(_root_mapping),
        (elastic_block_store.Volume, "__init__"): _volume_with_performance(),
        (InstanceResponse, "_parse_block_device_mapping"): _block_device_mappings,
        (InstanceResponse, "run_instances"): _launch_with_termination_protection(),
        (ec2_models.EC2Backend, "run_instances"): _launch_with_volumes_and_groups(record),
        (Subnets, "create_subnet"): _subnet_in_a_zone(record),
        (ec2_models.EC2Backend, "detach_internet_gateway"): _detach_gateway(),
        (ec2_models.EC2Backend, "revoke_security_group_ingress"): _revoke("revoke_security_group_ingress"),
        (ec2_models.EC2Backend, "revoke_security_group_egress"): _revoke("revoke_security_group_egress"),
    }
    for (owner, name), replacement in mended.items():
        setattr(owner, name, replacement)


def _root_mapping(ami: amis.Ami) -> list[dict[str, Any]]:
    """An AMI's root is 8 GiB of gp2 that goes with the instance (moto: 15 GiB of magnetic disk that stays)."""
    return [
        {
            "DeviceName": ami.root_device_name,
            "Ebs": {
                "SnapshotId": ami.ebs_snapshot.id,
                "VolumeSize": 8,
                "DeleteOnTermination": True,
                "VolumeType": "gp2",
                "Encrypted": False,
            },
        }
    ]


def _volume_with_performance() -> Callable[..., None]:
    """EC2 reports a gp2 volume's baseline of 3 IOPS a GiB, and gp3's 125 MiB/s; with moto both are empty."""
    original = elastic_block_store.Volume.__init__

    def init(self: elastic_block_store.Volume, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.volume_type == "gp2" and not self.iops and self.size:
            self.iops = max(100, min(16000, 3 * int(self.size)))
        if self.volume_type == "gp3" and not self.throughput:
            self.throughput = 125

    return init


def _detach_gateway() -> Callable[..., None]:
    """EC2 detaches no gateway from a VPC in which instances have public addresses."""
    original = ec2_models.EC2Backend.detach_internet_gateway

    def detach(self: ec2_models.EC2Backend, internet_gateway_id: str, vpc_id: str) -> None:
        here = (each for each in self.all_running_instances() if each.vpc_id == vpc_id)
        if any(each.public_ip for each in here):
            raise DependencyViolationError(f"Network {vpc_id} has some mapped public address(es)")
        original(self, internet_gateway_id, vpc_id)

    return detach


def _revoke(method: str) -> Callable[..., None]:
    """EC2 says of a rule that is gone that its id is unknown; moto says what EC2 says of rules without an id.

    The provider sends a call again that got no answer, and takes an unknown id for what it is: the rule is gone.
    """
    original: Callable[..., None] = getattr(ec2_models.EC2Backend, method)

    def revoke(self: ec2_models.EC2Backend, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
        except InvalidPermissionNotFoundError:
            ids = kwargs.get("security_rule_ids")
            if ids:
                raise InvalidSecurityGroupRuleIdNotFoundError(ids[0]) from None
            raise

    return revoke


def _block_device_mappings(self: InstanceResponse) -> list[dict[str, Any]]:
    """moto refuses a mapping without Ebs, which instance store has, and drops Throughput."""
    return list(self._get_param("BlockDeviceMappings", []))


def _launch_with_termination_protection() -> Callable[[InstanceResponse], ActionResult]:
    """moto ignores DisableApiTermination at launch."""
    original = InstanceResponse.run_instances

    def run_instances(self: InstanceResponse) -> ActionResult:
        result = original(self)
        if _is_true(self._get_param("DisableApiTermination")):
            for instance in result.result.instances:  # type: ignore[attr-defined]
                instance.disable_api_termination = True
        return result

    return run_instances


def _launch_with_volumes_and_groups(record: Callable[[Event], None]) -> Callable[..., instances.Reservation]:
    """What EC2 does at launch, and moto does not.

    The AMI's root volume exists whatever other mappings are given, under the AMI's name for it, with what a mapping of
    that device changes. Groups of the first network interface are the instance's groups, and that interface goes with
    the instance. A key pair must exist.
    """
    original = ec2_models.EC2Backend.run_instances

    def run_instances(
        self: ec2_models.EC2Backend,
        image_id: str,
        count: int,
        user_data: Any,
        security_group_names: list[str],
        **kwargs: Any,
    ) -> instances.Reservation:
        mappings = kwargs.get("block_device_mappings") or []
        interfaces = kwargs.get("nics") or []
        tags = kwargs.get("tags") or {}
        for interface in interfaces:
            if not interface.get("NetworkInterfaceId") and interface.get("DeleteOnTermination") is None:
                interface["DeleteOnTermination"] = True
        if kwargs.get("key_name"):
            self.describe_key_pairs(key_names=[kwargs["key_name"]])
        kwargs["block_device_mappings"] = []  # with no mapping at all, moto would make a root of its own
        reservation = original(self, image_id, count, user_data, security_group_names, **kwargs)
        for instance in reservation.instances:
            if not interfaces and 0 in instance.nics:
                instance.nics[0].delete_on_termination = True
            if not instance.security_groups:
                instance.security_groups.extend(_groups_of_first_interface(self, interfaces))
            _make_volumes(self, instance, mappings, dict(tags.get("volume") or {}))
            record(_launch_event(instance, mappings, interfaces, kwargs))
        return reservation

    return run_instances


def _groups_of_first_interface(backend: ec2_models.EC2Backend, interfaces: list[dict[str, Any]]) -> list[Any]:
    ids = [
        group
        for interface in interfaces
        if str(interface.get("DeviceIndex", 0)) == "0"
        for group in interface.get("Groups") or []
    ]
    return [group for group in map(backend.get_security_group_from_id, ids) if group is not None]


def _make_volumes(
    backend: ec2_models.EC2Backend, instance: instances.Instance, mappings: list[dict[str, Any]], tags: dict[str, str]
) -> None:
    root = backend.describe_images(ami_ids=[instance.image_id])[0].block_device_mappings[0]
    named: dict[str, dict[str, Any]] = {root["DeviceName"]: {}}
    named |= {mapping["DeviceName"]: mapping for mapping in mappings}
    for device, mapping in named.items():
        if mapping.get("VirtualName") or mapping.get("NoDevice") is not None:
            continue
        ebs = {name: value for name, value in (mapping.get("Ebs") or {}).items() if value not in (None, "")}
        if device == root["DeviceName"]:
            ebs = root["Ebs"] | ebs
        create: Callable[..., Any] = (
            backend.create_volume
        )  # its size may be that of the snapshot, whatever its type says
        volume = create(
            size=_number(ebs.get("VolumeSize")),
            zone_name=instance._placement.zone,
            snapshot_id=ebs.get("SnapshotId"),
            encrypted=_is_true(ebs.get("Encrypted")),
            kms_key_id=ebs.get("KmsKeyId"),
            volume_type=ebs.get("VolumeType") or "gp2",
            iops=_number(ebs.get("Iops")),
            throughput=_number(ebs.get("Throughput")),
        )
        volume.add_tags(tags)
        backend.attach_volume(volume.id, instance.id, device, _is_true(ebs.get("DeleteOnTermination", True)))


def _launch_event(
    instance: instances.Instance,
    mappings: list[dict[str, Any]],
    interfaces: list[dict[str, Any]],
    launch: dict[str, Any],
) -> Event:
    asked = [launch.get("private_ip"), *(interface.get("PrivateIpAddress") for interface in interfaces)]
    return {
        "event": "run_instances",
        "instance": instance.id,
        "requested_private_ip": next(filter(None, asked), None),
        "launch_public_ip": instance.public_ip,
        "virtual": {
            mapping["DeviceName"]: mapping["VirtualName"] for mapping in mappings if mapping.get("VirtualName")
        },
    }


def _subnet_in_a_zone(record: Callable[[Event], None]) -> Callable[[Subnets], ActionResult]:
    """A subnet created without a zone gets the region's first (moto: a random one), and this is recorded."""
    original = Subnets.create_subnet

    def create_subnet(self: Subnets) -> ActionResult:
        asked = self._get_param("AvailabilityZone") or self._get_param("AvailabilityZoneId")
        if not asked:
            self.params["AvailabilityZone"] = min(zone.name for zone in self.ec2_backend.describe_availability_zones())
        result = original(self)
        if not asked:
            record({"event": "subnet_without_zone", "subnet": result.result["Subnet"].id})  # type: ignore[index]
        return result

    return create_subnet


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _number(value: Any) -> int | None:
    return int(value) if value else None
