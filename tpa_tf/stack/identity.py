"""Key pairs, and the role that lets instances fetch their host keys and move their volumes and addresses (D9, D11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tpa_tf.cluster import addresses
from tpa_tf.cluster.addresses import CLUSTER, provider
from tpa_tf.cluster.model import Cluster, Ownership, Profile, Region
from tpa_tf.stack.account import Account
from tpa_tf.stack.bucket import ClusterBucket
from tpa_tf.stack.files import ClusterFiles
from tpa_tf.stack.found import Thing
from tpa_tf.stack.network import Network
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.expressions import Expr, Text, Value, expr, template
from tpa_tf.terraform.stack import Stack

_VOLUME_ACTIONS = ("ec2:AttachVolume", "ec2:DetachVolume")
_ADDRESS_ACTIONS = ("ec2:AssociateAddress", "ec2:DisassociateAddress")
_DESCRIBE_ACTIONS = ("ec2:DescribeAddresses", "ec2:DescribeInstances", "ec2:DescribeVolumes")


@dataclass(frozen=True)
class InstanceProfile:
    """The profile that instances get, and what it takes for it to grant anything."""

    name: Text
    grants: tuple[Resource, ...]
    role: Resource | None = None
    """The role in it, if it is ours."""


def public_key(cluster: Cluster, files: ClusterFiles) -> Expr:
    """The cluster's public key, read by Terraform."""
    return expr("trimspace(file(", files.expression(cluster.public_key_file), "))")


def add_key_pair(
    stack: Stack, cluster: Cluster, region: Region, files: ClusterFiles, bucket: ClusterBucket
) -> Text | None:
    """The name of the key pair for instances of ``region``, registered if it is ours; None if there is none."""
    pair = region.key_pair
    if pair is None:
        return None
    if pair.ownership is Ownership.EXISTING:
        stack.found[f"aws_key_pair.{addresses.region(region.name)}"] = {"key_name": pair.name}
        return pair.name
    made = stack.resource(
        "aws_key_pair",
        addresses.region(region.name),
        provider(region.name),
        key_name=pair.name,
        public_key=public_key(cluster, files),
        origin=("ec2_key_name",),
        tags=pair.tags,
        depends_on=(bucket.first_key,),
    )
    return made.attribute("key_name")


def add_profile(
    stack: Stack,
    cluster: Cluster,
    account: Account,
    bucket: ClusterBucket,
    networks: Mapping[str, Network],
    existing_addresses: Iterable[Thing],
) -> InstanceProfile | None:
    """The instance profile, with role and policy if it is ours; None if the config wants none."""
    profile = cluster.profile
    if profile is None:
        return None
    if profile.ownership is Ownership.EXISTING:
        stack.found[f"aws_iam_instance_profile.{CLUSTER}"] = {"name": profile.name}
        return InstanceProfile(profile.name, ())
    role = _role(stack, cluster, profile, account)
    statements = _statements(cluster, account, bucket, networks, tuple(existing_addresses))
    home = provider(cluster.home_region)
    document = stack.data("aws_iam_policy_document", CLUSTER, home, statement=statements)
    policy = stack.resource(
        "aws_iam_role_policy",
        CLUSTER,
        home,
        name=profile.policy_name,
        origin=("cluster_profile",),
        role=role.attribute("name"),
        policy=document.attribute("json"),
    )
    made = stack.resource(
        "aws_iam_instance_profile",
        CLUSTER,
        home,
        name=profile.name,
        origin=("cluster_profile",),
        role=role.attribute("name"),
        tags=profile.tags,
    )
    return InstanceProfile(made.attribute("name"), (policy,), role)


def _role(stack: Stack, cluster: Cluster, profile: Profile, account: Account) -> Resource:
    home = provider(cluster.home_region)
    trusted = stack.data(
        "aws_iam_policy_document",
        "assume_role",
        home,
        statement=[
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": [template("ec2.", account.dns_suffix)]}],
            }
        ],
    )
    return stack.resource(
        "aws_iam_role",
        CLUSTER,
        home,
        name=profile.name,
        origin=("cluster_profile",),
        assume_role_policy=trusted.attribute("json"),
        tags=profile.tags,
    )


def _statements(
    cluster: Cluster,
    account: Account,
    bucket: ClusterBucket,
    networks: Mapping[str, Network],
    existing_addresses: tuple[Thing, ...],
) -> list[Value]:
    """TPA's grants (roles/platforms/aws, instance permissions), each on the cluster's own resources only."""
    regions = sorted(networks)

    def resources(of: str) -> list[Value]:
        return [template("arn:", account.partition, f":ec2:{region}:", account.id, f":{of}") for region in regions]

    def tagged(key: str) -> Value:
        return {"test": "StringEquals", "variable": f"aws:ResourceTag/{key}", "values": [cluster.name]}

    in_bucket = f"/{cluster.name}/*"
    statements: list[Value] = [
        {
            "sid": "Describe",
            "actions": _DESCRIBE_ACTIONS,
            # EC2 knows no narrower resource for these.
            "resources": ["*"],
            "condition": [{"test": "StringEquals", "variable": "aws:RequestedRegion", "values": regions}],
        },
        {"sid": "Volumes", "actions": _VOLUME_ACTIONS, "resources": resources("volume/*"),
         "condition": [tagged("CreatingCluster")]},
    ]  # fmt: skip
    on_instances = list(_VOLUME_ACTIONS)
    if any(instance.elastic_ip for instance in cluster.instances):
        on_instances = [*_ADDRESS_ACTIONS, *on_instances]
        statements += [
            {
                "sid": "Addresses",
                "actions": _ADDRESS_ACTIONS,
                "resources": resources("elastic-ip/*"),
                "condition": [tagged("CreatingCluster")],
            },
            {
                "sid": "NetworkInterfaces",
                "actions": _ADDRESS_ACTIONS,
                "resources": resources("network-interface/*"),
                "condition": [
                    {
                        "test": "ArnEquals",
                        "variable": "ec2:Vpc",
                        "values": [networks[region].vpc.attribute("arn") for region in regions],
                    }
                ],
            },
        ]
        if existing_addresses:
            arns = [address.attribute("arn") for address in existing_addresses]
            statements.append({"sid": "ExistingAddresses", "actions": _ADDRESS_ACTIONS, "resources": arns})
    statements += [
        {
            "sid": "Instances",
            "actions": on_instances,
            "resources": resources("instance/*"),
            "condition": [tagged("Cluster")],
        },
        {"sid": "Objects", "actions": ["s3:GetObject"], "resources": [template(bucket.arn, in_bucket)]},
        {
            "sid": "List",
            "actions": ["s3:ListBucket"],
            "resources": [bucket.arn],
            "condition": [{"test": "StringLike", "variable": "s3:prefix", "values": [f"{cluster.name}/*"]}],
        },
    ]
    return statements
