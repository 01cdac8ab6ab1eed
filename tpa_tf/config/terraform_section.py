"""The ``terraform:`` section of config.yml, which is this tool's own: what Terraform needs to know besides.

The models of backends and of the provider are imported for a config that has such a block: most have none, and making
them is a good part of the time that ``check`` takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.schema import Section, shown, validate, without_faults
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.values import Flag, Region, Text, fail, normalised_name, text
from tpa_tf.limits import provider as limits
from tpa_tf.limits.provider import TESTED, ProviderVersions, Span
from tpa_tf.rules.instances import INVALID_MOVE
from tpa_tf.rules.schema import INVALID_VALUE, MISSING_KEY, WRONG_TYPE
from tpa_tf.rules.terraform import (
    FAULTY_PROVIDER_VERSION,
    INVALID_VERSION,
    METADATA_OPTIONAL,
    NOT_IN_PROVIDER_VERSION,
    NOT_YOURS,
    OTHER_PROVIDER,
    SECRET_IN_CONFIG,
    STATE_WITHOUT_LOCK,
    UNKNOWN_BACKEND,
    UNKNOWN_PROVIDER_VERSION,
)

Acceptable = str | dict[str, str]
"""A reason, or a reason by the name of an instance."""

_OURS = {
    "region": "remove it: each region of the cluster has a provider of its own",
    "alias": "remove it: each region of the cluster has a provider of its own, aliased by the region's name",
}
_OPTIONAL = "optional"
_OTHER = (
    "for version 6, a stack is made by its schema: read the first plan with care. That version writes user-data into "
    "the state in clear text, and version 5 can't read its states"
)
_FIVE = "~> 5.100"
_VERSION = r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?\s*"


def _version_constraint(value: Any) -> str:
    written = text(value)
    if not re.fullmatch(rf"{_VERSION}(,{_VERSION})*", written):
        fail(INVALID_VERSION, f"{written!r} is not a version constraint", "write a constraint such as '>= 1.7, < 2'")
    return written


def _provider_version(value: Any) -> ProviderVersions:
    """The versions of the provider: one major release of those that stacks are known to fit."""
    help = f"write {_FIVE!r} or {limits.RECOMMENDED!r}"
    if isinstance(value, int | float):
        # To YAML, 6.40 is the number 6.4, and so another version.
        fail(WRONG_TYPE, f"{shown(value)} is a number, and a version constraint is text", f"{help}, in quotes")
    written = text(value)
    versions = limits.read(written)
    if versions is None:
        fail(INVALID_VERSION, f"{written!r} is not a version constraint", help)
    if limits.names_prerelease(written):
        fail(UNKNOWN_PROVIDER_VERSION, f"{written!r} names a prerelease, and tpa-tf knows none", help)
    if why := limits.unknown(versions):
        fail(UNKNOWN_PROVIDER_VERSION, f"{written!r} {why}", help)
    return versions


def _metadata_tokens(value: Any) -> str:
    if value not in (_OPTIONAL, "required"):
        fail(INVALID_VALUE, f"{shown(value)} is not a value of metadata_tokens", "write required or optional")
    return str(value)


def _reason(value: Any) -> Acceptable:
    """Why a rule is accepted: for the whole cluster, or for each instance that is named."""
    if not isinstance(value, dict):
        return text(value)
    return {text(name): text(reason) for name, reason in value.items()}


Version = Annotated[
    str, PlainValidator(_version_constraint), WithJsonSchema({"type": ["string", "number"], "pattern": "[0-9]"})
]
ProviderVersion = Annotated[
    ProviderVersions,
    PlainValidator(_provider_version),
    WithJsonSchema({"type": "string", "pattern": "[0-9]"}),
]
MetadataTokens = Annotated[str, PlainValidator(_metadata_tokens), WithJsonSchema({"enum": ["required", _OPTIONAL]})]
Reason = Annotated[Any, PlainValidator(_reason), WithJsonSchema({"type": ["string", "number", "object"]})]


class TerraformSection(Section):
    """The keys of the section; what backend and provider hold depends on more than their place."""

    required_version: Version | None = Field(None, description="the versions of Terraform that may be used: '>= 1.7'")
    provider_version: ProviderVersion | None = Field(
        None,
        description="the versions of hashicorp/aws that may be used: '~> 6.40'; by default the one that was tested",
    )
    backend: Any = Field(None, description="where the state is: a type, and its settings as Terraform names them")
    provider: Any = Field(None, description="arguments of the AWS provider in every region")
    moved: dict[Text, Text] | None = Field(
        None, description="the old name of each renamed instance, and its new one: {old-name: new-name}"
    )
    allow_destroy: Flag | None = Field(None, description="yes takes the guards off, so that terraform destroy works")
    final_snapshot: Flag | None = Field(
        None, description="whether a volume that holds data leaves a snapshot when it is destroyed; by default yes"
    )
    home_region: Region | None = Field(None, description="the region of the bucket, by default that of the lowest node")
    metadata_tokens: MetadataTokens | None = Field(
        None,
        description="required, the default: instance metadata is version 2 only; optional: version 1, too",
    )
    accept: dict[Text, Reason] | None = Field(
        None, description="warnings that are accepted: the rule, and the reason, for the cluster or by instance"
    )


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
    final_snapshot: bool = True
    home_region: str | None = None
    metadata_optional: bool = False
    accept: Mapping[str, Acceptable] = field(default_factory=dict)
    provider_version: ProviderVersions = TESTED

    @property
    def default_tags(self) -> dict[str, str]:
        """The tags that the provider gives to everything that can have some."""
        return default_tags(self.provider)


def default_tags(provider: Mapping[str, Any]) -> dict[str, str]:
    """The tags in the arguments of a provider, as Terraform makes text of them."""
    tags = {
        name: value for block in provider.get("default_tags") or () for name, value in (block.get("tags") or {}).items()
    }
    return {name: _as_terraform_writes(value) for name, value in tags.items()}


def _as_terraform_writes(value: Any) -> str:
    """The text that Terraform makes of a value: 1.0 is ``1``, and yes is ``true``."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_terraform(data: Mapping[str, Any], report: Report) -> TerraformSpec | None:
    """Check ``data``'s ``terraform:`` section; None after reporting its faults."""
    path: KeyPath = ("terraform",)
    value = data.get("terraform")
    if value is None:
        return TerraformSpec(None, {}, {}, None)
    if not isinstance(value, dict):
        report.add(
            WRONG_TYPE,
            path,
            f"{shown(value)} where backend, provider and required_version are expected",
            "write terraform: {backend: …}",
        )
        return None
    written = {key: each for key, each in value.items() if each is not None}
    section = validate(TerraformSection, written, report, path) or without_faults(TerraformSection, written, {})[0]
    assert section, "no key of the section is required"
    if section.metadata_tokens == _OPTIONAL:
        report.add(
            METADATA_OPTIONAL,
            (*path, "metadata_tokens"),
            "the metadata service answers without a token: whatever fetches URLs for others there can be made to "
            "give away the role's credentials",
            "remove metadata_tokens once the software on the instances uses version 2",
        )
    versions = section.provider_version or (limits.ANY if "provider_version" in written else TESTED)
    _check_versions(versions, (*path, "provider_version"), report)
    backend_type, backend = _backend(section.backend, (*path, "backend"), report)
    return TerraformSpec(
        backend_type,
        backend,
        _provider(section.provider, (*path, "provider"), report, versions),
        section.required_version,
        _moved(section.moved or {}, (*path, "moved"), report),
        bool(section.allow_destroy),
        not section.allow_destroy if section.final_snapshot is None else section.final_snapshot,
        section.home_region,
        section.metadata_tokens == _OPTIONAL,
        section.accept or {},
        versions,
    )


def _check_versions(versions: ProviderVersions, path: KeyPath, report: Report) -> None:
    """What is to be known of versions that are allowed, and not the tested one."""
    for fault in limits.faults(versions):
        message = f"{versions.said}: {fault.what}"
        report.add(FAULTY_PROVIDER_VERSION, path, message, f"write {limits.RECOMMENDED!r}")
    if versions.major == limits.SIX[0]:
        report.add(OTHER_PROVIDER, path, f"the tests of tpa-tf apply stacks with {TESTED.said} alone", _OTHER)


def _backend(value: Any, path: KeyPath, report: Report) -> tuple[str | None, dict[str, Any]]:
    """The backend's type, and its settings as Terraform reads them."""
    if value is None or (labelled := _labelled(value, path, report)) is None:
        return None, {}
    from tpa_tf.config.terraform_models import BACKENDS

    kind, settings, inner = labelled
    if not isinstance(kind, str) or kind not in BACKENDS:
        guess = suggestion(str(kind), BACKENDS)
        report.add(
            UNKNOWN_BACKEND,
            (*path, "type"),
            f"Terraform has no backend {shown(kind)}",
            f"did you mean {guess}?" if guess else f"write one of {', '.join(sorted(BACKENDS))}",
        )
        return None, {}
    model = BACKENDS[kind]
    checked = validate(model, _without_secrets(settings, inner, report), report, inner)
    if model.LOCKS and not any(settings.get(lock) for lock in model.LOCKS):
        report.add(
            STATE_WITHOUT_LOCK,
            inner,
            f"the state is not locked, and two runs of terraform at once can spoil it: {' or '.join(model.LOCKS)} "
            "is missing",
            model.LOCKS_HELP,
        )
    return kind, checked.model_dump(exclude_unset=True) if checked else {}


def _labelled(value: Any, path: KeyPath, report: Report) -> tuple[Any, dict[Any, Any], KeyPath] | None:
    """A backend's type, its settings, and where these are; None after reporting why it is none."""
    from tpa_tf.config.terraform_models import BACKENDS

    help = f"write the type and its settings: backend: {{type: s3, bucket: …}}; types: {', '.join(sorted(BACKENDS))}"
    if not isinstance(value, dict) or not value:
        report.add(WRONG_TYPE, path, f"{shown(value)} where a backend is expected", help)
        return None
    if "type" in value:
        return value["type"], {key: each for key, each in value.items() if key != "type"}, path
    label, settings = next(iter(value.items()))
    if len(value) > 1 or label not in BACKENDS:
        report.add(MISSING_KEY, path, "the backend's type is missing", help)
        return None
    # Terraform's own form: the type is the block's label.
    if settings is not None and not isinstance(settings, dict):
        report.add(
            WRONG_TYPE,
            (*path, label),
            f"{shown(settings)} where the backend's settings are expected",
            "write names and values of settings",
        )
        return None
    return label, settings or {}, (*path, label)


def _without_secrets(value: Any, path: KeyPath, report: Report) -> Any:
    """``value`` without the settings that hold secrets, at any depth, which are reported."""
    from tpa_tf.config.terraform_models import ELSEWHERE, SECRETS

    if isinstance(value, list):
        return [_without_secrets(each, (*path, index), report) for index, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for key in SECRETS.intersection(value):
        report.add(SECRET_IN_CONFIG, (*path, key), f"{key} is a secret", ELSEWHERE, on_key=True)
    return {key: _without_secrets(each, (*path, key), report) for key, each in value.items() if key not in SECRETS}


def _provider(value: Any, path: KeyPath, report: Report, versions: ProviderVersions) -> dict[str, Any]:
    """Arguments of the aws provider of ``versions``, as Terraform reads them."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        report.add(
            WRONG_TYPE,
            path,
            f"{shown(value)} where arguments of the aws provider are expected",
            "write names and values, such as profile: shop",
        )
        return {}
    for key in value:
        if key in _OURS:
            report.add(NOT_YOURS, (*path, key), f"{key} can't be set here", _OURS[key], on_key=True)
    from tpa_tf.config.terraform_models import AwsProvider

    theirs = {key: each for key, each in value.items() if key not in _OURS}

    def place(loc: KeyPath) -> KeyPath:
        """The block that was written as one mapping has no position in a list."""
        return (*path, loc[0], *loc[2:]) if len(loc) > 1 and isinstance(theirs.get(loc[0]), dict) else (*path, *loc)

    checked = validate(AwsProvider, _without_secrets(theirs, path, report), report, place)
    arguments = checked.model_dump(exclude_unset=True) if checked else {}
    for loc, what, span in _bounded(arguments):
        if versions is not limits.ANY and not span.holds(versions):
            message = f"not every version that {versions.said} allows has {what}"
            help = f"remove it, or write a provider_version of versions {span.said} only"
            report.add(NOT_IN_PROVIDER_VERSION, place(loc), message, help, on_key=True)
    return arguments


def _bounded(arguments: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, Span]]:
    """What of ``arguments`` not every version of the provider has: its place, what it is, and which do."""
    for name in arguments.keys() & limits.ARGUMENTS:
        yield (name,), f"the argument {name}", limits.ARGUMENTS[name]
    for number, block in enumerate(arguments.get("endpoints") or ()):
        for name in sorted(block.keys() & limits.SERVICES):
            yield ("endpoints", number, name), f"an endpoint {name}", limits.SERVICES[name]


def _moved(value: Mapping[str, str], path: KeyPath, report: Report) -> dict[str, str]:
    """Old names of instances to their next ones.

    A name may be left once and taken once; one that was taken may be left again, by the same instance.
    """
    found: dict[str, str] = {}
    for old, new in value.items():
        before, after = normalised_name(old), normalised_name(new)
        help = "write each old name once, with one new name of its own; write a note for each step of two renames"
        if before == after:
            message = f"{old} can't become {new}: it is the same name"
        elif before in found:
            message = f"{old} has become {found[before]} already"
        elif after in found.values():
            message = f"{old} can't become {new}: another instance has become that"
        elif _leads_to(found, after, before):
            message = f"{old} can't become {new}, which has become {old}: a state may be at either end"
            help = "apply each rename to every state, and take its note out, before its old name is used again"
        else:
            found[before] = after
            continue
        report.add(INVALID_MOVE, (*path, old), message, help, on_key=True)
    return found


def _leads_to(moved: Mapping[str, str], start: str, end: str) -> bool:
    """Whether the steps from the name ``start`` come to ``end``."""
    while start in moved and start != end:
        start = moved[start]
    return start == end
