"""A rule explained: for a terminal, and for the page of rules."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from tpa_tf.rules.catalog import TOPICS, of
from tpa_tf.rules.rule import Rule

_WIDTH = 100


def listing() -> str:
    """Every rule by topic: severity, id and title."""
    rules = [rule for topic in TOPICS for rule in of(topic)]
    longest = max(len(rule.id) for rule in rules)
    lines = []
    for topic in TOPICS:
        lines += ["", topic]
        lines += [f"  {_severity(rule):8} {rule.id:{longest}}  {rule.title}" for rule in of(topic)]
    return "\n".join(lines[1:]) + "\n"


def as_text(rule: Rule) -> str:
    """A rule in full, for a terminal."""
    parts = [f"{_severity(rule)}[{rule.id}]: {rule.title}", "", *_wrapped(rule.why), *_wrapped(rule.fix)]
    parts += ["", "Bad:", *_indented(rule.bad)]
    if rule.given:
        parts += _wrapped(f"Beside it: {rule.given}")
    parts += ["", "Good:", *_indented(rule.good), "", f"Source: {rule.source}"]
    return "\n".join(parts) + "\n"


def as_markdown(rule: Rule) -> str:
    """A rule in full, as a section of the page."""
    given = f"\n{rule.given}\n" if rule.given else ""
    return f"""\
### {rule.id}

**{_severity(rule)}**: {rule.title}.

{rule.why}
{rule.fix}

Bad:

```yaml
{rule.bad}```
{given}
Good:

```yaml
{rule.good}```

Source: {_link(rule.source)}
"""


def _severity(rule: Rule) -> str:
    return rule.severity.name.lower()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _indented(example: str) -> Iterable[str]:
    return (f"    {line}".rstrip() for line in example.splitlines())


def _link(source: str) -> str:
    if source.startswith("docs/"):
        page = source.removeprefix("docs/")
        return f"[{page}]({page})"
    return f"<{source}>" if source.startswith("https://") else source
