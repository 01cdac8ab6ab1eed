"""Rules of keys and the types of their values, whichever section they are in."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_TPA_AWS = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/"

WRONG_TYPE = Rule(
    "wrong-type",
    ERROR,
    "Each value is of the type that its key takes",
    why="A list where text is expected, or text where a number is, has no meaning to TPA or to AWS. "
    "YAML reads yes, no, on and off without quotes as true and false.",
    fix="Write the value in the form that the message names. Put text that looks like another type in quotes.",
    source=_TPA_AWS,
    bad="""\
instances:
- Name: alpha
  node: first
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

MISSING_KEY = Rule(
    "missing-key",
    ERROR,
    "Each required key is there",
    why="There is no default for it, neither in TPA nor in AWS.",
    fix="Add the key. What all instances have in common stands best in instance_defaults.",
    source=_TPA_AWS,
    bad="""\
instances:
- Name: alpha
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)

UNKNOWN_KEY = Rule(
    "unknown-key",
    ERROR,
    "Each key is one that its section has",
    why="TPA refuses keys that it doesn't know. Taken silently, a misspelt key would leave its setting at the default.",
    fix="Correct the key, or remove it. Keys of your own on an instance have to be listed in export_as_vars.",
    source=_TPA_AWS,
    bad="""\
instances:
- Name: alpha
  node: 1
  assign_eip: yes
""",
    good="""\
instances:
- Name: alpha
  node: 1
  assign_elastic_ip: yes
""",
)

INVALID_VALUE = Rule(
    "invalid-value",
    ERROR,
    "Each value is one that its key allows",
    why="Terraform, AWS or TPA refuses the value.",
    fix="Write one of the values that the message names.",
    source="https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs",
    bad="""\
terraform:
  provider:
    default_tags:
    - tags: {Team: db}
    - tags: {Cost: shop}
""",
    good="""\
terraform:
  provider:
    default_tags:
    - tags: {Team: db, Cost: shop}
""",
)

MISSPELT_KEY = Rule(
    "misspelt-key",
    WARNING,
    "Each top-level key is spelled as TPA spells it",
    why="TPA ignores top-level keys that it doesn't know, so a misspelt key leaves its setting at the default.",
    fix="Correct the key.",
    source=_TPA_AWS,
    bad="""\
cluster_ssh_prot: 2222
""",
    good="""\
cluster_ssh_port: 2222
""",
)

LEFT_TO_TPA = Rule(
    "left-to-tpa",
    INFO,
    "Each top-level key is one that tpa-tf or TPA knows",
    why="tpa-tf makes nothing of the key. TPA may read it, or a playbook of your own.",
    fix="Nothing, if the key is yours. Otherwise remove it.",
    source="https://www.enterprisedb.com/docs/tpa/latest/configure-cluster/",
    bad="""\
our_notes: moved in May
""",
    good="""\
# Moved in May.
keyring_backend: legacy
""",
)

NO_EFFECT = Rule(
    "no-effect",
    WARNING,
    "Each key does something",
    why="TPA takes the key and makes nothing of it, and so does tpa-tf. Whoever reads the config expects otherwise.",
    fix="Remove the key, or write what took its place.",
    source=_TPA_AWS,
    bad="""\
instances:
- Name: alpha
  node: 1
  spot_price: 0.1
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)
