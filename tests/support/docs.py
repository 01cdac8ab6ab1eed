"""The commands that README and docs show, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))]

_PROGRAMS = (
    "aws",
    "cd",
    "echo",
    "eval",
    "git",
    "make",
    "npx",
    "pip",
    "pipx",
    "python",
    "terraform",
    "tpa-tf",
    "tpaexec",
)
_COMMAND = re.compile(rf"(\w+=\S+ |\{{ )*({'|'.join(_PROGRAMS)})\b(?!:)")
_SHELLS = {"bash", "sh", "shell"}


@dataclass(frozen=True)
class Command:
    """A command of a page."""

    page: str
    line: int
    text: str
    output: tuple[str, ...] = ()
    """What the page shows below it."""

    @property
    def bare(self) -> str:
        """The text without its comment."""
        return re.sub(r"\s+#.*", "", self.text)


def commands(page: Path) -> list[Command]:
    """The commands of ``page``: of fenced blocks for shells, of consoles after ``$``, and of indented blocks.

    An indented line that begins with the name of no program is no command.
    """
    return [*_joined(_lines(page))]


def _lines(page: Path) -> Iterator[Command]:
    fence: str | None = None
    name = page.relative_to(TOP).as_posix()
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if mark := re.match(r"\s*```(\w*)", line):
            fence = None if fence is not None else mark[1]
        elif fence == "console":
            yield Command(name, number, line)
        elif fence in _SHELLS and line.strip():
            yield Command(name, number, f"$ {line}")
        elif fence is None and re.match(r"    +\S", line):
            yield Command(name, number, f"    {line.strip()}")


def _joined(lines: Iterator[Command]) -> Iterator[Command]:
    """Each command once, with the lines that continue it, and with its output."""
    found: list[Command] = []
    going_on = False
    for line in lines:
        text = line.text.removeprefix("$ ").strip()
        if going_on:
            found[-1] = Command(line.page, found[-1].line, f"{found[-1].text} {text}".replace(" \\ ", " "))
            going_on = text.endswith("\\")
        elif line.text.startswith("$ ") or _COMMAND.match(text):
            found.append(Command(line.page, line.line, text))
            going_on = text.endswith("\\")
        elif found and not line.text.startswith("    "):
            found[-1] = Command(line.page, found[-1].line, found[-1].text, (*found[-1].output, text))
    return iter(found)
