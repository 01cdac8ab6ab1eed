"""What `tpa-tf inventory` says is left to do, from the inventory that is there and the one that it writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.handover.conftest import Copy, Inventory
from tpa_tf.handover.contents import Contents, Known
from tpa_tf.handover.followup import Grown, steps

DIRECTORY = Path("clusters/far apart")
DEPLOY = "tpaexec deploy 'clusters/far apart'"
LOGIN = "(cd 'clusters/far apart' && ssh -F ssh_config two)"
DATA = {"device": "/dev/sdf", "volume_for": "postgres_data"}


def known(node: int, *role: str, address: str = "", **variables: Any) -> Known:
    return Known(address or f"10.0.0.{node}", str(node), {"role": list(role), **variables})


def cluster(hosts: Mapping[str, Known], **variables: Any) -> Contents:
    return Contents(hosts, {"postgres_version": "16", **variables}, None)


ONE, TWO = known(1, "primary", backup="archive"), known(2, "replica", backup="archive", volumes=[DATA])
ARCHIVE, WITNESS = known(3, "barman"), known(4, "witness")
ALL = {"one": ONE, "two": TWO, "archive": ARCHIVE, "judge": WITNESS}
STAYED = {name: known for name, known in ALL.items() if name != "two"}


def done(
    before: Contents, after: Contents, grown: tuple[Grown, ...] = (), retyped: tuple[str, ...] = ()
) -> tuple[str, ...]:
    return steps(DIRECTORY, before, after, grown, retyped)


def test_first_hand_over_is_deployed() -> None:
    assert done(cluster({}), cluster(ALL)) == (f"{DEPLOY} (the cluster is new to TPA)",)


def test_nothing_is_left_to_do_where_nothing_has_changed() -> None:
    assert done(cluster(ALL), cluster(ALL)) == ()
    assert done(cluster(ALL, tpa_version="v1"), cluster(ALL, tpa_version="v2")) == ()
    assert done(cluster({}), cluster({})) == ()


def test_new_instance_is_deployed() -> None:
    assert done(cluster(STAYED), cluster(ALL)) == (f"{DEPLOY} (two is new)",)


GONE = "two is no longer in the inventory"
UNREGISTER = (
    f"{GONE}: unregister it, as postgres on the primary: "
    "repmgr standby unregister -f /etc/repmgr/16/repmgr.conf --node-id=2"
)
SLOT = (
    f"{GONE}: drop its replication slot, which keeps WAL until the disk is full, on the instance that it "
    "streamed from: SELECT slot_name FROM pg_replication_slots WHERE NOT active; SELECT pg_drop_replication_slot('…');"
)
BARMAN = (
    f"{GONE}: on archive, remove /etc/barman.d/two.conf and /etc/cron.d/two, or Barman goes on asking it for backups; "
    "those that it has stay"
)
PARTED = f"{GONE}: part it, in the PGD database of one that stays: SELECT bdr.part_node('two');"
ETCD = f"{GONE}: remove it from etcd, on a member that stays: etcdctl member list; etcdctl member remove ID"
LAST = f"{DEPLOY} (the others still know two)"


@pytest.mark.parametrize(
    ("variables", "gone", "wanted"),
    [
        ({}, TWO, (UNREGISTER, SLOT, BARMAN, LAST)),
        ({"failover_manager": "repmgr"}, known(2, "replica"), (UNREGISTER, SLOT, LAST)),
        ({"failover_manager": "efm"}, TWO, (SLOT, BARMAN, LAST)),
        ({"postgres_flavour": "epas"}, TWO, (SLOT, BARMAN, LAST)),
        ({"failover_manager": "patroni"}, TWO, (BARMAN, LAST)),
        ({"failover_manager": "patroni"}, known(2, "etcd"), (ETCD, LAST)),
        ({}, known(2, "witness"), (UNREGISTER.replace("standby", "witness"), LAST)),
        ({}, known(2, "primary"), (UNREGISTER.replace("standby", "primary"), SLOT, LAST)),
        ({}, known(2, "barman"), (LAST,)),
        ({"failover_manager": "pgd"}, known(2, "bdr", "pgd-proxy", backup="archive"), (PARTED, BARMAN, LAST)),
        ({"failover_manager": "harp"}, known(2, "bdr", "witness"), (PARTED, LAST)),
        ({}, known(2, "bdr", bdr_node_name="b"), (PARTED.replace("'two'", "'b'"), LAST)),
        ({}, known(2, "replica", backup="away"), (UNREGISTER, SLOT, LAST)),
        ({}, known(2, "replica", backup="archive", backup_name="x.y"), (
            UNREGISTER, SLOT, BARMAN.replace("d/two.conf", "d/x.y.conf").replace("cron.d/two", "cron.d/x"), LAST
        )),
    ],
)  # fmt: skip
def test_instance_that_is_gone_is_taken_out_of_what_knows_it(
    variables: dict[str, str], gone: Known, wanted: tuple[str, ...]
) -> None:
    assert done(cluster({**STAYED, "two": gone}, **variables), cluster(STAYED, **variables)) == wanted


def test_new_etcd_member_is_announced() -> None:
    old = {"e1": known(5, "etcd", etcd_location="main")}
    new = known(6, "etcd", etcd_location="main")
    set_state = (
        "e2 joins an etcd that is there: set etcd_initial_cluster_state: existing in its vars, and run tpa-tf "
        "inventory again"
    )
    announce = (
        "e2 joins an etcd that is there: announce it, on a member: etcdctl member add e2 --peer-urls=http://e2:2380"
    )
    deploy = f"{DEPLOY} (e2 is new)"
    assert done(cluster(old), cluster({**old, "e2": new})) == (set_state, announce, deploy)
    known_state = known(6, "etcd", etcd_location="main", etcd_initial_cluster_state="existing")
    assert done(cluster(old), cluster({**old, "e2": known_state})) == (announce, deploy)
    elsewhere = known(6, "etcd", etcd_location="other")
    assert done(cluster(old), cluster({**old, "e2": elsewhere})) == (deploy,)


def test_variables_of_any_kind_are_compared() -> None:
    odd: dict[str, Any] = {
        "backup": ["archive"],
        "etcd_location": {},
        "volumes": [1, {"device": ["x"]}],
        "fstype": None,
    }
    strange = Known("10.0.0.2", "", {"role": ["etcd", {"a": 1}, "primary", "witness"], **odd})
    shapeless = Known("10.0.0.2", "", {"role": "primary", "volumes": "none"})
    found = done(cluster({**STAYED, "two": strange}), cluster({**STAYED, "three": strange, "four": shapeless}))
    assert found[0].endswith("repmgr primary unregister -f /etc/repmgr/16/repmgr.conf --node-id=NODE")
    assert found[-1] == f"{DEPLOY} (three is new; four is new; the others still know two)"
    assert done(cluster({**STAYED, "two": shapeless}), cluster(STAYED)) == (LAST,)


def two(**variables: Any) -> Contents:
    return cluster({**ALL, "two": known(2, "replica", backup="archive", **variables)})


@pytest.mark.parametrize(
    ("volumes", "wanted"),
    [
        ([DATA, {"device": "/dev/sdg"}], (f"{DEPLOY} (/dev/sdg of two is new)",)),
        ([{**DATA, "mountopts": "noatime"}], (f"{DEPLOY} (two has other variables of its volumes)",)),
        (
            [],
            (
                "/dev/sdf of two is gone: remove its line from /etc/fstab there, or the next boot waits for it and "
                f"stops: {LOGIN}",
            ),
        ),
        (
            [{"device": "/dev/sdf", "mountpoint": "/srv"}],
            (
                "/dev/sdf of two is for something else than before, and TPA moves no data: unmount it and remove its "
                f"line from /etc/fstab there, before it is deployed: {LOGIN}",
                f"{DEPLOY} (two has other variables of its volumes)",
            ),
        ),
    ],
)
def test_volumes(volumes: list[Any], wanted: tuple[str, ...]) -> None:
    assert done(cluster(ALL), two(volumes=volumes)) == wanted


def test_volume_that_tpa_has_not_mounted_leaves_nothing_behind() -> None:
    assert done(two(volumes=[{"device": "/dev/sdf"}]), two(volumes=[])) == ()


CMD = "tpaexec cmd 'clusters/far apart' two -b -a"


@pytest.mark.parametrize(
    ("volume", "wanted"),
    [
        ({}, f"grow its file system: {CMD} 'resize2fs /dev/sdf'"),
        ({"fstype": "xfs"}, f"grow its file system: {CMD} 'xfs_growfs /dev/sdf'"),
        (
            {"encryption": "luks"},
            f"grow its file system: {CMD} 'cryptsetup resize sdf_crypt' && {CMD} 'resize2fs /dev/mapper/sdf_crypt'",
        ),
        (
            {"encryption": "luks", "luks_volume": "safe", "fstype": "xfs"},
            f"grow its file system: {CMD} 'cryptsetup resize safe' && {CMD} 'xfs_growfs /dev/mapper/safe'",
        ),
        ({"raid_device": "/dev/md0"}, f"grow what is on it: {LOGIN}"),
        ({"volume_for": None}, f"grow what is on it: {LOGIN}"),
    ],
)
def test_file_system_of_a_grown_volume_is_grown(volume: dict[str, Any], wanted: str) -> None:
    values = {key: value for key, value in {**DATA, **volume}.items() if value is not None}
    grown = Grown("two", "/dev/sdf", False, 8, 16)
    there = two(volumes=[values])
    assert done(there, there, (grown,)) == (f"/dev/sdf of two has grown from 8 to 16 GiB: {wanted}",)


def test_root_volume_grows_at_the_next_boot() -> None:
    (step,) = done(cluster(ALL), cluster(ALL), (Grown("two", "root", True, 8, 16),))
    assert step == (
        "root of two has grown from 8 to 16 GiB: cloud-init grows its file system at the next boot; sooner, with "
        f"growpart: {LOGIN}"
    )


def test_volume_of_an_instance_that_is_new_has_not_grown() -> None:
    assert done(cluster(STAYED), cluster(ALL), (Grown("two", "root", True, 8, 16),)) == (f"{DEPLOY} (two is new)",)


def test_everything_else_that_changes_is_deployed() -> None:
    moved = known(2, "replica", address="10.9.9.9", backup="archive", volumes=[DATA])
    assert done(cluster(ALL), cluster({**ALL, "two": moved})) == (
        f"{DEPLOY} (two has the address 10.9.9.9 instead of 10.0.0.2)",
    )
    assert done(cluster(ALL), two(volumes=[DATA], region="x")) == (f"{DEPLOY} (two has other variables: region)",)
    assert done(cluster(ALL), cluster(ALL), (), ("two",)) == (f"{DEPLOY} (two has another instance type)",)
    assert done(cluster(ALL), cluster(ALL, a=1, b=2)) == (f"{DEPLOY} (the cluster has other variables: a, b)",)


def test_postgres_version_is_none_of_deploy_s() -> None:
    first, last = done(cluster(ALL), cluster(ALL, postgres_version="17"))
    assert first == (
        "postgres_version is 17, and was 16: neither tpaexec deploy nor tpaexec upgrade takes a cluster from one major "
        "version to another; take it back unless you do that by hand"
    )
    assert last == f"{DEPLOY} (the cluster has other variables: postgres_version)"
    assert done(cluster(ALL), cluster(ALL, postgres_version=16))[-1] == last


def to_do(stderr: str) -> list[str]:
    return [line.removeprefix("to do: ") for line in stderr.splitlines() if line.startswith("to do: ")]


def edit(directory: Path, old: str, new: str) -> None:
    config = directory / "config.yml"
    assert config.read_text().count(old) == 1
    config.write_text(config.read_text().replace(old, new))


def test_command_says_it_once_and_check_says_it_before(copy: Copy, inventory: Inventory) -> None:
    directory = copy("mixed-platforms")
    outputs = json.loads((directory / "outputs.json").read_text())
    assert to_do(inventory(directory).stderr) == [f"tpaexec deploy {directory} (the cluster is new to TPA)"]
    assert to_do(inventory(directory).stderr) == []

    text = (directory / "config.yml").read_text()
    head, _, tail = text.partition("- node: 2\n")
    _, barman, rest = tail.partition("- node: 3\n")
    (directory / "config.yml").write_text(head + barman + rest)
    del outputs["instances"]["value"]["two-replica"]
    (directory / "outputs.json").write_text(json.dumps(outputs))
    checked = inventory(directory, "--check", fails=True)
    assert checked.exit_code == 1
    wanted = to_do(inventory(directory).stderr)
    assert [step.partition(":")[0] for step in wanted[:-1]] == ["two-replica is no longer in the inventory"] * 2
    assert "--node-id=2" in wanted[0]
    assert wanted[-1] == f"tpaexec deploy {directory} (the others still know two-replica)"
    assert to_do(checked.stderr) == wanted
    assert to_do(inventory(directory).stderr) == []

    # It comes again, beside a bare instance that has moved.
    (directory / "config.yml").write_text(text.replace("198.51.100.9", "198.51.100.10"))
    outputs["instances"]["value"]["two-replica"] = {
        "node": 2, "region": "eu-west-3", "private_ip": "10.40.1.9", "public_ip": "54.0.0.2",
        "root_device_name": "/dev/xvda",
    }  # fmt: skip
    (directory / "outputs.json").write_text(json.dumps(outputs))
    assert to_do(inventory(directory).stderr) == [
        f"tpaexec deploy {directory} (two-replica is new; iron has the address 198.51.100.10 instead of 198.51.100.9; "
        "iron has other variables: public_ip)"
    ]


def git(directory: Path, *arguments: str) -> None:
    command = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_volumes_that_have_grown_are_found_by_the_config_of_the_last_hand_over(
    copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    git(directory, "init")
    git(directory, "add", "config.yml")
    git(directory, "commit", "--message=first")
    inventory(directory)
    # One commit grows the volume, the next is in the working tree alone.
    edit(directory, "volume_size: 8\n", "volume_size: 20\n")
    git(directory, "commit", "--all", "--message=grow")
    edit(directory, "volume_size: 16\n", "volume_size: 32\n")
    edit(directory, "type: t3.micro", "type: t3.large")
    found = inventory(directory)
    assert "can't be told" not in found.stderr
    login = f"(cd {directory} && ssh -F ssh_config one)"
    assert to_do(found.stderr) == [
        f"root of one has grown from 16 to 32 GiB: cloud-init grows its file system at the next boot; sooner, with "
        f"growpart: {login}",
        f"/dev/xvdf of one has grown from 8 to 20 GiB: grow its file system: tpaexec cmd {directory} one -b -a "
        "'resize2fs /dev/xvdf'",
        f"tpaexec deploy {directory} (one has another instance type)",
    ]
    assert to_do(inventory(directory).stderr) == []


@pytest.mark.parametrize("in_git", [True, False])
def test_volumes_that_may_have_grown_are_told(in_git: bool, copy: Copy, inventory: Inventory) -> None:
    directory = copy("minimal")
    if in_git:
        git(directory, "init")
        (directory / "config.yml").rename(directory / "kept")
        (directory / "config.yml").write_bytes(b"\xff: other\n")
        git(directory, "add", "config.yml")
        git(directory, "commit", "--message=none of it")
        (directory / "kept").rename(directory / "config.yml")
    told = "whether volumes have grown can't be told: git does not have the config.yml of the last inventory"
    assert told not in inventory(directory).stderr
    edit(directory, "volume_size: 8\n", "volume_size: 20\n")
    assert told in inventory(directory).stderr
    assert told not in inventory(directory).stderr


@pytest.mark.parametrize("content", [b"\xff\xfe", b"- [", b"a: b: c", b"list"])
def test_inventory_that_can_not_be_read_is_taken_for_one_that_says_nothing(
    content: bytes, copy: Copy, inventory: Inventory
) -> None:
    directory = copy("minimal")
    inventory(directory)
    (directory / "inventory/host_vars/one/01-instance_vars.yml").write_bytes(content)
    (directory / "inventory/00-minimal").write_bytes(content)
    assert to_do(inventory(directory).stderr) == [f"tpaexec deploy {directory} (the cluster is new to TPA)"]
