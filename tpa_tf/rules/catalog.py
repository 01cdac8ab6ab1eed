"""All rules, in the order of the page: by topic, and within a topic as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

from tpa_tf.rules import (
    addresses,
    adoption,
    asking,
    deployment,
    firewall,
    hardware,
    identity,
    instances,
    lookup,
    missing,
    network,
    own_files,
    regions,
    schema,
    settings,
    tags,
    terraform,
    text,
    topology,
    volumes,
)
from tpa_tf.rules.rule import Rule

TOPICS: Mapping[str, ModuleType] = {
    "The text": text,
    "Keys and values": schema,
    "Instances": instances,
    "Instance types": hardware,
    "Roles and relations": topology,
    "Volumes": volumes,
    "Regions and zones": regions,
    "VPCs, subnets and gateways": network,
    "Addresses": addresses,
    "Security groups": firewall,
    "Names and identities": identity,
    "Tags": tags,
    "Settings": settings,
    "Terraform": terraform,
    "Your own Terraform": own_files,
    "The deployment": deployment,
    "The lookup record": lookup,
    "What has to exist": missing,
    "What tpa-tf lookup finds": asking,
    "What tpa-tf adopt finds": adoption,
}
"""The module of each topic."""


def of(topic: str) -> tuple[Rule, ...]:
    """The rules of a topic."""
    return tuple(value for value in vars(TOPICS[topic]).values() if isinstance(value, Rule))


def _all() -> Iterator[tuple[str, Rule]]:
    for topic in TOPICS:
        yield from ((rule.id, rule) for rule in of(topic))


_TOLD_BY_OTHER_COMMANDS = (asking, adoption)

RULES: Mapping[str, Rule] = dict(_all())
"""By id."""

TOLD_BY_CHECK = frozenset(
    rule.id for topic, module in TOPICS.items() if module not in _TOLD_BY_OTHER_COMMANDS for rule in of(topic)
)
"""The ids of those that need no question to AWS."""
