"""Sequences of edits, one a file in ``sequences/``, each from a cluster that is applied: what is planned of each step.

Whatever the step, no plan destroys a volume that is in the state, unless the case says so, and no apply loses one.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Deploy
from tests.e2e.test_sequences import MACHINES, Live
from tests.support.terraform import TerraformError

CASES = sorted((Path(__file__).parent / "sequences").glob("*.yml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_sequence(path: Path, deploy: Deploy) -> None:
    steps: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    cluster = Live(deploy(MACHINES, lookup=any(step.get("lookup") for step in steps)))
    cluster.live.stack.apply()
    before = cluster.volumes()
    for number, step in enumerate(steps, 1):
        said = f"step {number}"
        if "refused" in step:
            with pytest.raises(TerraformError, match=step["refused"]):
                cluster.write(step["edit"], lookup=step.get("lookup", False))
            continue
        planned = cluster.plan(step["edit"], lookup=step.get("lookup", False))
        _check_planned(step, planned, said)
        lost = {
            address
            for address in cluster.live.ids()
            if "ebs_volume" in address and "delete" in planned.get(address, [])
        }
        assert lost == set(step.get("loses", ())), said
        if step.get("apply"):
            cluster.live.stack.apply()
            assert cluster.volumes() == before, said


def _check_planned(step: dict[str, Any], planned: dict[str, list[str]], said: str) -> None:
    """All that is planned is what the case says, each pattern of which stands for something."""
    if "plan" not in step:
        assert step["planned"] is True, said
        return
    expected: dict[str, str] = step["plan"]
    matching = {pattern: fnmatch.filter(planned, pattern) for pattern in expected}
    assert all(matching.values()), (said, planned)
    told = {address: [expected[pattern]] for pattern, found in matching.items() for address in found}
    assert planned == told, said
