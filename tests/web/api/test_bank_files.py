"""Bank files over the API: the same road as the folder's, answered at once, and nobody else's accounts."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest

from activities.bank_files import CHUNK
from domain.countries.no import kid_with_check_digit
from simulator.offices.bank import Order, ocr_file
from tests.begin import BEGIN, TODAY
from tests.connectors.bank_files.test_order_status import report
from tests.web.door import Door

PLACE = "/v1/bank-files"
KID = kid_with_check_digit("00640271001")


def own_account(door: Door) -> str:
    number, _, next_to = door.creditor[1:].partition("-")
    return f"{15_040_000_000 + 1_000_000 * bool(next_to) + int(number)}"


async def with_account(door: Door, account: str | None = None, creditor: str | None = None) -> str:
    """The creditor has this account."""
    given = account or own_account(door)
    await door.rows(
        "insert into bank_account (creditor_id, account, happened_at) values (:c, :a, :now) returning 1",
        c=creditor or door.creditor,
        a=given,
        now=BEGIN,
    )
    return given


def ocr(account: str, *orders: tuple[str, str], more: Sequence[str] = ()) -> bytes:
    """An OCR giro file of (KID, amount) on the account."""
    told = [Order(account, kid, Decimal(amount)) for kid, amount in orders]
    return ocr_file(TODAY, (account, *more), told).encode("latin-1")


async def send(door: Door, content: bytes, **more: Any) -> httpx.Response:
    return await door.client.post(PLACE, content=content, **more)


async def test_a_file_is_booked_and_the_answer_says_what_became_of_it(door: Door) -> None:
    account = await with_account(door)
    await door.send_invoice(reference=KID)
    answer = await send(door, ocr(account, (KID, "800.00"), ("12345674", "5.00")))
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert (told["format"], told["state"], told["waits"], told["flags"]) == ("ocr-giro", "done", False, [])
    assert (told["transactions"], told["booked"], told["review"], told["known"]) == (2, 1, 1, 0)
    assert told["totals"] == {"NOK": "805.00"}
    assert told["imported_through"] == [{"account": account, "through": str(TODAY)}]
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "2.00"
    (waiting,) = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    assert waiting["reference"] == "12345674"


async def test_a_form_brings_the_same_file(door: Door) -> None:
    content = ocr(await with_account(door), (KID, "800.00"))
    sent = await door.client.post(PLACE, files={"file": ("OCR.txt", content)})
    again = await send(door, content)
    assert (sent.status_code, sent.json()["id"]) == (200, again.json()["id"])
    assert (sent.json()["review"], again.json()["review"], again.json()["known"]) == (1, 0, 1)


@pytest.mark.parametrize("form", [{"other": ("a", b"b")}, {"file": (None, "a text")}])
async def test_a_form_without_a_file_is_refused(door: Door, form: Any) -> None:
    assert (await door.client.post(PLACE, files=form)).status_code in (400, 422)


async def test_the_same_content_books_nothing_twice_with_or_without_a_key(door: Door) -> None:
    account = await with_account(door)
    await door.send_invoice(reference=KID)
    content, headers = ocr(account, (KID, "100.00")), {"Idempotency-Key": "file-1"}
    first, replayed = [await send(door, content, headers=headers) for _ in range(2)]
    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == (first.json(), "true")
    assert (await send(door, content)).json()["known"] == 1
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "702.00"
    other = await send(door, ocr(account, (KID, "50.00")), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:purr:problem:idempotency-key-reused")
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "702.00"


async def test_the_same_file_sent_at_the_same_time_books_once(door: Door) -> None:
    account = await with_account(door)
    await door.send_invoice(reference=KID)
    content = ocr(account, (KID, "100.00"))
    answers = await asyncio.gather(*(send(door, content) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await send(door, content)).json()["state"] == "done"
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "702.00"


async def test_what_contradicts_itself_waits_until_a_person_accepts_it(door: Door) -> None:
    account = await with_account(door)
    await door.send_invoice(reference=KID)
    content = ocr(account, (KID, "100.00"))
    torn = content[: content.rindex(b"NY000089")]
    waiting = (await send(door, torn)).json()
    assert (waiting["state"], waiting["waits"], waiting["booked"]) == ("flagged", True, 0)
    assert waiting["flags"]
    accepted = (await send(door, torn, params={"accepted_by": "anne"})).json()
    assert (accepted["booked"], accepted["waits"]) == (1, False)
    assert (await send(door, torn, params={"accepted_by": "purr"})).status_code == 422


async def test_a_file_that_takes_longer_than_its_sender_waits_goes_on_when_it_is_sent_again(
    door: Door, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = CHUNK if full else 50
    monkeypatch.setattr("activities.bank_files.CHUNK", chunk)
    account = await with_account(door)
    content = ocr(account, *((kid_with_check_digit(f"{number:010}"), "1.00") for number in range(chunk + 10)))
    headers = {"Idempotency-Key": "long", "Prefer": "respond-async, wait=0"}
    begun = await send(door, content, headers=headers)
    assert (begun.status_code, begun.json()["state"]) == (202, "booking")
    assert (begun.json()["review"], begun.json()["imported_through"]) == (chunk, [])
    assert "idempotent-replayed" not in begun.headers
    done = await send(door, content, headers={"Idempotency-Key": "long"})
    assert (done.status_code, done.json()["state"], done.json()["review"]) == (200, "done", chunk + 10)
    again = await send(door, content, headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (done.json(), "true")


@pytest.mark.parametrize("whose", ["nobody", "another", "also another"])
async def test_a_file_with_an_account_that_is_not_the_creditors_alone_is_refused_whole_and_alike(
    door: Door, whose: str
) -> None:
    own, others = await with_account(door), f"{15_050_000_000 + int(door.creditor[1:])}"
    if whose != "nobody":
        neighbour = f"{door.creditor}-neighbour"
        await door.register(neighbour)
        await with_account(door, others, neighbour)
    if whose == "also another":
        await with_account(door, others)
    await door.send_invoice(reference=KID)
    for content in (ocr(others, (KID, "100.00")), ocr(own, (KID, "100.00"), more=(others,))):
        refused = await send(door, content)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:purr:problem:file-refused")
        assert refused.json()["detail"].startswith(f"account {others} is not yours alone")
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "802.00"
    assert await door.rows("select 1 from bank_file where flags::text like :a", a=f"%{others}%") == []


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"number;amount\n1;2\n", b"<Invoice/>", b"NY0000"])
async def test_what_is_no_bank_file_is_refused_in_words(door: Door, content: bytes) -> None:
    answer = await send(door, content)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:file-refused")


async def test_a_file_that_is_too_large_is_refused(door: Door) -> None:
    answer = await send(door, b"NY000010" * 700_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:purr:problem:content-too-large")


async def test_the_banks_answer_to_somebody_elses_file_of_refunds_is_refused(door: Door) -> None:
    neighbour, message = f"{door.creditor}-neighbour", f"PURR{int(door.creditor[1:]):024}"
    await door.register(neighbour)
    await door.rows(
        """insert into refund_file (creditor_id, name, message_id, execute_on, orders, total, currency, by, content, happened_at)
        values (:c, :m, :m, :day, 1, 1, 'NOK', 'kim', '', :now) returning 1""",
        c=neighbour,
        m=message,
        day=TODAY,
        now=BEGIN,
    )
    answer = report("", "<GrpSts>RJCT</GrpSts>", message=message).encode()
    refused = await send(door, answer)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:purr:problem:file-refused")
    assert refused.json()["detail"] == "it answers orders that are not yours: send the answers to your own files"
    nobodys = await send(door, answer.replace(message.encode(), f"PURR{'F' * 24}".encode()))
    assert (nobodys.status_code, nobodys.json()["format"], nobodys.json()["transactions"]) == (200, "pain.002", 0)
    assert nobodys.json()["flags"] == [f"PURR{'F' * 24} is no refund, nor a file of refunds"]
