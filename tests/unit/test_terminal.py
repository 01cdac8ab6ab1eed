"""What a terminal gets, and a pipe does not; completion for shells."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES
from tpa_tf.lookup.run import progress

MINIMAL = EXAMPLES / "minimal"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The minimal cluster with another instance type."""
    text = (MINIMAL / "config.yml").read_text().replace("t3.micro", "t3.small")
    (tmp_path / "config.yml").write_text(text)
    return tmp_path


def in_terminal(columns: int, *arguments: str, **variables: str) -> str:
    """What the program writes to a terminal of that width, with the ends of lines as in a file."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "CI")}
    environment = {**kept, "TERM": "xterm-256color", **variables}
    command = [sys.executable, "-m", "tpa_tf", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so at the end of a terminal
                break
            if not part:
                break
            said += part
        process.wait()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_table_fits_the_terminal_and_nothing_is_cut_off(edited: Path, columns: int) -> None:
    said = in_terminal(columns, "impact", str(MINIMAL), str(edited))
    table = COLOUR.sub("", said).partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= columns
    assert "…" not in table
    letters = re.sub(r"\s", "", table)
    assert "stopsand" in letters and ("aws_instance.main" in letters or columns < 120)


def test_effects_have_colours_in_a_terminal_alone(edited: Path) -> None:
    said = in_terminal(160, "impact", str(MINIMAL), str(edited))
    assert "\x1b[33mstops and starts instance" in said
    assert not COLOUR.search(in_terminal(160, "impact", str(MINIMAL), str(edited), TERM="dumb"))
    assert "\x1b[33m" not in in_terminal(160, "impact", str(MINIMAL), str(edited), NO_COLOR="1")


def test_pipe_gets_a_line_for_each_row_however_long(edited: Path) -> None:
    command = [sys.executable, "-m", "tpa_tf", "impact", str(MINIMAL), str(edited)]
    environment = {**os.environ, "COLUMNS": "40"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert not COLOUR.search(said)
    (line,) = (line for line in said.splitlines() if line.startswith("stops and starts instance"))
    assert line.endswith("A public address that is no Elastic IP changes.")


@pytest.mark.parametrize("columns", [60, 80])
def test_help_is_not_cut_off(columns: int) -> None:
    said = in_terminal(columns, "--help")
    assert "..." not in said.replace("[ARGS]...", "")
    assert max(map(len, said.splitlines())) <= columns


def complete(line: str, directory: Path) -> set[str]:
    """What bash offers for ``line``, of which the last word is begun."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_TPA_TF_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    program = Path(sys.executable).with_name("tpa-tf")
    done = subprocess.run([program], cwd=directory, env=environment, capture_output=True, text=True, check=False)
    return {each.partition(",")[2] or each for each in done.stdout.split()}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tpa-tf sy", {"synth"}),
        ("tpa-tf check --for", {"--format"}),
        ("tpa-tf check --format sa", {"sarif"}),
        ("tpa-tf impact --fail-on loses", {"loses-data"}),
        ("tpa-tf rules subnet-out", {"subnet-outside-vpc"}),
    ],
)
def test_words_are_completed(line: str, offered: set[str], tmp_path: Path) -> None:
    assert complete(line, tmp_path) == offered


@pytest.mark.parametrize("command", ["check", "show", "inventory", "adopt", "keys", "lookup", "impact", "review"])
def test_paths_are_left_to_the_shell(command: str, tmp_path: Path) -> None:
    assert complete(f"tpa-tf {command} ex", tmp_path) <= {"ex"}
    environment = {
        **os.environ,
        "_TPA_TF_COMPLETE": "bash_complete",
        "COMP_WORDS": f"tpa-tf {command} ex",
        "COMP_CWORD": "2",
    }
    program = Path(sys.executable).with_name("tpa-tf")
    said = subprocess.run([program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False).stdout
    assert said.startswith(("file,", "dir,"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_script(shell: str) -> None:
    program = Path(sys.executable).with_name("tpa-tf")
    environment = {**os.environ, "_TPA_TF_COMPLETE": f"{shell}_source"}
    said = subprocess.run([program], env=environment, capture_output=True, text=True, check=False).stdout
    assert "_TPA_TF_COMPLETE" in said


class Stream(io.StringIO):
    """Text that is a terminal, or none."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_told_in_a_terminal_alone(terminal: bool) -> None:
    stream = Stream(terminal)
    progress(stream)("asking AWS")
    assert stream.getvalue() == ("asking AWS\n" if terminal else "")
