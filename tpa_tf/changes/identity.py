"""Whether what was made or looked up is what a record has in its place now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from tpa_tf.terraform.blocks import DATA, Data, Resource
from tpa_tf.terraform.expressions import Address, Expr, Template, Value, references

_VPC = "aws_vpc"
_BY_FILTER = {"cidr-block": "cidr_block", "group-name": "name", "tag:Name": "tags.Name", "vpc-id": "id"}
"""The argument, or tag, that a filter of a data source asks for."""


class Identity:
    """Compares the blocks of before with what the record of now has; addresses are those of resources."""

    def __init__(self, blocks: Mapping[Address, Resource | Data], found: Mapping[Address, Mapping[str, Value]]) -> None:
        self._blocks = blocks
        self._found = found

    def is_recorded(self, address: Address) -> bool:
        """Whether a record has something now in the place of what was at ``address``, or was looked up for it."""
        return address in self._found and (address in self._blocks or f"{DATA}{address}" in self._blocks)

    def may_be(self, address: Address) -> bool:
        """Whether it may be the same thing, or nobody recorded it."""
        return not self.is_recorded(address) or self.same(address) is not False

    def same(self, address: Address) -> bool | None:
        """Whether it is the same thing; None where nothing says so or otherwise."""
        block, found = self._blocks.get(address) or self._blocks[f"{DATA}{address}"], self._found[address]
        verdicts = list(self._verdicts(block, found))
        if False in verdicts:
            return False
        if block.type == _VPC and isinstance(block, Resource):
            # A lookup finds one VPC, or says that there are several: what was made answers to its name and range.
            asked = {each.get("name") for each in _blocks(found.get("filter"))}
            return True if found.get("own") or (asked and asked <= {"cidr-block", "tag:Name"}) else None
        return None if None in verdicts or not verdicts else True

    def _verdicts(self, block: Resource | Data, found: Mapping[str, Value]) -> Iterator[bool | None]:
        asked, literal = dict(_filters(block)), []
        for each in _blocks(block.arguments.get("filter")):
            within = tuple(references(each.get("values")))
            yield from (self._inside(reference.address) for reference in within)
            literal += [] if within else [each]
        if literal and literal == found.get("filter"):
            yield True
        for name, value in found.items():
            known = _tag(block) if name == "tags.Name" else block.arguments.get(name)
            if isinstance(value, str) and name in asked:
                yield any(fnmatchcase(value, pattern) for pattern in asked[name])
            elif isinstance(known, Expr) and name == "vpc_id" and known == value:
                yield True
            elif isinstance(known, Expr) and name == "vpc_id":
                yield from (self._inside(each.address) for each in references(known))
            elif isinstance(known, (str, Expr, Template)) and isinstance(value, str):
                yield may_be(known, value)

    def _inside(self, vpc: Address) -> bool | None:
        vpc = vpc.removeprefix(DATA)
        return self.same(vpc) if self.is_recorded(vpc) else None


def may_be(value: Value, literal: str) -> bool:
    """Whether ``value``, in which AWS may have to fill in something, can be ``literal``."""
    parts = value.parts if isinstance(value, Template) else (value,)
    pattern = "".join(".+" if isinstance(part, Expr) else re.escape(str(part)) for part in parts)
    return re.fullmatch(pattern, literal) is not None


def _filters(block: Resource | Data) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a lookup asks for, by the argument that it asks for."""
    for each in _blocks(block.arguments.get("filter")):
        values = each.get("values")
        if each.get("name") in _BY_FILTER and isinstance(values, (list, tuple)):
            yield _BY_FILTER[str(each["name"])], tuple(map(str, values))


def _blocks(value: Value) -> Iterator[Mapping[str, Value]]:
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, (list, tuple)) else ()


def _tag(block: Resource | Data) -> Value:
    tags = block.arguments.get("tags")
    return tags.get("Name") if isinstance(tags, Mapping) else None
