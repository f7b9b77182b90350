"""The batches that the printer collects: each letter once, whole, and with its line."""

import hashlib
from pathlib import Path

import pytest

from channels.print_batches import BatchClosedError, LetterMeta, PrintBatches

META = LetterMeta(creditor="nordkraft", country="NO", pages=1)


def test_a_letter_lands_in_its_batch_with_a_line_for_the_printer(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    place = batches.add(batch="2026-11-23-nordkraft", delivery_id="d1", pdf=b"%PDF one", meta=META)
    assert (tmp_path / place).read_bytes() == b"%PDF one"
    (line,) = batches.letters("2026-11-23-nordkraft")
    assert (line.delivery_id, line.file, line.pages) == ("d1", "d1.pdf", 1)
    assert line.sha256 == hashlib.sha256(b"%PDF one").hexdigest()
    assert batches.batches() == ["2026-11-23-nordkraft"]


def test_the_same_delivery_is_printed_once_even_on_another_day(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    first = batches.add(batch="2026-11-23-nordkraft", delivery_id="d1", pdf=b"one", meta=META)
    assert batches.add(batch="2026-11-24-nordkraft", delivery_id="d1", pdf=b"two", meta=META) == first
    assert (tmp_path / first).read_bytes() == b"one"
    assert batches.batches() == ["2026-11-23-nordkraft"]


def test_a_crash_between_letter_and_manifest_is_mended_by_the_retry(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "d1.pdf").write_bytes(b"one")
    batches.add(batch="b", delivery_id="d1", pdf=b"one", meta=META)
    assert [line.delivery_id for line in batches.letters("b")] == ["d1"]


def test_a_letter_not_yet_posted_is_taken_out(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    place = batches.add(batch="b", delivery_id="d1", pdf=b"one", meta=META)
    batches.add(batch="b", delivery_id="d2", pdf=b"two", meta=META)
    assert batches.withdraw("d1")
    assert not batches.withdraw("d1")
    assert not (tmp_path / place).exists()
    assert [line.delivery_id for line in batches.letters("b")] == ["d2"]


def test_a_batch_at_the_printer_takes_and_gives_no_letters(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    batches.add(batch="b", delivery_id="d1", pdf=b"one", meta=META)
    batches.close("b")
    assert not batches.withdraw("d1")
    with pytest.raises(BatchClosedError, match="later batch"):
        batches.add(batch="b", delivery_id="d2", pdf=b"two", meta=META)


@pytest.mark.parametrize("name", ["../out", "", "a/b", ".hidden"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        PrintBatches(tmp_path).add(batch=name, delivery_id="d1", pdf=b"one", meta=META)
    with pytest.raises(ValueError, match="no name"):
        PrintBatches(tmp_path).withdraw(name)


def test_the_house_is_told_the_ways_in_order_and_the_customer_and_the_printer_nothing_of_them(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    ways = ("digital mailbox", "paper")
    house = LetterMeta(creditor="nordkraft", country="NO", pages=1, ways=ways, customer_number="K-1")
    batches.add(batch="b-1", delivery_id="d1", pdf=b"one", meta=META)
    batches.add(batch="b-h1", delivery_id="d2", pdf=b"two", meta=house)
    (printed,), (carried,) = (
        (tmp_path / batch / "manifest.jsonl").read_text().splitlines() for batch in ("b-1", "b-h1")
    )
    assert "ways" not in printed
    assert "customer_number" not in printed
    assert '"ways":["digital mailbox","paper"],"customer_number":"K-1"' in carried
    (line,) = batches.letters("b-h1")
    assert (tuple(line.ways), line.customer_number) == (ways, "K-1")


def test_an_e_invoice_lies_beside_its_letter_and_goes_with_it(tmp_path: Path) -> None:
    batches = PrintBatches(tmp_path)
    batches.add(batch="b-h1", delivery_id="d1", pdf=b"one", meta=META, e_invoice=b"<Invoice/>")
    (line,) = batches.letters("b-h1")
    assert (line.e_invoice, (tmp_path / "b-h1" / "d1.xml").read_bytes()) == ("d1.xml", b"<Invoice/>")
    assert batches.withdraw("d1")
    assert not (tmp_path / "b-h1" / "d1.xml").exists()
