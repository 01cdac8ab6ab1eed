"""The command inventory."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf import clusters
from tpa_tf.commands.common import check_option, compare, out_option, sound
from tpa_tf.handover import run

DEFAULT_WAIT = 600.0
"""Seconds: a first boot that updates its packages takes minutes."""


@click.command()
@click.argument("path", metavar="DIR", type=click.Path())
@out_option
@click.option(
    "--outputs", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE",
    help="What terraform output -json printed; - is stdin."
)  # fmt: skip
@click.option("--tpa-version", metavar="VERSION", help="The TPA that will deploy; by default what TPA_DIR holds.")
@check_option("Write nothing; show what would change, and exit 1 if anything.")
@click.option("--wait", is_flag=True, help="Then wait until SSH answers on every host with the cluster's host key.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="How long to wait.  [default: 600]")
@click.pass_context
def inventory(
    context: click.Context,
    path: str,
    out: Path,
    outputs: str | None,
    tpa_version: str | None,
    check: bool,
    wait: bool,
    timeout: float | None,
) -> None:
    """After terraform apply: write what tpaexec deploy needs into the cluster directory.

    The addresses come from running terraform output in OUT/stacks/<cluster_name>, or from --outputs.
    """
    if outputs and context.get_parameter_source("out") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--outputs takes the place of terraform in --out: give one of them")
    if check and wait:
        raise click.UsageError("--check writes nothing, so there is nothing to wait for")
    if timeout is not None and not wait:
        raise click.UsageError("--timeout goes with --wait")
    loaded = clusters.load_all((path,), out)
    (found,) = sound(loaded)
    printed = _content(outputs) if outputs else None
    handover = run.prepare(loaded[0], *found, out, printed, tpa_version, compare=check)
    for note in handover.notes:
        click.echo(f"tpa-tf: {note}", err=True)
    if check:
        _show_steps(handover)
        compare(run.difference(handover))
    changes = run.write(handover)
    for change in changes:
        click.echo(change)
    if not changes:
        click.echo("nothing changed", err=True)
    _show_steps(handover)
    if wait:
        run.wait_for(handover, timeout or DEFAULT_WAIT, sys.stderr)


def _show_steps(handover: run.HandOver) -> None:
    for step in handover.steps:
        click.echo(f"to do: {step}", err=True)


def _content(path: str) -> bytes:
    """What is in the file at ``path``; ``-`` is stdin."""
    with click.open_file(path, "rb") as file:
        content: bytes = file.read()
    return content
