"""The commands of ``tpa-tf``. Results go to stdout, everything else to stderr; 0 done, 1 at fault, 2 wrong usage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from tpa_tf import inputs
from tpa_tf.changes.effects import Effect, subjects
from tpa_tf.cluster.load import Loaded
from tpa_tf.cluster.model import Cluster
from tpa_tf.errors import TpaTfError

DEFAULT_OUT = "cdktf.out"
DEFAULT_WAIT = 600.0
"""Seconds: a first boot that updates its packages takes minutes."""

_paths = click.argument("paths", metavar="DIR|FILE…", nargs=-1, required=True)
_out = click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=DEFAULT_OUT, show_default=True,
    help="Where the stacks are written."
)  # fmt: skip


_table = click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True,
    help="A table for a terminal or a pull request, or JSON for programs."
)  # fmt: skip
_FAIL_ON = {each.value.replace(" ", "-"): each for each in Effect if each.severity >= Effect.CUTS_CONNECTIONS.severity}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tpa-tf", prog_name="tpa-tf")
def cli() -> None:
    """Translate the config.yml of TPA clusters into Terraform JSON.

    Each DIR is a cluster directory with a config.yml; a FILE is a config.yml itself.
    """


@cli.command()
@_paths
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How findings are shown.")
def check(paths: tuple[str, ...], form: str) -> None:
    """Read and check configs, and write nothing."""
    loaded = inputs.load_all(paths)
    if form == "json":
        click.echo(inputs.as_json(loaded), nl=False)
    else:
        click.echo(inputs.as_text(loaded), err=True, nl=False)
        for each in loaded:
            if each.cluster and not each.report.failed:
                click.echo(f"{each.document.name}: {_summary(each.cluster)}")
    if inputs.clusters(loaded) is None:
        sys.exit(1)


@cli.command()
@_paths
@_out
@click.option("--check", "compare", is_flag=True, help="Write nothing; show what would change, and exit 1 if anything.")
def synth(paths: tuple[str, ...], out: Path, compare: bool) -> None:
    """Write the Terraform JSON of clusters to OUT/stacks/<cluster_name>/cdk.tf.json."""
    clusters = _clusters(inputs.load_all(paths))
    # Only synthesis pays for CDKTF: checking must stay instant.
    from tpa_tf.engine import synth as stacks
    from tpa_tf.files import diff
    from tpa_tf.stack.build import build_all

    files = stacks.render(build_all(clusters, out), out)
    if compare:
        difference = diff(files, out)
        click.echo(difference, nl=False)
        sys.exit(1 if difference else 0)
    for path in stacks.write(files, out):
        click.echo(path)


@cli.command()
@_paths
def keys(paths: tuple[str, ...]) -> None:
    """Make the SSH key files that are missing: the cluster's key and the host keys. Existing files stay as they are."""
    from tpa_tf.keys import exposed, make_missing

    for cluster in _clusters(inputs.load_all(paths)):
        made = make_missing(cluster)
        for path in made:
            click.echo(path)
        for path in exposed(made):
            click.echo(f"tpa-tf: {path} is a private key, and git does not ignore it: add it to .gitignore", err=True)


@cli.command()
@click.argument("path", metavar="DIR")
@_out
@click.option(
    "--outputs", type=click.File("rb"), metavar="FILE", help="What terraform output -json printed; - is stdin."
)
@click.option("--tpa-version", metavar="VERSION", help="The TPA that will deploy; by default what TPA_DIR holds.")
@click.option("--check", "compare", is_flag=True, help="Write nothing; show what would change, and exit 1 if anything.")
@click.option("--wait", is_flag=True, help="Then wait until SSH answers on every host with the cluster's host key.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="How long to wait.  [default: 600]")
@click.pass_context
def inventory(
    context: click.Context,
    path: str,
    out: Path,
    outputs: BinaryIO | None,
    tpa_version: str | None,
    compare: bool,
    wait: bool,
    timeout: float | None,
) -> None:
    """After terraform apply: write what tpaexec deploy needs into the cluster directory.

    The addresses come from running terraform output in OUT/stacks/<cluster_name>, or from --outputs.
    """
    if outputs and context.get_parameter_source("out") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--outputs takes the place of terraform in --out: give one of them")
    if compare and wait:
        raise click.UsageError("--check writes nothing, so there is nothing to wait for")
    if timeout is not None and not wait:
        raise click.UsageError("--timeout goes with --wait")
    loaded = inputs.load_all((path,))
    (cluster,) = _clusters(loaded)
    from tpa_tf.handover import run

    printed = outputs.read() if outputs else None
    handover = run.prepare(loaded[0], cluster, out, printed, tpa_version, compare=compare)
    for note in handover.notes:
        click.echo(f"tpa-tf: {note}", err=True)
    if compare:
        difference = run.difference(handover)
        click.echo(difference, nl=False)
        sys.exit(1 if difference else 0)
    changes = run.write(handover)
    for change in changes:
        click.echo(change)
    if not changes:
        click.echo("nothing changed", err=True)
    if wait:
        run.wait_for(handover, timeout or DEFAULT_WAIT, sys.stderr)


@cli.command()
@click.argument("path", metavar="DIR|FILE")
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration; by default the usual chain.")
@click.option("--check", "compare", is_flag=True, help="Write nothing; show what has changed in AWS, and exit 1 if so.")
def lookup(path: str, profile: str | None, compare: bool) -> None:
    """Ask AWS what the config refers to, and record it in tpa-tf.lookup.json beside the config, for git.

    With the record, synthesis uses what exists and makes the rest, as TPA does.
    """
    from tpa_tf import files
    from tpa_tf.cluster.load import load_with
    from tpa_tf.cluster.record import RECORD_NAME, dump
    from tpa_tf.lookup.run import look_up, may_ask, progress

    config = load_with(Path(path), None, path)
    if config.asked is None or not may_ask(config.report):
        click.echo(inputs.as_text((config,)), err=True, nl=False)
        sys.exit(1)
    loaded, record = look_up(Path(path), path, config.asked, profile, progress(sys.stderr))
    click.echo(inputs.as_text((loaded,)), err=True, nl=False)
    if record is None:
        sys.exit(1)
    directory = loaded.document.path.parent
    content = {RECORD_NAME: dump(record)}
    if compare:
        difference = files.diff(content, directory)
        click.echo(difference, nl=False)
        sys.exit(1 if difference else 0)
    written = files.write(content, directory)
    for each in written:
        click.echo(each)
    if not written:
        click.echo("nothing changed", err=True)


@cli.command()
@click.argument("path", metavar="DIR|FILE")
def permissions(path: str) -> None:
    """Print the least IAM policy that lookup, plan, apply, later edits and destroy of this cluster need."""
    loaded = inputs.load_all((path,))
    (cluster,) = _clusters(loaded)
    from tpa_tf.cluster.record import read
    from tpa_tf.permissions import as_json, policy, remarks

    record = read(cluster.directory)
    document = policy(cluster, record.account if record else None)
    for remark in remarks(document):
        click.echo(f"tpa-tf: {remark}", err=True)
    click.echo(as_json(document), nl=False)


@cli.command()
@click.argument("old")
@click.argument("new")
@_table
@click.option("--fail-on", type=click.Choice(list(_FAIL_ON)), help="Exit 1 if anything has this effect or a worse one.")
def impact(old: str, new: str, form: str, fail_on: str | None) -> None:
    """Forecast what an edit does to each machine, disk and address, without AWS.

    OLD and NEW are cluster directories, config files, or git revisions: REV:PATH, or REV for the other one's config.
    """
    from tpa_tf.changes.render import render
    from tpa_tf.changes.revisions import load_either

    before, after = load_either(old, new), load_either(new, old)
    # What is only doubtful in the old config was said when it was new.
    (second,) = _clusters((after,)) if not before.report.failed else _clusters((before, after))
    assert before.cluster
    from tpa_tf.changes.run import compare

    rows, notes = compare(before.cluster, second)
    for note in notes:
        click.echo(f"tpa-tf: {note}", err=True)
    click.echo(render(rows, form, empty="nothing changes", also={"notes": list(notes)}), nl=False)
    if fail_on and any(row.effect.severity >= _FAIL_ON[fail_on].severity for row in rows):
        sys.exit(1)


@cli.command("review")
@click.argument("plan", metavar="PLAN")
@click.option(
    "--config", metavar="DIR|FILE", help="The cluster's config; by default the one that the plan's stack names."
)
@click.option("--before", metavar="OLD", help="The config before the edit, or a git revision: knows nodes that leave.")
@click.option("--allow", metavar="ADDRESS", multiple=True, help="Something that may go; as often as needed.")
@_table
def review_plan(plan: str, config: str | None, before: str | None, allow: tuple[str, ...], form: str) -> None:
    """Say what a terraform plan does to which node and disk, and refuse what loses data or takes nodes out of service.

    PLAN is what terraform show -json printed (- is stdin), or the plan file itself. Exit 1 if anything is refused.
    """
    from tpa_tf.changes.plan import beside, read_plan
    from tpa_tf.changes.render import render
    from tpa_tf.changes.review import as_data, review, verdict
    from tpa_tf.changes.revisions import load_either

    read = read_plan(plan, sys.stdin.buffer)
    config = config or beside(plan, read)
    if before and not config:
        raise click.UsageError("--before goes with --config")
    if not config:
        click.echo("tpa-tf: without --config, the roles of nodes and the use of disks are not known", err=True)
    loaded = [load_either(name, config) for name in (before, config) if name and config]
    result = review(read, subjects(*_clusters(tuple(loaded))), allow)
    also = as_data(result)
    click.echo(render(result.rows, form, empty="nothing changes", also=also), nl=False)
    if form != "json":
        click.echo(verdict(result, form), nl=False)
    if not result.passes:
        sys.exit(1)


def _clusters(loaded: tuple[Loaded, ...]) -> tuple[Cluster, ...]:
    """The clusters of ``loaded`` after showing the findings; ends the program if an input is at fault."""
    click.echo(inputs.as_text(loaded), err=True, nl=False)
    found = inputs.clusters(loaded)
    if found is None:
        sys.exit(1)
    return found


def _summary(cluster: Cluster) -> str:
    regions = sorted({instance.region for instance in cluster.instances})
    count = len(cluster.instances)
    return f"ok, {count} instance{'s' if count != 1 else ''} in {', '.join(regions)}"


def main() -> None:
    """Run the program; expected faults become one line on stderr."""
    try:
        cli.main(standalone_mode=True)
    except TpaTfError as error:
        click.echo(f"tpa-tf: {error}", err=True)
        sys.exit(1)
