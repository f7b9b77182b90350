"""Whole lines and whole files, or none: on a disk that is really full, and after a crash in the middle of a line."""

import os
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels.print_batches import MANIFEST, LetterMeta, PrintBatches
from connectors.direct_debit.folder import DirectDebitFolder
from connectors.drop_folder import DropFolder
from connectors.published_files import PublishedFiles
from connectors.whole_files import append_line, open_to_others, write_through

META = LetterMeta(creditor="acme", country="NO", pages=1)
FULL = r"File too large|No space left"
PDF = b"%PDF " + b"x" * 500


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk with room for so many bytes in a file: the kernel writes a part and then refuses, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_line_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, b"one")
    for size in range(5, 10):
        with no_file_longer_than(size), pytest.raises(OSError, match=FULL):
            append_line(path, b"second")
        assert path.read_bytes() == b"one\n"
    append_line(path, b"second")
    assert path.read_bytes() == b"one\nsecond\n"


@pytest.mark.parametrize("left", [b"", b"{", b"half a line", b"x" * 10_000])
def test_what_a_crash_left_of_a_line_is_cut_off(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\n" + left)
    append_line(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"
    path.write_bytes(left)
    append_line(path, b"two")
    assert path.read_bytes() == b"two\n"


def test_a_file_that_has_no_room_is_not_there(tmp_path: Path) -> None:
    with no_file_longer_than(100), pytest.raises(OSError, match=FULL):
        write_through(tmp_path / "file", PDF)
    assert list(tmp_path.iterdir()) == []


# --- letters ---------------------------------------------------------------------------------------------------


def added(batches: PrintBatches, delivery: str) -> str:
    return batches.add(batch="b1", delivery_id=delivery, pdf=PDF, meta=META)


def test_after_a_full_disk_every_letter_goes_in_once(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    added(batches, "one")
    for size in (100, 520):  # no room for the letter; for the letter and no line
        with no_file_longer_than(size), pytest.raises(OSError, match=FULL):
            [added(batches, f"letter-{number}") for number in range(5)]
    for number in range(5):
        added(batches, f"letter-{number}")
    assert [letter.delivery_id for letter in batches.letters("b1")] == ["one", *(f"letter-{n}" for n in range(5))]
    assert batches.broken_lines("b1") == 0
    assert batches.withdraw("letter-3")
    assert len(batches.letters("b1")) == 5


@pytest.mark.parametrize(
    "broken", [b'{"delivery_id": "two", "fi', b"\n", b"[]\n", b'{"delivery_id": 1}\n', b"\xff\xfe\n"]
)
def test_a_broken_line_is_read_past_and_counted(tmp_path: Path, broken: bytes) -> None:
    batches = PrintBatches(tmp_path)
    added(batches, "one")
    manifest = tmp_path / "b1" / MANIFEST
    with manifest.open("ab") as file:
        file.write(broken)
    assert [letter.delivery_id for letter in batches.letters("b1")] == ["one"]
    assert batches.broken_lines("b1") == 1
    added(batches, "three")
    assert [letter.delivery_id for letter in batches.letters("b1")] == ["one", "three"]
    assert batches.withdraw("one")
    assert [letter.delivery_id for letter in batches.letters("b1")] == ["three"]
    assert batches.broken_lines("b1") == int(broken.endswith(b"\n"))  # half a line was cut off by the next one


# --- published files -------------------------------------------------------------------------------------------


def folder(tmp_path: Path) -> PublishedFiles:
    return PublishedFiles(tmp_path, re.compile(r"[a-z]+\.json"))


def test_a_published_file_is_never_overwritten(tmp_path: Path) -> None:
    files = folder(tmp_path)
    files.prepare("a.json", b"first")
    files.publish("a.json")
    with pytest.raises(FileExistsError):
        files.prepare("a.json", b"second")
    (tmp_path / ".a.json.part").write_bytes(b"second")  # prepared before the first was put there by somebody
    with pytest.raises(FileExistsError):
        files.publish("a.json")
    assert (tmp_path / "a.json").read_bytes() == b"first"


def test_a_crash_between_the_two_names_of_a_file_leaves_one(tmp_path: Path) -> None:
    files = folder(tmp_path)
    files.prepare("a.json", b"first")
    os.link(tmp_path / ".a.json.part", tmp_path / "a.json")
    files.publish("a.json")
    files.publish("a.json")
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["a.json"]


def test_a_file_without_room_can_be_prepared_again(tmp_path: Path) -> None:
    files = folder(tmp_path)
    with no_file_longer_than(3), pytest.raises(OSError, match=FULL):
        files.prepare("a.json", b"first")
    assert files.prepared() == []
    files.prepare("a.json", b"first")
    files.publish("a.json")
    assert (tmp_path / "a.json").read_bytes() == b"first"


def test_what_names_people_is_for_its_owner_alone(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path / "print")
    batches.add(batch="b-1", delivery_id="d-1", pdf=PDF, meta=META)
    published = PublishedFiles(tmp_path / "hand-off", re.compile(r"day\.json"))
    published.prepare("day.json", b"{}")
    published.publish("day.json")
    DropFolder(tmp_path / "bank-files")
    DirectDebitFolder(tmp_path / "direct-debit")
    made = [path for path in tmp_path.rglob("*") if path.name != ".lock"]
    assert {path.name for path in made} >= {"d-1.pdf", MANIFEST, "day.json", "done", "out"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(("mode", "open_to_all"), [(0o700, False), (0o750, False), (0o755, True), (0o701, True)])
def test_a_folder_that_anybody_may_look_into_is_known(tmp_path: Path, mode: int, open_to_all: bool) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    folder.chmod(mode)
    assert open_to_others(folder) is open_to_all
    assert not open_to_others(tmp_path / "not there yet")
