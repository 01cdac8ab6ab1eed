"""The kinds of single values in a config.yml, each with the check that makes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_interface, ip_network
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tpa_tf.config.document import KeyPath, TaggedValue, is_template
from tpa_tf.config.schema import shown
from tpa_tf.config.spelling import suggestion
from tpa_tf.limits.regions import REGION, REGIONS, ZONE, is_region, is_zone
from tpa_tf.rules.addresses import INVALID_ADDRESS
from tpa_tf.rules.network import INVALID_CIDR, INVALID_SUBNET
from tpa_tf.rules.regions import NOT_A_REGION, NOT_A_ZONE
from tpa_tf.rules.rule import Rule
from tpa_tf.rules.schema import WRONG_TYPE
from tpa_tf.rules.tags import INVALID_TAG
from tpa_tf.rules.text import DUPLICATE_KEY, NEEDS_PLAIN_VALUE

T = TypeVar("T")

_TRUE = {"yes", "true", "on", "y", "1"}
_FALSE = {"no", "false", "off", "n", "0"}
_SPELLINGS = {True: "yes, on and true", False: "no, off and false"}


def fail(rule: Rule, message: str, help: str | None = None, at: KeyPath = ()) -> NoReturn:
    """Raise the error that pydantic collects and :func:`tpa_tf.config.schema.validate` reports.

    ``at`` is the place of the fault within the value that is checked.
    """
    # The message is data, not a format: braces in it must stay as they are.
    raise PydanticCustomError(rule.id, "{text}", {"text": message, "rule": rule, "help": help, "at": at})


def rule_of(error: PydanticCustomError) -> Rule:
    """The rule that :func:`fail` was called with."""
    rule: Rule = (error.context or {})["rule"]
    return rule


def plain(value: Any) -> Any:
    """``value`` unless only Ansible can read it (a template or a tag of its own)."""
    if isinstance(value, TaggedValue):
        fail(
            NEEDS_PLAIN_VALUE,
            f"only Ansible can read a value under {value.tag}, and this one goes into Terraform",
            "write it in plain text, or remove the key",
        )
    if is_template(value):
        fail(
            NEEDS_PLAIN_VALUE,
            f"only Ansible can read the template {shown(value)}, and this value goes into Terraform",
            "write the value itself; templates are fine in vars, which the deployment alone reads",
        )
    return value


def text(value: Any) -> str:
    """Text that is not empty; a number counts as its digits."""
    value = plain(value)
    if isinstance(value, bool):
        name = str(value).lower()
        fail(
            WRONG_TYPE,
            f"{name} where text is expected",
            f"write it in quotes: YAML reads {_SPELLINGS[value]} as {name}",
        )
    if not isinstance(value, str | int | float):
        fail(WRONG_TYPE, f"{shown(value)} where text is expected", "write one value")
    result = _characters(value)
    if not result.strip():
        fail(WRONG_TYPE, "empty text where a value is expected", "write a value, or remove the key")
    return result


def _characters(value: Any) -> str:
    """A scalar as text that can be written to every file."""
    if isinstance(value, float) and not math.isfinite(value):
        fail(WRONG_TYPE, f"the number {value} where text is expected", "write text in quotes")
    result = str(value)
    if "\0" in result:
        fail(WRONG_TYPE, "a NUL character stands in text", "remove it: neither Terraform nor a shell can read it")
    return result


def normalised_name(name: str) -> str:
    """An instance's name as TPA takes it: in lower case, with ``-`` for ``_``."""
    return name.replace("_", "-").lower()


def maybe_empty_text(value: Any) -> str:
    """Text; ``''`` is a value of its own (it switches something off)."""
    return "" if value == "" else text(value)


def whole(value: Any) -> int:
    """A whole number; digits in quotes count."""
    value = plain(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        fail(WRONG_TYPE, f"{shown(value)} where a whole number is expected", "write digits alone")
    return value


def flag(value: Any) -> bool:
    """A boolean in any spelling that YAML 1.1 or Ansible takes: yes, no, true, 'no', …"""
    value = plain(value)
    if isinstance(value, bool):
        return value
    spelled = str(value).strip().lower()
    if isinstance(value, str | int) and spelled in _TRUE | _FALSE:
        return spelled in _TRUE
    fail(WRONG_TYPE, f"{shown(value)} where yes or no is expected", "write yes or no")


def region(value: Any) -> str:
    """The name of an AWS region."""
    name = text(value)
    if not is_region(name):
        guess = suggestion(name, REGIONS)
        hint = f"did you mean {guess}?" if guess else "write a region such as eu-west-1"
        if is_region(name[:-1]) and name[-1].isalpha():
            hint = f"write {name[:-1]}: {name} is a zone of this region"
        fail(NOT_A_REGION, f"{name!r} is not an AWS region", hint)
    return name


def zone(value: Any) -> str:
    """The name of an availability zone, or of a local or wavelength zone."""
    name = text(value)
    if not is_zone(name):
        fail(NOT_A_ZONE, f"{name!r} is not an availability zone", "write a region and a letter, such as eu-west-1a")
    return name


def network(value: Any) -> IPv4Network:
    """An IPv4 network in CIDR form; host bits are dropped, as EC2 does."""
    written = text(value)
    try:
        found = ip_network(written.strip(), strict=False)
    except ValueError:
        fail(INVALID_CIDR, f"{written!r} is not a range of addresses", "write an IPv4 range such as 10.33.0.0/16")
    if not isinstance(found, IPv4Network) or "/" not in written:
        fail(INVALID_CIDR, f"{written!r} is not an IPv4 range", "write it with its prefix, such as 10.33.0.0/16")
    return found


def has_host_bits(written: str) -> bool:
    """Whether ``written``, a network in CIDR form or an address, names an address inside its network."""
    interface = ip_interface(written.strip())
    return interface.ip != interface.network.network_address


@dataclass(frozen=True)
class SourceRange:
    """A range of addresses that a rule admits; host bits are dropped, as EC2 does."""

    network: IPv4Network | IPv6Network
    written: str


def source_range(value: Any) -> SourceRange:
    """An IPv4 or IPv6 network in CIDR form, or one address."""
    written = text(value).strip()
    try:
        return SourceRange(ip_network(written, strict=False), written)
    except ValueError:
        fail(
            INVALID_CIDR,
            f"{written!r} is not a range of addresses",
            "write a range such as 10.33.0.0/16 or 2001:db8::/32",
        )


def address(value: Any) -> IPv4Address:
    """An IPv4 address."""
    written = text(value)
    try:
        found = ip_address(written.strip())
    except ValueError:
        found = None
    if not isinstance(found, IPv4Address):
        fail(INVALID_ADDRESS, f"{written!r} is not an IPv4 address", "write four numbers up to 255, such as 10.33.1.9")
    return found


@dataclass(frozen=True)
class SubnetReference:
    """What an instance says of its subnet: a network, or the id of an existing subnet."""

    network: IPv4Network | None
    subnet_id: str | None
    written: str

    def __str__(self) -> str:
        return str(self.network or self.subnet_id)


def subnet_reference(value: Any) -> SubnetReference:
    """A subnet in CIDR form, or a ``subnet-…`` id."""
    written = text(value).strip()
    if written.startswith("subnet-"):
        if not re.fullmatch(r"subnet-[0-9a-z]+", written):
            fail(
                INVALID_SUBNET,
                f"{written!r} is not the id of a subnet",
                "write subnet- and hexadecimal digits, or a range",
            )
        return SubnetReference(None, written, written)
    return SubnetReference(network(value), None, written)


def tag_values(value: Any) -> dict[str, str]:
    """Tags: text by name; numbers and booleans become text as Ansible writes them (``yes`` is ``True``)."""
    value = plain(value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        fail(
            WRONG_TYPE, f"{shown(value)} where a mapping of tags is expected", "write keys and values, such as Team: db"
        )
    found: dict[str, str] = {}
    for key, each in value.items():
        name = text(key)
        if name in found:
            fail(DUPLICATE_KEY, f"the key {name!r} is given twice, once as a number", "keep one of them", at=(key,))
        if name == "__proto__":
            fail(
                INVALID_TAG,
                f"{name!r} can't be the key of a tag",
                "choose another key: JavaScript, and CDKTF with it, loses this one",
                at=(key,),
            )
        try:
            found[name] = tag_value(key, each)
        except PydanticCustomError as error:
            fail(rule_of(error), error.message(), (error.context or {}).get("help"), at=(key,))
    return found


def tag_value(key: Any, value: Any) -> str:
    """The value of ``key`` as text."""
    value = plain(value)
    if value is None or isinstance(value, dict | list):
        fail(WRONG_TYPE, f"{key} holds {shown(value)} where text is expected", "write '' for an empty one")
    return _characters(value)


def list_of(check: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """A check for one value or a list of them, which may hold lists again."""

    def values(value: Any) -> tuple[T, ...]:
        if isinstance(value, list):
            return tuple(each for item in value for each in values(item))
        return (check(value),)

    return values


def split_list_of(check: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """A check for a list, or for text that holds one: Ansible splits at commas what its modules take as a list.

    Only text that stands for the whole list is split; in an entry of a list a comma is a character.
    """
    values = list_of(check)

    def parts(value: Any) -> tuple[T, ...]:
        value = plain(value)
        return values([type(value)(part.strip()) for part in value.split(",")] if isinstance(value, str) else value)

    return parts


def filters(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Describe… filters, sorted by name: a scalar or a list a name; booleans as AWS writes them (``true``)."""
    value = plain(value)
    if not isinstance(value, dict) or not value:
        fail(
            WRONG_TYPE,
            f"{shown(value)} where filters are expected",
            "write names and values of filters, such as vpc-id: vpc-0abc",
        )

    def one(each: Any) -> str:
        if isinstance(plain(each), bool):
            return "true" if each else "false"
        return text(each)

    found: dict[str, tuple[str, ...]] = {}
    for key, values in value.items():
        found[_filter_name(text(key))] = tuple(dict.fromkeys(list_of(one)(values)))
    return tuple(sorted(found.items()))


def _filter_name(name: str) -> str:
    """Ansible's modules take ``_`` for ``-`` in filter names; tags keep their names."""
    return name if name.startswith("tag:") else name.replace("_", "-")


_SCALAR = {"type": ["string", "number"]}
_SCALARS = {"type": ["string", "number", "array"]}
_ADDRESS = r"^\s*[0-9]{1,3}([.][0-9]{1,3}){3}\s*$"
_RANGE = r"^\s*[0-9]{1,3}([.][0-9]{1,3}){3}/[0-9.]+\s*$"
_FLAG = r"^\s*([Yy]|[Yy][Ee][Ss]|[Tt][Rr][Uu][Ee]|[Oo][Nn]|[Nn]|[Nn][Oo]|[Ff][Aa][Ll][Ss][Ee]|[Oo][Ff][Ff]|[01])\s*$"

# Each with its form for editors, which is as wide as the check or wider.
Text = Annotated[str, PlainValidator(text), WithJsonSchema({**_SCALAR, "pattern": r"\S"})]
MaybeEmptyText = Annotated[str, PlainValidator(maybe_empty_text), WithJsonSchema(_SCALAR)]
Whole = Annotated[
    int, PlainValidator(whole), WithJsonSchema({"type": ["integer", "string"], "pattern": r"^\s*-?[0-9]+\s*$"})
]
Flag = Annotated[
    bool,
    PlainValidator(flag),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no", 0, 1]}, {"type": "string", "pattern": _FLAG}]}
    ),
]
Region = Annotated[
    str,
    PlainValidator(region),
    WithJsonSchema({"type": "string", "anyOf": [{"enum": sorted(REGIONS)}, {"pattern": f"^{REGION}$"}]}),
]
Zone = Annotated[str, PlainValidator(zone), WithJsonSchema({"type": "string", "pattern": f"^{ZONE}$"})]
Network = Annotated[IPv4Network, PlainValidator(network), WithJsonSchema({"type": "string", "pattern": _RANGE})]
Address = Annotated[IPv4Address, PlainValidator(address), WithJsonSchema({"type": "string", "pattern": _ADDRESS})]
Subnet = Annotated[
    SubnetReference,
    PlainValidator(subnet_reference),
    WithJsonSchema({"type": "string", "anyOf": [{"pattern": _RANGE}, {"pattern": r"^\s*subnet-[0-9a-z]+\s*$"}]}),
]
TagValues = Annotated[
    dict[str, str],
    PlainValidator(tag_values),
    WithJsonSchema({"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean"]}}),
]
FilterValues = Annotated[
    tuple[tuple[str, tuple[str, ...]], ...],
    PlainValidator(filters),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["string", "number", "boolean", "array"]},
        }
    ),
]
Texts = Annotated[tuple[str, ...], PlainValidator(list_of(text)), WithJsonSchema(_SCALARS)]
SplitTexts = Annotated[tuple[str, ...], PlainValidator(split_list_of(text)), WithJsonSchema(_SCALARS)]
SourceRanges = Annotated[
    tuple[SourceRange, ...],
    PlainValidator(split_list_of(source_range)),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": ["string", "array"]}}),
]
