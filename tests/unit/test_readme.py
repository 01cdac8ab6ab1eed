"""What the README shows is what the tool does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
import yaml

from bench.bench import FIGURES_END, FIGURES_START, with_figures
from tpa_tf.cli import COMMANDS, cli
from tpa_tf.clusters import load

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MINIMAL = ROOT / "examples" / "minimal"


def test_config_in_the_readme_is_the_minimal_example() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown
    assert yaml.safe_load(shown[1]) == load(MINIMAL).document.data


def test_disk_in_the_readme_is_the_one_that_is_synthesized() -> None:
    shown = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert shown
    volume = json.loads(f"{{{shown[1]}}}")["aws_ebs_volume"]["main_sdf"]
    golden = json.loads((ROOT / "tests/golden/example-minimal/cdk.tf.json").read_text("utf-8"))
    expected = golden["resource"]["aws_ebs_volume"]["main_sdf"]
    for here, there in zip(
        volume["lifecycle"].pop("postcondition"), expected["lifecycle"].pop("postcondition"), strict=True
    ):
        assert here["condition"] == there["condition"]
        assert there["error_message"].startswith(here["error_message"].partition("…")[0])
    assert volume == expected


def test_number_of_things_in_the_readme_is_that_of_the_plan() -> None:
    golden = json.loads((ROOT / "tests/golden/example-minimal/cdk.tf.json").read_text("utf-8"))
    count = sum(len(named) for named in golden["resource"].values())
    assert f"Plan: {count} to add, 0 to change, 0 to destroy." in README


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} names {target}"


def test_every_command_has_its_row() -> None:
    assert list(dict.fromkeys(re.findall(r"^\| `tpa-tf ([a-z]+) ", README, re.MULTILINE))) == list(COMMANDS)


def test_every_part_of_the_house_has_its_row() -> None:
    shown = set(re.findall(r"^\| `tpa_tf/([a-z]+)/` \|", CONTRIBUTING, re.MULTILINE))
    assert shown == {path.parent.name for path in (ROOT / "tpa_tf").glob("*/__init__.py")}


def test_every_page_of_the_docs_is_linked() -> None:
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert pages - set(re.findall(r"\]\(([^)#:]+)\)", README)) == set()


def test_benchmark_writes_between_its_marks_between_its_marks() -> None:
    written = with_figures(CONTRIBUTING, "1 processor")
    before, _, rest = CONTRIBUTING.partition(FIGURES_START)
    assert written.startswith(before)
    assert written.endswith(rest.partition(FIGURES_END)[2])
    assert "1 processor" in written
    assert "plain import" not in written
    assert with_figures(written, "1 processor") == written


@pytest.mark.parametrize("readme", ["", FIGURES_END + FIGURES_START, FIGURES_START, CONTRIBUTING + FIGURES_START])
def test_benchmark_writes_into_no_readme_without_its_marks(readme: str) -> None:
    with pytest.raises(ValueError, match="must hold"):
        with_figures(readme, "1 processor")


def test_options_in_the_docs_are_those_of_their_commands() -> None:
    seen = 0
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for name, rest in re.findall(r"tpa-tf ([a-z]+)\b([^`\n|]*)", page.read_text("utf-8")):
            if name not in COMMANDS:
                continue
            command = cli.get_command(click.Context(cli), name)
            assert command
            known = {option for parameter in command.params for option in parameter.opts}
            for option in re.findall(r"(?<=[\s\[])--[a-z-]+", rest.partition("#")[0]):
                assert option in known, f"{page.name}: tpa-tf {name}{rest}"
                seen += 1
    assert seen > 20
