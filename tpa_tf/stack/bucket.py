"""The S3 bucket of the cluster and what Terraform puts into it (design D10)."""

from __future__ import annotations

from dataclasses import dataclass

from tpa_tf.cluster.addresses import CLUSTER, provider
from tpa_tf.cluster.model import Bucket, Cluster, Ownership
from tpa_tf.cluster.tags import are_for_objects
from tpa_tf.limits.provider import ProviderVersions
from tpa_tf.stack.account import Account
from tpa_tf.stack.files import ClusterFiles
from tpa_tf.stack.found import Found, Thing
from tpa_tf.terraform.blocks import Lifecycle, Requirement, Resource, holds
from tpa_tf.terraform.expressions import Text, Value, expr, template
from tpa_tf.terraform.resources.bucket import S3_BUCKET
from tpa_tf.terraform.stack import Stack

_HOST_KEYS = {
    "hostkeys_rsa": ("ssh_host_rsa_key", "rsa.txt"),
    "hostkeys_rsa_pub": ("ssh_host_rsa_key.pub", "rsa.pub.txt"),
    "hostkeys_ecdsa": ("ssh_host_ecdsa_key", "ecdsa.txt"),
    "hostkeys_ecdsa_pub": ("ssh_host_ecdsa_key.pub", "ecdsa.pub.txt"),
}


BUCKET_TYPES = (
    "aws_s3_bucket",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
)
"""The types of resources that a bucket of the cluster's own consists of."""


@dataclass(frozen=True)
class ClusterBucket:
    """The bucket and what instances find in it at their first boot."""

    name: Text
    """Literal for an existing bucket, an expression for our own."""
    region: Text
    """An expression for an existing bucket that no record has, else literal."""
    arn: Text
    objects: tuple[Resource, ...]
    first_key: Resource
    """The object that needs every key file: what reads one depends on it, so that one message names all that are
    missing."""


def add_bucket(stack: Stack, cluster: Cluster, files: ClusterFiles, account: Account) -> ClusterBucket:
    """Make or look up the bucket, and upload host keys and ``s3_uploads``."""
    bucket, versions = cluster.bucket, cluster.terraform.provider_version
    if bucket.ownership is Ownership.EXISTING:
        block: Thing = _existing(stack, cluster, versions)
        arn: Text = block.attribute("arn")
        region: Text = block.attribute("region" if isinstance(block, Found) else _region(versions))
        safe: tuple[Resource, ...] = ()
    else:
        name = template(bucket.name_prefix, "-", account.id)
        region = bucket.region
        block = stack.resource(
            "aws_s3_bucket",
            CLUSTER,
            provider(bucket.region),
            bucket=name,
            tags=bucket.tags,
            lifecycle=_stays_in(bucket.region, versions),
        )
        # Not the bucket's attribute: each change of its tags would then change its policies in the plan.
        arn = template("arn:", account.partition, ":s3:::", name)
        safe = _protections(stack, bucket, block, arn)
    keys = _host_keys(stack, cluster, files, block, safe)
    objects = (*keys, *_uploads(stack, cluster, files, block, safe))
    return ClusterBucket(bucket.name or block.attribute("bucket"), region, arn, objects, keys[0])


def _region(versions: ProviderVersions) -> str:
    """The attribute that is the region which a bucket is in."""
    return S3_BUCKET.attribute("region", versions)


def _existing(stack: Stack, cluster: Cluster, versions: ProviderVersions) -> Thing:
    bucket = cluster.bucket
    if bucket.is_recorded and bucket.name:
        arn = f"arn:{cluster.partition}:s3:::{bucket.name}"
        stack.found[f"aws_s3_bucket.{CLUSTER}"] = {"bucket": bucket.name}
        return Found({"bucket": bucket.name, "id": bucket.name, "region": bucket.region, "arn": arn})
    actual = expr("self.", _region(versions))
    problem = template(f"The bucket {bucket.name} is in ", actual, f", and not in {bucket.region}.")
    remedy = template(
        "Run tpa-tf lookup, or write terraform: home_region: ", actual, " in config.yml, and synthesize again."
    )
    in_place = holds("region", bucket.region, problem, remedy, attribute=_region(versions))
    return stack.data(
        "aws_s3_bucket",
        CLUSTER,
        provider(bucket.region),
        bucket=bucket.name,
        lifecycle=Lifecycle(guards=(in_place,)) if bucket.region_is_known else Lifecycle(),
    )


def _stays_in(region: str, versions: ProviderVersions) -> Lifecycle:
    """S3 finds a bucket from any region; Terraform would go on with it from where it is not."""
    actual = expr("self.", _region(versions))
    problem = template(
        "The bucket of the cluster is in ",
        actual,
        f", the node with the lowest number is in {region} now, and a bucket can't move.",
    )
    remedy = template("Keep it where it is, with terraform: home_region: ", actual, " in config.yml.")
    return Lifecycle(guards=(holds("region", region, problem, remedy, attribute=_region(versions)),))


def _protections(stack: Stack, bucket: Bucket, block: Resource, arn: Text) -> tuple[Resource, ...]:
    """Nobody outside the account, no ACLs, encrypted, TLS only. Nothing is uploaded before all of it is in place."""
    name, home = block.attribute("id"), provider(bucket.region)
    public = stack.resource(
        "aws_s3_bucket_public_access_block",
        CLUSTER,
        home,
        bucket=name,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    ownership = stack.resource(
        "aws_s3_bucket_ownership_controls",
        CLUSTER,
        home,
        bucket=name,
        rule={"object_ownership": "BucketOwnerEnforced"},
    )
    # S3's own key: with a KMS key the instance profile would need a grant that TPA's policy does not have.
    encryption = stack.resource(
        "aws_s3_bucket_server_side_encryption_configuration",
        CLUSTER,
        home,
        bucket=name,
        rule=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    )
    tls_only = stack.data(
        "aws_iam_policy_document",
        "bucket",
        home,
        statement=[
            {
                "sid": "TlsOnly",
                "effect": "Deny",
                # IAM compares actions without case. Emulators of S3 that know no conditions do not, and would take
                # the usual spelling for a bucket that refuses everything.
                "actions": ["S3:*"],
                "resources": [arn, template(arn, "/*")],
                "principals": [{"type": "*", "identifiers": ["*"]}],
                "condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}],
            }
        ],
    )
    policy = stack.resource(
        "aws_s3_bucket_policy",
        CLUSTER,
        home,
        bucket=name,
        policy=tls_only.attribute("json"),
        # S3 refuses two changes of a bucket's access at once.
        depends_on=[public],
    )
    return public, ownership, encryption, policy


def _without_tags(cluster: Cluster) -> Value:
    """Nothing where the provider's own tags can be those of an object, else what takes them off it."""
    return None if are_for_objects(cluster.terraform.default_tags) else {"default_tags": {"tags": {}}}


def _host_keys(
    stack: Stack, cluster: Cluster, files: ClusterFiles, bucket: Thing, safe: tuple[Resource, ...]
) -> list[Resource]:
    """The host keys of all instances, uploaded from their files: their content is in no state."""
    made: list[Resource] = []
    for name, (file, key) in _HOST_KEYS.items():
        made.append(
            stack.resource(
                "aws_s3_object",
                name,
                provider(cluster.bucket.region),
                bucket=bucket.attribute("bucket"),
                key=f"{cluster.name}/hostkeys/{key}",
                source=files.argument(f"hostkeys/{file}"),
                source_hash=expr("filemd5(", files.expression(f"hostkeys/{file}"), ")"),
                override_provider=_without_tags(cluster),
                lifecycle=Lifecycle() if made else Lifecycle(requires=(_key_files(cluster, files),)),
                depends_on=(*safe, *made[:1]),
            )
        )
    return made


def _key_files(cluster: Cluster, files: ClusterFiles) -> Requirement:
    """Every key file that Terraform reads is there; without this, each would be an error that says no remedy."""
    needed = [files.expression(f"hostkeys/{file}") for file, _ in _HOST_KEYS.values()]
    if cluster.reads_public_key:
        needed.insert(0, files.expression(cluster.public_key_file))
    listed = [part for file in needed for part in (", ", file)][1:]
    missing = expr("[for file in [", *listed, "] : file if !fileexists(file)]")
    make: Text = (
        "" if cluster.is_adopted else template("For a new cluster, tpa-tf keys ", files.directory, " makes them. ")
    )
    bring = "Instances that run already have the cluster's own keys: bring those files from where they are kept."
    return Requirement(
        expr("length(", missing, ") == 0"),
        template(
            "Key files are missing, by their paths from the stack: ",
            expr('join(", ", ', missing, ")"),
            ". ",
            make,
            bring,
        ),
    )


def _uploads(
    stack: Stack, cluster: Cluster, files: ClusterFiles, bucket: Thing, safe: tuple[Resource, ...]
) -> list[Resource]:
    """The files that ``s3_uploads`` matches when Terraform plans; two of one name would be one object: an error."""
    globs = cluster.bucket.uploads
    if not globs:
        return []
    lists = [part for glob in globs for part in (", ", files.matching(glob))][1:]
    files_by_name = expr("{for file in distinct(concat(", *lists, ")) : basename(file) => file}")
    return [
        stack.resource(
            "aws_s3_object",
            "uploads",
            provider(cluster.bucket.region),
            bucket=bucket.attribute("bucket"),
            key=template(f"{cluster.name}/", expr("each.key")),
            source=expr("each.value"),
            source_hash=expr("filemd5(each.value)"),
            override_provider=_without_tags(cluster),
            for_each=files_by_name,
            depends_on=safe,
        )
    ]
