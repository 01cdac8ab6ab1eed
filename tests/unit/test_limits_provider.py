"""Which constraints on the provider's version a stack can be made for."""

from __future__ import annotations

import pytest

from tpa_tf.limits.provider import TESTED, provider_version


@pytest.mark.parametrize(
    ("constraint", "major"),
    [
        ("5.100.0", 5),
        ("= 5.100.0", 5),
        ("~> 5.100", 5),
        ("~> 5.100.0", 5),
        (">= 5.100, < 6", 5),
        (">= 5.100.0, < 6.0.0, != 5.100.1", 5),
        ("6.0.0", 6),
        ("~> 6", 6),
        ("~> 6.20", 6),
        ("~> 6.20.1", 6),
        ("> 5.200, >= 6.0, < 7", 6),
        (">=6.1,<=6.99.9", 6),
        ("< 7, >= 6.3", 6),
    ],
)
def test_major_version_of_a_constraint(constraint: str, major: int) -> None:
    found = provider_version(constraint)
    assert found and (found.constraint, found.major) == (constraint, major)


@pytest.mark.parametrize(
    "constraint",
    [
        *("~> 5.99", ">= 5.100", "> 6.0", "~> 7.0", ">= 5.100, < 7", "!= 6.0.0", "< 6", "4.67.0", "5.99.0", "5"),
        *(">= 6.2, < 6.1", "<= 7.0.0, >= 6.0.0", "~> 6.0, ~> 5.100"),
    ],
)
def test_constraint_that_allows_what_nobody_knows(constraint: str) -> None:
    assert provider_version(constraint) is None


@pytest.mark.parametrize(
    "constraint", ["", "latest", "v6.0.0", "~> 6.0-beta1", "6.x", ">= 6.0;< 7", "6.0.0.1", ",", "6.0,"]
)
def test_text_that_is_no_constraint_on_released_versions(constraint: str) -> None:
    with pytest.raises(ValueError, match="is not a version constraint"):
        provider_version(constraint)


def test_what_is_tested_is_known() -> None:
    assert provider_version(TESTED.constraint) == TESTED
