"""Where the state is: beside the config, whatever happens to the output; or in a backend, with all that was in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.e2e.conftest import Deploy
from tests.support.deployment import Deployment
from tests.support.terraform import TerraformError

CASE = Path(__file__).parent / "parity" / "minimal"
BUCKET, KEY = "our-terraform-state", "minimal/terraform.tfstate"
BACKEND = {
    "type": "s3",
    "bucket": BUCKET,
    "key": KEY,
    "region": "eu-west-1",
    "use_lockfile": True,
    "use_path_style": True,
}


def test_state_outlives_the_output_and_moves_to_s3(deploy: Deploy) -> None:
    live = deploy(CASE)
    live.stack.apply()
    state = live.directory / "terraform.tfstate"
    addresses = resources(json.loads(state.read_text()))
    assert "aws_instance" in {address.partition(".")[0] for address in addresses}

    live.synth_anew()
    live.stack.init()
    assert live.stack.pending_changes() == ""

    s3 = bucket(live)
    set_backend(live)
    live.stack.migrate_state()
    assert resources(json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())) == addresses
    assert live.stack.pending_changes() == ""

    live.synth_anew()
    live.stack.init()
    assert live.stack.pending_changes() == "", "the output holds nothing of a remote state either"
    state.unlink()
    assert live.stack.pending_changes() == "", "the local file is of no use any more"

    lock = {"ID": "x", "Operation": "OperationTypeApply", "Who": "somebody", "Version": "1.11.4", "Path": KEY}
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(lock))
    with pytest.raises(TerraformError, match="Error acquiring the state lock"):
        live.stack.pending_changes()
    s3.delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")

    live.stack.destroy()
    assert resources(json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())) == set()


def resources(state: dict[str, Any]) -> set[str]:
    return {f"{each['type']}.{each['name']}" for each in state["resources"] if each["mode"] == "managed"}


def bucket(live: Deployment) -> Any:
    s3 = boto3.client(
        "s3",
        endpoint_url=live.emulator.url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return s3


def set_backend(live: Deployment) -> None:
    path = live.directory / "config.yml"
    config = yaml.safe_load(path.read_text())
    config["terraform"]["backend"] = BACKEND
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    live.synth()
