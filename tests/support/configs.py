"""A sound config to start from, and edits of it by the path of a key."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tpa_tf.clusters import Loaded, load

REMOVED = object()
"""As a new value: the key goes."""

SOUND: Mapping[str, Any] = {
    "architecture": "M1",
    "cluster_name": "speedy",
    "cluster_tags": {"Owner": "Ada"},
    "cluster_vars": {"postgres_version": "16"},
    "ec2_vpc": {"Name": "speedy", "cidr": "10.33.0.0/16"},
    "ec2_ami": {"Name": "debian-12-amd64-20240717-1811", "Owner": "136693071363"},
    "ec2_instance_reachability": "public",
    "locations": [
        {"Name": f"location-{zone}", "region": "eu-west-1", "az": f"eu-west-1{zone}", "subnet": f"10.33.{number}.0/24"}
        for number, zone in ((1, "a"), (2, "b"))
    ],
    "instances": [
        {
            "Name": name,
            "node": node,
            "region": "eu-west-1",
            "subnet": subnet,
            "type": "t3.micro",
            "role": [role],
            **({"upstream": "one"} if role == "replica" else {}),
            "volumes": [
                {"device_name": "root", "volume_type": "gp3", "volume_size": 16, "encrypted": True},
                {"device_name": "/dev/sdf", "volume_type": "gp3", "volume_size": 16, "encrypted": True},
            ],
        }
        for name, node, subnet, role in (
            ("one", 1, "10.33.1.0/24", "primary"),
            ("two", 2, "10.33.2.0/24", "replica"),
        )
    ],
}
"""Two instances in one region; nothing in it is worth a finding."""


def edited(edits: Mapping[str, Any], base: Mapping[str, Any] = SOUND) -> dict[str, Any]:
    """``base`` with a value set, added (``list[+]``) or removed at each path: ``{"instances[0].node": 7}``.

    A key that holds dots is written in quotes: ``ec2_vpc_subnets.eu-west-1."10.33.1.0/24".az``.
    """
    data = copy.deepcopy(dict(base))
    for path, value in edits.items():
        parts = re.findall(r'"([^"]+)"|([^.\[\]"]+)', path)
        *way, last = [quoted or (int(bare) if bare.isdigit() else bare) for quoted, bare in parts]
        place: Any = data
        for part in way:
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
        if last == "+":
            place.append(value)
        elif value is REMOVED:
            del place[last]
        else:
            place[last] = value
    return data


def load_edited(directory: Path, edits: Mapping[str, Any]) -> Loaded:
    """SOUND with ``edits``, written to ``directory`` and loaded."""
    text = yaml.safe_dump(edited(edits), sort_keys=False, allow_unicode=True)
    (directory / "config.yml").write_text(text)
    return load(directory)
