"""The IAM actions that a caller of the emulator would have needed, noted request by request."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

_SERVICE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

# Where the name of an action is not that of the operation.
# Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_S3_ACTIONS = {
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
}


class Recorder:
    """A WSGI middleware that hands the action of every signed request to ``record``."""

    def __init__(self, app: WsgiApp, record: Callable[[dict[str, Any]], None]) -> None:
        self._app = app
        self._record = record

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        signed = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed:
            service = signed["service"]
            self._record(
                {
                    "action": f"{service}:{_action(service, environ, body)}",
                    "agent": environ.get("HTTP_USER_AGENT", ""),
                    "region": signed["region"],
                }
            )
        return self._app(environ, start_response)


def _action(service: str, environ: dict[str, Any], body: bytes) -> str:
    if environ.get("HTTP_X_AMZ_TARGET"):
        return str(environ["HTTP_X_AMZ_TARGET"]).rpartition(".")[2]
    form = parse_qs(body.decode("latin-1")) if "urlencoded" in environ.get("CONTENT_TYPE", "") else {}
    if "Action" in form:
        return form["Action"][0]
    operation, _ = get_service_router(service).match(Request(environ | {"wsgi.input": io.BytesIO(body)}))
    if service != "s3":
        return str(operation.name)
    if operation.name == "DeleteObject" and "versionId" in parse_qs(environ.get("QUERY_STRING", "")):
        return "DeleteObjectVersion"
    return str(_S3_ACTIONS.get(operation.name, operation.name))
