"""VPC, subnets, internet gateway and routes of a region (design D1 to D4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpa_tf.cluster import addresses
from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import Filters, Ownership, Region, Subnet, Vpc
from tpa_tf.stack.found import Found, Thing
from tpa_tf.terraform.blocks import Data, Guard, Lifecycle, Resource, holds
from tpa_tf.terraform.expressions import Text, Value, expr
from tpa_tf.terraform.stack import Stack

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Network:
    """What the instances of a region are placed in."""

    vpc: Thing
    subnets: Mapping[str, Thing]
    """By the address of the subnet in the model."""
    gateway: tuple[Resource, ...]
    """The gateway that we make, if any: what has a public address needs it first."""
    routes: tuple[Resource, ...]
    """The default route and the associations that we make: the way out, which the first boot needs."""

    @property
    def vpc_id(self) -> Text:
        """The id of the VPC."""
        return self.vpc.attribute("id")


def filter_blocks(filters: Filters) -> list[Value] | None:
    """``filter`` blocks of a data source; None where there are none."""
    return [{"name": name, "values": values} for name, values in filters] or None


def add_network(stack: Stack, region: Region, vpc: Vpc) -> Network:
    """Make or look up the network of ``region``, which is in ``vpc``."""
    vpc_block = _vpc(stack, region.name, vpc)
    subnets = {subnet.address: _subnet(stack, region.name, subnet, vpc_block) for subnet in region.subnets}
    if isinstance(vpc_block, Data):
        _check_free(stack, region, vpc_block)
    gateway = _gateway(stack, region, vpc_block)
    return Network(
        vpc=vpc_block,
        subnets=subnets,
        gateway=(gateway,) if isinstance(gateway, Resource) else (),
        routes=_routes(stack, region, vpc_block, gateway, subnets),
    )


def _vpc(stack: Stack, region: str, vpc: Vpc) -> Thing:
    address = addresses.region(region)
    if vpc.vpc_id and vpc.arn:
        stack.found[f"aws_vpc.{address}"] = {
            "id": vpc.vpc_id,
            "cidr_block": str(vpc.cidr),
            "tags.Name": vpc.name or "",
            "filter": filter_blocks(vpc.filters),
            "own": vpc.own,
        }
        return Found({"id": vpc.vpc_id, "arn": vpc.arn})
    if vpc.ownership is Ownership.EXISTING:
        return stack.data("aws_vpc", address, provider(region), filter=filter_blocks(vpc.filters))
    cidr = str(vpc.cidr)
    same_range = holds(
        "cidr_block",
        cidr,
        f"The VPC of {region} has another range than {cidr}, and a VPC can't change its range.",
        "Set the cidr in ec2_vpc back. To move, make a second cluster in the new range and replicate to it.",
    )
    return stack.resource(
        "aws_vpc",
        address,
        provider(region),
        cidr_block=cidr,
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=vpc.tags,
        # AWS changes no VPC's range: Terraform would replace it with every instance in it.
        lifecycle=Lifecycle(ignored=("cidr_block",), guards=(same_range,)),
    )


def _subnet(stack: Stack, region: str, subnet: Subnet, vpc: Thing) -> Thing:
    if subnet.ownership is Ownership.EXISTING and subnet.subnet_id and subnet.availability_zone:
        recorded: dict[str, Value] = {"id": subnet.subnet_id, "cidr_block": str(subnet.cidr)}
        # One that is named by its id may have been made, or found, by its range.
        for address in {subnet.address, addresses.subnet(region, subnet.cidr) if subnet.cidr else subnet.address}:
            stack.found[f"aws_subnet.{address}"] = {**recorded, "vpc_id": vpc.attribute("id")}
        return Found({"id": subnet.subnet_id, "availability_zone": subnet.availability_zone})
    cidr = str(subnet.cidr) if subnet.cidr else None
    if subnet.ownership is Ownership.EXISTING:
        # The id of a VPC that is yet to be made would only put the lookup off until it is there.
        vpc_id = vpc.attribute("id") if isinstance(vpc, Data) else None
        return stack.data(
            "aws_subnet", subnet.address, provider(region), id=subnet.subnet_id, vpc_id=vpc_id, cidr_block=cidr
        )
    assert cidr
    zone = subnet.availability_zone
    return stack.resource(
        "aws_subnet",
        subnet.address,
        provider(region),
        vpc_id=vpc.attribute("id"),
        cidr_block=cidr,
        availability_zone=zone,
        tags=subnet.tags,
        lifecycle=_stays_in(cidr, zone) if zone else Lifecycle(),
    )


def _check_free(stack: Stack, region: Region, vpc: Data) -> None:
    """Nobody has looked whether the subnets that are to be made in an existing VPC are there already.

    AWS would refuse them when instances that move there may be gone. Those of the cluster's own bear its tag.
    """
    ranges = [str(subnet.cidr) for subnet in region.subnets if subnet.ownership is Ownership.MANAGED]
    if not ranges:
        return
    tags = next(subnet.tags for subnet in region.subnets if subnet.ownership is Ownership.MANAGED)
    name, alias = addresses.region(region.name), provider(region.name)
    there: list[Value] = [
        {"name": "vpc-id", "values": [vpc.attribute("id")]},
        {"name": "cidr-block", "values": ranges},
    ]
    own = stack.data(
        "aws_subnets",
        f"{name}_own",
        alias,
        filter=[*there, {"name": "tag:CreatingCluster", "values": [tags["CreatingCluster"]]}],
    )
    free = Guard(
        "ids",
        expr("length(setsubtract(self.ids, ", own.attribute("ids"), ")) == 0"),
        None,
        f"A subnet that ec2_vpc_subnets lists in {region.name} exists already, and this cluster has not made it.",
        "Run tpa-tf lookup to use it as it is, or remove it from ec2_vpc_subnets.",
    )
    stack.data("aws_subnets", name, alias, filter=there, lifecycle=Lifecycle(guards=(free,)))


def _stays_in(cidr: str, zone: str) -> Lifecycle:
    """A subnet can't change its zone: Terraform would replace it with every instance in it."""
    same_zone = holds(
        "availability_zone",
        zone,
        f"The subnet {cidr} is in another zone than {zone}, and a subnet can't move.",
        f"Set its az back, or give the instances that belong in {zone} a subnet of their own there (that replaces "
        "those instances).",
    )
    return Lifecycle(ignored=("availability_zone",), guards=(same_zone,))


def _gateway(stack: Stack, region: Region, vpc: Thing) -> Thing | None:
    gateway = region.internet_gateway
    if gateway is None:
        return None
    address, vpc_id = addresses.region(region.name), vpc.attribute("id")
    if gateway.ownership is Ownership.EXISTING:
        if gateway.gateway_id:
            stack.found[f"aws_internet_gateway.{address}"] = {"vpc_id": vpc_id}
            return Found({"id": gateway.gateway_id})
        return stack.data(
            "aws_internet_gateway",
            address,
            provider(region.name),
            filter=[{"name": "attachment.vpc-id", "values": [vpc_id]}],
        )
    return stack.resource("aws_internet_gateway", address, provider(region.name), vpc_id=vpc_id, tags=gateway.tags)


def _routes(
    stack: Stack,
    region: Region,
    vpc: Thing,
    gateway: Thing | None,
    subnets: Mapping[str, Thing],
) -> tuple[Resource, ...]:
    table = region.route_table
    if table is None or gateway is None:
        return ()
    address = addresses.region(region.name)
    made = stack.resource(
        "aws_route_table", address, provider(region.name), vpc_id=vpc.attribute("id"), tags=table.tags
    )
    route = stack.resource(
        "aws_route",
        f"{address}_default",
        provider(region.name),
        route_table_id=made.attribute("id"),
        destination_cidr_block=ANYWHERE,
        gateway_id=gateway.attribute("id"),
    )
    associations = [
        stack.resource(
            "aws_route_table_association",
            subnet,
            provider(region.name),
            route_table_id=made.attribute("id"),
            subnet_id=subnets[subnet].attribute("id"),
        )
        for subnet in table.subnets
    ]
    return (route, *associations)
