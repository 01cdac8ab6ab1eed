"""The limits of VPCs and subnets."""

from __future__ import annotations

from ipaddress import IPv4Network

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

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")))
"""Ranges that no Elastic IP is in (RFC 1918, 6598 and 3927)."""
