"""The command check."""

from __future__ import annotations

import sys

import click

from tpa_tf import clusters
from tpa_tf.cluster.model import Cluster
from tpa_tf.commands.common import of_repository, paths_argument
from tpa_tf.config.findings import Severity

_SEVERITIES = click.Choice([severity.name.lower() for severity in Severity])


@click.command()
@paths_argument
@click.option(
    "--severity", type=_SEVERITIES, default="info", show_default=True, help="Show findings of this severity and above."
)
@click.option("--fail-on", type=_SEVERITIES, default="error", show_default=True, help="Exit 1 from this severity on.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text", show_default=True,
    help="Text for people, JSON, SARIF for code scanning, or annotations of a GitHub workflow."
)  # fmt: skip
def check(paths: tuple[str, ...], severity: str, fail_on: str, form: str) -> None:
    """Read and check configs, and write nothing.

    Without DIR, those that cdktf.json of the working directory names.
    """
    loaded = clusters.load_all(of_repository(paths))
    shown = clusters.checked_findings(loaded, Severity[severity.upper()])
    if form == "text":
        from tpa_tf.formats.terminal import show

        show(shown, sys.stderr)
        for one in loaded:
            if one.cluster and not one.report.failed:
                click.echo(f"{one.document.name}: {_summary(one.cluster)}")
    else:
        from tpa_tf.formats import programs

        found = [finding for _, findings in shown for finding in findings]
        if form == "sarif":
            click.echo(programs.as_sarif(found, [each for one in loaded for each in one.report.accepted]), nl=False)
        else:
            click.echo(programs.as_json(found) if form == "json" else programs.as_github(found), nl=False)
    worst = min((finding.severity for one in loaded for finding in one.report.findings), default=None)
    if clusters.sound(loaded) is None or (worst is not None and worst <= Severity[fail_on.upper()]):
        sys.exit(1)


def _summary(cluster: Cluster) -> str:
    regions = sorted({instance.region for instance in cluster.instances})
    count = len(cluster.instances)
    return f"ok, {count} instance{'s' if count != 1 else ''} in {', '.join(regions)}"
