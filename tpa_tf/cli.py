"""The program ``tpa-tf``. Results go to stdout, everything else to stderr; 0 done, 1 at fault, 2 wrong usage."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Mapping

import click

from tpa_tf.errors import TpaTfError

COMMANDS: Mapping[str, str] = {
    "init": "Make a repository for clusters: what Terraform, tests, hooks and pipelines need, and a README.",
    "check": "Read and check configs, and write nothing.",
    "rules": "Explain a rule that a finding names, or list all rules.",
    "schema": "Print a JSON Schema of config.yml, with which an editor checks, completes and explains its keys.",
    "show": "Draw a cluster: its regions, zones, subnets, instances, volumes, and who replicates from whom.",
    "synth": "Write the Terraform JSON of clusters to OUT/stacks/<cluster_name>/cdk.tf.json.",
    "keys": "Make the SSH key files that are missing: the cluster's key and the host keys.",
    "lookup": "Ask AWS what the config refers to, and record it in tpa-tf.lookup.json beside the config, for git.",
    "adopt": "Bring in a cluster that tpaexec provision made: record what there is, for synth to write import blocks.",
    "impact": "Forecast what an edit does to each instance, volume and address, without AWS.",
    "review": "Say what a terraform plan does, and refuse what loses data or takes instances out of service.",
    "inventory": "After terraform apply: write what tpaexec deploy needs into the cluster directory.",
    "permissions": "Print the least IAM policy that lookup, plan, apply, later edits and destroy of this cluster need.",
}
"""The commands in the order of a person's day, with the first sentence of their help."""


_BINDINGS = ("cdktf", "cdktf-cdktf-provider-aws")


class _Commands(click.Group):
    """Imports a command's module, ``tpa_tf.commands.<name>``, only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"tpa_tf.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Name what decides what a stack looks like: the tool, the provider that stacks ask for, and the bindings."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    from tpa_tf.limits.provider import SOURCE, TESTED

    click.echo(f"tpa-tf {version('tpa-tf')}")
    click.echo(f"AWS provider {SOURCE} {TESTED.constraint}, unless a config has terraform: provider_version")
    click.echo(f"bindings {', '.join(f'{name} {version(name)}' for name in _BINDINGS)}")
    ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show versions."
)
def cli() -> None:
    """Translate the config.yml of TPA clusters into Terraform JSON.

    Each DIR is a cluster directory with a config.yml; a FILE is a config.yml itself.
    """


def main() -> None:
    """Run the program; expected faults become one line on stderr."""
    # The program ends before looking for garbage would pay: Python does it again and again while it imports, and once
    # more at the end. It would take a tenth of the time.
    gc.disable()
    try:
        try:
            cli.main(standalone_mode=True)
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except TpaTfError as error:
        _end(str(error))
    except OSError as error:
        _end(f"{error.filename}: {error.strerror}" if error.filename else f"the output can't be written: {error}")
    finally:
        gc.freeze()


def _end(message: str) -> None:
    """End the program with a line on stderr; what stdout still holds, and may not take, is dropped."""
    sys.stdout = None
    click.echo(f"tpa-tf: {message}", err=True)
    sys.exit(1)
