"""The disks of an instance (design D8): root, EBS volumes and instance store, and what each type allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tpa_tf.cluster import addresses, ownership
from tpa_tf.cluster.asked import instance_names, volume_label
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.merge import device_key
from tpa_tf.cluster.model import Volume, VolumeKind
from tpa_tf.config.document import KeyPath
from tpa_tf.config.known_keys import UNTRANSLATED_VOLUME_KEYS
from tpa_tf.config.models import EbsSpec, VolumeSpec
from tpa_tf.config.spelling import suggestion
from tpa_tf.facts.questions import OWN_VOLUME
from tpa_tf.limits.provider import volume_throughput
from tpa_tf.limits.tpa import VOLUME_USES
from tpa_tf.limits.volumes import (
    GP3_FREE_THROUGHPUT,
    GP3_IOPS_PER_MIBS,
    VOLUME_TYPES,
    VolumeLimits,
)
from tpa_tf.rules.lookup import VOLUME_LEFT, VOLUME_MISMATCH
from tpa_tf.rules.schema import MISSING_KEY, NO_EFFECT
from tpa_tf.rules.volumes import (
    DUPLICATE_DEVICE,
    EPHEMERAL_DROPPED,
    INVALID_DEVICE,
    INVALID_EPHEMERAL,
    INVALID_IOPS,
    INVALID_ROOT,
    INVALID_SIZE,
    INVALID_THROUGHPUT,
    INVALID_VOLUME_FOR,
    INVALID_VOLUME_TYPE,
    KEY_WITHOUT_ENCRYPTION,
    NOT_ENCRYPTED,
    ROOT_BY_DEVICE,
    SIMILAR_DEVICES,
)

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.volumes import FoundVolume

_DEVICE = re.compile(r"(/dev/)?(sd[a-z]|xvd[a-z]{1,2})([0-9]{1,2})?")
_ROOT_DEVICES = ("sda1", "xvda")
_DEFAULT_TYPE = "gp2"
_GP3 = "gp3"
_NONE = "none"


@dataclass(frozen=True)
class _Settings:
    """A volume's EBS settings: the flat keys, and under ``ebs`` what the flat keys leave open."""

    volume_type: str | None
    size: int | None
    iops: int | None
    throughput: int | None
    encrypted: bool
    kms_key_id: str | None
    snapshot_id: str | None
    delete_on_termination: bool


def volumes(context: Context, instance: AwsInstance, address: str, tags: Mapping[str, str]) -> tuple[Volume, ...]:
    """The disks of ``instance``, root first where the config describes it; the rest sorted by address."""
    found: list[Volume] = []
    root_at: KeyPath | None = None
    for index, spec in enumerate(instance.spec.volumes):
        path = instance.path("volumes", index)
        _report_untranslated(context, spec, path)
        if spec.volume_type == _NONE:
            continue
        kind = _kind(context, spec, path)
        if kind is None:
            if spec.ephemeral is None:
                _check_ebs(context, spec, _settings(spec, VolumeKind.EBS), VolumeKind.EBS, path)
                _check_purpose(context, spec, VolumeKind.EBS, path)
            continue
        if kind is VolumeKind.ROOT and root_at is not None:
            context.report.add(
                DUPLICATE_DEVICE,
                (*path, "device_name"),
                f"the root volume of {instance.spec.Name} is described on line {context.line(root_at)} already",
                "describe it once, with device_name: root",
            )
            continue
        root_at = path if kind is VolumeKind.ROOT else root_at
        disk = _volume(context, spec, kind, path, address, tags)
        if not disk.attach_existing:
            _check_not_left(context, instance, disk, path)
        found.append(_given(_attached(context, instance, disk, spec, path) if disk.attach_existing else disk))
    _check_twins(context, instance)
    return tuple(sorted(found, key=lambda volume: (volume.kind is not VolumeKind.ROOT, volume.address)))


def _volume(
    context: Context, spec: VolumeSpec, kind: VolumeKind, path: KeyPath, address: str, tags: Mapping[str, str]
) -> Volume:
    settings = _settings(spec, kind)
    if kind is not VolumeKind.EPHEMERAL:
        _check_ebs(context, spec, settings, kind, path)
    _check_purpose(context, spec, kind, path)
    purpose = (spec.vars or {}).get("volume_for")
    return Volume(
        address=addresses.volume(address, "root" if kind is VolumeKind.ROOT else spec.device_name),
        kind=kind,
        device_name="root" if kind is VolumeKind.ROOT else spec.device_name,
        volume_type=settings.volume_type,
        size=settings.size,
        iops=settings.iops,
        throughput=settings.throughput,
        encrypted=settings.encrypted,
        kms_key_id=settings.kms_key_id,
        snapshot_id=settings.snapshot_id,
        delete_on_termination=settings.delete_on_termination,
        attach_existing=bool(spec.attach_existing),
        virtual_name=spec.ephemeral if kind is VolumeKind.EPHEMERAL else None,
        volume_for=purpose if isinstance(purpose, str) else None,
        mount=_mount(spec),
        tags={} if kind is VolumeKind.EPHEMERAL else tags,
        origin=path,
    )


def _mount(spec: VolumeSpec) -> str | None:
    """Where TPA mounts a volume: ``mountpoint``, or where what it is for belongs (lib/filter_plugins/instances.py)."""
    settings = spec.vars or {}
    purpose, directory = settings.get("volume_for"), settings.get("mountpoint")
    if not isinstance(directory, str) and isinstance(purpose, str):
        directory = VOLUME_USES.get(purpose, "").format(settings.get("tablespace_name"))
    return directory.rstrip("/") or None if isinstance(directory, str) else None


def _given(disk: Volume) -> Volume:
    """The disk with the IOPS and the throughput that a gp3 volume has anyway, where the config leaves them out.

    Terraform would keep what the volume had when it was larger, faster, or of another type.
    """
    if disk.volume_type != _GP3:
        return disk
    iops, throughput = VOLUME_TYPES[_GP3].free_iops, GP3_FREE_THROUGHPUT
    return replace(disk, iops=disk.iops or iops, throughput=disk.throughput or throughput)


def _attached(context: Context, instance: AwsInstance, disk: Volume, spec: VolumeSpec, path: KeyPath) -> Volume:
    """The disk with ``attach_existing``: the volume that the record has for it, else a new one that bears our mark."""
    if disk.kind is not VolumeKind.EBS:
        return disk
    label = volume_label(context, instance, disk.device_name)
    found = ownership.volume(context, label, (*path, "attach_existing"))
    if found is None:
        return replace(disk, tags={**disk.tags, **OWN_VOLUME})
    for key, wanted, there in (
        ("volume_size", disk.size, found.size),
        ("volume_type", disk.volume_type, found.type),
        ("iops", disk.iops, found.iops),
    ):
        if wanted not in (None, there):
            context.report.add(
                VOLUME_MISMATCH,
                _at(spec, path, key),
                f"{key} is {wanted}, and {found.id}, the volume that {label} had so far, has {there}",
                f"write {key}: {there}, or change the volume first (aws ec2 modify-volume) and look up again",
            )
    _check_encryption(context, instance, disk, found, spec, path)
    return replace(disk, volume_id=found.id)


def _check_not_left(context: Context, instance: AwsInstance, disk: Volume, path: KeyPath) -> None:
    """A volume that was found and attached so far would give way to a new, empty one."""
    answers = context.answers(instance.spec.region)
    label = volume_label(context, instance, disk.device_name)
    known = addresses.disk(instance_names(context, instance), disk.device_name)
    if disk.kind is VolumeKind.EBS and answers and (found := answers.volume_of(label, known)):
        message, help = left_behind(found.id, disk.device_name, disk.address)
        context.report.add(VOLUME_LEFT, path, message, help)


def left_behind(volume_id: str, device_name: str, address: str) -> tuple[str, str]:
    """What is to be said of a volume that has ``attach_existing`` no more."""
    return (
        f"{volume_id} is the volume {device_name} so far (attach_existing), and a new, empty one would take its place",
        "keep attach_existing: yes; or, to have Terraform manage the volume, run tpa-tf adopt, which imports it at "
        f"aws_ebs_volume.{address}",
    )


def _check_encryption(
    context: Context, instance: AwsInstance, disk: Volume, found: FoundVolume, spec: VolumeSpec, path: KeyPath
) -> None:
    """A volume that exists is encrypted as its config says; AWS can't change that."""
    answers = context.answers(instance.spec.region)
    key = disk.kms_key_id
    wanted = answers.kms_keys.get(key, key) if answers and key else None
    help = (
        "set the config back; or restore a snapshot of the volume as you want it, and remove the tag "
        "TPAAttachmentLabel from the old one"
    )
    if disk.encrypted and found.encrypted is False:
        message = f"encrypted is yes, and {found.id} is not encrypted"
        context.report.add(VOLUME_MISMATCH, _at(spec, path, "encrypted"), message, help)
    elif wanted and found.kms_key and wanted != found.kms_key:
        message = f"kms_key_id is {key}, and {found.id} is encrypted with {found.kms_key}"
        context.report.add(VOLUME_MISMATCH, _at(spec, path, "kms_key_id"), message, help)


def _settings(spec: VolumeSpec, kind: VolumeKind) -> _Settings:
    nested = spec.ebs

    def pick(key: str) -> object:
        flat = getattr(spec, key)
        return flat if flat is not None or nested is None else getattr(nested, key)

    if kind is VolumeKind.EPHEMERAL:
        return _Settings(None, None, None, None, False, None, None, True)
    volume_type, size = pick("volume_type"), pick("volume_size")
    iops, throughput, keep = pick("iops"), pick("throughput"), pick("delete_on_termination")
    key, snapshot = pick("kms_key_id"), pick("snapshot_id")
    untouched = kind is VolumeKind.ROOT and not _ebs_keys(spec)
    return _Settings(
        volume_type=str(volume_type) if volume_type else None if untouched else _DEFAULT_TYPE,
        size=size if isinstance(size, int) else None,
        iops=iops if isinstance(iops, int) else None,
        throughput=throughput if isinstance(throughput, int) else None,
        encrypted=bool(pick("encrypted")),
        kms_key_id=str(key) if key else None,
        snapshot_id=str(snapshot) if snapshot else None,
        delete_on_termination=not spec.attach_existing if keep is None else bool(keep),
    )


def _ebs_keys(spec: VolumeSpec) -> bool:
    """Whether the entry says anything that only an EBS volume has (it then wins over ``ephemeral``)."""
    return bool(spec.attach_existing) or any(getattr(spec, key) is not None for key in (*EbsSpec.model_fields, "ebs"))


def _kind(context: Context, spec: VolumeSpec, path: KeyPath) -> VolumeKind | None:
    device = spec.device_name
    place = (*path, "device_name")
    if device == "root":
        kind = VolumeKind.ROOT
    elif not (match := _DEVICE.fullmatch(device)):
        context.report.add(
            INVALID_DEVICE, place, f"{device!r} is not a device name", "write root, or a name from /dev/sdf to /dev/sdp"
        )
        return None
    elif device_key(device) in _ROOT_DEVICES:
        kind = VolumeKind.ROOT
        context.report.add(
            ROOT_BY_DEVICE,
            place,
            f"{device} means the root volume",
            "write device_name: root: which device the root volume has depends on the image",
        )
    else:
        kind = VolumeKind.EBS
        if match[2] in {"sda", "xvda"}:
            context.report.add(
                INVALID_DEVICE,
                place,
                f"{device} is a device name of root volumes",
                "write root for the root volume, or a name from /dev/sdf to /dev/sdp for another one",
            )
            return None
    if spec.ephemeral is None:
        return kind
    if kind is VolumeKind.ROOT:
        context.report.add(
            INVALID_EPHEMERAL,
            (*path, "ephemeral"),
            "the root volume can't be an instance store volume",
            "remove ephemeral",
        )
        return None
    if _ebs_keys(spec):
        context.report.add(
            EPHEMERAL_DROPPED,
            (*path, "ephemeral"),
            "ephemeral has no effect beside the settings of an EBS volume",
            "remove ephemeral, or the other settings; the volume is an EBS volume",
        )
        return kind
    return VolumeKind.EPHEMERAL


def _check_ebs(context: Context, spec: VolumeSpec, settings: _Settings, kind: VolumeKind, path: KeyPath) -> None:
    if settings.kms_key_id and not settings.encrypted:
        context.report.add(
            KEY_WITHOUT_ENCRYPTION,
            _at(spec, path, "kms_key_id"),
            "kms_key_id stands beside a volume that is not encrypted",
            "add encrypted: yes, or remove kms_key_id",
        )
    if not settings.encrypted and (settings.volume_type or kind is VolumeKind.EBS):
        context.report.add(
            NOT_ENCRYPTED,
            path,
            f"the volume {spec.device_name} is not encrypted",
            "add encrypted: yes; a volume can't be encrypted later without copying it",
            cause=(),
        )
    if kind is VolumeKind.ROOT and spec.attach_existing:
        place = (*path, "attach_existing")
        context.report.add(
            INVALID_ROOT,
            place,
            "attach_existing is not for root volumes, which are created with their instance",
            "remove attach_existing",
        )
    if kind is VolumeKind.ROOT and settings.snapshot_id:
        place, help = _at(spec, path, "snapshot_id"), "write an image of that snapshot instead (image, or ec2_ami)"
        context.report.add(
            INVALID_ROOT, place, "snapshot_id is not for root volumes, which are created from their image", help
        )
    if settings.size is None and kind is VolumeKind.EBS:
        context.report.add(MISSING_KEY, path, "volume_size is missing", "add volume_size, in GiB")
    if settings.volume_type is None:
        return
    limits = VOLUME_TYPES.get(settings.volume_type)
    if limits is None:
        guess = suggestion(settings.volume_type, VOLUME_TYPES)
        context.report.add(
            INVALID_VOLUME_TYPE,
            _at(spec, path, "volume_type"),
            f"{settings.volume_type!r} is not a type of EBS volumes",
            f"did you mean {guess}?"
            if guess
            else f"write one of {', '.join(VOLUME_TYPES)}; or none to leave a default volume out",
        )
        return
    if kind is VolumeKind.ROOT and not limits.bootable:
        context.report.add(
            INVALID_VOLUME_TYPE,
            _at(spec, path, "volume_type"),
            f"no instance boots from a volume of type {settings.volume_type}",
            f"write one of {', '.join(name for name, each in VOLUME_TYPES.items() if each.bootable)}",
        )
    _check_limits(context, spec, settings, limits, path, root=kind is VolumeKind.ROOT)


def _check_limits(
    context: Context, spec: VolumeSpec, settings: _Settings, limits: VolumeLimits, path: KeyPath, *, root: bool
) -> None:
    kind, size, iops = settings.volume_type, settings.size, settings.iops
    if size is not None and not limits.size[0] <= size <= limits.size[1]:
        context.report.add(
            INVALID_SIZE,
            _at(spec, path, "volume_size"),
            f"a volume of type {kind} can't have {size} GiB",
            f"write {limits.size[0]} to {limits.size[1]} GiB",
        )
    place = _at(spec, path, "iops")
    if iops is None and limits.iops_required:
        assert limits.iops is not None
        context.report.add(
            MISSING_KEY,
            path,
            f"iops is missing: {kind} needs it",
            f"add iops, from {limits.iops[0]} to {limits.iops[1]}",
        )
    elif iops is not None and limits.iops is None:
        context.report.add(INVALID_IOPS, place, f"{kind} takes no iops", "remove iops, or take gp3, io1 or io2")
    elif iops is not None and limits.iops is not None:
        if not limits.iops[0] <= iops <= limits.iops[1]:
            allowed = f"write {limits.iops[0]} to {limits.iops[1]}"
            context.report.add(INVALID_IOPS, place, f"a volume of type {kind} can't have {iops} IOPS", allowed)
        elif size is not None and limits.iops_per_gib is not None:
            most = max(limits.free_iops, size * limits.iops_per_gib)
            if iops > most:
                context.report.add(
                    INVALID_IOPS,
                    place,
                    f"{iops} IOPS are too many for {size} GiB of {kind}",
                    f"write at most {most} ({limits.iops_per_gib} for each GiB), or make the volume larger",
                )
    _check_throughput(context, spec, settings, limits, path, root=root)


def _check_throughput(
    context: Context, spec: VolumeSpec, settings: _Settings, limits: VolumeLimits, path: KeyPath, *, root: bool
) -> None:
    throughput = settings.throughput
    if throughput is None:
        return
    place = _at(spec, path, "throughput")
    if limits.throughput is None:
        context.report.add(
            INVALID_THROUGHPUT, place, f"{settings.volume_type} takes no throughput", "remove throughput, or take gp3"
        )
        return
    lowest, highest = limits.throughput
    versions = context.provider_version
    possible = highest if root else min(highest, volume_throughput(versions))
    if not lowest <= throughput <= possible:
        help = f"write {lowest} to {possible} MiB/s"
        if possible < highest:
            help += f"; AWS allows {highest}, but {versions.said} stops at {possible} for a volume that is not root"
        message = f"a volume of type {settings.volume_type} can't have {throughput} MiB/s"
        context.report.add(INVALID_THROUGHPUT, place, message, help)
        return
    iops = settings.iops or limits.free_iops
    if throughput > max(GP3_FREE_THROUGHPUT, iops // GP3_IOPS_PER_MIBS):
        context.report.add(
            INVALID_THROUGHPUT,
            place,
            f"{throughput} MiB/s need {throughput * GP3_IOPS_PER_MIBS} IOPS, and the volume has {iops}",
            f"write iops: {throughput * GP3_IOPS_PER_MIBS}, or at most {iops // GP3_IOPS_PER_MIBS} MiB/s: gp3 "
            "gives 0.25 for each of the IOPS",
        )


def _check_purpose(context: Context, spec: VolumeSpec, kind: VolumeKind, path: KeyPath) -> None:
    """TPA's rules on ``vars.volume_for``: refused here, before a machine exists that TPA can't deploy to."""
    settings = spec.vars or {}
    purpose = settings.get("volume_for")
    if kind is VolumeKind.ROOT:
        for key in ("volume_for", "mountpoint"):
            if key in settings:
                context.report.add(
                    INVALID_ROOT,
                    (*path, "vars", key),
                    f"{key} is not for root volumes, which hold the system alone",
                    "put the data on a volume of its own",
                )
        return
    if purpose is not None and purpose not in tuple(VOLUME_USES):
        guess = suggestion(str(purpose), VOLUME_USES)
        context.report.add(
            INVALID_VOLUME_FOR,
            (*path, "vars", "volume_for"),
            f"TPA knows no volume_for: {purpose}",
            f"did you mean {guess}?" if guess else f"write one of {', '.join(VOLUME_USES)}",
        )
    if purpose == "postgres_tablespace" and not settings.get("tablespace_name"):
        context.report.add(
            MISSING_KEY,
            (*path, "vars"),
            "tablespace_name is missing: volume_for is postgres_tablespace",
            "add tablespace_name beside volume_for",
        )


def _check_twins(context: Context, instance: AwsInstance) -> None:
    """Warn where sdf and xvdf stand side by side: two disks for TPA, but one name in many kernels."""
    letters: dict[str, int] = {}
    for index, spec in enumerate(instance.spec.volumes):
        match = _DEVICE.fullmatch(spec.device_name)
        if not match or spec.volume_type == _NONE:
            continue
        letter = match[2].removeprefix("xvd").removeprefix("sd") + (match[3] or "")
        if letter in letters:
            other = instance.spec.volumes[letters[letter]].device_name
            context.report.add(
                SIMILAR_DEVICES,
                (*instance.path("volumes", index), "device_name"),
                f"{spec.device_name} and {other} are one name in many kernels",
                "use another letter for one of them",
            )
        letters.setdefault(letter, index)


def _report_untranslated(context: Context, spec: VolumeSpec, path: KeyPath) -> None:
    for key, reason in UNTRANSLATED_VOLUME_KEYS.items():
        if getattr(spec, key) is not None:
            context.report.add(NO_EFFECT, (*path, key), f"{key} has no effect", reason, on_key=True)


def _at(spec: VolumeSpec, path: KeyPath, key: str) -> KeyPath:
    """Where ``key`` stands: flat, or under ``ebs``."""
    nested = spec.ebs is not None and getattr(spec, key) is None and getattr(spec.ebs, key) is not None
    return (*path, "ebs", key) if nested else (*path, key)
