"""What must be said of an adoption besides its differences: another VPC, another state, and what the plan creates."""

from __future__ import annotations

from collections.abc import Mapping

from tpa_tf.adoption.candidates import Candidates
from tpa_tf.adoption.there import There
from tpa_tf.cluster.model import Cluster, Instance, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.config.findings import Report
from tpa_tf.facts.instances import name_of
from tpa_tf.rules.adoption import ADOPT_CHANGES, ADOPT_CREATES, ADOPT_DIFFERS, ADOPT_STATE
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import Stack

_INSTANCE, _VOLUME = "aws_instance", "aws_ebs_volume"


def check_vpcs(report: Report, there: Mapping[str, There]) -> None:
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


def check_state(report: Report, stack: Stack, found: Candidates, state: Mapping[Address, str]) -> None:
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


def warn_of_new(report: Report, cluster: Cluster, found: Candidates, there: Mapping[str, There]) -> None:
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
            _new_volumes(report, instance, found)
            continue
        meant = f"; is it {' or '.join(others)}?" if others else ""
        report.add(
            ADOPT_CREATES,
            instance.origin,
            f"AWS has no instance {instance.name} of this cluster: the plan launches a new one{meant}",
            "write the name that it has in AWS (its tag Name), or leave it so if a new one is what you want",
        )


def warn_of_new_routes(report: Report, stack: Stack, found: Candidates) -> None:
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


def _new_volumes(report: Report, instance: Instance, found: Candidates) -> None:
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EBS and not volume.volume_id and f"{_VOLUME}.{volume.address}" not in found.taken:
            report.add(
                ADOPT_CREATES,
                volume.origin,
                f"{instance.name} has no volume at {volume.device_name} in AWS: the plan creates an empty one and "
                "attaches it",
                "write the device name that the volume has, or leave it so if a new one is what you want",
            )
