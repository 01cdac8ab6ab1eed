"""A YAML text with the place of every key and value, read as Ansible does: YAML 1.1, ``!vault``, ``!unsafe``."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tpa_tf.rules.rule import Rule
from tpa_tf.rules.text import DUPLICATE_KEY, NOT_UTF_8, NOT_YAML

KeyPath = tuple[str | int, ...]
"""The way to a value: keys and list positions, as in ``("instances", 2, "subnet")``."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE_TAG = "tag:yaml.org,2002:merge"
_UNSAFE = "!unsafe"
_ENCODING = "save the file as UTF-8, for example with iconv -f latin1 (or what it is) -t utf-8"
_YAML = "correct this line, or the one before: look for quotes, brackets, a missing colon and the indentation"
_MOST_VALUES = 200_000
"""Values of a document at most, those of each alias counted: a cluster of 1,000 instances has some 40,000."""
_MOST_LEVELS = 100
"""How deep values may be nested; a config has some ten levels."""
_MOST_BITS = 4096
"""Of a whole number: Python refuses to write much longer ones in decimal, and nobody means one."""


@dataclass(frozen=True)
class Mark:
    """A place in the text; line and column count from 1, width in characters on that line."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True)
class TaggedValue:
    """A value under a tag of Ansible's own that only Ansible can read, such as ``!vault``."""

    tag: str
    text: str


class UnsafeText(str):
    """Text under ``!unsafe``: Ansible takes braces in it literally, and so do we."""


@dataclass(frozen=True)
class Problem:
    """Why a text cannot be read as one YAML mapping with unique keys."""

    rule: Rule
    mark: Mark
    message: str
    path: KeyPath = ()
    help: str | None = None


@dataclass(frozen=True)
class Document:
    """One config.yml: its name as the user gave it, its text, its values, and where they stand.

    ``problems`` are what is wrong with the text as YAML; ``data`` is None where it can't be told what it says. After a
    duplicate key it can: what is wrong besides is to be told with it.
    """

    name: str
    path: Path
    text: str
    data: Any
    marks: dict[KeyPath, Mark] = field(repr=False)
    key_marks: dict[KeyPath, Mark] = field(repr=False)
    scalars: dict[KeyPath, str] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def mark(self, path: KeyPath) -> Mark:
        """Where the value at ``path`` stands, or the nearest thing around it that is in the text."""
        for end in range(len(path), -1, -1):
            if found := self.marks.get(path[:end]):
                return found
        return Mark(1, 1)

    def key_mark(self, path: KeyPath) -> Mark:
        """Where the key of ``path`` stands, or the value's place where it has none (a list's entry)."""
        return self.key_marks.get(path) or self.mark(path)

    def written(self, path: KeyPath) -> str | None:
        """The scalar at ``path`` as it stands in the text: ``012345670123`` keeps its zero. None for anything else."""
        return self.scalars.get(path)


def parse(content: bytes, path: Path, name: str) -> Document:
    """Read ``content``, the text of ``path``, as UTF-8 YAML; nothing is raised.

    Gives back the document, called ``name``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable(
            path, name, "", Problem(NOT_UTF_8, Mark(line, 1), f"not UTF-8 text: {error.reason}", help=_ENCODING)
        )
    try:
        _check_depth(text)
        documents = list(_compose_all(text))
    except _TooMuchError as error:
        return _unreadable(path, name, text, Problem(NOT_YAML, error.mark, str(error)))
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
        return _unreadable(path, name, text, _not_yaml(text, mark, error))
    except (yaml.YAMLError, RecursionError) as error:
        return _unreadable(path, name, text, Problem(NOT_YAML, Mark(1, 1), f"not YAML: {error}"))
    if len(documents) > 1:
        second = documents[1].start_mark
        problem = Problem(NOT_YAML, Mark(second.line + 1, second.column + 1), "not YAML: --- begins a second document")
        return _unreadable(path, name, text, problem)
    builder = _Builder(text)
    try:
        data = builder.build(documents[0], ()) if documents else None
    except _TooMuchError as error:
        return _unreadable(path, name, text, Problem(NOT_YAML, error.mark, str(error)))
    problems = tuple(builder.problems)
    readable = all(problem.rule is DUPLICATE_KEY for problem in problems)
    places = builder.places
    return Document(
        name, path, text, data if readable else None, places.marks, places.key_marks, places.scalars, problems
    )


def _not_yaml(text: str, mark: Mark, error: yaml.MarkedYAMLError) -> Problem:
    """Why ``text`` is no YAML: what people often write, or what the parser stumbled over."""
    lines = text.splitlines()
    for number in range(mark.line, max(0, mark.line - 3), -1):
        line = lines[number - 1] if number <= len(lines) else ""
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            help = "indent with spaces"
            return Problem(
                NOT_YAML,
                Mark(number, indent.index("\t") + 1),
                "not YAML: a tab stands at the beginning of this line",
                help=help,
            )
        if line.lstrip().startswith("//"):
            place = Mark(number, len(indent) + 1, len(line) - len(indent))
            return Problem(NOT_YAML, place, "not YAML: this line begins with //", help="begin a comment with #")
    message = " ".join(part for part in (error.context, error.problem) if part)
    return Problem(NOT_YAML, mark, f"not YAML: {message}", help=_YAML)


def _check_depth(text: str) -> None:
    """Raise _TooMuchError for values nested too deep: composing them would take more stack than there is."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MOST_LEVELS + 1:
                mark: Any = event.start_mark
                place = Mark(mark.line + 1, mark.column + 1)
                raise _TooMuchError(place, f"values nested more than {_MOST_LEVELS} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _compose_all(text: str) -> Iterator[yaml.Node]:
    loader = _LOADER(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


def _unreadable(path: Path, name: str, text: str, problem: Problem) -> Document:
    return Document(name, path, text, None, {}, {}, {}, (problem,))


class _TooMuchError(Exception):
    """A document that nobody wrote: far too deep, or far too much in it."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark


@dataclass
class _Places:
    """Where values and keys stand, and how scalars are written, by path."""

    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    key_marks: dict[KeyPath, Mark] = field(default_factory=dict)
    scalars: dict[KeyPath, str] = field(default_factory=dict)

    def take(self, other: _Places, below: KeyPath, keys: set[Any]) -> None:
        """Add what ``other`` has of ``keys`` of the mapping at ``below``, and of what is in their values."""
        depth = len(below)

        def theirs(path: KeyPath) -> bool:
            return len(path) > depth and path[depth] in keys

        self.marks.update((path, mark) for path, mark in other.marks.items() if theirs(path))
        self.key_marks.update((path, mark) for path, mark in other.key_marks.items() if theirs(path))
        self.scalars.update((path, text) for path, text in other.scalars.items() if theirs(path))


class _Builder:
    """Builds plain values from YAML nodes and notes where each one stands."""

    def __init__(self, text: str) -> None:
        self.places = _Places()
        self.problems: list[Problem] = []
        self._lines = text.splitlines()
        self._constructor = yaml.SafeLoader("")
        self._open: set[int] = set()
        self._values = 0

    def build(self, node: yaml.Node, path: KeyPath, *, unsafe: bool = False) -> Any:
        """The value of ``node``, which stands at ``path``; ``unsafe`` where something around it is ``!unsafe``."""
        if id(node) in self._open:
            self.problems.append(Problem(NOT_YAML, self._mark(node), "not YAML: an alias contains itself", path))
            return None
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _TooMuchError(self._mark(node), f"more than {_MOST_VALUES} values, those of each alias counted")
        if len(path) > _MOST_LEVELS:
            raise _TooMuchError(self._mark(node), f"values nested more than {_MOST_LEVELS} deep")
        self._open.add(id(node))
        unsafe = unsafe or node.tag == _UNSAFE
        try:
            self.places.marks.setdefault(path, self._mark(node))
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path, unsafe)
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*path, index), unsafe=unsafe) for index, child in enumerate(node.value)]
            assert isinstance(node, yaml.ScalarNode)
            return self._scalar(node, path, unsafe)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: KeyPath, unsafe: bool) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        sources: list[yaml.Node] = []
        merge_key: yaml.Node | None = None
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE_TAG:
                if merge_key:
                    self._duplicate(key_node, (*path, "<<"), self._mark(merge_key))
                merge_key = key_node
                sources += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            child = (*path, key)
            if key in result:
                self._duplicate(key_node, child, self.places.key_marks[child])
            self.places.key_marks[child] = self._mark(key_node)
            self.places.marks[child] = self._mark(value_node)
            result[key] = self.build(value_node, child, unsafe=unsafe)
        # YAML 1.1: an earlier source of << wins over a later one, and the mapping's own keys win over both.
        for source in sources:
            self._merge(source, path, result, unsafe)
        return result

    def _merge(self, source: yaml.Node, path: KeyPath, result: dict[Any, Any], unsafe: bool) -> None:
        """Add to ``result``, the mapping at ``path``, what it has not got yet of ``source``."""
        if not isinstance(source, yaml.MappingNode):
            what = "<< takes a mapping, or a list of mappings: the alias of one, such as *defaults"
            self.problems.append(Problem(NOT_YAML, self._mark(source), what, path))
            return
        places, self.places = self.places, _Places()
        try:
            values = self.build(source, path, unsafe=unsafe)
            theirs = self.places
        finally:
            self.places = places
        if values is None:
            return
        new = {key for key in values if key not in result}
        result.update((key, value) for key, value in values.items() if key in new)
        self.places.take(theirs, path, new)

    def _duplicate(self, node: yaml.Node, path: KeyPath, first: Mark) -> None:
        self.problems.append(
            Problem(
                DUPLICATE_KEY,
                self._mark(node),
                f"the key {node.value!r} is given twice",
                path,
                f"keep one of them: line {first.line} has the first, and Ansible would silently use the last",
            )
        )

    def _key(self, node: yaml.Node, path: KeyPath) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self.problems.append(Problem(NOT_YAML, self._mark(node), "not YAML: a key is a mapping or a list", path))
            return None
        key = self._construct(node, path)
        return key if isinstance(key, Hashable) else str(key)

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath, unsafe: bool) -> Any:
        self.places.scalars[path] = node.value
        if node.tag.startswith("!"):
            return UnsafeText(node.value) if node.tag == _UNSAFE else TaggedValue(node.tag, node.value)
        value = self._construct(node, path)
        return UnsafeText(value) if unsafe and isinstance(value, str) else value

    def _construct(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        try:
            value = self._constructor.construct_object(node)
            if isinstance(value, int) and value.bit_length() > _MOST_BITS:
                raise ValueError("a number with more digits than anything can use")
            return value
        except Exception as error:  # for text that is not of its tag, PyYAML raises whatever it stumbles over
            told = getattr(error, "problem", None) or (str(error) if isinstance(error, ValueError) else None)
            reason = told or f"{node.value!r} is no {node.tag.rpartition(':')[2]}"
            self.problems.append(Problem(NOT_YAML, self._mark(node), f"not YAML: {reason}", path))
            return None

    def _mark(self, node: yaml.Node) -> Mark:
        start, end = node.start_mark, node.end_mark
        width = 1
        if start.line < len(self._lines):
            line_end = len(self._lines[start.line])
            width = (end.column if end.line == start.line else line_end) - start.column
        return Mark(start.line + 1, start.column + 1, max(1, width))


_TEMPLATE = re.compile(r"\{\{|\{%")


def is_template(value: object) -> bool:
    """Whether ``value`` is text that Ansible would expand: ``{{ … }}`` or ``{% … %}``."""
    return isinstance(value, str) and not isinstance(value, UnsafeText) and _TEMPLATE.search(value) is not None
