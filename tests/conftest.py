"""What every kind of test may use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.terraform import Provider

REQUIRE_E2E = "TPA_TF_REQUIRE_E2E"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the expected output in tests/golden; the run still fails"
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether tests/golden is to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def terraform_provider(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """The AWS provider, initialised once for all processes of this run."""
    if not shutil.which("terraform"):
        reason = "terraform is not on the PATH"
        if os.environ.get(REQUIRE_E2E):
            pytest.fail(f"{reason}, and {REQUIRE_E2E} is set")
        pytest.skip(reason)
    return Provider(_directory_of_run(tmp_path_factory) / "terraform-provider")


def _directory_of_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of pytest-xdist have in common; each has its own below it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
