"""What an image brings along: a root volume of some size, and volumes of its own (design D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tpa_tf.cluster import addresses
from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.merge import device_key
from tpa_tf.cluster.model import Volume
from tpa_tf.rules.lookup import IMAGE_VOLUME
from tpa_tf.rules.volumes import INVALID_SIZE

if TYPE_CHECKING:  # most clusters have no record
    from tpa_tf.facts.images import FoundImage


def without_devices(context: Context, instance: AwsInstance, root: Volume | None) -> tuple[str, ...]:
    """The device names of the image's volumes that the config has another use for, or none; sorted.

    What else the image brings, and a root volume that is too small for it, is reported. Without a record, nobody knows.
    """
    image = _image(context, instance)
    if image is None:
        return ()
    _check_root(context, instance, root, image)
    named = {_letters(volume.device_name) for volume in instance.spec.volumes}
    for device, volume in image.volumes.items():
        if _letters(device) not in named:
            kind = "a" if volume.encrypted else "an unencrypted"
            context.report.add(
                IMAGE_VOLUME,
                instance.path("image") if instance.spec.image else ("ec2_ami",),
                f"{image.id} brings {kind} volume of {volume.size} GiB for {device}, which the config doesn't have",
                f"add volumes: [{{device_name: {device}, volume_type: none}}] to leave it out; Terraform doesn't "
                "know of it",
            )
    return tuple(sorted(device for device in image.volumes if _letters(device) in named))


def _check_root(context: Context, instance: AwsInstance, root: Volume | None, image: FoundImage) -> None:
    """AWS makes no root volume that is smaller than the snapshot which it is made of."""
    if root and root.size and image.root_size and root.size < image.root_size:
        context.report.add(
            INVALID_SIZE,
            (*root.origin, "volume_size"),
            f"a root volume of {root.size} GiB is too small for {image.id}, which needs {image.root_size} GiB",
            f"write {image.root_size} or more, or another image",
        )


def _image(context: Context, instance: AwsInstance) -> FoundImage | None:
    answers = context.answers(instance.spec.region)
    recorded = answers.images.get(addresses.ami(instance.spec.region, instance.spec.image)) if answers else None
    return recorded.found if recorded else None


def _letters(device: str) -> str:
    """What is the same of ``/dev/sdf``, ``sdf`` and ``/dev/xvdf``, which are one name in many kernels."""
    return device_key(device).removeprefix("xvd").removeprefix("sd")
