"""Every rule of a config: what is refused or remarked upon, with the place and what is allowed, and what passes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import REMOVED, SOUND, load_edited
from tpa_tf.config.findings import Finding, Severity
from tpa_tf.limits.volumes import VOLUME_TYPES

Edits = dict[str, Any]


@dataclass(frozen=True)
class Bad:
    """Edits that the rule finds fault with at ``where``, in words that hold each of ``says``."""

    rule: str
    where: str
    says: str
    edits: Edits
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Good:
    """Edits on the right side of the rule."""

    rule: str
    edits: Edits


WARNING, INFO = Severity.WARNING, Severity.INFO
ONE = "instances[0]"
DISK = f"{ONE}.volumes[1]"
VPCS = {"eu-west-1": {"Name": "a", "cidr": "10.33.0.0/16"}}


def disk(**settings: Any) -> Edits:
    return {f"{DISK}.{key}": value for key, value in settings.items()}


def rule(**settings: Any) -> Edits:
    return {"cluster_rules": [settings]}


def second_region(cidr: str = "10.34.0.0/16", subnet: str = "10.34.1.0/24") -> Edits:
    return {
        "ec2_vpc": {**VPCS, "us-east-1": {"Name": "b", "cidr": cidr}},
        "instances[1].region": "us-east-1",
        "instances[1].subnet": subnet,
    }


CASES: list[Bad | Good] = [
    # The cluster
    Bad("not-a-tpa-config", "", "this is not a TPA cluster's config.yml",
        dict.fromkeys(SOUND, REMOVED) | {"hello": "world"}),
    Bad("missing-key", "", "cluster_name is missing|letters, digits", {"cluster_name": REMOVED}),
    Bad("missing-key", "ec2_vpc", "ec2_vpc is missing|write ec2_vpc: {Name: …, cidr: …}, or", {"ec2_vpc": REMOVED}),
    Bad("missing-key", "ec2_ami", "ec2_ami is missing|ec2_ami: {Name", {"ec2_ami": REMOVED}),
    Bad("missing-key", "ec2_ami", "ec2_ami is missing|ec2_ami: {Name", {"ec2_ami": None}),
    Good("missing-key", {"ec2_ami": REMOVED, f"{ONE}.image": "ami-0abc", "instances[1].image": "ami-0abc"}),
    Bad("missing-key", "instances", "there are no instances", {"instances": REMOVED}),
    Bad("missing-key", "instances", "there are no instances", {"instances": []}),
    Bad("invalid-name", "cluster_name", "'a b'|letters, digits", {"cluster_name": "a b"}),
    Bad("invalid-name", "cluster_name", "'__proto__'|choose another", {"cluster_name": "__proto__"}),
    Bad("invalid-name", "cluster_name", "toString", {"cluster_name": "toString"}),
    Bad("invalid-name", "cluster_name", "up to 255 letters", {"cluster_name": "n" * 256}),
    Good("invalid-name", {"cluster_name": "A_b-9"}),
    Bad("no-cluster-vars", "cluster_vars", "cluster_vars|postgres_version", {"cluster_vars": REMOVED}, WARNING),
    Bad("misspelt-key", "instance", "did you mean instances?", {"instance": []}, WARNING),
    Bad("no-effect", "ec2_ami_name", "ec2_ami_name has no effect", {"ec2_ami_name": "x"}, WARNING),
    Bad("left-to-tpa", "our_notes", "tpa-tf creates nothing for the key our_notes", {"our_notes": "x"}, INFO),
    Bad("wrong-type", "cluster_tags", "a mapping of tags", {"cluster_tags": "x"}),
    Bad("wrong-type", "instances", "a list of instances", {"instances": "x"}),
    Bad("wrong-type", ONE, "an instance is expected", {ONE: "x"}),
    Bad("wrong-type", "instance_defaults", "a mapping is expected", {"instance_defaults": "x"}),
    Bad("no-owner", "cluster_tags", "the cluster has no Owner, so nothing is tagged with one",
        {"cluster_tags": {}}, WARNING),
    Good("no-owner", {"cluster_tags": {}, "Owner": "Ada"}),
    Bad("senseless-owner", "cluster_tags.Owner", "'Root'|a person or a team", {"cluster_tags": {"Owner": "Root"}}),
    Bad("senseless-owner", "Owner", "'ec2-user'", {"cluster_tags": {}, "Owner": "ec2-user"}),
    Good("senseless-owner", {"cluster_tags": {"Owner": "rooted"}}),
    Bad("name-tag", "cluster_tags.Name", "speedy|remove Name from cluster_tags",
        {"cluster_tags.Name": "other"}, WARNING),
    Good("name-tag", {"cluster_tags.Name": "speedy"}),
    Bad("invalid-tag", "cluster_tags.AWS:x", "'AWS:x'|choose a key that does not begin with",
        {"cluster_tags.AWS:x": "1"}),
    Bad("invalid-tag", "cluster_tags.__proto__", "'__proto__'|choose another key: JavaScript, and",
        {"cluster_tags.__proto__": "1"}),
    Bad("invalid-tag", f"{ONE}.tags.__proto__", "'__proto__' can't be the key of a tag",
        {f"{ONE}.tags": {"__proto__": "1"}}),
    Bad("invalid-tag", "terraform.provider.default_tags.tags.__proto__", "'__proto__' can't be the key of a tag",
        {"terraform": {"provider": {"default_tags": {"tags": {"__proto__": "1"}}}}}),
    Good("invalid-tag", {"cluster_tags.awsome": "1"}),
    Bad("invalid-tag", "cluster_tags.a*", "S3 and IAM refuse 'a*' as the key|letters, digits",
        {"cluster_tags.a*": "1"}),
    Bad("invalid-tag", "cluster_tags.Team", "S3 and IAM refuse 'a,b' as the value", {"cluster_tags.Team": "a,b"}),
    Good("invalid-tag", {f"{ONE}.tags": {"a*": "b,c"}}),
    Good("invalid-tag", {"cluster_tags.Team": "a,b", "cluster_bucket": "ours"}),
    Good("invalid-tag", {"cluster_tags.Équipe": "Données + B/C=d@e:f_g-h.i"}),
    Bad("invalid-tag", "cluster_tags.Team", "the value of a tag has 257 characters|256",
        {"cluster_tags.Team": "x" * 257}),
    Good("invalid-tag", {"cluster_tags.Team": "x" * 256}),
    Bad("invalid-tag", f"cluster_tags.{'k' * 129}", "the key of a tag has 129 characters|128",
        {f"cluster_tags.{'k' * 129}": "x"}),
    Bad("invalid-tag", f"{ONE}.tags.Team", "has 257 characters", {f"{ONE}.tags": {"Team": "x" * 257}}),
    Bad("invalid-tag", "terraform.provider.default_tags.tags.Cost", "S3 and IAM refuse '100%'",
        {"terraform": {"provider": {"default_tags": {"tags": {"Cost": "100%"}}}}}),
    Bad("invalid-tag", "terraform.provider.default_tags.tags.cost", "IAM takes the tags cost and Cost for one",
        {"terraform": {"provider": {"default_tags": {"tags": {"Cost": "1", "cost": "2"}}}}}),
    Bad("invalid-tag", "terraform.provider.default_tags.tags.creatingcluster", "creatingcluster and CreatingCluster",
        {"terraform": {"provider": {"default_tags": {"tags": {"creatingcluster": "x"}}}}}),
    Bad("ignored-tag", "terraform.provider.ignore_tags", "ignore_tags covers Owner, which this config sets:",
        {"terraform": {"provider": {"ignore_tags": {"keys": ["Owner", "Other"]}}}}, WARNING),
    Bad("ignored-tag", "terraform.provider.ignore_tags", "ignore_tags covers TPAAttachmentLabel, TPAManagedBy,",
        {"terraform": {"provider": {"ignore_tags": {"key_prefixes": ["TPA"]}}}}, WARNING),
    Good("ignored-tag", {"terraform": {"provider": {"ignore_tags": {"key_prefixes": ["aws-"], "keys": ["cost"]}}}}),
    Bad("invalid-value", "terraform.provider.default_tags[1]", "2 blocks, and the aws provider takes one",
        {"terraform": {"provider": {"default_tags": [{"tags": {"a": "1"}}, {"tags": {"b": "1"}}]}}}),
    Bad("invalid-tag", "terraform.provider.default_tags[0].tags.aws:x", "'aws:x' can't be the key of a tag",
        {"terraform": {"provider": {"default_tags": [{"tags": {"aws:x": "1"}}]}}}),
    Good("invalid-tag", {"cluster_tags": {"Owner": "Ada", "constructor": "1", "toString": "2"}}),
    Bad("invalid-reachability", "ec2_instance_reachability", "'open'|public or private",
        {"ec2_instance_reachability": "open"}),
    Bad("invalid-port", "cluster_ssh_port", "0 is not a port|1 to 65535", {"cluster_ssh_port": 0}),
    Bad("invalid-port", "cluster_ssh_port", "65536", {"cluster_ssh_port": 65536}),
    Good("invalid-port", {"cluster_ssh_port": 1}),
    Good("invalid-port", {"cluster_ssh_port": "65535"}),
    Bad("invalid-bucket", "cluster_bucket", "'My_Bucket'|3 to 63", {"cluster_bucket": "My_Bucket"}),
    Bad("invalid-bucket", "cluster_bucket", "'ab'", {"cluster_bucket": "ab"}),
    Bad("invalid-bucket", "cluster_bucket", "63", {"cluster_bucket": "a" * 64}),
    Good("invalid-bucket", {"cluster_bucket": "abc"}),
    Good("invalid-bucket", {"cluster_bucket": "a" * 63}),
    Good("invalid-bucket", {"cluster_bucket": "auto"}),
    Bad("bucket-region", "cluster_bucket",
        "ours is taken to be in eu-west-1|terraform: {home_region|run tpa-tf lookup",
        {"cluster_bucket": "ours"}, INFO),
    Good("bucket-region", {"cluster_bucket": "ours", "terraform": {"home_region": "eu-west-1"}}),
    Good("bucket-region", {"cluster_bucket": "auto"}),
    Bad("key-name-unused", "ec2_key_name", "no effect", {"ec2_key_name": "a", "ec2_instance_key": "b"}, WARNING),
    Good("key-name-unused", {"ec2_instance_key": "b"}),
    Bad("no-key", "ec2_key_name", "ec2_key_name is empty, so instances get no key pair", {"ec2_key_name": ""}, WARNING),
    Good("no-key", {"ec2_key_name": "", "ec2_instance_key": "b"}),
    Bad("no-profile", "cluster_profile", "host keys", {"cluster_profile": ""}, WARNING),
    Good("no-profile", {"cluster_profile": "", "instance_profile_name": "team"}),
    Bad("invalid-locale", "user_locale", "'a b'|en_US.UTF-8", {"user_locale": "a b"}),
    Good("invalid-locale", {"user_locale": "de_DE.UTF-8@euro"}),
    Bad("invalid-variable", "user_data_environment.1a", "'1a'", {"user_data_environment": {"1a": "x"}}),
    Good("invalid-variable", {"user_data_environment": {"_a1": "x"}}),
    Bad("wrong-type", "user_data_environment.A", "a NUL character", {"user_data_environment": {"A": "x\0y"}}),
    Bad("wrong-type", "cluster_tags.A", "A holds a list where text is expected", {"cluster_tags.A": ["x"]}),
    Bad("duplicate-key", "cluster_tags.1", "'1' is given twice", {"cluster_tags": {"Owner": "A", 1: "a", "1": "b"}}),
    Bad("invalid-pattern", "hostname_patterns.aws", "not a regular", {"hostname_patterns": {"aws": "a{9999999999}"}}),
    Bad("needs-plain-value", "cluster_tags.Owner", "template|write the value", {"cluster_tags": {"Owner": "{{ me }}"}}),
    Good("needs-plain-value", {f"{ONE}.vars": {"anything": "{{ me }}"}}),
    # The platform
    Bad("unknown-platform", f"{ONE}.platform", "'AWS'|did you mean aws?", {f"{ONE}.platform": "AWS"}),
    Bad("unknown-platform", f"{ONE}.platform", "'azure'|aws, bare, docker", {f"{ONE}.platform": "azure"}),
    Bad("needs-plain-value", f"{ONE}.platform", "template", {f"{ONE}.platform": "{{ p }}"}),
    Bad("wrong-type", f"{ONE}.platform", "a list where text", {f"{ONE}.platform": ["aws"]}),
    Bad("other-platform", f"{ONE}.platform", "one is on bare|only instances on aws become Terraform;",
        {f"{ONE}.platform": "bare"}, INFO),
    Good("unknown-platform", {f"{ONE}.platform": "docker"}),
    Good("other-platform", {f"{ONE}.platform": "aws"}),
    # The image
    Bad("missing-key", "ec2_ami", "Name is missing|wildcards", {"ec2_ami": {"Owner": "self"}}),
    Bad("invalid-owner", "ec2_ami.Owner", "'Me!'|self", {"ec2_ami.Owner": "Me!"}),
    Bad("invalid-owner", "ec2_ami.Owner", "12 digits", {"ec2_ami.Owner": "1" * 13}),
    Good("invalid-owner", {"ec2_ami.Owner": "1" * 12}),
    Good("invalid-owner", {"ec2_ami.Owner": ["self", "amazon", 99720109477]}),
    Bad("invalid-image", f"{ONE}.image", "'debian'|ami-…", {f"{ONE}.image": "debian"}),
    # VPCs, subnets, gateways
    Bad("wrong-type", "ec2_vpc", "where the VPC is expected", {"ec2_vpc": "vpc-1"}),
    Bad("mixed-vpc", "ec2_vpc.eu-west-1", "beside Name|write one VPC for all regions (Name,",
        {"ec2_vpc": {"Name": "a", **VPCS}}),
    Bad("vpc-without-name", "ec2_vpc", "which VPC", {"ec2_vpc": {"cidr": "10.33.0.0/16"}}),
    Bad("unknown-key", "ec2_vpc.name", "did you mean Name?", {"ec2_vpc": {"name": "x"}}),
    Bad("not-a-region", "ec2_vpc.eu-west-1a", "'eu-west-1a' is not an AWS region",
        {"ec2_vpc": {"eu-west-1a": {"Name": "x"}}}),
    Bad("no-vpc-entry", f"{ONE}.region", "no entry for eu-west-1|add eu-west-1 to ec2_vpc, which has",
        {"ec2_vpc": {"us-east-1": {"Name": "x"}}}),
    Bad("invalid-cidr", "ec2_vpc.cidr", "'10.33.0.0'|10.33.0.0/16", {"ec2_vpc.cidr": "10.33.0.0"}),
    Bad("invalid-cidr", "ec2_vpc.cidr", "'10.33.0.300/16' is not a range of addresses",
        {"ec2_vpc.cidr": "10.33.0.300/16"}),
    Bad("invalid-cidr", "ec2_vpc.cidr", "IPv4", {"ec2_vpc.cidr": "2001:db8::/32"}),
    Bad("invalid-cidr", "ec2_vpc.cidr", "10.32.0.0/15 can't be the range of a VPC", {"ec2_vpc.cidr": "10.32.0.0/15"}),
    Good("invalid-cidr", {"ec2_vpc.cidr": "10.33.0.0/16"}),
    Good("invalid-cidr", {
        "ec2_vpc.cidr": "10.33.0.0/28", f"{ONE}.subnet": "10.33.0.0/28", "instances[1].subnet": "10.33.0.0/28"}),
    Bad("invalid-cidr", f"{ONE}.subnet", "10.33.1.0/29 can't be the range of a subnet",
        {f"{ONE}.subnet": "10.33.1.0/29"}),
    Good("invalid-cidr", {f"{ONE}.subnet": "10.33.1.0/28"}),
    Bad("subnet-outside-vpc", f"{ONE}.subnet", "10.34.0.0/24 is not inside 10.33.0.0/16|line",
        {f"{ONE}.subnet": "10.34.0.0/24"}),
    Good("subnet-outside-vpc", {f"{ONE}.subnet": "10.33.255.0/24"}),
    Bad("overlapping-subnets", "instances[1].subnet", "10.33.1.128/25 overlaps 10.33.1.0/24|line",
        {"instances[1].subnet": "10.33.1.128/25"}),
    Good("overlapping-subnets", {"instances[1].subnet": "10.33.1.0/24"}),
    Good("overlapping-subnets", {f"{ONE}.subnet": "10.33.1.0/25", "instances[1].subnet": "10.33.1.128/25"}),
    Bad("host-bits", f"{ONE}.subnet", "10.33.1.100/27 means 10.33.1.96/27: it has host bits set|write 10.33.1.96/27",
        {f"{ONE}.subnet": "10.33.1.100/27"},
        WARNING),
    Good("host-bits", {f"{ONE}.subnet": "10.33.1.96/27"}),
    Bad("host-bits", "ec2_vpc.cidr", "10.33.0.7/16 means 10.33.0.0/16: it has host bits set|write 10.33.0.0/16",
        {"ec2_vpc.cidr": "10.33.0.7/16"}, WARNING),
    Good("host-bits", {"ec2_vpc.cidr": "10.33.0.0/255.255.0.0"}),
    Bad("host-bits", "ec2_vpc_subnets.eu-west-1.10.33.1.9/24", "10.33.1.9/24 means 10.33.1.0/24: it has host bits set",
        {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.9/24": {"az": "eu-west-1a"}}}}, WARNING),
    Bad("duplicate-subnet", "ec2_vpc_subnets.eu-west-1.10.33.1.9/24", "line|keep one of them: two spellings of a",
        {"ec2_vpc_subnets": {"eu-west-1": {
            "10.33.1.0/24": {"az": "eu-west-1a"}, "10.33.1.9/24": {"az": "eu-west-1b"}}}}),
    Bad("invalid-subnet", f"{ONE}.subnet", "'subnet-XY'|hexadecimal", {f"{ONE}.subnet": "subnet-XY"}),
    Bad("subnet-unasked", f"{ONE}.subnet", "subnet-0abc was not looked up: if this stack has created|tpa-tf lookup",
        {f"{ONE}.subnet": "subnet-0abc"}),
    Bad("subnet-unasked", f"{ONE}.subnet", "subnet-0abc was not looked up: if this stack has created", {
        f"{ONE}.subnet": "subnet-0abc", "ec2_vpc": {"Name": "there"},
        "ec2_vpc_subnets": {"eu-west-1": {"10.33.2.0/24": {"az": "eu-west-1b"}}}}),
    Good("subnet-unasked", {f"{ONE}.subnet": "subnet-0abc", "ec2_vpc": {"Name": "there"}}),
    Bad("not-a-zone", "ec2_vpc_subnets.eu-west-1.10.33.1.0/24.az", "'eu-west-1' is not an availability zone",
        {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0/24": {"az": "eu-west-1"}}}}),
    Good("not-a-zone", {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0/24": "eu-west-1a"}}}),
    *(Bad("zone-elsewhere", "ec2_vpc_subnets.eu-west-1.10.33.1.0/24.az",
        f"{zone} is a zone of {other}, not of eu-west-1",
        {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0/24": {"az": zone}}}})
      for zone, other in (("us-east-1b", "us-east-1"), ("eu-west-2a", "eu-west-2"), ("eu-west-10a", "eu-west-10"),
                          ("us-west-2-lax-1a", "us-west-2"))),
    Bad("zone-elsewhere", "ec2_vpc_subnets.10.33.1.0/24.az", "not of eu-west-1|such as eu-west-1a",
        {"ec2_vpc_subnets": {"10.33.1.0/24": {"az": "us-east-1b"}}}),
    Bad("zone-elsewhere", "locations[0].az", "not of eu-west-1",
        {"locations": [{"Name": "a", "region": "eu-west-1", "az": "us-east-1b"}]}),
    *(Good("zone-elsewhere", {
        "ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0/24": {"az": zone}}, "us-east-1": {"10.33.1.0/24": "us-east-1b"}},
        "locations": [{"Name": "a", "region": "eu-west-1", "az": zone}, {"Name": "b", "az": "us-east-1b"}]})
      for zone in ("eu-west-1a", "eu-west-1-ber-1a", "eu-west-1-wl1-lon-wlz-1")),
    Good("zone-elsewhere", {"ec2_vpc_subnets": {"10.33.1.0/24": "eu-west-1b", "10.99.1.0/24": "us-east-1b"}}),
    *(Bad("two-partitions", "instances[1].region", f"{region} is in the partition {name}, and eu-west-1 in aws", {
        **second_region(), "ec2_vpc": {"Name": "b", "cidr": "10.33.0.0/16"}, "instances[1].region": region,
        "instances[1].subnet": "10.33.2.0/24"})
      for region, name in (("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso"))),
    Bad("two-partitions", "ec2_vpc.cn-north-1", "in the partition aws-cn",
        {"ec2_vpc": {**VPCS, "cn-north-1": {"Name": "b"}}}),
    Bad("two-partitions", "terraform.home_region", "in the partition aws-cn",
        {"cluster_bucket": "ours", "terraform": {"home_region": "cn-north-1"}}),
    Good("two-partitions", second_region()),
    Good("two-partitions", {
        "ec2_vpc": {"Name": "b", "cidr": "10.33.0.0/16"}, f"{ONE}.region": "us-gov-west-1",
        "instances[1].region": "us-gov-east-1"}),
    Bad("unused-subnet", "ec2_vpc_subnets.eu-west-1.10.33.9.0/24",
        "the subnet 10.33.9.0/24 is not created: no instance is in",
        {"ec2_vpc_subnets": {"eu-west-1": {"10.33.9.0/24": {"az": "eu-west-1a"}}}}, INFO),
    Bad("zone-conflict", "locations[1].az", "az: eu-west-1b has no effect: an earlier location has", {"locations": [
        {"Name": "a", "region": "eu-west-1", "az": "eu-west-1a", "subnet": "10.33.1.0/24"},
        {"Name": "b", "region": "eu-west-1", "az": "eu-west-1b", "subnet": "10.33.1.0/24"}]}, WARNING),
    Bad("zone-left-to-aws", f"{ONE}.subnet",
        "AWS chooses the zone of 10.33.1.0/24|add az in ec2_vpc_subnets, or in the", {
        "locations": REMOVED}, INFO),
    Bad("location-by-position", f"{ONE}.location",
        "location 0 means a, by its position in the list|write location: a", {
        "locations": [{"Name": "a", "az": "eu-west-1a"}], f"{ONE}.location": 0}, WARNING),
    Good("location-by-position", {"locations": [{"Name": "a", "az": "eu-west-1a"}], f"{ONE}.location": "a"}),
    Bad("no-instance-name", ONE, "the instance has no Name, and is called speedy-1 after|write Name: speedy-1",
        {f"{ONE}.Name": REMOVED}, WARNING),
    Good("no-instance-name", {f"{ONE}.Name": REMOVED, f"{ONE}.tags": {"Name": "first"}}),
    Bad("zone-left-to-aws", "locations[0].subnet", "10.33.9.0/24", {
        "locations": [{"Name": "a", "region": "eu-west-1", "subnet": "10.33.9.0/24"}],
        **{f"{each}.location": "a" for each in (ONE, "instances[1]")},
        **{f"{each}.subnet": REMOVED for each in (ONE, "instances[1]")}}, INFO),
    Good("zone-left-to-aws", {"locations": REMOVED, "ec2_vpc_subnets": {"eu-west-1": {
        "10.33.1.0/24": "eu-west-1a", "10.33.2.0/24": "eu-west-1b"}}}),
    Good("zone-left-to-aws", {"locations": REMOVED, "ec2_vpc": {"Name": "there"}}),
    Good("zone-left-to-aws", {"locations": REMOVED, "instances[1].subnet": "10.33.1.0/24", **{
        f"{each}.volumes[1]": {"device_name": "/dev/sdf", "ephemeral": "ephemeral0"}
        for each in (ONE, "instances[1]")}}),
    Bad("unused-region", "ec2_vpc_igw.us-east-1", "ec2_vpc_igw names us-east-1, which has no instances",
        {"ec2_vpc_igw": {"us-east-1": True}}, INFO),
    Bad("overlapping-vpcs", "ec2_vpc.us-east-1.cidr", "10.33.0.0/16|give each region a range of its own",
        second_region("10.33.0.0/16", "10.33.2.0/24"), WARNING),
    Good("overlapping-vpcs", second_region()),
    Bad("no-gateway", "ec2_vpc_igw.eu-west-1", "reach neither S3 nor a package repository|remove the entry",
        {"ec2_vpc_igw": {"eu-west-1": "no"}}, WARNING),
    Bad("no-gateway", "ec2_vpc_igw.eu-west-1", "only where the existing routes|remove the entry",
        {"ec2_vpc_igw": {"eu-west-1": "no"}, "ec2_vpc": {"Name": "there"}}, WARNING),
    Bad("subnet-outside-vpc", f"{ONE}.subnet", "or the id of a subnet that exists; if the VPC has further ranges",
        {f"{ONE}.subnet": "10.34.0.0/24", "ec2_vpc": {"cidr": "10.33.0.0/16", "filters": {"vpc-id": "vpc-1"}},
         "ec2_vpc_subnets": {"eu-west-1": {"10.34.0.0/24": "eu-west-1a"}}}),
    Good("no-gateway", {"ec2_vpc_igw": {"eu-west-1": "yes"}}),
    Bad("gateway-alone", "ec2_vpc_igw.eu-west-1", "no route",
        {"ec2_vpc_igw": {"eu-west-1": True}, "ec2_instance_reachability": REMOVED}, INFO),
    Bad("wrong-type", "ec2_vpc_igw.eu-west-1", "'maybe'|yes or no", {"ec2_vpc_igw": {"eu-west-1": "maybe"}}),
    Bad("wrong-type", "ec2_groups.eu-west-1", "filters", {"ec2_groups": {"eu-west-1": "sg-1"}}),
    # Locations
    Bad("wrong-type", "locations", "a list of locations", {"locations": "x"}),
    Bad("missing-key", "locations[0]", "Name is missing", {"locations": [{"az": "eu-west-1a"}]}),
    Bad("duplicate-name", "locations[1].Name", "the location a is taken: line 15 has it",
        {"locations": [{"Name": "a"}, {"Name": "a"}]}),
    Bad("unknown-location", f"{ONE}.location", "did you mean first?",
        {"locations": [{"Name": "first"}], f"{ONE}.location": "frist"}),
    Bad("unknown-location", f"{ONE}.location", "no location 1", {"locations": [{"Name": "a"}], f"{ONE}.location": 1}),
    Good("unknown-location", {"locations": [{"Name": "a"}], f"{ONE}.location": 0}),
    Bad("lost-tags", "instance_defaults.tags", "drops them", {"instance_defaults": {"tags": {"a": "b"}}}, WARNING),
    # Rules
    Bad("wrong-type", "cluster_rules", "a list of rules", {"cluster_rules": {"proto": "tcp"}}),
    Bad("invalid-protocol", "cluster_rules[0].proto", "'tpc'|tcp, udp", rule(proto="tpc", cidr_ip="10.0.0.0/8")),
    Bad("invalid-protocol", "cluster_rules[0].proto", "'256'", rule(proto=256, cidr_ip="10.0.0.0/8")),
    Good("invalid-protocol", rule(proto=255, cidr_ip="10.0.0.0/8")),
    Good("invalid-protocol", rule(proto="all", cidr_ip="10.0.0.0/8")),
    Bad("missing-key", "cluster_rules[0]", "from_port and to_port are missing", rule(cidr_ip="10.0.0.0/8")),
    Bad("missing-key", "cluster_rules[0]", "to_port is missing", rule(from_port=1, cidr_ip="10.0.0.0/8")),
    Bad("two-port-forms", "cluster_rules[0]", "ports stands beside from_port and to_port",
        rule(ports=1, from_port=1, to_port=1, cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].from_port", "0 to 65535",
        rule(from_port=-1, to_port=1, cidr_ip="10.0.0.0/8")),
    Good("invalid-port", rule(from_port=0, to_port=65535, cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].to_port", "0 to 65535",
        rule(from_port=1, to_port=65536, cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].to_port", "the range 2 to 1 begins with its upper end",
        rule(from_port=2, to_port=1, cidr_ip="10.0.0.0/8")),
    Good("invalid-port", rule(from_port=2, to_port=2, cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].ports", "'ssh' is not a port", rule(ports=["ssh"], cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].ports", "'22,80' is not a port", rule(ports=["22,80"], cidr_ip="10.0.0.0/8")),
    Bad("invalid-port", "cluster_rules[0].ports", "1 to 65536", rule(ports="65536-1", cidr_ip="10.0.0.0/8")),
    Good("invalid-port", rule(ports="65535-0", cidr_ip="10.0.0.0/8")),
    Good("invalid-port", rule(ports=[22, "6000-6100"], cidr_ip="10.0.0.0/8")),
    Good("invalid-port", rule(ports="22, 6000-6100", cidr_ip="10.0.0.0/8")),
    Bad("every-port", "cluster_rules[0]", "a rule for all|proto: tcp",
        rule(proto="all", from_port=22, to_port=22, cidr_ip="10.0.0.0/8"), WARNING),
    Bad("every-port", "cluster_rules[0]", "a rule for 50", rule(proto=50, ports=22, cidr_ip="10.0.0.0/8"), WARNING),
    Good("every-port", rule(proto="all", from_port=0, to_port=65535, cidr_ip="10.0.0.0/8")),
    Good("every-port", rule(proto=50, cidr_ip="10.0.0.0/8")),
    Bad("invalid-icmp", "cluster_rules[0]", "the type and the code of ICMP are out of range",
        rule(proto="icmp", icmp_type=256, cidr_ip="10.0.0.0/8")),
    Bad("invalid-icmp", "cluster_rules[0]", "icmp_code 0 stands without a type",
        rule(proto="icmp", icmp_code=0, cidr_ip="10.0.0.0/8")),
    Bad("invalid-icmp", "cluster_rules[0].icmp_type", "proto: icmp",
        rule(proto="tcp", ports=22, icmp_type=8, cidr_ip="10.0.0.0/8")),
    Good("invalid-icmp", rule(proto="icmp", icmp_type=255, icmp_code=-1, cidr_ip="10.0.0.0/8")),
    Good("invalid-icmp", rule(proto="icmp", icmp_code=-1, cidr_ip="10.0.0.0/8")),
    Bad("rule-source", "cluster_rules[0]", "the rule admits nobody: its source is missing|cidr_ip", rule(ports=22)),
    Bad("rule-source", "cluster_rules[0]", "the rule admits nobody: its source is missing", rule(ports=22, cidr_ip=[])),
    Good("rule-source", rule(ports=22, cidr_ip="10.0.0.0/8", group_id="sg-1", cidr_ipv6="2001:db8::/32")),
    Bad("invalid-cidr", "cluster_rules[0].cidr_ip", "'10.0.0/8'", rule(ports=22, cidr_ip="10.0.0/8")),
    Bad("invalid-cidr", "cluster_rules[0].cidr_ip", "'11.0.0/8'", rule(ports=22, cidr_ip="10.0.0.0/8, 11.0.0/8")),
    Bad("invalid-cidr", "cluster_rules[0].cidr_ip", "'10.0.0.0/8,11.0.0.0/8'",
        rule(ports=22, cidr_ip=["10.0.0.0/8,11.0.0.0/8"])),
    Good("invalid-cidr", rule(ports=22, cidr_ip="10.0.0.0/8,11.0.0.0/8")),
    Bad("host-bits", "cluster_rules[0].cidr_ip", "10.1.2.3/8 means 10.0.0.0/8: it has host bits set|write 10.0.0.0/8",
        rule(ports=22, cidr_ip=["11.0.0.0/8", "10.1.2.3/8"]), WARNING),
    Bad("host-bits", "cluster_rules[0].cidr_ipv6", "2001:db8::1/32 means 2001:db8::/32: it has host bits set",
        rule(ports=22, cidr_ipv6="2001:db8::1/32"),
        WARNING),
    Good("host-bits", rule(ports=22, cidr_ip="10.0.0.0/8", cidr_ipv6="2001:DB8::/32")),
    Good("host-bits", rule(ports=22, cidr_ip="10.1.2.3")),
    Bad("wrong-type", "cluster_rules[0].group_name", "empty text", rule(ports=22, group_name="mon,")),
    Bad("wrong-type", "cluster_rules[0].rule_desc", "text is expected", rule(ports=22, cidr_ip="10.0.0.0/8",
        rule_desc=["a", "b"])),
    Bad("no-effect", "cluster_rules[0].group_desc", "group_desc has no effect: tpa-tf creates no group for a",
        rule(ports=22, group_name="mon", group_desc="Monitoring"), WARNING),
    Good("no-effect", rule(ports=22, group_name="mon")),
    Bad("address-collision", "cluster_rules[0]", "group_name sg-1|referenced_security_group_id sg-1",
        rule(ports=22, group_name="sg-1", group_id="sg-1")),
    Bad("invalid-group", "cluster_rules[0].group_id", "'x'|sg-…", rule(ports=22, group_id="x")),
    Good("invalid-group", rule(ports=22, group_id="123456789012/sg-0abc/name")),
    Bad("invalid-prefix-list", "cluster_rules[0].ip_prefix", "'x'|pl-…", rule(ports=22, ip_prefix="x")),
    Good("invalid-prefix-list", rule(ports=22, ip_prefix="pl-0abc")),
    Bad("invalid-description", "cluster_rules[0].rule_desc", "255",
        rule(ports=22, cidr_ip="10.0.0.0/8", rule_desc="a" * 256)),
    Good("invalid-description", rule(ports=22, cidr_ip="10.0.0.0/8", rule_desc="a" * 255)),
    Bad("invalid-description", "cluster_rules[0].rule_desc", "refuses",
        rule(ports=22, cidr_ip="10.0.0.0/8", rule_desc="für uns")),
    Bad("unknown-key", "cluster_rules[0].cidr", "did you mean cidr_ip?", rule(ports=22, cidr="10.0.0.0/8")),
    Bad("rules-without-group", "cluster_rules", "existing security groups",
        {"ec2_groups": {"eu-west-1": {"group-name": "a"}}, **rule(ports=22, cidr_ip="10.0.0.0/8")}, WARNING),
    # Instances
    *(Bad("missing-key", ONE, f"{key} is missing", {f"{ONE}.{key}": REMOVED})
      for key in ("node", "region", "subnet", "type")),
    Bad("unknown-key", f"{ONE}.assing_public_ip", "did you mean assign_public_ip?", {f"{ONE}.assing_public_ip": True}),
    Bad("unknown-key", f"{ONE}.assign_eip", "unknown key 'assign_eip'", {f"{ONE}.assign_eip": True}),
    Bad("unknown-key", f"{ONE}.instance_type", "unknown key 'instance_type'",
        {f"{ONE}.type": REMOVED, f"{ONE}.instance_type": "x"}),
    Bad("unknown-key", f"{ONE}.rack", "unknown key 'rack'",
        {f"{ONE}.rack": 7, "instances[1].export_as_vars": ["rack"]}),
    Good("unknown-key", {f"{ONE}.rack": 7, f"{ONE}.export_as_vars": ["rack", "region", "absent"]}),
    Good("unknown-key", {"instance_defaults": {"rack": 7, "export_as_vars": ["rack"]}}),
    Good("unknown-key", {"locations": [{"Name": "x", "rack": 7, "export_as_vars": ["rack"]}], f"{ONE}.location": "x"}),
    Bad("unknown-key", f"{ONE}.assign_eip", "unknown key 'assign_eip'",
        {f"{ONE}.assign_eip": True, f"{ONE}.export_as_vars": ["assign_eip"]}),
    Bad("wrong-type", f"{ONE}.export_as_vars", "'rack' where a list", {f"{ONE}.export_as_vars": "rack"}),
    *(Bad("wrong-type", f"{ONE}.export_as_vars[1]", "where the name of a key|export_as_vars: [rack]",
          {f"{ONE}.export_as_vars": ["region", each]}) for each in (["a"], 7, {"a": 1}, None, "", "{{ x }}")),
    Bad("not-a-region", f"{ONE}.region", "did you mean eu-west-1?", {f"{ONE}.region": "eu-wst1"}),
    Bad("invalid-type", f"{ONE}.type", "'micro'|t3.micro", {f"{ONE}.type": "micro"}),
    Bad("wrong-type", f"{ONE}.node", "'first' where a whole number", {f"{ONE}.node": "first"}),
    Bad("invalid-node", f"{ONE}.node", "-1|0 or more", {f"{ONE}.node": -1}),
    Good("invalid-node", {f"{ONE}.node": 0}),
    Bad("duplicate-node", "instances[1].node", "node 1 is taken: line 25 has it", {"instances[1].node": 1}),
    Bad("duplicate-name", "instances[1].Name", "Name one is taken: line 24 has it", {"instances[1].Name": "ONE"}),
    Bad("invalid-name", f"{ONE}.Name", "'-one'|write two or more lower-case letters,", {f"{ONE}.Name": "-one"}),
    Bad("invalid-name", f"{ONE}.Name", "'a'", {f"{ONE}.Name": "a"}),
    Good("invalid-name", {f"{ONE}.Name": "a1"}),
    Good("invalid-name", {f"{ONE}.Name": "My_Node"}),
    Good("invalid-name", {"hostname_patterns": {"aws": "^(one|two)$"}}),
    Good("invalid-name", {f"{ONE}.Name": "backend"}),
    Good("invalid-name", {f"{ONE}.Name": "constructor"}),
    Bad("invalid-pattern", "hostname_patterns.aws", "not a regular expression", {"hostname_patterns": {"aws": "["}}),
    Bad("no-effect", f"{ONE}.spot_price", "on-demand", {f"{ONE}.spot_price": 0.1}, WARNING),
    Bad("no-effect", "locations[0].spot_price", "on-demand",
        {"locations": [{"Name": "a", "spot_price": 0.1}], f"{ONE}.location": "a"}, WARNING),
    *(Bad("no-effect", f"{ONE}.{key}", "vars: {ansible_user: …}", {f"{ONE}.{key}": "admin"}, WARNING)
      for key in ("ec2_ami_user", "cluster_ssh_user")),
    Bad("no-effect", "instance_defaults.ec2_ami_user", "ansible_user",
        {"instance_defaults": {"ec2_ami_user": "admin"}}, WARNING),
    Good("no-effect", {"ec2_ami_user": "admin", "cluster_ssh_user": "admin"}),
    Bad("private-zone-unasked", f"{ONE}.route53_private_zone", "route53_hosted_zone_id|tpa-tf lookup", {
        f"{ONE}.route53_zone": "example.com", f"{ONE}.route53_hosted_zone_id": "Z1",
        f"{ONE}.route53_private_zone": True}, INFO),
    Good("no-effect", {f"{ONE}.route53_zone": "example.com", f"{ONE}.route53_hosted_zone_id": "Z1"}),
    Bad("no-effect", f"{ONE}.az", "az has no effect on an aws instance", {f"{ONE}.az": "eu-west-1a"}, WARNING),
    Bad("invalid-address", f"{ONE}.private_ip", "'10.33.1'", {f"{ONE}.private_ip": "10.33.1"}),
    Bad("ip-outside-subnet", f"{ONE}.private_ip", "10.33.2.9 is not inside 10.33.1.0/24|10.33.1.4 to 10.33.1.254",
        {f"{ONE}.private_ip": "10.33.2.9"}),
    Bad("reserved-ip", f"{ONE}.private_ip", "10.33.1.3|10.33.1.4 to 10.33.1.254", {f"{ONE}.private_ip": "10.33.1.3"}),
    Good("reserved-ip", {f"{ONE}.private_ip": "10.33.1.4"}),
    Good("reserved-ip", {f"{ONE}.private_ip": "10.33.1.254"}),
    Bad("reserved-ip", f"{ONE}.private_ip", "10.33.1.255", {f"{ONE}.private_ip": "10.33.1.255"}),
    Bad("duplicate-private-ip", "instances[1].private_ip", "10.33.1.9 is taken: line 40 has it", {
        f"{ONE}.private_ip": "10.33.1.9", "instances[1].private_ip": "10.33.1.9",
        "instances[1].subnet": "10.33.1.0/24"}),
    Good("duplicate-private-ip", {f"{ONE}.private_ip": "10.33.1.9", "instances[1].private_ip": "10.33.2.9"}),
    Bad("public-in-private", f"{ONE}.assign_public_ip", "assign_public_ip is yes, and ec2_instance_reachability is",
        {f"{ONE}.assign_public_ip": True, "ec2_instance_reachability": "private"}),
    Good("public-in-private", {f"{ONE}.assign_public_ip": False, "ec2_instance_reachability": "private"}),
    Bad("elastic-ip-unused", f"{ONE}.elastic_ip", "assign_elastic_ip: yes", {f"{ONE}.elastic_ip": "52.1.2.3"}, WARNING),
    Good("elastic-ip-unused", {f"{ONE}.elastic_ip": "52.1.2.3", f"{ONE}.assign_elastic_ip": True}),
    Bad("elastic-ip-without-gateway", f"{ONE}.assign_elastic_ip", "internet gateway",
        {f"{ONE}.assign_elastic_ip": True, "ec2_instance_reachability": "private"}, WARNING),
    Good("elastic-ip-without-gateway", {f"{ONE}.assign_elastic_ip": True}),
    Bad("duplicate-elastic-ip", "instances[1].elastic_ip", "the Elastic IP 52.1.2.3 is taken: line 40 has it", {
        f"{each}.{key}": value for each in (ONE, "instances[1]")
        for key, value in (("elastic_ip", "52.1.2.3"), ("assign_elastic_ip", True))}),
    Bad("half-a-zone", f"{ONE}.route53_zone", "no DNS record is created: route53_hosted_zone_id is",
        {f"{ONE}.route53_zone": "example.com"}, WARNING),
    Good("half-a-zone", {f"{ONE}.route53_zone": "example.com", f"{ONE}.route53_hosted_zone_id": "Z1"}),
    Bad("invalid-tag", f"{ONE}.tags.aws:x", "'aws:x' can't be the key of a tag", {f"{ONE}.tags": {"aws:x": "1"}}),
    Bad("too-many-tags", f"{ONE}.tags", "49|50", {f"{ONE}.tags": {f"t{n}": "x" for n in range(45)}}),
    Good("too-many-tags", {f"{ONE}.tags": {f"t{n}": "x" for n in range(44)}}),
    Bad("too-many-tags", f"{ONE}.tags", "an instance would have 49 tags, 1 of them default_tags of", {
        f"{ONE}.tags": {f"t{n}": "x" for n in range(44)},
        "terraform": {"provider": {"default_tags": {"tags": {"t1": "y", "more": "z"}}}}}),
    Bad("address-collision", "instances[1].Name", "would both be aws_instance.", {
        "hostname_patterns": {"aws": "."}, f"{ONE}.Name": "a.b", "instances[1].Name": "a+b"}),
    Bad("no-aws-instances", "instance_defaults.platform", "this config is for bare",
        {"instance_defaults": {"platform": "bare"}}),
    # Volumes
    Bad("wrong-type", f"{ONE}.volumes", "a list of volumes", {f"{ONE}.volumes": "x"}),
    Bad("missing-key", f"{DISK}", "device_name is missing", disk(device_name=REMOVED)),
    Bad("missing-key", DISK, "volume_size is missing", disk(volume_size=REMOVED)),
    Bad("duplicate-device", f"{DISK}.device_name", "root is taken: line 32 has it", disk(device_name="root")),
    Bad("duplicate-device", f"{ONE}.volumes[2].device_name", "sdf is taken: line 36 has it", {
        f"{ONE}.volumes[+]": {"device_name": "sdf", "volume_size": 1, "encrypted": True}}),
    Bad("duplicate-device", f"{DISK}.device_name", "the root volume of one is described on line 32 already",
        disk(device_name="/dev/xvda")),
    Bad("root-by-device", f"{ONE}.volumes[0].device_name", "/dev/sda1 means the root volume",
        {f"{ONE}.volumes[0].device_name": "/dev/sda1"}, WARNING),
    Bad("invalid-device", f"{DISK}.device_name", "'/dev/nvme1n1'", disk(device_name="/dev/nvme1n1")),
    Bad("invalid-device", f"{DISK}.device_name", "/dev/sda is a device name of root volumes",
        disk(device_name="/dev/sda")),
    Good("invalid-device", disk(device_name="/dev/sdz9")),
    Bad("similar-devices", f"{ONE}.volumes[2].device_name", "one name in many kernels", {
        f"{ONE}.volumes[+]": {"device_name": "/dev/xvdf", "volume_size": 1, "encrypted": True}}, WARNING),
    Bad("invalid-volume-type", f"{DISK}.volume_type", "did you mean gp3?", disk(volume_type="gp33")),
    Bad("invalid-volume-type", f"{ONE}.volumes[0].volume_type", "no instance boots from a volume of type st1",
        {f"{ONE}.volumes[0].volume_type": "st1", f"{ONE}.volumes[0].volume_size": 125}),
    Bad("not-encrypted", DISK, "encrypted: yes", disk(encrypted=False), WARNING),
    Bad("key-without-encryption", f"{DISK}.kms_key_id", "encrypted: yes",
        disk(encrypted=REMOVED, kms_key_id="alias/a")),
    Good("key-without-encryption", disk(kms_key_id="alias/a")),
    Bad("invalid-kms-key", f"{DISK}.kms_key_id", "'mine'|alias/…", disk(kms_key_id="mine")),
    Bad("invalid-iops", f"{DISK}.iops", "8001 IOPS are too many for 16 GiB of gp3|8000", disk(iops=8001)),
    Good("invalid-iops", disk(iops=8000)),
    Bad("invalid-iops", f"{DISK}.iops", "gp2 takes no iops", disk(volume_type="gp2", iops=3000)),
    Bad("invalid-iops", f"{DISK}.iops", "801 IOPS are too many", disk(volume_type="io1", iops=801)),
    Good("invalid-iops", disk(volume_type="io1", iops=800)),
    Bad("missing-key", DISK, "iops is missing: io1 needs it", disk(volume_type="io1")),
    Bad("missing-key", DISK, "iops is missing: io2 needs it", disk(volume_type="io2")),
    Bad("invalid-throughput", f"{DISK}.throughput", "124|125 to 1000", disk(throughput=124)),
    Good("invalid-throughput", disk(throughput=125)),
    Bad("invalid-throughput", f"{DISK}.throughput", "1001|125 to 1000|AWS allows 2000|hashicorp/aws 5.100",
        disk(throughput=1001, iops=8000)),
    Bad("invalid-throughput", f"{ONE}.volumes[0].throughput", "2001|125 to 2000",
        {f"{ONE}.volumes[0].throughput": 2001, f"{ONE}.volumes[0].iops": 8000}),
    Good("invalid-throughput", {f"{ONE}.volumes[0].throughput": 2000, f"{ONE}.volumes[0].iops": 8000}),
    Good("invalid-throughput", disk(throughput=1000, iops=4000)),
    Bad("invalid-throughput", f"{DISK}.throughput", "1000 MiB/s need 4000 IOPS", disk(throughput=1000, iops=3999)),
    Bad("invalid-throughput", f"{DISK}.throughput", "io2 takes no throughput",
        disk(volume_type="io2", iops=100, throughput=125)),
    Bad("invalid-ephemeral", f"{DISK}.ephemeral", "'0'|ephemeral0", disk(ephemeral="0")),
    Bad("invalid-ephemeral", f"{ONE}.volumes[0].ephemeral", "instance store",
        {f"{ONE}.volumes[0].ephemeral": "ephemeral0"}),
    Bad("ephemeral-dropped", f"{DISK}.ephemeral", "no effect", disk(ephemeral="ephemeral0"), WARNING),
    Good("ephemeral-dropped", {
        f"{ONE}.volumes[+]": {"device_name": "/dev/sdg", "ephemeral": "ephemeral0", "attach_existing": False}}),
    Good("ephemeral-dropped", {f"{ONE}.volumes[+]": {"device_name": "/dev/sdg", "ephemeral": "ephemeral0"}}),
    Bad("invalid-root", f"{ONE}.volumes[0].vars.volume_for",
        "volume_for is not for root volumes, which hold the system",
        {f"{ONE}.volumes[0].vars": {"volume_for": "postgres_data"}}),
    Bad("invalid-root", f"{ONE}.volumes[0].snapshot_id", "image", {f"{ONE}.volumes[0].snapshot_id": "snap-1"}),
    Bad("invalid-root", f"{ONE}.volumes[0].ebs.snapshot_id", "image",
        {f"{ONE}.volumes[0].ebs": {"snapshot_id": "snap-1"}}),
    Good("invalid-root", disk(snapshot_id="snap-1")),
    Bad("attach-existing-unasked", f"{DISK}.attach_existing", "the volume speedy:1:/dev/sdf was not looked up: a new,",
        disk(attach_existing=True), WARNING),
    Good("attach-existing-unasked", disk(attach_existing=False)),
    Bad("invalid-root", f"{ONE}.volumes[0].attach_existing", "attach_existing is not for root volumes, which are",
        {f"{ONE}.volumes[0].attach_existing": True}),
    Bad("invalid-volume-for", f"{DISK}.vars.volume_for", "did you mean postgres_data?",
        disk(vars={"volume_for": "postgres_dat"})),
    Good("invalid-volume-for", disk(vars={"volume_for": "barman_data"})),
    Bad("missing-key", f"{DISK}.vars", "tablespace_name", disk(vars={"volume_for": "postgres_tablespace"})),
    Good("missing-key", disk(vars={"volume_for": "postgres_tablespace", "tablespace_name": "t"})),
    Bad("no-effect", f"{DISK}.raid_device", "no RAID", disk(raid_device="/dev/md0"), WARNING),
    Bad("unknown-key", f"{DISK}.volume_typ", "did you mean volume_type?", disk(volume_typ="gp3")),
    # terraform:
    Bad("wrong-type", "terraform", "backend, provider", {"terraform": "s3"}),
    Bad("unknown-key", "terraform.backends", "did you mean backend?", {"terraform": {"backends": {}}}),
    Bad("unknown-backend", "terraform.backend.type", "Terraform has no backend 'gc'",
        {"terraform": {"backend": {"type": "gc"}}}),
    Bad("secret-in-config", "terraform.provider.secret_key", "kept in git",
        {"terraform": {"provider": {"secret_key": "x"}}}),
    Bad("not-yours", "terraform.provider.region", "each region", {"terraform": {"provider": {"region": "x"}}}),
    Bad("state-without-lock", "terraform.backend", "use_lockfile: yes",
        {"terraform": {"backend": {"type": "s3", "bucket": "b", "key": "k", "region": "eu-west-1"}}}, WARNING),
    Good("state-without-lock", {"terraform": {"backend": {"type": "pg"}}}),
    Bad("metadata-optional", "terraform.metadata_tokens", "once the software",
        {"terraform": {"metadata_tokens": "optional"}}, WARNING),
    Good("metadata-optional", {"terraform": {"metadata_tokens": "required"}}),
    Bad("invalid-value", "terraform.metadata_tokens", "write required or optional",
        {"terraform": {"metadata_tokens": 5}}),
    Bad("wrong-type", "terraform.moved", "a mapping", {"terraform": {"moved": ["a"]}}),
    Bad("invalid-move", "terraform.moved.two", "two is still an instance", {"terraform": {"moved": {"two": "one"}}}),
    Bad("invalid-move", "terraform.moved.old", "no instance new|one, two", {"terraform": {"moved": {"old": "new"}}}),
    Good("invalid-move", {"terraform": {"moved": {"a": "b", "b": "one"}}}),
    Good("invalid-move", {"terraform": {"moved": {"b": "one", "a": "b", "c": "a", "d": "two"}}}),
    Bad("invalid-move", "terraform.moved.a", "no instance b", {"terraform": {"moved": {"a": "b", "c": "one"}}}),
    Bad("invalid-move", "terraform.moved.b", "another instance has become that",
        {"terraform": {"moved": {"a": "one", "b": "one"}}}),
    Bad("invalid-move", "terraform.moved.A", "A has become one already",
        {"terraform": {"moved": {"a": "one", "A": "two"}}}),
    Bad("invalid-move", "terraform.moved.b", "b can't become a, which has become b|take its note out",
        {"terraform": {"moved": {"a": "b", "b": "a"}}}),
    Bad("invalid-move", "terraform.moved.one", "one is still an instance|take its note out",
        {"terraform": {"moved": {"one": "two", "zero": "one"}}}),
    Bad("invalid-move", "terraform.moved.a.b", "a.b and a/b are both aws_instance.a_b", {
        "hostname_patterns": {"aws": "."}, f"{ONE}.Name": "a/b",
        "terraform": {"moved": {"a.b": "a/b"}}}),
    Bad("invalid-move", "terraform.moved.One", "One can't become one", {"terraform": {"moved": {"One": "one"}}}),
    Good("invalid-move", {"terraform": {"moved": {"Old_Name": "ONE", "older": "two"}}}),
    Bad("wrong-type", "terraform.allow_destroy", "'maybe'|yes or no", {"terraform": {"allow_destroy": "maybe"}}),
    Good("wrong-type", {"terraform": {"allow_destroy": "yes"}}),
    Bad("not-a-region", "terraform.home_region", "'7'|write a region such as eu-west-1",
        {"terraform": {"home_region": 7}}),
    Bad("unknown-home-region", "terraform.home_region", "us-east-1|one of eu-west-1|cluster_bucket",
        {"terraform": {"home_region": "us-east-1"}}),
    Bad("unknown-home-region", "terraform.home_region", "us-east-1|cluster_bucket",
        {"cluster_bucket": "auto", "terraform": {"home_region": "us-east-1"}}),
    Good("unknown-home-region", {"terraform": {"home_region": "eu-west-1"}}),
    Good("unknown-home-region", {"cluster_bucket": "ours", "terraform": {"home_region": "us-east-1"}}),
    Bad("invalid-version", "terraform.required_version", "'latest'", {"terraform": {"required_version": "latest"}}),
    Good("invalid-version", {"terraform": {"required_version": ">= 1.6, < 2"}}),
    *(Bad("invalid-version", "terraform.provider_version", f"{wrong!r} is not a version constraint|'~> 6.40'",
          {"terraform": {"provider_version": wrong}})
      for wrong in ("latest", "v6.40", "6.x", ">= 6 < 7", "6.40.0.0")),
    *(Bad("unknown-provider-version", "terraform.provider_version", f"{wrong!r} {why}|'~> 5.100'|'~> 6.40'",
          {"terraform": {"provider_version": wrong}})
      for wrong, why in (
          ("5.99.1", "allows versions before 5.100.0"),
          ("~> 5.0", "allows versions before 5.100.0"),
          ("< 7", "allows versions before 5.100.0"),
          ("!= 5.100.0", "allows versions before 5.100.0"),
          (">= 5.100", "allows versions from 7.0.0 on"),
          (">= 6.40", "allows versions from 7.0.0 on"),
          ("~> 7.0", "allows versions from 7.0.0 on"),
          (">= 7.2", "allows versions from 7.2.0 on"),
          (">= 5.100, <= 7.0.0", "allows versions from 7.0.0 on"),
          (">= 5.100, < 7", "allows 5 and 6"),
          ("~> 6.40, < 6.40", "allows no version"),
          ("~> 6.0.0-beta1", "names a prerelease"),
      )),
    Bad("wrong-type", "terraform.provider_version", "6.4 is a number|in quotes",
        {"terraform": {"provider_version": 6.40}}),
    *(Good("unknown-provider-version", {"terraform": {"provider_version": right}})
      for right in ("5.100", "~> 5.100", ">= 5.100, < 6", "~> 6.40", ">= 6.40, < 7.0.0", "= 6.61.0", "~> 6.20",
                    "~> 6.41.2, != 6.41.3", ">5.100.0,<6.0")),
    Bad("faulty-provider-version", "terraform.provider_version", "hashicorp/aws 6.25.0|SSE-C|'~> 6.40'",
        {"terraform": {"provider_version": "6.25.0"}}, WARNING),
    Bad("faulty-provider-version", "terraform.provider_version", "hashicorp/aws ~> 6.4.0|-refresh=false|'~> 6.40'",
        {"terraform": {"provider_version": "~> 6.4.0"}}, WARNING),
    Good("faulty-provider-version", {"terraform": {"provider_version": "~> 6.22"}}),
    Good("faulty-provider-version", {"terraform": {"provider_version": ">= 6.39, < 6.41"}}),
    *(Bad("not-in-provider-version", f"terraform.provider.{where}", says,
          {"terraform": {"provider_version": version, "provider": arguments}} if version else
          {"terraform": {"provider": arguments}})
      for version, arguments, where, says in (
          ("~> 6.40", {"endpoints": {"opsworks": "https://x"}}, "endpoints.opsworks", "opsworks|before 6.0.0"),
          ("~> 6.40", {"endpoints": [{"s3": "https://x"}, {"sdb": "https://x"}]}, "endpoints[1].sdb",
           "hashicorp/aws ~> 6.40|sdb"),
          ("~> 5.100", {"endpoints": {"odb": "https://x"}}, "endpoints.odb", "odb|from 6.25.0 on"),
          ("~> 6.21", {"tag_policy_compliance": "error"}, "tag_policy_compliance", "from 6.22.0 on"),
          (None, {"tag_policy_compliance": "error"}, "tag_policy_compliance", "hashicorp/aws 5.100.0"),
      )),
    Good("not-in-provider-version", {"terraform": {"provider": {"endpoints": {"opsworks": "https://x"}}}}),
    Good("not-in-provider-version",
        {"terraform": {"provider_version": "~> 6.22", "provider": {"tag_policy_compliance": "error"}}}),
    Good("not-in-provider-version",
        {"terraform": {"provider_version": "~> 6.25", "provider": {"endpoints": {"odb": "https://x"}}}}),
    Good("invalid-throughput", {"terraform": {"provider_version": "~> 6.15"}, **disk(throughput=2000, iops=8000)}),
    Bad("invalid-throughput", f"{DISK}.throughput", "2001|125 to 2000",
        {"terraform": {"provider_version": "~> 6.15"}, **disk(throughput=2001, iops=8000)}),
    Bad("invalid-throughput", f"{DISK}.throughput", "1001|125 to 1000|hashicorp/aws ~> 6.14",
        {"terraform": {"provider_version": "~> 6.14"}, **disk(throughput=1001, iops=8000)}),
    Good("unknown-region", {"terraform": {"provider_version": "~> 6.12"},
        "ec2_vpc_igw": {"eu-west-1": True, "ap-southeast-6": True}}),
    Bad("unknown-region", "ec2_vpc_igw.ap-southeast-6", "hashicorp/aws ~> 6.11 doesn't know ap-southeast-6",
        {"terraform": {"provider_version": "~> 6.11"}, "ec2_vpc_igw": {"eu-west-1": True, "ap-southeast-6": True}},
        WARNING),
    Bad("needs-plain-value", "terraform.provider.profile", "template",
        {"terraform": {"provider": {"profile": "{{ x }}"}}}),
]  # fmt: skip


def _id(case: Bad | Good) -> str:
    return f"{type(case).__name__.lower()}-{case.rule}-{'-'.join(case.edits)[:60]}"


def _limits() -> list[Bad | Good]:
    """The sizes and IOPS of every volume type, one below and above what is allowed, and at both ends."""
    found: list[Bad | Good] = []
    for kind, limits in VOLUME_TYPES.items():
        iops = {"iops": limits.iops[0]} if limits.iops and limits.iops_required else {}
        low, high = limits.size
        found += [
            Bad("invalid-size", f"{DISK}.volume_size", f"of type {kind} can't have {size} GiB|{low} to {high}",
                disk(volume_type=kind, volume_size=size, **iops))
            for size in (low - 1, high + 1)
        ]  # fmt: skip
        least = max(low, -(-iops.get("iops", 0) // (limits.iops_per_gib or 1)))
        found += [Good("invalid-size", disk(volume_type=kind, volume_size=size, **iops)) for size in (least, high)]
        if limits.iops:
            low, high = limits.iops
            size = limits.size[1]
            found += [
                Bad("invalid-iops", f"{DISK}.iops", f"of type {kind} can't have {each} IOPS|{low} to {high}",
                    disk(volume_type=kind, volume_size=size, iops=each))
                for each in (low - 1, high + 1)
            ]  # fmt: skip
            found += [Good("invalid-iops", disk(volume_type=kind, volume_size=size, iops=each)) for each in (low, high)]
    return found


def findings(directory: Path, case: Bad | Good) -> list[Finding]:
    loaded = load_edited(directory, case.edits)
    assert loaded.report.failed == (loaded.cluster is None)
    return list(loaded.report.findings)


def test_sound_config_has_no_finding(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {})
    assert loaded.cluster
    assert loaded.report.findings == ()


@pytest.mark.parametrize("case", [each for each in [*CASES, *_limits()] if isinstance(each, Bad)], ids=_id)
def test_fault_is_told_with_its_place_and_what_is_allowed(case: Bad, tmp_path: Path) -> None:
    found = [each for each in findings(tmp_path, case) if (each.rule, each.where) == (case.rule, case.where)]
    text = [f"{each.message} = {each.help}" for each in found]
    matching = [
        each for each, said in zip(found, text, strict=True) if all(word in said for word in case.says.split("|"))
    ]
    assert matching, f"{text} of {findings(tmp_path, case)}"
    assert {each.severity for each in matching} == {case.severity}
    lines = (tmp_path / "config.yml").read_text().splitlines()
    for each in matching:
        assert each.help or "expected" in each.message, "what is allowed"
        key = re.split(r"[.\[]", case.where)[-1].rstrip("]")
        there = REMOVED not in case.edits.values()
        if there and case.where and not key.isdigit() and "/" not in key:
            assert key in "".join(lines[max(0, each.line - 2) : each.line]), "the line of the key, or of its value"


@pytest.mark.parametrize("case", [each for each in [*CASES, *_limits()] if isinstance(each, Good)], ids=_id)
def test_what_is_allowed_passes(case: Good, tmp_path: Path) -> None:
    found = findings(tmp_path, case)
    assert [each for each in found if each.severity is Severity.ERROR or each.rule == case.rule] == []


FURTHER = {"ephemeral-dropped", "invalid-move", "no-vpc-entry", "unknown-key"}
"""Rules of which one fault rightly has another beside it: of the next instance, or of what is meant then."""


@pytest.mark.parametrize(
    "case", [each for each in CASES if isinstance(each, Bad) and each.rule not in FURTHER], ids=_id
)
@pytest.mark.parametrize("form", ["one VPC", "a VPC for each region"])
def test_one_fault_is_told_once(form: str, case: Bad, tmp_path: Path) -> None:
    edits = dict(case.edits)
    if form != "one VPC" and not any(path.startswith("ec2_vpc") for path in edits):
        edits["ec2_vpc"] = VPCS
    found = load_edited(tmp_path, edits).report.findings
    errors = {(each.rule, each.where) for each in found if each.severity is Severity.ERROR}
    assert errors - {(case.rule, case.where)} == set()


def _apart(one: Bad, other: Bad) -> bool:
    """Whether the edits are at different things: of a disk, or an instance whose place is at fault, not all is told."""
    ones, others = ({_thing(path) for path in each.edits} for each in (one, other))
    return not any(a.startswith(b) or b.startswith(a) for a in ones for b in others)


def _thing(path: str) -> str:
    disk = re.match(r"instances\[\d\]\.volumes\[.\]", path)
    placing = re.match(r"(instances\[\d\])\.(region|subnet|location|platform)", path)
    return disk[0] if disk else placing[1] if placing else path.removesuffix("[+]")


@pytest.mark.parametrize("setting", [{"throughput": 125}, {"snapshot_id": "snap-1"}, {"attach_existing": True}])
def test_any_setting_of_an_ebs_volume_drops_ephemeral(setting: Edits, tmp_path: Path) -> None:
    volume = {"device_name": "/dev/sdg", "ephemeral": "ephemeral0", **setting}
    found = load_edited(tmp_path, {f"{ONE}.volumes[+]": volume}).report.findings
    assert ("ephemeral-dropped", f"{ONE}.volumes[2].ephemeral") in {(each.rule, each.where) for each in found}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    of_a_rule = {each.rule: each for each in CASES if isinstance(each, Bad) and each.severity is Severity.ERROR}
    bad = [each for each in of_a_rule.values() if each.rule not in NOTHING_ELSE]
    pairs = [(one, other) for index, one in enumerate(bad) for other in bad[index + 1 :] if _apart(one, other)]
    masked = []
    for one, other in pairs:
        found = {each.rule for each in load_edited(tmp_path, {**one.edits, **other.edits}).report.findings}
        rules = {one.rule, other.rule}
        masked += [(each, *(rules & found)) for each in rules - found if not rules & DEPENDS.get(each, set())]
    assert masked == []


NOTHING_ELSE = {"no-aws-instances", "not-a-tpa-config"}
"""Rules that leave nothing to be checked further."""

DEPENDS = {
    "address-collision": {"duplicate-elastic-ip", "invalid-owner", "mixed-vpc", "no-vpc-entry", "vpc-without-name"},
    "duplicate-device": {"invalid-ephemeral"},
    "duplicate-name": {"invalid-name"},
    "duplicate-node": {"invalid-node"},
    "invalid-name": {"invalid-pattern"},
    "overlapping-subnets": {"invalid-subnet", "subnet-unasked", "subnet-outside-vpc", "unknown-platform"},
    "subnet-outside-vpc": {"mixed-vpc", "no-vpc-entry", "vpc-without-name"},
    "too-many-tags": {"duplicate-key"},
    "two-partitions": {"invalid-subnet", "unknown-platform"},
    "unknown-home-region": {"invalid-subnet", "no-vpc-entry", "unknown-platform"},
    "zone-elsewhere": {"invalid-subnet", "unknown-platform"},
}
"""By a rule, those of the faults that leave open whether it is broken."""
