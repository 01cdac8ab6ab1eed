"""The S3 bucket of the cluster and what Terraform puts into it (design D10)."""

from __future__ import annotations

from dataclasses import dataclass

from tpa_tf.cluster.addresses import CLUSTER
from tpa_tf.cluster.model import Bucket, Cluster, Ownership
from tpa_tf.stack.account import Account
from tpa_tf.stack.emitter import Block, Expr, Stack, postcondition, quoted, template
from tpa_tf.stack.paths import ClusterFiles

_HOST_KEYS = {
    "hostkeys_rsa": ("ssh_host_rsa_key", "rsa.txt"),
    "hostkeys_rsa_pub": ("ssh_host_rsa_key.pub", "rsa.pub.txt"),
    "hostkeys_ecdsa": ("ssh_host_ecdsa_key", "ecdsa.txt"),
    "hostkeys_ecdsa_pub": ("ssh_host_ecdsa_key.pub", "ecdsa.pub.txt"),
}


@dataclass(frozen=True)
class ClusterBucket:
    """The bucket and what machines find in it at their first boot."""

    name: str
    """Literal for an existing bucket, an expression for our own."""
    region: str
    """An expression for an existing bucket, literal for our own."""
    arn: str
    objects: tuple[Block, ...]


def add_bucket(stack: Stack, cluster: Cluster, files: ClusterFiles, account: Account) -> ClusterBucket:
    """Make or look up the bucket, and upload host keys and ``s3_uploads``."""
    bucket = cluster.bucket
    if bucket.ownership is Ownership.EXISTING:
        block = _existing(stack, bucket)
        arn: str = block.attribute("arn")
        region: str = block.attribute("region")
        safe: tuple[Block, ...] = ()
    else:
        name = template(bucket.name_prefix, "-", account.id)
        region = bucket.region
        block = stack.resource(
            "aws_s3_bucket", CLUSTER, region, bucket=name, tags=bucket.tags, lifecycle=_stays_in(region)
        )
        # Not the bucket's attribute: each change of its tags would then have Terraform plan its policies anew.
        arn = template("arn:", account.partition, ":s3:::", name)
        safe = _protections(stack, bucket, block, arn)
    objects = [*_host_keys(stack, cluster, files, block, safe), *_uploads(stack, cluster, files, block, safe)]
    return ClusterBucket(bucket.name or block.attribute("bucket"), region, arn, tuple(objects))


def _existing(stack: Stack, bucket: Bucket) -> Block:
    message = template(
        f"The bucket {bucket.name} is in ",
        Expr("${self.region}"),
        f", and not in {bucket.region}. Run tpa-tf lookup, or write terraform: home_region: ",
        Expr("${self.region}"),
        " in config.yml, and synthesize again.",
    )
    in_place = postcondition(f"self.region == {quoted(bucket.region)}", message)
    return stack.data(
        "aws_s3_bucket",
        CLUSTER,
        bucket.region,
        bucket=bucket.name,
        lifecycle={"postcondition": [in_place]} if bucket.region_is_known else None,
    )


def _stays_in(region: str) -> dict[str, object]:
    """S3 finds a bucket from any region; Terraform would go on with it from where it is not."""
    message = template(
        "The bucket of the cluster is in ",
        Expr("${self.region}"),
        f", the node with the lowest number is in {region} now, and a bucket can't move. Keep it where it is, with "
        "terraform: home_region: ",
        Expr("${self.region}"),
        " in config.yml.",
    )
    return {"postcondition": [postcondition(f"self.region == {quoted(region)}", message)]}


def _protections(stack: Stack, bucket: Bucket, block: Block, arn: str) -> tuple[Block, ...]:
    """Nobody outside the account, no ACLs, encrypted, TLS only. Nothing is uploaded before all of it is in place."""
    name = block.attribute("id")
    public = stack.resource(
        "aws_s3_bucket_public_access_block",
        CLUSTER,
        bucket.region,
        bucket=name,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    ownership = stack.resource(
        "aws_s3_bucket_ownership_controls",
        CLUSTER,
        bucket.region,
        bucket=name,
        rule={"object_ownership": "BucketOwnerEnforced"},
    )
    # S3's own key: with a KMS key the instance profile would need a grant that TPA's policy does not have.
    encryption = stack.resource(
        "aws_s3_bucket_server_side_encryption_configuration",
        CLUSTER,
        bucket.region,
        bucket=name,
        rule=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    )
    tls_only = stack.data(
        "aws_iam_policy_document",
        "bucket",
        bucket.region,
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
        bucket.region,
        bucket=name,
        policy=tls_only.attribute("json"),
        # S3 refuses two changes of a bucket's access at once.
        depends_on=[public],
    )
    return public, ownership, encryption, policy


def _host_keys(
    stack: Stack, cluster: Cluster, files: ClusterFiles, bucket: Block, safe: tuple[Block, ...]
) -> list[Block]:
    """The host keys of all machines, uploaded from their files: their content is in no state."""
    return [
        stack.resource(
            "aws_s3_object",
            name,
            cluster.bucket.region,
            bucket=bucket.attribute("bucket"),
            key=f"{cluster.name}/hostkeys/{key}",
            source=files.argument(f"hostkeys/{file}"),
            source_hash=Expr(f"${{filemd5({files.expression(f'hostkeys/{file}')})}}"),
            depends_on=safe,
        )
        for name, (file, key) in _HOST_KEYS.items()
    ]


def _uploads(
    stack: Stack, cluster: Cluster, files: ClusterFiles, bucket: Block, safe: tuple[Block, ...]
) -> list[Block]:
    """The files that ``s3_uploads`` matches when Terraform plans; two of one name would be one object: an error."""
    globs = cluster.bucket.uploads
    if not globs:
        return []
    lists = ", ".join(files.matching(glob) for glob in globs)
    return [
        stack.resource(
            "aws_s3_object",
            "uploads",
            cluster.bucket.region,
            bucket=bucket.attribute("bucket"),
            key=template(f"{cluster.name}/", Expr("${each.key}")),
            source=Expr("${each.value}"),
            source_hash=Expr("${filemd5(each.value)}"),
            overrides={"for_each": Expr(f"${{{{for file in distinct(concat({lists})) : basename(file) => file}}}}")},
            depends_on=safe,
        )
    ]
