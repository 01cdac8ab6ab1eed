"""Loads a cluster from its directory or file: the one way in for every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.resolve import resolve
from tpa_tf.config.document import Document, Mark, Problem, parse
from tpa_tf.config.findings import Report

CONFIG_NAME = "config.yml"


@dataclass(frozen=True)
class Loaded:
    """One input after reading: what it says, what is wrong with it, and the cluster if nothing is."""

    document: Document
    report: Report
    cluster: Cluster | None
    merged: tuple[MergedInstance, ...]
    """Every instance of whatever platform, merged as TPA merges."""


def load(path: Path, name: str | None = None) -> Loaded:
    """Read and check the cluster directory or config file at ``path``; nothing is raised for bad input.

    ``name`` is how messages call the input; by default ``path`` as it was given.
    """
    file = path / CONFIG_NAME if path.is_dir() else path
    shown_as = f"{name.rstrip('/')}/{CONFIG_NAME}" if name and path.is_dir() else name or str(file)
    try:
        document = parse(file.read_bytes(), file, shown_as)
    except OSError as error:
        reason = error.strerror or str(error)
        help = f"give a cluster directory with a {CONFIG_NAME}, or the file itself"
        problem = Problem("unreadable", Mark(1, 1), f"can't be read: {reason}", (), help)
        document = Document(shown_as, file, "", None, {}, {}, {}, (problem,))
    report = Report(document)
    for problem in document.problems:
        report.problem(problem)
    if report.failed:
        return Loaded(document, report, None, ())
    cluster, merged = resolve(document, report)
    return Loaded(document, report, cluster, merged)
