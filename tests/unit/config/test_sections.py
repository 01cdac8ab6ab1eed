"""The sections of a config in one form, whichever of their spellings was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tpa_tf.config.document import parse
from tpa_tf.config.findings import Report
from tpa_tf.config.sections import Sections, read_sections

TEXT = """
cluster_name: speedy
ec2_ami: {Name: debian, Owner: OWNER, filters: {owner-id: [OWNER], ena-support: yes}}
ec2_vpc: {eu-west-1: {Name: a, filters: {owner-id: OWNER, "tag:Release": 1.10}}}
ec2_groups: {eu-west-1: {owner-id: [self, OWNER]}}
"""


def read(text: str) -> Sections:
    document = parse(text.encode(), Path("config.yml"), "config.yml")
    sections = read_sections(document, Report(document))
    assert sections
    return sections


@pytest.mark.parametrize("owner", ["012345670123", "099720109477", "379101102735"])
def test_account_keeps_its_digits_wherever_it_stands(owner: str) -> None:
    sections = read(TEXT.replace("OWNER", owner))
    assert sections.ami
    assert (sections.ami.Owner, dict(sections.ami.filters or ())["owner-id"]) == ((owner,), (owner,))
    vpc = sections.vpc("eu-west-1")
    assert vpc and dict(vpc.spec.filters or ()) == {"owner-id": (owner,), "tag:Release": ("1.10",)}
    assert dict(sections.groups["eu-west-1"]) == {"owner-id": ("self", owner)}


def test_boolean_in_a_filter_is_as_aws_writes_it() -> None:
    ami = read(TEXT.replace("OWNER", "self")).ami
    assert ami and dict(ami.filters or ())["ena-support"] == ("true",)
