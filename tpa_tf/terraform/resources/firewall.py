"""Security groups and their rules."""

from __future__ import annotations

from tpa_tf.limits import names
from tpa_tf.terraform.resource_type import Actions, Claim, NameRule, ResourceType

_SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")

SECURITY_GROUP = ResourceType(
    "aws_security_group",
    "security group",
    expendable=True,
    in_place="revoke_rules_on_delete",
    replaces="description name vpc_id",
    computed="name vpc_id",
    defaults={"description": "Managed by Terraform"},
    occupied=True,
    claims=(Claim(("name",), within=("vpc_id",), any_case=True),),
    names=(
        NameRule("name", names.SECURITY_GROUP),
        NameRule("description", names.GROUP_DESCRIPTION),
    ),
    actions=Actions(
        "ec2",
        arn="security-group",
        create="CreateSecurityGroup",
        read="DescribeNetworkInterfaces DescribeSecurityGroups",
        # AWS gives a new group a rule that lets everything out, which the provider takes from it.
        change="RevokeSecurityGroupEgress",
        delete="DeleteSecurityGroup",
        tag="CreateTags DeleteTags",
    ),
    address=("<region>",),
    existing=("data.aws_security_groups.<region>", "data.aws_security_group.<region>_monitoring"),
)

INGRESS_RULE = ResourceType(
    "aws_vpc_security_group_ingress_rule",
    "ingress rule",
    in_place="cidr_ipv4 cidr_ipv6 description from_port ip_protocol prefix_list_id referenced_security_group_id "
    "to_port",
    replaces="security_group_id",
    connects=True,
    claims=(Claim(("ip_protocol", "from_port", "to_port", *_SOURCES), within=("security_group_id",)),),
    names=(NameRule("description", names.RULE_DESCRIPTION),),
    actions=Actions(
        "ec2",
        part_of="security-group",
        create="AuthorizeSecurityGroupIngress",
        read="DescribeSecurityGroupRules",
        change="ModifySecurityGroupRules",
        delete="RevokeSecurityGroupIngress",
        tag="CreateTags DeleteTags",
        beside={
            "security-group-rule": "AuthorizeSecurityGroupIngress ModifySecurityGroupRules RevokeSecurityGroupIngress"
        },
    ),
    address=("<region>_tcp_22_0_0_0_0_0",),
)

EGRESS_RULE = ResourceType(
    "aws_vpc_security_group_egress_rule",
    "egress rule",
    in_place="cidr_ipv4 ip_protocol",
    replaces="security_group_id",
    connects=True,
    claims=(Claim(("ip_protocol", "cidr_ipv4"), within=("security_group_id",)),),
    actions=Actions(
        "ec2",
        part_of="security-group",
        create="AuthorizeSecurityGroupEgress",
        read="DescribeSecurityGroupRules",
        change="ModifySecurityGroupRules",
        delete="RevokeSecurityGroupEgress",
        tag="CreateTags DeleteTags",
        beside={
            "security-group-rule": "AuthorizeSecurityGroupEgress ModifySecurityGroupRules RevokeSecurityGroupEgress"
        },
    ),
    address=("<region>_all",),
)
