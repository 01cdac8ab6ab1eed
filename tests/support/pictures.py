"""Clusters to be drawn, and what a page of HTML holds to a browser."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from tests.support.configs import SOUND
from tpa_tf.clusters import Loaded, load
from tpa_tf.pictures.draw import draw
from tpa_tf.pictures.picture import Picture

_VOID = {"meta", "br", "link", "img", "input", "hr"}


def drawn(loaded: Loaded) -> Picture:
    """The picture of a config without faults."""
    assert loaded.cluster is not None, [finding.message for finding in loaded.report.findings]
    return draw(loaded.cluster, loaded.merged)


def forty(directory: Path) -> Loaded:
    """Forty instances in six zones of two regions, with replicas and a backup server in each zone."""
    zones = [(region, zone) for region in ("eu-west-1", "us-east-1") for zone in "abc"]
    locations = [
        {"Name": f"{region}-{zone}", "region": region, "az": f"{region}{zone}", "subnet": f"10.33.{number}.0/26"}
        for number, (region, zone) in enumerate(zones)
    ]
    instances: list[dict[str, Any]] = []
    for number, (region, zone) in enumerate(zones):
        count = 7 if number < 4 else 6
        names = [f"{region[:2]}{zone}-{each}" for each in range(count)]
        for each, name in enumerate(names):
            instance: dict[str, Any] = {"Name": name, "node": len(instances) + 1, "location": f"{region}-{zone}"}
            if each == count - 1:
                instance |= {"role": ["barman"]}
            elif each == count - 2:
                instance |= {"role": ["pgd-proxy"], "volumes": [{"device_name": "/dev/sdf", "volume_type": "none"}]}
            elif each < 3:
                instance |= {"role": ["bdr"], "backup": names[-1]}
            else:
                instance |= {"role": ["bdr", "readonly"], "upstream": names[0]}
            instances.append(instance)
    volume = {"volume_type": "gp3", "encrypted": True}
    config = {
        **SOUND,
        "architecture": "PGD-Always-ON",
        "cluster_name": "forty",
        "ec2_vpc": {region: {"Name": "forty", "cidr": "10.33.0.0/16"} for region, _ in zones},
        "locations": locations,
        "instance_defaults": {
            "type": "r6i.large",
            "default_volumes": [
                {"device_name": "root", "volume_size": 20, **volume},
                {"device_name": "/dev/sdf", "volume_size": 500, "vars": {"volume_for": "postgres_data"}, **volume},
            ],
        },
        "instances": instances,
    }
    (directory / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    return load(directory)


class Html(HTMLParser):
    """A document: its tags with their attributes, and its texts; it fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)
