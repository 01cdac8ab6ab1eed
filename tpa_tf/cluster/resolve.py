"""From a document to the resolved cluster: reads the sections, merges, checks, and builds the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tpa_tf.cluster import (
    addresses,
    firewall,
    hardware,
    hosts,
    identity,
    machines,
    names,
    network,
    offers,
    ownership,
    places,
    reach,
    tags,
    topology,
)
from tpa_tf.cluster.acceptance import accept
from tpa_tf.cluster.asked import asked, check_record, kms_keys
from tpa_tf.cluster.context import Context
from tpa_tf.cluster.merge import MergedInstance, merge_instances, read_locations
from tpa_tf.cluster.model import Ami, Cluster, Instance, Region, TerraformSettings, UserData, Volume
from tpa_tf.cluster.sections import check_sections
from tpa_tf.config.document import Document
from tpa_tf.config.findings import Report
from tpa_tf.config.sections import read_sections
from tpa_tf.config.terraform_section import TerraformSpec
from tpa_tf.config.values import normalised_name
from tpa_tf.facts.questions import Asked
from tpa_tf.rules.instances import INVALID_MOVE, NO_AWS_INSTANCES
from tpa_tf.rules.schema import MISSING_KEY
from tpa_tf.rules.settings import NO_CLUSTER_VARS
from tpa_tf.rules.terraform import UNKNOWN_HOME_REGION

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.record import Record

_ACCOUNT_ARGUMENTS = frozenset({"allowed_account_ids", "forbidden_account_ids", "skip_requesting_account_id"})


def resolve(
    document: Document, report: Report, record: Record | None
) -> tuple[Cluster | None, tuple[MergedInstance, ...], Asked | None]:
    """The cluster that ``document`` describes, its merged instances of every platform, and what it asks of AWS.

    ``record`` has what was found there, if anybody looked. Where the report holds an error, the cluster is None, or a
    draft, in which stand-ins are in the place of what is at fault; every fault that can be seen is in the report then.
    What it asks is None when the config itself is at fault.
    """
    data = document.data
    if elsewhere := machines.other_platform(data):
        name, path = elsewhere
        what = f"no instance is on aws: this config is for {name}"
        report.add(
            NO_AWS_INSTANCES,
            path,
            what,
            "use tpaexec provision for this cluster: tpa-tf creates instances in AWS alone",
        )
        return None, (), None
    sections = read_sections(document, report)
    if sections is None:
        return None, (), None
    locations = read_locations(data, report)
    name = sections.cluster.cluster_name if sections.cluster else "cluster"
    merged = merge_instances(data, name, locations, report)
    if sections.terraform:
        accept(sections.terraform.accept, merged, report)
    instances = machines.read_instances(merged, data, report)
    topology.check(merged, data, report)
    hosts.check(merged, data, report)
    _check_cluster_vars(data, report)
    _check_ami(merged, report)
    if sections.cluster is None:
        return None, merged, None
    context = Context(
        directory=document.path.parent,
        report=report,
        sections=sections,
        spec=sections.cluster,
        locations=locations.sound,
        instances=instances.placed,
        complete=instances.complete and not locations.faulty,
        tags=identity.cluster_tags(sections.cluster, data, report),
        has_pem_server=any("pem-server" in each.roles for each in merged),
    )
    tags.check_default_tags(context)
    tags.check_ignored_tags(context)
    check_sections(context)
    places.check(context)
    firewall.check_rules(context)
    machines.check_displaced(context, instances.displaced)
    questions = None if report.failed else asked(context)
    if questions and record and check_record(context, questions, record):
        context = replace(context, record=record)
    if record is None:
        ownership.note_missing_record(context)
    cluster = _cluster(context)
    return cluster, merged, questions


def _cluster(context: Context) -> Cluster | None:
    resolved = _with_keys(context, machines.instances(context))
    ownership.check_addresses(context)
    offers.check_offers(context)
    hardware.check(context, resolved)
    region_names = sorted(
        {*context.region_names(), *context.sections.vpcs, context.home_region, context.bucket_region} - {""}
    )
    regions = tuple(_region(context, name, resolved) for name in region_names)
    reach.check(context, regions)
    _check_moves(context)
    _check_home_region(context)
    spec, terraform = context.spec, context.sections.terraform
    if not resolved or terraform is None:
        return None
    home = context.home_region
    return Cluster(
        name=context.name,
        directory=context.directory,
        tags=context.tags,
        regions=regions,
        instances=resolved,
        home_region=home,
        ssh_key_file=identity.ssh_key_file(spec),
        bucket=identity.bucket(context),
        profile=identity.profile(context),
        user_data=UserData(
            ssh_port=spec.cluster_ssh_port,
            install_authorized_key=spec.install_authorized_key,
            pre_user_data=spec.pre_user_data,
            extra_user_data=spec.extra_user_data,
            environment=spec.user_data_environment,
            user_locale=spec.user_locale,
        ),
        terraform=TerraformSettings(
            terraform.backend_type,
            terraform.backend,
            _provider(context, terraform),
            terraform.required_version,
            dict(sorted(terraform.moved.items())),
            terraform.allow_destroy,
            terraform.final_snapshot,
            terraform.metadata_optional,
            terraform.provider_version,
        ),
        imports=context.record.adopted.imports if context.record else {},
        untagged=context.record.adopted.untagged if context.record else (),
        is_adopted=bool(context.record and context.record.adopted.anything),
    )


def _provider(context: Context, terraform: TerraformSpec) -> Mapping[str, Any]:
    """The arguments of every provider: with a record, Terraform works in the account that was looked up, or not at all.

    What the config itself says of accounts holds over that.
    """
    if context.record is None or _ACCOUNT_ARGUMENTS & set(terraform.provider):
        return terraform.provider
    return {**terraform.provider, "allowed_account_ids": [context.record.account]}


def _region(context: Context, name: str, resolved: tuple[Instance, ...]) -> Region:
    here = [instance for instance in resolved if instance.region == name]
    if not here:
        return Region(name, None, (), None, None, None, (), None)
    vpc = network.vpc(context, name)
    if vpc is None:
        network.check_subnets(context, name)
    subnets = network.subnets(context, name, vpc) if vpc else ()
    network.check_chosen_zones(context, here, subnets)
    network.check_default_routes(context, here, subnets)
    return Region(
        name=name,
        vpc=vpc,
        subnets=subnets,
        internet_gateway=network.internet_gateway(context, name, vpc) if vpc else None,
        route_table=network.route_table(context, name, subnets),
        security_group=firewall.security_group(context, name, vpc),
        amis=_amis(context, name, here),
        key_pair=identity.key_pair(context, name),
    )


def _amis(context: Context, region_name: str, here: Iterable[Instance]) -> tuple[Ami, ...]:
    """The images that the instances of a region start from, each once."""
    found: dict[str, Ami] = {}
    spec = context.sections.ami
    paths = {each.spec.node: each.path("image") for each in context.instances if each.spec.image}
    for instance in here:
        exists = ownership.image(context, region_name, instance.ami, paths.get(instance.node, ("ec2_ami",)))
        if instance.image_id or exists:
            image_id = exists.id if exists else instance.image_id
            device = exists.root_device_name if exists else None
            found[instance.ami] = Ami(instance.ami, None, (), (), image_id, device)
        elif spec:
            found[instance.ami] = Ami(instance.ami, spec.Name, spec.Owner, spec.filters or (), None)
    return tuple(found[address] for address in sorted(found))


def _with_keys(context: Context, resolved: tuple[Instance, ...]) -> tuple[Instance, ...]:
    """The instances, the disks of which name their KMS keys by the recorded ARN."""
    arns = {
        (each.spec.region, key): arn
        for each in context.instances
        for key, path in kms_keys(each)
        if (arn := ownership.kms_key(context, each.spec.region, key, path))
    }

    def pinned(region_name: str, disk: Volume) -> Volume:
        key = disk.kms_key_id
        return replace(disk, kms_key_id=arns.get((region_name, key), key)) if key else disk

    return tuple(
        replace(
            each,
            root=pinned(each.region, each.root) if each.root else None,
            volumes=tuple(pinned(each.region, disk) for disk in each.volumes),
        )
        for each in resolved
    )


def _check_ami(merged: Iterable[MergedInstance], report: Report) -> None:
    if report.document.data.get("ec2_ami") is not None:
        return
    if any(each.platform == "aws" and not each.values.get("image") for each in merged):
        if name := report.document.data.get("ec2_ami_name"):
            message = "ec2_ami is missing: ec2_ami_name has no effect"
            help = f"write ec2_ami: {{Name: {name}, Owner: …}}"
            report.add(MISSING_KEY, ("ec2_ami_name",), message, help, on_key=True)
            return
        report.add(
            MISSING_KEY,
            ("ec2_ami",),
            "ec2_ami is missing",
            "add ec2_ami: {Name: …, Owner: …}, or an image to each instance",
        )


def _check_cluster_vars(data: dict[str, object], report: Report) -> None:
    if not data.get("cluster_vars"):
        report.add(
            NO_CLUSTER_VARS,
            ("cluster_vars",),
            "there are no cluster_vars, and tpaexec provision refuses a config without",
            "add what tpaexec configure writes, at least postgres_version: the deployment takes its settings from "
            "there",
        )


def _check_moves(context: Context) -> None:
    """Report moves of instances that are still there, and to names that no instance has, now or on the way."""
    names = {instance.spec.Name for instance in context.instances}
    terraform = context.sections.terraform
    on_the_way = set(terraform.moved) if terraform else set()
    section = context.report.document.data.get("terraform")
    written = section.get("moved") if isinstance(section, dict) else None
    for old, new in written.items() if isinstance(written, dict) else ():
        before, after = normalised_name(str(old)), normalised_name(str(new))
        if before in names:
            message = f"{old} is still an instance"
            help = (
                "an instance that was renamed has its new name only; where another one has taken the old name, apply "
                "the rename to every state and take its note out first"
            )
        elif after not in names | on_the_way:
            message, help = f"there is no instance {new}", f"write one of {', '.join(sorted(names))}"
        else:
            continue
        context.report.add(INVALID_MOVE, ("terraform", "moved", old), message, help, on_key=before in names)
    _check_addresses_of_moves(context, terraform.moved if terraform else {}, written)


def _check_addresses_of_moves(context: Context, moved: Mapping[str, str], written: object) -> None:
    """Names that hostname_patterns allows may be one name to Terraform, which has few signs for its own."""
    known = {instance.spec.Name for instance in context.instances} | moved.keys() | set(moved.values())
    for old in written if isinstance(written, dict) else ():
        before = normalised_name(str(old))
        address = addresses.name(before)
        twin = next((each for each in sorted(known - {before}) if addresses.name(each) == address), None)
        if before in moved and twin:
            message = f"{before} and {twin} are both aws_instance.{address} to Terraform"
            help = "rename by a third name, with an apply for each step"
            context.report.add(INVALID_MOVE, ("terraform", "moved", old), message, help, on_key=True)


def _check_home_region(context: Context) -> None:
    terraform = context.sections.terraform
    known = sorted({*context.region_names(), *context.sections.vpcs})
    wanted = terraform.home_region if terraform else None
    own_bucket = names.bucket_name(context.spec) is None
    if wanted and own_bucket and context.complete and wanted not in known:
        message = f"{wanted} is no region of this cluster"
        help = f"write one of {', '.join(known)}; a bucket of yours (cluster_bucket) may be anywhere"
        context.report.add(UNKNOWN_HOME_REGION, ("terraform", "home_region"), message, help)
