"""Each argument of each resource type does what its declaration says: the provider itself plans a change of every one.

One plan is of as many resources as there are arguments. A state says what each was, and AWS is not asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import PROVIDER_VERSION, Provider, Stack, run
from tpa_tf.terraform.resource_type import ResourceType
from tpa_tf.terraform.resources import RESOURCE_TYPES

UPDATE, REPLACE = ["update"], ["delete", "create"]


def policy(service: str) -> str:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def key(digit: str) -> str:
    return f"arn:aws:kms:eu-west-1:123456789012:key/{digit * 8}-2222-3333-4444-555555555555"


PLAIN = {"string": ("one", "two"), "number": (10, 20), "bool": (True, False)}
"""What an argument is before and after, by its type."""

VALUES: Mapping[str, tuple[Any, Any]] = {
    "assume_role_policy": (policy("ec2"), policy("ssm")),
    "availability_zone": ("eu-west-1a", "eu-west-1b"),
    "aws_route53_record.name": ("one.example.com", "two.example.com"),
    "aws_route53_record.type": ("A", "TXT"),
    "aws_s3_bucket_ownership_controls.rule": (
        [{"object_ownership": "BucketOwnerEnforced"}],
        [{"object_ownership": "ObjectWriter"}],
    ),
    "bucket": ("bucket-one", "bucket-two"),
    "capacity_reservation_specification": (
        [{"capacity_reservation_preference": "open"}],
        [{"capacity_reservation_preference": "none"}],
    ),
    "cidr_block": ("10.0.0.0/24", "10.1.0.0/24"),
    "cidr_ipv4": ("10.0.0.0/24", "10.1.0.0/24"),
    "cidr_ipv6": ("2001:db8::/64", "2001:db8:1::/64"),
    "delete_on_termination": (False, True),
    "destination_cidr_block": ("0.0.0.0/0", "10.1.0.0/24"),
    "device_name": ("/dev/sdf", "/dev/sdg"),
    "domain": ("vpc", "standard"),
    "enable_dns_support": (False, True),
    "ephemeral_block_device": (
        [{"device_name": "/dev/sdb", "virtual_name": "ephemeral0"}],
        [{"device_name": f"/dev/sd{letter}", "virtual_name": "ephemeral0"} for letter in "bc"],
    ),
    "instance_type": ("t3.micro", "t3.large"),
    "ip_protocol": ("tcp", "udp"),
    "kms_key_id": (key("1"), key("2")),
    "metadata_options": ([{"http_tokens": "required"}], [{"http_tokens": "optional"}]),
    "override_provider": (None, [{"default_tags": [{"tags": {}}]}]),
    "policy": (policy("ec2"), policy("ssm")),
    "private_ip": ("10.0.0.8", "10.0.0.9"),
    "public_key": (f"ssh-ed25519 {'A' * 68}", f"ssh-ed25519 {'A' * 67}B"),
    "records": (["10.0.0.8"], ["10.0.0.9"]),
    "root_block_device": ([{"volume_size": 10}], [{"volume_size": 20}]),
    "rule": (
        [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}],
        [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}],
    ),
    "tags": ({"a": "one"}, {"a": "two"}),
    "throughput": (200, 300),
    "type": ("gp2", "gp3"),
    "user_data_base64": ("b25l", "dHdv"),
    "volume_type": ("gp2", "gp3"),
    "vpc_security_group_ids": (["sg-1"], ["sg-2"]),
}
"""The same by argument, where its type does not say enough; the longest name that fits counts."""

BESIDE: Mapping[str, Mapping[str, Any]] = {
    "aws_ebs_volume": {"size": 10},
    "aws_ebs_volume.iops": {"type": "gp3"},
    "aws_ebs_volume.size": {"snapshot_id": "snap-1"},
    "aws_ebs_volume.throughput": {"type": "gp3"},
    "aws_eip_association.allocation_id": {"instance_id": "i-1"},
    "aws_instance": {"ami": "ami-1", "instance_type": "t3.micro"},
    # The block stays where an argument in it is left out.
    **{
        f"aws_instance.root_block_device.{name}": {"root_block_device.volume_type": "gp3"}
        for name in ("delete_on_termination", "encrypted", "iops", "kms_key_id", "tags", "throughput", "volume_size")
    },
    "aws_instance.root_block_device.volume_type": {"root_block_device.volume_size": 10},
    "aws_route": {"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"},
    "aws_route53_record": {"ttl": 60, "records": ["10.0.0.8"]},
    "aws_route_table_association": {"subnet_id": "subnet-1"},
    "aws_s3_bucket_ownership_controls": {"rule": VALUES["aws_s3_bucket_ownership_controls.rule"][0]},
    "aws_s3_bucket_server_side_encryption_configuration": {"rule": VALUES["rule"][0]},
    "aws_subnet": {"cidr_block": "10.0.0.0/24"},
    "aws_vpc": {"cidr_block": "10.0.0.0/16"},
    "aws_vpc_security_group_egress_rule": {"cidr_ipv4": "10.0.0.0/8"},
    "aws_vpc_security_group_ingress_rule": {"from_port": 10, "to_port": 20, "cidr_ipv4": "10.0.0.0/8"},
    "aws_vpc_security_group_ingress_rule.cidr_ipv6": {"cidr_ipv4": None},
    "aws_vpc_security_group_ingress_rule.prefix_list_id": {"cidr_ipv4": None},
    "aws_vpc_security_group_ingress_rule.referenced_security_group_id": {"cidr_ipv4": None},
}
"""What else a resource must have, of a type and where one argument of it is changed; None: it must not."""

NEVER_LEFT_OUT = {
    "aws_eip_association.instance_id",
    "aws_instance.ami",
    "aws_instance.instance_type",
    "aws_route.destination_cidr_block",
    "aws_route.gateway_id",
    "aws_route53_record.records",
    "aws_route53_record.ttl",
    "aws_s3_object.override_provider",
    "aws_route_table_association.subnet_id",
    "aws_s3_bucket_ownership_controls.rule",
    "aws_s3_bucket_server_side_encryption_configuration.rule",
    "aws_vpc_security_group_egress_rule.cidr_ipv4",
    "aws_vpc_security_group_ingress_rule.cidr_ipv4",
    "aws_vpc_security_group_ingress_rule.cidr_ipv6",
    "aws_vpc_security_group_ingress_rule.prefix_list_id",
    "aws_vpc_security_group_ingress_rule.referenced_security_group_id",
}
"""Besides what the provider requires: what it refuses to be without, unless it has something in its place."""


@dataclass(frozen=True)
class Case:
    """One resource, of which one argument changes, or is left out."""

    declared: ResourceType
    argument: str
    left_out: bool

    @property
    def address(self) -> str:
        return f"{self.declared.name}.{'without' if self.left_out else 'with'}_{self.argument.replace('.', '-')}"


class Plan:
    """What the provider plans for each case."""

    def __init__(self, provider: Provider, directory: Path) -> None:
        self._environment = provider.environment(os.environ)
        self._directory = directory
        stack = Stack(directory, provider, os.environ)
        self._write(directory / "main.tf.json", PROVIDER)
        self._schemas = stack.provider_schema()["resource_schemas"]
        self.cases = [*self._cases()]
        created = self._changes(after=False)
        resources = [self._was(case, created[case.address]["after"]) for case in self.cases]
        state = {"version": 4, "serial": 1, "lineage": "x", "outputs": {}, "resources": resources}
        self._write(directory / "terraform.tfstate", state)
        self.changes = self._changes(after=True)

    def changes_argument(self, case: Case) -> bool:
        """Whether the argument itself is to be another one."""
        change = self.changes[case.address]
        before, after, unknown = (_value(change[side], case.argument) for side in ("before", "after", "after_unknown"))
        return _any(unknown) or _set(before) != _set(after)

    def _changes(self, *, after: bool) -> dict[str, dict[str, Any]]:
        """What is planned for each address, where the cases are to be as they are before or after their change."""
        resources: dict[str, dict[str, Any]] = {}
        for case in self.cases:
            name = case.address.partition(".")[2]
            resources.setdefault(case.declared.name, {})[name] = _block(self._arguments(case, after=after))
        self._write(self._directory / "main.tf.json", {**PROVIDER, "resource": resources})
        self._run("plan", "-refresh=false", "-out=plan")
        shown = json.loads(self._run("show", "-json", "plan"))
        return {change["address"]: change["change"] for change in shown["resource_changes"]}

    def _cases(self) -> Iterator[Case]:
        for declared in RESOURCE_TYPES.values():
            required = self._required(declared.name)
            for argument in sorted(declared.arguments - declared.since.keys()):
                yield Case(declared, argument, left_out=False)
                if argument not in required and f"{declared.name}.{argument}" not in NEVER_LEFT_OUT:
                    yield Case(declared, argument, left_out=True)

    def _required(self, name: str) -> set[str]:
        attributes = self._schemas[name]["block"]["attributes"]
        return {argument for argument, attribute in attributes.items() if attribute.get("required")}

    def _values(self, name: str, argument: str) -> tuple[Any, Any]:
        *outer, inner = argument.split(".")
        for known in (f"{name}.{argument}", argument, inner):
            if known in VALUES:
                return VALUES[known]
        block = self._schemas[name]["block"]
        for nested in outer:
            block = block["block_types"][nested]["block"]
        return PLAIN[block["attributes"][inner]["type"]]

    def _arguments(self, case: Case, *, after: bool) -> dict[str, Any]:
        """The arguments of a resource before or after, those in a nested block with its name before a dot."""
        name, full = case.declared.name, f"{case.declared.name}.{case.argument}"
        required = {argument: self._values(name, argument)[0] for argument in self._required(name)}
        found = {**required, **BESIDE.get(name, {}), **BESIDE.get(full, {})}
        found[case.argument] = self._values(name, case.argument)[after]
        if case.left_out and after:
            del found[case.argument]
        return {argument: value for argument, value in found.items() if value is not None}

    def _was(self, case: Case, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """A resource as it stands in the state, with all that the provider knew of it before it was created."""
        schema = self._schemas[case.declared.name]
        types = {name: attribute["type"] for name, attribute in schema["block"]["attributes"].items()}
        # A list that is not known yet is not null in a state, but empty.
        unknown: dict[str, Any] = {name: [] for name, kind in types.items() if kind[0] in ("list", "set")}
        instance = {"schema_version": schema["version"], "attributes": {**unknown, **attributes, "id": "x-1"}}
        return {
            "mode": "managed",
            "type": case.declared.name,
            "name": case.address.partition(".")[2],
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
            "instances": [instance],
        }

    def _run(self, command: str, *arguments: str) -> str:
        return run(["terraform", command, "-no-color", *arguments], self._directory, self._environment).stdout

    @staticmethod
    def _write(path: Path, content: Mapping[str, Any]) -> None:
        path.write_text(json.dumps(content, indent=1))  # terraform quotes the line that it complains of


PROVIDER: Mapping[str, Any] = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}}},
    "provider": {
        "aws": {
            "region": "eu-west-1",
            "access_key": "x",
            "secret_key": "x",
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "skip_requesting_account_id": True,
            # The provider asks for the processors of instance types, and goes on without an answer.
            "endpoints": [{"ec2": "http://127.0.0.1:1"}],
            "max_retries": 1,
        }
    },
}


def _block(arguments: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for argument, value in arguments.items():
        *outer, inner = argument.split(".")
        if outer:
            found.setdefault(outer[0], [{}])[0][inner] = value
        else:
            found[inner] = value
    return found


def _value(side: Any, argument: str) -> Any:
    for name in argument.split("."):
        if isinstance(side, list):
            side = side[0] if side else None
        side = side.get(name) if isinstance(side, dict) else None
    return side


def _set(value: Any) -> Any:
    """A value without what is null or empty in it, of which the provider makes the one of the other."""
    if isinstance(value, dict):
        return {name: _set(inner) for name, inner in value.items() if _set(inner)}
    return [_set(inner) for inner in value] if isinstance(value, list) else value or None


def _any(unknown: Any) -> bool:
    """Whether anything in a value is not known before the apply."""
    if isinstance(unknown, dict):
        return any(map(_any, unknown.values()))
    return any(map(_any, unknown)) if isinstance(unknown, list) else bool(unknown)


@pytest.fixture(scope="module")
def plan(terraform_provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return Plan(terraform_provider, tmp_path_factory.mktemp("resource-types"))


def test_change_of_an_argument_updates_or_replaces_as_declared(plan: Plan) -> None:
    wrong = {}
    for case in plan.cases:
        change = plan.changes[case.address]
        if case.left_out:
            continue
        replaces = case.argument in case.declared.replaces
        forced_by = {path[0] for path in change.get("replace_paths", [])}
        expected = (REPLACE, {case.argument.partition(".")[0]}) if replaces else (UPDATE, set())
        if (change["actions"], forced_by) != expected or not plan.changes_argument(case):
            wrong[case.address] = (change["actions"], forced_by)
    assert wrong == {}


def test_argument_that_is_left_out_stays_as_it_is_where_declared(plan: Plan) -> None:
    stays = {case.address for case in plan.cases if case.left_out and not plan.changes_argument(case)}
    assert stays == {case.address for case in plan.cases if case.left_out and case.argument in case.declared.computed}


def test_default_of_the_provider_is_the_one_declared(plan: Plan) -> None:
    checked = set()
    for case in plan.cases:
        if case.left_out and case.argument in case.declared.defaults:
            after = _value(plan.changes[case.address]["after"], case.argument)
            assert after == case.declared.defaults[case.argument], case.address
            checked.add((case.declared.name, case.argument))
    assert checked == {(name, argument) for name, each in RESOURCE_TYPES.items() for argument in each.defaults}
