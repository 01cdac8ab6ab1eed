"""How waiting is shown on stderr: one line that changes on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from tpa_tf.handover.wait import States

_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """A display of states on ``stream``, which is to be called with the states as they come."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._shown: dict[str, str | None] = {}

    def __call__(self, states: States) -> None:
        """Show ``states``."""
        if self._stream.isatty():
            self._stream.write(f"{_CLEAR_LINE}{self._summary(states)}")
        else:
            for name, state in states.items():
                if name not in self._shown or self._shown[name] != state:
                    self._stream.write(f"{self._elapsed()} {name}: {state or 'ready'}\n")
            self._shown = dict(states)
        self._stream.flush()

    def close(self) -> None:
        """Leave the terminal's line behind."""
        if self._stream.isatty():
            self._stream.write("\n")
            self._stream.flush()

    def _summary(self, states: States) -> str:
        late = [f"{name} ({state})" for name, state in states.items() if state is not None]
        ready = f"{self._elapsed()} {len(states) - len(late)} of {len(states)} hosts ready"
        return f"{ready}, waiting for {late[0]}" if late else ready

    def _elapsed(self) -> str:
        return f"{self._clock() - self._start:.0f} s"
