"""What a resource type is: each one is declared once, in a family of `tpa_tf/terraform/resources`.

Everything that asks what a change of a resource does, what a resource is called, what must not be there twice, or
which calls to AWS it needs, reads the declaration. The source is the documentation and the code of hashicorp/aws 5.100,
and of version 6 what is not the same there; tests hold the declarations against the provider's schemas, real plans
(of 5.100) and botocore's list of calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field

from tpa_tf.limits.names import NameLimit
from tpa_tf.limits.provider import SIX, ProviderVersions, Version

REGION = "region"
"""An argument that every resource of a service with regions has since version 6 of the provider. No stack sets it: then
it is the provider's region. https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
"""


class Words:
    """A field that a declaration writes as words with spaces between them, and that is read as a set."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> frozenset[str]:
        # Asked of the class, this is the default of the field.
        words: frozenset[str] = vars(instance)[self._name] if instance is not None else frozenset()
        return words

    def __set__(self, instance: object, value: str | frozenset[str]) -> None:
        vars(instance)[self._name] = frozenset(value.split() if isinstance(value, str) else value)


@dataclass(frozen=True)
class Claim:
    """What only one resource of a type can hold at a time: a range in a VPC, a device name of an instance.

    A resource that has none of the arguments claims nothing.
    """

    arguments: tuple[str, ...]
    within: tuple[str, ...] = ()
    """Only resources that have these arguments in common can claim the same. Without any: all of the region that the
    provider is for, or all of the account where the type is ``everywhere``."""
    overlap: bool = False
    """Whether the argument is a CIDR, and overlapping ones are the same to AWS."""
    any_case: bool = False
    """Whether names that differ in case alone are the same to AWS."""
    moves: bool = False
    """Whether AWS takes it from the one that has it to give it to another, and refuses nothing."""
    all_regions: bool = False
    """Whether it is taken in every region at once, though the resource is in one."""


@dataclass(frozen=True)
class NameRule:
    """The argument of a resource that is a name, or a description, and what AWS allows in it."""

    argument: str
    limit: NameLimit


@dataclass(frozen=True, eq=False)
class Actions:
    """The calls to AWS for which a resource type needs a permission, by their names in IAM policies.

    A resource either has an ARN of its own (``arn``), or it is a part of other resources or a link between them
    (``part_of``): then each call is on those, the one that creates it too. Which resources a call can be held to:
    https://docs.aws.amazon.com/service-authorization/latest/reference/.
    """

    service: str
    """The prefix of the calls in IAM policies: ``ec2``."""
    _: KW_ONLY
    arn: str = ""
    """The kind of resource in its own ARN: ``volume``."""
    part_of: Words = Words()
    """The kinds of resources in the ARNs of what it belongs to."""
    create: Words = Words()
    read: Words = Words()
    change: Words = Words()
    delete: Words = Words()
    leave: Words = Words()
    """The calls that make something of it, with its tags, that is there when it is deleted."""
    tag: Words = Words()
    beside: Mapping[str, str] = field(default_factory=dict)
    """Calls that are on other resources too, which no tag shows to be the cluster's: the kind in their ARNs to the
    calls, as words."""

    @property
    def on(self) -> frozenset[str]:
        """The kinds of the cluster's own resources that the calls are on."""
        return self.part_of | ({self.arn} if self.arn else frozenset())

    @property
    def on_own(self) -> frozenset[str]:
        """The calls that are on the cluster's own resources; one that creates a resource out of nothing is not."""
        return (self.create if self.part_of else frozenset()) | self.change | self.delete | self.leave | self.tag

    @property
    def all(self) -> frozenset[str]:
        """Every call, on whatever the resource is or belongs to."""
        return self.create | self.read | self.change | self.delete | self.leave | self.tag


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A type of resources that our stacks create, or that a plan of one can show.

    Arguments are named as in the configuration, those in a nested block that is there once with the block's name and a
    dot before them: ``root_block_device.volume_size``.
    """

    name: str
    """``aws_ebs_volume``"""
    label: str
    """The word for people: ``volume``."""
    _: KW_ONLY
    in_place: Words = Words()
    """Arguments that AWS changes while the resource is in use; ``tags`` is one wherever there are tags."""
    stops: Words = Words()
    """Arguments for which the provider stops a running instance, and starts it again."""
    replaces: Words = Words()
    """Arguments for which the resource is destroyed, and another one created."""
    replaces_when: Mapping[str, Callable[[str, str], bool]] = field(default_factory=dict)
    """Of the others: those for which it is replaced where this says so of the old and the new value."""
    grows_only: Words = Words()
    """Arguments, changed in place, that AWS can only increase: the apply fails on a smaller value."""
    refused_when: Mapping[str, tuple[Callable[[str, str], bool], str]] = field(default_factory=dict)
    """Arguments, changed in place, that AWS refuses to change where this says so of the old and new value; and why."""
    computed: Words = Words()
    """Arguments that stay as they are when they are taken out of the configuration."""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """What the provider takes for arguments that are not given, where that is not what AWS has."""
    since: Mapping[str, Version] = field(default_factory=dict)
    """Arguments that the provider has only since a version, by that; any other it has in every version."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Attributes, also of the data source of this name, that version 6 calls otherwise: the name in 5 to that in 6."""
    opaque: Words = Words()
    """Arguments whose values say nothing to people, or should not be shown: scripts, keys, checksums, documents."""
    tagged: bool = True
    """Whether it has tags, the provider's ``default_tags`` among them."""
    holds_data: bool = False
    """Whether data is lost when it is destroyed."""
    connects: bool = False
    """Whether connections are cut when it is destroyed or replaced."""
    steers: Words = Words()
    """Arguments, changed in place, that say where packets go."""
    reported: Words = Words()
    """Where nothing may change unseen: the attributes that AWS alone sets, and that no plan need know beforehand.

    Any other one that a plan doesn't know needs somebody's word; of a type that has none here, none does.
    """
    occupied: bool = False
    """Whether AWS refuses to delete it while an instance is in it (``DependencyViolation``)."""
    goes_with_vpc: bool = False
    """Whether AWS refuses to delete it along with a VPC that instances are in; alone, it may go."""
    serves_public: bool = False
    """Whether AWS refuses to delete it while instances in its VPC have public addresses."""
    used: bool = False
    """Whether instances that stay may use it, by its name."""
    expendable: bool = False
    """Whether nothing is lost or cut when it is destroyed, once nothing is in it."""
    secures: str = ""
    """What it makes safe (``bucket``), which is less so when it is destroyed alone."""
    everywhere: bool = False
    """Whether it is found through the provider of any region: IAM and Route 53 have none, and S3 finds a bucket."""
    claims: tuple[Claim, ...] = ()
    import_id: str = "{id}"
    """What ``terraform import`` takes, as a format of the resource's attributes."""
    names: tuple[NameRule, ...] = ()
    actions: Actions | None = None
    """None for a type that no stack creates."""
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Words for arguments of which a running resource keeps the old value, because stacks tell Terraform to ignore a
    difference."""
    remedy: str = ""
    """What to do instead, where AWS can't change it in place."""
    kept_while: Mapping[str, Version] = field(default_factory=dict)
    """Arguments that keep the provider from destroying the resource while they are true, by the version since which."""
    protected_by: str = ""
    """The setting of the config because of which Terraform refuses to destroy it."""
    address: tuple[str, ...] = ()
    """The forms of its names in a stack, by example: the second part of its Terraform addresses."""
    existing: tuple[str, ...] = ()
    """The forms of the addresses of the data sources that look up existing ones."""

    def __post_init__(self) -> None:
        if self.tagged:
            vars(self)["in_place"] |= {"tags"}

    def attribute(self, name: str, versions: ProviderVersions) -> str:
        """What ``versions`` call the attribute that is ``name`` in version 5."""
        return self.renamed.get(name, name) if versions.all_have(SIX) else name

    @property
    def arguments(self) -> frozenset[str]:
        """Every argument."""
        return self.in_place | self.stops | self.replaces

    @property
    def nested(self) -> frozenset[str]:
        """The nested blocks that are there once, and whose arguments are named with a dot."""
        return frozenset(name.partition(".")[0] for name in self.arguments if "." in name)


@dataclass(frozen=True)
class DataSource:
    """A type that our stacks only ever look up."""

    name: str
    """``aws_ami``"""
    label: str
    existing: tuple[str, ...]
    """The forms of its addresses."""
    read: Words = Words()
    """The calls that look it up."""
