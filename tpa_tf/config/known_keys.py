"""Which keys TPA knows: what this tool reads, what it leaves to TPA, and what it accepts without effect."""

from __future__ import annotations

from typing import Any

from tpa_tf.config.findings import Report
from tpa_tf.config.models import ClusterSpec
from tpa_tf.config.spelling import suggestion
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

OF_THE_DEPLOYMENT = {
    "architecture": "TPA's architecture of the cluster",
    "cluster_vars": "variables of all hosts, for TPA",
    "cluster_tag": "the inventory's group of all hosts, by default tag_Cluster_<cluster name>",
    "keyring_backend": "where the password of the cluster's vault is kept: legacy or system",
    "use_ssh_agent": "whether ssh takes its keys from an agent; by default no",
    "forward_ssh_agent": "whether ssh forwards the agent to the hosts; by default no",
    "ansible_tower": "settings for Ansible Tower, or whether it is used",
    "vault_name": "the name of the cluster's vault password",
    "vault_file": "the file of the cluster's vault password",
    "compliance": "the compliance standard that TPA checks",
    "export_as_vars": "keys that become variables of all hosts",
    "top_level_vars": "keys that become variables of all hosts",
    "source_repositories": "repositories that TPA builds from",
    "source_repository": "the repository that TPA builds from",
    "edb_repositories": "EDB's package repositories",
    "tpa_2q_repositories": "2ndQuadrant's package repositories",
    "yum_repository_list": "package repositories of Red Hat's family",
    "apt_repository_list": "package repositories of Debian's family",
    "suse_repository_list": "package repositories of SUSE's family",
    "harp_manager": "settings of HARP",
    "ssh_key_bits": "the length of SSH keys that TPA makes",
    "use_volatile_subscriptions": "whether TPA uses volatile subscriptions",
    "tpa_version": "the version of TPA that wrote the file",
    "preferred_python_version": "the Python of the hosts",
    "hooks": "hooks of the deployment",
    "cluster_network_name": "the network of containers",
    "ephemeral_network": "whether the network of containers goes with them",
}
"""Top-level keys that say nothing of the infrastructure: TPA's deployment reads them. What each is for, by key."""

WITHOUT_EFFECT = {
    "ec2_ami_name": "write ec2_ami: {Name: …, Owner: …}",
    "variables": "write cluster_vars",
    "vpn_network": "write it in cluster_vars, where TPA reads it",
}
"""Dead keys of old files, and what took their place."""

TOP_LEVEL = TRANSLATED | OF_THE_DEPLOYMENT.keys()
"""Every top-level key that makes a file look like a TPA config."""

UNTRANSLATED_INSTANCE_KEYS = {
    "spot_price": "remove it: the instance is an on-demand instance, as with TPA",
    "spot_wait_timeout": "remove it: the instance is an on-demand instance, as with TPA",
    "spot_launch_group": "remove it: the instance is an on-demand instance, as with TPA",
    "az": "write the zone for the subnet: az in ec2_vpc_subnets, or in the location",
    "ansible_host": "remove it: the address comes from Terraform's outputs",
    "ec2_ami_user": "write vars: {ansible_user: …}",
    "cluster_ssh_user": "write vars: {ansible_user: …}",
}
"""Instance keys that TPA accepts and that make nothing in AWS, and why."""

UNTRANSLATED_VOLUME_KEYS = {
    "raid_device": "remove it: TPA makes no RAID since v23.34, and the entry is one plain volume",
    "raid_units": "remove it: TPA makes no RAID since v23.34, and the entry is one plain volume",
    "raid_level": "remove it: TPA makes no RAID since v23.34, and the entry is one plain volume",
}
"""Volume keys that TPA accepts and strips, and why."""

_ADDRESS = "write private_ip; a public address is elastic_ip, and hosts that exist are platform: bare"

REFUSED_INSTANCE_KEYS = {
    "assign_eip": "write assign_elastic_ip",
    "public_ip": "write assign_elastic_ip: yes (with elastic_ip for yours); hosts that exist are platform: bare",
    "ip_address": _ADDRESS,
    "ip": _ADDRESS,
    "instance_count": "write an entry of its own for each instance: TPA has no counts",
    "count": "write an entry of its own for each instance: TPA has no counts",
    "instance_type": "write type",
    "ami": "write image",
    "name": "write Name",
}
"""Instance keys that people write and TPA refuses on aws, and what to write instead."""


def report_unknown(data: dict[str, Any], report: Report) -> None:
    """Say which top-level keys have no effect here: likely misspellings as warnings, the rest as information."""
    for key in data:
        name = str(key)
        if name in TOP_LEVEL:
            continue
        if name == "ec2_ami_name" and data.get("ec2_ami") is None:
            continue  # it stands for the image, which is missing then
        if name in WITHOUT_EFFECT:
            report.add(NO_EFFECT, (key,), f"{name} has no effect", WITHOUT_EFFECT[name], on_key=True)
        elif guess := suggestion(name, TRANSLATED):
            report.add(MISSPELT_KEY, (key,), f"unknown key {name!r}", f"did you mean {guess}?", on_key=True)
        else:
            report.add(
                LEFT_TO_TPA,
                (key,),
                f"tpa-tf creates nothing for the key {name}",
                "remove it, unless TPA or a playbook of yours reads it",
                on_key=True,
            )
