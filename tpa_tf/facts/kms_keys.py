"""KMS keys that the config names by an id or an alias."""

from __future__ import annotations

from tpa_tf.facts.asking import Asking


def ask_kms_keys(asking: Asking) -> dict[str, str | None]:
    """The ARN of each key, by what the config writes."""
    return {key: _arn(asking, key) for key in asking.asked.kms_keys}


def _arn(asking: Asking, key: str) -> str | None:
    service = asking.aws.service("kms", asking.region)
    answer = service.call("describe_key", absent=("NotFoundException",), KeyId=key)
    return str(answer["KeyMetadata"]["Arn"]) if answer else None
