"""What a config asks of AWS: the questions, which a lookup answers (``record.py``).

They are apart from the answers because every command asks, and only some clusters have a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tpa_tf.cluster import addresses
from tpa_tf.config.document import KeyPath
from tpa_tf.facts.shapes import FilterMap, ImageId, Strict

RECORD_NAME = "tpa-tf.lookup.json"
"""The record's file, beside config.yml."""

OWN_VOLUME = {"TPAManagedBy": "terraform"}
"""The tag by which a volume that Terraform made for ``attach_existing`` is told from those that were there before."""


@dataclass(frozen=True)
class AskedImage(Strict):
    """How the config names an image: by its id, or by name, owners and filters."""

    name: str | None
    owners: tuple[str, ...]
    filters: FilterMap
    image_id: ImageId | None


@dataclass(frozen=True)
class AskedDisk:
    """A disk with ``attach_existing``: of which instance, and where the config says so."""

    names: tuple[str, ...]
    """The name of its instance, and those that it had before (``terraform: moved:``), the last one first."""
    device_name: str
    path: KeyPath

    @property
    def addresses(self) -> tuple[str, ...]:
        """The names of its volume in Terraform: the present one, and those of before."""
        return addresses.disk(self.names, self.device_name)


@dataclass(frozen=True)
class AskedRegion:
    """What a config refers to in one region; the fields stand for those of :class:`RegionRecord`. Lists are sorted."""

    vpc: FilterMap
    vpc_can_be_made: bool
    """Whether the VPC is made where none is found, so that one of the cluster's own counts as not found."""
    subnets: tuple[str, ...]
    images: Mapping[str, AskedImage]
    instance_types: tuple[str, ...]
    security_groups: FilterMap | None
    rule_groups: tuple[str, ...]
    key_pair: str | None
    key_pair_can_be_made: bool
    elastic_ips: tuple[str, ...]
    kms_keys: tuple[str, ...]
    volumes: Mapping[str, AskedDisk] = field(default_factory=dict)
    """The labels of volumes to attach, and the disk that each is for."""


@dataclass(frozen=True)
class Asked:
    """What a config refers to: the questions that a :class:`Record` answers. Lists are sorted."""

    cluster: str
    bucket: str | None
    bucket_region: str
    """Where to ask for the bucket first, and for what is not regional."""
    instance_profile: str | None
    instance_profile_can_be_made: bool
    hosted_zones: tuple[str, ...]
    regions: Mapping[str, AskedRegion]
