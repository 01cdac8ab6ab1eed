"""Brings an emulated AWS into the state that ``tpaexec provision`` left of a parity case, by the calls that TPA makes.

What there is to make stands in the case's ``expected.json``; what is there already is the emulator's seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJCFFnPIjohATKkTEtMXU7S/FWg9pW7Y80sFO2EOu3PF stand-in"
_EVERYTHING = "all all 0.0.0.0/0"
"""The rule that EC2 gives a new group."""

Tags = Mapping[str, str]


def make(case: Path, endpoint: str) -> None:
    """Make in the AWS at ``endpoint``, which holds the case's seed, what TPA left of ``case``."""
    state = json.loads((case / "expected.json").read_text())
    before = json.loads((case / "expected.baseline.json").read_text())
    _identity(client("iam", endpoint), state["iam"], before["iam"])
    _buckets(endpoint, state["s3"], before["s3"])
    addresses: dict[str, str] = {}
    for name, region in state["regions"].items():
        _Region(client("ec2", endpoint, name), region, before["regions"][name], addresses).make()
    _records(client("route53", endpoint), state["route53"], before["route53"], addresses)


def client(service: str, endpoint: str, region: str = "us-east-1") -> Any:
    """A client of the emulated AWS."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}),
    )


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Tags as calls take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


class _Region:
    """One region: what is made, in TPA's order. Things go by their labels in the dump."""

    def __init__(
        self, ec2: Any, wanted: Mapping[str, Any], before: Mapping[str, Any], addresses: dict[str, str]
    ) -> None:
        self._ec2, self._wanted, self._before, self._addresses = ec2, wanted, before, addresses
        self._ids: dict[str, str] = {}

    def make(self) -> None:
        for name in self._new("key_pairs"):
            self._ec2.import_key_pair(KeyName=name, PublicKeyMaterial=_PUBLIC_KEY.encode())
        self._vpcs()
        self._groups()
        self._subnets()
        self._gateways()
        self._tables()
        self._instances()
        self._elastic_ips()

    def _new(self, kind: str) -> dict[str, Any]:
        return {label: thing for label, thing in self._wanted[kind].items() if label not in self._before[kind]}

    def _tag(self, id: str, tags: Tags) -> str:
        if tags:
            self._ec2.create_tags(Resources=[id], Tags=tag_list(tags))
        return id

    def _vpcs(self) -> None:
        there = self._ec2.describe_vpcs()["Vpcs"]
        for label, vpc in self._wanted["vpcs"].items():
            same = [found["VpcId"] for found in there if self._is(found, vpc)]
            self._ids[label] = same[0] if same else self._vpc(vpc)
        labels = {id: label for label, id in self._ids.items()}
        for group in self._ec2.describe_security_groups()["SecurityGroups"]:
            self._ids[f"sg:{labels.get(group['VpcId'])}|{group['GroupName']}"] = group["GroupId"]
        for subnet in self._ec2.describe_subnets()["Subnets"]:
            self._ids[f"{labels.get(subnet['VpcId'])}|{subnet['CidrBlock']}"] = subnet["SubnetId"]
        for gateway in self._ec2.describe_internet_gateways()["InternetGateways"]:
            for attachment in gateway["Attachments"]:
                self._ids[f"igw:{labels.get(attachment['VpcId'])}"] = gateway["InternetGatewayId"]

    @staticmethod
    def _is(found: Mapping[str, Any], vpc: Mapping[str, Any]) -> bool:
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        same = found["IsDefault"] if vpc["is_default"] else tags.get("Name") == vpc["tags"].get("Name")
        return bool(same and found["CidrBlock"] == vpc["cidr"])

    def _vpc(self, vpc: Mapping[str, Any]) -> str:
        id: str = self._ec2.create_vpc(CidrBlock=vpc["cidr"])["Vpc"]["VpcId"]
        self._ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": vpc["enableDnsHostnames"]})
        return self._tag(id, vpc["tags"])

    def _groups(self) -> None:
        new = {label: group for label, group in self._wanted["security_groups"].items() if label not in self._ids}
        for label, group in new.items():
            made = self._ec2.create_security_group(
                GroupName=group["name"], Description=group["description"], VpcId=self._ids[group["vpc"]]
            )
            self._ids[label] = self._tag(made["GroupId"], group["tags"])
        for label, group in new.items():
            id = self._ids[label]
            if group["ingress"]:
                self._ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=self._rules(group["ingress"]))
            if set(group["egress"]) != {_EVERYTHING}:
                self._ec2.revoke_security_group_egress(GroupId=id, IpPermissions=self._rules({_EVERYTHING: ""}))
                self._ec2.authorize_security_group_egress(GroupId=id, IpPermissions=self._rules(group["egress"]))

    def _rules(self, rules: Mapping[str, str]) -> list[dict[str, Any]]:
        """Rules as the dump writes them (``tcp 22-22 0.0.0.0/0``), with their descriptions, as permissions."""
        permissions = []
        for rule, description in rules.items():
            protocol, ports, source = rule.split(" ", 2)
            permission: dict[str, Any] = {"IpProtocol": "-1" if protocol == "all" else protocol}
            if ports != "all":
                first, _, last = ports.rpartition("-")
                permission |= {"FromPort": int(first), "ToPort": int(last)}
            said = {"Description": description} if description else {}
            if source.startswith("sg:"):
                permission["UserIdGroupPairs"] = [{"GroupId": self._ids[source], **said}]
            elif source.startswith("pl:"):
                permission["PrefixListIds"] = [{"PrefixListId": source[3:], **said}]
            elif ":" in source:
                permission["Ipv6Ranges"] = [{"CidrIpv6": source, **said}]
            else:
                permission["IpRanges"] = [{"CidrIp": source, **said}]
            permissions.append(permission)
        return permissions

    def _subnets(self) -> None:
        for label, subnet in self._wanted["subnets"].items():
            if label in self._ids:
                continue
            zone = {} if subnet["az"] == "unspecified" else {"AvailabilityZone": subnet["az"]}
            made = self._ec2.create_subnet(VpcId=self._ids[subnet["vpc"]], CidrBlock=subnet["cidr"], **zone)["Subnet"]
            self._ids[label] = self._tag(made["SubnetId"], subnet["tags"])

    def _gateways(self) -> None:
        for label, gateway in self._wanted["internet_gateways"].items():
            if label in self._ids:
                continue
            made = self._ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self._ids[label] = self._tag(made, gateway["tags"])
            self._ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=self._ids[gateway["vpc"]])

    def _tables(self) -> None:
        for table in self._new("route_tables").values():
            if table["main"]:
                continue
            made = self._ec2.create_route_table(VpcId=self._ids[table["vpc"]])["RouteTable"]["RouteTableId"]
            self._tag(made, table["tags"])
            for destination, target in table["routes"].items():
                if target != "local":
                    self._ec2.create_route(
                        RouteTableId=made, DestinationCidrBlock=destination, GatewayId=self._ids[target]
                    )
            for cidr in table["subnets"]:
                self._ec2.associate_route_table(RouteTableId=made, SubnetId=self._ids[f"{table['vpc']}|{cidr}"])

    def _instances(self) -> None:
        images = {f"ami:{image['Name']}": image["ImageId"] for image in self._ec2.describe_images()["Images"]}
        for label, instance in self._new("instances").items():
            answer = self._ec2.run_instances(
                ImageId=images[instance["ami"]],
                MinCount=1,
                MaxCount=1,
                InstanceType=instance["type"],
                NetworkInterfaces=[self._interface(instance)],
                UserData="#!/bin/bash\n# stands for TPA's first-boot script\n",
                BlockDeviceMappings=[_disk(device, disk) for device, disk in instance["block_devices"].items()],
                DisableApiTermination=instance["termination_protection"],
                MetadataOptions={key: value for key, value in instance["metadata_options"].items() if value},
                TagSpecifications=[
                    {"ResourceType": kind, "Tags": tag_list(instance["tags"])} for kind in ("instance", "volume")
                ],
                **({"KeyName": instance["key_name"]} if instance["key_name"] else {}),
                **(
                    {"IamInstanceProfile": {"Name": instance["iam_instance_profile"]}}
                    if instance["iam_instance_profile"]
                    else {}
                ),
            )
            id = self._ids[label] = answer["Instances"][0]["InstanceId"]
            made = self._ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
            self._addresses[f"private-ip:{label}"] = made["PrivateIpAddress"]
            self._addresses[f"launch-public-ip:{label}"] = made.get("PublicIpAddress", "")
            for mapping in made["BlockDeviceMappings"]:
                self._tag(mapping["Ebs"]["VolumeId"], instance["block_devices"][mapping["DeviceName"]]["tags"])

    def _interface(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        public = {"AssociatePublicIpAddress": True} if instance["launch_public_ip"] else {}
        private = {"PrivateIpAddress": instance["private_ip"]} if instance["private_ip"] else {}
        return {
            "DeviceIndex": 0,
            "SubnetId": self._ids[f"{instance['vpc']}|{instance['subnet']}"],
            "Groups": [self._ids[group] for group in instance["security_groups"]],
            **public,
            **private,
        }

    def _elastic_ips(self) -> None:
        for label, address in self._wanted["elastic_ips"].items():
            if not label.startswith("instance:"):
                continue
            if address["address"] == "ADDRESS":
                allocation = self._tag(self._ec2.allocate_address(Domain="vpc")["AllocationId"], address["tags"])
            else:
                there = self._ec2.describe_addresses(PublicIps=[address["address"]])["Addresses"]
                allocation = there[0]["AllocationId"]
            self._ec2.associate_address(AllocationId=allocation, InstanceId=self._ids[label])
            found = self._ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
            self._addresses[f"eip:{label}"] = found[0]["PublicIp"]


def _disk(device: str, disk: Mapping[str, Any]) -> dict[str, Any]:
    if "virtual_name" in disk:
        return {"DeviceName": device, "VirtualName": disk["virtual_name"]}
    ebs = {
        "VolumeSize": disk["size"],
        "VolumeType": disk["type"],
        "DeleteOnTermination": disk["delete_on_termination"],
        "Encrypted": disk["encrypted"],
        **({"Iops": disk["iops"]} if disk["iops"] and disk["type"] in ("gp3", "io1", "io2") else {}),
        **({"Throughput": disk["throughput"]} if disk["throughput"] else {}),
    }
    return {"DeviceName": device, "Ebs": ebs}


def _identity(iam: Any, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    for name, role in wanted["roles"].items():
        if name in before["roles"]:
            continue
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(role["assume_role_policy"]), Tags=tag_list(role["tags"])
        )
        for policy, document in role["inline_policies"].items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    for name, profile in wanted["instance_profiles"].items():
        if name not in before["instance_profiles"]:
            iam.create_instance_profile(InstanceProfileName=name, Tags=tag_list(profile["tags"]))
            for role in profile["roles"]:
                iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)


def _buckets(endpoint: str, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    for name, bucket in wanted.items():
        s3 = client("s3", endpoint, bucket["region"])
        if name not in before:
            where = {"CreateBucketConfiguration": {"LocationConstraint": bucket["region"]}}
            s3.create_bucket(Bucket=name, **(where if bucket["region"] != "us-east-1" else {}))
        there: Iterable[str] = before.get(name, {}).get("objects", {})
        for key in bucket["objects"]:
            if key not in there:
                s3.put_object(Bucket=name, Key=key, Body=b"stands for a file\n")


def _records(dns: Any, wanted: Mapping[str, Any], before: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
    zones = {zone["Name"]: zone["Id"].rpartition("/")[2] for zone in dns.list_hosted_zones()["HostedZones"]}
    for zone, entry in wanted.items():
        for key, record in entry["records"].items():
            if key in before.get(zone, {}).get("records", {}):
                continue
            name, kind = key.rsplit(" ", 1)
            values = [{"Value": addresses.get(value, value)} for value in record["values"]]
            change = {"Name": name, "Type": kind, "TTL": record["ttl"], "ResourceRecords": values}
            dns.change_resource_record_sets(
                HostedZoneId=zones[zone],
                ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]},
            )
