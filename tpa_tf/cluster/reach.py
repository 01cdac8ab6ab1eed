"""Who reaches the instances, and what they reach: room in subnets, ways out, and ports that are open to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.model import Ownership, Region
from tpa_tf.config.document import KeyPath
from tpa_tf.config.models import RuleSpec
from tpa_tf.limits.networks import PRIVATE, RESERVED, VPC_PREFIXES
from tpa_tf.limits.tpa import PORTS
from tpa_tf.rules.addresses import PRIVATE_ELASTIC_IP
from tpa_tf.rules.firewall import OPEN_TO_ALL
from tpa_tf.rules.network import CUT_OFF, SUBNET_FULL, VPCS_APART

_LOST = "neither S3, which has their SSH host keys, nor a package repository"
_MANY = 10_000
"""A range with more ports than this is no list of services."""


_RANGES = {"cidr_ip": "198.51.100.0/24", "cidr_ipv6": "2001:db8::/32"}
"""What a range looks like, by the key that takes it."""


def check(context: Context, regions: Iterable[Region]) -> None:
    """Report what keeps instances from being made, from being deployed to, or from being safe."""
    managed = [each for each in regions if each.vpc and each.vpc.ownership is Ownership.MANAGED]
    _check_room(context)
    _check_elastic_ips(context)
    _check_ways_out(context, managed)
    _check_addresses(context, managed)
    _check_apart(context, managed)
    _check_open(context)


def _check_room(context: Context) -> None:
    """A subnet has addresses for all its instances."""
    there: dict[tuple[str, IPv4Network], list[AwsInstance]] = {}
    for instance in context.instances:
        network = instance.spec.subnet.network
        if network and VPC_PREFIXES[0] <= network.prefixlen <= VPC_PREFIXES[1]:
            there.setdefault((instance.spec.region, network), []).append(instance)
    for (_, network), instances in there.items():
        room = network.num_addresses - RESERVED
        if len(instances) > room:
            needed = 32 - (len(instances) + RESERVED - 1).bit_length()
            context.report.add(
                SUBNET_FULL,
                instances[room].path("subnet"),
                f"{network} has room for {room} instances, and is to have {len(instances)}",
                f"AWS keeps five of its addresses; a /{needed} has room for {2 ** (32 - needed) - RESERVED}",
            )


def _check_elastic_ips(context: Context) -> None:
    for instance in context.instances:
        address = instance.spec.elastic_ip
        if instance.spec.assign_elastic_ip and address and any(address in network for network in PRIVATE):
            context.report.add(
                PRIVATE_ELASTIC_IP,
                instance.path("elastic_ip"),
                f"{address} is a private address, and an Elastic IP is a public address",
                "a fixed private address is private_ip; without elastic_ip, a new Elastic IP is allocated",
            )


def _check_ways_out(context: Context, managed: Iterable[Region]) -> None:
    """A VPC that is created has no way out but through its internet gateway."""
    names = [each.name for each in managed if each.internet_gateway is None]
    if not names or context.public:  # where it is public, no-gateway says so
        return
    if context.report.told(("ec2_instance_reachability",)):
        return
    entry = context.sections.vpc(names[0])
    assert entry, "a VPC that is created has an entry"
    written = ("ec2_instance_reachability",) in context.report.document.marks
    context.report.add(
        CUT_OFF,
        ("ec2_instance_reachability",) if written else entry.path,
        f"instances in {' and '.join(names)} reach {_LOST}: the VPC that is created has no internet gateway",
        "use an existing VPC that has a NAT gateway or endpoints (ec2_vpc with Name alone, or filters); or add them to "
        "the VPC yourself before the instances boot",
    )


def _check_addresses(context: Context, managed: Iterable[Region]) -> None:
    """An internet gateway serves none but public addresses."""
    routed = {each.name for each in managed if each.route_table}
    for instance in context.instances:
        spec = instance.spec
        if spec.region in routed and spec.assign_public_ip is False and not spec.assign_elastic_ip:
            context.report.add(
                CUT_OFF,
                instance.path("assign_public_ip"),
                f"{spec.Name} has no public address: through the internet gateway it reaches {_LOST}",
                "give it an Elastic IP (assign_elastic_ip: yes), or a subnet that exists with a route to a NAT gateway",
                cause="no public address",
            )


def _check_apart(context: Context, managed: Iterable[Region]) -> None:
    """Say that nothing connects the VPCs of a cluster, unless their ranges keep them from being connected at all."""
    found = [(each.name, each.vpc.cidr) for each in managed if each.vpc and each.vpc.cidr]
    overlap = any(
        one.overlaps(other) for index, (_, one) in enumerate(found) for _, other in found[index + 1 :] if one and other
    )
    if len(found) < 2 or overlap or context.report.failed:
        return
    names = [name for name, _ in found]
    entry = context.sections.vpc(names[1])
    assert entry, "a VPC that is created has an entry"
    context.report.add(
        VPCS_APART,
        entry.path,
        f"nothing connects the VPCs of {' and '.join(names)}: no peering is created",
        "create the peering connection and its routes yourself before the deployment, or reach public addresses",
        on_key=True,
    )


def _check_open(context: Context) -> None:
    """Warn of rules that let the whole internet to what should be reached from a few places."""
    groups = context.sections.groups
    if context.spec.ec2_instance_reachability == "private" or all(name in groups for name in context.region_names()):
        return
    for entry in context.sections.rules or ():
        open_ports = _open_ports(context, entry.spec)
        for key in ("cidr_ip", "cidr_ipv6"):
            if open_ports and any(each.network.prefixlen == 0 for each in getattr(entry.spec, key)):
                path: KeyPath = (*entry.path, key)
                context.report.add(
                    OPEN_TO_ALL,
                    path,
                    f"{open_ports} open to the whole internet",
                    f"name the ranges from which it is needed: {key}: {_RANGES[key]}",
                )


def _open_ports(context: Context, spec: RuleSpec) -> str:
    """What of importance a rule opens, with its verb; empty if nothing."""
    protocol = spec.proto.lower()
    if protocol in ("all", "-1"):
        return "every port is"
    if protocol not in ("tcp", "6"):
        return ""
    services = {**PORTS, context.spec.cluster_ssh_port: "SSH"}
    ranges = list(_ranges(spec))
    names = sorted({name for port, name in services.items() for first, last in ranges if first <= port <= last})
    if not names:
        return ""
    if any(last - first > _MANY for first, last in ranges):
        return f"{ranges[0][1] - ranges[0][0] + 1} ports are ({', '.join(names)} among them)"
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _ranges(spec: RuleSpec) -> Iterator[tuple[int, int]]:
    if spec.from_port is not None and spec.to_port is not None:
        yield spec.from_port, spec.to_port
    for written in spec.ports:
        first, _, last = written.partition("-")
        if first.strip().isdigit() and (last or first).strip().isdigit():
            yield int(first), int(last or first)
