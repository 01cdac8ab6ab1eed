"""From nothing to a first stack in git: init, installed as its README says, with its tests, hooks and cdktf."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.golden.cases import EXAMPLES

TOP = Path(__file__).parents[2]


def test_repository_is_installed_and_its_tests_hooks_and_cdktf_synth_pass(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")]
    subprocess.run(build, cwd=TOP, check=True, capture_output=True)
    venv.create(tmp_path / "venv", with_pip=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TPA_", "CDKTF_"))}
    environment = {
        **clean,
        "PATH": f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{clean['PATH']}",
        "PIP_FIND_LINKS": f"{tmp_path / 'dist'} {clean.get('PIP_FIND_LINKS', '')}",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "CHECKPOINT_DISABLE": "1",
        "CI": "1",
        **{f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    here = tmp_path / "clusters-of-ours"

    def run(*command: str, directory: Path = here, expected: int = 0) -> str:
        done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(
        "pip",
        "install",
        "--quiet",
        "-c",
        str(TOP / "templates/repository/constraints.txt"),
        str(wheel),
        directory=tmp_path,
    )
    run("tpa-tf", "init", str(here), directory=tmp_path)
    run("pip", "install", "--quiet", "-r", "requirements.txt")
    run("git", "init", "-q", ".")
    run("pre-commit", "install")

    shutil.copytree(
        EXAMPLES / "minimal", here / "clusters" / "minimal", ignore=shutil.ignore_patterns("id_*", "hostkeys")
    )
    run("tpa-tf", "keys", "clusters/minimal")
    run("tpa-tf", "check")
    run("tpa-tf", "synth")
    run("pytest", "-q", "--snapshot-update")
    run("pytest", "-q")
    run("git", "add", "-A")
    run("git", "commit", "-qm", "the first cluster")
    committed = run("git", "ls-files").splitlines()
    assert "cdktf.out/stacks/minimal/cdk.tf.json" in committed
    assert not [name for name in committed if "hostkeys" in name or "/id_" in name]
    run("pre-commit", "run", "--all-files")

    run(str(TOP / "node_modules" / ".bin" / "cdktf"), "synth")
    assert run("git", "status", "--short") == ""
    run("tpa-tf", "synth", "--check")

    config = here / "clusters/minimal/config.yml"
    config.write_text(config.read_text().replace("t3.micro", "t3.small"))
    run("git", "commit", "-qam", "not synthesized", expected=1)
    assert "stops and starts instance" in run("tpa-tf", "impact", "--since", "HEAD", "--format", "markdown")
