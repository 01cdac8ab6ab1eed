"""What is known of regions and zones by their names."""

from __future__ import annotations

import botocore.session
import pytest

from tpa_tf.config.values import REGIONS, partition, region_of

ISOLATED = ["us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"]


@pytest.mark.parametrize("region", [*REGIONS, *ISOLATED])
def test_partition_is_the_one_that_botocore_knows(region: str) -> None:
    assert partition(region) == botocore.session.Session().get_partition_for_region(region)


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("eu-west-1a", "eu-west-1"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("xx-far-12a", "xx-far-12"),
    ],
)
def test_zone_tells_its_region(zone: str, region: str) -> None:
    assert region_of(zone) == region
