"""A cluster that runs, and that Terraform knows nothing of: it is to be adopted, and not to be made a second time."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster
from tpa_tf.clusters import Loaded
from tpa_tf.facts.asking import Asking
from tpa_tf.facts.instances import name_of
from tpa_tf.facts.record import Record
from tpa_tf.rules.asking import NOT_ADOPTED, PERHAPS_NOT_ADOPTED
from tpa_tf.terraform.expressions import Address


def check_running(
    loaded: Loaded,
    cluster: Cluster,
    record: Record,
    regions: Mapping[str, Asking],
    state: Collection[Address] | None,
    *,
    first: bool,
) -> None:
    """Report the cluster's instances and VPCs that neither ``state`` nor the adoption has.

    Where the state can't be asked (None), nothing is known but on a ``first`` lookup, which is mostly before it.
    """
    if state is None and not first:
        return
    known = {*(state or ()), *record.adopted.imports}
    running = {name_of(instance): instance for asking in regions.values() for instance in asking.instances}
    instances = [
        f"{instance.name} ({running[instance.name]['InstanceId']})"
        for instance in cluster.instances
        if instance.name in running and f"aws_instance.{instance.address}" not in known
    ]
    vpcs = [
        f"the VPC of {name} ({asking.made_vpc})"
        for name, asking in regions.items()
        if asking.made_vpc and f"aws_vpc.{addresses.region(name)}" not in known
    ]
    if not (instances or vpcs):
        return
    rule = NOT_ADOPTED if instances and state is not None else PERHAPS_NOT_ADOPTED
    unseen = "if the state has nothing of them" if state is None else "as the state has nothing of them"
    loaded.report.add(
        rule,
        ("cluster_name",),
        f"this cluster exists already: {', '.join([*instances, *vpcs])}; {unseen}, Terraform would create another one "
        "beside it",
        f"tpa-tf adopt {shlex.quote(str(cluster.directory))} takes over what tpaexec provision created; for another "
        "cluster, choose another cluster_name; for new instances in their place, terminate these first",
    )
