"""Checks a part of the document against a pydantic model, and says what is wrong in this tool's words."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report, dotted

Locate = Callable[[KeyPath], KeyPath]
"""From a place in the checked value to its place in the document; they differ where values were merged."""


class Section(BaseModel):
    """Base of the models: unknown keys are errors, values are final."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


Model = TypeVar("Model", bound=BaseModel)

_SHAPES = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
}


def validate(model: type[Model], value: Any, report: Report, at: KeyPath | Locate) -> Model | None:
    """``value`` as a ``model``, or None after reporting every fault.

    ``at`` is the place of ``value`` in the document, or a function that finds the place of each of its parts.
    """
    locate: Locate = at if callable(at) else lambda loc: (*at, *loc)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            _report(model, item, report, locate)
        return None


def without_faults(model: type[Model], value: dict[str, Any], stand_ins: Mapping[str, Any]) -> Model | None:
    """``value`` as a ``model`` without the keys that are at fault, so that the rest can be checked further.

    ``stand_ins`` take the place of required ones; None if another required key is at fault. Nothing is reported.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faulty = {each["loc"][0] for each in error.errors(include_url=False) if each["loc"]}
        kept = {key: each for key, each in value.items() if key not in faulty}
        standing_in = {key: each for key, each in stand_ins.items() if key in faulty}
    try:
        return model.model_validate(kept | standing_in)
    except ValidationError:
        return None


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` is most likely a misspelling of, or None."""
    words = list(known)
    lowered = {each.lower(): each for each in words}
    if exact := lowered.get(word.lower()):
        return exact
    matches = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.7)
    return lowered[matches[0]] if matches else None


def _report(model: type[BaseModel], item: Any, report: Report, locate: Locate) -> None:
    kind: str = item["type"]
    loc: KeyPath = tuple(item["loc"])
    path = locate(loc)
    last = str(loc[-1]) if loc else dotted(path)
    if kind == "missing":
        owner = _owner(model, loc)
        description = owner.model_fields[last].description if owner else None
        report.error("missing-key", locate(loc[:-1]), f"{last} is missing", description)
    elif kind == "extra_forbidden":
        owner = _owner(model, loc)
        known = sorted(owner.model_fields) if owner else []
        guess = suggestion(last, known)
        help = f"did you mean {guess}?" if guess else f"known here: {', '.join(known)}"
        report.error("unknown-key", path, f"unknown key {last!r}", help, on_key=True)
    elif kind in _SHAPES:
        report.error("wrong-type", path, f"{shown(item['input'])} where {_SHAPES[kind]} is expected")
    else:
        report.error(kind, path, item["msg"], (item.get("ctx") or {}).get("help"))


def _owner(model: type[BaseModel], loc: KeyPath) -> type[BaseModel] | None:
    """The model that the last part of ``loc`` is a key of."""
    current: Any = model
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)) or part not in current.model_fields:
            return None
        current = _model_within(current.model_fields[part].annotation)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _model_within(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_within(argument):
            return found
    return None


def shown(value: Any) -> str:
    """``value`` as a message shows it: short, and quoted where it is text."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
