"""Files that say the same, whatever their bytes: people and TPA reorder, quote and comment what is written here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tpa_tf import files
from tpa_tf.config.document import TaggedValue
from tpa_tf.handover.inventory import KNOWN_HOSTS, STATIC
from tpa_tf.handover.yaml_text import read

_COMMENT = ("#", ";")
_VAULT = "!vault"


def settled(rendered: files.Files, directory: Path) -> files.Files:
    """``rendered`` with the content of those files of ``directory`` that say the same already."""
    return {name: _settled(name, content, files.content(directory / name)) for name, content in rendered.items()}


def _settled(name: str, wanted: bytes | None, found: bytes | None) -> bytes | None:
    if found is None or wanted is None or found == wanted:
        return wanted
    return found if _says(name, found) == _says(name, wanted) else wanted


def _says(name: str, content: bytes) -> Any:
    """What the file ``name`` says with ``content``; the content itself where that can't be told."""
    try:
        if name.endswith(".yml"):
            return _plain(read(content))
        lines = [line.split() for line in content.decode("utf-8").splitlines()]
    except ValueError:
        return content
    lines = [words for words in lines if words and not words[0].startswith(_COMMENT)]
    if name == KNOWN_HOSTS:
        return sorted(lines)
    if name.startswith(STATIC):  # a host and its variables; hosts keep their order, in which Ansible takes them
        return [[words[0], *sorted(words[1:])] for words in lines]
    return lines


def _plain(value: Any) -> Any:
    """``value`` so that two are equal where Ansible sees no difference, and 1, true, "1" and !unsafe "1" are four."""
    if isinstance(value, dict):
        return {(type(key), key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, TaggedValue) and value.tag == _VAULT:
        return TaggedValue(value.tag, " ".join(value.text.split()))  # Ansible takes no notice of its line ends
    return type(value), value
