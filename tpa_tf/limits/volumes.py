"""The limits of EBS volumes.

Sources: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html, for gp3's limits since September 2025
https://aws.amazon.com/about-aws/whats-new/2025/09/amazon-ebs-size-provisioned-performance-gp3-volumes/, and the checks
of hashicorp/aws 5.100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class VolumeLimits:
    """What a volume type allows: sizes in GiB, throughput in MiB/s; None where the setting is not for this type."""

    size: tuple[int, int]
    iops: tuple[int, int] | None = None
    iops_per_gib: int | None = None
    free_iops: int = 0
    """IOPS that every volume has whatever its size, so that the ratio does not bind below them."""
    iops_required: bool = False
    throughput: tuple[int, int] | None = None
    bootable: bool = True


VOLUME_TYPES: Mapping[str, VolumeLimits] = {
    "gp2": VolumeLimits(size=(1, 16384)),
    "gp3": VolumeLimits(size=(1, 65536), iops=(3000, 80000), iops_per_gib=500, free_iops=3000, throughput=(125, 2000)),
    "io1": VolumeLimits(size=(4, 16384), iops=(100, 64000), iops_per_gib=50, iops_required=True),
    "io2": VolumeLimits(size=(4, 65536), iops=(100, 256000), iops_per_gib=1000, iops_required=True),
    "st1": VolumeLimits(size=(125, 16384), bootable=False),
    "sc1": VolumeLimits(size=(125, 16384), bootable=False),
    "standard": VolumeLimits(size=(1, 1024)),
}
"""By volume_type."""

GP3_FREE_THROUGHPUT = 125
"""MiB/s that every gp3 volume has."""

GP3_IOPS_PER_MIBS = 4
"""A gp3 volume gets at most 0.25 MiB/s for each of its IOPS."""
