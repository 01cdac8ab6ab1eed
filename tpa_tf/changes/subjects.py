"""Who is behind an address: from the config, else from the tags of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tpa_tf.changes.effects import Subject
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change
from tpa_tf.changes.relations import Relations
from tpa_tf.cluster.model import Cluster, Instance, Volume, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type

Subjects = Mapping[Address, Subject]


def subjects(*clusters: Cluster) -> dict[Address, Subject]:
    """Who is behind the addresses of the instances of ``clusters`` and of what they have; a later cluster wins."""
    found: dict[Address, Subject] = {}
    for cluster in clusters:
        for instance in cluster.instances:
            found |= _of_instance(instance)
    return found


def as_it_was(instance: Instance, old: Cluster, new: Cluster) -> Instance | None:
    """An instance of ``new`` as it is in ``old``, by its name or one that it had before; None where it is not there."""
    before = {each.name: each for each in old.instances}
    return next((before[name] for name in of_instance(instance.name, new.terraform.moved) if name in before), None)


def subject_of_type(type_: str) -> Subject:
    """What a resource type is to people."""
    declared = resource_type(type_)
    return Subject(declared.label if declared else type_)


def subject_of(change: Change, known: Subjects, related: Relations) -> Subject:
    """Who is behind ``change``: by ``known``, else by the tags of what is there or will be."""
    found = _subject_of(change, known, related)
    if change.type == INSTANCE and not found.dies_with and (volumes := _deleted_with(change)):
        told = f"EC2 deletes {', '.join(volumes)} with it, unless aws ec2 modify-instance-attribute turns that off"
        return replace(found, dies_with=f"{told} (DeleteOnTermination)")
    return found


def _deleted_with(instance: Change) -> list[str]:
    """The data volumes that EC2 deletes with an instance, though their resources stay: TPA launches them so."""
    blocks = instance.before.get("ebs_block_device")
    return [
        f"{_text(block.get('volume_id')) or 'a volume'} ({_text(block.get('device_name'))})"
        for block in (blocks if isinstance(blocks, (list, tuple)) else ())
        if isinstance(block, Mapping) and block.get("delete_on_termination") is True
    ]


def _subject_of(change: Change, known: Subjects, related: Relations) -> Subject:
    for address in (change.address, change.previous_address):
        if address and address in known:
            return known[address]
    tags = change.old_tags or change.new_tags
    if change.type == INSTANCE:
        # Without the config, what is on its instance store is not known: it may be the data.
        store = bool(change.before.get("ephemeral_block_device"))
        dies_with = "its data may be on instance store" if store else None
        return Subject("instance", _text(tags.get("Name")) or None, dies_with=dies_with, dies_when_stopped=store)
    owner = related.instance_of(change)
    name = _subject_of(owner, known, related).instance if owner else None
    if change.type == VOLUME:
        return Subject(f"volume {_text(tags.get('Name')).rpartition(':')[2]}".strip(), name)
    if change.type == ATTACHMENT:
        return Subject(f"attachment of {change.before.get('device_name') or change.after.get('device_name')}", name)
    return subject_of_type(change.type)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _of_instance(instance: Instance) -> dict[Address, Subject]:
    about = _instance(instance)

    def part(what: str, volume: Volume | None = None) -> Subject:
        return Subject(what, instance.name, about.role, volume.volume_for if volume else None)

    found = {f"{INSTANCE}.{instance.address}": about}
    for type_ in ("aws_eip", "aws_eip_association", "aws_route53_record"):
        found[f"{type_}.{instance.address}"] = part(subject_of_type(type_).what)
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EBS:
            managed = part(f"volume {volume.device_name}", volume)
            found[f"{VOLUME}.{volume.address}"] = replace(managed, kept_by=_kept_by(volume))
            attachment = part(f"attachment of {volume.device_name}", volume)
            found[f"{ATTACHMENT}.{volume.address}"] = replace(attachment, dies_when_stopped=about.dies_when_stopped)
    return found


def _kept_by(volume: Volume) -> str | None:
    if not volume.keep:
        return None
    return "attach_existing: yes" if volume.attach_existing else "delete_on_termination: no"


def _instance(instance: Instance) -> Subject:
    on_volumes = [volume for volume in instance.volumes if volume.kind is VolumeKind.EBS]
    # Where no volume is said to have the data, that of a database may well be on instance store.
    presumed = instance.has_database and not any(volume.volume_for for volume in on_volumes)
    on_store = [
        volume.volume_for or "its data"
        for volume in instance.volumes
        if volume.kind is VolumeKind.EPHEMERAL and (volume.volume_for or presumed)
    ]
    dies_with = None
    if on_store:
        dies_with = f"{on_store[0]} is on instance store"
    elif not on_volumes and instance.has_database:
        dies_with = "its data is on the root volume"
    kept_by = "termination_protection: yes" if instance.termination_protection else None
    return Subject("instance", instance.name, tuple(instance.role), None, dies_with, bool(on_store), kept_by)
