"""Values to YAML text that Ansible reads as the same values: templates stay templates, ``!vault`` stays a vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tpa_tf.config.document import TaggedValue, UnsafeText, parse

_BREAKS = frozenset("\x85\u2028\u2029")  # NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR


def dump(value: Any) -> bytes:
    """``value`` as a YAML document with sorted keys; the same value gives the same bytes."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True)
    assert isinstance(text, str)
    return text.encode()


def read(content: bytes) -> Any:
    """The value of a YAML document, with its tags; ValueError if it is no mapping with unique keys."""
    document = parse(content, Path(), "")
    if document.problems:
        raise ValueError(document.problems[0].message)
    return document.data


class _Dumper(yaml.SafeDumper):
    """PyYAML's own, without anchors: a person reads these files."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))


def _tagged(dumper: yaml.SafeDumper, value: TaggedValue) -> yaml.Node:
    return dumper.represent_scalar(value.tag, value.text, style=_style(value.text, "|" if "\n" in value.text else None))


def _unsafe(dumper: yaml.SafeDumper, value: UnsafeText) -> yaml.Node:
    return dumper.represent_scalar("!unsafe", str(value), style=_style(value))


def _style(text: str, otherwise: str | None = None) -> str | None:
    """Double quotes, where PyYAML writes escapes, for what YAML 1.1 takes for the end of a line and folds."""
    return '"' if _BREAKS & set(text) else otherwise


_Dumper.add_representer(str, _text)
_Dumper.add_representer(TaggedValue, _tagged)
_Dumper.add_representer(UnsafeText, _unsafe)
