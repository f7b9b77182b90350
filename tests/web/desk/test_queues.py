"""The queues at the desk: one key settles, the next opens, empty says so; and each sees what is theirs."""

from datetime import timedelta

import httpx
import pytest

from domain.desk.roles import Role
from tests.begin import BEGIN
from tests.web.api.test_bank_files import KID, ocr, with_account
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door, paid


async def money(door: Door, payment: str, **changes: str) -> int:
    """A payment that no invoice explains; gives its number."""
    asked = paid(payment, reference=None, **changes)
    assert (await door.client.post("/v1/payments", json=[asked])).status_code == 200
    return await door.one("select max(id) from incoming_payment where creditor_id = :c", c=door.creditor)


async def task(door: Door, kind: str) -> int:
    """Something a person is asked; gives its number."""
    return await door.one(
        """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select creditor_id, id, round, 'reminder', :kind, 'no address <b>works</b>', :now from dunning_case
        where creditor_id = :c returning id""",
        kind=kind,
        now=BEGIN,
        c=door.creditor,
    )


async def test_a_payment_is_booked_and_the_next_opens_until_the_queue_is_empty(staff: Staff) -> None:
    await staff.door.send_invoice("1001")
    await staff.door.send_invoice("1002", reference=None)
    first = await money(staff.door, "p-1", text="hei", amount="100.00")
    second = await money(staff.door, "p-2", text="hei igjen", amount="200.00")
    bente = await staff.sign_in(Role.SUPERVISOR)
    assert "Payments without an invoice" in (await bente.get("/desk/queues")).text
    assert f"/desk/queues/money/{first}" in (await bente.get("/desk/queues/money")).text
    assert "hei" in (await bente.get(f"/desk/queues/money/{first}")).text
    booked = await bente.send(f"/desk/queues/money/{first}/book", invoices="1001 60,00\n1002")
    assert booked.headers["location"] == f"/desk/queues/money/{second}?done=payment_booked"
    again = await bente.send(f"/desk/queues/money/{first}/book", invoices="1001")
    assert again.status_code == 404
    back = await bente.send(f"/desk/queues/money/{second}/send-back", to_account="")
    assert back.headers["location"] == "/desk/queues/money?done=payment_sent_back"
    assert "queue is empty" in (await bente.get("/desk/queues/money")).text
    sums = "select sum(l.amount) from ledger_entry l join invoice i on i.id = l.invoice_id where i.creditor_id = :c"
    assert await staff.door.one(f"{sums} and l.kind = 'payment'", c=staff.door.creditor) == -100


@pytest.mark.parametrize(
    ("invoices", "said"),
    [
        ("", "name an invoice"),
        ("9999", "no invoice 9999"),
        ("1001 1e3", "no invoice 1001 1e3"),
        ("1001 10,00\n1001 5,00", "named twice"),
        ("1001 10,00", "must agree"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
async def test_what_cannot_be_booked_is_told_and_kept(staff: Staff, invoices: str, said: str) -> None:
    await staff.door.send_invoice("1001")
    number = await money(staff.door, "p-1", amount="100.00")
    bente = await staff.sign_in(Role.SUPERVISOR)
    refused = await bente.send(f"/desk/queues/money/{number}/book", invoices=invoices)
    assert (refused.status_code, said in refused.text, "<script>alert" in refused.text) == (409, True, False)


async def test_a_task_is_done_by_one_key_and_only_once(staff: Staff) -> None:
    await staff.door.send_invoice()
    id = await task(staff.door, "address")
    anne = await staff.sign_in(Role.AGENT)
    page = (await anne.get("/desk/queues/addresses")).text
    assert ("no address &lt;b&gt;works" in page, 'data-key="e"' in page) == (True, True)
    assert (await anne.send(f"/desk/queues/addresses/{id}/done", result="found it")).status_code == 303
    assert (await anne.send(f"/desk/queues/addresses/{id}/done")).status_code == 404
    assert "queue is empty" in (await anne.get("/desk/queues/addresses")).text
    approval = await task(staff.door, "approval")
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    refused = await kim.send(f"/desk/queues/approvals/{approval}/done")
    assert (refused.status_code, "is an approval" in refused.text) == (409, True)


async def test_each_sees_the_queues_that_are_theirs_and_nothing_of_another_creditor(staff: Staff) -> None:
    await staff.door.send_invoice()
    number, id = await money(staff.door, "p-1", amount="10.00"), await task(staff.door, "address")
    anne = await staff.sign_in(Role.AGENT)
    assert "Payments without an invoice" not in (await anne.get("/desk/queues")).text
    assert (await anne.get("/desk/queues/money")).status_code == 404
    assert (await anne.get(f"/desk/queues/money/{number}")).status_code == 404
    assert (await (await staff.sign_in(Role.AUDITOR)).get("/desk/queues")).status_code == 404
    await staff.door.register(f"{staff.door.creditor}-queues")
    stranger = await staff.sign_in(Role.SUPERVISOR, creditors=(f"{staff.door.creditor}-queues",))
    assert "queue is empty" in (await stranger.get("/desk/queues/money")).text
    assert "queue is empty" in (await stranger.get("/desk/queues/addresses")).text
    assert (await stranger.get(f"/desk/queues/money/{number}")).status_code == 404
    assert (await stranger.send(f"/desk/queues/money/{number}/book", invoices="1001")).status_code == 404
    assert (await stranger.send(f"/desk/queues/addresses/{id}/done")).status_code == 404


async def test_a_number_of_another_queue_finishes_no_task_that_has_the_same(staff: Staff) -> None:
    await staff.door.send_invoice()
    case = await staff.door.one(
        "update dunning_case set flag = 'stuck', looked_at = happened_at where creditor_id = :c returning id",
        c=staff.door.creditor,
    )
    id = await task(staff.door, "address")
    await staff.door.rows("delete from task where id = :case returning id", case=case)
    await staff.door.rows("update task set id = :case where id = :id returning id", case=case, id=id)
    anne = await staff.sign_in(Role.AGENT)
    assert "stuck" in (await anne.get("/desk/queues/flagged")).text
    assert (await anne.send(f"/desk/queues/flagged/{case}/done")).status_code == 404
    assert await staff.door.one("select done_at from task where id = :case", case=case) is None


async def unanswered(door: Door, number: str = "1001", *, ago: timedelta = timedelta(hours=1), fee: str = "0") -> int:
    """The first message of an invoice, claimed so long ago and without an answer since; gives its number."""
    delivery = await door.claimed(number=number, fee=fee)
    await door.rows("update delivery_case set step = 'invoice' where delivery_id = :id returning 1", id=delivery)
    query = "update delivery set message = 'invoice', claimed_at = :at where id = :id returning serial"
    ((serial,),) = await door.rows(query, id=delivery, at=BEGIN - ago)
    return int(serial)


async def state_of(door: Door, serial: int) -> tuple[str, bool]:
    """How a message stands, and whether it is tried again at once."""
    ((state, again),) = await door.rows("select state, try_again from delivery where serial = :n", n=serial)
    return state, again


async def test_a_message_without_an_answer_is_settled_by_one_key_and_the_next_opens(staff: Staff) -> None:
    for number in ("1001", "1002"):
        await staff.door.send_invoice(number)
    first = await unanswered(staff.door, "1001", ago=timedelta(hours=2))
    second = await unanswered(staff.door, "1002")
    anne = await staff.sign_in(Role.AGENT)
    assert f"/desk/queues/ambiguous/{first}" in (await anne.get("/desk/queues/ambiguous")).text
    page = (await anne.get(f"/desk/queues/ambiguous/{first}")).text
    stands, again = page.split('data-key="1"')[1].split('data-key="2"')
    assert ("Invoice by email" in stands, "Invoice by email" in again) == (False, True)
    assert await state_of(staff.door, first) == ("claimed", False)  # it was only looked at
    sent = await anne.send(f"/desk/queues/ambiguous/{first}", sent="true")
    assert sent.headers["location"] == f"/desk/queues/ambiguous/{second}?done=delivery_sent"
    assert (await anne.send(f"/desk/queues/ambiguous/{first}", sent="false")).status_code == 404
    not_sent = await anne.send(f"/desk/queues/ambiguous/{second}", sent="false")
    assert not_sent.headers["location"] == "/desk/queues/ambiguous?done=delivery_not_sent"
    assert "queue is empty" in (await anne.get("/desk/queues/ambiguous")).text
    assert await state_of(staff.door, first) == ("accepted", False)
    assert await state_of(staff.door, second) == ("unavailable", True)
    assert (await staff.door.news("1002"))[-1] == "settle_delivery_recorded"
    assert "It was not sent" in (await anne.get(f"/desk/case/{staff.door.creditor}/1002")).text  # its story tells it
    audited = "select count(*) from desk_audit where what = 'delivery_settled' and creditor_id = :c"
    assert await staff.door.one(audited, c=staff.door.creditor) == 2


async def test_what_a_message_asks_for_is_charged_when_somebody_says_that_it_was_sent(staff: Staff) -> None:
    await staff.door.send_invoice()
    serial = await unanswered(staff.door, fee="35.00")
    anne = await staff.sign_in(Role.AGENT)
    await anne.send(f"/desk/queues/ambiguous/{serial}", sent="true")
    fees = "select amount from ledger_entry where creditor_id = :c and part = 'fee'"
    assert await staff.door.one(fees, c=staff.door.creditor) == 35


async def test_a_message_for_two_invoices_waits_once_and_both_hear_of_it(staff: Staff) -> None:
    for number in ("1001", "1002"):
        await staff.door.send_invoice(number)
    serial = await unanswered(staff.door, "1001")
    rides = """insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select d.id, c.id, 1, 'invoice', 'email', false from delivery d, dunning_case c join invoice i on i.id = c.invoice_id
        where d.serial = :n and i.creditor_id = d.creditor_id and i.number = '1002' returning 1"""
    await staff.door.rows(rides, n=serial)
    anne = await staff.sign_in(Role.AGENT)
    assert (await anne.get("/desk/queues/ambiguous")).text.count("data-row") == 1
    assert (await anne.send(f"/desk/queues/ambiguous/{serial}", sent="true")).status_code == 303
    assert (await staff.door.news("1002"))[-1] == "message_sent"


async def test_a_message_that_is_under_way_is_not_settled_yet(staff: Staff) -> None:
    await staff.door.send_invoice()
    serial = await unanswered(staff.door, ago=timedelta(minutes=10))
    anne = await staff.sign_in(Role.AGENT)
    assert "queue is empty" in (await anne.get("/desk/queues/ambiguous")).text
    page = (await anne.get(f"/desk/queues/ambiguous/{serial}")).text
    assert ("may still answer" in page, "data-key" in page.split("<main")[1]) == (True, False)
    refused = await anne.send(f"/desk/queues/ambiguous/{serial}", sent="false")
    assert (refused.status_code, "may still answer" in refused.text) == (409, True)
    assert await state_of(staff.door, serial) == ("claimed", False)


@pytest.mark.parametrize(("step", "channel"), [("invoice", "sms"), ("reminder", "email"), ("invoice", "pigeon")])
async def test_what_was_not_sent_is_not_settled_over_the_api(door: Door, step: str, channel: str) -> None:
    await door.send_invoice()
    await unanswered(door)
    answer = await door.command(command="settle_delivery", step=step, channel=channel, sent=True)
    assert (answer.status_code, "was sent by" in answer.json()["detail"]) == (409, True)


async def test_a_message_is_settled_over_the_api_once_and_never_against_its_providers_answer(door: Door) -> None:
    await door.send_invoice()
    serial = await unanswered(door)
    said = {"command": "settle_delivery", "step": "invoice", "channel": "email"}
    assert (await door.command(**said, sent=True)).status_code == 202
    refused = await door.command(**said, sent=False)
    assert (refused.status_code, "has its answer" in refused.json()["detail"]) == (409, True)
    assert await state_of(door, serial) == ("accepted", False)


async def test_a_letter_is_made_again_by_itself_whatever_somebody_says(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("letter")
    set_back = "update delivery set claimed_at = :at where id = :id returning 1"
    await door.rows(set_back, id=delivery, at=BEGIN - timedelta(hours=1))
    step = await door.one("select step from delivery_case where delivery_id = :id", id=delivery)
    refused = await door.command(command="settle_delivery", step=step, channel="letter", sent=True)
    assert (refused.status_code, "by itself" in refused.json()["detail"]) == (409, True)


async def test_nobody_settles_a_message_of_another_creditor(staff: Staff) -> None:
    await staff.door.send_invoice()
    serial = await unanswered(staff.door)
    await staff.door.register(f"{staff.door.creditor}-messages")
    stranger = await staff.sign_in(Role.AGENT, creditors=(f"{staff.door.creditor}-messages",))
    assert "queue is empty" in (await stranger.get("/desk/queues/ambiguous")).text
    assert (await stranger.get(f"/desk/queues/ambiguous/{serial}")).status_code == 404
    assert (await stranger.send(f"/desk/queues/ambiguous/{serial}", sent="true")).status_code == 404
    assert (await stranger.get("/desk/queues/ambiguous/99999999999999999999")).status_code in (404, 422)
    assert await state_of(staff.door, serial) == ("claimed", False)


async def flagged_file(door: Door, amount: str = "800.00") -> tuple[int, bytes]:
    """A bank file whose sums are not what it says they are, and its number."""
    whole = ocr(await with_account(door), (KID, amount))
    content = whole.replace(b"NY00008900000001", b"NY00008900000007")
    answer = await door.client.post("/v1/bank-files", content=content)
    assert answer.json()["waits"]
    return await door.one("select id from bank_file where sha256 = :id", id=answer.json()["id"]), content


async def choose(desk: Desk, number: int, content: bytes) -> httpx.Response:
    """Somebody gives the file once more and accepts it."""
    return await desk.client.post(f"/desk/queues/files/{number}/accept", files={"file": ("OCR.txt", content)})


async def test_a_flagged_file_is_booked_when_somebody_has_looked_at_it_and_gives_it_once_more(staff: Staff) -> None:
    await staff.door.send_invoice(reference=KID)
    number, content = await flagged_file(staff.door)
    bente = await staff.sign_in_everywhere(Role.SUPERVISOR)
    assert f"/desk/queues/files/{number}" in (await bente.get("/desk/queues/files")).text
    page = (await bente.get(f"/desk/queues/files/{number}")).text
    assert ("transactions" in page, "800.00" in page) == (True, True)
    another = await choose(bente, number, content + b"\n")
    assert (another.status_code, "another file" in another.text) == (422, True)
    assert (await choose(bente, number, b"")).status_code == 422
    balance = "select balance from dunning_case where creditor_id = :c"
    assert await staff.door.one(balance, c=staff.door.creditor) == 802
    accepted = await choose(bente, number, content)
    assert accepted.headers["location"].endswith("done=file_booked")
    assert await staff.door.one(balance, c=staff.door.creditor) == 2
    assert await staff.door.one("select accepted_by from bank_file where id = :id", id=number) == bente.user.name
    assert (await choose(bente, number, content)).status_code == 404


async def test_a_flagged_file_is_put_away_once_and_nothing_of_it_is_booked(staff: Staff) -> None:
    number, content = await flagged_file(staff.door, "1.00")
    bente = await staff.sign_in_everywhere(Role.SUPERVISOR)
    away = await bente.send(f"/desk/queues/files/{number}/put-away")
    assert away.headers["location"].endswith("done=file_put_away")
    assert f"/desk/queues/files/{number}" not in (await bente.get("/desk/queues/files")).text
    assert (await bente.send(f"/desk/queues/files/{number}/put-away")).status_code == 404
    again = await staff.door.client.post("/v1/bank-files", content=content)
    assert (again.json()["state"], again.json()["booked"]) == ("refused", 0)


async def test_who_sees_some_creditors_only_settles_no_file_of_the_banks(staff: Staff) -> None:
    number, content = await flagged_file(staff.door, "2.00")
    bente = await staff.sign_in(Role.SUPERVISOR)
    assert (await bente.get(f"/desk/queues/files/{number}")).status_code == 404
    assert (await choose(bente, number, content)).status_code == 404
    assert (await bente.send(f"/desk/queues/files/{number}/put-away")).status_code == 404
    assert await staff.door.one("select state from bank_file where id = :id", id=number) == "flagged"
