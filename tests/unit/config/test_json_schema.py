"""The JSON Schema of config.yml accepts what check accepts, and refuses what has the wrong form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from tests.support.configs import REMOVED, edited
from tests.support.pages import SCHEMA as IN_DOCS
from tpa_tf.cli import cli
from tpa_tf.clusters import load
from tpa_tf.config.document import parse
from tpa_tf.config.json_schema import config_schema
from tpa_tf.config.known_keys import TOP_LEVEL

ROOT = Path(__file__).parents[3]
CONFIGS = sorted(
    path
    for place in ("examples", "tests/golden", "tests/data", "tests/e2e")
    for path in (ROOT / place).rglob("config.yml")
    if "group_vars" not in path.parts
)
SCHEMA = config_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
ONE = "instances[0]"
DISK = f"{ONE}.volumes[1]"


def as_an_editor_reads(value: Any) -> Any:
    """What is read of YAML, in the types of JSON."""
    if isinstance(value, dict):
        return {str(key): as_an_editor_reads(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_an_editor_reads(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def faults(data: Any) -> list[str]:
    def told(errors: Iterable[jsonschema.ValidationError]) -> Iterator[str]:
        for error in errors:
            yield f"{error.json_path}: {error.message}"
            yield from told(error.context)

    return list(told(VALIDATOR.iter_errors(as_an_editor_reads(data))))


def test_schema_is_one_of_its_draft() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_command_prints_the_schema_that_the_docs_have() -> None:
    result = CliRunner().invoke(cli, ["schema"])
    assert result.exit_code == 0
    assert result.stdout == IN_DOCS.read_text("utf-8"), "make pages"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_what_check_accepts_the_schema_accepts(path: Path) -> None:
    document = parse(path.read_bytes(), path, str(path))
    assert not load(path).report.failed
    assert faults(document.data) == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/config.yml")), ids=lambda path: path.parent.name)
def test_examples_name_the_schema_by_a_path_that_leads_there(path: Path) -> None:
    line = path.read_text("utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", line)
    assert match
    assert (path.parent / match[1]).resolve() == IN_DOCS.resolve()


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"ec2_vpc": {"eu-west-1": {"Name": "a", "cidr": "10.33.0.0/255.255.0.0"}, "xy-new-7": {"filters": {"a": [1]}}}},
    {"ec2_vpc_igw": {"eu-west-1": "No", "us-east-1": True}},
    {"ec2_vpc_subnets": {"10.33.1.0/24": "eu-west-1a", "eu-west-1": {"10.33.2.5/24": None, "10.3.0.0/24": {}}}},
    {"cluster_rules": [{"ports": "22,80", "cidr_ip": ["10.0.0.0/8", "10.1.2.3"]}]},
    {"cluster_name": 7, "cluster_ssh_port": "2222", "cluster_tags": {"a": 1, "b": True}},
    {f"{ONE}.tags": {"role": ["primary"], "upstream": "two", "Team": 7}, f"{ONE}.Name": None, f"{ONE}.vars": None},
    {f"{ONE}.role": "primary, barman", f"{ONE}.type": "x99z.large"},
    {f"{ONE}.rack": 7, f"{ONE}.export_as_vars": ["rack"]},
    {"instance_defaults": {"export_as_vars": ["rack"]}, f"{ONE}.rack": {"a": []}},
    {f"{ONE}.platform": "bare", f"{ONE}.public_ip": "192.0.2.1"},
    {"terraform": {"backend": {"s3": {"bucket": "a", "key": "b", "region": "eu-west-1"}}}},
    {"terraform": {"backend": {"type": "local", "path": "x"}, "provider": {"default_tags": {"tags": {"a": 1}}}}},
    {"terraform": None, "locations": REMOVED, "hooks": [1]},
]


@pytest.mark.parametrize("edits", ACCEPTED, ids=lambda edits: ", ".join(edits) or "sound")
def test_unusual_forms_are_accepted(edits: dict[str, Any]) -> None:
    assert faults(edited(edits)) == []


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("cluster_name", {"cluster_name": REMOVED}),
    ("cluster_name", {"cluster_name": "a b"}),
    ("ec2_vpc", {"ec2_vpc": REMOVED}),
    ("ec2_vpc", {"ec2_vpc": {"Name": "a", "cdir": "10.0.0.0/16"}}),
    ("ec2_vpc", {"ec2_vpc": {"eu_west_1": {"Name": "a"}}}),
    ("Name", {"ec2_vpc": {"cidr": "10.0.0.0/16"}}),
    ("cidr", {"ec2_vpc": {"eu-west-1": {"Name": "a", "cidr": "10.0.0.0"}}}),
    ("ec2_vpc_subnets", {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0": {}}}}),
    ("zone", {"ec2_vpc_subnets": {"eu-west-1": {"10.33.1.0/24": {"zone": "eu-west-1a"}}}}),
    ("ec2_vpc_igw", {"ec2_vpc_igw": {"eu-west-1": "maybe"}}),
    ("ec2_ami", {"ec2_ami": {"Owner": "self"}}),
    ("cluster_rules", {"cluster_rules": {"proto": "tcp"}}),
    ("source", {"cluster_rules": [{"proto": "tcp", "source": "10.0.0.0/8"}]}),
    ("cluster_ssh_port", {"cluster_ssh_port": 70000}),
    ("cluster_tags", {"cluster_tags": {"a": ["b"]}}),
    ("ec2_instance_reachability", {"ec2_instance_reachability": "open"}),
    ("keyring_backend", {"keyring_backend": "gnome"}),
    ("use_ssh_agent", {"use_ssh_agent": "sometimes"}),
    ("user_data_environment", {"user_data_environment": {"a-b": "c"}}),
    ("instances", {"instances": []}),
    ("instances", {"instances": {}}),
    ("node", {f"{ONE}.node": REMOVED}),
    ("node", {f"{ONE}.node": -1}),
    ("upsteam", {f"{ONE}.upsteam": "two"}),
    ("instance_type", {f"{ONE}.instance_type": "t3.micro"}),
    ("type", {f"{ONE}.type": "t3"}),
    ("region", {f"{ONE}.region": "eu-west-1a"}),
    ("subnet", {f"{ONE}.subnet": "10.33.1.0"}),
    ("private_ip", {f"{ONE}.private_ip": "10.33.1"}),
    ("assign_elastic_ip", {f"{ONE}.assign_elastic_ip": "maybe"}),
    ("volumes", {f"{ONE}.volumes": {}}),
    ("volume_size", {f"{DISK}.volume_size": "16 GiB"}),
    ("volume_type", {f"{DISK}.volume_type": "gp4"}),
    ("sise", {f"{DISK}.sise": 16}),
    ("device_name", {f"{DISK}.device_name": REMOVED}),
    ("ephemeral", {f"{DISK}.ephemeral": "store0"}),
    ("instance_defaults", {"instance_defaults": "t3.medium"}),
    ("default_volumes", {"instance_defaults": {"default_volumes": {}}}),
    ("locations", {"locations[0].Name": REMOVED}),
    ("az", {"locations[0].az": "a"}),
    ("backends", {"terraform": {"backends": {}}}),
    ("backend", {"terraform": {"backend": {"type": "s4"}}}),
    ("bucket", {"terraform": {"backend": {"type": "s3", "key": "b", "region": "eu-west-1"}}}),
    ("secret_key", {"terraform": {"provider": {"secret_key": "x"}}}),
    ("home_region", {"terraform": {"home_region": "Ireland"}}),
]


@pytest.mark.parametrize(("says", "edits"), REFUSED, ids=lambda value: value if isinstance(value, str) else None)
def test_wrong_forms_are_refused_by_the_schema_and_by_check(says: str, edits: dict[str, Any], tmp_path: Path) -> None:
    data = edited(edits)
    told = faults(data)
    assert any(says in each for each in told), told
    (tmp_path / "config.yml").write_text(json.dumps(data))
    assert load(tmp_path).report.failed


def test_every_key_is_described() -> None:
    assert set(SCHEMA["properties"]) == TOP_LEVEL
    sections = (
        "AmiSpec",
        "EbsSpec",
        "InstanceSpec",
        "RuleSpec",
        "SubnetSpec",
        "TerraformSection",
        "VolumeSpec",
        "VpcSpec",
    )
    forms = [SCHEMA, *(SCHEMA["$defs"][name] for name in sections)]
    assert [key for form in forms for key, each in form["properties"].items() if not each.get("description")] == []


def undefined(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(each, str) and each.startswith("#/"):
            place: Any = SCHEMA
            for part in each[2:].split("/"):
                place = place.get(part, {})
            yield from () if place else (each,)
        yield from undefined(each)


def test_every_reference_leads_somewhere() -> None:
    assert list(undefined(SCHEMA)) == []
