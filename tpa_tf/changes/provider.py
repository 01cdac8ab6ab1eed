"""How the AWS provider changes what our stacks hold: which arguments it changes in place, and which only anew.

The source is the provider's own documentation and schema code, version 5.100; `tests/e2e/test_mutations.py` holds it
against real plans. Every argument that a stack can hold is here, which a test demands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

META_ARGUMENTS = frozenset({"count", "depends_on", "for_each", "lifecycle", "provider"})
"""Arguments of Terraform itself."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of one kind of resource, by what a change of them does."""

    in_place: frozenset[str]
    replacing: frozenset[str]
    """A change of one of these makes the thing anew."""
    kept: frozenset[str]
    """Of both: those that stay as they are when they are taken out of the configuration."""
    tags_all: bool
    """Whether the provider's ``default_tags`` reach it."""

    @property
    def all(self) -> frozenset[str]:
        """Every argument."""
        return self.in_place | self.replacing


def _arguments(in_place: str = "", replacing: str = "", kept: str = "", *, tagged: bool = True) -> Arguments:
    changing = frozenset(in_place.split()) | (frozenset({"tags"}) if tagged else frozenset())
    return Arguments(changing, frozenset(replacing.split()), frozenset(kept.split()), tagged)


ARGUMENTS: Mapping[str, Arguments] = {
    "aws_ebs_volume": _arguments(
        "iops size throughput type",
        "availability_zone encrypted kms_key_id snapshot_id",
        kept="encrypted iops kms_key_id size snapshot_id throughput type",
    ),
    "aws_eip": _arguments("", "domain", kept="domain"),
    "aws_eip_association": _arguments("", "allocation_id instance_id", tagged=False),
    "aws_iam_instance_profile": _arguments("role", "name"),
    "aws_iam_role": _arguments("assume_role_policy", "name"),
    "aws_iam_role_policy": _arguments("policy", "name role", tagged=False),
    "aws_instance": _arguments(
        "disable_api_termination iam_instance_profile instance_type metadata_options root_block_device "
        "root_block_device.delete_on_termination root_block_device.iops root_block_device.tags "
        "root_block_device.throughput root_block_device.volume_size root_block_device.volume_type "
        "user_data user_data_base64 vpc_security_group_ids",
        "ami associate_public_ip_address ephemeral_block_device key_name private_ip root_block_device.encrypted "
        "root_block_device.kms_key_id subnet_id",
        kept="key_name private_ip root_block_device.encrypted root_block_device.iops root_block_device.kms_key_id "
        "root_block_device.throughput root_block_device.volume_size root_block_device.volume_type",
    ),
    "aws_internet_gateway": _arguments("vpc_id"),
    "aws_key_pair": _arguments("", "key_name public_key"),
    "aws_route": _arguments("gateway_id", "destination_cidr_block route_table_id", tagged=False),
    "aws_route53_record": _arguments("records ttl type", "name zone_id", tagged=False),
    "aws_route_table": _arguments("", "vpc_id"),
    "aws_route_table_association": _arguments("route_table_id", "subnet_id", tagged=False),
    "aws_s3_bucket": _arguments("", "bucket"),
    "aws_s3_bucket_ownership_controls": _arguments("rule", "bucket", tagged=False),
    "aws_s3_bucket_policy": _arguments("policy", "bucket", tagged=False),
    "aws_s3_bucket_public_access_block": _arguments(
        "block_public_acls block_public_policy ignore_public_acls restrict_public_buckets", "bucket", tagged=False
    ),
    "aws_s3_bucket_server_side_encryption_configuration": _arguments("rule", "bucket", tagged=False),
    "aws_s3_object": _arguments("source source_hash", "bucket key"),
    "aws_security_group": _arguments("", "description name vpc_id"),
    "aws_subnet": _arguments("", "availability_zone cidr_block vpc_id", kept="availability_zone"),
    "aws_volume_attachment": _arguments(
        "stop_instance_before_detaching", "device_name instance_id volume_id", tagged=False
    ),
    "aws_vpc": _arguments("enable_dns_hostnames enable_dns_support", "cidr_block"),
    "aws_vpc_security_group_egress_rule": _arguments("cidr_ipv4 ip_protocol", "security_group_id"),
    "aws_vpc_security_group_ingress_rule": _arguments(
        "cidr_ipv4 cidr_ipv6 description from_port ip_protocol prefix_list_id referenced_security_group_id to_port",
        "security_group_id",
    ),
}

DEFAULTS: Mapping[tuple[str, str], object] = {("aws_instance", "root_block_device.delete_on_termination"): True}
"""What an argument is that is not given, by kind and argument, where that is not what AWS has."""

STOPPING: Mapping[str, frozenset[str]] = {
    "aws_instance": frozenset({"cpu_options", "ebs_optimized", "instance_type", "user_data", "user_data_base64"})
}
"""A running machine is stopped for a change of these, and started again."""

# m6g, t4g, r6gd, c7gn, x2gd, im4gn, is4gen, g5g, hpc7g, and a1, the first: the letters after the generation have a g.
_GRAVITON = re.compile(r"(a1|[a-z]+\d+[a-z]*g[a-z]*)\.")


def same_processor(old_type: str, new_type: str) -> bool:
    """Whether a machine can change from one instance type to the other: between x86 and ARM it is made anew."""
    return bool(_GRAVITON.match(old_type)) == bool(_GRAVITON.match(new_type))
