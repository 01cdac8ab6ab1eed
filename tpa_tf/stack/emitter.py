"""Terraform blocks as CDKTF constructs: every block of a stack is made here, under the address that it is given.

Text is literal: what Terraform would take for a template in it is escaped. Only an :class:`Expr` is an expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tpa_tf.stack import bindings

# What CDKTF takes for one of its own tokens wherever it finds it.
_TOKEN = re.compile(r"(?<=\{)T(?=fToken\[)|^S(?=tring Map Token Value$)|^A(?=ny Map Token Value$)")

_LAST_SIGNS = re.compile(r"[$%]+\Z")


class Expr(str):
    """Text in which Terraform evaluates ``${…}`` and ``%{…}``."""


def escape(text: str) -> str:
    """``text`` so that a Terraform template yields it as it is."""
    return _TOKEN.sub(r'${"\g<0>"}', text.replace("${", "$${").replace("%{", "%%{"))


def template(*parts: str) -> Expr:
    """The parts one after another: text is escaped, expressions are evaluated."""
    joined = ""
    for part in parts:
        if isinstance(part, Expr) and part.startswith(("${", "%{")):
            # A sign right before them would make an escape sequence of them.
            joined = _LAST_SIGNS.sub(r'${"\g<0>"}', joined)
        joined += part if isinstance(part, Expr) else escape(part)
    return Expr(joined)


def quoted(text: str) -> str:
    """Literal ``text`` as a string within an expression."""
    return escape(json.dumps(text, ensure_ascii=False))


def postcondition(condition: str, message: str | Expr) -> dict[str, Any]:
    """A condition on ``self`` that fails the plan (the apply, where it can't be known before) with ``message``."""
    return {"condition": Expr(f"${{{condition}}}"), "error_message": message}


@dataclass(frozen=True)
class Block:
    """A resource or data source that has been made."""

    address: str
    """``aws_vpc.eu_west_1``, ``data.aws_vpc.eu_west_1``: also what an expression calls it."""
    construct: Any

    def attribute(self, name: str) -> Expr:
        """Its attribute ``name`` (also ``x[0].y``) as a whole expression."""
        return Expr(f"${{{self.address}.{name}}}")


class Stack:
    """A CDKTF stack with blocks at addresses of our choice; one address for two blocks is a ValueError."""

    def __init__(self, app: Any, name: str) -> None:
        self.construct: Any = bindings.core().TerraformStack(app, name)
        self._providers: dict[str, Any] = {}
        self._addresses: set[str] = set()

    def provider(self, region: str, alias: str, arguments: Mapping[str, Any]) -> None:
        """The AWS provider of ``region``, with ``arguments`` besides."""
        made = bindings.provider_class()(self.construct, self._claim(f"provider.{alias}"), region=region, alias=alias)
        for key in sorted(arguments):
            made.add_override(key, literal(arguments[key]))
        self._providers[region] = made

    def resource(
        self,
        kind: str,
        name: str,
        region: str,
        /,
        *,
        depends_on: Iterable[Block] = (),
        overrides: Mapping[str, Any] = MappingProxyType({}),
        **arguments: Any,
    ) -> Block:
        """The resource ``kind.name``, made by the provider of ``region``; arguments that are None are left out.

        ``overrides`` are arguments that the bindings can't express, such as one expression for a whole list.
        """
        made = self._block(bindings.resource_class(kind), f"{kind}.{name}", region, depends_on, arguments)
        for key, value in overrides.items():
            made.construct.add_override(key, literal(value))
        return made

    def data(self, kind: str, name: str, region: str, /, **arguments: Any) -> Block:
        """The data source ``data.kind.name``, read through the provider of ``region``."""
        return self._block(bindings.data_class(kind), f"data.{kind}.{name}", region, (), arguments)

    def settings(self, backend: str, arguments: Mapping[str, Any], required_version: str) -> None:
        """The ``terraform`` block; Terraform takes all of it as it is, escaping nothing. ``cloud`` is a backend too."""
        bindings.backend_class()(self.construct, backend, dict(arguments))
        self.construct.add_override("terraform.required_version", required_version)
        self.construct.add_override("terraform.required_providers.aws.source", "hashicorp/aws")

    def moved(self, moves: Iterable[tuple[str, str]]) -> None:
        """``moved`` blocks, from old addresses to new ones; at most one call a stack."""
        blocks = [{"from": old, "to": new} for old, new in moves]
        if blocks:
            self.construct.add_override("moved", blocks)

    def variable(self, name: str, /, **arguments: Any) -> Expr:
        """A string variable and the expression for it. Terraform takes its arguments as they are, escaping nothing."""
        made = bindings.core().TerraformVariable(
            self.construct, self._claim(f"var.{name}"), type="string", nullable=False, **arguments
        )
        made.override_logical_id(name)
        return Expr(f"${{var.{name}}}")

    def output(self, name: str, value: Any, description: str) -> None:
        """An output."""
        made = bindings.core().TerraformOutput(
            self.construct, self._claim(name), value=literal(value), description=description
        )
        made.override_logical_id(name)

    def _block(
        self,
        construct: Any,
        address: str,
        region: str,
        depends_on: Iterable[Block],
        arguments: Mapping[str, Any],
    ) -> Block:
        needed = sorted(depends_on, key=lambda block: block.address)
        made = construct(
            self.construct,
            self._claim(address),
            provider=self._providers[region],
            depends_on=[block.construct for block in needed] or None,
            **{key: _argument(literal(value)) for key, value in arguments.items() if value is not None},
        )
        made.override_logical_id(address.rpartition(".")[2])
        return Block(address, made)

    def _claim(self, address: str) -> str:
        if address in self._addresses:
            raise ValueError(f"two blocks at the address {address}")
        self._addresses.add(address)
        return address


def literal(value: Any) -> Any:
    """``value`` as plain data for Terraform JSON, with its text escaped, also in the keys of maps."""
    if isinstance(value, Expr):
        return str(value)
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Mapping):
        return {literal(key): literal(each) for key, each in value.items() if each is not None}
    if isinstance(value, Sequence):
        return [literal(each) for each in value]
    return value


def _argument(value: Any, *, in_list: bool = False) -> Any:
    """Plain data as an argument of a construct.

    A mapping within a list is a nested block, of which jsii wants the keys in camelCase; elsewhere the bindings make
    a block of a mapping themselves, or it is a map, the keys of which are data.
    """
    if isinstance(value, dict):
        if in_list:
            return {_camel_case(key): _argument(each, in_list=key != "tags") for key, each in value.items()}
        return {key: _argument(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_argument(each, in_list=True) for each in value]
    return value


def _camel_case(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)
