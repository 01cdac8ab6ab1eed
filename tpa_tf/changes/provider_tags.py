"""What a provider's own ``default_tags`` and ``ignore_tags`` do to a resource that has tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tpa_tf.terraform.blocks import Data, Provider, Resource
from tpa_tf.terraform.expressions import Value


def retagged(before: Provider | None, after: Provider | None, block: Resource | Data) -> bool:
    """Whether ``block`` is updated because its provider has other tags for it, or other ones to leave alone."""
    own = "override_provider" not in block.arguments  # such a resource goes without the provider's tags
    default = [_tags(provider) if own else {} for provider in (before, after)]
    if default[0] != default[1]:
        return True
    tags = {*_mapping(block.arguments.get("tags")), *default[1]}
    ignored = [frozenset(_ignored(provider, tags)) for provider in (before, after)]
    return ignored[0] != ignored[1]


def _tags(provider: Provider | None) -> Mapping[str, Value]:
    return {
        name: value for each in _blocks(provider, "default_tags") for name, value in _mapping(each.get("tags")).items()
    }


def _ignored(provider: Provider | None, tags: Iterable[str]) -> Iterator[str]:
    """Those of ``tags`` that the provider leaves alone."""
    for block in _blocks(provider, "ignore_tags"):
        keys, prefixes = (tuple(map(str, _list(block.get(name)))) for name in ("keys", "key_prefixes"))
        yield from (tag for tag in tags if tag in keys or tag.startswith(prefixes))


def _blocks(provider: Provider | None, name: str) -> Iterator[Mapping[str, Value]]:
    for each in _list(provider.arguments.get(name)) if provider else ():
        yield _mapping(each)


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Value) -> Iterable[Value]:
    return value if isinstance(value, (list, tuple)) else ()
