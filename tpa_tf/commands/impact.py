"""The command impact."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tpa_tf.changes import steps
from tpa_tf.changes.effects import Row
from tpa_tf.changes.impact import forecast
from tpa_tf.changes.judge import Verdict
from tpa_tf.changes.render import NOTHING_CHANGES, as_data, render, verdict
from tpa_tf.changes.terminal import show
from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import Loaded, config_file
from tpa_tf.commands.common import format_option, of_repository, sound
from tpa_tf.commands.effects import fail_on_option, fails
from tpa_tf.errors import TpaTfError
from tpa_tf.files import CONFIG_NAME, DEFAULT_OUT, OWN_FILES
from tpa_tf.repository import CLUSTERS, is_cluster_of
from tpa_tf.revisions import configs_in, load_either, load_since
from tpa_tf.terraform.stack import Stack

_GONE = "is gone: what it has in AWS stays until terraform destroy in its stack; then tpa-tf synth --prune removes that"
_NEW = "is new: there is nothing to compare it with"


@dataclass(frozen=True)
class _Forecast:
    """What an edit of one cluster does."""

    before: Loaded
    after: Loaded
    new: tuple[Cluster, Stack]
    found: Verdict
    notes: tuple[str, ...]


@click.command()
@click.argument("paths", metavar="OLD NEW | [DIR]…", nargs=-1, type=click.Path())
@click.option("--since", metavar="REV", help="Compare each DIR with what it was in this git revision.")
@format_option("html")
@fail_on_option
@click.option("--steps", "stepwise", is_flag=True, help="Print the commands that make it one instance after the other.")
def impact(paths: tuple[str, ...], since: str | None, form: str, fail_on: str | None, stepwise: bool) -> None:
    """Forecast what an edit does to each instance, volume and address, without AWS.

    OLD and NEW are cluster directories, config files, or git revisions: REV:PATH, or REV for the other one's config.
    With --since, each DIR is forecast by itself; without DIR, every cluster that cdktf.json of the working directory
    names.
    """
    if since is None:
        if len(paths) != 2:
            raise click.UsageError("give OLD and NEW, or --since REV and cluster directories")
        old, new = paths
        one = _forecast(load_either(old, new), load_either(new, old))
        _show_one(one, old, new, form, stepwise)
        rows = one.found.rows
    else:
        if stepwise or form == "html":
            raise click.UsageError("--steps and --format html are for one cluster: give OLD and NEW")
        wanted = of_repository(paths)
        gone = () if paths or os.environ.get(CLUSTERS) else _gone(since)
        rows = _show_all(since, wanted, gone, form)
    if fails(rows, fail_on):
        sys.exit(1)


def _forecast(before: Loaded, after: Loaded) -> _Forecast:
    # What is only doubtful in the old config was said when it was new.
    (second,) = sound((after,)) if not before.report.failed else sound((before, after))
    assert before.checked
    found, notes = forecast(before.checked, second)
    if before.checked[1].files or second[1].files:
        notes = (*notes, f"what {OWN_FILES}/ beside the config adds to the stack is not forecast: read the plan")
    for note in notes:
        click.echo(f"tpa-tf: {note}", err=True)
    return _Forecast(before, after, second, found, tuple(notes))


def _show_one(one: _Forecast, old: str, new: str, form: str, stepwise: bool) -> None:
    also = _also(one)
    if stepwise and (why := steps.obstacle(one.found)):
        raise TpaTfError(why)
    if stepwise and not config_file(Path(new)).is_file():
        raise TpaTfError(f"--steps wants NEW as a cluster directory, in which its commands work, and not {new}")
    assert one.before.checked
    one_by_one = steps.steps(one.found, one.before.checked[0], one.new[0]) if stepwise else ()
    if stepwise:
        also["steps"] = steps.as_data(one_by_one)
    stack = f"{DEFAULT_OUT}/stacks/{one.new[0].name}"
    commands = steps.as_text(one_by_one, one.found, old, str(config_file(Path(new)).parent), stack) if stepwise else ""
    if form == "html":
        from tpa_tf.pictures.impact import as_page

        click.echo(as_page(one.before, one.after, one.found, one.notes, commands), nl=False)
    elif form == "text":
        show(one.found.rows, sys.stdout, empty=NOTHING_CHANGES)
    else:
        click.echo(render(one.found.rows, form, empty=NOTHING_CHANGES, also=also), nl=False)
    if form in ("text", "markdown"):
        click.echo(verdict(one.found, form, predicted=True), nl=False)
        if stepwise:
            click.echo(f"\n```shell\n{commands}```" if form == "markdown" else f"\n{commands}".rstrip())


def _gone(since: str) -> tuple[str, ...]:
    """The clusters that the repository had in the revision, and has no more."""
    had = (path for path in configs_in(since) if is_cluster_of(Path(), os.environ, path))
    return tuple(str(path) for path in had if not (path / CONFIG_NAME).exists())


def _show_all(since: str, paths: tuple[str, ...], gone: tuple[str, ...], form: str) -> tuple[Row, ...]:
    """Show the forecast of each cluster under its path, and give back all rows."""
    each = {path: _since(since, path) for path in paths}
    if form == "json":
        data = {path: _as_json(one) for path, one in each.items()}
        click.echo(
            json.dumps(
                {"version": 1, "since": since, "clusters": data, "gone": list(gone)}, indent=2, ensure_ascii=False
            )
        )
    else:
        for number, (path, one) in enumerate(each.items()):
            if number:
                click.echo()
            _show_section(path, one, form)
        for path in gone:
            click.echo()
            click.echo(f"{_heading(path, form)}\n{_GONE}")
    return tuple(row for one in each.values() if one for row in one.found.rows)


def _since(revision: str, path: str) -> _Forecast | None:
    """The forecast of the cluster at ``path``; None if it is new since ``revision``."""
    before, after = load_since(revision, path), load_either(path, path)
    if before is None:
        sound((after,))
        return None
    return _forecast(before, after)


def _heading(path: str, form: str) -> str:
    return f"### {path}\n" if form == "markdown" else f"{path}:"


def _show_section(path: str, one: _Forecast | None, form: str) -> None:
    click.echo(_heading(path, form))
    if one is None:
        click.echo(_NEW)
        return
    if form == "text":
        show(one.found.rows, sys.stdout, empty=NOTHING_CHANGES)
    else:
        click.echo(render(one.found.rows, form, empty=NOTHING_CHANGES), nl=False)
    click.echo(verdict(one.found, form, predicted=True), nl=False)


def _as_json(one: _Forecast | None) -> Any:
    """The JSON document of a cluster's forecast; null for one that is new."""
    return json.loads(render(one.found.rows, "json", empty=NOTHING_CHANGES, also=_also(one))) if one else None


def _also(one: _Forecast) -> dict[str, Any]:
    return {"notes": list(one.notes), "refused": as_data(one.found)["refused"]}
