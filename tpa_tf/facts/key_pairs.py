"""Key pairs that are registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.shapes import Strict


@dataclass(frozen=True)
class FoundKeyPair(Strict):
    """A registered key that the cluster did not make."""

    fingerprint: str


@dataclass(frozen=True)
class KeyPairRecord(Strict):
    """The key pair of a region, by name."""

    asked: str
    found: FoundKeyPair | None


def ask_key_pair(asking: Asking) -> KeyPairRecord | None:
    """The key pair that instances get; None where the config wants none."""
    name = asking.asked.key_pair
    if name is None:
        return None
    others = (pair for pair in registered(asking) if not (asking.asked.key_pair_can_be_made and asking.is_own(pair)))
    return KeyPairRecord(name, next((FoundKeyPair(pair["KeyFingerprint"]) for pair in others), None))


def registered(asking: Asking) -> list[Mapping[str, Any]]:
    """The key pair that the config names, if it is registered."""
    name = asking.asked.key_pair
    named = filters({"key-name": (name,)}) if name else []
    return asking.ec2.all("describe_key_pairs", "KeyPairs", Filters=named) if name else []
