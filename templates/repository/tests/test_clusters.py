"""What every cluster of this repository keeps to; pytest --snapshot-update accepts a wanted change."""

from pathlib import Path

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

CLUSTERS = sorted(path.parent.name for path in Path(__file__).parents[1].glob("clusters/*/config.yml"))


@pytest.fixture(params=CLUSTERS)
def stack(request, tpa_stack):
    """The stack of a cluster, as data."""
    return tpa_stack(f"clusters/{request.param}")


def test_stack_is_as_reviewed(stack, snapshot):
    assert stack == snapshot(extension_class=JSONSnapshotExtension)


def test_volumes_are_encrypted(stack):
    volumes = stack["resource"].get("aws_ebs_volume", {})
    assert [name for name, volume in volumes.items() if not volume.get("encrypted")] == []


def test_metadata_service_wants_a_token(stack):
    instances = stack["resource"]["aws_instance"]
    assert {each["metadata_options"]["http_tokens"] for each in instances.values()} == {"required"}
