"""The command rules."""

from __future__ import annotations

import click

from tpa_tf.config.spelling import suggestion
from tpa_tf.formats import explain
from tpa_tf.rules.catalog import RULES


def _begun(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The rules that begin so, for a shell that completes."""
    return [rule for rule in RULES if rule.startswith(incomplete)]


@click.command()
@click.argument("rule", metavar="[ID]", required=False, shell_complete=_begun)
def rules(rule: str | None) -> None:
    """Explain a rule that a finding names, or list all rules.

    A finding names its rule in brackets: error[subnet-outside-vpc].
    """
    if rule is None:
        click.echo(explain.listing(), nl=False)
    elif rule in RULES:
        click.echo(explain.as_text(RULES[rule]), nl=False)
    else:
        near = suggestion(rule, RULES)
        hint = f"did you mean {near}?" if near else "tpa-tf rules lists them"
        raise click.BadParameter(f"there is no rule {rule!r}: {hint}", param_hint="ID")
