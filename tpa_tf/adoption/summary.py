"""What an adoption comes to, for people: what is imported, what stays, what is left over, and what to do next."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from tpa_tf.adoption.candidates import Candidate, Candidates, rule_arguments
from tpa_tf.adoption.there import There, Thing
from tpa_tf.cluster.model import Cluster
from tpa_tf.facts.adopted import Adopted
from tpa_tf.facts.asking import tags_of
from tpa_tf.facts.instances import name_of
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import Stack

_ID_OF = {
    "volume": "VolumeId",
    "VPC": "VpcId",
    "subnet": "SubnetId",
    "internet gateway": "InternetGatewayId",
    "route table": "RouteTableId",
    "security group": "GroupId",
    "Elastic IP": "AllocationId",
}


def summary(
    cluster: Cluster,
    stack: Stack,
    adopted: Adopted,
    found: Candidates,
    regions: Mapping[str, There],
    in_state: Collection[str],
) -> str:
    """The lines, each with its end. ``in_state`` are the ids of what Terraform's state has."""
    return "".join(f"{line}\n" for line in _lines(cluster, stack, adopted, found, regions, in_state))


def _lines(
    cluster: Cluster,
    stack: Stack,
    adopted: Adopted,
    found: Candidates,
    regions: Mapping[str, There],
    in_state: Collection[str],
) -> Iterator[str]:
    new = Counter(
        _label(address)
        for address, block in stack.things.items()
        if isinstance(block, Resource) and address not in found.taken
    )
    labels = Counter(_label(address) for address in adopted.imports)
    yield f"to be imported: {len(adopted.imports)} ({_counted(labels)})" if labels else "nothing is left to be imported"
    if new:
        yield f"to be created: {_counted(new)}"
    left = sorted(
        line for name, there in regions.items() for line in _left(there, name, {*adopted.existing, *in_state}, found)
    )
    if left:
        yield "of this cluster, and at no address of its stack (Terraform doesn't know it, and leaves it as it is):"
        yield from (f"  {line}" for line in left)
    volumes = list(_deleted_with_instance(found, regions))
    if volumes:
        yield "EC2 deletes these volumes with their instance, as TPA has launched them. Change that before the plan:"
        yield from (f"  {command}" for command in volumes)
    if not cluster.terraform.metadata_optional and (open_ := sorted(_with_old_metadata(found, regions))):
        yield (
            f"the plan requires version 2 of the metadata service of {', '.join(open_)}; until their software is ready "
            "for it, a line in the terraform section of config.yml keeps it optional:"
        )
        yield "  metadata_tokens: optional"
    if stopped := sorted(_stopped(found, regions)):
        yield f"stopped: {', '.join(stopped)}; start them before tpa-tf inventory, which needs their addresses"
    directory = shlex.quote(str(cluster.directory))
    yield f"next: tpa-tf synth {directory}, terraform plan -out=plan, tpa-tf review plan"


def _label(address: str) -> str:
    declared = resource_type(address.partition(".")[0])
    return declared.label if declared else address


def _counted(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {_plural(label) if count > 1 else label}" for label, count in sorted(labels.items()))


def _plural(label: str) -> str:
    """``objects in the bucket``, ``role policies``."""
    noun, place, rest = label.partition(" in ")
    return f"{noun[:-1]}ies{place}{rest}" if noun.endswith("cy") else f"{noun}s{place}{rest}"


def _left(there: There, region: str, elsewhere: Collection[str], found: Candidates) -> Iterator[str]:
    """What bears the cluster's tag, or is part of such a thing, and is neither taken nor said to stay existing."""
    taken = {candidate.id for candidate in found.taken.values()}
    known = {*taken, *elsewhere, *_roots(there)}
    for instance in there.instances:
        if instance["InstanceId"] not in known:
            yield f"{instance['InstanceId']} in {region}: the instance {name_of(instance) or 'without a name'}"
    attached = {str(volume["VolumeId"]): volume for volume in there.attached}
    made = {str(thing[_ID_OF["volume"]]): thing for thing in there.made["volume"]}
    for id, volume in {**made, **attached}.items():
        if id not in known:
            yield f"{id} in {region}: the volume {tags_of(volume).get('Name', 'without a name')}"
    for label, things in there.made.items():
        for thing in things if label != "volume" else ():
            if thing[_ID_OF[label]] not in known:
                name = thing.get("GroupName") or thing.get("PublicIp") or tags_of(thing).get("Name") or "without a name"
                yield f"{thing[_ID_OF[label]]} in {region}: the {label} {name}"
    for rule in there.rules:
        if rule["SecurityGroupRuleId"] not in known and rule["GroupId"] in taken:
            yield f"{rule['SecurityGroupRuleId']} in {region}: {_shown_rule(rule)}"
    for address in there.addresses:
        if address["AllocationId"] not in known | found.existing_addresses:
            yield f"{address['AllocationId']} in {region}: the Elastic IP {address['PublicIp']}"


def _roots(there: There) -> Iterator[str]:
    """Root volumes, which are part of their instances."""
    for instance in there.instances:
        for mapping in instance.get("BlockDeviceMappings", []):
            if mapping["DeviceName"] == instance.get("RootDeviceName"):
                yield str(mapping["Ebs"]["VolumeId"])


def _shown_rule(rule: Thing) -> str:
    way = "the egress rule to" if rule["IsEgress"] else "the ingress rule from"
    has = rule_arguments(rule)
    ports = "" if has["from_port"] is None else f" {has['from_port']}-{has['to_port']}"
    sources = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
    other = next((has[source] for source in sources if has[source]), "nowhere")
    return f"{way} {other}, {has['ip_protocol']}{ports}"


def _deleted_with_instance(found: Candidates, regions: Mapping[str, There]) -> Iterator[str]:
    """A command for each volume of which EC2 would make an end with its instance."""
    for region, instance, _ in _taken_instances(found, regions):
        for mapping in instance.get("BlockDeviceMappings", []):
            if mapping["DeviceName"] == instance.get("RootDeviceName"):
                continue
            if mapping["Ebs"].get("DeleteOnTermination"):
                change = [{"DeviceName": mapping["DeviceName"], "Ebs": {"DeleteOnTermination": False}}]
                yield (
                    f"aws ec2 modify-instance-attribute --region {region} --instance-id {instance['InstanceId']} "
                    f"--block-device-mappings {shlex.quote(json.dumps(change))}  # {name_of(instance)}"
                )


def _with_old_metadata(found: Candidates, regions: Mapping[str, There]) -> Iterator[str]:
    for _, instance, _ in _taken_instances(found, regions):
        if (instance.get("MetadataOptions") or {}).get("HttpTokens") != "required":
            yield name_of(instance)


def _stopped(found: Candidates, regions: Mapping[str, There]) -> Iterator[str]:
    for _, instance, _ in _taken_instances(found, regions):
        if instance["State"]["Name"] in ("stopping", "stopped"):
            yield name_of(instance)


def _taken_instances(found: Candidates, regions: Mapping[str, There]) -> Iterator[tuple[str, Thing, Candidate]]:
    taken = {candidate.id: candidate for candidate in found.taken.values()}
    for region, there in regions.items():
        for instance in there.instances:
            if candidate := taken.get(instance["InstanceId"]):
                yield region, instance, candidate
