"""The command review."""

from __future__ import annotations

import sys

import click

from tpa_tf.changes.judge import judge
from tpa_tf.changes.read import beside, read_plan
from tpa_tf.changes.render import as_data, render, verdict
from tpa_tf.commands.common import sound, table_option
from tpa_tf.revisions import load_either


@click.command()
@click.argument("plan", metavar="PLAN")
@click.option(
    "--config", metavar="DIR|FILE", help="The cluster's config; by default the one that the plan's stack names."
)
@click.option(
    "--before", metavar="OLD", help="The config before the edit, or a git revision: knows instances that leave."
)
@click.option("--allow", metavar="ADDRESS", multiple=True, help="Something that may go; as often as needed.")
@table_option
def review(plan: str, config: str | None, before: str | None, allow: tuple[str, ...], form: str) -> None:
    """Say what a terraform plan does, and refuse what loses data or takes instances out of service.

    PLAN is what terraform show -json printed (- is stdin), or the plan file itself. Exit 1 if anything is refused.
    """
    read = read_plan(plan, sys.stdin.buffer)
    config = config or beside(plan, read)
    if before and not config:
        raise click.UsageError("--before goes with --config")
    if not config:
        click.echo("tpa-tf: without --config, the roles of instances and the use of volumes are not known", err=True)
    loaded = [load_either(name, config) for name in (before, config) if name and config]
    known = [cluster for cluster, _ in sound(loaded)]
    found = judge(read, known[0] if before else None, known[-1] if known else None, allow)
    click.echo(render(found.rows, form, empty="nothing changes", also=as_data(found)), nl=False)
    if form != "json":
        click.echo(verdict(found, form), nl=False)
    if not found.passes:
        sys.exit(1)
