"""An invoice's own PDF is kept once, and an invoice keeps the one it has."""

import pytest

from domain.invoices.own_pdf import LARGEST_PDF
from facts.invoices.own_pdf import pdfs_of
from tests.facts.invoices.test_invoices import imported
from tests.store import Store
from tests.world import debtor

PDF, OTHER = b"%PDF-1.7 a", b"%PDF-1.7 b"
HAS = "select p.content from invoice i join invoice_pdf p on p.sha256 = i.pdf_sha256 and p.creditor_id = i.creditor_id"


async def kept(store: Store) -> list[bytes]:
    return [bytes(row.content) for row in await store.rows(f"{HAS} order by i.number")]


async def test_the_same_pdf_of_two_invoices_is_kept_once(store: Store) -> None:
    await imported(store, pdf=PDF)
    await imported(store, "1002", pdf=PDF)
    await imported(store, "1003")
    assert await kept(store) == [PDF, PDF]
    assert await store.one("select count(*) from invoice_pdf") == 1
    async with store.database.transaction() as connection:
        ids = [row.id for row in await store.rows("select id from invoice")]
        assert [each.number for each in await pdfs_of(connection, ids, LARGEST_PDF)] == ["1001", "1002"]


@pytest.mark.parametrize(
    ("first", "again", "has", "told"),
    [
        (None, PDF, PDF, 0),
        (PDF, PDF, PDF, 0),
        (PDF, None, PDF, 0),
        (PDF, OTHER, PDF, 1),
    ],
)
async def test_a_known_invoice_gets_its_pdf_later_and_keeps_it(
    store: Store, first: bytes | None, again: bytes | None, has: bytes, told: int
) -> None:
    await imported(store, pdf=first)
    known = await imported(store, pdf=again)
    assert (known.status, len(known.warnings), await kept(store)) == ("known", told, [has])
    assert await store.one("select count(*) from outbox") == 1


async def test_one_that_was_erased_is_gone_until_it_comes_again(store: Store) -> None:
    await imported(store, pdf=PDF, debtor=debtor())
    await store.do("update invoice_pdf set content = ''")
    invoice = await store.one("select id from invoice")
    async with store.database.transaction() as connection:
        assert await pdfs_of(connection, [invoice], LARGEST_PDF) == []
    await imported(store, pdf=PDF, debtor=debtor())
    async with store.database.transaction() as connection:
        assert [each.content for each in await pdfs_of(connection, [invoice], LARGEST_PDF)] == [PDF]


async def test_what_is_more_than_a_message_carries_is_named_without_its_content(store: Store) -> None:
    for number, pdf in (("1001", PDF), ("1002", OTHER), ("1003", PDF)):
        await imported(store, number, pdf=pdf)
    ids = [row.id for row in await store.rows("select id from invoice")]
    async with store.database.transaction() as connection:
        read = await pdfs_of(connection, ids, most=2 * len(PDF))
    assert [(each.number, each.content) for each in read] == [("1001", PDF), ("1002", OTHER), ("1003", None)]
