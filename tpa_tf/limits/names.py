"""What AWS allows in names, descriptions and tags."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class NameLimit:
    """What AWS allows in the names of one kind of thing."""

    pattern: str
    """A regular expression that a whole name matches, whatever its length."""
    longest: int
    """Characters at most."""
    allowed: str
    """The same for people, as part of a sentence."""

    def allows(self, name: str) -> bool:
        """Whether ``name`` is one that AWS takes."""
        return len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_IAM = r"[A-Za-z0-9_+=,.@-]+"
_IAM_ALLOWED = "letters, digits and _ + = , . @ -"

ROLE = NameLimit(_IAM, 64, f"up to 64 {_IAM_ALLOWED}")
ROLE_POLICY = NameLimit(_IAM, 128, f"up to 128 {_IAM_ALLOWED}")
INSTANCE_PROFILE = NameLimit(_IAM, 128, f"up to 128 {_IAM_ALLOWED}")

KEY_PAIR = NameLimit(
    r"(?! )[ -~]+(?<! )", 255, "up to 255 ASCII characters, without a space at the beginning or the end"
)
"""Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html and, of spaces,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html
"""

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
_GROUP = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
_GROUP_ALLOWED = "up to 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *"

SECURITY_GROUP = NameLimit(rf"(?!sg-){_GROUP}+", 255, f"{_GROUP_ALLOWED}, not starting with sg-")
GROUP_DESCRIPTION = NameLimit(rf"{_GROUP}+", 255, _GROUP_ALLOWED)
RULE_DESCRIPTION = NameLimit(rf"{_GROUP}*", 255, _GROUP_ALLOWED)

BUCKET = NameLimit(
    r"(?!\d+\.\d+\.\d+\.\d+$)(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)[a-z0-9][a-z0-9.-]+[a-z0-9]"
    r"(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)(?<!--x-s3)(?<!--table-s3)",
    63,
    "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends, and without a prefix "
    "or suffix that S3 keeps for itself",
)
"""Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

IMAGE_ID = r"ami-([0-9a-f]{8}|[0-9a-f]{17})"
"""The form of an image's id. Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

USER_TAGS = 50
"""Tags that a resource may have. Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"""

OBJECT_TAGS = 10
"""Tags that an object in S3 may have. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

TAG_KEY, TAG_VALUE = 128, 256
"""Characters that the key and the value of a tag may have."""

TAG_CHARACTERS = r"[\w .:/=+\-@]*"
"""What S3 and IAM take in keys and values of tags; EC2 takes everything.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""
