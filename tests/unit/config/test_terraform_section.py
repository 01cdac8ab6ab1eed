"""The terraform: section: what each backend takes, what is missing or wrong, and secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tpa_tf import clusters
from tpa_tf.config.findings import Severity
from tpa_tf.config.terraform_models import BACKENDS, SECRETS

INFINITE = float("inf")
S3 = {"bucket": "states", "key": "speedy/terraform.tfstate", "region": "eu-west-1", "use_lockfile": True}
HTTP = {
    "address": "https://git.example.com/api/v4/projects/1/terraform/state/speedy",
    "lock_address": "https://git.example.com/api/v4/projects/1/terraform/state/speedy/lock",
    "unlock_address": "https://git.example.com/api/v4/projects/1/terraform/state/speedy/lock",
    "lock_method": "POST",
    "unlock_method": "DELETE",
    "retry_wait_min": 5,
}
PG = {"conn_str": "postgres://terraform@db.example.com/terraform_backend", "schema_name": "speedy"}
AZURERM = {"storage_account_name": "states", "container_name": "tpa", "key": "speedy.tfstate", "use_oidc": True}
GCS = {"bucket": "states", "prefix": "speedy", "impersonate_service_account_delegates": ["a", "b"]}
REMOTE = {"hostname": "tfe.example.com", "organization": "ours", "workspaces": {"name": "speedy"}}
CONSUL = {"path": "states/speedy", "gzip": True}
KUBERNETES = {"secret_suffix": "speedy", "labels": {"team": "dba"}}
LOCAL = {"path": "../state/terraform.tfstate"}
COMPLETE: dict[str, dict[str, Any]] = {
    "azurerm": AZURERM,
    "cloud": REMOTE,
    "consul": CONSUL,
    "gcs": GCS,
    "http": HTTP,
    "kubernetes": KUBERNETES,
    "local": LOCAL,
    "pg": PG,
    "remote": REMOTE,
    "s3": S3,
}


def findings(directory: Path, backend: Any) -> list[tuple[Severity, str, str, str]]:
    loaded = load_edited(directory, {"terraform": {"backend": backend}})
    return [(each.severity, each.rule, each.where, f"{each.message} = {each.help}") for each in loaded.report.findings]


def test_every_backend_is_here() -> None:
    assert list(COMPLETE) == list(BACKENDS)


@pytest.mark.parametrize("kind", COMPLETE)
@pytest.mark.parametrize("labelled", [False, True], ids=["type", "label"])
def test_backend_goes_into_terraform_as_it_is_written(kind: str, labelled: bool, tmp_path: Path) -> None:
    written = {kind: COMPLETE[kind]} if labelled else {"type": kind, **COMPLETE[kind]}
    loaded = load_edited(tmp_path, {"terraform": {"backend": written}})
    assert loaded.report.findings == ()
    assert loaded.cluster
    assert loaded.cluster.terraform.backend_type == kind
    assert loaded.cluster.terraform.backend == COMPLETE[kind]


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, model in BACKENDS.items() for key, each in model.model_fields.items() if each.is_required()],
)
def test_what_a_backend_needs_is_named(kind: str, key: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in COMPLETE[kind].items() if name != key}
    [(severity, rule, where, said)] = findings(tmp_path, {"type": kind, **settings})
    assert (severity, rule, where) == (Severity.ERROR, "missing-key", "terraform.backend")
    assert said == f"{key} is missing = {BACKENDS[kind].model_fields[key].description}"


@pytest.mark.parametrize(
    ("backend", "rule", "where", "says"),
    [
        ({"type": "s3", **S3, "bukcet": "x"}, "unknown-key", ".bukcet", "did you mean bucket?"),
        ({"s3": {**S3, "role_arn": "x"}}, "unknown-key", ".s3.role_arn", "write one of acl, "),
        ({"type": "s3", **S3, "encrypt": "maybe"}, "wrong-type", ".encrypt", "yes or no"),
        ({"type": "s3", **S3, "max_retries": "many"}, "wrong-type", ".max_retries", "whole number"),
        ({"type": "s3", **S3, "key": ["a"]}, "wrong-type", ".key", "text"),
        ({"type": "s3", **S3, "key": None}, "wrong-type", ".key", "text"),
        ({"type": "s3", **S3, "assume_role": "arn"}, "wrong-type", ".assume_role", "a mapping"),
        ({"type": "s3", **S3, "assume_role": {}}, "missing-key", ".assume_role", "role_arn is missing"),
        ({"type": "s3", **S3, "key": "{{ name }}"}, "needs-plain-value", ".key", "template"),
        ({"type": "http", **HTTP, "retry_max": "x"}, "wrong-type", ".retry_max", "whole number"),
        ({"type": "pg", "skip_table_creation": 5}, "wrong-type", ".skip_table_creation", "yes or no"),
        ({"type": "azurerm", **AZURERM, "use_msi": "x"}, "wrong-type", ".use_msi", "yes or no"),
        ({"type": "gcs", "bucket": {"a": 1}}, "wrong-type", ".bucket", "text"),
        ({"type": "remote", **REMOTE, "workspaces": "speedy"}, "wrong-type", ".workspaces", "a mapping"),
        ({"type": "remote", **REMOTE, "workspaces": {}}, "wrong-type", ".workspaces", "a prefix"),
        (
            {"type": "remote", **REMOTE, "workspaces": {"name": "a", "prefix": "b"}},
            "wrong-type",
            ".workspaces",
            "{name: speedy}",
        ),
        ({"type": "cloud", **REMOTE, "workspaces": {"project": "x"}}, "wrong-type", ".workspaces", "tags"),
        ({"type": "cloud", **REMOTE, "workspaces": {"prefix": "x"}}, "unknown-key", ".workspaces.prefix", "project"),
        ({"bucket": "states"}, "missing-key", "", "the backend's type is missing"),
        ({"s3": "states"}, "wrong-type", ".s3", "'states'"),
        ("s3", "wrong-type", "", "types: azurerm, cloud"),
        ({"type": "s4", **S3}, "unknown-backend", ".type", "'s4'"),
        ({"type": ["s3"], **S3}, "unknown-backend", ".type", "no backend a list"),
    ],
)
def test_faults_of_a_backend(backend: Any, rule: str, where: str, says: str, tmp_path: Path) -> None:
    [(severity, *found, said)] = findings(tmp_path, backend)
    assert (severity, *found) == (Severity.ERROR, rule, f"terraform.backend{where}")
    assert says in said


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("s3", {**S3, "use_lockfile": False}),
        ("s3", {key: value for key, value in S3.items() if key != "use_lockfile"}),
        ("http", {"address": HTTP["address"]}),
    ],
)
def test_state_that_nothing_locks_is_warned_of(kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    [(severity, rule, where, said)] = findings(tmp_path, {"type": kind, **settings})
    assert (severity, rule, where) == (Severity.WARNING, "state-without-lock", "terraform.backend")
    assert f"write {BACKENDS[kind].LOCKS[0]}" in said


def test_a_table_locks_too(tmp_path: Path) -> None:
    assert findings(tmp_path, {"type": "s3", **S3, "use_lockfile": False, "dynamodb_table": "locks"}) == []


@pytest.mark.parametrize(
    "section",
    [
        *({"backend": {"type": "s3", **S3, key: "Sesame"}} for key in sorted(SECRETS)),
        {"backend": {"type": "pg", "conn_str": "postgres://terraform:Sesame@db/x"}},
        {"backend": {"type": "pg", "conn_str": "host=db password=Sesame"}},
        {"backend": {"type": "http", **HTTP, "address": "https://me:Sesame@git.example.com/"}},
        {"backend": {"type": "gcs", **GCS, "credentials": '{"private_key": "Sesame"}'}},
        {"backend": {"type": "s3", **S3, "assume_role_with_web_identity": {"web_identity_token": "Sesame"}}},
        {"provider": {"secret_key": "Sesame"}},
        {"provider": {"endpoints": {"ec2": "http://me:Sesame@moto:5000"}}},
        {"provider": {"http_proxy": "http://me:Sesame@proxy:3128"}},
        {"provider": {"assume_role_with_web_identity": [{"role_arn": "arn", "web_identity_token": "Sesame"}]}},
    ],
    ids=lambda section: "-".join(next(iter(section.values())))[-40:],
)
def test_secret_is_refused_and_not_shown(section: dict[str, Any], tmp_path: Path) -> None:
    load_edited(tmp_path, {"terraform": section})
    loaded = clusters.load(tmp_path, "speedy")
    said = clusters.as_text((loaded,))
    assert "error[secret-in-config]" in said
    assert "give it through the environment" in said
    assert "Sesame" not in said


@pytest.mark.parametrize(
    ("arguments", "rule", "where", "says"),
    [
        ({"profle": "x"}, "unknown-key", ".profle", "did you mean profile?"),
        ({"max_retries": "many"}, "wrong-type", ".max_retries", "whole number"),
        ({"insecure": "maybe"}, "wrong-type", ".insecure", "yes or no"),
        ({"default_tags": "x"}, "wrong-type", ".default_tags", "a mapping, or a list of mappings"),
        ({"default_tags": []}, "wrong-type", ".default_tags", "a mapping, or a list of mappings"),
        ({"default_tags": ["x"]}, "wrong-type", ".default_tags[0]", "a mapping"),
        ({"default_tags": {"tag": {"a": "b"}}}, "unknown-key", ".default_tags.tag", "did you mean tags?"),
        ({"default_tags": {"tags": 5}}, "wrong-type", ".default_tags.tags", "a mapping of tags"),
        ({"default_tags": [{"tags": 5}]}, "wrong-type", ".default_tags[0].tags", "a mapping of tags"),
        ({"default_tags": {"tags": [1]}}, "wrong-type", ".default_tags.tags", "a mapping of tags"),
        ({"default_tags": {"tags": INFINITE}}, "wrong-type", ".default_tags.tags", "a mapping of tags"),
        ({"default_tags": {"tags": {"a": [1]}}}, "wrong-type", ".default_tags.tags.a", "a holds a list"),
        ({"default_tags": {"tags": {"a": INFINITE}}}, "wrong-type", ".default_tags.tags.a", "the number inf"),
        ({"default_tags": {"tags": {"a": "\0"}}}, "wrong-type", ".default_tags.tags.a", "a NUL character"),
        ({"default_tags": {"tags": {"a": "{{ b }}"}}}, "needs-plain-value", ".default_tags.tags.a", "template"),
        ({"ignore_tags": {"keys": {"a": 5}}}, "wrong-type", ".ignore_tags.keys", "text"),
        ({"ignore_tags": {"key_prefix": "a"}}, "unknown-key", ".ignore_tags.key_prefix", "key_prefixes?"),
        ({"endpoints": "x"}, "wrong-type", ".endpoints", "a mapping, or a list of mappings"),
        ({"endpoints": ["x"]}, "wrong-type", ".endpoints[0]", "a mapping"),
        ({"endpoints": {"servers": "x"}}, "unknown-key", ".endpoints.servers", "a service and its address"),
        ({"endpoints": [{"rout53": "x"}]}, "unknown-key", ".endpoints[0].rout53", "did you mean route53?"),
        ({"endpoints": {"ec2": INFINITE}}, "wrong-type", ".endpoints.ec2", "the number inf"),
        ({"endpoints": {"ec2": ["x"]}}, "wrong-type", ".endpoints.ec2", "text"),
        ({"assume_role": {"role_anr": "x"}}, "unknown-key", ".assume_role.role_anr", "did you mean role_arn?"),
        ({"assume_role": [{"tags": {"a": None}}]}, "wrong-type", ".assume_role[0].tags.a", "a holds nothing"),
        ({"assume_role_with_web_identity": {"external_id": "x"}}, "unknown-key",
         ".assume_role_with_web_identity.external_id", "write one of duration"),
        ({"profile": INFINITE}, "wrong-type", ".profile", "the number inf"),
        ({"profile": "a\0"}, "wrong-type", ".profile", "a NUL character"),
        ({"max_retries": INFINITE}, "wrong-type", ".max_retries", "whole number"),
        ({"alias": "x"}, "not-yours", ".alias", "each region"),
    ],
)  # fmt: skip
def test_faults_of_the_provider(arguments: Any, rule: str, where: str, says: str, tmp_path: Path) -> None:
    [found] = load_edited(tmp_path, {"terraform": {"provider": arguments}}).report.findings
    assert (found.rule, found.where) == (rule, f"terraform.provider{where}")
    assert says in f"{found.message} = {found.help}"


@pytest.mark.parametrize(
    ("arguments", "taken"),
    [
        ({"default_tags": {"tags": {"Team": "dba"}}}, {"default_tags": [{"tags": {"Team": "dba"}}]}),
        ({"default_tags": [{"tags": {"a": ""}}]}, {"default_tags": [{"tags": {"a": ""}}]}),
        ({"default_tags": {"tags": {"a": 5, "b": True}}}, {"default_tags": [{"tags": {"a": 5, "b": True}}]}),
        ({"ignore_tags": {"keys": "a"}}, {"ignore_tags": [{"keys": ["a"]}]}),
        ({"ignore_tags": {"key_prefixes": ["a", "b"]}}, {"ignore_tags": [{"key_prefixes": ["a", "b"]}]}),
        ({"endpoints": {"ec2": "http://a:5000"}}, {"endpoints": [{"ec2": "http://a:5000"}]}),
        ({"endpoints": [{"s3": "a"}, {"sts": "b"}]}, {"endpoints": [{"s3": "a"}, {"sts": "b"}]}),
        ({"assume_role": [{"role_arn": "a"}, {}]}, {"assume_role": [{"role_arn": "a"}, {}]}),
    ],
)  # fmt: skip
def test_blocks_of_the_provider_may_be_one_mapping_or_a_list(arguments: Any, taken: Any, tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, {"terraform": {"provider": arguments}})
    assert loaded.report.findings == ()
    assert loaded.cluster
    assert loaded.cluster.terraform.provider == taken
    assert json.dumps(loaded.cluster.terraform.provider, allow_nan=False)
