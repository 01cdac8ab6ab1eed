"""Rules of roles and relations, which tpaexec provision checks and tpaexec deploy does not."""

from __future__ import annotations

from tpa_tf.rules.rule import WARNING, Rule

_TOPOLOGY = "TPA: platforms/common/validate-topology.yml"
_INSTANCE = "https://www.enterprisedb.com/docs/tpa/latest/configure-instance/"
_REPLICA = "TPA: roles/postgres/replica"
_ARCHITECTURES = "https://www.enterprisedb.com/docs/tpa/latest/tpaexec-configure/"

UNKNOWN_UPSTREAM = Rule(
    "unknown-upstream",
    WARNING,
    "An upstream is an instance of the cluster",
    why="The deployment asks the upstream for its data, and fails where there is none.",
    fix="Write the Name of the instance, in lower case.",
    source=_TOPOLOGY,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alhpa}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

UPSTREAM_IN_A_CIRCLE = Rule(
    "upstream-in-a-circle",
    WARNING,
    "Replicas lead to a primary by their upstreams",
    why="An instance that replicates from itself, or from one that replicates from it, never gets any data.",
    fix="Name the instance that has the data.",
    source=_REPLICA,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: beta}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

NO_UPSTREAM = Rule(
    "no-upstream",
    WARNING,
    "A replica and a witness have an upstream",
    why="TPA takes the data of a replica, and what a witness watches, from its upstream. Its provisioning "
    "fails without.",
    fix="Write upstream: and the Name of the instance.",
    source=_TOPOLOGY,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica]}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

NO_BARMAN = Rule(
    "no-barman",
    WARNING,
    "A backup names an instance with the role barman",
    why="The deployment sets up backups on the instance that backup names, which has Barman for it.",
    fix="Name the instance with the role barman, or give it that role.",
    source=_TOPOLOGY,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: beta}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

ONE_PRIMARY = Rule(
    "one-primary",
    WARNING,
    "An M1 cluster has one primary",
    why="M1 is one primary and its replicas; TPA takes the first primary that it finds.",
    fix="Give one instance the role primary, and make the others replicas.",
    source=_ARCHITECTURES,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [primary]}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

MISSPELT_ROLE = Rule(
    "misspelt-role",
    WARNING,
    "A role is spelled as TPA spells it",
    why="TPA makes a group of any role, and does nothing with one that it doesn't know.",
    fix="Correct the role; or take a name that is less like one of TPA's.",
    source=_INSTANCE,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replcia], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

UNKNOWN_ARCHITECTURE = Rule(
    "unknown-architecture",
    WARNING,
    "An architecture is one that TPA has",
    why="tpaexec deploy takes the playbook of the architecture, and fails where there is none.",
    fix="Correct the architecture; or nothing, if it is newer than this tpa-tf.",
    source=_ARCHITECTURES,
    bad="""\
architecture: M-1
""",
    good="""\
architecture: M1
""",
)

UNKNOWN_PARTNER = Rule(
    "unknown-partner",
    WARNING,
    "A CAMO partner is another instance of the cluster",
    why="The two partners commit each transaction together.",
    fix="Write the Name of the other instance.",
    source=_TOPOLOGY,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, vars: {bdr_node_camo_partner: alpha}}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, vars: {bdr_node_camo_partner: beta}}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

OTHER_TABLESPACES = Rule(
    "other-tablespaces",
    WARNING,
    "A replica has volumes for the tablespaces of its upstream",
    why="A replica is a copy of its upstream, tablespaces and all. TPA's provisioning refuses others.",
    fix="Give both the same volumes with volume_for: postgres_tablespace.",
    source="TPA: platforms/common/validate.yml",
    bad="""\
instances:
- Name: alpha
  node: 1
  role: [primary]
  volumes:
  - {device_name: /dev/sdg, volume_size: 8, encrypted: yes, vars: {volume_for: postgres_tablespace, tablespace_name: a}}
- Name: beta
  node: 2
  role: [replica]
  upstream: alpha
""",
    good="""\
instances:
- Name: alpha
  node: 1
  role: [primary]
  volumes:
  - {device_name: /dev/sdg, volume_size: 8, encrypted: yes, vars: {volume_for: postgres_tablespace, tablespace_name: a}}
- Name: beta
  node: 2
  role: [replica]
  upstream: alpha
  volumes:
  - {device_name: /dev/sdg, volume_size: 8, encrypted: yes, vars: {volume_for: postgres_tablespace, tablespace_name: a}}
""",
)
