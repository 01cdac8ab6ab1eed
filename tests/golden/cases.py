"""The golden cases: each directory here, and each example, with the Terraform JSON that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).parent
EXAMPLES = GOLDEN.parent.parent / "examples"
EXPECTED = "cdk.tf.json"


@dataclass(frozen=True)
class Case:
    """A cluster directory and the file that holds what it becomes."""

    cluster: Path
    expected: Path

    @property
    def name(self) -> str:
        return self.expected.parent.name


def cases() -> list[Case]:
    """Every case, by name. An example's expected output is in ``example-<name>`` here."""
    own = [Case(config.parent, config.parent / EXPECTED) for config in GOLDEN.glob("*/config.yml")]
    examples = [
        Case(config.parent, GOLDEN / f"example-{config.parent.name}" / EXPECTED)
        for config in EXAMPLES.glob("*/config.yml")
    ]
    return sorted(own + examples, key=lambda case: case.name)
