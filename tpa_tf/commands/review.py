"""The command review."""

from __future__ import annotations

import sys

import click

from tpa_tf.changes.impact import foreign_state
from tpa_tf.changes.judge import judge
from tpa_tf.changes.read import beside, read_plan
from tpa_tf.changes.render import NOTHING_CHANGES, as_data, preface, render, verdict
from tpa_tf.changes.terminal import show
from tpa_tf.commands.common import format_option, sound
from tpa_tf.commands.effects import fail_on_option, fails
from tpa_tf.revisions import load_either


@click.command()
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option(
    "--config", metavar="DIR|FILE", help="The cluster's config; by default the one that the plan's stack names."
)
@click.option(
    "--before", metavar="OLD", help="The config before the edit, or a git revision: knows instances that leave."
)
@click.option(
    "--allow",
    metavar="ADDRESS",
    multiple=True,
    help="Something that may go, or a pattern of one type (aws_s3_object.*); as often as needed.",
)
@click.option("--partial", is_flag=True, help="Judge a plan that was made with -target as far as it goes.")
@fail_on_option
@format_option()
def review(
    plan: str,
    config: str | None,
    before: str | None,
    allow: tuple[str, ...],
    partial: bool,
    fail_on: str | None,
    form: str,
) -> None:
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
    if known and (foreign := foreign_state(read, known[-1])):
        click.echo(f"tpa-tf: {foreign}", err=True)
    found = judge(read, known[0] if before else None, known[-1] if known else None, allow, partial=partial)
    if form != "json":
        click.echo(preface(found), nl=False)
    if form == "text":
        show(found.rows, sys.stdout, empty=NOTHING_CHANGES)
    else:
        click.echo(render(found.rows, form, empty=NOTHING_CHANGES, also=as_data(found)), nl=False)
    if form != "json":
        click.echo(verdict(found, form), nl=False)
    if not found.passes or fails(found.rows, fail_on):
        sys.exit(1)
