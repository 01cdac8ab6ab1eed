"""What one region's EC2 holds."""

from __future__ import annotations

import collections
import json
from dataclasses import dataclass
from typing import Any

from tests.support.state import machines
from tests.support.state.labels import Labels, tags, unique

_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}


@dataclass(frozen=True)
class Record:
    """What the emulator saw asked, and no Describe… call shows."""

    launches: dict[str, dict[str, Any]]
    """By instance id."""
    zoneless_subnets: frozenset[str]
    """Ids of subnets created without naming a zone."""

    @classmethod
    def of(cls, events: list[dict[str, Any]]) -> Record:
        return cls(
            {event["instance"]: event for event in events if event["event"] == "run_instances"},
            frozenset(event["subnet"] for event in events if event["event"] == "subnet_without_zone"),
        )


@dataclass(frozen=True)
class Inventory:
    """The answers of the Describe… calls; default VPCs without instances, and what is in them, are left out."""

    ec2: Any
    kms: Any
    vpcs: list[dict[str, Any]]
    subnets: list[dict[str, Any]]
    gateways: list[dict[str, Any]]
    route_tables: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    key_pairs: list[dict[str, Any]]
    instances: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    addresses: list[dict[str, Any]]
    images: list[dict[str, Any]]
    free_interfaces: int
    others: dict[str, int]
    """How many there are of what nothing here makes."""

    def label(self, labels: Labels) -> None:
        """Give everything its label; those of contained things begin with their VPC's."""
        labels.add(
            (vpc["VpcId"], "vpc:" + tags(vpc.get("Tags")).get("Name", vpc["CidrBlock"]), vpc["CidrBlock"])
            for vpc in self.vpcs
        )
        labels.add((s["SubnetId"], f"subnet:{labels(s['VpcId'])}|{s['CidrBlock']}", "") for s in self.subnets)
        labels.add((image["ImageId"], "ami:" + image["Name"], image["ImageId"]) for image in self.images)
        labels.add((group["GroupId"], f"sg:{labels(group['VpcId'])}|{group['GroupName']}", "") for group in self.groups)
        labels.add((g["InternetGatewayId"], "igw:" + labels(_vpc_of_gateway(g)), "") for g in self.gateways)
        labels.add(
            (
                table["RouteTableId"],
                f"{labels(table['VpcId'])}|{_route_table_name(table)}",
                json.dumps(table, default=str),
            )
            for table in self.route_tables
        )
        labels.add(
            (i["InstanceId"], "instance:" + tags(i.get("Tags")).get("Name", "unnamed"), i["PrivateIpAddress"])
            for i in self.instances
        )

    def cidr_of_subnets(self) -> dict[str, str]:
        return {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in self.subnets}


def read(ec2: Any, kms: Any) -> Inventory:
    """Ask for everything there is in the region of the two boto3 clients."""
    instances = [
        instance
        for page in ec2.get_paginator("describe_instances").paginate()
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] != "terminated"
    ]
    used = {instance.get("VpcId") for instance in instances}
    vpcs = [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc.get("IsDefault") or vpc["VpcId"] in used]
    kept = {vpc["VpcId"] for vpc in vpcs}

    def inside(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [thing for thing in things if thing.get("VpcId") in kept]

    interfaces = inside(ec2.describe_network_interfaces()["NetworkInterfaces"])
    return Inventory(
        ec2=ec2,
        kms=kms,
        vpcs=vpcs,
        subnets=inside(ec2.describe_subnets()["Subnets"]),
        gateways=[
            gateway
            for gateway in ec2.describe_internet_gateways()["InternetGateways"]
            if not gateway.get("Attachments") or _vpc_of_gateway(gateway) in kept
        ],
        route_tables=inside(ec2.describe_route_tables()["RouteTables"]),
        groups=inside(ec2.describe_security_groups()["SecurityGroups"]),
        key_pairs=ec2.describe_key_pairs()["KeyPairs"],
        instances=instances,
        volumes=ec2.describe_volumes()["Volumes"],
        addresses=ec2.describe_addresses()["Addresses"],
        images=ec2.describe_images()["Images"],
        free_interfaces=sum(not interface.get("Attachment") for interface in interfaces),
        others={
            "nat_gateways": len(ec2.describe_nat_gateways()["NatGateways"]),
            "vpc_peerings": len(ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]),
        },
    )


def describe(inventory: Inventory, record: Record, labels: Labels, seeded_addresses: frozenset[str]) -> dict[str, Any]:
    """The region's part of the state."""
    state = {
        "vpcs": {labels(vpc["VpcId"]): _vpc(inventory.ec2, vpc) for vpc in inventory.vpcs},
        "subnets": {
            f"{labels(subnet['VpcId'])}|{subnet['CidrBlock']}": _subnet(subnet, record, labels)
            for subnet in inventory.subnets
            if not subnet.get("DefaultForAz")
        },
        "internet_gateways": {
            labels(gateway["InternetGatewayId"]): {
                "vpc": labels(_vpc_of_gateway(gateway)) if gateway.get("Attachments") else None,
                "tags": tags(gateway.get("Tags")),
            }
            for gateway in inventory.gateways
        },
        "route_tables": {
            labels(table["RouteTableId"]): _route_table(table, inventory.cidr_of_subnets(), labels)
            for table in inventory.route_tables
        },
        "security_groups": {labels(group["GroupId"]): _group(group, labels) for group in inventory.groups},
        "key_pairs": {
            pair["KeyName"]: {"has_fingerprint": bool(pair.get("KeyFingerprint")), "tags": tags(pair.get("Tags"))}
            for pair in inventory.key_pairs
        },
        "instances": machines.instances(inventory, record, labels),
        "unattached_volumes": machines.unattached_volumes(inventory),
        "elastic_ips": _elastic_ips(inventory.addresses, labels, seeded_addresses),
    }
    counts = {"unattached_enis": inventory.free_interfaces} | inventory.others
    return state | {kind: count for kind, count in counts.items() if count}


def address_names(inventories: list[Inventory], record: Record, labels: Labels) -> dict[str, str]:
    """Whose address an IP address is, for what refers to one."""
    names: dict[str, str] = {}
    for inventory in inventories:
        for instance in inventory.instances:
            label = labels(instance["InstanceId"])
            launched_with = record.launches.get(instance["InstanceId"], {}).get("launch_public_ip")
            if instance.get("PublicIpAddress"):
                names[instance["PublicIpAddress"]] = f"public-ip:{label}"
            if launched_with:
                names[launched_with] = f"launch-public-ip:{label}"
            names[instance["PrivateIpAddress"]] = f"private-ip:{label}"
        for address in inventory.addresses:
            if address.get("InstanceId"):
                names[address["PublicIp"]] = f"eip:{labels(address['InstanceId'])}"
    return names


def _vpc(ec2: Any, vpc: dict[str, Any]) -> dict[str, Any]:
    def attribute(name: str) -> bool:
        answer = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    return {
        "cidr": vpc["CidrBlock"],
        "cidrs": sorted(block["CidrBlock"] for block in vpc.get("CidrBlockAssociationSet", [])),
        "ipv6": len(vpc.get("Ipv6CidrBlockAssociationSet", [])),
        "tenancy": vpc.get("InstanceTenancy"),
        "is_default": vpc.get("IsDefault", False),
        "tags": tags(vpc.get("Tags")),
        "enableDnsSupport": attribute("enableDnsSupport"),
        "enableDnsHostnames": attribute("enableDnsHostnames"),
    }


def _subnet(subnet: dict[str, Any], record: Record, labels: Labels) -> dict[str, Any]:
    return {
        "vpc": labels(subnet["VpcId"]),
        "cidr": subnet["CidrBlock"],
        "az": "unspecified" if subnet["SubnetId"] in record.zoneless_subnets else subnet["AvailabilityZone"],
        "map_public_ip_on_launch": subnet.get("MapPublicIpOnLaunch", False),
        "assign_ipv6": subnet.get("AssignIpv6AddressOnCreation", False),
        "tags": tags(subnet.get("Tags")),
    }


def _vpc_of_gateway(gateway: dict[str, Any]) -> str | None:
    return next((attachment["VpcId"] for attachment in gateway.get("Attachments", [])), None)


def _is_main(table: dict[str, Any]) -> bool:
    return any(association.get("Main") for association in table.get("Associations", []))


def _route_table_name(table: dict[str, Any]) -> str:
    return tags(table.get("Tags")).get("Name") or ("main" if _is_main(table) else "unnamed")


def _route_table(table: dict[str, Any], cidr_of: dict[str, str], labels: Labels) -> dict[str, Any]:
    routes = {}
    for route in table.get("Routes", []):
        destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        target = route.get("GatewayId") or route.get("NatGatewayId") or route.get("NetworkInterfaceId")
        routes[destination] = "local" if target == "local" else labels(target)
    subnets = [association["SubnetId"] for association in table.get("Associations", []) if association.get("SubnetId")]
    return {
        "vpc": labels(table["VpcId"]),
        "main": _is_main(table),
        "routes": routes,
        "subnets": sorted(cidr_of[subnet] for subnet in subnets),
        "tags": tags(table.get("Tags")),
    }


def _group(group: dict[str, Any], labels: Labels) -> dict[str, Any]:
    return {
        "vpc": labels(group["VpcId"]),
        "name": group["GroupName"],
        "description": group.get("Description"),
        "ingress": _rules(group.get("IpPermissions", []), labels),
        "egress": _rules(group.get("IpPermissionsEgress", []), labels),
        "tags": tags(group.get("Tags")),
    }


def _rules(permissions: list[dict[str, Any]], labels: Labels) -> dict[str, str]:
    """``tcp 22-22 0.0.0.0/0`` to the description, for every source of every permission."""
    rules: dict[str, str] = {}
    for permission in permissions:
        protocol = _PROTOCOLS.get(str(permission["IpProtocol"]), permission["IpProtocol"])
        ports = "all" if protocol == "all" else f"{permission.get('FromPort')}-{permission.get('ToPort')}"
        sources = (
            [(entry["CidrIp"], entry) for entry in permission.get("IpRanges", [])]
            + [(entry["CidrIpv6"], entry) for entry in permission.get("Ipv6Ranges", [])]
            + [(labels(entry["GroupId"]), entry) for entry in permission.get("UserIdGroupPairs", [])]
            + [(f"pl:{entry['PrefixListId']}", entry) for entry in permission.get("PrefixListIds", [])]
        )
        rules |= {f"{protocol} {ports} {source}": entry.get("Description", "") for source, entry in sources}
    return rules


def _elastic_ips(addresses: list[dict[str, Any]], labels: Labels, seeded: frozenset[str]) -> dict[str, Any]:
    holder = {a["PublicIp"]: labels(a["InstanceId"]) if a.get("InstanceId") else "unassociated" for a in addresses}
    state: dict[str, Any] = collections.OrderedDict()
    for address in sorted(
        addresses, key=lambda a: (holder[a["PublicIp"]] == "unassociated", holder[a["PublicIp"]], a["PublicIp"])
    ):
        state[unique(holder[address["PublicIp"]], state)] = {
            "domain": address.get("Domain"),
            "tags": tags(address.get("Tags")),
            "address": address["PublicIp"] if address["PublicIp"] in seeded else "ADDRESS",
        }
    return state
