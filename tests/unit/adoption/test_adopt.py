"""tpa-tf adopt: what it takes, what it leaves, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.tpa_made import client, tag_list
from tests.unit.adoption.conftest import REGION, Tpa

LOOKUP = ("lookup",)


def test_everything_that_tpa_made_is_imported_by_its_id(untouched: Tpa) -> None:
    result = untouched.adopt()
    assert result.returncode == 0, result.stderr
    instance = untouched.instance()
    disk = next(each for each in instance["BlockDeviceMappings"] if each["DeviceName"] == "/dev/xvdf")
    volume = disk["Ebs"]["VolumeId"]
    imports = untouched.imports
    assert imports["aws_instance.one"] == instance["InstanceId"]
    assert imports["aws_ebs_volume.one_xvdf"] == volume
    assert imports["aws_volume_attachment.one_xvdf"] == f"/dev/xvdf:{volume}:{instance['InstanceId']}"
    assert imports["aws_vpc.eu_west_1"] == instance["VpcId"]
    table = imports["aws_route_table.eu_west_1"]
    assert imports["aws_route.eu_west_1_default"] == f"{table}_0.0.0.0/0"
    assert imports["aws_route_table_association.eu_west_1_10_33_1_0_24"] == f"{instance['SubnetId']}/{table}"
    assert imports["aws_iam_role_policy.cluster"] == "minimal_profile:minimal_instance_permissions"
    assert imports["aws_iam_instance_profile.cluster"] == "minimal_profile"
    assert imports["aws_vpc_security_group_ingress_rule.eu_west_1_tcp_22_0_0_0_0_0"].startswith("sgr-")
    assert "aws_key_pair.eu_west_1" not in imports, "what is imported would be replaced"
    assert "to be imported: 16 (" in result.stdout


def test_imports_are_in_the_stack_with_the_provider_of_their_region(untouched: Tpa) -> None:
    untouched.adopt()
    stack = untouched.stack()
    blocks = {block["to"]: block for block in stack["import"]}
    assert blocks.keys() == untouched.imports.keys()
    assert blocks["aws_vpc.eu_west_1"]["provider"] == "aws.eu_west_1"


def test_volumes_that_go_with_their_instance_have_a_command_each(untouched: Tpa) -> None:
    said = untouched.adopt().stdout
    command = "aws ec2 modify-instance-attribute --region"
    assert f"{command} {REGION} --instance-id {untouched.instance()['InstanceId']}" in said
    assert """'[{"DeviceName": "/dev/xvdf", "Ebs": {"DeleteOnTermination": false}}]'""" in said
    assert "/dev/xvda" not in said, "the root volume goes with its instance"


def test_metadata_stays_optional_where_the_config_says_so(untouched: Tpa) -> None:
    said = untouched.adopt().stdout
    assert "requires version 2 of the metadata service of one;" in said
    line = next(line for line in said.splitlines() if line.startswith("  metadata_tokens"))
    config = untouched.directory / "config.yml"
    config.write_text(f"{config.read_text()}\nterraform:\n{line}\n")
    assert yaml.safe_load(config.read_text())["terraform"]
    assert "version 2 of the metadata" not in untouched.adopt().stdout
    (options,) = (each["metadata_options"] for each in untouched.stack()["resource"]["aws_instance"].values())
    assert options["http_tokens"] == "optional"


def test_second_adoption_changes_nothing(untouched: Tpa) -> None:
    untouched.adopt()
    before = (untouched.directory / "tpa-tf.lookup.json").read_bytes()
    again = untouched.adopt()
    assert (again.returncode, "nothing changed" in again.stderr) == (0, True)
    assert (untouched.directory / "tpa-tf.lookup.json").read_bytes() == before


def test_nothing_to_adopt_is_told_and_nothing_is_written(untouched: Tpa) -> None:
    untouched.edit("cluster_name: minimal", "cluster_name: another")
    result = untouched.adopt()
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("tpa-tf: AWS has nothing of another in eu-west-1 (account ")
    assert untouched.record is None


def test_config_at_fault_is_told_before_anybody_asks(untouched: Tpa) -> None:
    untouched.edit("region: eu-west-1", "region: eu-west-9x")
    result = untouched.adopt()
    assert result.returncode == 1
    assert "error[" in result.stderr
    assert "asking AWS" not in result.stderr
    assert untouched.record is None


def test_kind_that_is_both_is_wrong_usage(untouched: Tpa) -> None:
    result = untouched.adopt("--existing", "vpc", "--managed", "vpc")
    assert (result.returncode, untouched.record) == (2, None)
    assert "both name vpc" in result.stderr


def test_lookup_of_a_running_cluster_without_a_state_names_it(untouched: Tpa) -> None:
    result = untouched.run(*LOOKUP)
    assert result.returncode == 1
    assert untouched.record is None
    finding = next(line for line in result.stderr.splitlines() if "not-adopted" in line)
    assert f"one ({untouched.instance()['InstanceId']})" in finding
    assert f"tpa-tf adopt {untouched.directory}" in result.stderr
    assert result.stderr.count("not-adopted") == 1


def test_lookup_warns_where_the_state_is_elsewhere(untouched: Tpa) -> None:
    config = untouched.directory / "config.yml"
    backend = "terraform: {backend: {type: s3, bucket: states, key: minimal, region: eu-west-1, use_lockfile: yes}}"
    config.write_text(f"{config.read_text()}\n{backend}\n")
    result = untouched.run(*LOOKUP)
    assert result.returncode == 0, result.stderr
    assert "warning[perhaps-not-adopted]" in result.stderr


def test_lookup_goes_on_with_an_adoption(untouched: Tpa) -> None:
    untouched.adopt()
    before = untouched.record
    result = untouched.run(*LOOKUP)
    assert result.returncode == 0, result.stderr
    assert "info[imports-left]: 16 adopted things are still to be imported" in result.stderr
    assert untouched.record == before


def test_adopted_thing_that_leaves_the_config_is_told(untouched: Tpa) -> None:
    untouched.adopt()
    untouched.edit("Name: one", "Name: uno")
    result = untouched.run("check")
    assert result.returncode == 1
    assert "it adopts aws_ebs_volume.one_xvdf, aws_instance.one, aws_volume_attachment.one_xvdf" in result.stderr


def test_volume_that_the_config_wants_smaller_is_refused(untouched: Tpa) -> None:
    untouched.edit("volume_size: 8", "volume_size: 4")
    result = untouched.adopt()
    assert (result.returncode, untouched.record) == (1, None)
    assert "has size 8, and the config gives 4: AWS refuses this change" in result.stderr
    assert "instances[0].volumes[1].volume_size" in result.stderr
    assert "= write volume_size: 8" in result.stderr


def test_private_address_that_differs_is_refused(untouched: Tpa) -> None:
    untouched.edit("type: t3.micro", "type: t3.micro\n    private_ip: 10.33.1.77")
    result = untouched.adopt()
    assert (result.returncode, untouched.record) == (1, None)
    assert "and the config gives 10.33.1.77: the plan would replace it" in result.stderr


def test_encryption_that_differs_is_refused(untouched: Tpa) -> None:
    untouched.edit("volume_size: 8\n", "volume_size: 8\n        encrypted: yes\n")
    result = untouched.adopt()
    assert (result.returncode, untouched.record) == (1, None)
    assert "error[adopt-differs]: " in result.stderr
    assert "has encrypted no, and the config gives yes: AWS can't change it" in result.stderr


def test_type_that_differs_is_a_warning(untouched: Tpa) -> None:
    untouched.edit("type: t3.micro", "type: t3.small")
    result = untouched.adopt()
    assert result.returncode == 0, result.stderr
    assert "warning[adopt-changes]" in result.stderr
    assert "has instance_type t3.micro, and the config gives t3.small: the apply stops and starts it" in result.stderr


def test_instance_of_another_cluster_with_the_same_name_is_not_taken(tpa: Tpa) -> None:
    own = tpa.instance()["InstanceId"]
    tpa.launch("one", "other")
    tpa.adopt()
    assert tpa.imports["aws_instance.one"] == own


def test_two_instances_of_one_name_are_an_error_with_both_ids(tpa: Tpa) -> None:
    own = tpa.instance()["InstanceId"]
    other = tpa.launch("one", "minimal")
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    finding = next(line for line in result.stderr.splitlines() if "2 things could be aws_instance.one" in line)
    assert "error[adopt-ambiguous]" in finding
    assert own in finding
    assert other in finding


def test_stopped_instance_is_adopted(tpa: Tpa) -> None:
    id = tpa.instance()["InstanceId"]
    tpa.ec2.stop_instances(InstanceIds=[id])
    assert "stopped: one; start them before tpa-tf inventory" in tpa.adopt().stdout
    assert tpa.imports["aws_instance.one"] == id


def test_instance_of_another_name_is_asked_about(untouched: Tpa) -> None:
    id = untouched.instance()["InstanceId"]
    untouched.edit("Name: one", "Name: uno")
    result = untouched.adopt()
    assert result.returncode == 0, result.stderr
    assert "warning[adopt-creates]: AWS has no instance uno of this cluster: the plan launches" in result.stderr
    assert f"is it {id} (one)?" in result.stderr
    assert "1 instance" in next(line for line in result.stdout.splitlines() if line.startswith("to be created: "))


def test_missing_host_keys_are_asked_for(untouched: Tpa) -> None:
    said = untouched.adopt().stderr
    assert "warning[adopt-keys]: the host keys hostkeys/ssh_host_rsa_key, hostkeys/ssh_host_rsa_key.pub, " in said
    assert "bring the cluster's own from where tpaexec ran" in said


def test_keys_that_are_not_those_of_the_cluster_are_told(tpa: Tpa) -> None:
    (tpa.directory / "hostkeys").mkdir()
    for kind, name in (
        ("rsa", "id_minimal"),
        ("rsa", "hostkeys/ssh_host_rsa_key"),
        ("ecdsa", "hostkeys/ssh_host_ecdsa_key"),
    ):
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(tpa.directory / name)]
        subprocess.run(command, check=True)
    host_key = (tpa.directory / "hostkeys/ssh_host_rsa_key.pub").read_text()
    (tpa.directory / "tpa_known_hosts").write_text(f"one ssh-rsa AAAA\n# a comment\none {host_key}")
    said = tpa.adopt().stderr
    assert "the key pair tpa_minimal of eu-west-1 is another key than id_minimal.pub" in said
    assert "ssh_host_ecdsa_key.pub in hostkeys/ is none of the host keys in tpa_known_hosts" in said
    assert "ssh_host_rsa_key.pub" not in said
    tpa.ec2.delete_key_pair(KeyName="tpa_minimal")
    material = (tpa.directory / "id_minimal.pub").read_bytes()
    tpa.ec2.import_key_pair(KeyName="tpa_minimal", PublicKeyMaterial=material)
    assert "is another key than" not in tpa.adopt().stderr


def test_terminated_instance_is_made_anew(tpa: Tpa) -> None:
    tpa.ec2.terminate_instances(InstanceIds=[tpa.instance()["InstanceId"]])
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    assert not any(address.startswith(("aws_instance.", "aws_volume_attachment.")) for address in tpa.imports)
    assert "aws_vpc.eu_west_1" in tpa.imports


def test_network_that_others_use_stays_existing(tpa: Tpa) -> None:
    other = tpa.launch("guest", "other")
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    instance = tpa.instance()
    why = f"stays existing, and is used as it is: others use it, too: {other}"
    assert f"info[adopt-shared]: {instance['VpcId']} {why}" in result.stderr
    kinds = ("aws_vpc.", "aws_subnet.", "aws_internet_gateway.")
    assert not any(address.startswith(kinds) for address in tpa.imports)
    assert tpa.imports["aws_instance.one"] == instance["InstanceId"]
    resources = tpa.stack()["resource"]
    assert not {"aws_vpc", "aws_subnet", "aws_internet_gateway"} & resources.keys()
    assert resources["aws_instance"]["one"]["subnet_id"] == instance["SubnetId"]
    before = tpa.record
    assert tpa.run(*LOOKUP).returncode == 0
    assert tpa.record == before, "a lookup keeps what an adoption has decided"
    tpa.ec2.terminate_instances(InstanceIds=[other])
    assert tpa.adopt().returncode == 0
    assert tpa.record == before, "so does another adoption"


def test_shared_network_is_taken_where_that_is_said(tpa: Tpa) -> None:
    tpa.launch("guest", "other")
    assert tpa.adopt("--managed", "vpc", "--managed", "subnet", "--managed", "gateway").returncode == 0
    assert tpa.imports["aws_vpc.eu_west_1"] == tpa.instance()["VpcId"]
    assert "guest" not in str(tpa.imports)


def test_vpc_stays_existing_where_that_is_said(untouched: Tpa) -> None:
    assert untouched.adopt("--existing", "vpc").returncode == 0
    assert "aws_vpc.eu_west_1" not in untouched.imports
    assert untouched.adopted["existing"] == [untouched.instance()["VpcId"]]


def test_vpc_with_a_subnet_that_stays_existing_stays_existing(untouched: Tpa) -> None:
    assert untouched.adopt("--existing", "subnet").returncode == 0
    instance = untouched.instance()
    assert untouched.adopted["existing"] == sorted([instance["SubnetId"], instance["VpcId"]])
    assert "aws_route_table_association.eu_west_1_10_33_1_0_24" not in untouched.imports


def test_vpc_without_the_clusters_tag_stays_existing_unless_said(tpa: Tpa) -> None:
    vpc = tpa.instance()["VpcId"]
    tpa.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "CreatingCluster"}])
    assert tpa.adopt().returncode == 0
    assert "aws_vpc.eu_west_1" not in tpa.imports
    assert tpa.adopt("--managed", "vpc").returncode == 0
    assert tpa.imports["aws_vpc.eu_west_1"] == vpc
    assert vpc in tpa.adopted["managed"]
    assert tpa.run(*LOOKUP).returncode == 0
    assert tpa.imports["aws_vpc.eu_west_1"] == vpc, "a lookup takes it for managed, too"


def test_profile_that_others_use_stays_existing(tpa: Tpa) -> None:
    tpa.launch("guest", "other", IamInstanceProfile={"Name": "minimal_profile"})
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    assert "minimal_profile stays existing, and is used as it is: others use it, too: i-" in result.stderr
    resources = tpa.stack()["resource"]
    assert "aws_iam_role" not in resources
    assert resources["aws_instance"]["one"]["iam_instance_profile"] == "minimal_profile"


def test_group_of_the_same_name_without_the_tag_is_an_error(tpa: Tpa) -> None:
    (group,) = tpa.instance()["SecurityGroups"]
    tpa.ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "CreatingCluster"}])
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    assert f"error[adopt-untagged]: {group['GroupId']} has the name of the cluster's group" in result.stderr
    assert tpa.adopt("--managed", "group").returncode == 0
    assert tpa.imports["aws_security_group.eu_west_1"] == group["GroupId"]


def test_what_no_address_takes_is_listed(tpa: Tpa) -> None:
    ec2, instance = tpa.ec2, tpa.instance()
    third = tpa.launch("third", "minimal")
    (group,) = instance["SecurityGroups"]
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )
    volume = ec2.create_volume(Size=5, AvailabilityZone=instance["Placement"]["AvailabilityZone"])["VolumeId"]
    ec2.create_tags(Resources=[volume], Tags=tag_list({"CreatingCluster": "minimal", "Name": "minimal:9:/dev/xvdf"}))
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
    said = tpa.adopt().stdout
    assert f"{third} in eu-west-1: the instance third" in said
    assert "the ingress rule from 10.0.0.0/8, tcp 5432-5432" in said
    assert f"{volume} in eu-west-1: the volume minimal:9:/dev/xvdf" in said
    assert f"{address['AllocationId']} in eu-west-1: the Elastic IP {address['PublicIp']}" in said


def test_image_that_is_gone_is_that_of_the_running_instance(tpa: Tpa) -> None:
    instance = tpa.instance()
    tpa.ec2.deregister_image(ImageId=instance["ImageId"])
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    assert tpa.record
    found = tpa.record["regions"][REGION]["images"]["eu_west_1"]["found"]
    assert (found["id"], found["root_device_name"]) == (instance["ImageId"], instance["RootDeviceName"])
    assert tpa.run(*LOOKUP).returncode == 0


def test_images_that_match_are_told_apart_by_the_running_instance(tpa: Tpa) -> None:
    instance = tpa.instance()
    tpa.ec2.create_image(InstanceId=instance["InstanceId"], Name="debian-12-amd64-20990101-1")
    config = tpa.directory / "config.yml"
    text = config.read_text().replace("debian-12-amd64-20240717-1811", "debian-12-amd64-*")
    config.write_text("\n".join(line for line in text.splitlines() if "Owner: '" not in line) + "\n")
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    assert tpa.record
    assert tpa.record["regions"][REGION]["images"]["eu_west_1"]["found"]["id"] == instance["ImageId"]


def _write_record(dns: Any, zone: str, address: str) -> None:
    change = {"Name": "one.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def test_dns_record_is_imported_by_zone_name_and_type(tpa: Tpa) -> None:
    dns = client("route53", tpa.emulator.url)
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    _write_record(dns, zone, "203.0.113.9")
    where = f"\n    route53_zone: example.com\n    route53_hosted_zone_id: {zone}"
    tpa.edit("type: t3.micro", f"type: t3.micro{where}")
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    why = f"error[adopt-foreign]: the record one.example.com in {zone} leads to 203.0.113.9, and is not that of one"
    assert why in result.stderr
    _write_record(dns, zone, tpa.instance()["PublicIpAddress"])
    result = tpa.adopt()
    assert result.returncode == 0, result.stderr
    assert tpa.imports["aws_route53_record.one"] == f"{zone}_one.example.com_A"


def test_volume_with_attach_existing_of_a_running_instance_becomes_managed(untouched: Tpa) -> None:
    untouched.edit("volume_size: 8\n", "volume_size: 8\n        attach_existing: yes\n")
    assert untouched.adopt().returncode == 0
    assert untouched.imports["aws_ebs_volume.one_xvdf"] in untouched.adopted["managed"]
    lifecycle = untouched.stack()["resource"]["aws_ebs_volume"]["one_xvdf"]["lifecycle"]
    assert lifecycle["prevent_destroy"]


def test_impact_says_that_a_new_instance_is_imported(tpa: Tpa) -> None:
    before = tpa.directory.with_name("before")
    shutil.copytree(tpa.directory, before)
    third = tpa.launch("third", "minimal")
    config = tpa.directory / "config.yml"
    entry = "  - {node: 2, Name: third, region: eu-west-1, subnet: 10.33.1.0/24, type: t3.micro, role: witness}"
    config.write_text(f"{config.read_text()}{entry}\n")
    assert tpa.adopt().returncode == 0
    assert tpa.imports["aws_instance.third"] == third
    forecast = tpa.run("impact", str(before))
    rows = forecast.stdout.splitlines()
    (row,) = (row for row in rows if "aws_instance.third" in row)
    assert row.startswith("no change")
    assert row.endswith("It is imported.")


def test_policy_has_what_tags_an_elastic_ip_that_bears_no_tag(tpa: Tpa) -> None:
    address = tpa.ec2.allocate_address(Domain="vpc")["AllocationId"]
    tpa.ec2.associate_address(AllocationId=address, InstanceId=tpa.instance()["InstanceId"])
    tpa.edit("type: t3.micro", "type: t3.micro\n    assign_elastic_ip: yes")
    assert tpa.adopt().returncode == 0
    assert tpa.imports["aws_eip.one"] == address
    assert tpa.imports["aws_eip_association.one"].startswith("eipassoc-")
    statements = {each["Sid"]: each for each in json.loads(tpa.run("permissions").stdout)["Statement"]}
    assert statements["TagAdopted"]["Action"] == ["ec2:CreateTags"]
    assert [arn.rpartition(":")[2] for arn in statements["TagAdopted"]["Resource"]] == [f"elastic-ip/{address}"]


def test_record_of_another_version_of_the_shape_is_told(untouched: Tpa, tmp_path: Path) -> None:
    untouched.adopt()
    record = untouched.directory / "tpa-tf.lookup.json"
    record.write_text(record.read_text().replace('"imports"', '"imported"'))
    result = untouched.run("check")
    assert result.returncode == 1
    assert "error[invalid-lookup]: adopted" in result.stderr


@pytest.mark.parametrize("value", ["sometimes", "5"])
def test_metadata_tokens_are_required_or_optional(untouched: Tpa, value: str) -> None:
    config = untouched.directory / "config.yml"
    config.write_text(f"{config.read_text()}\nterraform: {{metadata_tokens: {value}}}\n")
    result = untouched.run("check")
    assert result.returncode == 1
    assert "write required or optional" in result.stderr


def test_vpc_that_exists_by_the_config_can_not_be_managed(untouched: Tpa) -> None:
    vpc = untouched.instance()["VpcId"]
    untouched.edit("  Name: Test\n  cidr: 10.33.0.0/16\n", f"  filters: {{vpc-id: {vpc}}}\n")
    result = untouched.adopt("--managed", "vpc")
    assert (result.returncode, untouched.record) == (1, None)
    assert "error[adopt-existing]: ec2_vpc of eu-west-1 names a VPC that exists" in result.stderr


def test_subnet_that_the_config_has_otherwise_is_refused(untouched: Tpa) -> None:
    untouched.edit("subnet: 10.33.1.0/24", "subnet: 10.33.2.0/24")
    result = untouched.adopt()
    assert (result.returncode, untouched.record) == (1, None)
    assert "and the config gives one that is yet to be created: the plan would replace it" in result.stderr


def test_vpc_that_the_config_does_not_find_is_refused(tpa: Tpa) -> None:
    vpc = tpa.instance()["VpcId"]
    tpa.ec2.create_tags(Resources=[vpc], Tags=tag_list({"Name": "Renamed"}))
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    assert f"instances of the cluster run in {vpc}, which ec2_vpc of eu-west-1 doesn't find" in result.stderr


def test_renamed_instance_is_found_by_its_old_name(untouched: Tpa) -> None:
    untouched.edit("Name: one", "Name: uno")
    config = untouched.directory / "config.yml"
    config.write_text(f"{config.read_text()}\nterraform: {{moved: {{one: uno}}}}\n")
    assert untouched.adopt().returncode == 0
    assert untouched.imports["aws_instance.uno"] == untouched.instance()["InstanceId"]
    assert untouched.imports["aws_ebs_volume.uno_xvdf"].startswith("vol-")


def test_volume_at_another_device_is_told(untouched: Tpa) -> None:
    untouched.edit("device_name: /dev/xvdf", "device_name: /dev/sdg")
    result = untouched.adopt()
    assert result.returncode == 0, result.stderr
    assert "one has no volume at /dev/sdg in AWS: the plan creates an empty one and attaches it" in result.stderr


def test_smaller_root_volume_is_refused(untouched: Tpa) -> None:
    untouched.edit("volume_size: 16", "volume_size: 12")
    result = untouched.adopt()
    assert (result.returncode, untouched.record) == (1, None)
    assert "has root_block_device.volume_size 16, and the config gives 12: AWS refuses this change" in result.stderr


def test_what_somebody_has_set_by_hand_is_told(tpa: Tpa) -> None:
    instance = tpa.instance()
    id = instance["InstanceId"]
    tpa.ec2.modify_instance_attribute(InstanceId=id, DisableApiTermination={"Value": True})
    group = tpa.ec2.create_security_group(GroupName="extra", Description="extra", VpcId=instance["VpcId"])["GroupId"]
    (own,) = instance["SecurityGroups"]
    tpa.ec2.modify_instance_attribute(InstanceId=id, Groups=[own["GroupId"], group])
    said = tpa.adopt().stderr
    assert "has disable_api_termination yes, and the config gives no: the apply changes it" in said
    assert f"{group}" in next(line for line in said.splitlines() if "has vpc_security_group_ids" in line)


def test_role_of_another_cluster_is_refused(tpa: Tpa) -> None:
    iam = client("iam", tpa.emulator.url)
    iam.tag_role(RoleName="minimal_profile", Tags=tag_list({"CreatingCluster": "other"}))
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    assert "error[adopt-foreign]: the role minimal_profile bears the tag of the cluster other" in result.stderr


def test_profile_that_the_config_names_and_nobody_has_tagged_stays_existing(tpa: Tpa) -> None:
    iam = client("iam", tpa.emulator.url)
    iam.create_instance_profile(InstanceProfileName="team")
    tpa.edit("cluster_name: minimal", "cluster_name: minimal\ncluster_profile: team")
    assert tpa.adopt().returncode == 0
    assert tpa.adopted["existing"] == ["team"]


def test_address_of_another_cluster_is_refused(tpa: Tpa) -> None:
    address = tpa.ec2.allocate_address(Domain="vpc")
    allocation = address["AllocationId"]
    tpa.ec2.create_tags(Resources=[allocation], Tags=tag_list({"CreatingCluster": "other"}))
    tpa.ec2.associate_address(AllocationId=allocation, InstanceId=tpa.instance()["InstanceId"])
    tpa.edit("type: t3.micro", "type: t3.micro\n    assign_elastic_ip: yes")
    result = tpa.adopt()
    assert (result.returncode, tpa.record) == (1, None)
    assert f"{address['PublicIp']} of one bears the tag of the cluster other" in result.stderr


def _state(tpa: Tpa, **ids: str) -> None:
    resources = [
        {"mode": "managed", "type": type_, "name": name, "instances": [{"attributes": {"id": id}}]}
        for address, id in ids.items()
        for type_, name in [address.split(".")]
    ]
    (tpa.directory / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": resources}))


@pytest.mark.parametrize("command", ["adopt", "lookup"])
def test_state_that_has_another_instance_is_refused(untouched: Tpa, command: str) -> None:
    _state(untouched, **{"aws_instance.one": "i-0123456789abcdef0", "aws_vpc.eu_west_1": untouched.instance()["VpcId"]})
    result = untouched.run(command)
    assert (result.returncode, untouched.record) == (1, None)
    finding = next(line for line in result.stderr.splitlines() if "adopt-state" in line)
    assert "i-0123456789abcdef0" in finding
    assert untouched.instance()["InstanceId"] in finding


def test_lookup_makes_no_second_vpc_for_instances_that_the_state_has(untouched: Tpa) -> None:
    _state(untouched, **{"aws_instance.one": untouched.instance()["InstanceId"]})
    result = untouched.run(*LOOKUP)
    assert (result.returncode, untouched.record) == (1, None)
    assert "error[not-adopted]: this cluster exists already: the VPC of eu-west-1" in result.stderr


def test_network_that_the_state_has_stays_managed_when_others_come(tpa: Tpa) -> None:
    assert tpa.adopt().returncode == 0
    tpa.launch("guest", "other")
    assert tpa.adopt().returncode == 0
    assert tpa.imports["aws_vpc.eu_west_1"] == tpa.instance()["VpcId"], "an earlier adoption has decided"


def test_profile_that_was_left_existing_stays_so(untouched: Tpa) -> None:
    assert untouched.adopt("--existing", "profile").returncode == 0
    before = untouched.record
    assert untouched.adopt().returncode == 0
    assert untouched.record == before


@pytest.mark.parametrize("command", ["adopt", "lookup"])
def test_decisions_in_a_record_that_can_not_be_read_are_not_lost(untouched: Tpa, command: str) -> None:
    untouched.adopt("--existing", "vpc")
    path = untouched.directory / "tpa-tf.lookup.json"
    path.write_text(f"<<<<<<< HEAD\n{path.read_text()}")
    result = untouched.run(command)
    assert result.returncode == 1
    assert "has the decisions of an adoption, and can't be read" in result.stderr
    assert "<<<<<<<" in path.read_text()


@pytest.mark.parametrize("id", ["", '${file("/etc/hostname")}', "%{if true}", "i-1 "])
def test_import_id_that_is_none_is_refused(untouched: Tpa, id: str) -> None:
    untouched.adopt()
    path = untouched.directory / "tpa-tf.lookup.json"
    record = json.loads(path.read_text())
    record["adopted"]["imports"]["aws_instance.one"] = id
    path.write_text(json.dumps(record))
    result = untouched.run("check")
    assert result.returncode == 1
    assert "error[invalid-lookup]: adopted.imports.aws_instance.one" in result.stderr


def test_no_other_host_keys_are_made_for_an_adopted_cluster(untouched: Tpa) -> None:
    untouched.adopt()
    result = untouched.run("keys")
    assert result.returncode == 1
    assert "which was adopted, have keys already: bring the cluster's own" in result.stderr
    assert not (untouched.directory / "hostkeys").exists()


def test_subnet_on_the_main_route_table_is_told(tpa: Tpa) -> None:
    subnet = tpa.instance()["SubnetId"]
    tables = tpa.ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    (association,) = tables["RouteTables"][0]["Associations"]
    tpa.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    assert f"{subnet} uses its VPC's main route table" in tpa.adopt().stderr
