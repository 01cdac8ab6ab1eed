"""A cluster that ``tpaexec provision`` made becomes Terraform's: imported, changed in place, nothing destroyed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Deploy
from tests.e2e.test_parity import CASES as PARITY_CASES
from tests.support.compare import Intended, differences
from tests.support.deployment import Deployment
from tests.support.permissions import granted
from tests.support.tpa_made import make
from tpa_tf.terraform.resources import RESOURCE_TYPES

CASES = Path(__file__).parent / "cases"

EXPECTED = {
    "eip-key-profile": (20, 0, 8),
    "locations": (29, 9, 7),
    "minimal": (16, 9, 5),
    "mixed-platforms": (26, 9, 11),
    "pgdao-three-locs-two-regions": (60, 9, 25),
    "private": (13, 9, 5),
    "two-regions-vpc": (25, 0, 9),
}
"""What the plan after an adoption imports, creates and updates in place."""

CHANGED_IN_PLACE = Intended(
    ignored=(
        r"/(elastic_ips|instance_profiles|roles)/[^/]+/tags",  # TPA leaves these without
        r"/iam/roles/[^/]+/inline_policies/",  # scoped more tightly than TPA's
        r"^/s3/",  # host keys go into a bucket of the cluster's own
        r"/metadata_options/HttpTokens$",  # version 2 is required
    ),
    free=(),
)


def counts(plan: dict[str, Any]) -> tuple[int, int, int]:
    """What a plan imports, creates and updates; it does nothing else."""
    changes = [change["change"] for change in plan["resource_changes"] if change["mode"] == "managed"]
    actions = Counter("+".join(change["actions"]) for change in changes)
    assert set(actions) <= {"no-op", "create", "update"}, actions
    return sum("importing" in change for change in changes), actions["create"], actions["update"]


def review(live: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """tpa-tf review of the last plan."""
    program = Path(sys.executable).with_name("tpa-tf")
    command = [str(program), "review", str(live.stack.directory / "plan"), *arguments]
    return subprocess.run(command, env=live.stack.environment, capture_output=True, text=True, check=False)


def adopted(live: Deployment) -> dict[str, Any]:
    """What the record says of the adoption."""
    record: dict[str, Any] = json.loads((live.directory / "tpa-tf.lookup.json").read_text())
    found: dict[str, Any] = record.get("adopted", {})
    return found


@pytest.mark.parametrize("case", PARITY_CASES, ids=lambda case: case.name)
def test_cluster_of_tpa_is_adopted(case: Path, deploy: Deploy) -> None:
    live = deploy(case)
    make(case, live.emulator.url)
    made = live.state()
    live.adopt()
    assert live.state() == made, "an adoption changes nothing"
    live.synth()
    live.stack.planned_changes()
    plan = live.stack.shown_plan()
    assert counts(plan) == EXPECTED[case.name]
    judged = review(live)
    assert judged.returncode == 0, judged.stdout
    imports = adopted(live)["imports"]
    live.stack.apply()
    assert live.stack.pending_changes() == ""
    assert differences(made, live.state(), CHANGED_IN_PLACE) == []
    ids = live.ids()
    by_id = {name for name, declared in RESOURCE_TYPES.items() if declared.import_id == "{id}"}
    imported = {address: id for address, id in imports.items() if address.partition(".")[0] in by_id}
    assert len(imported) > len(imports) // 2
    assert imported == {address: ids[address] for address in imported}
    assert imports.keys() <= ids.keys()
    live.lookup()
    assert "imports" not in adopted(live), "the state has them all"
    live.synth()
    assert "import" not in json.loads((live.stack.directory / "cdk.tf.json").read_text())
    assert live.stack.pending_changes() == ""
    seen = {action for action, _ in live.emulator.calls("tpa-tf")} - {"sts:GetCallerIdentity"}
    assert seen <= granted(live.directory)


def test_every_parity_case_has_its_counts() -> None:
    assert {case.name for case in PARITY_CASES} == set(EXPECTED)


@pytest.mark.parametrize("name", ["disks-and-addresses", "existing-everything"])
def test_lost_state_is_found_again(name: str, deploy: Deploy) -> None:
    """With KMS keys, DNS records, volumes to attach, instance store, and a bucket of the cluster's own."""
    live = deploy(CASES / name)
    live.stack.apply()
    before, ids = live.state(), live.ids()
    (live.directory / "terraform.tfstate").unlink()
    live.adopt()
    live.synth()
    live.stack.planned_changes()
    _, created, _ = counts(live.stack.shown_plan())
    assert created == 0
    live.stack.apply()
    assert live.stack.pending_changes() == ""
    assert live.state() == before
    found = live.ids()
    assert {address: id for address, id in ids.items() if found.get(address, id) != id} == {}
    assert set(ids) - set(found) <= {"aws_key_pair.eu_west_1"}, "a key pair can't be imported"


def test_half_adopted_cluster_is_adopted_to_the_end(deploy: Deploy) -> None:
    case = next(case for case in PARITY_CASES if case.name == "minimal")
    live = deploy(case)
    make(case, live.emulator.url)
    live.adopt()
    everything = adopted(live)
    live.synth()
    live.stack.apply("-target=aws_vpc.eu_west_1", "-target=aws_subnet.eu_west_1_10_33_1_0_24")
    live.adopt()
    rest = adopted(live)
    assert set(everything["imports"]) - set(rest["imports"]) == {
        "aws_vpc.eu_west_1",
        "aws_subnet.eu_west_1_10_33_1_0_24",
    }
    assert rest["imports"].items() <= everything["imports"].items()
    live.synth()
    live.stack.planned_changes()
    imported, created, updated = counts(live.stack.shown_plan())
    assert (imported, created, updated) == (14, 9, 5)
    live.stack.apply()
    assert live.stack.pending_changes() == ""
    live.adopt()
    assert "imports" not in adopted(live)
