"""The command permissions."""

from __future__ import annotations

import click

from tpa_tf import clusters
from tpa_tf.commands.common import sound
from tpa_tf.facts.record import read
from tpa_tf.permissions import as_json, policy, remarks


@click.command()
@click.argument("path", metavar="DIR|FILE")
def permissions(path: str) -> None:
    """Print the least IAM policy that lookup, plan, apply, later edits and destroy of this cluster need."""
    ((cluster, stack),) = sound(clusters.load_all((path,)))
    record = read(cluster.directory)
    document = policy(cluster, stack, record.account if record else None)
    for remark in remarks(document):
        click.echo(f"tpa-tf: {remark}", err=True)
    click.echo(as_json(document), nl=False)
