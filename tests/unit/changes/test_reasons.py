"""What a review refuses beyond machines and disks that go: what would fail half-way, or leave a node stopped."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.support.configs import REMOVED, edited, load_edited
from tests.support.plans import (
    CREATE,
    DELETE,
    FORGET,
    NOTHING,
    REPLACE,
    UPDATE,
    attachment,
    instance,
    plan,
    resource,
    volume,
)
from tpa_tf.changes.effects import Effect
from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.read import read_plan
from tpa_tf.changes.render import as_data, preface, verdict
from tpa_tf.cli import cli
from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError

Change = dict[str, Any]


def reviewed(*resources: Change, config: Cluster | None = None, allow: Iterable[str] = (), **more: Any) -> Verdict:
    document = json.dumps(plan(*resources, **more)).encode()
    return judge(read_plan("-", io.BytesIO(document)), None, config, allow)


def refused(result: Verdict) -> dict[str, str]:
    return {each.address: each.reason for each in result.refusals}


def with_before(change: Change, **before: Any) -> Change:
    """``change`` of something that had these arguments too."""
    for side in ("before", "after"):
        if change["change"][side]:
            change["change"][side] = {**before, **change["change"][side]}
    return change


# A disk that is taken from a running machine

STOPPED = (
    "detaching the volume stops one and nothing starts it again: aws ec2 start-instances afterwards; "
    "to avoid it unmount and detach the volume first (aws ec2 detach-volume), and plan again"
)
SDF = "aws_volume_attachment.one_sdf"


@pytest.mark.parametrize("actions", [DELETE, REPLACE])
@pytest.mark.parametrize("of_machine", [NOTHING, UPDATE, FORGET])
def test_attachment_alone_stops_a_machine_that_stays(actions: list[str], of_machine: list[str]) -> None:
    result = reviewed(instance("one", 1, of_machine), volume("one", 1, NOTHING), attachment("one", 1, actions))
    assert refused(result)[SDF] == STOPPED
    (row,) = [each for each in result.rows if each.address == SDF]
    assert row.effect is Effect.STOPS
    assert row.why == "Detaching the volume stops the instance. Nothing starts it again."


def test_attachment_of_a_machine_that_nobody_knows() -> None:
    assert refused(reviewed(attachment("one", 1, DELETE)))[SDF].startswith(
        "detaching the volume stops its instance and nothing"
    )


@pytest.mark.parametrize(
    ("actions", "effect"),
    [
        (CREATE, Effect.CREATE),
        (UPDATE, Effect.IN_PLACE),
        (FORGET, Effect.FORGET),
        (["create", "forget"], Effect.REPLACE),
        (NOTHING, None),
    ],
)
def test_attachment_that_is_not_taken_away(actions: list[str], effect: Effect | None) -> None:
    result = reviewed(instance("one", 1, NOTHING), attachment("one", 1, actions))
    assert result.passes is ("forget" not in actions)
    assert [row.effect for row in result.rows] == ([effect] if effect else [])


def test_one_word_is_enough_for_a_disk_with_its_attachment() -> None:
    result = reviewed(instance("one", 1, NOTHING), volume("one", 1, DELETE), attachment("one", 1, DELETE))
    assert refused(result) == {
        "aws_ebs_volume.one_sdf": "the volume /dev/sdf of one is destroyed; detaching it stops one, "
        "which stays stopped: aws ec2 start-instances afterwards"
    }


def test_disk_that_goes_with_its_machine_stops_nothing_more() -> None:
    result = reviewed(instance("one", 1, DELETE), volume("one", 1, DELETE), attachment("one", 1, DELETE))
    assert refused(result) == {
        "aws_instance.one": "the instance one is destroyed",
        "aws_ebs_volume.one_sdf": "the volume /dev/sdf of one is destroyed",
    }


def with_instance_store(directory: Path) -> Cluster:
    store = {"device_name": "/dev/sdb", "ephemeral": "ephemeral0", "vars": {"volume_for": "postgres_data"}}
    loaded = load_edited(directory, {"instances[0].type": "m5d.large", "instances[0].volumes[+]": store})
    assert loaded.cluster
    return loaded.cluster


def test_instance_store_that_a_stop_empties_needs_a_word_of_its_own(tmp_path: Path) -> None:
    gone = volume("one", 1, DELETE), attachment("one", 1, DELETE)
    result = reviewed(instance("one", 1, NOTHING), *gone, config=with_instance_store(tmp_path))
    assert "stops one, empties its instance store and nothing starts it again" in refused(result)[SDF]


def test_change_that_loses_data_in_place(tmp_path: Path) -> None:
    larger = instance("one", 1, UPDATE, {"instance_type": "r5d.large"})
    assert refused(reviewed(larger, config=with_instance_store(tmp_path))) == {
        "aws_instance.one": "the instance one (primary, postgres): loses data (postgres_data is on instance store)"
    }


# Networks

VPC = "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"
IN_ONE = {
    "subnet_id": "subnet-1",
    "vpc_security_group_ids": ["sg-0", "sg-1"],
    "arn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
}
PLACES = {
    "aws_vpc.a": {"id": "vpc-1", "arn": VPC},
    "aws_subnet.a": {"id": "subnet-1", "vpc_id": "vpc-1"},
    "aws_security_group.a": {"id": "sg-1", "vpc_id": "vpc-1"},
    "aws_internet_gateway.a": {"id": "igw-1", "vpc_id": "vpc-1"},
    "aws_route_table.a": {"id": "rtb-1", "vpc_id": "vpc-1"},
}


def inside(actions: list[str], **more: Any) -> Change:
    return with_before(instance("one", 1, actions), **{**IN_ONE, **more})


def place(address: str, actions: list[str], **more: Any) -> Change:
    return resource(address, actions, {**PLACES[address], **more})


@pytest.mark.parametrize("address", ["aws_vpc.a", "aws_subnet.a", "aws_security_group.a"])
@pytest.mark.parametrize("actions", [DELETE, REPLACE])
@pytest.mark.parametrize("of_machine", [NOTHING, UPDATE, FORGET])
def test_place_goes_while_an_instance_stays_in_it(address: str, actions: list[str], of_machine: list[str]) -> None:
    reason = refused(reviewed(inside(of_machine), place("aws_subnet.a", NOTHING), place(address, actions)))[address]
    assert "Instances that stay are in it. AWS refuses to delete it" in reason
    assert "DependencyViolation" in reason
    assert f"Set the config back, or hand it over first: terraform state rm {address}" in reason


@pytest.mark.parametrize("address", sorted(PLACES))
@pytest.mark.parametrize("of_machine", [DELETE, REPLACE])
def test_place_goes_with_the_machines_that_are_in_it(address: str, of_machine: list[str]) -> None:
    result = reviewed(inside(of_machine), place(address, DELETE), place("aws_vpc.a", DELETE))
    assert set(refused(result)) == {"aws_instance.one"}


@pytest.mark.parametrize("address", sorted(PLACES))
@pytest.mark.parametrize("actions", [CREATE, UPDATE])
def test_place_that_stays_in_aws(address: str, actions: list[str]) -> None:
    assert reviewed(inside(UPDATE), place(address, actions)).passes


@pytest.mark.parametrize("address", sorted(PLACES))
def test_place_that_terraform_forgets(address: str) -> None:
    (reason,) = refused(reviewed(inside(UPDATE), place(address, FORGET))).values()
    assert reason.endswith("is forgotten by Terraform")


@pytest.mark.parametrize(
    "there",
    [
        place("aws_vpc.a", DELETE, id="vpc-2"),
        place("aws_subnet.a", DELETE, id="subnet-2"),
        place("aws_security_group.a", DELETE, id="sg-2"),
        place("aws_vpc.a", DELETE, id="vpc-2", arn="arn:aws:ec2:us-east-1:123456789012:vpc/vpc-2"),
    ],
)
def test_place_that_no_machine_is_in(there: Change) -> None:
    subnet = resource("aws_subnet.of_one", NOTHING, PLACES["aws_subnet.a"])
    assert reviewed(inside(NOTHING), subnet, there).passes


def test_vpc_of_a_machine_whose_subnet_the_plan_does_not_have() -> None:
    assert set(refused(reviewed(inside(NOTHING), place("aws_vpc.a", DELETE)))) == {"aws_vpc.a"}
    elsewhere = inside(NOTHING, arn="arn:aws:ec2:us-east-1:123456789012:instance/i-1")
    assert reviewed(elsewhere, place("aws_vpc.a", DELETE)).passes


def test_gateway_and_routes_of_instances_that_stay_need_a_word() -> None:
    gone = [place("aws_internet_gateway.a", DELETE), place("aws_route_table.a", DELETE)]
    there = [place("aws_vpc.a", NOTHING), place("aws_subnet.a", NOTHING)]
    found = refused(reviewed(inside(NOTHING), *there, *gone))
    assert found == {
        address: f"the {what} is destroyed, which cuts connections of instances that stay"
        for address, what in (("aws_internet_gateway.a", "internet gateway"), ("aws_route_table.a", "route table"))
    }
    assert set(refused(reviewed(inside(DELETE), *there, *gone))) == {"aws_instance.one"}


@pytest.mark.parametrize("public", [{"associate_public_ip_address": True}, {"public_ip": "203.0.113.7"}])
def test_gateway_of_instances_with_public_addresses_cannot_go(public: dict[str, Any]) -> None:
    there = [place("aws_vpc.a", NOTHING), place("aws_subnet.a", NOTHING)]
    gone = place("aws_internet_gateway.a", DELETE)
    result = reviewed(with_before(inside(NOTHING), **public), *there, gone)
    (row,) = (row for row in result.rows if row.address == "aws_internet_gateway.a")
    assert row.effect is Effect.FAILS_IN_APPLY
    assert "AWS refuses to detach it" in refused(result)["aws_internet_gateway.a"]
    private = reviewed(with_before(inside(NOTHING), public_ip=""), *there, gone)
    assert "cuts connections" in refused(private)["aws_internet_gateway.a"]


@pytest.mark.parametrize("address", ["aws_internet_gateway.a", "aws_route_table.a"])
def test_way_out_that_goes_with_a_vpc_in_use(address: str) -> None:
    result = reviewed(
        inside(NOTHING), place("aws_subnet.a", NOTHING), place("aws_vpc.a", DELETE), place(address, DELETE)
    )
    assert set(refused(result)) == {"aws_vpc.a", address}
    assert (
        "It is destroyed with its VPC, and instances that stay are in that VPC. AWS refuses" in refused(result)[address]
    )


# A subnet whose zone AWS will choose


def new_subnet(**unknown: Any) -> Change:
    return resource(
        "aws_subnet.new", CREATE, after={"cidr_block": "10.0.0.0/24"}, after_unknown={"id": True, **unknown}
    )


def moving(**more: Any) -> Change:
    change = instance("one", 1, REPLACE, after_unknown={"subnet_id": True}, replace_paths=[["subnet_id"]], **more)
    return with_before(change, availability_zone="eu-west-1a")


def referring(*references: str) -> dict[str, Any]:
    one = {
        "address": "aws_instance.one",
        "type": "aws_instance",
        "expressions": {"subnet_id": {"references": list(references)}},
    }
    return {"configuration": {"root_module": {"resources": [one]}}}


OPEN = {"availability_zone": True}
DISKS = [volume("one", 1, NOTHING), attachment("one", 1, REPLACE)]


@pytest.mark.parametrize("more", [referring("aws_subnet.new.id", "aws_subnet.new"), {}, referring()])
def test_machine_moves_to_a_zone_that_nobody_knows(more: dict[str, Any]) -> None:
    result = reviewed(moving(), *DISKS, new_subnet(**OPEN), **more)
    assert refused(result) == {
        "aws_instance.one": "the instance one is destroyed and replaced; it comes to a subnet that is yet to be "
        "created (aws_subnet.new) and has no az: if AWS chooses another zone than that of its volumes, the apply fails "
        "when the instance is gone; give the subnet the volumes' az (eu-west-1a), and plan again"
    }


@pytest.mark.parametrize(
    ("resources", "more"),
    [
        ([moving(), *DISKS, new_subnet()], {}),
        ([moving(), *DISKS, new_subnet(**OPEN)], referring("aws_subnet.other.id", "aws_subnet.other")),
        ([moving(), new_subnet(**OPEN)], {}),
        ([moving(), volume("one", 1, DELETE), attachment("one", 1, DELETE), new_subnet(**OPEN)], {}),
        ([moving(), volume("one", 1, REPLACE), attachment("one", 1, REPLACE), new_subnet(**OPEN)], {}),
        ([moving(), *DISKS], {}),
        ([instance("one", 1, REPLACE), *DISKS, new_subnet(**OPEN)], {}),
    ],
    ids=["az given", "another subnet", "no disks", "disks go", "disks anew", "no new subnet", "subnet known"],
)
def test_machine_that_can_have_its_disks_or_has_none(resources: list[Change], more: dict[str, Any]) -> None:
    assert "yet to be created" not in refused(reviewed(*resources, **more))["aws_instance.one"]


# What was to be kept


def test_protected_machine_is_known_from_the_plan() -> None:
    protected = with_before(instance("one", 1, DELETE), disable_api_termination=True)
    assert refused(reviewed(protected)) == {
        "aws_instance.one": "the instance one is destroyed; it was protected (termination_protection: yes)"
    }
    forgotten = with_before(instance("one", 1, FORGET), disable_api_termination=True)
    assert "protected" not in refused(reviewed(forgotten))["aws_instance.one"], "it lives on"
    unprotected = with_before(instance("one", 1, DELETE), disable_api_termination=False)
    assert "protected" not in refused(reviewed(unprotected))["aws_instance.one"]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"delete_on_termination": False}, "; it was to be kept (delete_on_termination: no)"),
        ({"attach_existing": True}, "; it was to be kept (attach_existing: yes)"),
        ({}, ""),
    ],
)
def test_kept_disk_is_known_from_the_config_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: dict[str, Any], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    volume = {"device_name": "/dev/sdk", "volume_type": "gp3", "volume_size": 8, **kept}
    protected = {"instances[0].volumes[+]": volume, "instances[0].termination_protection": bool(kept)}
    for name, edits in (("old", protected), ("new", {"instances[0].volumes": REMOVED})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yml").write_text(yaml.safe_dump(edited(edits), sort_keys=False))
    sdk = resource("aws_ebs_volume.one_sdk", DELETE, {"id": "vol-9", "size": 8})
    result = CliRunner().invoke(
        cli, ["review", "-", "--config", "new", "--before", "old", "--format", "json"], input=json.dumps(plan(sdk))
    )
    assert [each["reason"] for each in json.loads(result.stdout)["refused"]] == [
        f"the volume /dev/sdk of one is destroyed{said}"
    ]


# Several members at once


def nameless(node: int, actions: list[str], **more: Any) -> Change:
    change = instance(f"m{node}", node, actions, **more)
    for side in ("before", "after"):
        change["change"][side].pop("tags", None)
    return change


LARGER = {"instance_type": "t3.large"}


def test_members_without_a_name_are_counted_by_address() -> None:
    result = reviewed(nameless(1, UPDATE, after=LARGER), nameless(2, UPDATE, after=LARGER))
    at_once = "2 instances of the cluster at once (aws_instance.m1, aws_instance.m2)"
    assert set(refused(result).values()) == {f"the instance is stopped, and started again; {at_once}"}
    mixed = reviewed(instance("one", 1, UPDATE, LARGER), nameless(2, UPDATE, after=LARGER))
    at_once = "2 instances of the cluster at once (aws_instance.m2, one)"
    assert all(reason.endswith(f"; {at_once}") for reason in refused(mixed).values())


def test_two_machines_of_one_name_are_two() -> None:
    twin = instance("other", 2, UPDATE, LARGER)
    for side in ("before", "after"):
        twin["change"][side]["tags"] = {"Name": "one"}
    assert set(refused(reviewed(instance("one", 1, UPDATE, LARGER), twin))) == {
        "aws_instance.one",
        "aws_instance.other",
    }


def test_disks_are_counted_with_their_machine() -> None:
    unnamed = volume("m1", 1, DELETE)
    unnamed["change"]["before"].pop("tags")
    result = reviewed(nameless(1, UPDATE, after=LARGER), unnamed, attachment("m1", 1, DELETE))
    assert "at once" not in " ".join(refused(result).values())
    by_tag = reviewed(instance("one", 1, UPDATE, LARGER), volume("one", 1, DELETE))
    assert "at once" not in " ".join(refused(by_tag).values())
    both = reviewed(instance("one", 1, UPDATE, LARGER), volume("two", 2, DELETE), instance("two", 2, NOTHING))
    assert "2 instances of the cluster at once (one, two)" in refused(both)["aws_ebs_volume.two_sdf"]


def test_disk_is_of_the_machine_that_has_its_number_now() -> None:
    exchanged = [
        with_before(instance("one", 1, UPDATE, {"tags": {"Name": "one", "node": "2"}})),
        with_before(instance("two", 2, UPDATE, {"tags": {"Name": "two", "node": "1"}})),
    ]
    result = reviewed(*exchanged, volume("one", 1, DELETE))
    assert refused(result) == {"aws_ebs_volume.one_sdf": "the volume /dev/sdf of one is destroyed"}


def test_disks_of_which_nothing_is_known_are_counted_by_address() -> None:
    lost = [resource(f"aws_ebs_volume.{name}", DELETE, {"id": name}) for name in ("a", "b")]
    together = "2 instances of the cluster at once (aws_ebs_volume.a, aws_ebs_volume.b)"
    assert all(together in reason for reason in refused(reviewed(*lost)).values())


def test_what_an_earlier_replacement_has_left_is_told_once() -> None:
    result = reviewed(instance("one", 1, REPLACE), instance("one", 1, DELETE, deposed="00000001"))
    assert [each.address for each in result.refusals] == ["aws_instance.one"]
    assert result.refusals[0].reason == "the instance one is destroyed and replaced; the instance one is destroyed"


@pytest.mark.parametrize("actions", [UPDATE, DELETE, REPLACE, FORGET])
def test_what_no_declaration_knows_needs_a_word(actions: list[str]) -> None:
    result = reviewed(resource("aws_db_instance.other", actions), resource("null_resource.x", CREATE))
    assert set(refused(result)) == {"aws_db_instance.other"}
    assert "tpa-tf can't tell what that means" in refused(result)["aws_db_instance.other"]


def test_keys_are_no_members() -> None:
    result = reviewed(instance("one", 1, UPDATE, LARGER), resource("aws_kms_key.a", DELETE))
    assert "at once" not in " ".join(refused(result).values())
    assert set(refused(result)) == {"aws_instance.one", "aws_kms_key.a"}


# Plans that don't say everything


def test_plan_that_is_not_of_everything_never_passes() -> None:
    result = reviewed(complete=False)
    assert not result.passes
    assert "Plan again as a whole." in verdict(result, "text")
    assert as_data(result)["complete"] is False
    assert reviewed(complete=True).passes
    assert not reviewed(complete=None).passes, "older versions of Terraform don't say"


def test_part_of_a_plan_is_judged_as_one_where_that_is_asked_for() -> None:
    document = json.dumps(plan(instance("one", 1, DELETE), complete=False)).encode()
    part = judge(read_plan("-", io.BytesIO(document)), partial=True, allow=["aws_instance.one"])
    assert part.passes
    assert preface(part).startswith("PARTIAL: this is a part of what there is to do")
    assert preface(reviewed()) == ""


def test_private_addresses_that_are_swapped() -> None:
    def swapped(name: str, node: int, address: str, new: str) -> dict[str, Any]:
        thing = with_before(instance(name, node, REPLACE), subnet_id="subnet-1", private_ip=address)
        thing["change"]["after"]["private_ip"] = new
        return thing

    one, two = swapped("one", 1, "10.0.0.8", "10.0.0.9"), swapped("two", 2, "10.0.0.9", "10.0.0.8")
    found = refused(reviewed(one, two))
    assert all("Take two steps" in found[f"aws_instance.{name}"] for name in ("one", "two"))
    alone = refused(reviewed(swapped("one", 1, "10.0.0.8", "10.0.0.7")))
    assert "Take two steps" not in alone["aws_instance.one"]


@pytest.mark.parametrize(
    "thing",
    [
        resource("aws_ebs_volume.a", UPDATE, {"type": "standard"}, {"type": "gp3"}),
        resource("aws_ebs_volume.a", UPDATE, {"type": "gp2"}, {"type": "standard"}),
        instance("a", 1, UPDATE, {"root_block_device": [{"volume_size": 16, "volume_type": "standard"}]}),
    ],
)
def test_magnetic_volume_keeps_its_type(thing: dict[str, Any]) -> None:
    for side in ("before", "after"):
        thing["change"][side].setdefault("root_block_device", [{"volume_size": 16, "volume_type": "gp3"}])
    thing["change"]["before"]["root_block_device"] = [{"volume_size": 16, "volume_type": "gp3"}]
    (row,) = reviewed(thing).rows
    assert row.effect is Effect.FAILS_IN_APPLY
    assert "AWS changes no volume to or from standard. The apply fails." in row.why


def test_larger_volume_names_what_is_left_to_do() -> None:
    (row,) = reviewed(volume("one", 1, UPDATE, {"size": 100})).rows
    assert row.why.startswith("size 64 → 100. Grow the file system afterwards (xfs_growfs or resize2fs). ")
    assert row.why.endswith("AWS modifies a volume once in six hours.")
    (root,) = reviewed(instance("one", 1, UPDATE, {"root_block_device": [{"volume_size": 20}]})).rows
    assert "(growpart, then xfs_growfs or resize2fs)" in root.why


def test_data_may_be_on_instance_store_that_the_plan_shows() -> None:
    stored = with_before(instance("one", 1, UPDATE, LARGER), ephemeral_block_device=[{"device_name": "/dev/sdb"}])
    result = reviewed(stored)
    assert result.rows[0].effect is Effect.LOSES_DATA
    assert "its data may be on instance store" in refused(result)["aws_instance.one"]


def test_instance_that_the_config_had_before_is_not_created_in_silence(tmp_path: Path) -> None:
    before = load_edited(tmp_path, {}).cluster
    assert before
    document = json.dumps(plan(instance("one", 1, CREATE), instance("two", 2, NOTHING))).encode()
    result = judge(read_plan("-", io.BytesIO(document)), before, before)
    assert "Terraform knows nothing of it" in refused(result)["aws_instance.one"]
    whole = json.dumps(plan(instance("one", 1, CREATE), instance("two", 2, CREATE))).encode()
    assert judge(read_plan("-", io.BytesIO(whole)), before, before).passes, "a cluster that is made at first"


def test_actions_that_are_invoked_need_a_word() -> None:
    invoked = [{"address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke"}]
    result = reviewed(action_invocations=invoked)
    assert refused(result) == {"action.aws_lambda_invoke.x": "it is invoked, and tpa-tf can't tell what it does"}
    assert reviewed(action_invocations=invoked, allow=["action.aws_lambda_invoke.x"]).passes


def test_way_out_that_is_closed_needs_a_word() -> None:
    every = {"security_group_id": "sg-1", "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}
    gone = resource("aws_vpc_security_group_egress_rule.a", DELETE, every)
    assert "it closes the way out" in refused(reviewed(instance("one", 1, NOTHING), gone)).popitem()[1]


@pytest.mark.parametrize("kind", ["policy", "public_access_block"])
def test_bucket_that_becomes_less_safe_needs_a_word(kind: str) -> None:
    gone = resource(f"aws_s3_bucket_{kind}.cluster", DELETE, {"bucket": "x"})
    (reason,) = refused(reviewed(gone, resource("aws_s3_bucket.cluster", NOTHING, {"bucket": "x"}))).values()
    assert reason.endswith("is destroyed, and the bucket stays")
    assert refused(reviewed(gone, resource("aws_s3_bucket.cluster", DELETE, {"bucket": "x"}))) == {}


def test_pattern_allows_things_of_one_type() -> None:
    gone = [place("aws_subnet.a", FORGET), place("aws_vpc.a", FORGET), instance("one", 1, FORGET)]
    result = reviewed(*gone, allow=["aws_subnet.*", "aws_vpc.?"])
    assert set(refused(result)) == {"aws_instance.one"}
    assert set(result.allowed) == {"aws_subnet.a", "aws_vpc.a"}
    for everything in ("*", "aws_*.*", "*.one", "aws_instanc?.one"):
        with pytest.raises(TpaTfError, match="a pattern names one type"):
            reviewed(*gone, allow=[everything])
    with pytest.raises(TpaTfError, match="the plan does nothing of that address"):
        reviewed(*gone, allow=["aws_eip.*"])


@pytest.mark.parametrize("more", [{}, {"complete": True}, {"complete": False}])
def test_what_is_put_off_is_named(more: dict[str, Any]) -> None:
    deferred = [{"reason": "instance_count_unknown", "resource_change": instance("one", 1, REPLACE)}]
    result = reviewed(deferred_changes=deferred, **more)
    assert not result.passes
    assert "Terraform puts off: `aws_instance.one`" in verdict(result, "markdown")
    assert as_data(result)["deferred"] == ["aws_instance.one"]


# How it is said


def test_value_that_only_the_apply_will_tell() -> None:
    result = reviewed(
        volume("one", 1, UPDATE, {"size": 64}, after_unknown={"size": True}),
        instance("one", 1, UPDATE, {"user_data": "x"}, after_unknown={"public_ip": True}),
    )
    assert {each.address: each.why for each in result.rows} == {
        "aws_ebs_volume.one_sdf": "size 64 → (known after apply)",
        "aws_instance.one": "public_ip, user_data. The instance stops and starts. A public address that is no Elastic "
        "IP changes.",
    }


def test_refusals_are_escaped_in_markdown() -> None:
    named = instance("one", 1, DELETE)
    named["address"] = 'aws_instance.one["a`b"]'
    named["change"]["before"]["tags"]["Name"] = "<script>|\n- x"
    result = reviewed(named)
    said = verdict(result, "markdown")
    assert '- ``aws_instance.one["a`b"]``: the instance &lt;script&gt;\\| - x is destroyed\n' in said
    (line,) = [line for line in verdict(result, "text").splitlines() if line.startswith("- ")]
    assert line == '- aws_instance.one["a`b"]: the instance <script>| - x is destroyed'
