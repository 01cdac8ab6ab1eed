"""The forecast of edits; tests/e2e/test_mutations.py holds it against plans."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.configs import REMOVED, SOUND, edited, load_edited
from tests.support.forecasts import compare
from tests.support.plans import plan, resource
from tests.support.records import in_region, nothing_found
from tpa_tf.changes.effects import Effect, Row
from tpa_tf.cli import cli
from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import load, load_with
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.volumes import FoundVolume


def cluster(directory: Path, edits: Mapping[str, Any]) -> Cluster:
    directory.mkdir()
    loaded = load_edited(directory, edits)
    assert loaded.cluster, loaded.report.findings
    return loaded.cluster


def forecast(tmp_path: Path, edits: Mapping[str, Any], start: Mapping[str, Any] | None = None) -> dict[str, Row]:
    rows, _ = compare(cluster(tmp_path / "old", start or {}), cluster(tmp_path / "new", {**(start or {}), **edits}))
    assert sorted(rows, key=lambda row: -row.effect.severity) == list(rows)
    return {row.address: row for row in rows}


DATA = {"volumes": [{"device_name": "/dev/sdf", "volume_type": "gp3", "volume_size": 16}]}
STORE = [{"device_name": "/dev/sdb", "ephemeral": "ephemeral0", "vars": {"volume_for": "postgres_data"}}]


TWO_REGIONS = {
    "eu-west-1": {"Name": "a", "cidr": "10.33.0.0/16"},
    "us-east-1": {"Name": "b", "cidr": "10.34.0.0/16"},
}


def test_no_edit_no_row(tmp_path: Path) -> None:
    assert forecast(tmp_path, {}) == {}


@pytest.mark.parametrize(("old", "new"), [(1, 6000), (6000, 7000), (6000, 1)], ids=["larger", "both large", "smaller"])
def test_first_boot_script_changes_no_running_machine_be_it_compressed_or_not(
    tmp_path: Path, old: int, new: int
) -> None:
    rows = forecast(tmp_path, {"extra_user_data": "# x\n" * new}, {"extra_user_data": "# x\n" * old})
    assert {address: (row.effect, row.why) for address, row in rows.items()} == {
        f"aws_instance.{name}": (Effect.NO_CHANGE, "first-boot script: when the instance is next replaced.")
        for name in ("one", "two")
    }


def test_removed_node(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[1]": REMOVED})
    instance, volume = rows["aws_instance.two"], rows["aws_ebs_volume.two_sdf"]
    assert (instance.effect, instance.subject.instance) == (Effect.DESTROYS_INSTANCE, "two")
    assert instance.subject.role[0] == "replica"
    assert instance.remedy == "Take the instance out of the Postgres cluster first."
    assert (volume.effect, volume.remedy) == (Effect.LOSES_DATA, "Make a backup or a snapshot first.")
    assert rows["aws_volume_attachment.two_sdf"].effect is Effect.DESTROY


def test_renamed_node_is_recognised_by_its_number(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[1].Name": "zwei"})
    assert "terraform: moved: {two: zwei}" in rows["aws_instance.two"].remedy
    assert "terraform: moved: {two: zwei}" in rows["aws_ebs_volume.two_sdf"].remedy
    assert rows["aws_instance.zwei"].effect is Effect.CREATE


def test_renamed_node_with_a_note_keeps_everything(tmp_path: Path) -> None:
    start = {"instances[1].assign_elastic_ip": True, "instances[1].role": ["replica", "witness"]}
    rows = forecast(tmp_path, {"instances[1].Name": "zwei", "terraform": {"moved": {"two": "zwei"}}}, start)
    assert {address: row.effect for address, row in rows.items()} == {
        "aws_instance.zwei": Effect.IN_PLACE,
        "aws_eip.zwei": Effect.IN_PLACE,
        "aws_ebs_volume.zwei_sdf": Effect.NO_CHANGE,
        "aws_eip_association.zwei": Effect.NO_CHANGE,
        "aws_volume_attachment.zwei_sdf": Effect.NO_CHANGE,
    }
    assert rows["aws_ebs_volume.zwei_sdf"].why == "It was aws_ebs_volume.two_sdf."


def test_rename_after_a_rename(tmp_path: Path) -> None:
    """The note of the first is spent; that of the second is read from where the first one led to."""
    start = {"instances[1].Name": "zwei", "terraform.moved": {"two": "zwei"}}
    rows = forecast(tmp_path, {"instances[1].Name": "deux", "terraform.moved": {"zwei": "deux"}}, start)
    assert {address: row.effect for address, row in rows.items()} == {
        "aws_instance.deux": Effect.IN_PLACE,
        "aws_ebs_volume.deux_sdf": Effect.NO_CHANGE,
        "aws_volume_attachment.deux_sdf": Effect.NO_CHANGE,
    }


def test_replaced_machine_says_what_stays(tmp_path: Path) -> None:
    row = forecast(tmp_path, {"instances[0].private_ip": "10.33.1.77"})["aws_instance.one"]
    assert row.effect is Effect.REPLACES_INSTANCE
    assert row.why.startswith("private_ip unset → 10.33.1.77. AWS can only replace the instance. ")
    assert "/dev/sdf" in row.remedy
    assert "root volume is lost" in row.remedy


def test_machine_whose_data_is_on_its_root_volume(tmp_path: Path) -> None:
    start = {"instances[0].volumes": SOUND["instances"][0]["volumes"][:1]}
    row = forecast(tmp_path, {"instances[0].private_ip": "10.33.1.77"}, start)["aws_instance.one"]
    assert (row.effect, row.remedy) == (Effect.LOSES_DATA, "Move the data first: its data is on the root volume.")


def test_machine_without_data_may_go(tmp_path: Path) -> None:
    start = {"instances[1].volumes": [], "instances[1].role": ["pgbouncer"]}
    assert forecast(tmp_path, {"instances[1]": REMOVED}, start)["aws_instance.two"].effect is Effect.DESTROYS_INSTANCE


def test_stop_empties_instance_store(tmp_path: Path) -> None:
    start = {"instances[0].type": "m5d.large", "instances[0].volumes": [*SOUND["instances"][0]["volumes"], *STORE]}
    row = forecast(tmp_path, {"instances[0].type": "m5d.xlarge"}, start)["aws_instance.one"]
    assert row.effect is Effect.LOSES_DATA


def test_smaller_disks(tmp_path: Path) -> None:
    edits = {"instances[0].volumes[0].volume_size": 10, "instances[0].volumes[1].volume_size": 8}
    rows = forecast(tmp_path, edits)
    for address in ("aws_instance.one", "aws_ebs_volume.one_sdf"):
        assert rows[address].effect is Effect.FAILS_IN_APPLY
        assert rows[address].actions == ("update",), "the plan goes through, the apply fails"
        assert "AWS can't make a volume smaller" in rows[address].why


def test_detached_from_a_machine_that_stays(tmp_path: Path) -> None:
    """The provider stops it, and nobody starts it again."""
    rows = forecast(tmp_path, {"instances[0].volumes[1]": REMOVED})
    attachment = rows["aws_volume_attachment.one_sdf"]
    assert attachment.effect is Effect.STOPS
    assert attachment.why.endswith("Detaching the volume stops the instance. Nothing starts it again.")
    assert "Start it afterwards: aws ec2 start-instances." in attachment.remedy
    assert "aws ec2 detach-volume, and plan again" in attachment.remedy


def test_detaching_empties_instance_store(tmp_path: Path) -> None:
    volumes = SOUND["instances"][0]["volumes"]
    start = {"instances[0].type": "m5d.large", "instances[0].volumes": [*volumes, *STORE]}
    row = forecast(tmp_path, {"instances[0].volumes": [volumes[0], *STORE]}, start)["aws_volume_attachment.one_sdf"]
    assert row.effect is Effect.LOSES_DATA
    assert "which empties its instance store" in row.why


def test_new_subnet_in_a_zone_that_aws_chooses_may_strand_the_machine(tmp_path: Path) -> None:
    """Its disks can't follow into another zone, and the apply notices when the machine is gone."""
    rows = forecast(tmp_path, {"instances[0].subnet": "10.33.9.0/24"})
    instance, volume = rows["aws_instance.one"], rows["aws_ebs_volume.one_sdf"]
    assert (instance.effect, instance.actions) == (Effect.DESTROYS_INSTANCE, ("delete", "create"))
    assert "The plan can't tell in which zone" in instance.why
    assert "the apply fails when the old instance is gone" in instance.why
    assert instance.remedy == volume.remedy == "Name the zone of the new subnet (az): the one that the volumes are in."
    assert (volume.effect, volume.actions) == (Effect.DEPENDS, ())


def test_new_subnet_of_a_machine_without_disks_strands_nothing(tmp_path: Path) -> None:
    start = {"instances[0].volumes": [], "instances[0].role": ["pgbouncer"]}
    row = forecast(tmp_path, {"instances[0].subnet": "10.33.9.0/24"}, start)["aws_instance.one"]
    assert row.effect is Effect.REPLACES_INSTANCE


def test_subnet_whose_zone_the_plan_will_know_depends_on_aws(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[0].subnet": "10.33.2.0/24"}, {"locations": REMOVED})
    assert rows["aws_instance.one"].effect is Effect.REPLACES_INSTANCE
    disk = rows["aws_ebs_volume.one_sdf"]
    assert (disk.effect, disk.actions) == (Effect.DEPENDS, ())
    assert "The plan fails unless availability_zone is" in disk.why


def test_new_subnet_in_a_zone_that_is_named(tmp_path: Path) -> None:
    zones = {"10.33.1.0/24": {"az": "eu-west-1a"}, "10.33.9.0/24": {"az": "eu-west-1a"}}
    start = {"ec2_vpc_subnets": {"eu-west-1": zones}}
    rows = forecast(tmp_path, {"instances[0].subnet": "10.33.9.0/24"}, start)
    assert rows["aws_instance.one"].effect is Effect.REPLACES_INSTANCE
    assert "aws_ebs_volume.one_sdf" not in rows


def test_respelled_device_detaches_nothing(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[0].volumes[1].device_name": "sdf"})
    assert {address: row.effect for address, row in rows.items()} == {"aws_ebs_volume.one_sdf": Effect.IN_PLACE}


def test_disk_at_another_device_of_its_node_is_recognised(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[0].volumes[1].device_name": "/dev/xvdf"})
    row = rows["aws_ebs_volume.one_sdf"]
    assert row.effect is Effect.LOSES_DATA
    assert row.remedy == (
        "If it is the volume that is now /dev/xvdf, say so before the plan: "
        "terraform state mv aws_ebs_volume.one_sdf aws_ebs_volume.one_xvdf; "
        "terraform state mv aws_volume_attachment.one_sdf aws_volume_attachment.one_xvdf"
    )


@pytest.mark.parametrize(("key", "value"), [("volume_size", 17), ("vars", {"volume_for": "postgres_wal"})])
def test_disk_of_another_size_or_use_is_another_one(tmp_path: Path, key: str, value: Any) -> None:
    other = {**SOUND["instances"][0]["volumes"][1], "device_name": "/dev/xvdf", key: value}
    rows = forecast(tmp_path, {"instances[0].volumes[1]": other})
    assert rows["aws_ebs_volume.one_sdf"].remedy == "Make a backup or a snapshot first."


def test_disk_of_a_renamed_node_is_recognised_too(tmp_path: Path) -> None:
    edits = {"instances[1].Name": "zwei", "instances[1].volumes[1].device_name": "/dev/xvdf"}
    rows = forecast(tmp_path, {**edits, "terraform": {"moved": {"two": "zwei"}}})
    assert "aws_ebs_volume.two_sdf aws_ebs_volume.zwei_xvdf" in rows["aws_ebs_volume.two_sdf"].remedy


def test_what_was_to_be_kept_goes_with_its_node(tmp_path: Path) -> None:
    start = {"instances[1].termination_protection": True, "instances[1].volumes[1].delete_on_termination": False}
    rows = forecast(tmp_path, {"instances[1]": REMOVED}, start)
    assert rows["aws_instance.two"].why.endswith(" It was protected (termination_protection: yes).")
    assert "It was to be kept (delete_on_termination: no" in rows["aws_ebs_volume.two_sdf"].why
    assert "It was" not in rows["aws_subnet.eu_west_1_10_33_2_0_24"].why


def test_root_volume_that_the_config_leaves_to_aws_stays_as_it_is(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[0].volumes[0]": REMOVED})
    assert {address: row.effect for address, row in rows.items()} == {"aws_instance.one": Effect.NO_CHANGE}
    assert rows["aws_instance.one"].why == (
        "It keeps root_block_device.iops, root_block_device.throughput, root_block_device.volume_size, "
        "root_block_device.volume_type: what is left out stays as it is."
    )


def test_root_volume_that_was_to_be_kept(tmp_path: Path) -> None:
    start = {"instances[0].volumes[0].delete_on_termination": False}
    rows = forecast(tmp_path, {"instances[0].volumes[0]": REMOVED}, start)
    assert {address: row.actions for address, row in rows.items()} == {"aws_instance.one": ("update",)}


def test_encryption_key(tmp_path: Path) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1-2"
    path = "instances[0].volumes[1].kms_key_id"
    rows = forecast(tmp_path, {path: key})
    assert rows["aws_ebs_volume.one_sdf"].effect is Effect.FAILS_IN_PLAN
    assert f"kms_key_id unset → {key}" in rows["aws_ebs_volume.one_sdf"].why


def test_alias_of_a_key_depends_on_aws(tmp_path: Path) -> None:
    path = "instances[0].volumes[1].kms_key_id"
    rows = forecast(tmp_path, {path: "alias/new"}, {path: "alias/old"})
    assert rows["aws_ebs_volume.one_sdf"].effect is Effect.DEPENDS


def test_vpc_by_other_means_depends_on_aws(tmp_path: Path) -> None:
    start = {"ec2_vpc": {"Name": "team"}}
    rows = forecast(tmp_path, {"ec2_vpc": {"filters": {"vpc-id": "vpc-0abc"}}}, start)
    assert rows.keys() == {"data.aws_vpc.eu_west_1"}
    assert rows["data.aws_vpc.eu_west_1"].effect is Effect.DEPENDS


def test_vpc_that_this_cluster_made_and_that_is_now_said_to_exist(tmp_path: Path) -> None:
    start = {"instances[0].termination_protection": True}
    rows = forecast(tmp_path, {"ec2_vpc": {"filters": {"tag:Name": "speedy"}}}, start)
    machines = {address for address in rows if address.partition(".")[0] in ("aws_instance", "aws_security_group")}
    assert machines == set(), "Terraform finds the VPC that they are in"
    vpc = rows["aws_vpc.eu_west_1"]
    assert (vpc.effect, vpc.actions) == (Effect.FORGET, ("forget",))
    assert vpc.why == "This cluster made it, and the config now says that it exists. It stays in AWS."
    assert rows["data.aws_vpc.eu_west_1"].effect is Effect.DEPENDS
    assert {address for address, row in rows.items() if row.effect is Effect.FORGET} == {
        "aws_vpc.eu_west_1",
        "aws_internet_gateway.eu_west_1",
        *(f"aws_subnet.eu_west_1_10_33_{number}_0_24" for number in (1, 2)),
        *(f"aws_route_table_association.eu_west_1_10_33_{number}_0_24" for number in (1, 2)),
    }


@pytest.mark.parametrize(
    ("name", "objects"),
    [("{prefix}-123456789012", set()), ("{prefix}", {Effect.REPLACE}), ("ours", {Effect.REPLACE})],
)
def test_bucket_that_exists_instead_of_the_one_made(tmp_path: Path, name: str, objects: set[Effect]) -> None:
    prefix = cluster(tmp_path / "any", {}).bucket.name_prefix
    rows = forecast(tmp_path, {"cluster_bucket": name.format(prefix=prefix)})
    assert rows["aws_s3_bucket.cluster"].effect is Effect.FORGET
    assert rows["aws_s3_bucket_policy.cluster"].effect is Effect.FORGET
    assert {row.effect for address, row in rows.items() if address.partition(".")[0] == "aws_s3_object"} == objects


def test_another_vpc_means_other_machines(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"ec2_vpc": {"Name": "other"}}, {"ec2_vpc": {"Name": "team"}})
    assert rows["aws_instance.one"].effect is Effect.REPLACES_INSTANCE
    assert "follows aws_security_group.eu_west_1, data.aws_subnet.eu_west_1_10_33_1" in rows["aws_instance.one"].why
    assert rows["aws_security_group.eu_west_1"].effect is Effect.REPLACE, "no machine is left in it by then"


def test_other_region_under_the_same_name(tmp_path: Path) -> None:
    start = {"ec2_vpc": TWO_REGIONS}
    edits = {"instances[1].region": "us-east-1", "instances[1].subnet": "10.34.1.0/24"}
    rows = forecast(tmp_path, edits, start)
    for address in ("aws_instance.two", "aws_ebs_volume.two_sdf"):
        assert (rows[address].effect, rows[address].actions) == (Effect.LOSES_DATA, ("create",))
        assert "The old one stays, forgotten." in rows[address].why
        assert "another name and node" in rows[address].remedy
    assert rows["aws_volume_attachment.two_sdf"].effect is Effect.REPLACE


def test_bucket_stays_in_its_region(tmp_path: Path) -> None:
    start = {
        "ec2_vpc": TWO_REGIONS,
        "instances[1].region": "us-east-1",
        "instances[1].subnet": "10.34.1.0/24",
    }
    without_the_lowest = {"instances[0]": REMOVED}
    old, new = cluster(tmp_path / "old", start), cluster(tmp_path / "new", {**start, **without_the_lowest})
    rows = {row.address: row for row in compare(old, new)[0]}
    assert rows["aws_s3_bucket.cluster"].effect is Effect.FAILS_IN_PLAN
    assert rows["aws_s3_bucket.cluster"].remedy == "Keep it where it is: terraform: home_region: eu-west-1"
    said = {**start, **without_the_lowest, "terraform": {"home_region": "eu-west-1"}}
    rows = {row.address: row for row in compare(old, cluster(tmp_path / "said", said))[0]}
    assert not [address for address in rows if address.startswith("aws_s3_")]


def test_existing_bucket_that_nobody_knows_the_region_of(tmp_path: Path) -> None:
    start = {
        "cluster_bucket": "ours",
        "ec2_vpc": TWO_REGIONS,
        "instances[1].region": "us-east-1",
        "instances[1].subnet": "10.34.1.0/24",
    }
    rows = forecast(tmp_path, {"instances[1].node": 0, "instances[0].node": 5}, start)
    assert "data.aws_s3_bucket.cluster" not in rows, "nobody said where it is: it is looked for everywhere"


@pytest.mark.parametrize(
    ("said", "effect"), [({}, Effect.DEPENDS), ({"home_region": "eu-west-1"}, Effect.FAILS_IN_PLAN)]
)
def test_existing_bucket_is_where_the_config_says(tmp_path: Path, said: dict[str, str], effect: Effect) -> None:
    start = {"cluster_bucket": "ours", "terraform": said}
    row = forecast(tmp_path, {"terraform": {"home_region": "us-east-1"}}, start)["data.aws_s3_bucket.cluster"]
    assert row.effect is effect


def test_state_that_moves_and_guard_that_goes_are_said(tmp_path: Path) -> None:
    settings = {"backend": {"type": "gcs", "bucket": "b"}, "allow_destroy": True}
    rows, notes = compare(cluster(tmp_path / "old", {}), cluster(tmp_path / "new", {"terraform": settings}))
    assert {row.address: (row.effect, row.why) for row in rows} == {
        f"aws_ebs_volume.{name}_sdf": (Effect.NO_CHANGE, "final snapshot: when the volume is next replaced.")
        for name in ("one", "two")
    }
    assert [note.partition(":")[0] for note in notes] == [
        "the state moves to another backend",
        "allow_destroy takes the guard off kept volumes and protected instances",
    ]


def test_subnet_that_is_cut_anew_over_its_old_range_takes_two_steps(tmp_path: Path) -> None:
    rows = forecast(tmp_path, {"instances[0].subnet": "10.33.1.0/25"})
    row = rows["aws_subnet.eu_west_1_10_33_1_0_25"]
    assert row.effect is Effect.FAILS_IN_APPLY
    assert "It takes the cidr block 10.33.1.0/25 that aws_subnet.eu_west_1_10_33_1_0_24 has." in row.why
    assert row.remedy.startswith("Take two steps")


def test_private_address_that_is_handed_over_takes_two_steps(tmp_path: Path) -> None:
    start = {"instances[1].subnet": "10.33.1.0/24", "instances[0].private_ip": "10.33.1.20"}
    rows = forecast(tmp_path, {"instances[0].private_ip": "10.33.1.21", "instances[1].private_ip": "10.33.1.20"}, start)
    assert rows["aws_instance.two"].effect is Effect.FAILS_IN_APPLY
    assert rows["aws_instance.one"].effect is Effect.REPLACES_INSTANCE


def test_default_tags_that_objects_have_no_room_for_change_nothing_on_them(tmp_path: Path) -> None:
    def tagged(value: str) -> dict[str, Any]:
        return {"terraform": {"provider": {"default_tags": {"tags": {f"Tag{n}": value for n in range(11)}}}}}

    rows = forecast(tmp_path, tagged("b"), tagged("a"))
    assert "aws_vpc.eu_west_1" in rows
    assert not [address for address in rows if address.startswith("aws_s3_object")]


def test_note_that_goes_is_said(tmp_path: Path) -> None:
    before = cluster(tmp_path / "old", {"terraform": {"moved": {"zero": "one", "nought": "zero"}}})
    after = cluster(tmp_path / "new", {"terraform": {"moved": {"zero": "one"}}})
    rows, notes = compare(before, after)
    assert rows == ()
    assert notes == (
        "the note moved: {nought: zero} goes: where a state has not seen it, nought is destroyed. It may stay for ever",
    )


def test_lookup_that_terraform_puts_off_wants_a_record(tmp_path: Path) -> None:
    rule = {"proto": "tcp", "from_port": 5432, "to_port": 5432, "group_name": "monitoring"}
    before = cluster(tmp_path / "old", {"cluster_rules": [rule]})
    after = cluster(tmp_path / "new", {"cluster_rules": [rule], "cluster_tags.Owner": "Grace"})
    rows, notes = compare(before, after)
    (row,) = (row for row in rows if row.address.startswith("aws_vpc_security_group_ingress_rule"))
    assert "follows data.aws_security_group.eu_west_1_monitoring" in row.why
    (note,) = notes
    assert note.startswith("Terraform puts off data.aws_security_group.eu_west_1_monitoring until other changes")
    assert "Run tpa-tf lookup first" in note


def test_the_first_record_of_what_was_looked_up_changes_nothing(tmp_path: Path) -> None:
    case = Path(__file__).parents[2] / "golden" / "lookup-everything-exists"
    recorded = load(case).checked
    (tmp_path / "config.yml").write_bytes((case / "config.yml").read_bytes())
    looked_up = load(tmp_path).checked
    assert recorded
    assert looked_up
    # Without a record, a volume with attach_existing is a new one.
    assert {row.address for row in compare(looked_up[0], recorded[0])[0]} == {"aws_ebs_volume.left_sdf"}
    back = {row.address: row.actions for row in compare(recorded[0], looked_up[0])[0] if row.actions}
    assert back["aws_ebs_volume.left_sdf"] == ("create",)
    assert {address.partition(".")[0] for address in back} == {"aws_ebs_volume", "aws_volume_attachment"}


def test_the_first_record_of_what_was_made_forgets_it(tmp_path: Path) -> None:
    case = Path(__file__).parents[2] / "golden" / "lookup-existing-vpc"
    recorded = load(case).checked
    (tmp_path / "config.yml").write_bytes((case / "config.yml").read_bytes())
    made = load(tmp_path).checked
    assert recorded
    assert made
    rows = compare(made[0], recorded[0])[0]
    assert {row.effect for row in rows} == {Effect.FORGET}
    assert "aws_vpc.eu_west_1" in {row.address for row in rows}


# The command


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a cluster of two revisions: an instance type, and one that is not committed."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    Path("clusters/speedy").mkdir(parents=True)
    git("init", "-q", "-b", "main")
    for size in (16, 32):
        write({"instances[0].volumes[1].volume_size": size})
        commit(str(size))
    write({"instances[0].volumes[1].volume_size": 64, "instances[0].type": "t3.large"})
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit(message: str) -> None:
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "commit", "-q", "-m", message)


def write(edits: Mapping[str, Any]) -> None:
    Path("clusters/speedy/config.yml").write_text(yaml.safe_dump(edited(edits), sort_keys=False))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["impact", *arguments], catch_exceptions=False)


def why(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.stderr
    return {each["address"]: each["why"] for each in json.loads(result.stdout)["changes"]}


@pytest.mark.parametrize(
    "old",
    ["HEAD", "main", "HEAD:clusters/speedy", "HEAD:clusters/speedy/config.yml", "HEAD:./clusters/speedy/"],
)
@pytest.mark.parametrize("new", ["clusters/speedy", "clusters/speedy/config.yml"])
def test_git_revision_against_what_is_on_disk(repository: Path, old: str, new: str) -> None:
    assert why(run(old, new, "--format", "json"))["aws_ebs_volume.one_sdf"].startswith("size 32 → 64")


GROWN = (
    "size 16 → 32. Grow the file system afterwards (xfs_growfs or resize2fs). AWS modifies a volume once in six hours."
)


def test_two_revisions(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("HEAD~1:clusters/speedy", "HEAD:clusters/speedy", "--format", "json")
    assert why(result) == {"aws_ebs_volume.one_sdf": GROWN}
    monkeypatch.chdir("clusters")
    assert why(run("HEAD~1:speedy", "HEAD:speedy", "--format", "json")) == {"aws_ebs_volume.one_sdf": GROWN}
    monkeypatch.chdir("speedy")
    assert why(run("HEAD~1", "HEAD:.", "--format", "json")) == {"aws_ebs_volume.one_sdf": GROWN}
    assert "aws_instance.one" in why(run("HEAD", ".", "--format", "json"))


def test_path_from_the_top_of_the_repository_as_git_has_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("clusters/speedy")
    result = run("HEAD~1:clusters/speedy", "HEAD:clusters/speedy/config.yml", "--format", "json")
    assert why(result) == {"aws_ebs_volume.one_sdf": GROWN}


def test_path_from_the_working_directory_comes_first(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("clusters/clusters/speedy").mkdir(parents=True)
    Path("clusters/clusters/speedy/config.yml").write_text(
        Path("clusters/speedy/config.yml").read_text().replace("t3.large", "t3.xlarge")
    )
    commit("a second one of the name")
    monkeypatch.chdir("clusters")
    assert "t3.xlarge" in why(run("HEAD~1", "HEAD:clusters/speedy", "--format", "json")).get("aws_instance.one", "")


def test_record_of_the_revision_counts(repository: Path) -> None:
    Path("clusters/speedy/tpa-tf.lookup.json").write_text("{}")
    commit("record")
    Path("clusters/speedy/tpa-tf.lookup.json").unlink()
    result = run("HEAD", "clusters/speedy")
    assert result.exit_code == 1
    assert "HEAD:clusters/speedy/tpa-tf.lookup.json:" in result.stderr
    assert "invalid-lookup" in result.stderr


def test_table_for_people(repository: Path) -> None:
    result = run("HEAD", "clusters/speedy")
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["effect", "instance", "what", "address", "why"]
    assert lines[1].startswith("stops and starts instance ")
    assert "t3.micro → t3.large. The instance stops and starts." in lines[1]
    assert run("clusters/speedy", "clusters/speedy").stdout == "nothing changes\n"
    table, _, below = run("HEAD", "clusters/speedy", "--format", "markdown").stdout.partition("\n\n")
    assert len(table.splitlines()) == 4
    assert "- `aws_instance.one`: the instance one (primary, postgres) is stopped, and started again" in below


def test_threshold(repository: Path) -> None:
    assert run("HEAD", "clusters/speedy", "--fail-on", "stops-and-starts-instance").exit_code == 1
    assert run("HEAD", "clusters/speedy", "--fail-on", "cuts-connections").exit_code == 1
    assert run("HEAD", "clusters/speedy", "--fail-on", "stops-instance").exit_code == 0
    write({"instances[0].volumes[1]": REMOVED})
    assert run("HEAD", "clusters/speedy", "--fail-on", "stops-instance").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "clusters/speedy"), "nowhere is no config|a git revision of one"),
        (("HEAD", "missing"), "HEAD is no config|git has no missing/config.yml in 'HEAD'"),
        (("HEAD:missing", "clusters/speedy"), "HEAD:missing is no config"),
        (("--output=x", "clusters/speedy"), "No such option"),
    ],
)
def test_what_is_no_config(repository: Path, arguments: tuple[str, str], says: str) -> None:
    result = CliRunner().invoke(cli, ["impact", *arguments])
    assert result.exit_code != 0
    assert [text for text in says.split("|") if text not in f"{result.stderr}{result.exception}"] == []


def test_config_at_fault(repository: Path) -> None:
    write({"cluster_ssh_port": 0})
    result = run("HEAD", "clusters/speedy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "clusters/speedy/config.yml:" in result.stderr
    result = run("clusters/speedy", "HEAD:clusters/speedy")
    assert (result.exit_code, result.stdout) == (1, "")


def test_other_name_over_the_same_state_is_an_edit(repository: Path) -> None:
    write({"cluster_name": "other", "instances[0].volumes[1].volume_size": 32})
    result = run("HEAD", "clusters/speedy", "--format", "json")
    assert result.exit_code == 0
    assert "cluster_name speedy → other makes no second cluster" in result.stderr
    assert "key_name tpa_speedy → tpa_other" in why(result)["aws_key_pair.eu_west_1"]
    assert "Instances that stay are in it. AWS refuses to delete it" in why(result)["aws_security_group.eu_west_1"]


STATE = {"type": "gcs", "bucket": "states", "prefix": "p"}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (STATE, STATE, True),
        (STATE, {**STATE, "prefix": "q"}, False),
        (STATE, None, False),
        ({"type": "local", "path": "/states/one"}, {"type": "local", "path": "/states/one"}, True),
        ({"type": "local", "path": "one"}, {"type": "local", "path": "one"}, False),
        ({"type": "local"}, {"type": "local"}, False),
        (None, None, False),
    ],
)
def test_other_name_in_another_directory(tmp_path: Path, old: Any, new: Any, same: bool) -> None:
    first = cluster(tmp_path / "old", {"terraform": {"backend": old}})
    second = cluster(tmp_path / "new", {"terraform": {"backend": new}, "cluster_name": "other"})
    if same:
        assert "makes no second cluster" in compare(first, second)[1][0]
        return
    with pytest.raises(TpaTfError, match="speedy and other are two clusters"):
        compare(first, second)


def test_disk_of_a_node_that_was_renamed_twice_is_recognised_too(tmp_path: Path) -> None:
    edits = {"instances[1].Name": "deux", "instances[1].volumes[1].device_name": "/dev/xvdf"}
    rows = forecast(tmp_path, {**edits, "terraform": {"moved": {"two": "zwei", "zwei": "deux"}}})
    assert "aws_ebs_volume.two_sdf aws_ebs_volume.deux_xvdf" in rows["aws_ebs_volume.two_sdf"].remedy


def test_snapshot_of_a_volume_is_promised_to_those_that_were_made_with_it(tmp_path: Path) -> None:
    row = forecast(tmp_path, {"instances[1]": REMOVED})["aws_ebs_volume.two_sdf"]
    assert "A snapshot of it stays (final_snapshot, if it was created with that)." in row.why


def test_volume_that_a_record_has_for_an_instance_is_to_leave_the_state_first(tmp_path: Path) -> None:
    before = cluster(tmp_path / "old", {})
    loaded = load_edited(tmp_path, {"instances[1].Name": "zwei", "instances[1].volumes[1].attach_existing": True})
    assert loaded.asked
    again = FoundVolume("vol-7", "eu-west-1b", 16, "gp3", 3000, encrypted=True, disk="zwei_sdf")
    record = in_region(nothing_found(loaded.asked), "eu-west-1", volumes={"speedy:2:/dev/sdf": again})
    after = load_with(tmp_path, record).cluster
    assert after
    rows, _ = compare(before, after)
    (row,) = (each for each in rows if each.address == "aws_ebs_volume.two_sdf")
    assert row.effect is Effect.LOSES_DATA
    assert row.remedy == "tpa-tf.lookup.json has it for zwei: first terraform state rm aws_ebs_volume.two_sdf"


def test_address_that_an_instance_may_have_already(tmp_path: Path) -> None:
    row = forecast(tmp_path, {"instances[0].private_ip": "10.33.1.9"})["aws_instance.one"]
    assert row.effect is Effect.REPLACES_INSTANCE
    assert row.why.endswith("Where it has that address already, it is not replaced: the plan knows.")
    (tmp_path / "x").mkdir()
    row = forecast(tmp_path / "x", {"instances[0].private_ip": "10.33.1.9"}, {"instances[0].private_ip": "10.33.1.8"})[
        "aws_instance.one"
    ]
    assert "already" not in row.why


@pytest.mark.parametrize(("name", "told"), [("speedy", False), ("slow", True)])
def test_state_of_another_cluster_is_said(tmp_path: Path, name: str, told: bool) -> None:
    tags = {"Name": "one", "node": "1", "Cluster": name}
    shown = json.dumps(plan(resource("aws_instance.one", ["no-op"], {"id": "i-1", "tags": tags})))
    (tmp_path / "plan.json").write_text(shown)
    load_edited(tmp_path, {})
    result = CliRunner().invoke(cli, ["review", str(tmp_path / "plan.json"), "--config", str(tmp_path)])
    assert result.exit_code == 0
    said = "the state has the instances of slow, and the config is of speedy"
    assert (said in result.stderr) is told
