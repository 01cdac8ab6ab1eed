"""What ``terraform: backend:`` and ``terraform: provider:`` may say: names and types of Terraform's own settings.

Sources: https://developer.hashicorp.com/terraform/language/backend, as of Terraform 1.11, and
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs; a test holds both against terraform itself.
Settings that hold secrets are left out: :data:`SECRETS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator, model_validator

from tpa_tf.config.findings import SECRET
from tpa_tf.config.schema import Section, shown
from tpa_tf.config.values import Flag, TagValues, Text, Whole, fail, list_of, plain, tag_values, text

ELSEWHERE = "the output is made to be kept in git: give it through the environment or a credentials file"
"""Where a secret goes instead."""

SECRETS = frozenset(
    [
        "access_key",
        "access_token",
        "client_certificate",
        "client_certificate_password",
        "client_key",
        "client_private_key_pem",
        "client_secret",
        "encryption_key",
        "http_auth",
        "oidc_request_token",
        "oidc_token",
        "password",
        "sas_token",
        "secret_key",
        "security_token",
        "sse_customer_key",
        "token",
        "web_identity_token",
    ]
)
"""Settings of backends, and arguments of the aws provider, that have no place in a config."""


def _without_password(value: Any) -> str:
    written = text(value)
    if re.search(r"://[^/@:]*:[^/@]+@|\bpassword\s*=", written):
        fail(SECRET, "a password in an address", ELSEWHERE)
    return written


def _file_of_credentials(value: Any) -> str:
    written = text(value)
    if written.lstrip().startswith("{"):
        fail(SECRET, "the contents of a credentials file", ELSEWHERE)
    return written


def _blocks(value: Any) -> list[dict[str, Any]]:
    blocks = value if isinstance(value, list) else [value]
    if not blocks or not all(isinstance(each, dict) for each in blocks):
        fail("wrong-type", f"{shown(value)} where a block is expected", "write a mapping, or a list of mappings")
    for each in blocks:
        _all_plain(each)
    return blocks


def _all_plain(value: Any) -> None:
    plain(value)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _all_plain(each)


def _workspace_tags(value: Any) -> Any:
    return tag_values(value) if isinstance(value, dict) else _texts(value)


def _texts(value: Any) -> list[str]:
    return list(list_of(text)(value))


Address = Annotated[str, PlainValidator(_without_password)]
CredentialsFile = Annotated[str, PlainValidator(_file_of_credentials)]
Texts = Annotated[list[str], PlainValidator(_texts)]
Blocks = Annotated[list[dict[str, Any]], PlainValidator(_blocks)]
WorkspaceTags = Annotated[Any, PlainValidator(_workspace_tags)]


class Backend(Section):
    """Base of the backends; as a mapping without what was not set, it is what Terraform reads."""

    LOCKS: ClassVar[tuple[str, ...]] = ()
    """Settings of which one must be there for the state to be locked; none: it is locked in any case."""
    LOCKS_HELP: ClassVar[str] = ""


class Local(Backend):
    """A file on this machine."""

    path: Text | None = None
    workspace_dir: Text | None = None


class AssumeRole(Section):
    """The role that reads and writes the state."""

    role_arn: Text = Field(description="the ARN of the role: role_arn: arn:aws:iam::…:role/…")
    duration: Text | None = None
    external_id: Text | None = None
    policy: Text | None = None
    policy_arns: Texts | None = None
    session_name: Text | None = None
    source_identity: Text | None = None
    tags: TagValues | None = None
    transitive_tag_keys: Texts | None = None


class AssumeRoleWithWebIdentity(Section):
    """The role that an identity provider lets read and write the state."""

    role_arn: Text | None = None
    duration: Text | None = None
    policy: Text | None = None
    policy_arns: Texts | None = None
    session_name: Text | None = None
    web_identity_token_file: Text | None = None


class Endpoints(Section):
    """Addresses of AWS services."""

    dynamodb: Text | None = None
    iam: Text | None = None
    s3: Text | None = None
    sso: Text | None = None
    sts: Text | None = None


class S3(Backend):
    """An object in a bucket."""

    LOCKS = ("use_lockfile", "dynamodb_table")
    LOCKS_HELP = "write use_lockfile: yes (Terraform 1.10 or later); with earlier ones, dynamodb_table: and a table"

    bucket: Text = Field(description="the bucket of the state, which is not one that this config makes")
    key: Text = Field(description="the object of the state, such as speedy/terraform.tfstate")
    region: Text = Field(description="the region that has the bucket, such as eu-west-1")
    acl: Text | None = None
    allowed_account_ids: Texts | None = None
    assume_role: AssumeRole | None = None
    assume_role_with_web_identity: AssumeRoleWithWebIdentity | None = None
    custom_ca_bundle: Text | None = None
    dynamodb_endpoint: Text | None = None
    dynamodb_table: Text | None = None
    ec2_metadata_service_endpoint: Text | None = None
    ec2_metadata_service_endpoint_mode: Text | None = None
    encrypt: Flag | None = None
    endpoint: Text | None = None
    endpoints: Endpoints | None = None
    forbidden_account_ids: Texts | None = None
    force_path_style: Flag | None = None
    http_proxy: Address | None = None
    https_proxy: Address | None = None
    iam_endpoint: Text | None = None
    insecure: Flag | None = None
    kms_key_id: Text | None = None
    max_retries: Whole | None = None
    no_proxy: Text | None = None
    profile: Text | None = None
    retry_mode: Text | None = None
    shared_config_files: Texts | None = None
    shared_credentials_file: Text | None = None
    shared_credentials_files: Texts | None = None
    skip_credentials_validation: Flag | None = None
    skip_metadata_api_check: Flag | None = None
    skip_region_validation: Flag | None = None
    skip_requesting_account_id: Flag | None = None
    skip_s3_checksum: Flag | None = None
    sts_endpoint: Text | None = None
    sts_region: Text | None = None
    use_dualstack_endpoint: Flag | None = None
    use_fips_endpoint: Flag | None = None
    use_lockfile: Flag | None = None
    use_path_style: Flag | None = None
    workspace_key_prefix: Text | None = None


class Http(Backend):
    """A REST client; GitLab's state, for one."""

    LOCKS = ("lock_address",)
    LOCKS_HELP = "write lock_address: and unlock_address:, where the server can lock"

    address: Address = Field(description="the address of the state: address: https://…")
    update_method: Text | None = None
    lock_address: Address | None = None
    lock_method: Text | None = None
    unlock_address: Address | None = None
    unlock_method: Text | None = None
    username: Text | None = None
    skip_cert_verification: Flag | None = None
    retry_max: Whole | None = None
    retry_wait_min: Whole | None = None
    retry_wait_max: Whole | None = None
    client_certificate_pem: Text | None = None
    client_ca_certificate_pem: Text | None = None


class Pg(Backend):
    """A schema of a Postgres database, whose address may come from ``PG_CONN_STR``."""

    conn_str: Address | None = None
    schema_name: Text | None = None
    skip_schema_creation: Flag | None = None
    skip_table_creation: Flag | None = None
    skip_index_creation: Flag | None = None


class Azurerm(Backend):
    """A blob in a container of an Azure storage account."""

    storage_account_name: Text = Field(description="the storage account that has the container")
    container_name: Text = Field(description="the container that has the state")
    key: Text = Field(description="the blob of the state, such as speedy.tfstate")
    ado_pipeline_service_connection_id: Text | None = None
    client_certificate_path: Text | None = None
    client_id: Text | None = None
    client_id_file_path: Text | None = None
    endpoint: Text | None = None
    environment: Text | None = None
    lookup_blob_endpoint: Flag | None = None
    metadata_host: Text | None = None
    msi_endpoint: Text | None = None
    oidc_request_url: Text | None = None
    oidc_token_file_path: Text | None = None
    resource_group_name: Text | None = None
    snapshot: Flag | None = None
    subscription_id: Text | None = None
    tenant_id: Text | None = None
    use_aks_workload_identity: Flag | None = None
    use_azuread_auth: Flag | None = None
    use_cli: Flag | None = None
    use_msi: Flag | None = None
    use_oidc: Flag | None = None


class Gcs(Backend):
    """An object in a bucket of Google's."""

    bucket: Text = Field(description="the bucket of the state")
    prefix: Text | None = None
    credentials: CredentialsFile | None = None
    impersonate_service_account: Text | None = None
    impersonate_service_account_delegates: Texts | None = None
    kms_encryption_key: Text | None = None
    storage_custom_endpoint: Text | None = None


class RemoteWorkspaces(Section):
    """One workspace by its name, or those whose names begin alike."""

    name: Text | None = None
    prefix: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> RemoteWorkspaces:
        if (self.name is None) == (self.prefix is None):
            fail("wrong-type", "a workspace's name, or a prefix of names, is expected", "workspaces: {name: speedy}")
        return self


class Remote(Backend):
    """HCP Terraform or Terraform Enterprise, as a backend."""

    organization: Text = Field(description="the organization that has the workspace")
    workspaces: RemoteWorkspaces = Field(description="the workspace of the state: workspaces: {name: speedy}")
    hostname: Text | None = None


class CloudWorkspaces(Section):
    """One workspace by its name, or those that have the tags."""

    name: Text | None = None
    project: Text | None = None
    tags: WorkspaceTags | None = None

    @model_validator(mode="after")
    def _one_way(self) -> CloudWorkspaces:
        if (self.name is None) == (self.tags is None):
            fail("wrong-type", "a workspace's name, or tags of workspaces, are expected", "workspaces: {name: speedy}")
        return self


class Cloud(Backend):
    """HCP Terraform, in a ``cloud`` block of its own."""

    organization: Text = Field(description="the organization that has the workspace")
    workspaces: CloudWorkspaces = Field(description="the workspace of the state: workspaces: {name: speedy}")
    hostname: Text | None = None


class Consul(Backend):
    """A key of a Consul store."""

    path: Text = Field(description="the key of the state")
    address: Address | None = None
    ca_file: Text | None = None
    cert_file: Text | None = None
    datacenter: Text | None = None
    gzip: Flag | None = None
    key_file: Text | None = None
    lock: Flag | None = None
    scheme: Text | None = None


class Kubernetes(Backend):
    """A secret of a Kubernetes cluster."""

    secret_suffix: Text = Field(description="the end of the secret's name")
    config_context: Text | None = None
    config_context_auth_info: Text | None = None
    config_context_cluster: Text | None = None
    config_path: Text | None = None
    config_paths: Texts | None = None
    host: Text | None = None
    in_cluster_config: Flag | None = None
    insecure: Flag | None = None
    labels: TagValues | None = None
    load_config_file: Flag | None = None
    namespace: Text | None = None


BACKENDS: Mapping[str, type[Backend]] = {
    "azurerm": Azurerm,
    "cloud": Cloud,
    "consul": Consul,
    "gcs": Gcs,
    "http": Http,
    "kubernetes": Kubernetes,
    "local": Local,
    "pg": Pg,
    "remote": Remote,
    "s3": S3,
}
"""By the name that Terraform knows them by."""


class AwsProvider(Section):
    """Arguments of the aws provider for every region; blocks are checked by Terraform itself."""

    allowed_account_ids: Texts | None = None
    assume_role: Blocks | None = None
    assume_role_with_web_identity: Blocks | None = None
    custom_ca_bundle: Text | None = None
    default_tags: Blocks | None = None
    ec2_metadata_service_endpoint: Text | None = None
    ec2_metadata_service_endpoint_mode: Text | None = None
    endpoints: Blocks | None = None
    forbidden_account_ids: Texts | None = None
    http_proxy: Address | None = None
    https_proxy: Address | None = None
    ignore_tags: Blocks | None = None
    insecure: Flag | None = None
    max_retries: Whole | None = None
    no_proxy: Text | None = None
    profile: Text | None = None
    retry_mode: Text | None = None
    s3_us_east_1_regional_endpoint: Text | None = None
    s3_use_path_style: Flag | None = None
    shared_config_files: Texts | None = None
    shared_credentials_files: Texts | None = None
    skip_credentials_validation: Flag | None = None
    skip_metadata_api_check: Flag | None = None
    skip_region_validation: Flag | None = None
    skip_requesting_account_id: Flag | None = None
    sts_region: Text | None = None
    token_bucket_rate_limiter_capacity: Whole | None = None
    use_dualstack_endpoint: Flag | None = None
    use_fips_endpoint: Flag | None = None
