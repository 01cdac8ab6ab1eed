"""The record of a lookup: one content for one record, and nothing in it is taken that could mean something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tpa_tf.clusters import load
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.record import RecordError, dump, read
from tpa_tf.facts.record import load as load_record

GOLDEN = Path(__file__).parents[2] / "golden"
RECORDS = sorted(GOLDEN.glob(f"*/{RECORD_NAME}"))
EVERYTHING = (GOLDEN / "lookup-everything-exists" / RECORD_NAME).read_bytes()


def changed(*path: str, to: Any) -> bytes:
    """The record of everything with another value at ``path``."""
    data = json.loads(EVERYTHING)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return json.dumps(data, indent=2).encode()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_written_as_it_was_read(path: Path) -> None:
    assert dump(load_record(path.read_bytes())) == path.read_bytes()


@pytest.mark.parametrize("pattern", ["*", "sh?red*", "shared\\*", "[*"])
def test_vpc_is_held_to_what_was_asked_with_its_wildcards(pattern: str) -> None:
    name = "[x" if pattern == "[*" else "shared"
    data = json.loads(changed("regions", "eu-central-1", "vpc", "asked", to={"tag:Name": [pattern]}))
    data["regions"]["eu-central-1"]["vpc"]["found"]["name"] = name
    assert load_record(json.dumps(data).encode()).regions["eu-central-1"].vpc.found


def test_order_of_keys_and_white_space_mean_nothing() -> None:
    backwards = json.dumps(dict(reversed(json.loads(EVERYTHING).items())), indent="\t").encode()
    assert dump(load_record(backwards)) == EVERYTHING


def test_directory_without_record_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None


REGION = ("regions", "eu-central-1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff{}", "not UTF-8"),
        (b"[" * 100000, "nested too deep"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[]", "no record of a lookup"),
        (b"null", "no record of a lookup"),
        (b"{}", "no record of a lookup"),
        (changed("version", to=0), "no record of a lookup"),
        (changed("version", to=True), "no record of a lookup"),
        (changed("version", to="1"), "no record of a lookup"),
        (changed("version", to=2), "a newer tpa-tf has written this record (version 2; this one knows 1)"),
        (changed("account", to=123456789012), "account: "),
        (changed("account", to="12345678901"), "account: "),
        (changed("acount", to="123456789012"), "acount: unexpected"),
        (changed(*REGION, "vpc", "found", "id", to="Test"), "regions.eu-central-1.vpc.found.id: "),
        (changed(*REGION, "vpc", "found", "cidrs", to=["10.20.0.1/16"]), "regions.eu-central-1.vpc.found.cidrs[0]: "),
        (changed(*REGION, "vpc", "found", "cidrs", to=["10.20.0.0/33"]), "regions.eu-central-1.vpc.found.cidrs[0]: "),
        (changed(*REGION, "vpc", "found", "id", to="vpc-1"), "vpc.found.id: that is not what was asked for"),
        (changed(*REGION, "vpc", "asked", to={"tag:Name": ["Prod"]}), "vpc.found.name: that is not what was asked for"),
        (changed(*REGION, "vpc", "asked", to={"tag:Name": ["Pro?", "x*"]}), "vpc.found.name: "),
        (changed(*REGION, "vpc", "asked", to={"cidr-block": ["10.21.0.0/16"]}), "vpc.found.cidrs[0]: "),
        (changed(*REGION, "vpc", "found", to={}), "field required"),
        (changed(*REGION, "subnets", "10.20.1.0/24", "cidr", to="10.20.9.0/24"), "the subnet that was found is"),
        (changed(*REGION, "subnets", "10.20.1.0/24", "vpc", to="vpc-1"), "that is not the VPC of eu-central-1"),
        (changed(*REGION, "vpc", "found", to=None), "that is not the VPC of eu-central-1"),
        (changed("bucket", "found", "region", to=""), "bucket.found.region: "),
        (changed("bucket", "found", "region", to="${x}"), "bucket.found.region: "),
        (changed("hosted_zones", "Z0123456789ABCDEFGHIJ", "private", to="no"), "private: "),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RecordError) as caught:
        load_record(content)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('  "account"', '<<<<<<< ours\n  "account"'),
        ('  "hosted_zones"', '  "cluster": "guest",\n  "hosted_zones"'),
        ('"id": "vpc-0123456789abcdef0"', '"id": "Test"'),
        ('"version": 1', '"version": 2'),
    ],
    ids=["a mark that git left", "a key given twice", "a value of another kind", "a newer version"],
)
def test_place_of_a_fault_is_told(tmp_path: Path, before: str, after: str) -> None:
    text = EVERYTHING.decode()
    assert before in text
    line = text[: text.index(before)].count("\n") + 1
    (tmp_path / "config.yml").write_bytes((GOLDEN / "lookup-everything-exists" / "config.yml").read_bytes())
    (tmp_path / RECORD_NAME).write_text(text.replace(before, after, 1))
    loaded = load(tmp_path, "clusters/guest")
    (fault,) = (finding for finding in loaded.report.findings if finding.rule == "invalid-lookup")
    assert (fault.file, fault.line) == (f"clusters/guest/{RECORD_NAME}", line)
    assert "tpa-tf lookup" in str(fault.help)
    assert loaded.cluster is None
