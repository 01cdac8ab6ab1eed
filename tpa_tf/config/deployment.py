"""Settings that only the deployment reads, checked before the apply and not after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.config.findings import Report
from tpa_tf.config.schema import shown
from tpa_tf.config.values import fail, flag, rule_of
from tpa_tf.limits.tpa import KEYRING_BACKENDS
from tpa_tf.rules.deployment import INVALID_KEYRING
from tpa_tf.rules.schema import WRONG_TYPE
from tpa_tf.rules.text import NEEDS_PLAIN_VALUE

_FLAGS = ("use_ssh_agent", "forward_ssh_agent")


def keyring_backend(value: Any) -> str:
    """Where TPA keeps the passphrase of the vault."""
    if value not in KEYRING_BACKENDS:
        fail(INVALID_KEYRING, f"TPA has no keyring backend {shown(value)}", f"write {' or '.join(KEYRING_BACKENDS)}")
    return str(value)


def check_deployment(data: Mapping[str, Any], report: Report) -> None:
    """Report settings that TPA, or ``tpa-tf inventory``, refuses."""
    checks: dict[str, Callable[[Any], object]] = {"keyring_backend": keyring_backend, **dict.fromkeys(_FLAGS, flag)}
    for key, check in checks.items():
        value = data.get(key)
        if value is None:
            continue
        try:
            check(value)
        except PydanticCustomError as error:
            rule, help = rule_of(error), (error.context or {}).get("help")
            if rule is NEEDS_PLAIN_VALUE:  # whose own words speak of Terraform
                rule, message, help = WRONG_TYPE, f"{shown(value)} where yes or no is expected", "write yes or no"
            else:
                message = error.message()
            report.add(rule, (key,), message, help)
