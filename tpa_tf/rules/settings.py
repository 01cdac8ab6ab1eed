"""Rules of settings that concern the cluster as a whole, its images and its first boot."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/"
_TPA_VARS = "https://www.enterprisedb.com/docs/tpa/latest/configure-cluster/#cluster-variables"
_USER_DATA = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"
_IMAGES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/finding-an-ami.html"

NO_CLUSTER_VARS = Rule(
    "no-cluster-vars",
    WARNING,
    "A config has cluster_vars",
    why="Terraform needs none, but the deployment does: TPA refuses to provision or deploy without them.",
    fix="Add what tpaexec configure writes, at least postgres_version.",
    source=_TPA_VARS,
    bad="""\
cluster_vars: {}
""",
    good="""\
cluster_vars:
  postgres_version: '16'
""",
)

INVALID_LOCALE = Rule(
    "invalid-locale",
    ERROR,
    "user_locale is the name of a locale",
    why="The first boot writes it into shell scripts, so it has letters, digits and . _ - @ alone.",
    fix="Write a locale such as en_US.UTF-8.",
    source=_TPA,
    bad="""\
user_locale: en US
""",
    good="""\
user_locale: en_US.UTF-8
""",
)

INVALID_REACHABILITY = Rule(
    "invalid-reachability",
    ERROR,
    "ec2_instance_reachability is public or private",
    why="TPA knows these two.",
    fix="Write public for instances with public addresses, private for instances without.",
    source=_TPA,
    bad="""\
ec2_instance_reachability: open
""",
    good="""\
ec2_instance_reachability: public
""",
)

INVALID_VARIABLE = Rule(
    "invalid-variable",
    ERROR,
    "user_data_environment holds names that a shell takes",
    why="The first boot sets them as variables of a shell.",
    fix="Use letters, digits and '_', and begin with a letter or '_'.",
    source=_USER_DATA,
    bad="""\
user_data_environment:
  http-proxy: http://proxy:3128
""",
    good="""\
user_data_environment:
  http_proxy: http://proxy:3128
""",
)

USER_DATA_TOO_LARGE = Rule(
    "user-data-too-large",
    ERROR,
    "The first-boot script fits into 16 KiB",
    why="EC2 takes no more, compressed. Most of it is pre_user_data or extra_user_data.",
    fix="Have the script fetch what is long: s3_uploads puts files into the cluster's bucket.",
    source=_USER_DATA,
    given="extra_user_data holds 20 KiB of text that can't be compressed.",
    bad="""\
extra_user_data: echo 8fK2…
""",
    good="""\
s3_uploads: [files/setup.bin]
extra_user_data: aws s3 cp s3://my-bucket/setup.bin /root
""",
)

DUPLICATE_CLUSTER = Rule(
    "duplicate-cluster",
    ERROR,
    "Clusters that are synthesized together have names of their own",
    why="A stack is named by its cluster: one would overwrite the other.",
    fix="Rename one of the clusters, or give it another --out.",
    source="docs/addresses.md",
    given="clusters/shop/config.yml and clusters/shop-copy/config.yml have the same cluster_name.",
    bad="""\
cluster_name: shop
""",
    good="""\
cluster_name: shop-copy
""",
)

PATH_NOT_UTF_8 = Rule(
    "path-not-utf-8",
    ERROR,
    "The directory of a cluster has a name in UTF-8",
    why="Terraform's JSON holds the path of key files, and JSON is UTF-8.",
    fix="Rename the directory.",
    source="https://www.rfc-editor.org/rfc/rfc8259#section-8.1",
    given="The cluster is in a directory whose name is Latin-1.",
    bad="""\
cluster_name: speedy
""",
    good="""\
cluster_name: speedy
""",
)

INVALID_IMAGE = Rule(
    "invalid-image",
    ERROR,
    "An instance's image is the id of one",
    why="An id is ami- and hexadecimal digits. Images by name are given for the whole cluster, with ec2_ami.",
    fix="Copy the id from AWS, or write ec2_ami with Name and Owner.",
    source=_IMAGES,
    bad="""\
instances:
- Name: alpha
  node: 1
  image: debian-12
""",
    good="""\
instances:
- Name: alpha
  node: 1
  image: ami-0a1b2c3d4e5f60718
""",
)

INVALID_OWNER = Rule(
    "invalid-owner",
    ERROR,
    "The owner of an image is self, amazon, or an account",
    why="An account's id has 12 digits.",
    fix="Write self, an alias of AWS's such as amazon or aws-marketplace, or an account's id.",
    source=_IMAGES,
    bad="""\
ec2_ami:
  Name: debian-12-amd64-20240717-1811
  Owner: Debian Project
""",
    good="""\
ec2_ami:
  Name: debian-12-amd64-20240717-1811
  Owner: '136693071363'
""",
)

NOT_HANDED_OVER = Rule(
    "not-handed-over",
    WARNING,
    "What only the inventory needs has a form that it can hold",
    why="Terraform needs none of it. tpa-tf inventory refuses it after the apply, when TPA is to deploy.",
    fix="Write the value in the form that the message names.",
    source="docs/deploy.md",
    bad="""\
cluster_tag: our hosts
""",
    good="""\
cluster_tag: our_hosts
""",
)
