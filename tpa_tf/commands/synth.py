"""The command synth."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf.commands.common import check_option, of_repository, out_option, paths_argument, sound
from tpa_tf.engine import bindings

_MANY = 100
"""Instances for which synthesis takes a second."""


@click.command()
@paths_argument
@out_option
@check_option("Write nothing; show what would change, and exit 1 if anything.")
@click.option(
    "--prune", is_flag=True, help="Remove the stacks of clusters that the repository has no more. Wants no DIR."
)
def synth(paths: tuple[str, ...], out: Path, check: bool, prune: bool) -> None:
    """Write the Terraform JSON of clusters to OUT/stacks/<cluster_name>/cdk.tf.json.

    Without DIR, that of every cluster that cdktf.json of the working directory names.
    """
    if prune and paths:
        raise click.UsageError("--prune is for all clusters of a repository: give no DIR")
    wanted = of_repository(paths)
    bindings.start()
    # Node gets ready while these are imported.
    from tpa_tf import clusters
    from tpa_tf.engine import leftovers
    from tpa_tf.engine import synth as engine
    from tpa_tf.files import diff

    found = sound(clusters.load_all(wanted, out))
    gone = () if paths else leftovers.gone(out, (stack.name for _, stack in found))
    count = sum(len(cluster.instances) for cluster, _ in found)
    if count >= _MANY and sys.stderr.isatty():
        click.echo(f"synthesizing {count} instances", err=True)
    files = engine.render([stack for _, stack in found], out, keep=bool(paths))
    if prune:
        files = {**{name: None for stack in gone for name in leftovers.pruned(out, stack)}, **files}
    else:
        for stack in gone:
            click.echo(f"tpa-tf: {leftovers.farewell(out, stack)}", err=True)
    if check:
        difference = diff(files, out)
        click.echo(difference, nl=False)
        sys.exit(1 if difference or (gone and not prune) else 0)
    for path in engine.write(files, out):
        click.echo(path)
