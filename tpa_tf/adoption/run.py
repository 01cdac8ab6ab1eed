"""An adoption from start to end: ask, decide, look up, build the stack, find what is at its addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tpa_tf.adoption.candidates import Candidate, Candidates, Elsewhere
from tpa_tf.adoption.decisions import (
    Decisions,
    decide_group,
    decide_key_pair,
    decide_network,
    decide_profile,
    decide_volumes,
)
from tpa_tf.adoption.differences import check_differences
from tpa_tf.adoption.images import with_running_images
from tpa_tf.adoption.key_files import check_key_files
from tpa_tf.adoption.summary import summary
from tpa_tf.adoption.there import There, ask_there
from tpa_tf.cluster import names
from tpa_tf.cluster.model import Cluster, Instance, Ownership, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.clusters import Loaded, config_file, load_with
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.adopted import NOTHING
from tpa_tf.facts.asking import Asking
from tpa_tf.facts.aws import Aws
from tpa_tf.facts.buckets import ask_maker, ask_objects, ask_settings
from tpa_tf.facts.hosted_zones import ask_dns_record
from tpa_tf.facts.instances import name_of
from tpa_tf.facts.profiles import ask_role, ask_role_policies, instance_profile, users_of
from tpa_tf.facts.questions import Asked
from tpa_tf.facts.record import Record
from tpa_tf.lookup.ask import Say, ask, at_once
from tpa_tf.lookup.run import access, check_answers, recorded
from tpa_tf.lookup.state import managed
from tpa_tf.rules.adoption import ADOPT_AMBIGUOUS, ADOPT_CHANGES, ADOPT_CREATES, ADOPT_DIFFERS, ADOPT_STATE
from tpa_tf.rules.asking import IMPORTS_LEFT
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import Stack

_INSTANCE, _VOLUME = "aws_instance", "aws_ebs_volume"
_IMPORT_ALL = "everything is imported; an import of what the state has already does nothing"


@dataclass(frozen=True)
class Adoption:
    """What came of it: without a record where the report holds an error."""

    loaded: Loaded
    record: Record | None
    summary: str


@dataclass(frozen=True)
class Kinds:
    """What whoever adopts says of kinds of things."""

    existing: Collection[str]
    managed: Collection[str]


def adopt(path: Path, name: str, config: Loaded, profile: str | None, out: Path, kinds: Kinds, say: Say) -> Adoption:
    """Find what ``tpaexec provision`` made of the cluster at ``path``, called ``name``; nothing in AWS is changed.

    ``config`` is the same read without a record, and ``out`` is where the stack is. TpaTfError if AWS doesn't answer,
    or has nothing of the cluster.
    """
    asked = config.asked
    assert asked, "the config is sound"
    aws, account = access(asked, profile, say)
    before = recorded(config_file(path).parent)
    if before and (before.account, before.cluster) != (account, asked.cluster):
        before = None
    earlier = before.adopted if before else NOTHING
    askings = {
        region: Asking(aws, account, asked.cluster, region, here, earlier) for region, here in asked.regions.items()
    }
    there = _ask_there(askings, asked)
    if not any(region.instances or any(region.made.values()) for region in there.values()):
        raise TpaTfError(
            f"AWS has nothing of {asked.cluster} in {', '.join(there)} (account {account}): no instance has the tag "
            f"Cluster: {asked.cluster}, and nothing the tag CreatingCluster; a cluster that is yet to be made needs no "
            "adoption"
        )
    state = managed(config.cluster, out) if config.cluster else None
    in_state = frozenset((state or {}).values())
    decisions = Decisions(asked.cluster, kinds.existing, kinds.managed, earlier, in_state)
    _decide(decisions, asked, there, state)
    _decide_profile(decisions, aws, asked, askings, there)
    record, regions = ask(aws, account, asked, decisions.adopted, say)
    record = with_running_images(record, regions, there)
    loaded = load_with(path, record, name, out=out)
    for fault in decisions.faults:
        loaded.report.add(fault.rule, fault.path, fault.message, fault.help)
    _check_vpcs(loaded.report, there)
    for remark in decisions.remarks:
        loaded.report.add(remark.rule, remark.path, remark.message, remark.help)
    if loaded.cluster is None or loaded.stack is None:
        check_answers(loaded, record, before, regions)
        return Adoption(loaded, None, "")
    found = Candidates(loaded.cluster, loaded.stack, there, _ask_elsewhere(aws, account, loaded.cluster))
    _find(loaded, loaded.stack, found)
    for fault in found.faults:
        loaded.report.add(fault.rule, fault.path, fault.message, fault.help)
    _check_state(loaded.report, loaded.stack, found, state or {})
    check_answers(loaded, record, before, regions, {candidate.id for candidate in found.taken.values()})
    check_differences(loaded.report, loaded.stack, found)
    check_key_files(loaded.report, loaded.cluster, there)
    _warn_of_new(loaded.report, loaded.cluster, found, there)
    _warn_of_new_routes(loaded.report, loaded.stack, found)
    if loaded.report.failed:
        return Adoption(replace(loaded, cluster=None, stack=None), None, "")
    imports = {
        address: candidate.import_id(address.partition(".")[0])
        for address, candidate in sorted(found.taken.items())
        if address not in (state or {})
    }
    if state is None:
        loaded.report.add(IMPORTS_LEFT, ("cluster_name",), "the state can't be asked what it has already", _IMPORT_ALL)
    adopted = replace(decisions.adopted, imports=imports)
    told = summary(loaded.cluster, loaded.stack, adopted, found, there, in_state)
    return Adoption(loaded, replace(record, adopted=adopted), told)


def _ask_there(askings: Mapping[str, Asking], asked: Asked) -> dict[str, There]:
    def asking_for(name: str, asking: Asking) -> Callable[[], There]:
        return lambda: ask_there(asking, names.group_name(asked.cluster, name))

    return at_once({name: asking_for(name, asking) for name, asking in askings.items()})


def _decide(decisions: Decisions, asked: Asked, there: Mapping[str, There], state: Collection[str] | None) -> None:
    for region, here in there.items():
        decide_network(decisions, region, asked.regions[region], here)
        decide_group(decisions, region, names.group_name(asked.cluster, region), asked.regions[region], here)
        decide_volumes(decisions, asked.regions[region], here)
        decide_key_pair(decisions, region, here, state)


def _decide_profile(
    decisions: Decisions, aws: Aws, asked: Asked, askings: Mapping[str, Asking], there: Mapping[str, There]
) -> None:
    if asked.instance_profile is None or not asked.instance_profile_can_be_made:
        return
    found = instance_profile(aws, asked.bucket_region, asked.instance_profile)
    if found:
        users = {id for asking in askings.values() for id in users_of(asking, str(found["Arn"]))}
        own = {str(instance["InstanceId"]) for region in there.values() for instance in region.instances}
        decide_profile(decisions, found, users - own)


def _ask_elsewhere(aws: Aws, account: str, cluster: Cluster) -> Elsewhere:
    """What there is of the role, the bucket and the DNS records that the stack makes."""
    home = cluster.home_region
    role = policies = profile = None
    if cluster.profile and cluster.profile.ownership is Ownership.MANAGED:
        role = ask_role(aws, home, cluster.profile.name)
        policies = ask_role_policies(aws, home, cluster.profile.name) if role else ()
        profile = instance_profile(aws, home, cluster.profile.name)
    bucket, objects, settings = _ask_bucket(aws, account, cluster)
    wanted = {(each.dns_record.zone_id, each.dns_record.name) for each in cluster.instances if each.dns_record}
    records = {key: ask_dns_record(aws, home, *key) for key in sorted(wanted)}
    return Elsewhere(
        profile=profile,
        role=role,
        policies=policies or (),
        bucket=bucket,
        objects=objects,
        settings=settings,
        records={key: record for key, record in records.items() if record},
    )


def _ask_bucket(aws: Aws, account: str, cluster: Cluster) -> tuple[str | None, frozenset[str], frozenset[str]]:
    """The stack's bucket, if it is there, with its objects and settings; that of TPA's user is another one."""
    bucket = cluster.bucket
    name = bucket.name or f"{bucket.name_prefix}-{account}"
    own = bucket.ownership is Ownership.MANAGED
    if own and ask_maker(aws, bucket.region, name) != cluster.name:
        return None, frozenset(), frozenset()
    objects = ask_objects(aws, bucket.region, name, f"{cluster.name}/")
    if objects is None:
        return None, frozenset(), frozenset()
    return name, objects, ask_settings(aws, bucket.region, name) if own else frozenset()


def _find(loaded: Loaded, stack: Stack, found: Candidates) -> None:
    """Take the one thing that there is for each resource; several are a fault that names them all."""
    for address, block in stack.things.items():
        if not isinstance(block, Resource):
            continue
        there = found.of(block)
        if len(there) == 1:
            found.taken[address] = there[0]
        elif there:
            _ambiguous(loaded, block, there)


def _check_vpcs(report: Report, there: Mapping[str, There]) -> None:
    """Where the config's VPC is another one than that of the instances, the plan would replace them all."""
    for region, here in there.items():
        found = {str(vpc["VpcId"]) for vpc in here.vpcs}
        for vpc in sorted({str(instance.get("VpcId")) for instance in here.instances} - found):
            report.add(
                ADOPT_DIFFERS,
                ("ec2_vpc", region),
                f"instances of the cluster run in {vpc}, which ec2_vpc of {region} doesn't find: the plan would "
                "replace them",
                f"write its Name and cidr as they are in AWS, or name it by its id (filters: {{vpc-id: {vpc}}})",
            )


def _check_state(report: Report, stack: Stack, found: Candidates, state: Mapping[Address, str]) -> None:
    """What the state has at an address, and what AWS has for it, must be the same thing."""
    for address, candidate in found.taken.items():
        block = stack.things[address]
        declared = resource_type(block.type)
        if declared and declared.import_id == "{id}" and state.get(address, candidate.id) != candidate.id:
            report.add(
                ADOPT_STATE,
                block.origin or ("cluster_name",),
                f"the state has {state[address]} at {address}, and AWS has {candidate.id} for it",
                f"take the cluster's tags, or the name, from the one that isn't meant; or terraform state rm {address}",
            )


def _warn_of_new(report: Report, cluster: Cluster, found: Candidates, there: Mapping[str, There]) -> None:
    """An instance that the config has and AWS doesn't is created: it may be one that goes by another name there."""
    moved = cluster.terraform.moved
    names_here = {name for instance in cluster.instances for name in of_instance(instance.name, moved)}
    others = sorted(
        f"{instance['InstanceId']} ({name_of(instance)})"
        for region in there.values()
        for instance in region.instances
        if name_of(instance) not in names_here
    )
    for instance in cluster.instances:
        if f"{_INSTANCE}.{instance.address}" in found.taken:
            _warn_of_new_volumes(report, instance, found)
            continue
        meant = f"; is it {' or '.join(others)}?" if others else ""
        report.add(
            ADOPT_CREATES,
            instance.origin,
            f"AWS has no instance {instance.name} of this cluster: the plan launches a new one{meant}",
            "write the name that it has in AWS (its tag Name), or leave it so if a new one is what you want",
        )


def _warn_of_new_routes(report: Report, stack: Stack, found: Candidates) -> None:
    """A subnet that is there and uses its VPC's main route table gets that of the cluster."""
    for address, block in stack.things.items():
        subnet = found.value(block.arguments.get("subnet_id"))
        if block.type == "aws_route_table_association" and subnet and address not in found.taken:
            report.add(
                ADOPT_CHANGES,
                ("ec2_vpc",),
                f"{subnet} uses its VPC's main route table: the apply gives it that of the cluster, and sends its "
                "packets another way",
                "adopt with --existing subnet to leave it as it is",
            )


def _warn_of_new_volumes(report: Report, instance: Instance, found: Candidates) -> None:
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EBS and not volume.volume_id and f"{_VOLUME}.{volume.address}" not in found.taken:
            report.add(
                ADOPT_CREATES,
                volume.origin,
                f"{instance.name} has no volume at {volume.device_name} in AWS: the plan creates an empty one and "
                "attaches it",
                "write the device name that the volume has, or leave it so if a new one is what you want",
            )


def _ambiguous(loaded: Loaded, block: Resource, there: list[Candidate]) -> None:
    path: KeyPath = block.origin or ("cluster_name",)
    shown = "; ".join(f"{each.id} ({each.shown})" if each.shown else each.id for each in there)
    loaded.report.add(
        ADOPT_AMBIGUOUS,
        path,
        f"{len(there)} things could be {block.address}: {shown}",
        "take its tags (Cluster, CreatingCluster) or its name from the one that isn't, or remove that one",
    )
