"""Values to YAML text that Ansible reads as the same values: templates stay templates, ``!vault`` stays a vault."""

from __future__ import annotations

from typing import Any

import yaml

from tpa_tf.config.document import TaggedValue, UnsafeText


def dump(value: Any) -> bytes:
    """``value`` as a YAML document with sorted keys; the same value gives the same bytes."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True)
    assert isinstance(text, str)
    return text.encode()


class _Dumper(yaml.SafeDumper):
    """PyYAML's own, without anchors: a person reads these files."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _tagged(dumper: yaml.SafeDumper, value: TaggedValue) -> yaml.Node:
    return dumper.represent_scalar(value.tag, value.text, style="|" if "\n" in value.text else None)


def _unsafe(dumper: yaml.SafeDumper, value: UnsafeText) -> yaml.Node:
    return dumper.represent_scalar("!unsafe", str(value))


_Dumper.add_representer(TaggedValue, _tagged)
_Dumper.add_representer(UnsafeText, _unsafe)
