"""Which ports a plan closes: what the rules of a group let in before it, and what they let in after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from tpa_tf.changes.plan import Change, Plan

INGRESS, EGRESS = "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"

_SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
_TCP = ("tcp", "6", "-1")


class Openings:
    """What the rules of a plan let in, before and after."""

    def __init__(self, plan: Plan) -> None:
        self._after = {
            type_: [change.after for change in plan.of_type(type_) if change.after] for type_ in (INGRESS, EGRESS)
        }
        self._staying = {group.id for group in plan.of_type("aws_security_group") if group.id and not group.goes}

    def closed(self, rule: Change, ports: Iterable[int]) -> tuple[int, ...]:
        """Those of ``ports`` that ``rule`` let somebody through whom no rule lets through afterwards; sorted.

        A rule of egress closes 0, which stands for everything.
        """
        if not rule.before or not (rule.goes or rule.changed):
            return ()
        wanted = (0,) if rule.type == EGRESS else ports
        return tuple(sorted(port for port in wanted if self._is_closed(rule, port)))

    def _is_closed(self, rule: Change, port: int) -> bool:
        before = rule.before
        return _covers(before, port) and not any(
            _covers(after, port) and _admits(after, before)
            for after in self._after[rule.type]
            if self._same_group(after, before)
        )

    def _same_group(self, after: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        """Whether both are of one group; that of which the plan doesn't tell the id is new, and may replace another."""
        group, was = after.get("security_group_id"), before.get("security_group_id")
        return group == was if group is not None else was not in self._staying


def _covers(rule: Mapping[str, Any], port: int) -> bool:
    if str(rule.get("ip_protocol")) not in _TCP:
        return False
    first, last = rule.get("from_port"), rule.get("to_port")
    if port == 0 or not isinstance(first, int) or not isinstance(last, int) or str(rule.get("ip_protocol")) == "-1":
        return True
    return first <= port <= last


def _admits(rule: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether ``rule`` lets through all whom ``other`` lets through."""
    return all(any(_within(theirs, ours) for ours in _given(rule)) for theirs in _given(other))


def _given(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, rule[name]) for name in _SOURCES if rule.get(name))


def _within(theirs: tuple[str, Any], ours: tuple[str, Any]) -> bool:
    if theirs == ours:
        return True
    if theirs[0] != ours[0] or not theirs[0].startswith("cidr"):
        return False
    try:
        # Of one version each: the names of the arguments are the same.
        return ip_network(str(theirs[1])).subnet_of(ip_network(str(ours[1])))  # type: ignore[arg-type]
    except ValueError:
        return False
