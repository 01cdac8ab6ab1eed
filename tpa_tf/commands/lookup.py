"""The command lookup."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tpa_tf import clusters, files
from tpa_tf.commands.common import askable, check_option, of_repository, out_option, paths_argument
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.facts.record import dump
from tpa_tf.lookup.run import look_up, progress


@click.command()
@paths_argument
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration; by default the usual chain.")
@out_option
@check_option("Write nothing; show what has changed in AWS, and exit 1 if so.")
def lookup(paths: tuple[str, ...], profile: str | None, out: Path, check: bool) -> None:
    """Ask AWS what the config refers to, and record it in tpa-tf.lookup.json beside the config, for git.

    With the record, synthesis uses what exists and creates the rest, as TPA does. Without DIR, that of every cluster
    that cdktf.json of the working directory names; one that can't be looked up keeps no other from its record.
    """
    wanted = of_repository(paths)
    records = [_record(path, profile, out, among_others=len(wanted) > 1) for path in wanted]
    found = [content for content in records if content is not None]
    if check:
        difference = "".join(files.diff(content, directory) for directory, content in found)
        click.echo(difference, nl=False)
        sys.exit(1 if difference or len(found) < len(records) else 0)
    written = [name for directory, content in found for name in files.write(content, directory)]
    for name in written:
        click.echo(name)
    if len(found) < len(records):
        sys.exit(1)
    if not written:
        click.echo("nothing changed", err=True)


def _record(path: str, profile: str | None, out: Path, *, among_others: bool) -> tuple[Path, dict[str, bytes]] | None:
    """The directory of the cluster at ``path`` and its record for it; None after saying why there is none.

    TpaTfError if AWS doesn't answer; ``among_others``, that is said, too.
    """
    if (askables := askable(path)) is None:
        return None
    try:
        loaded, record = look_up(Path(path), path, askables[1], profile, out, progress(sys.stderr))
    except TpaTfError as error:
        if not among_others:
            raise
        click.echo(f"tpa-tf: {path}: {error}", err=True)
        return None
    click.echo(clusters.as_text((loaded,)), err=True, nl=False)
    return (loaded.document.path.parent, {RECORD_NAME: dump(record)}) if record is not None else None
