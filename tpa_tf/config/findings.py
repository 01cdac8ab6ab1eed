"""What the tool has to say about an input: each cause once, as one frozen value, with every place where it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tpa_tf.config.document import Document, KeyPath, Mark, Problem
from tpa_tf.rules.rule import Rule, Severity

__all__ = ["Acceptance", "Finding", "Place", "Report", "Severity", "dotted"]


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count from 1."""

    line: int
    column: int
    width: int
    where: str
    """The key path as people write it: ``instances[2].subnet``; empty for the file as a whole."""


@dataclass(frozen=True)
class Finding:
    """What one rule says of one cause in one file: where it is first, in the words for that place, and where else."""

    file: str
    line: int
    column: int
    width: int
    severity: Severity
    rule: str
    """The rule's id."""
    message: str
    where: str
    """The key path of the first place."""
    help: str | None
    """What to do about it, and what is allowed."""
    others: tuple[Place, ...] = ()
    """The other places of the same cause, in the order of the text."""

    @property
    def place(self) -> Place:
        """The first place."""
        return Place(self.line, self.column, self.width, self.where)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place, in the order of the text."""
        return (self.place, *self.others)


@dataclass(frozen=True)
class Acceptance:
    """That a rule may be broken, and why."""

    rule: str
    """The rule's id."""
    reason: str
    path: KeyPath
    """Where it stands."""
    within: KeyPath = ()
    """The part of the config that it is for: ``("instances", 2)``."""

    def covers(self, finding: Finding) -> bool:
        """Whether ``finding`` is one of those that are accepted."""
        where = dotted(self.within)
        inside = not where or finding.where == where or finding.where.startswith((f"{where}.", f"{where}["))
        return finding.severity is not Severity.ERROR and finding.rule == self.rule and inside


class Report:
    """Collects the findings of one document. The same cause at many places is one finding."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._findings: dict[tuple[str, str, str], dict[tuple[int, int], Finding]] = {}
        """By file, rule and cause, and within by line and column."""
        self._acceptances: list[Acceptance] = []

    def add(
        self,
        rule: Rule,
        path: KeyPath,
        message: str,
        help: str | None = None,
        *,
        on_key: bool = False,
        cause: object = None,
    ) -> None:
        """Record that ``rule`` is broken at ``path``; ``on_key`` points at the key instead of its value.

        What has the same rule and the same ``cause`` is one finding. By default the message is the cause. Give another
        one where the message has values that differ from place to place; ``()`` where breaking the rule is one thing
        to do, however often it is broken.
        """
        mark = self.document.key_mark(path) if on_key else self.document.mark(path)
        key = message if cause is None else repr(cause)
        self._record(self.document.name, _place(mark, path), rule, message, help, key)

    def problem(self, problem: Problem) -> None:
        """Record why the text could not be read."""
        place = _place(problem.mark, problem.path)
        self._record(self.document.name, place, problem.rule, problem.message, problem.help, problem.message)

    def elsewhere(self, file: str, rule: Rule, mark: Mark, message: str, help: str) -> None:
        """Record that ``rule`` is broken in another file than the document, at ``mark``."""
        self._record(file, _place(mark, ()), rule, message, help, message)

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self._each())

    def told(self, path: KeyPath) -> bool:
        """Whether an error at ``path`` or below it is recorded."""
        where = dotted(path)
        return any(
            finding.severity is Severity.ERROR
            and (finding.where == where or finding.where.startswith((f"{where}.", f"{where}[")))
            for finding in self._each()
        )

    def accept(self, acceptance: Acceptance) -> None:
        """Leave what ``acceptance`` covers out of the findings, whenever it is recorded. An error stays one."""
        self._acceptances.append(acceptance)

    @property
    def idle(self) -> tuple[Acceptance, ...]:
        """The acceptances that cover nothing of what is recorded."""
        return tuple(each for each in self._acceptances if not any(map(each.covers, self._each())))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors, then warnings, then the rest, each in the order of the text; without what is accepted."""
        return _ordered(
            [finding for finding in group.values() if self._acceptance(finding) is None]
            for group in self._findings.values()
        )

    @property
    def accepted(self) -> tuple[tuple[Finding, str], ...]:
        """What is accepted, each with the reason."""
        return tuple(
            (finding, each.reason)
            for each in self._acceptances
            for finding in _ordered(
                [finding for finding in group.values() if self._acceptance(finding) is each]
                for group in self._findings.values()
            )
        )

    def _acceptance(self, finding: Finding) -> Acceptance | None:
        return next((each for each in self._acceptances if each.covers(finding)), None)

    def _each(self) -> Iterator[Finding]:
        for group in self._findings.values():
            yield from group.values()

    def _record(self, file: str, place: Place, rule: Rule, message: str, help: str | None, cause: str) -> None:
        group = self._findings.setdefault((file, rule.id, cause), {})
        group.setdefault(
            (place.line, place.column),
            Finding(file, place.line, place.column, place.width, rule.severity, rule.id, message, place.where, help),
        )


def _place(mark: Mark, path: KeyPath) -> Place:
    return Place(mark.line, mark.column, mark.width, dotted(path))


def _ordered(groups: Iterable[list[Finding]]) -> tuple[Finding, ...]:
    merged = (_merged(group) for group in groups if group)
    return tuple(sorted(merged, key=lambda f: (f.severity, f.line, f.column, f.rule, f.message)))


def _merged(group: list[Finding]) -> Finding:
    """One finding of those that have one cause."""
    first, *others = sorted(group, key=lambda finding: (finding.line, finding.column))
    return replace(first, others=tuple(other.place for other in others)) if others else first


def dotted(path: KeyPath) -> str:
    """A key path as people write it: ``("instances", 2, "subnet")`` is ``instances[2].subnet``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
