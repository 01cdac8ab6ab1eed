"""A cluster's own Terraform files beside its stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.configs import edited
from tpa_tf.cli import cli
from tpa_tf.clusters import load
from tpa_tf.errors import TpaTfError


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    directory = tmp_path / "speedy"
    (directory / "terraform").mkdir(parents=True)
    (directory / "config.yml").write_text(yaml.safe_dump(edited({})))
    return directory


def put(cluster: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (cluster / "terraform" / name).write_bytes(content.encode() if isinstance(content, str) else content)


def synth(cluster: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["synth", str(cluster), "--out", str(cluster.parent / "out"), *options])


def stack(cluster: Path) -> Path:
    return cluster.parent / "out" / "stacks" / "speedy"


def findings(cluster: Path) -> list[tuple[str, str, int, int]]:
    found = load(cluster).report.findings
    return [(each.rule, Path(each.file).name, each.line, each.column) for each in found]


ALARM = 'resource "aws_cloudwatch_metric_alarm" "status" {\r\n}\r\n'


def test_files_stand_beside_the_stack_byte_for_byte(cluster: Path) -> None:
    put(cluster, {"alarms.tf": ALARM, "role_override.tf.json": '{"resource": {"aws_iam_role": {"cluster": {}}}}'})
    assert findings(cluster) == []
    assert synth(cluster).exit_code == 0
    assert (stack(cluster) / "alarms.tf").read_bytes() == ALARM.encode()
    assert (stack(cluster) / "role_override.tf.json").exists()
    assert synth(cluster, "--check").exit_code == 0


def test_stack_alone_names_no_files(cluster: Path) -> None:
    (cluster / "terraform").rmdir()
    assert synth(cluster).exit_code == 0
    assert set(json.loads((stack(cluster) / "cdk.tf.json").read_text())["//"]) == {"metadata", "outputs"}


def test_check_compares_them(cluster: Path) -> None:
    put(cluster, {"alarms.tf": "# one\n"})
    synth(cluster)
    put(cluster, {"alarms.tf": "# two\n"})
    result = synth(cluster, "--check")
    assert result.exit_code == 1 and "-# one\n+# two\n" in result.stdout
    (stack(cluster) / "alarms.tf").unlink()
    assert synth(cluster, "--check").exit_code == 1


def test_file_that_goes_is_removed_and_nothing_else(cluster: Path) -> None:
    put(cluster, {"alarms.tf": "# one\n", "more.tf": "# more\n"})
    synth(cluster)
    for name in (".terraform.lock.hcl", "by-hand.tf", "plan", "terraform.tfvars"):
        (stack(cluster) / name).write_text("kept\n")
    (cluster / "terraform/alarms.tf").unlink()
    checked = synth(cluster, "--check")
    assert checked.exit_code == 1 and "--- " in checked.stdout and "+++ /dev/null" in checked.stdout
    assert (stack(cluster) / "alarms.tf").exists(), "--check changes nothing"
    assert synth(cluster).exit_code == 0
    left = {path.name for path in stack(cluster).iterdir()}
    assert left == {".terraform.lock.hcl", "by-hand.tf", "cdk.tf.json", "more.tf", "plan", "terraform.tfvars"}
    assert synth(cluster, "--check").exit_code == 0


def test_list_of_files_that_somebody_has_edited_removes_nothing_outside(cluster: Path) -> None:
    put(cluster, {"alarms.tf": "# one\n"})
    synth(cluster)
    outside = cluster.parent / "out" / "stacks" / "other.tf"
    outside.write_text("kept\n")
    path = stack(cluster) / "cdk.tf.json"
    data = json.loads(path.read_text())
    data["//"]["files"] = ["../other.tf", "cdk.tf.json", "terraform.tfstate", 7, "alarms.tf"]
    path.write_text(json.dumps(data))
    assert synth(cluster).exit_code == 0
    assert outside.exists()
    assert (stack(cluster) / "alarms.tf").exists()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cdk.tf.json", "{}", ("invalid-own-file", 1, 1)),
        ("CDK.TF.json", "{}", None),
        ("more.tf.json", "{\n  oops}", ("invalid-own-file", 2, 3)),
        ("more.tf.json", "[1]", ("invalid-own-file", 1, 1)),
        ("more.tf.json", '[{"locals": {}}]', None),
        ("more.tf.json", '[{"resource": {"aws_iam_role": {"cluster": {}}}}]', ("own-address", 1, 1)),
        ("more.tf", b"# fine\n# \xff\n", ("invalid-own-file", 2, 1)),
        ("more.tf.json", '{"resource": {"aws_iam_role": {"cluster": {}}}}', ("own-address", 1, 1)),
        ("more.tf.json", '{"data": [{"aws_partition": {"cluster": {}}}]}', ("own-address", 1, 1)),
        ("more.tf.json", '{"output": {"instances": {"value": 1}}}', ("own-address", 1, 1)),
        ("more.tf.json", '{"variable": {"cluster_dir": {}}}', ("own-address", 1, 1)),
        ("more_override.tf.json", '{"resource": {"aws_iam_role": {"cluster": {}}}}', None),
        ("override.tf.json", '{"output": {"instances": {"value": 1}}}', None),
        ("x_override.tf.json", '{"terraform": {"backend": {"s3": {}}}}', ("own-backend", 1, 1)),
        ("x.tf.json", '{"terraform": [{"cloud": {}}]}', ("own-backend", 1, 1)),
        ("prod.auto.tfvars", "x = 1", ("not-put-beside", 1, 1)),
        ("terraform.tfstate", "{}", ("not-put-beside", 1, 1)),
        ("README.md", "notes", None),
        (".hidden.tf", "notes", None),
    ],
)
def test_what_is_wrong_with_a_file_is_said_of_it(
    cluster: Path, name: str, content: str | bytes, expected: tuple[str, int, int] | None
) -> None:
    put(cluster, {name: content})
    assert findings(cluster) == ([(expected[0], name, *expected[1:])] if expected else [])


def test_names_that_differ_in_case_alone_are_one_file_to_some_systems(cluster: Path) -> None:
    put(cluster, {"Alarms.tf": "", "alarms.tf": ""})
    assert [rule for rule, *_ in findings(cluster)] == ["invalid-own-file"]


def test_every_fault_is_told_and_nothing_is_written(cluster: Path) -> None:
    put(cluster, {"a.tf.json": "{", "b.tf": b"\xff"})
    (cluster / "terraform/c.tf").symlink_to("nowhere")
    result = synth(cluster)
    assert result.exit_code == 1
    assert result.stderr.count("error[invalid-own-file]") == 3
    assert not stack(cluster).exists()


def test_forecast_and_policy_say_that_they_leave_them_out(cluster: Path) -> None:
    put(cluster, {"alarms.tf": ALARM})
    forecast = CliRunner().invoke(cli, ["impact", str(cluster), str(cluster)])
    assert "terraform/ beside the config" in forecast.stderr
    policy = CliRunner().invoke(cli, ["permissions", str(cluster)])
    assert "is not in this policy" in policy.stderr


def test_json_that_is_nested_too_deeply_is_a_finding(cluster: Path) -> None:
    put(cluster, {"deep.tf.json": "[" * 100_000})
    assert findings(cluster) == [("invalid-own-file", "deep.tf.json", 1, 1)]


@pytest.mark.parametrize("block", ['  backend "s3" {}', "  cloud {\n  }"])
def test_backend_in_hcl_is_told_at_its_line(block: str, cluster: Path) -> None:
    put(cluster, {"state_override.tf": f"terraform {{\n{block}\n}}\n"})
    assert findings(cluster) == [("own-backend", "state_override.tf", 2, 1)]


def test_file_that_somebody_put_beside_the_stack_is_not_overwritten(cluster: Path) -> None:
    assert synth(cluster).exit_code == 0
    (stack(cluster) / "mine.tf").write_text("# mine\n")
    put(cluster, {"mine.tf": "# another\n"})
    assert isinstance(synth(cluster).exception, TpaTfError)
    assert (stack(cluster) / "mine.tf").read_text() == "# mine\n"
    put(cluster, {"mine.tf": "# mine\n"})
    assert synth(cluster).exit_code == 0
