"""An existing bucket: where Terraform looks for it, what it checks, and where machines ask for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tests.support.synthesis import render

FOUND = "${data.aws_s3_bucket.cluster.region}"


def stack(directory: Path, edits: dict[str, Any]) -> dict[str, Any]:
    cluster = load_edited(directory, edits).cluster
    assert cluster
    files = render([cluster], directory / "out")
    found: dict[str, Any] = json.loads(next(each for path, each in files.items() if Path(path).name == "cdk.tf.json"))
    return found


def test_bucket_is_looked_for_where_the_config_says_and_has_to_be_there(tmp_path: Path) -> None:
    found = stack(tmp_path, {"cluster_bucket": "ours", "terraform": {"home_region": "us-east-1"}})
    bucket = found["data"]["aws_s3_bucket"]["cluster"]
    assert bucket["provider"] == "aws.us_east_1"
    (condition,) = bucket["lifecycle"]["postcondition"]
    assert condition["condition"] == '${self.region == "us-east-1"}'
    assert "home_region: ${self.region}" in condition["error_message"]
    assert {each["provider"] for each in found["resource"]["aws_s3_object"].values()} == {"aws.us_east_1"}
    assert {each["region"] for each in found["provider"]["aws"]} == {"eu-west-1", "us-east-1"}


def test_bucket_that_nobody_knows_the_region_of_may_be_elsewhere(tmp_path: Path) -> None:
    bucket = stack(tmp_path, {"cluster_bucket": "ours"})["data"]["aws_s3_bucket"]["cluster"]
    assert bucket == {"bucket": "ours", "provider": "aws.eu_west_1"}


@pytest.mark.parametrize(
    ("edits", "region"), [({"cluster_bucket": "ours"}, FOUND), ({"cluster_bucket": "auto"}, "eu-west-1")]
)
def test_machines_ask_for_their_host_keys_where_the_bucket_is(
    tmp_path: Path, edits: dict[str, Any], region: str
) -> None:
    machines = stack(tmp_path, edits)["resource"]["aws_instance"].values()
    assert [each["user_data"].count(f' - "$bucket" {region} ') for each in machines] == [1, 1]


@pytest.mark.parametrize("word", ["@region@", "@bucket@", "@key@"])
def test_text_of_the_config_is_no_stand_in(tmp_path: Path, word: str) -> None:
    edits = {"cluster_bucket": "ours", "extra_user_data": f"echo {word}", "user_locale": word}
    for machine in stack(tmp_path, edits)["resource"]["aws_instance"].values():
        assert f"echo {word}\n" in machine["user_data"]
        assert machine["user_data"].count(word) > 1
        assert machine["user_data"].count(FOUND) == 1
