"""One picture of a cluster before and after an edit, with marks of what the edit does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from tpa_tf.changes.effects import Effect, Row
from tpa_tf.cluster.merge import device_key
from tpa_tf.cluster.names import of_instance
from tpa_tf.pictures.picture import Instance, Mark, Picture, Region, Subnet, Thing, Volume
from tpa_tf.terraform.expressions import Address

Rows = Mapping[Address, Sequence[Row]]


class _Box(Protocol):
    @property
    def addresses(self) -> tuple[Address, ...]: ...
    @property
    def marks(self) -> tuple[Mark, ...]: ...


_AnyBox = TypeVar("_AnyBox", bound=_Box)


def marked(old: Picture, new: Picture, moved: Mapping[str, str], rows: Iterable[Row]) -> Picture:
    """``new`` with what leaves it of ``old``, marked with the effects of ``rows``.

    ``moved`` has the new names of instances by their old ones. What only ``old`` has and no row tells of (a host
    outside AWS, a subnet that exists) is not in the picture.
    """
    by_address: dict[Address, list[Row]] = {}
    for row in rows:
        by_address.setdefault(row.address, []).append(row)
    regions = {region.name: region for region in old.regions} | {region.name: region for region in new.regions}
    before = {region.name: region.things for region in old.regions}
    instances = _instances(old, new, moved, by_address)
    subnets = _subnets(old, new, {instance.subnet for instance in instances}, by_address)
    drawn = [
        Region(name, _things(before.get(name, ()), region.things if region in new.regions else (), by_address))
        for name, region in sorted(regions.items())
    ]
    return Picture(
        name=new.name,
        things=_things(old.things, new.things, by_address),
        regions=tuple(region for region in drawn if region.things or any(s.region == region.name for s in subnets)),
        subnets=subnets,
        instances=instances,
    )


def marks(addresses: Sequence[Address], rows: Rows) -> tuple[Mark, ...]:
    """The marks of a box that stands for ``addresses``, the first of which is itself, the rest its parts.

    Where the box itself has a row, a part is marked only if it interrupts an instance in another way.
    """
    found: dict[Mark, None] = {}
    for number, address in enumerate(addresses):
        for row in rows.get(address, ()):
            itself = number == 0
            if row.effect is Effect.NO_CHANGE or row.effect in {mark.effect for mark in found}:
                continue
            if itself or not found or row.effect.interrupts:
                found[Mark(row.effect, "" if itself else row.subject.what)] = None
    return tuple(found)


def _with_marks(box: _AnyBox, rows: Rows) -> _AnyBox:
    return replace(box, marks=marks(box.addresses, rows))  # type: ignore[type-var]


def _things(old: Sequence[Thing], new: Sequence[Thing], rows: Rows) -> tuple[Thing, ...]:
    """The things of ``new``, and those of ``old`` that a row tells of; a thing of both has the addresses of both."""
    before = {thing.label: thing for thing in old}
    merged = [
        replace(thing, addresses=_both(thing.addresses, before[thing.label].addresses if thing.label in before else ()))
        for thing in new
    ]
    labels = {thing.label for thing in new}
    gone = [thing for thing in old if thing.label not in labels]
    left = [thing for thing in (_with_marks(thing, rows) for thing in gone) if thing.marks]
    return (*(_with_marks(thing, rows) for thing in merged), *left)


def _both(first: Sequence[Address], second: Sequence[Address]) -> tuple[Address, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _subnets(old: Picture, new: Picture, used: set[Address | None], rows: Rows) -> tuple[Subnet, ...]:
    """The subnets of ``new``, and those of ``old`` that a row tells of, or that an instance which leaves is in."""
    keys = {subnet.key for subnet in new.subnets}
    gone = [_with_marks(subnet, rows) for subnet in old.subnets if subnet.key not in keys]
    left = [subnet for subnet in gone if subnet.marks or subnet.key in used]
    found = [*(_with_marks(subnet, rows) for subnet in new.subnets), *left]
    return tuple(sorted(found, key=lambda subnet: (subnet.region, subnet.zone is None, subnet.zone or "")))


def _instances(old: Picture, new: Picture, moved: Mapping[str, str], rows: Rows) -> tuple[Instance, ...]:
    before = {instance.name: instance for instance in old.instances}
    found = []
    for instance in new.instances:
        was = next((before.pop(name) for name in of_instance(instance.name, moved) if name in before), None)
        volumes = _volumes(was.volumes if was else (), instance.volumes, rows)
        # What Terraform had under an earlier name is told of under the new one, but for what goes.
        addresses = _both(instance.addresses, was.addresses if was else ())
        found.append(replace(instance, volumes=volumes, addresses=addresses, marks=marks(addresses, rows)))
    for instance in before.values():
        gone = replace(_with_marks(instance, rows), volumes=_volumes(instance.volumes, (), rows))
        if gone.all_marks:
            found.append(gone)
    return tuple(sorted(found, key=lambda instance: (instance.node, instance.name)))


def _volumes(old: Sequence[Volume], new: Sequence[Volume], rows: Rows) -> tuple[Volume, ...]:
    """The volumes of an instance that stays, and those that leave it; of one that leaves, all that had an address."""
    before = {device_key(volume.device): volume for volume in old}
    found = []
    for volume in new:
        was = before.pop(device_key(volume.device), None)
        addresses = _both(volume.addresses, was.addresses if was else ())
        found.append(replace(volume, addresses=addresses, marks=marks(addresses, rows)))
    gone = (_with_marks(volume, rows) for volume in before.values())
    return (*found, *(volume for volume in gone if volume.marks))
