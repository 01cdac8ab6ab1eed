"""Rules of VPCs, subnets and gateways."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
_SUBNET = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
_GATEWAY = "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html"
_PEERING = "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#vpc-required"
_TPA_SUBNETS = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#subnets-optional"

NO_VPC_ENTRY = Rule(
    "no-vpc-entry",
    ERROR,
    "Each region that has instances has its entry in ec2_vpc",
    why="A VPC is in one region, so nobody can tell in which VPC the instances are to be.",
    fix="Add the region to ec2_vpc, or move the instances.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  region: us-east-1
  subnet: 10.34.1.0/24
""",
    good="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
  us-east-1: {Name: speedy, cidr: 10.34.0.0/16}
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  region: us-east-1
  subnet: 10.34.1.0/24
""",
)

VPC_WITHOUT_NAME = Rule(
    "vpc-without-name",
    ERROR,
    "A VPC is given by its Name or by filters",
    why="A range alone doesn't tell which VPC is meant: many VPCs have the same one.",
    fix="Add Name (with cidr the VPC is created, without it must exist), or filters that find one that exists.",
    source=_TPA,
    bad="""\
ec2_vpc:
  eu-west-1:
    cidr: 10.33.0.0/16
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
""",
)

MIXED_VPC = Rule(
    "mixed-vpc",
    ERROR,
    "ec2_vpc is one VPC for all regions, or an entry for each region",
    why="TPA reads ec2_vpc in one of the two forms.",
    fix="Write Name and cidr under each region.",
    source=_TPA,
    bad="""\
ec2_vpc:
  Name: speedy
  eu-west-1:
    cidr: 10.33.0.0/16
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
""",
)

INVALID_CIDR = Rule(
    "invalid-cidr",
    ERROR,
    "A range is an IPv4 network of a size that AWS takes",
    why="VPCs and subnets are /16 to /28 networks.",
    fix="Write a range with its prefix, such as 10.33.0.0/16.",
    source=_VPC,
    bad="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.0.0.0/8
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
""",
)

HOST_BITS = Rule(
    "host-bits",
    WARNING,
    "A range is written with its first address",
    why="10.33.1.9/16 means the whole of 10.33.0.0/16, which is easily read as something smaller.",
    fix="Write the range that the message names.",
    source=_VPC,
    bad="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.1.9/16
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
""",
)

INVALID_SUBNET = Rule(
    "invalid-subnet",
    ERROR,
    "An existing subnet is given by its id",
    why="An id is subnet- and hexadecimal digits.",
    fix="Copy the id from AWS, or write the subnet's range.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    bad="""\
instances:
- Name: alpha
  node: 1
  subnet: subnet-Databases
""",
    good="""\
instances:
- Name: alpha
  node: 1
  subnet: 10.33.1.0/24
""",
)

DUPLICATE_SUBNET = Rule(
    "duplicate-subnet",
    ERROR,
    "ec2_vpc_subnets describes each subnet once",
    why="Two spellings of one range are one subnet, which has one zone and one name.",
    fix="Keep one of the entries.",
    source=_TPA_SUBNETS,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
    10.33.1.9/24: {az: eu-west-1b}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
    10.33.2.0/24: {az: eu-west-1b}
""",
)

SUBNET_OUTSIDE_VPC = Rule(
    "subnet-outside-vpc",
    ERROR,
    "A subnet's range lies within its VPC's",
    why="AWS refuses a subnet whose addresses aren't those of its VPC.",
    fix="Take a range inside the VPC's, or widen the VPC before it is created.",
    source=_SUBNET,
    bad="""\
instances:
- Name: alpha
  node: 1
  subnet: 10.44.1.0/24
""",
    good="""\
instances:
- Name: alpha
  node: 1
  subnet: 10.33.1.0/24
""",
)

OVERLAPPING_SUBNETS = Rule(
    "overlapping-subnets",
    ERROR,
    "Subnets of a VPC share no address",
    why="AWS refuses the second one.",
    fix="Take ranges that lie side by side, such as 10.33.1.0/24 and 10.33.2.0/24.",
    source=_SUBNET,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  subnet: 10.33.1.128/25
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  subnet: 10.33.2.0/25
""",
)

UNUSED_SUBNET = Rule(
    "unused-subnet",
    INFO,
    "Each subnet that is listed has instances",
    why="Subnets are created where instances refer to them, and not because they are listed.",
    fix="Remove the entry, or nothing, if instances will follow.",
    source=_TPA_SUBNETS,
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
    10.33.9.0/24: {az: eu-west-1b}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
""",
)

OVERLAPPING_VPCS = Rule(
    "overlapping-vpcs",
    WARNING,
    "VPCs of one cluster have ranges apart",
    why="VPCs with overlapping ranges can't be peered, so the regions of the cluster can't reach each other "
    "by private addresses. The range can't be changed later.",
    fix="Give each region a range of its own before the first apply.",
    source=_PEERING,
    bad="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
  us-east-1: {Name: speedy, cidr: 10.33.0.0/16}
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  region: us-east-1
  subnet: 10.33.2.0/24
""",
    good="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
  us-east-1: {Name: speedy, cidr: 10.34.0.0/16}
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  region: us-east-1
  subnet: 10.34.2.0/24
""",
)

NO_GATEWAY = Rule(
    "no-gateway",
    WARNING,
    "A region that is reachable from the internet has a gateway",
    why="ec2_instance_reachability is public, and ec2_vpc_igw switches the region's gateway off: instances "
    "there have no way to the internet or from it.",
    fix="Remove the entry, or set ec2_instance_reachability: private.",
    source=_GATEWAY,
    bad="""\
ec2_vpc_igw:
  eu-west-1: no
""",
    good="""\
ec2_vpc_igw:
  eu-west-1: yes
""",
)

GATEWAY_ALONE = Rule(
    "gateway-alone",
    INFO,
    "A gateway has a route to it",
    why="Routes come with ec2_instance_reachability: public. Without one, the gateway carries nothing.",
    fix="Remove ec2_vpc_igw, or set ec2_instance_reachability: public.",
    source=_GATEWAY,
    bad="""\
ec2_instance_reachability: private
ec2_vpc_igw:
  eu-west-1: yes
""",
    good="""\
ec2_instance_reachability: public
ec2_vpc_igw:
  eu-west-1: yes
""",
)

SUBNET_UNASKED = Rule(
    "subnet-unasked",
    ERROR,
    "A subnet that is given by its id has been looked up, where this config creates subnets",
    why="The id may be that of a subnet which this config has created. Terraform would then destroy it under its "
    "range, with all that is in it.",
    fix="Run tpa-tf lookup, which finds out; or write the subnet's range as before.",
    source="docs/lookup.md",
    bad="""\
instances:
- Name: alpha
  node: 1
  subnet: subnet-0a1b2c3d4e5f60718
""",
    good="""\
instances:
- Name: alpha
  node: 1
  subnet: 10.33.1.0/24
""",
)

SUBNET_FULL = Rule(
    "subnet-full",
    ERROR,
    "A subnet has an address for each of its instances",
    why="AWS keeps five addresses of a subnet. The instance for which there is none fails in the apply.",
    fix="Take a larger range, before the first apply; or put instances into another subnet.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/28: {az: eu-west-1a}
instance_defaults:
  {region: eu-west-1, subnet: 10.33.1.0/28, type: t3.medium}
instances:
- {Name: n01, node: 1}
- {Name: n2, node: 2}
- {Name: n3, node: 3}
- {Name: n4, node: 4}
- {Name: n5, node: 5}
- {Name: n6, node: 6}
- {Name: n7, node: 7}
- {Name: n8, node: 8}
- {Name: n9, node: 9}
- {Name: n10, node: 10}
- {Name: n11, node: 11}
- {Name: n12, node: 12}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/28: {az: eu-west-1a}
instance_defaults:
  {region: eu-west-1, subnet: 10.33.1.0/28, type: t3.medium}
instances:
- {Name: n01, node: 1}
- {Name: n2, node: 2}
- {Name: n3, node: 3}
- {Name: n4, node: 4}
- {Name: n5, node: 5}
- {Name: n6, node: 6}
- {Name: n7, node: 7}
- {Name: n8, node: 8}
- {Name: n9, node: 9}
- {Name: n10, node: 10}
- {Name: n11, node: 11}
""",
)

CUT_OFF = Rule(
    "cut-off",
    WARNING,
    "Instances reach S3 and a package repository",
    why="The first boot fetches the SSH host keys from S3, and the deployment installs packages. A private "
    "VPC that is created here has no NAT gateway.",
    fix="Use an existing VPC with a way out, or add a NAT gateway or endpoints to the VPC before instances boot.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html",
    bad="""\
ec2_instance_reachability: private
ec2_vpc_igw:
""",
    good="""\
ec2_instance_reachability: public
ec2_vpc_igw:
""",
)

VPCS_APART = Rule(
    "vpcs-apart",
    INFO,
    "VPCs of one cluster are connected",
    why="Instances in two VPCs reach each other by public addresses alone, until a peering connection is "
    "there. Neither TPA nor tpa-tf creates one.",
    fix="Create the peering connection and its routes yourself, before the deployment.",
    source="https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html",
    bad="""\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
  us-east-1: {Name: speedy, cidr: 10.34.0.0/16}
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha, region: us-east-1, subnet: 10.34.1.0/24}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)
