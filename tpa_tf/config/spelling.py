"""Which known word is most likely meant by one that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_LOOKALIKES = str.maketrans("lo", "10")

OTHER_WORDS: Mapping[str, str] = {
    "ami": "image",
    "cidr": "cidr_ip",
    "device": "device_name",
    "disks": "volumes",
    "elastic_ip_address": "elastic_ip",
    "hostname": "Name",
    "instance_type": "type",
    "kms_key": "kms_key_id",
    "port": "ports",
    "private_ip_address": "private_ip",
    "protocol": "proto",
    "roles": "role",
    "security_group_rules": "cluster_rules",
    "security_groups": "ec2_groups",
    "size": "volume_size",
    "vpc": "ec2_vpc",
}
"""What AWS, Ansible and other tools call a key that TPA has under another name."""


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` is most likely a misspelling of, or another name of; None where none is near."""
    words = list(known)
    other = OTHER_WORDS.get(word.lower())
    if other in words:
        return other
    if exact := {_looks(each): each for each in words}.get(_looks(word)):
        return exact
    # A third of a word may be wrong, and never more than two letters: what is further away is another word.
    furthest = min(2, len(word) // 3)
    near = sorted((_distance(word.lower(), each.lower(), furthest), each) for each in words)
    return near[0][1] if near and near[0][0] <= furthest else None


def _looks(word: str) -> str:
    """``word`` without what people can't see, or mistake for each other: case, and letters that look like digits."""
    return word.lower().translate(_LOOKALIKES)


def _distance(one: str, other: str, most: int) -> int:
    """How many letters are to be added, removed, replaced or swapped with the next; above ``most``, more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
