"""What questions and answers are made of: ids, ranges and filters as AWS writes them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, StringConstraints

FilterMap = Mapping[str, tuple[str, ...]]
"""Describe… filters by name, each with its values, sorted."""


class Strict:
    """Base of what is in a record: nothing is converted, and nothing may be there besides."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


def _network(text: str) -> str:
    if str(IPv4Network(text)) != text:
        raise ValueError(f"{text} is not how AWS writes a network")
    return text


def _matching(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=pattern)


Account = Annotated[str, _matching(r"^[0-9]{12}$")]
VpcId = Annotated[str, _matching(r"^vpc-[0-9a-z]+$")]
SubnetId = Annotated[str, _matching(r"^subnet-[0-9a-z]+$")]
GatewayId = Annotated[str, _matching(r"^igw-[0-9a-z]+$")]
GroupId = Annotated[str, _matching(r"^sg-[0-9a-z]+$")]
VolumeId = Annotated[str, _matching(r"^vol-[0-9a-z]+$")]
ImageId = Annotated[str, _matching(r"^ami-[0-9a-z]+$")]
RouteTarget = Annotated[str, _matching(r"^[a-z-]+-[0-9a-z]+$")]
RegionName = Annotated[str, _matching(r"^[a-z0-9-]+$")]
AllocationId = Annotated[str, _matching(r"^eipalloc-[0-9a-z]+$")]
KeyArn = Annotated[str, _matching(r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$")]
ResourceAddress = Annotated[str, _matching(r"^aws_[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*$")]
ImportId = Annotated[str, _matching(r"^[A-Za-z0-9_+=,.@:/-]+$")]
Cidr = Annotated[str, AfterValidator(_network)]
