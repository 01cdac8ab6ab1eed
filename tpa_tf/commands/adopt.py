"""The command adopt."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf import clusters, files
from tpa_tf.adoption.decisions import EXISTING_KINDS, MANAGED_KINDS
from tpa_tf.adoption.run import Kinds
from tpa_tf.adoption.run import adopt as adopt_cluster
from tpa_tf.commands.common import askable, out_option
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.record import dump
from tpa_tf.lookup.run import progress


@click.command()
@click.argument("path", metavar="DIR|FILE", type=click.Path())
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration; by default the usual chain.")
@out_option
@click.option(
    "--existing", multiple=True, type=click.Choice(EXISTING_KINDS), help="Leave what there is of this kind as it is."
)
@click.option(
    "--managed", multiple=True, type=click.Choice(MANAGED_KINDS), help="Take it over, whoever made or uses it."
)
def adopt(path: str, profile: str | None, out: Path, existing: tuple[str, ...], managed: tuple[str, ...]) -> None:
    """Bring in a cluster that tpaexec provision made: record what there is, for synth to write import blocks.

    Nothing in AWS is changed.
    """
    if both := sorted({*existing} & {*managed}):
        raise click.UsageError(f"--existing and --managed both name {', '.join(both)}")
    found = askable(path)
    if found is None:
        sys.exit(1)
    done = adopt_cluster(Path(path), path, found[0], profile, out, Kinds(existing, managed), progress(sys.stderr))
    click.echo(clusters.as_text((done.loaded,)), err=True, nl=False)
    if done.record is None:
        sys.exit(1)
    written = files.write({RECORD_NAME: dump(done.record)}, done.loaded.document.path.parent)
    for name in written:
        click.echo(name)
    if not written:
        click.echo("nothing changed", err=True)
    click.echo(done.summary, nl=False)
