"""Who has paid is told what was found: only money that is surely theirs, and nothing of anybody else's."""

from typing import Any

import pytest

from tests.begin import BEGIN, TODAY
from tests.web.door import Door, invoice

OTHER = {"reference": None, "text": "takk for sist", "payer_name": "K N"}


async def told(door: Door) -> str:
    link = await door.link()
    await door.client.post(f"{link}/paid", data={"on": str(TODAY)})
    return (await door.client.get(link)).text


async def comes(door: Door, payment: str = "p-9", **changes: Any) -> None:
    """Money that nobody can tell the invoice of by itself."""
    answer = await door.pay(payment, **OTHER | changes)
    assert answer.status_code < 300


async def known_account(door: Door, account: str, customer: str = "K-1") -> None:
    await door.rows(
        """insert into payer_account (creditor_id, account, debtor_id, happened_at)
        select creditor_id, :account, id, :now from debtor where creditor_id = :c and customer_number = :k returning 1""",
        c=door.creditor,
        account=account,
        k=customer,
        now=BEGIN,
    )


async def may_be_for_it(door: Door) -> None:
    """The money that waits is before a person, as what may be for this invoice."""
    await door.rows(
        """insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
        select p.id, c.id, 9, 50, '[]', :now from incoming_payment p join dunning_case c on c.creditor_id = p.creditor_id
        where p.creditor_id = :c and p.state = 'review' on conflict do nothing returning 1""",
        c=door.creditor,
        now=BEGIN,
    )


async def test_nothing_found_says_what_is_known_and_that_the_case_waits(door: Door) -> None:
    await door.send_invoice()
    shown = await told(door)
    assert "Vi leter etter betalingen" in shown
    assert "ikke sett betalingen ennå" in shown
    assert "Saken venter til" in shown


async def test_money_from_the_debtors_own_account_that_waits_is_told_of(door: Door) -> None:
    await door.send_invoice()
    await known_account(door, "11112222333")
    await comes(door, amount="300.00", debit_account="11112222333")
    await may_be_for_it(door)
    shown = await told(door)
    assert "Vi har mottatt 300,00 kr fra kontoen din" in shown


@pytest.mark.parametrize("whose", ["nobody's", "another's", "shared"])
async def test_nobody_elses_money_is_told_of_whatever_it_looks_like(door: Door, whose: str) -> None:
    await door.send_invoice()
    ola = invoice()["debtor"] | {"name": "Ola Nordmann", "customer_number": "K-2", "email": "ola@example.no"}
    await door.send_invoice("1002", reference=None, debtor=ola, amount="555.00", lines=[])
    for customer in {"nobody's": (), "another's": ("K-2",), "shared": ("K-1", "K-2")}[whose]:
        await known_account(door, "11112222333", customer)
    await comes(door, amount="301.00", debit_account="11112222333")
    await may_be_for_it(door)
    shown = await told(door)
    assert "301,00" not in shown
    assert "ikke sett betalingen ennå" in shown


async def test_what_the_word_of_the_debtor_books_pays_the_invoice(door: Door) -> None:
    await door.send_invoice()
    await known_account(door, "11112222333")
    await comes(door, debit_account="11112222333", payer_name="Kari Nordmann")
    assert "Betalt. Takk!" in await told(door)
