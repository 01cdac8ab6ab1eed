"""Elastic IPs and DNS records (design D13)."""

from __future__ import annotations

from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import Instance, Ownership
from tpa_tf.stack.found import Found, Thing
from tpa_tf.stack.network import Network
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.expressions import Text, expr
from tpa_tf.terraform.stack import Stack


def add_elastic_ip(stack: Stack, instance: Instance, network: Network) -> Thing | None:
    """Allocate or look up the Elastic IP of ``instance``; None if it has none."""
    wanted = instance.elastic_ip
    if wanted is None:
        return None
    region = provider(instance.region)
    if wanted.ownership is Ownership.EXISTING:
        public_ip = str(wanted.public_ip)
        if wanted.allocation_id and wanted.arn:
            stack.found[f"aws_eip.{instance.address}"] = {"public_ip": public_ip}
            return Found({"id": wanted.allocation_id, "public_ip": public_ip, "arn": wanted.arn})
        return stack.data("aws_eip", instance.address, region, public_ip=public_ip, origin=instance.origin)
    return stack.resource(
        "aws_eip",
        instance.address,
        region,
        domain="vpc",
        tags=wanted.tags,
        depends_on=network.gateway,
        origin=instance.origin,
    )


def associate(stack: Stack, instance: Instance, made: Resource, elastic_ip: Thing, network: Network) -> None:
    """Give the instance that is ``made`` its Elastic IP."""
    stack.resource(
        "aws_eip_association",
        instance.address,
        provider(instance.region),
        instance_id=made.attribute("id"),
        allocation_id=elastic_ip.attribute("id"),
        depends_on=network.gateway,
        origin=instance.origin,
    )


def add_dns_record(stack: Stack, instance: Instance, made: Resource, elastic_ip: Thing | None) -> None:
    """Make the A record of ``instance``, if it has one, for the address that lasts."""
    record = instance.dns_record
    if record is None:
        return
    stack.resource(
        "aws_route53_record",
        instance.address,
        provider(instance.region),
        zone_id=record.zone_id,
        name=record.name,
        type="A",
        ttl=record.ttl,
        records=[_address(record.private, made, elastic_ip)],
        origin=instance.origin,
    )


def _address(private: bool, made: Resource, elastic_ip: Thing | None) -> Text:
    if private:
        return made.attribute("private_ip")
    if elastic_ip:
        return elastic_ip.attribute("public_ip")
    # An instance that was launched without a public address never gets one, whatever the config says now.
    return expr("coalesce(", made.attribute("public_ip"), ", ", made.attribute("private_ip"), ")")
