"""What in docs is made from the code: ``python -m tests.support.pages`` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tpa_tf.config import json_schema
from tpa_tf.formats.explain import as_markdown
from tpa_tf.rules.catalog import TOPICS, of
from tpa_tf.terraform.resources import DATA_SOURCES, RESOURCE_TYPES

_TABLE = re.compile(r"(?<=-->\n).*(?=<!-- The end of the table\. -->)", re.DOTALL)


def addresses() -> str:
    """Each resource type with the forms of its Terraform addresses, those of existing resources too."""
    rows = [
        (declared.label, [f"{declared.name}.{form}" for form in declared.address], declared.existing)
        for declared in RESOURCE_TYPES.values()
    ]
    rows += [(declared.label, [], declared.existing) for declared in DATA_SOURCES.values()]
    rows.sort(key=lambda row: row[0].casefold())
    lines = ["| resource | created | existing |", "|---|---|---|"]
    lines += [f"| {label} | {_codes(created)} | {_codes(existing)} |" for label, created, existing in rows]
    return "".join(f"{line}\n" for line in lines)


def rules() -> str:
    """Each rule by topic, as ``tpa-tf rules`` tells it."""
    parts = []
    for topic in TOPICS:
        parts.append(f"## {topic}\n")
        parts += [as_markdown(rule) for rule in of(topic)]
    return "\n".join(parts)


DOCS = Path(__file__).parents[2] / "docs"
PAGES: Mapping[Path, Callable[[], str]] = {DOCS / "addresses.md": addresses, DOCS / "rules.md": rules}
"""Each page to what makes its table."""

SCHEMA = DOCS / "config.schema.json"
"""What ``tpa-tf schema`` prints."""


CONSTRAINTS = DOCS.parent / "templates" / "repository" / "constraints.txt"
"""The versions for a repository of clusters: those of requirements-dev.lock, whose hashes would want one of tpa-tf."""


def constraints() -> str:
    """The text of CONSTRAINTS."""
    lines = (DOCS.parent / "requirements-dev.lock").read_text("utf-8").splitlines()
    pins = (line.removesuffix(" \\") for line in lines if "==" in line and line[0].isalnum())
    return "# The versions with which tpa-tf was tested.\n" + "".join(f"{pin}\n" for pin in pins)


def page(path: Path) -> str:
    """The text of a page with its table as it should be."""
    text, tables = _TABLE.subn(lambda _: f"\n{PAGES[path]()}\n", path.read_text("utf-8"))
    assert tables == 1, f"{path} has {tables} tables"
    return text


def _codes(addresses: Iterable[str]) -> str:
    return ", ".join(f"`{address}`" for address in addresses)


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(page(path), "utf-8")
    SCHEMA.write_text(json_schema.as_json(), "utf-8")
    CONSTRAINTS.write_text(constraints(), "utf-8")
