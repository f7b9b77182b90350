"""Invoices, credit notes and their changes over the API."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.web.door import Door, account_of, day, invoice


async def test_a_new_invoice_is_stored_with_its_case_and_the_news_that_starts_it(door: Door) -> None:
    answer = await door.send_invoice()
    assert (answer.status_code, answer.json()["status"]) == (201, "new")
    assert await door.news() == ["invoice_changed"]
    assert (await door.one("select count(*) from dunning_case where creditor_id = :c", c=door.creditor)) == 1


async def test_the_same_invoice_again_is_known_and_another_content_is_a_conflict(door: Door) -> None:
    await door.send_invoice()
    assert (await door.send_invoice()).status_code == 200
    other = await door.send_invoice(amount="900.00")
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert "credit note" in other.json()["detail"]


async def test_a_refused_invoice_names_each_field_and_stores_nothing(door: Door) -> None:
    answer = await door.client.post("/v1/invoices", json=invoice(amount="-1", due_date="soon"))
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"amount", "due_date"}
    assert await door.rows("select 1 from invoice where creditor_id = :c", c=door.creditor) == []


async def test_at_every_door_an_account_that_is_not_yours_is_warned_of_and_the_page_shows_your_own(door: Door) -> None:
    own, other = account_of(door.creditor), "15030000010"
    told = f"account {other} is not registered as the creditor's: debtors are shown {own} instead"
    alone = await door.send_invoice("1", account=other)
    assert (alone.status_code, alone.json()["warnings"]) == (201, [told])
    line = orjson.dumps(invoice("2", account=other, reference="2345676"))
    (bulk,) = (await door.client.post("/v1/invoices/bulk", content=line)).text.splitlines()
    assert orjson.loads(bulk)["body"]["warnings"] == [told]
    csv = f"number,issue_date,due_date,amount,currency,account,reference,debtor_name,debtor_city\n3,{day(0)},{day(14)},1,NOK,"
    sent = await door.client.post("/v1/invoice-files", content=f"{csv}{other},0044555258,Kari Nordmann,Oslo".encode())
    assert sent.json()["invoices"][0]["warnings"] == [told]
    for number in ("1", "2", "3"):
        page = (await door.client.get(await door.link(number=number))).text
        assert (own in page, other in page) == (True, False)


async def test_an_invoice_in_a_currency_without_a_policy_is_kept_and_told_to_wait_for_a_person(door: Door) -> None:
    answer = await door.send_invoice(currency="SEK")
    told = "the invoice is in SEK, policy no-gentle is for NOK: a person says by which policy the case goes"
    assert (answer.status_code, told in answer.json()["warnings"]) == (201, True)
    said = {"command": "choose_policy", "by": "anne", "reason_code": "checked", "policy": "se-standard"}
    assert (await door.client.post("/v1/invoices/1001/commands", json=said)).status_code < 300
    rows = await door.rows("select doubt from dunning_case where creditor_id = :c", c=door.creditor)
    assert [row.doubt for row in rows] == [None]


async def test_an_invoice_tells_how_it_stands_with_its_timeline(door: Door) -> None:
    await door.send_invoice()
    await door.pay(amount="100.00")
    standing = (await door.client.get("/v1/invoices/1001")).json()
    assert (standing["balance"], standing["state"]) == ("702.00", "open")
    assert [event["what"] for event in standing["timeline"]] == ["principal", "payment"]


async def test_what_a_buyer_finds_an_invoice_by_is_told_by_the_api_and_the_page(door: Door) -> None:
    found_by = {
        "order_reference": "4500012345",
        "buyer_reference": "Avd. 12",
        "cost_centre": "4100",
        "buyer_contact": "Ola",
    }
    await door.send_invoice(**found_by)
    standing = (await door.client.get("/v1/invoices/1001")).json()
    assert {name: standing[name] for name in found_by} == found_by
    page = (await door.client.get(await door.link())).text
    for label, told in (("Deres bestilling", "4500012345"), ("Deres referanse", "Avd. 12"), ("Kostnadssted", "4100")):
        assert f"<dt>{label}</dt><dd>{told}</dd>" in page


async def test_an_invoice_number_may_hold_a_slash(door: Door) -> None:
    await door.send_invoice("2026/17/b")
    assert (await door.client.get("/v1/invoices/2026/17/b")).json()["number"] == "2026/17/b"
    moved = await door.client.post("/v1/invoices/2026/17/b/due-date", json={"due_date": day(30)})
    assert moved.json() == {
        "number": "2026/17/b",
        "invoice": "2026/17/b",
        "due_date": day(30),
        "changed": True,
    }
    assert (await door.command("2026/17/b", command="hold")).status_code == 202


async def test_a_credit_note_lowers_what_is_owed_once(door: Door) -> None:
    await door.send_invoice()
    note = {"number": "K-1", "invoice_number": "1001", "issue_date": day(0), "currency": "NOK", "amount": "100.00"}
    assert (await door.client.post("/v1/credit-notes", json=note)).status_code == 201
    assert (await door.client.post("/v1/credit-notes", json=note)).status_code == 200
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "702.00"


async def test_more_credit_than_was_invoiced_is_booked_to_nothing_and_the_rest_is_told(door: Door) -> None:
    await door.send_invoice()
    note = {"number": "K-1", "invoice_number": "1001", "issue_date": day(0), "currency": "NOK", "amount": "802.01"}
    answer = await door.client.post("/v1/credit-notes", json=note)
    assert (answer.status_code, len(answer.json()["warnings"])) == (201, 1)
    assert "the other 0.01 NOK are not booked" in answer.json()["warnings"][0]
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "0.00"
    assert (await door.client.post("/v1/credit-notes", json=note | {"amount": "1.00"})).status_code == 409


async def test_a_lower_amount_is_booked_as_a_credit_note(door: Door) -> None:
    await door.send_invoice()
    lower = {"amount": "702.00", "credit_note": "K-2"}
    changed = await door.client.post("/v1/invoices/1001/amount", json=lower)
    assert changed.json() == {
        "number": "1001",
        "invoice": "1001",
        "amount": "702.00",
        "credited": "100.00",
    }
    again = await door.client.post("/v1/invoices/1001/amount", json=lower)
    assert again.json()["credited"] == "0.00"
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "702.00"


async def test_a_higher_amount_is_a_further_invoice(door: Door) -> None:
    await door.send_invoice()
    answer = await door.client.post("/v1/invoices/1001/amount", json={"amount": "803.00", "credit_note": "K-2"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:purr:problem:amount-raised")


async def test_another_due_date_starts_a_new_round_and_a_past_one_is_refused(door: Door) -> None:
    await door.send_invoice()
    assert (await door.client.post("/v1/invoices/1001/due-date", json={"due_date": day(40)})).json()["changed"]
    assert (await door.client.get("/v1/invoices/1001")).json()["round"] == 2
    past = await door.client.post("/v1/invoices/1001/due-date", json={"due_date": day(-1)})
    assert (past.status_code, past.json()["type"]) == (422, "urn:purr:problem:past-date")


async def test_one_key_and_one_request_are_done_once_and_answered_the_same(door: Door) -> None:
    headers = {"Idempotency-Key": "a"}
    first = await door.client.post("/v1/invoices", json=invoice(), headers=headers)
    again = await door.client.post("/v1/invoices", json=invoice(), headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")


async def test_one_key_for_another_request_is_refused(door: Door) -> None:
    headers = {"Idempotency-Key": "a"}
    await door.client.post("/v1/invoices", json=invoice(), headers=headers)
    other = await door.client.post("/v1/invoices", json=invoice("1002"), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:purr:problem:idempotency-key-reused")
    assert (await door.client.get("/v1/invoices/1002")).status_code == 404


async def test_a_refusal_does_not_use_up_its_key(door: Door) -> None:
    headers = {"Idempotency-Key": "a"}
    hold = {"command": "hold", "by": "anne", "reason_code": "asked"}
    assert (await door.client.post("/v1/invoices/1001/commands", json=hold, headers=headers)).status_code == 404
    await door.send_invoice()
    done = await door.client.post("/v1/invoices/1001/commands", json=hold, headers=headers)
    assert (done.status_code, "idempotent-replayed" in done.headers) == (202, False)


async def test_one_key_sent_at_the_same_time_is_done_once(door: Door) -> None:
    await door.send_invoice()
    hold = {"command": "hold", "by": "anne", "reason_code": "asked"}
    requests = [
        door.client.post("/v1/invoices/1001/commands", json=hold, headers={"Idempotency-Key": "h"}) for _ in range(8)
    ]
    assert {answer.status_code for answer in await asyncio.gather(*requests)} == {202}
    assert (
        await door.one(
            "select count(*) from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :c",
            c=door.creditor,
        )
        == 1
    )


async def test_two_creditors_may_use_the_same_idempotency_key(door: Door) -> None:
    other = {"Authorization": f"Bearer {await door.register(door.creditor + '-other')}", "Idempotency-Key": "a"}
    await door.client.post("/v1/invoices", json=invoice(), headers={"Idempotency-Key": "a"})
    assert (await door.client.post("/v1/invoices", json=invoice("7"), headers=other)).json()["number"] == "7"


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic a2V5", "Bearer", "Bearer \u00e6"])
async def test_without_a_valid_key_nothing_is_told(door: Door, key: str | None) -> None:
    headers = {b"Authorization": (key or "").encode("utf-8")}
    for answer in (
        await door.client.get("/v1/invoices/1001", headers=headers),
        await door.client.post("/v1/invoices", json=invoice(), headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_creditor_meets_nothing_of_another(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("letter")
    other = f"{door.creditor}-other"
    headers = {"Authorization": f"Bearer {await door.register(other)}"}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/v1/invoices/1001", None),
        ("POST", "/v1/invoices/1001/due-date", {"due_date": day(30)}),
        ("POST", "/v1/invoices/1001/amount", {"amount": "1.00", "credit_note": "K"}),
        ("POST", "/v1/invoices/1001/commands", {"command": "withdraw", "by": "x", "reason_code": "x"}),
        ("PATCH", "/v1/debtors/K-1", {"stop_reason": "deceased"}),
        ("POST", f"/v1/bank-accounts/{account_of(door.creditor)}/imported-through", {"through": day(0)}),
    ]
    for method, path, body in asked:
        answer = await door.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 404, path
    letter = await door.client.post(f"/v1/letters/{delivery}/returned", headers=headers)
    assert letter.status_code == 404
    payment = await door.client.post(
        "/v1/payments",
        headers=headers,
        json={"id": "p", "amount": "1.00", "currency": "NOK", "booked_on": day(0), "invoice_number": "1001"},
    )
    assert payment.json()["payments"][0]["status"] == "unmatched"
    named = await door.client.post("/v1/invoices", json=invoice("9", creditor=door.creditor), headers=headers)
    nobody = await door.client.post("/v1/invoices", json=invoice("9", creditor="nobody"), headers=headers)
    assert named.status_code == nobody.status_code == 422
    assert named.json()["type"] == nobody.json()["type"]
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "802.00"


async def test_an_invoice_that_is_past_due_is_taken_with_a_warning(door: Door) -> None:
    old = {"issue_date": day(-40), "due_date": day(-26)}
    told = (await door.client.post("/v1/invoices", json=invoice() | old)).json()
    assert f"due_date {day(-26)} is past and the case starts at once: tell with already_sent" in told["warnings"][-1]
    assert (await door.client.post("/v1/invoices", json=invoice() | old)).json()["warnings"] == []
    sent = [{"kind": "invoice", "channel": "email", "date": day(-40)}]
    other = invoice() | old | {"number": "1002", "reference": None, "already_sent": sent}
    told = (await door.client.post("/v1/invoices", json=other)).json()
    assert told["warnings"][-1] == f"due_date {day(-26)} is past and the case starts at once"


async def test_a_fault_of_the_name_is_one_fault(door: Door) -> None:
    answer = await door.send_invoice(debtor=invoice()["debtor"] | {"name": "X" * 201})
    assert [each["field"] for each in answer.json()["errors"]] == ["debtor.name"]


async def test_a_large_pdf_has_an_address_of_its_own(door: Door) -> None:
    await door.send_invoice()
    pdf = b"%PDF-1.7 " + b"x" * 2_000_000
    address = "/v1/invoices/1001/pdf"
    answers = [await door.client.put(address, content=each) for each in (b"<html>", pdf, pdf, pdf + b"y", pdf * 5)]
    assert [answer.status_code for answer in answers] == [422, 200, 200, 409, 413]
    assert [answer.json()["status"] for answer in answers[1:3]] == ["new", "known"]
    assert (await door.client.get(f"{await door.link()}/invoice.pdf")).content == pdf
    assert (await door.client.put("/v1/invoices/nobody/pdf", content=pdf)).status_code == 404
