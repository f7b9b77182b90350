"""A dossier has what its recipient may see, as it was sent, the same bytes each time, and nothing of anybody else."""

import zipfile
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connectors.attachment_folder import AttachmentFolder
from connectors.dossier_zip import DossierZip
from domain.dossier import Recipient
from domain.vocabulary import Channel
from tests.store import NOW, Store
from views.dossier import write_dossier

pytest_plugins = ["tests.store"]

REPLY = """insert into reply (creditor_id, debtor_id, case_id, channel, sender, text, meaning, said_by, happened_at)
select creditor_id, debtor_id, id, 'email', 'kari@example.no', :text, :meaning, :said_by, :at from dunning_case where id = :case
returning id"""
FILE = """insert into reply_file (reply_id, position, name, media_type, size, content, happened_at)
values (:reply, :position, :name, :media_type, 3, :content, :at)"""
LINK = "https://purr.example/i/" + "a" * 39
EVERYBODY = list(Recipient)


async def fetched(store: Store, case: int, recipient: Recipient) -> bytes:
    into = BytesIO()
    async with store.database.transaction() as connection:
        zip_ = DossierZip(into)
        await write_dossier(connection, case, recipient, zip_, NOW, AttachmentFolder(Path("none is there")))
        zip_.close()
    return into.getvalue()


async def files_of(store: Store, case: int, recipient: Recipient) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(await fetched(store, case, recipient))) as zip_:
        assert zip_.testzip() is None
        return {name: zip_.read(name) for name in zip_.namelist()}


async def sent(store: Store, case: int, words: str, step: str = "reminder", **changes: Any) -> UUID:
    """An email that left with these words."""
    delivery = await store.claim(case, step, Channel.EMAIL, at=NOW - timedelta(days=5))
    await store.accept(delivery, NOW - timedelta(days=5))
    columns = {"document": '{"subject": "Purring", "text": "' + words + '"}'} | changes
    for column, value in columns.items():
        kind = "jsonb" if column == "document" else "text"
        await store.do(
            f"update delivery set {column} = cast(:value as {kind}) where id = :id", value=value, id=delivery
        )
    await store.event(delivery, "delivered", at=NOW - timedelta(days=4))
    return delivery


async def written(store: Store, case: int, text: str, meaning: str | None, said_by: str | None = None) -> int:
    values = {"case": case, "text": text, "meaning": meaning, "said_by": said_by, "at": NOW}
    (row,) = await store.rows(REPLY, **values)
    return int(row.id)


@pytest.mark.parametrize("recipient", EVERYBODY)
async def test_the_same_facts_give_the_same_bytes_with_a_checksum_of_each(store: Store, recipient: Recipient) -> None:
    case = await store.invoice()
    await sent(store, case, "Husk fakturaen")
    first, second = [await fetched(store, case, recipient) for _ in range(2)]
    assert first == second
    files = await files_of(store, case, recipient)
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: sha256(content).hexdigest() for name, content in files.items() if name != "SHA256SUMS"}


async def test_a_court_sees_the_words_as_sent_what_proves_them_and_every_booking(store: Store) -> None:
    case = await store.invoice()
    await sent(store, case, f"Husk fakturaen: {LINK}")
    await store.pay(amount=100)
    files = await files_of(store, case, Recipient.COURT)
    (message,) = [name for name in files if name.startswith("messages/")]
    assert message == "messages/001-2026-06-26-email-reminder.txt"
    assert files[message].decode() == "Purring\n\nHusk fakturaen: https://purr.example/i/…"
    assert b"sendgrid,delivered," in files["proofs.csv"]
    assert files["ledger.csv"].decode().splitlines()[-4:] == [
        ",,sum,principal,702.00,NOK,",
        ",,sum,interest,0,NOK,",
        ",,sum,fee,0,NOK,",
        ",,sum,owed,702.00,NOK,",
    ]
    page = files["index.html"].decode()
    assert "Storgata 1" in page
    assert f'href="{message}"' in page


async def test_who_needs_less_sees_less(store: Store) -> None:
    case = await store.invoice()
    await sent(store, case, "Husk fakturaen")
    await store.command(case, "dispute", reason_code="wrong-meter")
    await written(store, case, "Måleren er feil", "disagrees")
    seen = {recipient: await files_of(store, case, recipient) for recipient in EVERYBODY}
    has = {
        name: {r.value for r in EVERYBODY if any(f.startswith(name) for f in seen[r])}
        for name in ("messages", "replies", "proofs")
    }
    assert has == {
        "messages": {"partner", "board", "court"},
        "replies": {"board", "court"},
        "proofs": {"partner", "board", "court"},
    }
    pages = {recipient: files["index.html"].decode() for recipient, files in seen.items()}
    assert {r.value for r, page in pages.items() if "Storgata" in page} == {"partner", "court"}
    assert {r.value for r, page in pages.items() if "wrong-meter" in page} == {"partner", "board", "court"}
    assert all("Email: reminder" in page for page in pages.values())
    assert not any("ola" in page for page in pages.values()), (
        "who of the creditor's people decided is nobody's business"
    )


@pytest.mark.parametrize("recipient", EVERYBODY)
async def test_nothing_of_a_life_a_helper_or_another_case_is_in_any_dossier(store: Store, recipient: Recipient) -> None:
    case = await store.invoice()
    other = await store.invoice("2026-SECRET", reference="006402710021")
    await sent(store, case, "HELPER Per Rådgiver", addressee="adviser")
    await sent(store, case, "OTHER faktura 2026-SECRET", step="reminder-2")
    joint = await sent(store, case, "JOINT brev", step="reminder-3")
    await store.do(
        "insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee) "
        "values (:id, :case, 1, 'reminder-3', 'email', false)",
        id=joint,
        case=other,
    )
    await store.command(case, "hold", reason_code="in-hospital", note="HEALTH: she is ill")
    for words, meaning, by in (
        ("HEALTH: I am ill", None, None),
        ("HEALTH: I need the machine", "in danger", None),
        ("HELPER says she disagrees", "disagrees", "adviser"),
    ):
        await written(store, case, words, meaning, by)
    await store.known("deceased")
    closed = """insert into hand_off (creditor_id, case_id, state, reason, reason_code, happened_at, exported_at, closed_at)
        select creditor_id, id, 'closed', 'HEALTH: died in May', 'deceased', :at, :at, :at from dunning_case where id = :case"""
    await store.do(closed, case=case, at=NOW)
    everything = b"\n".join((await files_of(store, case, recipient)).values()).decode()
    for secret in ("HEALTH", "HELPER", "OTHER", "JOINT", "SECRET", "hospital", "deceased", "in danger", "Rådgiver"):
        assert secret not in everything


async def test_with_a_protected_address_nothing_shows_it(store: Store) -> None:
    case = await store.invoice()
    letter = await store.claim(case, "reminder", Channel.LETTER, at=NOW)
    await store.accept(letter)
    await store.do("update delivery set pdf = '%PDF Storgata' where id = :id", id=letter)
    await store.known("protected address")
    for recipient in EVERYBODY:
        everything = b"\n".join((await files_of(store, case, recipient)).values())
        assert b"Storgata" not in everything


async def test_attachments_have_names_that_lead_nowhere_and_are_what_they_say(store: Store) -> None:
    case = await store.invoice()
    reply = await written(store, case, "<script>alert(1)</script>", "disagrees")
    names = ("../../etc/passwd", "CON", "\u202efdp.exe", "a/b\\c.pdf", "måler <b>.pdf", "måler <b>.pdf", "")
    for position, name in enumerate(names, start=1):
        values = {"reply": reply, "position": position, "name": name, "content": b"%PDF", "at": NOW}
        await store.do(FILE, **values, media_type="application/pdf" if position < 7 else None)
    files = await files_of(store, case, Recipient.BOARD)
    assert sorted(name for name in files if name.startswith("replies/001/")) == [
        "replies/001/001-etc-passwd.pdf",
        "replies/001/002-con.pdf",
        "replies/001/003-fdp.pdf",
        "replies/001/004-a-b-c.pdf",
        "replies/001/005-maler-b.pdf",
        "replies/001/006-maler-b.pdf",
    ]
    page = files["index.html"].decode()
    assert "1 files are left out" in page
    assert "<script" not in page


async def test_an_invoice_whose_number_is_hostile_is_told_as_it_is_and_runs_nothing(store: Store) -> None:
    await store.do("update creditor set name = '<img src=x onerror=alert(1)>' where id = 'acme'")
    case = await store.invoice("1001")
    page = (await files_of(store, case, Recipient.VAT))["index.html"].decode()
    assert "<img" not in page
    assert "default-src 'none'" in page
