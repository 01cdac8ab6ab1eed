"""Terraform leaves what ``tpaexec provision`` leaves, but for the differences that are wanted.

Each directory in ``parity/`` holds a config, what existed before (``seed.json``), and ``expected.json``: the state of
an emulated AWS after TPA's own provisioning (v23.40.1) ran on that config; ``expected.baseline.json`` is the state
before.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Deploy
from tests.support.compare import Intended, differences
from tests.support.permissions import check_permissions

CASES = sorted(path.parent for path in Path(__file__).parent.glob("parity/*/config.yml"))

NO_DIFFERENCE = Intended()

WANTED = Intended(
    ignored=(
        r"/user_data(_sha256)?$",  # ours does the same in another way
        r"/objects/.*/content_type$",  # guessed by the tool that uploads
        r"/iam/roles/[^/]+/inline_policies/",  # scoped more tightly than TPA's
        r"/(key_pairs|elastic_ips|instance_profiles|roles)/[^/]+/tags",  # TPA leaves these without tags
        r"^/s3/(edb-|)tpa",  # a bucket that we make: another name, private, encrypted, no expiry
        r"/description$",  # free text
    ),
    free=(
        r"/block_devices/[^/]+/delete_on_termination$",  # data disks are attached, not launched with the machine
        r"/metadata_options/(HttpTokens|HttpPutResponseHopLimit|InstanceMetadataTags)$",  # v2 tokens are required
        r"/security_groups/[^/]+/(ingress|egress)/",  # the value is the rule's description, the key is the rule
    ),
)

WANTED_IN = {
    # An existing subnet keeps the route table that it has.
    "two-regions-vpc": Intended(ignored=(r"^/regions/us-east-1/route_tables/[^/]+/subnets$",)),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cluster_is_as_tpa_provisions_it(case: Path, deploy: Deploy) -> None:
    expected = json.loads((case / "expected.json").read_text())
    before = json.loads((case / "expected.baseline.json").read_text())
    also = WANTED_IN.get(case.name, NO_DIFFERENCE)
    wanted = Intended(WANTED.ignored + also.ignored, WANTED.free + also.free)

    live = deploy(case)
    assert differences(before, live.before, NO_DIFFERENCE) == []
    live.stack.apply()
    assert differences(expected, live.state(), wanted) == []
    assert live.stack.pending_changes() == ""
    live.allow_destroy()
    live.stack.destroy()
    assert live.state() == live.before
    check_permissions(live.directory, live.emulator)


def test_there_are_parity_cases() -> None:
    assert CASES
