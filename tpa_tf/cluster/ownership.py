"""Managed or existing: the one place that decides it for everything that a cluster makes or finds (design D17).

With a record of what exists, TPA's rule holds: what is there is used, the rest is made. Without one the config decides
alone, by what it says of each thing. What must exist and, by the record, doesn't is an error at the config's line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tpa_tf.cluster import asked, names
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.model import Ownership, Vpc
from tpa_tf.config.document import KeyPath
from tpa_tf.config.sections import VpcEntry
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.rules.identity import BUCKET_REGION
from tpa_tf.rules.lookup import BUCKET_ELSEWHERE, KEY_EXISTS, NO_LOOKUP, PROFILE_EXISTS, ZONE_KIND, ZONE_MISMATCH
from tpa_tf.rules.missing import (
    ADDRESS_NOT_FOUND,
    BUCKET_NOT_FOUND,
    GROUP_NOT_FOUND,
    IMAGE_NOT_FOUND,
    KEY_PAIR_NOT_FOUND,
    KMS_KEY_NOT_FOUND,
    PROFILE_NOT_FOUND,
    SUBNET_NOT_FOUND,
    VPC_NOT_FOUND,
    ZONE_NOT_FOUND,
)
from tpa_tf.rules.network import SUBNET_OUTSIDE_VPC
from tpa_tf.rules.rule import Rule
from tpa_tf.rules.volumes import ATTACH_EXISTING_UNASKED

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.groups import FoundGroup
    from tpa_tf.facts.images import FoundImage
    from tpa_tf.facts.subnets import FoundSubnet
    from tpa_tf.facts.volumes import FoundVolume
    from tpa_tf.facts.vpcs import FoundVpc

MANAGED, EXISTING = Ownership.MANAGED, Ownership.EXISTING
_MOST_SUBNETS = 4
"""Subnets that a message names."""


def vpc(context: Context, region_name: str, entry: VpcEntry) -> tuple[Ownership, FoundVpc | None]:
    """The VPC of a region.

    Without a record, ``Name`` with ``cidr`` and no filters is a VPC to make, anything else one that exists. With one,
    what was found exists, and what was not is made if ``Name`` and ``cidr`` are given (and no filter names its id).
    """
    spec = entry.spec
    answers = context.answers(region_name)
    if answers is None:
        return (MANAGED if asked.can_be_made(spec) and spec.filters is None else EXISTING), None
    if answers.vpc.found:
        return EXISTING, answers.vpc.found
    if asked.can_be_made(spec):
        return MANAGED, None
    _missing(
        context,
        VPC_NOT_FOUND,
        entry.path if spec.filters else (*entry.path, "Name"),
        f"there is no VPC in {region_name} with {asked.shown(answers.vpc.asked)}",
        "correct it, or give Name and cidr (and no vpc-id) to have the VPC created",
    )
    return EXISTING, None


def subnet(
    context: Context, instance: AwsInstance, region_vpc: Vpc, listed: bool
) -> tuple[Ownership, FoundSubnet | None]:
    """The subnet of an instance; ``listed`` says that ec2_vpc_subnets has it ("each subnet that we create").

    Without a record, a range in an existing VPC exists unless it is listed. With one, what was found exists, and the
    rest is made, in an existing VPC too. A ``subnet-…`` id always exists.
    """
    reference = instance.spec.subnet
    answers = context.answers(instance.spec.region)
    if reference.network is None:
        return EXISTING, _subnet_by_id(context, instance, region_vpc) if answers else None
    if answers is None:
        return (EXISTING if region_vpc.ownership is EXISTING and not listed else MANAGED), None
    found = answers.subnets[str(reference.network)]
    return (EXISTING if found else MANAGED), found


def _subnet_by_id(context: Context, instance: AwsInstance, region_vpc: Vpc) -> FoundSubnet | None:
    region_name, reference = instance.spec.region, instance.spec.subnet
    answers = context.answers(region_name)
    found = answers.subnets[str(reference)] if answers else None
    if found is None:
        what = f"there is no {reference} in {region_name}"
        _missing(context, SUBNET_NOT_FOUND, instance.path("subnet"), what, "correct the id, or write a range")
    elif region_vpc.vpc_id and found.vpc != region_vpc.vpc_id:
        context.report.add(
            SUBNET_OUTSIDE_VPC,
            instance.path("subnet"),
            f"{reference} is in {found.vpc}, and not in {region_vpc.vpc_id}, the VPC of {region_name}",
            f"take a subnet of {region_vpc.vpc_id}, or name the other VPC in ec2_vpc",
        )
    return found


def internet_gateway(context: Context, region_name: str, region_vpc: Vpc) -> tuple[Ownership, str | None]:
    """The gateway that a region is to have, and its id where that is recorded.

    In a VPC that we make it is ours. In an existing one it exists, unless the record says that none is attached.
    """
    if region_vpc.ownership is MANAGED:
        return MANAGED, None
    answers = context.answers(region_name)
    if answers is None or answers.vpc.found is None:
        return EXISTING, None
    found = answers.vpc.found.internet_gateway
    return (EXISTING if found else MANAGED), found


def gateway_is_there(context: Context, region_name: str) -> bool:
    """Whether the record knows a gateway of the region's VPC that the cluster did not make."""
    answers = context.answers(region_name)
    return bool(answers and answers.vpc.found and answers.vpc.found.internet_gateway)


def security_group(
    context: Context, region_name: str, region_vpc: Vpc | None
) -> tuple[Ownership, tuple[FoundGroup, ...]]:
    """The groups of a region: those that ec2_groups finds, by id where they are recorded; else one of ours."""
    if region_name not in context.sections.groups:
        return MANAGED, ()
    answers = context.answers(region_name)
    if answers is None or answers.security_groups is None:
        return EXISTING, ()
    path: KeyPath = ("ec2_groups", region_name)
    found = answers.security_groups.found
    vpc_id = region_vpc.vpc_id if region_vpc else None
    # A group of another VPC can't be attached, and groups of one name in several VPCs are common ("default").
    here = tuple(group for group in found if vpc_id in (None, group.vpc))
    if not here:
        others = ", ".join(f"{group.id} in {group.vpc}" for group in found)
        _missing(
            context,
            GROUP_NOT_FOUND,
            path,
            f"there is no security group with {asked.shown(answers.security_groups.asked)} in "
            + (f"{vpc_id}, the VPC of {region_name}" if vpc_id else region_name),
            f"correct the filters, which find {others}"
            if others
            else "correct the filters, or remove the region to have a group created",
        )
    return EXISTING, tuple(sorted(here, key=lambda group: group.id))


def rule_group(context: Context, region_name: str, name: str, path: KeyPath) -> str | None:
    """The id of another group that a rule names as its source; None where Terraform has to look it up.

    In a VPC that is yet to be made nothing can be recorded of its groups: there the name is looked up after it.
    """
    answers = context.answers(region_name)
    if answers is None or answers.vpc.found is None:
        return None
    found = answers.rule_groups[name]
    if found is None:
        _missing(
            context,
            GROUP_NOT_FOUND,
            path,
            f"there is no security group {name!r} in {answers.vpc.found.id}, the VPC of {region_name}",
            "correct the name, which is case-sensitive, or create the group first",
        )
    return found


def key_pair(context: Context, region_name: str) -> Ownership:
    """The key pair of a region: ``ec2_instance_key`` exists; any other is registered, unless the record has it."""
    answers = context.answers(region_name)
    found = answers.key_pair.found if answers and answers.key_pair else None
    name = names.key_name(context.spec)
    if context.spec.ec2_instance_key:
        if answers and found is None:
            what = f"there is no key pair {name!r} in {region_name}"
            help = "register it there, or remove ec2_instance_key to have the cluster's own key registered"
            _missing(context, KEY_PAIR_NOT_FOUND, ("ec2_instance_key",), what, help)
        return EXISTING
    if found and not (context.record and context.record.adopted.anything):
        context.report.add(
            KEY_EXISTS,
            ("ec2_key_name",) if context.spec.ec2_key_name else ("cluster_name",),
            f"the key pair {name!r} exists in {region_name}, and is used as it is",
            "if it is another key than the cluster's, write another name as ec2_key_name",
        )
    return EXISTING if found else MANAGED


def bucket(context: Context) -> Ownership:
    """The bucket: a named one exists, in whatever region it is; where none is named one is made."""
    name = names.bucket_name(context.spec)
    if name is None:
        return MANAGED
    terraform = context.sections.terraform
    said = terraform.home_region if terraform else None
    recorded = context.record.bucket if context.record else None
    if recorded and recorded.found is None:
        what = f"there is no bucket {name}, or it is another account's"
        help = "create it first, or remove cluster_bucket to have a bucket created"
        _missing(context, BUCKET_NOT_FOUND, ("cluster_bucket",), what, help)
    elif recorded and recorded.found and said not in (None, recorded.found.region):
        context.report.add(
            BUCKET_ELSEWHERE,
            ("terraform", "home_region"),
            f"the bucket {name} is in {recorded.found.region}, and not in {said} (says {RECORD_NAME})",
            f"write home_region: {recorded.found.region}, or remove home_region",
        )
    elif recorded is None and said is None:
        # The provider (5.x) ends with a redirection that says nothing of regions, if this is wrong.
        context.report.add(
            BUCKET_REGION,
            ("cluster_bucket",),
            f"the bucket {name} is taken to be in {context.bucket_region}, the region of the lowest node",
            f"run {context.lookup_command} to have it found, or write its region: terraform: {{home_region: …}}",
        )
    return EXISTING


def profile(context: Context) -> Ownership:
    """The instance profile: ``instance_profile_name`` exists, any other is made."""
    recorded = context.record.instance_profile if context.record else None
    spec = context.spec
    if spec.instance_profile_name:
        if recorded and recorded.found is None:
            what = f"there is no instance profile {spec.instance_profile_name!r}"
            help = "correct the name, or remove instance_profile_name to have one created"
            _missing(context, PROFILE_NOT_FOUND, ("instance_profile_name",), what, help)
        return EXISTING
    if recorded and recorded.found and context.record and recorded.asked in context.record.adopted.existing:
        return EXISTING
    if recorded and recorded.found:
        # Its policy says nothing of this cluster's bucket: used as it is, it would leave machines without host keys.
        context.report.add(
            PROFILE_EXISTS,
            ("cluster_profile",) if spec.cluster_profile else ("cluster_name",),
            f"the instance profile {recorded.asked!r} exists, without a tag of this cluster's",
            "import it into the state, use it as it is (instance_profile_name), or write another name as "
            "cluster_profile",
        )
    return MANAGED


def image(context: Context, region_name: str, address: str, path: KeyPath) -> FoundImage | None:
    """The image that is recorded for ``address``; None where Terraform has to look it up."""
    answers = context.answers(region_name)
    if answers is None:
        return None
    recorded = answers.images[address]
    if recorded.found is None:
        what = f"there is no image in {region_name} with {asked.shown_image(recorded.asked)}"
        help = "correct ec2_ami (Name takes wildcards), or copy the image to this region"
        _missing(context, IMAGE_NOT_FOUND, path, what, help)
    return recorded.found


def kms_key(context: Context, region_name: str, key: str, path: KeyPath) -> str | None:
    """The ARN of a key that the config names by its id or an alias; None where Terraform has to look it up."""
    answers = context.answers(region_name)
    if answers is None:
        return None
    arn = answers.kms_keys[key]
    if arn is None:
        what = f"there is no KMS key {key} in {region_name}"
        _missing(context, KMS_KEY_NOT_FOUND, path, what, "correct it: each region has keys and aliases of its own")
    return arn


def volume(context: Context, label: str, path: KeyPath) -> FoundVolume | None:
    """The volume that a disk with ``attach_existing`` gets; None where a new one is made, as TPA does."""
    if context.record is None:
        context.report.add(
            ATTACH_EXISTING_UNASKED,
            path,
            f"the volume {label} was not looked up: a new, empty volume is created, whether it exists or not",
            f"run {context.lookup_command} to have it found",
            cause=(),
        )
        return None
    return next((each.volumes[label] for each in context.record.regions.values() if label in each.volumes), None)


def check_addresses(context: Context) -> None:
    """Report Elastic IPs and hosted zones that don't exist, and zones of another domain."""
    for instance in context.instances:
        answers = context.answers(instance.spec.region)
        if answers is None or context.record is None:
            continue
        ip, zone_id = asked.elastic_ip(instance), asked.hosted_zone(instance)
        if ip and answers.elastic_ips[ip] is None:
            what = f"this account has no Elastic IP {ip} in {instance.spec.region}"
            help = "allocate one first, or remove elastic_ip to have one allocated"
            _missing(context, ADDRESS_NOT_FOUND, instance.path("elastic_ip"), what, help)
        if zone_id is None:
            continue
        zone, domain = context.record.hosted_zones[zone_id], str(instance.spec.route53_zone).rstrip(".")
        if zone is None:
            path = instance.path("route53_hosted_zone_id")
            _missing(context, ZONE_NOT_FOUND, path, f"there is no hosted zone {zone_id}", "correct the id")
        elif domain != zone.name and not domain.endswith(f".{zone.name}"):
            context.report.add(
                ZONE_MISMATCH,
                instance.path("route53_zone"),
                f"{domain} is not in the hosted zone {zone_id}, which is of {zone.name}",
                f"write route53_zone: {zone.name}, or the id of the zone of {domain}",
            )
        elif instance.spec.route53_private_zone not in (None, zone.private):
            kind, other = ("private", "public") if zone.private else ("public", "private")
            context.report.add(
                ZONE_KIND,
                instance.path("route53_private_zone"),
                f"the hosted zone {zone_id} is {kind}, and route53_private_zone says {'no' if zone.private else 'yes'}",
                f"write the id of the {other} zone, or correct route53_private_zone",
            )


def note_missing_record(context: Context) -> None:
    """Say once what is taken to exist, in every region, though it was not looked up."""
    told, path = [], None
    for region_name in context.region_names():
        entry = context.sections.vpc(region_name)
        if entry is None or vpc(context, region_name, entry)[0] is MANAGED:
            continue
        listed = context.listed_subnets(region_name)
        networks = {each.spec.subnet.network for each in context.in_region(region_name)} - listed - {None}
        assumed = [str(network) for network in sorted(networks, key=str)]
        if len(assumed) > _MOST_SUBNETS:
            assumed[_MOST_SUBNETS:] = [f"{len(assumed) - _MOST_SUBNETS} more subnets"]
        if context.sections.gateways.get(region_name, context.public):
            assumed.append("an internet gateway")
        if assumed:
            path = path or entry.path
            told.append(f"{', '.join(assumed)} in {region_name}")
    if path:
        message = f"not looked up, and taken to exist: {'; '.join(told)}"
        context.report.add(NO_LOOKUP, path, message, f"run {context.lookup_command} to record what exists")


def _missing(context: Context, rule: Rule, path: KeyPath, message: str, help: str) -> None:
    context.report.add(rule, path, f"{message} (says {RECORD_NAME})", f"{help}; then {context.lookup_command}")
