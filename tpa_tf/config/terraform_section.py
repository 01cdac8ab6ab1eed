"""The ``terraform:`` section of config.yml, which is this tool's own: what Terraform needs to know besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.config.document import KeyPath, TaggedValue, is_template
from tpa_tf.config.findings import Report
from tpa_tf.config.schema import shown, suggestion
from tpa_tf.config.values import flag, normalised_name, text

# https://developer.hashicorp.com/terraform/language/backend, as of Terraform 1.11
BACKENDS: Mapping[str, frozenset[str]] = {
    "local": frozenset(["path", "workspace_dir"]),
    "s3": frozenset(
        [
            "bucket",
            "key",
            "region",
            "acl",
            "allowed_account_ids",
            "assume_role",
            "assume_role_with_web_identity",
            "custom_ca_bundle",
            "dynamodb_endpoint",
            "dynamodb_table",
            "ec2_metadata_service_endpoint",
            "ec2_metadata_service_endpoint_mode",
            "encrypt",
            "endpoint",
            "endpoints",
            "forbidden_account_ids",
            "force_path_style",
            "http_proxy",
            "https_proxy",
            "iam_endpoint",
            "insecure",
            "kms_key_id",
            "max_retries",
            "no_proxy",
            "profile",
            "retry_mode",
            "role_arn",
            "shared_config_files",
            "shared_credentials_file",
            "shared_credentials_files",
            "skip_credentials_validation",
            "skip_metadata_api_check",
            "skip_region_validation",
            "skip_requesting_account_id",
            "skip_s3_checksum",
            "sts_endpoint",
            "sts_region",
            "use_dualstack_endpoint",
            "use_fips_endpoint",
            "use_lockfile",
            "use_path_style",
            "workspace_key_prefix",
            "session_name",
            "external_id",
            "assume_role_duration_seconds",
        ]
    ),
    "http": frozenset(
        [
            "address",
            "update_method",
            "lock_address",
            "lock_method",
            "unlock_address",
            "unlock_method",
            "username",
            "skip_cert_verification",
            "retry_max",
            "retry_wait_min",
            "retry_wait_max",
            "client_certificate_pem",
            "client_ca_certificate_pem",
        ]
    ),
    "pg": frozenset(["conn_str", "schema_name", "skip_schema_creation", "skip_table_creation", "skip_index_creation"]),
    "azurerm": frozenset(
        [
            "storage_account_name",
            "container_name",
            "key",
            "environment",
            "metadata_host",
            "resource_group_name",
            "subscription_id",
            "tenant_id",
            "client_id",
            "client_certificate_path",
            "endpoint",
            "snapshot",
            "use_azuread_auth",
            "use_cli",
            "use_msi",
            "use_oidc",
            "msi_endpoint",
            "oidc_request_url",
            "oidc_token_file_path",
            "ado_pipeline_service_connection_id",
            "lookup_blob_endpoint",
            "client_id_file_path",
            "use_aks_workload_identity",
        ]
    ),
    "gcs": frozenset(
        [
            "bucket",
            "prefix",
            "credentials",
            "impersonate_service_account",
            "impersonate_service_account_delegates",
            "kms_encryption_key",
            "storage_custom_endpoint",
        ]
    ),
    "remote": frozenset(["hostname", "organization", "workspaces"]),
    "cloud": frozenset(["hostname", "organization", "workspaces"]),
    "consul": frozenset(
        ["address", "scheme", "path", "datacenter", "gzip", "lock", "ca_file", "cert_file", "key_file"]
    ),
    "kubernetes": frozenset(
        [
            "secret_suffix",
            "labels",
            "namespace",
            "in_cluster_config",
            "load_config_file",
            "host",
            "insecure",
            "config_path",
            "config_paths",
            "config_context",
            "config_context_auth_info",
            "config_context_cluster",
        ]
    ),
}
"""The settings that each backend takes, without those that hold secrets."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "s3": ("bucket", "key", "region"),
    "http": ("address",),
    "azurerm": ("storage_account_name", "container_name", "key"),
    "gcs": ("bucket",),
    "remote": ("organization", "workspaces"),
    "cloud": ("organization", "workspaces"),
    "consul": ("path",),
    "kubernetes": ("secret_suffix",),
}
"""The settings that a backend can't do without; what is not here may come from the environment."""

# https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs
PROVIDER = frozenset(
    [
        "allowed_account_ids",
        "assume_role",
        "assume_role_with_web_identity",
        "custom_ca_bundle",
        "default_tags",
        "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode",
        "endpoints",
        "forbidden_account_ids",
        "http_proxy",
        "https_proxy",
        "ignore_tags",
        "insecure",
        "max_retries",
        "no_proxy",
        "profile",
        "retry_mode",
        "s3_us_east_1_regional_endpoint",
        "s3_use_path_style",
        "shared_config_files",
        "shared_credentials_files",
        "skip_credentials_validation",
        "skip_metadata_api_check",
        "skip_region_validation",
        "skip_requesting_account_id",
        "sts_region",
        "token_bucket_rate_limiter_capacity",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    ]
)
"""Arguments of the aws provider that the section may set for every region."""

_SECRETS = frozenset(
    [
        "access_key",
        "secret_key",
        "token",
        "password",
        "sas_token",
        "client_secret",
        "client_certificate_password",
        "access_token",
        "http_auth",
        "oidc_token",
        "oidc_request_token",
        "encryption_key",
        "client_private_key_pem",
        "security_token",
        "client_certificate",
        "sse_customer_key",
    ]
)
_OURS = {
    "region": "each region of the cluster has its provider",
    "alias": "each region of the cluster has its provider, aliased by its name",
}
_SECTION = frozenset({"allow_destroy", "backend", "home_region", "moved", "provider", "required_version"})
_NO_SECRETS = "the output is made to be kept in git: give it through the environment or a credentials file"


@dataclass(frozen=True)
class TerraformSpec:
    """The section, checked: plain YAML data that goes into the Terraform configuration."""

    backend_type: str | None
    backend: Mapping[str, Any]
    provider: Mapping[str, Any]
    required_version: str | None
    moved: Mapping[str, str] = field(default_factory=dict)
    """New name of an instance by the old one, both normalised."""
    allow_destroy: bool = False
    home_region: str | None = None


def read_terraform(data: Mapping[str, Any], report: Report) -> TerraformSpec | None:
    """Check ``data``'s ``terraform:`` section; None after reporting its faults."""
    path: KeyPath = ("terraform",)
    value = data.get("terraform")
    if value is None:
        return TerraformSpec(None, {}, {}, None)
    if not isinstance(value, dict):
        report.error("wrong-type", path, f"{shown(value)} where backend, provider and required_version are expected")
        return None
    _unknown(value, _SECTION, path, report)
    _plain(value, path, report)
    backend_type, backend = _backend(value.get("backend"), (*path, "backend"), report)
    provider = _provider(value.get("provider"), (*path, "provider"), report)
    return TerraformSpec(
        backend_type,
        backend,
        provider,
        _version(value.get("required_version"), path, report),
        _moved(value.get("moved"), (*path, "moved"), report),
        _allow_destroy(value.get("allow_destroy"), (*path, "allow_destroy"), report),
        _home_region(value.get("home_region"), (*path, "home_region"), report),
    )


def _backend(value: Any, path: KeyPath, report: Report) -> tuple[str | None, dict[str, Any]]:
    if value is None:
        return None, {}
    help = f"write the type and its settings: backend: {{type: s3, bucket: …}}; types: {', '.join(sorted(BACKENDS))}"
    if not isinstance(value, dict) or not value:
        report.error("wrong-type", path, f"{shown(value)} where a backend is expected", help)
        return None, {}
    if "type" in value:
        kind, settings, inner = value["type"], {k: v for k, v in value.items() if k != "type"}, path
    elif len(value) == 1 and next(iter(value)) in BACKENDS:
        # Terraform's own form: the type is the block's label.
        kind = next(iter(value))
        settings, inner = value[kind] or {}, (*path, kind)
        if not isinstance(settings, dict):
            report.error("wrong-type", inner, f"{shown(settings)} where the backend's settings are expected")
            return None, {}
    else:
        report.error("missing-key", path, "the backend's type is missing", help)
        return None, {}
    if not isinstance(kind, str) or kind not in BACKENDS:
        guess = suggestion(str(kind), BACKENDS)
        report.error(
            "unknown-backend",
            (*path, "type"),
            f"{shown(kind)} is not a backend",
            f"did you mean {guess}?" if guess else f"one of {', '.join(sorted(BACKENDS))}",
        )
        return None, {}
    _unknown(settings, BACKENDS[kind], inner, report)
    for key in REQUIRED.get(kind, ()):
        if key not in settings:
            report.error("missing-key", inner, f"{key} is missing: the {kind} backend needs it")
    connection = str(settings.get("conn_str", ""))
    if re.search(r"://[^/@:]*:[^/@]+@|password\s*=", connection):
        report.error("secret-in-config", (*inner, "conn_str"), "a password in the connection string", _NO_SECRETS)
    return kind, settings


def _provider(value: Any, path: KeyPath, report: Report) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        report.error("wrong-type", path, f"{shown(value)} where arguments of the aws provider are expected")
        return {}
    for key in value:
        if key in _OURS:
            report.error("not-yours", (*path, key), f"{key} can't be set here", _OURS[key], on_key=True)
    _unknown({key: each for key, each in value.items() if key not in _OURS}, PROVIDER, path, report)
    return value


def _version(value: Any, parent: KeyPath, report: Report) -> str | None:
    if value is None:
        return None
    path = (*parent, "required_version")
    try:
        written = text(value)
    except PydanticCustomError as error:
        report.error(error.type, path, error.message())
        return None
    constraint = r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?\s*"
    if not re.fullmatch(rf"{constraint}(,{constraint})*", written):
        report.error("invalid-version", path, f"{written!r} is not a version constraint", "such as '>= 1.5, < 2'")
        return None
    return written


def _moved(value: Any, path: KeyPath, report: Report) -> dict[str, str]:
    """Old names of instances to their new ones; an old name may move once, and not to a name that moves on."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for pair in value.items() for each in pair):
        help = "write the instance's old name and its new one: moved: {old-name: new-name}"
        report.error("wrong-type", path, f"{shown(value)} where a mapping of names is expected", help)
        return {}
    found: dict[str, str] = {}
    for old, new in value.items():
        before, after = normalised_name(old), normalised_name(new)
        if before == after or before in found or after in found.values() or {before, after} & _both(found, value):
            report.error(
                "invalid-move",
                (*path, old),
                f"{old} can't become {new}",
                "each old name has one new name of its own; after two renames, write the first name and the last",
                on_key=True,
            )
        found[before] = after
    return found


def _both(found: Mapping[str, str], value: Mapping[str, str]) -> set[str]:
    """Names that are an old one and a new one at once."""
    return {normalised_name(old) for old in value} & {normalised_name(new) for new in value.values()}


def _allow_destroy(value: Any, path: KeyPath, report: Report) -> bool:
    if value is None:
        return False
    try:
        return flag(value)
    except PydanticCustomError as error:
        report.error(error.type, path, error.message(), "yes takes the guard off kept volumes, for terraform destroy")
        return False


def _home_region(value: Any, path: KeyPath, report: Report) -> str | None:
    if value is None or isinstance(value, str):
        return value
    report.error("wrong-type", path, f"{shown(value)} where a region is expected", "the region that has the bucket")
    return None


def _unknown(value: Mapping[Any, Any], known: frozenset[str], path: KeyPath, report: Report) -> None:
    for key in value:
        if key in known:
            continue
        if key in _SECRETS:
            report.error("secret-in-config", (*path, key), f"{key} is a secret", _NO_SECRETS, on_key=True)
            continue
        guess = suggestion(str(key), known)
        help = f"did you mean {guess}?" if guess else f"known here: {', '.join(sorted(known))}"
        report.error("unknown-key", (*path, key), f"unknown key {str(key)!r}", help, on_key=True)


def _plain(value: Any, path: KeyPath, report: Report) -> None:
    """No templates and no tags of Ansible's anywhere in the section: only Terraform reads it."""
    if isinstance(value, dict):
        for key, each in value.items():
            _plain(each, (*path, key), report)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _plain(each, (*path, index), report)
    elif isinstance(value, TaggedValue) or is_template(value):
        what = (
            f"a value under {value.tag}" if isinstance(value, TaggedValue) else f"the Ansible template {shown(value)}"
        )
        report.error("needs-plain-value", path, f"{what} can't go into Terraform", "write the value itself")
