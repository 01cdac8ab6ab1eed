"""What version 6 of the AWS provider has for our resource types, by the CDKTF bindings for it, kept in tests/data.

``python -m tests.support.bindings_schema WHEEL`` writes it anew, from a wheel of cdktf-cdktf-provider-aws 21 or later:
``pip download --no-deps 'cdktf-cdktf-provider-aws>=21'``.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.golden.cases import GOLDEN
from tpa_tf.terraform.resources import RESOURCE_TYPES

PATH = Path(__file__).parents[1] / "data" / "provider-6-schema.json"

_ASSEMBLY = "package/.jsii"
_OF_CDKTF = {"connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners"}
_NUMBERED = "A"
"""The end of the name of a class that would clash with another one in some language."""


def extract(wheel: Path) -> dict[str, Any]:
    """By type (``data.…`` those that are looked up): each argument (or nested block), and the attributes."""
    assembly, package = _assembly(wheel)
    classes = {each["name"]: each for each in assembly["types"].values() if each["kind"] == "class"}
    stacks = [json.loads(path.read_text()) for path in GOLDEN.glob("*/cdk.tf.json")]
    kinds = {*RESOURCE_TYPES, *(f"data.{kind}" for stack in stacks for kind in stack.get("data", {}))}
    found = {kind: _kind(assembly, classes, kind) for kind in sorted(kinds)}
    found["provider"] = _kind(assembly, classes, "provider", "AwsProvider")
    return {"version": package["cdktf"]["provider"]["version"], "types": found}


def _kind(assembly: Mapping[str, Any], classes: Mapping[str, Any], kind: str, name: str = "") -> dict[str, Any]:
    words = kind.removeprefix("data.").removeprefix("aws_").split("_")
    name = name or ("DataAws" if kind.startswith("data.") else "") + "".join(map(str.capitalize, words))
    declared = classes.get(f"{name}{_NUMBERED}") or classes[name]
    (config,) = (each["type"]["fqn"] for each in declared["initializer"]["parameters"] if each["name"] == "config")
    attributes = {_snake(each["name"]) for each in declared["properties"] if not each["name"].endswith("Input")}
    return {"arguments": _arguments(assembly, config), "attributes": sorted(attributes)}


def _arguments(assembly: Mapping[str, Any], interface: str) -> dict[str, Any]:
    properties = assembly["types"][interface].get("properties", [])
    return {
        _snake(each["name"]): _block(assembly, each["type"]) or ("optional" if each.get("optional") else "required")
        for each in sorted(properties, key=lambda each: str(each["name"]))
        if each["name"] not in _OF_CDKTF
    }


def _block(assembly: Mapping[str, Any], kind: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments of a nested block, or of a list of such blocks."""
    for inner in kind.get("union", {}).get("types", [kind]):
        name = inner.get("fqn") or inner.get("collection", {}).get("elementtype", {}).get("fqn") or ""
        if assembly["types"].get(name, {}).get("kind") == "interface":
            return _arguments(assembly, name)
    return None


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _assembly(wheel: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """jsii's description of the bindings in ``wheel``, and their package.json."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".jsii.tgz"))
        content = archive.read(name)
    with tarfile.open(fileobj=io.BytesIO(content)) as package:

        def read(path: str) -> bytes:
            file = package.extractfile(path)
            assert file
            return file.read()

        assembly = json.loads(read(_ASSEMBLY))
        if redirected := assembly.get("filename"):
            assembly = json.loads(gzip.decompress(read(f"package/{redirected}")))
        return assembly, json.loads(read("package/package.json"))


def main() -> None:
    """Write the extract."""
    PATH.write_text(json.dumps(extract(Path(sys.argv[1])), indent=1) + "\n")


if __name__ == "__main__":
    main()
