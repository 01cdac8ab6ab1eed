"""The command impact."""

from __future__ import annotations

import sys

import click

from tpa_tf.changes.effects import Effect
from tpa_tf.changes.impact import forecast
from tpa_tf.changes.render import as_data, render, verdict
from tpa_tf.commands.common import sound, table_option
from tpa_tf.revisions import load_either

_FAIL_ON = {
    effect.value.replace(" ", "-"): effect for effect in Effect if effect.severity >= Effect.CUTS_CONNECTIONS.severity
}


@click.command()
@click.argument("old")
@click.argument("new")
@table_option
@click.option("--fail-on", type=click.Choice(list(_FAIL_ON)), help="Exit 1 if anything has this effect or a worse one.")
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
    if fail_on and any(row.effect.severity >= _FAIL_ON[fail_on].severity for row in found.rows):
        sys.exit(1)
