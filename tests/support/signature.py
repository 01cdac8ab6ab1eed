"""Checks a request's Signature Version 4 as S3 does: by botocore's own signer, which knows nothing of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/s3/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_SIGNED = {"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}


def s3_signature(url: str, headers: Mapping[str, str], secret: str) -> re.Match[str] | None:
    """The parts of the signature of a GET of ``url`` (``id``, ``region``, …); None if ``secret`` did not make it."""
    given = {name.lower(): value for name, value in headers.items()}
    found = _AUTHORIZATION.fullmatch(given.get("authorization", ""))
    if not found or set(found["names"].split(";")) != _SIGNED or not given["x-amz-date"].startswith(found["date"]):
        return None
    request = AWSRequest("GET", url, headers={name: given[name] for name in _SIGNED})
    request.context["timestamp"] = given["x-amz-date"]
    signer = S3SigV4Auth(Credentials(found["id"], secret), "s3", found["region"])
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    return found if signature == found["signature"] else None
