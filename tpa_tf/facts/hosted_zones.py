"""Hosted zones of Route 53."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tpa_tf.facts.questions import Asked
from tpa_tf.facts.shapes import Strict

if TYPE_CHECKING:  # boto3, which takes a second
    from tpa_tf.facts.aws import Aws


@dataclass(frozen=True)
class FoundZone(Strict):
    """A hosted zone of Route 53."""

    name: str
    """Its domain, without the dot at the end."""
    private: bool


def ask_hosted_zone(aws: Aws, asked: Asked, zone_id: str) -> FoundZone | None:
    """The hosted zone with an id."""
    service = aws.service("route53", asked.bucket_region)
    answer = service.call("get_hosted_zone", absent=("NoSuchHostedZone",), Id=zone_id)
    if answer is None:
        return None
    zone = answer["HostedZone"]
    return FoundZone(zone["Name"].rstrip("."), bool(zone.get("Config", {}).get("PrivateZone")))
