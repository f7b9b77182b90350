"""The folder of bank files: what is complete is told, what is being written is left alone, what is done is put away."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.drop_folder import DropFolder


@pytest.mark.usefixtures("a_while_later")
def test_complete_files_are_told_with_what_they_hold(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path / "bank")
    for name in ("b.xml", "a.txt", ".hidden", "c.xml.part", "d.filepart"):
        (tmp_path / "bank" / name).write_text(name)
    (tmp_path / "bank" / "more").mkdir()
    assert folder.arrived() == {name: sha256(name.encode()).hexdigest() for name in ("a.txt", "b.xml")}


def test_a_file_that_was_changed_just_now_waits_though_its_own_date_is_old(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path)
    (tmp_path / "a.txt").write_text("half")
    os.utime(tmp_path / "a.txt", (0, 0))
    assert folder.arrived() == {}


@pytest.mark.usefixtures("a_while_later")
def test_other_content_under_the_same_name_is_another_file(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path)
    (tmp_path / "a.txt").write_text("one")
    before = folder.sha256("a.txt")
    (tmp_path / "a.txt").write_text("another")
    assert folder.arrived() == {"a.txt": sha256(b"another").hexdigest()} != {"a.txt": before}
    (tmp_path / "a.txt").unlink()
    assert folder.sha256("a.txt") is None


def test_a_file_is_put_away_once_and_overwrites_none(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path)
    for content in ("one", "two"):
        (tmp_path / "a.txt").write_text(content)
        folder.put_away("a.txt", "done")
    folder.put_away("a.txt", "done")  # again, after a crash
    assert {path.name: path.read_text() for path in (tmp_path / "done").iterdir()} == {"a.txt": "one", "a.txt.2": "two"}


@pytest.mark.parametrize("name", ["../a.txt", "/etc/passwd", ".hidden", "more/a.txt", ""])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a file in this folder"):
        DropFolder(tmp_path).path(name)
