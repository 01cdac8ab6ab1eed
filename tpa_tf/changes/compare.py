"""Two synthesized stacks compared address by address: what Terraform will plan, without AWS and without a state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tpa_tf.changes.effects import CREATE, DELETE, NOTHING, REPLACE, UPDATE, Actions, kind_of
from tpa_tf.changes.provider import ARGUMENTS, DEFAULTS, META_ARGUMENTS, same_processor

_REFERENCE = re.compile(r"(?<![\w.-])((?:data\.)?aws_\w+\.[A-Za-z_][\w-]*)\.(\w+)")
_ROOT_DEVICE = re.compile(r"data\.aws_ami\.[\w-]+\.root_device_name")
_DATA = "data."
# What is the same wherever it is asked for: a change of the provider's region says nothing.
_GLOBAL = ("aws_iam_", "aws_route53_")


@dataclass(frozen=True)
class Block:
    """A resource or data source of a stack."""

    address: str
    arguments: Mapping[str, Any]
    """Without those of Terraform itself; those of a single nested block are ``block.argument``."""
    provider: str
    ignored: frozenset[str]
    conditions: str
    """The postconditions, as text."""
    guarded: bool
    """Whether Terraform refuses to destroy it (``prevent_destroy``)."""


@dataclass(frozen=True)
class Change:
    """What Terraform does with one address, and why."""

    address: str
    actions: Actions
    old: Block | None
    new: Block | None
    arguments: frozenset[str] = frozenset()
    """Those that change."""
    held_back: frozenset[str] = frozenset()
    """Those that differ, and that Terraform is told to ignore."""
    causes: frozenset[str] = frozenset()
    """Addresses because of which arguments change that read the same."""
    elsewhere: bool = False
    """Whether it is to be in another region: Terraform does not see the old one any more."""
    uncertain: bool = False
    """Of a lookup: whether it asks in another way, and may well find the same."""


@dataclass(frozen=True)
class Stack:
    """A stack as parsed Terraform JSON."""

    content: Mapping[str, Any]
    blocks: Mapping[str, Block] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", {block.address: block for block in _blocks(self.content)})

    @property
    def providers(self) -> Mapping[str, Mapping[str, Any]]:
        """The arguments of each provider, by its name with alias: ``aws.eu_west_1``."""
        return {f"aws.{each['alias']}": each for each in self.content["provider"]["aws"]}

    @property
    def moves(self) -> tuple[tuple[str, str], ...]:
        """``moved`` blocks, from old address to new."""
        return tuple((each["from"], each["to"]) for each in self.content.get("moved", ()))


class Comparison:
    """What changes from one stack to the next, its ``moved`` blocks taken into account.

    ``handed_over`` are the addresses of what the old stack makes, and the new one looks up under the same name.
    """

    def __init__(self, old: Stack, new: Stack) -> None:
        starts = {start for start, _ in new.moves if start in old.blocks}
        self.moved = {
            start: end for start, end in new.moves if start in starts and (end not in old.blocks or end in starts)
        }
        renamed = _renamed(old, self.moved)
        self.handed_over = {address for address in renamed.blocks if _is_found(address, renamed, new)}
        # What was made and is now looked up is most likely the same thing: what refers to it stays as it is.
        self.old = _referring(renamed, {address: f"{_DATA}{address}" for address in self.handed_over})
        self.new = new
        self._changes: dict[str, Change] = {}

    def changes(self) -> tuple[Change, ...]:
        """One change for each address in either stack, sorted."""
        return tuple(self.change(address) for address in sorted(self.old.blocks.keys() | self.new.blocks.keys()))

    def change(self, address: str) -> Change:
        """What happens to ``address``, which is in one of the stacks."""
        if address not in self._changes:
            self._changes[address] = self._compare(self.old.blocks.get(address), self.new.blocks.get(address))
        return self._changes[address]

    def settles(self, value: Any) -> Any:
        """The literal that a text stands for in the old stack; None if only AWS knows it."""
        match = _REFERENCE.fullmatch(value[2:-1]) if isinstance(value, str) and value.startswith("${") else None
        if match is None:
            return value if not isinstance(value, str) or "${" not in value else None
        block = self.old.blocks.get(match[1]) or self.new.blocks.get(match[1])
        return self.settles(block.arguments.get(match[2])) if block else None

    def _compare(self, old: Block | None, new: Block | None) -> Change:
        if old is None or new is None:
            some = new or old
            assert some
            data = some.address.startswith(_DATA)
            if new and data and (made := new.address.removeprefix(_DATA)) in self.handed_over:
                others = _certainly_others(self.old.blocks[made], new)
                return Change(new.address, NOTHING, None, new, others, uncertain=not others)
            return Change(some.address, NOTHING if data else (CREATE if new else DELETE), old, new)
        kind = kind_of(new.address)
        if old.provider != new.provider and not new.address.startswith(_DATA) and not kind.startswith(_GLOBAL):
            return Change(new.address, CREATE, old, new, elsewhere=True)
        different = {name: self._differs(old, new, name) for name in old.arguments.keys() | new.arguments.keys()}
        changed = {name: causes for name, causes in different.items() if causes is not None}
        held_back = frozenset(changed) & new.ignored
        arguments = frozenset(changed) - new.ignored
        causes = frozenset(cause for name in arguments for cause in changed[name] or ())
        return Change(
            new.address,
            self._actions(old, new, arguments),
            old,
            new,
            arguments,
            held_back,
            causes,
            uncertain=new.address.startswith(_DATA) and _way_of_asking(old) != _way_of_asking(new),
        )

    def _actions(self, old: Block, new: Block, arguments: frozenset[str]) -> Actions:
        if new.address.startswith(_DATA) or not (arguments or self._retagged(new)):
            return NOTHING
        if arguments & ARGUMENTS[kind_of(new.address)].replacing:
            return REPLACE
        if "instance_type" in arguments and not same_processor(*(b.arguments["instance_type"] for b in (old, new))):
            return REPLACE
        return UPDATE

    def _retagged(self, new: Block) -> bool:
        """Whether the provider's own tags change, which are on everything that can have tags."""
        before, after = (stack.providers.get(new.provider, {}).get("default_tags") for stack in (self.old, self.new))
        return before != after and ARGUMENTS[kind_of(new.address)].tags_all

    def _differs(self, old: Block, new: Block, name: str) -> tuple[str, ...] | None:
        """Because of which addresses an argument changes; empty: because it reads another way; None: it does not."""
        managed = not new.address.startswith(_DATA)
        if managed and name not in new.arguments and name in ARGUMENTS[kind_of(new.address)].kept:
            return None
        value = new.arguments.get(name)
        unset = DEFAULTS.get((kind_of(new.address), name)) if managed else None
        if old.arguments.get(name, unset) != new.arguments.get(name, unset):
            return ()
        return (
            tuple(
                address
                for address, attribute in references(value)
                if self._anew(address, attribute) or (not managed and self._pending(address))
            )
            or None
        )

    def _pending(self, address: str) -> bool:
        """Whether anything changes at ``address``: Terraform puts off lookups that refer to it until that is done."""
        return address in self.new.blocks and self.change(address).actions != NOTHING

    def _anew(self, address: str, attribute: str) -> bool:
        """Whether an attribute has another value after the change, or one that nobody knows before it."""
        if address not in self.new.blocks:
            return False
        change = self.change(address)
        if address.startswith(_DATA):
            return bool(change.arguments) and not change.uncertain
        if change.actions in (NOTHING, UPDATE):
            return attribute in change.arguments
        given = change.new.arguments.get(attribute) if change.new else None
        before = change.old.arguments.get(attribute) if change.old else None
        return given is None or given != before


def _blocks(content: Mapping[str, Any]) -> Iterator[Block]:
    for section, prefix in (("resource", ""), ("data", _DATA)):
        for kind, named in content.get(section, {}).items():
            for name, block in named.items():
                lifecycle = block.get("lifecycle", {})
                yield Block(
                    f"{prefix}{kind}.{name}",
                    dict(_arguments(block)),
                    block["provider"],
                    frozenset(each.replace("[0]", "") for each in lifecycle.get("ignore_changes", ())),
                    json.dumps(lifecycle.get("postcondition", [])),
                    bool(lifecycle.get("prevent_destroy")),
                )


def _arguments(block: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in block.items():
        if name in META_ARGUMENTS:
            continue
        if name == "root_block_device":
            for inner, each in value.items():
                yield f"{name}.{inner}", _same_device(each)
        else:
            yield name, value


def references(value: Any) -> Iterable[tuple[str, str]]:
    """Address and attribute of everything that is referred to anywhere in ``value``, sorted."""
    return sorted(set(_REFERENCE.findall(json.dumps(value))))


def _same_device(value: Any) -> Any:
    """Tags of a root volume without the image in them: most images call their root device the same."""
    return json.loads(_ROOT_DEVICE.sub("root_device_name", json.dumps(value)))


def _way_of_asking(lookup: Block) -> set[str]:
    """What a lookup is given: another value for the same thing means that another one is wanted."""
    return {*lookup.arguments, *(each["name"] for each in lookup.arguments.get("filter", ()))}


def _is_found(address: str, old: Stack, new: Stack) -> bool:
    """Whether the old stack makes what is at ``address``, and the new one looks it up instead."""
    found = f"{_DATA}{address}"
    return address not in new.blocks and found in new.blocks and found not in old.blocks


def _certainly_others(made: Block, found: Block) -> frozenset[str]:
    """The arguments by which what is looked up can't be what was made: another name, another range."""
    both = {
        name: (made.arguments[name], value)
        for name, value in found.arguments.items()
        if name in made.arguments and isinstance(value, str) and "${" not in value
    }
    return frozenset(name for name, (old, new) in both.items() if not _may_be(old, new))


def _may_be(value: Any, literal: str) -> bool:
    """Whether ``value``, in which AWS may have to fill in something, can be ``literal``."""
    pattern = ".+".join(re.escape(part) for part in re.split(r"\$\{[^}]*\}", str(value)))
    return re.fullmatch(pattern, literal) is not None


def _renamed(stack: Stack, moved: Mapping[str, str]) -> Stack:
    """``stack`` as if everything in it had been at its new address all along."""
    resources = {
        kind: {
            moved.get(f"{kind}.{name}", f"{kind}.{name}").removeprefix(f"{kind}."): block
            for name, block in named.items()
        }
        for kind, named in stack.content["resource"].items()
    }
    return _referring(Stack({**stack.content, "resource": resources}), moved)


def _referring(stack: Stack, moved: Mapping[str, str]) -> Stack:
    """``stack`` with what refers to the old addresses in ``moved`` referring to the new ones."""
    if not moved:
        return stack
    pattern = re.compile(r"(?<![\w.-])(" + "|".join(re.escape(start) for start in sorted(moved)) + r")(?![\w-])")

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda match: moved[match[1]], value)
        if isinstance(value, dict):
            return {key: renamed(each) for key, each in value.items()}
        return [renamed(each) for each in value] if isinstance(value, list) else value

    return Stack(renamed(stack.content))
