"""The passphrase of the cluster's Ansible vault: made once, in the place where the deployment looks for it."""

from __future__ import annotations

import contextlib
import os
import secrets
import string
from pathlib import Path

from tpa_tf.errors import TpaTfError
from tpa_tf.files import make_directory, write_through
from tpa_tf.handover.settings import Settings

PASSPHRASE_FILE = "vault/vault_pass.txt"
_DIRECTORY_MODE, _MODE = 0o755, 0o600
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 32  # 190 bits
_SERVICE_PREFIX = "TPA_"


def ensure(directory: Path, settings: Settings) -> str | None:
    """Make the passphrase of the cluster in ``directory`` if it has none, and give back where it is; else None.

    Backend ``legacy`` keeps it in ``vault/vault_pass.txt``, ``system`` in the keyring, under the names by which tpaexec
    looks for it: the service is ``TPA_`` and the name of the directory, the user is ``vault_name``. TpaTfError if it
    can't be kept there.
    """
    if settings.keyring_backend == "legacy":
        return _ensure_file(directory / PASSPHRASE_FILE)
    return _ensure_keyring(_SERVICE_PREFIX + directory.resolve().name, settings.vault_name)


def _ensure_file(path: Path) -> str | None:
    if path.exists():
        return None
    try:
        make_directory(path.parent, _DIRECTORY_MODE)
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            write_through(draft, f"{_passphrase()}\n".encode(), _MODE)
            # Unlike a rename, a link never takes the place of a file that came meanwhile.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise TpaTfError(f"{error.filename or path} can't be written: {error.strerror or error}") from error
    return str(path)


def _ensure_keyring(service: str, user: str) -> str | None:
    # keyring looks for its backends as it is imported: only clusters that use it pay for that.
    import keyring
    import keyring.errors

    try:
        if keyring.get_password(service, user) is not None:
            return None
        keyring.set_password(service, user, _passphrase())
    except keyring.errors.NoKeyringError as error:
        raise TpaTfError(
            "this machine has no keyring for the vault's passphrase: install one that Python's keyring knows, "
            "or set keyring_backend: legacy (tpaexec reads the same setting)"
        ) from error
    except keyring.errors.KeyringError as error:
        raise TpaTfError(f"the keyring refused the vault's passphrase ({service}, {user}): {error}") from error
    return f"keyring: {service}, {user}"


def _passphrase() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
