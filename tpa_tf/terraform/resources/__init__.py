"""The resource types, a module a family. A declaration in any module here is found; there is no other list of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import TypeVar

from tpa_tf.terraform.resource_type import DataSource, ResourceType

_Declaration = TypeVar("_Declaration", ResourceType, DataSource)

_MODULES = [importlib.import_module(found.name) for found in pkgutil.iter_modules(__path__, f"{__name__}.")]


def _declared(kind: type[_Declaration]) -> dict[str, _Declaration]:
    found = {value.name: value for module in _MODULES for value in vars(module).values() if isinstance(value, kind)}
    return dict(sorted(found.items()))


RESOURCE_TYPES: Mapping[str, ResourceType] = _declared(ResourceType)
"""By name, sorted: ``aws_ebs_volume``."""

DATA_SOURCES: Mapping[str, DataSource] = _declared(DataSource)
"""What is only ever looked up, by name: ``aws_ami``."""


def resource_type(name: str) -> ResourceType | None:
    """The declaration of the type ``name``; None for one that is not declared, of which nothing is known."""
    return RESOURCE_TYPES.get(name)
