"""What Terraform's state has of a cluster, as far as it can be told from here."""

from __future__ import annotations

import json
from pathlib import Path

from tpa_tf import terraform_command
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import local_state
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform.expressions import Address

_VERSION = 4
"""Of the state's format, since Terraform 0.12."""


def managed(cluster: Cluster, out: Path) -> frozenset[Address] | None:
    """The addresses of what the state has; None where nobody can tell.

    A local state is read from its file. Any other is asked for with ``terraform state pull`` where the stack, in the
    output directory ``out``, is initialised.
    """
    file = local_state(cluster)
    try:
        if file:
            return _addresses(file.read_text())
        directory = out / "stacks" / cluster.name
        if not (directory / ".terraform").is_dir():
            return None
        return _addresses(terraform_command.ask(directory, "state", "pull", instead="look up where it is"))
    except FileNotFoundError:
        return frozenset()
    except (TpaTfError, OSError, ValueError, KeyError, TypeError):
        return None


def _addresses(text: str) -> frozenset[Address] | None:
    """Of a state as JSON, without the keys of ``for_each``; an empty text is a state that has nothing yet."""
    if not text.strip():
        return frozenset()
    state = json.loads(text)
    if state.get("version") != _VERSION:
        return None
    return frozenset(
        f"{resource['type']}.{resource['name']}"
        for resource in state["resources"]
        if resource["mode"] == "managed" and resource["instances"] and "module" not in resource
    )
