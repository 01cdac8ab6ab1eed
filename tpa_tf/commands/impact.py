"""The command impact."""

from __future__ import annotations

import sys

import click

from tpa_tf.changes.impact import forecast
from tpa_tf.changes.render import as_data, render, verdict
from tpa_tf.commands.common import sound, table_option
from tpa_tf.commands.effects import fail_on_option, fails
from tpa_tf.revisions import load_either


@click.command()
@click.argument("old")
@click.argument("new")
@table_option
@fail_on_option
def impact(old: str, new: str, form: str, fail_on: str | None) -> None:
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
    click.echo(render(found.rows, form, empty="nothing changes", also=also), nl=False)
    if form != "json":
        click.echo(verdict(found, form, predicted=True), nl=False)
    if fails(found.rows, fail_on):
        sys.exit(1)
