"""The shape of config.yml: a model for each section that this tool reads (key by key in TPA's platform-aws page)."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from tpa_tf.config.document import is_template
from tpa_tf.config.schema import Section, shown
from tpa_tf.config.values import (
    Address,
    FilterValues,
    Flag,
    MaybeEmptyText,
    Network,
    Region,
    SourceRanges,
    SplitTexts,
    Subnet,
    TagValues,
    Text,
    Texts,
    Whole,
    Zone,
    fail,
    list_of,
    plain,
    tag_values,
    text,
    whole,
)
from tpa_tf.limits.names import BUCKET
from tpa_tf.limits.tpa import ROLES
from tpa_tf.limits.volumes import VOLUME_TYPES
from tpa_tf.rules.addresses import INVALID_ZONE_ID
from tpa_tf.rules.firewall import INVALID_PORT
from tpa_tf.rules.identity import INVALID_BUCKET
from tpa_tf.rules.instances import INVALID_NAME, INVALID_NODE, INVALID_TYPE
from tpa_tf.rules.rule import Rule
from tpa_tf.rules.schema import WRONG_TYPE
from tpa_tf.rules.settings import INVALID_IMAGE, INVALID_LOCALE, INVALID_OWNER, INVALID_REACHABILITY, INVALID_VARIABLE
from tpa_tf.rules.volumes import INVALID_EPHEMERAL, INVALID_KMS_KEY


def _matching(pattern: str, rule: Rule, what: str, allowed: str) -> PlainValidator:
    """Text that is ``what`` a whole ``pattern`` matches."""

    def check(value: Any) -> str:
        written = text(value)
        if not re.fullmatch(pattern, written):
            fail(rule, f"{shown(written)} is not {what}", allowed)
        return written

    form = Annotated[str, WithJsonSchema({"type": ["string", "number"], "pattern": f"^({pattern})$"})]
    return PlainValidator(check, json_schema_input_type=form)


ClusterName = Annotated[
    str,
    _matching(
        r"[_a-zA-Z0-9-]{1,255}", INVALID_NAME, "a name for a cluster", "write up to 255 letters, digits, '_' and '-'"
    ),
]
InstanceType = Annotated[
    str,
    _matching(
        r"[a-z][a-z0-9-]*\.[a-z0-9-]+", INVALID_TYPE, "an instance type", "write a type of EC2's, such as t3.micro"
    ),
]
ImageId = Annotated[
    str,
    _matching(
        r"ami-[0-9a-z]+",
        INVALID_IMAGE,
        "the id of an image",
        "write ami-…; for an image by its name: ec2_ami",
    ),
]
KeyName = Annotated[str, PlainValidator(text)]


def _port(value: Any) -> int:
    number = whole(value)
    if not 1 <= number <= 65535:
        fail(INVALID_PORT, f"{number} is not a port", "write a number from 1 to 65535")
    return number


def _node(value: Any) -> int:
    number = whole(value)
    if number < 0:
        fail(
            INVALID_NODE,
            f"{number} is not a node number",
            "write a whole number, 0 or more, of its own for each instance",
        )
    return number


def _owner(value: Any) -> str:
    written = text(value)
    # YAML 1.1 reads 013907871322 as text but 379101102735 as a number, and a leading zero never survives a number.
    if written.isdigit():
        if len(written) > 12:
            fail(INVALID_OWNER, f"{written!r} is not the id of an account", "write its 12 digits")
        return written.zfill(12)
    if not re.fullmatch(r"[a-z0-9-]+", written):
        fail(
            INVALID_OWNER,
            f"{written!r} is not an owner of images",
            "write self, amazon, or the 12 digits of an account",
        )
    return written


def _role(value: Any) -> tuple[str, ...]:
    value = plain(value)
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return list_of(text)(value)


def _bucket(value: Any) -> str:
    written = text(value)
    if not BUCKET.allows(written):
        help = f"write {BUCKET.allowed}; or auto to have a bucket created"
        fail(INVALID_BUCKET, f"{written!r} is not a name for a bucket", help)
    return written


def _key_id(value: Any) -> str:
    written = text(value)
    if not re.fullmatch(r"arn:[a-z-]+:kms:\S+|alias/[\w/-]+|(mrk-)?[0-9a-fA-F-]{32,36}", written):
        fail(INVALID_KMS_KEY, f"{written!r} is not a KMS key", "write the ARN of a key, its id, or alias/…")
    return written


def _environment(value: Any) -> dict[str, str]:
    found = tag_values(value)
    for name in found:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            fail(
                INVALID_VARIABLE,
                f"{name!r} is not a name for a shell variable",
                "write letters, digits and '_'",
                at=(name,),
            )
    return found


def exported_key(value: Any) -> str:
    """An entry of export_as_vars: the name of a key of the instance, which the hosts get as a variable."""
    if not isinstance(value, str) or not value.strip() or is_template(value):
        fail(
            WRONG_TYPE,
            f"{shown(value)} where the name of a key is expected",
            "write keys of the instance, which become variables of the host: export_as_vars: [rack]",
        )
    return value


def _zone_id(value: Any) -> str:
    written = text(value)
    if not re.fullmatch(r"(/hostedzone/)?[A-Z0-9]{1,32}", written):
        fail(INVALID_ZONE_ID, f"{written!r} is not the id of a hosted zone", "write an id such as Z0123456789ABC")
    return written


_TEXT = {"type": ["string", "number"], "pattern": r"\S"}

Port = Annotated[
    int, PlainValidator(_port), WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "maximum": 65535})
]
Node = Annotated[int, PlainValidator(_node), WithJsonSchema({"type": ["integer", "string"], "minimum": 0})]
Owners = Annotated[
    tuple[str, ...], PlainValidator(list_of(_owner)), WithJsonSchema({"type": ["string", "integer", "array"]})
]
Roles = Annotated[
    tuple[str, ...],
    PlainValidator(_role),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": {"anyOf": [{"enum": sorted(ROLES)}, _TEXT]}}]}),
]
Bucket = Annotated[
    str, PlainValidator(_bucket), WithJsonSchema({"type": ["string", "number"], "pattern": "^[a-z0-9.-]+$"})
]
KmsKey = Annotated[str, PlainValidator(_key_id), WithJsonSchema(_TEXT)]
ZoneId = Annotated[str, PlainValidator(_zone_id), WithJsonSchema(_TEXT)]
VolumeType = Annotated[str, PlainValidator(text), WithJsonSchema({"enum": [*VOLUME_TYPES, "none"]})]
Environment = Annotated[
    dict[str, str],
    PlainValidator(_environment),
    WithJsonSchema(
        {
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }
    ),
]


class VpcSpec(Section):
    """One entry of ec2_vpc."""

    Name: Text | None = Field(None, description="the VPC's tag Name: with cidr it is created, without it must exist")
    cidr: Network | None = Field(None, description="the VPC's range, a /16 to a /28, such as 10.33.0.0/16")
    filters: FilterValues | None = Field(
        None, description="filters of DescribeVpcs, by which an existing VPC is found: {vpc-id: vpc-0abc}"
    )


class SubnetSpec(Section):
    """What ec2_vpc_subnets says of one subnet."""

    az: Zone | None = Field(None, description="the availability zone, such as eu-west-1a; volumes can't leave it")
    Name: Text | None = Field(None, description="the subnet's tag Name")


class AmiSpec(Section):
    """ec2_ami."""

    Name: Text = Field(
        description="add the name of the image, with wildcards * and ? if you like",
        json_schema_extra={"description": "the name of the image; wildcards * and ? are allowed"},
    )
    Owner: Owners = Field((), description="who owns the image: self, amazon, or an account id in quotes")
    filters: FilterValues | None = Field(None, description="filters of DescribeImages besides: {architecture: x86_64}")


class RuleSpec(Section):
    """One entry of cluster_rules: what amazon.aws.ec2_security_group takes as a rule."""

    proto: Text = Field("tcp", description="tcp, udp, icmp, icmpv6, all (or -1), or the number of a protocol")
    from_port: Whole | None = Field(None, description="the first port")
    to_port: Whole | None = Field(None, description="the last port")
    ports: SplitTexts = Field(
        (), description="ports and ranges, in place of from_port and to_port: [5432, '6000-6100']"
    )
    cidr_ip: SourceRanges = Field((), description="the range or ranges that may connect, such as 198.51.100.0/24")
    cidr_ipv6: SourceRanges = Field((), description="the IPv6 range or ranges that may connect")
    group_id: SplitTexts = Field((), description="the security group or groups that may connect, by id")
    group_name: SplitTexts = Field(
        (), description="the security group or groups that may connect, by name; they must exist"
    )
    group_desc: Text | None = Field(None, description="without effect: the group that group_name names must exist")
    ip_prefix: SplitTexts = Field((), description="the prefix list or lists that may connect: pl-…")
    icmp_type: Whole | None = Field(None, description="the ICMP type; -1 is every one")
    icmp_code: Whole | None = Field(None, description="the ICMP code; -1 is every one")
    rule_desc: Text | None = Field(None, description="a description of the rule")


class LocationSpec(Section):
    """What this tool itself needs of a location; its other keys are merged into instances and checked there."""

    model_config = ConfigDict(extra="ignore")

    Name: Text = Field(
        description="give each location a Name of its own",
        json_schema_extra={"description": "the location's name, of its own"},
    )
    region: Region | None = Field(None, description="the region of its instances")
    subnet: Subnet | None = Field(None, description="the subnet of its instances: a range, or a subnet-… id")
    az: Zone | None = Field(None, description="the availability zone of its subnet")
    subnet_name: Text | None = Field(None, description="the tag Name of its subnet; by default the location's name")


class EbsSpec(Section):
    """The settings of a disk under ``ebs``, as the EC2 module spells them."""

    volume_type: VolumeType | None = Field(
        None, description="the EBS volume type, gp2 by default; none removes a default volume"
    )
    volume_size: Whole | None = Field(None, description="the size in GiB")
    encrypted: Flag | None = Field(None, description="whether the volume is encrypted; it can't be switched on later")
    iops: Whole | None = Field(None, description="IOPS: of gp3, io1 and io2")
    throughput: Whole | None = Field(None, description="MiB/s: of gp3")
    kms_key_id: KmsKey | None = Field(
        None, description="the KMS key that encrypts the volume: its ARN, its id, or alias/…"
    )
    snapshot_id: Text | None = Field(None, description="the snapshot that the volume is made of: snap-…")
    delete_on_termination: Flag | None = Field(
        None, description="no keeps the volume: no plan removes it while it is in the config"
    )


class VolumeSpec(EbsSpec):
    """One entry of volumes or default_volumes."""

    device_name: Text = Field(
        description="add device_name: root, or a name such as /dev/sdf",
        json_schema_extra={"description": "root, or a name such as /dev/sdf"},
    )
    attach_existing: Flag | None = Field(
        None, description="attaches the volume of an earlier instance, which tpa-tf lookup finds"
    )
    ephemeral: (
        Annotated[
            str,
            _matching(
                r"ephemeral[0-9]{1,2}", INVALID_EPHEMERAL, "an instance store volume", "write ephemeral0 to ephemeral23"
            ),
        ]
        | None
    ) = Field(None, description="an instance store volume in place of EBS: ephemeral0, ephemeral1, …")
    ebs: EbsSpec | None = Field(None, description="the same settings one level down, as Ansible's module spells them")
    vars: dict[str, Any] | None = Field(None, description="what TPA does with the volume: {volume_for: postgres_data}")
    raid_device: Any = Field(None, description="without effect, as in TPA")
    raid_units: Any = Field(None, description="without effect, as in TPA")
    raid_level: Any = Field(None, description="without effect, as in TPA")


class InstanceSpec(Section):
    """An aws instance after merging: the keys of TPA's platforms/common and platforms/aws validation."""

    HELP_FOR_UNKNOWN: ClassVar[str] = "remove it, or list it in export_as_vars to make it a variable of the host"

    Name: Text = Field(description="the instance's name, of its own in the cluster; _ becomes -, in lower case")
    node: Node = Field(
        description="give each instance a node number of its own",
        json_schema_extra={"description": "the node number, of its own for each instance"},
    )
    platform: Text = Field("aws", description="where the instance is: only aws, the default, becomes Terraform")
    region: Region = Field(
        description="add it to the instance, to instance_defaults or to the instance's location",
        json_schema_extra={
            "description": "the region, such as eu-west-1; on the instance, in instance_defaults or in its location"
        },
    )
    subnet: Subnet = Field(
        description="add a range such as 10.33.1.0/24 to the instance, to instance_defaults or to the instance's "
        "location",
        json_schema_extra={"description": "the subnet: a range such as 10.33.1.0/24, or a subnet-… id"},
    )
    type: InstanceType = Field(
        description="add a type such as t3.micro to the instance or to instance_defaults",
        json_schema_extra={"description": "the EC2 instance type, such as t3.medium"},
    )
    az: Any = Field(None, description="without effect: the subnet's zone decides")
    image: ImageId | None = Field(None, description="the id of an image of its own, in place of ec2_ami: ami-…")
    role: Roles = Field((), description="TPA's roles of the instance: [primary], [replica], [barman], …")
    location: Any = Field(None, description="the Name of the location that the instance is in")
    upstream: Any = Field(None, description="the instance from which this one replicates")
    backup: Any = Field(None, description="the instance with the role barman that backs this one up")
    tags: TagValues = Field(default_factory=dict, description="tags over cluster_tags")
    vars: dict[str, Any] = Field(
        default_factory=dict, description="variables of the host, for TPA: {ansible_user: admin}"
    )
    volumes: list[VolumeSpec] = Field(
        default_factory=list, description="volumes over default_volumes, by device_name; [] for none at all"
    )
    provision_only: Any = Field(None, description="yes keeps the instance out of the inventory")
    ansible_host: Any = Field(None, description="without effect: the address comes from Terraform's outputs")
    private_ip: Address | None = Field(None, description="a fixed private address in the subnet")
    assign_public_ip: Flag | None = Field(
        None,
        description="whether AWS gives a public address; by default yes, unless ec2_instance_reachability is private",
    )
    assign_elastic_ip: Flag = Field(
        False, description="whether the instance has an Elastic IP: a new one, or elastic_ip"
    )
    elastic_ip: Address | None = Field(
        None, description="an Elastic IP that is allocated already, with assign_elastic_ip: yes"
    )
    termination_protection: Flag = Field(
        False, description="EC2's own protection; no plan removes the instance while it is in the config"
    )
    route53_zone: Text | None = Field(
        None, description="the domain of the instance's A record, with route53_hosted_zone_id"
    )
    route53_hosted_zone_id: ZoneId | None = Field(
        None, description="the id of the hosted zone that gets the instance's A record"
    )
    route53_private_zone: Flag | None = Field(
        None, description="without effect: the zone is that of route53_hosted_zone_id"
    )
    export_as_vars: list[Annotated[str, PlainValidator(exported_key)]] | None = Field(
        None, description="keys of the instance, of whatever name, that become variables of the host"
    )
    ec2_ami_user: Any = Field(None, description="without effect: write vars: {ansible_user: …}")
    cluster_ssh_user: Any = Field(None, description="without effect: write vars: {ansible_user: …}")
    spot_price: Any = Field(None, description="without effect, as in TPA: the instance is on demand")
    spot_wait_timeout: Any = Field(None, description="without effect, as in TPA")
    spot_launch_group: Any = Field(None, description="without effect, as in TPA")


class ClusterSpec(Section):
    """The keys at the top level of config.yml that are single values or small maps; sections have their own models."""

    model_config = ConfigDict(extra="ignore")

    cluster_name: ClusterName = Field(
        description="add the name of the cluster: letters, digits, '_' and '-'",
        json_schema_extra={"description": "the name of the cluster: letters, digits, '_' and '-'"},
    )
    cluster_tags: TagValues = Field(
        default_factory=dict, description="tags of VPC, instances, volumes and bucket: {Owner: …}"
    )
    Owner: Text | None = Field(None, description="the old place of cluster_tags.Owner")
    cluster_ssh_port: Port = Field(22, description="a port of sshd's besides 22, which gets an ingress rule")
    ec2_instance_reachability: (
        Annotated[str, _matching("public|private", INVALID_REACHABILITY, "a reachability", "write public or private")]
        | None
    ) = Field(None, description="public: gateway, routes and public addresses; private: no public addresses")
    ec2_key_name: MaybeEmptyText | None = Field(
        None, description="the name of the key pair, by default tpa_<cluster name>; '' registers none"
    )
    ec2_instance_key: Text | None = Field(None, description="a key pair that is registered already")
    ssh_key_file: Text | None = Field(
        None, description="the private key's file, relative to the cluster directory; its .pub is registered"
    )
    cluster_profile: MaybeEmptyText | None = Field(
        None, description="the name of role and instance profile, by default <cluster name>_profile; '' for none"
    )
    instance_profile_name: Text | None = Field(None, description="an instance profile that exists")
    cluster_bucket: Bucket | None = Field(None, description="a bucket that exists; auto, the default, makes one")
    s3_uploads: Texts = Field((), description="files for the bucket: globs, relative to the cluster directory")
    install_authorized_key: Flag = Field(
        False, description="whether the first boot installs the cluster's public key itself"
    )
    pre_user_data: Text | None = Field(None, description="shell text that the first boot runs first")
    extra_user_data: Text | None = Field(None, description="shell text that the first boot runs last")
    user_locale: Annotated[
        str, _matching(r"[A-Za-z0-9_.@-]+", INVALID_LOCALE, "a locale", "write a locale such as en_US.UTF-8")
    ] = Field("en_US.UTF-8", description="the locale that the first boot makes")
    user_data_environment: Environment = Field(
        default_factory=dict, description="environment variables of the first boot: {https_proxy: …}"
    )


class HostSpec(Section):
    """What this tool needs of an instance on another platform than aws: only that it can be told apart."""

    model_config = ConfigDict(extra="ignore")

    Name: Text
    node: Node = Field(
        description="give each instance a node number of its own",
        json_schema_extra={"description": "the node number, of its own for each instance"},
    )
