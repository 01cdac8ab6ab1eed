"""A stack in memory: every block under its address, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from tpa_tf.terraform.blocks import (
    NO_LIFECYCLE,
    Data,
    Import,
    Lifecycle,
    Moved,
    Origin,
    Output,
    Provider,
    Removed,
    Resource,
    Settings,
    Variable,
)
from tpa_tf.terraform.expressions import Address, Expr, Value

Block = Resource | Data | Provider | Variable | Output
_Block = TypeVar("_Block", Resource, Data, Provider, Variable, Output)

NAMES_OF_OBJECTS = frozenset(
    {
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString"),
        *("valueOf", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    }
)
"""Names that every object of JavaScript has from the start: CDKTF takes them for taken."""


@dataclass(frozen=True)
class Collision:
    """Two blocks that would share an address: the second one is not in the stack."""

    address: Address
    first: Resource | Data
    second: Resource | Data


class Stack:
    """Blocks by address, and what Terraform is told of its state besides."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self._blocks: dict[Address, Block] = {}
        self._collisions: list[Collision] = []
        self.moved: tuple[Moved, ...] = ()
        self.imports: tuple[Import, ...] = ()
        self.removed: tuple[Removed, ...] = ()
        self.files: dict[str, bytes] = {}
        """The cluster's own files that stand beside the JSON, by name."""
        self.found: dict[Address, Mapping[str, Value]] = {}
        """What a record has of things that exist, by the address of the resource that would make them: the arguments
        by which they can be told from others, ``tags.Name`` and ``filter`` (by which they were asked for) among them.
        The stack itself has their ids."""

    @property
    def blocks(self) -> Mapping[Address, Block]:
        """Every block, in the order in which they came."""
        return MappingProxyType(self._blocks)

    @property
    def things(self) -> Mapping[Address, Resource | Data]:
        """The resources and data sources among the blocks."""
        return {address: block for address, block in self._blocks.items() if isinstance(block, (Resource, Data))}

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The providers among the blocks, by what other blocks call them."""
        return {address: block for address, block in self._blocks.items() if isinstance(block, Provider)}

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """Blocks that were left out because their address was taken; where there is one, nothing may be written."""
        return tuple(self._collisions)

    def add(self, block: _Block) -> _Block:
        """Take ``block`` in, unless its address is taken; gives it back in any case."""
        first = self._blocks.setdefault(block.address, block)
        if first is not block:
            assert isinstance(first, (Resource, Data)) and isinstance(block, (Resource, Data)), block.address
            self._collisions.append(Collision(block.address, first, block))
        return block

    def resource(
        self,
        type: str,
        name: str,
        provider: str,
        /,
        *,
        lifecycle: Lifecycle = NO_LIFECYCLE,
        depends_on: Iterable[Resource | Data] = (),
        for_each: Expr | None = None,
        origin: Origin = (),
        named: str = "",
        **arguments: Value,
    ) -> Resource:
        """Add a resource; arguments that are None are left out."""
        needed = tuple(sorted(block.address for block in depends_on))
        return self.add(Resource(type, name, provider, _given(arguments), lifecycle, needed, origin, named, for_each))

    def data(
        self,
        type: str,
        name: str,
        provider: str,
        /,
        *,
        lifecycle: Lifecycle = NO_LIFECYCLE,
        origin: Origin = (),
        named: str = "",
        **arguments: Value,
    ) -> Data:
        """Add a data source; arguments that are None are left out."""
        return self.add(Data(type, name, provider, _given(arguments), lifecycle, (), origin, named))


def _given(arguments: Mapping[str, Value]) -> Mapping[str, Value]:
    return {name: value for name, value in arguments.items() if value is not None}
