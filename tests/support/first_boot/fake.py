"""A machine of which all but the shell and Python is a fake: a directory with commands that note their calls."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.first_boot.system import key_pair

TOOLS = (
    *("awk", "bash", "cat", "chmod", "cut", "date", "env", "find", "grep", "head", "install", "mkdir", "mktemp", "mv"),
    *("printenv", "rm", "tr", "uname"),
)

FAKES = {
    "apt-get": "",
    "yum": """case "$*" in *langpack-de) echo de_DE.utf8 >>"$ROOT/locales" ;; esac""",
    "zypper": "",
    "udevadm": "",
    "restorecon": "",
    "semanage": """case "$*" in 'port -l') echo "ssh_port_t     tcp      22" ;; esac""",
    "selinuxenabled": '[ -e "$ROOT/selinux" ]',
    "sleep": "",
    "locale": 'cat "$ROOT/locales"',
    "locale-gen": """awk '{ sub("UTF-8", "utf8", $1); print $1 }' "$ROOT/etc/locale.gen" >>"$ROOT/locales" """,
    "systemctl": """
case "$*" in
*is-active*) [ -e "$ROOT/socket" ] ;;
*is-enabled*) [ -e "$ROOT/socket-enabled" ] ;;
disable*) rm -f "$ROOT/socket" "$ROOT/socket-enabled" ;;
esac""",
    "sshd": """
case $1 in
-t) [ ! -e "$ROOT/sshd-broken" ] ;;
*)
  [ "$2 $3" = "-C user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22" ] || exit 255
  awk '{ name = tolower($1) } name == "port" { ports++ } name == "port" || !seen[name]++ { print name, tolower($2) }
    END { if (!ports) print "port 22" }' "$ROOT/etc/ssh/sshd_config" - <<E
PermitRootLogin prohibit-password
E
esac""",
    "aws": "",
    "pip": "",
    "pip3": "",
    "python3": f'''exec env PYTHONPATH="$ROOT/python" "{sys.executable}" "$@"''',
}

# In place of the network: the metadata service, and the bucket, whose objects are files. Pauses pass at once.
AWS = """
import io, json, os, time, urllib.error, urllib.request

root, late = os.environ["ROOT"], [0]


def urlopen(request, timeout, context):
    url = request.full_url
    with open(root + "/calls", "a") as calls:
        calls.write("%s %s\\n" % (request.get_method(), url))
    headers = {name.lower(): value for name, value in request.header_items()}
    if url == "http://169.254.169.254/latest/api/token":
        assert request.get_method() == "PUT" and headers["x-aws-ec2-metadata-token-ttl-seconds"]
        return io.BytesIO(b"the token")
    if url.startswith("http://169.254.169.254/latest/meta-data/iam/security-credentials/"):
        if headers.get("x-aws-ec2-metadata-token") != "the token" or os.path.exists(root + "/no-role"):
            raise urllib.error.HTTPError(url, 404, "Not Found", {}, io.BytesIO(b""))
        keys = {"AccessKeyId": "AKID", "SecretAccessKey": "secret", "Token": "session"}
        return io.BytesIO(b"speedy_profile" if url.endswith("/") else json.dumps(keys).encode())
    host, _, key = url[len("https://") :].partition("/")
    assert headers["host"] == host and "AWS4-HMAC-SHA256" in headers["authorization"]
    try:
        return open(os.path.join(root, "s3", host.partition(".s3.")[0], key), "rb")
    except OSError:
        raise urllib.error.HTTPError(url, 403, "Forbidden", {}, io.BytesIO(b"<Code>AccessDenied</Code>"))


def sleep(seconds):
    late[0] += seconds
    with open(root + "/calls", "a") as calls:
        calls.write("pause %s\\n" % seconds)
    if os.path.exists(root + "/no-role") and late[0] > 20:
        os.unlink(root + "/no-role")


times = os.times
urllib.request.urlopen, time.sleep = urlopen, sleep
os.times = lambda: times()[:4] + (times()[4] + late[0],)
"""

SSH_KEYGEN = """#!{python}
import sys
from cryptography.hazmat.primitives import serialization as s
try:
    key = s.load_ssh_private_key(open(sys.argv[sys.argv.index("-f") + 1], "rb").read(), None)
except ValueError:
    sys.exit("not a private key")
print(key.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH).decode(), "comment in the key")
"""


@dataclass(frozen=True)
class Machine:
    """A directory that stands for the root of a machine. Every fake command writes a line to ``calls``."""

    root: Path

    def boot(self, text: str) -> int:
        """Run the script with its absolute paths moved below ``root``; the exit status."""
        moved = re.sub(r"(?<![\w.}])/(?=(etc|root|run|sys|usr|var)/)", f"{self.root}/", text)
        moved = moved.replace('"/dev/"', f'"{self.root}/dev/"').replace(">/dev/console", f">{self.root}/console")
        environment = {"PATH": str(self.root / "bin"), "ROOT": str(self.root), "LC_ALL": "C.UTF-8"}
        return subprocess.run(["bash", "-c", moved], env=environment, cwd=self.root, check=False).returncode

    def path(self, name: str) -> Path:
        """The file ``/name`` of the machine."""
        return self.root / name

    def read(self, name: str) -> str:
        return self.path(name).read_text().replace(str(self.root), "")

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def command(self, name: str, body: str) -> None:
        """A fake command that logs its call; with ``fail-<name>`` in the root it fails."""
        self.write(
            f"bin/{name}",
            f'#!/bin/bash\necho "{name} $*" >>"$ROOT/calls"\n[ ! -e "$ROOT/fail-{name}" ] || exit 1\n{body}\n',
        )
        self.path(f"bin/{name}").chmod(0o755)

    def install(self, system: str) -> None:
        """Make it a ``rocky 9.4``, say."""
        name, version = system.split()
        self.write("etc/os-release", f'NAME="Some Linux"\nID="{name}"\nVERSION_ID="{version}"\n')

    def calls(self, *names: str) -> list[str]:
        """The calls of the fake commands ``names`` (all, if none are given) in their order."""
        if not self.path("calls").exists():
            return []
        lines = self.read("calls").splitlines()
        return [line for line in lines if not names or line.split()[0] in names]

    def mode(self, name: str) -> int:
        return stat.S_IMODE(self.path(name).stat().st_mode)

    @property
    def log(self) -> str:
        return self.read("var/log/tpa-firstboot.log")

    @property
    def failures(self) -> str:
        """What `tpaexec deploy` reads before anything else."""
        return self.read("var/log/tpa-firstboot-failures.log")


def host_keys() -> Mapping[str, str]:
    """What the bucket holds; the sort of key does not matter here, and ECDSA is quick to make."""
    objects: dict[str, str] = {}
    for name in ("rsa", "ecdsa"):
        pair = key_pair()
        objects[name] = pair.private
        objects[f"{name}.pub"] = f"{pair.public.strip()} root@speedy\n"
    return objects


def fake_machine(root: Path, keys: Mapping[str, str]) -> Machine:
    """A Debian 12 below ``root``, with ``keys`` in its bucket."""
    machine = Machine(root)
    for name, body in FAKES.items():
        machine.command(name, body)
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        machine.path(f"bin/{tool}").symlink_to(found)
    machine.write("bin/ssh-keygen", SSH_KEYGEN.format(python=sys.executable))
    machine.path("bin/ssh-keygen").chmod(0o755)
    machine.write("python/sitecustomize.py", AWS)
    for directory in ("etc/udev/rules.d", "root", "run", "usr/local/bin", "var/log"):
        machine.path(directory).mkdir(parents=True)
    machine.write("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    machine.write("etc/locale.gen", "# en_US.UTF-8 UTF-8\n")
    machine.write("usr/share/i18n/SUPPORTED", "de_DE ISO-8859-1\nde_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n")
    machine.write("locales", "C\nC.utf8\nen_US.utf8\n")
    machine.write("etc/ssh/sshd_config", "#Port 22\nUsePAM yes\nMatch User x\n    X11Forwarding no\n")
    for name in ("rsa", "ecdsa", "ed25519"):
        machine.write(f"etc/ssh/ssh_host_{name}_key", f"old {name}")
        machine.write(f"etc/ssh/ssh_host_{name}_key.pub", f"old {name}.pub")
    for name, content in keys.items():
        machine.write(f"s3/edb-tpa-1/speedy/hostkeys/{name}.txt", content)
    return machine
