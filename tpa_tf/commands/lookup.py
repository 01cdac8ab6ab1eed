"""The command lookup."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf import clusters, files
from tpa_tf.commands.common import askable, check_option, compare, out_option
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.record import dump
from tpa_tf.lookup.run import look_up, progress


@click.command()
@click.argument("path", metavar="DIR|FILE")
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration; by default the usual chain.")
@out_option
@check_option("Write nothing; show what has changed in AWS, and exit 1 if so.")
def lookup(path: str, profile: str | None, out: Path, check: bool) -> None:
    """Ask AWS what the config refers to, and record it in tpa-tf.lookup.json beside the config, for git.

    With the record, synthesis uses what exists and creates the rest, as TPA does.
    """
    _, asked = askable(path)
    loaded, record = look_up(Path(path), path, asked, profile, out, progress(sys.stderr))
    click.echo(clusters.as_text((loaded,)), err=True, nl=False)
    if record is None:
        sys.exit(1)
    directory = loaded.document.path.parent
    content = {RECORD_NAME: dump(record)}
    if check:
        compare(files.diff(content, directory))
    written = files.write(content, directory)
    for name in written:
        click.echo(name)
    if not written:
        click.echo("nothing changed", err=True)
