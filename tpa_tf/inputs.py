"""What every command does first: read each input, check it whole, and say what there is to say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tpa_tf.cluster.load import Loaded, config_file, load
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import StatePlace, shown_place, state_place
from tpa_tf.config.findings import Severity, render
from tpa_tf.user_data import measure_user_data


def load_all(paths: Iterable[str]) -> tuple[Loaded, ...]:
    """Every input read and checked, each once however often and by whatever name it is given, in the order given."""
    names: dict[str, str] = {}
    for path in paths:
        names.setdefault(os.path.realpath(config_file(Path(path))), path)
    loaded = tuple(load_one(Path(path), path) for path in names.values())
    _check_apart(loaded)
    return loaded


def load_one(path: Path, name: str) -> Loaded:
    """The input at ``path``, which messages call ``name``, read and checked."""
    loaded = load(path, name)
    _check_user_data(loaded)
    return loaded


def clusters(loaded: Sequence[Loaded]) -> tuple[Cluster, ...] | None:
    """The clusters of all inputs; None if any input is at fault."""
    found = [each.cluster for each in loaded if each.cluster and not each.report.failed]
    return tuple(found) if len(found) == len(loaded) else None


def as_text(loaded: Sequence[Loaded]) -> str:
    """All findings for people, and how many errors there are."""
    text = "".join(render(each.report.findings, each.document) for each in loaded)
    errors = sum(f.severity is Severity.ERROR for each in loaded for f in each.report.findings)
    if errors:
        text += f"{errors} error{'s' if errors > 1 else ''}; nothing was written\n"
    return text


def as_json(loaded: Sequence[Loaded]) -> str:
    """All findings for programs: a list of objects with file, line, column, severity, rule, message, where and help."""
    findings = [
        {**asdict(finding), "severity": finding.severity.name.lower()}
        for each in loaded
        for finding in each.report.findings
    ]
    return json.dumps(findings, indent=2, ensure_ascii=False) + "\n"


def _check_user_data(loaded: Loaded) -> None:
    if loaded.cluster is None:
        return
    for instance in loaded.cluster.instances:
        size = measure_user_data(loaded.cluster, instance)
        if not size.fits:
            longest = max(size.parts, key=lambda key: size.parts[key])
            help = "have the script fetch what is long (s3_uploads puts files into the cluster's bucket)"
            loaded.report.error("user-data-too-large", (longest,), str(size), help)
            return


def _check_apart(loaded: Iterable[Loaded]) -> None:
    """Two clusters of one name would write one stack over the other; with one state, each would destroy the other."""
    names: dict[str, Loaded] = {}
    states: dict[StatePlace, Loaded] = {}
    for each in loaded:
        if each.cluster is None:
            continue
        first = names.setdefault(each.cluster.name, each)
        if first is not each:
            each.report.error(
                "duplicate-cluster",
                ("cluster_name",),
                f"{first.document.name} has the cluster_name {each.cluster.name} too",
                "each stack is named by its cluster: give one of them another name, or another --out",
            )
        first = states.setdefault(state_place(each.cluster), each)
        if first is not each:
            local = each.cluster.terraform.backend_type is None
            each.report.error(
                "shared-state",
                ("cluster_name",) if local else ("terraform", "backend"),
                f"{first.document.name} keeps its state in the same place ({shown_place(each.cluster)}): "
                "each cluster's plan would destroy what the other has made",
                "give each cluster a directory of its own, or a backend in its terraform section"
                if local
                else "give each cluster a state of its own",
            )
