"""Every kind of block as Terraform JSON, through CDKTF, and as terraform takes it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import Provider as TerraformProvider
from tests.support.terraform import Stack as OnDisk
from tpa_tf.engine import bindings
from tpa_tf.engine.render import add_stack
from tpa_tf.engine.synth import render
from tpa_tf.terraform.blocks import Import, Lifecycle, Moved, Output, Provider, Removed, Settings, Variable, holds
from tpa_tf.terraform.expressions import expr, ref
from tpa_tf.terraform.stack import NAMES_OF_OBJECTS, Stack


@pytest.fixture
def stack() -> Stack:
    stack = Stack(
        "all",
        Settings("local", {"path": "x.tfstate"}, ">= 1.7", {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}),
    )
    stack.add(Provider("aws", "here", {"region": "eu-west-1", "default_tags": [{"tags": {"a${b}": "c"}}]}))
    stack.add(Variable("cluster_dir", "..", "where"))
    vpc = stack.resource("aws_vpc", "x", "aws.here", cidr_block="10.0.0.0/16", tags={"Name": "${x}"})
    groups = stack.data(
        "aws_security_groups", "all", "aws.here", filter=[{"name": "vpc-id", "values": [vpc.attribute("id")]}]
    )
    stack.resource(
        "aws_instance",
        "one",
        "aws.here",
        ami="ami-00000000000000000",
        instance_type="t3.micro",
        vpc_security_group_ids=groups.attribute("ids"),
        root_block_device={"volume_size": 8},
        lifecycle=Lifecycle(
            ("ami", "root_block_device.encrypted"),
            True,
            (holds("ami", "ami-00000000000000000", "Not so.", "Mend it."),),
        ),
        depends_on=[vpc, groups],
    )
    stack.resource("aws_eip", "many", "aws.here", domain="vpc", for_each=expr('toset(["a", "b"])'))
    stack.add(Output("vpc", {"id": ref("aws_vpc.x", "id")}, "The VPC"))
    stack.moved = (Moved("aws_vpc.old", "aws_vpc.x"),)
    stack.imports = (Import("aws_vpc.x", "vpc-0123456789abcdef0", "aws.here"),)
    stack.removed = (Removed("aws_subnet.gone", destroy=False),)
    return stack


def rendered(stack: Stack, out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render([stack], out)["stacks/all/cdk.tf.json"] or b"")
    return found


def test_every_kind_of_block(stack: Stack, tmp_path: Path) -> None:
    found = rendered(stack, tmp_path)
    assert found["terraform"] == {
        "backend": {"local": {"path": "x.tfstate"}},
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
        "required_version": ">= 1.7",
    }
    assert found["provider"] == {
        "aws": [{"alias": "here", "default_tags": [{"tags": {"a$${b}": "c"}}], "region": "eu-west-1"}]
    }
    assert found["variable"]["cluster_dir"]["default"] == ".."
    assert found["resource"]["aws_instance"]["one"] == {
        "ami": "ami-00000000000000000",
        "depends_on": ["aws_vpc.x", "data.aws_security_groups.all"],
        "instance_type": "t3.micro",
        "lifecycle": {
            "ignore_changes": ["ami", "root_block_device[0].encrypted"],
            "postcondition": [
                {"condition": '${self.ami == "ami-00000000000000000"}', "error_message": "Not so. Mend it."}
            ],
            "prevent_destroy": True,
        },
        "provider": "aws.here",
        "root_block_device": {"volume_size": 8},
        "vpc_security_group_ids": "${data.aws_security_groups.all.ids}",
    }
    assert found["resource"]["aws_eip"]["many"]["for_each"] == '${toset(["a", "b"])}'
    assert found["output"]["vpc"]["value"] == {"id": "${aws_vpc.x.id}"}
    assert found["moved"] == [{"from": "aws_vpc.old", "to": "aws_vpc.x"}]
    assert found["import"] == [{"to": "aws_vpc.x", "id": "vpc-0123456789abcdef0", "provider": "aws.here"}]
    assert found["removed"] == [{"from": "aws_subnet.gone", "lifecycle": {"destroy": False}}]


@pytest.mark.parametrize(
    "name",
    [
        "Default", "Resource", "x" * 255, "x" * 256, "a-b_c", "eu_west_1", "vpc", "cluster_dir", "all", "backend",
        "node", "provider", *sorted(NAMES_OF_OBJECTS - {"__proto__"}),
    ],
)  # fmt: skip
def test_a_block_has_its_name_whatever_it_is(stack: Stack, tmp_path: Path, name: str) -> None:
    stack.resource("aws_eip", name, "aws.here")
    stack.resource("aws_vpc", name, "aws.here", cidr_block="10.9.0.0/16")
    found = rendered(stack, tmp_path)
    assert name in found["resource"]["aws_eip"]
    assert name in found["resource"]["aws_vpc"]
    assert found["output"].keys() == {"vpc"}


def test_terraform_takes_every_kind_of_block(
    stack: Stack, tmp_path: Path, terraform_provider: TerraformProvider
) -> None:
    (tmp_path / "cdk.tf.json").write_text(json.dumps(rendered(stack, tmp_path)))
    OnDisk(tmp_path, terraform_provider, os.environ).validate()


def test_nothing_is_rendered_where_two_blocks_share_an_address(stack: Stack) -> None:
    stack.resource("aws_vpc", "x", "aws.here", cidr_block="10.1.0.0/16")
    with pytest.raises(ValueError, match=r"two blocks at the address aws_vpc\.x"):
        add_stack(bindings.core().App(), stack)
