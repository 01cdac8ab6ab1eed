"""The shape of config.yml: a model for each section that this tool reads (key by key in TPA's platform-aws page)."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, PlainValidator

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

    return PlainValidator(check)


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
    _matching(r"ami-[0-9a-z]+", INVALID_IMAGE, "the id of an image", "write ami-…; for an image by its name: ec2_ami"),
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


class VpcSpec(Section):
    """One entry of ec2_vpc."""

    Name: Text | None = None
    cidr: Network | None = None
    filters: FilterValues | None = None


class SubnetSpec(Section):
    """What ec2_vpc_subnets says of one subnet."""

    az: Zone | None = None
    Name: Text | None = None


class AmiSpec(Section):
    """ec2_ami."""

    Name: Text = Field(description="add the name of the image, with wildcards * and ? if you like")
    Owner: Annotated[tuple[str, ...], PlainValidator(list_of(_owner))] = ()
    filters: FilterValues | None = None


class RuleSpec(Section):
    """One entry of cluster_rules: what amazon.aws.ec2_security_group takes as a rule."""

    proto: Text = "tcp"
    from_port: Whole | None = None
    to_port: Whole | None = None
    ports: SplitTexts = ()
    cidr_ip: SourceRanges = ()
    cidr_ipv6: SourceRanges = ()
    group_id: SplitTexts = ()
    group_name: SplitTexts = ()
    group_desc: Text | None = None
    ip_prefix: SplitTexts = ()
    icmp_type: Whole | None = None
    icmp_code: Whole | None = None
    rule_desc: Text | None = None


class LocationSpec(Section):
    """What this tool itself needs of a location; its other keys are merged into instances and checked there."""

    model_config = ConfigDict(extra="ignore")

    Name: Text = Field(description="give each location a Name of its own")
    region: Region | None = None
    subnet: Subnet | None = None
    az: Zone | None = None
    subnet_name: Text | None = None


class EbsSpec(Section):
    """The settings of a disk under ``ebs``, as the EC2 module spells them."""

    volume_type: Text | None = None
    volume_size: Whole | None = None
    encrypted: Flag | None = None
    iops: Whole | None = None
    throughput: Whole | None = None
    kms_key_id: Annotated[str, PlainValidator(_key_id)] | None = None
    snapshot_id: Text | None = None
    delete_on_termination: Flag | None = None


class VolumeSpec(EbsSpec):
    """One entry of volumes or default_volumes."""

    device_name: Text = Field(description="add device_name: root, or a name such as /dev/sdf")
    attach_existing: Flag | None = None
    ephemeral: (
        Annotated[
            str,
            _matching(
                r"ephemeral[0-9]{1,2}", INVALID_EPHEMERAL, "an instance store volume", "write ephemeral0 to ephemeral23"
            ),
        ]
        | None
    ) = None
    ebs: EbsSpec | None = None
    vars: dict[str, Any] | None = None
    raid_device: Any = None
    raid_units: Any = None
    raid_level: Any = None


class InstanceSpec(Section):
    """An aws instance after merging: the keys of TPA's platforms/common and platforms/aws validation."""

    HELP_FOR_UNKNOWN: ClassVar[str] = "remove it, or list it in export_as_vars to make it a variable of the host"

    Name: Text
    node: Annotated[int, PlainValidator(_node)] = Field(description="give each instance a node number of its own")
    platform: Text = "aws"
    region: Region = Field(description="add it to the instance, to instance_defaults or to the instance's location")
    subnet: Subnet = Field(
        description="add a range such as 10.33.1.0/24 to the instance, to instance_defaults or to the instance's "
        "location"
    )
    type: InstanceType = Field(description="add a type such as t3.micro to the instance or to instance_defaults")
    az: Any = None
    image: ImageId | None = None
    role: Annotated[tuple[str, ...], PlainValidator(_role)] = ()
    location: Any = None
    upstream: Any = None
    backup: Any = None
    tags: TagValues = Field(default_factory=dict)
    vars: dict[str, Any] = Field(default_factory=dict)
    volumes: list[VolumeSpec] = Field(default_factory=list)
    provision_only: Any = None
    ansible_host: Any = None
    private_ip: Address | None = None
    assign_public_ip: Flag | None = None
    assign_elastic_ip: Flag = False
    elastic_ip: Address | None = None
    termination_protection: Flag = False
    route53_zone: Text | None = None
    route53_hosted_zone_id: Annotated[str, PlainValidator(_zone_id)] | None = None
    route53_private_zone: Flag | None = None
    export_as_vars: list[Annotated[str, PlainValidator(exported_key)]] | None = None
    ec2_ami_user: Any = None
    cluster_ssh_user: Any = None
    spot_price: Any = None
    spot_wait_timeout: Any = None
    spot_launch_group: Any = None


class ClusterSpec(Section):
    """The keys at the top level of config.yml that are single values or small maps; sections have their own models."""

    model_config = ConfigDict(extra="ignore")

    cluster_name: ClusterName = Field(description="add the name of the cluster: letters, digits, '_' and '-'")
    cluster_tags: TagValues = Field(default_factory=dict)
    Owner: Text | None = None
    cluster_ssh_port: Annotated[int, PlainValidator(_port)] = 22
    ec2_instance_reachability: (
        Annotated[str, _matching("public|private", INVALID_REACHABILITY, "a reachability", "write public or private")]
        | None
    ) = None
    ec2_key_name: MaybeEmptyText | None = None
    ec2_instance_key: Text | None = None
    ssh_key_file: Text | None = None
    cluster_profile: MaybeEmptyText | None = None
    instance_profile_name: Text | None = None
    cluster_bucket: Annotated[str, PlainValidator(_bucket)] | None = None
    s3_uploads: Texts = ()
    install_authorized_key: Flag = False
    pre_user_data: Text | None = None
    extra_user_data: Text | None = None
    user_locale: Annotated[
        str, _matching(r"[A-Za-z0-9_.@-]+", INVALID_LOCALE, "a locale", "write a locale such as en_US.UTF-8")
    ] = "en_US.UTF-8"
    user_data_environment: Annotated[dict[str, str], PlainValidator(_environment)] = Field(default_factory=dict)


class HostSpec(Section):
    """What this tool needs of an instance on another platform than aws: only that it can be told apart."""

    model_config = ConfigDict(extra="ignore")

    Name: Text
    node: Annotated[int, PlainValidator(_node)] = Field(description="give each instance a node number of its own")
