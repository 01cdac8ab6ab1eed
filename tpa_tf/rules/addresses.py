"""Rules of an instance's addresses: private, Elastic IP and DNS."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_SUBNET = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
_ELASTIC = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html"
_PRIVATE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/"
_TPA_DNS = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#instances"

INVALID_ADDRESS = Rule(
    "invalid-address",
    ERROR,
    "An address is an IPv4 address",
    why="AWS takes four numbers of 0 to 255.",
    fix="Write the address alone, such as 10.33.1.9, without a prefix.",
    source=_PRIVATE,
    bad="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.9/24
""",
    good="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.9
""",
)

IP_OUTSIDE_SUBNET = Rule(
    "ip-outside-subnet",
    ERROR,
    "A private address is one of its subnet",
    why="AWS refuses the instance otherwise.",
    fix="Write an address of the subnet, or remove private_ip to have AWS choose one.",
    source=_PRIVATE,
    bad="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.2.9
""",
    good="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.9
""",
)

RESERVED_IP = Rule(
    "reserved-ip",
    ERROR,
    "A private address is not one that AWS keeps to itself",
    why="AWS keeps the first four addresses of each subnet, and the last one.",
    fix="Write another address of the subnet.",
    source=_SUBNET,
    bad="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.3
""",
    good="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.4
""",
)

DUPLICATE_PRIVATE_IP = Rule(
    "duplicate-private-ip",
    ERROR,
    "Each instance has a private address of its own",
    why="AWS refuses the second instance.",
    fix="Give one of the instances another address.",
    source=_PRIVATE,
    bad="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.9
- Name: beta
  node: 2
  private_ip: 10.33.1.9
""",
    good="""\
instances:
- Name: alpha
  node: 1
  private_ip: 10.33.1.9
- Name: beta
  node: 2
  private_ip: 10.33.1.10
""",
)

PUBLIC_IN_PRIVATE = Rule(
    "public-in-private",
    ERROR,
    "An instance of a private cluster has no public address",
    why="ec2_instance_reachability: private and assign_public_ip: yes contradict each other, and TPA refuses both.",
    fix="Remove assign_public_ip, or set ec2_instance_reachability: public.",
    source="TPA: platforms/aws/validate.yml",
    bad="""\
ec2_instance_reachability: private
instances:
- Name: alpha
  node: 1
  assign_public_ip: yes
""",
    good="""\
ec2_instance_reachability: private
instances:
- Name: alpha
  node: 1
""",
)

ELASTIC_IP_UNUSED = Rule(
    "elastic-ip-unused",
    WARNING,
    "An Elastic IP that is named is assigned",
    why="Without assign_elastic_ip: yes the address is not used.",
    fix="Add assign_elastic_ip: yes, or remove elastic_ip.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
  elastic_ip: 198.51.100.7
""",
    good="""\
instances:
- Name: alpha
  node: 1
  elastic_ip: 198.51.100.7
  assign_elastic_ip: yes
""",
)

ELASTIC_IP_WITHOUT_GATEWAY = Rule(
    "elastic-ip-without-gateway",
    WARNING,
    "An instance with an Elastic IP is in a VPC with an internet gateway",
    why="An Elastic IP is reached by way of the gateway. AWS refuses to associate it in a VPC that has none.",
    fix="Set ec2_instance_reachability: public, or ec2_vpc_igw for the region, unless the VPC has a gateway.",
    source=_ELASTIC,
    bad="""\
ec2_instance_reachability: private
ec2_vpc_igw:
instances:
- Name: alpha
  node: 1
  assign_elastic_ip: yes
""",
    good="""\
ec2_instance_reachability: public
instances:
- Name: alpha
  node: 1
  assign_elastic_ip: yes
""",
)

DUPLICATE_ELASTIC_IP = Rule(
    "duplicate-elastic-ip",
    ERROR,
    "An Elastic IP belongs to one instance",
    why="AWS takes it from the one instance when it is given to the other.",
    fix="Give each instance an Elastic IP of its own.",
    source=_ELASTIC,
    bad="""\
instances:
- {Name: alpha, node: 1, assign_elastic_ip: yes, elastic_ip: 198.51.100.7}
- {Name: beta, node: 2, assign_elastic_ip: yes, elastic_ip: 198.51.100.7}
""",
    good="""\
instances:
- {Name: alpha, node: 1, assign_elastic_ip: yes, elastic_ip: 198.51.100.7}
- {Name: beta, node: 2, assign_elastic_ip: yes, elastic_ip: 198.51.100.8}
""",
)

HALF_A_ZONE = Rule(
    "half-a-zone",
    WARNING,
    "A DNS record has the zone's name and its id",
    why="TPA makes a record only where both route53_zone and route53_hosted_zone_id are given, and so does tpa-tf.",
    fix="Add the key that is missing, or remove the other one.",
    source=_TPA_DNS,
    bad="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
""",
    good="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: Z0123456789ABC
""",
)

INVALID_ZONE_ID = Rule(
    "invalid-zone-id",
    ERROR,
    "A hosted zone is given by its id",
    why="Several zones can have one name, so Route 53 takes an id: capital letters and digits.",
    fix="Copy the id from Route 53, such as Z0123456789ABC. The zone's name is route53_zone.",
    source="https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html",
    bad="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: example.com
""",
    good="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: Z0123456789ABC
""",
)

PRIVATE_ZONE_UNASKED = Rule(
    "private-zone-unasked",
    INFO,
    "route53_private_zone has been compared with the hosted zone",
    why="The zone is that of route53_hosted_zone_id, private or not. Only a lookup can tell which it is.",
    fix="Run tpa-tf lookup, or remove route53_private_zone.",
    source="docs/lookup.md",
    bad="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: Z0123456789ABC
  route53_private_zone: yes
""",
    good="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: Z0123456789ABC
""",
)

PRIVATE_ELASTIC_IP = Rule(
    "private-elastic-ip",
    ERROR,
    "An Elastic IP is a public address",
    why="AWS allocates Elastic IPs from its public addresses. A private address is the instance's own, in its subnet.",
    fix="Write private_ip for a private address; leave elastic_ip out for a new Elastic IP.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, assign_elastic_ip: yes, elastic_ip: 10.33.1.9}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, assign_elastic_ip: yes, private_ip: 10.33.1.9}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)
