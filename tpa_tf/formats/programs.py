"""Findings for programs: JSON, SARIF for code scanning, and the workflow commands of GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from tpa_tf.config.findings import Finding, Place, Severity
from tpa_tf.formats.text import elsewhere

_PAGE = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
"""As SARIF calls them (section 3.27.10)."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
"""As GitHub calls them: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""


def as_json(findings: Iterable[Finding]) -> str:
    """A list of objects with file, line, column, severity, rule, message, where and help, and the other places."""
    listed = [{**asdict(finding), "severity": finding.severity.name.lower()} for finding in findings]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def as_github(findings: Iterable[Finding]) -> str:
    """A workflow command for each finding, which GitHub shows beside the line of a pull request."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def as_sarif(findings: Sequence[Finding], accepted: Sequence[tuple[Finding, str]] = ()) -> str:
    """A log of SARIF 2.1.0, with what each rule says, and with what is accepted as suppressed."""
    from tpa_tf.rules.catalog import RULES

    used = sorted({finding.rule for finding in (*findings, *(finding for finding, _ in accepted))})
    rules = [
        {
            "id": id,
            "shortDescription": {"text": RULES[id].title},
            "fullDescription": {"text": RULES[id].why},
            "help": {"text": RULES[id].fix},
            "defaultConfiguration": {"level": _LEVELS[RULES[id].severity]},
            **({"helpUri": RULES[id].source} if RULES[id].source.startswith("https://") else {}),
        }
        for id in used
    ]
    results = [_result(finding, used.index(finding.rule)) for finding in findings]
    results += [
        {
            **_result(finding, used.index(finding.rule)),
            "suppressions": [{"kind": "inSource", "justification": reason}],
        }
        for finding, reason in accepted
    ]
    run = {
        "tool": {"driver": {"name": "tpa-tf", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": _PAGE, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _sentences(finding)},
        "locations": [_location(finding.file, finding.place)],
    }
    if finding.others:
        related = [_location(finding.file, place) for place in finding.others]
        result["relatedLocations"] = [{"id": number, **each} for number, each in enumerate(related, 1)]
    return result


def _location(file: str, place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.column + place.width}
    physical = {"artifactLocation": {"uri": quote(file)}, "region": region}
    logical = {"logicalLocations": [{"fullyQualifiedName": place.where}]} if place.where else {}
    return {"physicalLocation": physical, **logical}


def _sentences(finding: Finding) -> str:
    return "\n".join(part for part in (finding.message, finding.help) if part)


def _command(finding: Finding) -> str:
    place = {
        "file": finding.file,
        "line": str(finding.line),
        "endLine": str(finding.line),
        "col": str(finding.column),
        "endColumn": str(finding.column + finding.width),
        "title": f"tpa-tf: {finding.rule}",
    }
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in place.items())
    text = "\n".join(part for part in (finding.message, finding.help, elsewhere(finding)) if part)
    return f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """``text`` as a workflow command takes it; in properties, ``:`` and ``,`` separate things."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
