"""What a cluster has in no region, or what its stack alone names: profile, role, bucket, DNS records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpa_tf.adoption.there import Thing
from tpa_tf.cluster.model import Cluster, Ownership
from tpa_tf.facts.aws import Aws
from tpa_tf.facts.buckets import ask_maker, ask_objects, ask_settings
from tpa_tf.facts.hosted_zones import ask_dns_record
from tpa_tf.facts.profiles import ask_role, ask_role_policies, instance_profile


@dataclass(frozen=True)
class Elsewhere:
    """What is asked once for the cluster, and not in its regions."""

    profile: Thing | None
    role: Thing | None
    policies: tuple[str, ...]
    bucket: str | None
    """The bucket of the stack, where it is there."""
    objects: frozenset[str]
    settings: frozenset[str]
    """The resource types of which the bucket has something."""
    records: Mapping[tuple[str, str], Thing]
    """A records by hosted zone and name."""


def ask_elsewhere(aws: Aws, account: str, cluster: Cluster) -> Elsewhere:
    """What there is of the role, the bucket and the DNS records that the stack makes. TpaTfError if AWS doesn't say."""
    home = cluster.home_region
    role = policies = profile = None
    if cluster.profile and cluster.profile.ownership is Ownership.MANAGED:
        role = ask_role(aws, home, cluster.profile.name)
        policies = ask_role_policies(aws, home, cluster.profile.name) if role else ()
        profile = instance_profile(aws, home, cluster.profile.name)
    bucket, objects, settings = _ask_bucket(aws, account, cluster)
    wanted = {(each.dns_record.zone_id, each.dns_record.name) for each in cluster.instances if each.dns_record}
    records = {key: ask_dns_record(aws, home, *key) for key in sorted(wanted)}
    return Elsewhere(
        profile=profile,
        role=role,
        policies=policies or (),
        bucket=bucket,
        objects=objects,
        settings=settings,
        records={key: record for key, record in records.items() if record},
    )


def _ask_bucket(aws: Aws, account: str, cluster: Cluster) -> tuple[str | None, frozenset[str], frozenset[str]]:
    """The stack's bucket, if it is there, with its objects and settings; that of TPA's user is another one."""
    bucket = cluster.bucket
    name = bucket.name_in(account)
    own = bucket.ownership is Ownership.MANAGED
    if own and ask_maker(aws, bucket.region, name) != cluster.name:
        return None, frozenset(), frozenset()
    objects = ask_objects(aws, bucket.region, name, f"{cluster.name}/")
    if objects is None:
        return None, frozenset(), frozenset()
    return name, objects, ask_settings(aws, bucket.region, name) if own else frozenset()
