"""The limits of EBS volumes, as a table.

Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html and the checks of hashicorp/aws 5.100.
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
    "gp3": VolumeLimits(size=(1, 16384), iops=(3000, 16000), iops_per_gib=500, free_iops=3000, throughput=(125, 1000)),
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

VPC_PREFIXES = (16, 28)
"""The largest and the smallest network that a VPC or a subnet may be (prefix lengths).

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

RESERVED_FIRST = 4
"""AWS keeps the first four addresses of a subnet, and the last one.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

USER_TAGS = 50
"""Tags that a resource may have. Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"""

OBJECT_TAGS = 10
"""Tags that an object in S3 may have. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

TAG_KEY, TAG_VALUE = 128, 256
"""Characters that the key and the value of a tag may have."""

TAG_CHARACTERS = r"[\w .:/=+\-@]*"
"""What S3 and IAM take in keys and values of tags; EC2 takes everything.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

SENSELESS_OWNERS = frozenset({"", "root", "postgres", "ec2-user", "admin", "ubuntu", "vagrant", "tpa", "user"})
"""Names that say nothing of who owns a cluster; TPA refuses them (platforms/cloud/validate.yml)."""
