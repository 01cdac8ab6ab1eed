"""Translate the config.yml of a TPA cluster into Terraform JSON.

For other programs: :func:`check` and :func:`synthesize`, with what they give and raise. Everything below is the tool's
own, and may change with any version.
"""

from tpa_tf.api import ConfigError, Finding, check, synthesize

__all__ = ["ConfigError", "Finding", "check", "synthesize"]
