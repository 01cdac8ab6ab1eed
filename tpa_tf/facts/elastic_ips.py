"""Elastic IPs that the config names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tpa_tf.facts.asking import Asking, filters, tags_of


def ask_elastic_ips(asking: Asking) -> dict[str, str | None]:
    """By address, the allocation of each."""
    answers: dict[str, str | None] = dict.fromkeys(asking.asked.elastic_ips)
    if answers:
        named = filters({"public-ip": tuple(answers)})
        for address in asking.ec2.all("describe_addresses", "Addresses", Filters=named):
            answers[address["PublicIp"]] = address["AllocationId"]
            tags = tags_of(address)
            if tags.get("CreatingCluster") == asking.cluster:
                asking.own_ips[address["PublicIp"]] = tags.get("Name", "")
    return answers


def addresses_of(asking: Asking, instances: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The Elastic IPs that instances have."""
    return (
        asking.ec2.all("describe_addresses", "Addresses", Filters=filters({"instance-id": instances}))
        if instances
        else []
    )
