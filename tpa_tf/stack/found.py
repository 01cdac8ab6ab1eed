"""Something that a lookup has found: to the stack, the values that the record has of it.

No data source reads it again: Terraform puts off such a lookup until all that it refers to is applied, and meanwhile it
would replace what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpa_tf.terraform.blocks import Data, Resource
from tpa_tf.terraform.expressions import Text


@dataclass(frozen=True)
class Found:
    """What is recorded of a thing."""

    attributes: Mapping[str, Text]
    """By the names that Terraform has for them."""

    def attribute(self, name: str) -> Text:
        """Its attribute ``name``; KeyError if the record has none."""
        return self.attributes[name]


Thing = Resource | Data | Found
"""Something that the stack makes, has Terraform look up, or has found."""
