"""Rules of tags."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_TAGS = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices"
_IGNORE = "https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs#ignore_tags-configuration-block"

INVALID_TAG = Rule(
    "invalid-tag",
    ERROR,
    "A tag has a key and a value that AWS takes",
    why="AWS keeps keys that begin with aws: to itself, and takes 128 characters for a key and 256 for a value. "
    "S3 and IAM take letters, digits, spaces and . : / = + - @ _ alone.",
    fix="Shorten the tag, or change its characters.",
    source=_TAGS,
    bad="""\
cluster_tags:
  Owner: Ada Byron
  aws:team: db
""",
    good="""\
cluster_tags:
  Owner: Ada Byron
  team: db
""",
)

TOO_MANY_TAGS = Rule(
    "too-many-tags",
    ERROR,
    "A resource has at most 50 tags",
    why="AWS refuses more. cluster_tags, the instance's own and those by which TPA finds its hosts count together.",
    fix="Remove some of the tags.",
    source=_TAGS,
    bad="""\
cluster_tags:
  Owner: Ada Byron
"""
    + "".join(f"  t{number}: x\n" for number in range(1, 50)),
    good="""\
cluster_tags:
  Owner: Ada Byron
  Team: db
""",
)

NAME_TAG = Rule(
    "name-tag",
    WARNING,
    "The tag Name is the cluster's name",
    why="TPA sets the tag Name to the cluster's name, whatever cluster_tags say.",
    fix="Remove Name from cluster_tags.",
    source="TPA: platforms/cloud/validate.yml",
    bad="""\
cluster_tags:
  Owner: Ada Byron
  Name: shop
""",
    good="""\
cluster_tags:
  Owner: Ada Byron
""",
)

IGNORED_TAG = Rule(
    "ignored-tag",
    WARNING,
    "ignore_tags leaves this config's own tags alone",
    why="The provider neither sets a tag that it ignores nor sees it, so that each plan updates the resource again.",
    fix="Name tags alone that others set.",
    source=_IGNORE,
    bad="""\
terraform:
  provider:
    ignore_tags:
      keys: [Owner]
""",
    good="""\
terraform:
  provider:
    ignore_tags:
      keys: [Patched]
""",
)
