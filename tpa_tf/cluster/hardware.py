"""What an instance type brings along: a processor, which the image is for, and instance store volumes (design D6)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tpa_tf.cluster.context import AwsInstance, Context
from tpa_tf.cluster.model import Instance, VolumeKind
from tpa_tf.config.models import AmiSpec
from tpa_tf.config.spelling import suggestion
from tpa_tf.limits.instance_types import ARM, X86, architecture, instance_types, sizes
from tpa_tf.limits.names import IMAGE_ID
from tpa_tf.rules.hardware import NO_SUCH_STORE, PROCESSOR_OF_IMAGE, ROOT_LEFT_BEHIND, UNKNOWN_TYPE, UNLIKELY_IMAGE

_NAMED = {"arm64": ARM, "aarch64": ARM, "amd64": X86, "x86_64": X86, "x86-64": X86}
"""How names of images spell their processor."""


def check(context: Context, machines: Iterable[Instance]) -> None:
    """Report instance types that nobody knows, that the image is not for, or that lack the instance store asked for."""
    by_node = {each.spec.node: each for each in context.instances}
    for machine in machines:
        instance = by_node[machine.node]
        _check_root(context, instance, machine)
        _check_image_id(context, instance)
        if "type" in instance.unknown:
            continue
        if context.record is None:  # which knows better
            _check_known(context, instance)
            _check_processor(context, instance)
        _check_stores(context, instance, machine)


def image_processor(image: AmiSpec) -> str | None:
    """The processor that an image is for by its filters, or else by its name; None where neither tells."""
    for name, values in image.filters or ():
        if name == "architecture" and len(values) == 1:
            return values[0]
    spelled = re.findall(rf"(?<![a-z0-9])({'|'.join(_NAMED)})(?![a-z0-9])", image.Name.lower())
    found = {_NAMED[each] for each in spelled}
    return found.pop() if len(found) == 1 else None


def _check_known(context: Context, instance: AwsInstance) -> None:
    name = instance.spec.type
    if name in instance_types():
        return
    family = name.partition(".")[0]
    guess = suggestion(name, instance_types())
    if guess and guess.partition(".")[0] != family and sizes(family):
        guess = None
    if guess:
        help = f"did you mean {guess}?"
    elif known := sizes(family):
        help = f"{family} has {', '.join(known)}"
    else:
        help = f"nothing is known of {family} here: if it is new, {context.lookup_command} tells whether it is offered"
    context.report.add(UNKNOWN_TYPE, instance.path("type"), f"no instance type {name} is known", help)


def _check_processor(context: Context, instance: AwsInstance) -> None:
    image = context.sections.ami
    if image is None or instance.spec.image:
        return
    runs, built_for = architecture(instance.spec.type), image_processor(image)
    if built_for in (ARM, X86) and runs != built_for:
        context.report.add(
            PROCESSOR_OF_IMAGE,
            instance.path("type"),
            f"{instance.spec.type} is {runs}, and the image {image.Name} is for {built_for}",
            f"take a type for {built_for}, or an image for {runs} (ec2_ami, or the instance's own image); where the "
            "name of the image misleads, write ec2_ami: {filters: {architecture: …}}",
        )


def _check_image_id(context: Context, instance: AwsInstance) -> None:
    image = instance.spec.image
    if image and not re.fullmatch(IMAGE_ID, image):
        help = "an id is ami- and 8 or 17 hexadecimal digits; an image by its name is ec2_ami"
        context.report.add(UNLIKELY_IMAGE, instance.path("image"), f"{image} is no image's id", help)


def _check_stores(context: Context, instance: AwsInstance, machine: Instance) -> None:
    """Each instance store volume is one that the type has, and has one device name."""
    name = instance.spec.type
    there = instance_types().get(name)
    taken: dict[str, str] = {}
    wanted = [volume for volume in machine.volumes if volume.kind is VolumeKind.EPHEMERAL and volume.virtual_name]
    for volume in sorted(wanted, key=lambda volume: volume.origin):
        store, path = str(volume.virtual_name), (*volume.origin, "ephemeral")
        if store in taken:
            message = f"{store} is taken by {taken[store]}"
            context.report.add(NO_SUCH_STORE, path, message, "each instance store volume has one device name")
            continue
        taken[store] = f"{volume.device_name} on line {context.line(path)}"
        if there is None or int(store.removeprefix("ephemeral")) < there:
            continue
        if there == 0:
            message, help = f"{name} has no instance store", "remove the volume, or take a type with instance store"
        else:
            count = "one instance store volume" if there == 1 else f"{there} instance store volumes"
            message = f"{store} is not there: {name} has {count}"
            help = "ephemeral0" if there == 1 else f"ephemeral0 to ephemeral{there - 1}"
        context.report.add(NO_SUCH_STORE, path, message, help)
        return


def _check_root(context: Context, instance: AwsInstance, machine: Instance) -> None:
    """A root volume that outlives its instance is nobody's: Terraform has it as a part of the instance only."""
    root = machine.root
    if root is None or root.delete_on_termination:
        return
    flat = (*root.origin, "delete_on_termination")
    path = flat if flat in context.report.document.marks else (*root.origin, "ebs", "delete_on_termination")
    context.report.add(
        ROOT_LEFT_BEHIND,
        path,
        f"the root volume of {machine.name} is left behind when its instance is replaced or destroyed, and Terraform "
        "no longer knows it",
        "remove it: delete_on_termination: no guards other volumes; termination_protection guards the instance",
        cause="root",
    )
