"""Rules of what a config takes to exist: by the lookup record it does."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, Rule

_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html"
_TYPES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html"
_DNS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html"

VPC_NOT_FOUND = Rule(
    "vpc-not-found",
    ERROR,
    "An existing VPC that a config names is there",
    why="Nothing can be created in a VPC that doesn't exist.",
    fix="Correct the Name or the filters, or give Name and cidr to have the VPC created.",
    source=_VPC,
    given="No VPC in eu-west-1 has the tag Name=shared.",
    bad="""\
ec2_vpc:
  eu-west-1:
    Name: shared
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
""",
)

SUBNET_NOT_FOUND = Rule(
    "subnet-not-found",
    ERROR,
    "A subnet that is given by its id is there",
    why="The id names a subnet of another region or account, or one that is gone.",
    fix="Correct the id, or write a range.",
    source=_VPC,
    given="The account has no subnet-0a1b2c3d4e5f60718 in eu-west-1.",
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

GROUP_NOT_FOUND = Rule(
    "group-not-found",
    ERROR,
    "A security group that a config names is in the VPC",
    why="A group of another VPC can't be attached, and a rule can't name it.",
    fix="Correct the filters or the name, which is case-sensitive, or create the group first.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    given="No group of the VPC is called databases.",
    bad="""\
ec2_groups:
  eu-west-1:
    group-name: databases
""",
    good="""\
ec2_groups:
""",
)

KEY_PAIR_NOT_FOUND = Rule(
    "key-pair-not-found",
    ERROR,
    "A key pair that ec2_instance_key names is registered in each region",
    why="Key pairs are regional, and ec2_instance_key names one that exists.",
    fix="Register the key pair there, or remove ec2_instance_key to have the cluster's own registered.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html",
    given="eu-west-1 has no key pair called team.",
    bad="""\
ec2_instance_key: team
""",
    good="""\
ec2_instance_key:
""",
)

KMS_KEY_NOT_FOUND = Rule(
    "kms-key-not-found",
    ERROR,
    "A KMS key that a config names is in the region of its volume",
    why="Each region has keys and aliases of its own.",
    fix="Correct kms_key_id, or create the key or the alias in this region.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/find-cmk-id-arn.html",
    given="eu-west-1 has no alias/shop.",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, kms_key_id: alias/shop}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

BUCKET_NOT_FOUND = Rule(
    "bucket-not-found",
    ERROR,
    "A bucket that cluster_bucket names is there",
    why="A bucket that is named is one that exists, in this account. Names of buckets are worldwide.",
    fix="Create the bucket first, or remove cluster_bucket to have one created.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    given="The account has no bucket my-bucket.",
    bad="""\
cluster_bucket: my-bucket
""",
    good="""\
cluster_bucket: auto
""",
)

PROFILE_NOT_FOUND = Rule(
    "profile-not-found",
    ERROR,
    "An instance profile that instance_profile_name names is there",
    why="instance_profile_name names a profile that exists.",
    fix="Correct the name, or remove instance_profile_name to have a profile created.",
    source=_IAM,
    given="The account has no instance profile called team.",
    bad="""\
instance_profile_name: team
""",
    good="""\
cluster_profile: speedy_profile
""",
)

IMAGE_NOT_FOUND = Rule(
    "image-not-found",
    ERROR,
    "The image that a config names is in each region",
    why="Images are regional. Without one, no instance starts.",
    fix="Correct ec2_ami (Name takes wildcards), or copy the image to this region.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html",
    given="The owner 136693071363 has no debian-21-amd64-* in eu-west-1.",
    bad="""\
ec2_ami:
  Name: debian-21-amd64-*
  Owner: '136693071363'
""",
    good="""\
ec2_ami:
  Name: debian-12-amd64-20240717-1811
  Owner: '136693071363'
""",
)

ADDRESS_NOT_FOUND = Rule(
    "address-not-found",
    ERROR,
    "An Elastic IP that a config names is the account's",
    why="elastic_ip names an address that is allocated already, in the region of the instance.",
    fix="Allocate an address first, or remove elastic_ip to have one allocated.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
    given="The account has no Elastic IP 198.51.100.7 in eu-west-1.",
    bad="""\
instances:
- Name: alpha
  node: 1
  assign_elastic_ip: yes
  elastic_ip: 198.51.100.7
""",
    good="""\
instances:
- Name: alpha
  node: 1
  assign_elastic_ip: yes
""",
)

ZONE_NOT_FOUND = Rule(
    "zone-not-found",
    ERROR,
    "The hosted zone that a config names is there",
    why="No record can be created in a zone that doesn't exist.",
    fix="Correct route53_hosted_zone_id.",
    source=_DNS,
    given="The account has no hosted zone Z0123456789ABC.",
    bad="""\
instances:
- Name: alpha
  node: 1
  route53_zone: example.com
  route53_hosted_zone_id: Z0123456789ABC
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

UNKNOWN_ZONE = Rule(
    "unknown-zone",
    ERROR,
    "A zone is one that this account can use",
    why="Which zones a region has differs from account to account.",
    fix="Write one of the zones that the message names.",
    source="https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    given="The account can use eu-west-1a, eu-west-1b and eu-west-1c.",
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1d}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
""",
)

TYPE_NOT_OFFERED = Rule(
    "type-not-offered",
    ERROR,
    "An instance type is offered where the instance is to be",
    why="Not every zone has every type. AWS would refuse the instance in the middle of an apply.",
    fix="Take another type, or a subnet in a zone that offers this one.",
    source=_TYPES,
    given="eu-west-1a doesn't offer m6g.large.",
    bad="""\
instances:
- Name: alpha
  node: 1
  type: m6g.large
""",
    good="""\
instances:
- Name: alpha
  node: 1
  type: t3.medium
""",
)
