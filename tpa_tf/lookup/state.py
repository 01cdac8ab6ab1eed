"""What Terraform's state has of a cluster, as far as it can be told from here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tpa_tf import terraform_command
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import local_state
from tpa_tf.errors import TpaTfError
from tpa_tf.terraform.expressions import Address

_VERSION = 4
"""Of the state's format, since Terraform 0.12."""


def managed(cluster: Cluster, out: Path) -> Mapping[Address, str] | None:
    """The ids of what the state has, by address; None where nobody can tell.

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
        return {}
    except (TpaTfError, OSError, ValueError, KeyError, TypeError):
        return None


def _addresses(text: str) -> Mapping[Address, str] | None:
    """Of a state as JSON, without the keys of ``for_each``; an empty text is a state that has nothing yet."""
    if not text.strip():
        return {}
    state = json.loads(text)
    if state.get("version") != _VERSION:
        return None
    return {
        f"{resource['type']}.{resource['name']}": str(instance.get("attributes", {}).get("id", ""))
        for resource in state["resources"]
        if resource["mode"] == "managed" and "module" not in resource
        for instance in resource["instances"]
    }
