"""What is left to do in TPA and on the instances after an edit that Terraform has applied, with the commands for it.

TPA installs what is new, and takes nothing away: an instance that is gone stays in what repmgr, PGD, etcd and Barman
know until somebody removes it there.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tpa_tf.handover.contents import Contents, Known

_REPMGR = {"primary": "primary", "replica": "standby", "witness": "witness"}
"""What repmgr calls the nodes with a role of TPA's."""
_POSTGRES = frozenset({*_REPMGR, "bdr"})
_MOUNTED = ("mountpoint", "volume_for")  # TPA makes file systems on volumes with one of them, and mounts them


@dataclass(frozen=True)
class Grown:
    """A volume that the config has made larger; sizes in GiB."""

    instance: str
    device_name: str
    """As the config has it."""
    is_root: bool
    before: int
    after: int


def steps(
    directory: Path, before: Contents, after: Contents, grown: Sequence[Grown], retyped: Iterable[str]
) -> tuple[str, ...]:
    """What to do, in this order, from the inventory ``before`` to that ``after``; empty where nothing is.

    ``grown`` are the volumes that are larger than before, ``retyped`` the instances that have another type.
    """
    if not before.hosts:
        return (f"{_tpaexec('deploy', directory)} (the cluster is new to TPA)",) if after.hosts else ()
    stayed = {name: (known, after.hosts[name]) for name, known in before.hosts.items() if name in after.hosts}
    left = {name: known for name, known in before.hosts.items() if name not in after.hosts}
    new = [name for name in after.hosts if name not in before.hosts]
    found = [step for name, known in left.items() for step in _removed(name, known, before, stayed)]
    found += _joining(new, before, after)
    found += [
        step
        for name, (old, now) in stayed.items()
        for step in _volumes_gone(directory, name, old.variables, now.variables)
    ]
    found += [_grown(directory, volume, after.hosts[volume.instance]) for volume in grown if volume.instance in stayed]
    found += _version(before, after)
    reasons = _reasons(before, after, new, tuple(left), stayed, tuple(retyped))
    if reasons:
        found.append(f"{_tpaexec('deploy', directory)} ({'; '.join(reasons)})")
    return tuple(found)


def _removed(name: str, known: Known, before: Contents, stayed: Mapping[str, tuple[Known, Known]]) -> Iterable[str]:
    """What stays behind of an instance that the inventory no longer has."""
    roles = _roles(known)
    manager = _failover_manager(before)
    gone = f"{name} is no longer in the inventory"
    if "bdr" in roles:
        # https://www.enterprisedb.com/docs/pgd/latest/node_management/removing_nodes_and_groups
        node = known.variables.get("bdr_node_name") or name
        yield f"{gone}: part it, in the PGD database of one that stays: SELECT bdr.part_node('{node}');"
    elif manager == "repmgr" and (kind := next((kind for role, kind in _REPMGR.items() if role in roles), None)):
        # https://www.repmgr.org/docs/current/repmgr-standby-unregister.html
        configuration = f"/etc/repmgr/{before.cluster_vars.get('postgres_version', 'VERSION')}/repmgr.conf"
        yield (
            f"{gone}: unregister it, as postgres on the primary: "
            f"repmgr {kind} unregister -f {configuration} --node-id={known.node or 'NODE'}"
        )
    if manager in ("repmgr", "efm") and roles & {"primary", "replica"} and not roles & {"bdr"}:
        yield (
            f"{gone}: drop its replication slot, which keeps WAL until the disk is full, on the instance that it "
            "streamed from: SELECT slot_name FROM pg_replication_slots WHERE NOT active; "
            "SELECT pg_drop_replication_slot('…');"
        )
    if "etcd" in roles:
        # https://etcd.io/docs/latest/op-guide/runtime-configuration/
        yield f"{gone}: remove it from etcd, on a member that stays: etcdctl member list; etcdctl member remove ID"
    barman = str(known.variables.get("backup"))
    if roles & _POSTGRES and barman in stayed:
        backup = known.variables.get("backup_name") or name
        yield (
            f"{gone}: on {barman}, remove /etc/barman.d/{backup}.conf and /etc/cron.d/{str(backup).partition('.')[0]}, "
            "or Barman goes on asking it for backups; those that it has stay"
        )


def _joining(new: Sequence[str], before: Contents, after: Contents) -> Iterable[str]:
    """etcd takes no new member that is not announced to it; TPA starts each as if the cluster were new."""
    members = {_etcd(known) for known in before.hosts.values()}
    for name in new:
        variables = after.hosts[name].variables
        if (etcd := _etcd(after.hosts[name])) is not None and etcd in members:
            if variables.get("etcd_initial_cluster_state") != "existing":
                yield (
                    f"{name} joins an etcd that is there: set etcd_initial_cluster_state: existing in its vars, and "
                    "run tpa-tf inventory again"
                )
            yield (
                f"{name} joins an etcd that is there: announce it, on a member: "
                f"etcdctl member add {name} --peer-urls=http://{name}:{variables.get('etcd_peer_port', 2380)}"
            )


def _etcd(known: Known) -> str | None:
    """The etcd that a host is a member of: TPA makes one for each location. None: it is in none."""
    return str(known.variables.get("etcd_location")) if "etcd" in _roles(known) else None


def _volumes_gone(directory: Path, name: str, old: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    devices = _volumes(now)
    for device, volume in _volumes(old).items():
        if device not in devices and any(key in volume for key in _MOUNTED):
            yield (
                f"{device} of {name} is gone: remove its line from /etc/fstab there, or the next boot waits for it and "
                f"stops: {_on(directory, name)}"
            )
        elif device in devices and _place(volume) != _place(devices[device]) and _place(volume):
            yield (
                f"{device} of {name} is for something else than before, and TPA moves no data: unmount it and remove "
                f"its line from /etc/fstab there, before it is deployed: {_on(directory, name)}"
            )


def _grown(directory: Path, volume: Grown, known: Known) -> str:
    """How to have the file system use all of the volume: TPA makes file systems, and grows none.

    https://docs.aws.amazon.com/ebs/latest/userguide/recognize-expanded-volume-linux.html
    """
    login = _on(directory, volume.instance)
    sizes = f"{volume.device_name} of {volume.instance} has grown from {volume.before} to {volume.after} GiB"
    if volume.is_root:
        return f"{sizes}: cloud-init grows its file system at the next boot; sooner, with growpart: {login}"
    values = _volumes(known.variables).get(volume.device_name, {})
    if not any(key in values for key in _MOUNTED) or "raid_device" in values:
        return f"{sizes}: grow what is on it: {login}"
    device, commands = volume.device_name, []
    if values.get("encryption") == "luks":
        mapped = values.get("luks_volume") or f"{Path(device).name}_crypt"
        commands.append(f"cryptsetup resize {mapped}")
        device = f"/dev/mapper/{mapped}"
    commands.append(f"{'xfs_growfs' if values.get('fstype') == 'xfs' else 'resize2fs'} {device}")
    return f"{sizes}: grow its file system: " + " && ".join(
        f"{_tpaexec('cmd', directory)} {volume.instance} -b -a {shlex.quote(command)}" for command in commands
    )


def _version(before: Contents, after: Contents) -> Iterable[str]:
    old, now = (one.cluster_vars.get("postgres_version") for one in (before, after))
    if old is not None and now is not None and str(old) != str(now):
        yield (
            f"postgres_version is {now}, and was {old}: neither tpaexec deploy nor tpaexec upgrade takes a cluster "
            "from one major version to another; take it back unless you do that by hand"
        )


def _reasons(
    before: Contents,
    after: Contents,
    new: Sequence[str],
    left: Sequence[str],
    stayed: Mapping[str, tuple[Known, Known]],
    retyped: Sequence[str],
) -> list[str]:
    """Why TPA has to deploy."""
    reasons = [f"{name} is new" for name in new]
    reasons += [f"the others still know {name}" for name in left]
    for name, (old, now) in stayed.items():
        if old.address != now.address:
            reasons.append(f"{name} has the address {now.address} instead of {old.address}")
        volumes, devices = _volumes(old.variables), _volumes(now.variables)
        reasons += [f"{device} of {name} is new" for device in devices if device not in volumes]
        if other := _differing(old.variables, now.variables, apart="volumes"):
            reasons.append(f"{name} has other variables: {', '.join(other)}")
        elif volumes != devices and set(volumes) == set(devices):
            reasons.append(f"{name} has other variables of its volumes")
    reasons += [f"{name} has another instance type" for name in retyped if name in stayed]
    if other := _differing(before.cluster_vars, after.cluster_vars, apart="tpa_version"):
        reasons.append(f"the cluster has other variables: {', '.join(other)}")
    return reasons


def _differing(old: Mapping[str, Any], now: Mapping[str, Any], apart: str) -> list[str]:
    """The names of the variables that differ, but for ``apart``."""
    return sorted(
        str(key) for key in {*old, *now} - {apart} if key not in old or key not in now or old[key] != now[key]
    )


def _roles(known: Known) -> frozenset[str]:
    role = known.variables.get("role") or []
    return frozenset(str(each) for each in role) if isinstance(role, list) else frozenset()


def _failover_manager(before: Contents) -> str:
    """What TPA takes (default_failover_manager in roles/init) where the config names none."""
    default = "efm" if before.cluster_vars.get("postgres_flavour") == "epas" else "repmgr"
    return str(before.cluster_vars.get("failover_manager") or default)


def _volumes(variables: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The volumes by device name."""
    written = variables.get("volumes")
    found = written if isinstance(written, list) else []
    return {str(volume["device"]): volume for volume in found if isinstance(volume, dict) and "device" in volume}


def _place(volume: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where TPA mounts a volume; empty where it does not."""
    return tuple(volume[key] for key in _MOUNTED if key in volume)


def _tpaexec(command: str, directory: Path) -> str:
    return shlex.join(["tpaexec", command, str(directory)])


def _on(directory: Path, name: str) -> str:
    """How to log in; ssh_config names the keys from its own directory."""
    return f"(cd {shlex.quote(str(directory))} && ssh -F ssh_config {name})"
