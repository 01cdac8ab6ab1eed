"""The command permissions."""

from __future__ import annotations

import click

from tpa_tf import clusters
from tpa_tf.commands.common import sound
from tpa_tf.facts.record import read
from tpa_tf.permissions import as_json, deploy_policy, policy, remarks


@click.command()
@click.argument("path", metavar="DIR|FILE")
@click.option(
    "--for", "what", type=click.Choice(["terraform", "deploy"]), default="terraform", show_default=True,
    help="Whose policy: that of lookup, plan, apply and destroy, or that of tpaexec deploy."
)  # fmt: skip
def permissions(path: str, what: str) -> None:
    """Print the least IAM policy that lookup, plan, apply, later edits and destroy of this cluster need.

    With --for deploy, that of tpaexec deploy and what comes after it.
    """
    ((cluster, stack),) = sound(clusters.load_all((path,)))
    if what == "deploy":
        document = deploy_policy(cluster, stack)
    else:
        record = read(cluster.directory)
        document = policy(cluster, stack, record.account if record else None)
    for remark in remarks(document):
        click.echo(f"tpa-tf: {remark}", err=True)
    click.echo(as_json(document), nl=False)
