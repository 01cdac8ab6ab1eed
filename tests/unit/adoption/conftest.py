"""A small cluster as ``tpaexec provision`` leaves it, in an emulated AWS, and its adoption."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.emulator.prerequisites import load_config, regions_of, seed_for
from tests.support.tpa_made import client, make, tag_list
from tpa_tf.facts.questions import RECORD_NAME

MINIMAL = Path(__file__).parents[2] / "e2e" / "parity" / "minimal"
REGION = "eu-west-1"


@dataclass
class Tpa:
    """The cluster directory, and the AWS that has its cluster."""

    directory: Path
    emulator: Emulator

    @property
    def ec2(self) -> Any:
        """EC2 of the emulated AWS, as others use it."""
        return client("ec2", self.emulator.url, REGION)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of tpa-tf, with the directory as its last argument."""
        command = [sys.executable, "-m", "tpa_tf", *arguments, str(self.directory)]
        return subprocess.run(command, env=self.emulator.environment(), capture_output=True, text=True, check=False)

    def adopt(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("adopt", *options)

    def edit(self, old: str, new: str) -> None:
        """Replace ``old``, which the config has once."""
        config = self.directory / "config.yml"
        assert config.read_text().count(old) == 1
        config.write_text(config.read_text().replace(old, new))

    @property
    def record(self) -> dict[str, Any] | None:
        """The record, if there is one."""
        path = self.directory / RECORD_NAME
        return dict(json.loads(path.read_text())) if path.exists() else None

    @property
    def adopted(self) -> dict[str, Any]:
        """What the record says of the adoption."""
        assert self.record
        return dict(self.record["adopted"])

    @property
    def imports(self) -> dict[str, str]:
        return dict(self.adopted["imports"])

    def stack(self) -> dict[str, Any]:
        """The stack as JSON."""
        out = self.directory.parent / "out"
        result = self.run("synth", "--out", str(out))
        assert result.returncode == 0, result.stderr
        return dict(json.loads((out / "stacks" / "minimal" / "cdk.tf.json").read_text()))

    def instance(self) -> dict[str, Any]:
        """The one instance that bears the cluster's tag."""
        wanted = [{"Name": "tag:Cluster", "Values": ["minimal"]}]
        return dict(self.ec2.describe_instances(Filters=wanted)["Reservations"][0]["Instances"][0])

    def launch(self, name: str, cluster: str, **arguments: Any) -> str:
        """Another instance beside the cluster's, in its subnet; its id."""
        here = self.instance()
        tags = tag_list({"Name": name, "Cluster": cluster})
        made = self.ec2.run_instances(
            ImageId=here["ImageId"],
            SubnetId=here["SubnetId"],
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
            **arguments,
        )
        return str(made["Instances"][0]["InstanceId"])


@contextlib.contextmanager
def _provisioned(work: Path) -> Iterator[Tpa]:
    directory = work / "cluster"
    directory.mkdir()
    shutil.copy(MINIMAL / "config.yml", directory)
    config = load_config(MINIMAL)
    with Emulator(seed_for(MINIMAL), regions_of(config), work) as emulator:
        make(MINIMAL, emulator.url)
        yield Tpa(directory, emulator)


@pytest.fixture
def tpa(tmp_path: Path) -> Iterator[Tpa]:
    """A cluster that a test may change."""
    with _provisioned(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tpa]:
    with _provisioned(tmp_path_factory.mktemp("provisioned")) as made:
        yield made


@pytest.fixture
def untouched(provisioned: Tpa, tmp_path: Path) -> Tpa:
    """A cluster that tests share: each has a directory of its own, and changes nothing in AWS."""
    directory = tmp_path / "cluster"
    directory.mkdir()
    shutil.copy(MINIMAL / "config.yml", directory)
    return Tpa(directory, provisioned.emulator)
