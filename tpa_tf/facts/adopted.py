"""What Terraform takes over of what ``tpaexec provision`` made (``tpa-tf adopt``), as the record has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tpa_tf.facts.shapes import ImportId, ResourceAddress, Strict


@dataclass(frozen=True)
class Adopted(Strict):
    """Decisions of an adoption: they hold as long as the record, whatever the tags in AWS say."""

    imports: Mapping[ResourceAddress, ImportId] = field(default_factory=dict)
    """By Terraform address, the import id of each thing that the state is yet to get."""
    managed: tuple[str, ...] = ()
    """Ids (of a profile, its name) of what is Terraform's, whatever its tags say; sorted."""
    untagged: tuple[str, ...] = ()
    """Those that lack the cluster's tag, which they get; sorted."""
    existing: tuple[str, ...] = ()
    """Ids of what bears the cluster's tag and stays as it is, since others use it, too; sorted."""

    @property
    def anything(self) -> bool:
        """Whether anything was adopted."""
        return bool(self.imports or self.managed or self.existing)

    def is_own(self, id: str, tagged: bool) -> bool:
        """Whether the thing with this id is the cluster's own; ``tagged`` says whether it bears the cluster's tag."""
        return id in self.managed or (tagged and id not in self.existing)

    def without(self, state: Collection[str]) -> Adopted:
        """The same without the imports of what the state has, by its addresses."""
        return replace(self, imports={to: id for to, id in self.imports.items() if to not in state})


NOTHING = Adopted()
