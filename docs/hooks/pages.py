"""The pages of the site that stand at the top of the repository, and what there leads out of the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

TOP = Path(__file__).parents[2]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
_LINK = re.compile(r"\]\(([^)#:]+)((?:#[^)]*)?)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from the top."""
    for source, name in PAGES.items():
        text = (TOP / source).read_text("utf-8")
        files.append(File.generated(config, name, content=_LINK.sub(_from_the_top, text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page with the links that lead out of the docs."""
    return _LINK.sub(_from_the_docs, markdown)


def _from_the_top(link: re.Match[str]) -> str:
    target = link[1].removeprefix("docs/")
    return f"]({PAGES.get(link[1], target)}{link[2]})" if link[1] in PAGES or target != link[1] else _code(link[1])


def _from_the_docs(link: re.Match[str]) -> str:
    if not link[1].startswith("../"):
        return link[0]
    target = link[1].removeprefix("../")
    return f"]({PAGES[target]}{link[2]})" if target in PAGES else _code(target)


def _code(path: str) -> str:
    """The end of a link that the site has no page for: the path in the repository, for people."""
    return f"] (`{path}`)"
