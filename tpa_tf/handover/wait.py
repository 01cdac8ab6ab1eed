"""Waits until SSH answers on each machine with the cluster's own host key: then its first boot is done."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tpa_tf.errors import TpaTfError
from tpa_tf.handover.inventory import KNOWN_HOSTS

POLL_SECONDS = 3.0
_CONNECT_SECONDS = 10
_PROBE_SECONDS = 30.0  # for a server that accepts and then says nothing
_AT_ONCE = 32
_NOT_PINNED = "answers with a host key that is not pinned"
_WHERE_TO_LOOK = (
    "The first boot gives an instance its pinned host keys, and keeps those of the image if it fails. It says why "
    "in /var/log/tpa-firstboot-failures.log and /var/log/tpa-firstboot.log on the instance, and on its console: "
    "aws ec2 get-console-output --output text --instance-id i-…"
)

_OPTIONS = {
    # Nobody is there to answer, and nothing may be learned: only the keys that we know count.
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "UserKnownHostsFile": KNOWN_HOSTS,
    "GlobalKnownHostsFile": "/dev/null",
    "UpdateHostKeys": "no",
    "CheckHostIP": "no",
    # The key is proven before anybody logs in, so no credentials are needed, and none are shown.
    "PreferredAuthentications": "none",
    # A connection that is shared with another ssh would not ask for the key again.
    "ControlMaster": "no",
    "ControlPath": "none",
    "ConnectTimeout": str(_CONNECT_SECONDS),
    "ConnectionAttempts": "1",
    "LogLevel": "INFO",  # below it, a wrong signature has no message
}


@dataclass(frozen=True)
class Target:
    """A host to wait for."""

    name: str
    address: str
    port: int


States = Mapping[str, str | None]
"""Host name to why it is not ready; None when it is."""


def wait(
    targets: Sequence[Target],
    directory: Path,
    *,
    timeout: float,
    report: Callable[[States], None],
    poll: float = POLL_SECONDS,
) -> None:
    """Return when every target answers with a key that ``tpa_known_hosts`` in ``directory`` has for it.

    ``timeout`` and ``poll`` are seconds; ``report`` is called after every try. TpaTfError when time is up, with what
    each host said last, or when there is no ``ssh``. Jump hosts and the like come from the user's own ssh_config, as
    for Ansible.
    """
    program = shutil.which("ssh")
    if program is None:
        raise TpaTfError("ssh is not on the PATH: --wait and the deployment need it")
    states: dict[str, str | None] = {target.name: "not tried yet" for target in targets}

    async def everyone() -> None:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(target: Target) -> None:
            while True:
                async with slots:
                    state = await _probe(program, target, directory)
                states[target.name] = state
                report(states)
                if state is None:
                    return
                await asyncio.sleep(poll)

        tasks = [asyncio.ensure_future(one(target)) for target in targets]
        try:
            await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
        finally:  # of the time, or of the user's patience
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    if targets:
        asyncio.run(everyone())
    late = [f"  {name}: {state}" for name, state in states.items() if state is not None]
    if late:
        advice = [_WHERE_TO_LOOK] if _NOT_PINNED in states.values() else []
        raise TpaTfError("\n".join((f"after {timeout:g} s these hosts are not ready:", *late, *advice)))


async def _probe(program: str, target: Target, directory: Path) -> str | None:
    """Try once; None if the host proved that it has the key, else why not."""
    options = [part for name, value in _OPTIONS.items() for part in ("-o", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        *(program, "-T", "-p", str(target.port), *options, "--", target.address, "true"),
        cwd=directory,  # where tpa_known_hosts is: ssh would split and expand a path with spaces or %
        env={**os.environ, "LC_ALL": "C"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, printed = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
    except asyncio.TimeoutError:
        return "no answer"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _verdict(process.returncode or 0, printed.decode("utf-8", "replace"), target.address)


def _verdict(code: int, printed: str, address: str) -> str | None:
    # Refusing the login comes after the proof of the key. A jump host's refusal names the jump host.
    if code == 0 or f"@{address}: Permission denied" in printed:
        return None
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in printed or "Host key verification failed" in printed:
        return _NOT_PINNED
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1] if lines else f"ssh ended with {code}"
