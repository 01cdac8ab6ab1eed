"""What every case becomes, byte for byte; ``make golden`` rewrites the expected files after a wanted change."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.golden.cases import EXPECTED, GOLDEN, Case, cases
from tests.golden.conftest import Compare
from tests.golden.scripts import evaluated, hashed, instances
from tests.support.shell import shellcheck
from tests.support.terraform import Provider, Stack
from tpa_tf.clusters import load
from tpa_tf.stack.build import build
from tpa_tf.terraform.expressions import written

FIRST_BOOT = GOLDEN / "first-boot"
"""A directory for each family of distributions: a config, and the first-boot script that it gives."""

CASES = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
FAMILIES = pytest.mark.parametrize("family", sorted(path.parent.name for path in FIRST_BOOT.glob("*/config.yml")))


@CASES
def test_synthesized_json_is_as_expected(case: Case, rendered: dict[str, str], compare: Compare) -> None:
    compare(case.expected, hashed(rendered[case.name]))


@FAMILIES
def test_first_boot_script_is_as_expected(family: str, compare: Compare) -> None:
    compare(FIRST_BOOT / family / "user-data.sh", script(FIRST_BOOT / family))


def test_every_expected_file_belongs_to_a_case() -> None:
    assert {path.parent.name for path in GOLDEN.glob(f"*/{EXPECTED}")} == {case.name for case in cases()}
    expected = {path.parent for path in FIRST_BOOT.glob("*/user-data.sh")}
    assert expected == {path.parent for path in FIRST_BOOT.glob("*/config.yml")}


@CASES
def test_synthesized_json_is_valid_to_terraform(
    case: Case, rendered: dict[str, str], terraform_provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / EXPECTED).write_text(rendered[case.name])
    Stack(tmp_path, terraform_provider, os.environ).validate()


@CASES
def test_shellcheck_has_nothing_to_say_of_the_scripts_of_a_case(
    case: Case, rendered: dict[str, str], tmp_path: Path
) -> None:
    scripts = {
        evaluated(arguments["user_data"])
        for arguments in instances(json.loads(rendered[case.name])).values()
        if "user_data" in arguments
    }
    assert scripts
    assert shellcheck(sorted(scripts), tmp_path) == ""


@FAMILIES
def test_shellcheck_has_nothing_to_say_of_a_family(family: str, tmp_path: Path) -> None:
    assert shellcheck([(FIRST_BOOT / family / "user-data.sh").read_text()], tmp_path) == ""


def script(cluster: Path) -> str:
    """The first-boot script of a cluster's instance, as Terraform renders it."""
    loaded = load(cluster).cluster
    assert loaded
    block = build(loaded, cluster / "cdktf.out").things["aws_instance.one"]
    return evaluated(str(written(block.arguments["user_data"])))
