"""What of a config is in its picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES, GOLDEN
from tests.support.configs import load_edited
from tests.support.pictures import drawn
from tpa_tf.clusters import load
from tpa_tf.pictures.picture import Line, LineKind, Picture

SECRET = "s3cr3t-value"


def picture(directory: Path, edits: Mapping[str, object]) -> Picture:
    return drawn(load_edited(directory, edits))


def test_lines_follow_the_data() -> None:
    assert drawn(load(EXAMPLES / "three-nodes")).lines == (
        Line(LineKind.BACKUP, "kayak", "quartz"),
        Line(LineKind.UPSTREAM, "kayak", "kelp"),
        Line(LineKind.UPSTREAM, "kayak", "quartz"),
    )


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        ({"instances[1].upstream": "One"}, 1),  # names are normalised, as TPA takes them
        ({"instances[1].tags": {"upstream": "one"}}, 1),
        ({"instances[1].upstream": "two"}, 0),
        ({"instances[1].upstream": "nobody"}, 0),
        ({"instances[1].upstream": 7}, 0),
        ({"instances[1].upstream": None}, 0),
        ({"instances[1].upstream": "one", "instances[0].backup": "two"}, 2),
    ],
)
def test_only_names_of_other_instances_give_lines(edits: Mapping[str, object], lines: int, tmp_path: Path) -> None:
    assert len(picture(tmp_path, edits).lines) == lines


def test_what_an_instance_replicates_is_told_where_nobody_has_that_name(tmp_path: Path) -> None:
    assert picture(tmp_path, {"instances[1].upstream": "nobody"}).instances[1].upstream == "nobody"


@pytest.mark.parametrize(
    ("edits", "ips"),
    [
        ({}, ("public address",)),
        ({"instances[0].assign_public_ip": False}, ("private address",)),
        ({"instances[0].private_ip": "10.33.1.9"}, ("10.33.1.9", "public address")),
        ({"instances[0].assign_elastic_ip": True}, ("Elastic IP",)),
        (
            {"instances[0].assign_elastic_ip": True, "instances[0].elastic_ip": "203.0.113.7"},
            ("Elastic IP 203.0.113.7 (existing)",),
        ),
    ],
)
def test_addresses_of_an_instance(edits: Mapping[str, object], ips: tuple[str, ...], tmp_path: Path) -> None:
    assert picture(tmp_path, edits).instances[0].ips == ips


@pytest.mark.parametrize(
    ("volume", "title"),
    [
        ({}, "/dev/sdf: 16 GiB gp3, encrypted"),
        ({"encrypted": False}, "/dev/sdf: 16 GiB gp3"),
        ({"iops": 3000, "throughput": 125}, "/dev/sdf: 16 GiB gp3, encrypted"),
        ({"iops": 4000, "throughput": 250}, "/dev/sdf: 16 GiB gp3, 4000 IOPS, 250 MiB/s, encrypted"),
        ({"volume_type": "io2", "iops": 3000}, "/dev/sdf: 16 GiB io2, 3000 IOPS, encrypted"),
        ({"delete_on_termination": False}, "/dev/sdf: 16 GiB gp3, encrypted, kept"),
        (
            {"vars": {"volume_for": "postgres_data", "mountpoint": "/data"}},
            "/dev/sdf: 16 GiB gp3, postgres_data, at /data, encrypted",
        ),
    ],
)
def test_what_is_said_of_a_volume(volume: Mapping[str, object], title: str, tmp_path: Path) -> None:
    edits = {f"instances[0].volumes[1].{key}": value for key, value in volume.items()}
    (one, _) = picture(tmp_path, edits).instances
    assert [each.title for each in one.volumes] == ["root: 16 GiB gp3, encrypted", title]


def test_instance_store_is_told_from_volumes(tmp_path: Path) -> None:
    edits = {
        "instances[0].type": "m5d.large",
        "instances[0].volumes[+]": {"device_name": "/dev/sdg", "ephemeral": "ephemeral0"},
    }
    assert picture(tmp_path, edits).instances[0].volumes[-1].title == "/dev/sdg: instance store ephemeral0"


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (["primary"], ("primary",)),
        (["replica", "postgres", "witness"], ("replica", "witness")),
        (["postgres"], ("postgres",)),
        ([], ()),
    ],
)
def test_role_that_follows_from_another_one_is_left_out(
    role: list[str], roles: tuple[str, ...], tmp_path: Path
) -> None:
    assert picture(tmp_path, {"instances[0].role": role}).instances[0].roles == roles


def test_hosts_on_other_platforms_are_outside() -> None:
    found = drawn(load(GOLDEN / "mixed-platforms"))
    assert [(host.name, host.kind, host.roles, host.ips) for host in found.outside] == [
        ("iron", "bare", ("pem-server",), ("198.51.100.9",)),
        ("boxed", "docker", (), ()),
    ]
    assert all(instance.subnet for instance in found.instances if instance not in found.outside)


def test_what_exists_is_marked() -> None:
    found = drawn(load(GOLDEN / "lookup-everything-exists"))
    made = [thing.label for region in found.regions for thing in region.things if not thing.existing]
    assert made == ["route table"]
    assert all(thing.existing for thing in found.things)
    assert all(subnet.existing for subnet in found.subnets)
    created = drawn(load(EXAMPLES / "three-nodes"))
    assert not any(thing.existing for region in created.regions for thing in (*created.things, *region.things))
    assert not any(subnet.existing for subnet in created.subnets)


@pytest.mark.parametrize(
    ("example", "titles"),
    [
        ("minimal", ["zone that AWS chooses"]),
        ("existing-network", ["zone not looked up"]),
        ("three-nodes", ["eu-west-1a", "eu-west-1b"]),
    ],
)
def test_zone_that_is_not_known_is_told_why(example: str, titles: list[str]) -> None:
    found = drawn(load(EXAMPLES / example))
    assert [zone.title for region in found.regions for zone in found.zones(region.name)] == titles


def test_region_that_has_the_bucket_alone_is_no_box(tmp_path: Path) -> None:
    found = picture(tmp_path, {"cluster_bucket": "ours", "terraform": {"home_region": "us-east-1"}})
    assert [region.name for region in found.regions] == ["eu-west-1"]
    assert "bucket ours in us-east-1 (existing)" in [thing.title for thing in found.things]


def test_variables_are_not_in_a_picture(tmp_path: Path) -> None:
    edits = {
        "cluster_vars.postgres_password": SECRET,
        "instances[0].vars": {"token": SECRET},
        "instances[0].tags": {"Secret": SECRET},
        "instances[0].volumes[1].vars": {"volume_for": "postgres_data", "luks_key": SECRET},
        "pre_user_data": f"#!/bin/sh\nexport TOKEN={SECRET}\n",
        "user_data_environment": {"TOKEN": SECRET},
    }
    assert SECRET not in repr(picture(tmp_path, edits))
