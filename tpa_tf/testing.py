"""The pytest plugin: the fixture ``tpa_stack``, for the tests of a repository of clusters (docs/testing.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from tpa_tf.api import ConfigError, synthesize
from tpa_tf.errors import TpaTfError

TpaStack: TypeAlias = Callable[[str | os.PathLike[str]], dict[str, Any]]
"""The type of the fixture ``tpa_stack``."""


@pytest.fixture(scope="session")
def tpa_stack(pytestconfig: pytest.Config) -> TpaStack:
    """A function that gives the stack of a cluster directory as data: what is in its cdk.tf.json.

    The directory is relative to pytest's rootdir, and so is ``cdktf.out``, for which the stack is made; nothing is
    written. The test fails with the findings if the config is at fault.
    """
    root = pytestconfig.rootpath

    def stack(directory: str | os.PathLike[str]) -> dict[str, Any]:
        try:
            return synthesize(os.path.relpath(root / directory), out=os.path.relpath(root / "cdktf.out"))
        except (ConfigError, TpaTfError) as error:
            pytest.fail(str(error), pytrace=False)

    return stack
