"""Where the provider allows less than AWS, the tables say so."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import Provider, Stack, TerraformError
from tpa_tf.limits.regions import UNKNOWN_TO_PROVIDER
from tpa_tf.limits.volumes import PROVIDER_THROUGHPUT, VOLUME_TYPES

OFFLINE = {
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
}
KNOWN = ("ap-southeast-7", "cn-north-1", "eusc-de-east-1", "us-isof-east-1")


def stack(directory: Path, provider: Provider, blocks: dict[str, Any]) -> Stack:
    (directory / "main.tf.json").write_text(json.dumps(blocks))
    return Stack(directory, provider, {**os.environ, "AWS_REGION": "eu-west-1"})


def volume(throughput: int) -> dict[str, Any]:
    return {"availability_zone": "eu-west-1a", "type": "gp3", "size": 500, "iops": 8000, "throughput": throughput}


def test_throughput_of_volumes_and_of_root_volumes(terraform_provider: Provider, tmp_path: Path) -> None:
    limits = VOLUME_TYPES["gp3"]
    assert limits.throughput
    root = {"volume_type": "gp3", "throughput": limits.throughput[1]}
    instance = {"ami": "ami-0123abcd", "instance_type": "t3.micro", "root_block_device": root}
    stops_at = PROVIDER_THROUGHPUT[5]
    volumes = {"most": volume(stops_at), "more": volume(stops_at + 1)}
    resources = {"aws_ebs_volume": volumes, "aws_instance": {"x": instance}}
    with pytest.raises(TerraformError) as refused:
        stack(tmp_path, terraform_provider, {"resource": resources}).validate()
    assert re.findall(r"with (\S+),", str(refused.value)) == ["aws_ebs_volume.more"]


def test_regions_that_the_provider_refuses(terraform_provider: Provider, tmp_path: Path) -> None:
    names = (*KNOWN, *sorted(UNKNOWN_TO_PROVIDER))
    providers = [{"alias": name, "region": name, **OFFLINE} for name in names]
    volumes = {name: {**volume(125), "provider": f"aws.{name}"} for name in names}
    blocks = {"provider": {"aws": providers}, "resource": {"aws_ebs_volume": volumes}}
    with pytest.raises(TerraformError) as refused:
        stack(tmp_path, terraform_provider, blocks).planned_changes()
    assert set(re.findall(r"invalid AWS Region: (\S+)", str(refused.value))) == UNKNOWN_TO_PROVIDER
