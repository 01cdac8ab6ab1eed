"""An emulated AWS with things of several owners, and lookups of a small cluster in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.configs import SOUND, load_edited
from tests.support.emulator import Emulator
from tpa_tf.facts.questions import RECORD_NAME

REGION = "eu-west-1"
AMI = {
    "region": REGION,
    "id": "ami-0aaaaaaaaaaaaaaa1",
    "name": SOUND["ec2_ami"]["Name"],
    "owner_id": SOUND["ec2_ami"]["Owner"],
    "creation_date": "2024-07-17T00:00:00.000Z",
}
OTHER_AMI = {**AMI, "id": "ami-0bbbbbbbbbbbbbbb2", "name": "debian-12-amd64-20241004-1890", "architecture": "arm64"}
VPC = {"region": REGION, "id": "vpc-0aaaaaaaaaaaaaaa1", "cidr": "10.33.0.0/16", "tags": {"Name": "speedy"}}


def _volume(number: str, label: str, **tags: str) -> dict[str, Any]:
    tags = {"CreatingCluster": "speedy", "TPAAttachmentLabel": label, **tags}
    return {
        "region": REGION, "id": f"vol-0{number * 16}", "az": f"{REGION}a", "size": 16, "type": "gp3", "iops": 3000,
        "tags": tags,
    }  # fmt: skip


def again(device: str) -> dict[str, Any]:
    return {"device_name": device, "volume_type": "gp3", "volume_size": 16, "attach_existing": True}


Look = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    seed = {
        "amis": [AMI, OTHER_AMI],
        "vpcs": [
            {**VPC, "tags": {"Name": "twice", "Team": "a"}},
            {**VPC, "id": "vpc-0bbbbbbbbbbbbbbb2", "tags": {"Name": "twice", "Team": "b"}},
            {**VPC, "id": "vpc-0ccccccccccccccc3", "tags": {"Name": "ours", "CreatingCluster": "speedy"}},
            {**VPC, "id": "vpc-0ddddddddddddddd4", "tags": {"Name": "theirs", "CreatingCluster": "Speedy"}},
            {**VPC, "id": "vpc-0eeeeeeeeeeeeeee5", "tags": {"Name": "crowded"}},
        ],
        "subnets": [
            {
                "region": REGION,
                "id": "subnet-0aaaaaaaaaaaaaaa1",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.1.0/25",
            },
            {
                "region": REGION,
                "id": "subnet-0bbbbbbbbbbbbbbb2",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.2.0/25",
                "tags": {"CreatingCluster": "speedy"},
            },
            {
                "region": REGION,
                "id": "subnet-0ccccccccccccccc3",
                "vpc": "vpc-0eeeeeeeeeeeeeee5",
                "az": f"{REGION}a",
                "cidr": "10.33.3.0/24",
            },
        ],
        "volumes": [
            _volume("1", "speedy:1:/dev/sdf"),
            _volume("2", "speedy:1:/dev/sdg", TPAManagedBy="terraform"),
            _volume("3", "speedy:1:/dev/sdh"),
            _volume("4", "speedy:1:/dev/sdh", TPAManagedBy="terraform"),
            _volume("5", "speedy:1:/dev/sdi", CreatingCluster="Speedy"),
        ],
        "key_pairs": [{"region": REGION, "name": "team-key"}],
        "eips": [{"region": REGION, "ip": "52.1.2.3"}],
        "buckets": [{"region": "eu-west-2", "name": "far-bucket"}, {"region": REGION, "name": "near-bucket"}],
        "zones": [{"id": "Z0123456789ABC", "name": "example.com"}],
    }
    with Emulator(seed, [REGION], tmp_path_factory.mktemp("emulator")) as started:  # type: ignore[arg-type]
        yield started


@pytest.fixture
def look(emulator: Emulator, tmp_path: Path) -> Look:
    def run(*arguments: str, **edits: Any) -> subprocess.CompletedProcess[str]:
        load_edited(tmp_path, {key.replace("__", "."): value for key, value in edits.items()})
        command = [sys.executable, "-m", "tpa_tf", "lookup", str(tmp_path), *arguments]
        return subprocess.run(command, env=emulator.environment(), capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def client(emulator: Emulator) -> Any:
    """EC2 of the emulated AWS, as others use it."""
    return boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def record(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / RECORD_NAME).read_text())
    return found


def routed(directory: Path) -> Any:
    return record(directory)["regions"][REGION]["default_routes"]


def tagged(name: str) -> list[Any]:
    return [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
