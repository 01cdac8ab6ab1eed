"""VPCs, subnets and their ways out."""

from __future__ import annotations

from tpa_tf.terraform.resource_type import Actions, Claim, DataSource, ResourceType

VPC = ResourceType(
    "aws_vpc",
    "VPC",
    expendable=True,
    in_place="enable_dns_hostnames enable_dns_support",
    replaces="cidr_block",
    computed="cidr_block enable_dns_hostnames",
    defaults={"enable_dns_support": True},
    occupied=True,
    actions=Actions(
        "ec2",
        arn="vpc",
        create="CreateVpc",
        read="DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups DescribeVpcAttribute DescribeVpcs",
        change="ModifyVpcAttribute",
        delete="DeleteVpc",
        tag="CreateTags DeleteTags",
    ),
    remedy="To move, create a second cluster in the new range and replicate to it.",
    address=("<region>",),
    existing=("data.aws_vpc.<region>",),
)

SUBNETS = DataSource(
    "aws_subnets", "subnets", ("data.aws_subnets.<region>", "data.aws_subnets.<region>_own"), read="DescribeSubnets"
)

SUBNET = ResourceType(
    "aws_subnet",
    "subnet",
    expendable=True,
    replaces="availability_zone cidr_block vpc_id",
    computed="availability_zone",
    occupied=True,
    claims=(Claim(("cidr_block",), within=("vpc_id",), overlap=True),),
    actions=Actions(
        "ec2",
        arn="subnet",
        create="CreateSubnet",
        read="DescribeNetworkInterfaces DescribeSubnets",
        delete="DeleteSubnet",
        tag="CreateTags DeleteTags",
    ),
    remedy="Give the instances that belong in another zone a subnet of their own there.",
    address=("<region>_10_33_1_0_24",),
    existing=("data.aws_subnet.<region>_10_33_1_0_24", "data.aws_subnet.<region>_subnet-0abc"),
)

INTERNET_GATEWAY = ResourceType(
    "aws_internet_gateway",
    "internet gateway",
    goes_with_vpc=True,
    serves_public=True,
    in_place="vpc_id",
    computed="vpc_id",
    connects=True,
    steers="vpc_id",
    claims=(Claim(("vpc_id",)),),
    actions=Actions(
        "ec2",
        arn="internet-gateway",
        create="CreateInternetGateway",
        read="DescribeInternetGateways",
        change="AttachInternetGateway DetachInternetGateway",
        delete="DeleteInternetGateway",
        tag="CreateTags DeleteTags",
        beside={"vpc": "AttachInternetGateway DetachInternetGateway"},
    ),
    address=("<region>",),
    existing=("data.aws_internet_gateway.<region>",),
)

ROUTE_TABLE = ResourceType(
    "aws_route_table",
    "route table",
    goes_with_vpc=True,
    replaces="vpc_id",
    connects=True,
    actions=Actions(
        "ec2",
        arn="route-table",
        create="CreateRouteTable",
        read="DescribeRouteTables",
        delete="DeleteRouteTable DisassociateRouteTable",
        tag="CreateTags DeleteTags",
    ),
    address=("<region>",),
)

ROUTE = ResourceType(
    "aws_route",
    "default route",
    in_place="gateway_id",
    replaces="destination_cidr_block route_table_id",
    tagged=False,
    connects=True,
    steers="gateway_id",
    claims=(Claim(("destination_cidr_block",), within=("route_table_id",)),),
    import_id="{route_table_id}_{destination_cidr_block}",
    actions=Actions(
        "ec2",
        part_of="route-table",
        create="CreateRoute",
        read="DescribeRouteTables",
        change="ReplaceRoute",
        delete="DeleteRoute",
    ),
    address=("<region>_default",),
)

ROUTE_TABLE_ASSOCIATION = ResourceType(
    "aws_route_table_association",
    "route table association",
    in_place="route_table_id",
    replaces="subnet_id",
    tagged=False,
    connects=True,
    steers="route_table_id",
    claims=(Claim(("subnet_id",)),),
    import_id="{subnet_id}/{route_table_id}",
    actions=Actions(
        "ec2",
        part_of="route-table subnet",
        create="AssociateRouteTable",
        read="DescribeRouteTables",
        # No ReplaceRouteTableAssociation: a route table is replaced with its VPC only, and the subnets with that.
        delete="DisassociateRouteTable",
    ),
    address=("<subnet>",),
)
