"""Rules of what the deployment needs after the apply, so that tpa-tf inventory has nothing to refuse then."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_PAGE = "docs/deploy.md"
_BARE = "https://www.enterprisedb.com/docs/tpa/latest/platform-bare/"

INVALID_KEYRING = Rule(
    "invalid-keyring",
    ERROR,
    "keyring_backend is one that TPA has",
    why="The deployment reads the vault's passphrase from it. TPA has legacy (a file) and system (the keyring).",
    fix="Write legacy or system.",
    source="https://www.enterprisedb.com/docs/tpa/latest/tpaexec-configure/",
    bad="""\
keyring_backend: gnome
""",
    good="""\
keyring_backend: system
""",
)

HOST_WITHOUT_ADDRESS = Rule(
    "host-without-address",
    WARNING,
    "A bare instance has an address",
    why="Terraform doesn't create it, so the config alone can say where it is. Without an address, "
    "tpa-tf inventory refuses the config after the apply.",
    fix="Add public_ip, private_ip or ip_address.",
    source=_BARE,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: bare
""",
    good="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: bare
  public_ip: 198.51.100.7
""",
)

NOT_IN_INVENTORY = Rule(
    "not-in-inventory",
    WARNING,
    "Each instance beside those on aws is bare",
    why="Only tpaexec provision creates containers and virtual machines, and knows where they are. "
    "tpa-tf inventory refuses the config after the apply.",
    fix="Give these instances a cluster of their own, or make them bare with their addresses.",
    source=_PAGE,
    bad="""\
instances:
- Name: alpha
  node: 1
- Name: beta
  node: 2
  platform: docker
""",
    good="""\
instances:
- Name: alpha
  node: 1
""",
)
