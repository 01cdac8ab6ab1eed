"""The examples of rules: sections of a config.yml, put into a cluster that is sound otherwise."""

from __future__ import annotations

import re
from pathlib import Path

CLUSTER = Path(__file__).parents[1] / "data" / "faults" / "cluster.yml"
"""A cluster of three instances in which nothing is at fault."""


def config(example: str) -> str:
    """The whole config.yml of an example: its sections take the place of the cluster's, or follow them.

    An example that begins with ``---`` is a whole file.
    """
    if example.startswith("---"):
        return example
    base, own = _sections(CLUSTER.read_text("utf-8")), _sections(example)
    keys = {key for key, _ in own if key}
    merged = [next((text for name, text in own if name == key), text) for key, text in base]
    known = {key for key, _ in base}
    more = [text for key, text in own if key not in known]
    assert keys, "an example is of sections"
    return "".join([*merged, *more])


def _sections(text: str) -> list[tuple[str, str]]:
    """The top-level keys of a config.yml, each with its lines."""
    parts = re.split(r"^(?=[\w]+:)", text, flags=re.MULTILINE)
    return [(part.split(":", 1)[0] if re.match(r"\w+:", part) else "", part) for part in parts if part]
