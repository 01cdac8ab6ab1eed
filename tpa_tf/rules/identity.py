"""Rules of what a cluster is called and by whom: owner, key pair, instance profile, bucket, and names in AWS."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/"
_OWNER = "TPA: platforms/cloud/validate.yml"

NO_OWNER = Rule(
    "no-owner",
    WARNING,
    "A cluster has an Owner",
    why="Everything in AWS carries the tag Owner, so that others know whom to ask. TPA would take your login name; "
    "tpa-tf writes the same for everybody, so it takes none.",
    fix="Add Owner to cluster_tags: a person or a team.",
    source=_OWNER,
    bad="""\
cluster_tags:
  Team: db
""",
    good="""\
cluster_tags:
  Owner: Ada Byron
""",
)

SENSELESS_OWNER = Rule(
    "senseless-owner",
    ERROR,
    "An Owner is a person or a team",
    why="Names such as root or postgres don't say whom to ask, and TPA refuses them.",
    fix="Write the name of a person or a team.",
    source=_OWNER,
    bad="""\
cluster_tags:
  Owner: postgres
""",
    good="""\
cluster_tags:
  Owner: Ada Byron
""",
)

KEY_NAME_UNUSED = Rule(
    "key-name-unused",
    WARNING,
    "A cluster names one key pair",
    why="ec2_instance_key names a key pair that exists, and ec2_key_name one that is to be registered. "
    "Where both are given, ec2_instance_key is used.",
    fix="Remove one of them.",
    source=_TPA,
    bad="""\
ec2_instance_key: team
ec2_key_name: speedy
""",
    good="""\
ec2_instance_key: team
""",
)

NO_KEY = Rule(
    "no-key",
    WARNING,
    "Instances get a key pair",
    why="With ec2_key_name: '' no public key is registered. Instances admit nobody by SSH, unless the image has keys.",
    fix="Remove ec2_key_name for the cluster's own key, or name an existing one with ec2_instance_key.",
    source=_TPA,
    bad="""\
ec2_key_name: ''
""",
    good="""\
ec2_key_name: speedy
""",
)

NO_PROFILE = Rule(
    "no-profile",
    WARNING,
    "Instances get an instance profile",
    why="By its profile an instance fetches its SSH host keys from the bucket. Without one it boots with keys "
    "that nobody knows.",
    fix="Remove cluster_profile, or name an existing profile with instance_profile_name.",
    source=_TPA,
    bad="""\
cluster_profile: ''
""",
    good="""\
cluster_profile: speedy_profile
""",
)

INVALID_BUCKET = Rule(
    "invalid-bucket",
    ERROR,
    "A bucket's name is one that S3 takes",
    why="S3 takes 3 to 63 lower-case letters, digits, '-' and '.', which begin and end with a letter or a digit.",
    fix="Write the name in lower case, or remove cluster_bucket to have a bucket created.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    bad="""\
cluster_bucket: My-Bucket
""",
    good="""\
cluster_bucket: my-bucket
""",
)

BUCKET_REGION = Rule(
    "bucket-region",
    INFO,
    "The region of a bucket that exists is known",
    why="Terraform asks for the bucket in one region. Without a lookup, that is the region of the lowest node.",
    fix="Run tpa-tf lookup, or write the bucket's region as terraform: home_region.",
    source="docs/lookup.md",
    bad="""\
cluster_bucket: my-bucket
""",
    good="""\
cluster_bucket: my-bucket
terraform:
  home_region: eu-west-1
""",
)

NAME_NOT_ALLOWED = Rule(
    "name-not-allowed",
    ERROR,
    "Names in AWS have the characters and the length that AWS takes",
    why="AWS refuses the name, which would end an apply half-way.",
    fix="Shorten the name or change its characters. cluster_profile names role and profile apart from the cluster.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    bad="""\
cluster_profile: db servers
""",
    good="""\
cluster_profile: db-servers
""",
)
