"""VPCs, subnets, gateways and routes of each region (design D1 to D4), and the rules that bind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from tpa_tf.cluster import addresses, ownership
from tpa_tf.cluster.asked import vpc_filters
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.model import Instance, InternetGateway, Ownership, RouteTable, Subnet, VolumeKind, Vpc
from tpa_tf.config.document import KeyPath
from tpa_tf.config.values import SubnetReference, has_host_bits
from tpa_tf.limits.networks import RESERVED_FIRST, VPC_PREFIXES
from tpa_tf.rules.addresses import IP_OUTSIDE_SUBNET, RESERVED_IP
from tpa_tf.rules.lookup import NO_WAY_IN, NO_WAY_OUT, SUBNET_ELSEWHERE
from tpa_tf.rules.network import (
    GATEWAY_ALONE,
    HOST_BITS,
    INVALID_CIDR,
    NO_GATEWAY,
    NO_VPC_ENTRY,
    OVERLAPPING_SUBNETS,
    SUBNET_OUTSIDE_VPC,
    SUBNET_UNASKED,
)
from tpa_tf.rules.regions import ZONE_CONFLICT, ZONE_LEFT_TO_AWS

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.subnets import FoundSubnet


@dataclass(frozen=True)
class SubnetNotes:
    """What the config says of a subnet: its zone and its Name tag."""

    availability_zone: str | None
    name: str | None
    path: KeyPath
    """Where the zone stands."""


def vpc(context: Context, region_name: str) -> Vpc | None:
    """The VPC of a region; None after reporting that the config has none for it."""
    entry = context.sections.vpc(region_name)
    if entry is None:
        _no_entry(context, region_name)
        return None
    spec = entry.spec
    decided, found = ownership.vpc(context, region_name, entry)
    if decided is Ownership.EXISTING:
        arn = context.arn(region_name, f"vpc/{found.id}", found.owner) if found else None
        if found is None:
            return Vpc(decided, spec.cidr, {}, vpc_filters(spec), None)
        cidr = spec.cidr or next(map(IPv4Network, found.cidrs), None)
        return Vpc(decided, cidr, {}, vpc_filters(spec), found.id, arn, found.name, found.own)
    assert spec.cidr and spec.Name
    _check_size(context, spec.cidr, (*entry.path, "cidr"), "a VPC")
    return Vpc(decided, spec.cidr, {**context.tags, "Name": spec.Name, "CreatingCluster": context.name}, (), None)


def _no_entry(context: Context, region_name: str) -> None:
    if not context.sections.vpcs:
        return  # ec2_vpc is missing or at fault as a whole, which is reported already.
    there = ", ".join(sorted(context.sections.vpcs))
    for instance in context.in_region(region_name):
        context.report.add(
            NO_VPC_ENTRY,
            instance.path("region"),
            f"ec2_vpc has no entry for {region_name}",
            f"add {region_name} to ec2_vpc, which has {there}, or move the instances",
        )


def check_subnets(context: Context, region_name: str) -> None:
    """What can be said of the subnets of a region whose VPC is at fault."""
    for instance in context.in_region(region_name):
        check_private_ip(context, instance)
    _check_overlaps(context, region_name)


def subnets(context: Context, region_name: str, region_vpc: Vpc) -> tuple[Subnet, ...]:
    """The subnets that the instances of a region refer to, each once, sorted by address."""
    notes = subnet_notes(context).get(region_name, {})
    listed = context.listed_subnets(region_name)
    found: dict[str, Subnet] = {}
    for instance in context.in_region(region_name):
        reference = instance.spec.subnet
        note = notes.get(reference.network, SubnetNotes(None, None, ())) if reference.network else None
        decided, exists = ownership.subnet(context, instance, region_vpc, listed=reference.network in listed)
        if decided is Ownership.EXISTING:
            _check_existing(context, instance, note, exists)
            subnet_id = exists.id if exists else reference.subnet_id
            cidr = IPv4Network(exists.cidr) if exists else reference.network
            zone = exists.availability_zone if exists else None
            subnet = Subnet(subnet_address(region_name, reference), decided, cidr, subnet_id, zone, {})
        else:
            subnet = _managed(context, region_name, reference, note)
        found.setdefault(subnet.address, subnet)
        _check_reference(context, instance, region_vpc, exists)
    _check_overlaps(context, region_name)
    return tuple(found[address] for address in sorted(found))


def check_chosen_zones(context: Context, instances: Iterable[Instance], region_subnets: Iterable[Subnet]) -> None:
    """Say of each subnet that we make where AWS is to choose its zone, and ``instances`` keep volumes there."""
    open_zone = {each.address: each for each in region_subnets if each.ownership is Ownership.MANAGED}
    open_zone = {address: each for address, each in open_zone.items() if each.availability_zone is None}
    if context.report.told(("ec2_vpc_subnets",)):
        return  # the zone may be in what is at fault
    wrong = {each.spec.subnet.network for each in context.instances if context.report.told(each.path("subnet"))}
    by_node = {each.spec.node: each for each in context.instances}
    for instance in instances:
        if (
            instance.subnet in open_zone
            and open_zone[instance.subnet].cidr not in wrong
            and any(volume.kind is VolumeKind.EBS for volume in instance.volumes)
        ):
            subnet = open_zone.pop(instance.subnet)
            context.report.add(
                ZONE_LEFT_TO_AWS,
                by_node[instance.node].path("subnet"),
                f"AWS chooses the zone of {subnet.cidr}, and its volumes can never leave that zone",
                "add az in ec2_vpc_subnets, or in the location: a plan that would part an instance from its "
                "volumes then "
                "fails before anything changes; once the subnet is created, write the zone that it has",
                cause=(),
            )


def check_default_routes(context: Context, instances: Iterable[Instance], region_subnets: Iterable[Subnet]) -> None:
    """Warn of existing subnets, whose routes stay as they are, where these let instances not out or people not in."""
    existing = {each.address: each.subnet_id for each in region_subnets if each.subnet_id}
    by_node = {each.spec.node: each for each in context.instances}
    for instance in instances:
        answers, subnet_id = context.answers(instance.region), existing.get(instance.subnet)
        if answers is None or subnet_id is None or subnet_id not in answers.default_routes:
            continue
        target = answers.default_routes[subnet_id]
        wants_in = instance.associate_public_ip or instance.elastic_ip is not None
        path = by_node[instance.node].path("subnet")
        if target is None:
            del existing[instance.subnet]
            context.report.add(
                NO_WAY_OUT,
                path,
                f"the route table of {subnet_id} has no default route: its instances reach no package repository",
                "add a route in AWS, as routes of existing subnets stay as they are; or see to a proxy or VPC "
                "endpoints",
            )
        elif wants_in and target.startswith(("nat-", "tgw-")):
            del existing[instance.subnet]
            context.report.add(
                NO_WAY_IN,
                path,
                f"the default route of {subnet_id} leads to {target}: the public address of {instance.name} is not "
                "reachable "
                "from outside",
                "take a subnet with a route to an internet gateway, or write assign_public_ip: no and use the private "
                "address",
            )


def subnet_address(region_name: str, reference: SubnetReference) -> str:
    """The Terraform name of the subnet that ``reference`` means."""
    return addresses.subnet(region_name, reference.network or str(reference.subnet_id))


def _managed(context: Context, region_name: str, reference: SubnetReference, note: SubnetNotes | None) -> Subnet:
    zone = note.availability_zone if note else None
    place = zone or region_name
    tags = context.made_by_us(
        Name=(note and note.name) or f"{context.name}/{place}",
        Description=f"Automatically created for {context.name} in {place}",
    )
    address = subnet_address(region_name, reference)
    return Subnet(address, Ownership.MANAGED, reference.network, None, zone, tags)


def _check_existing(
    context: Context, instance: AwsInstance, note: SubnetNotes | None, exists: FoundSubnet | None
) -> None:
    """What the record says of an existing subnet holds, whatever the config says of it."""
    if exists is None:
        return
    if note and note.availability_zone and note.availability_zone != exists.availability_zone:
        context.report.add(
            ZONE_CONFLICT,
            note.path,
            f"az: {note.availability_zone} has no effect: {exists.cidr} exists ({exists.id}), in "
            f"{exists.availability_zone}",
            f"write az: {exists.availability_zone}, or give the instances a subnet of their own",
        )
    if instance.spec.subnet.network is None:
        _check_private_ip(context, instance, IPv4Network(exists.cidr))


def subnet_notes(context: Context) -> Mapping[str, Mapping[IPv4Network, SubnetNotes]]:
    """Zone and name of subnets by region: from ec2_vpc_subnets, or where there is none, from the locations.

    TPA looks at the locations only when ec2_vpc_subnets is absent (platforms/aws/validate.yml); the first location of
    a subnet wins, and a location without a zone names no subnet.
    """
    section = context.sections.subnets
    if section is not None:
        everywhere = section.get(None, {})
        return {
            name: {
                network: SubnetNotes(entry.spec.az, entry.spec.Name, (*entry.path, "az"))
                for network, entry in {**everywhere, **section.get(name, {})}.items()
            }
            for name in context.region_names()
        }
    found: dict[str, dict[IPv4Network, SubnetNotes]] = {}
    for location in context.locations:
        spec = location.spec
        if spec.region is None or spec.subnet is None or spec.subnet.network is None:
            continue
        name = spec.subnet_name or (spec.Name if spec.az else None)
        region_notes = found.setdefault(spec.region, {})
        first = region_notes.setdefault(spec.subnet.network, SubnetNotes(spec.az, name, (*location.path, "az")))
        if spec.az and first.availability_zone and spec.az != first.availability_zone:
            context.report.add(
                ZONE_CONFLICT,
                (*location.path, "az"),
                f"az: {spec.az} has no effect: an earlier location has {spec.subnet} in {first.availability_zone}",
                "give this location a subnet of its own: a subnet is in one zone",
            )
    return found


def has_gateway(context: Context, region_name: str) -> bool:
    """Whether the region's VPC is to have an internet gateway (design D3)."""
    return context.sections.gateways.get(region_name, context.public)


def internet_gateway(context: Context, region_name: str, region_vpc: Vpc) -> InternetGateway | None:
    """The region's gateway, or None."""
    if not has_gateway(context, region_name):
        if context.public:
            _no_gateway(context, region_name, region_vpc)
        return None
    if not context.public:
        context.report.add(
            GATEWAY_ALONE,
            ("ec2_vpc_igw", region_name),
            f"this config adds no route to the internet gateway of {region_name}: no instance reaches S3 through it",
            "set ec2_instance_reachability: public, which adds routes, or remove ec2_vpc_igw",
        )
    decided, gateway_id = ownership.internet_gateway(context, region_name, region_vpc)
    tags = context.made_by_us(Name=f"{region_name}-igw") if decided is Ownership.MANAGED else {}
    return InternetGateway(decided, tags, gateway_id)


def _no_gateway(context: Context, region_name: str, region_vpc: Vpc) -> None:
    """Warn that instances with public addresses have no way to the internet, as far as this config goes."""
    if region_vpc.ownership is Ownership.MANAGED:
        message = f"the VPC of {region_name} gets no internet gateway: its instances reach neither S3 nor a package "
        message += "repository, and nobody reaches them from outside"
    else:
        message = (
            f"this config adds no way to an internet gateway in {region_name}: instances there reach the internet "
        )
        message += "only where the existing routes of their subnets lead to it"
    help = "remove the entry; or see to other ways to S3 (SSH host keys) and to package repositories"
    context.report.add(NO_GATEWAY, ("ec2_vpc_igw", region_name), message, help)


def route_table(context: Context, region_name: str, region_subnets: tuple[Subnet, ...]) -> RouteTable | None:
    """The region's route table, where it is public and has a gateway; for the subnets that we make, and no others."""
    if not (context.public and has_gateway(context, region_name)):
        return None
    tags = context.made_by_us(
        Name=f"{context.name}/{region_name}/routes",
        Description=f"Automatically created for {context.name} in {region_name}",
    )
    managed = tuple(subnet.address for subnet in region_subnets if subnet.ownership is Ownership.MANAGED)
    return RouteTable(tags, managed)


def _check_size(context: Context, network: IPv4Network, path: KeyPath, what: str) -> bool:
    largest, smallest = VPC_PREFIXES
    sound = largest <= network.prefixlen <= smallest
    if not sound:
        context.report.add(
            INVALID_CIDR, path, f"{network} can't be the range of {what}", f"write a /{largest} to a /{smallest}"
        )
    return sound


def _check_reference(context: Context, instance: AwsInstance, region_vpc: Vpc, exists: FoundSubnet | None) -> None:
    region_name, reference = instance.spec.region, instance.spec.subnet
    path = instance.path("subnet")
    if reference.network is None:
        if context.record is None and (
            region_vpc.ownership is Ownership.MANAGED or context.listed_subnets(region_name)
        ):
            context.report.add(
                SUBNET_UNASKED,
                path,
                f"{reference} was not looked up: if this stack has created it, by its range in {region_name}, "
                "Terraform "
                "would destroy it",
                f"run {context.lookup_command} to find out, or write the range of the subnet as before",
            )
        elif region_vpc.ownership is Ownership.MANAGED:
            context.report.add(
                SUBNET_ELSEWHERE,
                path,
                f"{reference} exists, and this config creates the VPC of {region_name}",
                "name the VPC of the subnet in ec2_vpc: Name without cidr, or filters",
            )
        return
    network = reference.network
    if has_host_bits(reference.written):
        context.report.add(
            HOST_BITS,
            path,
            f"{reference.written} means {network}: it has host bits set",
            f"write {network}",
        )
    if exists is None:
        _check_inside(context, instance, network, region_vpc)
        _check_beside(context, instance)
    check_private_ip(context, instance)


def _check_beside(context: Context, instance: AwsInstance) -> None:
    """A subnet that is to be made shares no address with one that is in the VPC already."""
    answers = context.answers(instance.spec.region)
    reference = str(instance.spec.subnet)
    there = answers.overlapping.get(reference, ()) if answers else ()
    if there:
        context.report.add(
            OVERLAPPING_SUBNETS,
            instance.path("subnet"),
            f"{reference} is to be created, and overlaps {', '.join(f'{each.cidr} ({each.id})' for each in there)} "
            "in the "
            f"VPC of {instance.spec.region}",
            "write a range that is free there, or the range or the id of the existing subnet",
        )


def _check_inside(context: Context, instance: AwsInstance, network: IPv4Network, region_vpc: Vpc) -> None:
    """A subnet that is to be made lies in one range of its VPC: the recorded ones, or that of the config."""
    region_name = instance.spec.region
    answers, entry = context.answers(region_name), context.sections.vpc(region_name)
    recorded = answers.vpc.found.cidrs if answers and answers.vpc.found else ()
    ranges = tuple(IPv4Network(cidr) for cidr in recorded) or ((region_vpc.cidr,) if region_vpc.cidr else ())
    if entry is None or not ranges or any(network.subnet_of(each) for each in ranges):
        return
    if not recorded and any(each.prefixlen > VPC_PREFIXES[1] for each in ranges):
        return  # too small for any subnet, which is told of the VPC
    help = "write a range inside the VPC's"
    if entry.spec.cidr:
        help += f", which line {context.line((*entry.path, 'cidr'))} defines"
    if region_vpc.ownership is Ownership.EXISTING:
        help += ", or the id of a subnet that exists"
        if not recorded:
            help += f"; if the VPC has further ranges, {context.lookup_command} finds them"
    message = f"{network} is not inside {' or '.join(map(str, ranges))}, the VPC of {region_name}"
    context.report.add(SUBNET_OUTSIDE_VPC, instance.path("subnet"), message, help, cause=ranges)


def check_private_ip(context: Context, instance: AwsInstance) -> None:
    """Report a subnet of a size that AWS doesn't know, else a private_ip that is not in it or kept by AWS."""
    network = instance.spec.subnet.network
    if network is None or "subnet" in instance.unknown:
        return
    if _check_size(context, network, instance.path("subnet"), "a subnet"):
        _check_private_ip(context, instance, network)


def _check_private_ip(context: Context, instance: AwsInstance, network: IPv4Network) -> None:
    private_ip = instance.spec.private_ip
    if private_ip is None:
        return
    path = instance.path("private_ip")
    first, last = network[RESERVED_FIRST], network[-2]
    if private_ip not in network:
        context.report.add(
            IP_OUTSIDE_SUBNET,
            path,
            f"{private_ip} is not inside {network}, the subnet of {instance.spec.Name}",
            f"write an address from {first} to {last}",
            cause=("outside", str(network)),
        )
    elif not first <= private_ip <= last:
        context.report.add(
            RESERVED_IP,
            path,
            f"AWS keeps {private_ip} to itself: it is one of the first four or the last of {network}",
            f"write an address from {first} to {last}",
        )


def _check_overlaps(context: Context, region_name: str) -> None:
    """No two different subnets of one VPC may share addresses."""
    seen: dict[IPv4Network, AwsInstance] = {}
    for instance in context.in_region(region_name):
        network = instance.spec.subnet.network
        if network is None or network in seen:
            continue
        for other, first in seen.items():
            if network.overlaps(other):
                context.report.add(
                    OVERLAPPING_SUBNETS,
                    instance.path("subnet"),
                    f"{network} overlaps {other}, another subnet of {region_name}",
                    f"write a range beside {other}, which is on line {context.line(first.path('subnet'))}: subnets "
                    "of a VPC share no address",
                )
        seen[network] = instance
