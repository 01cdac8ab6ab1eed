"""The commands as a shell sees them: exit codes, streams, and files written or left alone."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.configs import edited
from tpa_tf.cli import COMMANDS, cli


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def cluster(name: str, **edits: object) -> Path:
    directory = Path(name)
    directory.mkdir()
    config = edited({"cluster_name": name, **edits})
    (directory / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    return directory


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def everything(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_check_says_what_is_there_on_stdout() -> None:
    cluster("speedy")
    result = run("check", "speedy", "speedy/", "speedy/config.yml", "./speedy")
    assert result.exit_code == 0
    assert result.stdout == "speedy/config.yml: ok, 2 instances in eu-west-1\n"
    assert result.stderr == ""


def test_check_shows_the_faults_of_all_inputs_and_writes_nothing() -> None:
    cluster("good")
    cluster("bad", ec2_instance_reachability="open", cluster_ssh_port=0)
    cluster("worse", instances=[])
    before = everything(Path())
    result = run("check", "good", "bad", "worse", "missing")
    assert result.exit_code == 1
    assert result.stdout == "good/config.yml: ok, 2 instances in eu-west-1\n"
    for text in ("bad/config.yml:", "worse/config.yml:", "invalid-reachability", "invalid-port", "missing:1:1: error"):
        assert text in result.stderr
    assert result.stderr.endswith("\n4 errors\n")
    assert everything(Path()) == before


def test_check_speaks_json() -> None:
    cluster("bad", cluster_ssh_port=0)
    result = run("check", "--format", "json", "bad")
    assert (result.exit_code, result.stderr) == (1, "")
    (finding,) = json.loads(result.stdout)
    assert finding["file"] == "bad/config.yml"
    assert finding["rule"] == "invalid-port"
    assert finding["where"] == "cluster_ssh_port"
    assert finding["severity"] == "error"
    lines = Path("bad/config.yml").read_text().splitlines()
    assert lines[finding["line"] - 1][finding["column"] - 1 :] == "0"
    cluster("good")
    result = run("check", "--format", "json", "good")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


@pytest.mark.parametrize(
    ("options", "code", "shown"),
    [
        ([], 0, "2 warnings, 1 info"),
        (["--severity", "warning"], 0, "2 warnings"),
        (["--severity", "error"], 0, ""),
        (["--fail-on", "warning"], 1, "2 warnings, 1 info"),
        (["--fail-on", "warning", "--severity", "error"], 1, ""),
        (["--fail-on", "info"], 1, "2 warnings, 1 info"),
    ],
)
def test_severity_says_what_is_shown_and_what_fails(options: list[str], code: int, shown: str) -> None:
    cluster("speedy", cluster_tags={}, cluster_vars=None, our_notes="x")
    result = run("check", "speedy", *options)
    assert (result.exit_code, "".join(result.stderr.splitlines()[-1:])) == (code, shown)
    assert result.stdout == "speedy/config.yml: ok, 2 instances in eu-west-1\n"


@pytest.mark.parametrize(("form", "start"), [("github", "::error file=bad/config.yml,line="), ("sarif", "{")])
def test_check_speaks_the_formats_of_code_review(form: str, start: str) -> None:
    cluster("bad", cluster_ssh_port=0)
    result = run("check", "--format", form, "bad")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith(start)


def test_rules_explains_one_or_lists_all() -> None:
    listed = run("rules").stdout
    assert re.search(r"^  error +subnet-outside-vpc +A subnet's range lies within its VPC's$", listed, re.MULTILINE)
    told = run("rules", "subnet-outside-vpc").stdout
    assert told.startswith("error[subnet-outside-vpc]: A subnet's range")
    assert "    - Name: alpha\n" in told and "Source: https://" in told
    wrong = run("rules", "subnet-outside-vcp")
    assert wrong.exit_code == 2
    assert "did you mean subnet-outside-vpc?" in wrong.output


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["check", "--nonsense", "x"], ["nonsense"], ["synth"], ["synth", "--out"], ["keys"]]
)
def test_wrong_usage_is_told_from_a_fault(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output or "requires an argument" in result.output


def test_synth_writes_the_stack_and_the_manifest_and_names_them() -> None:
    cluster("speedy")
    result = run("synth", "speedy")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["cdktf.out/stacks/speedy/cdk.tf.json", "cdktf.out/manifest.json"]
    manifest = json.loads(Path("cdktf.out/manifest.json").read_text())
    assert manifest["stacks"]["speedy"]["synthesizedStackPath"] == "stacks/speedy/cdk.tf.json"
    assert sorted(everything(Path("cdktf.out"))) == sorted(result.stdout.splitlines())
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(Path("cdktf.out/manifest.json").stat().st_mode) == 0o666 & ~umask


def test_synth_writes_nothing_when_any_input_is_at_fault() -> None:
    cluster("good")
    cluster("bad", cluster_ssh_port=0)
    result = run("synth", "good", "bad", "--out", "there")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad/config.yml" in result.stderr
    assert not Path("there").exists()


def test_synth_keeps_the_other_stacks_of_a_manifest() -> None:
    cluster("one")
    cluster("two")
    run("synth", "one")
    run("synth", "two")
    assert set(json.loads(Path("cdktf.out/manifest.json").read_text())["stacks"]) == {"one", "two"}
    Path("cdktf.out/stacks/one/cdk.tf.json").unlink()
    run("synth", "two")
    assert set(json.loads(Path("cdktf.out/manifest.json").read_text())["stacks"]) == {"two"}


def test_synth_check_compares_and_writes_nothing() -> None:
    directory = cluster("speedy")
    before = everything(Path())
    absent = run("synth", "--check", "speedy")
    assert absent.exit_code == 1
    assert absent.stdout.startswith("--- /dev/null\n+++ cdktf.out/manifest.json\n")
    assert everything(Path()) == before

    run("synth", "speedy")
    same = run("synth", "--check", "speedy")
    assert (same.exit_code, same.output) == (0, "")

    config = directory / "config.yml"
    config.write_text(config.read_text().replace("t3.micro", "t3.large", 1))
    before = everything(Path())
    other = run("synth", "--check", "speedy")
    assert other.exit_code == 1
    assert '-        "instance_type": "t3.micro",\n+        "instance_type": "t3.large",\n' in other.stdout
    assert everything(Path()) == before

    stack = Path("cdktf.out/stacks/speedy/cdk.tf.json")
    run("synth", "speedy")
    stack.write_text(stack.read_text() + "\n")
    assert run("synth", "--check", "speedy").exit_code == 1, "byte for byte"


def test_lock_file_of_terraform_stays_beside_the_stack_whatever_synth_does() -> None:
    cluster("speedy")
    run("synth", "speedy")
    lock = Path("cdktf.out/stacks/speedy/.terraform.lock.hcl")
    lock.write_text('provider "registry.terraform.io/hashicorp/aws" {}\n')
    before = lock.stat()
    assert run("synth", "--check", "speedy").output == ""
    for version in ("~> 5.100", "~> 6.40"):
        config = edited({"cluster_name": "speedy", "terraform": {"provider_version": version}})
        Path("speedy/config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
        assert run("synth", "--check", "speedy").exit_code == 1
        assert run("synth", "speedy").exit_code == 0
        assert f'"version": "{version}"' in lock.with_name("cdk.tf.json").read_text()
    Path("cdktf.out/stacks/speedy/cdk.tf.json").unlink()
    Path("cdktf.out/manifest.json").unlink()
    run("synth", "speedy")
    assert (lock.read_text(), lock.stat().st_mtime_ns) == (
        'provider "registry.terraform.io/hashicorp/aws" {}\n',
        before.st_mtime_ns,
    )


def test_synth_again_touches_no_file() -> None:
    cluster("speedy")
    run("synth", "speedy")
    times = {path: path.stat().st_mtime_ns for path in Path("cdktf.out").rglob("*")}
    run("synth", "speedy")
    assert {path: path.stat().st_mtime_ns for path in Path("cdktf.out").rglob("*")} == times


def test_two_clusters_of_one_name_would_be_one_stack() -> None:
    cluster("speedy")
    cluster("other")
    Path("other/config.yml").write_text(Path("speedy/config.yml").read_text())
    result = run("check", "speedy", "other")
    assert result.exit_code == 1
    assert "error[duplicate-cluster]: the cluster_name speedy is taken: speedy/config.yml has speedy" in result.stderr


@pytest.mark.parametrize("command", ["check", "synth"])
def test_two_clusters_may_not_share_a_state_file(command: str) -> None:
    directory = cluster("one")
    other = directory / "other.yml"
    other.write_text((directory / "config.yml").read_text().replace("cluster_name: one", "cluster_name: two"))
    result = run(command, "one", str(other))
    assert result.exit_code == 1
    assert "one/other.yml:2:15: error[shared-state]: one/config.yml keeps its state in the same place" in result.stderr
    assert "(terraform.tfstate)" in result.stderr
    assert not Path("cdktf.out").exists()


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({"type": "s3", "bucket": "b", "key": "k", "use_lockfile": True},
         {"type": "s3", "bucket": "b", "key": "k", "dynamodb_table": "t"}, True),
        ({"type": "s3", "bucket": "b", "key": "k"}, {"type": "s3", "bucket": "b", "key": "other"}, False),
        ({"type": "http", "address": "https://x/1"}, {"type": "http", "address": "https://x/1"}, True),
        ({"type": "local", "path": "/var/states/x"}, {"type": "local", "path": "/var/states/x"}, True),
        ({"type": "local", "path": "x"}, {"type": "local", "path": "x"}, False),
        ({"type": "local", "path": "../one/terraform.tfstate"}, None, True),
    ],
)  # fmt: skip
def test_two_clusters_may_not_share_a_backends_state(one: Any, other: Any, shared: bool) -> None:
    for name, backend in (("two", one), ("one", other)):
        terraform = (
            {}
            if backend is None
            else {"backend": {"region": "eu-west-1", **backend} if backend["type"] == "s3" else backend}
        )
        cluster(name, terraform=terraform)
    result = run("check", "one", "two")
    assert ("error[shared-state]" in result.stderr) == shared
    assert result.exit_code == shared


@pytest.mark.parametrize("path", ["../cdktf.out/speedy.tfstate", "../cdktf.out/stacks/speedy/terraform.tfstate"])
def test_state_may_not_be_in_the_output(path: str) -> None:
    cluster("speedy", terraform={"backend": {"type": "local", "path": path}})
    for command in ("synth", "check"):
        result = CliRunner().invoke(cli, [command, "speedy"])
        assert result.exit_code == 1
        assert "error[state-in-output]" in result.stderr
        assert "which can be removed at any time" in result.stderr
    assert not Path("cdktf.out").exists()


def test_local_state_is_named_from_the_cluster_directory() -> None:
    cluster("speedy", terraform={"backend": {"type": "local", "path": "states/a.tfstate", "workspace_dir": "w"}})
    run("synth", "speedy")
    stack = json.loads(Path("cdktf.out/stacks/speedy/cdk.tf.json").read_text())
    assert stack["terraform"]["backend"] == {
        "local": {"path": "../../../speedy/states/a.tfstate", "workspace_dir": "../../../speedy/w"}
    }


def test_directory_that_json_can_not_name_is_told() -> None:
    cluster("speedy").rename(os.fsdecode(b"by\xff"))
    result = CliRunner().invoke(cli, ["synth", os.fsdecode(b"by\xff")])
    assert result.exit_code == 1
    assert "error[path-not-utf-8]" in result.stderr
    assert "is not UTF-8" in result.stderr
    assert not Path("cdktf.out").exists()


def test_too_much_user_data_is_an_error_of_the_config() -> None:
    cluster("speedy", pre_user_data="true", extra_user_data="# " + random.Random(1).randbytes(20_000).hex())
    result = run("check", "speedy")
    assert result.exit_code == 1
    assert result.stderr.count("error[user-data-too-large]") == 1
    assert "(pre_user_data 5, extra_user_data 40,003, tpa-tf's own part " in result.stderr


def test_user_data_that_fits_as_gzip_is_no_error() -> None:
    cluster("speedy", extra_user_data="# " + "x" * 16384)
    assert run("check", "speedy").exit_code == 0


def test_broken_record_is_told_with_its_place() -> None:
    directory = cluster("speedy")
    (directory / "tpa-tf.lookup.json").write_text('{\n  "version": 99\n}\n')
    result = run("check", "speedy")
    assert result.exit_code == 1
    assert "speedy/tpa-tf.lookup.json:2:" in result.stderr
    assert "error[invalid-lookup]" in result.stderr


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tpa_tf", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


@pytest.mark.parametrize("command", ["check", "keys", "permissions", "synth"])
def test_a_path_that_is_too_long_is_no_traceback(command: str) -> None:
    result = program(command, "x" * 5000)
    assert result.returncode == 1
    assert "error[unreadable]" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["impact", "x" * 5000, "speedy"], ["review", "x" * 5000]])
def test_another_path_that_is_too_long_is_no_traceback(arguments: list[str]) -> None:
    cluster("speedy")
    result = program(*arguments)
    assert result.returncode == 1
    assert "tpa-tf: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["check", "speedy"], ["impact", "speedy", "speedy"], ["permissions", "speedy"]])
def test_a_full_disk_is_told_in_one_line(arguments: list[str]) -> None:
    cluster("speedy")
    command = [sys.executable, "-m", "tpa_tf", *arguments]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last == "tpa-tf: the output can't be written: [Errno 28] No space left on device"
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("what", ["directory", "fifo-less", "unreadable", "dangling"])
def test_input_that_cant_be_read_is_no_traceback(what: str) -> None:
    path = Path(what)
    if what == "directory":
        path.mkdir()
    elif what == "unreadable":
        (path / "config.yml").mkdir(parents=True)
    elif what == "dangling":
        path.symlink_to("nowhere")
    result = program("synth", what)
    assert (result.returncode, result.stdout) == (1, "")
    assert "error[unreadable]" in result.stderr
    assert "Traceback" not in result.stderr


def test_output_that_cant_be_written_is_no_traceback() -> None:
    cluster("speedy")
    Path("taken").write_text("")
    result = program("synth", "speedy", "--out", "taken/out")
    assert (result.returncode, result.stdout) == (1, "")
    assert "can't be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_node_synth_says_so() -> None:
    cluster("speedy")
    result = program("synth", "speedy", PATH="/nonexistent", JSII_NODE="no-such-node")
    assert result.returncode == 1
    assert "install Node.js 20 or later" in result.stderr
    assert not Path("cdktf.out").exists()


@pytest.mark.parametrize("command", ["check", "permissions"])
def test_only_synthesis_pays_for_cdktf(command: str) -> None:
    cluster("speedy")
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from tpa_tf.cli import cli\n"
        f"result = CliRunner().invoke(cli, [{command!r}, 'speedy'])\n"
        "assert result.exit_code == 0, result.output\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert {"tpa_tf", "pydantic"} <= loaded
    assert not {"cdktf", "cdktf_cdktf_provider_aws", "jsii", "constructs", "boto3", "keyring", "ansible"} & loaded


@pytest.mark.parametrize(
    ("form", "start"), [("text", "speedy\n├─ bucket"), ("mermaid", "flowchart LR\n"), ("html", "<!DOCTYPE html>\n")]
)
def test_show_draws_on_stdout_and_writes_nothing(form: str, start: str) -> None:
    cluster("speedy")
    before = everything(Path())
    result = run("show", "speedy", "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(start)
    assert run("show", "speedy/config.yml", "--format", form).stdout == result.stdout
    assert everything(Path()) == before


def test_show_gives_the_findings_of_a_config_at_fault_and_no_picture() -> None:
    cluster("bad", cluster_ssh_port=0)
    result = run("show", "bad")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad/config.yml" in result.stderr
    assert "invalid-port" in result.stderr


def test_show_takes_the_width_of_a_terminal_and_of_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster("speedy")
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, run("show", "speedy").stdout.splitlines())) > 40
    program = [sys.executable, "-m", "tpa_tf", "show", "speedy"]
    leader, follower = os.openpty()
    subprocess.run(program, stdout=follower, check=True)
    os.close(follower)
    text = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while piece := os.read(leader, 65536):
            text += piece
    os.close(leader)
    lines = text.decode().splitlines()
    assert "├─ bucket tpa-speedy-<account id> in" in lines
    assert max(map(len, lines)) <= 40


def test_impact_gives_a_page() -> None:
    cluster("old", cluster_name="speedy")
    cluster("new", cluster_name="speedy", **{"instances[1].type": "t3.large"})
    result = run("impact", "old", "new", "--format", "html", "--steps", "--fail-on", "stops-and-starts-instance")
    assert result.exit_code == 1
    assert result.stdout.startswith("<!DOCTYPE html>\n")
    assert result.stdout.endswith("</html>\n")
    for text in ("stops and starts instance", "tpa-tf review will refuse", "terraform -chdir="):
        assert text in result.stdout


def test_every_command_has_help() -> None:
    listed = run("--help")
    assert listed.exit_code == 0
    for name, command in cli.commands.items():
        assert name in listed.stdout
        assert command.help
        assert run(name, "-h").exit_code == 0
    tool, provider, bindings = run("--version").stdout.splitlines()
    assert re.fullmatch(r"tpa-tf \d+\.\d+\.\d+", tool)
    assert provider.startswith("AWS provider hashicorp/aws 5.100.0")
    locked = (Path(__file__).parents[2] / "requirements.lock").read_text()
    names = re.findall(r"(cdktf[\w-]*) ([\d.]+)", bindings)
    assert len(names) == 2 and all(f"\n{name}=={version} " in locked for name, version in names)


def test_commands_are_listed_in_the_order_of_the_day_with_their_own_help() -> None:
    listed = re.findall(r"^  ([a-z]+) ", run("--help").output.partition("Commands:")[2], re.MULTILINE)
    assert listed == list(COMMANDS)
    for name, help in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command
        assert command.help
        assert " ".join(command.help.split()).startswith(help)


@pytest.mark.parametrize("arguments", [["--help"], ["check", "speedy"]])
def test_a_command_imports_what_it_needs_alone(arguments: list[str]) -> None:
    cluster("speedy")
    program = f"import sys\nfrom tpa_tf.cli import cli\ntry:\n    cli({arguments})\nfinally:\n    print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.split()
    assert "tpa_tf.cli" in modules
    assert {"boto3", "cdktf", "cryptography", "keyring", "tpa_tf.changes", "tpa_tf.handover"} & set(modules) == set()
