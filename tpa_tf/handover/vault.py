"""The passphrase of the cluster's Ansible vault: made once, in the place where the deployment looks for it."""

from __future__ import annotations

import os
import secrets
import shlex
import string
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tpa_tf.errors import TpaTfError
from tpa_tf.files import make_directory, permissions, write_new
from tpa_tf.handover.settings import Settings
from tpa_tf.keys import git_would_add

PASSPHRASE_FILE = "vault/vault_pass.txt"
_DIRECTORY_MODE, _MODE = 0o755, 0o600
_OTHERS = 0o077
_ALPHABET = string.ascii_letters + string.digits
_ENCRYPTED = b"$ANSIBLE_VAULT;"
_LENGTH = 32  # 190 bits
_SERVICE_PREFIX = "TPA_"
_KEYRING_VARIABLE = "PYTHON_KEYRING_BACKEND"
_LEGACY = "set keyring_backend: legacy in config.yml (tpaexec reads the same setting)"

Found = TypeVar("Found")


def missing(directory: Path, settings: Settings) -> bool:
    """Whether the cluster in ``directory`` has no passphrase yet.

    Backend ``legacy`` keeps it in ``vault/vault_pass.txt``, ``system`` in the keyring, under the names by which tpaexec
    looks for it: the service is ``TPA_`` and the name of the directory, the user is ``vault_name``. TpaTfError if what
    is there can't be one, or can't be asked for.
    """
    if settings.keyring_backend == "legacy":
        return _file_is_missing(directory / PASSPHRASE_FILE)
    return _ask_keyring(directory, settings) is None


def refuse_another(directory: Path) -> None:
    """TpaTfError where the inventory has what a passphrase has encrypted already: a new one would open none of it."""
    for path in sorted((directory / "inventory").rglob("*")):
        if path.is_file() and _ENCRYPTED in path.read_bytes():
            raise TpaTfError(
                f"{path} is encrypted with the passphrase of this cluster's vault, which is not here: put it into "
                f"{directory / PASSPHRASE_FILE} (with keyring_backend: legacy), or into this machine's keyring; a new "
                "one would open nothing"
            )


def make(directory: Path, settings: Settings) -> str | None:
    """Make the passphrase of a cluster that has none, and give back where it is; None if somebody else has meanwhile.

    TpaTfError if it can't be kept there.
    """
    if settings.keyring_backend == "legacy":
        return _make_file(directory / PASSPHRASE_FILE)
    return _make_in_keyring(directory, settings)


def remarks(directory: Path, settings: Settings, compare: bool) -> tuple[str, ...]:
    """What is to be said of the file: open to git or to others, as tpaexec leaves it, or, with ``compare``, missing.

    No keyring is asked: it may want to be unlocked by somebody. TpaTfError as in :func:`missing`.
    """
    if settings.keyring_backend != "legacy":
        return ()
    path = directory / PASSPHRASE_FILE
    found = []
    if git_would_add(path):
        found.append(f"{path} is the vault's passphrase, and git does not ignore it: add vault/ to .gitignore")
    if _file_is_missing(path):
        if compare:
            found.append(
                f"{path} is missing, and deploy needs it: bring the cluster's own, or tpa-tf inventory makes one"
            )
    elif (mode := permissions(path)) is not None and mode & _OTHERS:
        found.append(f"{path} is open to others than its owner (mode {mode:04o}): chmod 600 {shlex.quote(str(path))}")
    return tuple(found)


def _file_is_missing(path: Path) -> bool:
    if not os.path.lexists(path):
        return True
    try:
        empty = not path.read_bytes().strip()
    except OSError as error:
        raise TpaTfError(
            f"{path} is there and can't be read as the vault's passphrase: {error.strerror or error}"
        ) from error
    if empty:
        raise TpaTfError(
            f"{path} is empty, and no passphrase: put the cluster's own into it, or remove it to have one made"
        )
    return False


def _make_file(path: Path) -> str | None:
    try:
        make_directory(path.parent, _DIRECTORY_MODE)
        made = write_new(path, f"{_passphrase()}\n".encode(), _MODE)
    except OSError as error:
        raise TpaTfError(f"{error.filename or path} can't be written: {error.strerror or error}") from error
    return str(path) if made else None


def _make_in_keyring(directory: Path, settings: Settings) -> str:
    import keyring

    service, user = _entry(directory, settings)
    passphrase = _passphrase()
    _with_keyring(service, user, lambda: keyring.set_password(service, user, passphrase))
    if _ask_keyring(directory, settings) != passphrase:
        backend = f"{type(keyring.get_keyring()).__module__}.{type(keyring.get_keyring()).__name__}"
        raise TpaTfError(
            f"the keyring {backend} does not keep the vault's passphrase ({service}, {user}): "
            f"name another one in {_KEYRING_VARIABLE}, or {_LEGACY}"
        )
    return f"keyring: {service}, {user}"


def _ask_keyring(directory: Path, settings: Settings) -> str | None:
    service, user = _entry(directory, settings)
    try:
        import keyring  # only clusters that use it pay for that

        keyring.get_keyring()
    except (ImportError, AttributeError, ValueError, RuntimeError) as error:
        # What a name that leads nowhere, or to a backend that does not work here, comes to.
        raise TpaTfError(
            f"Python's keyring can't load the backend that {_KEYRING_VARIABLE} or its keyringrc.cfg names: {error}; "
            f"correct that, or {_LEGACY}"
        ) from error
    return _with_keyring(service, user, lambda: keyring.get_password(service, user))


def _with_keyring(service: str, user: str, action: Callable[[], Found]) -> Found:
    import keyring.errors

    try:
        return action()
    except keyring.errors.NoKeyringError as error:
        raise TpaTfError(
            "this machine has no keyring for the vault's passphrase: install one that Python's keyring knows, "
            f"or {_LEGACY}"
        ) from error
    except keyring.errors.KeyringError as error:
        raise TpaTfError(f"the keyring refused the vault's passphrase ({service}, {user}): {error}") from error


def _entry(directory: Path, settings: Settings) -> tuple[str, str]:
    return _SERVICE_PREFIX + directory.resolve().name, settings.vault_name


def _passphrase() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
