"""The fast way of loading the bindings gives what the plain way gives, and gives way to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES
from tpa_tf.engine import bindings

EXAMPLE = EXAMPLES / "two-regions"


def synth(out: Path, script: str = "", **environment: str) -> dict[str, bytes]:
    """What ``tpa-tf synth`` writes after ``script`` has run in its process, and how many modules that loaded."""
    program = (
        f"import sys\n{script}\nfrom tpa_tf.cli import cli\n"
        "try:\n    cli.main(standalone_mode=False)\n"
        "finally:\n    print(len([name for name in sys.modules if name.startswith('cdktf_cdktf_provider_aws.')]))\n"
    )
    command = [sys.executable, "-c", program, "synth", str(EXAMPLE), "--out", str(out)]
    result = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return files | {"modules": result.stdout.split()[-1].encode()}


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return synth(tmp_path_factory.mktemp("fast") / "out")


def test_only_what_is_used_is_imported(fast: dict[str, bytes]) -> None:
    assert 20 < int(fast["modules"]) < 150


@pytest.mark.parametrize(
    ("script", "environment"),
    [
        pytest.param("", {bindings.PLAIN: "1"}, id="asked-for"),
        pytest.param(
            "from tpa_tf.engine import bindings\nbindings._stand_in = lambda: False", {}, id="package-of-another-layout"
        ),
        pytest.param(
            "from tpa_tf.engine import bindings\nbindings._HOOK = bindings.Path('/nonexistent')",
            {},
            id="without-the-hook",
        ),
    ],
)
def test_plain_import_gives_the_same_bytes(
    script: str, environment: dict[str, str], fast: dict[str, bytes], tmp_path: Path
) -> None:
    plain = synth(tmp_path / "out", script, **environment)
    assert (int(plain.pop("modules")) > 1000) == ("_HOOK" not in script)
    assert plain == {name: content for name, content in fast.items() if name != "modules"}


def test_stand_in_needs_the_layout_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "bindings_of_tomorrow"
    (package / "_jsii").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "_jsii" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(bindings, "_AWS", package.name)
    assert not bindings._stand_in()
    (package / "instance").mkdir()
    (package / "instance" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    assert bindings._stand_in()
    sys.modules.pop(package.name)


def test_kernel_gets_nothing_that_is_meant_for_cdktf_programs() -> None:
    caller = {"CDKTF_OUTDIR": "x", "SYNTH_HCL_OUTPUT": "1", "NODE_OPTIONS": "--no-warnings", "HOME": "/home/ada"}
    lazy = bindings._kernel_environment(caller)
    assert not {"CDKTF_OUTDIR", "SYNTH_HCL_OUTPUT"} & set(lazy)
    assert lazy["HOME"] == "/home/ada"
    assert lazy["NODE_OPTIONS"].startswith("--no-warnings --require ")
    assert bindings._kernel_environment({**caller, bindings.PLAIN: "1"})["NODE_OPTIONS"] == "--no-warnings"


@pytest.mark.parametrize("script", ["exit 1", "echo garbage", "echo v18.20.4", "kill -9 $$", "exec >&-"])
def test_node_that_does_not_work_is_told_in_one_line(script: str, tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\n{script}\n")
    node.chmod(0o755)
    command = [str(Path(sys.executable).with_name("tpa-tf")), "synth", str(EXAMPLE), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "JSII_NODE": str(node)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"tpa-tf: CDKTF can't run on {node}")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["check", "impact"])
def test_neither_check_nor_impact_needs_node(command: str, tmp_path: Path) -> None:
    paths = [str(EXAMPLE)] * (2 if command == "impact" else 1)
    environment = {**os.environ, "JSII_NODE": str(tmp_path / "none"), "PATH": str(tmp_path)}
    program = str(Path(sys.executable).with_name("tpa-tf"))
    result = subprocess.run([program, command, *paths], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_config_at_fault_ends_synth_whatever_node_does(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("instances: 7\n")
    environment = {**os.environ, "JSII_NODE": str(tmp_path / "none")}
    program = str(Path(sys.executable).with_name("tpa-tf"))
    result = subprocess.run(
        [program, "synth", str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "error[" in result.stderr
    assert "Node.js" not in result.stderr
