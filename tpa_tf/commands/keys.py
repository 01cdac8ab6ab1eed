"""The command keys."""

from __future__ import annotations

import click

from tpa_tf import clusters
from tpa_tf.commands.common import sound
from tpa_tf.keys import exposed, make_missing


@click.command()
@click.argument("paths", metavar="DIR|FILE…", nargs=-1, required=True, type=click.Path())
def keys(paths: tuple[str, ...]) -> None:
    """Make the SSH key files that are missing: the cluster's key and the host keys. Existing files stay as they are."""
    for cluster, _ in sound(clusters.load_all(paths)):
        made = make_missing(cluster)
        for path in made:
            click.echo(path)
        for warning in exposed(made):
            click.echo(f"tpa-tf: {warning}", err=True)
