"""The command check."""

from __future__ import annotations

import sys

import click

from tpa_tf import clusters
from tpa_tf.cluster.model import Cluster
from tpa_tf.commands.common import paths_argument


@click.command()
@paths_argument
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How findings are shown.")
def check(paths: tuple[str, ...], form: str) -> None:
    """Read and check configs, and write nothing."""
    loaded = clusters.load_all(paths)
    if form == "json":
        click.echo(clusters.as_json(loaded), nl=False)
    else:
        click.echo(clusters.as_text(loaded), err=True, nl=False)
        for one in loaded:
            if one.cluster and not one.report.failed:
                click.echo(f"{one.document.name}: {_summary(one.cluster)}")
    if clusters.sound(loaded) is None:
        sys.exit(1)


def _summary(cluster: Cluster) -> str:
    regions = sorted({instance.region for instance in cluster.instances})
    count = len(cluster.instances)
    return f"ok, {count} instance{'s' if count != 1 else ''} in {', '.join(regions)}"
