"""The command show."""

from __future__ import annotations

import shutil
import sys

import click

from tpa_tf import clusters
from tpa_tf.commands.common import sound


@click.command()
@click.argument("path", metavar="DIR|FILE", type=click.Path())
@click.option(
    "--format", "form", type=click.Choice(["text", "mermaid", "html"]), default="text", show_default=True,
    help="A tree for a terminal, a flowchart for a pull request, or a page that stands alone."
)  # fmt: skip
def show(path: str, form: str) -> None:
    """Draw a cluster: its regions, zones, subnets, instances, volumes, and who replicates from whom."""
    from tpa_tf.pictures.draw import draw

    loaded = clusters.load_all((path,))
    ((cluster, _),) = sound(loaded)
    picture = draw(cluster, loaded[0].merged)
    if form == "mermaid":
        from tpa_tf.pictures.mermaid import as_mermaid, too_large

        text = as_mermaid(picture)
        if why := too_large(text, picture):
            click.echo(f"tpa-tf: {why}", err=True)
    elif form == "html":
        from tpa_tf.pictures.page import as_page

        text = as_page(picture)
    else:
        from tpa_tf.pictures.tree import as_tree

        # A file gets the same bytes whatever the terminal.
        text = as_tree(picture, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    click.echo(text, nl=False)
