"""Rules of regions and availability zones."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_REGIONS = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"
_ZONES = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html"
_SUBNET = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#vpc-required"
_TPA_SUBNETS = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#subnets-optional"

NOT_A_REGION = Rule(
    "not-a-region",
    ERROR,
    "A region is written as AWS writes it",
    why="AWS has no region of this form.",
    fix="Write the region's code, such as eu-west-1, without a zone's letter.",
    source=_REGIONS,
    bad="""\
ec2_vpc_igw:
  eu-west-1: yes
  eu-west-1a: yes
""",
    good="""\
ec2_vpc_igw:
  eu-west-1: yes
""",
)

NOT_A_ZONE = Rule(
    "not-a-zone",
    ERROR,
    "An availability zone is a region and a letter",
    why="AWS has no zone of this form.",
    fix="Write the zone with its letter, such as eu-west-1a.",
    source=_ZONES,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24:
      az: eu-west-1
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24:
      az: eu-west-1a
""",
)

ZONE_ELSEWHERE = Rule(
    "zone-elsewhere",
    ERROR,
    "A zone is one of the region that it is written for",
    why="A subnet can't be in a zone of another region.",
    fix="Write a zone of the region, or correct the region.",
    source=_ZONES,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24:
      az: us-east-1b
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24:
      az: eu-west-1b
""",
)

TWO_PARTITIONS = Rule(
    "two-partitions",
    ERROR,
    "All regions of a cluster are in one partition of AWS",
    why="China and GovCloud are partitions of their own: an account, and so a credential, is good in one only.",
    fix="Make a cluster for each partition, with a config.yml of its own.",
    source="https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html",
    bad="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
  cn-north-1: {Name: speedy, cidr: 10.34.0.0/16}
""",
    good="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
""",
)

ZONE_CONFLICT = Rule(
    "zone-conflict",
    WARNING,
    "A subnet has one zone",
    why="A subnet is in one zone. Of two locations that give it different ones, the first decides; "
    "a subnet that exists keeps its own.",
    fix="Give each zone a subnet of its own.",
    source=_TPA_SUBNETS,
    bad="""\
ec2_vpc_subnets:
locations:
- {Name: first, region: eu-west-1, az: eu-west-1a, subnet: 10.33.1.0/24}
- {Name: second, region: eu-west-1, az: eu-west-1b, subnet: 10.33.1.0/24}
""",
    good="""\
ec2_vpc_subnets:
locations:
- {Name: first, region: eu-west-1, az: eu-west-1a, subnet: 10.33.1.0/24}
- {Name: second, region: eu-west-1, az: eu-west-1b, subnet: 10.33.2.0/24}
""",
)

ZONE_LEFT_TO_AWS = Rule(
    "zone-left-to-aws",
    INFO,
    "A subnet with EBS volumes names its zone",
    why="A volume can never leave its zone. Where the zone is named, a plan that would part an instance from its "
    "volumes fails before anything changes.",
    fix="Give the subnet an az in ec2_vpc_subnets, or in the location. A subnet that exists keeps its zone: name it.",
    source=_TPA_SUBNETS,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {Name: databases}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {Name: databases, az: eu-west-1a}
""",
)

UNUSED_REGION = Rule(
    "unused-region",
    INFO,
    "Each region that a section names has instances",
    why="Nothing is created in a region without instances.",
    fix="Remove the entry, or nothing, if instances will follow.",
    source=_TPA,
    bad="""\
ec2_vpc_igw:
  eu-west-1: yes
  us-east-1: yes
""",
    good="""\
ec2_vpc_igw:
  eu-west-1: yes
""",
)

UNKNOWN_REGION = Rule(
    "unknown-region",
    WARNING,
    "A region is one that AWS has, and the AWS provider knows",
    why="The AWS provider refuses a region that it doesn't know, and the plan fails. A new region is no "
    "fault: the provider takes it where it is told to.",
    fix="Correct the region; for a new one, write terraform: {provider: {skip_region_validation: yes}}, or a later "
    "provider_version.",
    source=_REGIONS,
    bad="""\
ec2_vpc_igw:
  eu-west-1: yes
  us-esat-1: yes
""",
    good="""\
ec2_vpc_igw:
  eu-west-1: yes
  us-east-1: yes
""",
)

UNLIKELY_ZONE = Rule(
    "unlikely-zone",
    WARNING,
    "A zone is one that its region has",
    why="No region has zones beyond f. A subnet in a zone that isn't there fails in the apply.",
    fix="Write a zone of the region; aws ec2 describe-availability-zones lists them.",
    source=_ZONES,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1k}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1c}
""",
)
