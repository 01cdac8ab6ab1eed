"""KMS keys. No stack creates one; somebody may have added one to a stack's directory, and a plan shows it."""

from __future__ import annotations

from tpa_tf.terraform.resource_type import ResourceType

KMS_KEY = ResourceType(
    "aws_kms_key",
    "KMS key",
    holds_data=True,
    existing=("data.aws_kms_key.<region>_<key>",),
)
