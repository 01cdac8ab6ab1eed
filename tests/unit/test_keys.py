"""Key files: what is missing is made, what is there is never touched."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from tests.support.configs import edited
from tpa_tf import keys as key_files
from tpa_tf.cli import cli
from tpa_tf.clusters import load

ALL = (
    "id_speedy",
    "id_speedy.pub",
    "hostkeys/ssh_host_rsa_key",
    "hostkeys/ssh_host_rsa_key.pub",
    "hostkeys/ssh_host_ecdsa_key",
    "hostkeys/ssh_host_ecdsa_key.pub",
)


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(directory: Path, **edits: object) -> Path:
    (directory / "config.yml").write_text(yaml.safe_dump(edited({"cluster_name": "Speedy", **edits})))
    return directory


def keys(directory: Path) -> Result:
    return CliRunner().invoke(cli, ["keys", str(directory)])


def made(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()} - {"config.yml"}


def test_missing_keys_are_made_and_named(cluster: Path) -> None:
    result = keys(cluster)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [str(cluster / name) for name in ALL]
    assert made(cluster) == set(ALL)
    for name in ALL:
        mode = stat.S_IMODE((cluster / name).stat().st_mode)
        assert mode == (0o644 if name.endswith(".pub") else 0o600)
    assert stat.S_IMODE((cluster / "hostkeys").stat().st_mode) == 0o700


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not on the PATH")
def test_ssh_takes_the_keys(cluster: Path) -> None:
    keys(cluster)
    for name in ALL[::2]:
        command = ["ssh-keygen", "-y", "-P", "", "-f", str(cluster / name)]
        derived = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert derived[:2] == (cluster / f"{name}.pub").read_text().split()[:2]


def test_existing_keys_stay_as_they_are(cluster: Path) -> None:
    keys(cluster)
    before = {name: ((cluster / name).read_bytes(), (cluster / name).stat().st_mtime_ns) for name in ALL}
    again = keys(cluster)
    assert (again.exit_code, again.output) == (0, "")
    assert {name: ((cluster / name).read_bytes(), (cluster / name).stat().st_mtime_ns) for name in ALL} == before


def test_public_key_is_derived_from_its_private_one(cluster: Path) -> None:
    keys(cluster)
    public = cluster / "hostkeys/ssh_host_ecdsa_key.pub"
    before = public.read_bytes()
    public.unlink()
    assert keys(cluster).stdout.splitlines() == [str(public)]
    assert public.read_bytes() == before


def test_public_key_without_its_private_one_is_refused(cluster: Path) -> None:
    (cluster / "id_speedy.pub").write_text("ssh-rsa AAAA\n")
    result = keys(cluster)
    assert "put the private key beside it" in str(result.exception)
    assert made(cluster) == {"id_speedy.pub"}, "nothing else is made"


def test_private_key_that_cant_be_read_is_refused(cluster: Path) -> None:
    (cluster / "id_speedy").write_text("nonsense")
    result = keys(cluster)
    assert "ssh-keygen -y" in str(result.exception)
    assert (cluster / "id_speedy").read_text() == "nonsense"


@pytest.mark.parametrize(
    ("edits", "names"),
    [
        ({"ec2_instance_key": "team"}, set(ALL[2:])),
        ({"ec2_instance_key": "team", "install_authorized_key": True}, set(ALL)),
        ({"ec2_key_name": ""}, set(ALL[2:])),
        ({"ssh_key_file": "team"}, {"team", "team.pub", *ALL[2:]}),
    ],
)
def test_key_that_nothing_needs_is_not_made(tmp_path: Path, edits: dict[str, object], names: set[str]) -> None:
    keys(write(tmp_path, **edits))
    assert made(tmp_path) == names


def test_key_that_another_run_makes_meanwhile_is_kept(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = key_files._generate

    def other_run_first(algorithm: str) -> object:
        monkeypatch.setattr(key_files, "_generate", generate)
        found = load(cluster).cluster
        assert found and key_files.make_missing(found)
        return generate(algorithm)

    monkeypatch.setattr(key_files, "_generate", other_run_first)
    result = keys(cluster)
    assert (result.exit_code, result.stdout) == (0, ""), result.exception
    for name in ALL[::2]:
        key = load_ssh_private_key((cluster / name).read_bytes(), None)
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        assert (cluster / f"{name}.pub").read_bytes().startswith(public)
    assert made(cluster) == set(ALL)


def test_key_that_can_not_be_written_is_named_and_not_its_draft(tmp_path: Path) -> None:
    result = keys(write(tmp_path, ssh_key_file="absent/team"))
    assert str(result.exception) == f"{tmp_path}/absent/team: can't write the key: No such file or directory"


def test_config_at_fault_makes_no_keys(tmp_path: Path) -> None:
    result = keys(write(tmp_path, cluster_ssh_port=0))
    assert result.exit_code == 1
    assert made(tmp_path) == set()


def test_private_keys_that_git_would_take_are_told(cluster: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(cluster)], check=True)
    (cluster / ".gitignore").write_text("id_*\n")
    told = keys(cluster).stderr
    assert "hostkeys/ssh_host_rsa_key is a private key, and git does not ignore it" in told
    assert "id_speedy" not in told


def test_no_private_key_comes_into_the_stack(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(cluster)
    keys(cluster)
    assert CliRunner().invoke(cli, ["synth", "."]).exit_code == 0
    stack = Path("cdktf.out/stacks/Speedy/cdk.tf.json").read_text()
    for name in ALL[::2]:
        for line in (cluster / name).read_text().splitlines():
            assert line not in stack
