"""Another version of the provider is no change of an instance, in a forecast and in a plan; what it does is told.

The plans are made by hand, of what the provider's documentation says: there is no version 6 to make them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import REMOVED, load_edited
from tests.support.forecasts import judged
from tests.support.plans import DELETE, NOTHING, REPLACE, UPDATE, instance, plan, resource, volume
from tpa_tf.changes.effects import Effect
from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.read import read_plan
from tpa_tf.cluster.model import Cluster

FIVE: Mapping[str, Any] = {}
SIX: Mapping[str, Any] = {"terraform.provider_version": "~> 6.40"}
EXISTING_BUCKET: Mapping[str, Any] = {"cluster_bucket": "ours"}
PROTECTED: Mapping[str, Any] = {"instances[1].termination_protection": True}
REGION = {"region": "eu-west-1"}
RULE = {"id": "sgr-1", "security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 5432, "to_port": 5432}
OBJECT = {"id": "speedy/hostkeys/rsa.txt", "bucket": "speedy", "key": "speedy/hostkeys/rsa.txt"}


def cluster(directory: Path, edits: Mapping[str, Any]) -> Cluster:
    directory.mkdir()
    loaded = load_edited(directory, edits)
    assert loaded.cluster, loaded.report.findings
    return loaded.cluster


def reviewed(*resources: dict[str, Any], constraint: str = "~> 6.40", **more: Any) -> Verdict:
    block = {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "version_constraint": constraint}
    configuration = {"provider_config": {"aws.eu_west_1": {**block, "alias": "eu_west_1"}}}
    document = json.dumps(plan(*resources, configuration=configuration, **more)).encode()
    return judge(read_plan("-", io.BytesIO(document)))


@pytest.mark.parametrize("edits", [{}, EXISTING_BUCKET, PROTECTED], ids=["bucket", "existing bucket", "protected"])
@pytest.mark.parametrize(("before", "after"), [(FIVE, SIX), (SIX, FIVE)], ids=["to 6", "to 5"])
def test_another_version_alone_touches_nothing(
    tmp_path: Path, edits: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    verdict, notes = judged(
        cluster(tmp_path / "old", {**edits, **before}), cluster(tmp_path / "new", {**edits, **after})
    )
    assert verdict.rows == ()
    assert verdict.passes
    (note,) = notes
    assert "changes nothing in AWS. Run terraform init -upgrade" in note
    assert ".terraform.lock.hcl" in note


def test_upgrade_says_what_the_first_plan_shows_and_what_to_keep(tmp_path: Path) -> None:
    _, (note,) = judged(cluster(tmp_path / "old", FIVE), cluster(tmp_path / "new", SIX))
    assert note.startswith("provider_version 5.100.0 → ~> 6.40 changes")
    assert "The first plan updates force_destroy of each instance, in the state alone" in note
    assert "Keep a copy of the state" in note


def test_the_way_back_says_that_the_state_may_be_more_than_5_reads(tmp_path: Path) -> None:
    _, (note,) = judged(cluster(tmp_path / "old", SIX), cluster(tmp_path / "new", FIVE))
    assert note.endswith("5 may not read a state that 6 has written: restore the one of before")


def test_later_version_of_the_same_release_says_only_how_it_comes(tmp_path: Path) -> None:
    later = {"terraform.provider_version": "~> 6.50"}
    _, (note,) = judged(cluster(tmp_path / "old", SIX), cluster(tmp_path / "new", later))
    assert note.endswith("commit .terraform.lock.hcl")


def test_what_is_edited_besides_is_told_as_ever(tmp_path: Path) -> None:
    larger = {"instances[0].type": "t3.large", **SIX}
    verdict, _ = judged(cluster(tmp_path / "old", FIVE), cluster(tmp_path / "new", larger))
    assert {row.address: row.effect for row in verdict.rows} == {"aws_instance.one": Effect.STOPS_AND_STARTS}


def test_what_version_6_notes_by_itself_is_no_drift_and_passes() -> None:
    drift = (
        instance("one", 1, UPDATE, {**REGION, "user_data": "#!/bin/bash\n", "placement_group_id": ""}),
        volume("one", 1, UPDATE, {**REGION, "volume_initialization_rate": 0}),
        resource("aws_s3_object.hostkeys_rsa", UPDATE, OBJECT, {**OBJECT, "id": f"speedy/{OBJECT['key']}", **REGION}),
    )
    result = reviewed(instance("one", 1, NOTHING, REGION), volume("one", 1, NOTHING, REGION), drift=drift)
    assert result.rows == ()
    assert result.passes


def test_argument_that_version_6_has_a_default_for_is_an_update_that_passes() -> None:
    result = reviewed(instance("one", 1, UPDATE, {"force_destroy": False, **REGION}))
    (row,) = result.rows
    assert row.effect is Effect.IN_PLACE
    assert row.why == "force_destroy unset → false, region"
    assert result.passes


@pytest.mark.parametrize("address", ["aws_vpc.eu_west_1", "aws_s3_bucket.cluster", "aws_subnet.x", "aws_key_pair.x"])
def test_region_that_is_noted_passes_and_another_one_does_not(address: str) -> None:
    assert reviewed(resource(address, UPDATE, {"id": "x"}, {"id": "x", **REGION})).passes
    moved = reviewed(resource(address, UPDATE, {"id": "x", **REGION}, {"id": "x", "region": "us-east-1"}))
    (refusal,) = moved.refusals
    assert refusal.reason.startswith("region of the")


def test_rules_that_a_region_replaces_are_refused_where_the_cluster_needs_them() -> None:
    """What versions before 6.5 plan with -refresh=false."""
    rule = resource(
        "aws_vpc_security_group_ingress_rule.eu_west_1_tcp_5432_x",
        REPLACE,
        RULE,
        {**RULE, **REGION},
        replace_paths=[["region"]],
    )
    running = instance("one", 1, NOTHING, {"vpc_security_group_ids": ["sg-1"]})
    running["change"]["before"]["vpc_security_group_ids"] = ["sg-1"]
    result = reviewed(running, rule, constraint="~> 6.4.0")
    assert [row.effect for row in result.rows] == [Effect.CUTS_CONNECTIONS]


PROTECTED_INSTANCE = {"disable_api_termination": True}


@pytest.mark.parametrize(
    ("constraint", "effect"),
    [
        ("5.100.0", Effect.DESTROYS_INSTANCE),
        ("~> 6.7.0", Effect.DESTROYS_INSTANCE),
        ("~> 6.0", Effect.FAILS_IN_APPLY),
        ("~> 6.40", Effect.FAILS_IN_APPLY),
        ("", Effect.DESTROYS_INSTANCE),
    ],
)
def test_protected_instance_is_not_destroyed_since_6_8(constraint: str, effect: Effect) -> None:
    protected = instance("one", 1, DELETE)
    protected["change"]["before"] |= PROTECTED_INSTANCE
    result = reviewed(protected, constraint=constraint)
    assert [row.effect for row in result.rows] == [effect]
    (refusal,) = result.refusals
    assert ("AWS refuses. The apply fails." in refusal.reason) is (effect is Effect.FAILS_IN_APPLY)


@pytest.mark.parametrize(("version", "effect"), [(FIVE, Effect.DESTROYS_INSTANCE), (SIX, Effect.FAILS_IN_APPLY)])
def test_forecast_says_so_too(tmp_path: Path, version: Mapping[str, Any], effect: Effect) -> None:
    gone = {"instances[1]": REMOVED, **version}
    verdict, _ = judged(cluster(tmp_path / "old", {**PROTECTED, **version}), cluster(tmp_path / "new", gone))
    (row,) = (row for row in verdict.rows if row.address == "aws_instance.two")
    assert row.effect is effect


def test_plan_with_a_compressed_script_that_is_no_text_is_read() -> None:
    noted = instance("one", 1, NOTHING, {"user_data": "SCRIPT"})
    document = json.dumps(plan(noted)).encode().replace(b"SCRIPT", b"\\u001f\x8b\xff")
    found = read_plan("-", io.BytesIO(document))
    assert [change.address for change in found.resources] == ["aws_instance.one"]
    assert judge(found).passes
