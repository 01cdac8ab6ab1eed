"""Where the provider allows less than AWS, the tables say so."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import Provider as TerraformProvider
from tests.support.terraform import Stack, TerraformError, run
from tpa_tf.limits import provider
from tpa_tf.limits.provider import TESTED
from tpa_tf.limits.volumes import VOLUME_TYPES

OFFLINE = {
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
}
KNOWN = ("ap-southeast-7", "cn-north-1", "eusc-de-east-1", "us-isof-east-1")


def stack(directory: Path, terraform: TerraformProvider, blocks: dict[str, Any]) -> Stack:
    (directory / "main.tf.json").write_text(json.dumps(blocks))
    return Stack(directory, terraform, {**os.environ, "AWS_REGION": "eu-west-1"})


def volume(throughput: int) -> dict[str, Any]:
    return {"availability_zone": "eu-west-1a", "type": "gp3", "size": 500, "iops": 8000, "throughput": throughput}


def test_throughput_of_volumes_and_of_root_volumes(terraform_provider: TerraformProvider, tmp_path: Path) -> None:
    limits = VOLUME_TYPES["gp3"]
    assert limits.throughput
    root = {"volume_type": "gp3", "throughput": limits.throughput[1]}
    instance = {"ami": "ami-0123abcd", "instance_type": "t3.micro", "root_block_device": root}
    most = provider.volume_throughput(TESTED)
    volumes = {"most": volume(most), "more": volume(most + 1)}
    resources = {"aws_ebs_volume": volumes, "aws_instance": {"x": instance}}
    with pytest.raises(TerraformError) as refused:
        stack(tmp_path, terraform_provider, {"resource": resources}).validate()
    assert re.findall(r"with (\S+),", str(refused.value)) == ["aws_ebs_volume.more"]


def test_regions_that_the_provider_refuses(terraform_provider: TerraformProvider, tmp_path: Path) -> None:
    refuses = {name for name in provider.REGIONS if provider.refuses_region(TESTED, name)}
    names = (*KNOWN, *sorted(refuses))
    providers = [{"alias": name, "region": name, **OFFLINE} for name in names]
    volumes = {name: {**volume(125), "provider": f"aws.{name}"} for name in names}
    blocks = {"provider": {"aws": providers}, "resource": {"aws_ebs_volume": volumes}}
    with pytest.raises(TerraformError) as refused:
        stack(tmp_path, terraform_provider, blocks).planned_changes()
    assert set(re.findall(r"invalid AWS Region: (\S+)", str(refused.value))) == refuses


@pytest.mark.parametrize(
    "constraint",
    ["5.100", "= 5.100.0", "~> 5", "~> 4", "~> 5.100", "~>5.99", "~> 5.99.0", "> 5.100", "> 5.99", ">= 5.100",
     "< 5.100", "<= 5.100", "< 6", ">= 5.100 , < 6", ">=5.100,<6", "!= 5.100", ">= 5.99, != 5.99.3", "05.100",
     "v5.100", "5.x", "5.*", ">= 5 < 6", ">= 5.100,", "=> 5.100", "5.100.0.0", "^5.100", "latest", ""],
)  # fmt: skip
def test_constraints_are_read_as_terraform_reads_them(
    constraint: str, terraform_provider: TerraformProvider, tmp_path: Path
) -> None:
    versions = provider.read(constraint)
    required = {"aws": {"source": "hashicorp/aws", "version": constraint}}
    (tmp_path / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    try:
        run(["terraform", "init", "-no-color"], tmp_path, terraform_provider.environment(os.environ))
        said = ""
    except TerraformError as error:
        said = str(error)
    assert ("Invalid version constraint" in said) is (versions is None)
    if versions:
        assert (not said) is (provider.OLDEST in versions)
