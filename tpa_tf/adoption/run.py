"""An adoption from start to end: ask, decide, look up, build the stack, find what is at its addresses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tpa_tf.adoption.candidates import Candidate, Candidates
from tpa_tf.adoption.checks import check_state, check_vpcs, warn_of_new, warn_of_new_routes
from tpa_tf.adoption.decisions import (
    Decisions,
    decide_group,
    decide_key_pair,
    decide_network,
    decide_profile,
    decide_volumes,
)
from tpa_tf.adoption.differences import check_differences
from tpa_tf.adoption.elsewhere import ask_elsewhere
from tpa_tf.adoption.images import with_running_images
from tpa_tf.adoption.key_files import check_key_files
from tpa_tf.adoption.summary import summary
from tpa_tf.adoption.there import There, ask_there
from tpa_tf.cluster import names
from tpa_tf.clusters import Loaded, config_file, load_with
from tpa_tf.config.document import KeyPath
from tpa_tf.errors import TpaTfError
from tpa_tf.facts.adopted import NOTHING
from tpa_tf.facts.asking import Asking, tell
from tpa_tf.facts.aws import Aws
from tpa_tf.facts.profiles import instance_profile, users_of
from tpa_tf.facts.questions import Asked
from tpa_tf.facts.record import Record
from tpa_tf.lookup.ask import Say, ask, at_once
from tpa_tf.lookup.run import access, check_answers, recorded
from tpa_tf.lookup.state import managed
from tpa_tf.rules.adoption import ADOPT_AMBIGUOUS
from tpa_tf.rules.asking import IMPORTS_LEFT
from tpa_tf.terraform.blocks import Resource
from tpa_tf.terraform.stack import Stack

_IMPORT_ALL = "everything is imported; an import of what the state has already does nothing"


@dataclass(frozen=True)
class Adoption:
    """What came of it: without a record where the report holds an error."""

    loaded: Loaded
    record: Record | None
    summary: str


@dataclass(frozen=True)
class Kinds:
    """What whoever adopts says of kinds of things."""

    existing: Collection[str]
    managed: Collection[str]


def adopt(path: Path, name: str, config: Loaded, profile: str | None, out: Path, kinds: Kinds, say: Say) -> Adoption:
    """Find what ``tpaexec provision`` made of the cluster at ``path``, called ``name``; nothing in AWS is changed.

    ``config`` is the same read without a record, and ``out`` is where the stack is. TpaTfError if AWS doesn't answer,
    or has nothing of the cluster.
    """
    asked = config.asked
    assert asked, "the config is sound"
    aws, account = access(asked, profile, say)
    before = recorded(config_file(path).parent)
    if before and (before.account, before.cluster) != (account, asked.cluster):
        before = None
    earlier = before.adopted if before else NOTHING
    askings = {
        region: Asking(aws, account, asked.cluster, region, here, earlier) for region, here in asked.regions.items()
    }
    there = _ask_there(askings, asked)
    if not any(region.instances or any(region.made.values()) for region in there.values()):
        raise TpaTfError(
            f"AWS has nothing of {asked.cluster} in {', '.join(there)} (account {account}): no instance has the tag "
            f"Cluster: {asked.cluster}, and nothing the tag CreatingCluster; a cluster that is yet to be made needs no "
            "adoption"
        )
    state = managed(config.cluster, out) if config.cluster else None
    in_state = frozenset((state or {}).values())
    decisions = Decisions(asked.cluster, kinds.existing, kinds.managed, earlier, in_state)
    _decide(decisions, asked, there, state)
    _decide_profile(decisions, aws, asked, askings, there)
    record, regions = ask(aws, account, asked, decisions.adopted, say)
    record = with_running_images(record, regions, there)
    loaded = load_with(path, record, name, out=out)
    tell(loaded.report, (*decisions.faults, *decisions.remarks))
    check_vpcs(loaded.report, there)
    if loaded.cluster is None or loaded.stack is None:
        check_answers(loaded, record, before, regions)
        return Adoption(loaded, None, "")
    found = Candidates(loaded.cluster, loaded.stack, there, ask_elsewhere(aws, account, loaded.cluster))
    _find(loaded, loaded.stack, found)
    tell(loaded.report, found.faults)
    check_state(loaded.report, loaded.stack, found, state or {})
    check_answers(loaded, record, before, regions, {candidate.id for candidate in found.taken.values()})
    check_differences(loaded.report, loaded.stack, found)
    check_key_files(loaded.report, loaded.cluster, there)
    warn_of_new(loaded.report, loaded.cluster, found, there)
    warn_of_new_routes(loaded.report, loaded.stack, found)
    if loaded.report.failed:
        return Adoption(replace(loaded, cluster=None, stack=None), None, "")
    imports = {
        address: candidate.import_id(address.partition(".")[0])
        for address, candidate in sorted(found.taken.items())
        if address not in (state or {})
    }
    if state is None:
        loaded.report.add(IMPORTS_LEFT, ("cluster_name",), "the state can't be asked what it has already", _IMPORT_ALL)
    adopted = replace(decisions.adopted, imports=imports)
    told = summary(loaded.cluster, loaded.stack, adopted, found, there, in_state)
    return Adoption(loaded, replace(record, adopted=adopted), told)


def _ask_there(askings: Mapping[str, Asking], asked: Asked) -> dict[str, There]:
    return at_once(
        {name: partial(ask_there, asking, names.group_name(asked.cluster, name)) for name, asking in askings.items()}
    )


def _decide(decisions: Decisions, asked: Asked, there: Mapping[str, There], state: Collection[str] | None) -> None:
    for region, here in there.items():
        decide_network(decisions, region, asked.regions[region], here)
        decide_group(decisions, region, names.group_name(asked.cluster, region), asked.regions[region], here)
        decide_volumes(decisions, asked.regions[region], here)
        decide_key_pair(decisions, region, here, state)


def _decide_profile(
    decisions: Decisions, aws: Aws, asked: Asked, askings: Mapping[str, Asking], there: Mapping[str, There]
) -> None:
    if asked.instance_profile is None or not asked.instance_profile_can_be_made:
        return
    found = instance_profile(aws, asked.bucket_region, asked.instance_profile)
    if found:
        users = {id for asking in askings.values() for id in users_of(asking, str(found["Arn"]))}
        own = {str(instance["InstanceId"]) for region in there.values() for instance in region.instances}
        decide_profile(decisions, found, users - own)


def _find(loaded: Loaded, stack: Stack, found: Candidates) -> None:
    """Take the one thing that there is for each resource; several are a fault that names them all."""
    for address, block in stack.things.items():
        if not isinstance(block, Resource):
            continue
        there = found.of(block)
        if len(there) == 1:
            found.taken[address] = there[0]
        elif there:
            _ambiguous(loaded, block, there)


def _ambiguous(loaded: Loaded, block: Resource, there: list[Candidate]) -> None:
    path: KeyPath = block.origin or ("cluster_name",)
    shown = "; ".join(f"{each.id} ({each.shown})" if each.shown else each.id for each in there)
    loaded.report.add(
        ADOPT_AMBIGUOUS,
        path,
        f"{len(there)} things could be {block.address}: {shown}",
        "take its tags (Cluster, CreatingCluster) or its name from the one that isn't, or remove that one",
    )
