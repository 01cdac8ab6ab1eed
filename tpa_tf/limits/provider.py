"""The versions of the AWS provider that a stack can be made for.

Source: the schemas of hashicorp/aws 5.100 and 6, against which tests hold the stacks, and
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SOURCE = "hashicorp/aws"

Version = tuple[int, int, int]

_OLDEST: Version = (5, 100, 0)
_MAJORS = (5, 6)

_ONE = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*([0-9]+(?:\.[0-9]+){0,2})\s*")


@dataclass(frozen=True)
class ProviderVersion:
    """The versions of the provider that a stack takes, which are all of one major version."""

    constraint: str
    """As Terraform reads it: ``~> 6.20``."""
    major: int


TESTED = ProviderVersion("5.100.0", 5)
"""The version with which everything is tested: a stack takes this one unless its config says otherwise."""


def provider_version(constraint: str) -> ProviderVersion | None:
    """The versions that ``constraint`` allows; None if they are not of one major version that is known.

    ValueError if it is not a constraint on released versions. Versions that ``!=`` takes out make no difference.
    """
    lowest, end = (0, 0, 0), None
    for part in constraint.split(","):
        match = _ONE.fullmatch(part)
        if not match:
            raise ValueError(f"{constraint!r} is not a version constraint")
        first, past = _range(match[1] or "=", match[2])
        lowest = max(lowest, first)
        end = past if end is None else min(end, past or end)
    if end is None or lowest >= end or lowest < _OLDEST:
        return None
    return next((ProviderVersion(constraint, major) for major in _MAJORS if _within(major, lowest, end)), None)


def _within(major: int, lowest: Version, end: Version) -> bool:
    return (major, 0, 0) <= lowest and end <= (major + 1, 0, 0)


def _range(operator: str, written: str) -> tuple[Version, Version | None]:
    """The lowest version that the operator allows, and the one where it ends; None where it doesn't."""
    numbers = [int(number) for number in written.split(".")]
    major, minor, patch = (*numbers, 0, 0)[:3]
    version, following = (major, minor, patch), (major, minor, patch + 1)
    if operator == "~>":
        return version, (major, minor + 1, 0) if len(numbers) == 3 else (major + 1, 0, 0)
    ranges: dict[str, tuple[Version, Version | None]] = {
        "=": (version, following),
        "!=": ((0, 0, 0), None),
        ">=": (version, None),
        ">": (following, None),
        "<=": ((0, 0, 0), following),
        "<": ((0, 0, 0), version),
    }
    return ranges[operator]
