"""TPA's merging: what an instance is after instance_defaults, default_volumes and its location have had their say.

The rules are those of TPA's ``lib/filter_plugins/instances.py``. As a table, strongest first:

=============  =====================================================================================
any key        the instance, then instance_defaults, then its location
a mapping      as above, but key by key, one level deep
tags           the instance's alone: those of instance_defaults and of locations are lost
volumes        the instance's entries over default_volumes, as whole entries by device name without
               ``/dev/``; ``volumes: []`` on the instance leaves none at all
Name           the instance's, or its ``tags.Name``, or ``<cluster>-<node>``; lower case, ``_`` is ``-``
role and kin   ``tags.role``, ``tags.upstream`` and ``tags.backup`` over the instance's own keys
=============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.config.models import LocationSpec
from tpa_tf.config.schema import shown, validate
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.values import normalised_name
from tpa_tf.rules.instances import DUPLICATE_NAME, LOCATION_BY_POSITION, LOST_TAGS, UNKNOWN_LOCATION
from tpa_tf.rules.schema import MISSING_KEY, WRONG_TYPE
from tpa_tf.rules.volumes import DUPLICATE_DEVICE

_MOVED_TAGS = ("upstream", "backup", "role")
_NAMING_TAGS = ("name", "Name", "node")
_LEGACY_DEFAULTS = ("route53_zone", "route53_hosted_zone_id")


@dataclass(frozen=True)
class MergedInstance:
    """One entry of ``instances`` with everything merged into it, of whatever platform."""

    path: KeyPath
    """Where the entry stands: ``("instances", 2)``."""
    values: Mapping[str, Any]
    """Plain values by key; ``Name``, ``tags``, ``vars`` and ``role`` are always there."""
    origins: Mapping[str, KeyPath]
    """Where each key's value stands in the document."""
    volume_origins: tuple[KeyPath, ...]
    """Where each entry of ``volumes`` stands."""
    unclear: bool = False
    """Whether what it is merged with is at fault, so that nobody can tell what it lacks."""

    @property
    def name(self) -> str:
        """The instance's normalised name."""
        return str(self.values["Name"])

    @property
    def platform(self) -> str:
        """``aws`` unless the config says otherwise."""
        return str(self.values.get("platform") or "aws")

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of its roles; none where ``role`` is neither text nor a list."""
        role = self.values.get("role")
        return tuple(str(each) for each in role) if isinstance(role, list) else ()

    def locate(self, loc: KeyPath) -> KeyPath:
        """Where the part ``loc`` of ``values`` stands in the document."""
        if not loc:
            return self.path
        if loc[0] == "volumes" and len(loc) > 1 and isinstance(loc[1], int):
            return (*self.volume_origins[loc[1]], *loc[2:])
        origin = self.origins.get(str(loc[0]))
        return (*origin, *loc[1:]) if origin else self.path


@dataclass(frozen=True)
class Location:
    """An entry of ``locations``: its checked part, everything it says, and where it stands."""

    spec: LocationSpec
    values: Mapping[str, Any]
    path: KeyPath


@dataclass(frozen=True)
class Locations:
    """The entries of ``locations`` by their number; None for one that is at fault, which is reported."""

    by_number: tuple[Location | None, ...]
    faulty: bool
    """Whether any of them, or the whole section, is at fault."""

    @property
    def sound(self) -> tuple[Location, ...]:
        """Those that are not at fault."""
        return tuple(each for each in self.by_number if each)


@dataclass
class _Entry:
    """An instance on its way: values and where they come from."""

    values: dict[str, Any]
    origins: dict[str, KeyPath]

    def take(self, defaults: Mapping[str, Any], path: KeyPath, omit: tuple[str, ...]) -> None:
        """Merge ``defaults``, which stand at ``path``, under what is there already."""
        for key, default in defaults.items():
            if key in omit:
                continue
            if key not in self.values:
                self.values[key] = default
                self.origins[key] = (*path, key)
            elif isinstance(self.values[key], dict) and isinstance(default, dict):
                self.values[key] = {**default, **self.values[key]}


def read_locations(data: Mapping[str, Any], report: Report) -> Locations:
    """The locations of ``data``, after reporting faults in them."""
    value = data.get("locations")
    if value is None:
        return Locations((), faulty=False)
    if not isinstance(value, list):
        report.add(
            WRONG_TYPE,
            ("locations",),
            f"{shown(value)} where a list of locations is expected",
            "write entries that begin with -",
        )
        return Locations((), faulty=True)
    found: list[Location | None] = []
    for index, each in enumerate(value):
        path: KeyPath = ("locations", index)
        spec = validate(LocationSpec, each, report, path)
        if spec is None:
            found.append(None)
            continue
        twin = next((other for other in found if other and other.spec.Name == spec.Name), None)
        if twin:
            line = report.document.mark(twin.path).line
            report.add(
                DUPLICATE_NAME,
                (*path, "Name"),
                f"the location {spec.Name} is taken: line {line} has it",
                "rename one of them",
            )
        found.append(Location(spec, each, path))
    return Locations(tuple(found), faulty=None in found)


def merge_instances(
    data: Mapping[str, Any], cluster_name: str, locations: Locations, report: Report
) -> tuple[MergedInstance, ...]:
    """Every entry of ``instances``, merged; entries whose shape is wrong are reported and left out."""
    defaults = data.get("instance_defaults")
    defaults_path: KeyPath = ("instance_defaults",)
    if defaults is None:
        defaults = {}
    without_defaults = not isinstance(defaults, dict)
    if without_defaults:
        report.add(
            WRONG_TYPE,
            defaults_path,
            f"{shown(defaults)} where a mapping is expected",
            "write keys and values, such as type: t3.micro",
        )
        defaults = {}
    default_volumes = _volumes(defaults.get("default_volumes", []), (*defaults_path, "default_volumes"), report)
    lost_tags(defaults, defaults_path, report)
    for location in locations.sound:
        lost_tags(location.values, location.path, report)

    value = data.get("instances")
    if value is None or value == []:
        report.add(MISSING_KEY, ("instances",), "there are no instances", "add at least one entry to instances")
        return ()
    if not isinstance(value, list):
        report.add(
            WRONG_TYPE,
            ("instances",),
            f"{shown(value)} where a list of instances is expected",
            "write entries that begin with -",
        )
        return ()

    def merge(each: dict[str, Any], path: KeyPath) -> MergedInstance:
        entry = _Entry(dict(each), {key: (*path, key) for key in each})
        tags = each.get("tags") or {}
        _set_name(entry, tags, cluster_name, path)
        entry.values["vars"] = each.get("vars") or {}
        entry.take(defaults, defaults_path, omit=("default_volumes",))
        entry.take(_legacy_defaults(data), (), omit=())
        given = "volumes" in entry.values
        volumes = _volumes(entry.values.get("volumes", []), entry.origins.get("volumes", path), report)
        volumes = _merge_volumes(default_volumes, volumes, given)
        if given or default_volumes:
            entry.values["volumes"] = volumes
        location, unclear = _location(entry, path, locations, report)
        if location:
            # Name and subnet_name describe the location and its subnet, not the instance.
            entry.take(location.values, location.path, omit=("Name", "subnet_name"))
            if not given and not default_volumes and "volumes" in location.values:
                volumes = _volumes(location.values["volumes"], (*location.path, "volumes"), report)
        entry.values["volumes"] = [volume for volume, _ in volumes]
        _move_tags(entry, tags, path, report)
        origins = tuple(origin for _, origin in volumes)
        return MergedInstance(path, entry.values, entry.origins, origins, unclear or without_defaults)

    return tuple(_each_mapping(value, ("instances",), merge, report))


def lost_tags(values: Mapping[str, Any], path: KeyPath, report: Report) -> None:
    """Warn that ``tags`` outside an instance have no effect."""
    if values.get("tags"):
        report.add(
            LOST_TAGS,
            (*path, "tags"),
            "these tags reach no instance: TPA drops them",
            "put them into cluster_tags, or on each instance",
            on_key=True,
        )


def _each_mapping(
    value: list[Any],
    path: KeyPath,
    merge: Callable[[dict[str, Any], KeyPath], MergedInstance],
    report: Report,
) -> list[MergedInstance]:
    merged = []
    for index, each in enumerate(value):
        if isinstance(each, dict):
            merged.append(merge(each, (*path, index)))
        else:
            report.add(
                WRONG_TYPE,
                (*path, index),
                f"{shown(each)} where an instance is expected",
                "write its keys and values, such as Name: alpha",
            )
    return merged


def _legacy_defaults(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that once stood at the top level and count as instance_defaults (TPA's validate-compat.yml)."""
    found = {key: data[key] for key in _LEGACY_DEFAULTS if data.get(key) is not None}
    user = data.get("cluster_ssh_user") or data.get("ec2_ami_user")
    if user:
        found["vars"] = {"ansible_user": user}
    return found


def _volumes(value: Any, path: KeyPath, report: Report) -> list[tuple[dict[str, Any], KeyPath]]:
    """The entries of a list of volumes, each with its place; what is no volume is reported, and left out."""
    if not isinstance(value, list):
        help = "write [] for no volumes at all, or leave the key out for the defaults"
        report.add(WRONG_TYPE, path, f"{shown(value)} where a list of volumes is expected", help)
        return []
    found: list[tuple[dict[str, Any], KeyPath]] = []
    seen: dict[str, KeyPath] = {}
    for index, each in enumerate(value):
        place = (*path, index)
        if not isinstance(each, dict):
            report.add(
                WRONG_TYPE,
                place,
                f"{shown(each)} where a volume is expected",
                "write its keys and values, such as device_name: root",
            )
            continue
        device = each.get("device_name")
        if not isinstance(device, str):
            report.add(
                MISSING_KEY, place, "device_name is missing", "add device_name: root, or a name such as /dev/sdf"
            )
            continue
        key = device_key(device)
        if key in seen:
            line = report.document.mark((*seen[key], "device_name")).line
            report.add(
                DUPLICATE_DEVICE,
                (*place, "device_name"),
                f"{device} is taken: line {line} has it",
                "give each volume of an instance a device name of its own",
            )
            continue
        seen[key] = place
        found.append((each, place))
    return found


def device_key(device: str) -> str:
    """The name by which volumes are merged: without ``/dev/``."""
    return device.removeprefix("/dev/")


def _merge_volumes(
    defaults: list[tuple[dict[str, Any], KeyPath]], own: list[tuple[dict[str, Any], KeyPath]], given: bool
) -> list[tuple[dict[str, Any], KeyPath]]:
    if not defaults or (given and not own):
        return own
    by_device = {device_key(volume["device_name"]): (volume, path) for volume, path in (*defaults, *own)}
    return [by_device[key] for key in sorted(by_device)]


def _set_name(entry: _Entry, tags: Any, cluster_name: str, path: KeyPath) -> None:
    """Give the instance its normalised name; what is neither text nor a number is left for the schema to refuse."""
    tagged = tags.get("Name") if isinstance(tags, dict) else None
    name = entry.values.get("Name", tagged)
    if name is None:
        name = f"{cluster_name}-{entry.values.get('node')}"
    elif "Name" not in entry.values:
        entry.origins["Name"] = (*path, "tags", "Name")
    readable = isinstance(name, str) or (isinstance(name, int) and not isinstance(name, bool))
    entry.values["Name"] = normalised_name(str(name)) if readable else name


def _location(entry: _Entry, path: KeyPath, locations: Locations, report: Report) -> tuple[Location | None, bool]:
    """The location of an instance, and whether it may be one that is at fault."""
    wanted = entry.values.get("location")
    if wanted is None or not (locations.by_number or locations.faulty):
        return None, False
    if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 <= wanted < len(locations.by_number):
        location = locations.by_number[wanted]
        if location:
            _by_name(entry, location, path, report)
        return location, location is None
    by_name = {location.spec.Name: location for location in locations.sound}
    if found := by_name.get(str(wanted)):
        return found, False
    if locations.faulty:
        return None, True
    guess = suggestion(str(wanted), by_name)
    report.add(
        UNKNOWN_LOCATION,
        entry.origins.get("location", path),
        f"there is no location {shown(wanted)}",
        f"did you mean {guess}?" if guess else f"write one of {', '.join(by_name)}",
    )
    return None, True


def _by_name(entry: _Entry, location: Location, path: KeyPath, report: Report) -> None:
    """Take the location's name for its position in the list, by which the instance would move with the list."""
    place, name = entry.origins.get("location", path), location.spec.Name
    if not report.told(place):
        message = f"location {entry.values['location']} means {name}, by its position in the list"
        help = f"write location: {name}; in another order of the list, Terraform would replace the instance"
        report.add(LOCATION_BY_POSITION, place, message, help)
    entry.values["location"] = name


def _move_tags(entry: _Entry, tags: Any, path: KeyPath, report: Report) -> None:
    """Put what stands in tags by an old habit where it belongs, and make role a list."""
    entry.origins["tags"] = (*path, "tags")
    if not isinstance(tags, dict):
        entry.values["tags"] = tags
        tags = {}
    else:
        entry.values["tags"] = {
            key: value for key, value in tags.items() if key not in _MOVED_TAGS and key not in _NAMING_TAGS
        }
    if "node" in tags and "node" not in entry.values:
        place = (*path, "tags", "node")
        report.add(MISSING_KEY, place, "node is missing: TPA drops it in tags", "write node beside Name", on_key=True)
        entry.values["node"], entry.origins["node"] = tags["node"], place
    for key in _MOVED_TAGS:
        if key in tags:
            entry.values[key] = tags[key]
            entry.origins[key] = (*path, "tags", key)
    role = entry.values.get("role") or []
    if isinstance(role, str):
        role = [part.strip() for part in role.split(",") if part.strip()]
    if isinstance(role, list) and {"primary", "replica"} & {str(each) for each in role} and "postgres" not in role:
        role = [*role, "postgres"]
    entry.values["role"] = role
