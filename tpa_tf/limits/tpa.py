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
