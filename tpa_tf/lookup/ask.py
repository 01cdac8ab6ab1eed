"""Every question of one cluster asked, all regions at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from tpa_tf.errors import TpaTfError
from tpa_tf.facts.adopted import Adopted
from tpa_tf.facts.asking import Asking
from tpa_tf.facts.aws import Aws
from tpa_tf.facts.buckets import ask_bucket
from tpa_tf.facts.hosted_zones import ask_hosted_zone
from tpa_tf.facts.profiles import ask_profile
from tpa_tf.facts.questions import Asked
from tpa_tf.facts.record import Record, RegionRecord
from tpa_tf.facts.region import ask_region

Say = Callable[[str], None]
"""Is told of progress."""


def ask(aws: Aws, account: str, asked: Asked, adopted: Adopted, say: Say) -> tuple[Record, dict[str, Asking]]:
    """The record of all answers, and by region what was seen besides.

    TpaTfError if AWS doesn't answer, with a line for each region and service that it concerns.
    """
    regions = {
        name: Asking(aws, account, asked.cluster, name, region, adopted) for name, region in asked.regions.items()
    }

    def answer(name: str) -> RegionRecord:
        found = ask_region(regions[name])
        say(f"{name}: done")
        return found

    tasks: dict[str, Callable[[], Any]] = {
        **{f"region {name}": partial(answer, name) for name in regions},
        "bucket": lambda: ask_bucket(aws, asked),
        "profile": lambda: ask_profile(aws, asked, adopted),
        **{f"zone {zone}": partial(ask_hosted_zone, aws, asked, zone) for zone in asked.hosted_zones},
    }
    answers = at_once(tasks)
    record = Record(
        cluster=asked.cluster,
        account=account,
        bucket=answers["bucket"],
        instance_profile=answers["profile"],
        hosted_zones={zone: answers[f"zone {zone}"] for zone in asked.hosted_zones},
        regions={name: answers[f"region {name}"] for name in regions},
        adopted=adopted,
    )
    return record, regions


def at_once(tasks: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each of ``tasks`` gives, under its name, all of them run at once.

    TpaTfError with a line for each distinct one that they raise.
    """
    with ThreadPoolExecutor(max_workers=max(4, len(tasks))) as pool:
        pending: dict[str, Future[Any]] = {name: pool.submit(task) for name, task in tasks.items()}
        failures = [future.exception() for future in pending.values()]
    unexpected = next((each for each in failures if each and not isinstance(each, TpaTfError)), None)
    if unexpected:
        raise unexpected
    lines = dict.fromkeys(str(each) for each in failures if each)
    if lines:
        raise TpaTfError("\ntpa-tf: ".join(lines))
    return {name: future.result() for name, future in pending.items()}
