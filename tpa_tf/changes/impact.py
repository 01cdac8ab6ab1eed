"""The forecast of an edit: the plan that Terraform will make of it, judged."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.changes.judge import Verdict, judge
from tpa_tf.changes.plan import INSTANCE, Plan
from tpa_tf.changes.predict import predict
from tpa_tf.cluster.model import Cluster
from tpa_tf.cluster.states import state_place
from tpa_tf.errors import TpaTfError
from tpa_tf.limits.provider import SIX, ProviderVersions
from tpa_tf.terraform.blocks import DATA
from tpa_tf.terraform.resources import RESOURCE_TYPES
from tpa_tf.terraform.stack import Stack


def forecast(old: tuple[Cluster, Stack], new: tuple[Cluster, Stack]) -> tuple[Verdict, tuple[str, ...]]:
    """What the step from ``old`` to ``new``, clusters with their stacks, does, and what else there is to know.

    TpaTfError if they are two clusters: of different names, and each with a state of its own.
    """
    before, after = old[0], new[0]
    if before.name != after.name and state_place(before) != state_place(after):
        raise TpaTfError(
            f"{before.name} and {after.name} are two clusters, not two versions of one: each has another name and "
            "another place of its state, and Terraform knows nothing of the one in the other's"
        )
    plan = predict(old[1], new[1])
    return judge(plan, before, after), (*notes(before, after), *_put_off(plan, old[1], new[1]))


def _put_off(plan: Plan, old: Stack, new: Stack) -> Iterator[str]:
    """Lookups that are the same as before, and of which Terraform will not know beforehand what they find."""
    followed = {address for change in plan.changes for address in change.follows if address.startswith(DATA)}
    same = sorted(address for address in followed if old.things.get(address) == new.things.get(address))
    if same:
        yield (
            f"Terraform puts off {', '.join(same)} until other changes are applied, and takes for changed what follows "
            "from it. Run tpa-tf lookup first: then the stack has what was found"
        )


def foreign_state(plan: Plan, cluster: Cluster) -> str:
    """What is to be said of a plan, if its state is of another cluster than the config's; empty if it is not."""
    known = {change.old_tags.get("Cluster") for change in plan.of_type(INSTANCE) if change.before} - {None}
    if not known or cluster.name in known:
        return ""
    return (
        f"the state has the instances of {', '.join(sorted(map(str, known)))}, and the config is of {cluster.name}: "
        "either cluster_name was changed, or the state was copied with its directory, and this plan is of the other "
        "cluster's instances"
    )


def notes(old: Cluster, new: Cluster) -> tuple[str, ...]:
    """What the step from ``old`` to ``new`` means besides what happens to addresses."""
    said = []
    if old.name != new.name:
        said.append(
            f"cluster_name {old.name} → {new.name} makes no second cluster: the state is in the same place, so "
            "Terraform changes what there is (run terraform init in the new stack's directory). For a second cluster, "
            "give the config a directory and a backend of its own"
        )
    before, after = (cluster.terraform for cluster in (old, new))
    if (before.backend_type, before.backend) != (after.backend_type, after.backend):
        said.append("the state moves to another backend: run terraform init -migrate-state once")
    said += _of_the_provider(before.provider_version, after.provider_version)
    for name in sorted(before.moved.keys() - after.moved.keys()):
        said.append(
            f"the note moved: {{{name}: {before.moved[name]}}} goes: where a state has not seen it, {name} is "
            "destroyed. It may stay for ever"
        )
    if after.allow_destroy and not before.allow_destroy:
        said.append(
            "allow_destroy takes the guard off kept volumes and protected instances: "
            "take it out again unless all is to go"
        )
    return tuple(said)


def _of_the_provider(before: ProviderVersions, after: ProviderVersions) -> Iterator[str]:
    """What another version of the provider means: to Terraform, and to nothing that is there."""
    if before == after:
        return
    noted = [
        f"{name} of each {declared.label}"
        for declared in RESOURCE_TYPES.values()
        for name, since in declared.since.items()
        if not before.all_have(since) and since < after.until
    ]
    also = f". The first plan updates {', '.join(noted)}, in the state alone" if noted else ""
    back = ""
    if before.since < SIX <= after.since:
        back = ". Keep a copy of the state for a way back"
    elif after.since < SIX <= before.since:
        back = ". 5 may not read a state that 6 has written: restore the one of before"
    yield (
        f"provider_version {before.constraint} → {after.constraint} changes nothing in AWS. Run terraform init "
        f"-upgrade in the stack's directory, and commit .terraform.lock.hcl{also}{back}"
    )
