"""Data that an edit leaves where it is, and looks for elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.forecasts import compare, judged
from tests.unit.changes.test_impact import cluster, forecast
from tpa_tf.changes.effects import Effect


def disks(*volumes: tuple[str, str | None], **more: Any) -> list[dict[str, Any]]:
    """A root volume, and volumes by device and use."""
    plain = {"volume_type": "gp3", "volume_size": 16, "encrypted": True}
    found: list[dict[str, Any]] = [{**plain, "device_name": "root"}]
    for device, use in volumes:
        settings = {"mountpoint": use} if use and use.startswith("/") else {"volume_for": use}
        found.append({**plain, **more, "device_name": device, **({"vars": settings} if use else {})})
    return found


BOTH = disks(("/dev/sdf", "postgres_data"), ("/dev/sdg", "postgres_wal"))


@pytest.mark.parametrize(
    ("old", "new", "address", "says"),
    [
        (disks(("/dev/sdf", "postgres_data")), disks(("/dev/sdf", None), ("/dev/sdg", "postgres_data")),
         "aws_ebs_volume.one_sdg", "/opt/postgres is on /dev/sdf, and will be on /dev/sdg, which has nothing of it. It "
         "stays on /dev/sdf."),
        (BOTH, disks(("/dev/sdf", "postgres_wal"), ("/dev/sdg", "postgres_data")), "aws_ebs_volume.one_sdg",
         "/opt/postgres is on /dev/sdf, and will be on /dev/sdg"),
        (disks(("/dev/sdf", "postgres_data")), disks(("/dev/xvdf", "postgres_data")), "aws_ebs_volume.one_xvdf",
         "/dev/sdf is in the config no more."),
        (disks(("/dev/sdf", "postgres_data")), disks(), "aws_instance.one", "will be on the root volume"),
        (disks(("/dev/sdf", None)), disks(("/dev/sdf", "postgres_data")), "aws_ebs_volume.one_sdf",
         "/opt/postgres is on the root volume, and will be on /dev/sdf"),
        (disks(("/dev/sdf", "postgres_data")), BOTH, "aws_ebs_volume.one_sdg",
         "/opt/postgres/wal is on /dev/sdf, and will be on /dev/sdg"),
        (BOTH, disks(("/dev/sdf", "postgres_data"), ("/dev/sdg", None)), "aws_ebs_volume.one_sdf",
         "/opt/postgres/wal is on /dev/sdg, and will be on /dev/sdf"),
        (disks(("/dev/sdf", "postgres_data")), disks(("/dev/sdg", "/opt/postgres"), ("/dev/sdf", None)),
         "aws_ebs_volume.one_sdg", "/opt/postgres is on /dev/sdf, and will be on /dev/sdg"),
        (disks(("/dev/sdf", "postgres_data")), disks(("/dev/sdg", "postgres_data"), snapshot_id="snap-7"),
         "aws_ebs_volume.one_sdg", "will be on /dev/sdg (snap-7), which has what snap-7 has"),
    ],
    ids=["moved", "swapped", "renamed", "dropped", "to be used", "split", "joined", "mount", "snapshot"],
)  # fmt: skip
def test_data_that_an_edit_leaves_behind(tmp_path: Path, old: Any, new: Any, address: str, says: str) -> None:
    rows = [
        row
        for row in compare(
            cluster(tmp_path / "old", {"instances[0].volumes": old}),
            cluster(tmp_path / "new", {"instances[0].volumes": new}),
        )[0]
        if row.effect is Effect.LEAVES_DATA
    ]
    assert address in {row.address for row in rows}
    assert any(says in row.why for row in rows), rows


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (disks(("/dev/sdf", "postgres_data")), disks(("sdf", "postgres_data"))),
        (disks(("/dev/sdf", "postgres_data")), disks(("/dev/sdf", "/opt/postgres/"))),
        (BOTH, list(reversed(BOTH))),
        (disks(("/dev/sdf", None)), disks(("/dev/sdf", None), ("/dev/sdg", None))),
    ],
    ids=["spelling", "said in another way", "order", "unused"],
)
def test_data_that_stays_where_it_is(tmp_path: Path, old: Any, new: Any) -> None:
    rows = forecast(tmp_path, {"instances[0].volumes": new}, {"instances[0].volumes": old})
    assert not [row for row in rows.values() if row.effect is Effect.LEAVES_DATA]


def test_review_refuses_to_leave_data_behind(tmp_path: Path) -> None:
    before = cluster(tmp_path / "old", {"instances[0].volumes": BOTH})
    after = cluster(
        tmp_path / "new", {"instances[0].volumes": disks(("/dev/sdf", "postgres_wal"), ("/dev/sdg", "postgres_data"))}
    )
    verdict, _ = judged(before, after)
    assert {each.address for each in verdict.refusals} == {"aws_ebs_volume.one_sdf", "aws_ebs_volume.one_sdg"}
    assert all("Postgres" not in each.reason and "/opt/postgres" in each.reason for each in verdict.refusals)
