"""A stack knows which address is taken, and its blocks what they are."""

from __future__ import annotations

from tpa_tf.terraform.blocks import Lifecycle, Provider, Settings, holds
from tpa_tf.terraform.expressions import ref, template
from tpa_tf.terraform.stack import Collision, Stack


def empty() -> Stack:
    stack = Stack(
        "test",
        Settings(
            "local", {"path": "terraform.tfstate"}, ">= 1.5", {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
        ),
    )
    stack.add(Provider("aws", "here", {"region": "eu-west-1"}))
    return stack


def test_an_address_is_given_once() -> None:
    stack = empty()
    first = stack.resource("aws_vpc", "x", "aws.here", cidr_block="10.0.0.0/16", origin=("a",))
    stack.data("aws_vpc", "x", "aws.here", origin=("b",))
    assert not stack.collisions
    second = stack.resource("aws_vpc", "x", "aws.here", cidr_block="10.1.0.0/16", origin=("c",))
    assert stack.collisions == (Collision("aws_vpc.x", first, second),)
    assert stack.blocks["aws_vpc.x"] is first


def test_arguments_without_a_value_are_left_out() -> None:
    block = empty().resource("aws_ebs_volume", "x", "aws.here", type="gp3", name=None, iops=0)
    assert block.arguments == {"type": "gp3", "iops": 0}
    assert str(block.attribute("id")) == "${aws_ebs_volume.x.id}"


def test_a_guard_knows_what_it_protects() -> None:
    guard = holds(
        "root_block_device.kms_key_id",
        ref("data.aws_kms_key.k", "arn"),
        template("wrong: ", ref("self", "id")),
        "Mend it.",
    )
    assert guard.condition.source == "self.root_block_device[0].kms_key_id == data.aws_kms_key.k.arn"
    assert str(guard.message) == "wrong: ${self.id} Mend it."
    assert holds("encrypted", True, "no", "do").condition.source == "self.encrypted"
    assert Lifecycle(guards=(guard,)).guards[0].argument == "root_block_device.kms_key_id"
