"""Checks a part of the document against a pydantic model, and says what is wrong in this tool's words."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tpa_tf.config.document import KeyPath, TaggedValue
from tpa_tf.config.findings import Report, dotted
from tpa_tf.config.spelling import suggestion
from tpa_tf.rules.schema import INVALID_VALUE, MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE

# Looking for plugins of pydantic's, of which this tool wants none, takes a tenth of the time of a check: pydantic
# imports importlib.metadata for it, and so the parsers of mail and archives. Where it looks otherwise, this is idle.
_NO_PLUGINS = types.ModuleType("pydantic.plugin._loader")
_NO_PLUGINS.get_plugins = lambda: ()  # type: ignore[attr-defined]
sys.modules.setdefault(_NO_PLUGINS.__name__, _NO_PLUGINS)

Locate = Callable[[KeyPath], KeyPath]
"""From a place in the checked value to its place in the document; they differ where values were merged."""


class Section(BaseModel):
    """Base of the models: unknown keys are errors, values are final. A validator is made when it is first used."""

    HELP_FOR_UNKNOWN: ClassVar[str] = ""
    """What to do about an unknown key; by default, the known ones are listed."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


Model = TypeVar("Model", bound=BaseModel)

_SHAPES = {
    "model_type": ("a mapping", "write keys and values"),
    "dict_type": ("a mapping", "write keys and values"),
    "list_type": ("a list", "write entries that begin with -"),
}
"""What is expected, and how it is written."""


def validate(model: type[Model], value: Any, report: Report, at: KeyPath | Locate) -> Model | None:
    """``value`` as a ``model``, or None after reporting every fault.

    ``at`` is the place of ``value`` in the document, or a function that finds the place of each of its parts.
    """
    locate: Locate = at if callable(at) else lambda loc: (*at, *loc)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        items = error.errors(include_url=False)
        meant = {(*item["loc"][:-1], guess) for item in items if (guess := _meant(model, item))}
        for item in items:
            if item["type"] != "missing" or tuple(item["loc"]) not in meant:
                _report(model, item, report, locate)
        return None


def without_faults(
    model: type[Model],
    value: Mapping[str, Any],
    stand_ins: Mapping[str, Any],
    neutral: Mapping[str, Callable[[Any], Any]] = MappingProxyType({}),
) -> tuple[Model | None, frozenset[str]]:
    """``value`` as a ``model`` without what is at fault in it, so that the rest can be checked further.

    A misspelt key counts as the one that is meant. ``stand_ins`` take the place of required keys, ``neutral`` makes a
    harmless entry out of a faulty one of the list under a key. Gives back the keys that ``stand_ins`` stand in for; the
    model is None if anything else that is required is at fault. Nothing is reported.
    """
    kept: dict[Any, Any] = dict(value)
    replaced: set[Any] = set()
    for _ in range(3):  # what was meant by a misspelt key may be at fault in its turn
        try:
            return model.model_validate(kept), frozenset(replaced)
        except ValidationError as error:
            items = error.errors(include_url=False)
        for item in items:
            _repair(kept, tuple(item["loc"]), _meant(model, item), neutral)
        replaced |= {item["loc"][0] for item in items if item["loc"]} & stand_ins.keys() - kept.keys()
        kept |= {key: stand_ins[key] for key in replaced}
    return None, frozenset()


def _repair(
    kept: dict[Any, Any], place: tuple[Any, ...], meant: str | None, neutral: Mapping[str, Callable[[Any], Any]]
) -> None:
    """Take what is at fault at ``place`` out of ``kept``, or give it the name that was ``meant``."""
    key, *below = place or ("",)
    if key in neutral and below and isinstance(kept.get(key), list):
        entries = list(kept[key])
        entry = entries[below[0]]
        renamed = meant and len(below) == 2 and meant not in entry
        entries[below[0]] = (
            {meant if each == below[1] else each: entry[each] for each in entry} if renamed else neutral[key](entry)
        )
        kept[key] = entries
    elif meant and not below and kept.get(meant) is None:
        kept[meant] = kept.pop(key)
    else:
        kept.pop(key, None)


def _meant(model: type[BaseModel], item: Any) -> str | None:
    """The key that an unknown one is most likely a misspelling of."""
    owner = _owner(model, item["loc"]) if item["type"] == "extra_forbidden" else None
    return suggestion(str(item["loc"][-1]), owner.model_fields) if owner else None


def _report(model: type[BaseModel], item: Any, report: Report, locate: Locate) -> None:
    kind: str = item["type"]
    loc: KeyPath = tuple(item["loc"])
    on_key = loc[-1:] == ("[key]",)  # so pydantic says that the key of a mapping is at fault
    loc = loc[:-1] if on_key else loc
    path = locate(loc)
    last = str(loc[-1]) if loc else dotted(path)
    if kind == "missing":
        owner = _owner(model, loc)
        description = owner.model_fields[last].description if owner else None
        report.add(MISSING_KEY, locate(loc[:-1]), f"{last} is missing", description)
    elif kind == "extra_forbidden":
        owner = _owner(model, loc)
        guess = _meant(model, item)
        listed = f"write one of {', '.join(sorted(owner.model_fields if owner else ()))}"
        help = f"did you mean {guess}?" if guess else getattr(owner, "HELP_FOR_UNKNOWN", "") or listed
        report.add(UNKNOWN_KEY, path, f"unknown key {last!r}", help, on_key=True)
    elif kind == "invalid_key":
        message = f"the key {shown(item['input'])} is not text"
        report.add(
            WRONG_TYPE,
            path,
            message,
            "write it in quotes: YAML reads on, yes, off and no as true and false",
            on_key=True,
        )
    elif kind in _SHAPES:
        what, help = _SHAPES[kind]
        report.add(WRONG_TYPE, path, f"{shown(item['input'])} where {what} is expected", help)
    else:
        context = item.get("ctx") or {}
        rule = context.get("rule", INVALID_VALUE)
        report.add(rule, (*path, *context.get("at", ())), item["msg"], context.get("help"), on_key=on_key)


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
    if isinstance(value, TaggedValue):
        return f"a value under {value.tag}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
