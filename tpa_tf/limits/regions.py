"""AWS's regions, the partitions that they are in, and the forms of their names and of their zones' names.

Source: partitions.json and endpoints.json of botocore 1.44 (July 2026), with which a test compares them. New regions
appear: what is not in the table is unknown, not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TABLE = {
    "aws": """
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
        ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
        ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
        il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1
        us-west-2
    """,
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1 us-isob-west-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-east-1 us-isof-south-1",
    "aws-us-gov": "us-gov-east-1 us-gov-west-1",
}

REGIONS: Mapping[str, str] = {name: partition for partition, names in _TABLE.items() for name in names.split()}
"""The partition of every known region."""

_PREFIXES = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
}
"""How the names of a partition's regions start, known or not; those of aws start otherwise."""

REGION = r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}"
"""The form of a region's name, such as ``eu-west-1``."""

ZONE = rf"{REGION}(-[a-z0-9]+)*[a-z]?"
"""The form of the name of an availability zone, or of a local or wavelength zone; a region's name has it, too."""


def is_region(name: str) -> bool:
    """Whether ``name`` has the form of a region's name, such as ``eu-west-1``."""
    return re.fullmatch(REGION, name) is not None


def is_zone(name: str) -> bool:
    """Whether ``name`` has the form of the name of an availability zone, or of a local or wavelength zone."""
    return re.fullmatch(ZONE, name) is not None and not is_region(name)


def partition(region_name: str) -> str:
    """The partition of AWS that a region is in, as ARNs name it: accounts and credentials are good in one only."""
    return next((name for start, name in _PREFIXES.items() if region_name.startswith(start)), "aws")


def region_of(zone_name: str) -> str:
    """The region of a zone; local and wavelength zones start with their region's name too (``us-west-2-lax-1a``)."""
    match = re.match(REGION, zone_name)
    return match[0] if match else ""


def is_usual_zone(zone_name: str) -> bool:
    """Whether a zone of a known region can be there: no region has zones beyond ``f``; of local zones nothing is known.

    Source: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
    """
    letter = zone_name.removeprefix(region_of(zone_name))
    return len(letter) != 1 or letter <= "f" or region_of(zone_name) not in REGIONS
