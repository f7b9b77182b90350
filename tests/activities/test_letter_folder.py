"""Letters that a scanner leaves: each a reply once, put away beside what became of it."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from activities.letter_folder import LetterFolder
from connectors.attachment_folder import AttachmentFolder
from connectors.drop_folder import DropFolder
from tests.connectors.test_letter_text import scanned
from tests.store import PLANNING, Store


@pytest.fixture
def place(tmp_path: Path, a_while_later: None) -> Path:
    folder = tmp_path / "letters-in"
    DropFolder(folder)
    return folder


def report(place: Path, where: str, name: str) -> Any:
    return orjson.loads((place / where / f"{name}.report.json").read_bytes())


async def test_letters_are_taken_once_and_what_is_none_is_refused(store: Store, place: Path, tmp_path: Path) -> None:
    await store.invoice()
    reference = await store.one("select reference from invoice")
    attachments = AttachmentFolder(tmp_path / "attachments")
    (place / "a.pdf").write_bytes(scanned("Jeg har betalt.", f"KID {reference}"))
    (place / "b.pdf").write_bytes(scanned("Jeg har betalt.", f"KID {reference}"))
    (place / "c.pdf").write_bytes(scanned("x", password="x"))
    (place / "d.pdf").write_bytes(b"MZ")
    (place / "e.pdf").write_bytes(b"%PDF-1.7" + b"\0" * 8_000_001)
    folder = LetterFolder(store.database, PLANNING, attachments, None, place)
    assert await folder.look() == 5
    assert await folder.look() == 0
    kept = await store.rows("select id, debtor_id, tied_by, text from reply order by id")
    assert [(row.debtor_id is not None, row.tied_by) for row in kept] == [(True, "reference"), (False, None)]
    assert report(place, "done", "b.pdf") == {"file": "b.pdf", "reply": kept[0].id, "came_before": True, "unread": None}
    assert report(place, "done", "c.pdf")["unread"] == "encrypted"
    assert [report(place, "refused", name)["reason"] for name in ("d.pdf", "e.pdf")] == ["other", "too large"]
    assert len(attachments.names()) == 2
