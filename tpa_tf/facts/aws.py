"""Calls of AWS that only read, and what goes wrong with them as one line that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.config
import botocore.exceptions as errors
from botocore.parsers import ResponseParserError

from tpa_tf.errors import TpaTfError

PROGRAM = "tpa-tf"
"""How CloudTrail knows our calls."""

_ATTEMPTS = 8
_CONNECT_SECONDS, _READ_SECONDS = 10, 30

_CREDENTIALS = "give some as for the aws command: AWS_PROFILE or --profile, aws sso login, AWS_ACCESS_KEY_ID, …"
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN_CALLER = {
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"}
_THROTTLED = {"RequestLimitExceeded", "SlowDown", "TooManyRequestsException", "PriorRequestNotComplete"}

# Where the name of the action is not that of the operation.
_ACTIONS = {"s3:HeadBucket": "s3:ListBucket"}


class Aws:
    """One account as the usual credential chain, or ``profile``, gives access to it.

    TpaTfError if there is no such profile. What a call raises becomes a TpaTfError of one line, too.
    """

    def __init__(self, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile)
            self._session.get_credentials()  # read once, before several threads want them
        except (errors.BotoCoreError, ValueError) as error:
            raise TpaTfError(_without_answer(error, "AWS")) from error
        self._config = botocore.config.Config(
            # Standard waits are too short for an account that other programs keep busy.
            retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            user_agent_extra=PROGRAM,
        )
        self._known = False

    def account(self, region: str) -> str:
        """The number of the account, asked in ``region``. Who is refused elsewhere afterwards has good credentials."""
        found = str(self.service("sts", region).call("get_caller_identity")["Account"])
        self._known = True
        return found

    def service(self, name: str, region: str) -> Service:
        """The service called ``name`` in ``region``."""
        try:
            client = self._session.client(name, region_name=region, config=self._config)
        except (errors.BotoCoreError, ValueError) as error:
            raise TpaTfError(_without_answer(error, region)) from error
        return Service(client, name, region, lambda: self._known)


class Service:
    """One service in one region. Each call gives its answer, or raises a TpaTfError."""

    def __init__(self, client: Any, name: str, region: str, caller_is_known: Callable[[], bool]) -> None:
        self._client = client
        self._name = name
        self._region = region
        self._caller_is_known = caller_is_known

    def call(self, operation: str, /, absent: tuple[str, ...] = (), **arguments: Any) -> Any:
        """The answer of ``operation``; None where AWS says one of the codes ``absent``."""
        return self._answer(operation, absent, lambda: getattr(self._client, operation)(**arguments))

    def all(self, operation: str, key: str, /, **arguments: Any) -> list[Any]:
        """What all pages of ``operation`` hold under ``key``."""

        def pages() -> list[Any]:
            if not self._client.can_paginate(operation):
                return list(getattr(self._client, operation)(**arguments)[key])
            found = self._client.get_paginator(operation).paginate(**arguments)
            return [each for page in found for each in page[key]]

        return list(self._answer(operation, (), pages))

    def _answer(self, operation: str, absent: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in absent:
                return None
            raise TpaTfError(self._told(operation, code, error)) from error
        except (errors.BotoCoreError, errors.HTTPClientError, ValueError) as error:
            raise TpaTfError(_without_answer(error, f"{self._name} in {self._region}")) from error
        # botocore takes any document for an answer.
        except (AttributeError, KeyError, TypeError, ResponseParserError) as error:
            raise TpaTfError(
                f"{self._name} in {self._region} gave an answer that is none of AWS's ({error!r}): a proxy or a login "
                "page of the network may stand in between"
            ) from error

    def _told(self, operation: str, code: str, error: errors.ClientError) -> str:
        model = self._client.meta.method_to_api_mapping[operation]
        action = f"{self._name}:{model}"
        action = _ACTIONS.get(action, action)
        if code in _EXPIRED:
            return f"the credentials for AWS have expired ({code}): renew them (aws sso login, or a new session token)"
        if code in _UNKNOWN_CALLER and self._caller_is_known():
            return f"the region {self._region} is not enabled for this account ({code}): enable it, or take another"
        if code in _UNKNOWN_CALLER:
            also = f"; or {self._region} is a region that the account has not enabled"
            return f"AWS doesn't know these credentials ({code}): {_CREDENTIALS}{also}"
        if code in _DENIED:
            return f"access denied in {self._region}: this needs {action}; tpa-tf permissions prints the whole policy"
        if code in _THROTTLED or "Throttl" in code:
            return f"AWS still says {code} to {action} in {self._region} after {_ATTEMPTS} attempts: try again later"
        message = " ".join(str(error.response.get("Error", {}).get("Message", "")).split())
        return f"{action} in {self._region} failed: {code}: {message}"


def _without_answer(error: Exception, where: str) -> str:
    """What kept a call from getting any answer of AWS."""
    text = " ".join(str(error).split())
    if isinstance(error, errors.ProfileNotFound):
        return f"{text}: aws configure list-profiles shows what there is"
    if isinstance(error, errors.NoCredentialsError):
        return f"there are no credentials for AWS: {_CREDENTIALS}"
    if isinstance(error, errors.PartialCredentialsError):
        return f"the credentials for AWS are not complete: {text}"
    if isinstance(error, errors.SSOError | errors.TokenRetrievalError):
        return f"the SSO session has expired or is missing: aws sso login ({text})"
    if isinstance(error, errors.CredentialRetrievalError):
        return f"the credentials for AWS can't be had: {text}"
    if isinstance(error, errors.SSLError):
        return f"no trusted connection to {where}: {text} (AWS_CA_BUNDLE names a company's own certificates)"
    if isinstance(error, errors.HTTPClientError | errors.EndpointConnectionError):
        return f"{where} can't be reached: {text}; does the region exist, and does the network let you there?"
    return f"{where}: {text}"
