"""What a rule is: an id, a severity, one sentence, the reason, what to do, and an example on each side of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.IntEnum):
    """How much a finding weighs: only an error keeps the tool from writing."""

    ERROR = 0
    WARNING = 1
    INFO = 2


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of a config.yml.

    The examples are sections of a config.yml that is sound otherwise, or a whole file where they begin with ``---``.
    ``bad`` breaks this rule, and nothing else that is an error; ``good`` is the same in order.
    """

    id: str
    severity: Severity
    title: str
    """The rule as one sentence that holds of a config in order."""
    why: str
    fix: str
    source: str
    """The page, or the file of TPA's, that the rule is taken from."""
    bad: str
    good: str
    given: str = ""
    """What ``bad`` needs besides, where a config alone can't break the rule: what AWS has, or another file."""
