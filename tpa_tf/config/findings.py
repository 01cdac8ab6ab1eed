"""What the tool has to say about an input: one frozen value a finding, with its place, and how it is shown."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from tpa_tf.config.document import Document, KeyPath, Mark, Problem

SECRET = "secret-in-config"
"""The rule of findings about secrets that are written out."""


class Severity(enum.IntEnum):
    """How much a finding weighs: only an error keeps the tool from writing."""

    ERROR = 0
    WARNING = 1
    INFO = 2


@dataclass(frozen=True)
class Finding:
    """One statement about one place of one file; line and column count from 1."""

    file: str
    line: int
    column: int
    width: int
    severity: Severity
    rule: str
    message: str
    where: str
    """The key path as people write it: ``instances[2].subnet``; empty for the file as a whole."""
    help: str | None
    """What to do about it, and what is allowed."""


class Report:
    """Collects the findings of one document; the same thing said twice of one place counts once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._findings: dict[tuple[str, int, int, str], Finding] = {}

    def error(self, rule: str, path: KeyPath, message: str, help: str | None = None, *, on_key: bool = False) -> None:
        """Record an error at ``path``; ``on_key`` points at the key instead of its value."""
        self._add(Severity.ERROR, rule, path, message, help, on_key)

    def warning(self, rule: str, path: KeyPath, message: str, help: str | None = None, *, on_key: bool = False) -> None:
        """Record a warning at ``path``: the output is written, but somebody should look."""
        self._add(Severity.WARNING, rule, path, message, help, on_key)

    def info(self, rule: str, path: KeyPath, message: str, help: str | None = None, *, on_key: bool = False) -> None:
        """Record something worth knowing at ``path``."""
        self._add(Severity.INFO, rule, path, message, help, on_key)

    def problem(self, problem: Problem) -> None:
        """Record why the text could not be read."""
        self._record(Severity.ERROR, problem.rule, problem.path, problem.message, problem.help, problem.mark)

    def elsewhere(self, file: str, rule: str, mark: Mark, message: str, help: str) -> None:
        """Record an error in another file than the document, at ``mark``."""
        finding = Finding(file, mark.line, mark.column, mark.width, Severity.ERROR, rule, message, "", help)
        self._findings[rule, mark.line, mark.column, message] = finding

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self._findings.values())

    def told(self, path: KeyPath) -> bool:
        """Whether an error at ``path`` or below it is recorded."""
        where = dotted(path)
        return any(
            finding.severity is Severity.ERROR
            and (finding.where == where or finding.where.startswith((f"{where}.", f"{where}[")))
            for finding in self._findings.values()
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of the text."""
        return tuple(sorted(self._findings.values(), key=lambda f: (f.line, f.column, f.severity, f.rule, f.message)))

    def _add(self, severity: Severity, rule: str, path: KeyPath, message: str, help: str | None, on_key: bool) -> None:
        mark = self.document.key_mark(path) if on_key else self.document.mark(path)
        self._record(severity, rule, path, message, help, mark)

    def _record(self, severity: Severity, rule: str, path: KeyPath, message: str, help: str | None, mark: Mark) -> None:
        finding = Finding(
            self.document.name, mark.line, mark.column, mark.width, severity, rule, message, dotted(path), help
        )
        self._findings.setdefault((rule, mark.line, mark.column, message), finding)


def dotted(path: KeyPath) -> str:
    """A key path as people write it: ``("instances", 2, "subnet")`` is ``instances[2].subnet``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def render(findings: Iterable[Finding], document: Document) -> str:
    """The findings as text for a terminal: position, rule and message, the line itself, and what to do.

    A line that holds a secret is not shown: the text may end up in the log of a pipeline.
    """
    lines = document.text.splitlines()
    findings = list(findings)
    for each in findings:
        if each.rule == SECRET and each.file == document.name:
            lines[each.line - 1] = ""
    return "".join(_render_one(each, lines if each.file == document.name else []) for each in findings)


def _render_one(finding: Finding, lines: list[str]) -> str:
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
    return out
