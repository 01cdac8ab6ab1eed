"""Rules of instances: their names, numbers, platforms, locations and renames."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_TPA = "https://www.enterprisedb.com/docs/tpa/latest/configure-instance/"
_LOCATIONS = "https://www.enterprisedb.com/docs/tpa/latest/configure-cluster/#locations"
_PLATFORMS = "https://www.enterprisedb.com/docs/tpa/latest/configure-cluster/"
_OURS = "docs/configuration.md"

UNKNOWN_PLATFORM = Rule(
    "unknown-platform",
    ERROR,
    "Each instance is on a platform that TPA knows",
    why="TPA has no such platform, and refuses the config.",
    fix="Write aws for an instance that Terraform is to create, or bare for a host that exists.",
    source=_PLATFORMS,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: azure
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: aws
""",
)

OTHER_PLATFORM = Rule(
    "other-platform",
    INFO,
    "Each instance is on aws",
    why="Only instances on aws become Terraform. The others are in the inventory, and need an address there.",
    fix="Nothing: the instance is a host that exists.",
    source=_PLATFORMS,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: bare
  public_ip: 198.51.100.7
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
""",
)

NO_AWS_INSTANCES = Rule(
    "no-aws-instances",
    ERROR,
    "At least one instance is on aws",
    why="tpa-tf creates instances in AWS, and this config has none there. What else it says isn't checked.",
    fix="Provision the cluster with tpaexec provision, or set platform: aws.",
    source=_PLATFORMS,
    bad="""\
---
cluster_name: speedy
instance_defaults:
  platform: docker
  image: tpa/debian:12
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

NO_INSTANCE_NAME = Rule(
    "no-instance-name",
    WARNING,
    "Each instance has a Name",
    why="Without one it is called by its node number. With another number it is another instance to Terraform, "
    "which replaces it.",
    fix="Write the Name that the message gives.",
    source=_TPA,
    bad="""\
instances:
- node: 1
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

INVALID_PATTERN = Rule(
    "invalid-pattern",
    ERROR,
    "hostname_patterns holds regular expressions",
    why="Names are matched against the pattern, which Python can't read.",
    fix="Correct the pattern, or remove it for TPA's own.",
    source="TPA: platforms/validate.yml",
    bad="""\
hostname_patterns:
  aws: "["
""",
    good="""\
hostname_patterns:
  aws: "^[a-z]+$"
""",
)

INVALID_NAME = Rule(
    "invalid-name",
    ERROR,
    "A name can be a hostname, and a cluster's name the name of a stack",
    why="An instance's name becomes its hostname, and a cluster's the name of files, tags and roles.",
    fix="Use lower-case letters, digits and '-' for instances; letters, digits, '_' and '-' for clusters.",
    source="TPA: platforms/validate.yml",
    bad="""\
instances:
- Name: alpha.example.com
  node: 1
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

DUPLICATE_NAME = Rule(
    "duplicate-name",
    ERROR,
    "Each instance, and each location, has a name of its own",
    why="Everything of an instance is found by its name. Case and '_' for '-' make no difference.",
    fix="Rename one of them.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: Alpha
  node: 2
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
""",
)

INVALID_NODE = Rule(
    "invalid-node",
    ERROR,
    "A node number is 0 or more",
    why="TPA numbers instances with whole numbers.",
    fix="Write a number of its own for each instance.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: -1
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

DUPLICATE_NODE = Rule(
    "duplicate-node",
    ERROR,
    "Each instance has a node number of its own",
    why="TPA finds volumes and addresses by it, and numbers the Postgres nodes by it.",
    fix="Give one of the instances a number that is free.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 1
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
""",
)

INVALID_TYPE = Rule(
    "invalid-type",
    ERROR,
    "An instance type is a family and a size",
    why="AWS has no type of this form.",
    fix="Write the type as AWS lists it, such as t3.micro or m6g.2xlarge.",
    source="https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html",
    bad="""\
instances:
- Name: alpha
  node: 1
  type: micro
""",
    good="""\
instances:
- Name: alpha
  node: 1
  type: t3.micro
""",
)

UNKNOWN_LOCATION = Rule(
    "unknown-location",
    ERROR,
    "An instance's location is one of locations",
    why="Region, subnet and zone may come from the location, so nobody can tell where the instance is to be.",
    fix="Correct the name, or add the location.",
    source=_LOCATIONS,
    bad="""\
locations:
- Name: dublin
instances:
- Name: alpha
  node: 1
  location: dubiln
""",
    good="""\
locations:
- Name: dublin
instances:
- Name: alpha
  node: 1
  location: dublin
""",
)

LOCATION_BY_POSITION = Rule(
    "location-by-position",
    WARNING,
    "An instance names its location",
    why="A number means the position in the list. In another order of the list the instance is elsewhere, "
    "and Terraform replaces it.",
    fix="Write the location's name.",
    source=_LOCATIONS,
    bad="""\
locations:
- Name: dublin
instances:
- Name: alpha
  node: 1
  location: 0
""",
    good="""\
locations:
- Name: dublin
instances:
- Name: alpha
  node: 1
  location: dublin
""",
)

LOST_TAGS = Rule(
    "lost-tags",
    WARNING,
    "Tags stand on an instance or in cluster_tags",
    why="TPA drops the tags of instance_defaults and of locations: they reach no instance.",
    fix="Put them into cluster_tags, or on each instance.",
    source="TPA: lib/filter_plugins/instances.py",
    bad="""\
locations:
- Name: dublin
  tags: {Team: db}
""",
    good="""\
locations:
- Name: dublin
cluster_tags:
  Owner: Ada Byron
  Team: db
""",
)

ADDRESS_COLLISION = Rule(
    "address-collision",
    ERROR,
    "No two things have one Terraform address",
    why="Terraform's names have letters, digits, '_' and '-' alone. Two names that differ in other characters "
    "become one there, and one thing would take the place of the other.",
    fix="Rename one of them with letters, digits and '-'.",
    source="docs/addresses.md",
    bad="""\
hostname_patterns:
  aws: "."
instances:
- Name: alpha.one
  node: 1
- Name: alpha+one
  node: 2
""",
    good="""\
instances:
- Name: alpha-one
  node: 1
- Name: alpha-1
  node: 2
""",
)

INVALID_MOVE = Rule(
    "invalid-move",
    ERROR,
    "A rename leads from a name that is free to an instance that is there",
    why="terraform: moved tells Terraform under which name it knows an instance. A wrong note makes it destroy one.",
    fix="Write old: new for each rename, and remove the note when every state has been applied.",
    source=_OURS,
    bad="""\
terraform:
  moved:
    kelp: delta
""",
    good="""\
terraform:
  moved:
    kelp: alpha
""",
)
