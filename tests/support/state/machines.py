"""Instances and volumes of one region."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.support.state.labels import Labels, tags, unique

if TYPE_CHECKING:
    from tests.support.state.ec2 import Inventory, Record

_METADATA_OPTIONS = (
    "HttpTokens",
    "HttpPutResponseHopLimit",
    "HttpEndpoint",
    "HttpProtocolIpv6",
    "InstanceMetadataTags",
)


def instances(inventory: Inventory, record: Record, labels: Labels) -> dict[str, Any]:
    """Every instance that is not terminated, with its disks, by label."""
    return {
        labels(instance["InstanceId"]): _instance(instance, inventory, record, labels)
        for instance in inventory.instances
    }


def unattached_volumes(inventory: Inventory) -> dict[str, Any]:
    """Volumes that no instance has, by their attachment label or name."""
    attached = {
        mapping["Ebs"]["VolumeId"] for instance in inventory.instances for mapping in instance["BlockDeviceMappings"]
    }
    free = [volume for volume in inventory.volumes if volume["VolumeId"] not in attached]
    state: dict[str, Any] = {}
    for volume in sorted(free, key=lambda v: (json.dumps(tags(v.get("Tags")), sort_keys=True), v["Size"])):
        of = tags(volume.get("Tags"))
        name = of.get("TPAAttachmentLabel") or of.get("Name") or "unnamed"
        state[unique(name, state)] = _volume(volume, inventory.kms)
    return state


def _volume(volume: dict[str, Any], kms: Any) -> dict[str, Any]:
    return {
        "size": volume["Size"],
        "type": volume["VolumeType"],
        "iops": volume.get("Iops"),
        "throughput": volume.get("Throughput"),
        "encrypted": volume["Encrypted"],
        "kms_key": _key_name(volume.get("KmsKeyId"), kms),
        "az": volume["AvailabilityZone"],
        "from_snapshot": bool(volume.get("SnapshotId")),
        "multi_attach": bool(volume.get("MultiAttachEnabled", False)),
        "tags": tags(volume.get("Tags")),
    }


def _key_name(key: str | None, kms: Any) -> str | None:
    """The alias of a KMS key, if it has one."""
    if not key:
        return None
    try:
        key_id = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
    except ClientError:
        return key
    aliases = [alias["AliasName"] for alias in kms.list_aliases()["Aliases"] if alias.get("TargetKeyId") == key_id]
    return min(aliases, default=key)


def _instance(instance: dict[str, Any], inventory: Inventory, record: Record, labels: Labels) -> dict[str, Any]:
    identifier = instance["InstanceId"]
    launch = record.launches.get(identifier, {})
    zoneless = instance.get("SubnetId") in record.zoneless_subnets
    interfaces = sorted(instance.get("NetworkInterfaces", []), key=lambda nic: nic["Attachment"]["DeviceIndex"])
    first = interfaces[0] if interfaces else {"Attachment": {}}
    groups = {group["GroupId"] for group in [*instance.get("SecurityGroups", []), *first.get("Groups", [])]}
    metadata = instance.get("MetadataOptions", {})
    user_data = _user_data(inventory.ec2, identifier)

    def attribute(name: str) -> Any:
        return _attribute(inventory.ec2, identifier, name)

    return {
        "tags": tags(instance.get("Tags")),
        "type": instance["InstanceType"],
        "ami": labels(instance["ImageId"]),
        "vpc": labels(instance.get("VpcId")),
        "subnet": inventory.cidr_of_subnets().get(instance.get("SubnetId", "")),
        "az": "unspecified" if zoneless else instance["Placement"]["AvailabilityZone"],
        "tenancy": instance["Placement"].get("Tenancy"),
        "private_ip": launch.get("requested_private_ip"),
        "has_public_ip": bool(instance.get("PublicIpAddress")),
        "launch_public_ip": bool(launch.get("launch_public_ip")) if launch else None,
        "key_name": instance.get("KeyName"),
        "security_groups": sorted(labels(group) for group in groups),
        "iam_instance_profile": instance.get("IamInstanceProfile", {}).get("Arn", "").split("/")[-1] or None,
        "root_device_name": instance.get("RootDeviceName"),
        "block_devices": _block_devices(instance, inventory, zoneless, launch),
        "termination_protection": attribute("disableApiTermination"),
        "stop_protection": attribute("disableApiStop"),
        "shutdown_behavior": attribute("instanceInitiatedShutdownBehavior"),
        "monitoring": instance.get("Monitoring", {}).get("State"),
        "ebs_optimized": instance.get("EbsOptimized", False),
        "source_dest_check": instance.get("SourceDestCheck", first.get("SourceDestCheck")),
        "metadata_options": {option: metadata.get(option) for option in _METADATA_OPTIONS},
        "network_interfaces": len(interfaces),
        "nic_delete_on_termination": first["Attachment"].get("DeleteOnTermination"),
        "lifecycle": instance.get("InstanceLifecycle"),
        "state": instance["State"]["Name"],
        "elastic_ips": sum(address.get("InstanceId") == identifier for address in inventory.addresses),
        "user_data": user_data,
        "user_data_sha256": hashlib.sha256(user_data.encode()).hexdigest() if user_data else None,
    }


def _block_devices(
    instance: dict[str, Any], inventory: Inventory, zoneless: bool, launch: dict[str, Any]
) -> dict[str, Any]:
    volumes = {volume["VolumeId"]: volume for volume in inventory.volumes}
    devices: dict[str, Any] = {}
    for mapping in instance.get("BlockDeviceMappings", []):
        volume = _volume(volumes[mapping["Ebs"]["VolumeId"]], inventory.kms)
        if zoneless:
            volume["az"] = "unspecified"
        devices[mapping["DeviceName"]] = volume | {"delete_on_termination": mapping["Ebs"]["DeleteOnTermination"]}
    return devices | {device: {"virtual_name": name} for device, name in launch.get("virtual", {}).items()}


def _attribute(ec2: Any, instance: str, name: str) -> Any:
    try:
        answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)
    except ClientError:
        return None
    return next((value.get("Value") for key, value in answer.items() if key.lower() == name.lower()), None)


def _user_data(ec2: Any, instance: str) -> str | None:
    encoded = _attribute(ec2, instance, "userData")
    return base64.b64decode(encoded).decode("utf-8", "replace") if encoded else None
