"""What somebody has changed in AWS since Terraform last looked (``resource_drift``), where it concerns a database."""

from __future__ import annotations

from collections.abc import Iterator

from tpa_tf.changes.plan import ATTACHMENT, INSTANCE, VOLUME, Change
from tpa_tf.changes.words import shown_value

_STOPPED = {"stopping", "stopped", "shutting-down", "terminated"}
_COMPARED = {
    INSTANCE: ("instance_type", "root_block_device.encrypted", "root_block_device.volume_size"),
    VOLUME: ("encrypted", "iops", "kms_key_id", "size", "throughput", "type"),
    ATTACHMENT: ("device_name", "instance_id", "volume_id"),
}
TAGS_OF_TPA = ("Cluster", "CreatingCluster", "Name", "TPAAttachmentLabel", "node")
"""By which TPA finds instances and volumes, and who may change them is told."""


def drifted(change: Change) -> str:
    """What happened to an instance, a volume or an attachment, in a sentence; empty where that is nothing of note."""
    if change.type not in (INSTANCE, VOLUME, ATTACHMENT):
        return ""
    if change.destroys:
        what = "detached" if change.type == ATTACHMENT else "gone"
        return f"It is {what}: somebody did that outside Terraform, or it is looked for in another region."
    parts = list(_parts(change))
    return f"Somebody has changed it outside Terraform: {', '.join(parts)}." if parts else ""


def _parts(change: Change) -> Iterator[str]:
    state = change.after.get("instance_state")
    if state in _STOPPED and state != change.before.get("instance_state"):
        yield f"it is {state}"
    for name in _COMPARED[change.type]:
        before, after = change.before.get(name), change.after.get(name)
        if before != after:
            yield f"{name} {shown_value(before)} → {shown_value(after)}"
    lost = [name for name in TAGS_OF_TPA if change.old_tags.get(name) != change.new_tags.get(name)]
    if lost:
        yield f"tags by which it is found ({', '.join(lost)})"
