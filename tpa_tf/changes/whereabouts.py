"""Where the data of an instance is, and whether an edit looks for it in another place.

A volume changes hands in the config alone: TPA mounts what the config says, and Postgres finds an empty directory. No
plan shows that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tpa_tf.changes.effects import NOTHING, Effect, Row
from tpa_tf.changes.plan import INSTANCE, VOLUME
from tpa_tf.changes.subjects import as_it_was, subjects
from tpa_tf.cluster.model import Cluster, Instance, Volume, VolumeKind
from tpa_tf.terraform.expressions import Address


def left_behind(old: Cluster, new: Cluster) -> Iterator[tuple[Row, Address | None]]:
    """A row for each directory of an instance of both clusters that comes to be on another volume than before.

    With each, the address of the volume that has the data; None if that is the root volume.
    """
    known = subjects(new)
    for instance in new.instances:
        was = as_it_was(instance, old, new)
        if was is None or was.region != instance.region:
            continue
        for directory, start, end in _moved(was, instance):
            address = f"{VOLUME}.{end.address}" if end else f"{INSTANCE}.{instance.address}"
            address = address if address in known else f"{INSTANCE}.{instance.address}"
            source = (end.volume_id or end.snapshot_id) if end else None
            what = f"has what {source} has" if source else "has nothing of it"
            places = f"{directory} is on {_shown(start)}, and will be on {_shown(end)}"
            why = f"{places}, which {what}. {_fate(start, instance)}"
            remedy = "Stop Postgres, copy it over before the next deploy, or set the config back."
            row = Row(address, known[address], NOTHING, Effect.LEAVES_DATA, why, remedy)
            yield row, f"{VOLUME}.{start.address}" if start else None


def _moved(old: Instance, new: Instance) -> Iterator[tuple[str, Volume | None, Volume | None]]:
    """The directories that were on one volume and come to be on another one; None is the root volume."""
    mounts = sorted({volume.mount for each in (old, new) for volume in each.volumes if volume.mount})
    told: set[tuple[str | None, str | None]] = set()
    for directory in mounts:
        start, end = _place(old, directory), _place(new, directory)
        pair = (_device(start), _device(end))
        if _apart(start, end) and pair not in told:
            told.add(pair)
            yield directory, start, end


def _place(instance: Instance, directory: str) -> Volume | None:
    """The volume that has a directory: the one that is mounted at it, or closest above it."""
    above = {str(each) for each in (PurePosixPath(directory), *PurePosixPath(directory).parents)}
    holding = [volume for volume in instance.volumes if volume.mount in above]
    return max(holding, key=lambda volume: len(volume.mount or ""), default=None)


def _device(volume: Volume | None) -> str | None:
    """By what a volume is the same in both configs: its device, as its address has it."""
    return f"{volume.kind.value} {volume.device_name.removeprefix('/dev/')}" if volume else None


def _apart(old: Volume | None, new: Volume | None) -> bool:
    """Whether they are two volumes: of two devices, or a found one and another one."""
    found = old.volume_id if old else None
    return _device(old) != _device(new) or (found is not None and new is not None and new.volume_id != found)


def _shown(volume: Volume | None) -> str:
    if volume is None:
        return "the root volume"
    store = "instance store" if volume.kind is VolumeKind.EPHEMERAL else None
    more = volume.volume_id or volume.snapshot_id or store
    return f"{volume.device_name} ({more})" if more else volume.device_name


def _fate(volume: Volume | None, new: Instance) -> str:
    """What becomes of the volume that has the data."""
    if volume is None or not all(_apart(volume, each) for each in new.volumes):
        return f"It stays on {_shown(volume)}."
    return f"{_shown(volume)} is in the config no more{', and is detached' if volume.volume_id else ''}."
