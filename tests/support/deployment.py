"""A cluster directory taken all the way: keys, synth and terraform, on an emulated AWS of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.emulator import Emulator
from tests.support.emulator.prerequisites import load_config, regions_of, seed_for
from tests.support.synthesis import render
from tests.support.terraform import Provider, Stack, run
from tpa_tf.cluster.model import Cluster
from tpa_tf.engine import synth

_NOT_PART_OF_A_CLUSTER = ("expected*.json", "seed.json")

# Bucket host names (my-bucket.127.0.0.1) lead nowhere, so the emulator's buckets are reached by path.
_PATH_STYLE = "\nterraform:\n  provider:\n    s3_use_path_style: true\n"


class Deployment:
    """The case directory's cluster, in a copy below ``work``; a context manager.

    Entering makes its keys, synthesizes it (with ``lookup``, after recording what exists) and initialises terraform;
    nothing is applied yet.
    """

    def __init__(self, case: Path, provider: Provider, work: Path, *, lookup: bool = False) -> None:
        self._lookup = lookup
        self.directory = work / "cluster"
        self._provider = provider
        self._out = work / "out"
        shutil.copytree(case, self.directory, ignore=shutil.ignore_patterns(*_NOT_PART_OF_A_CLUSTER))
        config = load_config(case)
        if "terraform" not in config:
            with (self.directory / "config.yml").open("a") as file:
                file.write(_PATH_STYLE)
        self._stack_directory = self._out / "stacks" / config["cluster_name"]
        self.emulator = Emulator(seed_for(case), regions_of(config), work)

    def __enter__(self) -> Deployment:
        try:
            self.before = self.emulator.state()
            self._tpa_tf("keys", str(self.directory))
            if self._lookup:
                self.lookup()
            self.synth_anew()
            self.stack.init()
        except BaseException:
            self.emulator.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.emulator.stop()

    def synth(self) -> None:
        """Write the stack anew from the config as it is now."""
        self._tpa_tf("synth", str(self.directory), "--out", str(self._out))

    def write(self, cluster: Cluster) -> None:
        """Write the stack of ``cluster`` anew as synth does, without the start of another process."""
        synth.write(render((cluster,), self._out), self._out)

    def synth_anew(self) -> None:
        """Remove the whole output, if there is one, and write it again; it is yet to be initialised."""
        shutil.rmtree(self._out, ignore_errors=True)
        self.synth()
        self.stack = Stack(self._stack_directory, self._provider, self.emulator.environment())

    def stack_named(self, name: str) -> Stack:
        """The stack of the cluster, synthesized under another name, initialised."""
        stack = Stack(self._out / "stacks" / name, self._provider, self.emulator.environment())
        stack.init()
        return stack

    def check_stack(self) -> None:
        """TerraformError unless the stack is what the config and the record give now."""
        self._tpa_tf("synth", "--check", str(self.directory), "--out", str(self._out))

    def lookup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Record what exists now, and give back what the command said; TerraformError if it fails."""
        return self._tpa_tf("lookup", str(self.directory), *arguments)

    def adopt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Record what there is of the cluster; TerraformError if the command fails."""
        return self._tpa_tf("adopt", str(self.directory), "--out", str(self._out), *arguments)

    def edit_config(self, old: str, new: str) -> None:
        """Replace ``old``, which must occur once, in config.yml."""
        path = self.directory / "config.yml"
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        path.write_text(text.replace(old, new))

    def allow_destroy(self) -> None:
        """Let Terraform destroy kept volumes and protected machines, in the documented way."""
        path = self.directory / "config.yml"
        head, _, rest = path.read_text().partition("\nterraform:\n")
        path.write_text(f"{head}\nterraform:\n  allow_destroy: yes\n{rest}")
        self.synth()

    def ids(self) -> dict[str, str]:
        """The id of each resource that Terraform manages, by its address."""
        state = json.loads((self.directory / "terraform.tfstate").read_text())
        return {
            f"{each['type']}.{each['name']}": one["attributes"]["id"]
            for each in state["resources"]
            for one in each["instances"]
            if each["mode"] == "managed"
        }

    def state(self) -> dict[str, Any]:
        """The state of the emulated AWS now."""
        return self.emulator.state()

    def _tpa_tf(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("tpa-tf")
        return run([str(program), *arguments], self.directory, self.emulator.environment())
