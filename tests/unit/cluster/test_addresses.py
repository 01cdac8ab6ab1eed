"""The Terraform addresses are a contract (design D15): a change here would have Terraform destroy and make anew.

An address that must change needs ``moved`` blocks in the release that changes it.
"""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.golden.cases import GOLDEN
from tpa_tf.cluster import addresses

# ``make golden`` rewrites the expected JSON; this file it does not, and people only extend it.
FROZEN = json.loads((Path(__file__).parent / "frozen-addresses.json").read_text())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("first-node", "first-node"),
        ("First_node", "First_node"),
        ("a.b c/d", "a_b_c_d"),
        ("1st", "_1st"),
        ("-x", "_-x"),
        ("_x", "_x"),
        ("é", "_"),
    ],
)
def test_name_is_made_of_what_terraform_allows(text: str, name: str) -> None:
    assert addresses.name(text) == name


def test_each_thing_has_its_name() -> None:
    assert addresses.CLUSTER == "cluster"
    assert addresses.region("eu-west-1") == "eu_west_1"
    assert addresses.subnet("eu-west-1", IPv4Network("10.33.0.0/28")) == "eu_west_1_10_33_0_0_28"
    assert addresses.subnet("eu-west-1", "subnet-0abc") == "eu_west_1_subnet-0abc"
    assert addresses.ami("eu-west-1", None) == "eu_west_1"
    assert addresses.ami("eu-west-1", "ami-0abc") == "eu_west_1_ami-0abc"
    assert addresses.group("eu-west-1", "my group") == "eu_west_1_my_group"
    assert addresses.volume("first-node", "/dev/sdf") == "first-node_sdf"
    assert addresses.volume("first-node", "xvdf") == "first-node_xvdf"


@pytest.mark.parametrize(
    ("protocol", "first", "last", "source", "name"),
    [
        ("tcp", 22, 22, "0.0.0.0/0", "eu_west_1_tcp_22_0_0_0_0_0"),
        ("tcp", 6000, 6100, "10.0.0.0/8", "eu_west_1_tcp_6000_6100_10_0_0_0_8"),
        ("-1", None, None, "::/0", "eu_west_1_all____0"),
        ("icmp", 8, -1, "sg-0abc", "eu_west_1_icmp_8_-1_sg-0abc"),
        ("47", None, None, "pl-0abc", "eu_west_1_47_pl-0abc"),
    ],
)
def test_rule_is_named_by_its_content(
    protocol: str, first: int | None, last: int | None, source: str, name: str
) -> None:
    assert addresses.rule("eu-west-1", protocol, first, last, source) == name


@pytest.mark.parametrize("case", sorted(FROZEN))
def test_addresses_are_frozen(case: str) -> None:
    resources = json.loads((GOLDEN / case / "cdk.tf.json").read_text())["resource"]
    found = sorted(f"{kind}.{name}" for kind, blocks in resources.items() for name in blocks)
    assert found == FROZEN[case]


def test_every_kind_of_resource_is_frozen() -> None:
    frozen = {address.partition(".")[0] for each in FROZEN.values() for address in each}
    for path in GOLDEN.glob("*/cdk.tf.json"):
        assert set(json.loads(path.read_text())["resource"]) <= frozen, path
