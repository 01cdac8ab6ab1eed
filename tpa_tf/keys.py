"""Makes the key files that a cluster needs and that are not there yet (design D9)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError
from tpa_tf.files import make_directory, write_new

HOST_KEY_DIRECTORY = "hostkeys"
HOST_KEY_TYPES = ("rsa", "ecdsa")
_RSA_BITS = 3072  # ssh-keygen's own default
_PRIVATE_MODE, _PUBLIC_MODE, _DIRECTORY_MODE = 0o600, 0o644, 0o700

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class KeyFile:
    """A key pair on disk: the private key at ``path``, the public one beside it with ``.pub``."""

    path: Path
    algorithm: str
    """``rsa`` or ``ecdsa``."""

    @property
    def public(self) -> Path:
        """The public key's path."""
        return self.path.with_name(self.path.name + ".pub")


def host_keys(directory: Path) -> tuple[KeyFile, ...]:
    """The SSH host keys of a cluster: TPA gives every machine the same ones, and so knows them beforehand."""
    return tuple(KeyFile(directory / HOST_KEY_DIRECTORY / f"ssh_host_{kind}_key", kind) for kind in HOST_KEY_TYPES)


def cluster_key(cluster: Cluster) -> KeyFile | None:
    """The key for logging in; None where the config's key is registered already and nothing needs its file."""
    if not cluster.reads_public_key:
        return None
    return KeyFile(cluster.directory / Path(cluster.ssh_key_file).expanduser(), "rsa")


def make_missing(cluster: Cluster) -> tuple[Path, ...]:
    """Make the key files of ``cluster`` that are missing, and give back their paths; no existing file is touched.

    Raises TpaTfError when a file can't be written, or a public key can't be derived from its private one.
    """
    wanted = [key for key in (cluster_key(cluster), *host_keys(cluster.directory)) if key]
    _refuse_orphans(wanted)
    gone = [key.path for key in wanted if not key.path.exists()]
    if cluster.is_adopted and gone:
        raise TpaTfError(
            f"{gone[0]} is missing, and the instances of {cluster.name}, which was adopted, have keys already: bring "
            "the cluster's own from where tpaexec ran; others would not be theirs"
        )
    made: list[Path] = []
    for key in wanted:
        try:
            made += _make(key, comment=cluster.name)
        except OSError as error:
            raise TpaTfError(f"{error.filename or key.path}: can't write the key: {error.strerror or error}") from error
    return tuple(made)


def private_keys(cluster: Cluster) -> tuple[Path, ...]:
    """The private keys of ``cluster`` that are there."""
    wanted = (cluster_key(cluster), *host_keys(cluster.directory))
    return tuple(key.path for key in wanted if key and key.path.exists())


def exposed(paths: Iterable[Path]) -> tuple[str, ...]:
    """A warning for each private key among ``paths`` that git would take into its repository or has there."""
    private = [path for path in paths if path.suffix != ".pub"]
    return tuple(
        f"{path} is a private key, and git does not ignore it: add it to .gitignore"
        for path in private
        if git_would_add(path)
    )


def git_would_add(path: Path) -> bool:
    """Whether ``path``, a file that is there or is yet to be made, is in a repository that does not ignore it."""
    git = shutil.which("git")
    if git is None:
        return False
    start = next(parent for parent in path.absolute().parents if parent.is_dir())
    command = [git, "-C", str(start), "check-ignore", "--quiet", "--", str(path.absolute().relative_to(start))]
    # 0: ignored; 1: not ignored; anything else: no repository there.
    return subprocess.run(command, capture_output=True, check=False).returncode == 1


def _refuse_orphans(keys: Iterable[KeyFile]) -> None:
    """A public key whose private key is elsewhere must not get a new private key that does not fit it."""
    for key in keys:
        if key.public.exists() and not key.path.exists():
            raise TpaTfError(
                f"{key.public} is there without {key.path.name}: put the private key beside it, "
                "or remove the public key to have both made anew"
            )


def _make(key: KeyFile, comment: str) -> list[Path]:
    made = []
    if not key.path.exists():
        if key.path.parent.name == HOST_KEY_DIRECTORY:
            make_directory(key.path.parent, _DIRECTORY_MODE)
        if write_new(key.path, _private_text(_generate(key.algorithm)), _PRIVATE_MODE):
            made.append(key.path)
    # Of whichever private key is there: another run may have made one meanwhile.
    if not key.public.exists() and write_new(key.public, _public_text(key.path, comment), _PUBLIC_MODE):
        made.append(key.public)
    return made


def _generate(algorithm: str) -> _PrivateKey:
    if algorithm == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _private_text(key: _PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _public_text(private: Path, comment: str) -> bytes:
    content = private.read_bytes()
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in content else load_pem_private_key
    try:
        public = load(content, password=None).public_key()
        return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + f" {comment}\n".encode()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise TpaTfError(
            f"{private.name}.pub is missing and can't be derived from {private}: {error}; "
            f"make it with: ssh-keygen -y -f {private} > {private}.pub"
        ) from error
