"""First-boot scripts in stacks: their text is in golden files of its own, and a stack's golden file has its hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_ARGUMENTS = ("user_data", "user_data_base64")
_EXPRESSION = re.compile(r"(?<!\$)\$\{[^}]*\}")


def hashed(text: str) -> str:
    """A stack's JSON with the hash of each first-boot script in the script's place."""
    stack = json.loads(text)
    for arguments in instances(stack).values():
        for name in _ARGUMENTS:
            if name in arguments:
                arguments[name] = f"sha256:{hashlib.sha256(arguments[name].encode()).hexdigest()}"
    return json.dumps(stack, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def instances(stack: Mapping[str, Any]) -> Mapping[str, dict[str, Any]]:
    """The instances of a stack, by name."""
    found: Mapping[str, dict[str, Any]] = stack["resource"]["aws_instance"]
    return found


def evaluated(template: str) -> str:
    """A script as Terraform renders it: what its expressions give is the stand-in ``stand-in``."""
    return _EXPRESSION.sub("stand-in", template).replace("$${", "${").replace("%%{", "%{")
