"""What a config accepts is told no more, for the reason that it gives; what isn't there can't be accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tpa_tf.clusters import Loaded

PLAIN = {f"instances[{number}].volumes[1].encrypted": False for number in (0, 1)}


def accepting(directory: Path, accept: Any, **edits: Any) -> Loaded:
    return load_edited(directory, {**PLAIN, **edits, "terraform": {"accept": accept}})


def said(loaded: Loaded) -> list[tuple[str, str]]:
    return [(each.rule, each.where) for each in loaded.report.findings]


def test_rule_is_accepted_for_the_whole_cluster(tmp_path: Path) -> None:
    loaded = accepting(tmp_path, {"not-encrypted": "public data"})
    assert loaded.cluster and said(loaded) == []
    ((finding, reason),) = loaded.report.accepted
    assert (finding.rule, reason, len(finding.places)) == ("not-encrypted", "public data", 2)


def test_rule_is_accepted_for_one_instance(tmp_path: Path) -> None:
    loaded = accepting(tmp_path, {"not-encrypted": {"ONE": "public data"}})
    (finding,) = loaded.report.findings
    assert (finding.rule, finding.where, finding.others) == ("not-encrypted", "instances[1].volumes[1]", ())


def test_acceptance_of_an_instance_is_not_that_of_one_with_a_longer_number(tmp_path: Path) -> None:
    more = [{"Name": f"n-{node}", "node": node, "region": "eu-west-1", "subnet": "10.33.1.0/24", "type": "t3.micro",
             "role": [] if node else ["primary"],
             "volumes": [{"device_name": "/dev/sdf", "volume_size": 1}]} for node in range(20)]  # fmt: skip
    loaded = load_edited(tmp_path, {"instances": more, "terraform": {"accept": {"not-encrypted": {"n-1": "why"}}}})
    (finding,) = loaded.report.findings
    assert [place.where for place in finding.places] == [f"instances[{n}].volumes[0]" for n in range(20) if n != 1]


@pytest.mark.parametrize(
    ("accept", "rule", "where", "says"),
    [
        ({"not-encrypted": "x", "no-owner": "y"}, "idle-acceptance", ".no-owner", "nothing breaks no-owner"),
        ({"not-encrypted": {"one": "x", "two": "y"}, "no-effect": {"one": "z"}}, "idle-acceptance", ".no-effect.one",
         "nothing breaks no-effect in one"),
        ({"not-encrypted": "x", "no-ownr": "y"}, "invalid-acceptance", ".no-ownr", "did you mean no-owner?"),
        ({"not-encrypted": "x", "wrong-type": "y"}, "invalid-acceptance", ".wrong-type", "is an error"),
        ({"not-encrypted": {"one": "x", "two": "y", "three": "z"}}, "invalid-acceptance", ".not-encrypted.three",
         "no instance three = write one of one, two"),
        ({"not-encrypted": "x", "no-owner": ["y"]}, "wrong-type", ".no-owner", "text is expected"),
        ({"not-encrypted": "x", "no-owner": ""}, "wrong-type", ".no-owner", "a value is expected"),
    ],
)  # fmt: skip
def test_acceptance_of_what_is_not_there_is_a_finding(
    tmp_path: Path, accept: Any, rule: str, where: str, says: str
) -> None:
    found = [each for each in accepting(tmp_path, accept).report.findings if each.rule != "not-encrypted"]
    (finding,) = found
    assert (finding.rule, finding.where) == (rule, f"terraform.accept{where}")
    assert says in f"{finding.message} = {finding.help}"


def test_what_only_a_question_to_aws_can_tell_is_not_called_idle(tmp_path: Path) -> None:
    assert said(accepting(tmp_path, {"not-encrypted": "x", "volume-unattached": "a spare"})) == []


def test_config_at_fault_is_not_told_what_is_idle(tmp_path: Path) -> None:
    loaded = accepting(tmp_path, {"not-encrypted": "x", "no-owner": "y"}, cluster_ssh_port=0)
    assert said(loaded) == [("invalid-port", "cluster_ssh_port")]
