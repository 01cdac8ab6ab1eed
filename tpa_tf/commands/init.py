"""The command init."""

from __future__ import annotations

from pathlib import Path

import click

from tpa_tf.new_repository import make


@click.command()
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Make a repository for clusters: what Terraform, tests, hooks and pipelines need, and a README.

    In DIR, by default the working directory, which may have files already: none of them is touched.
    """
    made = make(directory)
    for path in made.written:
        click.echo(path)
    for path in made.different:
        click.echo(f"tpa-tf: {path} was there, and stays as it is", err=True)
    if made.not_ignored:
        click.echo(f"tpa-tf: {directory / '.gitignore'} lacks: {' '.join(made.not_ignored)}", err=True)
    if made.written:
        click.echo(f"next: a config.yml in {directory / 'clusters'}/NAME; README.md says what then", err=True)
    else:
        click.echo("nothing changed", err=True)
