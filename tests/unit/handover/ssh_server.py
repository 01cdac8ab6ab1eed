"""A small SSH server for tests: it proves its host key as RFC 4253 and RFC 8731 say, and lets nobody in."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import socket
import struct
import threading
from types import TracebackType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION = b"SSH-2.0-tests"
_KEX, _HOST_KEY, _CIPHER, _MAC = b"curve25519-sha256", b"ecdsa-sha2-nistp256", b"aes128-ctr", b"hmac-sha2-256"
_SERVICE_REQUEST, _SERVICE_ACCEPT, _KEXINIT, _NEWKEYS, _ECDH_INIT, _ECDH_REPLY = 5, 6, 20, 21, 30, 31
_AUTH_REQUEST, _AUTH_FAILURE = 50, 51


def new_key() -> ec.EllipticCurvePrivateKey:
    """An ECDSA host key."""
    return ec.generate_private_key(ec.SECP256R1())


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Its public key as in a ``.pub`` file."""
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


class SshServer:
    """Listens on a port of 127.0.0.1 while it is entered; shows ``key``, and signs with ``signer`` if that is given."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, *, port: int = 0, signer: ec.EllipticCurvePrivateKey | None = None
    ) -> None:
        self._key, self._signer = key, signer or key
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.logins = 0
        """How often somebody asked to be let in."""

    def __enter__(self) -> SshServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with connection, contextlib.suppress(OSError, EOFError):
            session = _Session(connection)
            session.exchange_keys(self._key, self._signer)
            while True:
                packet = session.receive()
                if packet[0] == _SERVICE_REQUEST:
                    session.send(bytes([_SERVICE_ACCEPT]) + packet[1:])
                elif packet[0] == _AUTH_REQUEST:
                    self.logins += 1
                    session.send(bytes([_AUTH_FAILURE]) + _string(b"publickey") + b"\0")


class _Session:
    """One connection: packets, in the clear until the keys are exchanged."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sent = self._received = 0
        self._encryptor: CipherContext | None = None
        self._decryptor: CipherContext | None = None
        self._mac_key = b""

    def exchange_keys(self, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey) -> None:
        self._connection.sendall(_VERSION + b"\r\n")
        client_version = self._line()
        lists = [_KEX, _HOST_KEY, _CIPHER, _CIPHER, _MAC, _MAC, b"none", b"none", b"", b""]
        own_init = bytes([_KEXINIT]) + os.urandom(16) + b"".join(map(_string, lists)) + b"\0" + bytes(4)
        self.send(own_init)
        client_init = self.receive()
        packet = self.receive()
        assert packet[0] == _ECDH_INIT
        client_point = packet[5:]

        ephemeral = x25519.X25519PrivateKey.generate()
        own_point = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        secret = ephemeral.exchange(x25519.X25519PublicKey.from_public_bytes(client_point))
        shared = _mpint(int.from_bytes(secret, "big"))
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        blob = _string(_HOST_KEY) + _string(b"nistp256") + _string(point)
        hashed = (client_version, _VERSION, client_init, own_init, blob, client_point, own_point)
        digest = hashlib.sha256(b"".join(map(_string, hashed)) + shared).digest()
        r, s = decode_dss_signature(signer.sign(digest, ec.ECDSA(hashes.SHA256())))
        signature = _string(_HOST_KEY) + _string(_mpint(r) + _mpint(s))
        self.send(bytes([_ECDH_REPLY]) + _string(blob) + _string(own_point) + _string(signature))
        self.send(bytes([_NEWKEYS]))

        def derived(letter: bytes) -> bytes:
            return hashlib.sha256(shared + digest + letter + digest).digest()

        self._encryptor = Cipher(algorithms.AES(derived(b"D")[:16]), modes.CTR(derived(b"B")[:16])).encryptor()
        self._mac_key = derived(b"F")
        assert self.receive()[0] == _NEWKEYS
        self._decryptor = Cipher(algorithms.AES(derived(b"C")[:16]), modes.CTR(derived(b"A")[:16])).decryptor()

    def send(self, payload: bytes) -> None:
        padding = 16 - (len(payload) + 5) % 16
        padding += 16 if padding < 4 else 0
        packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)
        if self._encryptor:
            mac = hmac.digest(self._mac_key, struct.pack(">I", self._sent) + packet, "sha256")
            packet = self._encryptor.update(packet) + mac
        self._sent += 1
        self._connection.sendall(packet)

    def receive(self) -> bytes:
        start = self._decrypted(16)
        length, padding = struct.unpack(">IB", start[:5])
        packet = start + self._decrypted(length + 4 - 16)
        if self._decryptor:
            self._exactly(32)  # the client's MAC: nothing here depends on who the client is
        return packet[5 : length + 4 - padding]

    def _decrypted(self, count: int) -> bytes:
        data = self._exactly(count)
        return self._decryptor.update(data) if self._decryptor else data

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._connection.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._exactly(1)
        return line.rstrip(b"\r\n")


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")
