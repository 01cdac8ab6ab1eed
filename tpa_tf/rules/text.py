"""Rules of the text of a file: that it can be read, as UTF-8 and as YAML, and that it is a cluster's config."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, Rule

_YAML = "https://yaml.org/spec/1.1/"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/configure-cluster/"

UNREADABLE = Rule(
    "unreadable",
    ERROR,
    "The config can be read",
    why="Without the file there is nothing to check.",
    fix="Give a cluster directory with a config.yml, or the file itself, and make sure that you may read it.",
    source=_TPA,
    given="The directory clusters/speedy has no config.yml.",
    bad="""\
# tpa-tf check clusters/speedy
""",
    good="""\
# tpa-tf check clusters/speedy/config.yml
""",
)

NOT_UTF_8 = Rule(
    "not-utf-8",
    ERROR,
    "A config is UTF-8 text",
    why="Ansible reads YAML as UTF-8. In another encoding, names and tags would reach AWS with other characters.",
    fix="Save the file as UTF-8, for example with iconv -f latin1 (or what it is) -t utf-8",
    source=_YAML,
    given="The file is saved as Latin-1.",
    bad="""\
cluster_tags:
  Owner: José
""",
    good="""\
cluster_tags:
  Owner: Jose
""",
)

NOT_YAML = Rule(
    "not-yaml",
    ERROR,
    "A config is one YAML document",
    why="Ansible reads config.yml as YAML 1.1. What it can't read, TPA can't either.",
    fix="Correct the line that is named. Indent with spaces, and begin comments with #.",
    source=_YAML,
    bad="""\
cluster_vars:
\tpostgres_version: '16'
""",
    good="""\
cluster_vars:
  postgres_version: '16'
""",
)

EMPTY_FILE = Rule(
    "empty-file",
    ERROR,
    "A config is not empty",
    why="An empty file, or one of comments alone, describes no cluster.",
    fix="Write the config with tpaexec configure, or take the file as git has it.",
    source=_TPA,
    bad="""\
---
# The cluster of the shop.
""",
    good="""\
cluster_name: speedy
""",
)

NOT_A_TPA_CONFIG = Rule(
    "not-a-tpa-config",
    ERROR,
    "The file is the config.yml of a TPA cluster",
    why="None of the top-level keys is one that TPA knows, so this is another kind of file.",
    fix="Give the config.yml that tpaexec configure wrote: it has cluster_name, ec2_vpc, ec2_ami and instances.",
    source=_TPA,
    bad="""\
---
services:
  web: {}
""",
    good="""\
cluster_name: speedy
""",
)

DUPLICATE_KEY = Rule(
    "duplicate-key",
    ERROR,
    "Each key is given once",
    why="Ansible silently takes the last one, so the first has no effect although it is there to read.",
    fix="Keep one of them.",
    source=_YAML,
    bad="""\
cluster_vars:
  postgres_version: '15'
  postgres_version: '16'
""",
    good="""\
cluster_vars:
  postgres_version: '16'
""",
)

NEEDS_PLAIN_VALUE = Rule(
    "needs-plain-value",
    ERROR,
    "What goes into Terraform is plain text",
    why="Only Ansible can expand a template or read a vault. Terraform would take the template for the value.",
    fix="Write the value itself. Templates are fine in vars, which only the deployment reads.",
    source="https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_templating.html",
    bad="""\
cluster_tags:
  Owner: "{{ my_name }}"
""",
    good="""\
cluster_tags:
  Owner: Ada Byron
""",
)
