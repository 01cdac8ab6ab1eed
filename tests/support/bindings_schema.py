"""What version 6 of the AWS provider says of the arguments of our stacks, kept in tests/data.

It is taken from CDKTF's prebuilt bindings, which are made of the provider's schema: they tell which arguments there are
and which are required, but not which of the others the provider computes, nor what it checks.
``python -m tests.support.bindings_schema`` writes it anew, for which it downloads the bindings (60 MB) with pip.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tpa_tf.terraform.resources import DATA_SOURCES, RESOURCE_TYPES

PATH = Path(__file__).parents[1] / "data" / "provider-6-schema.json"

BINDINGS = "cdktf-cdktf-provider-aws==21.22.1"
"""The last ones that were made."""

_PREFIX = "@cdktf/provider-aws."
_PAGE = re.compile(r"/hashicorp/aws/([0-9.]+)/docs[^#]*#([a-z0-9_]+) ")
_LOOKED_UP_ONLY = ("aws_caller_identity", "aws_iam_policy_document", "aws_partition", "aws_security_groups")
_META_ARGUMENTS = "cdktf.TerraformMetaArguments"

Types = Mapping[str, Mapping[str, Any]]
"""The types of a jsii assembly, by name: https://aws.github.io/jsii/specification/4-standard-library/"""


def extract(types: Types) -> dict[str, Any]:
    """The provider's version and, of its block, our resources and data sources, each argument with its flags."""
    existing = {name for name, declared in RESOURCE_TYPES.items() if declared.existing}
    data = sorted({*existing, *DATA_SOURCES, *_LOOKED_UP_ONLY})
    provider = f"{_PREFIX}provider.AwsProviderConfig"
    return {
        "version": _page(types[provider]["properties"][0])[0],
        "provider": _arguments(types, provider),
        "resources": {name: _block(types, name.removeprefix("aws_")) for name in sorted(RESOURCE_TYPES)},
        "data": {name: _block(types, f"data_{name}") for name in data},
    }


def _block(types: Types, name: str) -> dict[str, Any]:
    """What a resource or a data source takes, and what it says of itself."""
    module = f"{_PREFIX}{_camel_case(name)}."
    (config,) = (
        each
        for each, type_ in types.items()
        if each.startswith(module) and _META_ARGUMENTS in type_.get("interfaces", ())
    )
    given = _arguments(types, config)
    made = types[config.removesuffix("Config")]["properties"]
    told = {_snake_case(each["name"]) for each in made if each.get("immutable") and not each.get("static")}
    computed = {name: "computed" for name in told if name not in given and not name.endswith("_input")}
    return dict(sorted({**computed, **given}.items()))


def _arguments(types: Types, struct: str) -> dict[str, Any]:
    """The arguments in a structure of the bindings, those of nested blocks below them."""
    found: dict[str, Any] = {}
    for each in types[struct]["properties"]:
        nested = _nested(each["type"])
        flag = "optional" if each.get("optional") else "required"
        found[_page(each)[1]] = {"": flag, **_arguments(types, nested)} if nested else flag
    return dict(sorted(found.items()))


def _nested(type_: Mapping[str, Any]) -> str | None:
    """The structure that an argument is, or is a list of; None if it is no block."""
    if "union" in type_:
        return next(filter(None, map(_nested, type_["union"]["types"])), None)
    if "collection" in type_:
        return _nested(type_["collection"]["elementtype"])
    name: str = type_.get("fqn", "")
    return name if name.startswith(_PREFIX) else None


def _page(argument: Mapping[str, Any]) -> tuple[str, str]:
    """The provider's version, and the name of an argument in Terraform, from the link to its documentation."""
    docs = argument["docs"]
    found = _PAGE.search(f"{docs.get('summary', '')} {docs.get('remarks', '')}")
    assert found, argument["name"]
    return found[1], found[2]


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name)


def main() -> None:
    """Write the extract."""
    with tempfile.TemporaryDirectory() as temporary:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, BINDINGS]
        subprocess.run(download, check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            (archive,) = (name for name in files.namelist() if name.endswith(".jsii.tgz"))
            with files.open(archive) as packed, tarfile.open(fileobj=packed) as package:
                assembly = package.extractfile("package/.jsii")
                assert assembly
                types = json.load(assembly)["types"]
    PATH.write_text(json.dumps(extract(types), indent=1) + "\n")


if __name__ == "__main__":
    main()
