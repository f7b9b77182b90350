"""Invoice files over the API: each invoice is answered, and what is no invoice file is refused whole."""

import httpx
import pytest

from tests.connectors.invoice_files.test_ubl import a_document
from tests.web.door import Door, day

HEAD = "kind,number,invoice_number,issue_date,due_date,amount,currency,debtor_name,debtor_city"


def line(number: str, amount: str = "802.00", due: str = "") -> str:
    return f"invoice,{number},,{day(0)},{due or day(14)},{amount},NOK,Kari Nordmann,Oslo"


def note(number: str, invoice: str) -> str:
    return f"credit_note,{number},{invoice},{day(0)},,100.00,NOK,,"


async def send(door: Door, *lines: str, key: str | None = None) -> httpx.Response:
    headers = {"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {})
    body = "\n".join([HEAD, *lines])
    return await door.client.post("/v1/invoice-files", content=body.encode(), headers=headers)


def told(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.text
    return [(each["place"], each["number"], each["status"]) for each in answer.json()["invoices"]]


async def test_each_invoice_of_a_file_is_stored_or_rejected_alone(door: Door) -> None:
    answer = await send(door, note("K-1", "1"), line("1"), line("2", "0"), line("3"))
    assert told(answer) == [
        ("line 3", "1", "new"),
        ("line 4", "2", "rejected"),
        ("line 5", "3", "new"),
        ("line 2", "K-1", "new"),
    ]
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (3, 1)
    assert answer.json()["invoices"][1]["reason"] == "amount is not more than 0"
    standing = await door.client.get("/v1/invoices/1")
    assert standing.json()["balance"] == "702.00"


async def test_the_same_file_again_is_known_and_changes_nothing(door: Door) -> None:
    lines = (line("1"), note("K-1", "1"))
    assert [status for _, _, status in told(await send(door, *lines))] == ["new", "new"]
    assert [status for _, _, status in told(await send(door, *lines))] == ["known", "known"]
    first = await send(door, line("2"), key="once")
    again = await send(door, line("2"), key="once")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert (await send(door, line("3"), key="once")).status_code == 422


async def test_a_file_for_another_creditor_is_rejected_row_by_row(door: Door) -> None:
    body = f"creditor,{HEAD}\nsomebody-else,{line('1')}".encode()
    (entry,) = (await door.client.post("/v1/invoice-files", content=body)).json()["invoices"]
    assert (entry["status"], "is asking" in entry["reason"]) == ("rejected", True)


async def test_an_old_invoice_is_taken_with_a_warning(door: Door) -> None:
    answer = await send(door, line("1", due=day(0)).replace(day(0), day(-40)))
    (entry,) = answer.json()["invoices"]
    assert entry["status"] == "new"
    assert any("is past and the case starts at once" in warning for warning in entry["warnings"])


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7", "the file is a PDF"),
        (b"<Order/>", "/Order: the file is XML, but no invoice"),
        (b"\n".join([HEAD.encode(), *(line(str(each)).encode() for each in range(1001))]), "more than 1000 invoices"),
    ],
)
async def test_what_is_no_invoice_file_or_too_long_is_refused_whole(door: Door, body: bytes, detail: str) -> None:
    answer = await door.client.post("/v1/invoice-files", content=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:file-refused")
    assert detail in answer.json()["detail"]
    assert await door.rows("select 1 from invoice where creditor_id = :c", c=door.creditor) == []


async def test_a_ubl_invoice_may_be_sent_as_it_is(door: Door) -> None:
    await door.rows("update creditor set organisation_number = '987654325' where id = :c returning 1", c=door.creditor)
    answer = await door.client.post("/v1/invoice-files", content=a_document().encode())
    assert told(answer) == [("/Invoice", "2026-1001", "new")]
