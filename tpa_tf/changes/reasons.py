"""Why nobody should apply a change by accident: what of a plan needs somebody's word, in a table by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tpa_tf.changes.effects import CREATE, DELETE, FORGET, FORGET_AND_CREATE, REPLACE, Actions, Effect, Row
from tpa_tf.changes.plan import PlannedChange
from tpa_tf.changes.relations import ATTACHMENT, DISK, MACHINE, Relations

Pair = tuple[PlannedChange, Row]
"""A change, and what is said of it."""

_FATES: Mapping[Actions, str] = {
    DELETE: "is destroyed",
    REPLACE: "is destroyed and made anew",
    FORGET: "is forgotten by Terraform",
    FORGET_AND_CREATE: "is forgotten by Terraform, and another one is made",
}
_STAYS_STOPPED = "and stays stopped: aws ec2 start-instances afterwards"


def reasons(pairs: Sequence[Pair], related: Relations, vanished: frozenset[str]) -> dict[str, str]:
    """Address to why what happens to it needs to be allowed, for those of which that is so."""
    found: dict[str, list[str]] = {}
    for change, row in pairs:
        found.setdefault(row.address, []).extend(_alone(change, row, related, vanished))
    members = _members(pairs, related)
    struck = {row.address: members[row.address] for change, row in pairs if _strikes(change, row)}
    count = len({member for member, _ in struck.values()})
    if count > 1:
        names = ", ".join(name for _, name in sorted(set(struck.values())))
        for address in struck:
            found[address].append(f"{count} members of the cluster at once ({names})")
    return {address: "; ".join(dict.fromkeys(each)) for address, each in found.items() if each}


def _strikes(change: PlannedChange, row: Row) -> bool:
    """Whether a row takes a node out of service, for a while or for good."""
    of_a_node = change.kind in (MACHINE, DISK, ATTACHMENT)
    return of_a_node and Effect.REBOOT.severity <= row.effect.severity <= Effect.LOSES_DATA.severity


def _members(pairs: Sequence[Pair], related: Relations) -> Mapping[str, tuple[str, str]]:
    """Address to the member of the cluster that it is of: the machine's address, and its name for people.

    Where the plan does not tell the machine, the node's name must do, and where nobody knows that, the address itself.
    """
    machines = {row.subject.node: row.address for change, row in pairs if change.kind == MACHINE and row.subject.node}
    members = {}
    for change, row in pairs:
        machine = related.machine_of(change)
        node = row.subject.node
        member = machine.address if machine else machines.get(node, node) if node else row.address
        members[row.address] = (member, node or member)
    return members


def _alone(change: PlannedChange, row: Row, related: Relations, vanished: frozenset[str]) -> Iterator[str]:
    """Why a row needs to be allowed, whatever else is planned."""
    told = [reason for rule in _RULES.get(change.kind, ()) for reason in rule(change, row, related)]
    if change.kind in (MACHINE, DISK) and row.actions == CREATE and row.address in vanished:
        told.append(f"{_whose(row)} is not where Terraform knew it, and an empty one would take its place")
    if row.effect is Effect.REFUSED:
        told.append(row.why)
    if not told and change.kind in (MACHINE, DISK) and row.effect.severity >= Effect.REPLACES_MACHINE.severity:
        told.append(
            f"{_whose(row)}: {row.effect.value}{f' ({row.subject.dies_with})' if row.subject.dies_with else ''}"
        )
    yield from told


def _goes(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A machine or a disk that is destroyed or forgotten."""
    if not change.goes:
        return
    yield f"{_whose(row)} {_FATES[row.actions]}"
    protected = change.before.get("disable_api_termination") is True
    kept_by = "termination_protection: yes" if protected else row.subject.kept_by
    if kept_by and change.destroys:
        yield f"it was {'protected' if change.kind == MACHINE else 'to be kept'} ({kept_by})"


def _stops_too(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A disk that is taken from a running machine on top of that."""
    if change.goes and any(related.detaches(each) for each in related.attachments_of(change)):
        yield f"{row.subject.node or 'its machine'} is stopped to let go of it, {_STAYS_STOPPED}"


def _zone_open(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A machine that may come back where its disks can't follow."""
    subnets = related.open_subnets(change) if change.goes and change.makes else ()
    if subnets and related.disks_to_come(change):
        zone = change.was("availability_zone")
        yield (
            f"it is made anew in a subnet that is yet to be made ({', '.join(each.address for each in subnets)}) and "
            "has no az: if AWS chooses another zone than that of its disks, the apply fails when the machine is gone; "
            f"give the subnet the disks' az{f' ({zone})' if zone else ''}, and plan again"
        )


def _detached(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A machine that is stopped to let go of a disk. Where the disk goes too, one word for the disk is enough."""
    disk = related.disk_of(change)
    if related.detaches(change) and (row.effect is Effect.LOSES_DATA or not (disk and disk.goes)):
        emptied = ", which empties its instance store," if row.subject.dies_when_stopped else ""
        yield (
            f"{row.subject.node or 'its machine'} is stopped to let go of its disk{emptied or ','} {_STAYS_STOPPED}; "
            "to avoid it unmount and detach the disk first (aws ec2 detach-volume), and plan again"
        )


def _used(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A bucket or a key pair of machines that stay."""
    if change.goes and related.users(change):
        yield f"{_whose(row)} {_FATES[row.actions]}, and machines that stay use it"


def _kms_key(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    if change.goes:
        yield f"{_whose(row)} {_FATES[row.actions]}, and nobody reads any more what it has encrypted"


def _occupied(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A VPC, a subnet or a security group that machines are in."""
    if change.destroys and related.inside(change):
        yield f"{_whose(row)} {_FATES[row.actions]}, and machines that stay are in it{_fails(row.address)}"


def _way_out(change: PlannedChange, row: Row, related: Relations) -> Iterator[str]:
    """A gateway or a route table whose VPC goes as well. Alone, they are what private reachability does without."""
    vpc = related.vpc_of(change)
    if change.destroys and vpc and vpc.destroys and related.inside(vpc):
        fate = _FATES[row.actions]
        yield f"{_whose(row)} {fate} with its VPC, and machines that stay are in that{_fails(row.address)}"


def _fails(address: str) -> str:
    return (
        ": AWS refuses that half-way through the apply (DependencyViolation), when other things are gone; it was made "
        f"by this cluster: set the config back, or hand it over with terraform state rm {address}"
    )


_RULES: Mapping[str, Sequence[Callable[[PlannedChange, Row, Relations], Iterator[str]]]] = {
    MACHINE: (_goes, _zone_open),
    DISK: (_goes, _stops_too),
    ATTACHMENT: (_detached,),
    "aws_internet_gateway": (_way_out,),
    "aws_key_pair": (_used,),
    "aws_kms_key": (_kms_key,),
    "aws_route_table": (_way_out,),
    "aws_s3_bucket": (_used,),
    "aws_security_group": (_occupied,),
    "aws_subnet": (_occupied,),
    "aws_vpc": (_occupied,),
}


def _whose(row: Row) -> str:
    """A thing with its node, the node's roles, and what is on a disk."""
    about = row.subject
    of = f" of {about.node}" if about.node else ""
    role = f" ({', '.join(about.role)})" if about.role and about.what == "machine" else ""
    data = f" with {about.volume_for}" if about.volume_for else ""
    return f"the {about.what}{of}{role}{data}"
