"""What there is for each address of a stack: the thing with its import id, and what AWS has of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.adoption.elsewhere import Elsewhere
from tpa_tf.adoption.there import NOWHERE, There, Thing, device_of
from tpa_tf.cluster.addresses import provider
from tpa_tf.cluster.model import Cluster, Instance, Volume
from tpa_tf.cluster.names import of_instance
from tpa_tf.facts.asking import Fault, made_by, tags_of
from tpa_tf.facts.routes import ANYWHERE, default_target
from tpa_tf.rules.adoption import ADOPT_FOREIGN
from tpa_tf.terraform.blocks import Data, Resource
from tpa_tf.terraform.expressions import Address, Expr, Reference, Value
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import Stack


@dataclass(frozen=True)
class Candidate:
    """A thing that could be at an address."""

    id: str
    """As AWS has it; of a part of another thing, what tells it from others."""
    attributes: Mapping[str, object]
    """By the names of Terraform's arguments, what AWS has."""
    shown: str = ""
    """What tells it from another one, for people."""

    def import_id(self, type: str) -> str:
        """What Terraform imports it by."""
        declared = resource_type(type)
        return (declared.import_id if declared else "{id}").format(id=self.id, **self.attributes)


class Candidates:
    """Finds them, an address after the other."""

    def __init__(self, cluster: Cluster, stack: Stack, regions: Mapping[str, There], elsewhere: Elsewhere) -> None:
        self._cluster = cluster
        self._stack = stack
        self._by_provider = {provider(name): there for name, there in regions.items()}
        self._elsewhere = elsewhere
        self._instances = {instance.address: instance for instance in cluster.instances}
        self._disks: dict[str, tuple[Instance, Volume]] = {
            volume.address: (instance, volume) for instance in cluster.instances for volume in instance.volumes
        }
        self.taken: dict[Address, Candidate] = {}
        """The one thing for each address so far."""
        self.faults: list[Fault] = []
        """What there is for an address, and is somebody else's."""

    @property
    def existing_addresses(self) -> set[str]:
        """The allocations of Elastic IPs that the config names."""
        return {str(instance.elastic_ip.allocation_id) for instance in self._cluster.instances if instance.elastic_ip}

    def of(self, block: Resource) -> list[Candidate]:
        """What there is for ``block``, sorted by id; more than one where nothing tells them apart."""
        find = _FINDERS.get(block.type)
        found = find(self, block, self._by_provider.get(block.provider, NOWHERE)) if find else iter(())
        return sorted(found, key=lambda candidate: candidate.id)

    def value(self, value: Value) -> object:
        """What an argument is in AWS: itself, or what it refers to of something that was found; None if unknown."""
        if isinstance(value, (list, tuple)):
            values = [self.value(each) for each in value]
            return None if None in values else tuple(sorted(map(str, values)))
        if isinstance(value, Expr):
            if len(value.parts) != 1 or not isinstance(value.parts[0], Reference):
                return None
            address, attribute = value.parts[0].address, value.parts[0].attribute
            found = self.taken.get(address) or self._looked_up(address)
            return None if found is None else found.id if attribute == "id" else found.attributes.get(attribute)
        return value if isinstance(value, (str, bool, int, float)) else None

    def is_new(self, value: Value) -> bool:
        """Whether an argument refers to a resource that the plan creates: nobody knows its id before."""
        if not isinstance(value, Expr):
            return False
        return any(
            isinstance(self._stack.things.get(one.address), Resource) and one.address not in self.taken
            for one in value.references
        )

    def _looked_up(self, address: Address) -> Candidate | None:
        """A group that Terraform is to look up by its name, since no record has it."""
        block = self._stack.things.get(address)
        if not isinstance(block, Data) or block.type != "aws_security_group":
            return None
        vpc, name = self.value(block.arguments["vpc_id"]), block.arguments["name"]
        groups = self._by_provider[block.provider].groups
        ids = [str(group["GroupId"]) for group in groups if (group["VpcId"], group["GroupName"]) == (vpc, name)]
        return Candidate(ids[0], {}) if ids else None

    def _text(self, block: Resource, argument: str) -> str:
        return str(self.value(block.arguments.get(argument)) or "")

    def _vpc(self, block: Resource, there: There) -> Iterator[Candidate]:
        for vpc in there.vpcs_of(self._cluster.name):
            yield Candidate(
                vpc["VpcId"],
                {"cidr_block": vpc["CidrBlock"], "instance_tenancy": vpc.get("InstanceTenancy", "default")},
                str(tags_of(vpc).get("Name", "")),
            )

    def _own(self, thing: Thing) -> bool:
        return made_by(thing) == self._cluster.name

    def _subnet(self, block: Resource, there: There) -> Iterator[Candidate]:
        vpc, cidr = self._text(block, "vpc_id"), block.arguments["cidr_block"]
        for subnet in there.subnets:
            if (subnet["VpcId"], subnet["CidrBlock"]) == (vpc, cidr):
                zone = subnet["AvailabilityZone"]
                yield Candidate(
                    subnet["SubnetId"],
                    {
                        "vpc_id": vpc,
                        "cidr_block": cidr,
                        "availability_zone": zone,
                        "map_public_ip_on_launch": subnet.get("MapPublicIpOnLaunch", False),
                    },
                    zone,
                )

    def _gateway(self, block: Resource, there: There) -> Iterator[Candidate]:
        vpc = self._text(block, "vpc_id")
        for gateway in there.gateways_of(vpc):
            yield Candidate(gateway["InternetGatewayId"], {"vpc_id": vpc})

    def _route_table(self, block: Resource, there: There) -> Iterator[Candidate]:
        vpc = self._text(block, "vpc_id")
        tables = [table for table in there.tables if table["VpcId"] == vpc and self._own(table)]
        wanted = _tag(block, "Name")
        # One that somebody gave another name is still the only one.
        named = [table for table in tables if tags_of(table).get("Name") == wanted] or tables
        for table in named:
            yield Candidate(table["RouteTableId"], {"vpc_id": vpc}, str(tags_of(table).get("Name", "")))

    def _route(self, block: Resource, there: There) -> Iterator[Candidate]:
        table = self._text(block, "route_table_id")
        for found in there.tables:
            if found["RouteTableId"] == table and _has_default(found):
                target = default_target(found)
                yield Candidate(
                    f"{table} {ANYWHERE}",
                    {"route_table_id": table, "destination_cidr_block": ANYWHERE, "gateway_id": target},
                )

    def _association(self, block: Resource, there: There) -> Iterator[Candidate]:
        subnet = self._text(block, "subnet_id")
        for table in there.tables:
            for association in table.get("Associations", []):
                if subnet and association.get("SubnetId") == subnet:
                    yield Candidate(
                        association["RouteTableAssociationId"],
                        {"subnet_id": subnet, "route_table_id": table["RouteTableId"]},
                    )

    def _group(self, block: Resource, there: There) -> Iterator[Candidate]:
        vpc = self._text(block, "vpc_id")
        for group in there.groups:
            if (group["VpcId"], group["GroupName"]) == (vpc, block.arguments["name"]):
                yield Candidate(
                    group["GroupId"],
                    {"vpc_id": vpc, "name": group["GroupName"], "description": group["Description"]},
                )

    def _rule(self, block: Resource, there: There) -> Iterator[Candidate]:
        wanted = {name: self.value(value) for name, value in block.arguments.items()}
        egress = block.type == "aws_vpc_security_group_egress_rule"
        for rule in there.rules:
            has = rule_arguments(rule)
            keys = {*has, *wanted} - {"description"}
            if bool(rule["IsEgress"]) == egress and all(_same(wanted.get(key), has.get(key)) for key in keys):
                yield Candidate(rule["SecurityGroupRuleId"], has)

    def _instance(self, block: Resource, there: There) -> Iterator[Candidate]:
        for instance in self._living(block.name, there):
            # A mapping of the instance says nothing of the volume itself.
            id = instance["InstanceId"]
            root = next(iter(there.volumes_at(id, instance.get("RootDeviceName"))), None)
            launched = str(instance.get("LaunchTime", ""))[:10]
            yield Candidate(
                id,
                {**_launched(instance), **(_root(root, instance) if root else {})},
                f"{instance['State']['Name']}, {instance['InstanceType']}, launched on {launched}",
            )

    def _living(self, instance_address: str, there: There) -> tuple[Thing, ...]:
        """The instances by the name of one of the config's, or by one that it had before."""
        name = self._instances[instance_address].name
        return there.named(*of_instance(name, self._cluster.terraform.moved))

    def _ebs_volume(self, block: Resource, there: There) -> Iterator[Candidate]:
        instance, disk = self._disks[block.name]
        for found in self._living(instance.address, there):
            for volume in there.volumes_at(found["InstanceId"], disk.device_name):
                yield Candidate(
                    volume["VolumeId"],
                    {**_volume(volume), "availability_zone": volume["AvailabilityZone"]},
                    f"{volume['Size']} GiB of {volume['VolumeType']}, {volume['State']}",
                )

    def _attachment(self, block: Resource, there: There) -> Iterator[Candidate]:
        volume_id, instance_id = self._text(block, "volume_id"), self._text(block, "instance_id")
        for volume in there.attached:
            device = device_of(volume, instance_id)
            if volume["VolumeId"] == volume_id and device:
                attributes = {"device_name": device, "volume_id": volume_id, "instance_id": instance_id}
                yield Candidate(f"{volume_id} at {device}", attributes)

    def _elastic_ip(self, block: Resource, there: There) -> Iterator[Candidate]:
        name = self._instances[block.name].name
        # What a state that is lost has left is told by its tags.
        loose = (
            address
            for address in there.made["Elastic IP"]
            if not address.get("InstanceId") and tags_of(address).get("Name") == name
        )
        for address in [*self._addresses(block.name, there)] or loose:
            maker = made_by(address)
            if maker not in (None, self._cluster.name):
                self._foreign(block, f"{address['PublicIp']} of {name} bears the tag of the cluster {maker}")
            else:
                yield Candidate(address["AllocationId"], {"public_ip": address["PublicIp"]}, address["PublicIp"])

    def _foreign(self, block: Resource, what: str) -> None:
        """Note that what there is for ``block`` is somebody else's."""
        help = "write in the config that it exists, or give the cluster's own another name"
        self.faults.append(Fault(ADOPT_FOREIGN, block.origin or ("cluster_name",), what, help))

    def _elastic_ip_association(self, block: Resource, there: There) -> Iterator[Candidate]:
        wanted = self._text(block, "allocation_id")
        for address in self._addresses(block.name, there):
            attributes = {"allocation_id": address["AllocationId"], "instance_id": address["InstanceId"]}
            if not wanted or address["AllocationId"] == wanted:
                yield Candidate(address["AssociationId"], attributes, address["PublicIp"])

    def _addresses(self, instance_address: str, there: There) -> Iterator[Thing]:
        ids = {found["InstanceId"] for found in self._living(instance_address, there)}
        return (address for address in there.addresses if address.get("InstanceId") in ids)

    def _dns_record(self, block: Resource, there: There) -> Iterator[Candidate]:
        zone, name = str(block.arguments["zone_id"]), str(block.arguments["name"])
        record = self._elsewhere.records.get((zone, name))
        if record is None:
            return
        leads = sorted(str(value["Value"]) for value in record.get("ResourceRecords", []))
        own = {
            str(address)
            for found in self._living(block.name, there)
            for address in (found.get("PrivateIpAddress"), found.get("PublicIpAddress"))
        }
        if record.get("SetIdentifier") or not leads or not own.issuperset(leads):
            where = f"leads to {', '.join(leads)}" if leads and not record.get("SetIdentifier") else "is no simple one"
            instance = self._instances[block.name].name
            self._foreign(block, f"the record {name} in {zone} {where}, and is not that of {instance}")
        else:
            found = {"zone_id": zone, "name": name, "type": "A", "ttl": record.get("TTL")}
            yield Candidate(f"{name} in {zone}", found)

    def _role(self, block: Resource, there: There) -> Iterator[Candidate]:
        role = self._elsewhere.role
        if role and self._ours(block, role, f"the role {role['RoleName']}"):
            yield Candidate(role["RoleName"], {"name": role["RoleName"]})

    def _ours(self, block: Resource, thing: Thing, what: str) -> bool:
        """Whether a role or a profile can be the cluster's own, after noting why it can't."""
        maker, path = made_by(thing), thing.get("Path", "/")
        if maker not in (None, self._cluster.name):
            self._foreign(block, f"{what} bears the tag of the cluster {maker}")
        elif path != "/":
            self._foreign(block, f"{what} has the path {path}, and Terraform would replace it")
        else:
            return True
        return False

    def _role_policy(self, block: Resource, there: There) -> Iterator[Candidate]:
        role, name = self._elsewhere.role, block.arguments["name"]
        if role and name in self._elsewhere.policies:
            yield Candidate(f"{name} of {role['RoleName']}", {"role": role["RoleName"], "name": name})

    def _profile(self, block: Resource, there: There) -> Iterator[Candidate]:
        profile = self._elsewhere.profile
        if profile is None:
            return
        name, roles = profile["InstanceProfileName"], [role["RoleName"] for role in profile.get("Roles", [])]
        if roles and roles != [block.arguments["name"]]:
            self._foreign(block, f"the profile {name} has the role {roles[0]}, and not one of its own name")
        elif self._ours(block, profile, f"the profile {name}"):
            yield Candidate(name, {"name": name, "role": roles[0] if roles else None})

    def _bucket(self, block: Resource, there: There) -> Iterator[Candidate]:
        if bucket := self._elsewhere.bucket:
            yield Candidate(bucket, {"bucket": bucket})

    def _bucket_setting(self, block: Resource, there: There) -> Iterator[Candidate]:
        if block.type in self._elsewhere.settings:
            yield from self._bucket(block, there)

    def _object(self, block: Resource, there: There) -> Iterator[Candidate]:
        bucket, key = self._elsewhere.bucket, block.arguments["key"]
        if bucket and block.for_each is None and key in self._elsewhere.objects:
            yield Candidate(f"{bucket}/{key}", {"bucket": bucket, "key": key})


_FINDERS: Mapping[str, Callable[[Candidates, Resource, There], Iterator[Candidate]]] = {
    "aws_ebs_volume": Candidates._ebs_volume,
    "aws_eip": Candidates._elastic_ip,
    "aws_eip_association": Candidates._elastic_ip_association,
    "aws_iam_instance_profile": Candidates._profile,
    "aws_iam_role": Candidates._role,
    "aws_iam_role_policy": Candidates._role_policy,
    "aws_instance": Candidates._instance,
    "aws_internet_gateway": Candidates._gateway,
    "aws_route": Candidates._route,
    "aws_route53_record": Candidates._dns_record,
    "aws_route_table": Candidates._route_table,
    "aws_route_table_association": Candidates._association,
    "aws_s3_bucket": Candidates._bucket,
    "aws_s3_bucket_ownership_controls": Candidates._bucket_setting,
    "aws_s3_bucket_policy": Candidates._bucket_setting,
    "aws_s3_bucket_public_access_block": Candidates._bucket_setting,
    "aws_s3_bucket_server_side_encryption_configuration": Candidates._bucket_setting,
    "aws_s3_object": Candidates._object,
    "aws_security_group": Candidates._group,
    "aws_subnet": Candidates._subnet,
    "aws_volume_attachment": Candidates._attachment,
    "aws_vpc": Candidates._vpc,
    "aws_vpc_security_group_egress_rule": Candidates._rule,
    "aws_vpc_security_group_ingress_rule": Candidates._rule,
}
"""How each type is found. A key pair is not among them: what is imported is replaced, as AWS doesn't give the key."""


def rule_arguments(rule: Thing) -> dict[str, object]:
    """A rule as Terraform's arguments have it."""
    source = {
        "cidr_ipv4": rule.get("CidrIpv4"),
        "cidr_ipv6": rule.get("CidrIpv6"),
        "prefix_list_id": rule.get("PrefixListId"),
        "referenced_security_group_id": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
    }
    every = rule["IpProtocol"] == "-1"
    return {
        "security_group_id": rule["GroupId"],
        "ip_protocol": rule["IpProtocol"],
        "from_port": None if every else rule.get("FromPort"),
        "to_port": None if every else rule.get("ToPort"),
        "description": rule.get("Description"),
        **source,
    }


def _volume(volume: Thing) -> dict[str, Any]:
    return {
        "size": volume["Size"],
        "type": volume["VolumeType"],
        "iops": volume.get("Iops"),
        "throughput": volume.get("Throughput"),
        "encrypted": bool(volume.get("Encrypted")),
        "kms_key_id": volume.get("KmsKeyId"),
    }


def _launched(instance: Thing) -> dict[str, object]:
    """What an instance was launched with, or has got since."""
    profile = (instance.get("IamInstanceProfile") or {}).get("Arn", "")
    options = instance.get("MetadataOptions") or {}
    return {
        "instance_type": instance["InstanceType"],
        "private_ip": instance.get("PrivateIpAddress"),
        "subnet_id": instance.get("SubnetId"),
        "iam_instance_profile": profile.rpartition("/")[2] or None,
        "vpc_security_group_ids": tuple(sorted(group["GroupId"] for group in instance.get("SecurityGroups", []))),
        "source_dest_check": instance.get("SourceDestCheck", True),
        "hibernation": bool((instance.get("HibernationOptions") or {}).get("Configured")),
        "metadata_options.http_put_response_hop_limit": options.get("HttpPutResponseHopLimit", 1),
        "disable_api_termination": bool(instance.get("DisableApiTermination")),
    }


def _root(volume: Thing, instance: Thing) -> dict[str, object]:
    """A root volume, by the names that its arguments have within the instance."""
    within = {"size": "volume_size", "type": "volume_type"}
    goes = {
        mapping["DeviceName"]: mapping["Ebs"].get("DeleteOnTermination", True)
        for mapping in instance.get("BlockDeviceMappings", [])
    }
    return {
        **{f"root_block_device.{within.get(name, name)}": value for name, value in _volume(volume).items()},
        "root_block_device.delete_on_termination": bool(goes.get(instance.get("RootDeviceName"), True)),
    }


def _has_default(table: Thing) -> bool:
    return any(route.get("DestinationCidrBlock") == ANYWHERE for route in table.get("Routes", []))


def _tag(block: Resource, name: str) -> object:
    tags = block.arguments.get("tags")
    return tags.get(name) if isinstance(tags, Mapping) else None


def _same(wanted: object, has: object) -> bool:
    return (wanted is None and has is None) or str(wanted) == str(has)
