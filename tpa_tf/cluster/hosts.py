"""What only the inventory needs, after the apply: settings, users, and addresses of hosts that exist.

Terraform needs none of it, so that every finding is a warning; ``tpa-tf inventory`` refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from tpa_tf.cluster.machines import HOST_ADDRESSES
from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.config.document import KeyPath, is_template
from tpa_tf.config.findings import Report
from tpa_tf.config.handed_over import SETTINGS, checked, word
from tpa_tf.config.values import flag
from tpa_tf.rules.settings import NOT_HANDED_OVER


def check(merged: Iterable[MergedInstance], data: Mapping[str, Any], report: Report) -> None:
    """Warn of what ``tpa-tf inventory`` refuses."""
    for key, its_check in SETTINGS.items():
        if data.get(key) is not None:
            _check(its_check, data[key], (key,), report)
    for instance in merged:
        if instance.platform == "bare":
            for address in [key for key in HOST_ADDRESSES if instance.values.get(key)][:1]:  # the preferred one
                _check(word, instance.values[address], instance.locate((address,)), report)
        if instance.values.get("provision_only") is not None:
            _check(flag, instance.values["provision_only"], instance.locate(("provision_only",)), report)
        settings = instance.values.get("vars")
        user = settings.get("ansible_user") if isinstance(settings, dict) else None
        if isinstance(user, str) and not is_template(user):
            _check(word, user, _user_path(instance, report), report)


def _user_path(instance: MergedInstance, report: Report) -> KeyPath:
    """Where the user stands: vars are merged key by key."""
    key = ("vars", "ansible_user")
    places = ((*instance.path, *key), ("instance_defaults", *key))
    return next((path for path in places if path in report.document.marks), instance.locate(key))


def _check(its_check: Callable[[Any], Any], value: Any, path: KeyPath, report: Report) -> None:
    if report.told(path):
        return
    try:
        checked(its_check, value)
    except PydanticCustomError as error:
        help = (error.context or {}).get("help")
        report.add(NOT_HANDED_OVER, path, f"{error.message()}: tpa-tf inventory refuses it", help)
