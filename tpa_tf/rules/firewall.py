"""Rules of cluster_rules, which become the rules of a security group."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_RULES = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#security-groups-optional"

INVALID_PROTOCOL = Rule(
    "invalid-protocol",
    ERROR,
    "A rule's protocol is one that EC2 knows",
    why="EC2 takes tcp, udp, icmp, icmpv6, all, and protocol numbers.",
    fix="Correct proto.",
    source=_API,
    bad="""\
cluster_rules:
- {proto: tpc, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16}
""",
)

INVALID_PORT = Rule(
    "invalid-port",
    ERROR,
    "A port is a number up to 65535, and a range begins with its lower end",
    why="There are no other ports.",
    fix="Write a port such as 5432, or from_port and to_port in order.",
    source=_API,
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 6100, to_port: 6000, cidr_ip: 10.33.0.0/16}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 6000, to_port: 6100, cidr_ip: 10.33.0.0/16}
""",
)

TWO_PORT_FORMS = Rule(
    "two-port-forms",
    ERROR,
    "A rule has ports, or from_port and to_port",
    why="The two forms exclude each other, and Ansible's module refuses both.",
    fix="Keep one of them.",
    source="https://docs.ansible.com/ansible/latest/collections/amazon/aws/ec2_security_group_module.html",
    bad="""\
cluster_rules:
- {proto: tcp, ports: [5432], from_port: 22, to_port: 22, cidr_ip: 10.33.0.0/16}
""",
    good="""\
cluster_rules:
- {proto: tcp, ports: [22, 5432], cidr_ip: 10.33.0.0/16}
""",
)

EVERY_PORT = Rule(
    "every-port",
    WARNING,
    "Ports stand in rules for tcp or udp",
    why="A rule for all protocols, or for one by its number, opens every port: EC2 ignores the ports beside it.",
    fix="Write proto: tcp for these ports alone, or remove the ports.",
    source=_API,
    bad="""\
cluster_rules:
- {proto: all, from_port: 22, to_port: 22, cidr_ip: 10.33.0.0/16}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 22, to_port: 22, cidr_ip: 10.33.0.0/16}
""",
)

INVALID_ICMP = Rule(
    "invalid-icmp",
    ERROR,
    "Type and code of ICMP are 0 to 255, or -1 for all",
    why="EC2 takes them for icmp and icmpv6 alone, and a code with its type alone.",
    fix="Write icmp_type and icmp_code within the range, or leave both out.",
    source=_API,
    bad="""\
cluster_rules:
- {proto: icmp, icmp_code: 0, cidr_ip: 10.33.0.0/16}
""",
    good="""\
cluster_rules:
- {proto: icmp, icmp_type: 8, icmp_code: 0, cidr_ip: 10.33.0.0/16}
""",
)

RULE_SOURCE = Rule(
    "rule-source",
    ERROR,
    "A rule says whom it admits",
    why="A rule without a source admits nobody, and AWS refuses it.",
    fix="Add cidr_ip, cidr_ipv6, group_id, group_name or ip_prefix.",
    source=_RULES,
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16}
""",
)

INVALID_GROUP = Rule(
    "invalid-group",
    ERROR,
    "A security group is given by its id",
    why="An id is sg- and hexadecimal digits, after an account's id and a slash if the group is another account's.",
    fix="Copy the id from AWS, or write the group's name as group_name.",
    source=_RULES,
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, group_id: monitoring}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, group_id: sg-0a1b2c3d4e5f60718}
""",
)

INVALID_PREFIX_LIST = Rule(
    "invalid-prefix-list",
    ERROR,
    "A prefix list is given by its id",
    why="An id is pl- and hexadecimal digits.",
    fix="Copy the id from AWS, or write the range as cidr_ip.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html",
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, ip_prefix: offices}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, ip_prefix: pl-0a1b2c3d4e5f60718}
""",
)

INVALID_DESCRIPTION = Rule(
    "invalid-description",
    ERROR,
    "A rule's description has up to 255 characters that EC2 takes",
    why="EC2 refuses other characters than letters without accents, digits, spaces and ._-:/()#,@[]+=&;{}!$*.",
    fix="Shorten rule_desc, or write it with these characters.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16, rule_desc: "für uns"}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16, rule_desc: "for us"}
""",
)

RULES_WITHOUT_GROUP = Rule(
    "rules-without-group",
    WARNING,
    "cluster_rules have a security group to stand in",
    why="Where ec2_groups gives every region existing groups, the cluster has none of its own for its rules.",
    fix="Set the rules on those groups, or remove ec2_groups.",
    source=_TPA,
    bad="""\
ec2_groups:
  eu-west-1:
    group-name: databases
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16}
""",
    good="""\
ec2_groups:
  eu-west-1:
    group-name: databases
cluster_rules:
""",
)

OPEN_TO_ALL = Rule(
    "open-to-all",
    WARNING,
    "SSH and databases are open to the ranges that need them",
    why="Whoever scans the internet tries such ports within minutes.",
    fix="Name the ranges of your own networks. Instances of the cluster reach each other by the range of their VPC.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html",
    bad="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 0.0.0.0/0}
""",
    good="""\
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 198.51.100.0/24}
""",
)
