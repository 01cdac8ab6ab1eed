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


@pytest.mark.parametrize("kind", ["directory", "link to a directory", "link to nothing", "pipe"])
def test_what_is_no_file_is_refused_before_anything_is_replaced(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(b"old")
    target = tmp_path / "z"
    if kind == "directory":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(tmp_path if kind == "link to a directory" else "absent")
    reason = "a symbolic link that leads nowhere" if kind == "link to nothing" else "not a file"
    with pytest.raises(TpaTfError, match=f"^{target} can't be written: what is there is {reason}"):
        write(tmp_path, a=b"new", z=b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "z"]


def fail_at(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Lets no draft become a file of ``names``, each once; the names of the files that drafts were to become."""
    seen: list[str] = []
    replace = Path.replace

    def replace_or_fail(self: Path, target: Path) -> Path:
        seen.append(target.name)
        if seen.count(target.name) == 1 and target.name in names:
            raise PermissionError(1, "Operation not permitted", str(self), None, str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_fail)
    return seen


def test_what_was_replaced_is_put_back_when_a_later_file_can_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    fail_at(monkeypatch, "z")
    with pytest.raises(TpaTfError, match=f"^{tmp_path}/z can't be written: Operation not permitted$"):
        write(tmp_path, a=b"new", b=b"new", z=b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "a").stat().st_mode & 0o777) == (b"old", 0o640)


def test_what_can_not_be_put_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, "z")
    monkeypatch.setattr(files, "_put_back", lambda replaced: list(replaced))
    with pytest.raises(TpaTfError, match=f"not permitted; {tmp_path}/a could not be put back"):
        write(tmp_path, a=b"new", z=b"new")


def test_files_are_replaced_in_the_order_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = fail_at(monkeypatch)
    assert write(tmp_path, z=b"1", a=b"1") == (tmp_path / "z", tmp_path / "a")
    assert seen == ["z", "a"]


def test_file_with_another_mode_is_changed_where_a_mode_is_given(tmp_path: Path) -> None:
    write(tmp_path, a=b"x\n", b=b"x\n")
    (tmp_path / "a").chmod(0o666)
    content = {"a": b"x\n", "b": b"x\n"}
    assert files.changed(content, tmp_path) == ()
    assert files.changed(content, tmp_path, mode=0o644) == ("a",)
    assert files.diff(content, tmp_path) == ""
    assert files.diff(content, tmp_path, mode=0o644) == f"{tmp_path}/a: old mode 0666, new mode 0644\n"
    assert write(tmp_path, **content) == (tmp_path / "a",)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
    assert write(tmp_path, **content) == ()


def test_new_file_is_whole_and_private_and_never_takes_a_place(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert files.write_new(path, b"first", 0o600)
    assert not files.write_new(path, b"second", 0o600)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"first", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_new_file_that_can_not_be_written_is_named_and_not_its_draft(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        files.write_new(tmp_path / "absent" / "key", b"x", 0o600)
    assert caught.value.filename == str(tmp_path / "absent" / "key")


def test_diff_shows_new_changed_and_unfinished_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo\n")
    (tmp_path / "same").write_bytes(b"x")
    text = files.diff({"a": b"one\n2", "b": b"new\n", "same": b"x"}, tmp_path)
    assert text == (
        f"--- {tmp_path}/a\n+++ {tmp_path}/a\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n\\ No newline at end of file\n"
        f"--- {os.devnull}\n+++ {tmp_path}/b\n@@ -0,0 +1 @@\n+new\n"
    )
