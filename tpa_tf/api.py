"""The functions for other programs: everything that ``import tpa_tf`` promises (docs/api.md)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # importing tpa_tf costs nothing until a function is called
    from tpa_tf.clusters import Loaded

Severity = Literal["error", "warning", "info"]
StrPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Finding:
    """What one rule says of a config, or of the lookup record beside it."""

    file: str
    """The file, by the path that was given."""
    line: int
    column: int
    """Of the first place; both count from 1."""
    severity: Severity
    rule: str
    """The rule's id, which ``tpa-tf rules`` explains."""
    message: str
    help: str | None
    """What to do about it."""


class ConfigError(Exception):
    """A config is at fault. Its text is what ``tpa-tf check`` prints."""

    def __init__(self, text: str, findings: Sequence[Finding]) -> None:
        super().__init__(text)
        self.findings = tuple(findings)
        """All findings, warnings among them."""


def check(path: StrPath, *, out: StrPath = "cdktf.out") -> tuple[Finding, ...]:
    """The findings on the cluster at ``path``, a directory or a config.yml: errors first.

    ``out`` is the directory for which the stack is checked. Nothing is written, and nothing is raised for a config that
    is at fault or missing.
    """
    return _findings(_load(path, out))


def synthesize(path: StrPath, *, out: StrPath = "cdktf.out") -> dict[str, Any]:
    """The stack of the cluster at ``path``: what ``tpa-tf synth`` writes to ``out``/stacks/NAME/cdk.tf.json, as data.

    The stack names the cluster directory by the way to it from ``out``; nothing is written there. Raises ConfigError if
    the config is at fault, and tpa_tf.errors.TpaTfError if CDKTF can't run, as without Node.js.
    """
    import json
    from pathlib import Path

    from tpa_tf import clusters
    from tpa_tf.engine import synth
    from tpa_tf.files import STACK_FILE

    loaded = _load(path, out)
    if loaded.checked is None:
        raise ConfigError(clusters.as_text((loaded,)).rstrip("\n"), _findings(loaded))
    _, stack = loaded.checked
    files = synth.render([stack], Path(out), keep=False)
    content: dict[str, Any] = json.loads(files[f"stacks/{stack.name}/{STACK_FILE}"] or b"")
    return content


def _load(path: StrPath, out: StrPath) -> Loaded:
    from pathlib import Path

    from tpa_tf import clusters

    return clusters.load(Path(path), os.fspath(path), out=Path(out))


def _findings(loaded: Loaded) -> tuple[Finding, ...]:
    return tuple(
        Finding(each.file, each.line, each.column, _severity(each.severity.name), each.rule, each.message, each.help)
        for each in loaded.report.findings
    )


def _severity(name: str) -> Severity:
    severities: dict[str, Severity] = {"ERROR": "error", "WARNING": "warning", "INFO": "info"}
    return severities[name]
