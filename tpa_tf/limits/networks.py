"""The limits of VPCs and subnets."""

from __future__ import annotations

VPC_PREFIXES = (16, 28)
"""The largest and the smallest network that a VPC or a subnet may be (prefix lengths).

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

RESERVED_FIRST = 4
"""AWS keeps the first four addresses of a subnet, and the last one.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

RESERVED = RESERVED_FIRST + 1
"""Addresses of a subnet that no instance can have."""
