"""Loads a cluster from its directory or file: the one way in for every command."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.record import RECORD_NAME, Asked, Record, RecordError, read
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
    asked: Asked | None
    """What a lookup has to ask AWS; None if the config itself is at fault."""


def load(path: Path, name: str | None = None) -> Loaded:
    """Read and check the cluster directory or config file at ``path`` with the record of what exists, if there is one.

    ``name`` is how messages call the input; by default ``path`` as it was given. Nothing is raised for bad input.
    """
    directory = path if path.is_dir() else path.parent
    try:
        return load_with(path, read(directory), name)
    except RecordError as error:
        loaded = load_with(path, None, name)
        help = f"run tpa-tf lookup {shlex.quote(str(directory))} again, or take the file as git has it"
        file = str(Path(loaded.document.name).parent / RECORD_NAME)
        loaded.report.elsewhere(file, "invalid-lookup", error.mark, str(error), help)
        return replace(loaded, cluster=None)


def config_file(path: Path) -> Path:
    """The config of the cluster directory ``path``, or ``path`` itself if it is none."""
    return path / CONFIG_NAME if path.is_dir() else path


def load_with(path: Path, record: Record | None, name: str | None = None) -> Loaded:
    """The same with ``record``, whatever is on disk; with None, as if nothing had been looked up yet."""
    file = config_file(path)
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
    if report.failed and document.data is None:
        return Loaded(document, report, None, (), None)
    cluster, merged, asked = resolve(document, report, record)
    return Loaded(document, report, cluster, merged, asked)
