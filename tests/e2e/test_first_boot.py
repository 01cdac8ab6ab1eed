"""The first-boot script on real systems: their own Python, sshd, apt and locales, with stand-ins for EC2's services."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.first_boot.root_file_system import SYSTEMS, NotAvailableError, root_file_system
from tests.support.first_boot.system import BUCKET, IMPATIENT, System, missing, running
from tpa_tf.clusters import load
from tpa_tf.user_data import render_user_data

MISSING = missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

# Pauses of Python's pass at once, so that what fails does so at once.
CONFIG = f"""
architecture: M1
cluster_name: speedy
cluster_tags: {{Owner: Ada}}
cluster_vars: {{postgres_version: '16'}}
cluster_ssh_port: 2222
install_authorized_key: yes
user_locale: de_DE.UTF-8
user_data_environment:
  http_proxy: http://10.0.0.3:3128
  https_proxy: http://10.0.0.3:3128
  NO_PROXY: .example.com
pre_user_data: export PYTHONPATH={IMPATIENT}
extra_user_data: printenv no_proxy NO_PROXY >/run/no-proxy
ec2_vpc: {{Name: Test, cidr: 10.1.0.0/16}}
ec2_ami: {{Name: debian-12-amd64-20240201-1644, Owner: '136693071363'}}
instances:
- node: 1
  Name: one
  region: eu-west-1
  subnet: 10.1.1.0/24
  type: m5d.large
  vars: {{ansible_user: root}}
  volumes:
  - {{device_name: /dev/xvdt, volume_size: 10, encrypted: yes}}
  - {{device_name: /dev/xvdb, ephemeral: ephemeral0}}
"""
PORTS = (22, 2222)


@pytest.fixture(scope="module", params=SYSTEMS)
def lower(request: pytest.FixtureRequest) -> Path:
    try:
        return root_file_system(request.param)
    except NotAvailableError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def system(lower: Path, tmp_path: Path) -> Iterator[System]:
    with ExitStack() as stack:
        yield stack.enter_context(running(lower, tmp_path / "system"))


def script(system: System, directory: Path, config: str = CONFIG) -> str:
    """The script as it comes from a config.yml."""
    directory.mkdir(exist_ok=True)
    (directory / "config.yml").write_text(config)
    loaded = load(directory)
    assert loaded.cluster is not None
    [instance] = loaded.cluster.instances
    return render_user_data(
        loaded.cluster,
        instance,
        bucket=BUCKET,
        bucket_region="eu-west-1",
        authorized_key=system.login_key.public.strip(),
    )


def test_instance_is_reached_by_its_pinned_keys_before_any_package_is_asked_for(
    system: System, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    system.put_host_keys()
    text = script(system, tmp_path / "speedy")
    assert not system.login(22)
    start = time.monotonic()
    boot = system.start(text)
    while not all(system.login(port) for port in PORTS):
        assert boot.poll() is None, system.read("/var/log/tpa-firstboot.log")
    reached = time.monotonic() - start
    record_property("seconds from boot to reachable", f"{reached:.1f}")
    print(f"reachable after {reached:.1f} s")
    assert "de_DE.utf8" not in system.run("locale", "-a").stdout

    system.write("/run/mirror-answers", "")
    assert boot.wait() == 0, system.read("/var/log/tpa-firstboot.log")
    assert "de_DE.utf8" in system.run("locale", "-a").stdout
    assert system.read("/run/first-package-call") == (
        "/etc/ssh/ssh_host_ecdsa_key 600\n/etc/ssh/ssh_host_rsa_key 600\n"
    )
    for kind in ("rsa", "ecdsa"):
        assert system.read(f"/etc/ssh/ssh_host_{kind}_key") == system.host_key.private
        assert system.read(f"/etc/ssh/ssh_host_{kind}_key.pub") == system.host_key.public
    assert system.calls("aws", "pip", "pip3", "nvme") == []
    assert [call for call in system.calls("apt-get") if "install" in call] == [
        "apt-get -qy -o DPkg::Lock::Timeout=300 --no-install-recommends install locales"
    ]
    ports = re.findall(r"^port (\d+)$", system.run("sshd", "-T").stdout, re.MULTILINE)
    assert sorted(ports) == ["22", "2222"]
    assert system.read("/var/log/tpa-firstboot-failures.log") == ""

    direct = "169.254.169.254,fd00:ec2::254,.example.com\n"
    assert system.read("/run/no-proxy") == direct * 2
    asked = system.requests("metadata")
    assert [line["method"] for line in asked] == ["PUT", "GET", "GET"]
    assert {line["status"] for line in asked} == {200}
    assert [line["path"] for line in system.requests("proxy")] == [f"{BUCKET}.s3.eu-west-1.amazonaws.com:443"] * 4
    keys = [f"/speedy/hostkeys/{key}.txt" for key in ("rsa", "rsa.pub", "ecdsa", "ecdsa.pub")]
    assert [(line["path"], line["status"]) for line in system.requests("s3")] == [(key, 200) for key in keys]

    files, sshd = system.files(), system.read("/run/sshd.pid")
    assert system.boot(text) == 0, system.read("/var/log/tpa-firstboot.log")
    assert system.files() == files
    assert system.read("/run/sshd.pid") == sshd
    assert all(system.login(port) for port in PORTS)


def test_bucket_that_stays_closed_leaves_a_reachable_instance_and_a_line_for_deploy(
    system: System, tmp_path: Path
) -> None:
    text = script(system, tmp_path / "speedy")
    system.write("/run/mirror-answers", "")
    assert system.boot(text) == 1
    assert all(system.login(port, pinned=False) for port in PORTS)
    assert not any(system.login(port) for port in PORTS)
    line = "first boot: host-keys failed, see /var/log/tpa-firstboot.log\n"
    assert system.read("/var/log/tpa-firstboot-failures.log") == line
    assert system.read("/dev/console") == line
    log = system.read("/var/log/tpa-firstboot.log")
    assert "<HTTPError 403: 'Forbidden'> https://edb-tpa-1.s3.eu-west-1.amazonaws.com/speedy/hostkeys/rsa.txt" in log
    assert "AccessDenied" in log
    assert system.run("stat", "-c", "%a", "/var/log/tpa-firstboot.log").stdout == "600\n"
    assert len(system.requests("s3")) > 5

    system.put_host_keys()
    assert system.boot(text) == 0, system.read("/var/log/tpa-firstboot.log")
    assert system.read("/var/log/tpa-firstboot-failures.log") == ""
    assert all(system.login(port) for port in PORTS)


def test_mirror_that_fails_keeps_nobody_out_and_is_not_told_to_deploy(system: System, tmp_path: Path) -> None:
    system.put_host_keys()
    system.write("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    system.write("/etc/apt/sources.list", "deb http://mirror.example.com/debian bookworm main\n")
    system.write("/run/mirror-answers", "")
    assert system.boot(script(system, tmp_path / "speedy")) == 1
    assert system.read("/var/log/tpa-firstboot-failures.log") == ""
    assert ": failed: locale\n" in system.read("/var/log/tpa-firstboot.log")
    assert all(system.login(port) for port in PORTS)


def test_bucket_without_a_certificate_that_the_system_trusts_is_not_believed(system: System, tmp_path: Path) -> None:
    system.put_host_keys()
    system.trust("")
    system.write("/run/mirror-answers", "")
    before = system.read("/etc/ssh/ssh_host_ecdsa_key")
    text = script(system, tmp_path / "speedy")
    assert system.boot(text) == 1
    assert "CERTIFICATE_VERIFY_FAILED" in system.read("/var/log/tpa-firstboot.log")
    assert system.read("/etc/ssh/ssh_host_ecdsa_key") == before
    assert system.requests("s3") == []


def test_port_22_alone_needs_no_change_of_sshd(system: System, tmp_path: Path) -> None:
    system.put_host_keys()
    system.write("/run/mirror-answers", "")
    before = system.read("/etc/ssh/sshd_config")
    plain = CONFIG.replace("cluster_ssh_port: 2222\n", "").replace(
        "user_locale: de_DE.UTF-8\n", "user_locale: C.UTF-8\n"
    )
    assert system.boot(script(system, tmp_path / "speedy", plain)) == 0, system.read("/var/log/tpa-firstboot.log")
    assert system.read("/etc/ssh/sshd_config") == before
    assert system.login(22)
    assert not system.login(2222)
    assert system.calls("apt-get") == []


# Volumes.

RECORDED = Path(__file__).parents[1] / "data" / "nvme"

# Answers Identify from files, as no kernel can here.
NVME = """
import ctypes, fcntl, os, struct


def ioctl(fd, request, argument=0):
    volume = os.readlink("/proc/self/fd/%d" % fd)
    if request == 0x4E40:
        return 1
    opcode, nsid, address, length, cns = struct.unpack_from("=B3xI16xQ4xII", argument)
    assert (request, opcode, length) == (0xC0484E41, 6, 4096)
    data = open("/opt/nvme/controller/" + os.path.basename(volume), "rb").read() if cns else bytes(4096)
    ctypes.memmove(address, data, 4096)
    return argument


fcntl.ioctl = ioctl
"""


def recorded(name: str) -> bytes:
    """The 4,096 bytes that ``hexdump -C`` showed."""
    data = bytearray()
    row = b""
    for line in (RECORDED / name).read_text().splitlines():
        if line == "*":
            continue
        offset, _, rest = line.partition("  ")
        while len(data) < int(offset, 16):
            data += row
        row = bytes.fromhex(rest.partition("|")[0])
        data += row
    assert len(data) == 4096
    return bytes(data)


def test_volumes_are_linked_by_what_their_controllers_say(system: System, tmp_path: Path) -> None:
    system.put_host_keys()
    system.write("/run/mirror-answers", "")
    assert system.boot(script(system, tmp_path / "speedy")) == 0, system.read("/var/log/tpa-firstboot.log")
    assert system.calls("udevadm") == [
        "udevadm control --reload",
        "udevadm trigger --subsystem-match=block --action=add",
        "udevadm settle --timeout=20",
    ]
    # udev itself reads the rules, and has nothing to say about them.
    said = system.run("/usr/bin/udevadm", "test", "/sys/class/net/lo").stdout
    assert "/etc/udev/rules.d/70-tpa-disks.rules" in said
    assert not re.search(r"70-tpa-disks\.rules:\d+ .*(nvalid|gnoring|nknown)", said), said

    system.write("/opt/nvme/sitecustomize.py", NVME)
    answers = {
        "nvme0n1": "store-0-sdb",
        "nvme1n1": "ebs-xvdt",
        "nvme2n1": "store-1-none",
    }
    for volume, answer in answers.items():
        inside = Path(f"/proc/{system.pid}/root{system.root}/opt/nvme/controller")
        inside.mkdir(exist_ok=True)
        (inside / volume).write_bytes(recorded(answer))
        system.write(f"/dev/{volume}", "")
    links = linked(system, *answers, "nvme1n1p1", "loop0")
    assert links == {"xvdb": "nvme0n1", "xvdt": "nvme1n1"}

    # Detached, its name leads nowhere: to no instance store, above all.
    system.run("rm", "/dev/nvme1n1")
    assert linked(system, "nvme0n1", "nvme2n1") == {"xvdb": "nvme0n1"}


def linked(system: System, *volumes: str) -> dict[str, str]:
    """The links that the rule gives, with the program run as udev runs it."""
    rule = system.read("/etc/udev/rules.d/70-tpa-disks.rules").splitlines()[0]
    kernel, program = re.findall(r'(?:KERNEL==|PROGRAM=)"(.*?)"', rule)
    assert 'SYMLINK+="%c"' in rule
    links = {}
    for volume in volumes:
        if any(fnmatch.fnmatchcase(volume, pattern) for pattern in kernel.split("|")):
            named = system.run("env", "PYTHONPATH=/opt/nvme", *program.replace("%k", volume).split())
            if named.returncode == 0:
                links[named.stdout.strip()] = volume
    return links
