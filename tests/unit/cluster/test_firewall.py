"""An entry of cluster_rules is one rule for each range of ports and each source, as Ansible's module makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cluster.conftest import REGION, Config, Load

Rule = tuple[str, "int | None", "int | None", str]


def rules(load: Load, config: Config, **entry: Any) -> set[Rule]:
    """Protocol, ports and source of every rule that ``entry`` becomes."""
    config["cluster_rules"] = [entry]
    cluster = load(config, None).cluster
    assert cluster
    group = cluster.region(REGION).security_group
    assert group
    return {(each.protocol, each.from_port, each.to_port, each.source) for each in group.rules}


def test_every_source_of_every_kind_gets_every_port(load: Load, config: Config) -> None:
    sources = {
        "cidr_ip": ["10.0.0.0/8", "11.0.0.0/8"],
        "cidr_ipv6": "2001:db8::/32",
        "group_id": "sg-1",
        "group_name": "mon",
        "ip_prefix": "pl-1",
    }
    found = rules(load, config, ports=[22, "80-90"], **sources)
    assert {source for *_, source in found} == {"10.0.0.0/8", "11.0.0.0/8", "2001:db8::/32", "sg-1", "mon", "pl-1"}
    assert len(found) == 12
    assert {tuple(ports) for _, *ports, source in found if source == "mon"} == {(22, 22), (80, 90)}


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("cidr_ip", "10.0.0.0/8,11.0.0.0/8", {"10.0.0.0/8", "11.0.0.0/8"}),
        ("cidr_ipv6", "2001:db8::/32, 2001:db9::/32", {"2001:db8::/32", "2001:db9::/32"}),
        ("group_id", "sg-1,sg-2", {"sg-1", "sg-2"}),
        ("group_name", "mon, app", {"mon", "app"}),
        ("group_name", ["mon, app"], {"mon, app"}),
        ("ip_prefix", "pl-1,pl-2", {"pl-1", "pl-2"}),
    ],
)
def test_text_is_split_at_commas_and_entries_of_a_list_are_not(
    load: Load, config: Config, key: str, text: str | list[str], expected: set[str]
) -> None:
    assert {source for *_, source in rules(load, config, ports=22, **{key: text})} == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("22,80", {(22, 22), (80, 80)}),
        ("22, 7000-7010", {(22, 22), (7000, 7010)}),
        ("7010-7000", {(7000, 7010)}),
        (["7010-7000", "7000-7010"], {(7000, 7010)}),
    ],
)
def test_ports_are_split_and_their_ranges_put_in_order(
    load: Load, config: Config, written: str | list[str], expected: set[tuple[int, int]]
) -> None:
    found = rules(load, config, ports=written, cidr_ip="10.0.0.0/8")
    assert {(first, last) for _, first, last, _ in found} == expected
