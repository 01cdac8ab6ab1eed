"""What a lookup refuses to record: another thing, or nothing, in the place of one that the cluster has so far.

Terraform has forgotten what was found. Where it is found no more, the next plan makes another one: an empty volume, a
VPC without its instances. Where somebody else's is found, data changes hands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.asked import shown
from tpa_tf.cluster.disks import left_behind
from tpa_tf.cluster.model import IngressRule, Instance, Ownership, SourceKind, Volume, VolumeKind
from tpa_tf.cluster.names import of_instance
from tpa_tf.clusters import Loaded
from tpa_tf.config.document import KeyPath
from tpa_tf.facts.asking import Asking, tell
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.record import RegionRecord
from tpa_tf.facts.volumes import FoundVolume
from tpa_tf.rules.asking import (
    ADDRESS_TAKEN,
    OWN_AGAIN,
    OWN_GROUP,
    VOLUME_GONE,
    VOLUME_UNATTACHED,
    VOLUME_UNNOTED,
    VPC_GONE,
)
from tpa_tf.rules.lookup import VOLUME_LEFT

_Rule = tuple[str, int, int, str]
"""Protocol, ports (-1 for none) and source of a rule; ``group`` stands for every group."""


def check_kept(
    loaded: Loaded,
    name: str,
    old: RegionRecord | None,
    new: RegionRecord,
    asking: Asking,
    imported: Collection[str] = (),
) -> None:
    """Report what ``new`` has in the place of what ``old``, the record of before, has of the region ``name``."""
    if old:
        _check_own(loaded, name, old, new, asking.own_ids - {*imported})
        _check_vpc(loaded, name, old, new, asking)
        _check_disks(loaded, name, old, new, asking.own_ids | {*imported})
    known = {volume.id for volume in old.volumes.values() if volume} if old else set[str]()
    tell(loaded.report, (fault for volume, fault in asking.in_use.items() if volume not in known))
    _warn_of_unattached(loaded, known, asking)
    _check_addresses(loaded, name, old, asking)
    _check_rules(loaded, name, asking)


def _check_own(loaded: Loaded, name: str, old: RegionRecord, new: RegionRecord, own: Collection[str]) -> None:
    now = {thing for thing, _ in _found(new, name)}
    for thing, path in _found(old, name):
        if thing in own and thing not in now:
            loaded.report.add(
                OWN_AGAIN,
                path,
                f"{thing} was found so far, and bears this cluster's tags now: it would count as managed, "
                "and another one would be created, since the state has forgotten it",
                "remove the tag CreatingCluster (of a volume: TPAManagedBy) from it; or, to have Terraform manage it, "
                "run tpa-tf adopt, which imports it",
            )


def _found(region: RegionRecord, name: str) -> Iterator[tuple[str, KeyPath]]:
    """The ids of what a record has found and the cluster may also make, with the place of what asks for it."""
    if region.vpc.found:
        yield region.vpc.found.id, ("ec2_vpc", name)
        if region.vpc.found.internet_gateway:
            yield region.vpc.found.internet_gateway, ("ec2_vpc", name)
    yield from ((subnet.id, ("ec2_vpc", name)) for subnet in region.subnets.values() if subnet)
    yield from ((volume.id, ("instances",)) for volume in region.volumes.values() if volume)
    if region.key_pair and region.key_pair.found:
        yield region.key_pair.asked, ("ec2_key_name",)


def _check_vpc(loaded: Loaded, name: str, old: RegionRecord, new: RegionRecord, asking: Asking) -> None:
    was, now = old.vpc.found, new.vpc.found
    if was is None or was.id in asking.own_ids or (now and now.id == was.id):
        return
    if now and old.vpc.asked != new.vpc.asked:
        return  # another one is asked for, and impact says what that does
    instead = f"{now.id} is, and" if now else "a new one would be created, and"
    loaded.report.add(
        VPC_GONE,
        ("ec2_vpc", name),
        f"{was.id}, the VPC of {name} so far, is not found with {shown(new.vpc.asked)}: {instead} every instance "
        "would be replaced",
        f"set its tags back, or name it by its id (filters: {{vpc-id: {was.id}}}); if another VPC is what you want, "
        f"remove {RECORD_NAME} first",
    )


def _check_disks(loaded: Loaded, name: str, old: RegionRecord, new: RegionRecord, own: Collection[str]) -> None:
    """A disk is told by the name of its instance and its device; its label has the node's number, which may change."""
    told = set[str]()
    for instance in loaded.cluster.instances if loaded.cluster else ():
        for disk in instance.volumes if instance.region == name else ():
            if disk.kind is VolumeKind.EBS:
                label = f"{instance.label_prefix}:{disk.device_name}"
                told.add(label)
                was = _volume_so_far(loaded, instance, disk, label, old, new)
                if was and was.id not in own:
                    _check_disk(loaded, instance, disk, label, was, new.volumes.get(label))
    for label, volume in old.volumes.items():
        if volume and volume.disk is None and label not in told:
            loaded.report.add(
                VOLUME_UNNOTED,
                ("instances",),
                f"an older tpa-tf has recorded {volume.id} with TPAAttachmentLabel {label}, and not to which "
                "volume of the config "
                "it belongs; none has that label now",
                "look up once with the config as it was, and then with this one",
            )


def _check_disk(
    loaded: Loaded, instance: Instance, disk: Volume, label: str, was: FoundVolume, now: FoundVolume | None
) -> None:
    if now and now.id == was.id:
        return
    if not disk.attach_existing:
        loaded.report.add(VOLUME_LEFT, disk.origin, *left_behind(was.id, disk.device_name, disk.address))
        return
    cluster = loaded.cluster.name if loaded.cluster else ""
    loaded.report.add(
        VOLUME_GONE,
        disk.origin,
        f"{was.id}, so far a volume of {instance.name}, is not found with TPAAttachmentLabel {label}, and "
        f"{now.id if now else 'a new, empty one'} would take its place",
        f"set its tags: aws ec2 create-tags --resources {was.id} --tags Key=TPAAttachmentLabel,Value={label} "
        f"Key=CreatingCluster,Value={cluster}; or, if it is to be used no more, remove {RECORD_NAME} and look up again",
    )


def _volume_so_far(
    loaded: Loaded, instance: Instance, disk: Volume, label: str, old: RegionRecord, new: RegionRecord
) -> FoundVolume | None:
    """The volume that ``old`` has for a disk; for a new one that finds none, one of the instance's that is left."""
    names = of_instance(instance.name, loaded.cluster.terraform.moved if loaded.cluster else {})
    found = old.volume_of(label, addresses.disk(names, disk.device_name))
    if found or not disk.attach_existing or label in old.volumes or new.volumes.get(label):
        return found
    kept = {address for each in instance.volumes for address in addresses.disk(names, each.device_name)}
    own = tuple(f"{addresses.name(name)}_" for name in names)
    left = (each for each in old.volumes.values() if each and each.disk and each.disk not in kept)
    return next((each for each in left if (each.disk or "").startswith(own)), None)


def _warn_of_unattached(loaded: Loaded, known: set[str], asking: Asking) -> None:
    """Where the instance that had a volume is gone, nobody can tell by which name Terraform may have it."""
    for volume, disk in asking.unattached:
        if volume not in known:
            loaded.report.add(
                VOLUME_UNATTACHED,
                disk.path,
                f"{volume} is attached to nothing: if Terraform has created it for an instance of another name than "
                f"{disk.names[0]}, the next apply would destroy it there",
                "look for it in terraform state list and remove its address (terraform state rm), or say which "
                "instance "
                "was renamed (terraform: moved); if tpaexec provision has created it, there is nothing to do",
            )


def _check_addresses(loaded: Loaded, region: str, old: RegionRecord | None, asking: Asking) -> None:
    """An Elastic IP that the cluster allocated for one instance can't be that of another one besides.

    Handed over once (``old`` has it), it is no more of the first one, which may get a new one.
    """
    cluster = loaded.cluster
    here = [each for each in cluster.instances if each.region == region] if cluster else []
    moved = cluster.terraform.moved if cluster else {}
    keeping = {
        name: each.name
        for each in here
        if each.elastic_ip and each.elastic_ip.ownership is Ownership.MANAGED
        for name in of_instance(each.name, moved)
    }
    for instance in here:
        ip = str(instance.elastic_ip.public_ip) if instance.elastic_ip else ""
        owner = keeping.get(asking.own_ips.get(ip, ""))
        if owner and not (old and ip in old.own_addresses):
            loaded.report.add(
                ADDRESS_TAKEN,
                instance.origin,
                f"{ip} is what this cluster has allocated for {owner}, and {instance.name} is to have it, too",
                f"remove assign_elastic_ip from {owner}, or elastic_ip from {instance.name}; for {owner} to get "
                "another one, take two steps",
            )


def _check_rules(loaded: Loaded, region: str, asking: Asking) -> None:
    """The cluster's own group is forgotten with its rules, which are those of the config: another one is destroyed."""
    regions = loaded.cluster.regions if loaded.cluster else ()
    group = next((each.security_group for each in regions if each.name == region), None)
    said = {_said(rule) for rule in group.rules} if group else set[_Rule]()
    for id, permissions in asking.own_groups.items():
        missing = sorted({rule for each in permissions for rule in _there(each)} - said)
        if group and missing:
            rules = ", ".join(f"{protocol} {start}-{end} from {source}" for protocol, start, end, source in missing)
            loaded.report.add(
                OWN_GROUP,
                ("ec2_groups", region),
                f"ec2_groups finds {id}, which this cluster has created, and Terraform would destroy its rules that "
                f"cluster_rules don't have: {rules}",
                "write cluster_rules as they were: Terraform then forgets them with the group; they may stay",
            )


def _said(rule: IngressRule) -> _Rule:
    of_group = rule.source_kind in (SourceKind.GROUP_ID, SourceKind.GROUP_NAME, SourceKind.OWN_GROUP)
    ports = (-1 if port is None else port for port in (rule.from_port, rule.to_port))
    start, end = ports
    return rule.protocol, start, end, "group" if of_group else rule.source


def _there(permission: Mapping[str, Any]) -> Iterator[_Rule]:
    """The rules of a permission as DescribeSecurityGroups answers it."""
    protocol = str(permission.get("IpProtocol"))
    start, end = (int(permission.get(name, -1)) for name in ("FromPort", "ToPort"))
    sources = [str(each["CidrIp"]) for each in permission.get("IpRanges", [])]
    sources += [str(each["CidrIpv6"]) for each in permission.get("Ipv6Ranges", [])]
    sources += [str(each["PrefixListId"]) for each in permission.get("PrefixListIds", [])]
    sources += ["group" for _ in permission.get("UserIdGroupPairs", [])]
    yield from ((protocol, start, end, source) for source in sources)
