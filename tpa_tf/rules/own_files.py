"""Rules of a cluster's own Terraform files, which stand in terraform/ beside its config."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_PAGE = "docs/own.md"
_ANY = """\
cluster_name: speedy
"""

INVALID_OWN_FILE = Rule(
    "invalid-own-file",
    ERROR,
    "A cluster's own Terraform files can be put beside its stack",
    why="Terraform reads every .tf and .tf.json file of a stack's directory as UTF-8; cdk.tf.json is the stack itself.",
    fix="Do what the message says of the file.",
    source=_PAGE,
    given="There is a file terraform/cdk.tf.json, or a .tf.json file there that is not JSON.",
    bad=_ANY,
    good=_ANY,
)

OWN_ADDRESS = Rule(
    "own-address",
    ERROR,
    "A cluster's own resources have addresses of their own",
    why="Terraform refuses a configuration in which two blocks have one address.",
    fix="Rename the resource, or write an override file, which Terraform merges into the stack.",
    source=_PAGE,
    given="There is a file terraform/more.tf.json with a resource aws_iam_role.cluster.",
    bad=_ANY,
    good=_ANY,
)

OWN_BACKEND = Rule(
    "own-backend",
    WARNING,
    "The state is where the config says",
    why="tpa-tf compares the states of clusters by their configs: two with one state would destroy each other.",
    fix="Write the backend into the terraform section of config.yml.",
    source=_PAGE,
    given="There is a file terraform/backend_override.tf.json that sets a backend.",
    bad=_ANY,
    good=_ANY,
)

NOT_PUT_BESIDE = Rule(
    "not-put-beside",
    WARNING,
    "In terraform/ are files that go beside the stack",
    why="Values and states of Terraform that stand there are not read with the stack, whatever they are called.",
    fix="Write values into a .tf file, and keep a state where terraform: backend says.",
    source=_PAGE,
    given="There is a file terraform/prod.auto.tfvars.",
    bad=_ANY,
    good=_ANY,
)
