"""The forms of what only the inventory and ssh_config hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tpa_tf.config.document import TaggedValue, is_template
from tpa_tf.config.schema import shown
from tpa_tf.config.values import fail, flag, text
from tpa_tf.rules.schema import INVALID_VALUE
from tpa_tf.rules.text import NEEDS_PLAIN_VALUE


def word(value: Any) -> str:
    """Text that is one word in the inventory and in ssh_config."""
    pattern, allowed = r"[A-Za-z0-9_][A-Za-z0-9_.:@$+-]*", "letters, digits, '_', '-', '.', ':', '@'"
    return _matching(value, pattern, "can't stand in an inventory", allowed)


def group(value: Any) -> str:
    """The name of a group of the inventory."""
    return _matching(value, r"[A-Za-z0-9_-]+", "can't be an inventory group", "letters, digits, '_' and '-'")


def key_file(value: Any) -> str:
    """The path of a key, as ssh_config can hold it."""
    allowed = "a path without quotes and control characters"
    return _matching(value, r'[^"\x00-\x1f\x7f]+', "can't stand in ssh_config", allowed)


def tower(value: Any) -> bool:
    """A mapping (``api_url``, ``git_repository``), or yes or no for those who need nothing of it."""
    return bool(value) if isinstance(value, dict) else flag(value)


SETTINGS: Mapping[str, Callable[[Any], Any]] = {
    "ansible_tower": tower,
    "cluster_tag": group,
    "ssh_key_file": key_file,
    "vault_name": text,
}
"""The checks by top-level key; deployment.py has those of which TPA itself knows the values."""


def checked(check: Callable[[Any], Any], value: Any) -> None:
    """Run ``check``, with words of its own for what only Ansible can read."""
    if isinstance(value, TaggedValue) or is_template(value):
        what = f"a value under {value.tag}" if isinstance(value, TaggedValue) else f"the template {shown(value)}"
        fail(NEEDS_PLAIN_VALUE, f"only Ansible can read {what}", "the inventory and ssh_config need the value itself")
    check(value)


def _matching(value: Any, pattern: str, fault: str, allowed: str) -> str:
    written = text(value)
    if not re.fullmatch(pattern, written):
        fail(INVALID_VALUE, f"{written!r} {fault}", allowed)
    return written
