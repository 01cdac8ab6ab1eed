"""The declarations of resource types agree with the provider's schemas, of which tests/data keeps extracts."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest

from tests.support import bindings_schema
from tests.support.provider_schema import PATH
from tests.support.terraform import PROVIDER_VERSION
from tpa_tf.config.terraform_models import SECRETS, SERVICES, AwsProvider
from tpa_tf.limits import provider
from tpa_tf.terraform.resource_type import REGION, ResourceType
from tpa_tf.terraform.resources import RESOURCE_TYPES

EXTRACT = json.loads(PATH.read_text())
SIX = json.loads(bindings_schema.PATH.read_text())

# Computed, and yet it does not stay as it is: tests/e2e/test_resource_types.py shows it.
NOT_KEPT = {"aws_instance": {"user_data"}}

# The schema as terraform prints it does not say whether a nested block is computed. These are; the same test shows
# that they stay.
COMPUTED_BLOCKS = {
    "aws_instance": {
        "capacity_reservation_specification",
        "ephemeral_block_device",
        "metadata_options",
        "root_block_device",
    }
}

GLOBAL = ("aws_iam_", "aws_route53_")

TYPES = pytest.mark.parametrize("declared", RESOURCE_TYPES.values(), ids=lambda declared: declared.name)


def flags_of(declared: ResourceType) -> dict[str, str | None]:
    """Each argument of the schema with its flags, those of a nested block with its name before a dot; None: a block."""
    found: dict[str, str | None] = {}
    arguments: dict[str, Any] = EXTRACT["resources"][declared.name]
    for name, flags in arguments.items():
        if isinstance(flags, str):
            found[name] = flags
        else:
            found[name] = None
            found |= {f"{name}.{inner}": each for inner, each in flags.items() if isinstance(each, str)}
    return found


def test_extract_is_of_the_provider_that_the_tests_use_and_of_every_type() -> None:
    assert EXTRACT["version"] == PROVIDER_VERSION
    assert EXTRACT["resources"].keys() == RESOURCE_TYPES.keys(), "make schema"


@TYPES
def test_every_declared_argument_can_be_set(declared: ResourceType) -> None:
    flags = flags_of(declared)
    assert declared.arguments - flags.keys() == declared.since.keys()
    assert {name for name in declared.arguments & flags.keys() if flags[name] == "computed"} == set()


@TYPES
def test_what_stays_as_it_is_when_left_out_is_what_the_provider_computes(declared: ResourceType) -> None:
    computed = {name for name, flags in flags_of(declared).items() if flags == "optional computed"}
    expected = declared.arguments & computed | COMPUTED_BLOCKS.get(declared.name, set())
    assert declared.computed == expected - NOT_KEPT.get(declared.name, set())


def test_computed_blocks_are_blocks() -> None:
    for name, blocks in COMPUTED_BLOCKS.items():
        flags = flags_of(RESOURCE_TYPES[name])
        assert {flags[block] for block in blocks} == {None}


@TYPES
def test_every_declared_argument_can_be_set_in_version_6_too(declared: ResourceType) -> None:
    schema: dict[str, Any] = SIX["resources"][declared.name]
    flat = {**schema} | {
        f"{name}.{inner}": flag
        for name, block in schema.items()
        if isinstance(block, dict)
        for inner, flag in block.items()
    }
    assert {name for name in declared.arguments if flat.get(name, "computed") == "computed"} == set()
    computed = {name for name, flag in schema.items() if flag == "computed"}
    assert declared.reported in (set(), computed)


@TYPES
def test_what_is_renamed_in_version_6_has_each_name_in_its_version(declared: ResourceType) -> None:
    for five, six in declared.renamed.items():
        assert five in EXTRACT["resources"][declared.name]
        assert six not in EXTRACT["resources"][declared.name]
        assert six in SIX["resources"][declared.name]


@TYPES
def test_a_resource_has_a_region_of_its_own_in_version_6_unless_its_service_has_none(declared: ResourceType) -> None:
    assert (SIX["resources"][declared.name].get(REGION) == "optional") is not declared.name.startswith(GLOBAL)


def test_versions_of_the_schemas_are_those_that_the_limits_name() -> None:
    assert provider.TESTED.constraint == PROVIDER_VERSION
    assert provider.shown(max(span.since for span in provider.SERVICES.values())) == SIX["version"]


def test_what_the_provider_block_takes_in_5_and_in_6_is_what_the_limits_say() -> None:
    known = AwsProvider.model_fields.keys() | SECRETS & SIX["provider"].keys() | {"alias", "region"}
    assert SIX["provider"].keys() == known
    endpoints = SIX["provider"]["endpoints"].keys() - {""}
    gone = {name for name, span in provider.SERVICES.items() if span.until == provider.SIX}
    assert endpoints == SERVICES - gone


@TYPES
def test_tagged_is_what_has_tags(declared: ResourceType) -> None:
    assert declared.tagged is ("tags" in EXTRACT["resources"][declared.name])


@TYPES
def test_import_id_is_made_of_attributes(declared: ResourceType) -> None:
    fields = {field for _, field, _, _ in string.Formatter().parse(declared.import_id) if field is not None}
    assert fields
    assert fields <= flags_of(declared).keys()


@TYPES
def test_reported_is_what_nobody_can_set(declared: ResourceType) -> None:
    """Where nothing may change unseen, every attribute is either declared, or known to be AWS's alone."""
    computed = {name for name, flags in EXTRACT["resources"][declared.name].items() if flags == "computed"}
    assert declared.reported in (set(), computed)


@TYPES
def test_what_steers_packets_is_changed_in_place(declared: ResourceType) -> None:
    assert declared.steers <= declared.in_place
