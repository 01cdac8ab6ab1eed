"""Elastic IPs and DNS records."""

from __future__ import annotations

from tpa_tf.terraform.resource_type import Actions, Claim, ResourceType

EIP = ResourceType(
    "aws_eip",
    "Elastic IP",
    replaces="domain",
    computed="domain",
    connects=True,
    actions=Actions(
        "ec2",
        arn="elastic-ip",
        create="AllocateAddress",
        read="DescribeAddresses DescribeAddressesAttribute",
        delete="ReleaseAddress",
        tag="CreateTags DeleteTags",
    ),
    address=("<instance>",),
    existing=("data.aws_eip.<instance>",),
)

EIP_ASSOCIATION = ResourceType(
    "aws_eip_association",
    "Elastic IP association",
    replaces="allocation_id instance_id",
    computed="allocation_id instance_id",
    tagged=False,
    connects=True,
    # AWS refuses neither: it takes the address from the instance that has it, and another one from the instance that
    # gets it. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
    claims=(Claim(("allocation_id",), moves=True), Claim(("instance_id",), moves=True)),
    actions=Actions(
        "ec2",
        part_of="elastic-ip instance",
        create="AssociateAddress",
        read="DescribeAddresses",
        delete="DisassociateAddress",
        beside={"network-interface": "AssociateAddress DisassociateAddress"},
    ),
    address=("<instance>",),
)

ROUTE53_RECORD = ResourceType(
    "aws_route53_record",
    "DNS record",
    in_place="records ttl type",
    replaces="name zone_id",
    tagged=False,
    connects=True,
    everywhere=True,
    claims=(Claim(("name", "type"), within=("zone_id",), any_case=True),),
    import_id="{zone_id}_{name}_{type}",
    actions=Actions(
        "route53",
        part_of="hostedzone",
        create="ChangeResourceRecordSets",
        read="GetHostedZone ListResourceRecordSets",
        change="ChangeResourceRecordSets",
        delete="ChangeResourceRecordSets",
        beside={"change": "GetChange"},
    ),
    address=("<instance>",),
)
