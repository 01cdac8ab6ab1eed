"""The command permissions."""

from __future__ import annotations

from typing import Any

import click

from tpa_tf import clusters
from tpa_tf.commands.common import of_repository, paths_argument, sound
from tpa_tf.facts.record import read
from tpa_tf.files import OWN_FILES
from tpa_tf.permissions import as_json, combined, deploy_policy, policy, remarks


@click.command()
@paths_argument
@click.option(
    "--for", "what", type=click.Choice(["terraform", "deploy"]), default="terraform", show_default=True,
    help="Whose policy: that of lookup, plan, apply and destroy, or that of tpaexec deploy."
)  # fmt: skip
def permissions(paths: tuple[str, ...], what: str) -> None:
    """Print the least IAM policy that lookup, plan, apply, later edits and destroy of this cluster need.

    Of several clusters, one policy for all of them; without DIR, of those that cdktf.json of the working directory
    names. With --for deploy, that of tpaexec deploy and what comes after it.
    """
    documents: dict[str, dict[str, Any]] = {}
    for cluster, stack in sound(clusters.load_all(of_repository(paths))):
        if what == "deploy":
            documents[cluster.name] = deploy_policy(cluster, stack)
            continue
        record = read(cluster.directory)
        documents[cluster.name] = policy(cluster, stack, record.account if record else None)
        if stack.files:
            click.echo(f"tpa-tf: what {cluster.directory / OWN_FILES} needs is not in this policy", err=True)
    document = combined(documents)
    for remark in remarks(document):
        click.echo(f"tpa-tf: {remark}", err=True)
    click.echo(as_json(document), nl=False)
