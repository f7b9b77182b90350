"""Mail that comes in: whose it is, what it may do there, and that nothing but a person is heard."""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.web.door import MAIL_DOMAIN, MAIL_SECRET, REPLY_ADDRESSES, SENDER, Door, invoice
from tests.web.webhooks.test_twilio import INBOUND

INBOX = f"post@{MAIL_DOMAIN}"


def address() -> str:
    """As it stands in a billing system; whoever writes from it may write it otherwise."""
    return f"Kari.{uuid4().hex[:10]}@Example.NO"


async def an_invoice_to(door: Door, email: str, number: str = "1001", **changes: Any) -> None:
    debtor = invoice()["debtor"] | {"email": email, "customer_number": f"K-{number}"} | changes
    assert (await door.send_invoice(number, debtor=debtor, reference=None)).status_code == 201


def written(words: str, sender: str, headers: Mapping[str, str] = {}) -> bytes:  # read only
    mail = EmailMessage()
    mail["From"], mail["Message-ID"], mail["Subject"] = f"Kari <{sender}>", f"<{uuid4().hex}@example.no>", "Sv: Purring"
    for name, value in headers.items():
        del mail[name]
        mail[name] = value
    mail.set_content(words)
    return mail.as_bytes()


async def answer(door: Door, delivery: UUID, words: str, sender: str, headers: Mapping[str, str] = {}) -> None:
    raw = written(words, sender, headers)
    posted = await door.mail(
        raw, to=REPLY_ADDRESSES.address(delivery).upper(), sender=headers.get("Return-Path", sender)
    )
    assert posted.status_code == 204, posted.text


async def replies(door: Door) -> list[Any]:
    return await door.rows("select * from reply where creditor_id = :c order by id", c=door.creditor)


async def pauses(door: Door) -> tuple[int, int, int]:
    """How many holds, disputes and open tasks there are."""
    count = """select (select count(*) from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :c),
      (select count(*) from dispute p join dunning_case c on c.id = p.case_id where c.creditor_id = :c),
      (select count(*) from debtor_task where creditor_id = :c and done_at is null)"""
    ((holds, disputes, tasks),) = await door.rows(count, c=door.creditor)
    return holds, disputes, tasks


async def test_an_answer_to_a_message_is_its_debtors_reply_and_pauses_its_case(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    await answer(door, delivery, "Jeg har betalt.\n\nDen 3. des. 2026 skrev Kraft AS:\n> uenig?", email)
    (reply,) = await replies(door)
    assert (reply.channel, reply.text, reply.meaning, reply.tied_by) == (
        "email",
        "Jeg har betalt.",
        "paid",
        "reply address",
    )
    assert (reply.delivery_id, reply.quoted) == (delivery, "Den 3. des. 2026 skrev Kraft AS:\n> uenig?")
    assert await pauses(door) == (1, 0, 1)
    assert (await door.news())[-1] == "debtor_replied"
    assert await door.one("select wrote_from_at is not null from contact_point where address = :a", a=email)


async def test_the_same_mail_twice_is_one(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery, raw = await door.claimed("email"), written("Hei", email)
    for _ in range(2):
        await door.mail(raw, to=REPLY_ADDRESSES.address(delivery))
    assert len(await replies(door)) == 1


async def test_the_message_id_ties_an_answer_that_was_sent_elsewhere(door: Door) -> None:
    await an_invoice_to(door, address())
    delivery = await door.claimed("email")
    raw = written("Uenig", "spouse@example.no", {"In-Reply-To": f"<{REPLY_ADDRESSES.address(delivery)}>"})
    await door.mail(raw, to=INBOX)
    (reply,) = await replies(door)
    assert (reply.sender, reply.delivery_id) == ("spouse@example.no", delivery)
    assert await pauses(door) == (0, 1, 1)


@pytest.mark.parametrize("words", ["Uenig i fakturaen", "Dette er ikke meg", "STOP"])
async def test_a_from_alone_holds_at_most_and_changes_nothing(door: Door, words: str) -> None:
    await an_invoice_to(door, email := address())
    await door.mail(written(words, email), to=INBOX)
    (reply,) = await replies(door)
    assert reply.tied_by == "sender"
    holds, disputes, tasks = await pauses(door)
    assert (disputes, tasks) == (0, 1)
    assert holds == (0 if words == "STOP" else 1)
    (point,) = await door.rows("select state, wrote_from_at from contact_point where address = :a", a=email)
    assert (point.state, point.wrote_from_at) == ("valid", None)


async def test_a_number_chooses_among_the_senders_own_invoices(door: Door) -> None:
    debtor = invoice()["debtor"] | {"email": address()}
    for number in ("F-778001", "F-778002"):
        await door.send_invoice(number, debtor=debtor, reference=None)
    await door.mail(written("Gjelder faktura F778002", debtor["email"]), to=INBOX)
    (reply,) = await replies(door)
    of = await door.one(
        "select i.number from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :c", c=reply.case_id
    )
    assert (of, reply.tied_by) == ("F-778002", "number")


async def test_a_strangers_mail_is_kept_and_nobody_hears_of_it(door: Door) -> None:
    await an_invoice_to(door, address(), "F-778003")
    await door.mail(written("Gjelder faktura F-778003: betalt", stranger := address()), to=INBOX)
    assert await replies(door) == []
    (kept,) = await door.rows("select creditor_id, text from reply where sender = lower(:s)", s=stranger)
    assert kept.creditor_id is None


async def test_stop_silences_the_address_that_was_written_to_and_start_wakes_it(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    for words, state in (("Stopp!\n\nSendt fra min iPhone", "opted out"), ("START", "valid")):
        await answer(door, delivery, words, email)
        assert await door.one("select state from contact_point where address = :a", a=email) == state
    assert await replies(door) == []


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({"Auto-Submitted": "auto-replied"}, "absence"),
        ({"Subject": "Automatisk svar: Purring"}, "absence"),
        ({"Precedence": "bulk"}, "list"),
        ({"List-Id": "<nyheter.example.no>"}, "list"),
        ({"Auto-Submitted": "auto-generated"}, "machine"),
        ({"Return-Path": ""}, "machine"),
        ({"From": INBOX}, "own"),
        ({"From": SENDER}, "own"),
    ],
)
async def test_what_no_person_wrote_is_kept_and_pauses_nothing(
    door: Door, headers: Mapping[str, str], automatic: str
) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    await answer(door, delivery, "Jeg er ikke på kontoret før mandag.", email, headers)
    (reply,) = await replies(door)
    assert (reply.automatic, reply.done_by) == (automatic, "purr")
    assert (await pauses(door), "debtor_replied" in await door.news()) == ((0, 0, 0), False)


async def test_a_machines_words_that_mean_something_are_read_by_a_person_and_do_nothing_themselves(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    await answer(door, delivery, "Sak 4711: kunden er uenig i fakturaen", email, {"Auto-Submitted": "auto-generated"})
    assert await pauses(door) == (0, 0, 1)


REPORT = """From: MAILER-DAEMON@mx.example.no
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.example.no>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.no

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--b
Content-Type: message/rfc822

Message-ID: <{original}>
Subject: Purring

betalt
--b--
"""


@pytest.mark.parametrize(
    ("action", "status", "of", "state", "contact"),
    [
        ("failed", "5.1.1", "the debtor", "failed", "bounced"),
        ("failed", "5.2.2", "the debtor", "failed", "valid"),  # a full mailbox
        ("delayed", "4.4.1", "the debtor", "claimed", "valid"),
        ("failed", "5.1.1", "whom it was forwarded to", "claimed", "valid"),
    ],
)
async def test_a_delivery_report_by_mail_is_a_bounce_of_the_address_it_names(
    door: Door, action: str, status: str, of: str, state: str, contact: str
) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    failed = email if of == "the debtor" else "else@example.no"
    names = {"id": uuid4().hex, "address": failed, "action": action, "status": status, "to": INBOX}
    raw = REPORT.format(original=REPLY_ADDRESSES.address(delivery), **names).encode()
    assert (await door.mail(raw, to=INBOX, sender="")).status_code == 204
    row = await door.delivery(delivery)
    assert (row.state, row.contact) == (state, contact)
    (reply,) = await replies(door)
    assert (reply.automatic, reply.done_by) == ("bounce", "purr")
    assert await pauses(door) == (0, 0, 0)


async def test_a_report_that_names_no_message_of_ours_marks_nobody(door: Door) -> None:
    await an_invoice_to(door, email := address())
    names = {"id": uuid4().hex, "address": email, "action": "failed", "status": "5.1.1", "to": INBOX}
    await door.mail(REPORT.format(original="any@example.no", **names).encode(), to=INBOX, sender="")
    assert await door.one("select state from contact_point where address = :a", a=email) == "valid"


async def test_only_who_knows_the_address_is_let_in_and_only_with_a_raw_mail_of_25_mb_at_most(door: Door) -> None:
    raw = written("Hei", address())
    for wrong in ("x" * 40, MAIL_SECRET[:-1], f"{MAIL_SECRET}æ"):
        assert (await door.mail(raw, to=INBOX, secret=wrong)).status_code == 401
    place = f"/webhooks/sendgrid/inbound/{MAIL_SECRET}"
    assert (await door.client.post(place, data={"subject": "parsed"}, files={"a": b"x"})).status_code == 422
    assert (await door.client.post(place, content=b"no form")).status_code == 422
    large = await door.mail(raw + b"x" * (30 * 1024 * 1024), to=INBOX)
    assert (large.status_code, large.json()["type"]) == (413, "urn:purr:problem:content-too-large")


async def test_after_twenty_unread_mails_of_a_debtor_the_rest_is_counted_and_said(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    for number in range(23):
        await answer(door, delivery, f"Hei {number}", email)
    kept = await replies(door)
    assert (len(kept), [reply.more for reply in kept[-2:]]) == (20, [0, 3])
    whys = await door.rows("select why from debtor_task where creditor_id = :c order by id", c=door.creditor)
    assert ["is not kept" in row.why for row in whys[-2:]] == [False, True]
    diary = "select count(*) from case_event e join dunning_case c on c.id = e.case_id where c.creditor_id = :c and e.kind = :k"
    assert await door.one(diary, c=door.creditor, k="replies_not_kept") == 1, "once, however much comes"
    await answer(door, delivery, "Jeg bestrider kravet", email)
    assert await pauses(door) == (0, 1, 21), "what says something new of the claim is heard all the same"


async def test_an_answer_from_another_address_says_so_in_its_task_and_changes_no_address(door: Door) -> None:
    await an_invoice_to(door, email := address())
    other = address()
    await answer(door, await door.claimed("email"), "Hva gjelder dette?", other)
    ((why,),) = await door.rows("select why from debtor_task where creditor_id = :c", c=door.creditor)
    assert f"it came from {other.lower()}, where we do not write" in why
    assert await door.rows("select 1 from contact_point where address = :a", a=other) == []
    assert await door.one("select state from contact_point where address = :a", a=email) == "valid"


@pytest.mark.parametrize(("to_us", "state", "held"), [("the reply address", "wrong", 0), ("anywhere", "valid", 1)])
async def test_not_me_by_mail_is_believed_where_it_answers_ours_and_holds_where_anybody_may_have_written_it(
    door: Door, to_us: str, state: str, held: int
) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    if to_us == "anywhere":
        await door.mail(written("Dette er ikke meg", email), to=INBOX)
    else:
        await answer(door, delivery, "Dette er ikke meg", email)
    assert await door.one("select state from contact_point where address = :a", a=email) == state
    assert (await pauses(door))[0] == held


async def test_a_flood_under_the_debtors_name_takes_no_room_from_the_debtors_own_answer(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    for number in range(22):
        await door.mail(written(f"Hei {number}", email), to=INBOX)
    await answer(door, delivery, "Jeg er på sykehus", email)
    assert [reply.text for reply in await replies(door)][-1] == "Jeg er på sykehus"


async def test_a_strangers_flood_is_bounded_and_stops_no_other_stranger(door: Door) -> None:
    flooding, other = address(), address()
    for number in range(23):
        assert (await door.mail(written(f"Hei {number}", flooding), to=INBOX)).status_code == 204
    await door.mail(written("Hei", other), to=INBOX)
    count = "select count(*) as kept, max(more) as more from reply where sender = :sender"
    assert [tuple(row) for row in await door.rows(count, sender=flooding.lower())] == [(20, 3)]
    assert [tuple(row) for row in await door.rows(count, sender=other.lower())] == [(1, 0)]


async def test_two_machines_that_answer_each_other_fall_silent(door: Door) -> None:
    """The other one answers whatever comes, as a person would by its headers; ours says nothing that it could answer."""
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    came = f"Takk for din henvendelse ({email})"
    for turn in range(30):
        posted = await door.mail(written(f"{came} {turn}", email), to=REPLY_ADDRESSES.address(delivery))
        assert (posted.status_code, posted.content) == (204, b"")
    assert await door.one("select count(*) from delivery where creditor_id = :c", c=door.creditor) == 1
    assert len(await replies(door)) == 20
    heard, said = 0, "Hei"
    number = f"+479{uuid4().int % 10**7:07}"
    while "<Message>" in (
        answered := (await door.twilio(INBOUND, From=number, MessageSid=f"SM{uuid4().hex}", Body=said)).text
    ):
        heard, said = heard + 1, answered
        assert heard < 5
    assert heard == 1  # a stranger is told once a day that nobody knows the number


async def test_a_receipt_comes_with_the_reply_and_is_given_out_to_its_creditor(door: Door) -> None:
    await an_invoice_to(door, email := address())
    delivery = await door.claimed("email")
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = email, f"<{uuid4().hex}@example.no>"
    mail.set_content("Se vedlagt kvittering")
    mail.add_attachment(b"%PDF-1.7 paid", maintype="application", subtype="x-msdownload", filename="kvittering.pdf")
    mail.add_attachment(b"MZ program", maintype="application", subtype="pdf", filename="faktura.pdf")
    await door.mail(mail.as_bytes(), to=REPLY_ADDRESSES.address(delivery))
    (listed,) = (await door.client.get("/v1/replies")).json()["data"]
    assert [(file["name"], file["media_type"], file["left_out"]) for file in listed["files"]] == [
        ("kvittering.pdf", "application/pdf", None),
        ("faktura.pdf", None, "it is neither a PDF nor a picture"),
    ]
    place = f"/v1/replies/{listed['id']}/files"
    kept = await door.client.get(f"{place}/1")
    assert (kept.status_code, kept.content, kept.headers["content-type"]) == (200, b"%PDF-1.7 paid", "application/pdf")
    assert (kept.headers["content-disposition"], kept.headers["x-content-type-options"]) == ("attachment", "nosniff")
    assert (await door.client.get(f"{place}/2")).status_code == 404
    assert "; with 2 files: " in await door.one("select why from debtor_task where creditor_id = :c", c=door.creditor)


async def test_a_strangers_files_are_not_kept(door: Door) -> None:
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = (stranger := address()), f"<{uuid4().hex}@example.no>"
    mail.set_content("Hei")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    await door.mail(mail.as_bytes(), to=INBOX)
    kept = "select count(*) from reply_file f join reply r on r.id = f.reply_id where r.sender = :s"
    assert await door.one(kept, s=stranger) == 0


async def test_a_payment_reference_of_several_debtors_names_none_of_them(door: Door) -> None:
    debtor = invoice()["debtor"] | {"email": address()}
    for number in ("R-1", "R-2"):
        sent = await door.send_invoice(number, debtor=debtor | {"customer_number": number, "name": f"Ola {number}"})
        assert sent.status_code == 201
    await door.mail(written("Uenig. KID 006402710013", stranger := address()), to=INBOX)
    (kept,) = await door.rows("select tied_by, creditor_id from reply where sender = lower(:s)", s=stranger)
    assert (kept.tied_by, kept.creditor_id, await pauses(door)) == (None, None, (0, 0, 0))


async def test_whoever_tries_many_secrets_is_sent_away_and_who_knows_it_is_let_in_still(door: Door) -> None:
    raw = written("Hei", address())
    for _ in range(100):
        assert (await door.mail(raw, to=INBOX, secret="x" * 40)).status_code == 401
    assert (await door.mail(raw, to=INBOX, secret="x" * 40)).status_code == 429
    assert (await door.mail(raw, to=INBOX)).status_code == 204
