"""Terraform's blocks as immutable values. None of them knows how it is written: that is the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from tpa_tf.terraform.expressions import Address, Expr, Text, Value, expr, operand, ref, template

Origin: TypeAlias = tuple[str | int, ...]
"""The key of the input that asks for a block, from the top: ``("instances", 2, "Name")``; empty where none does."""

DATA = "data."
"""How the address of a data source begins."""


@dataclass(frozen=True)
class Guard:
    """A condition on one argument of a block, which fails the plan (the apply, where only that can tell)."""

    argument: str
    """What it protects, as ResourceType names it: ``root_block_device.encrypted``."""
    condition: Expr
    """On ``self``."""
    wanted: Value
    """What the argument must be."""
    problem: Text
    """What is wrong where the condition doesn't hold, in one sentence."""
    remedy: Text
    """What to do."""

    @property
    def message(self) -> Text:
        """What Terraform says where the condition doesn't hold."""
        return template(self.problem, " ", self.remedy)


def holds(argument: str, wanted: Value, problem: Text, remedy: Text, *, attribute: str = "") -> Guard:
    """A guard that ``argument`` is ``wanted``; the provider calls it ``attribute``, if not the same."""
    actual = expr("self.", self_path(attribute or argument))
    condition = actual if wanted is True else expr(actual, " == ", operand(wanted))
    return Guard(argument, condition, wanted, problem, remedy)


def self_path(argument: str) -> str:
    """An argument of a single nested block in an expression: ``root_block_device[0].encrypted``."""
    return argument.replace(".", "[0].")


@dataclass(frozen=True)
class Requirement:
    """A condition on what is around a block, which fails the plan before the block's own arguments are evaluated.

    What depends on the block is not evaluated either.
    """

    condition: Expr
    message: Text
    """What Terraform says where the condition doesn't hold."""


@dataclass(frozen=True)
class Lifecycle:
    """What Terraform is told to do, and not to do, with a block."""

    ignored: tuple[str, ...] = ()
    """Arguments, as ResourceType names them, a difference of which is no reason to change anything."""
    prevent_destroy: bool = False
    guards: tuple[Guard, ...] = ()
    requires: tuple[Requirement, ...] = ()


NO_LIFECYCLE = Lifecycle()


@dataclass(frozen=True)
class _Block:
    type: str
    """``aws_ebs_volume``."""
    name: str
    """``kelp_sdf``."""
    provider: str
    """``aws.eu_west_1``."""
    arguments: Mapping[str, Value]
    lifecycle: Lifecycle = NO_LIFECYCLE
    depends_on: tuple[Address, ...] = ()
    """Sorted."""
    origin: Origin = field(default=(), compare=False)
    named: str = field(default="", compare=False)
    """What people call it: ``the instance kelp``."""

    prefix: ClassVar[str] = ""

    @property
    def address(self) -> Address:
        """Where it is in its stack: also what an expression calls it."""
        return f"{self.prefix}{self.type}.{self.name}"

    def attribute(self, name: str) -> Expr:
        """Its attribute ``name`` (also ``x[0].y``)."""
        return ref(self.address, name)


@dataclass(frozen=True)
class Resource(_Block):
    """Something that Terraform makes and changes."""

    for_each: Expr | None = None


@dataclass(frozen=True)
class Data(_Block):
    """A data source: something that Terraform only reads."""

    prefix: ClassVar[str] = DATA


@dataclass(frozen=True)
class Provider:
    """A provider, which other blocks name by its alias."""

    name: str
    """``aws``."""
    alias: str
    arguments: Mapping[str, Value]
    origin: Origin = field(default=(), compare=False)

    @property
    def address(self) -> Address:
        """What other blocks call it: ``aws.eu_west_1``."""
        return f"{self.name}.{self.alias}"


@dataclass(frozen=True)
class Variable:
    """A variable that holds text. Terraform takes its default as it is, escaping nothing."""

    name: str
    default: str
    description: str

    @property
    def address(self) -> Address:
        """What an expression calls it."""
        return f"var.{self.name}"


@dataclass(frozen=True)
class Output:
    """An output."""

    name: str
    value: Value
    description: str

    @property
    def address(self) -> Address:
        """Its own in the stack; nothing refers to it."""
        return f"output.{self.name}"


@dataclass(frozen=True)
class Moved:
    """What is at one address in the state belongs at another one."""

    source: Address
    target: Address


@dataclass(frozen=True)
class Import:
    """Something that exists comes into the state, at the address of the resource that describes it."""

    target: Address
    id: str
    """As the resource type's ``import_id`` forms it."""
    provider: str


@dataclass(frozen=True)
class Removed:
    """What is at an address in the state, and no resource describes, is forgotten or destroyed (Terraform 1.7)."""

    source: Address
    destroy: bool


@dataclass(frozen=True)
class Settings:
    """The ``terraform`` block; Terraform takes all of it as it is, escaping nothing."""

    backend: str
    """A type of backend, or ``cloud``."""
    backend_arguments: Mapping[str, object]
    required_version: str
    required_providers: Mapping[str, Mapping[str, str]]
    """``source`` and ``version`` of each, by its local name."""
