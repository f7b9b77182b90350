"""Twilio's status callbacks and what people write back."""

from uuid import uuid4

import pytest

from simulator.emulators.twilio import signed
from tests.web.door import TWILIO_TOKEN, Door, invoice

INBOUND = "/webhooks/twilio/inbound"


def number() -> str:
    return f"+479{uuid4().int % 10**7:07}"


async def an_invoice_with(door: Door, phone: str, invoice_number: str = "1001") -> None:
    debtor = invoice()["debtor"] | {"phone": phone, "customer_number": invoice_number}
    answer = await door.send_invoice(invoice_number, debtor=debtor)
    assert answer.status_code == 201


async def an_invoice_by_whatsapp(door: Door, phone: str) -> None:
    debtor = invoice()["debtor"] | {"phone": phone, "whatsapp": phone, "customer_number": "1001"}
    assert (await door.send_invoice("1001", debtor=debtor)).status_code == 201


async def contact(door: Door, phone: str) -> list[str]:
    rows = await door.rows("select state from contact_point where channel = 'sms' and address = :a", a=phone)
    return [row.state for row in rows]


@pytest.mark.parametrize(
    ("status", "error", "state", "read", "of_contact"),
    [
        ("queued", "", "accepted", None, "valid"),
        ("sent", "", "accepted", None, "valid"),
        ("delivered", "", "accepted", None, "valid"),
        ("read", "", "accepted", "read receipt", "valid"),
        ("undelivered", "30003", "failed", None, "bounced"),
        ("failed", "21211", "failed", None, "bounced"),
        ("undelivered", "30008", "failed", None, "valid"),
        ("undelivered", "30007", "failed", None, "valid"),
        ("failed", "21610", "failed", None, "opted out"),
    ],
)
async def test_a_status_says_what_became_of_an_sms(
    door: Door, status: str, error: str, state: str, read: str | None, of_contact: str
) -> None:
    await an_invoice_with(door, number())
    delivery = await door.claimed("sms")
    form = {"MessageSid": f"SM{uuid4().hex}", "MessageStatus": status} | ({"ErrorCode": error} if error else {})
    answer = await door.twilio(f"/webhooks/twilio/status?delivery={delivery}", **form)
    assert answer.status_code == 204
    row = await door.delivery(delivery)
    assert (row.state, row.read_by, row.contact) == (state, read, of_contact)


async def test_statuses_out_of_order_and_twice_are_harmless(door: Door) -> None:
    await an_invoice_with(door, number())
    delivery = await door.claimed("sms", fee="35.00")
    sid = f"SM{uuid4().hex}"
    for status in ("delivered", "sent", "delivered", "queued"):
        await door.twilio(f"/webhooks/twilio/status?delivery={delivery}", MessageSid=sid, MessageStatus=status)
    row = await door.delivery(delivery)
    assert (row.state, row.provider_id) == ("accepted", sid)
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "837.00"


async def test_a_status_we_do_not_know_or_of_nothing_of_ours_is_accepted(door: Door) -> None:
    for form in ({"MessageSid": "SM1", "MessageStatus": "teleported"}, {"MessageSid": "SM2", "MessageStatus": "sent"}):
        answer = await door.twilio(f"/webhooks/twilio/status?delivery={uuid4()}", **form)
        assert answer.status_code == 204


async def test_a_forged_post_changes_nothing(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    delivery = await door.claimed("sms")
    path = f"/webhooks/twilio/status?delivery={delivery}"
    form = {"MessageSid": "SM3", "MessageStatus": "delivered"}
    body, good = signed(TWILIO_TOKEN, f"https://purr.example{path}", form)
    _, forged = signed("another-token", f"https://purr.example{path}", form)
    other = f"/webhooks/twilio/status?delivery={uuid4()}"
    for place, content, headers in (
        (path, body, forged),
        (path, body + b"&MessageStatus=read", good),
        (other, body, good),
        (path, b"", good),
        (path, b"\xff\xfe", good),
        (path, body, {}),
    ):
        answer = await door.client.post(place, content=content, headers=headers)
        assert answer.status_code == 401
    stop, headers = signed("another-token", f"https://purr.example{INBOUND}", {"From": phone, "Body": "STOP"})
    assert (await door.client.post(INBOUND, content=stop, headers=headers)).status_code == 401
    assert (await door.delivery(delivery)).state == "claimed"
    assert await contact(door, phone) == ["valid"]


@pytest.mark.parametrize(
    "word",
    [
        *("STOP", "stopp", " Stop. ", "AVSLUTT", "avmeld", "Unsubscribe", "S T O P"),
        *("“STOP”", "OPT-OUT", "stop,", "STOP\nSendt fra mobilen min", "Stop 🛑", "stop\r\nSent from my iPhone"),
        *("\uff33\uff34\uff2f\uff30", "stop.\n\nMvh Kari", "Stopp!\r\nVennlig hilsen\r\nKari Nordmann"),
    ],
)
async def test_stop_opts_the_number_out_of_sms_for_every_creditor_and_start_in_again(door: Door, word: str) -> None:
    await an_invoice_with(door, phone := number(), "1001")
    await an_invoice_with(door, phone, "1002")
    answer = await door.twilio(INBOUND, From=phone, To="+4759440000", MessageSid=f"SM{uuid4().hex}", Body=word)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text.endswith("<Response/>")
    assert await contact(door, phone) == ["opted out", "opted out"]
    assert await door.news("1002") == ["invoice_changed", "debtor_changed"]
    await door.twilio(INBOUND, From=phone, MessageSid=f"SM{uuid4().hex}", Body="Start")
    assert await contact(door, phone) == ["valid", "valid"]


@pytest.mark.parametrize(
    ("told", "words", "states"),
    [
        ("STOP", "SLUTT", ["opted out"]),
        ("START", "Ja takk", ["valid"]),
        ("HELP", "HJELP", ["valid"]),
    ],
)
async def test_what_the_provider_made_of_a_message_counts(door: Door, told: str, words: str, states: list[str]) -> None:
    await an_invoice_with(door, phone := number())
    if told == "START":
        await door.twilio(INBOUND, From=phone, MessageSid=f"SM{uuid4().hex}", Body="STOP")
    await door.twilio(INBOUND, From=phone, MessageSid=f"SM{uuid4().hex}", Body=words, OptOutType=told)
    assert await contact(door, phone) == states


async def test_other_words_are_kept_as_a_reply_once_and_told_to_the_open_cases(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    form = {"From": phone, "MessageSid": f"SM{uuid4().hex}", "Body": "Stopp ikke, jeg betaler fredag \0 👍"}
    for _ in range(2):
        await door.twilio(INBOUND, **form)
    (reply,) = await door.rows("select text, channel from reply where creditor_id = :c", c=door.creditor)
    assert (reply.text, reply.channel) == ("Stopp ikke, jeg betaler fredag  👍", "sms")
    assert await door.news() == ["invoice_changed", "debtor_replied"]
    assert await contact(door, phone) == ["valid"]
    assert await door.one(
        "select wrote_from_at is not null from contact_point where channel = 'sms' and address = :a", a=phone
    )


@pytest.mark.parametrize("code", ["63016", "63028", "63040", "63041", "63042", "63049"])
async def test_a_template_that_whatsapp_gives_back_says_nothing_of_the_number_and_is_counted(
    door: Door, code: str
) -> None:
    await an_invoice_by_whatsapp(door, phone := number())
    delivery, sid = await door.claimed("direct_message"), f"HX{uuid4().hex}"
    await door.rows(
        "update delivery set document = jsonb_build_object('content_sid', cast(:s as text)) where id = :d returning id",
        s=sid,
        d=delivery,
    )
    form = {"MessageSid": f"SM{uuid4().hex}", "MessageStatus": "failed", "ErrorCode": code}
    await door.twilio(f"/webhooks/twilio/status?delivery={delivery}", **form)
    row = await door.delivery(delivery)
    assert (row.state, row.contact) == ("failed", "valid")
    assert await door.one("select failure like :c from delivery where id = :d", c=f"%error {code})", d=delivery)
    assert await contact(door, phone) == ["valid"]
    assert f'purr_templates_refused{{template="{sid}"}} 1.0' in (await door.client.get("/metrics")).text


@pytest.mark.parametrize(
    ("to", "words", "answered"),
    [
        ("whatsapp:+4759440001", "Hei", True),
        ("whatsapp:+4759440001", "START", True),
        ("whatsapp:+4759440001", "STOP", False),
        ("whatsapp:+4711111111", "Hei", False),  # another sender: what we write from would find no conversation
        ("whatsapp:+4711111111", "START", False),
    ],
)
async def test_who_writes_by_whatsapp_to_our_sender_may_be_answered(
    door: Door, to: str, words: str, answered: bool
) -> None:
    await an_invoice_by_whatsapp(door, phone := number())
    form = {"From": f"whatsapp:{phone}", "To": to, "MessageSid": f"SM{uuid4().hex}", "Body": words}
    await door.twilio(INBOUND, **form)
    query = "select wrote_from_at is not null from contact_point where channel = :c and address = :a"
    assert await door.one(query, c="direct_message", a=phone) is answered
    assert await door.one(query, c="sms", a=phone) is False
    states = await door.rows("select channel, state from contact_point where address = :a", a=phone)
    stopped = {row.channel for row in states if row.state == "opted out"}
    assert stopped == ({"direct_message"} if words == "STOP" else set())


def starts(phone: str, words: str = "START", to: str = "+4759440001") -> dict[str, str]:
    """Somebody writes by WhatsApp to our sender."""
    return {"From": f"whatsapp:{phone}", "To": f"whatsapp:{to}", "MessageSid": f"SM{uuid4().hex}", "Body": words}


async def whatsapp_of(door: Door, phone: str) -> list[tuple[str, bool, bool]]:
    """The state of each WhatsApp contact of a number, whether it is of who stands in, and whether it may be answered."""
    query = """select state, of_representative, wrote_from_at is not null as wrote from contact_point
        where channel = 'direct_message' and address = :a order by debtor_id"""
    return [(row.state, row.of_representative, row.wrote) for row in await door.rows(query, a=phone)]


async def test_start_by_whatsapp_from_a_phone_that_we_know_agrees_to_it_once(door: Door) -> None:
    await an_invoice_with(door, phone := number(), "1001")
    await an_invoice_with(door, phone, "1002")  # the same person under two customer numbers
    form = starts(phone)
    answer = await door.twilio(INBOUND, **form)
    assert "Svar STOP" in answer.text
    assert "Answer STOP" in answer.text
    assert await whatsapp_of(door, phone) == [("valid", False, True)] * 2
    assert await contact(door, phone) == ["valid", "valid"]
    assert await door.news() == ["invoice_changed", "debtor_changed"]
    assert (await door.twilio(INBOUND, **form)).text.endswith("<Response/>")  # told twice
    assert (await door.twilio(INBOUND, **starts(phone))).text.endswith("<Response/>")  # said twice: they have agreed
    assert await door.news() == ["invoice_changed", "debtor_changed"]
    said = """select e.by, e.detail ->> 'reason_code' as why from case_event e join dunning_case c on c.id = e.case_id
        where e.kind = 'debtor_changed' and c.creditor_id = :c"""
    assert [tuple(row) for row in await door.rows(said, c=door.creditor)] == [("debtor", "START")] * 2
    await door.twilio(INBOUND, **starts(phone, "STOP"))
    assert await whatsapp_of(door, phone) == [("opted out", False, True)] * 2
    assert await contact(door, phone) == ["valid", "valid"]
    await door.twilio(INBOUND, **starts(phone))
    assert await whatsapp_of(door, phone) == [("valid", False, True)] * 2


async def test_start_by_whatsapp_from_a_phone_that_several_share_is_read_by_somebody(door: Door) -> None:
    await an_invoice_with(door, phone := number(), "1001")
    other = invoice()["debtor"] | {"phone": phone, "customer_number": "1002", "name": "Ola Nordmann"}
    assert (await door.send_invoice("1002", debtor=other)).status_code == 201
    assert (await door.twilio(INBOUND, **starts(phone))).text.endswith("<Response/>")
    assert await whatsapp_of(door, phone) == []
    replies = await door.rows("select text, done_at from reply where creditor_id = :c", c=door.creditor)
    assert [tuple(row) for row in replies] == [("START", None)] * 2


async def test_start_by_whatsapp_from_a_stranger_agrees_to_nothing_and_is_told_once(door: Door) -> None:
    phone = number()
    assert "We do not know this number" in (await door.twilio(INBOUND, **starts(phone))).text
    assert (await door.twilio(INBOUND, **starts(phone))).text.endswith("<Response/>")
    await an_invoice_with(door, phone)
    assert await whatsapp_of(door, phone) == []


async def test_start_by_whatsapp_to_another_sender_or_from_a_number_that_is_somebody_elses_agrees_to_nothing(
    door: Door,
) -> None:
    await an_invoice_with(door, phone := number())
    await door.twilio(INBOUND, **starts(phone, to="+4711111111"))
    assert await whatsapp_of(door, phone) == []
    changed = {"not_me": phone, "by": "anne", "reason_code": "called"}
    assert (await door.client.patch("/v1/debtors/1001", json=changed)).status_code == 200
    assert "We do not know this number" in (await door.twilio(INBOUND, **starts(phone))).text
    assert await whatsapp_of(door, phone) == []


async def test_who_stands_in_for_several_agrees_for_themselves(door: Door) -> None:
    phone = number()
    for client in ("1001", "1002"):
        await an_invoice_with(door, number(), client)
        someone = {"name": "Per Verge", "phone": phone}
        changed = {"representative": someone, "by": "anne", "reason_code": "called"}
        assert (await door.client.patch(f"/v1/debtors/{client}", json=changed)).status_code == 200
    assert "Svar STOP" in (await door.twilio(INBOUND, **starts(phone))).text
    assert await whatsapp_of(door, phone) == [("valid", True, True)] * 2


async def test_an_sms_from_a_stranger_is_answered_and_forgotten(door: Door) -> None:
    answer = await door.twilio(INBOUND, From=number(), MessageSid=f"SM{uuid4().hex}", Body="Hei")
    assert answer.status_code == 200


async def test_who_has_moved_is_told_once_where_to_give_the_new_address(door: Door) -> None:
    phone = number()
    debtor = invoice()["debtor"] | {"phone": phone}
    await door.send_invoice(debtor=debtor)

    async def says(words: str) -> bool:
        told = await door.twilio(INBOUND, From=phone, MessageSid=f"SM{uuid4().hex}", Body=words)
        assert door.creditor not in told.text
        return "on the page behind the link" in told.text

    assert [await says(words) for words in ("Hei", "Jeg har flyttet", "Jeg har flyttet", "Hei")] == [
        False,
        True,
        False,
        False,
    ]


VOICE = "/webhooks/twilio/voice"


async def calls_in(door: Door, phone: str, sid: str = "") -> str:
    """Somebody calls our number, as Twilio tells it; gives what they hear."""
    call = {"CallSid": sid or f"CA{uuid4().hex}", "From": phone, "To": "+4759440000", "CallStatus": "ringing"}
    answer = await door.twilio(VOICE, **call, Direction="inbound", ApiVersion="2010-04-01")
    assert answer.status_code == 200
    return answer.text


async def waiting(door: Door, phone: str) -> list[tuple[str, str, str]]:
    """Who is to be called back, in whose name."""
    rows = await door.rows(
        """select d.creditor_id, d.customer_number, r.channel from reply r join debtor d on d.id = r.debtor_id
        where r.sender = :phone and r.done_at is null order by d.id""",
        phone=phone,
    )
    return [tuple(row) for row in rows]


async def test_who_calls_is_found_over_all_cases_and_stands_in_the_thread_to_be_called_back(door: Door) -> None:
    await an_invoice_with(door, phone := number(), "1001")
    await an_invoice_with(door, phone, "1002")
    await calls_in(door, phone)
    assert await waiting(door, phone) == [(door.creditor, "1001", "phone"), (door.creditor, "1002", "phone")]
    thread = (await door.client.get("/v1/debtors/1001/thread")).json()
    assert "phone" in str(thread)
    (first, _) = (await door.client.get("/v1/replies")).json()["replies"]
    assert first["meaning"] is None
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "802.00"


async def test_the_same_call_twice_and_calling_again_while_one_waits_is_one(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    for sid in ("CA1" + uuid4().hex, "", ""):
        await calls_in(door, phone, sid)
        await calls_in(door, phone, sid)
    assert len(await waiting(door, phone)) == 1
    (reply,) = (await door.client.get("/v1/replies")).json()["replies"]
    await door.client.post(f"/v1/replies/{reply['id']}/done", json={"by": "anne"})
    await calls_in(door, phone)
    assert len(await waiting(door, phone)) == 1


@pytest.mark.parametrize("phone", ["", "anonymous", "+266696687", "+4790000000"])
async def test_nobody_hears_whether_a_number_is_known(door: Door, phone: str) -> None:
    await an_invoice_with(door, known := number())
    before = await door.one("select count(*) from reply")
    assert await calls_in(door, phone) == await calls_in(door, known)
    assert await door.one("select count(*) from reply") == before + 1


async def test_a_call_that_twilio_did_not_sign_is_refused(door: Door) -> None:
    await an_invoice_with(door, phone := number())
    form = {"CallSid": "CA1", "From": phone}
    body, headers = signed("another-token", f"https://purr.example{VOICE}", form)
    assert (await door.client.post(VOICE, content=body, headers=headers)).status_code == 401
    assert (await door.client.post(VOICE, data=form)).status_code == 401
    assert await waiting(door, phone) == []
