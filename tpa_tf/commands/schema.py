"""The command schema."""

from __future__ import annotations

import click

from tpa_tf.config.json_schema import as_json


@click.command()
def schema() -> None:
    """Print a JSON Schema of config.yml, with which an editor checks, completes and explains its keys.

    yaml-language-server reads it where a config.yml names it: "# yaml-language-server: $schema=PATH".
    """
    click.echo(as_json(), nl=False)
