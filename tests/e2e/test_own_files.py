"""The files of docs/own.md beside a cluster's stack, in terraform."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Deploy
from tests.golden.cases import EXAMPLES

PAGE = Path(__file__).parents[2] / "docs" / "own.md"


def examples() -> dict[str, str]:
    """The files of the page by name."""
    return dict(re.findall(r"^`terraform/(\S+)`\n\n```\w+\n(.*?)```$", PAGE.read_text(), re.M | re.S))


def review(plan: dict[str, object], directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tpa_tf", "review", "-", "--config", str(directory)]
    return subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=False)


def test_files_of_the_page_are_planned_applied_and_reviewed_with_the_cluster(deploy: Deploy) -> None:
    live = deploy(EXAMPLES / "minimal")
    own = live.directory / "terraform"
    own.mkdir()
    files = examples()
    assert set(files) == {"role_override.tf.json", "alarms.tf", "backup.tf"}
    for name, content in files.items():
        (own / name).write_text(content)
    live.synth()
    live.stack.validate()
    changes = live.stack.planned_changes()
    plan = live.stack.shown_plan()
    assert {address for address in changes if "backup" in address or "alarm" in address} == {
        'aws_cloudwatch_metric_alarm.status["main"]',
        "aws_backup_vault.cluster",
        "aws_backup_plan.cluster",
        "aws_backup_selection.data",
        "aws_iam_role.backup",
        "aws_iam_role_policy_attachment.backup",
    }
    planned = {each["address"]: each["change"]["after"] for each in plan["resource_changes"]}
    assert planned["aws_iam_role.cluster"]["permissions_boundary"] == "arn:aws:iam::123456789012:policy/databases"
    reviewed = review(plan, live.directory)
    assert reviewed.returncode == 0, reviewed.stdout + reviewed.stderr

    (own / "backup.tf").unlink()
    live.synth()
    live.stack.apply()
    assert live.stack.pending_changes() == ""
    (own / "alarms.tf").unlink()
    live.synth()
    live.stack.planned_changes()
    reviewed = review(live.stack.shown_plan(), live.directory)
    assert reviewed.returncode == 1
    assert 'aws_cloudwatch_metric_alarm.status["main"]' in reviewed.stdout
