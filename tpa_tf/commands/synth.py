"""The command synth."""

from __future__ import annotations

from pathlib import Path

import click

from tpa_tf.commands.common import check_option, compare, out_option, paths_argument, sound
from tpa_tf.engine import bindings


@click.command()
@paths_argument
@out_option
@check_option("Write nothing; show what would change, and exit 1 if anything.")
def synth(paths: tuple[str, ...], out: Path, check: bool) -> None:
    """Write the Terraform JSON of clusters to OUT/stacks/<cluster_name>/cdk.tf.json."""
    bindings.start()
    # Node gets ready while these are imported.
    from tpa_tf import clusters
    from tpa_tf.engine import synth as engine
    from tpa_tf.files import diff

    found = sound(clusters.load_all(paths, out))
    files = engine.render([stack for _, stack in found], out)
    if check:
        compare(diff(files, out))
    for path in engine.write(files, out):
        click.echo(path)
