"""Settings that only the deployment reads, checked before the apply and not after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.config.document import TaggedValue, is_template
from tpa_tf.config.findings import Report
from tpa_tf.config.schema import shown
from tpa_tf.config.values import flag
from tpa_tf.rules.deployment import INVALID_KEYRING
from tpa_tf.rules.schema import WRONG_TYPE

KEYRING_BACKENDS = ("legacy", "system")
_FLAGS = ("use_ssh_agent", "forward_ssh_agent")


def check_deployment(data: Mapping[str, Any], report: Report) -> None:
    """Report settings that TPA, or ``tpa-tf inventory``, refuses."""
    backend = data.get("keyring_backend")
    if backend is not None and backend not in KEYRING_BACKENDS:
        message = f"TPA has no keyring backend {shown(backend)}"
        report.add(INVALID_KEYRING, ("keyring_backend",), message, f"write {' or '.join(KEYRING_BACKENDS)}")
    for key in _FLAGS:
        value = data.get(key)
        if value is None:
            continue
        try:
            flag(value)
        except PydanticCustomError:
            what = "a template" if isinstance(value, TaggedValue) or is_template(value) else shown(value)
            report.add(WRONG_TYPE, (key,), f"{what} where yes or no is expected", f"write {key}: yes or {key}: no")
