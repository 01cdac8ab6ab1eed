"""What ``terraform: backend:`` and ``terraform: provider:`` may say: names and types of Terraform's own settings.

Sources: https://developer.hashicorp.com/terraform/language/backend, as of Terraform 1.11, and
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs; a test holds both against terraform itself.
Settings that hold secrets are left out: :data:`SECRETS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from tpa_tf.config.schema import Section, shown
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.values import Flag, TagValues, Text, Whole, fail, list_of, tag_values, text
from tpa_tf.limits import provider as limits
from tpa_tf.rules.schema import INVALID_VALUE, UNKNOWN_KEY, WRONG_TYPE
from tpa_tf.rules.terraform import SECRET_IN_CONFIG

ELSEWHERE = "give it through the environment or a credentials file: config and output are kept in git"
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
        fail(SECRET_IN_CONFIG, "a password in an address", ELSEWHERE)
    return written


def _file_of_credentials(value: Any) -> str:
    written = text(value)
    if written.lstrip().startswith("{"):
        fail(SECRET_IN_CONFIG, "the contents of a credentials file", ELSEWHERE)
    return written


def _block_list(value: Any) -> list[Any]:
    blocks = value if isinstance(value, list) else [value]
    if not blocks or (not isinstance(value, list) and not isinstance(value, dict)):
        fail(WRONG_TYPE, f"{shown(value)} where a block is expected", "write a mapping, or a list of mappings")
    return blocks


def _one_block(value: Any) -> list[Any]:
    blocks = _block_list(value)
    if len(blocks) > 1:
        fail(INVALID_VALUE, f"{len(blocks)} blocks, and the aws provider takes one", "write one block", (1,))
    return blocks


def _service(value: Any) -> str:
    name = text(value)
    if name not in SERVICES:
        guess = suggestion(name, SERVICES)
        fail(
            UNKNOWN_KEY,
            f"{name!r} is not a service that the provider knows",
            f"did you mean {guess}?" if guess else "write a service and its address, such as ec2: https://…",
        )
    return name


def _provider_tags(value: Any) -> dict[str, Any]:
    """Numbers, yes and no stay what they are: Terraform itself makes text of them, in its own spelling."""
    as_text = tag_values(value)
    numbers = {text(key): each for key, each in value.items() if isinstance(each, bool | int | float)} if value else {}
    return {**as_text, **numbers}


def _workspace_tags(value: Any) -> Any:
    return tag_values(value) if isinstance(value, dict) else _texts(value)


def _texts(value: Any) -> list[str]:
    return list(list_of(text)(value))


_SCALAR = {"type": ["string", "number"]}
_TAGS = {"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean"]}}

# Each with its form for editors, which is as wide as the check or wider.
Address = Annotated[str, PlainValidator(_without_password), WithJsonSchema(_SCALAR)]
CredentialsFile = Annotated[str, PlainValidator(_file_of_credentials), WithJsonSchema(_SCALAR)]
Texts = Annotated[list[str], PlainValidator(_texts), WithJsonSchema({"type": ["string", "number", "array"]})]
ProviderTags = Annotated[dict[str, Any], PlainValidator(_provider_tags), WithJsonSchema(_TAGS)]
ProviderEndpoints = dict[Annotated[str, PlainValidator(_service), WithJsonSchema({"type": "string"})], Address]
WorkspaceTags = Annotated[
    Any, PlainValidator(_workspace_tags), WithJsonSchema({"type": ["string", "number", "array", "object", "null"]})
]


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
    """A role to work in."""

    role_arn: Text | None = None
    duration: Text | None = None
    external_id: Text | None = None
    policy: Text | None = None
    policy_arns: Texts | None = None
    session_name: Text | None = None
    source_identity: Text | None = None
    tags: TagValues | None = None
    transitive_tag_keys: Texts | None = None


class StateRole(AssumeRole):
    """The role that reads and writes the state."""

    role_arn: Text = Field(description="the ARN of the role: role_arn: arn:aws:iam::…:role/…")


class AssumeRoleWithWebIdentity(Section):
    """A role that an identity provider lets work."""

    role_arn: Text | None = None
    duration: Text | None = None
    policy: Text | None = None
    policy_arns: Texts | None = None
    session_name: Text | None = None
    web_identity_token_file: Text | None = None


class Endpoints(Section):
    """Addresses of AWS services."""

    dynamodb: Address | None = None
    iam: Address | None = None
    s3: Address | None = None
    sso: Address | None = None
    sts: Address | None = None


class S3(Backend):
    """An object in a bucket."""

    LOCKS = ("use_lockfile", "dynamodb_table")
    LOCKS_HELP = "write use_lockfile: yes (Terraform 1.10 or later); with earlier ones, dynamodb_table: and a table"

    bucket: Text = Field(description="the bucket of the state, which is not one that this config makes")
    key: Text = Field(description="the object of the state, such as speedy/terraform.tfstate")
    region: Text = Field(description="the region that has the bucket, such as eu-west-1")
    acl: Text | None = None
    allowed_account_ids: Texts | None = None
    assume_role: StateRole | None = None
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
            fail(
                WRONG_TYPE, "a workspace's name, or a prefix of names, is expected", "write workspaces: {name: speedy}"
            )
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
            fail(
                WRONG_TYPE,
                "a workspace's name, or tags of workspaces, are expected",
                "write workspaces: {name: speedy}",
            )
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


_SERVICES = """
accessanalyzer account acm acmpca amg amp amplify apigateway apigatewayv2 appautoscaling appconfig appfabric
appflow appintegrations appintegrationsservice applicationautoscaling applicationinsights applicationsignals
appmesh appregistry apprunner appstream appsync athena auditmanager autoscaling autoscalingplans backup batch
bcmdataexports beanstalk bedrock bedrockagent billing budgets ce chatbot chime chimesdkmediapipelines
chimesdkvoice cleanrooms cloud9 cloudcontrol cloudcontrolapi cloudformation cloudfront cloudfrontkeyvaluestore
cloudhsm cloudhsmv2 cloudsearch cloudtrail cloudwatch cloudwatchevents cloudwatchevidently cloudwatchlog
cloudwatchlogs cloudwatchobservabilityaccessmanager cloudwatchrum codeartifact codebuild codecatalyst codecommit
codeconnections codedeploy codeguruprofiler codegurureviewer codepipeline codestarconnections
codestarnotifications cognitoidentity cognitoidentityprovider cognitoidp comprehend computeoptimizer config
configservice connect connectcases controltower costandusagereportservice costexplorer costoptimizationhub cur
customerprofiles databasemigration databasemigrationservice databrew dataexchange datapipeline datasync datazone
dax deploy detective devicefarm devopsguru directconnect directoryservice dlm dms docdb docdbelastic drs ds dsql
dynamodb ec2 ecr ecrpublic ecs efs eks elasticache elasticbeanstalk elasticloadbalancing elasticloadbalancingv2
elasticsearch elasticsearchservice elastictranscoder elb elbv2 emr emrcontainers emrserverless es eventbridge
events evidently evs finspace firehose fis fms fsx gamelift glacier globalaccelerator glue gluedatabrew grafana
greengrass groundstation guardduty healthlake iam identitystore imagebuilder inspector inspector2 inspectorv2
internetmonitor invoicing iot iotanalytics iotevents ivs ivschat kafka kafkaconnect kendra keyspaces kinesis
kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation lambda launchwizard lex lexmodelbuilding
lexmodelbuildingservice lexmodels lexmodelsv2 lexv2models licensemanager lightsail location locationservice logs
lookoutmetrics m2 macie2 managedgrafana mediaconnect mediaconvert medialive mediapackage mediapackagev2
mediapackagevod mediastore memorydb mgn mq msk mwaa neptune neptunegraph networkfirewall networkmanager
networkmonitor notifications notificationscontacts oam opensearch opensearchingestion opensearchserverless
opensearchservice opsworks organizations osis outposts paymentcryptography pcaconnectorad pcs pinpoint
pinpointsmsvoicev2 pipes polly pricing prometheus prometheusservice qbusiness qldb quicksight ram rbin rds
recyclebin redshift redshiftdata redshiftdataapiservice redshiftserverless rekognition resiliencehub
resourceexplorer2 resourcegroups resourcegroupstagging resourcegroupstaggingapi rolesanywhere route53
route53domains route53profiles route53recoverycontrolconfig route53recoveryreadiness route53resolver rum s3
s3api s3control s3outposts s3tables sagemaker scheduler schemas sdb secretsmanager securityhub securitylake
serverlessapplicationrepository serverlessapprepo serverlessrepo servicecatalog servicecatalogappregistry
servicediscovery servicequotas ses sesv2 sfn shield signer simpledb sns sqs ssm ssmcontacts ssmincidents
ssmquicksetup ssmsap sso ssoadmin stepfunctions storagegateway sts swf synthetics taxsettings timestreaminfluxdb
timestreamquery timestreamwrite transcribe transcribeservice transfer verifiedpermissions vpclattice waf
wafregional wafv2 wellarchitected worklink workspaces workspacesweb xray
"""
SERVICES = frozenset(_SERVICES.split()) | limits.SERVICES.keys()
"""Services of which some version of the aws provider can be told another address, with their other names."""


class DefaultTags(Section):
    """Tags of everything that the provider makes."""

    tags: ProviderTags | None = None


class IgnoreTags(Section):
    """Tags that Terraform leaves alone."""

    key_prefixes: Texts | None = None
    keys: Texts | None = None


class ProviderRole(AssumeRole):
    """The role that Terraform works in."""

    tags: ProviderTags | None = None


_Block = TypeVar("_Block")
Blocks = Annotated[list[_Block], BeforeValidator(_block_list)]
"""One mapping, or a list of them; the list is what comes out."""
OneBlock = Annotated[list[_Block], BeforeValidator(_one_block)]
"""The same where the provider takes no more than one."""


class AwsProvider(Section):
    """Arguments of the aws provider for every region."""

    allowed_account_ids: Texts | None = None
    assume_role: Blocks[ProviderRole] | None = None
    assume_role_with_web_identity: OneBlock[AssumeRoleWithWebIdentity] | None = None
    custom_ca_bundle: Text | None = None
    default_tags: OneBlock[DefaultTags] | None = None
    ec2_metadata_service_endpoint: Text | None = None
    ec2_metadata_service_endpoint_mode: Text | None = None
    endpoints: Blocks[ProviderEndpoints] | None = None
    forbidden_account_ids: Texts | None = None
    http_proxy: Address | None = None
    https_proxy: Address | None = None
    ignore_tags: OneBlock[IgnoreTags] | None = None
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
    tag_policy_compliance: Text | None = None
    token_bucket_rate_limiter_capacity: Whole | None = None
    use_dualstack_endpoint: Flag | None = None
    use_fips_endpoint: Flag | None = None
