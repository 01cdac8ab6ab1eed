"""Hosted zones of Route 53."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


def ask_dns_record(aws: Aws, region: str, zone_id: str, name: str) -> Mapping[str, Any] | None:
    """The A record of ``name`` in a hosted zone; None where there is none."""
    answer = aws.service("route53", region).call(
        "list_resource_record_sets",
        absent=("NoSuchHostedZone",),
        HostedZoneId=zone_id,
        StartRecordName=name,
        StartRecordType="A",
        MaxItems="1",
    )
    wanted = f"{name.rstrip('.')}.".lower()
    found: list[Mapping[str, Any]] = answer["ResourceRecordSets"] if answer else []
    return next((record for record in found if record["Type"] == "A" and record["Name"].lower() == wanted), None)
