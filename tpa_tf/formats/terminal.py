"""Findings in colour, for a terminal, wrapped at its width; elsewhere as plain text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from tpa_tf.config.document import Document
from tpa_tf.config.findings import Finding, Severity
from tpa_tf.formats.text import as_text, counts, elsewhere, source_lines

if TYPE_CHECKING:  # importing it takes a fifth of the time of a check, and pipelines have no terminal
    from rich.console import Console
    from rich.text import Text

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}


def show(checked: Sequence[tuple[Document, Sequence[Finding]]], stream: TextIO) -> None:
    """Write the findings of each document to ``stream``, and how many there are.

    In a terminal, NO_COLOR (https://no-color.org) and COLUMNS are respected.
    """
    if not any(findings for _, findings in checked):
        return
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        stream.write(as_text(checked))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=False)
    for document, findings in checked:
        lines = source_lines(findings, document)
        for finding in findings:
            _one(console, finding, lines if finding.file == document.name else [])
    total = counts([finding for _, findings in checked for finding in findings])
    console.print(Text.assemble((total, "bold"), "; tpa-tf rules explains each by its name in brackets"))


def _one(console: Console, finding: Finding, lines: Sequence[str]) -> None:
    from rich.text import Text

    colour = _COLOURS[finding.severity]
    head = Text.assemble(
        (f"{finding.file}:{finding.line}:{finding.column}: ", "bold"),
        (f"{finding.severity.name.lower()}[{finding.rule}]", colour),
        f": {finding.message}",
    )
    console.print(head)
    margin = len(str(finding.line))
    if 1 <= finding.line <= len(lines) and (source := lines[finding.line - 1]):
        width = max(1, min(finding.width, len(source) - finding.column + 1))
        bar = f"{'':{margin}} │ "
        console.print(Text(bar.rstrip(), "blue"))
        marks = Text.assemble((bar, "blue"), " " * (finding.column - 1), (f"{'^' * width} {finding.where}", colour))
        for line in (Text.assemble((f"{finding.line} │ ", "blue"), source), marks):
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    for note in (finding.help, elsewhere(finding)):
        if note:
            _note(console, note, margin)


def _note(console: Console, note: str, margin: int) -> None:
    """A note, with its further lines below its first word."""
    from rich.text import Text

    text: Text = Text(note)
    for number, line in enumerate(text.wrap(console, max(20, console.width - margin - 3))):
        console.print(Text.assemble((f"{'':{margin}} {'=' if number == 0 else ' '} ", "blue"), line), no_wrap=True)
