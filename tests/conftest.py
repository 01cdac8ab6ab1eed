"""What every kind of test may use."""

from __future__ import annotations

import itertools
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
    parser.addoption("--random-edits", type=int, default=200, help="how many edits at random are planned (200)")
    parser.addoption("--first-seed", type=int, default=0, help="the seed of the first of them (0)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the end-to-end tests, and put those that take the longest first, where workers begin.

    With --dist=worksteal each worker of pytest-xdist starts with a share of neighbours; in the order of the files one
    of them had all the long ones, and the others waited for it.
    """
    for item in items:
        if item.path.parent.name == "e2e" and not item.get_closest_marker("inner"):
            item.add_marker(pytest.mark.proof)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.path.parent.name == "e2e"]
    long.sort(key=lambda item: item.path.name != "test_mutations.py")
    short = iter([item for item in items if item.path.parent.name != "e2e"])
    left, dealt = len(items), []
    for worker in range(workers):
        size = left // (workers - worker)
        first = long[worker::workers]
        dealt += [*first, *itertools.islice(short, max(0, size - len(first)))]
        left -= size
    items[:] = [*dealt, *short]


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
