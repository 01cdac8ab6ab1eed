"""Edits of a config at random: every key that Terraform is told of, one or a few at a time, from a seed.

A change is a value for one key, something that comes or goes, or what two things exchange. It knows nothing of what is
allowed: what comes out may be refused by check, which is an answer, too.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

Config = dict[str, Any]
Change = Callable[[random.Random, Config], None]

REGION = "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/1-2"
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
RANGES = ("10.33.1.0/24", "10.33.2.0/24", "10.33.3.0/24", "10.33.4.0/24", "10.33.2.0/25", "10.33.0.0/20")

CLUSTER: Mapping[str, tuple[Any, ...]] = {
    "cluster_tags": ({"Owner": "Bea"}, {"Owner": "Ada", "Unit": "7"}, {"Owner": "Ada"}),
    "cluster_ssh_port": (22, 222),
    "ec2_instance_reachability": ("public", "private"),
    "ec2_vpc_igw": (True, False, {REGION: False}),
    "ec2_key_name": ("other", ""),
    "ec2_instance_key": ("team-key",),
    "cluster_profile": ("other", ""),
    "instance_profile_name": ("mine",),
    "cluster_bucket": ("mine-1", "auto"),
    "s3_uploads": ([], ["config.yml"]),
    "install_authorized_key": (True, False),
    "pre_user_data": ("echo before",),
    "extra_user_data": ("echo after", "# x\n" * 5000),
    "user_locale": ("en_GB.UTF-8",),
    "user_data_environment": ({"http_proxy": "http://10.0.0.1:3128"},),
    "cluster_rules": (
        [],
        [{"proto": "tcp", "from_port": 22, "to_port": 22, "cidr_ip": "10.0.0.0/8"}],
        [{"proto": "all", "cidr_ip": "10.33.0.0/16"}],
        [{"proto": "tcp", "ports": [22, 5432, "6432-6433"], "cidr_ip": ["0.0.0.0/0", "10.33.0.0/16"]}],
        [{"proto": "icmp", "icmp_type": 8, "icmp_code": -1, "cidr_ipv6": "::/0", "rule_desc": "ping"}],
    ),
    "ec2_vpc": (
        {"Name": "changing", "cidr": "10.33.0.0/16"},
        {"Name": "renamed", "cidr": "10.33.0.0/16"},
        {"Name": "changing", "cidr": "10.33.0.0/17"},
        {"Name": "changing"},
        {"filters": {"tag:Name": "changing"}},
    ),
    "ec2_ami": ({"Name": "debian-12-amd64-20240717-1811", "Owner": "136693071363", "filters": {"state": "available"}},),
    "ec2_groups": ({REGION: {"group-name": ["default"]}},),
}
"""By key the values that the config as a whole may have."""

INSTANCE: Mapping[str, tuple[Any, ...]] = {
    "node": (1, 2, 3, 4, 5),
    "subnet": RANGES,
    "type": ("t3.micro", "t3.small", "m5.large", "m6g.large"),
    "image": ("ami-0aaaaaaaaaaaaaaa1",),
    "role": (["primary"], ["replica"], ["barman"], ["pgbouncer"], ["witness", "pem-agent"]),
    "tags": ({}, {"Team": "x"}, {"Owner": "Eve", "Team": "y"}),
    "vars": ({"ansible_user": "ec2-user"}, {"ansible_user": "admin"}),
    "private_ip": ("10.33.1.20", "10.33.2.20", "10.33.3.20", "10.33.2.99"),
    "assign_public_ip": (True, False),
    "assign_elastic_ip": (True, False),
    "termination_protection": (True, False),
    "route53_zone": ("example.com",),
    "route53_hosted_zone_id": ("Z0123456789ABC",),
    "volumes": ([], [{"device_name": "/dev/sdf", "volume_type": "none"}]),
}
"""By key the values that an instance may have."""

VOLUME: Mapping[str, tuple[Any, ...]] = {
    "device_name": ("/dev/sdf", "/dev/sdg", "/dev/xvdf", "sdf", "/dev/sdh"),
    "volume_type": ("gp2", "gp3", "io1", "io2", "st1", "standard", "none"),
    "volume_size": (8, 16, 64, 500),
    "iops": (3000, 4000, 100),
    "throughput": (125, 200),
    "encrypted": (True, False),
    "kms_key_id": (KEY,),
    "snapshot_id": ("snap-0aaaaaaaaaaaaaaa1",),
    "delete_on_termination": (True, False),
    "attach_existing": (True, False),
    "ephemeral": ("ephemeral0", "ephemeral1"),
    "vars": ({"volume_for": "postgres_data"}, {"volume_for": "postgres_wal"}, {}),
}
"""By key the values that a volume may have."""

TERRAFORM: Mapping[str, tuple[Any, ...]] = {
    "required_version": (">= 1.7",),
    "final_snapshot": (True, False),
    "allow_destroy": (True, False),
    "default_tags": ({"tags": {"Unit": "7"}}, {"tags": {f"Tag{number}": "x" for number in range(11)}}),
    "ignore_tags": ({"keys": ["Owner"]}, {"key_prefixes": ["Te"]}),
}
"""By key the values that the section ``terraform`` may have; tags are arguments of its provider."""


def edit(seed: int, config: Config) -> Config:
    """``config`` after one to three changes that follow from ``seed`` alone."""
    chance = random.Random(seed)
    config = copy.deepcopy(config)
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        chance.choice(CHANGES)(chance, config)
    return config


def _set(chance: random.Random, place: dict[str, Any], values: Mapping[str, tuple[Any, ...]]) -> None:
    """Give a key another value, or take it out."""
    key = chance.choice(list(values))
    if key in place and chance.random() < 0.3:
        del place[key]
    else:
        place[key] = copy.deepcopy(chance.choice(values[key]))


def _cluster(chance: random.Random, config: Config) -> None:
    _set(chance, config, CLUSTER)


def _subnets(chance: random.Random, config: Config) -> None:
    noted = config["ec2_vpc_subnets"][REGION]
    network = chance.choice(RANGES)
    if network in noted and chance.random() < 0.3:
        del noted[network]
    else:
        noted[network] = chance.choice(({"az": chance.choice(ZONES)}, {"az": chance.choice(ZONES), "Name": "n"}, {}))


def _terraform(chance: random.Random, config: Config) -> None:
    section = config["terraform"]
    provider = section["provider"]
    tags = {key: provider.pop(key) for key in ("default_tags", "ignore_tags") if key in provider}
    flat = {key: value for key, value in section.items() if key not in ("provider", "moved")} | tags
    _set(chance, flat, TERRAFORM)
    for key in TERRAFORM:
        section.pop(key, None)
        if key in flat:
            (provider if key in ("default_tags", "ignore_tags") else section)[key] = flat[key]


def _some(chance: random.Random, config: Config) -> dict[str, Any]:
    found: dict[str, Any] = chance.choice(config["instances"])
    return found


def _instance(chance: random.Random, config: Config) -> None:
    _set(chance, _some(chance, config), INSTANCE)


def _every_instance(chance: random.Random, config: Config) -> None:
    _set(
        chance, config["instance_defaults"], {key: INSTANCE[key] for key in ("type", "tags", "termination_protection")}
    )


def _rename(chance: random.Random, config: Config) -> None:
    """With a note, mostly."""
    instance = _some(chance, config)
    old, new = instance["Name"], f"{instance['Name']}x"
    instance["Name"] = new
    for each in config["instances"]:
        for key in ("upstream", "backup"):
            if each.get(key) == old:
                each[key] = new
    if chance.random() < 0.8:
        config["terraform"].setdefault("moved", {})[old] = new


def _come(chance: random.Random, config: Config) -> None:
    number = max(each.get("node", 0) for each in config["instances"]) + 1
    subnet = chance.choice(RANGES)
    config["instances"].append({"Name": f"new-{number}", "node": number, "subnet": subnet, "role": ["replica"]})


def _go(chance: random.Random, config: Config) -> None:
    if len(config["instances"]) > 1:
        config["instances"].remove(_some(chance, config))


def _exchange(chance: random.Random, config: Config) -> None:
    """Two instances exchange what they have at a key."""
    if len(config["instances"]) < 2:
        return
    one, two = chance.sample(config["instances"], 2)
    key = chance.choice(("Name", "node", "subnet", "private_ip", "volumes", "role", "type"))
    values = [each.pop(key, None) for each in (one, two)]
    for each, value in zip((two, one), values, strict=True):
        if value is not None:
            each[key] = value


def _volumes(chance: random.Random, config: Config) -> list[dict[str, Any]]:
    """The volumes of an instance, or those that all have by default."""
    if chance.random() < 0.3:
        found: list[dict[str, Any]] = config["instance_defaults"]["default_volumes"]
    else:
        found = _some(chance, config).setdefault("volumes", [])
    return found


def _volume(chance: random.Random, config: Config) -> None:
    there = _volumes(chance, config)
    if there:
        _set(chance, chance.choice(there), VOLUME)


def _another_volume(chance: random.Random, config: Config) -> None:
    there = _volumes(chance, config)
    if there and chance.random() < 0.4:
        there.remove(chance.choice(there))
        return
    device = chance.choice(("/dev/sdf", "/dev/sdg", "/dev/sdh", "root", "/dev/xvdi"))
    new: dict[str, Any] = {"device_name": device, "volume_type": "gp3", "volume_size": chance.choice((16, 32, 64))}
    if chance.random() < 0.5:
        new["vars"] = {"volume_for": chance.choice(("postgres_data", "postgres_wal", "barman_data"))}
    there.append(new)


CHANGES: tuple[Change, ...] = (
    *(_cluster, _cluster, _subnets, _terraform, _instance, _instance, _instance, _every_instance),
    *(_rename, _come, _go, _exchange, _volume, _volume, _volume, _another_volume),
)
"""What may happen in an edit, the likelier the more often it is here."""
