"""The plan that Terraform will make for the step from one stack to another, without AWS and without a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tpa_tf.changes.effects import CREATE, DELETE, FORGET, NOTHING, REPLACE, UPDATE, Actions, Effect
from tpa_tf.changes.identity import Identity, may_be
from tpa_tf.changes.plan import INSTANCE, Change, Failure, Plan
from tpa_tf.changes.provider_tags import retagged
from tpa_tf.changes.words import NAME_THE_ZONE, shown_value
from tpa_tf.facts.questions import RECORD_NAME
from tpa_tf.limits.provider import read
from tpa_tf.terraform.blocks import DATA, Data, Guard, Moved, Resource
from tpa_tf.terraform.expressions import Address, Expr, Reference, Template, Value, ref, references, replaced
from tpa_tf.terraform.resource_type import ResourceType
from tpa_tf.terraform.resources import RESOURCE_TYPES
from tpa_tf.terraform.stack import Stack

_ROOT_DEVICE = "root_device_name"
_ZONE = "availability_zone"

_Block = Resource | Data
_Blocks = Mapping[Address, _Block]


@dataclass(frozen=True)
class _Difference:
    """What is different between an object as it is and as it is to be."""

    actions: Actions
    changed: frozenset[str] = frozenset()
    forced_by: frozenset[str] = frozenset()
    held_back: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    follows: frozenset[Address] = frozenset()
    elsewhere: bool = False
    """Whether it is to be in another region: Terraform doesn't see the old one any more."""
    uncertain: bool = False
    """Of a lookup: whether it asks in another way, and may well find the same."""


def predict(old: Stack, new: Stack) -> Plan:
    """The plan of the step from ``old``, as it is applied, to ``new``."""
    return _Prediction(old, new).plan()


class _Prediction:
    def __init__(self, old: Stack, new: Stack) -> None:
        moved = _carried_out(new.moved, old.things)
        self._moved_from = {end: start for start, end in moved.items()}
        self._targets = {move.source: move.target for move in new.moved}
        self._forgotten = {gone.source for gone in new.removed if not gone.destroy}
        self._there = _normal(old.things, moved)
        """What there is, at its new address."""
        self._new = _normal(new.things, {})
        self._handed_over = {address for address in self._there if self._is_found(address)}
        # What was managed and is now looked up is most likely the same thing: what refers to it stays as it is.
        self._old = _normal(self._there, {address: f"{DATA}{address}" for address in self._handed_over}, keep=True)
        self._recorded_now = Identity({**self._there, **self._old}, new.found)
        self._recorded_before = Identity(self._new, old.found)
        self._providers = (old.providers, new.providers)
        self._differences: dict[Address, _Difference] = {}
        self._imported = {one.target for one in new.imports}
        self._versions = read(new.settings.required_providers["aws"]["version"])

    def plan(self) -> Plan:
        addresses = sorted(self._old.keys() | self._new.keys())
        changes = [self._change(address) for address in addresses if not address.startswith(DATA)]
        lookups = [change for address in addresses if address.startswith(DATA) for change in self._lookup(address)]
        subnets_of = {
            address: frozenset(
                found.address for found in references(block.arguments.get("subnet_id")) if _is_subnet(found)
            )
            for address, block in self._new.items()
            if block.type == INSTANCE
        }
        return Plan((*changes, *lookups), subnets_of, provider_versions=self._versions)

    def _change(self, address: Address) -> Change:
        old, new = self._old.get(address), self._new.get(address)
        some = new or old
        assert some
        found = self._difference(address)
        failures = (*self._failures(found, old, new), *self._unsure(address))
        # A plan that the missing provider fails does nothing here.
        imported = found.actions == CREATE and address in self._imported
        stranded = found.actions == DELETE and old is not None and old.provider not in self._providers[1]
        return Change(
            address,
            some.type,
            NOTHING if stranded or imported else found.actions,
            before=self._before(address),
            after={name: _settled(value, self._new) for name, value in new.arguments.items()} if new else {},
            changed=found.changed,
            unknown=found.unknown,
            forced_by=found.forced_by,
            follows=found.follows,
            held_back=found.held_back,
            kept=found.kept,
            failures=(_without_provider(_region(old)), *failures) if stranded else failures,
            previous_address=self._moved_from.get(address),
            imported=imported,
            vanished=found.elsewhere,
            unwanted=found.actions in (DELETE, FORGET),
            guarded=bool(new and new.lifecycle.prevent_destroy),
            found_instead=address in self._handed_over,
            stays_behind=self._targets.get(address) if found.actions == FORGET else None,
            region=_region(new),
            region_before=_region(old),
        )

    def _before(self, address: Address) -> dict[str, Value]:
        """The arguments of what there is, with its id."""
        block = self._there.get(address)
        if block is None:
            return {}
        return {
            **{name: _settled(value, self._there) for name, value in block.arguments.items()},
            "id": ref(address, "id"),
        }

    def _lookup(self, address: Address) -> Iterable[Change]:
        """A lookup of which there is something to say: it may find another thing than before, or fails."""
        new = self._new.get(address)
        if new is None:
            if unsure := tuple(self._unsure(address.removeprefix(DATA))):
                yield Change(address, self._old[address].type, NOTHING, failures=unsure)
            return
        found = self._difference(address)
        failures = [*self._failures(found, self._old.get(address), new), *self._unsure(address.removeprefix(DATA))]
        if address not in self._old:
            # What a lookup says of what it finds, nobody can know before.
            failures += [_may_fail(guard) for guard in new.lifecycle.guards]
        dependents = sum(self._depends(block, address) for block in self._new.values()) if found.uncertain else 0
        if dependents:
            why = f"It is looked up in another way: should that find another one, {dependents} blocks change with it."
            failures.append(Failure(Effect.DEPENDS, why, "Read the plan."))
        if failures:
            yield Change(address, new.type, NOTHING, failures=tuple(failures))

    def _unsure(self, address: Address) -> Iterable[Failure]:
        """Where a record has something in the place of what was at ``address``, and only AWS can tell if it is that.

        The other way, too: where it is looked up again.
        """
        for identity, blocks, other in (
            (self._recorded_now, self._old, self._new),
            (self._recorded_before, self._new, self._old),
        ):
            if not identity.is_recorded(address) or identity.same(address) is not None:
                continue
            if touched := self._touched(
                f"{DATA}{address}", [each for each in blocks.values() if each.address in other]
            ):
                why = f"{RECORD_NAME} has one in its place. Where the state has another one, this changes too: "
                yield Failure(Effect.DEPENDS, f"{why}{', '.join(sorted(touched))}.", "Read the plan.")

    def _touched(self, address: Address, blocks: Iterable[_Block]) -> frozenset[Address]:
        """What refers to ``address``, and the instances that refer to that in turn."""
        direct = frozenset(block.address for block in blocks if self._depends(block, address))
        return direct | {
            block.address
            for block in blocks
            if block.type == INSTANCE and any(self._depends(block, each) for each in direct)
        }

    @staticmethod
    def _depends(block: _Block, address: Address) -> bool:
        return any(
            name not in block.lifecycle.ignored and any(found.address == address for found in references(value))
            for name, value in block.arguments.items()
        )

    # What is different

    def _difference(self, address: Address) -> _Difference:
        if address not in self._differences:
            self._differences[address] = self._compare(self._old.get(address), self._new.get(address))
        return self._differences[address]

    def _compare(self, old: _Block | None, new: _Block | None) -> _Difference:
        if new is None:
            return _Difference(NOTHING if isinstance(old, Data) else FORGET if self._forgets(old) else DELETE)
        declared = None if isinstance(new, Data) else RESOURCE_TYPES[new.type]
        if old is None:
            if declared:
                return _Difference(CREATE, unknown=self._open(declared, new))
            managed = self._there.get(new.address.removeprefix(DATA)) if self._was_managed(new) else None
            others = _certainly_others(managed, new) if managed else frozenset()
            return _Difference(NOTHING, others, uncertain=managed is not None and not others)
        if declared and old.provider != new.provider and not declared.everywhere:
            return _Difference(CREATE, unknown=self._open(declared, new), elsewhere=True)
        different = {
            name: causes
            for name in old.arguments.keys() | new.arguments.keys()
            if (causes := self._differs(old, new, name, declared)) is not None
        }
        ignored = frozenset(new.lifecycle.ignored)
        changed = frozenset(different) - ignored
        actions, forced_by = self._actions(declared, old, new, changed) if declared else (NOTHING, frozenset[str]())
        return _Difference(
            actions,
            changed,
            forced_by,
            frozenset(different) & ignored,
            _kept(declared, old, new) - ignored if declared else frozenset(),
            self._open(declared, new) if declared and actions == REPLACE else self._pending(new),
            frozenset(cause for name in changed for cause in different[name]),
            uncertain=declared is None and _way_of_asking(old) != _way_of_asking(new),
        )

    def _actions(
        self, declared: ResourceType, old: _Block, new: _Block, changed: frozenset[str]
    ) -> tuple[Actions, frozenset[str]]:
        """What Terraform does, and because of which arguments it replaces."""
        forced_by = (changed & declared.replaces) | {
            name
            for name in changed & declared.replaces_when.keys()
            if declared.replaces_when[name](str(old.arguments.get(name)), str(new.arguments.get(name)))
        }
        if forced_by:
            return REPLACE, forced_by
        before, after = (providers.get(new.provider) for providers in self._providers)
        retags = declared.tagged and retagged(before, after, new)
        return UPDATE if changed or retags else NOTHING, frozenset()

    def _differs(
        self, old: _Block, new: _Block, name: str, declared: ResourceType | None
    ) -> tuple[Address, ...] | None:
        """Because of which addresses an argument changes; empty: because it reads another way; None: it does not."""
        if declared and name not in new.arguments and name in declared.computed:
            return None
        value = new.arguments.get(name)
        unset = declared.defaults.get(name) if declared else None
        if old.arguments.get(name, unset) != new.arguments.get(name, unset):
            return None if self._settles(old.arguments.get(name), value) else ()
        causes = sorted({found.address for found in references(value) if self._anew(found, in_lookup=declared is None)})
        return tuple(causes) or None

    def _settles(self, old: Value, new: Value) -> bool:
        """Whether an argument is what a lookup has found, and a record says now what that was; or the other way."""
        before, after = tuple(references(old)), tuple(references(new))
        if before and not after:
            return all(self._stays_the_same(found.address) for found in before)
        return (
            bool(after)
            and not before
            and old is not None
            and all(found.address.startswith(DATA) and found.address not in self._old for found in after)
            and all(self._recorded_before.may_be(found.address.removeprefix(DATA)) for found in after)
        )

    def _stays_the_same(self, address: Address) -> bool:
        """Whether what was made or looked up may be what the new stack has as a literal."""
        thing = address.removeprefix(DATA)
        if self._recorded_now.is_recorded(thing):
            return self._recorded_now.may_be(thing)
        return address.startswith(DATA) and address not in self._new and thing not in self._handed_over

    def _open(self, declared: ResourceType, new: _Block) -> frozenset[str]:
        """What only the apply will tell of an object that is created."""
        return declared.computed - new.arguments.keys() | self._pending(new)

    def _pending(self, new: _Block) -> frozenset[str]:
        """The arguments that refer to what only the apply will tell."""
        in_lookup = isinstance(new, Data)
        return frozenset(
            name
            for name, value in new.arguments.items()
            if any(self._anew(found, in_lookup=in_lookup) for found in references(value))
        )

    def _anew(self, reference: Reference, *, in_lookup: bool) -> bool:
        """Whether what is referred to has another value after the change, or one that nobody knows before it.

        Terraform puts off a lookup that refers to anything that changes, until that is done.
        """
        if reference.address not in self._new:
            return False
        found = self._difference(reference.address)
        if in_lookup and found.actions != NOTHING:
            return True
        if reference.address.startswith(DATA):
            return bool(found.changed) and not found.uncertain
        if found.actions in (NOTHING, UPDATE):
            return reference.attribute in found.changed
        old, new = self._old.get(reference.address), self._new[reference.address]
        given = new.arguments.get(reference.attribute)
        return given is None or given != (old.arguments.get(reference.attribute) if old else None)

    # Conditions that the new stack doesn't meet

    def _failures(self, found: _Difference, old: _Block | None, new: _Block | None) -> Iterable[Failure]:
        """What the guards of the new stack will say of a difference that Terraform is told to ignore."""
        if found.actions not in (NOTHING, UPDATE) or old is None or new is None:
            return
        for guard in sorted(new.lifecycle.guards, key=lambda guard: guard.argument):
            if guard.argument == "region" and old.provider != new.provider:
                known = any(before.argument == "region" for before in old.lifecycle.guards)
                yield _left_behind(_region(old), _region(new), known)
            elif guard.argument in found.held_back:
                yield from self._unmet(guard, old, new)

    def _unmet(self, guard: Guard, old: _Block, new: _Block) -> Iterable[Failure]:
        name = guard.argument.rpartition(".")[2]
        before, wanted = old.arguments.get(guard.argument), new.arguments.get(guard.argument)
        if wanted is None:
            return
        was, will = (_settled(value, {**self._new, **self._old}) for value in (before, wanted))
        never_set = before is None and name != _ZONE
        remedy = RESOURCE_TYPES[new.type].remedy
        if name == _ZONE and self._zone_is_open(wanted):
            why = "The plan can't tell in which zone AWS creates the subnet. In another one, the apply fails."
            yield Failure(Effect.DEPENDS, why, NAME_THE_ZONE)
        elif not _literal(will) or (not _literal(was) and not never_set):
            known = f"{will} already" if _literal(will) else "the same already"
            yield Failure(Effect.DEPENDS, f"The plan fails unless {name} is {known}.", remedy)
        elif was != will:
            why = f"{name} {shown_value(was)} → {shown_value(will)}: AWS can't change it in place. The plan fails."
            yield Failure(Effect.FAILS_IN_PLAN, why, remedy)

    def _zone_is_open(self, zone: Value) -> bool:
        """Whether ``zone`` is one that AWS chooses, when it creates a subnet."""
        subnets = [found.address for found in references(zone)]
        created = any(self._difference(subnet).actions in (CREATE, REPLACE) for subnet in subnets)
        return created and not _literal(_settled(zone, self._new))

    # What becomes of what was managed

    def _is_found(self, address: Address) -> bool:
        """Whether what there is at ``address`` is looked up or recorded in the new stack, and managed no more."""
        return address not in self._new and address in self._forgotten and address not in self._targets

    def _forgets(self, block: _Block | None) -> bool:
        return block is not None and block.address in self._forgotten

    def _was_managed(self, lookup: _Block) -> bool:
        return lookup.address.removeprefix(DATA) in self._handed_over


def _carried_out(moves: Iterable[Moved], things: _Blocks) -> dict[Address, Address]:
    """The old address of each thing that is moved to its new one, as Terraform does it: chains from their beginning.

    A move to an address that the state has already is dropped.
    """
    sources = {move.target: move.source for move in moves}

    def depth(move: Moved) -> int:
        return 1 + depth(Moved(sources[move.source], move.source)) if move.source in sources else 0

    at = {address: address for address in things}
    for move in sorted(moves, key=depth):
        if move.source in at and move.target not in at:
            at[move.target] = at.pop(move.source)
    return {start: end for end, start in at.items() if start != end}


def _normal(blocks: _Blocks, renamed: Mapping[Address, Address], *, keep: bool = False) -> dict[Address, _Block]:
    """``blocks`` with their arguments as ResourceType names them, and references to ``renamed`` addresses changed.

    The blocks themselves are at their new address too, unless they ``keep`` theirs.
    """

    def change(reference: Reference) -> Reference:
        return Reference(renamed.get(reference.address, reference.address), _attribute(reference))

    found: dict[Address, _Block] = {}
    for address, block in blocks.items():
        target = address if keep else renamed.get(address, address)
        arguments = {name: replaced(value, change) for name, value in _flat(block).items()}
        name = target.rpartition(".")[2]
        if isinstance(block, Resource):
            found[target] = Resource(block.type, name, block.provider, arguments, block.lifecycle)
        else:
            found[target] = Data(block.type, name, block.provider, arguments, block.lifecycle)
    return found


def _attribute(reference: Reference) -> str:
    """The attribute that is referred to, by its name in version 5 of the provider: another name is no other value."""
    declared = RESOURCE_TYPES.get(reference.address.removeprefix(DATA).partition(".")[0])
    names = {six: five for five, six in declared.renamed.items()} if declared else {}
    return names.get(reference.attribute, reference.attribute)


def _kept(declared: ResourceType, old: _Block, new: _Block) -> frozenset[str]:
    """What is left out now, and stays as it is."""
    return frozenset(old.arguments.keys() - new.arguments.keys()) & declared.computed


def _flat(block: _Block) -> Mapping[str, Value]:
    """The arguments, those of a single nested block as ``block.argument`` where that is how they are declared."""
    declared = RESOURCE_TYPES.get(block.type) if isinstance(block, Resource) else None
    if declared is None:
        return block.arguments
    flat: dict[str, Value] = {}
    for name, value in block.arguments.items():
        if isinstance(value, Mapping) and name in declared.nested:
            flat |= {f"{name}.{inner}": _any_image(given) for inner, given in value.items() if given is not None}
        else:
            flat[name] = value
    return flat


def _any_image(value: Value) -> Value:
    """Tags of a root volume without the image in them: most images call their root device the same."""

    def change(reference: Reference) -> Reference:
        return Reference("data.aws_ami", _ROOT_DEVICE) if reference.attribute == _ROOT_DEVICE else reference

    return replaced(value, change)


def _settled(value: Value, blocks: _Blocks) -> Value:
    """What ``value`` stands for, as far as ``blocks`` say it: the argument of another block that it refers to."""
    if not isinstance(value, Expr) or len(value.parts) != 1 or not isinstance(value.parts[0], Reference):
        return value
    reference = value.parts[0]
    block = blocks.get(reference.address)
    given = block.arguments.get(reference.attribute) if block else None
    return value if given is None else _settled(given, blocks)


def _literal(value: Value) -> bool:
    """Whether a value is known without AWS."""
    return value is not None and not isinstance(value, (Expr, Template))


def _way_of_asking(lookup: _Block) -> set[str]:
    """What a lookup is given: another value for the same thing means that another one is wanted."""
    filters = lookup.arguments.get("filter")
    names = (
        [each["name"] for each in filters if isinstance(each, Mapping)] if isinstance(filters, (list, tuple)) else []
    )
    return {*lookup.arguments, *map(str, names)}


def _certainly_others(managed: _Block, found: _Block) -> frozenset[str]:
    """The arguments by which what is looked up can't be what was managed: another name, another range."""
    return frozenset(
        name
        for name, value in found.arguments.items()
        if name in managed.arguments and isinstance(value, str) and not may_be(managed.arguments[name], value)
    )


def _is_subnet(reference: Reference) -> bool:
    return reference.address.startswith("aws_subnet.")


def _may_fail(guard: Guard) -> Failure:
    told = f"unless {guard.argument} is {guard.wanted}." if guard.wanted is not None else f"if: {guard.problem}"
    return Failure(Effect.DEPENDS, f"The plan fails {told}", str(guard.remedy) if isinstance(guard.remedy, str) else "")


def _without_provider(region: str) -> Failure:
    why = f"Terraform can't destroy it without the provider of {region}. The plan fails."
    return Failure(Effect.FAILS_IN_PLAN, why, f"Keep {region} in ec2_vpc until this is applied, and remove it then.")


def _left_behind(start: str, end: str, known: bool) -> Failure:
    if not known:
        return Failure(Effect.DEPENDS, f"The plan fails unless the bucket is in {end} already.")
    why = (
        f"The node with the lowest number is in {end} now, and a bucket can't move there from {start}. The plan fails."
    )
    return Failure(Effect.FAILS_IN_PLAN, why, f"Keep it where it is: terraform: home_region: {start}")


def _region(block: _Block | None) -> str:
    """The region of a block's provider: ``aws.eu_west_1`` is ``eu-west-1``."""
    return block.provider.partition(".")[2].replace("_", "-") if block else ""
