"""The one way from a path to a checked cluster: read the config and its lookup record, check both, build the stack."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tpa_tf.cluster.acceptance import check_idle
from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.resolve import resolve
from tpa_tf.cluster.states import StatePlace, local_state, shown_place, state_place
from tpa_tf.config.document import Document, KeyPath, Mark, Problem, parse
from tpa_tf.config.findings import Finding, Report, Severity
from tpa_tf.config.schema import shown
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.questions import RECORD_NAME, Asked
from tpa_tf.files import CONFIG_NAME, DEFAULT_OUT, OWN_FILES, is_directory
from tpa_tf.formats import text
from tpa_tf.rules.identity import NAME_NOT_ALLOWED
from tpa_tf.rules.instances import ADDRESS_COLLISION, INVALID_NAME
from tpa_tf.rules.lookup import INVALID_LOOKUP, STALE_LOOKUP
from tpa_tf.rules.settings import DUPLICATE_CLUSTER, PATH_NOT_UTF_8, USER_DATA_TOO_LARGE
from tpa_tf.rules.terraform import SHARED_STATE, STATE_IN_OUTPUT
from tpa_tf.rules.text import UNREADABLE
from tpa_tf.stack.build import build
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.resources import resource_type
from tpa_tf.terraform.stack import NAMES_OF_OBJECTS, Collision, Stack
from tpa_tf.user_data import is_surely_plain, measure_user_data

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.record import Record, RecordError


_INSTANCE = "aws_instance."
_NAMED_BY_PROFILE = {"aws_iam_role", "aws_iam_instance_profile"}
"""What bears the name of the instance profile, by default made of the cluster's."""


@dataclass(frozen=True)
class Loaded:
    """One input after reading: what it says, what is wrong with it, and the cluster if nothing is."""

    document: Document
    report: Report
    cluster: Cluster | None
    merged: tuple[MergedInstance, ...]
    """Every instance of whatever platform, merged as TPA merges."""
    asked: Asked | None
    """What a lookup has to ask AWS; None if the config itself is at fault."""
    stack: Stack | None = None
    """What the cluster is to Terraform; None where there is no cluster."""

    @property
    def checked(self) -> tuple[Cluster, Stack] | None:
        """The cluster and its stack; None if the input is at fault."""
        return (self.cluster, self.stack) if self.cluster and self.stack and not self.report.failed else None


def load_all(paths: Iterable[str], out: Path = DEFAULT_OUT) -> tuple[Loaded, ...]:
    """Every input read and checked, each once however often and by whatever name it is given, in the order given.

    The stacks are for the output directory ``out``.
    """
    names: dict[str, str] = {}
    for path in paths:
        names.setdefault(os.path.realpath(config_file(Path(path))), path)
    loaded = tuple(load(Path(path), path, out=out) for path in names.values())
    _check_apart(loaded)
    return loaded


def load(path: Path, name: str | None = None, *, out: Path = DEFAULT_OUT, directory: Path | None = None) -> Loaded:
    """Read and check the cluster directory or config file at ``path``, with the lookup record if there is one.

    ``name`` is how messages call the input; by default ``path`` as it was given. ``directory`` is where the cluster
    belongs, if that is elsewhere. Nothing is raised for bad input.
    """
    beside = path if is_directory(path) else path.parent
    record, error = _recorded(beside)
    loaded = _draft(path, record, name)
    if error:
        help = f"run tpa-tf lookup {shlex.quote(str(beside))} again, or take the file as git has it"
        file = str(Path(loaded.document.name).parent / RECORD_NAME)
        loaded.report.elsewhere(file, INVALID_LOOKUP, error.mark, str(error), help)
        return replace(loaded, cluster=None)
    loaded = _with_stack(loaded, out, directory)
    if not loaded.report.failed:
        check_idle(loaded.report)
    return _unless_failed(loaded)


def _recorded(directory: Path) -> tuple[Record | None, RecordError | None]:
    """The record in ``directory``, if there is one, or why it can't be used."""
    if not os.path.lexists(directory / RECORD_NAME):
        return None, None
    from tpa_tf.facts.record import RecordError, read

    try:
        return read(directory), None
    except RecordError as error:
        return None, error


def load_with(path: Path, record: Record | None, name: str | None = None, *, out: Path | None = None) -> Loaded:
    """The same with ``record``, whatever is on disk; with None, as if there were no record yet.

    Without ``out`` it has no stack.
    """
    loaded = _draft(path, record, name)
    return _unless_failed(loaded if out is None else _with_stack(loaded, out, None))


def _draft(path: Path, record: Record | None, name: str | None) -> Loaded:
    """What is at ``path``, with a cluster also where something is at fault, if it can be built with stand-ins."""
    file = config_file(path)
    shown_as = f"{name.rstrip('/')}/{CONFIG_NAME}" if name and is_directory(path) else name or str(file)
    try:
        document = parse(file.read_bytes(), file, shown_as)
    except OSError as error:
        reason = error.strerror or str(error)
        help = f"give a cluster directory with a {CONFIG_NAME}, or the file itself"
        problem = Problem(UNREADABLE, Mark(1, 1), f"can't be read: {reason}", (), help)
        document = Document(shown_as, file, "", None, {}, {}, {}, (problem,))
    report = Report(document)
    for problem in document.problems:
        report.problem(problem)
    if report.failed and document.data is None:
        return Loaded(document, report, None, (), None)
    cluster, merged, asked = resolve(document, report, record)
    return Loaded(document, report, cluster, merged, asked)


def config_file(path: Path) -> Path:
    """The config of the cluster directory ``path``, or ``path`` itself if it is none."""
    return path / CONFIG_NAME if is_directory(path) else path


def sound(loaded: Sequence[Loaded]) -> tuple[tuple[Cluster, Stack], ...] | None:
    """The clusters of all inputs with their stacks; None if any input is at fault."""
    found = [checked for one in loaded if (checked := one.checked)]
    return tuple(found) if len(found) == len(loaded) else None


def as_text(loaded: Sequence[Loaded]) -> str:
    """All findings for people, and how many there are."""
    return text.as_text(checked_findings(loaded))


def checked_findings(
    loaded: Iterable[Loaded], least: Severity = Severity.INFO
) -> tuple[tuple[Document, tuple[Finding, ...]], ...]:
    """Each document with its findings that weigh as much as ``least``, or more."""
    return tuple(
        (one.document, tuple(finding for finding in one.report.findings if finding.severity <= least)) for one in loaded
    )


def _unless_failed(loaded: Loaded) -> Loaded:
    """``loaded`` without a cluster where anything is at fault."""
    return replace(loaded, cluster=None, stack=None) if loaded.report.failed else loaded


def _with_stack(loaded: Loaded, out: Path, directory: Path | None) -> Loaded:
    """``loaded`` with the stack of its cluster, after reporting what would keep it from being written."""
    cluster = loaded.cluster
    if cluster is None or not _complete(cluster):
        return loaded
    if directory is not None:
        cluster = replace(cluster, directory=directory)
    _check_user_data(loaded.report, cluster)
    _check_state(loaded.report, cluster, out)
    try:
        stack = build(cluster, out / "stacks" / cluster.name)
    except TpaTfError as error:
        loaded.report.add(PATH_NOT_UTF_8, (), str(error))
        return replace(loaded, cluster=cluster)
    own = cluster.directory / OWN_FILES
    if is_directory(own):
        from tpa_tf.own_files import add_own_files

        add_own_files(loaded.report, stack, own, str(Path(loaded.document.name).parent / OWN_FILES))
    _check_imports(loaded.report, cluster, stack)
    _check_collisions(loaded.report, stack.collisions)
    _check_stack_name(loaded.report, stack)
    _check_names(loaded.report, stack)
    return replace(loaded, cluster=cluster, stack=stack)


def _complete(cluster: Cluster) -> bool:
    """Whether a cluster, which may be a draft, has all that its instances refer to."""
    regions = {region.name: region for region in cluster.regions}
    return all(
        (region := regions.get(instance.region)) is not None
        and region.vpc is not None
        and region.security_group is not None
        and any(subnet.address == instance.subnet for subnet in region.subnets)
        and any(ami.address == instance.ami for ami in region.amis)
        for instance in cluster.instances
    )


def _check_user_data(report: Report, cluster: Cluster) -> None:
    """EC2 takes no more than it takes of a first-boot script; one finding is enough for all that are too long."""
    for instance in () if is_surely_plain(cluster) else cluster.instances:
        size = measure_user_data(cluster, instance)
        if not size.fits:
            longest = max(size.parts, key=lambda key: size.parts[key])
            help = "have the script fetch what is long (s3_uploads puts files into the cluster's bucket)"
            report.add(USER_DATA_TOO_LARGE, (longest,), str(size), help)
            return


def _check_state(report: Report, cluster: Cluster, out: Path) -> None:
    """A state below ``out``, which may be removed at any time, would be lost with it."""
    state = local_state(cluster)
    if state and Path(os.path.realpath(state)).is_relative_to(os.path.realpath(out)):
        report.add(
            STATE_IN_OUTPUT,
            ("terraform", "backend", "path") if cluster.terraform.backend.get("path") else (),
            f"the state of {cluster.name} would be {state}, inside the output, which can be removed at any time",
            "write a path outside it (terraform: backend: path), or give another --out",
        )


def _check_imports(report: Report, cluster: Cluster, stack: Stack) -> None:
    """What was adopted and has no resource any more would stay outside the state, and another one would be made."""
    gone = sorted(address for address in cluster.imports if address not in stack.things)
    if gone:
        here = shlex.quote(str(cluster.directory))
        report.add(
            STALE_LOOKUP,
            ("instances",),
            f"{RECORD_NAME} doesn't fit this config: it adopts {', '.join(gone)}, which the config doesn't have",
            f"once the state has them, tpa-tf lookup {here} drops the imports; until then, set the config back or run "
            f"tpa-tf adopt {here} again",
        )


def _check_collisions(report: Report, collisions: Iterable[Collision]) -> None:
    """No two things may share a Terraform address: the one would silently take the place of the other.

    Where two instances share one, so does what belongs to them: that follows, and is not told again. Two of one name
    are another finding.
    """
    told: set[tuple[KeyPath, KeyPath]] = set()
    collisions = sorted(collisions, key=lambda collision: not collision.address.startswith(_INSTANCE))
    instances = tuple(each.address.removeprefix(_INSTANCE) for each in collisions if each.address.startswith(_INSTANCE))
    for collision in collisions:
        if not collision.address.startswith(_INSTANCE) and _belongs(collision.address.partition(".")[2], instances):
            continue
        pair = _cause(collision.first.origin), _cause(collision.second.origin)
        if pair in told:
            continue
        told.add(pair)
        if collision.first.named == collision.second.named:
            continue
        line = report.document.mark(collision.first.origin).line
        report.add(
            ADDRESS_COLLISION,
            collision.second.origin,
            f"{collision.second.named} and {collision.first.named} on line {line} would both be {collision.address}",
            "rename one of them, so that letters, digits or '-' differ; give a KMS key by its ARN",
        )


def _belongs(name: str, instances: tuple[str, ...]) -> bool:
    """Whether a Terraform name is made of that of one of ``instances``, as those of its volumes are."""
    return any(name == instance or name.startswith(f"{instance}_") for instance in instances)


def _check_stack_name(report: Report, stack: Stack) -> None:
    """CDKTF, a program of Node's, can't make a stack of every name."""
    if stack.name in NAMES_OF_OBJECTS:
        help = "every JavaScript object has something of this name, and CDKTF takes it for that: choose another one"
        report.add(INVALID_NAME, ("cluster_name",), f"{shown(stack.name)} can't be the name of a stack", help)


def _check_names(report: Report, stack: Stack) -> None:
    """Names that AWS refuses, where the config gives them or what they are made of."""
    for block in stack.things.values():
        declared = resource_type(block.type) if isinstance(block, Resource) else None
        for rule in declared.names if declared else ():
            name = block.arguments.get(rule.argument)
            if not isinstance(name, str) or rule.limit.allows(name):
                continue
            path = block.origin if block.origin in report.document.marks else ("cluster_name",)
            if not report.told(path):
                label, what = declared.label if declared else "", rule.argument.removeprefix("key_")
                why = f": it has {len(name)} characters" if len(name) > rule.limit.longest else ""
                message = f"AWS refuses {shown(name)} as the {what} of the {label}{why}"
                help = f"write {rule.limit.allowed}"
                if path == ("cluster_name",) and block.type in _NAMED_BY_PROFILE:
                    help += ", or another name for role and profile as cluster_profile"
                report.add(NAME_NOT_ALLOWED, path, message, help)


def _cause(path: KeyPath) -> KeyPath:
    """What a block stands for: an instance for all that it has, but for a KMS key, which it only names."""
    return path[:2] if path[:1] == ("instances",) and path[-1] != "kms_key_id" else path


def _check_apart(loaded: Iterable[Loaded]) -> None:
    """Two clusters of one name would write one stack over the other; with one state, each would destroy the other.

    Names that differ in case alone are one directory to many file systems, and one role to IAM.
    """
    names: dict[str, Loaded] = {}
    states: dict[StatePlace, Loaded] = {}
    for one in loaded:
        if one.cluster is None:
            continue
        first = names.setdefault(one.cluster.name.casefold(), one)
        if first is not one:
            one.report.add(
                DUPLICATE_CLUSTER,
                ("cluster_name",),
                f"the cluster_name {one.cluster.name} is taken: {first.document.name} has "
                f"{first.cluster.name if first.cluster else 'it'}",
                "rename one of the clusters, or give it another --out: a stack is named by its cluster",
            )
        first = states.setdefault(state_place(one.cluster), one)
        if first is not one:
            local = one.cluster.terraform.backend_type is None
            one.report.add(
                SHARED_STATE,
                ("cluster_name",) if local else ("terraform", "backend"),
                f"{first.document.name} keeps its state in the same place ({shown_place(one.cluster)}): "
                "each cluster's plan would destroy what the other has created",
                "give each cluster a directory of its own, or a backend in its terraform section"
                if local
                else "give each cluster a state of its own",
            )
