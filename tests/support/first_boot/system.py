"""A system that boots in namespaces of its own: real programs and a real sshd, with stand-ins around it.

Where no systemd and no udev run, ``systemctl`` and ``udevadm`` stand in for them; of both, the script's part is to call
them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.first_boot.stand_ins import METADATA, PROXY, S3, S3_NAME

BUCKET = "edb-tpa-1"
_TOP = Path(__file__).parents[3]
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROGRAMS = ("debootstrap", "unshare", "nsenter", "ip", "mount", "chroot")

_SET_UP = f"""
set -eu
lower=$1 base=$2 root=$2/root
mkdir -p "$root" "$base/upper" "$base/work"
mount -t overlay -o "lowerdir=$lower,upperdir=$base/upper,workdir=$base/work" overlay "$root" 2>/dev/null ||
  cp -a --reflink=auto "$lower/." "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ip link set lo up
for address in {METADATA} {S3} {PROXY}; do ip address add "$address/32" dev lo; done
echo ready
sleep infinity & wait  # which buries the dead of the others too
"""

_SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >>/run/calls
case $* in
"restart ssh.service")
  pid=$(cat /run/sshd.pid)
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  exec /usr/sbin/sshd ;;
esac
exit 1
"""

_UDEVADM = """#!/bin/sh
echo "udevadm $*" >>/run/calls
case $1 in control | trigger | settle) ;; *) exec /usr/bin/udevadm "$@" ;; esac
"""

# The mirror answers once somebody has logged in, and so after all that he needs.
_APT_GET = """#!/bin/sh
echo "apt-get $*" >>/run/calls
[ -e /run/first-package-call ] || stat -c '%n %a' /etc/ssh/ssh_host_*_key >/run/first-package-call
while [ ! -e /run/mirror-answers ]; do sleep 0.1; done
exec /usr/bin/apt-get "$@"
"""

_TRAP = """#!/bin/sh
echo "${0##*/} $*" >>/run/calls
exit 1
"""

# Two minutes of waiting for a bucket pass at once; everything else takes its time.
_IMPATIENT = """
import os, time

late, times = [0], os.times


def sleep(seconds):
    late[0] += seconds


time.sleep = sleep
os.times = lambda: tuple(times())[:4] + (times()[4] + late[0],)
"""
IMPATIENT = "/opt/impatient"


def missing() -> str | None:
    """Why no system can boot here; None if one can."""
    if os.geteuid() != 0:
        return "the first boot of a real system needs root"
    absent = [program for program in _PROGRAMS if not shutil.which(program)]
    if absent:
        return f"the first boot of a real system needs {', '.join(absent)}"
    tried = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"the first boot of a real system needs namespaces: {tried.stderr.strip()}" if tried.returncode else None


@dataclass(frozen=True)
class KeyPair:
    """A private key and a public one, as files hold them."""

    private: str
    public: str


def key_pair() -> KeyPair:
    """A new one."""
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, none = serialization.Encoding, serialization.NoEncryption()
    public = key.public_key().public_bytes(encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    private = key.private_bytes(encoding.PEM, serialization.PrivateFormat.OpenSSH, none)
    return KeyPair(private.decode(), f"{public.decode()}\n")


@dataclass(frozen=True)
class System:
    """A system that has started, with sshd as its image has it."""

    directory: Path
    root: Path
    pid: int
    host_key: KeyPair
    login_key: KeyPair

    def command(self, *command: str) -> list[str]:
        """``command`` as one of the system's own."""
        inside = ["nsenter", "--target", str(self.pid), "--mount", "--net", "--pid", "--", "chroot", str(self.root)]
        return [*inside, "env", "-i", f"PATH={_PATH}", "LC_ALL=C", *command]

    def run(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``command`` in the system, with ``text`` as its input."""
        return subprocess.run(
            self.command(*command),
            input=text or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def read(self, path: str) -> str:
        """The file ``path`` of the system."""
        done = self.run("cat", path)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Make the file ``path`` of the system."""
        done = self.run(
            "sh", "-c", 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"', "-", path, f"{mode:o}", text=text
        )
        assert done.returncode == 0, done.stdout

    def start(self, script: str) -> subprocess.Popen[bytes]:
        """Begin the first boot, as cloud-init does."""
        self.write("/var/lib/cloud/instance/scripts/part-001", script, 0o700)
        return subprocess.Popen(self.command("/var/lib/cloud/instance/scripts/part-001"), stdin=subprocess.DEVNULL)

    def boot(self, script: str) -> int:
        """The first boot; its status."""
        return self.start(script).wait()

    def login(self, port: int, *, pinned: bool = True) -> bool:
        """Whether root can log in at ``port`` with the cluster's key; with ``pinned``, if it has the host key too."""
        known = ("UserKnownHostsFile=/root/pinned", "StrictHostKeyChecking=yes")
        if not pinned:
            known = ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no")
        options = ["-F", "/dev/null", "-i", "/root/login", "-p", str(port), "-o", "BatchMode=yes"]
        options += ["-o", known[0], "-o", known[1]]
        return self.run("ssh", *options, "root@127.0.0.1", "true").returncode == 0

    def calls(self, *names: str) -> list[str]:
        """The calls of stand-in programs, those of ``names``."""
        done = self.run("cat", "/run/calls")
        return [line for line in done.stdout.splitlines() if line.split()[0] in names]

    def requests(self, service: str) -> list[Mapping[str, object]]:
        """What the stand-in ``service`` was asked."""
        file = self.directory / "requests"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line for line in map(json.loads, lines) if line["service"] == service]

    def put_host_keys(self) -> None:
        """Upload the cluster's host keys to its bucket."""
        for kind in ("rsa", "ecdsa"):
            for suffix, content in (("", self.host_key.private), (".pub", self.host_key.public)):
                file = self.directory / "bucket" / BUCKET / "speedy" / "hostkeys" / f"{kind}{suffix}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)

    def trust(self, certificate: str) -> None:
        """Have the system believe ``certificate``, if there is any, and no other that was added."""
        self.write("/usr/local/share/ca-certificates/test.crt", certificate)
        done = self.run("update-ca-certificates", "--fresh")
        assert done.returncode == 0, done.stdout

    def files(self) -> Mapping[str, str]:
        """Every file and link with its mode and content, but for what is of the moment."""
        moment = (
            "/dev",
            "/proc",
            "/run",
            "/sys",
            "/tmp",
            "/var/cache",
            "/var/lib/cloud",
            "/var/log",
            "/root/.ssh/known",
        )
        found = {}
        # From within another mount namespace, the root is what overlayfs shows there alone.
        inside = Path(f"/proc/{self.pid}/root") / self.root.relative_to("/")
        for path in sorted(inside.rglob("*")):
            name = f"/{path.relative_to(inside)}"
            if name.startswith(moment):
                continue
            about = path.lstat()
            content = b""
            if stat.S_ISLNK(about.st_mode):
                content = os.fsencode(path.readlink())
            elif stat.S_ISREG(about.st_mode):
                content = path.read_bytes()
            found[name] = f"{about.st_mode:o} {hashlib.sha256(content).hexdigest()}"
        return found


@contextmanager
def running(lower: Path, directory: Path) -> Iterator[System]:
    """A system on the root file system ``lower``, which stays as it is; what it writes goes to ``directory``."""
    directory.mkdir()
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    holder = subprocess.Popen(
        [*command, "sh", "-c", _SET_UP, "-", str(lower), str(directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    served = None
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        pid = int(Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()[0])
        system = System(directory, directory / "root", pid, key_pair(), key_pair())
        authority = _certificates(directory)
        served = subprocess.Popen(
            [
                "nsenter",
                "--target",
                str(pid),
                "--net",
                "--",
                sys.executable,
                "-m",
                "tests.support.first_boot.stand_ins",
                directory,
            ],
            cwd=_TOP,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert served.stdout
        assert served.stdout.readline() == "ready\n"
        _furnish(system, authority)
        yield system
    finally:
        for process in filter(None, (served, holder)):
            process.kill()
            process.communicate()


def _furnish(system: System, authority: str) -> None:
    system.trust(authority)
    system.write("/etc/hosts", f"127.0.0.1 localhost\n{S3} {S3_NAME} {BUCKET}.{S3_NAME}\n")
    system.write("/usr/local/bin/systemctl", _SYSTEMCTL, 0o755)
    system.write("/usr/local/bin/udevadm", _UDEVADM, 0o755)
    system.write("/usr/local/bin/apt-get", _APT_GET, 0o755)
    for name in ("aws", "pip", "pip3", "nvme"):
        system.write(f"/usr/local/bin/{name}", _TRAP, 0o755)
    system.write(f"{IMPATIENT}/sitecustomize.py", _IMPATIENT)
    system.write("/root/login", system.login_key.private, 0o600)
    pins = [f"{name} {system.host_key.public}" for name in ("127.0.0.1", "[127.0.0.1]:2222")]
    system.write("/root/pinned", "".join(pins))
    system.write("/run/calls", "")
    started = system.run("sh", "-c", "mkdir -p /run/sshd && /usr/sbin/sshd")
    assert started.returncode == 0, started.stdout


def _certificates(directory: Path) -> str:
    """Make S3's certificate, and give that of its authority."""
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def signed(name: str, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named("Test CA"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=not isinstance(extension, x509.SubjectAlternativeName))
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName([x509.DNSName(S3_NAME), x509.DNSName(f"*.{S3_NAME}")])
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "s3.pem").write_bytes(private + signed(S3_NAME, key.public_key(), names))
    # Python from 3.13 on wants what RFC 5280 wants.
    signs = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    authority = x509.BasicConstraints(ca=True, path_length=None)
    return signed("Test CA", authority_key.public_key(), authority, signs).decode()


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
