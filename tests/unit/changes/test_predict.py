"""A plan predicted from two stacks in memory: what only expressions that know their references can tell."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.golden.cases import Case, cases
from tests.support.configs import SOUND, load_edited
from tests.support.forecasts import judged
from tpa_tf.changes.effects import DELETE, NOTHING, REPLACE, UPDATE
from tpa_tf.changes.plan import Plan
from tpa_tf.changes.predict import predict
from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import load
from tpa_tf.stack.build import build
from tpa_tf.terraform.blocks import Lifecycle, Moved, Provider, Settings, holds
from tpa_tf.terraform.expressions import ref
from tpa_tf.terraform.stack import Stack

PAIRS = random.Random(13).sample([(one, other) for one in cases() for other in cases()], 120)


def cluster(case: Case) -> Cluster:
    found = load(case.cluster).cluster
    assert found
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_nothing_is_predicted_of_no_edit(case: Case) -> None:
    verdict, notes = judged(cluster(case), cluster(case))
    assert (verdict.rows, verdict.refusals, notes) == ((), (), ())


def test_the_step_from_any_cluster_to_any_other_is_judged() -> None:
    """Whatever changes at once, there is an answer, and it is the same twice."""
    clusters = {case.name: cluster(case) for case in cases()}
    where = Path("cdktf.out/stacks/any")
    for one, other in PAIRS:
        old, new = build(clusters[one.name], where), build(clusters[other.name], where)
        plan = predict(old, new)
        assert plan == predict(old, new)
        assert {change.address for change in plan.resources} >= {
            address for address in old.things if not address.startswith("data.") and not new.moved
        }


# Stacks made by hand


def stack(*, provider: str = "aws.eu_west_1") -> Stack:
    made = Stack("x", Settings("local", {}, ">= 1.5", {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}))
    made.add(Provider("aws", provider.removeprefix("aws."), {"region": provider[4:].replace("_", "-")}))
    return made


def actions(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {change.address: change.actions for change in plan.resources if change.actions != NOTHING}


def network(cidr: str, name: str = "a") -> Stack:
    made = stack()
    vpc = made.resource("aws_vpc", "v", "aws.eu_west_1", cidr_block="10.0.0.0/16")
    subnet = made.resource("aws_subnet", name, "aws.eu_west_1", vpc_id=vpc.attribute("id"), cidr_block=cidr)
    made.resource(
        "aws_instance",
        "i",
        "aws.eu_west_1",
        instance_type="t3.micro",
        subnet_id=subnet.attribute("id"),
        tags={"a": "b"},
    )
    return made


def test_what_follows_from_a_replacement_follows() -> None:
    plan = predict(network("10.0.1.0/24"), network("10.0.2.0/24"))
    assert actions(plan) == {"aws_subnet.a": REPLACE, "aws_instance.i": REPLACE}
    (instance,) = [change for change in plan.resources if change.type == "aws_instance"]
    assert instance.forced_by == {"subnet_id"}
    assert instance.follows == {"aws_subnet.a"}
    assert "subnet_id" in instance.unknown
    assert plan.subnets_of == {"aws_instance.i": {"aws_subnet.a"}}


def test_a_move_takes_references_along() -> None:
    new = network("10.0.1.0/24", "b")
    new.moved = (Moved("aws_subnet.a", "aws_subnet.b"),)
    plan = predict(network("10.0.1.0/24"), new)
    assert actions(plan) == {}
    assert {change.previous_address for change in plan.resources} == {None, "aws_subnet.a"}


def test_text_that_reads_like_an_address_is_no_reference() -> None:
    def tagged(text: str) -> Stack:
        made = network("10.0.1.0/24")
        made.resource("aws_eip", "e", "aws.eu_west_1", tags={"Name": text})
        return made

    new = tagged("${aws_subnet.a.id}")
    new.moved = (Moved("aws_subnet.gone", "aws_subnet.a"),)
    assert actions(predict(tagged("${aws_subnet.a.id}"), new)) == {}
    assert actions(predict(tagged("aws_subnet.a"), tagged("aws_subnet.b"))) == {"aws_eip.e": UPDATE}


def test_objects_of_a_prediction_are_related_by_what_they_refer_to() -> None:
    plan = predict(network("10.0.1.0/24"), stack())
    assert set(actions(plan).values()) == {DELETE}
    instance, subnet, _ = sorted(plan.resources, key=lambda change: change.address)
    assert instance.was("subnet_id") == subnet.id == ref("aws_subnet.a", "id")


def test_a_guard_fails_the_plan_of_what_is_ignored() -> None:
    def guarded(cidr: str) -> Stack:
        made = stack()
        lifecycle = Lifecycle(("cidr_block",), guards=(holds("cidr_block", cidr, "No.", "Set it back."),))
        made.resource("aws_vpc", "v", "aws.eu_west_1", cidr_block=cidr, lifecycle=lifecycle)
        return made

    (change,) = predict(guarded("10.0.0.0/16"), guarded("10.1.0.0/16")).resources
    assert change.actions == NOTHING
    assert change.held_back == {"cidr_block"}
    assert "10.0.0.0/16 → 10.1.0.0/16" in change.failures[0].why


def test_verdict_of_the_forecast_says_what_review_will_refuse(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    before = load_edited(old, {}).cluster
    after = load_edited(new, {f"instances[{number}].type": "t3.large" for number in range(len(SOUND["instances"]))})
    assert before and after.cluster
    verdict, _ = judged(before, after.cluster)
    assert [refusal.reason.partition("; ")[2] for refusal in verdict.refusals] == [
        "2 instances of the cluster at once (one, two)"
    ] * 2
