"""The state of an emulated AWS as JSON data that can be compared: without ids, times and order."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from tests.support.state import ec2, services
from tests.support.state.labels import Labels


def read_state(url: str, regions: list[str], events: list[str], seeded_addresses: frozenset[str]) -> dict[str, Any]:
    """The state behind ``url``.

    ``events`` are the lines of the emulator's record. Elastic IPs show their address only where it was seeded.
    """

    def client(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 3}, s3={"addressing_style": "path"}),
        )

    record = ec2.Record.of([json.loads(line) for line in events])
    labels = Labels()
    inventories = {region: ec2.read(client("ec2", region), client("kms", region)) for region in regions}
    for inventory in inventories.values():
        inventory.label(labels)
    return {
        "regions": {
            region: ec2.describe(inventory, record, labels, seeded_addresses)
            for region, inventory in inventories.items()
        },
        "iam": services.iam(client("iam")),
        "s3": services.s3(client("s3")),
        "route53": services.route53(client("route53"), ec2.address_names(list(inventories.values()), record, labels)),
    }
