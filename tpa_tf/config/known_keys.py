"""Which keys TPA knows: what this tool reads, what it leaves to TPA, and what it accepts without effect."""

from __future__ import annotations

from typing import Any

from tpa_tf.config.findings import Report
from tpa_tf.config.models import ClusterSpec
from tpa_tf.config.schema import suggestion
from tpa_tf.rules.schema import LEFT_TO_TPA, MISSPELT_KEY, NO_EFFECT

TRANSLATED = frozenset(ClusterSpec.model_fields) | {
    "ec2_vpc",
    "ec2_vpc_subnets",
    "ec2_vpc_igw",
    "ec2_groups",
    "ec2_ami",
    "cluster_rules",
    "locations",
    "instance_defaults",
    "instances",
    "hostname_patterns",
    "route53_zone",
    "route53_hosted_zone_id",
    "ec2_ami_user",
    "cluster_ssh_user",
    "terraform",
}
"""Top-level keys that go into the Terraform configuration, in full or in part."""

OF_THE_DEPLOYMENT = frozenset(
    [
        "architecture",
        "cluster_vars",
        "keyring_backend",
        "vault_name",
        "vault_file",
        "use_ssh_agent",
        "forward_ssh_agent",
        "ansible_tower",
        "compliance",
        "export_as_vars",
        "top_level_vars",
        "source_repositories",
        "source_repository",
        "edb_repositories",
        "tpa_2q_repositories",
        "yum_repository_list",
        "apt_repository_list",
        "suse_repository_list",
        "harp_manager",
        "ssh_key_bits",
        "use_volatile_subscriptions",
        "tpa_version",
        "preferred_python_version",
        "hooks",
        "cluster_network_name",
        "ephemeral_network",
        "cluster_tag",
    ]
)
"""Top-level keys that say nothing of the infrastructure: TPA's deployment reads them."""

WITHOUT_EFFECT = {
    "ec2_ami_name": "TPA ignores it since 2016: the image is ec2_ami with Name and Owner",
    "variables": "TPA ignores it since 2016: variables are cluster_vars",
    "vpn_network": "TPA reads it under cluster_vars only",
}
"""Dead keys of old files, and what took their place."""

TOP_LEVEL = TRANSLATED | OF_THE_DEPLOYMENT
"""Every top-level key that makes a file look like a TPA config."""

UNTRANSLATED_INSTANCE_KEYS = {
    "spot_price": "TPA too starts an on-demand instance",
    "spot_wait_timeout": "TPA too starts an on-demand instance",
    "spot_launch_group": "TPA too starts an on-demand instance",
    "az": "the zone of the subnet decides (ec2_vpc_subnets or the location's az)",
    "ansible_host": "the address comes from Terraform's outputs",
    "ec2_ami_user": "write vars: {ansible_user: …}",
    "cluster_ssh_user": "write vars: {ansible_user: …}",
}
"""Instance keys that TPA accepts and that make nothing in AWS, and why."""

UNTRANSLATED_VOLUME_KEYS = {
    "raid_device": "TPA makes no RAID since v23.34: the entry is one plain volume",
    "raid_units": "TPA makes no RAID since v23.34: the entry is one plain volume",
    "raid_level": "TPA makes no RAID since v23.34: the entry is one plain volume",
}
"""Volume keys that TPA accepts and strips, and why."""

REFUSED_INSTANCE_KEYS = {
    "assign_eip": "its name is assign_elastic_ip today",
    "public_ip": "on AWS an address is given by elastic_ip with assign_elastic_ip: yes",
    "ip_address": "on AWS a fixed private address is private_ip",
    "ip": "on AWS a fixed private address is private_ip",
    "instance_type": "the key is type",
    "ami": "the key is image",
    "name": "the key is Name",
}
"""Instance keys that people write and TPA refuses on aws, and what to write instead."""


def report_unknown(data: dict[str, Any], report: Report) -> None:
    """Say which top-level keys have no effect here: likely misspellings as warnings, the rest as information."""
    for key in data:
        name = str(key)
        if name in TOP_LEVEL:
            continue
        if name in WITHOUT_EFFECT:
            report.add(NO_EFFECT, (key,), f"{name} has no effect", WITHOUT_EFFECT[name], on_key=True)
        elif guess := suggestion(name, TRANSLATED):
            report.add(MISSPELT_KEY, (key,), f"unknown key {name!r}", f"did you mean {guess}?", on_key=True)
        else:
            report.add(LEFT_TO_TPA, (key,), f"{name} is left to TPA", "tpa-tf makes nothing of this key", on_key=True)
