"""What an edit does stands at what it is done to, in the words of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.configs import edited, load_edited
from tests.support.forecasts import judged
from tests.support.pictures import drawn
from tests.support.random_edits import edit
from tpa_tf.changes.effects import UPDATE, Effect, Row, Subject
from tpa_tf.clusters import Loaded, load
from tpa_tf.pictures.marked import marked, marks
from tpa_tf.pictures.picture import Mark, Picture

RANDOM = Path(__file__).parents[2] / "e2e" / "random"
THIRD = {**edited({})["instances"][1], "Name": "three", "node": 3}
DATA = {"volume_for": "postgres_data"}
BASE: Mapping[str, object] = {
    "instances[0].volumes[1].vars": DATA,
    "instances[1].volumes[1].vars": DATA,
    "instances[1].upstream": "one",
}


def pictured(directory: Path, before: Mapping[str, object], after: Mapping[str, object]) -> Picture:
    """The picture of the step from BASE with ``before`` to BASE with ``after``."""
    old, new = (_load(directory / name, {**BASE, **edits}) for name, edits in (("old", before), ("new", after)))
    assert old.cluster
    assert new.cluster
    verdict, _ = judged(old.cluster, new.cluster)
    return marked(drawn(old), drawn(new), new.cluster.terraform.moved, verdict.rows)


def _load(directory: Path, edits: Mapping[str, object]) -> Loaded:
    directory.mkdir()
    return load_edited(directory, edits)


def told(picture: Picture) -> dict[str, list[str]]:
    """The texts of the marks of each box that has any."""
    boxes = [(thing.label, thing.marks) for thing in picture.things]
    boxes += [(thing.label, thing.marks) for region in picture.regions for thing in region.things]
    boxes += [(subnet.title, subnet.marks) for subnet in picture.subnets]
    for instance in picture.instances:
        boxes.append((instance.name, instance.marks))
        boxes += [(f"{instance.name} {volume.device}", volume.marks) for volume in instance.volumes]
    return {name: [mark.text for mark in found] for name, found in boxes if found}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({}, {"instances[1].type": "t3.large"}, {"two": ["stops and starts instance"]}, id="type"),
        pytest.param(
            {},
            {"instances[1].volumes[1].volume_size": 20},
            {"two /dev/sdf": ["update in place"]},
            id="size",
        ),
        pytest.param(
            {},
            {"instances[1].volumes[1].volume_size": 8},
            {"two /dev/sdf": ["fails in the apply"]},
            id="smaller",
        ),
        pytest.param(
            {"instances[1].volumes[1].encrypted": False},
            {},
            {"two /dev/sdf": ["fails in the plan"]},
            id="encryption",
        ),
        pytest.param(
            {},
            {"instances[1].volumes": edited({})["instances"][1]["volumes"][:1]},
            {
                "two": ["leaves data behind"],
                "two /dev/sdf": ["loses data", "attachment of /dev/sdf: stops instance"],
            },
            id="volume gone",
        ),
        pytest.param(
            {},
            {"instances[1].assign_elastic_ip": True},
            {"two": ["Elastic IP: create"], "instance profile": ["role policy: update in place"]},
            id="part of an instance",
        ),
        pytest.param(
            {},
            {"instances[+]": THIRD},
            {"three": ["create"], "three /dev/sdf": ["create"]},
            id="instance comes",
        ),
        pytest.param(
            {"instances[+]": THIRD},
            {},
            {"three": ["destroys instance"], "three /dev/sdf": ["loses data"]},
            id="instance goes",
        ),
        pytest.param(
            {},
            {"instances[1].Name": "zwei", "terraform": {"moved": {"two": "zwei"}}, "instances[1].type": "t3.large"},
            {"zwei": ["stops and starts instance"]},
            id="renamed",
        ),
    ],
)
def test_marks_of_an_edit(
    before: Mapping[str, object], after: Mapping[str, object], expected: dict[str, list[str]], tmp_path: Path
) -> None:
    assert told(pictured(tmp_path, before, after)) == expected


def test_what_leaves_stands_where_it_was_and_keeps_its_lines(tmp_path: Path) -> None:
    gone = {**THIRD, "upstream": "one"}
    found = pictured(tmp_path, {"instances[+]": gone}, {"instances[0].type": "t3.large"})
    assert [instance.name for instance in found.instances] == ["one", "two", "three"]
    assert found.instances[2].subnet == found.instances[1].subnet
    assert [(line.start, line.end) for line in found.lines] == [("one", "two"), ("one", "three")]


def test_instance_that_moves_is_in_its_new_subnet_and_the_old_one_is_marked(tmp_path: Path) -> None:
    found = pictured(tmp_path, {}, {"instances[1].subnet": "10.33.3.0/24", "locations[1].subnet": "10.33.3.0/24"})
    moved = found.instances[1]
    subnets = {subnet.key: subnet for subnet in found.subnets}
    assert moved.subnet
    assert subnets[moved.subnet].title == "subnet 10.33.3.0/24"
    assert told(found)["subnet 10.33.3.0/24"] == ["create"]
    assert told(found)["subnet 10.33.2.0/24"] == ["destroy"]


def test_host_outside_that_leaves_is_not_in_the_picture(tmp_path: Path) -> None:
    host = {"Name": "iron", "node": 9, "platform": "bare", "public_ip": "198.51.100.9"}
    found = pictured(tmp_path, {"instances[+]": host}, {})
    assert found.outside == ()


def test_region_that_the_cluster_leaves_stays_with_what_is_destroyed(tmp_path: Path) -> None:
    vpcs = {"eu-west-1": {"Name": "a", "cidr": "10.33.0.0/16"}, "us-east-1": {"Name": "b", "cidr": "10.34.0.0/16"}}
    there = {**THIRD, "region": "us-east-1", "subnet": "10.34.1.0/24"}
    found = pictured(tmp_path, {"ec2_vpc": vpcs, "instances[+]": there}, {"ec2_vpc": vpcs})
    assert [region.name for region in found.regions] == ["eu-west-1", "us-east-1"]
    assert {thing.label: thing.marks[0].effect for thing in found.regions[1].things}["VPC"] is Effect.DESTROY


def test_what_is_found_instead_is_marked_where_it_is_drawn(tmp_path: Path) -> None:
    found = pictured(tmp_path, {}, {"ec2_instance_key": "ours", "cluster_bucket": "ours-alone"})
    assert told(found)["key pair"] == ["forget"]
    assert next(thing for region in found.regions for thing in region.things if thing.label == "key pair").existing


@pytest.mark.parametrize("first", range(0, 60, 15))
def test_whatever_interrupts_or_fails_is_in_the_picture(first: int, tmp_path: Path) -> None:
    """Of edits at random; objects in the bucket have no box."""
    config = yaml.safe_load((RANDOM / "config.yml").read_text("utf-8"))
    old = load(RANDOM)
    assert old.cluster
    seen = 0
    for seed in range(first, first + 15):
        (tmp_path / "config.yml").write_text(yaml.safe_dump(edit(seed, config)))
        new = load(tmp_path)
        if new.cluster is None:
            continue
        verdict, _ = judged(old.cluster, new.cluster)
        picture = marked(drawn(old), drawn(new), new.cluster.terraform.moved, verdict.rows)
        found = {(address, mark.effect) for addresses, box in boxes(picture) for address in addresses for mark in box}
        wanted = {
            (row.address, row.effect)
            for row in verdict.rows
            if row.effect.severity >= Effect.CUTS_CONNECTIONS.severity and not row.address.startswith("aws_s3_object.")
        }
        assert wanted <= found, seed
        seen += len(wanted)
    assert seen > 0


def boxes(picture: Picture) -> Iterator[tuple[tuple[str, ...], tuple[Mark, ...]]]:
    """What Terraform calls each box and its parts, and its marks."""
    for thing in (*picture.things, *(thing for region in picture.regions for thing in region.things)):
        yield thing.addresses, thing.marks
    for subnet in picture.subnets:
        yield subnet.addresses, subnet.marks
    for instance in picture.instances:
        yield instance.addresses, instance.marks
        yield from ((volume.addresses, volume.marks) for volume in instance.volumes)


def row(address: str, effect: Effect, what: str) -> Row:
    return Row(address, Subject(what), UPDATE, effect, "")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("a.x", Effect.NO_CHANGE, "a")], []),
        ([row("a.x", Effect.IN_PLACE, "a"), row("b.x", Effect.CREATE, "b")], ["update in place"]),
        ([row("a.x", Effect.IN_PLACE, "a"), row("b.x", Effect.STOPS, "b")], ["update in place", "b: stops instance"]),
        ([row("b.x", Effect.CREATE, "b")], ["b: create"]),
        (
            [row("a.x", Effect.FAILS_IN_PLAN, "a"), row("a.x", Effect.IN_PLACE, "a")],
            ["fails in the plan", "update in place"],
        ),
        ([row("c.x", Effect.CREATE, "c")], []),
    ],
)
def test_part_is_marked_where_the_box_says_nothing_or_less(rows: list[Row], expected: list[str]) -> None:
    by_address: dict[str, list[Row]] = {}
    for each in rows:
        by_address.setdefault(each.address, []).append(each)
    assert [mark.text for mark in marks(("a.x", "b.x"), by_address)] == expected
