"""The smallest example, all the way: what the inner loop runs of terraform."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Deploy
from tests.golden.cases import EXAMPLES


@pytest.mark.inner
def test_smallest_example_is_applied_and_there_is_nothing_left_to_do(deploy: Deploy) -> None:
    live = deploy(EXAMPLES / "minimal")
    live.stack.apply()
    instances = live.state()["regions"]["eu-west-1"]["instances"]
    assert set(instances) == {"instance:main"}
    assert "/dev/sdf" in instances["instance:main"]["block_devices"]
    assert live.stack.pending_changes() == ""
    live.stack.destroy()
    assert live.state() == live.before
