"""The words in which impact and review speak: what happens to each address, whose it is, and how bad that is."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tpa_tf.changes.provider import STOPPING
from tpa_tf.cluster.model import Cluster, DiskKind, Instance, Volume

Actions = tuple[str, ...]
"""What Terraform does with an address, in the words of its plans; empty for nothing."""

CREATE: Actions = ("create",)
UPDATE: Actions = ("update",)
DELETE: Actions = ("delete",)
REPLACE: Actions = ("delete", "create")
FORGET: Actions = ("forget",)
FORGET_AND_CREATE: Actions = ("forget", "create")
NOTHING: Actions = ()


class Effect(enum.Enum):
    """What a change means for a running cluster, mildest first."""

    NOTHING = "nothing now"
    CREATED = "created"
    IN_PLACE = "in place"
    REMOVED = "removed"
    MADE_ANEW = "made anew"
    FORGOTTEN = "forgotten"
    """It stays in AWS, and Terraform knows nothing of it any more."""
    DEPENDS = "depends on AWS"
    """Only a plan can tell."""
    CUTS_CONNECTIONS = "cuts connections"
    """Addresses change or ways are closed; machines run on."""
    REBOOT = "reboot"
    """A machine is stopped and started."""
    STOPS = "stops machine"
    """A machine is stopped, and nothing starts it again."""
    REPLACES_MACHINE = "replaces machine"
    REMOVES_MACHINE = "removes machine"
    LOSES_DATA = "loses data"
    REFUSED = "refused"
    """The plan or AWS refuses the change, and nothing happens."""

    @property
    def severity(self) -> int:
        """A number that orders effects: the higher, the worse."""
        return list(Effect).index(self)

    @property
    def interrupts(self) -> bool:
        """Whether the node's service is interrupted."""
        return Effect.CUTS_CONNECTIONS.severity <= self.severity < Effect.REFUSED.severity


@dataclass(frozen=True)
class Subject:
    """What an address is to people: a node's machine, one of its disks, or a thing of the cluster."""

    what: str
    node: str | None = None
    role: tuple[str, ...] = ()
    volume_for: str | None = None
    """What the deployment puts on a disk: ``postgres_data``, …"""
    dies_with: str | None = None
    """Of a machine: why its data goes with it (it is on the root volume, or on instance store)."""
    dies_when_stopped: bool = False
    """Of a machine and its attachments: whether its data is on instance store, which a stop empties."""
    kept_by: str | None = None
    """Of a machine or a disk: the setting because of which no plan may destroy it, as the config writes it."""


@dataclass(frozen=True)
class Row:
    """One address in a forecast or a review."""

    address: str
    subject: Subject
    actions: Actions
    effect: Effect
    why: str
    remedy: str = ""


_DATA_ROLES = {"barman", "pem-server", "postgres", "primary", "replica", "readonly", "subscriber-only", "witness"}
_SHOWN_KINDS = {
    "aws_ebs_volume": "disk",
    "aws_eip": "Elastic IP",
    "aws_eip_association": "Elastic IP's association",
    "aws_iam_instance_profile": "instance profile",
    "aws_iam_role": "role",
    "aws_iam_role_policy": "role's policy",
    "aws_instance": "machine",
    "aws_internet_gateway": "internet gateway",
    "aws_key_pair": "key pair",
    "aws_kms_key": "KMS key",
    "aws_route": "default route",
    "aws_route53_record": "DNS record",
    "aws_route_table": "route table",
    "aws_route_table_association": "subnet's route table",
    "aws_s3_bucket": "bucket",
    "aws_s3_object": "object in the bucket",
    "aws_security_group": "security group",
    "aws_subnet": "subnet",
    "aws_volume_attachment": "disk's attachment",
    "aws_vpc": "VPC",
    "aws_vpc_security_group_egress_rule": "egress rule",
    "aws_vpc_security_group_ingress_rule": "ingress rule",
}

_CONNECTING = {
    "aws_eip",
    "aws_eip_association",
    "aws_internet_gateway",
    "aws_route",
    "aws_route53_record",
    "aws_route_table",
    "aws_route_table_association",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}


def kind_of(address: str) -> str:
    """The resource type in an address: ``aws_instance``."""
    return address.removeprefix("data.").partition(".")[0]


def subjects(*clusters: Cluster) -> dict[str, Subject]:
    """Who is behind the addresses of the instances of ``clusters`` and of what they have; a later cluster wins."""
    found: dict[str, Subject] = {}
    for cluster in clusters:
        for instance in cluster.instances:
            found |= _of_instance(instance)
    return found


def subject(address: str, known: Mapping[str, Subject]) -> Subject:
    """Who is behind ``address``, which may be one that no config knows."""
    return known.get(address) or subject_of_kind(kind_of(address))


def subject_of_kind(kind: str) -> Subject:
    """What a resource type is to people."""
    return Subject(_SHOWN_KINDS.get(kind, kind))


def classify(kind: str, actions: Actions, changed: Iterable[str], about: Subject) -> Effect:
    """What ``actions`` on a ``kind`` of resource, for a change of the arguments ``changed``, mean for the cluster."""
    if actions == NOTHING:
        return Effect.NOTHING
    if actions == CREATE:
        return Effect.CREATED
    if actions == FORGET:
        return Effect.FORGOTTEN
    if actions == UPDATE:
        effect = Effect.REBOOT if STOPPING.get(kind, frozenset()) & set(changed) else Effect.IN_PLACE
        return Effect.LOSES_DATA if effect is Effect.REBOOT and about.dies_when_stopped else effect
    if kind == "aws_instance":
        if about.dies_with:
            return Effect.LOSES_DATA
        return Effect.REMOVES_MACHINE if actions == DELETE else Effect.REPLACES_MACHINE
    if kind in ("aws_ebs_volume", "aws_kms_key"):
        return Effect.LOSES_DATA
    if kind == "aws_volume_attachment":
        # Detached from a machine that stays: stop_instance_before_detaching stops it, and no one is told to start it.
        return Effect.LOSES_DATA if about.dies_when_stopped else Effect.STOPS
    if kind in _CONNECTING:
        return Effect.CUTS_CONNECTIONS
    return Effect.REMOVED if actions == DELETE else Effect.MADE_ANEW


def ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The worst first, then by node and address."""
    return tuple(sorted(rows, key=lambda row: (-row.effect.severity, row.subject.node or "", row.address)))


def _of_instance(instance: Instance) -> dict[str, Subject]:
    role = tuple(instance.role)
    machine = _machine(instance)

    def of(what: str, volume: Volume | None = None) -> Subject:
        return Subject(what, instance.name, role, volume.volume_for if volume else None)

    found = {
        f"aws_instance.{instance.address}": machine,
        f"aws_eip.{instance.address}": of("Elastic IP"),
        f"aws_eip_association.{instance.address}": of("Elastic IP's association"),
        f"aws_route53_record.{instance.address}": of("DNS record"),
    }
    for volume in instance.volumes:
        if volume.kind is DiskKind.EBS:
            disk = of(f"disk {volume.device_name}", volume)
            found[f"aws_ebs_volume.{volume.address}"] = replace(disk, kept_by=_kept_by(volume))
            attachment = of(f"attachment of {volume.device_name}", volume)
            found[f"aws_volume_attachment.{volume.address}"] = replace(
                attachment, dies_when_stopped=machine.dies_when_stopped
            )
    return found


def _kept_by(volume: Volume) -> str | None:
    if not volume.keep:
        return None
    return "attach_existing: yes" if volume.attach_existing else "delete_on_termination: no"


def _machine(instance: Instance) -> Subject:
    on_store = [each for each in instance.volumes if each.kind is DiskKind.EPHEMERAL and each.volume_for]
    on_disks = [each for each in instance.volumes if each.kind is DiskKind.EBS]
    dies_with = None
    if on_store:
        dies_with = f"{on_store[0].volume_for} is on instance store"
    elif not on_disks and _DATA_ROLES & set(instance.role):
        dies_with = "its data is on the root volume"
    kept_by = "termination_protection: yes" if instance.termination_protection else None
    return Subject("machine", instance.name, tuple(instance.role), None, dies_with, bool(on_store), kept_by)
