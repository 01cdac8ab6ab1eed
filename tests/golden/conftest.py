"""Every case rendered once, all in one process."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden.cases import EXPECTED, cases
from tests.support.synthesis import render
from tpa_tf.clusters import load

Compare = Callable[[Path, str], None]


@pytest.fixture(scope="session")
def rendered() -> dict[str, str]:
    """The Terraform JSON of every case."""
    texts = {}
    for case in cases():
        loaded = load(case.cluster)
        assert loaded.cluster is not None, [finding.message for finding in loaded.report.findings]
        files = render([loaded.cluster], case.cluster / "cdktf.out")
        stack = Path("stacks") / loaded.cluster.name / EXPECTED
        texts[case.name] = {Path(path): content for path, content in files.items()}[stack].decode()
    return texts


@pytest.fixture
def compare(update_golden: bool) -> Compare:
    """Fails unless a text is that of a golden file, which is rewritten first if that is asked for."""

    def compared(path: Path, text: str) -> None:
        expected = path.read_text() if path.exists() else ""
        if text == expected:
            return
        if update_golden:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "rendered", lineterm="")
        pytest.fail("\n".join([*lines][:200]), pytrace=False)

    return compared
