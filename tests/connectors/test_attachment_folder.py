"""Attachments are in their folder whole or not at all, whatever goes wrong, and nothing leads out of it."""

from pathlib import Path

import pytest

from connectors import attachment_folder
from connectors.attachment_folder import AttachmentFolder, NoRoom
from tests.connectors.test_whole_files import no_file_longer_than


def test_files_are_read_by_the_names_that_they_were_given(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path / "deep" / "attachments")
    with folder.holding([b"one", b"two"]) as (one, two):
        pass
    assert (folder.read(one), folder.read(two), folder.names()) == (b"one", b"two", sorted([one, two]))
    assert (tmp_path / "deep" / "attachments").stat().st_mode & 0o777 == 0o700
    folder.drop([one, one])
    assert (folder.read(one), folder.names()) == (None, [two])


def test_nothing_is_left_where_what_they_came_with_is_refused(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    with pytest.raises(RuntimeError), folder.holding([b"one", b"two"]):
        raise RuntimeError("the facts refuse it")
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_none_of_several_files_is_there(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    with no_file_longer_than(100), pytest.raises(NoRoom), folder.holding([b"small", b"x" * 500]):
        raise AssertionError("nobody gets here")
    assert list(tmp_path.iterdir()) == []


def test_the_last_of_a_disk_is_left_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachment_folder, "KEPT_FREE", 1 << 62)
    with pytest.raises(NoRoom), AttachmentFolder(tmp_path).holding([b"one"]):
        raise AssertionError("nobody gets here")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "A" * 32, "0" * 31, "0" * 32 + "\n", ".lock"])
def test_no_other_name_leads_anywhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = AttachmentFolder(tmp_path / "attachments")
    for way in (folder.read, lambda each: folder.drop([each])):
        with pytest.raises(ValueError, match="no name"):
            way(name)
    assert (tmp_path / "secret").exists()


def test_before_the_first_file_there_is_none(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path / "not there")
    assert (folder.names(), folder.read("0" * 32)) == ([], None)
    assert (folder.whole(b"among the facts", None), folder.whole(None, "0" * 32)) == (b"among the facts", None)
