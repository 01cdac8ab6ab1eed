"""Values of arguments: plain data, text with expressions in it, and expressions that know what they refer to.

A ``str`` is literal text, whatever is in it. Only an :class:`Expr`, alone or within a :class:`Template`, is evaluated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

Address: TypeAlias = str
"""Where a block is in a stack: ``aws_vpc.eu_west_1``, ``data.aws_ami.eu_west_1``, ``var.cluster_dir``."""

_LAST_SIGNS = re.compile(r"[$%]+\Z")
_ESCAPE = re.compile(r"\\.")
_MISSING_ESCAPES = {r"\b": r"\u0008", r"\f": r"\u000c"}


@dataclass(frozen=True)
class Reference:
    """An attribute of another block: ``aws_vpc.eu_west_1`` and ``id``; of a variable, the attribute is empty."""

    address: Address
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.address}.{self.attribute}" if self.attribute else self.address


@dataclass(frozen=True)
class Expr:
    """An expression of Terraform's language, in pieces: source text, and references to other blocks.

    Made by :func:`expr` and :func:`ref`, so that two expressions of the same text are equal.
    """

    parts: tuple[str | Reference, ...]

    @property
    def source(self) -> str:
        """The expression as it is written within ``${…}``."""
        return "".join(map(str, self.parts))

    @property
    def references(self) -> tuple[Reference, ...]:
        """What it refers to, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def __str__(self) -> str:
        return f"${{{self.source}}}"


@dataclass(frozen=True)
class Template:
    """Text with at least one expression in it. Made by :func:`template`."""

    parts: tuple[str | Expr, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """What its expressions refer to, in the order of the text."""
        return tuple(found for part in self.parts if isinstance(part, Expr) for found in part.references)

    def __str__(self) -> str:
        return "".join(map(str, _pieces(self.parts, escape)))


@dataclass(frozen=True, eq=False)
class Deferred:
    """Text that takes long to make, and is made when it is first looked at: checking a stack does without."""

    make: Callable[[], Text]

    def made(self) -> Text:
        """The text."""
        return self.make()


Text: TypeAlias = Union[str, Expr, Template]  # noqa: UP007 - evaluated at run time, also by Python 3.10
Value: TypeAlias = Union[bool, int, float, Text, Deferred, Sequence["Value"], Mapping[str, "Value"], None]  # noqa: UP007


def ref(address: Address, attribute: str = "") -> Expr:
    """The attribute ``attribute`` (also ``x[0].y``) of the block at ``address``."""
    return Expr((Reference(address, attribute),))


def expr(*parts: str | Expr) -> Expr:
    """One expression of several: ``str`` is source text of Terraform's language here, and is not escaped."""
    pieces: list[str | Reference] = []
    for part in parts:
        for piece in (part,) if isinstance(part, str) else part.parts:
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += piece
            elif piece != "":
                pieces.append(piece)
    return Expr(tuple(pieces))


def template(*parts: Text) -> Text:
    """The parts one after another as one text: ``str`` where all are literal, the expression itself where it is one."""
    pieces: list[str | Expr] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Template) else (part,):
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += piece
            elif piece != "":
                pieces.append(piece)
    if not pieces:
        return ""
    return pieces[0] if len(pieces) == 1 else Template(tuple(pieces))


def quoted(text: Text) -> Expr:
    """``text`` as a string within an expression."""
    parts = text.parts if isinstance(text, Template) else (text,)
    inner = (piece if isinstance(piece, str) else Expr((piece,)) for piece in _pieces(parts, _escape_quoted))
    return expr('"', *inner, '"')


def operand(value: Value) -> Expr:
    """``value``, a boolean, a number or a text, as an operand within an expression."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, (str, Template)):
        return quoted(value)
    return expr(json.dumps(value))


def escape(text: str) -> str:
    """``text`` so that a Terraform template yields it as it is."""
    return text.replace("${", "$${").replace("%{", "%%{")


def references(value: Value) -> Iterator[Reference]:
    """Everything that is referred to anywhere in ``value``."""
    if isinstance(value, Deferred):
        value = value.made()
    if isinstance(value, (Expr, Template)):
        yield from value.references
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from references(inner)


def replaced(value: Value, change: Callable[[Reference], Reference]) -> Value:
    """``value`` with every reference in it as ``change`` gives it."""
    if isinstance(value, Deferred):
        value = value.made()
    if isinstance(value, Expr):
        return _changed(value, change)
    if isinstance(value, Template):
        return Template(tuple(_changed(part, change) if isinstance(part, Expr) else part for part in value.parts))
    if isinstance(value, Mapping):
        return {key: replaced(inner, change) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [replaced(inner, change) for inner in value]
    return value


def written(value: Value) -> object:
    """``value`` as Terraform JSON has it: text is escaped, also in the keys of maps, and None is left out of maps."""
    if isinstance(value, Deferred):
        value = value.made()
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, (Expr, Template)):
        return str(value)
    if isinstance(value, Mapping):
        return {escape(key): written(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, Sequence):
        return [written(inner) for inner in value]
    return value


def _changed(expression: Expr, change: Callable[[Reference], Reference]) -> Expr:
    return Expr(tuple(change(part) if isinstance(part, Reference) else part for part in expression.parts))


def _pieces(parts: Sequence[str | Expr], escaping: Callable[[str], str]) -> Iterator[str | Reference]:
    """What Terraform's template of ``parts`` is written of."""
    for number, part in enumerate(parts):
        if isinstance(part, Expr):
            yield from ("${", *part.parts, "}")
        elif number + 1 < len(parts):
            # A sign right before an expression would make an escape sequence of it.
            yield _LAST_SIGNS.sub(r'${"\g<0>"}', escaping(part))
        else:
            yield escaping(part)


def _escape_quoted(text: str) -> str:
    # Of JSON's escapes, Terraform's strings lack two.
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return escape(_ESCAPE.sub(lambda match: _MISSING_ESCAPES.get(match[0], match[0]), quoted))
