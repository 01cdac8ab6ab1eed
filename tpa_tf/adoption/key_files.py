"""The key files beside the config: a running cluster has its own, and others would lock its owners out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key

from tpa_tf.adoption.there import There
from tpa_tf.cluster.model import Cluster
from tpa_tf.config.findings import Report
from tpa_tf.keys import host_keys
from tpa_tf.rules.adoption import ADOPT_KEYS

_KNOWN_HOSTS = "tpa_known_hosts"
"""TPA's file beside config.yml, with the host keys that it has given to the instances."""

_BRING = "bring the cluster's own from where tpaexec ran (tpa-tf keys would make others)"


def check_key_files(report: Report, cluster: Cluster, there: dict[str, There]) -> None:
    """Warn of host keys and of a cluster key that are missing, or are not those of the running instances."""
    keys = host_keys(cluster.directory)
    files = [path for key in keys for path in (key.path, key.public)]
    missing = [str(path.relative_to(cluster.directory)) for path in files if not path.exists()]
    if missing:
        report.add(
            ADOPT_KEYS, ("cluster_name",), f"the host keys {', '.join(missing)} are not beside config.yml", _BRING
        )
    known = _known(cluster.directory / _KNOWN_HOSTS)
    others = [key.public.name for key in keys if known and (blob := _blob(key.public)) and blob not in known]
    if others:
        report.add(
            ADOPT_KEYS,
            ("cluster_name",),
            f"{', '.join(others)} in hostkeys/ is none of the host keys in {_KNOWN_HOSTS}, which the instances have",
            _BRING,
        )
    public = cluster.directory / Path(f"{cluster.ssh_key_file}.pub").expanduser()
    mine = set(_fingerprints(public))
    for region, here in there.items():
        for pair in here.key_pairs:
            if mine and str(pair.get("KeyFingerprint", "")).rstrip("=") not in mine:
                report.add(
                    ADOPT_KEYS,
                    ("cluster_name",),
                    f"the key pair {pair['KeyName']} of {region} is another key than {public.name}",
                    _BRING,
                )


def _known(path: Path) -> frozenset[str]:
    """The keys in a known_hosts file, without their types; none where there is no such file."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(words[2] for line in lines if len(words := line.split()) >= 3 and not line.startswith("#"))


def _blob(public: Path) -> str | None:
    """The key in a public key file, without its type and comment; None where it can't be read."""
    try:
        words = public.read_text(errors="replace").split()
    except OSError:
        return None
    return words[1] if len(words) > 1 else None


def _fingerprints(public: Path) -> Iterator[str]:
    """What EC2 may call a key that was imported: MD5 of its DER form, of other keys than RSA SHA-256 as SSH has it.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
    """
    try:
        content = public.read_bytes()
        key = load_ssh_public_key(content)
    except (OSError, ValueError, UnsupportedAlgorithm):
        return
    if isinstance(key, RSAPublicKey):
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.md5(der, usedforsecurity=False).hexdigest()
        yield ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    blob = base64.b64decode(content.split()[1])
    yield base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
