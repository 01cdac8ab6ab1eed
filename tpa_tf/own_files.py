"""A cluster's own Terraform files: what stands in ``terraform/`` beside config.yml is put beside the stack's JSON.

Terraform reads them with it, and merges override files into it itself
(https://developer.hashicorp.com/terraform/language/files/override).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tpa_tf.config.document import Mark
from tpa_tf.config.findings import Report
from tpa_tf.files import STACK_FILE
from tpa_tf.rules.own_files import INVALID_OWN_FILE, NOT_PUT_BESIDE, OWN_ADDRESS, OWN_BACKEND
from tpa_tf.terraform.stack import Stack

_ENDS = (".tf", ".tf.json")
_OTHERS_TERRAFORM_READS = (".tfvars", ".tfvars.json", ".tfstate", ".tfstate.backup", ".tftest.hcl", ".tftest.json")
_START = Mark(1, 1)
_BACKEND = re.compile(r'^[ \t]*(backend[ \t]+"[^"\n]*"|cloud)[ \t]*\{', re.MULTILINE)
"""The head of such a block in HCL, which has to stand on one line."""


def add_own_files(report: Report, stack: Stack, directory: Path, shown: str) -> None:
    """Put the files of ``directory``, if it is there, into ``stack``; what is wrong with them goes into ``report``.

    Messages call the directory ``shown``.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(directory) if not entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        report.elsewhere(shown, INVALID_OWN_FILE, _START, f"can't be read: {error.strerror}", "make it readable")
        return
    taken = {STACK_FILE: STACK_FILE}
    for name in names:
        place = f"{shown}/{name}"
        if name.startswith(".") or not name.endswith(_ENDS):
            if name.endswith(_OTHERS_TERRAFORM_READS):
                help = "write values into a .tf file there, and keep a state where terraform: backend says"
                report.elsewhere(place, NOT_PUT_BESIDE, _START, "only .tf and .tf.json files go beside the stack", help)
        elif (first := taken.setdefault(name.casefold(), name)) != name or name == STACK_FILE:
            owner = "the stack itself" if first == STACK_FILE else f"{shown}/{first}"
            help = "rename it; to change what the stack has, write an override file such as role_override.tf.json"
            report.elsewhere(place, INVALID_OWN_FILE, _START, f"{name} would be the file of {owner}", help)
        elif (content := _content(report, directory / name, place)) is not None:
            stack.files[name] = content.encode()
            _check_content(report, stack, name, content, place)


def _content(report: Report, path: Path, place: str) -> str | None:
    try:
        content = path.read_bytes() if path.is_file() else None
        if content is None:
            report.elsewhere(place, INVALID_OWN_FILE, _START, "is not a file", "remove it, or write a file there")
            return None
        return content.decode()
    except OSError as error:
        report.elsewhere(place, INVALID_OWN_FILE, _START, f"can't be read: {error.strerror}", "make it readable")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        report.elsewhere(place, INVALID_OWN_FILE, Mark(line, 1), "is not UTF-8", "save it as UTF-8, without a BOM")
    return None


def _check_content(report: Report, stack: Stack, name: str, content: str, place: str) -> None:
    if name.endswith(".json"):
        _check_json(report, stack, name, content, place)
    elif found := _BACKEND.search(content):
        _tell_backend(report, place, Mark(content.count("\n", 0, found.start(1)) + 1, 1))


def _check_json(report: Report, stack: Stack, name: str, content: str, place: str) -> None:
    """That it is JSON, and, unless it is an override file, has no address that the stack has."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        mark = Mark(error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else _START
        message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        report.elsewhere(place, INVALID_OWN_FILE, mark, f"is not JSON: {message}", "write JSON, or HCL in a .tf file")
        return
    bodies = data if isinstance(data, list) else [data]
    if not all(isinstance(body, dict) for body in bodies):
        report.elsewhere(place, INVALID_OWN_FILE, _START, "is not a JSON object", "write {…} with resource and so on")
        return
    if any(map(_has_backend, bodies)):
        _tell_backend(report, place, _START)
    if name == "override.tf.json" or name.endswith("_override.tf.json"):
        return
    addresses = {address for body in bodies for address in _addresses(body)}
    for address in sorted(addresses & {*stack.blocks}):
        help = "give it another name; to change what the stack has, name the file …_override.tf.json"
        report.elsewhere(place, OWN_ADDRESS, _START, f"{address} is in the stack already", help)


def _tell_backend(report: Report, place: str, mark: Mark) -> None:
    message = "sets a backend: tpa-tf would look for the state elsewhere, and can't see that two clusters share one"
    report.elsewhere(place, OWN_BACKEND, mark, message, "write terraform: backend in config.yml")


def _has_backend(data: Mapping[str, Any]) -> bool:
    blocks = data.get("terraform")
    blocks = blocks if isinstance(blocks, list) else [blocks]
    return any(isinstance(block, dict) and {"backend", "cloud"} & {*block} for block in blocks)


def _addresses(data: Mapping[str, Any]) -> set[str]:
    """The addresses of the blocks in a file, by the names that stacks have for them."""
    found: set[str] = set()
    for section, before in (("resource", ""), ("data", "data.")):
        for kind, named in _entries(data.get(section)):
            found |= {f"{before}{kind}.{name}" for name, _ in _entries(named)}
    for section, before in (("output", "output."), ("variable", "var.")):
        found |= {f"{before}{name}" for name, _ in _entries(data.get(section))}
    return found


def _entries(value: Any) -> list[tuple[str, Any]]:
    """The entries of a mapping, or of each mapping in a list, as Terraform JSON allows both."""
    blocks = value if isinstance(value, list) else [value]
    return [entry for block in blocks if isinstance(block, dict) for entry in block.items()]
