"""EC2's instance types: their sizes, their processors, and how many instance store volumes they have.

Sources: AWS's DescribeInstanceTypes and the list of types in its EC2 API (botocore 1.44, July 2026; a test compares);
for types of the past, https://docs.aws.amazon.com/ec2/latest/instancetypes/. New types appear all the time:
what is not in the table is unknown, not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

ARM, X86 = "arm64", "x86_64"
"""Processors, as images name theirs."""

# Families, then their sizes, each with the number of its instance store volumes; without one it has none.
_TABLE = """
a1: medium large xlarge 2xlarge 4xlarge metal
c1: medium:1 xlarge:4
c3: large:2 xlarge:2 2xlarge:2 4xlarge:2 8xlarge:2
c4: large xlarge 2xlarge 4xlarge 8xlarge
c5: large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal
c5a m5a r5a: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge
c5ad: large:1 xlarge:1 2xlarge:1 4xlarge:2 8xlarge:2 12xlarge:2 16xlarge:2 24xlarge:2
c5d: large:1 xlarge:1 2xlarge:1 4xlarge:1 9xlarge:1 12xlarge:2 18xlarge:2 24xlarge:4 metal:4
c5n: large xlarge 2xlarge 4xlarge 9xlarge 18xlarge metal
c6a m6a r6a: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal
c6g c7g c7gn m6g m7g r6g r7g: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal
c6gd c7gd m6gd m7gd r6gd r7gd x2gd: medium:1 large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:2 16xlarge:2
  metal:2
c6gn: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge
c6i c6in m6i m6in r6i r6in: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal
c6id m6id m6idn r6id r6idn: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:2 16xlarge:2 24xlarge:4 32xlarge:4
  metal:4
c7a m7a r7a: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal-48xl
c7i m7i r7i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl
c7i-flex c8i-flex m7i-flex m8i-flex r8i-flex: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge
c8a c8g c8gb c8gn m8a m8g m8gb m8gn m9g r8a r8g r8gb r8gn x8g: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge
  16xlarge 24xlarge 48xlarge metal-24xl metal-48xl
c8gd m8gd r8gd: medium:1 large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:3 16xlarge:2 24xlarge:3 48xlarge:6
  metal-24xl:3 metal-48xl:6
c8i c8ib c8in m8i m8ib m8in r8i r8ib r8in: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge
  48xlarge 96xlarge metal-48xl metal-96xl
c8id m8id m8idb m8idn r8id r8idb r8idn: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:1 16xlarge:1
  24xlarge:2 32xlarge:2 48xlarge:3 96xlarge:6 metal-48xl:3 metal-96xl:6
c8ine m8ine: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge
c9g r9g: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-48xl
c9gd r9gd: medium:1 large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:3 16xlarge:1 24xlarge:3 48xlarge:3
  metal-48xl:3
cc1 cg1 hi1: 4xlarge:2
cc2: 8xlarge:4
cr1: 8xlarge:2
d2 d3: xlarge:3 2xlarge:6 4xlarge:12 8xlarge:24
d3en: xlarge:2 2xlarge:4 4xlarge:8 6xlarge:12 8xlarge:16 12xlarge:24
dl1: 24xlarge:4
dl2q: 24xlarge
f1: 2xlarge:1 4xlarge:1 16xlarge:4
f2: 6xlarge:1 12xlarge:2 48xlarge:8
g2: 2xlarge:1 8xlarge:2
g3 hpc7g: 4xlarge 8xlarge 16xlarge
g3s: xlarge
g4ad: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 16xlarge:2
g4dn: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:1 16xlarge:1 metal:2
g5: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:1 16xlarge:1 24xlarge:1 48xlarge:2
g5g: xlarge 2xlarge 4xlarge 8xlarge 16xlarge metal
g6: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2 12xlarge:4 16xlarge:2 24xlarge:4 48xlarge:8
g6e: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2 12xlarge:2 16xlarge:2 24xlarge:2 48xlarge:4
g6f: large:1 xlarge:1 2xlarge:1 4xlarge:1
g7: 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:1 24xlarge:1 48xlarge:2
g7e: 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:1 24xlarge:2 48xlarge:4
gr6: 4xlarge:1 8xlarge:2
gr6f: 4xlarge:1
h1: 2xlarge:1 4xlarge:2 8xlarge:4 16xlarge:8
hpc6a: 48xlarge
hpc6id trn1n: 32xlarge:4
hpc7a: 12xlarge 24xlarge 48xlarge 96xlarge
hpc8a: 96xlarge
hs1: 8xlarge:24
i2: xlarge:1 2xlarge:2 4xlarge:4 8xlarge:8
i3: large:1 xlarge:1 2xlarge:1 4xlarge:2 8xlarge:4 16xlarge:8 metal:8
i3en: large:1 xlarge:1 2xlarge:2 3xlarge:1 6xlarge:2 12xlarge:4 24xlarge:8 metal:8
i4g im4gn: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2 16xlarge:4
i4i: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2 12xlarge:3 16xlarge:4 24xlarge:6 32xlarge:8 metal:8
i7i i8g: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2 12xlarge:3 16xlarge:4 24xlarge:6 48xlarge:12 metal-24xl:6
  metal-48xl:12
i7ie i8ge: large:1 xlarge:1 2xlarge:2 3xlarge:1 6xlarge:2 12xlarge:4 18xlarge:6 24xlarge:8 48xlarge:16 metal-24xl:8
  metal-48xl:16
inf1: xlarge 2xlarge 6xlarge 24xlarge
inf2: xlarge 8xlarge 24xlarge 48xlarge
is4gen: medium:1 large:1 xlarge:1 2xlarge:1 4xlarge:2 8xlarge:4
m1: small:1 medium:1 large:2 xlarge:4
m2: xlarge:1 2xlarge:1 4xlarge:2
m3: medium:1 large:1 xlarge:2 2xlarge:2
m4: large xlarge 2xlarge 4xlarge 10xlarge 16xlarge
m5 m5n r5 r5b r5n: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal
m5ad r5ad: large:1 xlarge:1 2xlarge:1 4xlarge:2 8xlarge:2 12xlarge:2 16xlarge:4 24xlarge:4
m5d m5dn r5d r5dn: large:1 xlarge:1 2xlarge:1 4xlarge:2 8xlarge:2 12xlarge:2 16xlarge:4 24xlarge:4 metal:4
m5zn: large xlarge 2xlarge 3xlarge 6xlarge 12xlarge metal
m8azn: medium large xlarge 3xlarge 6xlarge 12xlarge 24xlarge metal-12xl metal-24xl
m9gd: medium:1 large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 12xlarge:3 16xlarge:1 24xlarge:3 48xlarge:3 metal-24xl:3
  metal-48xl:3
mac-m3ultra mac-m4max mac1 mac2 mac2-m1ultra mac2-m2 mac2-m2pro: metal
mac-m4 mac-m4pro: metal:1
p2: xlarge 8xlarge 16xlarge
p3: 2xlarge 8xlarge 16xlarge
p3dn: 24xlarge:2
p4d p4de: 24xlarge:8
p5: 4xlarge:1 48xlarge:8
p5e p5en p6-b200 p6-b300: 48xlarge:8
p6e-gb200: 36xlarge:?
r3: large:1 xlarge:1 2xlarge:1 4xlarge:1 8xlarge:2
r4: large xlarge 2xlarge 4xlarge 8xlarge 16xlarge
r7iz: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 32xlarge metal-16xl metal-32xl
t1: micro
t2 t3 t3a t4g: nano micro small medium large xlarge 2xlarge
t8i: nano micro small medium
trn1: 2xlarge:1 32xlarge:4
trn2: 3xlarge:1 48xlarge:4
trn2u: 48xlarge:4
u-12tb1 u-18tb1 u-24tb1 u-9tb1: 112xlarge metal
u-3tb1: 56xlarge
u-6tb1: 56xlarge 112xlarge metal
u7i-12tb u7ib-12tb u7in-16tb u7in-24tb u7in-32tb: 224xlarge
u7i-6tb u7i-8tb: 112xlarge
u7inh-32tb: 480xlarge
vt1: 3xlarge 6xlarge 24xlarge
x1: 16xlarge:1 32xlarge:2
x1e: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 16xlarge:1 32xlarge:2
x2idn: 16xlarge:1 24xlarge:2 32xlarge:2 metal:2
x2iedn: xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 16xlarge:1 24xlarge:2 32xlarge:2 metal:2
x2iezn: 2xlarge 4xlarge 6xlarge 8xlarge 12xlarge metal
x8aedz: large:1 xlarge:1 3xlarge:1 6xlarge:1 12xlarge:1 24xlarge:2 metal-12xl:1 metal-24xl:2
x8i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 64xlarge 96xlarge metal-48xl
  metal-96xl
z1d: large:1 xlarge:1 2xlarge:1 3xlarge:1 6xlarge:1 12xlarge:2 metal:2
"""

_UNKNOWN = "?"

# m6g, r6gd, c7gn, im4gn, is4gen, g5g: the options after the generation have a g for Graviton
# (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html). Two families are named otherwise.
_GRAVITON = re.compile(r"[a-z]+\d+[a-z]*g[a-z]*(-|$)")
_ARM_BY_NAME = {"a1", "p6e-gb200"}


@cache
def instance_types() -> Mapping[str, int | None]:
    """How many instance store volumes every known instance type has, by its name, such as ``m5d.large``.

    None where AWS doesn't say.
    """
    found: dict[str, int | None] = {}
    for line in _TABLE.replace("\n  ", " ").strip().splitlines():
        families, _, entries = line.partition(": ")
        for family in families.split():
            for entry in entries.split():
                size, _, stores = entry.partition(":")
                found[f"{family}.{size}"] = None if stores == _UNKNOWN else int(stores or 0)
    return found


def sizes(family: str) -> tuple[str, ...]:
    """The known sizes of a family, the smallest first; none if the family is unknown."""
    return tuple(name.partition(".")[2] for name in instance_types() if name.startswith(f"{family}."))


def architecture(instance_type: str) -> str:
    """The processor of an instance type, known or not, as images name theirs: by the name of its family."""
    family = instance_type.partition(".")[0]
    if family.startswith("mac"):
        return f"{X86 if family == 'mac1' else ARM}_mac"
    return ARM if family in _ARM_BY_NAME or _GRAVITON.match(family) else X86
