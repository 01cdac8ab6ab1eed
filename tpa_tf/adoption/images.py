"""The images from which the cluster's instances run: what a config names may be gone, or be another one by now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tpa_tf.adoption.there import There, Thing
from tpa_tf.facts.asking import Asking, Fault
from tpa_tf.facts.images import FoundImage, ImageRecord, ask_image
from tpa_tf.facts.questions import AskedImage
from tpa_tf.facts.record import Record
from tpa_tf.rules.adoption import ADOPT_AMBIGUOUS
from tpa_tf.rules.asking import AMBIGUOUS_IMAGE


def with_running_images(record: Record, regions: dict[str, Asking], there: dict[str, There]) -> Record:
    """The record with the images of the instances that run, in the place of those that the config finds now.

    What a region's answer says of several images that match is taken back where an instance tells which one it is.
    """
    answered = {}
    for name, region in record.regions.items():
        asking, instances = regions[name], there[name].instances
        named = {image.asked.image_id for image in region.images.values() if image.asked.image_id}
        images = {}
        for address, image in region.images.items():
            wanted = image.asked.image_id
            run = [
                each for each in instances if (each["ImageId"] == wanted if wanted else each["ImageId"] not in named)
            ]
            images[address] = _running(asking, image, run) if run else image
        answered[name] = replace(region, images=images)
    return replace(record, regions=answered)


def _running(asking: Asking, image: ImageRecord, instances: Iterable[Thing]) -> ImageRecord:
    run = sorted(instances, key=lambda instance: (str(instance.get("LaunchTime", "")), str(instance["InstanceId"])))
    devices = {str(instance.get("RootDeviceName")): str(instance["InstanceId"]) for instance in run}
    if image.asked.image_id is None:  # by an id there is one at most
        asking.faults[:] = [fault for fault in asking.faults if fault.rule is not AMBIGUOUS_IMAGE]
    if len(devices) > 1:
        shown = ", ".join(f"{device} of {instance}" for device, instance in sorted(devices.items()))
        asking.faults.append(
            Fault(
                ADOPT_AMBIGUOUS,
                ("ec2_ami",),
                f"instances of {asking.region} have different root devices ({shown}), and one image stands for them",
                "give those that run from another image an image of their own (image: ami-…)",
            )
        )
    newest = run[-1]
    if image.found and image.found.id in {instance["ImageId"] for instance in run}:
        return image
    found = ask_image(asking, AskedImage(None, (), {}, str(newest["ImageId"])))
    return replace(image, found=found or _gone(asking, image, newest))


def _gone(asking: Asking, image: ImageRecord, instance: Thing) -> FoundImage:
    """What an instance says of an image that its owner has removed."""
    owner = next((owner for owner in image.asked.owners if owner.isdigit()), asking.account)
    return FoundImage(
        str(instance["ImageId"]),
        image.asked.name or str(instance["ImageId"]),
        owner,
        str(instance["Architecture"]),
        str(instance["RootDeviceName"]),
    )
