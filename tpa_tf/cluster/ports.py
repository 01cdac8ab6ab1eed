"""The ports without which a cluster is none: SSH, Postgres, and what its architecture adds."""

from __future__ import annotations

from collections.abc import Mapping

from tpa_tf.cluster.model import Cluster

ALWAYS = frozenset({22, 5432})
"""SSH, by which TPA, repmgr and Patroni come; and Postgres."""

_OF_A_ROLE: Mapping[str, frozenset[int]] = {
    "etcd": frozenset({2379, 2380}),
    "harp-proxy": frozenset({6432}),
    "pem-server": frozenset({443}),
    "pgbouncer": frozenset({6432}),
    "pgd-proxy": frozenset({6432}),
}
"""What TPA has each listen on, unless vars say otherwise (its docs/src)."""

_PATRONI = 8008
"""The REST API by which Patroni's members see each other."""


def needed_ports(cluster: Cluster) -> frozenset[int]:
    """The TCP ports that a rule must keep open for the cluster to work."""
    roles = {role for instance in cluster.instances for role in instance.role}
    own = frozenset[int]().union(*(ports for role, ports in _OF_A_ROLE.items() if role in roles))
    patroni = frozenset({_PATRONI}) if "etcd" in roles else frozenset[int]()
    return ALWAYS | own | patroni | {cluster.user_data.ssh_port}
