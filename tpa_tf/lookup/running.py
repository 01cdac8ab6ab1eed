"""A cluster that runs, and that Terraform knows nothing of: it is to be adopted, and not to be made a second time."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from tpa_tf.cluster import addresses
from tpa_tf.cluster.model import Cluster, Instance
from tpa_tf.cluster.names import of_instance
from tpa_tf.clusters import Loaded
from tpa_tf.facts.asking import Asking
from tpa_tf.facts.instances import name_of
from tpa_tf.facts.record import Record
from tpa_tf.rules.adoption import ADOPT_STATE
from tpa_tf.rules.asking import NOT_ADOPTED, PERHAPS_NOT_ADOPTED
from tpa_tf.terraform.expressions import Address


def check_running(
    loaded: Loaded,
    cluster: Cluster,
    record: Record,
    regions: Mapping[str, Asking],
    state: Mapping[Address, str] | None,
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
    moved = cluster.terraform.moved
    instances = [
        f"{name} ({running[name]['InstanceId']})"
        for instance in cluster.instances
        for name in of_instance(instance.name, moved)
        if name in running and not known.intersection(_addresses(instance, moved))
    ]
    vpcs = [
        f"the VPC of {name} ({asking.made_vpc})"
        for name, asking in regions.items()
        if asking.made_vpc and f"aws_vpc.{addresses.region(name)}" not in known
    ]
    _check_ids(loaded, cluster, running, state or {})
    if not (instances or vpcs):
        return
    # A second VPC for instances that the state has would replace them all.
    sure = state is not None and (instances or any(address.startswith("aws_instance.") for address in state))
    rule = NOT_ADOPTED if sure else PERHAPS_NOT_ADOPTED
    unseen = "if the state has nothing of them" if state is None else "as the state has nothing of them"
    loaded.report.add(
        rule,
        ("cluster_name",),
        f"this cluster exists already: {', '.join([*instances, *vpcs])}; {unseen}, Terraform would create another one "
        "beside it",
        f"tpa-tf adopt {shlex.quote(str(cluster.directory))} takes over what tpaexec provision created; for another "
        "cluster, choose another cluster_name; for new instances in their place, terminate these first",
    )


def _addresses(instance: Instance, moved: Mapping[str, str]) -> frozenset[Address]:
    """Where Terraform may have an instance: by each name that it has or had."""
    return frozenset(f"aws_instance.{addresses.name(name)}" for name in of_instance(instance.name, moved))


def _check_ids(
    loaded: Loaded, cluster: Cluster, running: Mapping[str, Mapping[str, Any]], state: Mapping[Address, str]
) -> None:
    """An instance that runs by a name of the cluster's is the one that the state has by it."""
    living = {str(instance["InstanceId"]) for instance in running.values()}
    for instance in cluster.instances:
        address = f"aws_instance.{instance.address}"
        has, runs = state.get(address), running.get(instance.name)
        if has and runs and has != runs["InstanceId"] and has not in living:
            loaded.report.add(
                ADOPT_STATE,
                instance.origin,
                f"the state has {has} at {address}, and {runs['InstanceId']} runs by the name {instance.name}",
                f"terraform state rm {address}, and tpa-tf adopt, if that is the cluster's; else take the tag Cluster "
                "from it",
            )
