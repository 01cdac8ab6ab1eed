"""Waiting for SSH: with the real ssh client, against servers that hold the right key, another one, or none."""

from __future__ import annotations

import io
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.unit.handover.ssh_server import SshServer, new_key, public_text
from tpa_tf.errors import TpaTfError
from tpa_tf.handover.progress import Progress
from tpa_tf.handover.wait import States, Target, wait

KEY = new_key()


def cluster(directory: Path, *ports: int) -> Path:
    """A cluster directory that knows KEY for each of ``ports`` of 127.0.0.1."""
    directory.mkdir(exist_ok=True)
    known = "".join(f"[127.0.0.1]:{port} {public_text(KEY)}\n" for port in ports)
    (directory / "tpa_known_hosts").write_text(known)
    return directory


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def ignore(states: States) -> None:
    pass


@pytest.mark.parametrize("name", ["plain", "with space", "100%d", "$(touch hacked)"])
def test_host_that_proves_our_key_is_ready(tmp_path: Path, name: str) -> None:
    seen: list[States] = []
    with SshServer(KEY) as server:
        directory = cluster(tmp_path / name, server.port)
        targets = [Target("one", "127.0.0.1", server.port)]
        wait(targets, directory, timeout=20, report=lambda states: seen.append(dict(states)))
        assert server.logins > 0, "the client went on to log in"
    assert seen[-1] == {"one": None}
    assert not list(tmp_path.rglob("hacked"))


def test_host_with_another_key_is_not_ready(tmp_path: Path) -> None:
    with SshServer(new_key()) as server:
        directory = cluster(tmp_path, server.port)
        with pytest.raises(TpaTfError, match=r"after 2 s .*\n  one: answers with a host key that is") as late:
            wait([Target("one", "127.0.0.1", server.port)], directory, timeout=2, report=ignore, poll=0.1)
        assert server.logins == 0
    for place in ("/var/log/tpa-firstboot-failures.log", "/var/log/tpa-firstboot.log", "get-console-output"):
        assert place in str(late.value)


def test_host_that_is_not_there_says_nothing_of_the_first_boot(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(TpaTfError, match="refused") as late:
        wait([Target("one", "127.0.0.1", port)], cluster(tmp_path, port), timeout=2, report=ignore, poll=0.1)
    assert "tpa-firstboot" not in str(late.value)


def test_host_that_shows_our_key_without_having_it_is_not_ready(tmp_path: Path) -> None:
    with SshServer(KEY, signer=new_key()) as server:
        directory = cluster(tmp_path, server.port)
        with pytest.raises(TpaTfError, match=r"not ready:\n  one: .*signature"):
            wait([Target("one", "127.0.0.1", server.port)], directory, timeout=2, report=ignore, poll=0.1)
        assert server.logins == 0


def test_host_that_is_not_in_the_known_hosts_is_not_ready(tmp_path: Path) -> None:
    with SshServer(KEY) as server:
        directory = cluster(tmp_path)
        with pytest.raises(TpaTfError, match="one: answers with a host key that is not pinned"):
            wait([Target("one", "127.0.0.1", server.port)], directory, timeout=2, report=ignore, poll=0.1)


def test_host_that_says_nothing_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TpaTfError, match="one: not tried yet"):
            wait([Target("one", "127.0.0.1", port)], cluster(tmp_path, port), timeout=1, report=ignore)


def test_interrupted_wait_ends_without_a_word_of_its_own(tmp_path: Path) -> None:
    program = (
        "import signal, sys; from pathlib import Path; from tpa_tf.handover.wait import Target, wait; "
        # Who runs the tests in the background has it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "wait([Target(name, '127.0.0.1', int(sys.argv[1])) for name in ('one', 'two')], Path(sys.argv[2]), timeout=600,"
        " report=lambda states: print(*states.values(), flush=True), poll=30)"
    )
    port = free_port()
    command = [sys.executable, "-c", program, str(port), str(cluster(tmp_path, port))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        # Both were tried: until the next time, in half a minute, it does nothing but wait.
        while process.stdout.readline().count("refused") < 2:
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        printed = process.stderr.read()
    assert process.returncode == -signal.SIGINT
    assert printed.endswith("KeyboardInterrupt\n")
    assert "never retrieved" not in printed


def test_host_that_boots_meanwhile_becomes_ready_while_others_are_awaited(tmp_path: Path) -> None:
    seen: list[States] = []
    late = free_port()
    server = None

    def boot() -> None:
        nonlocal server
        server = SshServer(KEY, port=late).__enter__()

    def report(states: States) -> None:
        seen.append(dict(states))
        if len(seen) == 3:  # both hosts tried, and the late one refused
            threading.Thread(target=boot).start()

    with SshServer(KEY) as early:
        directory = cluster(tmp_path, early.port, late)
        targets = [Target("early", "127.0.0.1", early.port), Target("late", "127.0.0.1", late)]
        wait(targets, directory, timeout=30, report=report, poll=0.1)
    assert server is not None
    server.__exit__(None, None, None)
    assert any("refused" in str(states["late"]) for states in seen)
    assert seen[-1] == {"early": None, "late": None}


def test_without_ssh_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TpaTfError, match="ssh is not on the PATH"):
        wait([Target("one", "127.0.0.1", 1)], tmp_path, timeout=1, report=ignore)


def test_no_hosts_are_ready_at_once(tmp_path: Path) -> None:
    wait([], tmp_path, timeout=1, report=ignore)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_one_line() -> None:
    stream, now = Terminal(), iter([100.0, 101.0, 142.4])
    progress = Progress(stream, clock=lambda: next(now))
    progress({"one": "Connection refused", "two": None})
    progress({"one": None, "two": None})
    progress.close()
    first, second = stream.getvalue().removeprefix("\r\x1b[K").split("\r\x1b[K")
    assert first == "1 s 1 of 2 hosts ready, waiting for one (Connection refused)"
    assert second == "42 s 2 of 2 hosts ready\n"


def test_progress_elsewhere_is_a_line_for_each_change() -> None:
    stream = io.StringIO()
    progress = Progress(stream, clock=lambda: 0.0)
    progress({"one": "Connection refused", "two": None})
    progress({"one": "Connection refused", "two": None})
    progress({"one": None, "two": None})
    progress.close()
    assert stream.getvalue() == "0 s one: Connection refused\n0 s two: ready\n0 s one: ready\n"
