"""The command impact."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf.changes import steps
from tpa_tf.changes.impact import forecast
from tpa_tf.changes.render import NOTHING_CHANGES, as_data, render, verdict
from tpa_tf.clusters import config_file
from tpa_tf.commands.common import format_option, sound
from tpa_tf.commands.effects import fail_on_option, fails
from tpa_tf.errors import TpaTfError
from tpa_tf.files import DEFAULT_OUT
from tpa_tf.revisions import load_either


@click.command()
@click.argument("old")
@click.argument("new")
@format_option("html")
@fail_on_option
@click.option("--steps", "stepwise", is_flag=True, help="Print the commands that make it one instance after the other.")
def impact(old: str, new: str, form: str, fail_on: str | None, stepwise: bool) -> None:
    """Forecast what an edit does to each instance, volume and address, without AWS.

    OLD and NEW are cluster directories, config files, or git revisions: REV:PATH, or REV for the other one's config.
    """
    before, after = load_either(old, new), load_either(new, old)
    # What is only doubtful in the old config was said when it was new.
    (second,) = sound((after,)) if not before.report.failed else sound((before, after))
    assert before.checked
    found, notes = forecast(before.checked, second)
    for note in notes:
        click.echo(f"tpa-tf: {note}", err=True)
    also = {"notes": list(notes), "refused": as_data(found)["refused"]}
    if stepwise and (why := steps.obstacle(found)):
        raise TpaTfError(why)
    if stepwise and not config_file(Path(new)).is_file():
        raise TpaTfError(f"--steps wants NEW as a cluster directory, in which its commands work, and not {new}")
    one_by_one = steps.steps(found, before.checked[0], second[0]) if stepwise else ()
    if stepwise:
        also["steps"] = steps.as_data(one_by_one)
    stack = f"{DEFAULT_OUT}/stacks/{second[0].name}"
    commands = steps.as_text(one_by_one, found, old, str(config_file(Path(new)).parent), stack) if stepwise else ""
    if form == "html":
        from tpa_tf.pictures.impact import as_page

        click.echo(as_page(before, after, found, notes, commands), nl=False)
    else:
        click.echo(render(found.rows, form, empty=NOTHING_CHANGES, also=also), nl=False)
    if form in ("text", "markdown"):
        click.echo(verdict(found, form, predicted=True), nl=False)
        if stepwise:
            click.echo(f"\n```shell\n{commands}```" if form == "markdown" else f"\n{commands}".rstrip())
    if fails(found.rows, fail_on):
        sys.exit(1)
