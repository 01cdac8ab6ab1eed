"""What earlier syntheses have left in an output directory: own files of clusters, and stacks whose cluster is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tpa_tf.errors import TpaTfError
from tpa_tf.files import STACK_FILE

METADATA = "//"
"""What Terraform leaves to others in a JSON file."""

FILES = "files"
"""Beside the metadata: the names of the cluster's own files that synth has put beside the stack."""


def own_files(directory: Path) -> tuple[str, ...]:
    """The names of the cluster's own files that a synthesis has put into ``directory``, that of a stack."""
    try:
        names = json.loads((directory / STACK_FILE).read_bytes())[METADATA][FILES]
        return tuple(name for name in names if Path(name).name == name and name.endswith((".tf", ".tf.json")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def gone(out: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The stacks in ``out``, sorted, that synthesis has written and that are not among ``names``, all there are."""
    wanted = set(names)
    found = (path.parent for path in out.glob(f"stacks/*/{STACK_FILE}"))
    return tuple(sorted(path.name for path in found if path.name not in wanted and _stack(path) is not None))


def farewell(out: Path, stack: str) -> str:
    """What is to be said of a stack in ``out`` whose cluster is gone."""
    return (
        f"{out / 'stacks' / stack}: no cluster has this name any more. If its infrastructure still exists, run "
        "terraform destroy there first: nothing else describes it. Then tpa-tf synth --prune removes the stack"
    )


def pruned(out: Path, stack: str) -> dict[str, None]:
    """What removes the stack that was synthesized as ``stack``: its JSON, and the files that were put beside it.

    What Terraform and people have put there stays. TpaTfError if its state is a file that still has something.
    """
    place = f"stacks/{stack}"
    if (state := _local_state(out / place)) and _lists_resources(state):
        raise TpaTfError(
            f"{out / place}: its state, {state}, still has resources, and nothing else describes them: run terraform "
            "destroy there first; or remove the state, if somebody else has them"
        )
    return {f"{place}/{name}": None for name in (*own_files(out / place), STACK_FILE)}


def _stack(directory: Path) -> dict[str, Any] | None:
    """The stack in ``directory``, if tpa-tf has written it."""
    try:
        stack: dict[str, Any] = json.loads((directory / STACK_FILE).read_bytes())
        is_ours = stack[METADATA]["metadata"]["stackName"] == directory.name and stack["variable"]["cluster_dir"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stack if is_ours else None


def _local_state(directory: Path) -> Path | None:
    """Where the stack in ``directory`` keeps its state, if that is a file."""
    try:
        return directory / str((_stack(directory) or {})["terraform"]["backend"]["local"]["path"])
    except (KeyError, TypeError):
        return None


def _lists_resources(state: Path) -> bool:
    """Whether a state file has anything; yes, too, where it can't be read."""
    try:
        return bool(json.loads(state.read_bytes())["resources"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return True
