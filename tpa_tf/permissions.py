"""The least IAM policies: that with which one cluster can be looked up, planned, applied, changed and destroyed, and
that with which TPA deploys to it.

Which calls a resource makes, and on what, its declaration says (`tpa_tf/terraform/resources`); which conditions a call
can be held to is https://docs.aws.amazon.com/service-authorization/latest/reference/. What could end a database is
granted on what bears the cluster's own tags only.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tpa_tf.cluster.model import Cluster, Ownership, Region
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.resources import RESOURCE_TYPES
from tpa_tf.terraform.resources.instance import AMI
from tpa_tf.terraform.stack import Stack

Statement = dict[str, Any]

_WITHOUT_ACCOUNT = frozenset({"snapshot"})
"""Kinds of EC2's resources in the ARNs of which no account is."""

MANAGED_POLICY = 6144
"""Characters of a managed policy at most, white space not counted.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

_LOOKUP = ("DescribeAvailabilityZones", "DescribeInstanceTypeOfferings")

_ACTIONS = {name: declared.actions for name, declared in RESOURCE_TYPES.items() if declared.actions}
_EC2 = [actions for actions in _ACTIONS.values() if actions.service == "ec2"]

# Of the inventory plugin amazon.aws.aws_ec2, and of TPA's wait for the instances (roles/init/platforms/aws). EC2 knows
# no narrower resource than * for either.
_DEPLOY = ("DescribeInstances", "DescribeInstanceStatus")

# What a lookup asks of a bucket, and what its data source reads besides, where no record has it.
_LOOK_UP_BUCKET = ("GetBucketLocation", "ListBucket")
_FIND_BUCKET = (*_LOOK_UP_BUCKET, "GetBucketWebsite")

# https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
_KEY = ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


def policy(cluster: Cluster, stack: Stack, account: str | None = None) -> dict[str, Any]:
    """The policy document for ``cluster`` with its ``stack``, as IAM takes it; in ``account``, or in any account.

    Who holds it can look the cluster up, plan, apply, edit and destroy it. It covers the state, too, where a backend of
    type s3 keeps it.
    """
    scope = _Scope(cluster, stack, account or "*")
    statements = [
        _reads(scope),
        *_creations(scope),
        *_changes(scope),
        *_adoptions(scope),
        *_identity(scope),
        *_bucket(scope),
        *_dns(scope),
        *_keys(scope),
        *_state(scope),
    ]
    return _document(statements)


def deploy_policy(cluster: Cluster, stack: Stack) -> dict[str, Any]:
    """The policy document for ``tpaexec deploy`` and the commands after it, on ``cluster`` with its ``stack``."""
    return _document([_Scope(cluster, stack, "*").ec2("Deploy", _DEPLOY)])


def combined(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One policy document for all clusters, of that of each by its name; what several grant alike is in it once.

    The Sids of one that is alone stay as they are; else they end in the cluster's name, as far as IAM allows it there.
    """
    if len(documents) == 1:
        return dict(*documents.values())
    statements: dict[str, Statement] = {}
    taken: Counter[str] = Counter()
    for name, document in documents.items():
        ending = "".join(part[:1].upper() + part[1:] for part in re.split("[^A-Za-z0-9]+", name))
        for statement in document["Statement"]:
            grants = json.dumps({**statement, "Sid": ""}, sort_keys=True)
            if grants not in statements:
                sid = f"{statement['Sid']}{ending}"
                taken[sid] += 1
                statements[grants] = {**statement, "Sid": f"{sid}{taken[sid]}" if taken[sid] > 1 else sid}
    return _document(list(statements.values()))


def _document(statements: list[Statement]) -> dict[str, Any]:
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

    def __init__(self, cluster: Cluster, stack: Stack, account: str) -> None:
        self.cluster = cluster
        self.account = account
        self.regions: tuple[Region, ...] = tuple(region for region in cluster.regions if region.vpc)
        self.region_names = [region.name for region in self.regions]
        self.partition = cluster.partition
        created = {block.type for block in stack.things.values() if isinstance(block, Resource)}
        self.made = [_ACTIONS[name] for name in sorted(created) if name in _ACTIONS]

    def ec2(self, sid: str, actions: Iterable[str], kinds: Iterable[str] = (), tag: str | None = None) -> Statement:
        """EC2's ``actions`` in the cluster's regions, on resources of ``kinds`` with the cluster's name in ``tag``."""
        equals: dict[str, Any] = {"aws:RequestedRegion": self.region_names}
        if tag:
            equals[f"aws:ResourceTag/{tag}"] = self.cluster.name
        on = [self.arn("ec2", f"{kind}/*", "*", "" if kind in _WITHOUT_ACCOUNT else None) for kind in kinds]
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


def _union(parts: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset[str]().union(*parts)


def _changing(kinds: Iterable[str]) -> frozenset[str]:
    """What changes and deletes the resources of the given kinds in EC2, and the links between them."""
    return _union(actions.on_own for actions in _EC2 if actions.on & frozenset(kinds))


def _whole(service: str, kind: str) -> frozenset[str]:
    """All that is done with the resources of a kind that have a name of their own, and with their parts."""
    return _union(actions.all for actions in _ACTIONS.values() if actions.service == service and kind in actions.on)


def _tags_everything(scope: _Scope) -> bool:
    """Whether the provider gives its own tags to things that the cluster itself leaves without."""
    return bool(scope.cluster.terraform.provider.get("default_tags"))


def _reads(scope: _Scope) -> Statement:
    actions = _union(actions.read for actions in _EC2) | AMI.read | {*_LOOKUP}
    if any(ami.root_device_name is None for region in scope.regions for ami in region.amis):
        actions |= {"GetInstanceUefiData"}  # the provider asks it of every image that it looks up
    return scope.ec2("Read", actions)


def _creations(scope: _Scope) -> list[Statement]:
    """What is made, with its tags; of the things that such a call touches besides, not all have tags to be told by."""
    # What is a part of another resource comes with leave for that.
    creating = _union(actions.create for actions in _EC2 if actions.arn and actions in scope.made)
    tags = scope.ec2("TagNew", ["CreateTags"])
    tagging = creating | _union(actions.leave for actions in scope.made)
    if _tags_everything(scope):
        tagging |= _union(actions.create for actions in _EC2 if actions.tag and actions.part_of)
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
    own = _union(actions.on for actions in _EC2) - {"instance"}
    beside = _union(actions.beside for actions in _EC2)
    if any(one.elastic_ip and one.elastic_ip.ownership is Ownership.EXISTING for one in scope.cluster.instances):
        beside |= {"elastic-ip"}  # the calls that associate it are there for network interfaces
    statements = [
        scope.ec2("Instances", _changing(["instance"]), ["instance"], tag="Cluster"),
        scope.ec2("Own", _changing(own), own, "CreatingCluster"),
        scope.ec2("Beside", _union(calls.split() for actions in _EC2 for calls in actions.beside.values()), beside),
    ]
    if _tags_everything(scope):
        # Rules bear the provider's own tags alone, by which nobody can tell whose they are.
        statements.append(
            scope.ec2("TagRules", _ACTIONS["aws_vpc_security_group_ingress_rule"].tag, ["security-group-rule"])
        )
    return statements


def _adoptions(scope: _Scope) -> list[Statement]:
    """What was adopted without the cluster's tag gets it: Elastic IPs, to which TPA gives none, and what was said.

    Each by its id, and none any more once the state has it.
    """
    kinds = {name: actions.arn for name, actions in _ACTIONS.items() if actions.service == "ec2" and actions.arn}
    imports = ((address.partition(".")[0], id) for address, id in scope.cluster.imports.items())
    arns = [
        scope.arn("ec2", f"{kinds[type_]}/{id}", "*")
        for type_, id in imports
        if type_ in kinds and (type_ == "aws_eip" or id in scope.cluster.untagged)
    ]
    if not arns:
        return []
    condition = {"StringEquals": {"aws:RequestTag/CreatingCluster": scope.cluster.name}}
    return [_statement("TagAdopted", "ec2", ["CreateTags"], arns, condition)]


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
                "Profile",
                "iam",
                _ACTIONS["aws_iam_instance_profile"].read,
                [scope.arn("iam", f"instance-profile/*{profile.name}")],
            ),
        ]
    return [
        passing,
        _statement("Role", "iam", _whole("iam", "role"), [scope.arn("iam", f"role/{profile.name}")]),
        _statement(
            "Profile", "iam", _whole("iam", "instance-profile"), [scope.arn("iam", f"instance-profile/{profile.name}")]
        ),
    ]


def _bucket(scope: _Scope) -> list[Statement]:
    bucket = scope.cluster.bucket
    arn = f"arn:{scope.partition}:s3:::{bucket.name_in(scope.account)}"
    own = bucket.ownership is Ownership.MANAGED
    objects = _ACTIONS["aws_s3_object"].all
    finding = [*(_LOOK_UP_BUCKET if bucket.is_recorded else _FIND_BUCKET)]
    if not own:
        # Whether it keeps versions is its owner's matter; where it does, the provider removes them all.
        objects |= {"DeleteObjectVersion"}
        finding.append("ListBucketVersions")
    if not _tags_everything(scope):
        objects -= _ACTIONS["aws_s3_object"].tag
    return [
        _statement("Bucket", "s3", _whole("s3", "bucket") if own else finding, [arn]),
        _statement("Objects", "s3", objects, [f"{arn}/{scope.cluster.name}/*"]),
    ]


def _dns(scope: _Scope) -> list[Statement]:
    zones = {instance.dns_record.zone_id for instance in scope.cluster.instances if instance.dns_record}
    if not zones:
        return []
    record = _ACTIONS["aws_route53_record"]
    hosted = [f"arn:{scope.partition}:route53:::hostedzone/{zone}" for zone in zones]
    return [
        _statement("Records", "route53", record.all, hosted),
        _statement("RecordsDone", "route53", [record.beside["change"]], [f"arn:{scope.partition}:route53:::change/*"]),
    ]


def _keys(scope: _Scope) -> list[Statement]:
    """For volumes with a key of their own. AWS's own key for volumes serves everybody of the account."""
    wanted = {
        volume.kms_key_id
        for instance in scope.cluster.instances
        for volume in (instance.root, *instance.volumes)
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
