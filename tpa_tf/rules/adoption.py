"""Rules that tpa-tf adopt alone can tell: what tpaexec provision has created, beside the config."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_PAGE = "docs/adopt.md"
_LARGER = """\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes}
"""
_AS_IT_IS = _LARGER.replace("encrypted: yes", "encrypted: no")
_VPC = """\
ec2_vpc:
  eu-west-1: {Name: speedy, cidr: 10.33.0.0/16}
"""

ADOPT_DIFFERS = Rule(
    "adopt-differs",
    ERROR,
    "What is adopted is as the config describes it, where AWS can't change that",
    why="Terraform would replace the resource, or its plan or apply would fail.",
    fix="Write in the config what the resource has.",
    source=_PAGE,
    given="The volume /dev/sdf of alpha is not encrypted.",
    bad=_LARGER,
    good=_AS_IT_IS,
)

ADOPT_CHANGES = Rule(
    "adopt-changes",
    WARNING,
    "What is adopted is as the config describes it",
    why="The first apply changes the resource, which stops and starts an instance or sends packets another way.",
    fix="Write in the config what the resource has, or expect the change.",
    source=_PAGE,
    given="alpha runs as a t3.large.",
    bad="""\
instances:
- Name: alpha
  node: 1
  type: t3.medium
""",
    good="""\
instances:
- Name: alpha
  node: 1
  type: t3.large
""",
)

ADOPT_AMBIGUOUS = Rule(
    "adopt-ambiguous",
    ERROR,
    "One resource in AWS fits each resource of the config",
    why="Several resources fit, and an import of the wrong one would leave the right one behind.",
    fix="Tell them apart with filters, or remove the cluster's tags from the one that isn't its own.",
    source=_PAGE,
    given="Two VPCs called speedy have the tag CreatingCluster=speedy.",
    bad=_VPC,
    good="""\
ec2_vpc:
  eu-west-1:
    filters: {vpc-id: vpc-0a1b2c3d4e5f60718}
""",
)

ADOPT_UNTAGGED = Rule(
    "adopt-untagged",
    ERROR,
    "What has the name of the cluster's own has its tag, too",
    why="AWS has one security group of a name in a VPC, and this one is not tagged as the cluster's own.",
    fix="Take it over with --managed group, or use it as it is with ec2_groups.",
    source=_PAGE,
    given="The VPC has a group called Group speedy/eu-west-1 without the tag CreatingCluster.",
    bad=_VPC,
    good="""\
ec2_groups:
  eu-west-1:
    group-name: Group speedy/eu-west-1
cluster_rules:
""",
)

ADOPT_SHARED = Rule(
    "adopt-shared",
    INFO,
    "What is adopted belongs to the cluster alone",
    why="Others use it, or it isn't tagged as the cluster's own: it stays existing, and Terraform leaves it as it is.",
    fix="Nothing; or have Terraform manage it with --managed.",
    source=_PAGE,
    given="An instance of another cluster is in the subnet.",
    bad=_VPC,
    good=_VPC,
)

ADOPT_EXISTING = Rule(
    "adopt-existing",
    ERROR,
    "A managed VPC is one that the config describes, with managed subnets and a managed gateway",
    why="ec2_vpc says too little to manage the VPC, or something in it would stay existing.",
    fix="Write Name and cidr, and no vpc-id, and have what is in it managed, too; or leave the VPC existing.",
    source=_PAGE,
    given="tpa-tf adopt is called with --managed vpc.",
    bad="""\
ec2_vpc:
  eu-west-1:
    Name: shared
""",
    good=_VPC,
)

ADOPT_CREATES = Rule(
    "adopt-creates",
    WARNING,
    "Each instance of the config runs in AWS",
    why="AWS has no instance of this name with the cluster's tag, so the plan launches a new one beside the others.",
    fix="Write the name that it has in AWS (its tag Name), or expect a new instance.",
    source=_PAGE,
    given="The instance runs under the name kelp.",
    bad="""\
instances:
- Name: alpha
  node: 1
""",
    good="""\
instances:
- Name: kelp
  node: 1
""",
)

ADOPT_KEYS = Rule(
    "adopt-keys",
    WARNING,
    "The key files beside the config are those of the running instances",
    why="The instances keep the keys that TPA gave them. With others, the inventory's known hosts don't fit, or nobody "
    "can log in.",
    fix="Bring hostkeys/ and the cluster's key from where tpaexec ran.",
    source=_PAGE,
    given="hostkeys/ is not beside config.yml.",
    bad="""\
cluster_name: speedy
""",
    good="""\
cluster_name: speedy
""",
)

ADOPT_FOREIGN = Rule(
    "adopt-foreign",
    ERROR,
    "What is adopted is the cluster's own",
    why="The resource belongs to somebody else, or is used in another way: Terraform would take it from them.",
    fix="Name it as one that exists, or choose another name for the cluster's own.",
    source=_PAGE,
    given="The record alpha.example.com leads to an address that is not alpha's.",
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

ADOPT_STATE = Rule(
    "adopt-state",
    ERROR,
    "What Terraform's state has at an address is what AWS has for it",
    why="Terraform manages one of the two, and the other one, which may be the database, goes without.",
    fix="Take the tags or the name from the one that isn't meant, or remove it from the state (terraform state rm).",
    source=_PAGE,
    given="The state has another instance as alpha than the one that runs by this name.",
    bad="""\
instances:
- Name: alpha
  node: 1
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)
