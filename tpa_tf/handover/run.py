"""The hand-over of one cluster: what would be written, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml

from tpa_tf import files
from tpa_tf.cluster.model import Cluster, Instance, Volume, VolumeKind
from tpa_tf.clusters import Loaded
from tpa_tf.errors import TpaTfError
from tpa_tf.handover import followup, inventory, outputs, vault
from tpa_tf.handover.contents import Contents, contents
from tpa_tf.handover.hosts import Host, hosts
from tpa_tf.handover.progress import Progress
from tpa_tf.handover.sameness import settled
from tpa_tf.handover.settings import Settings, config_hash, read_settings
from tpa_tf.handover.version import installed_version
from tpa_tf.handover.wait import Target, wait
from tpa_tf.keys import exposed, host_keys, private_keys
from tpa_tf.revisions import last_with
from tpa_tf.terraform.stack import Stack

_FILE_MODE, _DIRECTORY_MODE = 0o644, 0o755
_OVERRIDING = ("ansible_host", "ansible_port")  # in host_vars, which go before the inventory file and group_vars


@dataclass(frozen=True)
class HandOver:
    """Everything that goes into the cluster directory, rendered, and what is to be said about it."""

    directory: Path
    settings: Settings
    hosts: tuple[Host, ...]
    files: files.Files
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    """What is left to do when it is written, each with its command."""


def prepare(
    loaded: Loaded,
    cluster: Cluster,
    stack: Stack,
    out: Path,
    printed: bytes | None,
    tpa_version: str | None,
    *,
    compare: bool = False,
) -> HandOver:
    """The hand-over of ``cluster``, which ``loaded`` gave with its ``stack``. Nothing is written.

    ``printed`` is what ``terraform output -json`` printed; None has it run in the cluster's stack below ``out``, which
    must be what the config gives now. ``tpa_version`` None takes that of the TPA installation, if there is one.
    TpaTfError if nothing is applied, if outputs and config disagree, or if something that the inventory needs is
    missing. With ``compare``, for a look that writes nothing, a stack that is not the config's is only noted.
    """
    notes = _place_notes(loaded, cluster.directory)
    if printed is None:
        machines = outputs.from_terraform(out / "stacks" / cluster.name)
        notes += _stack_notes(cluster, stack, out, compare)
    else:
        machines = outputs.parse(printed, "--outputs")
    outputs.check(cluster, machines)
    tpa_version = tpa_version or installed_version()
    settings = read_settings(loaded, cluster)
    found = hosts(loaded, cluster, machines)
    rendered: files.Files = inventory.render(
        settings,
        found,
        host_keys=_public_host_keys(cluster.directory),
        hashes=_hashes(cluster.directory / inventory.HASHES),
        tpa_version=tpa_version,
    )
    _refuse_configuration_of_others(cluster.directory, rendered)
    rendered = settled(rendered, cluster.directory)
    notes += _notes(settings, found, tpa_version)
    notes += _leftovers(cluster.directory, settings)
    notes += vault.remarks(cluster.directory, settings, compare)
    notes += exposed(private_keys(cluster))
    before = contents(lambda name: files.content(cluster.directory / name), settings)
    after = contents(rendered.get, settings)
    earlier = _earlier(loaded, before, after)
    if earlier is None and before.hosts:
        notes.append("whether volumes have grown can't be told: git does not have the config.yml of the last inventory")
    steps = followup.steps(cluster.directory, before, after, *_regrown(earlier or cluster, cluster))
    return HandOver(cluster.directory, settings, found, rendered, tuple(notes), steps)


def difference(handover: HandOver) -> str:
    """A unified diff from the cluster directory to the hand-over; empty if both say the same.

    The vault's passphrase is no part of it: it belongs to no repository, and so to no check of one.
    """
    text = files.diff(handover.files, handover.directory, mode=_FILE_MODE)
    removed = "".join(f"Only in the cluster directory, to be removed: {path}\n" for path in _obsolete(handover))
    return text + removed


def write(handover: HandOver) -> tuple[str, ...]:
    """Bring the cluster directory up to date, and give back what has changed: paths, and where the passphrase is.

    Files that say the same already, and those of the deployment and of people, are left alone. What Ansible has kept of
    AWS's answers goes: an instance may be another one now, with the same name and address. TpaTfError if something
    can't be written.
    """
    # Asked first, so that nothing is written where there is no keyring; made last, so that it stands for the whole.
    without_passphrase = vault.missing(handover.directory, handover.settings)
    if without_passphrase:
        vault.refuse_another(handover.directory)
    caches = _caches(handover)
    _remove(caches)
    for name in inventory.directories(handover.settings):
        _make_directory(handover.directory / name)
    written = files.write(handover.files, handover.directory, mode=_FILE_MODE, directory_mode=_DIRECTORY_MODE)
    removed = _obsolete(handover)
    _remove(removed)
    made = vault.make(handover.directory, handover.settings) if without_passphrase else None
    return (
        *(str(path) for path in written),
        *(f"{path} (removed)" for path in (*removed, *caches)),
        *([made] if made else []),
    )


def wait_for(handover: HandOver, timeout: float, stream: TextIO) -> None:
    """Wait ``timeout`` seconds at most until all hosts that Terraform made and that TPA will log in to are ready.

    ``stream`` shows the progress. TpaTfError when time is up.
    """
    progress = Progress(stream)
    try:
        wait(targets(handover), handover.directory, timeout=timeout, report=progress)
    finally:
        progress.close()


def targets(handover: HandOver) -> tuple[Target, ...]:
    """The hosts to wait for: bare ones have keys of their own, and are there already."""
    return tuple(
        Target(host.name, host.address, handover.settings.ssh_port)
        for host in handover.hosts
        if host.platform == "aws" and host.in_inventory
    )


def _public_host_keys(directory: Path) -> tuple[str, ...]:
    found = []
    for key in host_keys(directory):
        try:
            found.append(key.public.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TpaTfError(
                f"{key.public} can't be read: {reason}; the machines answer with the host keys that were there "
                "at terraform apply: bring that directory, tpa-tf keys would make others"
            ) from error
    return tuple(found)


def _hashes(path: Path) -> dict[str, Any]:
    """What the hashes file holds besides our own entry: later steps of TPA note theirs there."""
    content = files.content(path)
    if content is None:
        return {}
    try:
        found = (yaml.safe_load(content) or {}).get("config_hashes") or {}
        return {str(key): value for key, value in found.items() if key != "last_provisioned"}
    except (yaml.YAMLError, AttributeError) as error:
        raise TpaTfError(f"{path} is not what TPA writes: remove it if nobody needs it") from error


def _earlier(loaded: Loaded, before: Contents, after: Contents) -> Cluster | None:
    """The cluster of the last hand-over, with what the inventory says nothing of; None if that can't be told."""
    if before.config_hash == after.config_hash:
        return loaded.cluster
    if before.config_hash is None:
        return None
    found = last_with(loaded.document.path, lambda content: _has_hash(content, before.config_hash))
    return found.cluster if found else None


def _has_hash(content: bytes, wanted: str | None) -> bool:
    try:
        return config_hash(content) == wanted
    except UnicodeDecodeError:
        return False


def _regrown(before: Cluster, after: Cluster) -> tuple[list[followup.Grown], list[str]]:
    """The volumes that are larger than before, and the instances that have another type."""
    old = {instance.name: instance for instance in before.instances}
    grown, retyped = [], []
    for instance in after.instances:
        if instance.name not in old:
            continue
        sizes = {volume.device_name: volume.size for volume in _disks(old[instance.name])}
        for volume in _disks(instance):
            size = sizes.get(volume.device_name)
            if size is not None and volume.size is not None and size < volume.size:
                is_root = volume.kind is VolumeKind.ROOT
                grown.append(followup.Grown(instance.name, volume.device_name, is_root, size, volume.size))
        if instance.instance_type != old[instance.name].instance_type:
            retyped.append(instance.name)
    return grown, retyped


def _disks(instance: Instance) -> tuple[Volume, ...]:
    return (*([instance.root] if instance.root else []), *instance.volumes)


def _obsolete(handover: HandOver) -> tuple[Path, ...]:
    paths = (handover.directory / name for name in inventory.obsolete(handover.hosts))
    return tuple(path for path in paths if path.exists())


def _caches(handover: HandOver) -> tuple[Path, ...]:
    directory = handover.directory / inventory.CACHES
    try:
        found = sorted(directory.iterdir()) if directory.is_dir() else []
    except OSError as error:
        raise TpaTfError(f"{directory} can't be read: {error.strerror or error}") from error
    return tuple(path for path in found if inventory.is_cache(handover.settings, path.name) and path.is_file())


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise TpaTfError(f"{path} can't be removed: {error.strerror or error}") from error


def _make_directory(path: Path) -> None:
    try:
        files.make_directory(path, _DIRECTORY_MODE)
    except OSError as error:
        raise TpaTfError(f"{error.filename or path} can't be made: {error.strerror or error}") from error


def _place_notes(loaded: Loaded, directory: Path) -> list[str]:
    """What is to be said of where the config is; TpaTfError if TPA would read another one."""
    path = loaded.document.path
    if path.name != files.CONFIG_NAME:
        raise TpaTfError(
            f"tpaexec deploys what {path.with_name(files.CONFIG_NAME)} says, and not {path}: "
            f"give that config a directory of its own, as {files.CONFIG_NAME}"
        )
    # bin/tpaexec hands over cluster_dir=$(pwd) without quotes, and Ansible cuts that at the first space.
    place = str(directory.absolute())
    cut = place.split()[0] if place.split() != [place] else None
    return [f"tpaexec takes {place!r} for {cut!r}: move it to a path without spaces"] if cut else []


def _stack_notes(cluster: Cluster, stack: Stack, out: Path, compare: bool) -> list[str]:
    """What is to be said of the stack; TpaTfError if it is not what the config gives, unless this is but a look."""
    from tpa_tf.engine import synth  # without --outputs alone: CDKTF takes a second

    try:
        rendered = synth.render([stack], out, keep=False)
    except TpaTfError as error:
        return [f"whether the stack in {out} is what config.yml gives now can't be told: {error}"]
    del rendered[synth.MANIFEST]  # it names other stacks besides
    stale = files.changed(rendered, out)
    if not stale:
        return []
    synth_again = shlex.join(["tpa-tf", "synth", str(cluster.directory), "--out", str(out)])
    message = (
        f"{out / stale[0]} is not what config.yml gives now, and the machines come from it: run {synth_again}, "
        f"terraform plan and terraform apply, then this again ({synth_again} --check shows the difference)"
    )
    if not compare:
        raise TpaTfError(message)
    return [message]


def _refuse_configuration_of_others(directory: Path, rendered: files.Files) -> None:
    path = directory / inventory.TOWER_CONFIG
    there = files.content(path) if inventory.TOWER_CONFIG in rendered else None
    if there is not None and not there.startswith(inventory.TOWER_HEAD.encode()):
        raise TpaTfError(
            f"{path} is there, and tpa-tf has not written it: ansible_tower needs one with TPA's settings; move yours "
            f"away, or put the line {inventory.TOWER_HEAD!r} on its top to have it replaced"
        )


def _leftovers(directory: Path, settings: Settings) -> list[str]:
    """Ansible reads every file of inventory/, and so the hosts that another name of the cluster left there."""
    own = directory / f"{inventory.STATIC}{settings.cluster_name}"
    others = sorted(path for path in own.parent.glob("00-*") if path != own and path.is_file())
    return [
        f"{path} is left over from another cluster_name, and ansible -i inventory reads its hosts too: remove it"
        for path in others
    ]


def _notes(settings: Settings, found: tuple[Host, ...], tpa_version: str | None) -> list[str]:
    notes = []
    if tpa_version is None:
        notes.append("tpa_version is left out: give --tpa-version, or TPA_DIR with the installation that will deploy")
    if not any(host.in_inventory for host in found):
        notes.append("every instance is provision_only: the inventory has no host")
    for host in found:
        overridden = [key for key in _OVERRIDING if host.platform == "aws" and key in host.variables]
        if overridden:
            notes.append(
                f"{host.name}: vars.{' and vars.'.join(overridden)} hold for Ansible, while ssh_config, "
                f"tpa_known_hosts and --wait use {host.address}, port {settings.ssh_port}: leave them out unless both "
                "lead to the same place"
            )
    if settings.ansible_tower:
        notes.append(
            "for ansible_tower, store the passwords (tpaexec store-password), push this directory to its repository, "
            f"and take {inventory.STATIC}{settings.cluster_name} as the inventory's source"
        )
    return notes
