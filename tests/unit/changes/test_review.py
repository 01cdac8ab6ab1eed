"""What a review says of plans, and what it refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.configs import edited
from tests.support.plans import (
    CREATE,
    DELETE,
    NOTHING,
    REPLACE,
    UPDATE,
    attachment,
    instance,
    plan,
    resource,
    volume,
)
from tpa_tf.changes.effects import Effect, Row
from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.read import read_plan
from tpa_tf.cli import cli
from tpa_tf.errors import TpaTfError

DATA = {"instances[0].volumes[1].vars": {"volume_for": "postgres_data"}}


def reviewed(*resources: dict[str, Any], allow: tuple[str, ...] = (), **more: Any) -> Verdict:
    document = json.dumps(plan(*resources, **more)).encode()
    return judge(read_plan("-", io.BytesIO(document)), allow=allow)


def row(result: Verdict, address: str) -> Row:
    (found,) = [each for each in result.rows if each.address == address and each.effect is not Effect.DRIFTED]
    return found


def refused(result: Verdict) -> list[str]:
    assert result.passes is (not result.refusals and not result.errored)
    return [each.address for each in result.refusals]


KEY = {"key_name": "tpa_speedy", "public_key": "ssh-rsa A"}


def test_bucket_and_key_pair_go_with_the_last_machine() -> None:
    gone = [resource("aws_s3_bucket.cluster", DELETE), resource("aws_key_pair.eu_west_1", DELETE, KEY)]
    result = reviewed(instance("one", 1, DELETE), *gone, allow=("aws_instance.one",))
    assert refused(result) == []


def test_several_members_at_once() -> None:
    larger = {"instance_type": "t3.large"}
    result = reviewed(
        instance("one", 1, UPDATE, larger), instance("two", 2, UPDATE, larger), instance("three", 3, NOTHING)
    )
    assert refused(result) == ["aws_instance.one", "aws_instance.two"]
    assert {each.reason for each in result.refusals} == {
        f"the instance {name} is stopped, and started again; 2 instances of the cluster at once (one, two)"
        for name in ("one", "two")
    }
    half = reviewed(instance("one", 1, UPDATE, larger), instance("two", 2, UPDATE, larger), allow=("aws_instance.one",))
    assert refused(half) == ["aws_instance.two"]
    one = reviewed(instance("one", 1, UPDATE, larger), volume("one", 1, DELETE), attachment("one", 1, DELETE))
    assert "at once" not in " ".join(each.reason for each in one.refusals), "one member only"


def test_replaced_machine_takes_its_disks_along() -> None:
    result = reviewed(instance("one", 1, REPLACE, replace_paths=[["private_ip"]]), attachment("one", 1, REPLACE))
    assert refused(result) == ["aws_instance.one"]
    assert row(result, "aws_volume_attachment.one_sdf").effect is Effect.REPLACE
    assert row(result, "aws_instance.one").why == "private_ip. AWS can only replace the instance."


def test_what_terraform_no_longer_finds_is_not_made_anew_in_silence() -> None:
    resources = [instance("one", 1, CREATE), volume("one", 1, CREATE), resource("aws_key_pair.eu_west_1", CREATE)]
    drift = tuple({**each, "change": {"actions": DELETE}} for each in resources)
    result = reviewed(*resources, drift=drift)
    assert refused(result) == ["aws_ebs_volume.one_sdf", "aws_instance.one"]
    assert "an empty one would take its place" in result.refusals[0].reason
    assert row(result, "aws_instance.one").effect is Effect.LOSES_DATA
    assert row(result, "aws_key_pair.eu_west_1").effect is Effect.CREATE


def test_moved_and_imported_things() -> None:
    result = reviewed(
        instance("first", 1, NOTHING, previous_address="aws_instance.one"),
        volume("first", 1, UPDATE, {"size": 100}, previous_address="aws_ebs_volume.one_sdf"),
        volume("two", 2, NOTHING, importing={"id": "vol-1"}),
    )
    assert refused(result) == []
    said = {each.address: (each.effect, each.why.partition(". Grow")[0]) for each in result.rows}
    assert said == {
        "aws_instance.first": (Effect.NO_CHANGE, "It was aws_instance.one."),
        "aws_ebs_volume.first_sdf": (Effect.IN_PLACE, "It was aws_ebs_volume.one_sdf. size 64 → 100"),
        "aws_ebs_volume.two_sdf": (Effect.NO_CHANGE, "It is imported."),
    }


def test_part_of_a_plan_never_passes() -> None:
    result = reviewed(errored=True)
    assert not result.passes
    assert not reviewed(instance("one", 1, DELETE), errored=True, allow=("aws_instance.one",)).passes


def test_reads_and_what_stays_are_no_rows() -> None:
    read = resource("aws_ami.eu_west_1", ["read"], mode="data")
    assert reviewed(read, instance("one", 1, NOTHING), volume("one", 1, NOTHING)).rows == ()


def test_stack_within_a_module() -> None:
    result = reviewed(resource("module.tpa.aws_ebs_volume.one_sdf", DELETE))
    assert refused(result) == ["module.tpa.aws_ebs_volume.one_sdf"]


def test_secrets_and_long_values_are_not_shown() -> None:
    result = reviewed(
        resource("aws_key_pair.a", UPDATE, {"public_key": "s3cret"}, {"public_key": "n3w"},
                 after_sensitive={"public_key": True}),
        resource("aws_s3_object.b", UPDATE, {"source": "x" * 99, "etag": "1"}, {"source": "y", "etag": "2"}),
        resource("aws_db_instance.c", UPDATE, {"password": "s3cret"}, {"password": "n3w"}),
        instance("one", 1, UPDATE, {"user_data": "hash"}, after_unknown={"public_ip": True}),
    )  # fmt: skip
    assert {each.address: each.why for each in result.rows} == {
        "aws_key_pair.a": "public_key",
        "aws_s3_object.b": "etag, source",
        "aws_db_instance.c": "password",
        "aws_instance.one": "public_ip, user_data. The instance stops and starts. A public address that is no Elastic "
        "IP changes.",
    }


def test_allowing_what_is_not_planned_is_a_mistake() -> None:
    with pytest.raises(TpaTfError, match=r"--allow aws_instance.two: .*; what needs it: aws_instance.one"):
        reviewed(instance("one", 1, DELETE), allow=("aws_instance.one", "aws_instance.two"))
    with pytest.raises(TpaTfError, match="nothing in it needs to be allowed"):
        reviewed(instance("one", 1, UPDATE), allow=("aws_instance.one",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no plan"),
        ("[]", "is no plan: give what terraform show -json"),
        ('{"format_version": "1.2", "values": {}}', "is no plan"),
        (json.dumps(plan() | {"format_version": "2.0"}), "format 2.0, and this program knows 1.x"),
        (json.dumps(plan() | {"resource_changes": [{"mode": "managed"}]}), "can't be understood"),
        (json.dumps(plan() | {"resource_changes": [7]}), "can't be understood"),
    ],
)
def test_what_is_no_plan(text: str, says: str) -> None:
    with pytest.raises(TpaTfError, match=says):
        read_plan("-", io.BytesIO(text.encode()))


# The command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, edits in (("speedy", DATA), ("older", {**DATA, "instances[1].Name": "zwei"})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yml").write_text(yaml.safe_dump(edited(edits), sort_keys=False))
    return tmp_path


def run(*arguments: str, document: dict[str, Any] | None = None) -> Result:
    text = json.dumps(document) if document else None
    return CliRunner().invoke(cli, ["review", *arguments], input=text, catch_exceptions=False)


LOSS = plan(instance("one", 1, NOTHING), volume("one", 1, DELETE), attachment("one", 1, DELETE))


def test_table_says_whose_disk_it_is_and_what_is_on_it(project: Path) -> None:
    result = run("-", "--config", "speedy", document=LOSS)
    assert result.exit_code == 1
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["effect", "instance", "what", "address", "why"]
    assert lines[1].split("  ")[0] == "loses data"
    assert "one (primary" in lines[1]
    assert "volume /dev/sdf (postgres_data)" in lines[1]
    assert (
        "- aws_ebs_volume.one_sdf: the volume /dev/sdf of one with postgres_data is destroyed; detaching it stops one"
        in (result.stdout)
    )
    result = run("-", "--config", "speedy", "--allow", "aws_ebs_volume.one_sdf", document=LOSS)
    assert result.exit_code == 0
    assert result.stdout.endswith("\nAllowed: aws_ebs_volume.one_sdf\n")


def test_markdown_for_a_pull_request(project: Path) -> None:
    result = run("-", "--config", "speedy", "--format", "markdown", document=LOSS)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:2] == ["| effect | instance | what | address | why |", "| --- | --- | --- | --- | --- |"]
    assert lines[2].startswith("| **loses data** | one (primary")
    assert "`aws_ebs_volume.one_sdf`" in lines[2]
    assert any(line.startswith("- `aws_ebs_volume.one_sdf`: the volume") for line in lines)


def test_json_for_programs(project: Path) -> None:
    result = run("-", "--config", "speedy", "--format", "json", document=LOSS)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["version"], found["passes"], found["errored"], found["allowed"]) == (2, False, False, [])
    assert [each["address"] for each in found["refused"]] == ["aws_ebs_volume.one_sdf"]
    worst = found["changes"][0]
    assert (worst["effect"], worst["instance"], worst["volume_for"]) == ("loses data", "one", "postgres_data")
    assert worst["role"][0] == "primary"


def test_config_is_found_beside_the_plan(project: Path) -> None:
    document = {**LOSS, "variables": {"cluster_dir": {"value": "../../../speedy"}}}
    stack = project / "cdktf.out" / "stacks" / "speedy"
    stack.mkdir(parents=True)
    (stack / "plan.json").write_text(json.dumps(document))
    result = run("cdktf.out/stacks/speedy/plan.json")
    assert result.stderr == ""
    assert "postgres_data" in result.stdout
    (project / "plan.json").write_text(json.dumps(document))
    result = run("plan.json")
    assert result.exit_code == 1, "refused all the same"
    assert "without --config, the roles of instances and the use of volumes are not known" in result.stderr
    assert "the volume /dev/sdf of one is destroyed" in result.stdout, "as far as tags tell"


def test_node_that_leaves_is_known_from_the_config_before(project: Path) -> None:
    document = plan(instance("zwei", 2, DELETE))
    assert "replica" not in run("-", "--config", "speedy", document=document).stdout
    assert "zwei (replica" in run("-", "--config", "speedy", "--before", "older", document=document).stdout
    assert run("-", "--before", "older", document=document).exit_code == 2


def test_nothing_to_say(project: Path) -> None:
    result = run("-", "--config", "speedy", document=plan())
    assert (result.exit_code, result.stdout) == (0, "nothing changes\n")
    assert run("-", "--config", "speedy", "--format", "markdown", document=plan()).stdout == "nothing changes\n"


def test_many_things_of_one_kind_are_one_row_for_people(project: Path) -> None:
    rules = [resource(f"aws_vpc_security_group_ingress_rule.r{n}", CREATE) for n in range(7)]
    result = run("-", "--config", "speedy", document=plan(*rules))
    assert len(result.stdout.splitlines()) == 2
    assert "7 of: ingress rule" in result.stdout
    result = run("-", "--config", "speedy", "--format", "json", document=plan(*rules))
    assert len(json.loads(result.stdout)["changes"]) == 7


def test_config_at_fault(project: Path) -> None:
    Path("speedy/config.yml").write_text("a: [")
    result = run("-", "--config", "speedy", document=LOSS)
    assert result.exit_code == 1
    assert "speedy/config.yml:2:1: error" in result.stderr
    assert result.stdout == ""


def test_file_that_is_not_there(project: Path) -> None:
    with pytest.raises(TpaTfError, match=r"missing\.json can't be read"):
        run("missing.json")
