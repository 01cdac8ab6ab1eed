"""The emulator's process: ``python -m tests.support.emulator.server SEED.json EVENTS.jsonl``.

Serves on a free loopback port, prints the port's number once it is ready, and ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any


def main(seed_file: str, events_file: str) -> None:
    # Read by moto as it is imported. Only seeded AMIs exist, and an instance must name one of them.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from tests.support.emulator import mends, seeding

    events = Events(Path(events_file))
    mends.apply(events.write)
    seeding.plant(json.loads(Path(seed_file).read_text()))
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


class Events:
    """Facts about requests that no later Describe… call shows, one JSON object a line."""

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
