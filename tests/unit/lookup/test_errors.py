"""What AWS, or the way there, answers instead of an answer: one clear line each, and nothing is lost."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from tests.support.configs import load_edited
from tpa_tf.cli import cli
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.questions import RECORD_NAME

IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>A</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class FakeAws(BaseHTTPRequestHandler):
    """Knows who calls, unless ``refused`` has a code for that, and refuses everything else with a code."""

    refused: ClassVar[dict[str, str]] = {}
    calls: ClassVar[list[str]] = []
    page: ClassVar[str] = ""
    """What EC2 answers instead of a refusal."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer("sts" if "GetCallerIdentity" in body else "ec2" if "ec2" in self._service() else "iam")

    def do_HEAD(self) -> None:
        self._answer("s3")

    def do_GET(self) -> None:
        self._answer("route53")

    def _service(self) -> str:
        return self.headers["Authorization"].split("/")[3]

    def _answer(self, service: str) -> None:
        type(self).calls.append(service)
        code = self.refused.get(service) or self.refused.get("*")
        status = 200 if code is None else 503 if code == "RequestLimitExceeded" else 403
        error = f"<Error><Code>{code}</Code><Message>Because.</Message></Error>"
        wrapped = f"<Response><Errors>{error}</Errors></Response>" if service == "ec2" else f"<R>{error}</R>"
        text = IDENTITY if code is None else self.page if self.page and service == "ec2" else wrapped
        self.send_response(status)
        self.send_header("Content-Length", str(len(text) if service != "s3" else 0))
        self.end_headers()
        if service != "s3":
            self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep stderr for the command's own lines."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), FakeAws)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(FakeAws, "refused", {})
    monkeypatch.setattr(FakeAws, "calls", [])
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's AWS configuration; retries don't wait."""
    import os
    import time

    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def lookup(directory: Path, *arguments: str, command: str = "lookup", **edits: object) -> tuple[Result, str]:
    """The command on a sound config, and the one line that it fails with."""
    load_edited(directory, edits)
    (directory / RECORD_NAME).write_text("the old record")
    result = CliRunner().invoke(cli, [command, str(directory), *arguments])
    assert isinstance(result.exception, TpaTfError), result.output
    assert result.stdout == ""
    assert (directory / RECORD_NAME).read_text() == "the old record"
    return result, str(result.exception)


def test_no_credentials(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    _, line = lookup(tmp_path)
    assert line.startswith("there are no credentials for AWS: give some as for the aws command: AWS_PROFILE")


def test_half_of_the_credentials(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    _, line = lookup(tmp_path)
    assert line.startswith("the credentials for AWS are not complete")
    assert "aws_secret_access_key" in line.lower()


def test_unknown_profile(tmp_path: Path) -> None:
    _, line = lookup(tmp_path, "--profile", "nobody")
    assert "nobody" in line
    assert "aws configure list-profiles" in line


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ({"sts": "ExpiredToken"}, "the credentials for AWS have expired (ExpiredToken): renew them"),
        ({"sts": "InvalidClientTokenId"}, "AWS doesn't know these credentials (InvalidClientTokenId)"),
        ({"sts": "InvalidClientTokenId"}, "or eu-west-1 is a region that the account has not enabled"),
        ({"sts": "AccessDenied"}, "this needs sts:GetCallerIdentity"),
        (
            {"*": "UnauthorizedOperation", "sts": ""},
            "access denied in eu-west-1: this needs ec2:DescribeVpcs; tpa-tf permi",
        ),
        ({"*": "AuthFailure", "sts": ""}, "the region eu-west-1 is not enabled for this account (AuthFailure)"),
        ({"*": "OptInRequired", "sts": ""}, "the region eu-west-1 is not enabled for this account (OptInRequired)"),
        (
            {"*": "RequestLimitExceeded", "sts": ""},
            "AWS still says RequestLimitExceeded to ec2:DescribeVpcs in eu-west-1",
        ),
        ({"*": "Unheard", "sts": ""}, "ec2:DescribeVpcs in eu-west-1 failed: Unheard: Because."),
    ],
)
def test_refusals(
    tmp_path: Path,
    endpoint: str,
    credentials: None,
    monkeypatch: pytest.MonkeyPatch,
    refused: dict[str, str],
    says: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(FakeAws, "refused", {name: code or None for name, code in refused.items()})
    if refused.get("sts") == "":
        monkeypatch.setattr(FakeAws, "refused", {**FakeAws.refused, "ec2": refused["*"], "iam": refused["*"]})
        FakeAws.refused.pop("*")
    _, line = lookup(tmp_path)
    assert says in line
    assert all(each.startswith("tpa-tf: ") for each in line.splitlines()[1:])


def test_denied_bucket_names_the_action(
    tmp_path: Path, endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(FakeAws, "refused", {"s3": "403", "ec2": "UnauthorizedOperation", "iam": "AccessDenied"})
    _, line = lookup(tmp_path, cluster_bucket="team-bucket")
    for action in ("s3:ListBucket", "ec2:DescribeVpcs", "iam:GetInstanceProfile"):
        assert f"this needs {action}" in line, "every refusal is told, each in its line"


def test_whoever_may_not_adopt_gets_the_action_and_no_record(
    tmp_path: Path, endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(FakeAws, "refused", {"ec2": "UnauthorizedOperation", "iam": "AccessDenied"})
    _, line = lookup(tmp_path, command="adopt")
    assert "access denied in eu-west-1: this needs ec2:DescribeInstances" in line
    assert "tpa-tf permissions prints the whole policy" in line


def test_page_of_a_proxy_is_told_as_such(
    tmp_path: Path, endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(FakeAws, "refused", {"ec2": "Page", "iam": "AccessDenied"})
    monkeypatch.setattr(FakeAws, "page", "<!doctype html><title>500</title>")
    _, line = lookup(tmp_path)
    assert "ec2 in eu-west-1 gave an answer that is none of AWS's" in line
    assert "a proxy or a login page" in line


def test_throttling_is_retried(
    tmp_path: Path, endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(FakeAws, "refused", {"sts": "RequestLimitExceeded"})
    _, line = lookup(tmp_path)
    assert "after 8 attempts" in line
    assert len(FakeAws.calls) == 8


def test_unreachable_endpoint(tmp_path: Path, credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    _, line = lookup(tmp_path)
    assert line.startswith("sts in eu-west-1 can't be reached")


def test_untrusted_certificate(
    tmp_path: Path, endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.replace("http://", "https://"))
    _, line = lookup(tmp_path)
    assert line.startswith("no trusted connection to sts in eu-west-1")


def test_config_at_fault_asks_nobody(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    load_edited(tmp_path, {"cluster_ssh_port": 0})
    result = CliRunner().invoke(cli, ["lookup", str(tmp_path)])
    assert result.exit_code == 1
    assert "error[invalid-port]" in result.stderr
    assert FakeAws.calls == []
    assert not (tmp_path / RECORD_NAME).exists()


def test_program_shows_one_line_and_no_traceback(tmp_path: Path) -> None:
    import subprocess
    import sys

    load_edited(tmp_path, {})
    command = [sys.executable, "-m", "tpa_tf", "lookup", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("tpa-tf: there are no credentials for AWS")
    assert "Traceback" not in result.stderr
    assert json.dumps(result.stdout) == '""'
