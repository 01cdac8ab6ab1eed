"""What TPA knows and refuses.

Source: https://github.com/EnterpriseDB/tpa, v23.40 (October 2025), by the directory or file named at each table.
"""

from __future__ import annotations

PLATFORMS = ("aws", "bare", "docker", "lxd", "shared", "vagrant")
"""Where instances can be (platforms/)."""

KEYRING_BACKENDS = ("legacy", "system")
"""Where the password of a cluster's vault is kept (lib/tpa/password)."""

SENSELESS_OWNERS = frozenset({"", "root", "postgres", "ec2-user", "admin", "ubuntu", "vagrant", "tpa", "user"})
"""Names that say nothing of who owns a cluster; TPA refuses them (platforms/cloud/validate.yml)."""

ROLES = frozenset(
    [
        "barman",
        "bdr",
        "beacon-agent",
        "downloader",
        "efm",
        "efm-not-promotable",
        "efm-witness",
        "etcd",
        "haproxy",
        "harp-proxy",
        "log-server",
        "monitoring-server",
        "openvpn-server",
        "patroni",
        "pem-agent",
        "pem-server",
        "pgbouncer",
        "pgd-proxy",
        "pgdcli",
        "postgres",
        "primary",
        "readonly",
        "replica",
        "standby",
        "subscriber-only",
        "witness",
    ]
)
"""Roles that TPA's deployment reads (roles/ and architectures/); it makes a group of any other, too."""

ARCHITECTURES = ("BDR-Always-ON", "Images", "Lightweight", "M1", "PGD-Always-ON", "PGD-S", "PGD-X")
"""What a cluster can be (architectures/)."""

PORTS = {22: "SSH", 2379: "etcd", 2380: "etcd", 5432: "Postgres", 5444: "Postgres", 6432: "PgBouncer", 8008: "Patroni"}
"""What TPA's deployment has listen, by the port that it takes by default (roles/)."""

DEFAULT_RULES = (("tcp", 22), ("udp", 1194))
"""What is open to everybody where a config has no cluster_rules: SSH and OpenVPN (platforms/cloud/validate.yml)."""

PEM_SERVER = ("tcp", 443)
"""What is open besides where an instance has the role pem-server (platforms/cloud/validate.yml)."""

VOLUME_USES = {
    "postgres_data": "/opt/postgres",
    "postgres_wal": "/opt/postgres/wal",
    "barman_data": "/var/lib/barman",
    "postgres_tablespace": "/opt/postgres/tablespaces/{}",
}
"""What a volume can be for, and where it is mounted then (lib/filter_plugins/instances.py)."""
