"""What each change of a plan means: its effect, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.changes.claims import Claims, Conflict
from tpa_tf.changes.drift import drifted
from tpa_tf.changes.effects import CREATE, DELETE, FORGET, NOTHING, UPDATE, Effect, Row, Subject
from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change, Plan
from tpa_tf.changes.relations import Relations
from tpa_tf.changes.subjects import subject_of, subjects
from tpa_tf.changes.words import NAME_THE_ZONE, cause, shown
from tpa_tf.cluster.model import Cluster, Volume
from tpa_tf.cluster.names import of_instance
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.terraform.expressions import Address
from tpa_tf.terraform.resources import resource_type

_START_IT = (
    "Start it afterwards: aws ec2 start-instances. To keep it running, unmount the volume, detach it with aws ec2 "
    "detach-volume, and plan again."
)


class Rows:
    """Gives the rows of a change: what happens to its object; of a plan for the step from ``old`` to ``new``."""

    def __init__(self, plan: Plan, related: Relations, old: Cluster | None, new: Cluster | None) -> None:
        self._related = related
        self._created = {change.address for change in plan.resources if change.actions == CREATE}
        self._claims = Claims(plan)
        self._versions = plan.provider_versions
        self._clusters = (old, new) if old and new else None
        self._awaited = {
            by: instance.name
            for instance in (new.instances if new else ())
            for volume in instance.volumes
            if volume.volume_id
            for by in (volume.volume_id, f"{instance.label_prefix}:{volume.device_name}")
        }
        self._known = subjects(*filter(None, (old, new)))

    def __call__(self, change: Change) -> Iterator[Row]:
        """What is to be said of ``change``."""
        about = subject_of(change, self._known, self._related)
        for failure in change.failures:
            yield Row(change.address, about, NOTHING, failure.effect, failure.why, failure.remedy)
        if change.actions != NOTHING:
            yield self._row(change, about)
        elif change.previous_address or change.imported:
            moved = f"It was {change.previous_address}." if change.previous_address else "It is imported."
            yield Row(change.address, about, NOTHING, Effect.NO_CHANGE, moved, moved=bool(change.previous_address))
        elif not change.failures and (declared := resource_type(change.type)):
            later = sorted({declared.spoken[name] for name in change.held_back & declared.spoken.keys()})
            told = [f"{', '.join(later)}: when the {declared.label} is next replaced."] if later else []
            if change.kept:
                told.append(f"It keeps {', '.join(sorted(change.kept))}: what is left out stays as it is.")
            if told:
                yield Row(change.address, about, NOTHING, Effect.NO_CHANGE, " ".join(told))

    def drift(self, change: Change) -> Iterator[Row]:
        """What is to be said of something that was changed outside Terraform."""
        if what := drifted(change):
            about = subject_of(change, self._known, self._related)
            yield Row(change.address, about, NOTHING, Effect.DRIFTED, what, "Find out why before anything is applied.")

    def _row(self, change: Change, about: Subject) -> Row:
        effect, why, remedy = self._told(change, about)
        if change.deposed:
            why = "It is left from an earlier replacement that failed."
        elif change.previous_address:
            why = f"It was {change.previous_address}. {why}".strip()
        elif change.imported:
            why = f"It is imported. {why}".strip()
        actions = NOTHING if effect is Effect.FAILS_IN_PLAN else change.actions
        return Row(change.address, about, actions, effect, why, remedy, moved=bool(change.previous_address))

    def _told(self, change: Change, about: Subject) -> tuple[Effect, str, str]:
        """Effect, reason and remedy of a change that does something."""
        if change.vanished:
            return self._vanished(change)
        if change.actions == UPDATE and (smaller := _shrinks(change)):
            return (
                Effect.FAILS_IN_APPLY,
                f"{smaller}. AWS can't make a volume smaller. The apply fails.",
                "Set volume_size back.",
            )
        if change.actions == UPDATE and (why := _is_refused(change)):
            return Effect.FAILS_IN_APPLY, why, "Create a volume of the new type from a snapshot, or set it back."
        if taken := self._claims.conflict(change):
            return Effect.FAILS_IN_APPLY, *_taken(taken)
        if change.destroys and change.guarded:
            why = f"{shown(change)}. AWS can't change it in place, and termination_protection forbids to replace it."
            return Effect.FAILS_IN_PLAN, f"{why} The plan fails.", "Set it back, or remove the protection."
        if change.destroys and (told := self._kept(change)):
            return Effect.FAILS_IN_APPLY, *told
        if change.destroys and (told := self._in_use(change)):
            return Effect.FAILS_IN_APPLY, *told
        effect = self._effect(change, about)
        if change.type == ATTACHMENT and effect.severity >= Effect.STOPS.severity:
            emptied = ", which empties its instance store" if about.dies_when_stopped else ""
            why = f"{cause(change)} Detaching the volume stops the instance{emptied}. Nothing starts it again."
            return effect, why.strip(), _START_IT
        if change.actions == FORGET:
            return effect, cause(change), ""
        if change.actions == DELETE:
            return effect, *self._destroyed(change, effect, about)
        if change.type == INSTANCE and change.makes and change.goes:
            return effect, *self._replaced(change, about)
        if effect is Effect.STOPS_AND_STARTS:
            why = f"{shown(change)}. The instance stops and starts. A public address that is no Elastic IP changes."
            return effect, why, ""
        if change.actions == UPDATE and (grows := _grows(change)):
            return effect, f"{shown(change)}. {grows}", ""
        remedy = f"Move the data first: {about.dies_with}." if effect is Effect.LOSES_DATA and about.dies_with else ""
        return effect, shown(change), remedy

    def _effect(self, change: Change, about: Subject) -> Effect:
        actions, declared = change.actions, resource_type(change.type)
        if actions == CREATE:
            return Effect.CREATE
        if actions == FORGET:
            return Effect.FORGET
        if actions == UPDATE:
            if not (declared and declared.stops & change.changed):
                return Effect.IN_PLACE
            return Effect.LOSES_DATA if about.dies_when_stopped else Effect.STOPS_AND_STARTS
        if change.type == ATTACHMENT:
            # It goes with its instance, which is stopped in any case. Only an instance that stays is stopped for it.
            if not self._related.detaches(change):
                return Effect.DESTROY if actions == DELETE else Effect.REPLACE
            return Effect.LOSES_DATA if about.dies_when_stopped else Effect.STOPS
        if change.type == INSTANCE:
            if about.dies_with:
                return Effect.LOSES_DATA
            stranded = actions == DELETE or self._related.strands(change)
            return Effect.DESTROYS_INSTANCE if stranded else Effect.REPLACES_INSTANCE
        if declared and declared.holds_data:
            return Effect.LOSES_DATA
        if declared and declared.connects:
            return Effect.CUTS_CONNECTIONS
        return Effect.DESTROY if actions == DELETE else Effect.REPLACE

    @staticmethod
    def _vanished(change: Change) -> tuple[Effect, str, str]:
        effect = Effect.LOSES_DATA if change.type in (INSTANCE, VOLUME) else Effect.CREATE
        start, end = change.region_before, change.region
        if start and start != end:
            why = f"Nothing moves from {start} to {end}. Terraform creates a new one. The old one stays, forgotten."
            remedy = f"Give the instance in {end} another name and node, and remove the old one when it is not needed."
            return effect if effect is Effect.LOSES_DATA else Effect.REPLACE, why, remedy
        why = "Terraform doesn't find it any more (deleted by hand, or looked for in another region)"
        another = "an empty one" if effect is Effect.LOSES_DATA else "another one"
        return effect, f"{why}, and creates {another}.", ""

    def _kept(self, change: Change) -> tuple[str, str] | None:
        """Why the provider doesn't destroy a thing, and what to do; None if it does."""
        declared, versions = resource_type(change.type), self._versions
        for name, since in declared.kept_while.items() if declared and versions else ():
            if versions and since < versions.until and change.before.get(name) is True:
                why = f"{cause(change)} {name} is on, and {versions.said} leaves it on. AWS refuses. The apply fails."
                setting = declared.protected_by if declared else name
                return why.strip(), f"Set {setting}: no and apply that first; or set the config back."
        return None

    def _in_use(self, change: Change) -> tuple[str, str] | None:
        """Why AWS refuses to delete a thing, and what to do; None if it doesn't."""
        declared = resource_type(change.type)
        vpc = self._related.vpc_of(change) if declared and declared.goes_with_vpc else None
        if vpc and vpc.destroys and self._related.inside(vpc):
            held = "It is destroyed with its VPC, and instances that stay are in that VPC."
        elif declared and declared.occupied and self._related.inside(change):
            held = f"{cause(change)} Instances that stay are in it.".strip()
        elif declared and declared.serves_public and self._related.public(change):
            why = "Instances that stay have public addresses. AWS refuses to detach it (DependencyViolation)."
            return (
                f"{why} The apply fails.",
                "Keep it (ec2_vpc_igw: yes) as long as an instance there has a public address.",
            )
        else:
            return None
        why = f"{held} AWS refuses to delete it (DependencyViolation). The apply fails when other things are gone."
        return why, f"Set the config back, or hand it over first: terraform state rm {change.address}"

    def _destroyed(self, change: Change, effect: Effect, about: Subject) -> tuple[str, str]:
        """Why something is destroyed, and what to do."""
        if effect.severity < Effect.DESTROYS_INSTANCE.severity:
            return cause(change), ""
        kept = "protected" if change.type == INSTANCE else "to be kept"
        why = " ".join(
            filter(
                None,
                (
                    cause(change),
                    about.kept_by and f"It was {kept} ({about.kept_by}).",
                    about.dies_with and f"The data goes with it: {about.dies_with}.",
                    _snapshot(change),
                ),
            )
        )
        if owner := self._owner(change):
            return why, f"{RECORD_NAME} has it for {owner}: first terraform state rm {change.address}"
        if hint := self._meant(change, about):
            return why, hint
        if effect is Effect.DESTROYS_INSTANCE:
            return why, "Take the instance out of the Postgres cluster first."
        return why, "Make a backup or a snapshot first."

    def _replaced(self, change: Change, about: Subject) -> tuple[str, str]:
        """Why an instance is replaced, and what a person must know before it."""
        why = f"{shown(change)}. AWS can only replace the instance." if shown(change) else ""
        if change.forced_by == {"private_ip"} and "private_ip" not in change.before and not isinstance(change.id, str):
            why += " Where it has that address already, it is not replaced: the plan knows."
        if about.dies_with:
            return why, f"Move the data first: {about.dies_with}."
        if self._related.strands(change):
            zone = (
                "The plan can't tell in which zone. In another one than its volumes', the apply fails when the old "
                "instance is gone."
            )
            return f"{why} {zone}".strip(), NAME_THE_ZONE
        attachments = self._related.staying_attachments(change)
        devices = sorted(str(attachment.before.get("device_name")) for attachment in attachments)
        volumes = f"Its volumes ({', '.join(devices)}) stay and go to the new instance. " if devices else ""
        return (
            why,
            f"{volumes}What is on the root volume is lost: fail over or stop Postgres first, and deploy afterwards.",
        )

    def _owner(self, change: Change) -> str | None:
        """The instance that is to get a volume, which goes, as an existing one."""
        known = change.id if isinstance(change.id, str) else change.old_tags.get("TPAAttachmentLabel")
        return self._awaited.get(known) if isinstance(known, str) else None

    def _meant(self, change: Change, about: Subject) -> str:
        """What to say to Terraform if an object that goes is one that comes; empty if none is like it."""
        if self._clusters is None:
            return ""
        old, new = self._clusters
        name = about.instance
        if renamed := _renamed_to(name, old, new):
            return f"If {name} is now {renamed}, say so: terraform: moved: {{{name}: {renamed}}}"
        successor = self._successor(change.address, old, new)
        return _same_volume(change.address, successor) if successor else ""

    def _successor(self, address: Address, old: Cluster, new: Cluster) -> Volume | None:
        """The volume that comes to the instance of the one at ``address``, which goes, and may well be the same."""
        moved = new.terraform.moved
        owners = {f"{VOLUME}.{volume.address}": (one, volume) for one in old.instances for volume in one.volumes}
        if address not in owners:
            return None
        owner, gone = owners[address]
        alike = [
            volume
            for instance in new.instances
            if owner.name in of_instance(instance.name, moved)
            for volume in instance.volumes
            if f"{VOLUME}.{volume.address}" in self._created
            and (volume.size, volume.volume_for) == (gone.size, gone.volume_for)
        ]
        return alike[0] if len(alike) == 1 else None


def _snapshot(change: Change) -> str:
    """What stays of a volume that is destroyed; a forecast doesn't know with what it was created."""
    if change.before.get("final_snapshot") is not True:
        return ""
    created = "" if isinstance(change.id, str) else ", if it was created with that"
    return f"A snapshot of it stays (final_snapshot{created})."


def _taken(taken: Conflict) -> tuple[str, str]:
    """Why AWS refuses what another thing still holds, and what to do."""
    what, holder = taken.claim.arguments[0].replace("_", " "), taken.holder
    until = "gone" if holder.destroys or not holder.goes else "forgotten, and that one keeps it"
    why = (
        f"It takes the {what} {taken.value} that {holder.address} has. Terraform doesn't wait until that is {until}, "
        "and AWS refuses what is there twice. The apply fails half-way."
    )
    return why, f"Take two steps: apply the config without what takes {taken.value}, and then with it."


def _renamed_to(name: str | None, old: Cluster, new: Cluster) -> str | None:
    """The new instance with the node number of the one called ``name``, which is gone without a note."""
    numbers = {instance.name: instance.node for instance in old.instances}
    noted = {*numbers, *new.terraform.moved.values()}
    return next(
        (one.name for one in new.instances if one.name not in noted and one.node == numbers.get(name or "")), None
    )


def _same_volume(old: Address, new: Volume) -> str:
    """What to do if a volume that goes is to be the one that comes."""
    before = old.removeprefix(f"{VOLUME}.")
    moves = "; ".join(f"terraform state mv {type_}.{before} {type_}.{new.address}" for type_ in (VOLUME, ATTACHMENT))
    return f"If it is the volume that is now {new.device_name}, say so before the plan: {moves}"


def _is_refused(change: Change) -> str:
    """Why AWS refuses a change in place; empty if it doesn't."""
    declared = resource_type(change.type)
    for name, (refuses, why) in sorted(declared.refused_when.items() if declared else ()):
        before, after = change.before.get(name), change.after.get(name)
        if name in change.changed and before and after and refuses(str(before), str(after)):
            return f"{shown(change)}. {why}. The apply fails."
    return ""


def _grows(change: Change) -> str:
    """What is left to do where a volume becomes larger, and what AWS doesn't do at once."""
    declared = resource_type(change.type)
    larger = change.changed & (declared.grows_only if declared else frozenset()) - change.unknown
    modified = (
        change.changed & {"iops", "size", "throughput", "type"} - change.unknown if change.type == VOLUME else larger
    )
    told = "AWS modifies a volume once in six hours." if modified else ""
    if not larger:
        return told
    grow = "growpart, then " if change.type == INSTANCE else ""
    return f"Grow the file system afterwards ({grow}xfs_growfs or resize2fs). {told}"


def _shrinks(change: Change) -> str:
    """How a volume becomes smaller, if it does."""
    declared = resource_type(change.type)
    for name in sorted(declared.grows_only if declared else ()):
        before, after = change.before.get(name), change.after.get(name)
        if isinstance(before, int) and isinstance(after, int) and after < before:
            return f"{name} {before} → {after}"
    return ""
