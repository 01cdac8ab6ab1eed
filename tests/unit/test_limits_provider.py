"""Which constraints on the provider's version a stack can be made for, and what the versions have.

tests/e2e/test_provider_limits.py holds the grammar against terraform.
"""

from __future__ import annotations

import pytest

from tpa_tf.limits import provider
from tpa_tf.limits.provider import TESTED, ProviderVersions, Version, read, unknown


def versions(constraint: str) -> ProviderVersions:
    found = read(constraint)
    assert found
    return found


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
        (">= 6.2, < 6.4, != 6.2.0, != 6.2.1", 6),
    ],
)
def test_major_version_of_a_constraint(constraint: str, major: int) -> None:
    found = versions(constraint)
    assert (found.constraint, found.major, unknown(found)) == (constraint, major, "")


@pytest.mark.parametrize(
    ("constraint", "since", "until"),
    [
        ("6", (6, 0, 0), (6, 0, 1)),
        ("~> 6", (6, 0, 0), (7, 0, 0)),
        ("~> 6.20", (6, 20, 0), (7, 0, 0)),
        ("~> 6.20.3", (6, 20, 3), (6, 21, 0)),
        ("> 6.20, <= 6.30", (6, 20, 1), (6, 30, 1)),
        (">= 6.20, < 6.30, != 6.20.0", (6, 20, 1), (6, 30, 0)),
        ("~> 6.20, ~> 6.25.0", (6, 25, 0), (6, 26, 0)),
    ],
)
def test_versions_that_a_constraint_allows(constraint: str, since: Version, until: Version) -> None:
    found = versions(constraint)
    assert (found.since, found.until) == (since, until)


@pytest.mark.parametrize(
    "constraint",
    [
        *("~> 5.99", ">= 5.100", "> 6.0", "~> 7.0", ">= 5.100, < 7", "!= 6.0.0", "< 6", "4.67.0", "5.99.0", "5"),
        *(">= 6.2, < 6.1", "<= 7.0.0, >= 6.0.0", "~> 6.0, ~> 5.100", "6.2.0, != 6.2.0"),
    ],
)
def test_constraint_that_allows_what_nobody_knows(constraint: str) -> None:
    assert unknown(versions(constraint)).startswith("allows ")


@pytest.mark.parametrize("constraint", ["", "latest", "v6.0.0", "6.x", ">= 6.0;< 7", "6.0.0.1", ",", "6.0,", "6.0+1"])
def test_text_that_is_no_constraint(constraint: str) -> None:
    assert read(constraint) is None


def test_prerelease_is_noticed() -> None:
    assert provider.names_prerelease("~> 6.0-beta1")
    assert not provider.names_prerelease("~> 6.0, != 6.1")


def test_what_is_tested_is_known() -> None:
    assert read(TESTED.constraint) == TESTED
    assert provider.OLDEST in TESTED
    assert unknown(TESTED) == ""


def test_recommended_versions_are_known_and_have_no_fault() -> None:
    recommended = versions(provider.RECOMMENDED)
    assert unknown(recommended) == ""
    assert provider.faults(recommended) == ()
    assert not any(fault.span.since <= recommended.since < fault.span.until for fault in provider.FAULTS)


@pytest.mark.parametrize(
    ("constraint", "throughput", "refused"),
    [
        ("5.100.0", 1000, {"ap-southeast-6", "me-west-1", "sa-west-1", "us-isob-west-1"}),
        ("~> 6.12", 1000, {"me-west-1", "sa-west-1", "us-isob-west-1"}),
        ("~> 6.14.1", 1000, {"me-west-1", "sa-west-1", "us-isob-west-1"}),
        ("~> 6.15", 2000, {"me-west-1", "sa-west-1", "us-isob-west-1"}),
        ("~> 6.20", 2000, {"me-west-1", "sa-west-1"}),
    ],
)
def test_limits_are_those_of_the_first_version_that_is_allowed(
    constraint: str, throughput: int, refused: set[str]
) -> None:
    found = versions(constraint)
    assert provider.volume_throughput(found) == throughput
    assert {name for name in provider.REGIONS if provider.refuses_region(found, name)} == refused
    assert not provider.refuses_region(found, "eu-west-1")
