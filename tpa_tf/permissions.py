"""The least IAM policy with which one cluster can be looked up, planned, applied, changed and destroyed.

Which call a resource makes is what hashicorp/aws 5.100 does; which resources and conditions a call can be held to is
https://docs.aws.amazon.com/service-authorization/latest/reference/. What could end a database is granted on what bears
the cluster's own tags only.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tpa_tf.cluster.model import Cluster, DiskKind, Ownership, Region, Volume

Statement = dict[str, Any]

MANAGED_POLICY = 6144
"""Characters of a managed policy at most, white space not counted.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

_LOOKUP = ("DescribeAvailabilityZones", "DescribeInstanceTypeOfferings", "DescribeRouteTables")

_READ = (
    "DescribeAddresses",
    "DescribeAddressesAttribute",
    "DescribeIamInstanceProfileAssociations",
    "DescribeImages",
    "DescribeInstanceAttribute",
    "DescribeInstanceCreditSpecifications",
    "DescribeInstanceTypes",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeKeyPairs",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVolumes",
    "DescribeVolumesModifications",
    "DescribeVpcAttribute",
    "DescribeVpcs",
)

_READ_BUCKET = (
    "GetAccelerateConfiguration",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketObjectLockConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "GetReplicationConfiguration",
    "ListBucket",
)

_CHANGE_BUCKET = (
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketTagging",
    "PutEncryptionConfiguration",
)

_FIND_BUCKET = ("GetBucketLocation", "GetBucketWebsite", "ListBucket")

_OBJECTS = ("DeleteObject", "GetObject", "GetObjectTagging", "PutObject")

_ROLE = (
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
)

_PROFILE = (
    "AddRoleToInstanceProfile",
    "CreateInstanceProfile",
    "DeleteInstanceProfile",
    "GetInstanceProfile",
    "RemoveRoleFromInstanceProfile",
    "TagInstanceProfile",
    "UntagInstanceProfile",
)

_TAGS = ("CreateTags", "DeleteTags")

_MACHINES = (
    *_TAGS,
    "AssociateAddress",
    "AssociateIamInstanceProfile",
    "AttachVolume",
    "DetachVolume",
    "DisassociateAddress",
    "DisassociateIamInstanceProfile",
    "ModifyInstanceAttribute",
    "ModifyInstanceMetadataOptions",
    "ModifyNetworkInterfaceAttribute",
    "ReplaceIamInstanceProfileAssociation",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
)

# What the cluster may have made of each kind, whether this config has one or an earlier one had.
_OWN = {
    "elastic-ip": ("AssociateAddress", "DisassociateAddress", "ReleaseAddress"),
    "internet-gateway": ("AttachInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"),
    "key-pair": ("DeleteKeyPair",),
    "route-table": (
        "AssociateRouteTable",
        "CreateRoute",
        "DeleteRoute",
        "DeleteRouteTable",
        "DisassociateRouteTable",
        "ReplaceRoute",
    ),
    "security-group": (
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "DeleteSecurityGroup",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ),
    "subnet": ("AssociateRouteTable", "DeleteSubnet", "DisassociateRouteTable"),
    "volume": ("AttachVolume", "DeleteVolume", "DetachVolume", "ModifyVolume"),
    "vpc": ("DeleteVpc", "ModifyVpcAttribute"),
}

_BESIDE = {
    "network-interface": ("AssociateAddress", "DisassociateAddress", "ModifyNetworkInterfaceAttribute"),
    "security-group": ("ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute"),
    "security-group-rule": (
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ),
    "vpc": ("AttachInternetGateway", "DetachInternetGateway"),
}

_RECORDS = ("ChangeResourceRecordSets", "GetHostedZone", "ListResourceRecordSets")

# https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
_KEY = ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


def policy(cluster: Cluster, account: str | None = None) -> dict[str, Any]:
    """The policy document for ``cluster``, as IAM takes it; in ``account``, or in whatever account it is used.

    Who holds it can look the cluster up, plan, apply, edit and destroy it. It covers the state, too, where a backend of
    type s3 keeps it.
    """
    scope = _Scope(cluster, account or "*")
    statements = [
        _reads(scope),
        *_creations(scope),
        *_changes(scope),
        *_identity(scope),
        *_bucket(scope),
        *_dns(scope),
        *_keys(scope),
        *_state(scope),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def as_json(document: Mapping[str, Any]) -> str:
    """The text of a policy document, to be given to IAM."""
    return json.dumps(document, indent=2) + "\n"


def remarks(document: Mapping[str, Any]) -> list[str]:
    """What is to be said about a policy document that it does not say itself."""
    length = len("".join(as_json(document).split()))
    if length <= MANAGED_POLICY:
        return []
    return [
        f"the policy has {length} characters, and a managed policy {MANAGED_POLICY} at most (white space not counted): "
        "put it into a role (put-role-policy, 10,240 characters), or its statements into two policies"
    ]


class _Scope:
    """What the statements of one cluster have in common."""

    def __init__(self, cluster: Cluster, account: str) -> None:
        self.cluster = cluster
        self.account = account
        self.regions: tuple[Region, ...] = tuple(region for region in cluster.regions if region.vpc)
        self.region_names = [region.name for region in self.regions]
        self.partition = cluster.partition
        self.volumes: tuple[Volume, ...] = tuple(
            volume for each in cluster.instances for volume in each.volumes if volume.kind is DiskKind.EBS
        )

    def ec2(self, sid: str, actions: Iterable[str], kinds: Iterable[str] = (), tag: str | None = None) -> Statement:
        """EC2's ``actions`` in the cluster's regions, on resources of ``kinds`` with the cluster's name in ``tag``."""
        equals: dict[str, Any] = {"aws:RequestedRegion": self.region_names}
        if tag:
            equals[f"aws:ResourceTag/{tag}"] = self.cluster.name
        on = [self.arn("ec2", f"{kind}/*", region="*") for kind in kinds]
        return _statement(sid, "ec2", actions, on or ["*"], {"StringEquals": equals})

    def arn(self, service: str, resource: str, region: str = "", account: str | None = None) -> str:
        """The ARN of ``resource``, of this account unless another is named."""
        return f"arn:{self.partition}:{service}:{region}:{self.account if account is None else account}:{resource}"


def _domain(partition: str) -> str:
    """The domain under which the services of ``partition`` are known to IAM."""
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"


def _statement(
    sid: str, service: str, actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(f"{service}:{action}" for action in actions),
        "Resource": sorted(resources),
    }
    return statement | {"Condition": dict(condition)} if condition else statement


def _managed(scope: _Scope, part: str) -> bool:
    """Whether any region has a ``part`` of the model that Terraform makes."""
    found = (getattr(region, part) for region in scope.regions)
    return any(each is not None and each.ownership is Ownership.MANAGED for each in found)


def _own_elastic_ips(scope: _Scope) -> bool:
    found = (each.elastic_ip for each in scope.cluster.instances)
    return any(each is not None and each.ownership is Ownership.MANAGED for each in found)


def _tags_everything(scope: _Scope) -> bool:
    """Whether the provider gives its own tags to things that the cluster itself leaves without."""
    return bool(scope.cluster.terraform.provider.get("default_tags"))


def _has_routes(scope: _Scope) -> bool:
    return any(region.route_table for region in scope.regions)


def _own_subnets(scope: _Scope) -> bool:
    return any(subnet.ownership is Ownership.MANAGED for region in scope.regions for subnet in region.subnets)


def _reads(scope: _Scope) -> Statement:
    actions = {*_READ, *_LOOKUP}
    if any(ami.root_device_name is None for region in scope.regions for ami in region.amis):
        actions.add("GetInstanceUefiData")  # the provider asks it of every image that it looks up
    return scope.ec2("Read", actions)


def _creating(scope: _Scope) -> set[str]:
    actions = {"RunInstances"}
    if scope.volumes:
        actions.add("CreateVolume")
    if _managed(scope, "vpc"):
        actions.add("CreateVpc")
    if _own_subnets(scope):
        actions.add("CreateSubnet")
    if _managed(scope, "internet_gateway"):
        actions.add("CreateInternetGateway")
    if _has_routes(scope):
        actions.add("CreateRouteTable")
    if _managed(scope, "security_group"):
        actions.add("CreateSecurityGroup")
    if _managed(scope, "key_pair"):
        actions.add("ImportKeyPair")
    if _own_elastic_ips(scope):
        actions.add("AllocateAddress")
    return actions


def _creations(scope: _Scope) -> list[Statement]:
    """What is made, with its tags; of the things that such a call touches besides, not all have tags to be told by."""
    creating = _creating(scope)
    tags = scope.ec2("TagNew", ["CreateTags"])
    tagging = {*creating}
    if _tags_everything(scope):
        tagging |= {"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"}
    tags["Condition"]["StringEquals"]["ec2:CreateAction"] = sorted(tagging)
    # The provider tags a root volume after the launch that made it.
    root = scope.ec2("TagRoot", ["CreateTags"], ["volume"])
    root["Condition"]["StringEquals"]["aws:RequestTag/CreatingCluster"] = scope.cluster.name
    # Whose it is already can't be changed: with the cluster's tag on it, a volume could be deleted.
    root["Condition"]["Null"] = {f"aws:ResourceTag/{tag}": "true" for tag in ("Cluster", "CreatingCluster")}
    return [scope.ec2("Create", creating), tags, root]


def _changes(scope: _Scope) -> list[Statement]:
    """What is changed and removed: the cluster's own things, told by their tags, and what such calls touch besides.

    Of every kind, also of those that this config has none of: the edit that takes the last one away needs it.
    """
    beside = dict(_BESIDE)
    if any(each.elastic_ip and each.elastic_ip.ownership is Ownership.EXISTING for each in scope.cluster.instances):
        beside["elastic-ip"] = ("AssociateAddress", "DisassociateAddress")
    statements = [
        scope.ec2("Machines", _MACHINES, ["instance"], tag="Cluster"),
        scope.ec2("Own", {*_TAGS, *itertools.chain(*_OWN.values())}, _OWN, "CreatingCluster"),
        scope.ec2("Beside", {*itertools.chain(*beside.values())}, beside),
    ]
    if _tags_everything(scope):
        # Rules bear the provider's own tags alone, by which nobody can tell whose they are.
        statements.append(scope.ec2("TagRules", _TAGS, ["security-group-rule"]))
    return statements


def _identity(scope: _Scope) -> list[Statement]:
    profile = scope.cluster.profile
    if profile is None:
        return []
    # EC2 gets the role; which it is, only an existing profile knows.
    own = profile.ownership is Ownership.MANAGED
    passing = _statement(
        "PassRole",
        "iam",
        ["PassRole"],
        [scope.arn("iam", f"role/{profile.name}" if own else "role/*")],
        {"StringEquals": {"iam:PassedToService": f"ec2.{_domain(scope.partition)}"}},
    )
    if not own:
        return [
            passing,
            _statement(
                "Profile", "iam", ["GetInstanceProfile"], [scope.arn("iam", f"instance-profile/*{profile.name}")]
            ),
        ]
    return [
        passing,
        _statement("Role", "iam", _ROLE, [scope.arn("iam", f"role/{profile.name}")]),
        _statement("Profile", "iam", _PROFILE, [scope.arn("iam", f"instance-profile/{profile.name}")]),
    ]


def _bucket(scope: _Scope) -> list[Statement]:
    bucket = scope.cluster.bucket
    arn = f"arn:{scope.partition}:s3:::{bucket.name or f'{bucket.name_prefix}-{scope.account}'}"
    own = bucket.ownership is Ownership.MANAGED
    objects, finding = [*_OBJECTS], [*_FIND_BUCKET]
    if not own:
        # Whether it keeps versions is its owner's matter; where it does, the provider removes them all.
        objects.append("DeleteObjectVersion")
        finding.append("ListBucketVersions")
    if _tags_everything(scope):
        objects += ["DeleteObjectTagging", "PutObjectTagging"]
    return [
        _statement("Bucket", "s3", [*_READ_BUCKET, *_CHANGE_BUCKET] if own else finding, [arn]),
        _statement("Objects", "s3", objects, [f"{arn}/{scope.cluster.name}/*"]),
    ]


def _dns(scope: _Scope) -> list[Statement]:
    zones = {each.dns_record.zone_id for each in scope.cluster.instances if each.dns_record}
    if not zones:
        return []
    return [
        _statement(
            "Records", "route53", _RECORDS, [f"arn:{scope.partition}:route53:::hostedzone/{zone}" for zone in zones]
        ),
        _statement("RecordsDone", "route53", ["GetChange"], [f"arn:{scope.partition}:route53:::change/*"]),
    ]


def _keys(scope: _Scope) -> list[Statement]:
    """For disks with a key of their own. AWS's own key for disks serves everybody of the account."""
    wanted = {
        volume.kms_key_id
        for each in scope.cluster.instances
        for volume in (each.root, *each.volumes)
        if volume and volume.kms_key_id
    }
    statements = []
    aliases = sorted(_alias(key) for key in wanted if _alias(key))
    arns = sorted(
        key if key.startswith("arn:") else scope.arn("kms", f"key/{key}", region="*")
        for key in wanted
        if not _alias(key)
    )
    for suffix, resources, told in (
        ("", arns, {}),
        ("ByAlias", [scope.arn("kms", "key/*", region="*")] if aliases else [], {"kms:ResourceAliases": aliases}),
    ):
        if resources:
            by_alias = {"ForAnyValue:StringEquals": told} if told else {}
            grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}, **by_alias}
            statements.append(_statement(f"Keys{suffix}", "kms", _KEY, resources, by_alias))
            statements.append(_statement(f"KeyGrants{suffix}", "kms", ["CreateGrant"], resources, grant))
    return statements


def _alias(key: str) -> str:
    """The name of the alias that ``key``, as written, is; empty if it is none."""
    name = key.rpartition(":")[2] if key.startswith("arn:") else key
    return name if name.startswith("alias/") else ""


def _state(scope: _Scope) -> list[Statement]:
    """For the state in a backend of type s3. https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required."""
    terraform = scope.cluster.terraform
    if terraform.backend_type != "s3":
        return []
    backend = terraform.backend
    role = (backend.get("assume_role") or {}).get("role_arn")
    if role:
        return [_statement("StateRole", "sts", ["AssumeRole"], [role])]
    bucket = f"arn:{scope.partition}:s3:::{backend['bucket']}"
    statements = [
        _statement("StateBucket", "s3", ["ListBucket"], [bucket]),
        _statement("State", "s3", ["GetObject", "PutObject"], [f"{bucket}/{backend['key']}"]),
    ]
    if backend.get("use_lockfile"):
        lock = f"{bucket}/{backend['key']}.tflock"
        statements.append(_statement("StateLock", "s3", ["DeleteObject", "GetObject", "PutObject"], [lock]))
    if backend.get("dynamodb_table"):
        table = scope.arn("dynamodb", f"table/{backend['dynamodb_table']}", region="*")
        actions = ["DeleteItem", "DescribeTable", "GetItem", "PutItem"]
        statements.append(_statement("StateTable", "dynamodb", actions, [table]))
    if backend.get("kms_key_id"):
        key = str(backend["kms_key_id"])
        arn = key if key.startswith("arn:") else scope.arn("kms", f"key/{key}", region="*")
        statements.append(_statement("StateKey", "kms", ["Decrypt", "Encrypt", "GenerateDataKey"], [arn]))
    return statements
