"""The Jinja2 templates: where they are, and the one way in which all of them are rendered."""

from __future__ import annotations

import functools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render(name: str, **values: Any) -> str:
    """The text of the template ``name`` (``user-data/main.sh.j2``) with ``values``.

    What goes into HTML (``….html.j2``) is escaped, everything else is as it stands.

    A value that the template wants and that is missing raises ``jinja2.UndefinedError``; an unknown template raises
    ``jinja2.TemplateNotFound``. ``{{ value | shell }}`` gives one word for a POSIX shell.
    """
    return _environment(directory()).get_template(name).render(**values)


def directory(package: Path | None = None) -> Path:
    """Where the templates are: in the package of an installed wheel, else at the top level of the checkout.

    ``package`` is the directory of ``tpa_tf``. FileNotFoundError if neither place has them: the installation is broken.
    """
    package = package or Path(__file__).parent
    for candidate in (package / "_templates", package.parent / "templates"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"tpa-tf is not installed completely: {package} has no templates; install it again")


@functools.cache
def _environment(templates: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only what renders pays for it

    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),  # shell, JSON and INI are as they are
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shell"] = shlex.quote
    return environment
