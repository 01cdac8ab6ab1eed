"""The IAM policy of a cluster: what it holds each call to. That no call is missing is shown end to end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.golden.cases import cases
from tpa_tf.cli import cli
from tpa_tf.clusters import load
from tpa_tf.permissions import MANAGED_POLICY, deploy_policy, policy, remarks

CONFIG = """
architecture: M1
cluster_name: Speedy
cluster_tags: {Owner: Ada}
cluster_vars: {postgres_version: '16'}
ec2_vpc: {Name: speedy, cidr: 10.33.0.0/16}
ec2_ami: {Name: debian-12, Owner: '136693071363'}
ec2_instance_reachability: public
EXTRA
instances:
- Name: main
  node: 1
  region: eu-west-1
  subnet: 10.33.1.0/24
  type: t3.micro
  volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes}
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 16, encrypted: yes, KEY}
"""

ENDS_A_DATABASE = {
    "ec2:DeleteVolume",
    "ec2:DetachVolume",
    "ec2:ModifyVolume",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
}


def statements(directory: Path, extra: str = "", key: str = "vars: {}", region: str = "eu-west-1") -> dict[str, Any]:
    text = CONFIG.replace("EXTRA", extra).replace("KEY", key).replace("eu-west-1", region)
    (directory / "config.yml").write_text(text)
    loaded = load(directory)
    assert loaded.checked, loaded.report.findings
    return {each["Sid"]: each for each in policy(*loaded.checked)["Statement"]}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_policy_is_one_that_iam_takes(case: Any) -> None:
    checked = load(case.cluster).checked
    assert checked
    document = policy(*checked)
    assert set(document) == {"Version", "Statement"}
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    for statement in document["Statement"]:
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in statement["Action"])
        assert statement["Resource"]
        assert all(re.fullmatch(r"\*|arn:aws(-cn)?:[a-z0-9]+:[^:]*:[^:]*:.+", each) for each in statement["Resource"])
    assert policy(*checked) == document


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_could_end_a_database_is_granted_on_the_clusters_own_things_only(case: Any) -> None:
    checked = load(case.cluster).checked
    assert checked
    cluster = checked[0]
    regions = {region.name for region in cluster.regions if region.vpc}
    found = set()
    for statement in policy(*checked)["Statement"]:
        if dangerous := ENDS_A_DATABASE & set(statement["Action"]):
            found |= dangerous
            equals = statement["Condition"]["StringEquals"]
            tags = {value for name, value in equals.items() if name.startswith("aws:ResourceTag/")}
            assert tags == {cluster.name}
            assert set(equals["aws:RequestedRegion"]) == regions
    assert "ec2:TerminateInstances" in found


def test_tag_of_a_cluster_on_a_volume_can_not_be_taken_from_it(tmp_path: Path) -> None:
    condition = statements(tmp_path)["TagRoot"]["Condition"]
    assert condition["Null"] == {"aws:ResourceTag/Cluster": "true", "aws:ResourceTag/CreatingCluster": "true"}


def test_what_the_cluster_has_made_can_be_removed_by_an_edit_that_takes_the_last_of_its_kind_away(
    tmp_path: Path,
) -> None:
    everything = {action for action in statements(tmp_path)["Own"]["Action"] if action != "ec2:CreateTags"}
    assert "ec2:DeleteVpc" in everything
    existing = tmp_path / "existing"
    existing.mkdir()
    vpc = "ec2_vpc: {Name: speedy, cidr: 10.33.0.0/16}"
    (existing / "config.yml").write_text(
        CONFIG.replace(vpc, "ec2_vpc: {Name: speedy}").replace("EXTRA", "ec2_key_name: ''").replace("KEY", "vars: {}")
    )
    checked = load(existing).checked
    assert checked
    found = {each["Sid"]: each for each in policy(*checked)["Statement"]}
    assert everything <= set(found["Own"]["Action"])
    assert not {"ec2:CreateVpc", "ec2:ImportKeyPair"} & set(found["Create"]["Action"])


def test_instance_gets_other_groups_and_another_profile_in_place(tmp_path: Path) -> None:
    found = statements(tmp_path)
    assert "ec2:DescribeIamInstanceProfileAssociations" in found["Read"]["Action"]
    for action in ("AssociateIamInstanceProfile", "DisassociateIamInstanceProfile", "ModifyNetworkInterfaceAttribute"):
        assert f"ec2:{action}" in found["Instances"]["Action"]
    assert "ec2:ModifyNetworkInterfaceAttribute" in found["Beside"]["Action"]
    kinds = {arn.rpartition(":")[2] for arn in found["Beside"]["Resource"]}
    assert kinds == {"network-interface/*", "security-group/*", "security-group-rule/*", "snapshot/*", "vpc/*"}


def test_rules_of_a_group_get_the_providers_own_tags_where_it_has_any(tmp_path: Path) -> None:
    rules = {f"AuthorizeSecurityGroup{side}" for side in ("Egress", "Ingress")}
    without = statements(tmp_path)
    assert not rules & set(without["TagNew"]["Condition"]["StringEquals"]["ec2:CreateAction"])
    assert "TagRules" not in without
    tagged = statements(tmp_path, "terraform: {provider: {default_tags: [{tags: {a: b}}]}}")
    assert rules <= set(tagged["TagNew"]["Condition"]["StringEquals"]["ec2:CreateAction"])
    assert tagged["TagRules"]["Resource"] == ["arn:aws:ec2:*:*:security-group-rule/*"]


def test_nothing_but_rules_is_tagged_beside(tmp_path: Path) -> None:
    tagged = statements(tmp_path, "terraform: {provider: {default_tags: [{tags: {a: b}}]}}")
    assert not {"ec2:CreateTags", "ec2:DeleteTags"} & set(tagged["Beside"]["Action"])


def test_role_is_passed_to_ec2_alone(tmp_path: Path) -> None:
    own = statements(tmp_path)["PassRole"]
    assert own["Resource"] == ["arn:aws:iam::*:role/Speedy_profile"]
    assert own["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    there = statements(tmp_path, "instance_profile_name: team")
    assert there["PassRole"]["Resource"] == ["arn:aws:iam::*:role/*"]
    assert there["Profile"]["Action"] == ["iam:GetInstanceProfile"]
    assert "Role" not in there
    assert not {"PassRole", "Profile"} & set(statements(tmp_path, "cluster_profile: ''"))


@pytest.mark.parametrize(
    ("region", "partition", "service"),
    [
        ("eu-west-1", "aws", "ec2.amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "ec2.amazonaws.com"),
        ("cn-north-1", "aws-cn", "ec2.amazonaws.com.cn"),
    ],
)
def test_arns_are_of_the_regions_partition(tmp_path: Path, region: str, partition: str, service: str) -> None:
    found = statements(tmp_path, region=region)
    arns = [arn for each in found.values() for arn in each["Resource"] if arn != "*"]
    assert {arn.split(":")[1] for arn in arns} == {partition}
    assert found["PassRole"]["Condition"]["StringEquals"]["iam:PassedToService"] == service


def test_bucket_of_the_cluster_is_made_and_a_named_one_only_used(tmp_path: Path) -> None:
    own = statements(tmp_path)
    assert "s3:CreateBucket" in own["Bucket"]["Action"]
    (bucket,) = own["Bucket"]["Resource"]
    assert re.fullmatch(r"arn:aws:s3:::tpa-speedy-[0-9a-f]{8}-\*", bucket)
    assert own["Objects"]["Resource"] == [f"{bucket}/Speedy/*"]
    named = statements(tmp_path, "cluster_bucket: team-bucket")
    reading = ["s3:GetBucketLocation", "s3:GetBucketWebsite", "s3:ListBucket", "s3:ListBucketVersions"]
    assert named["Bucket"]["Action"] == reading
    removing = [{"s3:DeleteObjectVersion"} & set(each["Objects"]["Action"]) for each in (own, named)]
    assert removing == [set(), {"s3:DeleteObjectVersion"}]
    assert named["Objects"]["Resource"] == ["arn:aws:s3:::team-bucket/Speedy/*"]
    tagged = statements(tmp_path, "terraform: {provider: {default_tags: [{tags: {a: b}}]}}")
    assert "s3:PutObjectTagging" in tagged["Objects"]["Action"]


@pytest.mark.parametrize(
    ("key", "sid", "resource"),
    [
        ("alias/disks", "KeysByAlias", "arn:aws:kms:*:*:key/*"),
        ("11111111-2222-3333-4444-555555555555", "Keys", "arn:aws:kms:*:*:key/11111111-2222-3333-4444-555555555555"),
        ("arn:aws:kms:eu-west-1:1:key/ab", "Keys", "arn:aws:kms:eu-west-1:1:key/ab"),
        ("arn:aws:kms:eu-west-1:1:alias/disks", "KeysByAlias", "arn:aws:kms:*:*:key/*"),
    ],
)
def test_disk_with_a_key_of_its_own_grants_that_key(tmp_path: Path, key: str, sid: str, resource: str) -> None:
    found = statements(tmp_path, key=f"kms_key_id: '{key}'")
    assert found[sid]["Resource"] == [resource]
    grants = found[sid.replace("Keys", "KeyGrants")]
    assert grants["Action"] == ["kms:CreateGrant"]
    assert grants["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    if sid == "KeysByAlias":
        assert grants["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": ["alias/disks"]}
    assert not any(each.startswith("Key") for each in statements(tmp_path))


def test_state_in_s3_is_covered(tmp_path: Path) -> None:
    backend = "terraform: {backend: {type: s3, bucket: states, key: a/b.tfstate, region: eu-west-1, SETTING}}"
    plain = statements(tmp_path, backend.replace("SETTING", "encrypt: yes"))
    assert plain["StateBucket"]["Resource"] == ["arn:aws:s3:::states"]
    assert plain["State"]["Resource"] == ["arn:aws:s3:::states/a/b.tfstate"]
    assert not {"StateLock", "StateTable", "StateKey"} & set(plain)
    locked = statements(tmp_path, backend.replace("SETTING", "use_lockfile: yes"))
    assert locked["StateLock"]["Resource"] == ["arn:aws:s3:::states/a/b.tfstate.tflock"]
    table = statements(tmp_path, backend.replace("SETTING", "dynamodb_table: locks"))
    assert table["StateTable"]["Resource"] == ["arn:aws:dynamodb:*:*:table/locks"]
    encrypted = statements(tmp_path, backend.replace("SETTING", "kms_key_id: abc"))
    assert encrypted["StateKey"]["Resource"] == ["arn:aws:kms:*:*:key/abc"]
    role = "arn:aws:iam::123456789012:role/states"
    assumed = statements(tmp_path, backend.replace("SETTING", f"assume_role: {{role_arn: '{role}'}}"))
    assert assumed["StateRole"]["Resource"] == [role]
    assert "State" not in assumed


def test_long_policy_is_remarked_upon() -> None:
    def document(length: int) -> dict[str, Any]:
        empty = len("".join(json.dumps({"Version": ""}).split()))
        return {"Version": "x" * (length - empty)}

    assert remarks(document(MANAGED_POLICY)) == []
    assert "6145" in remarks(document(MANAGED_POLICY + 1))[0]


def test_command_prints_the_policy_alone(tmp_path: Path) -> None:
    expected = statements(tmp_path)
    result = CliRunner().invoke(cli, ["permissions", str(tmp_path)])
    assert result.exit_code == 0
    assert {each["Sid"]: each for each in json.loads(result.stdout)["Statement"]} == expected


def test_account_is_named_where_it_is_recorded() -> None:
    case = Path(__file__).parents[1] / "golden" / "lookup-existing-vpc"
    account = json.loads((case / "tpa-tf.lookup.json").read_text())["account"]
    result = CliRunner().invoke(cli, ["permissions", str(case)])
    document = json.loads(result.stdout)
    arns = [arn for each in document["Statement"] for arn in each["Resource"] if arn.startswith("arn:aws:ec2")]
    assert arns
    assert all(arn.split(":")[4] == account for arn in arns if "snapshot" not in arn), "snapshots have none"
    own = {action for each in document["Statement"] for action in each["Action"]}
    assert "ec2:CreateVpc" not in own, "the VPC exists"


def test_config_at_fault_has_no_policy(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("cluster_name: x\n")
    result = CliRunner().invoke(cli, ["permissions", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[" in result.stderr


def test_volumes_leave_snapshots(tmp_path: Path) -> None:
    found = statements(tmp_path)
    assert "ec2:CreateSnapshot" in found["Own"]["Action"]
    assert "ec2:CreateSnapshot" in found["Beside"]["Action"]
    assert "arn:aws:ec2:*::snapshot/*" in found["Beside"]["Resource"], "the ARN of a snapshot has no account"
    assert "CreateSnapshot" in found["TagNew"]["Condition"]["StringEquals"]["ec2:CreateAction"]
    assert "ec2:DeleteSnapshot" not in str(found)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_deploy_reads_the_instances_of_the_cluster_s_regions_and_nothing_else(case: Any) -> None:
    checked = load(case.cluster).checked
    assert checked
    regions = {instance.region for instance in checked[0].instances}
    (statement,) = deploy_policy(*checked)["Statement"]
    assert set(statement["Condition"]["StringEquals"].pop("aws:RequestedRegion")) == regions
    assert statement == {
        "Sid": "Deploy",
        "Effect": "Allow",
        "Action": ["ec2:DescribeInstanceStatus", "ec2:DescribeInstances"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {}},
    }


def test_command_prints_the_policy_that_it_is_asked_for(tmp_path: Path) -> None:
    statements(tmp_path)

    def printed(*arguments: str) -> Any:
        result = CliRunner().invoke(cli, ["permissions", str(tmp_path), *arguments])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    checked = load(tmp_path).checked
    assert checked
    assert printed() == printed("--for", "terraform") == policy(*checked)
    assert printed("--for", "deploy") == deploy_policy(*checked)
    assert CliRunner().invoke(cli, ["permissions", str(tmp_path), "--for", "tpa"]).exit_code == 2
