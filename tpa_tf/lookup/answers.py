"""The answers of AWS to what a config asks, as the record has them.

What the cluster itself made, told by its tag ``CreatingCluster``, counts as not there wherever it can be made. Several
candidates for one thing are a fault, and so is a bucket of somebody else: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.questions import (
    OWN_VOLUME,
    Asked,
    AskedDisk,
    AskedImage,
    AskedRegion,
    FilterMap,
    disk_addresses,
)
from tpa_tf.cluster.record import (
    BucketRecord,
    FoundBucket,
    FoundGroup,
    FoundImage,
    FoundKeyPair,
    FoundProfile,
    FoundSubnet,
    FoundVolume,
    FoundVpc,
    FoundZone,
    GroupsRecord,
    ImageRecord,
    ImageVolume,
    InstanceType,
    KeyPairRecord,
    ProfileRecord,
    RegionRecord,
    VpcRecord,
)
from tpa_tf.config.document import KeyPath
from tpa_tf.lookup.aws import Aws, Service

_SHOWN = 10
_SIMILAR = 5
_WILDCARDS = set("*?")
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "InstanceId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)
"""The fields of a route that name its target, as DescribeRouteTables answers."""


_IDS = ("SubnetId", "GroupId", "InternetGatewayId", "KeyName", "VpcId")
"""The fields of a thing of which the first says which it is: subnets and groups have that of their VPC besides."""


@dataclass(frozen=True)
class Fault:
    """Why a question has no one answer: with the place of what asks it, as a finding has."""

    rule: str
    path: KeyPath
    message: str
    help: str


@dataclass(frozen=True)
class Own:
    """A thing that bears the cluster's tag: Terraform's, at ``address``, if its state has it."""

    address: str
    id: str
    """As terraform import takes it."""


class Answers:
    """Asks one region's questions; what has no one answer is in ``faults``."""

    def __init__(self, aws: Aws, account: str, cluster: str, region: str, asked: AskedRegion) -> None:
        self._aws = aws
        self._account = account
        self._cluster = cluster
        self._region = region
        self._asked = asked
        self._ec2: Service = aws.service("ec2", region)
        self.faults: list[Fault] = []
        self.own: list[Own] = []
        """What bears the cluster's tag, and so counts as Terraform's."""
        self.own_ids: set[str] = set()
        """The ids of all that was seen of these, of key pairs the names."""
        self.own_ips: dict[str, str] = {}
        """Elastic IPs that the cluster allocated, and the name of the instance that each was for."""
        self.in_use: dict[str, Fault] = {}
        """What is to be said of volumes to attach that another instance of the cluster has, by their ids."""
        self.own_groups: dict[str, list[Mapping[str, Any]]] = {}
        """The rules that let somebody in, as EC2 has them, of groups that the cluster made, by their ids."""
        self.unattached: list[tuple[str, AskedDisk]] = []
        """Volumes to attach that no instance has now, and the disk that each is for."""
        self.own_vpc: str | None = None
        """The VPC that bears the cluster's tag, where the config says that it exists."""

    def region(self) -> RegionRecord:
        """All answers of the region. TpaTfError if AWS doesn't answer."""
        asked = self._asked
        vpc = self._vpc()
        subnets, overlapping = self._subnets(vpc)
        return RegionRecord(
            availability_zones=self._zones(),
            instance_types=self._instance_types(),
            vpc=VpcRecord(asked.vpc, vpc),
            subnets=subnets,
            overlapping=overlapping,
            default_routes=self._default_routes([each for each in subnets.values() if each]),
            images={address: ImageRecord(each, self._image(each)) for address, each in sorted(asked.images.items())},
            security_groups=self._groups(),
            rule_groups=self._rule_groups(vpc),
            key_pair=KeyPairRecord(asked.key_pair, self._key_pair(asked.key_pair)) if asked.key_pair else None,
            elastic_ips=self._elastic_ips(),
            own_addresses=dict(sorted(self.own_ips.items())),
            kms_keys={key: self._kms_key(key) for key in asked.kms_keys},
            volumes=self._volumes(),
        )

    def _own(self, thing: Mapping[str, Any]) -> bool:
        """Whether the cluster itself made it, as its tags say."""
        own = _tags(thing).get("CreatingCluster") == self._cluster
        if own:
            self.own_ids.add(next(str(thing[name]) for name in _IDS if name in thing))
        return own

    def _vpc(self) -> FoundVpc | None:
        found = self._ec2.all("describe_vpcs", "Vpcs", Filters=_filters(self._asked.vpc))
        own = [str(each["VpcId"]) for each in found if self._own(each)]
        if own and self._asked.vpc_can_be_made:
            self.own += [Own(f"aws_vpc.{addresses.region(self._region)}", each) for each in own]
            return None
        self.own_vpc = next(iter(own), None)
        if len(found) > 1:
            self._ambiguous(
                "ambiguous-vpc",
                ("ec2_vpc", self._region),
                f"{len(found)} VPCs in {self._region}",
                [f"{each['VpcId']} ({each['CidrBlock']}, {_shown_tags(each)})" for each in found],
                "tell it apart with filters, for example vpc-id",
            )
        if not found:
            return None
        vpc = min(found, key=lambda each: str(each["VpcId"]))  # where several match, for the other checks alone
        associated = {
            each["CidrBlock"]
            for each in vpc.get("CidrBlockAssociationSet", [])
            if each.get("CidrBlockState", {}).get("State", "associated") == "associated"
        }
        others = tuple(sorted(associated - {vpc["CidrBlock"]}))
        gateway = self._gateway(vpc["VpcId"])
        owner = vpc.get("OwnerId") if vpc.get("OwnerId") != self._account else None
        cidrs = (vpc["CidrBlock"], *others)
        return FoundVpc(vpc["VpcId"], cidrs, _tags(vpc).get("Name"), gateway, owner, vpc["VpcId"] in own)

    def _gateway(self, vpc_id: str) -> str | None:
        filters = _filters({"attachment.vpc-id": (vpc_id,)})
        found = self._ec2.all("describe_internet_gateways", "InternetGateways", Filters=filters)
        return next((str(each["InternetGatewayId"]) for each in found if not self._own(each)), None)

    def _subnets(
        self, vpc: FoundVpc | None
    ) -> tuple[dict[str, FoundSubnet | None], dict[str, tuple[FoundSubnet, ...]]]:
        """The subnets that are asked for, and for ranges that none has, those that are in their way."""
        ids = tuple(each for each in self._asked.subnets if each.startswith("subnet-"))
        ranges = tuple(each for each in self._asked.subnets if each not in ids)
        answers: dict[str, FoundSubnet | None] = dict.fromkeys(self._asked.subnets)
        if ids:
            for each in self._ec2.all("describe_subnets", "Subnets", Filters=_filters({"subnet-id": ids})):
                answers[each["SubnetId"]] = _subnet(each)
        if not (ranges and vpc):
            return answers, {}
        there = self._ec2.all("describe_subnets", "Subnets", Filters=_filters({"vpc-id": (vpc.id,)}))
        others = sorted((_subnet(each) for each in there if not self._own(each)), key=lambda subnet: subnet.id)
        answers |= {subnet.cidr: subnet for subnet in others if subnet.cidr in ranges}
        overlapping = {
            cidr: found
            for cidr in ranges
            if answers[cidr] is None
            and (found := tuple(each for each in others if IPv4Network(each.cidr).overlaps(IPv4Network(cidr))))
        }
        return answers, overlapping

    def _default_routes(self, subnets: list[FoundSubnet]) -> dict[str, str | None]:
        """By id, where each subnet's route table, which may be its VPC's main one, sends 0.0.0.0/0."""
        vpcs = tuple(sorted({each.vpc for each in subnets}))
        if not vpcs:
            return {}
        tables = self._ec2.all("describe_route_tables", "RouteTables", Filters=_filters({"vpc-id": vpcs}))
        targets: dict[str, str | None] = {}
        for table in tables:
            for association in table.get("Associations", []):
                of = table["VpcId"] if association.get("Main") else association.get("SubnetId")
                if of:
                    targets[of] = _default_target(table)
        return {each.id: targets.get(each.id, targets.get(each.vpc)) for each in subnets}

    def _image(self, asked: AskedImage) -> FoundImage | None:
        filters = dict(asked.filters)
        if asked.name:
            filters["name"] = (asked.name,)
        if asked.image_id:
            filters["image-id"] = (asked.image_id,)
        arguments: dict[str, Any] = {"Filters": _filters(filters)}
        if asked.owners:
            arguments["Owners"] = list(asked.owners)
        if asked.image_id or (asked.name and not set(asked.name) & _WILDCARDS):
            # As in the plan: that its owner has deprecated it is no fault of machines that run on it.
            arguments["IncludeDeprecated"] = True
        found = self._ec2.all("describe_images", "Images", **arguments)
        newest_first = sorted(found, key=lambda each: str(each.get("CreationDate", "")), reverse=True)
        if len(found) > 1:
            self._ambiguous(
                "ambiguous-image",
                ("ec2_ami",),
                f"{len(found)} images in {self._region}",
                [_shown_image(each) for each in newest_first],
                "write one of these names in full, with its Owner, or add filters",
            )
        if not found:
            return None
        image = newest_first[0]  # where several match, for the other checks alone
        volumes = {
            mapping["DeviceName"]: ImageVolume(mapping["Ebs"]["VolumeSize"], bool(mapping["Ebs"].get("Encrypted")))
            for mapping in image.get("BlockDeviceMappings", [])
            if "VolumeSize" in mapping.get("Ebs", {})
        }
        root = volumes.pop(image["RootDeviceName"], None)
        return FoundImage(
            image["ImageId"],
            image["Name"],
            image["OwnerId"],
            image["Architecture"],
            image["RootDeviceName"],
            root.size if root else None,
            dict(sorted(volumes.items())),
        )

    def _groups(self) -> GroupsRecord | None:
        asked = self._asked.security_groups
        if asked is None:
            return None
        found = self._ec2.all("describe_security_groups", "SecurityGroups", Filters=_filters(asked))
        for each in found:
            if self._own(each):
                self.own_groups[each["GroupId"]] = each.get("IpPermissions", [])
        groups = [FoundGroup(each["GroupId"], each["GroupName"], each["VpcId"]) for each in found]
        return GroupsRecord(asked, tuple(sorted(groups, key=lambda group: group.id)))

    def _rule_groups(self, vpc: FoundVpc | None) -> dict[str, str | None]:
        answers: dict[str, str | None] = dict.fromkeys(self._asked.rule_groups)
        if answers and vpc:
            # A group's name is unique within its VPC.
            filters = _filters({"group-name": tuple(answers), "vpc-id": (vpc.id,)})
            for each in self._ec2.all("describe_security_groups", "SecurityGroups", Filters=filters):
                answers[each["GroupName"]] = each["GroupId"]
        return answers

    def _key_pair(self, name: str) -> FoundKeyPair | None:
        found = self._ec2.all("describe_key_pairs", "KeyPairs", Filters=_filters({"key-name": (name,)}))
        for each in found:
            if not (self._asked.key_pair_can_be_made and self._own(each)):
                return FoundKeyPair(each["KeyFingerprint"])
            self.own.append(Own(f"aws_key_pair.{addresses.region(self._region)}", name))
        return None

    def _elastic_ips(self) -> dict[str, str | None]:
        answers: dict[str, str | None] = dict.fromkeys(self._asked.elastic_ips)
        if answers:
            filters = _filters({"public-ip": tuple(answers)})
            for each in self._ec2.all("describe_addresses", "Addresses", Filters=filters):
                answers[each["PublicIp"]] = each["AllocationId"]
                tags = _tags(each)
                if tags.get("CreatingCluster") == self._cluster:
                    self.own_ips[each["PublicIp"]] = tags.get("Name", "")
        return answers

    def _kms_key(self, key: str) -> str | None:
        service = self._aws.service("kms", self._region)
        answer = service.call("describe_key", absent=("NotFoundException",), KeyId=key)
        return str(answer["KeyMetadata"]["Arn"]) if answer else None

    def _volumes(self) -> dict[str, FoundVolume | None]:
        """By label the volume that an earlier machine had, unless Terraform made it."""
        answers: dict[str, FoundVolume | None] = dict.fromkeys(self._asked.volumes)
        if not answers:
            return answers
        filters = {
            "tag:CreatingCluster": (self._cluster,),
            "tag:TPAAttachmentLabel": tuple(answers),
            "status": ("available", "in-use"),
        }
        found = self._ec2.all("describe_volumes", "Volumes", Filters=_filters(filters))
        for label in answers:
            here = sorted((each for each in found if _tags(each)["TPAAttachmentLabel"] == label), key=_volume_id)
            others = [each for each in here if not OWN_VOLUME.items() <= _tags(each).items()]
            self.own_ids |= {str(each["VolumeId"]) for each in here if each not in others}
            if others and len(here) > 1:
                self._ambiguous(
                    "ambiguous-volume",
                    self._asked.volumes[label].path,
                    f"{len(here)} volumes with TPAAttachmentLabel {label} in {self._region}",
                    [_shown_volume(each) for each in here],
                    "take that tag from all but the one to attach; one that Terraform made is to be removed from its "
                    "state (terraform state rm) before another takes its place",
                )
            if others:
                disk = self._asked.volumes[label]
                self._check_attached(label, disk, others[0])
                answers[label] = _volume(others[0], disk.addresses[0])
        return answers

    def _check_attached(self, label: str, disk: AskedDisk, volume: Mapping[str, Any]) -> None:
        """Another instance of the cluster's that has the volume may have it from Terraform, under a name of its own."""
        attachments = volume.get("Attachments", [])
        ids = tuple(str(each["InstanceId"]) for each in attachments if "InstanceId" in each)
        if not ids:
            self.unattached.append((str(volume["VolumeId"]), disk))
            return
        for reservation in self._ec2.all("describe_instances", "Reservations", Filters=_filters({"instance-id": ids})):
            for instance in reservation["Instances"]:
                tags = _tags(instance)
                name = tags.get("Name", "")
                if tags.get("Cluster") != self._cluster or name in disk.names:
                    continue
                address = f"aws_ebs_volume.{disk_addresses((name,), str(attachments[0].get('Device', '')))[0]}"
                message = (
                    f"{volume['VolumeId']} has TPAAttachmentLabel {label}, and {name} of this cluster has it attached "
                    f"({instance['InstanceId']}): where Terraform made it, the apply would destroy it with {name}"
                )
                help = (
                    f"if {disk.names[0]} is {name} by another name, say so: terraform: moved: {{{name}: "
                    f"{disk.names[0]}}}; else let it go from there first (terraform state rm {address}; then detach it)"
                )
                self.in_use[str(volume["VolumeId"])] = Fault("volume-in-use", disk.path, message, help)

    def _zones(self) -> tuple[str, ...]:
        found = self._ec2.all("describe_availability_zones", "AvailabilityZones")
        return tuple(sorted(each["ZoneName"] for each in found))

    def _instance_types(self) -> dict[str, InstanceType]:
        asked = self._asked.instance_types
        zones: dict[str, list[str]] = {each: [] for each in asked}
        for each in self._offerings("availability-zone", Filters=_filters({"instance-type": asked})):
            zones[each["InstanceType"]].append(each["Location"])
        offered = tuple(each for each in asked if zones[each])
        architectures: dict[str, tuple[str, ...]] = {}
        if offered:
            filters = _filters({"instance-type": offered})
            for each in self._ec2.all("describe_instance_types", "InstanceTypes", Filters=filters):
                supported = each.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
                architectures[each["InstanceType"]] = tuple(sorted(supported))
        return {
            each: InstanceType(
                tuple(sorted(zones[each])), architectures.get(each, ()), () if zones[each] else self._similar(each)
            )
            for each in asked
        }

    def _offerings(self, location: str, **arguments: Any) -> list[Any]:
        return self._ec2.all(
            "describe_instance_type_offerings", "InstanceTypeOfferings", LocationType=location, **arguments
        )

    def _similar(self, missing: str) -> tuple[str, ...]:
        """Types that the region does have: its family, then its size in families of its letter."""
        family, _, size = missing.partition(".")
        offered = {each["InstanceType"] for each in self._offerings("region")}
        same = sorted(each for each in offered if each.startswith(f"{family}."))
        like = sorted(each for each in offered if each.startswith(family[:1]) and each.endswith(f".{size}"))
        return tuple(dict.fromkeys([*same, *like]))[:_SIMILAR]

    def _ambiguous(self, rule: str, path: KeyPath, what: str, candidates: list[str], help: str) -> None:
        shown = "; ".join(candidates[:_SHOWN])
        more = f"; and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
        self.faults.append(Fault(rule, path, f"{what} match, and which is meant is not guessed: {shown}{more}", help))


def bucket(aws: Aws, asked: Asked) -> BucketRecord | None:
    """The bucket that the config names, if it names one."""
    if asked.bucket is None:
        return None
    service = aws.service("s3", asked.bucket_region)
    # A bucket of another region answers too: with its region, or with a redirection there, which botocore follows.
    answer = service.call("head_bucket", absent=("404", "NoSuchBucket"), Bucket=asked.bucket)
    if answer is None:
        return BucketRecord(asked.bucket, None)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    if not region:
        location = service.call("get_bucket_location", Bucket=asked.bucket)["LocationConstraint"]
        region = {None: "us-east-1", "EU": "eu-west-1"}.get(location, location)
    return BucketRecord(asked.bucket, FoundBucket(str(region)))


def profile(aws: Aws, asked: Asked) -> ProfileRecord | None:
    """The instance profile, if the config wants one."""
    name = asked.instance_profile
    if name is None:
        return None
    service = aws.service("iam", asked.bucket_region)
    answer = service.call("get_instance_profile", absent=("NoSuchEntity",), InstanceProfileName=name)
    found = answer["InstanceProfile"] if answer else None
    if found and asked.instance_profile_can_be_made and _tags(found).get("CreatingCluster") == asked.cluster:
        found = None
    return ProfileRecord(name, FoundProfile(found["Arn"]) if found else None)


def hosted_zone(aws: Aws, asked: Asked, zone_id: str) -> FoundZone | None:
    """The hosted zone of Route53 with an id."""
    service = aws.service("route53", asked.bucket_region)
    answer = service.call("get_hosted_zone", absent=("NoSuchHostedZone",), Id=zone_id)
    if answer is None:
        return None
    zone = answer["HostedZone"]
    return FoundZone(zone["Name"].rstrip("."), bool(zone.get("Config", {}).get("PrivateZone")))


def _subnet(found: Mapping[str, Any]) -> FoundSubnet:
    return FoundSubnet(found["SubnetId"], found["CidrBlock"], found["VpcId"], found["AvailabilityZone"])


def _default_target(table: Mapping[str, Any]) -> str | None:
    """What gets the packets for 0.0.0.0/0, by its id; None for no such route, or one whose target is gone."""
    for route in table.get("Routes", []):
        if route.get("DestinationCidrBlock") == "0.0.0.0/0" and route.get("State") != "blackhole":
            # The ARN of a core network ends with its id.
            return next((str(route[key]).rpartition("/")[2] for key in _TARGETS if route.get(key)), None)
    return None


def _volume(found: Mapping[str, Any], disk: str) -> FoundVolume:
    return FoundVolume(
        found["VolumeId"],
        found["AvailabilityZone"],
        found["Size"],
        found["VolumeType"],
        found.get("Iops"),
        bool(found.get("Encrypted")),
        found.get("KmsKeyId"),
        disk,
    )


def _volume_id(found: Mapping[str, Any]) -> str:
    return str(found["VolumeId"])


def _shown_volume(found: Mapping[str, Any]) -> str:
    made = "made by Terraform" if OWN_VOLUME.items() <= _tags(found).items() else "not made by Terraform"
    created = str(found.get("CreateTime", ""))[:10]
    size = f"{found['Size']} GiB of {found['VolumeType']}"
    return f"{found['VolumeId']} ({size}, {found['State']}, of {created}, {found['AvailabilityZone']}, {made})"


def _filters(filters: FilterMap) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)} for name, values in sorted(filters.items())]


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


def _shown_tags(thing: Mapping[str, Any]) -> str:
    tags = _tags(thing)
    return ", ".join(f"{name}: {tags[name]}" for name in sorted(tags)) or "no tags"


def _shown_image(image: Mapping[str, Any]) -> str:
    made = str(image.get("CreationDate", ""))[:10]
    named = ", ".join(str(image.get(key) or "?") for key in ("Name", "Architecture"))
    return f"{image['ImageId']} ({named}, {made}, owner {image.get('OwnerId')})"
