"""What may import what (docs/design.md): checking a config needs no CDKTF, and nothing below a layer knows of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TPA_TF = Path(__file__).parents[2] / "tpa_tf"

BELOW_ALL = {"errors", "files", "templates", "terraform_command"}

MAY_IMPORT: dict[str, set[str]] = {
    "rules": set(),
    "limits": set(),
    "config": {"limits", "rules"},
    "formats": {"config", "rules"},
    "facts": {"config", "rules", "cluster.addresses"},
    "cluster": {"config", "facts", "limits", "rules"},
    "user_data": {"cluster"},
    "permissions": {"cluster", "terraform"},
    "keys": {"cluster"},
    "lookup": {"cluster", "clusters", "config", "facts", "rules", "terraform"},
    "adoption": {"cluster", "clusters", "config", "facts", "keys", "lookup", "rules", "terraform"},
    "terraform": {"limits"},
    "stack": {"cluster", "limits", "terraform", "user_data"},
    "engine": {"terraform"},
    "clusters": {"cluster", "config", "facts", "formats", "own_files", "rules", "stack", "terraform", "user_data"},
    "own_files": {"config", "rules", "terraform"},
    "repository": set(),
    "new_repository": set(),
    "revisions": {"cluster", "clusters", "facts"},
    "handover": {"cluster", "clusters", "config", "engine", "keys", "limits", "rules", "revisions", "terraform"},
    "changes": {"cluster", "clusters", "facts", "limits", "terraform"},
    "pictures": {"changes", "cluster", "clusters", "config", "terraform"},
    "app": {"clusters", "engine", "repository"},
    "api": {"clusters", "engine"},
    "testing": {"api"},
}
"""By the first part of a module below tpa_tf."""

MAY_IMPORT["commands"] = set(MAY_IMPORT) - {"api", "app", "testing"}
MAY_IMPORT["cli"] = {"commands", "limits"}

CDKTF = ("cdktf", "constructs", "jsii")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(TPA_TF.rglob("*.py")):
        part = path.relative_to(TPA_TF).parts[0].removesuffix(".py")
        if part not in {"__init__", "__main__"} | BELOW_ALL:
            yield part, path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_every_module_has_its_layer() -> None:
    assert {part for part, _ in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_layer_imports_what_is_below_it_alone(part: str) -> None:
    allowed = {part} | MAY_IMPORT[part] | (BELOW_ALL if part not in {"config", "limits"} else set())
    for path in (path for each, path in modules() if each == part):
        for name in imported(path):
            if name.startswith("tpa_tf."):
                assert allowed & {name.split(".")[1], ".".join(name.split(".")[1:3])}, (
                    f"{path.relative_to(TPA_TF)} imports {name}"
                )


def test_one_module_names_the_cdktf_packages() -> None:
    importing = {
        path.relative_to(TPA_TF).as_posix()
        for path in TPA_TF.rglob("*.py")
        for name in imported(path)
        if name.startswith(CDKTF)
    }
    assert importing <= {"engine/bindings.py"}


@pytest.mark.parametrize("part", sorted(BELOW_ALL))
def test_what_everybody_uses_uses_nothing_above(part: str) -> None:
    names = {name for name in imported(TPA_TF / f"{part}.py") if name.startswith("tpa_tf.")}
    assert {name.split(".")[1] for name in names} <= BELOW_ALL
