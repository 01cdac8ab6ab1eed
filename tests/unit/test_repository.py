"""Commands for all clusters of a repository, and for several of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.golden.cases import EXAMPLES
from tpa_tf.cli import cli


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the clusters north and south; the working directory."""
    for name in ("north", "south"):
        add(tmp_path, name)
    (tmp_path / "cdktf.json").write_text(json.dumps({"context": {"clusters": ["clusters/*"]}}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TPA_CLUSTERS", raising=False)
    return tmp_path


def add(repository: Path, name: str) -> Path:
    directory = repository / "clusters" / name
    directory.mkdir(parents=True)
    text = (EXAMPLES / "minimal" / "config.yml").read_text()
    (directory / "config.yml").write_text(text.replace("cluster_name: minimal", f"cluster_name: {name}"))
    return directory


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def stacks(repository: Path) -> set[str]:
    return set(json.loads((repository / "cdktf.out/manifest.json").read_text())["stacks"])


def test_without_directories_the_repository_is_meant(repository: Path) -> None:
    assert run("synth").exit_code == 0
    assert stacks(repository) == {"north", "south"}
    assert run("synth", "--check").exit_code == 0
    checked = run("check")
    assert checked.stdout.count("ok, 1 instance") == 2
    assert run("synth", "clusters/north", "--check").exit_code == 0


def test_where_no_repository_is_directories_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("check", "synth", "lookup", "permissions"):
        result = run(command)
        assert result.exit_code == 2
        assert "cdktf.json" in result.stderr


def test_stack_whose_cluster_is_gone_is_told_and_pruned(repository: Path) -> None:
    own = repository / "clusters/south/terraform"
    own.mkdir()
    (own / "alarms.tf").write_text("# none yet\n")
    assert run("synth").exit_code == 0
    shutil.rmtree(repository / "clusters/south")
    told = run("synth", "--check")
    assert told.exit_code == 1
    assert (
        "cdktf.out/stacks/south: no cluster has this name any more" in told.stderr
        and "terraform destroy" in told.stderr
    )
    assert run("synth").exit_code == 0
    assert (repository / "cdktf.out/stacks/south/cdk.tf.json").exists(), "nothing goes without --prune"

    assert run("synth", "--prune", "--check").exit_code == 1
    (repository / "cdktf.out/stacks/south/.terraform").mkdir()
    assert run("synth", "--prune").exit_code == 0
    assert [path.name for path in (repository / "cdktf.out/stacks/south").iterdir()] == [".terraform"]
    assert stacks(repository) == {"north"}
    assert run("synth", "--prune", "--check").exit_code == run("synth", "--check").exit_code == 0


def test_pruning_leaves_no_empty_directory_and_no_other_one(repository: Path) -> None:
    assert run("synth").exit_code == 0
    foreign = repository / "cdktf.out/stacks/by-hand"
    foreign.mkdir()
    (foreign / "cdk.tf.json").write_text('{"output": {}}')
    shutil.rmtree(repository / "clusters/south")
    assert run("synth", "--prune").exit_code == 0
    assert not (repository / "cdktf.out/stacks/south").exists()
    assert (foreign / "cdk.tf.json").exists()


def test_stack_whose_state_has_resources_is_not_pruned(repository: Path) -> None:
    assert run("synth").exit_code == 0
    state = repository / "clusters/south/terraform.tfstate"
    (repository / "clusters/south/config.yml").unlink()
    state.write_text('{"resources": [{"type": "aws_instance"}]}')
    refused = run("synth", "--prune")
    assert refused.exit_code == 1 and "run terraform destroy there first" in str(refused.exception)
    assert (repository / "cdktf.out/stacks/south/cdk.tf.json").exists()
    state.write_text("cut o")
    assert run("synth", "--prune").exit_code == 1
    state.write_text('{"resources": []}')
    assert run("synth", "--prune").exit_code == 0
    assert not (repository / "cdktf.out/stacks/south").exists()


def test_pruning_single_clusters_is_wrong_usage(repository: Path) -> None:
    result = run("synth", "--prune", "clusters/north")
    assert result.exit_code == 2 and "give no DIR" in result.stderr


def test_a_part_of_the_clusters_says_nothing_of_the_others(repository: Path) -> None:
    assert run("synth").exit_code == 0
    result = run("synth", "clusters/north")
    assert result.exit_code == 0 and "no cluster has this name" not in result.stderr
    assert stacks(repository) == {"north", "south"}


def test_permissions_of_several_clusters_are_one_policy(repository: Path) -> None:
    one = json.loads(run("permissions", "clusters/north").stdout)["Statement"]
    both = json.loads(run("permissions").stdout)["Statement"]
    sids = [statement["Sid"] for statement in both]
    assert len(sids) == len(set(sids)) and all(sid.isalnum() for sid in sids)
    assert len(one) < len(both) < 2 * len(one)
    grants = [{**statement, "Sid": ""} for statement in both]
    for name in ("north", "south"):
        for statement in json.loads(run("permissions", f"clusters/{name}").stdout)["Statement"]:
            assert {**statement, "Sid": ""} in grants
    assert run("permissions", "clusters/north", "clusters/south").stdout == run("permissions").stdout


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def edited(repository: Path) -> Path:
    """The repository with a commit, after it an edit of north and the new cluster west."""
    git("init", "-q", ".")
    git("add", "-A")
    git("commit", "-qm", "clusters")
    config = repository / "clusters/north/config.yml"
    config.write_text(config.read_text().replace("t3.micro", "t3.small"))
    add(repository, "west")
    return repository


def test_impact_since_a_revision_is_that_of_each_cluster(edited: Path) -> None:
    result = run("impact", "--since", "HEAD")
    assert result.exit_code == 0, result.stderr
    north, south, west = re.split(r"\n(?=clusters/)", result.stdout)
    assert north.startswith("clusters/north:\n") and "stops and starts instance" in north
    assert south == "clusters/south:\nnothing changes\n"
    assert west.startswith("clusters/west:\nis new")
    assert run("impact", "--since", "HEAD", "--fail-on", "stops-and-starts-instance").exit_code == 1
    assert run("impact", "--since", "HEAD", "--fail-on", "stops-and-starts-instance", "clusters/south").exit_code == 0


def test_impact_since_a_revision_names_clusters_that_are_gone(edited: Path) -> None:
    shutil.rmtree(edited / "clusters/south")
    result = run("impact", "--since", "HEAD")
    assert "\n\nclusters/south:\nis gone: what it has in AWS stays" in result.stdout
    assert json.loads(run("impact", "--since", "HEAD", "--format", "json").stdout)["gone"] == ["clusters/south"]
    assert "is gone" not in run("impact", "--since", "HEAD", "clusters/north").stdout


def test_impact_since_a_revision_in_other_formats(edited: Path) -> None:
    markdown = run("impact", "--since", "HEAD", "--format", "markdown").stdout
    assert markdown.startswith("### clusters/north\n\n| effect")
    data = json.loads(run("impact", "--since", "HEAD", "--format", "json").stdout)
    assert data["since"] == "HEAD"
    assert data["clusters"]["clusters/west"] is None
    assert data["clusters"]["clusters/south"]["changes"] == []
    assert data["clusters"]["clusters/north"]["changes"]


@pytest.mark.parametrize("arguments", [("clusters/north",), ("--since", "HEAD", "--format", "html"), ()])
def test_impact_says_how_it_is_used(edited: Path, arguments: tuple[str, ...]) -> None:
    assert run("impact", *arguments).exit_code == 2


def test_impact_since_a_revision_that_is_not_there(edited: Path) -> None:
    result = run("impact", "--since", "v9")
    assert "git has no revision v9" in str(result.exception)
