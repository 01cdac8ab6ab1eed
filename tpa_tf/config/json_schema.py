"""A JSON Schema of config.yml for editors, made of the models that ``check`` uses.

It is as wide as ``check``, or wider: what ``check`` accepts, the schema accepts. Where ``check`` looks at several keys
at once, the schema looks at each alone. It also looks at a key of instance_defaults or of a location that no instance
takes from there, of which ``check`` says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tpa_tf.config.known_keys import OF_THE_DEPLOYMENT
from tpa_tf.config.models import AmiSpec, ClusterSpec, HostSpec, InstanceSpec, LocationSpec, RuleSpec, VpcSpec
from tpa_tf.config.models import SubnetSpec as SubnetModel
from tpa_tf.config.terraform_models import BACKENDS, AwsProvider
from tpa_tf.config.terraform_section import TerraformSection
from tpa_tf.limits.instance_types import instance_types
from tpa_tf.limits.regions import REGION, REGIONS
from tpa_tf.limits.tpa import ARCHITECTURES, KEYRING_BACKENDS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_MODELS: tuple[type[BaseModel], ...] = (
    AmiSpec,
    AwsProvider,
    ClusterSpec,
    HostSpec,
    InstanceSpec,
    LocationSpec,
    RuleSpec,
    SubnetModel,
    TerraformSection,
    VpcSpec,
    *BACKENDS.values(),
)

_NULL: Schema = {"type": "null"}
_ANYTHING: Schema = {}
_SCALAR: Schema = {"type": ["string", "number"]}
_REGION_NAME: Schema = {"anyOf": [{"enum": sorted(REGIONS)}, {"pattern": f"^{REGION}$"}]}

_MAY_BE_EMPTY = ("Name", "role", "vars")
"""Keys of an instance for which merging puts something in the place of nothing."""
_TAGS_OF_OLD = ("Name", "backup", "name", "node", "role", "upstream")
"""Keys of an instance that once stood in its tags, where they may hold what they hold."""


def config_schema() -> Schema:
    """The JSON Schema of a config.yml, draft 2020-12."""
    _, generated = models_json_schema([(model, "validation") for model in _MODELS], ref_template="#/$defs/{model}")
    definitions: dict[str, Schema] = {name: _clean(each) for name, each in generated["$defs"].items()}
    cluster = definitions.pop("ClusterSpec")
    definitions["Backend"] = _backend(definitions)
    definitions |= _instances(definitions)
    _several_blocks(definitions["AwsProvider"])
    terraform = definitions["TerraformSection"]["properties"]
    for key, name in (("backend", "Backend"), ("provider", "AwsProvider")):
        terraform[key] |= _or_null(_ref(name))
    schema: Schema = {
        "$schema": DIALECT,
        "title": "config.yml of a TPA cluster on AWS, for tpa-tf",
        "type": "object",
        "required": ["cluster_name", "ec2_vpc", "instances"],
        "properties": {**_left_to_tpa(), **cluster["properties"], **_sections()},
        "if": _of_one_kind(),
        "then": {"properties": {"instances": {"items": _ref("Instance")}}},
        "else": {"properties": {"instances": {"items": _ref("HostSpec")}}},
    }
    return {**schema, "$defs": _in_use(schema, definitions)}


def as_json() -> str:
    """The schema as the text of a file."""
    return json.dumps(config_schema(), indent=1, ensure_ascii=False) + "\n"


def _sections() -> dict[str, Schema]:
    """The sections that are read by hand, by key."""
    subnet = {"anyOf": [_ref("SubnetSpec"), {"type": ["string", "null"]}]}
    return {
        "ec2_vpc": {
            "description": "the VPC: one for all regions, or one under each region's name",
            "type": "object",
            "minProperties": 1,
            "if": {"anyOf": [{"required": [key]} for key in VpcSpec.model_fields]},
            "then": _ref("Vpc"),
            "else": _by_region(_ref("Vpc")),
        },
        "ec2_vpc_subnets": {
            "description": "zones and names of subnets, by region and range; in an existing VPC, the subnets to create",
            "type": ["object", "null"],
            "patternProperties": {
                "/": subnet,
                "^[^/]*$": {"type": "object", "propertyNames": {"pattern": "/"}, "additionalProperties": subnet},
            },
        },
        "ec2_vpc_igw": {
            "description": "whether a region's VPC has an internet gateway; by default, where reachability is public",
            **_or_null(_by_region(_ref("InstanceSpec/properties/termination_protection"))),
        },
        "ec2_groups": {
            "description": "existing security groups of a region, by filters of DescribeSecurityGroups",
            **_or_null(_by_region(_ref("AmiSpec/properties/filters"))),
        },
        "ec2_ami": {"description": "the image of the instances", **_or_null(_ref("AmiSpec"))},
        "cluster_rules": {
            "description": "ingress rules; by default tcp 22 and udp 1194 from everywhere",
            **_or_null({"type": "array", "items": _ref("RuleSpec")}),
        },
        "locations": {
            "description": "places with a name, whose keys their instances have, too",
            **_or_null({"type": "array", "items": _ref("Location")}),
        },
        "instance_defaults": {"description": "keys of all instances", **_or_null(_ref("Defaults"))},
        "instances": {"description": "the instances of the cluster", "type": "array", "minItems": 1},
        "hostname_patterns": {"description": "by platform, what names of instances must match"},
        "route53_zone": {"description": "its old place; it counts as one of instance_defaults"},
        "route53_hosted_zone_id": {"description": "its old place; it counts as one of instance_defaults"},
        "ec2_ami_user": {"description": "the old form of instance_defaults: {vars: {ansible_user: …}}"},
        "cluster_ssh_user": {"description": "the old form of instance_defaults: {vars: {ansible_user: …}}"},
        "terraform": {
            "description": "what Terraform needs to know besides; TPA ignores it",
            **_or_null(_ref("TerraformSection")),
        },
    }


def _left_to_tpa() -> dict[str, Schema]:
    known: dict[str, Schema] = {
        "architecture": {"anyOf": [{"enum": list(ARCHITECTURES)}, _ANYTHING]},
        "keyring_backend": {"enum": [*KEYRING_BACKENDS, None]},
        "use_ssh_agent": _or_null(_ref("InstanceSpec/properties/termination_protection")),
        "forward_ssh_agent": _or_null(_ref("InstanceSpec/properties/termination_protection")),
    }
    return {key: {"description": what, **known.get(key, {})} for key, what in OF_THE_DEPLOYMENT.items()}


def _instances(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The forms of an instance, of instance_defaults and of locations, of which an instance is merged."""
    instance = definitions["InstanceSpec"]
    properties: dict[str, Schema] = instance["properties"]
    properties["type"]["anyOf"] = [{"enum": list(instance_types())}, _ANYTHING]
    properties["upstream"] |= _SCALAR | {"type": ["string", "number", "null"]}
    properties["tags"]["properties"] = dict.fromkeys(_TAGS_OF_OLD, _ANYTHING)
    for key in _MAY_BE_EMPTY:
        properties[key] = _described(_or_null(properties[key]), properties[key])
    instance["required"] = ["node"]
    location = definitions["LocationSpec"]
    inherited = {key: _or_null(_ref(f"InstanceSpec/properties/{key}")) for key in properties}
    return {
        "Vpc": {**_ref("VpcSpec"), "anyOf": [{"required": ["Name"]}, {"required": ["filters"]}]},
        "Instance": {
            "if": {"required": ["platform"], "properties": {"platform": {"not": {"const": "aws"}}}},
            "then": _ref("HostSpec"),
            "else": {"if": {"required": ["export_as_vars"]}, "then": _ref("Exporting"), "else": _ref("InstanceSpec")},
        },
        "Exporting": _alike(definitions, "InstanceSpec", {}),
        "Defaults": {
            "type": "object",
            "properties": {
                **inherited,
                "default_volumes": {
                    "description": "volumes of all instances, unless one has volumes of its own",
                    "type": "array",
                    "items": _ref("VolumeSpec"),
                },
            },
        },
        "Location": {
            **location,
            "properties": {**inherited, **location["properties"]},
        },
    }


def _of_one_kind() -> Schema:
    """Whether nothing that instances are merged with makes other things of them, or gives them keys of their own."""
    other = {
        "anyOf": [
            {"required": ["export_as_vars"]},
            {"required": ["node"]},
            {"required": ["platform"], "properties": {"platform": {"not": {"const": "aws"}}}},
        ]
    }
    return {
        "properties": {
            "instance_defaults": {"not": {"type": "object", **other}},
            "locations": {"not": {"type": "array", "contains": {"type": "object", **other}}},
        }
    }


def _backend(definitions: Mapping[str, Schema]) -> Schema:
    """A backend: its type beside its settings, or Terraform's own form with the type as the label."""
    names = {kind: model.__name__ for kind, model in BACKENDS.items()}
    typed = [
        {
            "if": {"properties": {"type": {"const": kind}}},
            "then": {**_alike(definitions, name, {"type": {"const": kind}}), "additionalProperties": False},
        }
        for kind, name in names.items()
    ]
    return {
        "type": "object",
        "minProperties": 1,
        "if": {"required": ["type"]},
        "then": {"properties": {"type": {"enum": list(names)}}, "allOf": typed},
        "else": {
            "maxProperties": 1,
            "properties": {kind: _or_null(_ref(name)) for kind, name in names.items()},
            "additionalProperties": False,
        },
    }


def _alike(definitions: Mapping[str, Schema], name: str, more: Mapping[str, Schema]) -> Schema:
    """An object with the keys of another one, and ``more``."""
    of = definitions[name]
    keys = {key: _ref(f"{name}/properties/{key}") for key in of["properties"]}
    return {"type": "object", "required": of.get("required", []), "properties": {**more, **keys}}


def _several_blocks(provider: Schema) -> None:
    """A block of the provider may be one mapping as well as a list of them."""
    for each in provider["properties"].values():
        for form in each.get("anyOf", ()):
            if form.get("type") == "array" and "items" in form:
                each["anyOf"] = [form["items"], *each["anyOf"]]
                break


def _in_use(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions that the schema refers to, those to which they refer among them."""
    found: dict[str, Schema] = {}
    waiting = list(_names(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += _names(definitions[name])
    return dict(sorted(found.items()))


def _names(value: Any) -> Iterator[str]:
    """The names of the definitions that ``value`` refers to."""
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"].split("/")[2]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(each)


def _by_region(value: Schema) -> Schema:
    return {"type": "object", "propertyNames": _REGION_NAME, "additionalProperties": value}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(form: Schema) -> Schema:
    return {"anyOf": [form, _NULL]}


def _described(form: Schema, of: Schema) -> Schema:
    """``form`` with the description of another, which an editor shows."""
    return {"description": of["description"], **form} if "description" in of else form


def _clean(value: Any) -> Any:
    """A schema without the titles that pydantic makes of names, and without defaults that say nothing."""
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _clean(each) for key, each in value.items() if not _is_noise(key, each)}
    if isinstance(kept.get("properties"), dict):  # where the keys are names of keys, and not of keywords
        kept["properties"] = {key: _clean(each) for key, each in value["properties"].items()}
    return kept


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, [], {}))
