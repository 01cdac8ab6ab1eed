"""What several commands have in common: arguments, options, and what they do with inputs at fault."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tpa_tf.files import DEFAULT_OUT

if TYPE_CHECKING:  # synth starts Node before it imports these
    from tpa_tf.cluster.model import Cluster
    from tpa_tf.clusters import Loaded
    from tpa_tf.facts.questions import Asked
    from tpa_tf.terraform.stack import Stack

_Command = TypeVar("_Command", bound=Callable[..., Any])

paths_argument = click.argument("paths", metavar="[DIR|FILE]…", nargs=-1, type=click.Path())
out_option = click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=DEFAULT_OUT, show_default=True,
    help="Where the stacks are written."
)  # fmt: skip


def format_option(*further: str) -> Callable[[_Command], _Command]:
    """The option ``--format`` of what prints a table, with ``further`` formats: ``html``."""
    forms = click.Choice(["text", "markdown", "json", *further])
    page = ", or a page with a picture" if "html" in further else ""
    help = f"A table for a terminal or a pull request, JSON for programs{page}."
    return click.option("--format", "form", type=forms, default="text", show_default=True, help=help)


def check_option(help: str) -> Callable[[_Command], _Command]:
    """The option ``--check``."""
    return click.option("--check", is_flag=True, help=help)


def of_repository(paths: tuple[str, ...]) -> tuple[str, ...]:
    """``paths``; without any, the clusters of the repository in the working directory, as main.py takes them."""
    if paths:
        return paths
    from tpa_tf.repository import CLUSTERS, SETTINGS, clusters_of

    if not os.environ.get(CLUSTERS) and not Path(SETTINGS).exists():
        raise click.UsageError(f"give a cluster directory, or run it in a repository of clusters, where {SETTINGS} is")
    return tuple(clusters_of(Path(), os.environ))


def askable(path: str) -> tuple[Loaded, Asked] | None:
    """The config at ``path`` without its record, and what AWS is to be asked; None after showing why it can't be."""
    from tpa_tf import clusters
    from tpa_tf.lookup.run import may_ask

    config = clusters.load_with(Path(path), None, path)
    if config.asked is None or not may_ask(config.report):
        click.echo(clusters.as_text((config,)), err=True, nl=False)
        return None
    return config, config.asked


def sound(loaded: Sequence[Loaded]) -> tuple[tuple[Cluster, Stack], ...]:
    """The clusters of ``loaded`` with their stacks, after showing the findings; ends the program if one is at fault."""
    from tpa_tf import clusters
    from tpa_tf.formats.terminal import show

    show(clusters.checked_findings(loaded), sys.stderr)
    found = clusters.sound(loaded)
    if found is None:
        click.echo("nothing was written", err=True)
        sys.exit(1)
    return found


def compare(difference: str) -> None:
    """Show a difference and end the program: 0 if there is none."""
    click.echo(difference, nl=False)
    sys.exit(1 if difference else 0)
