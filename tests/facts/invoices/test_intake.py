"""Many invoices come in by a few statements, and each is stored or refused as if it came alone."""

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from activities.invoice_files import Storing
from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.incoming import IncomingInvoice, IncomingLine
from facts.invoices.invoices import Imported
from facts.refusals import Refused
from tests.store import TODAY, Store
from tests.world import debtor, invoice

COMPANY = {"customer_number": None, "name": "Nord AS", "kind": "business", "organisation_number": "974760673"}
ODD = (
    invoice("1"),
    invoice("2", debtor=debtor(email="kari.ny@example.no", city="Bergen", postcode="5003", language="en")),
    invoice("1"),
    invoice("1", amount=Decimal("803.00")),
    invoice("3", debtor=debtor(name="Ola Testmann")),  # under Kari's customer number
    invoice("4", creditor="nobody"),
    invoice("5", currency="SEK"),
    invoice("6", debtor=debtor(customer_number="K-2", name="Per Berg")),
    invoice("1", creditor="beta"),
    invoice("7", debtor=debtor(customer_number="K-2", name="PER BERG", birth_date=date(2015, 1, 2))),  # a minor
    invoice("8", lines=(IncomingLine(text="Strøm", amount=Decimal(800)), IncomingLine(text="Nett", amount=Decimal(2)))),
    invoice("9", account="98765432100"),
    invoice("10", debtor=debtor(**COMPANY)),
    invoice("11", debtor=debtor(**COMPANY | {"name": "Nord Aksjeselskap"})),
    invoice("12", debtor=debtor(customer_number=None)),
    invoice("13", debtor=debtor(customer_number=None)),  # nobody knows that it is the same Kari
    invoice("14", policy="no-such-policy"),
    invoice("15", debtor=debtor(customer_number="K-3", name="Død Mann"), segment="private"),
    invoice("16", pdf=b"%PDF-1.7"),
)
KEPT = (
    """select creditor_id, key, customer_number, kind, name, name_key, known_as, organisation_number, birth_date, language,
      address, stop_reason from debtor""",
    """select d.creditor_id, d.key, p.channel, p.address, p.state, p.known_elsewhere
      from contact_point p join debtor d on d.id = p.debtor_id""",
    "select d.key, l.kind, l.since, l.value, l.by from life_event l join debtor d on d.id = l.debtor_id",
    """select i.creditor_id, i.number, d.key, i.due_date, i.amount, i.reference, i.account, i.segment, i.pdf_sha256,
      c.policy_hash, c.state, c.balance, c.news_seq from invoice i join debtor d on d.id = i.debtor_id
      join dunning_case c on c.invoice_id = i.id""",
    "select i.number, l.position, l.text, l.amount from invoice_line l join invoice i on i.id = l.invoice_id",
    """select i.creditor_id, i.number, l.kind, l.amount, l.source, l.source_id from ledger_entry l
      join invoice i on i.id = l.invoice_id""",
    """select i.creditor_id, i.number, o.signal, o.seq from outbox o join dunning_case c on c.id = o.case_id
      join invoice i on i.id = c.invoice_id""",
    "select i.number, t.kind, t.step from task t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id",
    "select hash, name, shadow from policy_text",
    "select state, matched_by from incoming_payment",
)


class _NotKept(Exception):
    pass


async def outcome(store: Store, invoices: Sequence[IncomingInvoice], *, alone: bool) -> tuple[list[str], list[Any]]:
    """What is said of each, and what the facts come to; nothing is kept."""
    try:
        async with store.database.transaction() as connection:
            became = list[Imported | Refused]()
            for some in ([each] for each in invoices) if alone else [invoices]:
                became += await store.intake.invoices(connection, list(some))
            facts = [sorted(map(repr, await connection.exec_driver_sql(each))) for each in KEPT]
            raise _NotKept
    except _NotKept:
        said = [f"{each.status} {each.warnings}" if isinstance(each, Imported) else repr(each) for each in became]
        return said, facts


async def test_together_they_become_what_they_become_alone(store: Store) -> None:
    await store.invoice("90", debtor=debtor(customer_number="K-3", name="Død Mann"))
    await store.do("update debtor set stop_reason = 'deceased', stopped_on = :day", day=TODAY)
    await store.do("update contact_point set state = 'bounced' where channel = 'email'")
    await store.pay(number="12", reference=None)
    alone = await outcome(store, ODD, alone=True)
    assert await outcome(store, ODD, alone=False) == alone
    assert len({each.split()[0].split("(")[0] for each in alone[0]}) == 5  # new, known, and three ways to be refused


async def test_money_that_waits_finds_its_invoice_among_many(store: Store) -> None:
    await store.pay("early", number="1007", reference=None)
    await store.pay("near", amount=Decimal("77.00"), text="1003", reference=None)
    stored = await together(store, [an_invoice(n) for n in range(1000, 1020)])
    assert {each.status for each in stored if isinstance(each, Imported)} == {"new"}
    assert await store.rows("""select p.source_id, p.state, i.number from incoming_payment p
        left join invoice i on i.id = p.invoice_id order by p.id""") == [
        ("early", "booked", "1007"),
        ("near", "review", None),
    ]
    assert await store.one("select count(*) from dunning_case where balance = 0") == 1
    assert await store.rows("""select i.number from review_candidate r join dunning_case c on c.id = r.case_id
        join invoice i on i.id = c.invoice_id""") == [("1003",)]


async def test_two_files_with_the_same_debtors_in_other_orders_are_stored_at_the_same_moment(store: Store) -> None:
    def file(first: int, turn: int) -> list[IncomingInvoice]:
        return [an_invoice(first + n, debtor_number=n) for n in range(30)][::turn]

    for first in range(0, 500, 100):
        became = await asyncio.gather(
            *(together(store, file(1000 + first + 30 * n, 1 - 2 * (n % 2))) for n in range(3))
        )
        assert {each.status for some in became for each in some if isinstance(each, Imported)} == {"new"}
    assert await store.one("select count(*) from invoice") == 450
    assert await store.one("select count(*) from debtor") == 30


async def test_the_same_file_sent_by_many_at_once_is_stored_once(store: Store) -> None:
    file = [an_invoice(n) for n in range(1000, 1040)]
    became = await asyncio.gather(*(together(store, file[::turn]) for turn in (1, -1, 1, -1)))
    said = [each.status for some in became for each in some if isinstance(each, Imported)]
    assert (said.count("new"), said.count("known")) == (40, 120)
    assert await store.one("select count(*) from outbox") == 40


async def test_of_the_same_numbers_with_other_content_at_once_one_is_stored_and_the_other_changes_nothing(
    store: Store,
) -> None:
    mine = [an_invoice(n) for n in range(1000, 1040)]
    other = [an_invoice(n, amount=Decimal(5), debtor=debtor(customer_number=f"O-{n}")) for n in range(1000, 1040)]
    became = await asyncio.gather(together(store, mine), together(store, other[::-1]))
    refused = [each for some in became for each in some if isinstance(each, Refused)]
    assert (len(refused), await store.one("select count(*) from debtor")) == (40, 40)
    assert all("send a credit note" in str(each) or "for another customer" in str(each) for each in refused)


async def test_what_the_database_refuses_stops_no_other_of_its_file(store: Store, tmp_path: Path) -> None:
    file = [an_invoice(n) for n in range(1000, 1010)]
    file[4] = file[4].model_copy(update={"segment": "a\x00b"})
    with pytest.raises(DBAPIError):
        await together(store, file)
    assert await store.one("select count(*) from invoice") == 0
    written = tmp_path / "invoices.csv"
    written.touch()
    read = [ReadInvoice(str(written), f"line {n}", "invoice", model=each) for n, each in enumerate(file)]
    became = await Storing(store.intake, None).batch(store.database, read, [])
    assert [each.case for each in became] == [None if n == 4 else "started" for n in range(10)]
    assert (became[4].read.reason or "").startswith("the database refuses it")


async def test_many_cost_the_statements_of_one(store: Store) -> None:
    counted = list[str]()
    engine = store.database.engine.sync_engine

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        await together(store, [an_invoice(n) for n in range(1000, 1100)])
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(counted) == 7  # moment, creditor, savepoint, debtors, invoices, money that waits, and its end


def an_invoice(number: int, *, debtor_number: int | None = None, **changes: Any) -> IncomingInvoice:
    """An invoice to a debtor of its own, or of the number given."""
    customer = f"K-{number if debtor_number is None else debtor_number}"
    values = {"reference": None, "debtor": debtor(customer_number=customer, email=f"{customer}@example.no")}
    return invoice(f"{number}", **(values | changes))


async def together(store: Store, invoices: list[IncomingInvoice]) -> list[Imported | Refused]:
    """What becomes of invoices that are stored in one transaction."""
    async with store.database.transaction() as connection:
        return await store.intake.invoices(connection, invoices)
