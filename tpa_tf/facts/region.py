"""All that one region answers."""

from __future__ import annotations

from tpa_tf.facts.asking import Asking
from tpa_tf.facts.elastic_ips import ask_elastic_ips
from tpa_tf.facts.groups import ask_groups, ask_rule_groups
from tpa_tf.facts.images import ImageRecord, ask_image
from tpa_tf.facts.instances import ask_instances
from tpa_tf.facts.key_pairs import ask_key_pair
from tpa_tf.facts.kms_keys import ask_kms_keys
from tpa_tf.facts.offers import ask_instance_types, ask_zones
from tpa_tf.facts.record import RegionRecord
from tpa_tf.facts.routes import ask_default_routes
from tpa_tf.facts.subnets import ask_subnets
from tpa_tf.facts.volumes import ask_volumes
from tpa_tf.facts.vpcs import VpcRecord, ask_vpc


def ask_region(asking: Asking) -> RegionRecord:
    """The answers of a region; TpaTfError if AWS doesn't answer."""
    vpc = ask_vpc(asking)
    asking.instances += ask_instances(asking)
    subnets, overlapping = ask_subnets(asking, vpc)
    return RegionRecord(
        availability_zones=ask_zones(asking),
        instance_types=ask_instance_types(asking),
        vpc=VpcRecord(asking.asked.vpc, vpc),
        subnets=subnets,
        overlapping=overlapping,
        default_routes=ask_default_routes(asking, filter(None, subnets.values())),
        images={
            address: ImageRecord(asked, ask_image(asking, asked))
            for address, asked in sorted(asking.asked.images.items())
        },
        security_groups=ask_groups(asking),
        rule_groups=ask_rule_groups(asking, vpc),
        key_pair=ask_key_pair(asking),
        elastic_ips=ask_elastic_ips(asking),
        own_addresses=dict(sorted(asking.own_ips.items())),
        kms_keys=ask_kms_keys(asking),
        volumes=ask_volumes(asking),
    )
