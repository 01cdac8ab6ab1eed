"""The option ``--fail-on`` of impact and review."""

from __future__ import annotations

from collections.abc import Iterable

import click

from tpa_tf.changes.effects import Effect, Row

_FAIL_ON = {
    effect.value.replace(" ", "-"): effect for effect in Effect if effect.severity >= Effect.CUTS_CONNECTIONS.severity
}

fail_on_option = click.option(
    "--fail-on", type=click.Choice(list(_FAIL_ON)), help="Exit 1 if anything has this effect or a worse one."
)


def fails(rows: Iterable[Row], fail_on: str | None) -> bool:
    """Whether any of ``rows`` is as bad as the option says."""
    return fail_on is not None and any(row.effect.severity >= _FAIL_ON[fail_on].severity for row in rows)
