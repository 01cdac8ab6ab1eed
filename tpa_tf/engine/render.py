"""A stack as CDKTF constructs: one construct for each block, at the block's address."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tpa_tf.engine import bindings
from tpa_tf.terraform.blocks import (
    Data,
    Guard,
    Lifecycle,
    Output,
    Provider,
    Requirement,
    Resource,
    Settings,
    Variable,
    self_path,
)
from tpa_tf.terraform.expressions import Expr, written
from tpa_tf.terraform.stack import NAMES_OF_OBJECTS, Stack

# What CDKTF takes for one of its own tokens wherever it finds it.
_TOKEN = re.compile(r"(?<=\{)T(?=fToken\[)|^S(?=tring Map Token Value$)|^A(?=ny Map Token Value$)")

_HIDDEN = "Default"
"""The id of a construct that CDKTF leaves out of names."""
_BACKEND = "backend"
"""The id of the backend within its stack."""
_NO_IDS = {_HIDDEN, _BACKEND, *NAMES_OF_OBJECTS}
_LONGEST_ID = 255
"""Characters: CDKTF makes another name of a longer id."""


def add_stack(app: Any, stack: Stack) -> None:
    """Add ``stack`` to the CDKTF app. ValueError if two of its blocks share an address."""
    if stack.collisions:
        raise ValueError(f"two blocks at the address {stack.collisions[0].address}")
    construct = bindings.core().TerraformStack(app, stack.name)
    _settings(construct, stack.settings)
    providers: dict[str, Any] = {}
    made: dict[str, Any] = {}
    scopes = _Scopes(construct)
    # Outputs come first: CDKTF notes in the stack where it has them.
    for address, block in sorted(stack.blocks.items(), key=lambda entry: not isinstance(entry[1], Output)):
        if isinstance(block, Output):
            _output(scopes.free_for(block.name), block)
        elif isinstance(block, Provider):
            providers[address] = _provider(construct, block)
        elif isinstance(block, Variable):
            _variable(construct, block)
        else:
            made[address] = _thing(scopes.free_for(block.name), block, providers, made)
    for name, blocks in _of_the_state(stack).items():
        if blocks:
            construct.add_override(name, blocks)


def _settings(construct: Any, settings: Settings) -> None:
    bindings.backend_class()(construct, _BACKEND, settings.backend, dict(settings.backend_arguments))
    construct.add_override("terraform.required_version", settings.required_version)
    for name, wanted in settings.required_providers.items():
        for key, value in wanted.items():
            construct.add_override(f"terraform.required_providers.{name}.{key}", value)


def _provider(construct: Any, provider: Provider) -> Any:
    arguments = dict(provider.arguments)
    made = bindings.provider_class()(
        construct, f"provider.{provider.alias}", region=arguments.pop("region"), alias=provider.alias
    )
    for name in sorted(arguments):
        made.add_override(name, _plain(arguments[name]))
    return made


def _variable(construct: Any, variable: Variable) -> None:
    made = bindings.core().TerraformVariable(
        construct,
        variable.address,
        type="string",
        nullable=False,
        default=variable.default,
        description=variable.description,
    )
    made.override_logical_id(variable.name)


def _output(scope: Any, output: Output) -> None:
    made = bindings.core().TerraformOutput(
        scope, output.name, value=_plain(output.value), description=output.description
    )
    made.override_logical_id(output.name)


class _Scopes:
    """Scopes within a stack, in which a construct's own id becomes its name in Terraform.

    Ids are unique within a scope, and a scope called ``Default`` is no part of a name. To give a construct its name by
    another call instead would double the number of calls.
    """

    def __init__(self, stack: Any) -> None:
        self._scopes = [stack]
        self._taken: Counter[str] = Counter()

    def free_for(self, name: str) -> Any:
        """A scope in which the id ``name`` is free."""
        number = self._taken[name]
        self._taken[name] += 1
        while number >= len(self._scopes):
            self._scopes.append(bindings.construct_class()(self._scopes[-1], _HIDDEN))
        return self._scopes[number]


def _thing(scope: Any, block: Resource | Data, providers: Mapping[str, Any], made: Mapping[str, Any]) -> Any:
    kind = bindings.data_class(block.type) if isinstance(block, Data) else bindings.resource_class(block.type)
    whole = {
        name: value
        for name, value in block.arguments.items()
        if isinstance(value, Expr) and name in _list_arguments(kind)
    }
    arguments = {name: _argument(_plain(value)) for name, value in block.arguments.items() if name not in whole}
    own_id = block.name not in _NO_IDS and len(block.name) <= _LONGEST_ID
    thing = kind(
        scope,
        block.name if own_id else block.address,
        provider=providers[block.provider],
        depends_on=[made[address] for address in block.depends_on] or None,
        lifecycle=_lifecycle(block.lifecycle),
        **arguments,
    )
    if not own_id:
        thing.override_logical_id(block.name)
    # The bindings take no single expression for a whole list.
    for name, value in whole.items():
        thing.add_override(name, _plain(value))
    if isinstance(block, Resource) and block.for_each:
        thing.add_override("for_each", _plain(block.for_each))
    return thing


def _lifecycle(lifecycle: Lifecycle) -> dict[str, Any] | None:
    settings = {
        "prevent_destroy": lifecycle.prevent_destroy or None,
        "ignore_changes": [self_path(name) for name in lifecycle.ignored] or None,
        "precondition": [_condition(each) for each in lifecycle.requires] or None,
        "postcondition": [_condition(guard) for guard in lifecycle.guards] or None,
    }
    return {name: value for name, value in settings.items() if value is not None} or None


def _condition(condition: Guard | Requirement) -> dict[str, Any]:
    return {"condition": _plain(condition.condition), "errorMessage": _plain(condition.message)}


def _of_the_state(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """The blocks that are about what the state has: of each kind a list."""
    return {
        "moved": [{"from": move.source, "to": move.target} for move in stack.moved],
        "import": [{"to": one.target, "id": one.id, "provider": one.provider} for one in stack.imports],
        "removed": [{"from": gone.source, "lifecycle": {"destroy": gone.destroy}} for gone in stack.removed],
    }


def _plain(value: Any) -> Any:
    """A value as plain data for Terraform JSON, in which CDKTF finds no token of its own."""
    return _hidden(written(value))


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return _TOKEN.sub(r'${"\g<0>"}', value) if "Token" in value else value
    if isinstance(value, dict):
        return {_hidden(key): _hidden(inner) for key, inner in value.items()}
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value


def _argument(value: Any, *, in_list: bool = False) -> Any:
    """Plain data as an argument of a construct.

    A mapping within a list is a nested block, of which jsii wants the keys in camelCase; elsewhere the bindings make
    a block of a mapping themselves, or it is a map, the keys of which are data.
    """
    if isinstance(value, dict):
        if in_list:
            return {_camel_case(key): _argument(inner, in_list=key != "tags") for key, inner in value.items()}
        return {key: _argument(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_argument(inner, in_list=True) for inner in value]
    return value


def _camel_case(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)


@functools.cache
def _list_arguments(kind: Any) -> frozenset[str]:
    """The arguments of a construct class that are lists."""
    return frozenset(name for name, hint in kind.__init__.__annotations__.items() if Sequence.__name__ in str(hint))
