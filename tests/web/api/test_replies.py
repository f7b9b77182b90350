"""Replies over the API, by SMS, and from the four forms of the invoice page."""

from uuid import uuid4

import pytest

from connectors.ids import Kind
from tests.web.door import TODAY, Door, day, invoice
from tests.web.webhooks.test_twilio import INBOUND, an_invoice_with, number


async def texted(door: Door, words: str, sender: str, **form: str) -> str:
    answer = await door.twilio(INBOUND, From=sender, MessageSid=f"SM{uuid4().hex}", Body=words, **form)
    return answer.text


async def told(door: Door, what: str, **form: str) -> str:
    """Press a form of the page; gives the page that follows."""
    link = await door.link()
    pressed = await door.client.post(f"{link}/{what}", data=form)
    assert pressed.status_code == 303
    return (await door.client.get(pressed.headers["location"].partition("#")[0])).text


async def test_a_reply_is_listed_with_its_words_read_once_and_stands_in_the_timeline(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    await texted(door, "Hva gjelder dette?", phone)
    (reply,) = (await door.client.get("/v1/replies")).json()["replies"]
    assert (reply["text"], reply["channel"], reply["invoices"], reply["meaning"]) == (
        "Hva gjelder dette?",
        "sms",
        ["1001"],
        None,
    )
    for changed in (True, False):
        done = await door.client.post(f"/v1/replies/{reply['id']}/done", json={"by": "anne", "result": "called"})
        assert done.json() == {"id": reply["id"], "changed": changed}
    assert (await door.client.get("/v1/replies")).json()["replies"] == []
    (kept,) = (await door.client.get("/v1/replies?finished=true")).json()["replies"]
    assert (kept["done_by"], kept["result"]) == ("anne", "called")
    timeline = (await door.client.get("/v1/invoices/1001")).json()["timeline"]
    assert [each["detail"]["text"] for each in timeline if each["what"] == "reply by sms"] == ["Hva gjelder dette?"]
    none = await door.id_of(Kind.REPLY, 999_999)
    unknown = await door.client.post(f"/v1/replies/{none}/done", json={"by": "anne"})
    assert (unknown.status_code, unknown.json()["detail"]) == (404, f"no reply {none}: `replies list` names them")


async def test_what_somebody_wrote_stands_before_what_it_led_to(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    await texted(door, "Trenger litt mer tid", phone)
    happened = [each["what"] for each in (await door.client.get("/v1/invoices/1001")).json()["timeline"]]
    assert [each for each in happened if each in ("reply by sms", "hold", "reply task")] == [
        "reply by sms",
        "hold",
        "reply task",
    ]


async def test_a_picture_without_words_is_a_reply_too(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    await texted(door, "", phone, NumMedia="1")
    (reply,) = (await door.client.get("/v1/replies")).json()["replies"]
    assert reply["text"] == "(a picture or file)"


async def test_a_stranger_is_answered_kindly_and_once(door: Door) -> None:
    stranger = number()
    assert "Vi kjenner ikke dette nummeret" in await texted(door, "Hei", stranger)
    assert (await texted(door, "Hei igjen", stranger)).endswith("<Response/>")
    kept = await door.rows("select text, creditor_id from reply where sender = :s order by id", s=stranger)
    assert [tuple(row) for row in kept] == [("Hei", None), ("Hei igjen", None)]


async def test_one_who_has_paid_says_when_and_is_left_in_peace(door: Door) -> None:
    await door.send_invoice()
    assert "Vi leter etter betalingen" in await told(door, "paid", on=str(TODAY))
    standing = (await door.client.get("/v1/invoices/1001")).json()
    assert standing["on_hold"]
    assert (await door.client.get("/v1/replies")).json()["replies"] == []  # nobody need read it
    (kept,) = await door.rows("select text, meaning, channel from reply where creditor_id = :c", c=door.creditor)
    assert tuple(kept) == (f"{TODAY}.", "paid", "page")


async def test_one_who_needs_time_says_what_would_go(door: Door) -> None:
    await door.send_invoice()
    assert "Skriv hva du trenger" in await told(door, "more-time", words=" ")
    assert "Takk for beskjeden" in await told(door, "more-time", words="Lønn den 12.\r\n<b>Takk</b>")
    (reply,) = (await door.client.get("/v1/replies")).json()["replies"]
    assert reply["text"] == "Lønn den 12.\n<b>Takk</b>"


async def test_one_who_disagrees_has_a_dispute(door: Door) -> None:
    await door.send_invoice()
    assert "Vi har fått innvendingen din" in await told(door, "disagree", words="Måleren er feil")
    assert (await door.client.get("/v1/invoices/1001")).json()["disputed"]


async def test_one_whom_it_does_not_concern_sees_nothing_more_of_it(door: Door) -> None:
    mail = f"{uuid4().hex}@example.no"
    await door.send_invoice(debtor=invoice()["debtor"] | {"email": mail})
    delivery = await door.claimed()
    link = await door.link(delivery)
    pressed = await door.client.post(f"{link}/not-me")
    assert pressed.status_code == 303
    page = (await door.client.get(link)).text
    assert "Takk for beskjeden" in page
    for secret in ("802", "Acme", "006402710013", "Nettleie"):
        assert secret not in page
    for form in ("pay/vipps", "paid", "promise", "disagree"):
        answer = await door.client.post(f"{link}/{form}", data={"words": "x", "pay_by": str(TODAY)})
        assert answer.status_code == 404
    row = await door.delivery(delivery)
    assert (row.state, row.read_by, row.contact) == ("failed", None, "wrong")


@pytest.mark.parametrize("what", ["paid", "more-time", "disagree"])
async def test_nothing_is_said_about_what_is_paid(door: Door, what: str) -> None:
    await door.send_invoice()
    await door.pay()
    await told(door, what, words="hei")
    assert (await door.client.get("/v1/replies")).json()["replies"] == []


async def test_a_wrong_link_says_nothing_for_anybody(door: Door) -> None:
    await door.send_invoice()
    for what in ("paid", "more-time", "disagree", "not-me"):
        assert (await door.client.post(f"/i/1.2.3.forged/{what}", data={"words": "x"})).status_code == 404


async def test_a_call_is_taken_once_and_the_thread_is_the_debtors_alone(door: Door) -> None:
    await door.send_invoice()
    call = {"channel": "phone", "topic": "needs time", "by": "anne", "text": "fra januar", "invoice": "1001"}
    headers = {"Idempotency-Key": "call-1"}
    first, again = [await door.client.post("/v1/replies", json=call, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    (message,) = (await door.client.get("/v1/debtors/K-1/thread")).json()["messages"]
    assert (message["text"], message["about"], message["state"]) == ("fra januar", "needs time", "unread")
    (listed,) = (await door.client.get("/v1/replies?where=topic%3Dneeds%20time")).json()["data"]
    assert (listed["channel"], listed["taken_by"]) == ("phone", "anne")
    (counted,) = (await door.client.get(f"/v1/replies/counted?since={day(-1)}")).json()["counts"]
    assert counted == {"channel": "phone", "topic": "needs time", "contacts": 1, "debtors": 1}
    assert (await door.client.get("/v1/debtors/nobody/thread")).status_code == 404
