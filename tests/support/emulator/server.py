"""The emulator's process: ``python -m tests.support.emulator.server SEED.json EVENTS.jsonl CALLS.jsonl``.

Serves on a free loopback port, prints the port's number once it is ready, and ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # moto, which reads the environment as it is imported
    from tests.support.emulator.calls import WsgiApp


def main(seed_file: str, events_file: str, calls_file: str) -> None:
    # Read by moto as it is imported. Only seeded AMIs exist, and an instance must name one of them.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from tests.support.emulator import mends, seeding
    from tests.support.emulator.calls import Recorder

    events = Events(Path(events_file))
    mends.apply(events.write)
    seeding.plant(json.loads(Path(seed_file).read_text()))
    aws = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    app = Recorder(aws, Events(Path(calls_file)).write)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


def _one_at_a_time(app: WsgiApp) -> WsgiApp:
    """``app``, which answers one request after the other.

    moto's models aren't made for threads: of two rules of a group that are revoked at once, the second is not found.
    """
    lock = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with lock:
            return app(environ, start_response)

    return answer


class Events:
    """What happened, one JSON object a line: facts that no later Describe… call shows, or the calls themselves."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, event: dict[str, Any]) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(event, sort_keys=True) + "\n")


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
