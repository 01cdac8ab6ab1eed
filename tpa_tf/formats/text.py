"""Findings as text for a terminal: position, rule and message, the line itself, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tpa_tf.config.document import Document
from tpa_tf.config.findings import Finding, Severity
from tpa_tf.rules.terraform import SECRET_IN_CONFIG

_MOST_PLACES = 12
"""Lines that a finding names besides its first one."""


def as_text(checked: Sequence[tuple[Document, Sequence[Finding]]]) -> str:
    """The findings of each document, and how many there are."""
    text = "".join(_of_one(document, findings) for document, findings in checked)
    total = counts([finding for _, findings in checked for finding in findings])
    return f"{text}{total}\n" if total else text


def _of_one(document: Document, findings: Sequence[Finding]) -> str:
    lines = source_lines(findings, document)
    return "".join(_one(finding, lines if finding.file == document.name else []) for finding in findings)


def source_lines(findings: Iterable[Finding], document: Document) -> list[str]:
    """The lines of ``document`` as they may be shown.

    One that holds a secret is empty: the text may end up in the log of a pipeline.
    """
    lines = document.text.splitlines()
    for finding in findings:
        if finding.rule == SECRET_IN_CONFIG.id and finding.file == document.name:
            for place in finding.places:
                lines[place.line - 1] = ""
    return lines


def counts(findings: Sequence[Finding]) -> str:
    """How many findings there are: ``2 errors, 1 warning``; empty where there are none."""
    found = [(sum(finding.severity is severity for finding in findings), severity) for severity in Severity]
    return ", ".join(f"{count} {severity.name.lower()}{'s' if count > 1 else ''}" for count, severity in found if count)


def elsewhere(finding: Finding) -> str:
    """Where a finding is besides its first place: ``also on lines 45 and 48``; empty where it is nowhere else."""
    others = sorted({place.line for place in finding.others} - {finding.line})
    if not others:
        return ""
    shown = [str(line) for line in others[:_MOST_PLACES]]
    if len(others) > len(shown):
        shown.append(f"{len(others) - len(shown)} more")
    listed = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"{len(finding.others) + 1} places: also on line{'s' if len(others) > 1 else ''} {listed}"


def _one(finding: Finding, lines: list[str]) -> str:
    out = (
        f"{finding.file}:{finding.line}:{finding.column}: "
        f"{finding.severity.name.lower()}[{finding.rule}]: {finding.message}\n"
    )
    number = str(finding.line)
    margin = " " * len(number)
    if 1 <= finding.line <= len(lines) and (source := lines[finding.line - 1]):
        width = max(1, min(finding.width, len(source) - finding.column + 1))
        out += f"{margin} |\n{number} | {source}\n"
        out += f"{margin} | {' ' * (finding.column - 1)}{'^' * width} {finding.where}".rstrip() + "\n"
    if finding.help:
        out += f"{margin} = {finding.help}\n"
    if more := elsewhere(finding):
        out += f"{margin} = {more}\n"
    return out
