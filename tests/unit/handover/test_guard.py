"""TPA asks whether config.yml is the one that was handed over: it is told so, or stopped, and never provisions.

Ansible evaluates the guard as TPA's plays have it do. With TPA_TF_TPA_DIR, the directory of TPA's source or
installation, its own tpaexec runs, too, with the Ansible that it wants: in TPA_VENV, or where tpaexec setup puts it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.handover.conftest import Copy, Inventory, tree
from tpa_tf.clusters import load
from tpa_tf.errors import TpaTfError
from tpa_tf.handover import guard
from tpa_tf.handover import run as run_handover

TPA_DIR = os.environ.get("TPA_TF_TPA_DIR", "")
HASHES = "inventory/group_vars/hashes/config.yml"
EDIT = "\n# another line\n"

# As platforms/load-config.yml and platforms/provision.yml ask; `fresh` stands for everything that provisions.
PLAY = """
- name: {play}
  hosts: localhost
  gather_facts: no
  tasks:
  - set_fact:
      config_file: "{{{{ cluster_dir }}}}/config.yml"
  - include_vars: "{{{{ cluster_dir }}}}/{hashes}"
  - set_fact:
      config_hashes: "{{{{ config_hashes|default({{}})|combine({{'current': now}}) }}}}"
    vars:
      now: "{{{{ lookup('file', config_file)|hash('sha256') }}}}"
  - meta: end_play
    when: "config_hashes['last_provisioned'] == config_hashes['current'] and not force_reprovision|default(false)"
  - debug: msg=m-a-d-e
"""


def ansible(directory: Path, *arguments: str, play: str = "Provision cluster", config_file: bool = True) -> str:
    """What ansible-playbook prints of TPA's question, without the breaks of its lines."""
    text = PLAY.format(play=play, hashes=HASHES)
    playbook = directory.parent / "play.yml"
    playbook.write_text(text if config_file else text.replace("      config_file:", "      other_file:"))
    cluster_dir = f"cluster_dir='{directory}'"
    return run(directory, [beside("ansible-playbook"), str(playbook), "-e", cluster_dir, *arguments])[1]


def run(directory: Path, command: list[str], **variables: str) -> tuple[int, str]:
    """The exit code of ``command`` and what it prints, without white space, for Ansible breaks lines anywhere."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_"))}
    environment |= {"ANSIBLE_HOME": str(directory.parent / "home"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
    result = subprocess.run(
        command, cwd=directory, env=environment | variables, capture_output=True, text=True, timeout=120, check=False
    )
    return result.returncode, squeezed(result.stdout + result.stderr)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def beside(program: str) -> str:
    return str(Path(sys.executable).with_name(program))


@pytest.fixture
def handed_over(copy: Copy, inventory: Inventory) -> Path:
    directory = copy("minimal")
    inventory(directory)
    return directory


def is_current(printed: str) -> bool:
    """Whether TPA was told that there is nothing to provision; AssertionError if it was told to provision."""
    assert "m-a-d-e" not in printed
    return "failed=0" in printed


def test_config_as_it_was_handed_over_is_not_provisioned(handed_over: Path) -> None:
    assert is_current(ansible(handed_over))


def test_edited_config_is_refused_until_it_is_handed_over(handed_over: Path, inventory: Inventory) -> None:
    with (handed_over / "config.yml").open("a") as config:
        config.write(EDIT)
    printed = ansible(handed_over)
    assert not is_current(printed)
    assert squeezed("config.yml is not what it was at the last tpa-tf inventory. Run tpa-tf synth, ") in printed
    inventory(handed_over)
    assert is_current(ansible(handed_over))


@pytest.mark.parametrize("arguments", [["-e", "force_reprovision=1"], ["-e", "force_reprovision=yes"]])
def test_forced_provisioning_is_refused(arguments: list[str], handed_over: Path) -> None:
    printed = ansible(handed_over, *arguments)
    assert not is_current(printed)
    assert squeezed("leave out --force-reprovision") in printed


def test_deprovisioning_is_refused(handed_over: Path) -> None:
    printed = ansible(handed_over, play="Deprovision cluster")
    assert not is_current(printed)
    assert squeezed("Destroy the cluster with terraform plan -destroy") in printed


def test_tpa_that_does_not_say_where_its_config_is_is_refused(handed_over: Path) -> None:
    printed = ansible(handed_over, config_file=False)
    assert not is_current(printed)
    assert "Mandatoryvariable" in printed


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text + b"\n  \r\n\n",
        lambda text: text.rstrip(),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text + "# Zürich größer\n".encode(),
        lambda text: text + b"# '{{ 7 * 7 }}' {% raw %}\n",
    ],
)
def test_every_text_of_a_config_has_the_hash_that_ansible_finds(
    change: object, copy: Copy, inventory: Inventory
) -> None:
    assert callable(change)
    directory = copy("minimal")
    (directory / "config.yml").write_bytes(change((directory / "config.yml").read_bytes()))
    inventory(directory)
    assert is_current(ansible(directory))


def test_line_ends_that_git_has_changed_are_an_edit(handed_over: Path) -> None:
    config = handed_over / "config.yml"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    assert not is_current(ansible(handed_over))


def test_directory_with_a_space_and_a_config_behind_a_link(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    moved = directory.with_name("min i mal")
    directory.rename(moved)
    (moved / "config.yml").rename(moved / "real.yml")
    (moved / "config.yml").symlink_to("real.yml")
    inventory(moved)
    assert is_current(ansible(moved))


@pytest.mark.parametrize("content", [b"config: other\n", b"\xff", None])
def test_config_that_is_edited_while_it_is_handed_over_is_refused(content: bytes | None, copy: Copy) -> None:
    directory = copy("minimal")
    loaded = load(directory)
    assert loaded.checked
    if content is None:
        (directory / "config.yml").unlink()
    else:
        (directory / "config.yml").write_bytes(content)
    with pytest.raises(TpaTfError, match=r"config\.yml has changed since this command read it: nothing was written"):
        run_handover.prepare(loaded, *loaded.checked, Path(), (directory / "outputs.json").read_bytes(), "v1")


def test_hash_without_a_guard_is_a_difference_and_gets_one(handed_over: Path, inventory: Inventory) -> None:
    guarded = (handed_over / HASHES).read_bytes()
    digest = hashlib.sha256((handed_over / "config.yml").read_bytes().rstrip()).hexdigest()
    (handed_over / HASHES).write_text(f"config_hashes:\n    last_provisioned: {digest}\n")
    assert inventory(handed_over, "--check", fails=True).exit_code == 1
    inventory(handed_over)
    assert (handed_over / HASHES).read_bytes() == guarded


def test_hash_is_read_back_from_the_guard_and_from_what_tpa_writes() -> None:
    digest = hashlib.sha256(b"config").hexdigest()
    assert guard.config_hash(guard.variables(digest, {})["config_hashes"]["last_provisioned"]) == digest
    assert guard.config_hash(digest) == digest
    assert guard.config_hash("old") is None
    assert guard.config_hash(None) is None


needs_tpa = pytest.mark.skipif(not TPA_DIR, reason="TPA_TF_TPA_DIR names no TPA")


def tpaexec(directory: Path, command: str, *arguments: str) -> tuple[int, str]:
    """TPA's own tpaexec, without AWS credentials, which the inventory's other half would need."""
    environment = {
        "TPA_DIR": TPA_DIR,
        "TPA_VENV": os.environ.get("TPA_VENV", f"{TPA_DIR}/tpa-venv"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "no",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return run(directory, [f"{TPA_DIR}/bin/tpaexec", command, str(directory), *arguments], **environment)


def deployable(directory: Path) -> Path:
    (directory / "deploy.yml").write_text(
        "- {name: Deploy, hosts: localhost, gather_facts: no, tasks: [{debug: {msg: d-e-p-l-o-y-e-d}}]}\n"
    )
    (directory / "commands").mkdir()
    shutil.copy(directory / "deploy.yml", directory / "commands/upgrade.yml")
    return directory


@needs_tpa
@pytest.mark.parametrize("command", ["deploy", "upgrade"])
def test_tpaexec_goes_on_where_the_config_is_the_handed_over_one(command: str, handed_over: Path) -> None:
    code, printed = tpaexec(deployable(handed_over), command)
    assert code == 0, printed
    assert "d-e-p-l-o-y-e-d" in printed
    assert "Validate" not in printed


@needs_tpa
@pytest.mark.parametrize("command", ["deploy", "upgrade", "provision"])
def test_tpaexec_stops_before_it_provisions_where_the_config_is_edited(command: str, handed_over: Path) -> None:
    with (deployable(handed_over) / "config.yml").open("a") as config:
        config.write(EDIT)
    before = tree(handed_over)
    code, printed = tpaexec(handed_over, command)
    assert code != 0
    assert squeezed("config.yml is not what it was at the last tpa-tf inventory") in printed
    assert "d-e-p-l-o-y-e-d" not in printed
    assert "failed=1" in printed
    after = tree(handed_over)
    after.pop("ansible.log")
    assert after == before


@needs_tpa
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["provision", "--force-reprovision"], "leave out --force-reprovision"),
        (["deprovision"], "Destroy the cluster with terraform plan -destroy"),
    ],
)
def test_tpaexec_neither_forces_nor_deprovisions(arguments: list[str], message: str, handed_over: Path) -> None:
    before = tree(handed_over)
    code, printed = tpaexec(handed_over, *arguments)
    assert code != 0
    assert squeezed(message) in printed
    after = tree(handed_over)
    after.pop("ansible.log")
    assert after == before
