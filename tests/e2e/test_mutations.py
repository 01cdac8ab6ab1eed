"""No edit loses data: each is planned by terraform against an applied cluster, and held against what is allowed.

The forecast of ``tpa-tf impact`` must name the same actions for the same addresses as the plan does.
"""

from __future__ import annotations

import fnmatch
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Deploy
from tests.support.configs import REMOVED, edited
from tests.support.deployment import Deployment
from tests.support.forecasts import compare
from tests.support.terraform import TerraformError
from tpa_tf import clusters
from tpa_tf.changes.effects import Effect, Row
from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.read import read_plan
from tpa_tf.cluster.model import Cluster
from tpa_tf.stack.bucket import BUCKET_TYPES

CASES = Path(__file__).parent / "mutations"

CREATE, UPDATE, DELETE, REPLACE, FORGET = ["create"], ["update"], ["delete"], ["delete", "create"], ["forget"]


@dataclass(frozen=True)
class Edit:
    """An edit of a cluster that is there, and all that a plan may then do."""

    name: str
    changes: Mapping[str, Any]
    """By the path of a key, as :func:`edited` takes them."""
    allowed: Mapping[str, list[str]] = field(default_factory=dict)
    """Address to actions, and nothing else is planned. A glob is all that it matches of what is there, or comes."""
    effects: Mapping[str, Effect] = field(default_factory=dict)
    """What the forecast says of some addresses."""
    refused: str = ""
    """What the plan says that fails."""
    reviewed: set[str] | None = None
    """All that a review of the plan refuses; None: not reviewed."""
    refresh: bool = False
    """Whether Terraform must look for what there is again: it does so in another region than before."""


def instance(name: str, node: int, **more: Any) -> dict[str, Any]:
    return {"Name": name, "node": node, "role": ["replica"], **more}


def reversed_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_lists(value[key]) for key in reversed(value)}
    return [reversed_lists(each) for each in reversed(value)] if isinstance(value, list) else value


# The disks stay, and change hands.
RETAGGED = {
    "aws_ebs_volume.*": UPDATE,
    "aws_iam_instance_profile.*": UPDATE,
    "aws_iam_role.*": UPDATE,
    "aws_instance.*": UPDATE,
    "aws_internet_gateway.*": UPDATE,
    "aws_key_pair.*": UPDATE,
    "aws_route_table.*": UPDATE,
    "aws_s3_bucket.*": UPDATE,
    "aws_s3_object.*": UPDATE,
    "aws_security_group.*": UPDATE,
    "aws_subnet.*": UPDATE,
    "aws_vpc.*": UPDATE,
    "aws_vpc_security_group_*gress_rule.*": UPDATE,
}
"""What tags of the provider reach: everything that has some."""
MACHINE_ONE_ANEW = {"aws_instance.one": REPLACE, "aws_volume_attachment.one_sdf": REPLACE}
ROOT = {"device_name": "root", "volume_type": "gp3", "volume_size": 16, "encrypted": True}
DATA = {"device_name": "/dev/sdf", "volume_type": "gp3", "volume_size": 64, "iops": 4000, "throughput": 200,
        "encrypted": True, "vars": {"volume_for": "postgres_data"}}  # fmt: skip
WAL = {"device_name": "/dev/sdg", "volume_type": "gp2", "volume_size": 32, "delete_on_termination": False,
       "vars": {"volume_for": "postgres_wal"}}  # fmt: skip
STORE = {"device_name": "/dev/sdb", "ephemeral": "ephemeral0"}
DEFAULT = "instance_defaults.default_volumes"

MACHINES = [
    Edit("nothing", {}),
    Edit(
        "instance tags",
        {"instances[0].tags": {"Team": "dba"}},
        {"aws_instance.one": UPDATE, "aws_ebs_volume.one_sdf": UPDATE},
    ),
    Edit(
        "owner",
        {"cluster_tags.Owner": "Grace"},
        {"aws_instance.*": UPDATE, "aws_ebs_volume.*": UPDATE, "aws_vpc.*": UPDATE, "aws_s3_bucket.cluster": UPDATE},
        {"aws_instance.one": Effect.IN_PLACE},
        reviewed=set(),
    ),
    Edit(
        "cluster rules",
        {"cluster_rules[1].to_port": 5433},
        {
            "aws_vpc_security_group_ingress_rule.eu_west_1_tcp_5432_5433_10_33_0_0_16": CREATE,
            "aws_vpc_security_group_ingress_rule.eu_west_1_tcp_5432_10_33_0_0_16": DELETE,
        },
        {"aws_vpc_security_group_ingress_rule.eu_west_1_tcp_5432_10_33_0_0_16": Effect.CUTS_CONNECTIONS},
    ),
    Edit(
        "description of a rule",
        {"cluster_rules[1].rule_desc": "Postgres"},
        {"aws_vpc_security_group_ingress_rule.eu_west_1_tcp_5432_10_33_0_0_16": UPDATE},
    ),
    Edit(
        "instance type",
        {"instance_defaults.type": "t3.large"},
        {"aws_instance.*": UPDATE},
        {"aws_instance.one": Effect.STOPS_AND_STARTS, "aws_instance.two": Effect.STOPS_AND_STARTS},
        reviewed={"aws_instance.one", "aws_instance.two", "aws_instance.three"},
    ),
    Edit(
        "instance type of another processor",
        {"instances[0].type": "t4g.small"},
        MACHINE_ONE_ANEW,
        {"aws_instance.one": Effect.REPLACES_INSTANCE},
        reviewed={"aws_instance.one"},
    ),
    Edit("image", {"ec2_ami.Name": "debian-12-amd64-20250101-1979"}, {}, {"aws_instance.one": Effect.NO_CHANGE}),
    Edit(
        "image of an instance",
        {"instances[0].image": "ami-0000000000000dead"},
        {},
        {"aws_instance.one": Effect.NO_CHANGE},
    ),
    Edit(
        "first-boot script",
        {"pre_user_data": "true", "extra_user_data": "true", "user_data_environment": {"A": "b"}, "user_locale": "C"},
        {},
        {"aws_instance.one": Effect.NO_CHANGE},
    ),
    Edit("root size", {f"{DEFAULT}[0].volume_size": 20}, {"aws_instance.*": UPDATE}),
    Edit("root type", {f"{DEFAULT}[0].volume_type": "gp2"}, {"aws_instance.*": UPDATE}),
    Edit(
        "volume size",
        {f"{DEFAULT}[1].volume_size": 100},
        {"aws_ebs_volume.*_sdf": UPDATE},
        {"aws_ebs_volume.one_sdf": Effect.IN_PLACE},
    ),
    Edit(
        "smaller volume",
        {f"{DEFAULT}[1].volume_size": 32},
        {"aws_ebs_volume.*_sdf": UPDATE},
        {"aws_ebs_volume.one_sdf": Effect.FAILS_IN_APPLY},
        reviewed={f"aws_ebs_volume.{name}_sdf" for name in ("one", "two", "three")},
    ),
    Edit(
        "volume type",
        {f"{DEFAULT}[1]": {**DATA, "volume_type": "io2", "throughput": None}},
        {"aws_ebs_volume.*_sdf": UPDATE},
    ),
    Edit("volume iops", {f"{DEFAULT}[1].iops": 5000}, {"aws_ebs_volume.*_sdf": UPDATE}),
    Edit("volume throughput", {f"{DEFAULT}[1].throughput": 300}, {"aws_ebs_volume.*_sdf": UPDATE}),
    Edit(
        "no iops any more",  # those that every gp3 volume has are asked for
        {f"{DEFAULT}[1].iops": REMOVED, f"{DEFAULT}[1].throughput": REMOVED},
        {"aws_ebs_volume.*_sdf": UPDATE},
        reviewed=set(),
    ),
    Edit("gp2 becomes gp3", {"instances[1].volumes[0].volume_type": "gp3"}, {"aws_ebs_volume.two_sdg": UPDATE}),
    Edit(
        "no snapshots",  # the provider can't change it
        {"terraform.final_snapshot": False},
        {},
        {"aws_ebs_volume.one_sdf": Effect.NO_CHANGE},
    ),
    Edit(
        "device respelled",
        {f"{DEFAULT}[1].device_name": "sdf"},
        {"aws_ebs_volume.*_sdf": UPDATE},
        {"aws_ebs_volume.one_sdf": Effect.IN_PLACE},
        reviewed=set(),
    ),
    Edit(
        "another device",
        {"instances[0].volumes": [{"device_name": "/dev/sdf", "volume_type": "none"}, {**DATA, "device_name": "xvdf"}]},
        {
            **{f"aws_{kind}.one_sdf": DELETE for kind in ("ebs_volume", "volume_attachment")},
            **{f"aws_{kind}.one_xvdf": CREATE for kind in ("ebs_volume", "volume_attachment")},
        },
        {"aws_ebs_volume.one_sdf": Effect.LOSES_DATA, "aws_volume_attachment.one_sdf": Effect.STOPS},
        reviewed={"aws_ebs_volume.one_sdf"},
    ),
    Edit("root volume left to AWS", {f"{DEFAULT}[0]": REMOVED}),
    Edit(
        "default volumes written out",
        {
            "instance_defaults.default_volumes": REMOVED,
            "instances[0].volumes": [ROOT, DATA],
            "instances[1].volumes": [ROOT, DATA, WAL],
            "instances[2].volumes": [ROOT, DATA],
        },
    ),
    Edit(
        "an existing volume attached",  # the volume that is its own already: a later lookup must not find it
        {"instances[0].volumes": [{**DATA, "attach_existing": True}]},
        {"aws_ebs_volume.one_sdf": UPDATE},
    ),
    Edit("snapshot of a volume", {"instances[0].volumes": [{**DATA, "snapshot_id": "snap-0123456789abcdef0"}]}),
    Edit("use of a volume", {f"{DEFAULT}[1].vars.volume_for": "barman_data"}),
    Edit("keeping a volume", {f"{DEFAULT}[1].delete_on_termination": False}),
    Edit("not keeping a volume", {"instances[1].volumes[0].delete_on_termination": True}),
    Edit(
        "a volume more",
        {"instances[0].volumes": [{"device_name": "/dev/sdh", "volume_type": "gp3", "volume_size": 8}]},
        {"aws_ebs_volume.one_sdh": CREATE, "aws_volume_attachment.one_sdh": CREATE},
        reviewed=set(),
    ),
    Edit(
        "a volume less",
        {"instances[0].volumes": [{"device_name": "/dev/sdf", "volume_type": "none"}]},
        {"aws_ebs_volume.one_sdf": DELETE, "aws_volume_attachment.one_sdf": DELETE},
        {"aws_ebs_volume.one_sdf": Effect.LOSES_DATA, "aws_volume_attachment.one_sdf": Effect.STOPS},
        reviewed={"aws_ebs_volume.one_sdf"},
    ),
    Edit(
        "a node more",
        {"instances[+]": instance("four", 4, subnet="10.33.3.0/24")},
        {"aws_instance.four": CREATE, "aws_ebs_volume.four_sdf": CREATE, "aws_volume_attachment.four_sdf": CREATE},
    ),
    Edit(
        "a node less",
        {"instances[2]": REMOVED},
        {
            "aws_instance.three": DELETE,
            "aws_ebs_volume.three_sdf": DELETE,
            "aws_volume_attachment.three_sdf": DELETE,
            "aws_subnet.eu_west_1_10_33_3_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_3_0_24": DELETE,
        },
        {"aws_instance.three": Effect.DESTROYS_INSTANCE, "aws_ebs_volume.three_sdf": Effect.LOSES_DATA},
        reviewed={"aws_instance.three", "aws_ebs_volume.three_sdf"},
    ),
    Edit(
        "a node less, with a disk that was to be kept",
        {"instances[1]": REMOVED},
        {
            "aws_instance.two": DELETE,
            "aws_ebs_volume.two_*": DELETE,
            "aws_volume_attachment.two_*": DELETE,
            "aws_subnet.eu_west_1_10_33_2_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_2_0_24": DELETE,
        },
        {"aws_ebs_volume.two_sdg": Effect.LOSES_DATA},
        reviewed={"aws_instance.two", "aws_ebs_volume.two_sdf", "aws_ebs_volume.two_sdg"},
    ),
    Edit(
        "reachability private",
        {"ec2_instance_reachability": "private"},
        {
            "aws_internet_gateway.eu_west_1": DELETE,
            "aws_route.eu_west_1_default": DELETE,
            "aws_route_table.eu_west_1": DELETE,
            "aws_route_table_association.*": DELETE,
        },
        {
            "aws_internet_gateway.eu_west_1": Effect.FAILS_IN_APPLY,  # the instances keep their public addresses
            "aws_route.eu_west_1_default": Effect.CUTS_CONNECTIONS,
            "aws_instance.one": Effect.NO_CHANGE,
        },
        reviewed={
            "aws_internet_gateway.eu_west_1",
            "aws_route.eu_west_1_default",
            "aws_route_table.eu_west_1",
            *(f"aws_route_table_association.eu_west_1_10_33_{number}_0_24" for number in (1, 2, 3)),
        },
    ),
    Edit(
        "no gateway",
        {"ec2_vpc_igw": {"eu-west-1": False}},
        {
            "aws_internet_gateway.eu_west_1": DELETE,
            "aws_route.eu_west_1_default": DELETE,
            "aws_route_table.eu_west_1": DELETE,
            "aws_route_table_association.*": DELETE,
        },
    ),
    Edit("no public address", {"instances[0].assign_public_ip": False}, {}, {"aws_instance.one": Effect.NO_CHANGE}),
    Edit(
        "Elastic IP",
        {"instances[0].assign_elastic_ip": True},
        {"aws_eip.one": CREATE, "aws_eip_association.one": CREATE, "aws_iam_role_policy.cluster": UPDATE},
    ),
    Edit("termination protection", {"instances[0].termination_protection": True}, {"aws_instance.one": UPDATE}),
    Edit(
        "private address",
        {"instances[1].private_ip": "10.33.2.21"},
        {
            "aws_instance.two": REPLACE,
            "aws_volume_attachment.two_sdf": REPLACE,
            "aws_volume_attachment.two_sdg": REPLACE,
        },
        {"aws_instance.two": Effect.REPLACES_INSTANCE},
        reviewed={"aws_instance.two"},
    ),
    Edit(
        "private address of a protected machine",
        {"instances[1].private_ip": "10.33.2.21", "instances[1].termination_protection": True},
        refused="aws_instance.two|lifecycle.prevent_destroy set",
    ),
    Edit(
        "first private address",
        {"instances[0].private_ip": "10.33.1.99"},
        MACHINE_ONE_ANEW,
        {"aws_instance.one": Effect.REPLACES_INSTANCE},
    ),
    Edit("no private address any more", {"instances[1].private_ip": REMOVED}),
    Edit(
        "subnet in the same zone",
        {"instances[0].subnet": "10.33.3.0/24"},
        {
            **MACHINE_ONE_ANEW,
            "aws_subnet.eu_west_1_10_33_1_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_1_0_24": DELETE,
        },
        {"aws_instance.one": Effect.REPLACES_INSTANCE},
    ),
    Edit(
        "renamed without a note",
        {"instances[0].Name": "first", "instances[1].upstream": "first"},
        {
            **{f"aws_{kind}": CREATE for kind in ("instance.first", "ebs_volume.first_sdf")},
            **{f"aws_{kind}": DELETE for kind in ("instance.one", "ebs_volume.one_sdf", "volume_attachment.one_sdf")},
            "aws_volume_attachment.first_sdf": CREATE,
        },
        {"aws_instance.one": Effect.DESTROYS_INSTANCE, "aws_ebs_volume.one_sdf": Effect.LOSES_DATA},
        reviewed={"aws_instance.one", "aws_ebs_volume.one_sdf"},
    ),
    Edit(
        "renamed",
        {"instances[0].Name": "first", "instances[1].upstream": "first", "terraform.moved": {"one": "first"}},
        {"aws_instance.first": UPDATE},
        {"aws_instance.first": Effect.IN_PLACE},
        reviewed=set(),
    ),
    Edit(
        "renamed twice at once",
        {
            "instances[0].Name": "uno",
            "instances[1].upstream": "uno",
            "terraform.moved": {"one": "first", "first": "uno"},
        },
        {"aws_instance.uno": UPDATE},
        reviewed=set(),
    ),
    Edit(
        "renamed to the name of another instance, which leaves",
        {
            "instances[0].Name": "three",
            "instances[1].upstream": "three",
            "instances[2]": REMOVED,
            "terraform.moved": {"one": "three"},
        },
        {
            "aws_instance.one": FORGET,
            "aws_ebs_volume.one_sdf": FORGET,
            "aws_volume_attachment.one_sdf": FORGET,
            "aws_instance.three": REPLACE,
            "aws_volume_attachment.three_sdf": REPLACE,
            "aws_ebs_volume.three_sdf": UPDATE,
            "aws_subnet.eu_west_1_10_33_3_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_3_0_24": DELETE,
        },
        {"aws_instance.one": Effect.FORGET, "aws_ebs_volume.one_sdf": Effect.FORGET},
        reviewed={"aws_instance.one", "aws_ebs_volume.one_sdf", "aws_instance.three", "aws_volume_attachment.one_sdf"},
    ),
    Edit(
        "names exchanged",
        {"instances[0].Name": "three", "instances[2].Name": "one"},
        {
            **{f"aws_{kind}": REPLACE for kind in ("instance.one", "instance.three")},
            **{f"aws_volume_attachment.{name}_sdf": REPLACE for name in ("one", "three")},
            **{f"aws_ebs_volume.{name}_sdf": UPDATE for name in ("one", "three")},
        },
        reviewed={"aws_instance.one", "aws_instance.three"},
    ),
    Edit(
        "node number",
        {"instances[2].node": 7},
        {"aws_instance.three": UPDATE, "aws_ebs_volume.three_sdf": UPDATE},
    ),
    Edit(
        "name of a subnet",
        {'ec2_vpc_subnets.eu-west-1."10.33.1.0/24".Name': "other"},
        {"aws_subnet.eu_west_1_10_33_1_0_24": UPDATE},
    ),
    Edit("name of the VPC", {"ec2_vpc.Name": "other"}, {"aws_vpc.eu_west_1": UPDATE}),
    Edit(
        "key pair's name",
        {"ec2_key_name": "other"},
        {"aws_key_pair.eu_west_1": REPLACE},
        reviewed={"aws_key_pair.eu_west_1"},
    ),
    Edit(
        "profile's name",
        {"cluster_profile": "other"},
        {
            "aws_iam_role.cluster": REPLACE,
            "aws_iam_role_policy.cluster": REPLACE,
            "aws_iam_instance_profile.cluster": REPLACE,
            "aws_instance.*": UPDATE,
        },
        {"aws_instance.one": Effect.IN_PLACE},
    ),
    Edit("required version", {"terraform.required_version": ">= 1.5, < 9"}),
    Edit(
        "default tags",
        {"terraform.provider.default_tags": [{"tags": {"CostCentre": "4711", "Unit": "seven"}}]},
        RETAGGED,
    ),
    Edit(
        "tags to leave alone",
        {"terraform.provider.ignore_tags": [{"keys": ["CostCentre"]}]},
        {
            "aws_ebs_volume.*": UPDATE,
            "aws_instance.*": UPDATE,
            "aws_s3_bucket.cluster": UPDATE,
            "aws_vpc.*": UPDATE,
        },
    ),
    Edit("tags of others to leave alone", {"terraform.provider.ignore_tags": [{"key_prefixes": ["other"]}]}),
    Edit(
        "more default tags than an object in S3 can have",
        {"terraform.provider.default_tags": [{"tags": {f"Tag{number}": "x" for number in range(11)}}]},
        RETAGGED,
    ),
    Edit(
        "encryption",
        {"instances[1].volumes[0].encrypted": True},
        refused="aws_ebs_volume.two_sdg|AWS can't encrypt it in place|make a snapshot",
    ),
    Edit(
        "encryption key",
        {"instances[0].volumes": [{**DATA, "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/1-2"}]},
        refused="aws_ebs_volume.one_sdf|another key than kms_key_id|make a snapshot",
    ),
    Edit(
        "root's encryption key",
        {"instances[0].volumes": [{**ROOT, "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/1-2"}]},
        refused="aws_instance.one|another key than kms_key_id|apply -replace=aws_instance.one",
    ),
    Edit("no encryption any more", {f"{DEFAULT}[0].encrypted": False, f"{DEFAULT}[1].encrypted": False}),
    Edit(
        "zone of a subnet",
        {'ec2_vpc_subnets.eu-west-1."10.33.1.0/24".az': "eu-west-1c"},
        refused="aws_subnet.eu_west_1_10_33_1_0_24|can't move|Set its az back",
    ),
    Edit(
        "subnet in another zone",
        {"instances[0].subnet": "10.33.2.0/24"},
        refused="aws_ebs_volume.one_sdf|can't move to another zone|make a snapshot",
    ),
    Edit("range of the VPC", {"ec2_vpc.cidr": "10.33.0.0/17"}, refused="aws_vpc.eu_west_1|can't change its range"),
]

WEST = {"Name": "oregon", "region": "us-west-2", "az": "us-west-2a", "subnet": "10.35.1.0/24"}
PLACES = [
    Edit(
        "location's name",
        {"locations[0].Name": "baile", "instances[0].location": "baile"},
        {"aws_subnet.eu_west_1_10_33_1_0_24": UPDATE},
    ),
    Edit("a location more", {"locations[+]": WEST}),
    Edit(
        "a region more",
        {"locations[+]": WEST, "instances[+]": instance("ore", 4, location="oregon")},
        {
            "aws_*.us_west_2*": CREATE,
            "aws_instance.ore": CREATE,
            "aws_ebs_volume.ore_sdf": CREATE,
            "aws_volume_attachment.ore_sdf": CREATE,
            "aws_iam_role_policy.cluster": UPDATE,
        },
    ),
    Edit(
        "a location less",
        {"locations[1]": REMOVED, "instances[1]": REMOVED},
        {
            "aws_instance.cor": DELETE,
            "aws_ebs_volume.cor_*": DELETE,
            "aws_volume_attachment.cor_*": DELETE,
            "aws_subnet.eu_west_1_10_33_2_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_2_0_24": DELETE,
        },
        {"aws_instance.cor": Effect.DESTROYS_INSTANCE, "aws_ebs_volume.cor_sdg": Effect.LOSES_DATA},
        reviewed={"aws_instance.cor", "aws_ebs_volume.cor_sdf", "aws_ebs_volume.cor_sdg"},
    ),
    Edit(
        "a protected node more",
        {"instances[+]": instance("gal", 4, location="cork", termination_protection=True)},
        {"aws_instance.gal": CREATE, "aws_ebs_volume.gal_sdf": CREATE, "aws_volume_attachment.gal_sdf": CREATE},
    ),
    Edit("a node's name in other letters", {"instances[0].Name": "Dub"}),
    Edit(
        "cluster's name",
        {"cluster_name": "other", "ssh_key_file": "id_moving"},
        {
            "aws_ebs_volume.*": UPDATE,
            "aws_iam_*": REPLACE,
            "aws_instance.*": UPDATE,
            "aws_internet_gateway.*": UPDATE,
            "aws_key_pair.*": REPLACE,
            "aws_route_table.*": UPDATE,
            "aws_s3_*": REPLACE,
            "aws_security_group.*": REPLACE,
            "aws_subnet.*": UPDATE,
            "aws_vpc.*": UPDATE,
            "aws_vpc_security_group_*": REPLACE,
        },
        {"aws_instance.dub": Effect.IN_PLACE, "aws_security_group.eu_west_1": Effect.FAILS_IN_APPLY},
    ),
    Edit(
        "lowest number in another region",
        {"instances[0].node": 3, "instances[2].node": 1},
        refused="aws_s3_bucket.cluster|The bucket of the cluster is in eu-west-1|home_region: eu-west-1",
    ),
    Edit(
        "lowest number in another region, and the bucket where it is",
        {"instances[0].node": 3, "instances[2].node": 1, "terraform.home_region": "eu-west-1"},
        {
            f"aws_{kind}": UPDATE
            for kind in ("instance.dub", "instance.vir", "ebs_volume.dub_sdf", "ebs_volume.vir_sdf")
        },
    ),
    Edit(
        "an existing bucket",
        {"cluster_bucket": "ours"},
        {
            "aws_iam_role_policy.cluster": UPDATE,
            "aws_s3_bucket*": FORGET,
            "aws_s3_object.*": REPLACE,
        },
        reviewed={f"{type_}.cluster" for type_ in BUCKET_TYPES},
    ),
    Edit(
        "an existing VPC, which is that of the cluster",
        {"ec2_vpc.eu-west-1": {"filters": {"tag:Name": "moving"}}, "instances[0].termination_protection": True},
        {
            "aws_instance.dub": UPDATE,
            "aws_internet_gateway.eu_west_1": FORGET,
            "aws_route_table_association.eu_west_1_*": FORGET,
            "aws_subnet.eu_west_1_*": FORGET,
            "aws_vpc.eu_west_1": FORGET,
        },
        {
            "aws_instance.dub": Effect.IN_PLACE,
            "aws_vpc.eu_west_1": Effect.FORGET,
            "data.aws_vpc.eu_west_1": Effect.DEPENDS,
        },
    ),
    Edit(
        "an existing VPC, and subnets in it that are made",
        {
            "ec2_vpc.eu-west-1": {"Name": "moving"},
            "ec2_vpc_subnets": {
                "eu-west-1": {"10.33.1.0/24": {"az": "eu-west-1a"}, "10.33.2.0/24": {"az": "eu-west-1b"}}
            },
        },
        {"aws_internet_gateway.eu_west_1": FORGET, "aws_subnet.*": UPDATE, "aws_vpc.eu_west_1": FORGET},
        {"aws_vpc.eu_west_1": Effect.FORGET, "data.aws_vpc.eu_west_1": Effect.DEPENDS},
    ),
    Edit("no encryption key any more", {"instances[1].volumes[0].kms_key_id": REMOVED}),
    Edit(
        "instance store",
        {"instances[0].type": "m5d.large", "instances[0].volumes": [STORE]},
        {"aws_instance.dub": UPDATE},
        {"aws_instance.dub": Effect.STOPS_AND_STARTS},
    ),
    Edit(
        "instance store instead of a disk",
        {"instances[0].type": "m5d.large", "instances[0].volumes": [{**STORE, "device_name": "/dev/sdf"}]},
        {"aws_instance.dub": UPDATE, "aws_ebs_volume.dub_sdf": DELETE, "aws_volume_attachment.dub_sdf": DELETE},
        {"aws_ebs_volume.dub_sdf": Effect.LOSES_DATA},
    ),
    Edit(
        "another subnet of a protected machine",
        {"locations[1].subnet": "10.33.9.0/24"},
        refused="aws_instance.cor|lifecycle.prevent_destroy set",
    ),
    Edit(
        "a location in a new subnet of any zone",
        {"locations[0].subnet": "10.33.9.0/24", "locations[0].az": REMOVED},
        {
            "aws_instance.dub": REPLACE,
            "aws_volume_attachment.dub_sdf": REPLACE,
            "aws_subnet.eu_west_1_10_33_1_0_24": DELETE,
            "aws_subnet.eu_west_1_10_33_9_0_24": CREATE,
            "aws_route_table_association.eu_west_1_10_33_1_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_9_0_24": CREATE,
        },
        {"aws_instance.dub": Effect.DESTROYS_INSTANCE, "aws_ebs_volume.dub_sdf": Effect.DEPENDS},
        reviewed={"aws_instance.dub"},
    ),
    Edit(
        "a region less",
        {"locations[2]": REMOVED, "instances[2]": REMOVED},
        {
            "aws_*.us_east_1*": DELETE,
            "aws_instance.vir": DELETE,
            "aws_ebs_volume.vir_sdf": DELETE,
            "aws_volume_attachment.vir_sdf": DELETE,
            "aws_iam_role_policy.cluster": UPDATE,
        },
        {"aws_instance.vir": Effect.DESTROYS_INSTANCE},
        reviewed={"aws_instance.vir", "aws_ebs_volume.vir_sdf"},
    ),
    Edit(
        "a region less, and its provider with it",
        {"locations[2]": REMOVED, "instances[2]": REMOVED, "ec2_vpc.us-east-1": REMOVED},
        refused="Provider configuration not present",
    ),
    Edit(
        "a location in another subnet of its zone",
        {"locations[0].subnet": "10.33.7.0/24"},
        {
            "aws_instance.dub": REPLACE,
            "aws_volume_attachment.dub_sdf": REPLACE,
            "aws_subnet.eu_west_1_10_33_1_0_24": DELETE,
            "aws_subnet.eu_west_1_10_33_7_0_24": CREATE,
            "aws_route_table_association.eu_west_1_10_33_1_0_24": DELETE,
            "aws_route_table_association.eu_west_1_10_33_7_0_24": CREATE,
        },
        {"aws_instance.dub": Effect.REPLACES_INSTANCE},
        reviewed={"aws_instance.dub"},
    ),
    Edit(
        "a location in another zone",
        {"locations[0].az": "eu-west-1c"},
        refused="aws_subnet.eu_west_1_10_33_1_0_24|a subnet can't move",
    ),
    Edit(
        "a location in another zone and subnet",
        {"locations[0].az": "eu-west-1c", "locations[0].subnet": "10.33.7.0/24"},
        refused="aws_ebs_volume.dub_sdf|can't move to another zone|make a snapshot",
    ),
    Edit(
        "a location without its zone",
        {"locations[0].az": REMOVED},
        {"aws_subnet.eu_west_1_10_33_1_0_24": UPDATE},
    ),
    Edit(
        "gateway of one region",
        {"ec2_vpc_igw": {"us-east-1": False}},
        {
            "aws_internet_gateway.us_east_1": DELETE,
            "aws_route.us_east_1_default": DELETE,
            "aws_route_table.us_east_1": DELETE,
            "aws_route_table_association.us_east_1_10_34_1_0_24": DELETE,
        },
    ),
    Edit(
        "a node of another region",
        {"instances[2].location": "cork"},
        {
            "aws_instance.vir": CREATE,
            "aws_ebs_volume.vir_sdf": CREATE,
            "aws_volume_attachment.vir_sdf": CREATE,
            "aws_*.us_east_1*": DELETE,
            "aws_iam_role_policy.cluster": UPDATE,
        },
        {"aws_instance.vir": Effect.LOSES_DATA, "aws_ebs_volume.vir_sdf": Effect.LOSES_DATA},
        reviewed={"aws_instance.vir", "aws_ebs_volume.vir_sdf", "aws_volume_attachment.vir_sdf"},
        refresh=True,
    ),
]


class Subject:
    """An applied cluster, edited again and again."""

    def __init__(self, live: Deployment) -> None:
        self.live = live
        self._path = live.directory / "config.yml"
        self.base = yaml.safe_load(self._path.read_text())
        self._cluster = self._load()
        self.wanted: set[str] = set()
        """The addresses in the stack that was last planned."""

    def plan(self, edit: Edit) -> tuple[dict[str, list[str]] | str, tuple[Row, ...]]:
        """What terraform plans after an edit, or how it fails; and what was forecast."""
        return self.plan_config(edited(edit.changes, self.base), refresh=edit.refresh)

    def plan_config(self, config: Any, *, refresh: bool = False) -> tuple[dict[str, list[str]] | str, tuple[Row, ...]]:
        """The same for a whole config. What was applied is in the state: nothing need be asked again of each thing."""
        self._path.write_text(yaml.safe_dump(config, sort_keys=False))
        try:
            cluster = self._load()
            rows, _ = compare(self._cluster, cluster)
            self.live.write(cluster)
            name = config["cluster_name"]
            stack = self.live.stack if name == self.base["cluster_name"] else self.live.stack_named(name)
            self.wanted = stack.addresses()
            return stack.planned_changes(refresh=refresh), rows
        except TerraformError as error:
            return str(error), rows
        finally:
            self._path.write_text(yaml.safe_dump(self.base, sort_keys=False))

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Make an edit for good; if terraform refuses it, the config is as it was."""
        config = edited(changes, self.base)
        self._path.write_text(yaml.safe_dump(config, sort_keys=False))
        try:
            self.live.synth()
            self.live.stack.apply()
            self.base, self._cluster = config, self._load()
        finally:
            self._path.write_text(yaml.safe_dump(self.base, sort_keys=False))

    def review(self) -> Verdict:
        """What a review says of the last plan."""
        document = json.dumps(self.live.stack.shown_plan()).encode()
        return judge(read_plan("-", io.BytesIO(document)), None, self._cluster)

    def _load(self) -> Cluster:
        loaded = clusters.load(self.live.directory, "config.yml")
        assert loaded.cluster, clusters.as_text((loaded,))
        return loaded.cluster


def expected(edit: Edit, there: set[str], wanted: set[str]) -> dict[str, list[str]]:
    """What the plan must be, of the addresses in the state and those in the stack."""
    actions: dict[str, list[str]] = {}
    for glob, each in edit.allowed.items():
        among = wanted - there if each == CREATE else there
        matching = fnmatch.filter(among, glob) if "*" in glob else [glob]
        assert matching, f"{glob} stands for nothing"
        actions |= dict.fromkeys(matching, each)
    return actions


def check(
    edit: Edit, planned: dict[str, list[str]] | str, rows: tuple[Row, ...], there: set[str], wanted: set[str]
) -> None:
    refusals = [row for row in rows if row.effect is Effect.FAILS_IN_PLAN]
    if edit.refused:
        assert isinstance(planned, str), f"the plan goes through: {planned}"
        said = " ".join(re.sub(r"[│╷╵]", " ", planned).split())
        assert [text for text in edit.refused.split("|") if text not in said] == [], said
        assert refusals, "the forecast says so too"
        if (address := edit.refused.partition("|")[0]).startswith("aws_"):
            assert address in {row.address for row in refusals}
        return
    assert not isinstance(planned, str), planned
    assert refusals == []
    assert planned == expected(edit, there, wanted)
    assert {row.address: list(row.actions) for row in rows if row.actions} == planned, "the forecast is the plan"
    said_of = {row.address: row.effect for row in rows}
    assert {address: said_of.get(address) for address in edit.effects} == dict(edit.effects)


PARTS = 2
"""Each half of the matrix is planned in as many parts, against a cluster of its own: they run beside one another."""


@pytest.mark.parametrize("part", range(PARTS))
def test_edits_of_machines_and_disks(part: int, deploy: Deploy, subtests: pytest.Subtests) -> None:
    _check_all(MACHINES[part::PARTS], applied(deploy(CASES / "machines")), subtests)


@pytest.mark.parametrize("part", range(PARTS))
def test_edits_of_places(part: int, deploy: Deploy, subtests: pytest.Subtests) -> None:
    _check_all(PLACES[part::PARTS], applied(deploy(CASES / "places")), subtests)


def test_machines_may_be_replaced_and_renamed_and_keep_their_disks(deploy: Deploy) -> None:
    live = deploy(CASES / "machines")
    subject = applied(live)
    state, there = subject.live.ids(), live.state()

    with pytest.raises(TerraformError, match="make a snapshot"):
        subject.apply({"instances[1].volumes[0].encrypted": True})
    assert (subject.live.ids(), live.state()) == (state, there), "what is refused changes nothing"

    subject.apply({"instances[1].private_ip": "10.33.2.21"})
    now = subject.live.ids()
    assert now["aws_instance.two"] != state["aws_instance.two"]
    assert {each: now[each] for each in state if "volume.two" in each} == {
        "aws_ebs_volume.two_sdf": state["aws_ebs_volume.two_sdf"],
        "aws_ebs_volume.two_sdg": state["aws_ebs_volume.two_sdg"],
    }
    machine = live.state()["regions"]["eu-west-1"]["instances"]["instance:two"]
    assert machine["private_ip"] == "10.33.2.21"
    assert {"/dev/sdf", "/dev/sdg"} <= set(machine["block_devices"]), "the new machine has the old disks"

    subject.apply({"instances[0].Name": "first", "instances[1].upstream": "first", "terraform.moved": {"one": "first"}})
    after = subject.live.ids()
    for kind in ("aws_instance.{}", "aws_ebs_volume.{}_sdf", "aws_volume_attachment.{}_sdf"):
        assert after[kind.format("first")] == now[kind.format("one")]
    assert live.stack.pending_changes() == ""


def test_nothing_is_left_of_a_region_that_was_taken_out(deploy: Deploy) -> None:
    live = deploy(CASES / "places")
    subject = applied(live)
    there = live.state()["regions"]
    subject.apply({"locations[2]": REMOVED, "instances[2]": REMOVED})
    subject.apply({"ec2_vpc.us-east-1": REMOVED})
    after = live.state()["regions"]
    assert after["us-east-1"] == live.before["regions"]["us-east-1"]
    assert after["eu-west-1"] == there["eu-west-1"]
    assert live.stack.pending_changes() == ""


def applied(live: Deployment) -> Subject:
    live.stack.apply()
    assert live.stack.pending_changes() == ""
    return Subject(live)


def _check_all(edits: list[Edit], subject: Subject, subtests: pytest.Subtests) -> None:
    assert subject.plan_config(reversed_lists(subject.base)) == ({}, ())
    there = set(subject.live.ids())
    for edit in edits:
        with subtests.test(edit.name):
            planned, rows = subject.plan(edit)
            check(edit, planned, rows, there, subject.wanted)
            if edit.refused.startswith("aws_") and "prevent_destroy" not in edit.refused:
                verdict = subject.review()
                assert not verdict.passes
                failing = {row.address for row in verdict.rows if row.effect is Effect.FAILS_IN_PLAN}
                assert edit.refused.partition("|")[0] in failing, "review names the condition that failed the plan"
            if edit.reviewed is not None:
                found = {each.address for each in subject.review().refusals}
                assert found == edit.reviewed
