"""An emulated AWS: moto's server in a process of its own, mended where Terraform looks, seeded for one case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.emulator.prerequisites import Seed
from tests.support.state import read_state

TOP = Path(__file__).resolve().parents[3]


class Emulator:
    """A fresh emulated AWS that holds ``seed``; a context manager.

    Starting takes about two seconds, so that every case can have its own.
    """

    def __init__(self, seed: Seed, regions: list[str], work: Path) -> None:
        self.regions = regions
        self._events = work / "emulator-events.jsonl"
        self._calls = work / "emulator-calls.jsonl"
        self._log = work / "emulator.log"
        self._seeded_addresses = frozenset(address["ip"] for address in seed.get("eips", []))
        seed_file = work / "emulator-seed.json"
        seed_file.write_text(json.dumps(seed, sort_keys=True))
        self._events.touch()
        self._calls.touch()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.emulator.server", seed_file, self._events, self._calls],
                cwd=TOP,
                env=_without(os.environ, "AWS_", "MOTO_"),
                stdin=subprocess.PIPE,  # the server ends when this pipe closes, also if this process is killed
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            self.stop()
            raise RuntimeError(f"the emulator did not start:\n{self._log.read_text()[-3000:]}")
        self.url = f"http://127.0.0.1:{port}"

    def environment(self) -> dict[str, str]:
        """This process's environment, made so that terraform and boto3 reach the emulator and nothing else."""
        return _without(os.environ, "AWS_", "TF_VAR_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy") | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def state(self) -> dict[str, Any]:
        """What the emulated AWS holds now, without ids and times (see :mod:`tests.support.state`)."""
        return read_state(self.url, self.regions, self._events.read_text().splitlines(), self._seeded_addresses)

    def calls(self, *agents: str) -> set[tuple[str, str]]:
        """IAM action (``ec2:RunInstances``) and region of all calls so far by programs that name one of ``agents``."""
        calls = map(json.loads, self._calls.read_text().splitlines())
        return {(call["action"], call["region"]) for call in calls if any(agent in call["agent"] for agent in agents)}

    def stop(self) -> None:
        """End the server; safe to call twice."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _without(environment: os._Environ[str], *prefixes: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(prefixes)}
