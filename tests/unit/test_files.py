"""Files written as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tpa_tf import files
from tpa_tf.errors import TpaTfError


def write(directory: Path, **content: bytes) -> tuple[Path, ...]:
    return files.write(content, directory, mode=0o644, directory_mode=0o755)


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        files.write({"a/b/c": b"x"}, tmp_path, mode=0o644, directory_mode=0o755)
    finally:
        os.umask(before)
    assert (tmp_path / "a/b/c").stat().st_mode & 0o777 == 0o644
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o755, 0o755]


def test_only_files_that_differ_are_written_and_named(tmp_path: Path) -> None:
    assert write(tmp_path, a=b"1", b=b"1") == (tmp_path / "a", tmp_path / "b")
    assert write(tmp_path, a=b"1", b=b"2") == (tmp_path / "b",)
    assert write(tmp_path, a=b"1", b=b"2") == ()


def test_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    files.write({"a/b": b"x"}, tmp_path, mode=0o644, directory_mode=0o755)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_nothing_has_changed_when_something_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "z").write_bytes(b"a file, where a directory is needed")
    with pytest.raises(TpaTfError, match=r"z.* can't be written"):
        files.write({"a": b"new", "z/b": b"new"}, tmp_path, mode=0o644, directory_mode=0o755)
    assert {path.name: path.read_bytes()[:3] for path in tmp_path.iterdir()} == {"a": b"old", "z": b"a f"}


def test_draft_of_a_file_that_can_not_take_its_place_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(TpaTfError, match="can't be written"):
        write(tmp_path, a=b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_diff_shows_new_changed_and_unfinished_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo\n")
    (tmp_path / "same").write_bytes(b"x")
    text = files.diff({"a": b"one\n2", "b": b"new\n", "same": b"x"}, tmp_path)
    assert text == (
        f"--- {tmp_path}/a\n+++ {tmp_path}/a\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n\\ No newline at end of file\n"
        f"--- {os.devnull}\n+++ {tmp_path}/b\n@@ -0,0 +1 @@\n+new\n"
    )
