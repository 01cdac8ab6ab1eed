"""The picture of a cluster: what is drawn, and in which box, as texts, without saying how.

It is flat: a box names the one that it is in. So two pictures of one cluster, before and after an edit, become one by
their keys. Nothing of ``vars`` is in it but what a volume is for: variables of a deployment may be secret.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from tpa_tf.changes.effects import Effect
from tpa_tf.terraform.expressions import Address


class LineKind(enum.Enum):
    """What a line between two instances means; the value is the key in the config."""

    UPSTREAM = "upstream"
    """From the instance that is replicated to the one that replicates it."""
    BACKUP = "backup"
    """From an instance to the one that holds its backups."""


@dataclass(frozen=True)
class Mark:
    """What an edit does to something in the picture, in the words of the table of impact."""

    effect: Effect
    what: str
    """The part of the box that is meant (``Elastic IP``); empty for the box itself."""

    @property
    def text(self) -> str:
        """As it is shown: ``replaces instance``, ``Elastic IP: create``."""
        return f"{self.what}: {self.effect.value}" if self.what else self.effect.value


@dataclass(frozen=True)
class Thing:
    """Something that a region or the cluster has once: a VPC, a gateway, a group, a key pair, a bucket, a profile."""

    label: str
    text: str
    existing: bool
    addresses: tuple[Address, ...]
    """Where Terraform has it and its parts, itself first."""
    marks: tuple[Mark, ...] = ()

    @property
    def title(self) -> str:
        """``VPC speedy 10.33.0.0/16 (existing)``."""
        return with_existing(f"{self.label} {self.text}".strip(), self.existing)


@dataclass(frozen=True)
class Region:
    """A region with instances, and what it has besides subnets."""

    name: str
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class Subnet:
    """A subnet that instances are in."""

    key: Address
    region: str
    zone: str | None
    """None: the config doesn't name it, and no record has it."""
    text: str
    existing: bool
    addresses: tuple[Address, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def title(self) -> str:
        """``subnet 10.33.1.0/24 (existing)``, or its id."""
        text = self.text if self.text.startswith("subnet-") else f"subnet {self.text}"
        return with_existing(text, self.existing)


@dataclass(frozen=True)
class Volume:
    """A volume of an instance; the one of the image, where the config says nothing of root, is not in the picture."""

    device: str
    kind: str
    """``64 GiB gp3``."""
    use: str | None
    """What is on it (``volume_for``)."""
    details: tuple[str, ...]
    """What else is to be said of it."""
    existing: bool
    addresses: tuple[Address, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def title(self) -> str:
        """``/dev/sdf: 64 GiB gp3, postgres_data, encrypted``."""
        parts = (self.kind, self.use, *self.details)
        return with_existing(f"{self.device}: {', '.join(filter(None, parts))}", self.existing)

    @property
    def short(self) -> str:
        """``/dev/sdf 64 GiB gp3 postgres_data``."""
        return with_existing(" ".join(filter(None, (self.device, self.kind, self.use))), self.existing)


@dataclass(frozen=True)
class Instance:
    """An instance in a subnet, or a host outside AWS."""

    name: str
    node: int
    subnet: Address | None
    """None: it is outside AWS."""
    roles: tuple[str, ...]
    kind: str
    """The EC2 instance type; outside AWS the platform."""
    ips: tuple[str, ...]
    """Its addresses: what is known of them, and what kind of address it gets else."""
    volumes: tuple[Volume, ...]
    upstream: str | None
    backup: str | None
    addresses: tuple[Address, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def all_marks(self) -> tuple[Mark, ...]:
        """Its own marks and those of its volumes."""
        return (*self.marks, *(mark for volume in self.volumes for mark in volume.marks))


@dataclass(frozen=True)
class Line:
    """A line from one instance to another, by their names: data flows that way."""

    kind: LineKind
    start: str
    end: str


@dataclass(frozen=True)
class Zone:
    """The subnets of one zone of a region; ``name`` is None for those of which the zone is not known."""

    name: str | None
    subnets: tuple[Subnet, ...]

    @property
    def title(self) -> str:
        """Its name, or why it is not known."""
        chosen = not any(subnet.existing for subnet in self.subnets)
        return self.name or ("zone that AWS chooses" if chosen else "zone not looked up")


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn of a cluster."""

    name: str
    things: tuple[Thing, ...]
    """What the cluster has once."""
    regions: tuple[Region, ...]
    """Sorted by name."""
    subnets: tuple[Subnet, ...]
    """Sorted by region, zone (those not known last) and range."""
    instances: tuple[Instance, ...]
    """Sorted by node."""

    def zones(self, region: str) -> tuple[Zone, ...]:
        """The zones of a region with their subnets, in the order of the subnets."""
        here = [subnet for subnet in self.subnets if subnet.region == region]
        names = dict.fromkeys(subnet.zone for subnet in here)
        return tuple(Zone(name, tuple(subnet for subnet in here if subnet.zone == name)) for name in names)

    def inside(self, subnet: Subnet) -> tuple[Instance, ...]:
        """The instances of a subnet."""
        return tuple(instance for instance in self.instances if instance.subnet == subnet.key)

    @property
    def outside(self) -> tuple[Instance, ...]:
        """The hosts that are not in AWS."""
        return tuple(instance for instance in self.instances if instance.subnet is None)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What replicates whom and what holds whose backups, in the order of the instances."""
        return tuple(lines_of(self.instances))


def lines_of(instances: Iterable[Instance]) -> Iterable[Line]:
    """The lines between ``instances``; a name that none of them has gives no line."""
    instances = tuple(instances)
    names = {instance.name for instance in instances}
    for instance in instances:
        if instance.upstream in names - {instance.name, None}:
            yield Line(LineKind.UPSTREAM, str(instance.upstream), instance.name)
        if instance.backup in names - {instance.name, None}:
            yield Line(LineKind.BACKUP, instance.name, str(instance.backup))


def with_existing(text: str, existing: bool) -> str:
    """``text``, and that the thing exists already, if it does."""
    return f"{text} (existing)" if existing else text
