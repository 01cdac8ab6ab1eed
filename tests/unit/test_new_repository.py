"""What tpa-tf init makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.shell import shellcheck
from tpa_tf.cli import cli
from tpa_tf.new_repository import contents


def init(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["init", *arguments])


def files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_everything_is_written_into_a_directory_that_is_yet_to_be_made(tmp_path: Path) -> None:
    result = init(str(tmp_path / "a" / "b"))
    assert result.exit_code == 0
    assert files(tmp_path / "a" / "b") == set(contents())
    assert result.stdout.splitlines() == sorted(str(tmp_path / "a" / "b" / name) for name in contents())
    for name in (
        ".gitignore",
        ".pre-commit-config.yaml",
        ".github/workflows/clusters.yml",
        ".gitlab-ci.yml",
        "main.py",
    ):
        assert name in contents()


def test_working_directory_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert init().exit_code == 0
    assert files(tmp_path) == set(contents())


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("ours\n")
    (tmp_path / "main.py").symlink_to("nowhere")
    result = init(str(tmp_path))
    assert result.exit_code == 0
    assert (tmp_path / "README.md").read_text() == "ours\n"
    assert (tmp_path / "main.py").is_symlink() and not (tmp_path / "main.py").exists()
    assert result.stderr.count("was there, and stays as it is") == 2
    assert (tmp_path / "cdktf.json").is_file()


def test_patterns_that_a_gitignore_lacks_are_named(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("# ours\n vault/\n*.log\nid_*\n")
    result = init(str(tmp_path))
    (lacking,) = re.findall(r"\.gitignore lacks: (.*)", result.stderr)
    assert {"hostkeys/", "*.tfstate", ".terraform/"} <= set(lacking.split())
    assert not {"vault/", "id_*", "#", "*.log"} & set(lacking.split())
    assert (tmp_path / ".gitignore").read_text() == "# ours\n vault/\n*.log\nid_*\n"


def test_gitignore_that_has_all_patterns_lacks_none(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(contents()[".gitignore"] + b"*.log\n")
    result = init(str(tmp_path))
    assert "stays as it is" in result.stderr
    assert "lacks" not in result.stderr


STUB = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
"""


def planned(repository: Path, tmp_path: Path) -> list[str]:
    """What scripts/plan-and-review.sh calls in ``repository``."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("terraform", "tpa-tf"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
    subprocess.run(["bash", "scripts/plan-and-review.sh"], cwd=repository, env=environment, check=True)
    return calls.read_text().splitlines()


def test_plan_holds_a_cluster_to_its_lock_file_and_takes_a_new_one_without(tmp_path: Path) -> None:
    init(str(tmp_path / "ours"))
    for name in ("new", "old"):
        (tmp_path / "ours" / "cdktf.out" / "stacks" / name).mkdir(parents=True)
    (tmp_path / "ours/cdktf.out/stacks/old/.terraform.lock.hcl").touch()
    calls = planned(tmp_path / "ours", tmp_path)
    assert calls[0] == "terraform -chdir=cdktf.out/stacks/new/ init -input=false"
    assert calls[3] == "terraform -chdir=cdktf.out/stacks/old/ init -input=false -lockfile=readonly"
    assert calls[5] == "tpa-tf review cdktf.out/stacks/old/plan --format markdown"


def test_plan_of_a_repository_without_clusters_is_none(tmp_path: Path) -> None:
    init(str(tmp_path / "ours"))
    assert planned(tmp_path / "ours", tmp_path) == []


def test_pipelines_check_no_clusters_where_there_are_none() -> None:
    github = yaml.safe_load(contents()[".github/workflows/clusters.yml"])
    for step in github["jobs"]["check"]["steps"]:
        if step.get("run", "").startswith("tpa-tf "):
            assert "hashFiles('clusters/*/config.yml') != ''" in step["if"], step["run"]
    gitlab = yaml.safe_load(contents()[".gitlab-ci.yml"])
    for name in ("check", "impact"):
        assert gitlab[name]["rules"][0]["exists"] == ["clusters/*/config.yml"]


def test_forks_are_neither_commented_nor_planned() -> None:
    github = yaml.safe_load(contents()[".github/workflows/clusters.yml"])
    for name in ("impact", "plan"):
        assert "head.repo.full_name == github.repository" in github["jobs"][name]["if"]
    assert "permissions" not in github["jobs"]["check"], "the job that runs the branch's tests may write nothing"


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    init(str(tmp_path))
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    result = init(str(tmp_path))
    assert result.exit_code == 0 and result.stdout == "" and result.stderr == "nothing changed\n"
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)} == before


def test_nothing_is_written_where_something_can_not_be(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("a file\n")
    result = init(str(tmp_path))
    assert result.exception
    assert files(tmp_path) == {"tests"}


def test_file_in_place_of_the_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert "is a file: give a directory" in str(init(str(tmp_path / "x")).exception)


def test_requirements_name_this_version_and_constraints_every_other() -> None:
    requirements = contents()["requirements.txt"].decode()
    assert f"\ntpa-tf=={version('tpa-tf')}\n" in requirements
    pinned = set(re.findall(r"^([\w.-]+)==", contents()["constraints.txt"].decode(), re.M))
    assert {"cdktf", "cdktf-cdktf-provider-aws", "pre-commit", "pytest", "syrupy"} <= pinned
    wanted = set(re.findall(r"^([\w-]+)$", requirements, re.M))
    assert wanted <= pinned


def test_keys_and_states_are_ignored_and_lock_files_and_stacks_are_not(tmp_path: Path) -> None:
    init(str(tmp_path))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def ignored(path: str) -> bool:
        command = ["git", "-C", str(tmp_path), "check-ignore", "-q", path]
        return subprocess.run(command, check=False).returncode == 0

    for path in (
        "id_speedy",
        "id_speedy.pub",
        "hostkeys/ssh_host_rsa_key",
        "vault/vault_pass.txt",
        "terraform.tfstate",
    ):
        assert ignored(f"clusters/speedy/{path}")
    for path in ("plan", ".terraform/providers/x"):
        assert ignored(f"cdktf.out/stacks/speedy/{path}")
    for path in ("cdk.tf.json", ".terraform.lock.hcl"):
        assert not ignored(f"cdktf.out/stacks/speedy/{path}")
    for path in ("config.yml", "tpa-tf.lookup.json", "ssh_config", "inventory/00-speedy", "terraform/alarms.tf"):
        assert not ignored(f"clusters/speedy/{path}")


def test_pipelines_are_yaml_and_their_scripts_are_sound(tmp_path: Path) -> None:
    github = yaml.safe_load(contents()[".github/workflows/clusters.yml"])
    steps = [step for job in github["jobs"].values() for step in job["steps"]]
    scripts = [step["run"] for step in steps if "run" in step]
    assert github["permissions"] == {"contents": "read"}
    assert all(re.search(r"@v\d+$", step["uses"]) for step in steps if "uses" in step)
    assert not [script for script in scripts if "${{" in script], "what comes from outside reaches scripts by variables"
    gitlab = yaml.safe_load(contents()[".gitlab-ci.yml"])
    scripts += [line for name in ("check", "impact", "plan") for line in gitlab[name]["script"]]
    whole = [f"#!/bin/bash\n{script}" for script in scripts]
    assert shellcheck([*whole, contents()["scripts/plan-and-review.sh"].decode()], tmp_path) == ""
    for command in ("check --fail-on warning", "synth --check", "impact --since"):
        assert sum(f"tpa-tf {command}" in script for script in scripts) == 2, command


def test_hooks_call_commands_that_there_are() -> None:
    (local,) = yaml.safe_load(contents()[".pre-commit-config.yaml"])["repos"]
    for hook in local["hooks"]:
        program, command, *options = hook["entry"].split()
        assert program == "tpa-tf"
        wanted = {option for option in options if option.startswith("--")}
        assert {option for each in cli.get_command(None, command).params for option in each.opts} >= wanted  # type: ignore[arg-type,union-attr]


def test_program_is_that_of_this_repository() -> None:
    top = Path(__file__).parents[2]
    assert contents()["main.py"] == (top / "main.py").read_bytes()


def test_tests_pass_before_there_is_a_cluster(tmp_path: Path) -> None:
    init(str(tmp_path))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("there", "expected"), [("7", "--method PATCH repos/o/r/issues/comments/7"), ("", "pr comment 3")]
)
def test_comment_is_written_once_and_updated_then(tmp_path: Path, there: str, expected: str) -> None:
    github = yaml.safe_load(contents()[".github/workflows/clusters.yml"])
    (script,) = (step["run"] for step in github["jobs"]["impact"]["steps"] if "gh api" in step.get("run", ""))
    programs = tmp_path / "bin"
    programs.mkdir()
    calls = f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\ncase "$*" in *--paginate*) echo "{there}" ;; esac\n'
    for name, text in (("gh", calls), ("tpa-tf", '#!/bin/sh\necho "nothing changes"\n')):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "NUMBER": "3",
        "BASE": "main",
    }
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=environment, check=True)
    *_, last = (tmp_path / "calls").read_text().splitlines()
    assert expected in last
    assert (tmp_path / "impact.md").read_text() == "<!-- tpa-tf impact -->\nnothing changes\n"
    assert (tmp_path / "summary").exists()
