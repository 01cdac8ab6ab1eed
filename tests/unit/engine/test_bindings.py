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
