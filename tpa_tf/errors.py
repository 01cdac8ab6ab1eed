"""The one exception for faults that a person can mend, caught where the program starts."""

from __future__ import annotations


class TpaTfError(Exception):
    """Something outside the config is wrong: the message says what and what to do; exit code 1, no traceback."""
