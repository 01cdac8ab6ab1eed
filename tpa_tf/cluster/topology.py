"""The roles of instances and how they hang together: what ``tpaexec provision`` checks and ``tpaexec deploy`` does not.

Terraform needs none of it, so that every finding is a warning. The rules are those of TPA's
platforms/common/validate-topology.yml, and of what its roles read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.config.document import KeyPath, is_template
from tpa_tf.config.findings import Report
from tpa_tf.config.spelling import suggestion
from tpa_tf.limits.tpa import ARCHITECTURES, ROLES
from tpa_tf.rules.topology import (
    MISSPELT_ROLE,
    NO_BARMAN,
    NO_UPSTREAM,
    ONE_PRIMARY,
    OTHER_TABLESPACES,
    UNKNOWN_ARCHITECTURE,
    UNKNOWN_PARTNER,
    UNKNOWN_UPSTREAM,
    UPSTREAM_IN_A_CIRCLE,
)

Instances = Mapping[str, MergedInstance]


def check(merged: Sequence[MergedInstance], data: Mapping[str, Any], report: Report) -> None:
    """Warn of roles and relations of ``merged``, the instances of every platform, that TPA can't deploy."""
    by_name = {each.name: each for each in merged}
    if len(by_name) < len(merged):
        return  # two of one name, which is told: nobody knows which of them is meant
    roles = {each.name: _roles(each, report) for each in merged}
    for instance in merged:
        _check_upstream(instance, roles[instance.name], by_name, report)
        _check_backup(instance, roles, by_name, report)
        _check_partner(instance, by_name, report)
        _check_tablespaces(instance, roles[instance.name], by_name, report)
    _check_circles(by_name, report)
    if merged and _architecture(data, report) == "M1":
        _check_primary(merged, roles, report)


def _architecture(data: Mapping[str, Any], report: Report) -> str | None:
    """The architecture that is meant."""
    written = data.get("architecture")
    if not isinstance(written, str) or is_template(written) or written in ARCHITECTURES:
        return written if isinstance(written, str) else None
    guess = suggestion(written, ARCHITECTURES)
    help = f"did you mean {guess}?" if guess else f"one of {', '.join(ARCHITECTURES)}"
    report.add(UNKNOWN_ARCHITECTURE, ("architecture",), f"TPA has no architecture {written}", help)
    return guess


def _roles(instance: MergedInstance, report: Report) -> frozenset[str]:
    """The roles that are meant; TPA makes a group of any role, so that only what looks misspelt is told."""
    found = set()
    for index, role in enumerate(instance.roles):
        guess = None if role in ROLES else suggestion(role, ROLES)
        if guess:
            path = _entry(instance, "role", index, report)
            report.add(MISSPELT_ROLE, path, f"TPA knows no role {role}", f"did you mean {guess}?")
        found.add(guess or role)
    return frozenset(found)


def _entry(instance: MergedInstance, key: str, index: int, report: Report) -> KeyPath:
    """Where an entry of a list stands, or the text that holds the list."""
    path = instance.locate((key,))
    return (*path, index) if (*path, index) in report.document.marks else path


def _upstream(instance: MergedInstance) -> str | None:
    """The name of the upstream; None without one, or where only Ansible can read it."""
    written = instance.values.get("upstream")
    return written if isinstance(written, str) and written and not is_template(written) else None


def _check_upstream(instance: MergedInstance, roles: frozenset[str], by_name: Instances, report: Report) -> None:
    upstream, path = _upstream(instance), instance.locate(("upstream",))
    if upstream == instance.name:
        help = f"one of {', '.join(name for name in by_name if name != instance.name)}"
        report.add(UPSTREAM_IN_A_CIRCLE, path, f"{upstream} can't replicate from itself", help)
    elif upstream and upstream not in by_name:
        report.add(UNKNOWN_UPSTREAM, path, f"there is no instance {upstream}", _help(upstream, by_name))
    elif not instance.values.get("upstream"):
        needing = "replica" if "replica" in roles else "witness" if "witness" in roles and "bdr" not in roles else None
        # A key at fault may be a misspelt upstream.
        if needing and not report.told(instance.locate(())):
            report.add(
                NO_UPSTREAM,
                instance.locate(("role",)),
                f"{instance.name} is a {needing}, and has no upstream",
                "name the instance from which it replicates (upstream: …)",
                cause=needing,
            )


def _check_circles(by_name: Instances, report: Report) -> None:
    """Instances that replicate from each other; each circle once."""
    seen: set[str] = set()
    for start in by_name:
        way: list[str] = []
        name = start
        while name in by_name and name not in seen:
            seen.add(name)
            way.append(name)
            name = _upstream(by_name[name]) or ""
        if name in way and name != way[-1]:
            circle = way[way.index(name) :]
            message = f"{', '.join(circle)} replicate from each other in a circle"
            help = "remove upstream from the one that the others replicate from"
            report.add(UPSTREAM_IN_A_CIRCLE, by_name[circle[0]].locate(("upstream",)), message, help)


def _check_backup(
    instance: MergedInstance, roles: Mapping[str, frozenset[str]], by_name: Instances, report: Report
) -> None:
    written = instance.values.get("backup")
    for index, name in enumerate(written if isinstance(written, list) else [written]):
        if not isinstance(name, str) or not name or is_template(name):
            continue
        path = _entry(instance, "backup", index, report)
        barmans = [each for each in by_name if "barman" in roles[each]]
        if name not in by_name:
            report.add(NO_BARMAN, path, f"there is no instance {name}", _help(name, barmans or by_name))
        elif name not in barmans:
            help = f"{' and '.join(barmans)} has it" if barmans else "no instance has it: give one the role barman"
            report.add(NO_BARMAN, path, f"{name} is no barman: it doesn't have that role", help)


def _check_partner(instance: MergedInstance, by_name: Instances, report: Report) -> None:
    settings = instance.values.get("vars")
    partner = settings.get("bdr_node_camo_partner") if isinstance(settings, dict) else None
    if not isinstance(partner, str) or not partner or is_template(partner):
        return
    path = instance.locate(("vars", "bdr_node_camo_partner"))
    if partner == instance.name:
        report.add(UNKNOWN_PARTNER, path, f"{partner} can't be a partner of itself", "name the other instance")
    elif partner not in by_name:
        report.add(UNKNOWN_PARTNER, path, f"there is no instance {partner}", _help(partner, by_name))


def _check_tablespaces(instance: MergedInstance, roles: frozenset[str], by_name: Instances, report: Report) -> None:
    """A replica has the tablespaces of its upstream, which are copied to it."""
    upstream = by_name.get(_upstream(instance) or "")
    if upstream is None or upstream is instance or "replica" not in roles:
        return
    mine, theirs = (sorted(_tablespaces(each)) for each in (instance, upstream))
    if mine != theirs:
        report.add(
            OTHER_TABLESPACES,
            instance.locate(("upstream",)),
            f"{instance.name} has volumes for {_listed(mine)}, and its upstream {upstream.name} for {_listed(theirs)}",
            "give both volumes with volume_for: postgres_tablespace and the same tablespace_name",
        )


def _tablespaces(instance: MergedInstance) -> Iterator[str]:
    for volume in instance.values["volumes"]:
        settings = volume.get("vars") or {}
        if isinstance(settings, dict) and settings.get("volume_for") == "postgres_tablespace":
            yield str(settings.get("tablespace_name"))


def _listed(tablespaces: Sequence[str]) -> str:
    return f"the tablespaces {', '.join(tablespaces)}" if tablespaces else "no tablespace"


def _check_primary(merged: Sequence[MergedInstance], roles: Mapping[str, frozenset[str]], report: Report) -> None:
    """M1 has one primary, besides those of PEM servers, which have a Postgres of their own."""
    primaries = [each for each in merged if "primary" in roles[each.name] and "pem-server" not in roles[each.name]]
    if not primaries:
        message = "M1 needs a primary, and no instance has that role"
        report.add(ONE_PRIMARY, ("instances",), message, "give one instance role: [primary]", on_key=True)
    for second in primaries[1:]:
        first = primaries[0]
        line = report.document.mark(first.locate(("role",))).line
        report.add(
            ONE_PRIMARY,
            second.locate(("role",)),
            f"M1 has one primary, and {first.name} on line {line} is it",
            f"make {second.name} a replica with upstream: {first.name}",
        )


def _help(name: str, known: Sequence[str] | Instances) -> str:
    guess = suggestion(name, known)
    return f"did you mean {guess}?" if guess else f"there are {', '.join(known)}"
