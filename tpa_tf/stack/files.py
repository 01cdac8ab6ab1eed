"""Where Terraform finds the cluster's files: the cluster directory is named once, and relative to the stack's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tpa_tf.errors import TpaTfError
from tpa_tf.terraform.blocks import Variable
from tpa_tf.terraform.expressions import Expr, Text, expr, quoted, ref, template
from tpa_tf.terraform.stack import Stack

_GLOB = re.compile(r"[*?\[{]")


@dataclass(frozen=True)
class ClusterFiles:
    """Files that the config names, for Terraform expressions."""

    directory: Text
    """The cluster directory: ``${path.module}/${var.cluster_dir}``."""

    def argument(self, written: str) -> Text:
        """The path for an argument: relative to the cluster directory, unless ``written`` is absolute or ``~/…``."""
        if written.startswith("~"):
            return self.expression(written)
        return written if written.startswith("/") else template(self.directory, "/", written)

    def expression(self, written: str) -> Expr:
        """The same path within an expression."""
        if written.startswith("~"):
            return expr("pathexpand(", quoted(written), ")")
        return quoted(self.argument(written))

    def matching(self, written: str) -> Expr:
        """An expression for the list of the files that the glob ``written`` matches; none is no error."""
        fixed, pattern = _split(written)
        base = self.expression(fixed) if fixed else quoted(self.directory)
        found = quoted(template(base, "/", expr("file")))
        return expr("[for file in fileset(", base, ", ", quoted(pattern), ") : ", found, "]")


def relative(target: Path, start: Path) -> str:
    """The way from the directory ``start`` to ``target``, with ``/``, as the operating system would walk it.

    TpaTfError if a name on the way is not text in UTF-8, which JSON could not hold.
    """
    way = Path(os.path.relpath(os.path.realpath(target), os.path.realpath(start))).as_posix()
    try:
        way.encode()
    except UnicodeEncodeError as error:
        raise TpaTfError(
            f"{os.fsencode(way)!r} is not UTF-8, and Terraform JSON can't name it: rename that directory"
        ) from error
    return way


def beside(cluster_directory: str, written: str) -> str:
    """The path ``written`` in a config, from the stack's own directory; absolute ones and ``~/…`` stay as they are."""
    return written if written.startswith(("/", "~")) else f"{cluster_directory}/{written}"


def cluster_files(stack: Stack, cluster_directory: str) -> ClusterFiles:
    """Make the variable that holds the cluster directory, and what is built on it."""
    variable = stack.add(
        Variable(
            "cluster_dir",
            default=cluster_directory,
            description="The directory of the cluster's config.yml and key files, relative to this one",
        )
    )
    return ClusterFiles(template(expr("path.module"), "/", ref(variable.address)))


def _split(glob: str) -> tuple[str, str]:
    """``/etc/keys/*.txt`` is ``/etc/keys`` and ``*.txt``: fileset() wants a directory to start from."""
    if not glob.startswith(("/", "~")):
        return "", glob.removeprefix("./")
    parts = glob.split("/")
    fixed = next((at for at, part in enumerate(parts) if _GLOB.search(part)), len(parts) - 1)
    return "/".join(parts[:fixed]) or "/", "/".join(parts[fixed:])
