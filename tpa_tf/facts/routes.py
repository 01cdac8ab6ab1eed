"""Where the route tables of existing subnets lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.subnets import FoundSubnet

ANYWHERE = "0.0.0.0/0"

_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "InstanceId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)
"""The fields of a route that name its target, as DescribeRouteTables answers."""


def ask_default_routes(asking: Asking, subnets: Iterable[FoundSubnet]) -> dict[str, str | None]:
    """By id, where each subnet's route table, which may be its VPC's main one, sends 0.0.0.0/0."""
    subnets = tuple(subnets)
    vpcs = tuple(sorted({subnet.vpc for subnet in subnets}))
    if not vpcs:
        return {}
    targets: dict[str, str | None] = {}
    for table in route_tables(asking, vpcs):
        for association in table.get("Associations", []):
            of = table["VpcId"] if association.get("Main") else association.get("SubnetId")
            if of:
                targets[of] = default_target(table)
    return {subnet.id: targets.get(subnet.id, targets.get(subnet.vpc)) for subnet in subnets}


def route_tables(asking: Asking, vpcs: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The route tables of VPCs."""
    return asking.ec2.all("describe_route_tables", "RouteTables", Filters=filters({"vpc-id": vpcs})) if vpcs else []


def default_target(table: Mapping[str, Any]) -> str | None:
    """What gets the packets for 0.0.0.0/0, by its id; None for no such route, or one whose target is gone."""
    for route in table.get("Routes", []):
        if route.get("DestinationCidrBlock") == ANYWHERE and route.get("State") != "blackhole":
            # The ARN of a core network ends with its id.
            return next((str(route[key]).rpartition("/")[2] for key in _TARGETS if route.get(key)), None)
    return None
