"""What stands around an instance: the metadata service (version 2 alone), S3 with TLS, and a proxy.

``python -m tests.support.first_boot.stand_ins DIRECTORY`` serves until it is killed. ``bucket/<bucket>/<key>`` in the
directory are S3's objects, ``s3.pem`` is its certificate; each answer is a line of JSON in ``requests``.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.signature import s3_signature

METADATA = "169.254.169.254"
S3 = "10.0.0.2"
PROXY = "10.0.0.3"
REGION = "eu-west-1"
S3_NAME = f"s3.{REGION}.amazonaws.com"

_ROLE = "speedy_profile"
_TOKEN = "AQAEAH_token=="
_CREDENTIALS = {
    "Code": "Success",
    "Type": "AWS-HMAC",
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "Token": "IQoJb3JpZ2luX2VjE+session/token==",
    "Expiration": "2099-01-01T00:00:00Z",
}


class _Handler(BaseHTTPRequestHandler):
    directory: Path
    service: str

    def answer(self, status: int, body: bytes = b"") -> None:
        line = {"service": self.service, "method": self.command, "path": self.path, "status": status}
        with (self.directory / "requests").open("a") as requests:
            requests.write(json.dumps(line) + "\n")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Metadata(_Handler):
    """Instance metadata, for a token alone."""

    service = "metadata"

    def do_PUT(self) -> None:
        """Give a token."""
        asked = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        good = self.path == "/latest/api/token" and asked.isdigit() and 1 <= int(asked) <= 21600
        self.answer(200 if good else 400, _TOKEN.encode() if good else b"")

    def do_GET(self) -> None:
        """Give the role, and its credentials."""
        roles = "/latest/meta-data/iam/security-credentials/"
        answers = {roles: _ROLE.encode(), roles + _ROLE: json.dumps(_CREDENTIALS, indent=2).encode()}
        if self.headers.get("X-aws-ec2-metadata-token") != _TOKEN:
            self.answer(401)
        elif self.path in answers:
            self.answer(200, answers[self.path])
        else:
            self.answer(404)


class S3Bucket(_Handler):
    """Buckets of one region, for signed requests alone."""

    service = "s3"

    def do_GET(self) -> None:
        """Give an object."""
        host = self.headers["Host"]
        headers = dict(self.headers.items())
        signature = s3_signature(f"https://{host}{self.path}", headers, _CREDENTIALS["SecretAccessKey"])
        bucket = host.removesuffix(S3_NAME).removesuffix(".")
        file = self.directory / "bucket" / bucket / self.path.lstrip("/")
        if signature is None:
            self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif (
            (signature["id"], signature["region"]) != (_CREDENTIALS["AccessKeyId"], REGION)
            or self.headers.get("x-amz-security-token") != _CREDENTIALS["Token"]
            or not file.is_file()
        ):
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        else:
            self.answer(200, file.read_bytes())


class Proxy(_Handler):
    """A proxy that leads to S3 and nowhere else."""

    service = "proxy"

    def do_GET(self) -> None:
        """Refuse."""
        self.answer(502)

    do_PUT = do_GET  # noqa: N815

    def do_CONNECT(self) -> None:
        """Lead to S3."""
        if not self.path.endswith(f"{S3_NAME}:443"):
            self.answer(502)
            return
        self.answer(200)
        with socket.create_connection((S3, 443)) as there:
            back = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            back.join()
        self.close_connection = True


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either side may hang up
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def main(directory: Path) -> None:
    """Serve all three, and say so when they listen."""
    servers = []
    for handler, address, port in ((Metadata, METADATA, 80), (S3Bucket, S3, 443), (Proxy, PROXY, 3128)):
        handler.directory = directory
        server = ThreadingHTTPServer((address, port), handler)
        if handler is S3Bucket:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(directory / "s3.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(threading.Thread(target=server.serve_forever))
        servers[-1].start()
    print("ready", flush=True)
    for thread in servers:
        thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
