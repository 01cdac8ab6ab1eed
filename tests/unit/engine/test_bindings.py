"""The fast way of loading the bindings gives what the plain way gives, and gives way to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsii._kernel.providers.process
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
        pytest.param(
            "from tpa_tf.engine import bindings\nbindings._kernel = lambda: None", {}, id="jsii-of-another-layout"
        ),
    ],
)
def test_plain_import_gives_the_same_bytes(
    script: str, environment: dict[str, str], fast: dict[str, bytes], tmp_path: Path
) -> None:
    plain = synth(tmp_path / "out", script, **environment)
    assert (int(plain.pop("modules")) > 1000) == ("_HOOK" not in script and "_kernel" not in script)
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


def test_kernel_is_started_ahead_only_where_jsii_is_laid_out_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsii._kernel.providers.process, "_NodeProcess", object)
    assert bindings._kernel.__wrapped__() is None


def test_starting_node_leaves_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDKTF_OUTDIR", "elsewhere")
    before = dict(os.environ)
    bindings.start()
    assert dict(os.environ) == before


def program(*arguments: str, node: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tpa_tf", *arguments]
    environment = {**os.environ, "JSII_NODE": str(node)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


SHIM = "#!/bin/sh\necho 'shim: node: command not found' >&2\nexit 127\n"
OLD = '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.8 && exit\nexit 1\n'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("#!/bin/sh\nexit 1\n", "is not it (exit code 1)", id="ends"),
        pytest.param("#!/bin/sh\nsleep 0.3\n", "is not it (exit code 0)", id="ends-later"),
        pytest.param('#!/bin/sh\necho \'{"hello": "you"}\'\n', 'is not it (exit code 0: {"hello": "you"})', id="json"),
        pytest.param("#!/bin/sh\necho ready\n", "is not it (exit code 0: ready)", id="says-nonsense"),
        pytest.param("\x00", "can't be run (Exec format error)", id="is-no-program"),
        pytest.param(SHIM, "is not it (exit code 127: shim: node: command not found)", id="shim"),
        pytest.param(OLD, "is Node.js v18.20.8, which doesn't run it", id="old"),
    ],
)
def test_broken_node_is_told_in_one_line(text: str, wrong: str, tmp_path: Path) -> None:
    node = executable(tmp_path / "node", text)
    result = program("synth", str(EXAMPLE), "--out", str(tmp_path / "out"), node=node)
    assert (result.returncode, result.stdout) == (1, "")
    remedy = "install Node.js 20 or later, or name one with JSII_NODE"
    assert result.stderr.endswith(f"tpa-tf: CDKTF runs on Node.js, and {node} {wrong}: {remedy}\n")
    assert result.stderr.count("tpa-tf:") == 1
    assert not (tmp_path / "out").exists()


def test_node_that_says_nothing_is_told_in_one_line(tmp_path: Path) -> None:
    node = executable(tmp_path / "node", "#!/bin/sh\nexec sleep 60\n")
    script = (
        "from tpa_tf.engine import bindings\n"
        "bindings._PATIENCE = bindings._ANSWER = 0.5\n"
        "from tpa_tf.cli import main\n"
        "main()"
    )
    command = [sys.executable, "-c", script, "synth", str(EXAMPLE), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "JSII_NODE": str(node)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=50)
    assert result.returncode == 1
    assert f"and {node} doesn't answer: install Node.js 20 or later" in result.stderr
    assert "Traceback" not in result.stderr


def test_hook_refuses_a_release_that_is_too_old(tmp_path: Path) -> None:
    """Node's own program says which release it is before the hook runs: another one is pretended."""
    pretend = tmp_path / "old.js"
    pretend.write_text('Object.defineProperty(process.versions, "node", { value: "18.20.8" });\n')
    hook = Path(bindings.__file__).with_name("lazy_bindings.js")
    command = [shutil.which("node") or "node", "--require", str(pretend), "--require", str(hook), "--eval", ""]
    assert subprocess.run(command, check=False).returncode == 1
    assert subprocess.run([command[0], *command[3:]], check=False).returncode == 0


def test_bindings_of_another_minor_are_told_in_one_line_and_write_nothing(tmp_path: Path) -> None:
    script = (
        "from tpa_tf.engine import bindings\n"
        "found = list(bindings._packages())\n"
        "bindings._packages = lambda: ((name, '20.10.0' if 'aws' in name else is_, at) for name, is_, at in found)\n"
        "from tpa_tf.cli import main\n"
        "main()"
    )
    command = [sys.executable, "-c", script, "synth", str(EXAMPLE), "--out", str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    told = "cdktf-cdktf-provider-aws 20.10.0 is installed, which may give other stacks than 20.1"
    assert result.stderr.endswith(f"tpa-tf: {told}, which tpa-tf is made for: install tpa-tf again\n")
    assert not (tmp_path / "out").exists()


def test_minors_that_are_made_for_are_those_of_the_lock_and_of_what_the_wheel_wants() -> None:
    top = Path(bindings.__file__).parents[2]
    project, locked = (top / "pyproject.toml").read_text(), (top / "requirements.lock").read_text()
    installed = {bindings._DISTRIBUTIONS.get(name, name) for name, _, _ in bindings._packages()}
    assert installed >= set(bindings.MADE_FOR)
    for package, minor in bindings.MADE_FOR.items():
        assert f"\n{package}=={minor}." in locked
        assert f'"{package}=={minor}.' in project


def test_node_that_is_ended_meanwhile_is_told_in_one_line(tmp_path: Path) -> None:
    script = (
        "from tpa_tf.engine import bindings, synth\n"
        "add_stack = synth.add_stack\n"
        "synth.add_stack = lambda *given: (bindings._kernel()._process.kill(), add_stack(*given))\n"
        "from tpa_tf.cli import main\n"
        "main()"
    )
    command = [sys.executable, "-c", script, "synth", str(EXAMPLE), "--out", str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith("tpa-tf: Node.js, which CDKTF runs on, was ended before it was done: try again\n")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_node_needs_no_directory_for_temporary_files_that_python_does_not_need(tmp_path: Path) -> None:
    synth(tmp_path / "out", TMPDIR="/nonexistent")


@pytest.mark.parametrize("script", ["exec node", "exit 1 #", "exec /nonexistent"])
def test_config_at_fault_is_told_whatever_node_does(script: str, tmp_path: Path) -> None:
    node = executable(tmp_path / "node", f'#!/bin/sh\n{script} "$@"\n')
    shutil.copytree(EXAMPLE, tmp_path / "faulty")
    with (tmp_path / "faulty" / "config.yml").open("a") as config:
        config.write("cluster_ssh_port: 0\n")
    result = program("synth", str(tmp_path / "faulty"), node=node)
    checked = program("check", str(tmp_path / "faulty"), node=node)
    assert (result.returncode, result.stdout) == (1, "")
    assert "error[invalid-port]" in checked.stderr
    # What Node itself says in stderr may come before it.
    assert result.stderr.endswith(f"{checked.stderr}nothing was written\n")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("fault", ["", "cluster_ssh_port: 0\n"])
def test_node_ends_with_the_program(fault: str, tmp_path: Path) -> None:
    node = executable(tmp_path / "node", f'#!/bin/sh\necho $$ > {tmp_path}/pid\nexec node "$@"\n')
    cluster = tmp_path / "cluster"
    shutil.copytree(EXAMPLE, cluster)
    with (cluster / "config.yml").open("a") as config:
        config.write(fault)
    result = program("synth", str(cluster), "--out", str(tmp_path / "out"), node=node)
    assert (result.returncode == 1) == bool(fault), result.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("arguments", [["check", str(EXAMPLE)], ["impact", str(EXAMPLE), str(EXAMPLE)]])
def test_other_commands_start_no_node(arguments: list[str], tmp_path: Path) -> None:
    node = executable(tmp_path / "node", f"#!/bin/sh\ntouch {tmp_path}/started\n")
    assert program(*arguments, node=node).returncode == 0
    assert not (tmp_path / "started").exists()
