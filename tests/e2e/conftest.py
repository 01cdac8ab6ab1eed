"""Applying clusters to the emulated AWS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.terraform import Provider

Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(terraform_provider: Provider, tmp_path: Path) -> Iterator[Deploy]:
    """Deploys a case directory, ready to be applied; its AWS lasts until the end of the test."""
    with contextlib.ExitStack() as stack:
        yield lambda case, **options: stack.enter_context(Deployment(case, terraform_provider, tmp_path, **options))
