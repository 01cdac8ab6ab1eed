"""What every case becomes, byte for byte; ``make golden`` rewrites the expected files after a wanted change."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from tests.golden.cases import EXPECTED, GOLDEN, Case, cases
from tests.support.synthesis import render
from tests.support.terraform import Provider, Stack
from tpa_tf.clusters import load

CASES = cases()


@pytest.fixture(scope="session")
def rendered() -> dict[str, str]:
    """The Terraform JSON of every case, all from one process."""
    texts = {}
    for case in CASES:
        loaded = load(case.cluster)
        assert loaded.cluster is not None, [finding.message for finding in loaded.report.findings]
        files = render([loaded.cluster], case.cluster / "cdktf.out")
        stack = Path("stacks") / loaded.cluster.name / EXPECTED
        texts[case.name] = {Path(path): content for path, content in files.items()}[stack].decode()
    return texts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_synthesized_json_is_as_expected(case: Case, rendered: dict[str, str], update_golden: bool) -> None:
    text = rendered[case.name]
    expected = case.expected.read_text() if case.expected.exists() else ""
    if text == expected:
        return
    if update_golden:
        case.expected.parent.mkdir(exist_ok=True)
        case.expected.write_text(text)
    lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "synthesized", lineterm="")
    pytest.fail("\n".join([*lines][:200]), pytrace=False)


def test_every_expected_file_belongs_to_a_case() -> None:
    assert {path.parent.name for path in GOLDEN.glob(f"*/{EXPECTED}")} == {case.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_synthesized_json_is_valid_to_terraform(
    case: Case, rendered: dict[str, str], terraform_provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / EXPECTED).write_text(rendered[case.name])
    Stack(tmp_path, terraform_provider, os.environ).validate()
