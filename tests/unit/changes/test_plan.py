"""Reading plans: what is understood, and that nothing which is no plan does more harm than a line that says so."""

from __future__ import annotations

import copy
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.plans import CREATE, DELETE, NOTHING, REPLACE, UPDATE, attachment, instance, plan, resource, volume
from tpa_tf.changes.effects import Effect
from tpa_tf.changes.judge import judge
from tpa_tf.changes.plan import Plan
from tpa_tf.changes.read import read_plan
from tpa_tf.changes.relations import without_index
from tpa_tf.changes.render import FORMATS, as_data, render, verdict
from tpa_tf.errors import TpaTfError

KNOWN = ("no-op", "read", "create", "update", "delete", "forget")
PAIRS = {("delete", "create"), ("create", "delete"), ("create", "forget"), ("forget", "create")}
LISTS = [each for length in range(3) for each in itertools.product((*KNOWN, "destroy"), repeat=length)]


def read(document: Any) -> Plan:
    return read_plan("-", io.BytesIO(json.dumps(document).encode()))


@pytest.mark.parametrize("make", [instance, volume])
@pytest.mark.parametrize("actions", LISTS, ids="+".join)
def test_only_what_keeps_a_machine_or_a_disk_passes(make: Any, actions: tuple[str, ...]) -> None:
    document = plan(make("one", 1, list(actions)))
    if actions in PAIRS or (len(actions) == 1 and actions[0] in KNOWN):
        kept = actions in {("no-op",), ("read",), ("create",), ("update",)}
        assert judge(read(document)).passes is kept
    else:
        with pytest.raises(TpaTfError, match="this program knows none such") as raised:
            read(document)
        assert json.dumps(list(actions)) in str(raised.value)


def test_unknown_action_is_named_with_what_it_is_of() -> None:
    with pytest.raises(TpaTfError, match=r'actions \["destroy"\] of "aws_vpc.a"'):
        read(plan(resource("aws_vpc.a", ["destroy"])))
    with pytest.raises(TpaTfError, match=r"actions \[7\]"):
        read(plan(resource("aws_vpc.a", [7])))  # type: ignore[list-item]
    with pytest.raises(TpaTfError, match=r'actions \["update", 7\]'):
        read(plan(resource("aws_vpc.a", ["update", 7])))  # type: ignore[list-item]
    with pytest.raises(TpaTfError, match="destroy"):
        read(plan(drift=(resource("aws_vpc.a", ["destroy"]),)))


@pytest.mark.parametrize("kind", ["aws_instance.one", "aws_ebs_volume.one_sdf"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_tags_that_are_none(kind: str, side: str) -> None:
    change = resource(kind, UPDATE, {"id": "x"}, {"id": "x"})
    change["change"][side] = {"tags": "x"}
    with pytest.raises(TpaTfError, match="tags is text, and should be an object"):
        read(plan(change))


def test_tags_of_other_things_may_be_anything() -> None:
    document = plan(resource("aws_autoscaling_group.a", UPDATE, {"tags": [{"key": "a"}]}, {"tags": []}))
    assert len(judge(read(document)).rows) == 1
    assert read(document).resources[0].old_tags == {}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format_version": "1.2", "planned_values": ' + '{"a":' * 100_000])
def test_text_nested_without_end(text: str) -> None:
    with pytest.raises(TpaTfError, match="nested too deeply"):
        read_plan("-", io.BytesIO(text.encode()))


def test_value_nested_so_deeply_that_only_its_marks_can_not_be_read() -> None:
    deep: Any = True
    for _ in range(700):
        deep = [deep]
    with pytest.raises(TpaTfError, match="nested too deeply"):
        read(plan(instance("one", 1, UPDATE, after_unknown={"a": deep})))


def test_faults_take_one_line() -> None:
    with pytest.raises(TpaTfError) as raised:
        read(plan() | {"format_version": "2\n"})
    assert len(str(raised.value).splitlines()) == 1
    odd = instance("one", 1, DELETE)
    odd["address"] = "aws_instance.one\nx"
    with pytest.raises(TpaTfError) as raised:
        judge(read(plan(odd)), allow=("aws_instance.two",))
    assert len(str(raised.value).splitlines()) == 1


SUBNET = resource("aws_subnet.a", CREATE, after={"vpc_id": "vpc-1"}, after_unknown={"availability_zone": True})
SAMPLE = plan(
    instance("one", 1, REPLACE, after_unknown={"subnet_id": True}, replace_paths=[["subnet_id"]]),
    instance("two", 2, UPDATE, {"instance_type": "t3.large"}),
    volume("one", 1, NOTHING, previous_address="aws_ebs_volume.old"),
    attachment("one", 1, REPLACE),
    SUBNET,
    resource("aws_vpc.a", DELETE, {"id": "vpc-1", "arn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-1"}),
    resource("aws_internet_gateway.a", DELETE, {"id": "igw-1", "vpc_id": "vpc-1"}),
    resource("aws_security_group.a", DELETE, {"id": "sg-1"}),
    resource("aws_key_pair.a", DELETE, {"key_name": "tpa_speedy"}),
    drift=(resource("aws_eip.a", DELETE),),
    variables={"cluster_dir": {"value": "../x"}},
    complete=True,
    errored=False,
    deferred_changes=[{"reason": "instance_count_unknown", "resource_change": instance("three", 3, CREATE)}],
    configuration={
        "root_module": {
            "resources": [
                {
                    "address": "aws_instance.one",
                    "type": "aws_instance",
                    "expressions": {"subnet_id": {"references": ["aws_subnet.a.id", "aws_subnet.a"]}},
                }
            ],
            "module_calls": {"tpa": {"module": {"resources": []}}},
        }
    },
)
JUNK: tuple[Any, ...] = (None, "x", "", 7, 1.5, True, [], [7], [[]], ["x"], {}, {"x": 7}, {"id": []})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_whatever_stands_in_a_plan_it_is_read_or_refused_with_a_line(junk: Any) -> None:
    outcomes = set()
    for path in places(SAMPLE):
        document = copy.deepcopy(SAMPLE)
        if path:
            there = document
            for key in path[:-1]:
                there = there[key]
            there[path[-1]] = junk
        else:
            document = junk
        try:
            result = judge(read(document))
            for form in FORMATS:
                assert render(result.rows, form, empty="-", also=as_data(result)) + verdict(result, form)
            outcomes.add("read")
        except TpaTfError as error:
            assert len(str(error).splitlines()) == 1
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_subnets_are_found_through_modules_and_indices() -> None:
    call = {
        "resources": [
            {
                "address": "aws_instance.one",
                "type": "aws_instance",
                "expressions": {"subnet_id": {"references": ['aws_subnet.a["x.y"].id', "aws_subnet.a"]}},
            },
            {"address": "aws_instance.two", "type": "aws_instance", "expressions": {"subnet_id": {}}},
            {"address": "aws_vpc.a", "type": "aws_vpc"},
        ]
    }
    found = read({**plan(), "configuration": {"root_module": {"module_calls": {"tpa": {"module": call}}}}})
    assert found.subnets_of == {
        "module.tpa.aws_instance.one": {"module.tpa.aws_subnet.a"},
        "module.tpa.aws_instance.two": set(),
    }


@pytest.mark.parametrize(
    ("address", "without"),
    [
        ("aws_instance.one", "aws_instance.one"),
        ("aws_instance.one[0]", "aws_instance.one"),
        ('module.tpa["a]b"].aws_instance.one["x\\"]"]', "module.tpa.aws_instance.one"),
    ],
)
def test_address_in_the_configuration(address: str, without: str) -> None:
    assert without_index(address) == without


def test_conditions_that_failed_the_plan_are_told() -> None:
    def checked(address: str, status: str, *messages: str) -> dict[str, Any]:
        found = {"address": {"to_display": address}, "status": status}
        problems = {"problems": [{"message": message} for message in messages]} if messages else {}
        return {"address": {"kind": "resource"}, "status": status, "instances": [{**found, **problems}]}

    checks = [
        checked("aws_ebs_volume.one_sdf", "fail", "It is not encrypted.", "It is elsewhere."),
        checked("module.tpa.aws_instance.two", "fail", "It is not so."),
        checked("aws_instance.one", "pass"),
        {"address": {"kind": "output_value"}, "status": "fail", "instances": []},
    ]
    document = plan(volume("one", 1, NOTHING), instance("one", 1, NOTHING), errored=True, complete=False)
    found = judge(read({**document, "checks": checks}))
    assert not found.passes
    assert {(row.address, row.effect, row.why) for row in found.rows} == {
        ("aws_ebs_volume.one_sdf", Effect.FAILS_IN_PLAN, "It is not encrypted."),
        ("aws_ebs_volume.one_sdf", Effect.FAILS_IN_PLAN, "It is elsewhere."),
        ("module.tpa.aws_instance.two", Effect.FAILS_IN_PLAN, "It is not so."),
    }
