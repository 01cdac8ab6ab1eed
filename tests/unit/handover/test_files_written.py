"""What each setting does to the files, and what writing leaves alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.handover.conftest import VERSION, Copy, Inventory, tree
from tpa_tf.errors import TpaTfError
from tpa_tf.handover import guard

TAG = "inventory/group_vars/tag_Cluster_minimal"
OTHERS = ("two-replica", "barman-1", "bastion")
ARGUMENTS = "-o ServerAliveInterval=60 -o UserKnownHostsFile='known_hosts tpa_known_hosts'"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def refused(result: Any, message: str) -> None:
    with pytest.raises(TpaTfError, match=message):
        raise result.exception or AssertionError(result.output)


@pytest.mark.parametrize(
    ("add", "arguments"),
    [
        ("", f"{ARGUMENTS} -o IdentitiesOnly=yes "),
        ("use_ssh_agent: no\n", f"{ARGUMENTS} -o IdentitiesOnly=yes "),
        ("use_ssh_agent: yes\n", f"{ARGUMENTS}  "),
        ("forward_ssh_agent: yes\n", f"{ARGUMENTS} -o IdentitiesOnly=yes -o ForwardAgent=yes"),
        ("forward_ssh_agent: 'no'\n", f"{ARGUMENTS} -o IdentitiesOnly=yes "),
        ("use_ssh_agent: 'yes'\nforward_ssh_agent: true\n", f"{ARGUMENTS}  -o ForwardAgent=yes"),
    ],
)
def test_ssh_agent_settings(add: str, arguments: str, copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add=add)
    inventory(directory)
    assert load(directory / TAG / "00-ansible.yml")["ansible_ssh_common_args"] == arguments


def test_ssh_port_is_in_every_file_that_names_one(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="cluster_ssh_port: 2022\n")
    inventory(directory)
    assert load(directory / TAG / "00-ansible.yml")["ansible_port"] == "2022"
    assert "    Port 2022\n" in (directory / "ssh_config").read_text()
    lines = (directory / "tpa_known_hosts").read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["[54.214.182.46]:2022", "ssh-rsa"],
        ["[54.214.182.46]:2022", "ecdsa-sha2-nistp256"],
    ]


def test_tower_has_credentials_of_its_own_and_a_configuration(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="ansible_tower: {api_url: https://aap.example.com}\n")
    result = inventory(directory)
    assert "ansible_ssh_private_key_file" not in load(directory / TAG / "00-ansible.yml")
    assert "ssh_key_file" not in load(directory / TAG / "01-minimal.yml")
    assert 'IdentityFile "id_minimal"' in (directory / "ssh_config").read_text()
    configuration = (directory / "ansible.cfg").read_text()
    assert "roles_path = /opt/EDB/TPA/roles\n" in configuration
    assert "vault" not in configuration, "Tower brings the passphrase as a credential"
    assert (directory / "ansible.cfg").stat().st_mode & 0o777 == 0o644
    assert "tpaexec store-password" in result.stderr


@pytest.mark.parametrize(
    ("value", "on"),
    [("{api_url: x}", True), ("{}", False), ("yes", True), ("'yes'", True), ("no", False), ("'no'", False)],
)
def test_tower_is_a_mapping_or_yes_or_no(value: str, on: bool, copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add=f"ansible_tower: {value}\n")
    result = inventory(directory)
    assert (directory / "ansible.cfg").exists() is on
    assert ("take inventory/00-minimal as the inventory's source" in result.stderr) is on


def test_configuration_of_somebody_else_is_not_replaced(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="ansible_tower: yes\n")
    (directory / "ansible.cfg").write_text("[defaults]\nforks = 5\n")
    before = tree(directory)
    refused(inventory(directory, fails=True), "ansible.cfg is there, and tpa-tf has not written it.*move yours away")
    assert tree(directory) == before
    (directory / "ansible.cfg").write_text("# For Ansible Tower, which runs no tpaexec to set these.\nold")
    assert str(directory / "ansible.cfg") in inventory(directory).stdout


def test_without_tower_ansible_cfg_is_left_alone(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "ansible.cfg").write_text("mine")
    inventory(directory)
    assert (directory / "ansible.cfg").read_text() == "mine"


def test_keys_named_in_export_as_vars_become_variables(copy: Copy, inventory: Inventory) -> None:
    directory = copy(
        "mixed-platforms", ("  platform: bare\n", "  platform: bare\n  rack: 7\n  export_as_vars: [rack, absent]\n")
    )
    inventory(directory)
    found = load(directory / "inventory/host_vars/iron/01-instance_vars.yml")
    assert (found["rack"], found["absent"]) == (7, None)


@pytest.mark.parametrize(
    ("edits", "exported"),
    [
        ([("  role: primary\n", "  role: primary\n  rack: 7\n  export_as_vars: [rack, absent]\n")], {"rack": 7}),
        ([("instance_defaults:\n", "instance_defaults:\n  rack: 7\n  export_as_vars: [rack, absent]\n")], {"rack": 7}),
        ([("  az: eu-west-3a\n", "  az: eu-west-3a\n  rack: 7\n  export_as_vars: [rack, absent]\n")], {"rack": 7}),
        (
            [
                ("instance_defaults:\n", "instance_defaults:\n  rack: '{{ 7 }}'\n"),
                ("  role: primary\n", "  role: primary\n  export_as_vars: [type, rack, absent]\n"),
                *((f"  Name: {name}\n", f"  Name: {name}\n  rack: 8\n  export_as_vars: [rack]\n") for name in OTHERS),
            ],
            {"rack": "{{ 7 }}", "type": "t3.medium"},
        ),
    ],
)
def test_keys_of_an_aws_instance_are_exported_from_wherever_they_are_merged(
    edits: list[tuple[str, str]], exported: dict[str, Any], copy: Copy, inventory: Inventory
) -> None:
    directory = copy("mixed-platforms", *edits)
    inventory(directory)
    found = load(directory / "inventory/host_vars/one-primary/01-instance_vars.yml")
    assert {**exported, "absent": None}.items() <= found.items()


def test_vars_win_over_everything_exported(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", ("    role: primary\n", "    role: primary\n    vars: {region: mine, role: [other]}\n"))
    inventory(directory)
    found = load(directory / "inventory/host_vars/one/01-instance_vars.yml")
    assert (found["region"], found["role"]) == ("mine", ["other"])


def test_cluster_tag_names_the_group(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="cluster_tag: mine\n")
    inventory(directory)
    assert (directory / "inventory/00-minimal").read_text().startswith("[mine]\n")
    assert load(directory / "inventory/group_vars/mine/01-minimal.yml")["cluster_tag"] == "mine"
    assert (directory / "inventory/group_vars/mine/secrets").is_dir()


def test_compliance_and_key_file_are_those_of_the_config(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="compliance: stig\nssh_key_file: ~/.ssh/id with space\n")
    inventory(directory)
    assert load(directory / TAG / "01-minimal.yml")["compliance"] == "stig"
    assert load(directory / TAG / "01-minimal.yml")["ssh_key_file"] == "~/.ssh/id with space"
    assert load(directory / TAG / "00-ansible.yml")["ansible_ssh_private_key_file"] == "~/.ssh/id with space"
    assert '    IdentityFile "~/.ssh/id with space"\n' in (directory / "ssh_config").read_text()


@pytest.mark.parametrize("value", ["yes", "'yes'", "true"])
def test_provision_only_is_kept_out_of_the_inventory_file_alone(value: str, copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms", ("provision_only: true", f"provision_only: {value}"))
    inventory(directory)
    assert "bastion" not in (directory / "inventory/00-Mixed_Fleet").read_text()
    assert "Host bastion\n" in (directory / "ssh_config").read_text()
    assert "54.214.146.112" in (directory / "tpa_known_hosts").read_text()
    assert (directory / "inventory/host_vars/bastion/01-instance_vars.yml").exists()


def test_cluster_of_provision_only_instances_is_told_to_have_no_host(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", ("    role: primary\n", "    role: primary\n    provision_only: yes\n"))
    assert "the inventory has no host" in inventory(directory).stderr
    assert (directory / "inventory/00-minimal").read_text() == "[tag_Cluster_minimal]\n"


BARE = "  public_ip: 198.51.100.9\n  private_ip: 192.168.3.9\n"


@pytest.mark.parametrize(
    ("addresses", "address", "variables"),
    [
        (BARE, "198.51.100.9", {"public_ip": "198.51.100.9", "private_ip": "192.168.3.9"}),
        ("  private_ip: 192.168.3.9\n", "192.168.3.9", {"private_ip": "192.168.3.9"}),
        ("  ip_address: 192.168.3.8\n  private_ip: 192.168.3.9\n", "192.168.3.8", {"ip_address": "192.168.3.8"}),
        ("  ansible_host: iron.example.com\n" + BARE, "iron.example.com", {"public_ip": "198.51.100.9"}),
        ("  public_ip: 2001:db8::9\n", "2001:db8::9", {"public_ip": "2001:db8::9"}),
    ],
)
def test_bare_instance_has_the_addresses_of_the_config(
    addresses: str, address: str, variables: dict[str, str], copy: Copy, inventory: Inventory
) -> None:
    directory = copy("mixed-platforms", (BARE, addresses))
    inventory(directory)
    assert f"iron ansible_host={address} node=5 platform=bare\n" in (directory / "inventory/00-Mixed_Fleet").read_text()
    assert f"Host iron\n    User admin\n    HostName {address}\n" in (directory / "ssh_config").read_text()
    found = load(directory / "inventory/host_vars/iron/01-instance_vars.yml")
    assert variables.items() <= found.items()
    assert address not in (directory / "tpa_known_hosts").read_text()


def test_bare_instance_with_managed_keys_is_in_the_known_hosts(copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms", (BARE, BARE + "  vars: {manage_ssh_hostkeys: yes}\n"))
    inventory(directory)
    assert (directory / "tpa_known_hosts").read_text().count("[198.51.100.9]:2222 ") == 2


def test_templated_user_is_left_to_ansible(copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms", (BARE, BARE + "  vars: {ansible_user: '{{ someone }}'}\n"))
    inventory(directory)
    assert "Host iron\n    HostName 198.51.100.9\n" in (directory / "ssh_config").read_text()
    found = load(directory / "inventory/host_vars/iron/01-instance_vars.yml")
    assert found["ansible_user"] == "{{ someone }}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (BARE, "", r"config.yml:\d+:\d+: iron is a bare instance without an address"),
        (BARE, "  public_ip: '{{ there }}'\n", "instances.4..public_ip: .* is an Ansible template"),
        (BARE, '  public_ip: "1.2.3.4 evil=1"\n', "can't stand in an inventory"),
        (BARE, "  public_ip: -oProxyCommand=x\n", "can't stand in an inventory"),
        (BARE, BARE + "  vars: [1]\n", "vars of iron must be a mapping"),
        (BARE, BARE + '  vars: {ansible_user: "a\\n  ProxyCommand x"}\n', "can't stand in an inventory"),
        (BARE, BARE + "  export_as_vars: rack\n", "export_as_vars of iron must be a list"),
        (
            BARE,
            BARE + "  export_as_vars: [role, [rack]]\n",
            r"config.yml:86:26: instances.4..export_as_vars.1.: a list where the name of a key is expected; write keys",
        ),
        (BARE, BARE + "  provision_only: perhaps\n", "instances.4..provision_only: 'perhaps' where yes or no"),
        ("  role: [witness]\n", "  role: {a: b}\n", "role of iron must be a list"),
        ("platform: bare", "platform: docker", "iron is of platform docker, which only tpaexec provision can make"),
        (
            BARE,
            "  public_ip: '{{ x }}'\n",
            "'{{ x }}' is an Ansible template, and only Ansible can read it: ssh_config",
        ),
        (
            BARE,
            "  public_ip: !vault abc\n",
            "public_ip: a value under !vault, and only Ansible can read it: ssh_config",
        ),
        (
            "cluster_ssh_port: 2222",
            "ansible_tower: https://x",
            "ansible_tower: 'https://x' where yes or no is",
        ),
        ("cluster_ssh_port: 2222", "cluster_tag: ../up", "'../up' can't be an inventory group"),
        ("cluster_ssh_port: 2222", "vault_name: [a]", "vault_name: .* where text is expected"),
        ("cluster_ssh_port: 2222", "ssh_key_file: 'a\"b'", "can't stand in ssh_config"),
    ],
)
def test_what_can_not_be_handed_over_is_refused_with_its_place(
    old: str, new: str, message: str, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("mixed-platforms", (old, new))
    before = tree(directory)
    refused(inventory(directory, fails=True), message)
    assert tree(directory) == before


def test_name_that_leads_elsewhere_is_refused(copy: Copy, inventory: Inventory) -> None:
    directory = copy(
        "mixed-platforms", ("Name: iron", "Name: ../../iron"), add="hostname_patterns: {aws: '.*', bare: '.*'}\n"
    )
    refused(inventory(directory, fails=True), "'../../iron' can't stand in an inventory")
    assert not (directory.parent / "iron").exists()


def test_second_run_changes_nothing_and_says_so(copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms")
    first = inventory(directory)
    times = {path: path.stat().st_mtime_ns for path in directory.rglob("*")}
    second = inventory(directory)
    assert str(directory / "ssh_config") in first.stdout
    assert "nothing changed" not in first.stderr
    assert second.stdout == ""
    assert second.stderr.endswith("nothing changed\n")
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*")} == times


def test_only_what_differs_is_written(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    (directory / "ssh_config").write_text("edited")
    result = inventory(directory)
    assert result.stdout == f"{directory / 'ssh_config'}\n"
    assert "HostName 54.214.182.46" in (directory / "ssh_config").read_text()


def test_files_of_others_are_left_alone(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    others = {
        "known_hosts": "mine",
        "deploy.yml": "mine",
        f"{TAG}/secrets/postgres_password.yml": "theirs",
        f"{TAG}/02-mine.yml": "mine",
        "inventory/host_vars/one/02-mine.yml": "mine",
        "inventory/host_vars/gone/01-instance_vars.yml": "old",
        "inventory/01-mine": "mine",
        "hostkeys/ssh_host_rsa_key": "private",
    }
    for name, content in others.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
    inventory(directory)
    for name, content in others.items():
        assert (directory / name).read_text() == content, name


def test_modes_that_drifted_are_shown_and_put_right(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    (directory / "ssh_config").chmod(0o600)
    (directory / "inventory/00-minimal").chmod(0o666)
    shown = inventory(directory, "--check", fails=True)
    assert (shown.exit_code, shown.stdout.splitlines()) == (
        1,
        [
            f"{directory}/inventory/00-minimal: old mode 0666, new mode 0644",
            f"{directory}/ssh_config: old mode 0600, new mode 0644",
        ],
    )
    assert set(inventory(directory).stdout.splitlines()) == {
        f"{directory}/inventory/00-minimal",
        f"{directory}/ssh_config",
    }
    assert {(directory / name).stat().st_mode & 0o777 for name in ("ssh_config", "inventory/00-minimal")} == {0o644}
    assert "nothing changed" in inventory(directory).stderr


def test_inventory_of_another_cluster_name_is_told_and_left(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    inventory(directory)
    assert "left over" not in inventory(directory).stderr
    older = directory / "inventory/00-older"
    older.write_text("[older]\n")
    assert f"{older} is left over from another cluster_name, and ansible -i inventory" in inventory(directory).stderr
    assert older.exists()


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ("ansible_host: one.example.com", "vars.ansible_host"),
        ("ansible_port: 2022", "vars.ansible_port"),
        ("ansible_host: x, ansible_port: 1", "vars.ansible_host and vars.ansible_port"),
    ],
)
def test_address_that_ansible_would_use_instead_is_told(
    variables: str, keys: str, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal", ("    role: primary\n", f"    role: primary\n    vars: {{{variables}}}\n"))
    told = f"one: {keys} hold for Ansible, while ssh_config, tpa_known_hosts and --wait use 54.214.182.46, port 22"
    assert told in inventory(directory).stderr


def test_hashes_that_say_provisioned_are_written_last(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal", add="ansible_tower: yes\n")
    assert inventory(directory).stdout.splitlines()[-2] == f"{directory}/inventory/group_vars/hashes/config.yml"


def test_hashes_that_other_steps_keep_stay(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    hashes = directory / "inventory/group_vars/hashes/config.yml"
    hashes.parent.mkdir(parents=True)
    hashes.write_text("config_hashes:\n    last_provisioned: old\n    last_deployed: theirs\n")
    inventory(directory)
    found = load(hashes)["config_hashes"]
    assert found["last_deployed"] == "theirs"
    assert (
        guard.config_hash(found["last_provisioned"])
        == "baf524d89b2a5d3765726391eb1d1d5e0e907f7c7dc399788df66247d072c216"
    )


@pytest.mark.parametrize("content", ["config_hashes: [", "- list", "config_hashes: text"])
def test_hashes_file_that_is_something_else_is_refused(content: str, copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    hashes = directory / "inventory/group_vars/hashes/config.yml"
    hashes.parent.mkdir(parents=True)
    hashes.write_text(content)
    refused(inventory(directory, fails=True), "hashes/config.yml is not what TPA writes")
    assert hashes.read_text() == content


def test_leftovers_of_old_tpa_versions_that_would_override_are_removed(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    old = directory / "inventory/host_vars/one/03-volumes.yml"
    old.parent.mkdir(parents=True)
    old.write_text("volumes: []\n")
    assert f"to be removed: {old}" in inventory(directory, "--check", fails=True).stdout
    assert old.exists()
    assert f"{old} (removed)\n" in inventory(directory).stdout
    assert not old.exists()


def test_missing_host_keys_are_not_made_anew(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    (directory / "hostkeys/ssh_host_ecdsa_key.pub").unlink()
    refused(inventory(directory, fails=True), "ssh_host_ecdsa_key.pub can't be read: No such file.*tpa-tf keys")


def test_check_shows_the_difference_and_writes_nothing(copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    before = tree(directory)
    result = inventory(directory, "--check", fails=True)
    assert result.exit_code == 1
    assert f"--- {os.devnull}\n+++ {directory / 'ssh_config'}\n" in result.stdout
    assert "+    HostName 54.214.182.46\n" in result.stdout
    assert tree(directory) == before
    assert not (directory / "inventory").exists()

    inventory(directory)
    clean = inventory(directory, "--check")
    assert (clean.exit_code, clean.stdout) == (0, "")
    (directory / "vault/vault_pass.txt").unlink()
    assert inventory(directory, "--check").exit_code == 0, "a passphrase is in no repository"

    config = (directory / "config.yml").read_text()
    (directory / "config.yml").write_text(config.replace("postgres_version: '16'", "postgres_version: '17'"))
    result = inventory(directory, "--check", fails=True)
    assert result.exit_code == 1
    assert "-postgres_version: '16'\n+postgres_version: '17'\n" in result.stdout
    assert "16" in (directory / TAG / "01-minimal.yml").read_text()


def test_version_is_given_or_found_or_left_out(
    copy: Copy, inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from tpa_tf.cli import cli

    directory, installation = copy("minimal"), tmp_path / "TPA"
    installation.mkdir()
    monkeypatch.setenv("TPA_DIR", str(installation))
    command = ["inventory", str(directory), "--outputs", str(directory / "outputs.json")]
    file = directory / TAG / "01-minimal.yml"

    assert "tpa_version is left out: give --tpa-version, or TPA_DIR" in CliRunner().invoke(cli, command).stderr
    assert "tpa_version" not in load(file)
    (installation / "VERSION").write_text("v23.41.0\n")
    assert "tpa_version" not in CliRunner().invoke(cli, command).stderr
    assert load(file)["tpa_version"] == "v23.41.0"
    inventory(directory)
    assert load(file)["tpa_version"] == VERSION
