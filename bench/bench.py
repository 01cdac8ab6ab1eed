"""Measures time and memory of ``tpa-tf`` and prints Markdown tables; for Linux, since it reads /proc.

Every figure is of a whole process as a user starts it, Node's child process included. Time is the best of several runs
without a watcher, and commands that are compared take turns; memory is the highest sum of the resident sets of a
process and its descendants, in a run of its own. One run beforehand, not counted, warms the caches.

With ``--write`` the tables also take the place of those in CONTRIBUTING.md.
"""

from __future__ import annotations

import itertools
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
TPA_TF = str(Path(sys.executable).with_name("tpa-tf"))
EXAMPLE = TOP / "examples" / "three-nodes"
SIZES = (10, 100, 1000)

# Of the time and memory of the plain program, of the time of a check, and in seconds.
SYNTH_TARGET, MEMORY_TARGET, IMPACT_TARGET = 0.075, 0.4, 2
CHECK_TARGET, LARGEST_TARGET = 0.15, 8

FIGURES_START, FIGURES_END = "<!-- made by: bench/bench.py --write -->", "<!-- end of what bench/bench.py makes -->"


@dataclass(frozen=True)
class Cost:
    """Of one command."""

    best: float
    """Seconds."""
    median: float
    """Seconds."""
    memory: float
    """MiB at the peak."""


def main(arguments: list[str]) -> None:
    """Measure and print."""
    if arguments not in ([], ["--write"]):
        sys.exit("usage: bench.py [--write]")
    with tempfile.TemporaryDirectory(prefix="tpa-tf-bench-") as name:
        work = Path(name)
        synth, plain = _measure(
            [_synth(EXAMPLE, work), [sys.executable, str(HERE / "plain.py"), str(work / "plain")]], rounds=5
        )
        check, impact = _measure(
            [[TPA_TF, "check", str(EXAMPLE)], [TPA_TF, "impact", str(EXAMPLE), str(_edited(work))]], rounds=20
        )
        sizes = {size: _measure([_synth(_cluster(work, size), work)], rounds=3)[0] for size in SIZES}
    found = "\n".join(
        [
            f"{os.cpu_count()} processors, Python {platform.python_version()}, Node.js {_node_version()}:\n",
            *_costs(synth, plain, check, impact),
            "",
            *_targets(synth, plain, check, impact, sizes),
            "",
            *_growth(sizes),
        ]
    )
    print(found)
    if arguments:
        page = TOP / "CONTRIBUTING.md"
        page.write_text(with_figures(page.read_text(encoding="utf-8"), found), encoding="utf-8")


def with_figures(page: str, figures: str) -> str:
    """The text ``page`` with ``figures`` between its two marks. ValueError if it has not each of them once."""
    before, start, rest = page.partition(FIGURES_START)
    _, end, after = rest.partition(FIGURES_END)
    if not start or not end or FIGURES_START in rest or FIGURES_END in before + after:
        raise ValueError(f"CONTRIBUTING.md must hold {FIGURES_START} once, and after it {FIGURES_END} once")
    return f"{before}{start}\n\n{figures}\n\n{end}{after}"


def _costs(synth: Cost, plain: Cost, check: Cost, impact: Cost) -> list[str]:
    costs = {
        "`tpa-tf synth`, 3 instances": synth,
        "plain import, 1 instance": plain,
        "`tpa-tf check`, 3 instances": check,
        "`tpa-tf impact`, 3 instances of another type": impact,
    }
    return [
        "| command | time: best | median | peak memory |",
        "|---|---|---|---|",
        *(
            f"| {name} | {cost.best:.2f} s | {cost.median:.2f} s | {cost.memory:.0f} MiB |"
            for name, cost in costs.items()
        ),
    ]


def _targets(synth: Cost, plain: Cost, check: Cost, impact: Cost, sizes: Mapping[int, Cost]) -> list[str]:
    largest = max(sizes)
    return [
        "| | measured | target |",
        "|---|---|---|",
        f"| time of `synth` / plain | {synth.best / plain.best:.3f} | at most {SYNTH_TARGET} |",
        f"| memory of `synth` / plain | {synth.memory / plain.memory:.2f} | at most {MEMORY_TARGET} |",
        f"| time of `check` | {check.best:.2f} s | at most {CHECK_TARGET} s |",
        f"| time of `impact` / `check` | {impact.best / check.best:.2f} | at most {IMPACT_TARGET} |",
        f"| time of `synth`, {largest:,} instances | {sizes[largest].best:.1f} s | at most {LARGEST_TARGET} s |",
    ]


def _growth(sizes: Mapping[int, Cost]) -> list[str]:
    """Linear growth is the same time for each further instance, whatever the size."""
    rows = ["| instances | `synth` | each further instance | peak memory |", "|---|---|---|---|"]
    smaller: int | None = None
    for size, cost in sizes.items():
        more = (cost.best - sizes[smaller].best) / (size - smaller) * 1000 if smaller else None
        rows.append(
            f"| {size:,} | {cost.best:.1f} s | {f'{more:.1f} ms' if more is not None else ''} | {cost.memory:.0f} MiB |"
        )
        smaller = size
    return rows


def _measure(commands: list[list[str]], rounds: int) -> list[Cost]:
    for command in commands:
        _run(command)
    times = [[_run(command) for command in commands] for _ in range(rounds)]
    return [
        Cost(min(of_one), statistics.median(of_one), _peak(command))
        for command, of_one in zip(commands, zip(*times, strict=True), strict=True)
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


def _edited(work: Path) -> Path:
    """A copy of the example with one edit: all instances are of another type."""
    directory = work / "edited"
    directory.mkdir()
    before = (EXAMPLE / "config.yml").read_text(encoding="utf-8")
    after = before.replace("type: t3.medium", "type: t3.large", 1)
    if after == before:
        raise ValueError(f"{EXAMPLE} has no instances of the type t3.medium any longer: edit something else")
    (directory / "config.yml").write_text(after, encoding="utf-8")
    return directory


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


def _node_version() -> str:
    found = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)
    return found.stdout.strip().removeprefix("v")


if __name__ == "__main__":
    main(sys.argv[1:])
