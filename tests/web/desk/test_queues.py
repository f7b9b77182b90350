"""The queues at the desk: one key settles, the next opens, empty says so; and each sees what is theirs."""

import pytest

from domain.desk.roles import Role
from tests.begin import BEGIN
from tests.web.desk.conftest import Staff
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
