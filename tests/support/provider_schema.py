"""What the AWS provider says of the arguments of our resource types, kept in tests/data.

``python -m tests.support.provider_schema`` writes it anew, for which it needs terraform and the provider.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.terraform import PROVIDER_VERSION, Provider, Stack
from tpa_tf.terraform.resources import RESOURCE_TYPES

PATH = Path(__file__).parents[1] / "data" / "provider-schema.json"

_FLAGS = ("required", "optional", "computed")


def extract(provider: Provider, directory: Path) -> dict[str, Any]:
    """The provider's version and, by resource type, each argument with its flags, and those of each nested block.

    Of the schema as ``terraform providers schema -json`` prints it in ``directory``, which is empty.
    """
    (directory / "main.tf.json").write_text(json.dumps({"data": {"aws_region": {"here": {}}}}))
    schemas = Stack(directory, provider, os.environ).provider_schema()["resource_schemas"]
    resources = {name: _arguments(schemas[name]["block"]) for name in sorted(RESOURCE_TYPES)}
    return {"version": PROVIDER_VERSION, "resources": resources}


def _arguments(block: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {
        name: " ".join(flag for flag in _FLAGS if attribute.get(flag))
        for name, attribute in block.get("attributes", {}).items()
    }
    nested = {name: _arguments(each["block"]) for name, each in block.get("block_types", {}).items()}
    return dict(sorted({**attributes, **nested}.items()))


def main() -> None:
    """Write the extract."""
    with tempfile.TemporaryDirectory() as temporary:
        stack = Path(temporary) / "stack"
        stack.mkdir()
        found = extract(Provider(Path(temporary) / "provider"), stack)
    PATH.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
