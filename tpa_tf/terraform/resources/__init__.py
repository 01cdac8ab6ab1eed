"""The resource types, a module a family. A declaration in any module here is found, and there is no other list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from tpa_tf.terraform.resource_type import ResourceType


def _declared() -> Iterator[ResourceType]:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, ResourceType):
                yield value


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    declared.name: declared for declared in sorted(_declared(), key=lambda declared: declared.name)
}
"""By name: ``aws_ebs_volume``."""


def resource_type(name: str) -> ResourceType | None:
    """The declaration of the type ``name``; None for one that nobody has declared, of which nothing is known."""
    return RESOURCE_TYPES.get(name)
