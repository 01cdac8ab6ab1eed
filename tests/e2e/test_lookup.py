"""What exists is used, the rest is made: lookup, synth and terraform among things that were there before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.e2e.conftest import Deploy
from tests.e2e.test_parity import WANTED, WANTED_IN
from tests.support.compare import Intended, differences
from tests.support.deployment import Deployment
from tests.support.permissions import check_permissions

HERE = Path(__file__).parent
REGION = "eu-west-1"


def made(live: Deployment) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """The region as it is now, and by kind the names of what was not there before."""
    before, after = live.before["regions"][REGION], live.state()["regions"][REGION]
    kinds = {kind: set(after[kind]) - set(before.get(kind) or {}) for kind in after if isinstance(after[kind], dict)}
    return after, {kind: names for kind, names in kinds.items() if names}


def go_through(live: Deployment) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """Apply, and show that nothing is left to be done, to be looked up or to be written; then what has come of it."""
    live.stack.apply()
    found = made(live)
    assert live.stack.pending_changes() == ""
    again = live.lookup()
    assert (again.stdout, again.stderr.splitlines()[-1]) == ("", "nothing changed")
    assert live.lookup("--check").stdout == ""
    live.check_stack()
    return found


def remove_image(live: Deployment) -> None:
    """The image's owner takes it away."""
    account = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=live.emulator.url, **account)
    for image in ec2.describe_images()["Images"]:
        ec2.deregister_image(ImageId=image["ImageId"])


def leave(live: Deployment) -> None:
    live.stack.destroy()
    assert live.state() == live.before
    check_permissions(live.directory, live.emulator)


def test_vpc_subnet_and_volume_that_exist_are_used_and_the_rest_is_made(deploy: Deploy) -> None:
    live = deploy(HERE / "lookup" / "extended-vpc", lookup=True)
    region, new = go_through(live)
    assert set(new) == {"instances", "key_pairs", "route_tables", "security_groups", "subnets"}
    assert len(new["subnets"]) == 1
    one, two = region["instances"]["instance:one"], region["instances"]["instance:two"]
    assert (one["vpc"], two["vpc"]) == ("vpc:Shared", "vpc:Shared")
    assert (one["subnet"], one["az"]) == ("10.33.1.0/24", "eu-west-1c")
    assert (two["subnet"], two["az"]) == ("10.33.2.0/24", "eu-west-1b")
    (table,) = (region["route_tables"][name] for name in new["route_tables"])
    assert len(table["subnets"]) == 1, "the existing subnet keeps its table"
    found, made_new = (each["block_devices"]["/dev/sdf"]["tags"] for each in (one, two))
    assert (found.get("Data"), "TPAManagedBy" in found) == ("precious", False), "what was there is attached as it is"
    assert made_new["TPAManagedBy"] == "terraform"
    live.edit_config("{Owner: Ada}", "{Owner: Grace}")
    live.synth()
    planned = live.stack.planned_changes()
    assert planned
    assert set(map(tuple, planned.values())) == {("update",)}, "other tags put no lookup off, and so replace nothing"
    live.edit_config("{Owner: Grace}", "{Owner: Ada}")
    live.synth()
    remove_image(live)
    assert live.stack.pending_changes() == "", "no plan asks for the image again"
    again = live.lookup()
    assert again.stdout == ""
    assert "warning[image-gone]" in again.stderr
    live.allow_destroy()
    leave(live)


def test_gateway_is_added_to_an_existing_vpc_without_one(deploy: Deploy) -> None:
    live = deploy(HERE / "lookup" / "vpc-without-gateway", lookup=True)
    _, new = go_through(live)
    assert "vpcs" not in new
    assert len(new["internet_gateways"]) == 1
    assert len(new["subnets"]) == 1
    leave(live)


def test_vpc_of_the_same_name_with_another_range_is_another_one(deploy: Deploy) -> None:
    live = deploy(HERE / "lookup" / "same-name-other-cidr", lookup=True)
    region, new = go_through(live)
    assert len(new["subnets"]) == 2
    assert len(region["vpcs"]) == len(live.before["regions"][REGION]["vpcs"]) + 1
    leave(live)


def test_vpc_is_found_by_its_tags(deploy: Deploy) -> None:
    live = deploy(HERE / "lookup" / "filters-on-tags", lookup=True)
    _, new = go_through(live)
    assert not {"vpcs", "internet_gateways"} & set(new)
    record = json.loads((live.directory / "tpa-tf.lookup.json").read_text())["regions"][REGION]
    assert record["vpc"]["found"]["id"] == "vpc-0123456789abcdef0"
    assert record["subnets"]["10.33.1.0/24"]["id"] == "subnet-0123456789abcdef0"
    assert record["subnets"]["10.33.2.0/24"] is None
    leave(live)


@pytest.mark.parametrize("name", ["two-regions-vpc"])
def test_with_a_record_the_state_is_tpas_too(name: str, deploy: Deploy) -> None:
    case = HERE / "parity" / name
    expected = json.loads((case / "expected.json").read_text())
    also = WANTED_IN[name]
    live = deploy(case, lookup=True)
    go_through(live)
    wanted = Intended(WANTED.ignored + also.ignored, WANTED.free + also.free)
    assert differences(expected, live.state(), wanted) == []
    leave(live)
