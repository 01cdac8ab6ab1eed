"""What Terraform is going to do: one type for a plan that it made, and for one that is predicted from two stacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tpa_tf.changes.effects import Actions, Effect
from tpa_tf.limits.provider import ProviderVersions
from tpa_tf.terraform.expressions import Address, Expr

INSTANCE, VOLUME, ATTACHMENT = "aws_instance", "aws_ebs_volume", "aws_volume_attachment"


@dataclass(frozen=True)
class Failure:
    """A condition of the stack that a change doesn't meet, or may not meet."""

    effect: Effect
    """FAILS_IN_PLAN, or DEPENDS where only AWS can tell."""
    why: str
    remedy: str = ""


@dataclass(frozen=True)
class Change:
    """What happens to one object.

    Arguments are called as ResourceType calls them. A value that only AWS knows is an expression in a plan that is
    predicted: two objects with equal expressions have equal values.
    """

    address: Address
    type: str
    actions: Actions
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    """The arguments that differ, or that only the apply will tell."""
    unknown: frozenset[str] = frozenset()
    """Those that only the apply will tell, as a whole or in part."""
    hidden: frozenset[str] = frozenset()
    """Those that are sensitive."""
    forced_by: frozenset[str] = frozenset()
    """The arguments because of which it is replaced."""
    follows: frozenset[Address] = frozenset()
    """Other objects because of which arguments change that read the same."""
    held_back: frozenset[str] = frozenset()
    """The arguments that differ, and that Terraform is told to ignore."""
    kept: frozenset[str] = frozenset()
    """Those that are left out now, and of which the provider keeps what it had."""
    failures: tuple[Failure, ...] = ()
    previous_address: Address | None = None
    deposed: bool = False
    """Whether this is what is left of an earlier replacement that failed."""
    imported: bool = False
    vanished: bool = False
    """Whether Terraform doesn't find what it knew at this address, and creates it."""
    unwanted: bool = False
    """Whether it is destroyed because the configuration doesn't have it any more."""
    guarded: bool = False
    """Whether the plan fails if it destroys this (``prevent_destroy``)."""
    found_instead: bool = False
    """Whether what was managed is said to exist."""
    stays_behind: Address | None = None
    """The address, taken already, to which the configuration wants to move it."""
    region: str = ""
    region_before: str = ""

    @property
    def destroys(self) -> bool:
        """Whether the object of before is no more afterwards."""
        return "delete" in self.actions

    @property
    def goes(self) -> bool:
        """Whether Terraform lets go of the object of before: destroys it, or forgets it."""
        return self.destroys or "forget" in self.actions

    @property
    def makes(self) -> bool:
        """Whether a new object is created."""
        return "create" in self.actions

    @property
    def id(self) -> str | Expr | None:
        """The id of the object of before; None where there is none."""
        return self.was("id")

    def was(self, name: str) -> str | Expr | None:
        """The argument ``name`` before, by which objects name each other; None where there is none."""
        value = self.before.get(name)
        return value if isinstance(value, (str, Expr)) and value else None

    @property
    def old_tags(self) -> Mapping[str, Any]:
        """The tags before."""
        return _tags(self.before)

    @property
    def new_tags(self) -> Mapping[str, Any]:
        """The tags after, as far as they are known."""
        return _tags(self.after)


@dataclass(frozen=True)
class Plan:
    """A whole plan."""

    resources: tuple[Change, ...]
    """Everything that Terraform manages, that to which nothing happens too; of a prediction, lookups with failures."""
    subnets_of: Mapping[Address, frozenset[Address]]
    """The address of an instance, in the configuration, to those of the subnets that its ``subnet_id`` refers to."""
    drift: tuple[Change, ...] = ()
    """What has changed in AWS since Terraform last looked."""
    errored: bool = False
    """Whether planning failed on the way: the rest is not in it."""
    complete: bool = True
    """Whether the plan is of everything there is to do (not with ``-target``, nor if Terraform puts anything off)."""
    invoked: tuple[Address, ...] = ()
    """Addresses of the actions that Terraform invokes besides, sorted."""
    deferred: tuple[Address, ...] = ()
    """Addresses of what Terraform puts off to a later plan, sorted."""
    provider_versions: ProviderVersions | None = None
    """The versions of the AWS provider with which it may be applied; None where it doesn't tell."""
    cluster_directory: str | None = None
    """The value of the stack's variable ``cluster_dir``."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Of managed resources, without those of which there is nothing to say."""
        return tuple(
            change
            for change in self.resources
            if change.actions
            or change.previous_address
            or change.imported
            or change.failures
            or change.held_back
            or change.kept
        )

    def of_type(self, type_: str) -> tuple[Change, ...]:
        """Every resource of the type, without what is left of earlier replacements."""
        return tuple(change for change in self.resources if change.type == type_ and not change.deposed)


def _tags(side: Mapping[str, Any]) -> Mapping[str, Any]:
    tags = side.get("tags")
    return tags if isinstance(tags, Mapping) else {}
