"""Elastic IPs and DNS records (design D13)."""

from __future__ import annotations

from tpa_tf.cluster.model import Instance, Ownership
from tpa_tf.stack.emitter import Block, Expr, Stack
from tpa_tf.stack.network import Network


def add_elastic_ip(stack: Stack, instance: Instance, network: Network) -> Block | None:
    """Allocate or look up the Elastic IP of ``instance``; None if it has none."""
    wanted = instance.elastic_ip
    if wanted is None:
        return None
    if wanted.ownership is Ownership.EXISTING:
        return stack.data("aws_eip", instance.address, instance.region, public_ip=str(wanted.public_ip))
    return stack.resource(
        "aws_eip",
        instance.address,
        instance.region,
        domain="vpc",
        tags=wanted.tags,
        depends_on=network.gateway,
    )


def associate(stack: Stack, instance: Instance, machine: Block, elastic_ip: Block, network: Network) -> None:
    """Give the machine its Elastic IP."""
    stack.resource(
        "aws_eip_association",
        instance.address,
        instance.region,
        instance_id=machine.attribute("id"),
        allocation_id=elastic_ip.attribute("id"),
        depends_on=network.gateway,
    )


def add_dns_record(stack: Stack, instance: Instance, machine: Block, elastic_ip: Block | None) -> None:
    """Make the A record of ``instance``, if it has one, for the address that lasts."""
    record = instance.dns_record
    if record is None:
        return
    stack.resource(
        "aws_route53_record",
        instance.address,
        instance.region,
        zone_id=record.zone_id,
        name=record.name,
        type="A",
        ttl=record.ttl,
        records=[_address(record.private, machine, elastic_ip)],
    )


def _address(private: bool, machine: Block, elastic_ip: Block | None) -> Expr:
    if private:
        return machine.attribute("private_ip")
    if elastic_ip:
        return elastic_ip.attribute("public_ip")
    # A machine that was launched without a public address never gets one, whatever the config says now.
    return Expr(f"${{coalesce({machine.address}.public_ip, {machine.address}.private_ip)}}")
