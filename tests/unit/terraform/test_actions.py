"""The calls that the declarations of resource types name exist, and are told apart by what they are on."""

from __future__ import annotations

import functools
import json

import botocore.session
import pytest

from tests.golden.cases import GOLDEN
from tpa_tf.terraform.resource_type import Actions
from tpa_tf.terraform.resources import RESOURCE_TYPES
from tpa_tf.terraform.resources.instance import AMI

# S3's permissions are not called what its operations are:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
OPERATIONS = {
    "s3": {
        "GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
        "GetBucketCORS": "GetBucketCors",
        "GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
        "GetBucketPublicAccessBlock": "GetPublicAccessBlock",
        "GetEncryptionConfiguration": "GetBucketEncryption",
        "GetLifecycleConfiguration": "GetBucketLifecycleConfiguration",
        "GetReplicationConfiguration": "GetBucketReplication",
        "ListBucket": "ListObjectsV2",
        "PutBucketPublicAccessBlock": "PutPublicAccessBlock",
        "PutEncryptionConfiguration": "PutBucketEncryption",
    }
}

CHANGED_WITHOUT_A_CALL = {
    "aws_volume_attachment": "stop_instance_before_detaching",  # of the provider's own, and only in the state
    "aws_route_table_association": "route_table_id",  # our stacks replace a route table only with its subnets
}

ACTIONS = {name: declared.actions for name, declared in RESOURCE_TYPES.items() if declared.actions}
DECLARED = pytest.mark.parametrize("actions", ACTIONS.values(), ids=ACTIONS)


@functools.cache
def operations(service: str) -> frozenset[str]:
    """Every operation of a service that botocore knows."""
    return frozenset(botocore.session.Session().get_service_model(service).operation_names)


def unknown(service: str, calls: frozenset[str]) -> set[str]:
    renamed = OPERATIONS.get(service, {})
    return {call for call in calls if renamed.get(call, call) not in operations(service)}


@DECLARED
def test_every_call_exists(actions: Actions) -> None:
    beside = frozenset(call for calls in actions.beside.values() for call in calls.split())
    assert unknown(actions.service, actions.all | beside) == set()


def test_calls_of_data_sources_exist() -> None:
    assert AMI.read
    assert unknown("ec2", AMI.read) == set()


def test_permissions_that_are_called_something_else_are_used() -> None:
    for service, names in OPERATIONS.items():
        used = frozenset[str]().union(*(actions.all for actions in ACTIONS.values() if actions.service == service))
        assert names.keys() <= used
        assert not names.keys() & operations(service)


def test_every_type_that_a_stack_creates_has_its_calls() -> None:
    stacks = [json.loads(path.read_text()) for path in GOLDEN.glob("*/cdk.tf.json")]
    assert ACTIONS.keys() == {name for stack in stacks for name in stack["resource"]}
    for name, actions in ACTIONS.items():
        assert actions.create, name
        assert actions.read, name
        assert actions.delete, name
        assert bool(actions.tag) is RESOURCE_TYPES[name].tagged, name
        if RESOURCE_TYPES[name].in_place - {"tags", CHANGED_WITHOUT_A_CALL.get(name)}:
            assert actions.change, name


@DECLARED
def test_resource_has_an_arn_or_is_part_of_one_that_has(actions: Actions) -> None:
    assert bool(actions.arn) is not bool(actions.part_of)
    owners = {other.arn for other in ACTIONS.values()}
    assert actions.part_of - owners <= {"hostedzone"}, "the zone is never ours"
    for calls in actions.beside.values():
        assert set(calls.split()) <= actions.all | {"GetChange"}
