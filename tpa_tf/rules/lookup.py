"""Rules of a config beside its lookup record: the record is that of this config, and they agree."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_PAGE = "docs/lookup.md"
_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html"
_TYPES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html"
_DNS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html"
_EBS = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes.html"

INVALID_LOOKUP = Rule(
    "invalid-lookup",
    ERROR,
    "The lookup record is as tpa-tf lookup wrote it",
    why="What exists is taken from the record. A record that can't be read leaves open what Terraform would create.",
    fix="Run tpa-tf lookup again, or take the file as git has it.",
    source=_PAGE,
    given="tpa-tf.lookup.json has been cut off by a merge.",
    bad="""\
cluster_name: speedy
""",
    good="""\
cluster_name: speedy
""",
)

STALE_LOOKUP = Rule(
    "stale-lookup",
    ERROR,
    "The lookup record answers what the config asks",
    why="The config refers to something that was not looked up, or looks for it in another way than before.",
    fix="Run tpa-tf lookup again.",
    source=_PAGE,
    given="The record was made before the instance beta was added, in a subnet that it doesn't have.",
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  subnet: 10.33.2.0/24
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

NO_LOOKUP = Rule(
    "no-lookup",
    INFO,
    "What a config takes to exist has been looked up",
    why="Without a record, tpa-tf takes subnets of an existing VPC, and its internet gateway, to exist. "
    "Where one doesn't exist, the plan fails before anything changes.",
    fix="Run tpa-tf lookup, which records what exists.",
    source=_PAGE,
    bad="""\
ec2_vpc:
  eu-west-1:
    Name: shared
ec2_vpc_subnets:
""",
    good="""\
ec2_vpc:
  eu-west-1:
    Name: speedy
    cidr: 10.33.0.0/16
ec2_vpc_subnets:
""",
)

KEY_EXISTS = Rule(
    "key-exists",
    INFO,
    "The name of the cluster's key pair is free",
    why="A key pair of this name is registered already, and is used as it is, as TPA uses it.",
    fix="Nothing, if it is the cluster's key. Otherwise give the cluster's a name of its own with ec2_key_name.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html",
    given="eu-west-1 has a key pair called tpa_speedy.",
    bad="""\
cluster_name: speedy
""",
    good="""\
cluster_name: speedy
ec2_key_name: speedy-2
""",
)

BUCKET_ELSEWHERE = Rule(
    "bucket-elsewhere",
    ERROR,
    "home_region is the region of the bucket",
    why="S3 answers in the bucket's own region alone.",
    fix="Write the region that the message names, or remove home_region: the record has the bucket's region.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html",
    given="The bucket my-bucket is in eu-central-1.",
    bad="""\
cluster_bucket: my-bucket
terraform:
  home_region: eu-west-1
""",
    good="""\
cluster_bucket: my-bucket
terraform:
  home_region: eu-central-1
""",
)

PROFILE_EXISTS = Rule(
    "profile-exists",
    WARNING,
    "The name of the cluster's instance profile is free",
    why="A profile of this name exists and carries no tag of this cluster's, so creating it fails in the apply.",
    fix="Import it into the state, use it as it is (instance_profile_name), or choose another cluster_profile.",
    source=_IAM,
    given="The account has an instance profile called speedy_profile, with no tags.",
    bad="""\
cluster_name: speedy
""",
    good="""\
cluster_profile: speedy_2
""",
)

IMAGE_VOLUME = Rule(
    "image-volume",
    WARNING,
    "Each volume that an image brings along is in the config",
    why="The instance starts with the volume, and Terraform knows nothing of it.",
    fix="Leave the volume out with volume_type: none, or describe it.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html",
    given="The image has a volume of 20 GiB for /dev/sdh.",
    bad="""\
cluster_name: speedy
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdh, volume_type: none}
""",
)

ZONE_MISMATCH = Rule(
    "zone-mismatch",
    ERROR,
    "A DNS name is in its hosted zone",
    why="Route 53 refuses a record whose name doesn't end with the zone's.",
    fix="Write the zone's name as route53_zone, or the id of the zone that is meant.",
    source=_DNS,
    given="The hosted zone Z0123456789ABC is of example.org.",
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
  route53_zone: example.org
  route53_hosted_zone_id: Z0123456789ABC
""",
)

ZONE_KIND = Rule(
    "zone-kind",
    WARNING,
    "A hosted zone is private where route53_private_zone says so",
    why="The zone is that of route53_hosted_zone_id, so the record would be in a zone of the other kind.",
    fix="Write the id of the zone that is meant, or correct route53_private_zone.",
    source=_DNS,
    given="The hosted zone Z0123456789ABC is public.",
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

ZONE_LEFT_OPEN = Rule(
    "zone-left-open",
    INFO,
    "A subnet names a zone that offers its instances' types",
    why="AWS chooses the zone of a subnet that names none, and may choose one without the type.",
    fix="Give the subnet an az that offers the type before the first apply.",
    source=_TYPES,
    given="eu-west-1c doesn't offer m6g.large.",
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

WRONG_ARCHITECTURE = Rule(
    "wrong-architecture",
    ERROR,
    "An image is for the processor of its instance",
    why="An image for x86_64 doesn't start on arm64, nor the other way round.",
    fix="Take a type for the image's architecture, or an image for the type's.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ComponentsAMIs.html",
    given="The image is for x86_64, and m6g.large runs arm64.",
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
  type: m6i.large
""",
)

VOLUME_ELSEWHERE = Rule(
    "volume-elsewhere",
    ERROR,
    "A volume that is to be attached is in the zone of its instance",
    why="A volume can't leave its zone.",
    fix="Give the subnet the volume's zone, take another subnet, or restore a snapshot of the volume there.",
    source=_EBS,
    given="The volume of alpha is in eu-west-1b.",
    bad="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1a}
""",
    good="""\
ec2_vpc_subnets:
  eu-west-1:
    10.33.1.0/24: {az: eu-west-1b}
""",
)

VOLUME_MISMATCH = Rule(
    "volume-mismatch",
    ERROR,
    "A volume that is to be attached is as the config describes it",
    why="Terraform attaches the volume and leaves it as it is, so the config would describe another one.",
    fix="Write what the volume has, or change the volume and look up again.",
    source=_EBS,
    given="The volume of alpha has 128 GiB.",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes, attach_existing: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 128, encrypted: yes, attach_existing: yes}
""",
)

VOLUME_LEFT = Rule(
    "volume-left",
    ERROR,
    "A volume that is attached stays attached",
    why="Without attach_existing, a new and empty volume would take the place of the one that holds the data.",
    fix="Keep attach_existing: yes, or have Terraform manage the volume as the message says.",
    source=_PAGE,
    given="The record has the volume of alpha, found with attach_existing.",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes, attach_existing: yes}
""",
)

SUBNET_ELSEWHERE = Rule(
    "subnet-elsewhere",
    WARNING,
    "A subnet that exists is in a VPC that exists",
    why="The config has a VPC created, and an existing subnet is in another one: groups and routes don't fit.",
    fix="To use an existing VPC, give its Name without cidr, or filters.",
    source=_VPC,
    given="The record has subnet-0a1b2c3d4e5f60718, and no VPC called speedy.",
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

NO_WAY_OUT = Rule(
    "no-way-out",
    WARNING,
    "An existing subnet has a default route",
    why="Routes of existing subnets stay as they are. Without a default route, instances reach no package repository.",
    fix="Add a route in AWS, or see to a proxy or VPC endpoints.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    given="The route table of the subnet has no route for 0.0.0.0/0.",
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
  subnet: subnet-0f1e2d3c4b5a69780
""",
)

NO_WAY_IN = Rule(
    "no-way-in",
    WARNING,
    "A public address is in a subnet with an internet gateway",
    why="Behind a NAT gateway or a transit gateway, a public address is not reachable from outside.",
    fix="Take a subnet with a route to an internet gateway, or write assign_public_ip: no.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    given="The route table of the subnet sends 0.0.0.0/0 to a NAT gateway.",
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
  subnet: subnet-0a1b2c3d4e5f60718
  assign_public_ip: no
""",
)
