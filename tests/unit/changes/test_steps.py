"""The steps of a change that interrupts several instances, as commands; tests/e2e/test_steps.py runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.configs import REMOVED, SOUND, load_edited
from tpa_tf.cli import cli

LARGER = {f"instances[{number}].type": "t3.large" for number in (0, 1)}


def stepwise(tmp_path: Path, edits: Mapping[str, Any], *options: str, start: Mapping[str, Any] | None = None) -> Result:
    for name, changes in (("old", start or {}), ("new dir", {**(start or {}), **edits})):
        (tmp_path / name).mkdir()
        load_edited(tmp_path / name, changes)
    return CliRunner().invoke(cli, ["impact", str(tmp_path / "old"), str(tmp_path / "new dir"), "--steps", *options])


def test_replicas_come_before_the_primary_and_a_switchover_before_it(tmp_path: Path) -> None:
    result = stepwise(tmp_path, LARGER)
    assert result.exit_code == 0
    lines = result.stdout[result.stdout.index("# 2 to be") :].splitlines()
    new = f"'{tmp_path}/new dir'"
    assert lines[1] == f"tpa-tf synth {new}"
    assert [line for line in lines if line.startswith("# ") and line[2].isdigit()][1:] == [
        "# 1. two (replica, postgres): stops and starts instance",
        "# 2. one (primary, postgres): stops and starts instance",
    ]
    second = lines[lines.index("# 2. one (primary, postgres): stops and starts instance") :]
    stack = "cdktf.out/stacks/speedy"
    assert second[1:6] == [
        f"tpaexec switchover {new} two",
        f"terraform -chdir={stack} plan -target=aws_instance.one -out=plan",
        f"tpa-tf review {stack}/plan --partial --before {tmp_path}/old --allow aws_instance.one",
        f"terraform -chdir={stack} apply plan",
        f"tpa-tf inventory {new}",
    ]
    assert lines[-4:-1] == [
        "# the rest",
        f"terraform -chdir={stack} plan -out=plan",
        f"tpa-tf review {stack}/plan --before {tmp_path}/old",
    ]


def test_primary_without_a_replica(tmp_path: Path) -> None:
    result = stepwise(tmp_path, {"instances[0].type": "t3.large"}, start={"instances[1].role": ["witness"]})
    assert "# nobody can tell which replica is to take over" in result.stdout
    assert "tpaexec switchover" not in result.stdout


def test_replaced_instance_is_deployed_and_takes_its_volumes_along(tmp_path: Path) -> None:
    result = stepwise(tmp_path, {"instances[1].private_ip": "10.33.2.9"})
    assert "-target=aws_instance.two -target=aws_volume_attachment.two_sdf -out=plan" in result.stdout
    assert "tpaexec deploy" in result.stdout


def test_volume_that_goes_leaves_its_instance_stopped(tmp_path: Path) -> None:
    result = stepwise(tmp_path, {"instances[1].volumes[1]": REMOVED})
    assert "-target=aws_ebs_volume.two_sdf -target=aws_volume_attachment.two_sdf" in result.stdout
    assert "--allow aws_ebs_volume.two_sdf" in result.stdout
    assert "# nothing starts it again: aws ec2 start-instances --region eu-west-1" in result.stdout


def test_nothing_is_interrupted(tmp_path: Path) -> None:
    result = stepwise(tmp_path, {"cluster_tags.Unit": "7"})
    assert result.stdout.endswith("no instance is stopped or replaced: one plan does it all\n")


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ({**LARGER, "instances[0].volumes[1].volume_size": 8}, "first mend aws_ebs_volume.one_sdf"),
        ({**LARGER, "instances[1].Name": "zwei", "terraform": {"moved": {"two": "zwei"}}}, "apply the renames alone"),
    ],
    ids=["fails", "moves"],
)
def test_no_steps(tmp_path: Path, edits: Mapping[str, Any], says: str) -> None:
    result = stepwise(tmp_path, edits)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in str(result.exception)


def test_steps_for_programs_and_for_a_pull_request(tmp_path: Path) -> None:
    data = json.loads(stepwise(tmp_path, LARGER, "--format", "json").stdout)
    assert [(step["instance"], step["switch_to"]) for step in data["steps"]] == [("two", None), ("one", "two")]
    assert data["steps"][0]["targets"] == data["steps"][0]["allow"] == ["aws_instance.two"]
    (tmp_path / "again").mkdir()
    assert "```shell\n# 2 to be interrupted" in stepwise(tmp_path / "again", LARGER, "--format", "markdown").stdout
    assert len(SOUND["instances"]) == len(data["steps"])


def roles(*given: str) -> dict[str, Any]:
    return {f"instances[{number}].role": [role] for number, role in enumerate(given)}


def test_roles_are_those_of_before(tmp_path: Path) -> None:
    result = stepwise(tmp_path, {**LARGER, **roles("replica", "primary")})
    assert "# 2. one (replica, postgres)" in result.stdout
    assert "switchover" in result.stdout.partition("# 2. one")[2]
    assert "switchover" not in result.stdout.partition("# 2. one")[0]


def test_replica_that_is_yet_to_come_takes_nothing_over(tmp_path: Path) -> None:
    new = {**SOUND["instances"][1], "Name": "three", "node": 3}
    start = roles("primary", "witness")
    result = stepwise(tmp_path, {"instances[0].type": "t3.large", "instances[+]": new}, start=start)
    assert "# nobody can tell which replica" in result.stdout
    assert "tpaexec switchover" not in result.stdout


def test_primary_of_several_is_not_guessed_for(tmp_path: Path) -> None:
    result = stepwise(tmp_path, LARGER, start=roles("primary", "primary"))
    assert "tpaexec switchover" not in result.stdout


def test_data_that_stays_behind_is_no_step_and_is_allowed_in_the_end(tmp_path: Path) -> None:
    data = {"instances[0].volumes[1].vars": {"volume_for": "postgres_data"}}
    alone = stepwise(tmp_path, data)
    assert "no instance is stopped or replaced" in alone.stdout
    (tmp_path / "more").mkdir()
    both = stepwise(tmp_path / "more", {**data, "instances[1].type": "t3.large"})
    assert both.stdout.rstrip().splitlines()[-2].endswith("--allow aws_ebs_volume.one_sdf")
    assert both.stdout.count("-target=") == 1


def test_steps_are_for_a_directory(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    load_edited(tmp_path / "old", {})
    result = CliRunner().invoke(cli, ["impact", str(tmp_path / "old"), f"HEAD:{tmp_path}", "--steps"])
    assert result.exit_code == 1


def test_instance_whose_data_goes_with_its_root_volume_is_deployed_anew(tmp_path: Path) -> None:
    root = {"instances[1].volumes": SOUND["instances"][1]["volumes"][:1]}
    result = stepwise(tmp_path, {"instances[1].private_ip": "10.33.2.9"}, start=root)
    assert "tpaexec deploy" in result.stdout
