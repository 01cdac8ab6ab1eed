"""The cluster's S3 bucket, its settings, and what is in it."""

from __future__ import annotations

from tpa_tf.limits.names import BUCKET
from tpa_tf.terraform.resource_type import Actions, Claim, NameRule, ResourceType

S3_BUCKET = ResourceType(
    "aws_s3_bucket",
    "bucket",
    used=True,
    replaces="bucket",
    computed="bucket",
    # In 6, region is where Terraform looks for it: https://github.com/hashicorp/terraform-provider-aws/issues/42014
    renamed={"region": "bucket_region"},
    everywhere=True,
    claims=(Claim(("bucket",), all_regions=True),),
    import_id="{bucket}",
    names=(NameRule("bucket", BUCKET),),
    actions=Actions(
        "s3",
        arn="bucket",
        create="CreateBucket",
        read="GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging "
        "GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging "
        "GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration "
        "GetReplicationConfiguration ListBucket",
        delete="DeleteBucket",
        tag="PutBucketTagging",
    ),
    address=("cluster",),
    existing=("data.aws_s3_bucket.cluster",),
)

S3_BUCKET_OWNERSHIP_CONTROLS = ResourceType(
    "aws_s3_bucket_ownership_controls",
    "bucket's ownership controls",
    secures="bucket",
    in_place="rule",
    replaces="bucket",
    tagged=False,
    everywhere=True,
    claims=(Claim(("bucket",), all_regions=True),),
    import_id="{bucket}",
    actions=Actions(
        "s3",
        part_of="bucket",
        create="PutBucketOwnershipControls",
        read="GetBucketOwnershipControls",
        change="PutBucketOwnershipControls",
        delete="PutBucketOwnershipControls",
    ),
    address=("cluster",),
)

S3_BUCKET_POLICY = ResourceType(
    "aws_s3_bucket_policy",
    "bucket's policy",
    secures="bucket",
    in_place="policy",
    opaque="policy",
    replaces="bucket",
    tagged=False,
    everywhere=True,
    claims=(Claim(("bucket",), all_regions=True),),
    import_id="{bucket}",
    actions=Actions(
        "s3",
        part_of="bucket",
        create="PutBucketPolicy",
        read="GetBucketPolicy",
        change="PutBucketPolicy",
        delete="DeleteBucketPolicy",
    ),
    address=("cluster",),
)

S3_BUCKET_PUBLIC_ACCESS_BLOCK = ResourceType(
    "aws_s3_bucket_public_access_block",
    "bucket's public access block",
    secures="bucket",
    in_place="block_public_acls block_public_policy ignore_public_acls restrict_public_buckets",
    replaces="bucket",
    tagged=False,
    everywhere=True,
    claims=(Claim(("bucket",), all_regions=True),),
    import_id="{bucket}",
    actions=Actions(
        "s3",
        part_of="bucket",
        create="PutBucketPublicAccessBlock",
        read="GetBucketPublicAccessBlock",
        change="PutBucketPublicAccessBlock",
        delete="PutBucketPublicAccessBlock",
    ),
    address=("cluster",),
)

S3_BUCKET_ENCRYPTION = ResourceType(
    "aws_s3_bucket_server_side_encryption_configuration",
    "bucket's encryption",
    secures="bucket",
    in_place="rule",
    replaces="bucket",
    tagged=False,
    everywhere=True,
    claims=(Claim(("bucket",), all_regions=True),),
    import_id="{bucket}",
    actions=Actions(
        "s3",
        part_of="bucket",
        create="PutEncryptionConfiguration",
        read="GetEncryptionConfiguration",
        change="PutEncryptionConfiguration",
        delete="PutEncryptionConfiguration",
    ),
    address=("cluster",),
)

S3_OBJECT = ResourceType(
    "aws_s3_object",
    "object in the bucket",
    expendable=True,
    in_place="force_destroy override_provider source source_hash",
    replaces="bucket key",
    everywhere=True,
    claims=(Claim(("key",), within=("bucket",)),),
    import_id="{bucket}/{key}",
    actions=Actions(
        "s3",
        arn="object",
        create="PutObject",
        read="GetObject GetObjectTagging",
        change="PutObject",
        delete="DeleteObject",
        tag="DeleteObjectTagging PutObjectTagging",
    ),
    address=("hostkeys_rsa", "hostkeys_rsa_pub", "hostkeys_ecdsa", "hostkeys_ecdsa_pub", "uploads"),
)
