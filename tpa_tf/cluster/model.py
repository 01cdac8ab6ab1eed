"""The resolved cluster: everything that Terraform is to make or to find, as immutable values.

This is the contract between resolving (config.yml, merged and checked) and synthesizing (CDKTF). Nothing in it
is a Terraform expression; text is literal. Tuples are sorted where their order carries no meaning, so that two
spellings of one config give equal models. Addresses of resources come from :mod:`tpa_tf.cluster.addresses`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from tpa_tf.config.document import KeyPath
from tpa_tf.config.terraform_section import default_tags
from tpa_tf.limits.provider import TESTED, ProviderVersions
from tpa_tf.limits.regions import partition

Filters = tuple[tuple[str, tuple[str, ...]], ...]
"""Describe… filters: (name, values), sorted by name; values in the order given, without repetition."""

Tags = Mapping[str, str]


class Ownership(enum.Enum):
    """Whether Terraform makes a thing, or only looks it up because it exists already."""

    MANAGED = "managed"
    EXISTING = "existing"


@dataclass(frozen=True)
class Vpc:
    """The VPC of a region (design D1).

    Managed: ``cidr`` and ``tags`` (``Name`` among them) are set. Existing: ``vpc_id`` where a record has it, else
    ``filters`` say how it is found (``tag:Name`` and ``cidr-block`` already among them where the config gives them).
    """

    ownership: Ownership
    cidr: IPv4Network | None
    tags: Tags
    filters: Filters
    vpc_id: str | None
    arn: str | None = None
    """Set with ``vpc_id``."""
    name: str | None = None
    """The tag Name that a record has of an existing one."""
    own: bool = False
    """Whether a record says that the cluster made an existing one."""


@dataclass(frozen=True)
class Subnet:
    """A subnet that instances refer to (design D2).

    ``subnet_id`` is set for ``subnet-…`` references, where ``cidr`` is None unless a record has it, and for ranges that
    a record has; such a subnet always exists. ``availability_zone`` of one that we make is the one to make it in, None
    leaves that to AWS; of an existing one, the one that a record has. ``tags`` are empty for an existing subnet.
    """

    address: str
    ownership: Ownership
    cidr: IPv4Network | None
    subnet_id: str | None
    availability_zone: str | None
    tags: Tags


@dataclass(frozen=True)
class InternetGateway:
    """The internet gateway of a region's VPC (design D3): made with ``tags``, or found by its attachment.

    ``gateway_id`` is set for an existing one that a record has.
    """

    ownership: Ownership
    tags: Tags
    gateway_id: str | None


@dataclass(frozen=True)
class RouteTable:
    """A route table with a default route to the gateway (design D4), for the managed subnets of the region."""

    tags: Tags
    subnets: tuple[str, ...]
    """Addresses of the managed subnets to associate, sorted."""


class SourceKind(enum.Enum):
    """What an ingress rule admits traffic from; the value is the argument of the Terraform resource."""

    CIDR_IPV4 = "cidr_ipv4"
    CIDR_IPV6 = "cidr_ipv6"
    PREFIX_LIST = "prefix_list_id"
    GROUP_ID = "referenced_security_group_id"
    GROUP_NAME = "group_name"
    """Another group of the VPC, to be looked up by its name."""
    OWN_GROUP = "own_group"
    """The cluster's own group of the region."""


@dataclass(frozen=True)
class IngressRule:
    """One permission of one source (design D5).

    ``protocol`` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, a protocol number, or ``-1`` for all, when both ports are
    None. For icmp, ``from_port`` and ``to_port`` are type and code.
    """

    address: str
    protocol: str
    from_port: int | None
    to_port: int | None
    source_kind: SourceKind
    source: str
    description: str | None
    origin: KeyPath = field(default=(), compare=False)
    """Its entry in the config."""


@dataclass(frozen=True)
class SecurityGroup:
    """The cluster's own group of a region, or the existing groups that ``filters`` find (design D5).

    ``rules`` are those of its own, for existing groups those that a group of its own would have, or had.
    ``group_ids`` are those of the existing groups where a record has them, sorted; else it is empty. ``name`` of
    existing groups is that of the only one that a record has; else it is empty.
    """

    ownership: Ownership
    name: str
    description: str
    tags: Tags
    rules: tuple[IngressRule, ...]
    filters: Filters
    group_ids: tuple[str, ...]


@dataclass(frozen=True)
class Ami:
    """An image to look up: by name, owners and filters, or by its id (design D6); it must match exactly one.

    The id is the one that the config names, or that a record has for what it names.
    """

    address: str
    name: str | None
    owners: tuple[str, ...]
    filters: Filters
    image_id: str | None
    root_device_name: str | None = None
    """Set where a record has the image: nothing is looked up then, and one that its owner removes stops no plan."""


@dataclass(frozen=True)
class KeyPair:
    """The SSH key of the instances (design D9): registered under ``name``, or already registered there."""

    ownership: Ownership
    name: str
    tags: Tags


@dataclass(frozen=True)
class Region:
    """What one region holds. A region without instances has only its name and a provider."""

    name: str
    vpc: Vpc | None
    subnets: tuple[Subnet, ...]
    internet_gateway: InternetGateway | None
    route_table: RouteTable | None
    security_group: SecurityGroup | None
    amis: tuple[Ami, ...]
    key_pair: KeyPair | None


class VolumeKind(enum.Enum):
    """What stands behind a device name."""

    ROOT = "root"
    EBS = "ebs"
    EPHEMERAL = "ephemeral"


@dataclass(frozen=True)
class Volume:
    """One disk of an instance (design D8).

    Sizes in GiB, throughput in MiB/s. None means: left to AWS. ``size`` is set for every EBS volume but root.
    ``device_name`` is as the config writes it (``root``, ``/dev/sdf``); ``virtual_name`` (``ephemeral0``) is set for
    instance store only. ``tags`` are all the volume's tags but ``Name`` and ``TPAAttachmentLabel``, which hold
    ``<cluster>:<node>:<device>``, for root with the device name that the AMI gives.
    """

    address: str
    kind: VolumeKind
    device_name: str
    volume_type: str | None
    size: int | None
    iops: int | None
    throughput: int | None
    encrypted: bool
    kms_key_id: str | None
    """As written: an ARN, a key id or an alias; or the key's ARN, where a record has it."""
    snapshot_id: str | None
    delete_on_termination: bool
    attach_existing: bool
    virtual_name: str | None
    volume_for: str | None
    tags: Tags
    mount: str | None = None
    """The directory that the config mounts it at, by ``vars``; None: it says nothing of that."""
    volume_id: str | None = None
    """Set: this volume exists and is only attached, its tags and everything else stay as they are."""
    origin: KeyPath = field(default=(), compare=False)
    """Its entry in the config."""

    @property
    def keep(self) -> bool:
        """Whether the disk must outlive its machine and every plan (``prevent_destroy``)."""
        return self.attach_existing or not self.delete_on_termination


_DATABASE_ROLES = frozenset(
    {"barman", "pem-server", "postgres", "primary", "readonly", "replica", "subscriber-only", "witness"}
)
"""Roles of TPA's with a Postgres instance or with backups (its docs/src/configure-instance.md)."""


@dataclass(frozen=True)
class ElasticIp:
    """An Elastic IP for an instance (design D13): allocated, or an existing one given by its address."""

    ownership: Ownership
    public_ip: IPv4Address | None
    tags: Tags
    allocation_id: str | None = None
    """Of an existing one that a record has."""
    arn: str | None = None
    """Set with ``allocation_id``."""
    made_for: str | None = None
    """The name of the instance for which the cluster allocated an existing one."""


@dataclass(frozen=True)
class DnsRecord:
    """The Route53 A record of an instance; ``private`` asks for the private address."""

    zone_id: str
    name: str
    ttl: int
    """Seconds."""
    private: bool


@dataclass(frozen=True)
class Instance:
    """One EC2 instance (design D7) with its disks and addresses."""

    address: str
    name: str
    node: int
    region: str
    subnet: str
    """Address of its subnet."""
    instance_type: str
    ami: str
    """Address of its AMI."""
    image_id: str | None
    """The AMI id where the instance names one itself (``image: ami-…``)."""
    private_ip: IPv4Address | None
    associate_public_ip: bool
    termination_protection: bool
    """Whether neither EC2 nor a plan may take the machine away while it is in the config."""
    tags: Tags
    root: Volume | None
    """None: the AMI's own root volume, tagged all the same (``root_tags``)."""
    root_tags: Tags
    label_prefix: str
    """``<cluster>:<node>``, the first two parts of TPAAttachmentLabel."""
    volumes: tuple[Volume, ...]
    """EBS and instance-store volumes besides root, sorted by address."""
    without_devices: tuple[str, ...]
    """Device names of the image's own volumes that are not to be made, since the config has another volume there, or
    wants none (``volume_type: none``); sorted."""
    elastic_ip: ElasticIp | None
    dns_record: DnsRecord | None
    ssh_user: str
    role: tuple[str, ...]
    origin: KeyPath = field(default=(), compare=False)
    """The key that names it in the config."""

    @property
    def has_database(self) -> bool:
        """Whether TPA puts a database, or the backups of one, on it."""
        return not _DATABASE_ROLES.isdisjoint(self.role)

    def holds_data(self, volume: Volume) -> bool:
        """Whether there is data on ``volume``, one of its own, that its owner would miss."""
        return volume.kind is VolumeKind.EBS and bool(volume.volume_for or self.has_database)


@dataclass(frozen=True)
class Bucket:
    """The S3 bucket of the cluster (design D10). A managed one has no name here: account and cluster make it."""

    ownership: Ownership
    name: str | None
    name_prefix: str
    """First part of a managed bucket's name; ``-<account id>`` follows."""
    region: str
    """Where a managed one is made, and where an existing one is looked for."""
    region_is_known: bool
    """Whether the config or a record says where an existing one is. If not, what Terraform finds holds."""
    tags: Tags
    is_recorded: bool
    """Whether a record says that an existing one is there."""
    uploads: tuple[str, ...]
    """Globs of files to upload, as written; relative ones start at the cluster directory."""

    def name_in(self, account: str) -> str:
        """Its name in an account, of which the name of a managed one is made."""
        return self.name or f"{self.name_prefix}-{account}"


@dataclass(frozen=True)
class Profile:
    """The instance profile (design D11): a role and profile of ``name`` with a policy, or an existing profile."""

    ownership: Ownership
    name: str
    policy_name: str
    tags: Tags


@dataclass(frozen=True)
class UserData:
    """What the first-boot script needs besides the instance itself (design D12)."""

    ssh_port: int
    install_authorized_key: bool
    pre_user_data: str | None
    extra_user_data: str | None
    environment: Mapping[str, str]
    user_locale: str


@dataclass(frozen=True)
class TerraformSettings:
    """The ``terraform:`` section of config.yml, checked; values are plain YAML data."""

    backend_type: str | None
    """None: local, with the state beside config.yml."""
    backend: Mapping[str, Any]
    provider: Mapping[str, Any]
    required_version: str | None
    moved: Mapping[str, str] = field(default_factory=dict)
    """New name of an instance by its old one, a step each where it was renamed more than once."""
    allow_destroy: bool = False
    """Whether ``terraform destroy`` may take kept volumes and protected machines."""
    final_snapshot: bool = True
    """Whether a volume that holds data leaves a snapshot when it is destroyed."""
    metadata_optional: bool = False
    """Whether instances may use version 1 of the metadata service, too."""
    provider_version: ProviderVersions = TESTED
    """The versions of the AWS provider that the stack is for."""

    @property
    def default_tags(self) -> Tags:
        """The tags that the provider gives to everything that can have some, as Terraform makes text of them."""
        return default_tags(self.provider)


@dataclass(frozen=True)
class Cluster:
    """A whole cluster, resolved and without faults."""

    name: str
    directory: Path
    """Where config.yml stands; paths in the config are relative to it. Never written into the output as it is."""
    tags: Tags
    """cluster_tags with Owner, without Name."""
    regions: tuple[Region, ...]
    """Sorted by name."""
    instances: tuple[Instance, ...]
    """The aws instances, sorted by node."""
    home_region: str
    """Where what is not regional goes: the region that the config names, or that of the lowest node number."""
    ssh_key_file: str
    """Path of the private key as written, or TPA's default ``id_<cluster>``; the public key is this with ``.pub``."""
    bucket: Bucket
    profile: Profile | None
    """None: the config asks for no profile (``cluster_profile: ''``)."""
    user_data: UserData
    terraform: TerraformSettings
    imports: Mapping[str, str] = field(default_factory=dict)
    """By Terraform address, the import id of each thing that was adopted and that the state is yet to get."""
    untagged: tuple[str, ...] = ()
    """Ids of what was adopted without the cluster's tag, which it gets."""
    is_adopted: bool = False
    """Whether it, or some of it, ran before Terraform knew it."""

    @property
    def reads_public_key(self) -> bool:
        """Whether anything needs the file of the public key: it is registered, or installed at the first boot."""
        registered = any(each.key_pair and each.key_pair.ownership is Ownership.MANAGED for each in self.regions)
        return registered or self.user_data.install_authorized_key

    @property
    def public_key_file(self) -> str:
        """Path of the public key, as the private one's is written."""
        return f"{self.ssh_key_file}.pub"

    @property
    def partition(self) -> str:
        """The partition of AWS that all its regions are in, as ARNs name it."""
        return partition(self.home_region)

    def region(self, name: str) -> Region:
        """The region called ``name``; KeyError if the cluster has none of that name."""
        return {region.name: region for region in self.regions}[name]
