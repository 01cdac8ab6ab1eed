"""What AWS allows in tags (design D14): how many, how long, and of which characters, the provider's own among them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tpa_tf.cluster.context import Context
from tpa_tf.config.document import KeyPath
from tpa_tf.config.findings import Report
from tpa_tf.limits.names import OBJECT_TAGS, TAG_CHARACTERS, TAG_KEY, TAG_VALUE, USER_TAGS
from tpa_tf.rules.tags import IGNORED_TAG, INVALID_TAG, TOO_MANY_TAGS

_OURS = "CreatingCluster"
"""The tag of the cluster's role and instance profile."""
_OF_TPA = ("Cluster", "CreatingCluster", "Description", "Name", "TPAAttachmentLabel", "TPAManagedBy", "node")
"""The tags that TPA gives to what it makes."""


def are_for_objects(tags: Mapping[str, str]) -> bool:
    """Whether an object in S3 can have ``tags``."""
    return len(tags) <= OBJECT_TAGS and all(map(_is_plain, [*tags, *tags.values()]))


def check_tag(report: Report, key: str, value: str, path: KeyPath, *, everywhere: bool = False) -> None:
    """Report a tag that AWS refuses; ``everywhere`` says that it is for things of S3 and IAM, too."""
    if key.lower().startswith("aws:"):
        report.add(
            INVALID_TAG,
            path,
            f"{key!r} can't be the key of a tag",
            "choose a key that does not begin with aws:, which AWS keeps to itself",
            on_key=True,
        )
    for what, text, most in (("key", key, TAG_KEY), ("value", value, TAG_VALUE)):
        if len(text) > most:
            message = f"the {what} of a tag has {len(text)} characters"
            report.add(INVALID_TAG, path, message, f"write at most {most}", on_key=what == "key")
        elif everywhere and not _is_plain(text):
            message = f"S3 and IAM refuse {text!r} as the {what} of a tag"
            help = "write letters, digits, spaces and . : / = + - @ _ alone: the bucket and the role get this tag"
            report.add(INVALID_TAG, path, message, help, on_key=what == "key")


def check_default_tags(context: Context) -> None:
    """Report tags of the provider that AWS refuses."""
    data, terraform = context.report.document.data, context.sections.terraform
    path: KeyPath = ("terraform", "provider", "default_tags")
    written = data["terraform"]["provider"]["default_tags"] if terraform and terraform.default_tags else None
    seen: list[str] = []
    for key, value in terraform.default_tags.items() if terraform else ():
        block = () if isinstance(written, dict) else (0,)
        check_tag(context.report, key, value, (*path, *block, "tags", key), everywhere=True)
        twin = next((other for other in (*seen, _OURS) if other != key and other.lower() == key.lower()), None)
        if twin:
            message, help = f"IAM takes the tags {key} and {twin} for one", "leave one of them out, or rename it"
            context.report.add(INVALID_TAG, (*path, *block, "tags", key), message, help, on_key=True)
        seen.append(key)


def check_ignored_tags(context: Context) -> None:
    """Warn of tags that the cluster sets, and the provider is told to leave alone."""
    terraform = context.sections.terraform
    if terraform is None:
        return
    instances = (tag for instance in context.instances for tag in instance.spec.tags)
    ours = {*_OF_TPA, *context.tags, *terraform.default_tags, *instances}
    path: KeyPath = ("terraform", "provider", "ignore_tags")
    for block in terraform.provider.get("ignore_tags") or ():
        prefixes = tuple(block.get("key_prefixes") or ())
        lost = sorted(tag for tag in ours if tag in (block.get("keys") or ()) or tag.startswith(prefixes))
        if lost:
            context.report.add(
                IGNORED_TAG,
                path,
                f"ignore_tags covers {', '.join(lost)}, which this config sets: Terraform does not set it, and each "
                "plan updates the resources again",
                "name tags alone that others set",
                on_key=True,
            )


def check_number(context: Context, tags: Mapping[str, str], added: int, path: KeyPath) -> None:
    """Report more tags than AWS allows, with those of the provider; volumes get ``added`` besides."""
    terraform = context.sections.terraform
    ours = set(terraform.default_tags if terraform else ()) - tags.keys()
    count = len(tags) + len(ours)
    if count + added > USER_TAGS:
        also = f", {len(ours)} of them default_tags of the provider" if ours else ""
        help = f"remove some: AWS allows {USER_TAGS}, and volumes get {added} more"
        context.report.add(TOO_MANY_TAGS, path, f"an instance would have {count} tags{also}", help)


def _is_plain(text: str) -> bool:
    return re.fullmatch(TAG_CHARACTERS, text) is not None
