"""A first-boot script that is too large for EC2 as it is: Terraform compresses it, and running instances stay."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import yaml

from tests.e2e.conftest import Deploy
from tests.support.configs import edited
from tests.support.deployment import Deployment
from tpa_tf.clusters import load
from tpa_tf.user_data import USER_DATA_LIMIT, render_user_data

# Whatever JSON, Terraform and the shell make something of.
AWKWARD = "echo \"${HOME} %{x} \\n \\\\\" '$${y}' $(id)\tö \f \b $\n"


def launched_with(live: Deployment) -> dict[str, bytes]:
    """What EC2 has as the user-data of each instance, by name."""
    client = boto3.client(
        "ec2", "eu-west-1", endpoint_url=live.emulator.url, aws_access_key_id="test", aws_secret_access_key="test"
    )
    found = {}
    for reservation in client.describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            [name] = [tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"]
            answer = client.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
            found[name] = base64.b64decode(answer["UserData"]["Value"])
    return found


def stack(live: Deployment) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((live.stack.directory / "cdk.tf.json").read_text())
    return found


def test_large_script_arrives_as_gzip_and_a_smaller_one_later_changes_nothing(deploy: Deploy, tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    edits = {"install_authorized_key": True, "extra_user_data": AWKWARD + "# filler\n" * 2000}
    (case / "config.yml").write_text(yaml.safe_dump(edited(edits), allow_unicode=True))
    live = deploy(case)
    for block in stack(live)["resource"]["aws_instance"].values():
        assert "user_data" not in block
        assert {"user_data", "user_data_base64"} <= set(block["lifecycle"]["ignore_changes"])
    live.stack.apply()
    cluster = load(live.directory).cluster
    assert cluster
    bucket, *_ = (name for name in live.state()["s3"])
    for instance in cluster.instances:
        raw = launched_with(live)[instance.name]
        assert len(raw) <= USER_DATA_LIMIT
        key = (live.directory / "id_speedy.pub").read_text().strip()
        text = render_user_data(cluster, instance, bucket=bucket, bucket_region="eu-west-1", authorized_key=key)
        assert gzip.decompress(raw).decode() == text
        assert len(text.encode()) > USER_DATA_LIMIT

    for extra in (AWKWARD, AWKWARD + "# other filler\n" * 1500):  # plain, and compressed again
        data = edited({**edits, "extra_user_data": extra})
        written = yaml.safe_load((live.directory / "config.yml").read_text())
        data["terraform"] = written["terraform"]
        (live.directory / "config.yml").write_text(yaml.safe_dump(data, allow_unicode=True))
        live.synth()
        assert live.stack.pending_changes() == ""
    live.stack.destroy()
