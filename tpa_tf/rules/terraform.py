"""Rules of the terraform section: backend, state, provider, and secrets."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_BACKEND = "https://developer.hashicorp.com/terraform/language/backend"
_LOCKING = "https://developer.hashicorp.com/terraform/language/state/locking"
_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs"
_UPGRADE = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade"
_OURS = "docs/configuration.md"

SECRET_IN_CONFIG = Rule(
    "secret-in-config",
    ERROR,
    "A config holds no secret",
    why="The config and the output are made to be kept in git, where a secret is read by many and never forgotten.",
    fix="Give it through the environment or a credentials file. Replace a secret that has been in git.",
    source="https://developer.hashicorp.com/terraform/language/backend#credentials-and-sensitive-data",
    bad="""\
terraform:
  provider:
    secret_key: wJalrXUtnFEMI
""",
    good="""\
terraform:
  provider:
    profile: shop
""",
)

UNKNOWN_BACKEND = Rule(
    "unknown-backend",
    ERROR,
    "A backend is one that Terraform has",
    why="terraform init refuses other types.",
    fix="Write a type that the message names.",
    source=_BACKEND,
    bad="""\
terraform:
  backend: {type: s4, bucket: shop-states}
""",
    good="""\
terraform:
  backend: {type: s3, bucket: shop-states, key: speedy, region: eu-west-1, use_lockfile: yes}
""",
)

STATE_WITHOUT_LOCK = Rule(
    "state-without-lock",
    WARNING,
    "A state is locked",
    why="Two runs of terraform at once can spoil a state that isn't locked.",
    fix="Add the setting that the message names.",
    source=_LOCKING,
    bad="""\
terraform:
  backend: {type: s3, bucket: shop-states, key: speedy, region: eu-west-1}
""",
    good="""\
terraform:
  backend: {type: s3, bucket: shop-states, key: speedy, region: eu-west-1, use_lockfile: yes}
""",
)

NOT_YOURS = Rule(
    "not-yours",
    ERROR,
    "The provider's region and alias are left to tpa-tf",
    why="Each region of the cluster has a provider of its own, aliased by the region's name.",
    fix="Remove the key. Where instances are is said by their region.",
    source=_PROVIDER,
    bad="""\
terraform:
  provider:
    region: eu-west-1
""",
    good="""\
terraform:
  provider:
    profile: shop
""",
)

INVALID_VERSION = Rule(
    "invalid-version",
    ERROR,
    "required_version and provider_version are version constraints",
    why="Terraform refuses other text.",
    fix="Write a constraint such as '>= 1.7, < 2'.",
    source="https://developer.hashicorp.com/terraform/language/expressions/version-constraints",
    bad="""\
terraform:
  required_version: latest
""",
    good="""\
terraform:
  required_version: '>= 1.7, < 2'
""",
)

UNKNOWN_PROVIDER_VERSION = Rule(
    "unknown-provider-version",
    ERROR,
    "provider_version allows versions of one major release that tpa-tf knows",
    why="Each major release of hashicorp/aws calls some things otherwise, and a stack is written for one. Of a later "
    "one nobody knows yet what it makes of the stack.",
    fix="Write '~> 5.100', or '~> 6.40'. Without provider_version, the stack is for 5.100.0, with which it was tested.",
    source=_UPGRADE,
    bad="""\
terraform:
  provider_version: '>= 5.100'
""",
    good="""\
terraform:
  provider_version: '~> 6.40'
""",
)

NOT_IN_PROVIDER_VERSION = Rule(
    "not-in-provider-version",
    ERROR,
    "An argument of the provider is one that the versions in provider_version have",
    why="Terraform refuses an argument that the provider doesn't have, and no plan is made.",
    fix="Remove it, or write a provider_version that has it.",
    source=_UPGRADE,
    bad="""\
terraform:
  provider_version: '~> 6.40'
  provider:
    endpoints: {opsworks: https://opsworks.example.com}
""",
    good="""\
terraform:
  provider_version: '~> 6.40'
  provider:
    endpoints: {ec2: https://ec2.example.com}
""",
)

FAULTY_PROVIDER_VERSION = Rule(
    "faulty-provider-version",
    WARNING,
    "provider_version allows a version without a known fault",
    why="Some versions of the provider change things of a stack that nobody has asked for. A later one doesn't.",
    fix="Allow later versions: '~> 6.40'. terraform init -upgrade takes the newest that is allowed.",
    source="https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md",
    bad="""\
terraform:
  provider_version: '~> 6.25.0'
""",
    good="""\
terraform:
  provider_version: '~> 6.40'
""",
)

OTHER_PROVIDER = Rule(
    "other-provider",
    INFO,
    "The version of the AWS provider is the one that is tested",
    why="The tests of tpa-tf apply stacks with hashicorp/aws 5.100, and hold them against the schema of version 6. "
    "Version 6 writes user-data into the state in clear text, and version 5 can't read a state of version 6.",
    fix="Nothing, if the version is wanted: keep a copy of the state, and read the first plan with care.",
    source=_UPGRADE,
    bad="""\
terraform:
  provider_version: '~> 6.40'
""",
    good="""\
terraform:
  provider_version: '~> 5.100'
""",
)

SHARED_STATE = Rule(
    "shared-state",
    ERROR,
    "Each cluster has a state of its own",
    why="Terraform destroys what is in its state and not in its config: each cluster would destroy the other.",
    fix="Give each cluster a key or path of its own in terraform: backend.",
    source=_BACKEND,
    given="Another cluster has the same bucket and key.",
    bad="""\
terraform:
  backend: {type: s3, bucket: shop-states, key: shop, region: eu-west-1, use_lockfile: yes}
""",
    good="""\
terraform:
  backend: {type: s3, bucket: shop-states, key: speedy, region: eu-west-1, use_lockfile: yes}
""",
)

STATE_IN_OUTPUT = Rule(
    "state-in-output",
    ERROR,
    "A state lies outside the output",
    why="The output can be removed and written again at any time; a state can't.",
    fix="Name a path outside it in terraform: backend: path, or give another --out.",
    source=_BACKEND,
    given="The cluster's directory is below the directory given with --out.",
    bad="""\
terraform:
  backend: {type: local, path: terraform.tfstate}
""",
    good="""\
terraform:
  backend: {type: local, path: /srv/states/speedy.tfstate}
""",
)

UNKNOWN_HOME_REGION = Rule(
    "unknown-home-region",
    ERROR,
    "home_region is a region of the cluster",
    why="The bucket that is created, and what has no region, goes there by way of a provider of the cluster.",
    fix="Write a region of the cluster. A bucket of yours, given with cluster_bucket, may be anywhere.",
    source=_OURS,
    bad="""\
terraform:
  home_region: us-east-1
""",
    good="""\
terraform:
  home_region: eu-west-1
""",
)

INVALID_ACCEPTANCE = Rule(
    "invalid-acceptance",
    ERROR,
    "What is accepted is a warning or an info of an instance that is there",
    why="An error can't be accepted: AWS, Terraform or TPA would refuse the cluster, or data would be lost.",
    fix="Write the id of a warning or an info with a reason, or with a reason for each instance by its name.",
    source=_OURS,
    bad="""\
terraform:
  accept:
    subnet-outside-vpc: the network team says so
""",
    good="""\
terraform:
  accept:
    not-encrypted: {alpha: the volume holds public data}
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64}
""",
)

IDLE_ACCEPTANCE = Rule(
    "idle-acceptance",
    WARNING,
    "What is accepted is there",
    why="Nothing breaks the rule any more. Left in the config, the acceptance would hide the next one that does.",
    fix="Remove it from accept.",
    source=_OURS,
    bad="""\
terraform:
  accept:
    not-encrypted: the volumes hold public data
""",
    good="""\
terraform:
  accept:
    not-encrypted: the volumes hold public data
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64}
""",
)

METADATA_OPTIONAL = Rule(
    "metadata-optional",
    WARNING,
    "The metadata service wants a token",
    why="Without tokens (IMDSv1), whatever fetches URLs for others on an instance can be made to give away the "
    "credentials of its role.",
    fix="Remove metadata_tokens once the software on the instances uses version 2.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    bad="""\
terraform:
  metadata_tokens: optional
""",
    good="""\
terraform:
  metadata_tokens: required
""",
)
