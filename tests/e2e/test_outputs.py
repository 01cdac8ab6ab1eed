"""What other stacks can refer to, and what is said where the cluster's key files are missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Deploy
from tests.golden.cases import EXAMPLES, GOLDEN
from tests.support.terraform import TerraformError

PARITY = Path(__file__).parent / "parity"


def test_outputs_have_the_ids_of_what_was_made(deploy: Deploy) -> None:
    live = deploy(PARITY / "locations")
    live.stack.apply()
    outputs, ids = live.stack.outputs(), live.ids()

    def made(kind: str) -> set[str]:
        return {id for address, id in ids.items() if address.startswith(f"{kind}.")}

    assert set(outputs["vpc_ids"].values()) == made("aws_vpc")
    assert {id for region in outputs["subnet_ids"].values() for id in region.values()} == made("aws_subnet")
    groups = outputs["security_group_ids"].values()
    assert {id for region in groups for id in region} == made("aws_security_group")
    volumes = outputs["volume_ids"]
    assert set(volumes) == set(outputs["instances"])
    assert {id for devices in volumes.values() for name, id in devices.items() if name != "root"} == made(
        "aws_ebs_volume"
    )
    state = json.loads((live.directory / "terraform.tfstate").read_text())
    roots = {
        one["attributes"]["root_block_device"][0]["volume_id"]
        for each in state["resources"]
        for one in each["instances"]
        if each["type"] == "aws_instance"
    }
    assert {devices["root"] for devices in volumes.values()} == roots
    assert outputs["bucket"]["name"] == ids["aws_s3_bucket.cluster"]
    assert outputs["bucket"]["arn"].endswith(f":s3:::{outputs['bucket']['name']}")
    assert outputs["role"]["name"] == ids["aws_iam_role.cluster"]
    assert outputs["role"]["arn"].endswith(f":role/{outputs['role']['name']}")
    assert outputs["instance_profile"] == ids["aws_iam_instance_profile.cluster"]


def test_missing_key_files_are_one_error_that_says_what_to_do(deploy: Deploy) -> None:
    live = deploy(EXAMPLES / "minimal")
    shutil.rmtree(live.directory / "hostkeys")
    (live.directory / "id_minimal.pub").unlink()
    with pytest.raises(TerraformError) as caught:
        live.stack.planned_changes()
    (error,) = str(caught.value).splitlines()
    assert "Key files are missing, by their paths from the stack: " in error
    assert error.count("/hostkeys/ssh_host_") == 4 and "/id_minimal.pub" in error
    assert "For a new cluster, tpa-tf keys ./" in error


def test_missing_public_key_is_told_by_itself(deploy: Deploy) -> None:
    live = deploy(GOLDEN / "two-regions")
    (live.directory / "id_two_regions.pub").unlink()
    with pytest.raises(TerraformError) as caught:
        live.stack.planned_changes()
    (error,) = str(caught.value).splitlines()
    assert error.count("id_two_regions.pub") == 1 and "hostkeys/" not in error
