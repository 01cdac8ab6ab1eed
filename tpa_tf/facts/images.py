"""Images of a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tpa_tf.facts.asking import Asking, filters
from tpa_tf.facts.questions import AskedImage
from tpa_tf.facts.shapes import Account, ImageId, Strict
from tpa_tf.rules.asking import AMBIGUOUS_IMAGE

_WILDCARDS = set("*?")


@dataclass(frozen=True)
class ImageVolume(Strict):
    """A volume that an image brings besides its root volume."""

    size: int
    """GiB."""
    encrypted: bool


@dataclass(frozen=True)
class FoundImage(Strict):
    """The one image that matches."""

    id: ImageId
    name: str
    owner: Account
    architecture: str
    """As EC2 writes it: ``x86_64``, ``arm64``."""
    root_device_name: str
    root_size: int | None = None
    """GiB of its snapshot; None: a record of before this was asked."""
    volumes: Mapping[str, ImageVolume] = field(default_factory=dict)
    """By device name."""


@dataclass(frozen=True)
class ImageRecord(Strict):
    """An image of a region."""

    asked: AskedImage
    found: FoundImage | None


def ask_image(asking: Asking, asked: AskedImage) -> FoundImage | None:
    """The image that the config names."""
    wanted = dict(asked.filters)
    if asked.name:
        wanted["name"] = (asked.name,)
    if asked.image_id:
        wanted["image-id"] = (asked.image_id,)
    arguments: dict[str, Any] = {"Filters": filters(wanted)}
    if asked.owners:
        arguments["Owners"] = list(asked.owners)
    if asked.image_id or (asked.name and not set(asked.name) & _WILDCARDS):
        # As in the plan: that its owner has deprecated it is no fault of instances that run on it.
        arguments["IncludeDeprecated"] = True
    found = asking.ec2.all("describe_images", "Images", **arguments)
    newest_first = sorted(found, key=lambda each: str(each.get("CreationDate", "")), reverse=True)
    if len(found) > 1:
        asking.ambiguous(
            AMBIGUOUS_IMAGE,
            ("ec2_ami",),
            f"{len(found)} images in {asking.region}",
            [_shown(image) for image in newest_first],
            "write one of these names in full, with its Owner, or add filters",
        )
    # Where several match, for the other checks alone.
    return _found(newest_first[0]) if found else None


def _found(image: Mapping[str, Any]) -> FoundImage:
    volumes = {
        mapping["DeviceName"]: ImageVolume(mapping["Ebs"]["VolumeSize"], bool(mapping["Ebs"].get("Encrypted")))
        for mapping in image.get("BlockDeviceMappings", [])
        if "VolumeSize" in mapping.get("Ebs", {})
    }
    root = volumes.pop(image["RootDeviceName"], None)
    return FoundImage(
        image["ImageId"],
        image["Name"],
        image["OwnerId"],
        image["Architecture"],
        image["RootDeviceName"],
        root.size if root else None,
        dict(sorted(volumes.items())),
    )


def _shown(image: Mapping[str, Any]) -> str:
    made = str(image.get("CreationDate", ""))[:10]
    named = ", ".join(str(image.get(key) or "?") for key in ("Name", "Architecture"))
    return f"{image['ImageId']} ({named}, {made}, owner {image.get('OwnerId')})"
