"""What is not regional: IAM, S3 and Route53."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.support.state.labels import tags


def iam(client: Any) -> dict[str, Any]:
    """Roles with their policies, and instance profiles; AWS's own service roles are left out."""
    return {
        "roles": {
            role["RoleName"]: _role(client, role["RoleName"])
            for page in client.get_paginator("list_roles").paginate()
            for role in page["Roles"]
            if not role["Path"].startswith("/aws-service-role/")
        },
        "instance_profiles": {
            profile["InstanceProfileName"]: {
                "path": profile["Path"],
                "roles": sorted(role["RoleName"] for role in profile["Roles"]),
                "tags": tags(profile.get("Tags")),
            }
            for page in client.get_paginator("list_instance_profiles").paginate()
            for profile in page["InstanceProfiles"]
        },
        "customer_policies": sorted(policy["PolicyName"] for policy in client.list_policies(Scope="Local")["Policies"]),
    }


def s3(client: Any) -> dict[str, Any]:
    """Every bucket: where it is, how it is protected, and the keys of its objects."""
    return {bucket["Name"]: _bucket(client, bucket["Name"]) for bucket in client.list_buckets()["Buckets"]}


def route53(client: Any, address_names: dict[str, str]) -> dict[str, Any]:
    """Every zone with its records but NS and SOA; addresses are shown by whose they are."""
    state = {}
    for zone in client.list_hosted_zones()["HostedZones"]:
        records = client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        state[zone["Name"]] = {
            "private": zone["Config"].get("PrivateZone", False),
            "records": {
                f"{record['Name']} {record['Type']}": {
                    "ttl": record.get("TTL"),
                    "values": sorted(
                        address_names.get(value["Value"], value["Value"]) for value in record.get("ResourceRecords", [])
                    ),
                }
                for record in records
                if record["Type"] not in ("NS", "SOA")
            },
        }
    return state


def _role(client: Any, name: str) -> dict[str, Any]:
    role = client.get_role(RoleName=name)["Role"]
    return {
        "path": role["Path"],
        "description": role.get("Description") or "",
        "max_session_duration": role.get("MaxSessionDuration"),
        "assume_role_policy": _policy(role["AssumeRolePolicyDocument"]),
        "inline_policies": {
            policy: _policy(client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
            for policy in client.list_role_policies(RoleName=name)["PolicyNames"]
        },
        "attached_policies": sorted(
            policy["PolicyArn"] for policy in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        ),
        "tags": tags(role.get("Tags")),
    }


def _bucket(client: Any, name: str) -> dict[str, Any]:
    def setting(method: str, *path: str) -> Any:
        return _setting(lambda: getattr(client, method)(Bucket=name), *path)

    lifecycle = setting("get_bucket_lifecycle_configuration", "Rules") or []
    return {
        "region": client.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1",
        "tags": tags(setting("get_bucket_tagging", "TagSet")),
        "versioning": setting("get_bucket_versioning", "Status"),
        "encryption": setting("get_bucket_encryption", "ServerSideEncryptionConfiguration", "Rules"),
        "public_access_block": setting("get_public_access_block", "PublicAccessBlockConfiguration"),
        "ownership": setting("get_bucket_ownership_controls", "OwnershipControls", "Rules"),
        "policy": _policy(setting("get_bucket_policy", "Policy")),
        "lifecycle": {f"rule{number}": _lifecycle_rule(rule) for number, rule in enumerate(lifecycle)},
        "objects": {
            entry["Key"]: {
                "content_type": client.head_object(Bucket=name, Key=entry["Key"]).get("ContentType"),
                "tags": tags(client.get_object_tagging(Bucket=name, Key=entry["Key"])["TagSet"]),
            }
            for entry in client.list_objects_v2(Bucket=name).get("Contents", [])
        },
    }


def _setting(read: Callable[[], dict[str, Any]], *path: str) -> Any:
    """What ``read`` gives at ``path``, or None where the bucket has no such setting."""
    try:
        value: Any = read()
    except ClientError:
        return None
    for key in path:
        value = value.get(key) if value else None
    return value


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "prefix": rule.get("Prefix", rule.get("Filter", {}).get("Prefix", "")),
        "status": rule.get("Status"),
        "expiration": {key: value for key, value in (rule.get("Expiration") or {}).items() if value},
    }


def _policy(document: Any) -> Any:
    """A policy with its actions and resources as sorted lists, since their order and form carry no meaning."""
    if isinstance(document, str):
        document = json.loads(document)
    if not document:
        return document
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for statement in statements:
        for key in ("Action", "Resource", "NotAction", "NotResource"):
            if key in statement:
                value = statement[key]
                statement[key] = sorted(value if isinstance(value, list) else [value])
    return document | {"Statement": statements}
