"""What people read of findings: in a file or a pipeline, and in a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import load_edited
from tpa_tf.clusters import Loaded, checked_findings
from tpa_tf.config.findings import Finding, Place, Severity
from tpa_tf.formats.terminal import show
from tpa_tf.formats.text import as_text, counts, elsewhere


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def unencrypted(directory: Path) -> Loaded:
    edits: dict[str, Any] = {f"instances[{number}].volumes[1].encrypted": False for number in (0, 1)}
    return load_edited(directory, {**edits, "cluster_ssh_port": 0})


def finding(severity: Severity = Severity.ERROR, *others: int) -> Finding:
    places = tuple(Place(line, 1, 1, "") for line in others)
    return Finding("x", 1, 1, 1, severity, "not-yaml", "m", "", None, places)


def test_errors_come_first_and_the_last_line_counts(tmp_path: Path) -> None:
    text = as_text(checked_findings((unencrypted(tmp_path),)))
    assert text.index("error[invalid-port]") < text.index("warning[not-encrypted]")
    assert text.endswith("\n1 error, 1 warning\n")


def test_cause_at_several_places_is_told_once_with_the_lines(tmp_path: Path) -> None:
    loaded = unencrypted(tmp_path)
    (found,) = (each for each in loaded.report.findings if each.rule == "not-encrypted")
    assert [place.where for place in found.places] == ["instances[0].volumes[1]", "instances[1].volumes[1]"]
    second = found.others[0].line
    assert f" = 2 places: also on line {second}\n" in as_text(checked_findings((loaded,)))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ((), ""),
        ((1,), ""),
        ((7,), "2 places: also on line 7"),
        ((7, 9), "3 places: also on lines 7 and 9"),
        (tuple(range(2, 22)), "21 places: also on lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 8 more"),
    ],
)
def test_other_places_are_named_by_their_lines(others: tuple[int, ...], said: str) -> None:
    assert elsewhere(finding(Severity.ERROR, *others)) == said


def test_counts_name_each_severity_that_there_is() -> None:
    assert counts([]) == ""
    assert counts([finding()]) == "1 error"
    assert counts([finding(Severity.INFO), finding(), finding(Severity.INFO)]) == "1 error, 2 infos"


def test_pipeline_gets_plain_text(tmp_path: Path) -> None:
    checked, stream = checked_findings((unencrypted(tmp_path),)), io.StringIO()
    show(checked, stream)
    assert stream.getvalue() == as_text(checked)


def test_terminal_gets_colours_within_its_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "60", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    show(checked_findings((unencrypted(tmp_path),)), stream)
    text = stream.getvalue()
    assert "\x1b[1;31merror[invalid-port]" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    body = [line for line in plain.splitlines() if "config.yml" not in line]
    assert max(map(len, body)) <= 60
    assert "\n1 error, 1 warning; tpa-tf rules explains each" in plain
    assert "also on line" in plain


def test_no_color_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    show(checked_findings((unencrypted(tmp_path),)), stream)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", stream.getvalue())


def test_dumb_terminal_gets_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    checked, stream = checked_findings((unencrypted(tmp_path),)), Terminal()
    show(checked, stream)
    assert stream.getvalue() == as_text(checked)


def test_nothing_to_say_is_nothing_written(tmp_path: Path) -> None:
    stream = Terminal()
    show(checked_findings((load_edited(tmp_path, {}),)), stream)
    assert stream.getvalue() == ""
