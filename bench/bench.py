"""Measures time and memory of ``tpa-tf`` and prints a Markdown table; for Linux, since it reads /proc.

Every figure is of a whole process as a user starts it, Node's child process included. Time is the best of several runs
without a watcher, and commands that are compared take turns; memory is the highest sum of the resident sets of a
process and its descendants, in a run of its own. One run beforehand, not counted, warms the caches.
"""

from __future__ import annotations

import itertools
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TPA_TF = str(Path(sys.executable).with_name("tpa-tf"))
SIZES = (10, 100, 1000)
README = HERE.parent / "README.md"
BEGIN, END = "<!-- bench: begin -->\n", "<!-- bench: end -->\n"
"""What ``--readme`` writes is between these lines of README.md."""


@dataclass(frozen=True)
class Cost:
    """Of one command."""

    best: float
    """Seconds."""
    memory: float
    """MiB at the peak."""


def main() -> None:
    """Measure and print; with ``--readme``, write it into README.md too."""
    with tempfile.TemporaryDirectory(prefix="tpa-tf-bench-") as name:
        text = _report(Path(name))
    print(text, end="")
    if "--readme" in sys.argv[1:]:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}", "utf-8")


def _report(work: Path) -> str:
    three = HERE.parent / "examples" / "three-nodes"
    edited = work / "edited"
    shutil.copytree(three, edited)
    config = edited / "config.yml"
    config.write_text(config.read_text("utf-8").replace("t3.medium", "t3.large"), "utf-8")
    synth, plain, check, impact = _measure(
        [
            _synth(three, work),
            [sys.executable, str(HERE / "plain.py"), str(work / "plain")],
            [TPA_TF, "check", str(three)],
            [TPA_TF, "impact", str(three), str(edited)],
        ],
        rounds=5,
    )
    lines = [
        f"{os.cpu_count()} processors, Python {platform.python_version()}, {_node_version()}; the best of five rounds.",
        "",
        "| | time | peak memory |",
        "|---|---|---|",
        _row("`tpa-tf synth`, 3 instances", synth),
        _row("plain import, 1 instance", plain),
        _row("`tpa-tf check`, 3 instances", check),
        _row("`tpa-tf impact`, 3 instances", impact),
        "",
        "| in one run | is | target |",
        "|---|---|---|",
        f"| time of `synth` to plain | {synth.best / plain.best:.3f} | at most 0.075 |",
        f"| memory of `synth` to plain | {synth.memory / plain.memory:.2f} | at most 0.4 |",
        f"| `check` | {check.best:.2f} s | at most 0.15 s |",
        f"| time of `impact` to `check` | {impact.best / check.best:.1f} | at most 2 |",
        "",
        "| instances | `synth` | an instance |",
        "|---|---|---|",
    ]
    for size in SIZES:
        (cost,) = _measure([_synth(_cluster(work, size), work)], rounds=3)
        lines.append(f"| {size:,} | {cost.best:.2f} s | {cost.best / size * 1000:.0f} ms |")
    return "\n".join(lines) + "\n"


def _measure(commands: list[list[str]], rounds: int) -> list[Cost]:
    for command in commands:
        _run(command)
    times = [[_run(command) for command in commands] for _ in range(rounds)]
    return [
        Cost(min(of_one), _peak(command)) for command, of_one in zip(commands, zip(*times, strict=True), strict=True)
    ]


def _run(command: list[str]) -> float:
    """Seconds that the command takes, with nothing written yet."""
    for option, out in itertools.pairwise(command):
        if option == "--out":
            shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    subprocess.run(command, env=_environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start


def _peak(command: list[str]) -> float:
    """MiB that the command and its descendants hold at most."""
    process = subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0
    while process.poll() is None:
        highest = max(highest, sum(map(_resident, _tree(process.pid))))
        time.sleep(0.005)
    return highest / 2**20


def _environment() -> dict[str, str]:
    """Compiled modules are kept, as they are for a user."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))
    except OSError:
        return  # it has ended meanwhile


def _resident(process: int) -> int:
    """Bytes of the process's resident set; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _synth(cluster: Path, work: Path) -> list[str]:
    return [TPA_TF, "synth", str(cluster), "--out", str(work / "out" / cluster.name)]


def _cluster(work: Path, size: int) -> Path:
    """A cluster of ``size`` instances over three zones, each with a root and a data volume."""
    directory = work / f"cluster-{size}"
    directory.mkdir()
    locations = "".join(
        f"- {{Name: {zone}, region: eu-west-1, az: eu-west-1{zone}, subnet: 10.33.{16 * number}.0/20}}\n"
        for number, zone in enumerate("abc")
    )
    instances = "".join(
        f"- {{node: {node}, Name: node-{node}, location: {'abc'[node % 3]}, role: [postgres]}}\n"
        for node in range(1, size + 1)
    )
    (directory / "config.yml").write_text(_CONFIG + f"locations:\n{locations}instances:\n{instances}")
    return directory


_CONFIG = """\
architecture: M1
cluster_name: bench
cluster_tags: {Owner: bench}
cluster_vars: {postgres_version: '16'}
ec2_vpc: {Name: Test, cidr: 10.33.0.0/16}
ec2_ami: {Name: debian-12-amd64-20240717-1811, Owner: '136693071363'}
ec2_instance_reachability: public
instance_defaults:
  type: t3.micro
  default_volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes}
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes, vars: {volume_for: postgres_data}}
"""


def _row(name: str, cost: Cost) -> str:
    return f"| {name} | {cost.best:.2f} s | {cost.memory:.0f} MiB |"


def _node_version() -> str:
    return "Node " + subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
