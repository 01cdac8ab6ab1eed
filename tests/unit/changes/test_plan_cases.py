"""Plans, one a file in ``plans/``: what review refuses of each, and why; nothing else. The others pass."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.plans import plan, resource
from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.read import read_plan

CASES = sorted((Path(__file__).parent / "plans").glob("*.yml"))


def review(case: dict[str, Any], *allow: str) -> Verdict:
    resources, drift = (tuple(resource(**each) for each in case.get(key, ())) for key in ("resources", "drift"))
    document = json.dumps(plan(*resources, drift=drift, **case.get("more", {}))).encode()
    return judge(read_plan("-", io.BytesIO(document)), allow=allow)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_plan(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    result = review(case)
    found = {refusal.address: refusal.reason for refusal in result.refusals}
    assert found.keys() == case["refused"].keys()
    assert [(each, found[each]) for each, text in case["refused"].items() if text not in found[each]] == []
    assert result.passes is not bool(found)
    if "effect" in case:
        assert result.rows[0].effect.value == case["effect"]
    assert review(case, *found).passes, "what is allowed"
