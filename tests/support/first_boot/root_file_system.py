"""Root file systems of Debian, made once by debootstrap and kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_SUITES = {"debian 11": "bullseye", "debian 12": "bookworm"}
SYSTEMS = tuple(_SUITES)
MIRROR_VARIABLE = "TPA_TF_DEBIAN_MIRROR"
"""Names the mirror of Debian's packages, where debootstrap's own choice is out of reach."""

_PACKAGES = "ca-certificates,openssh-server,python3,udev"  # what an image for EC2 has of all that the script uses

# The mirror of a booted system: it has what installs a locale, and lies within, because there is no network.
_LATER = "locales libc-l10n"
_PREPARE = f"""
set -eu
apt-get -qq update
mkdir /srv/mirror
cd /srv/mirror
apt-get -qq -o APT::Sandbox::User=root download {_LATER}
for package in *.deb; do
  dpkg-deb -f "$package"
  echo "Filename: ./$package"
  echo "Size: $(stat -c %s "$package")"
  echo "SHA256: $(sha256sum "$package" | cut -d' ' -f1)"
  echo
done >Packages
echo 'deb [trusted=yes] file:/srv/mirror ./' >/etc/apt/sources.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
"""


class NotAvailableError(Exception):
    """A root file system can't be made here; its text says why."""


def root_file_system(system: str) -> Path:
    """The directory of the root file system of ``system``; nothing may write there.

    It is below ``$XDG_CACHE_HOME/tpa-tf``. NotAvailableError if it is not there and can't be made.
    """
    suite = _SUITES[system]
    recipe = hashlib.sha256("\n".join((suite, _PACKAGES, _PREPARE)).encode()).hexdigest()[:12]
    caches = os.environ.get("XDG_CACHE_HOME")
    cache = (Path(caches) if caches else Path.home() / ".cache") / "tpa-tf" / "first-boot"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers of this run, and other runs, want it too
        directory = cache / f"{suite}-{recipe}"
        if not directory.exists():
            for outdated in cache.glob(f"{suite}-*"):
                shutil.rmtree(outdated)
            with tempfile.TemporaryDirectory(dir=cache, prefix=".making-", ignore_cleanup_errors=True) as making:
                made = Path(making) / suite
                _make(suite, made)
                made.rename(directory)
        return directory


def _make(suite: str, directory: Path) -> None:
    mirror = os.environ.get(MIRROR_VARIABLE)
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", suite, str(directory)]
    made = subprocess.run(
        [*command, *([mirror] if mirror else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NotAvailableError(f"debootstrap can't make {suite}: {_last_line(made.stdout)}")
    command = ["chroot", str(directory), "sh", "-c", _PREPARE]
    prepared = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if prepared.returncode:
        raise NotAvailableError(f"the packages of {suite} can't be had: {_last_line(prepared.stdout)}")


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
