"""Key pairs, and the role that instances have."""

from __future__ import annotations

from tpa_tf.limits import names
from tpa_tf.terraform.resource_type import Actions, Claim, NameRule, ResourceType

KEY_PAIR = ResourceType(
    "aws_key_pair",
    "key pair",
    used=True,
    replaces="key_name public_key",
    opaque="public_key",
    computed="key_name",
    claims=(Claim(("key_name",)),),
    import_id="{key_name}",
    names=(NameRule("key_name", names.KEY_PAIR),),
    actions=Actions(
        "ec2",
        arn="key-pair",
        create="ImportKeyPair",
        read="DescribeKeyPairs",
        delete="DeleteKeyPair",
        tag="CreateTags DeleteTags",
    ),
    address=("<region>",),
)

IAM_ROLE = ResourceType(
    "aws_iam_role",
    "role",
    used=True,
    in_place="assume_role_policy",
    opaque="assume_role_policy",
    replaces="name",
    computed="name",
    everywhere=True,
    claims=(Claim(("name",), any_case=True),),
    import_id="{name}",
    names=(NameRule("name", names.ROLE),),
    actions=Actions(
        "iam",
        arn="role",
        create="CreateRole",
        read="GetRole ListAttachedRolePolicies ListRolePolicies",
        change="UpdateAssumeRolePolicy",
        # Before it deletes a role, the provider takes it out of every instance profile.
        delete="DeleteRole ListInstanceProfilesForRole",
        tag="TagRole UntagRole",
    ),
    address=("cluster",),
)

IAM_ROLE_POLICY = ResourceType(
    "aws_iam_role_policy",
    "role policy",
    used=True,
    in_place="policy",
    opaque="policy",
    replaces="name role",
    computed="name",
    tagged=False,
    everywhere=True,
    claims=(Claim(("name",), within=("role",), any_case=True),),
    import_id="{role}:{name}",
    names=(NameRule("name", names.ROLE_POLICY),),
    actions=Actions(
        "iam",
        part_of="role",
        create="PutRolePolicy",
        read="GetRolePolicy",
        change="PutRolePolicy",
        delete="DeleteRolePolicy",
    ),
    address=("cluster",),
)

IAM_INSTANCE_PROFILE = ResourceType(
    "aws_iam_instance_profile",
    "instance profile",
    used=True,
    in_place="role",
    replaces="name",
    computed="name",
    everywhere=True,
    claims=(Claim(("name",), any_case=True),),
    import_id="{name}",
    names=(NameRule("name", names.INSTANCE_PROFILE),),
    actions=Actions(
        "iam",
        arn="instance-profile",
        create="AddRoleToInstanceProfile CreateInstanceProfile",
        read="GetInstanceProfile",
        change="AddRoleToInstanceProfile RemoveRoleFromInstanceProfile",
        delete="DeleteInstanceProfile RemoveRoleFromInstanceProfile",
        tag="TagInstanceProfile UntagInstanceProfile",
    ),
    address=("cluster",),
)
