"""Purr's own facts are a past in which everything is known from when it was, and nobody is who must not be guessed about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import text

from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import PromiseToPay
from commands.command import Command
from commands.record import record
from domain.invoices.incoming import IncomingCreditNote
from domain.parties.message_classes import MessageClass, Sorted
from domain.planner.calls import Outcome
from domain.vocabulary import Channel
from facts.agreements import plans
from facts.deliveries import provider_events, sortings
from facts.deliveries.provider_events import ProviderEvent
from facts.invoices.invoices import move_due_date
from facts.operations import calls
from facts.operations.tasks import open_task
from prediction.history.features import features_at
from prediction.history.lost import LOST
from prediction.history.own import own_past
from prediction.history.past import Happened, Past
from prediction.history.settled import End
from tests.pasts import settled_at
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import SPRING, debtor

LATER = NOW + timedelta(days=60)
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}
# What only other systems do, and so comes with their files: rows as those leave them.
BESIDE = """
with m as (insert into mandate (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
  select creditor_id, debtor_id, '2345676', 'active', false, 'file', :now, :now from dunning_case where id = :case returning id),
drawn as (insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, ended_at, why,
    happened_at) select 'acme', :case, m.id, '2345676', 802, 'NOK', :today, 'failed', :now, '3', :now from m),
sent as (insert into already_sent (invoice_id, message, channel, sent_on, fee, happened_at)
  select invoice_id, 'collection-notice', 'letter', :day, 0, :now from dunning_case where id = :case),
begun as (insert into payment_attempt (id, creditor_id, case_id, provider, way, amount, currency, state, refunded, ended_at,
    happened_at)
  values (:attempt, 'acme', :case, 'stripe', 'card', 802, 'NOK', 'abandoned', 0, :now, :now)),
came as (insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, state, happened_at)
  values ('acme', 'bank', 'p9', 802, 'NOK', :today, 'review', :now) returning id),
waits as (insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
  select id, :case, 1, 5, '[]', :now from came),
given as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
  values ('acme', :case, 'exported', :now, :now))
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select 'acme', invoice_id, 'write-off', 'principal', -1, 'NOK', :today, 'write-off', '1/loss#1', :now
from dunning_case where id = :case
"""


async def past_of(store: Store, at: datetime = LATER, creditor: str | None = None) -> Past:
    async with store.database.snapshot() as connection:
        return await own_past(connection, at, creditor)


async def do(store: Store, case: int, command: Command[Any]) -> None:
    async with store.database.transaction() as connection:
        await record(connection, PLANNING, case, command, f"{command.name} {case}", NOW)


def happened(past: Past, case: int) -> Mapping[Happened, tuple[str, str, float, str | None, str | None]]:
    """Of each kind the last that happened to a case: when, known when, amount, channel, detail."""
    events = past.events
    of_case = np.flatnonzero(past.invoices.id[events.invoice] == case)

    def word(words: Any, row: int) -> str | None:
        return words.meanings[words.codes[row]] if words.codes[row] >= 0 else None

    return {
        Happened(events.kind[row]): (
            str(events.at[row]),
            str(events.known_at[row]),
            float(events.amount[row]),
            word(events.channel, row),
            word(events.detail, row),
        )
        for row in of_case
    }


async def lived(store: Store) -> tuple[int, int]:
    """Two cases of a debtor, to which everything happens that there is; gives them."""
    case, other = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await store.accept(email := await store.claim(case, fee="35.00"))
    async with store.database.transaction() as connection:
        seen = ProviderEvent("sendgrid", "e1", email, "read", NOW, read_by="page visit")
        await provider_events.record(connection, seen, NOW)
    await store.accept(sms := await store.claim(case, "second", Channel.SMS))
    await store.fail(sms)
    await store.pay(amount=Decimal("335.00"), booked_on=TODAY - timedelta(days=1))
    async with store.database.transaction() as connection:
        credit = {"creditor": "acme", "number": "C1", "invoice_number": "1001", "issue_date": SPRING, "currency": "NOK"}
        await store.intake.credit_note(connection, IncomingCreditNote(**credit, amount=Decimal("100.00")), NOW)
        assert await move_due_date(connection, "acme", "1001", TODAY + timedelta(days=20), NOW)
        await open_task(connection, [case], "call", "call", "the policy calls", NOW)
    (task,) = await store.rows("select id from task where kind = 'call'")
    said = "insert into reply (creditor_id, debtor_id, channel, text, happened_at)" + (
        " select creditor_id, debtor_id, 'sms', 'Jeg betaler på fredag', :now from dunning_case where id = :case returning id"
    )
    async with store.database.transaction() as connection:
        await calls.tried(connection, task.id, "anne", Outcome.CANNOT_PAY, NOW)
        reply = (await connection.execute(text(said), {"case": other, "now": NOW})).scalar_one()
        classes = ((MessageClass.PROMISE, 0.8), (MessageClass.WANTS_TIME, 0.4), (MessageClass.THANKS, 0.1))
        await sortings.keep(connection, reply, Sorted(classes, stop=False), "1", NOW)
        await sortings.judge(connection, reply, MessageClass.PROMISE, "rejected", "anne", LATER)
        await sortings.judge(connection, reply, MessageClass.WANTS_TIME, "confirmed", "anne", LATER)
    await do(store, case, PromiseToPay(pay_by=TODAY + timedelta(days=2), by="ola", reason_code="payday"))
    await store.pay("p2", amount=Decimal("402.00"))
    await do(store, other, PromiseToPay(pay_by=TODAY + timedelta(days=5), by="ola", reason_code="payday"))
    await do(store, other, AgreeOnPlan(months=2, by="ola", reason_code="asked"))
    async with store.database.transaction() as connection:
        await plans.close(connection, [other], "broken", NOW)
    await store.command(other, "dispute", amount=Decimal("50.00"))
    await store.command(other, "resolve_dispute", upheld=False)
    await store.do(BESIDE, case=other, now=NOW, today=TODAY, day=TODAY - timedelta(days=40), attempt=uuid4())
    await store.command(other, "withdraw")
    return case, other


async def test_a_plan_that_was_kept_is_known_as_kept_and_runs_no_more(store: Store) -> None:
    case = await store.invoice("1001")
    await do(store, case, AgreeOnPlan(months=2, by="ola", reason_code="asked"))
    async with store.database.transaction() as connection:
        await plans.close(connection, [case], "kept", NOW)
    past = await past_of(store)
    assert happened(past, case)[Happened.PLAN_KEPT][:2] == ("2026-07-01T10:00:00", "2026-07-01T10:00:00")
    known = features_at(past, np.array([0]), np.array([past.through])).row(0)
    assert (known["plans_kept"], known["plans_broken"], known["plan_runs"]) == (1, 0, 0)


async def test_everything_that_happens_arrives_as_it_became_known(store: Store) -> None:
    case, other = await lived(store)
    past = await past_of(store)
    now, day_before, midnight = "2026-07-01T10:00:00", "2026-06-30T10:00:00", "2026-07-06T22:00:00"
    nan = pytest.approx(np.nan, nan_ok=True)
    days = float((TODAY - date(1970, 1, 1)).days)
    assert happened(past, case) == {
        Happened.MESSAGE: (now, now, nan, "sms", "reminder"),
        Happened.READ: (now, now, nan, "email", "page visit"),
        Happened.VISIT: (now, now, nan, None, None),
        Happened.NOT_DELIVERED: (now, now, nan, "sms", None),
        Happened.FEE: (now, now, 35, None, None),
        Happened.CREDIT: (now, now, 100, None, None),
        Happened.PAYMENT: (now, now, 402, None, "bank"),
        Happened.DUE_DATE_MOVED: (now, now, days + 20, None, None),
        Happened.CALL: (now, now, nan, None, "cannot pay"),
        Happened.PROMISE: (now, now, days + 2, None, None),
        Happened.PROMISE_KEPT: (midnight, midnight, nan, None, None),
    }
    first = past.events.of((past.events.kind == Happened.PAYMENT) & (past.events.amount == 335))
    assert (str(first.at[0]), str(first.known_at[0])) == (day_before, now)
    assert happened(past, other) == {
        Happened.REPLY: (str(past.through), str(past.through), nan, "sms", "wants_time"),
        Happened.PROMISE: (now, now, days + 5, None, None),
        Happened.PROMISE_BROKEN: ("2026-07-09T22:00:00", "2026-07-09T22:00:00", nan, None, None),
        Happened.PLAN: (now, now, nan, None, None),
        Happened.PLAN_BROKEN: (now, now, nan, None, None),
        Happened.DISPUTE: (now, now, 50, None, None),
        Happened.DISPUTE_ENDED: (now, now, nan, None, "rejected"),
        Happened.DRAW_FAILED: (now, now, nan, None, "3"),
        Happened.MESSAGE: ("2026-05-22T10:00:00", now, nan, "letter", "collection-notice"),
        Happened.NOTICE: ("2026-05-22T10:00:00", now, nan, "letter", None),
        Happened.VISIT: (now, now, nan, None, None),
        Happened.PAYMENT_FAILED: (now, now, nan, None, "card"),
        Happened.MONEY_WAITS: (now, now, nan, None, None),
        Happened.HAND_OFF: (now, now, nan, None, None),
        Happened.WRITTEN_OFF: (now, now, 1, None, None),
        Happened.CLOSED: (now, now, nan, None, "withdrawn"),
    }
    assert {*happened(past, case), *happened(past, other)} == {*Happened} - {
        Happened.PLAN_KEPT,
        Happened.CHOICE,
        Happened.INTEREST,
        Happened.CUSTOMER_LEFT,
    }
    assert settled_at(past).how.tolist() == [End.PAID, End.OTHERWISE]
    before = past.as_of(np.datetime64("2026-07-01T10:00:00", "s"))
    promised = before.events.of(before.events.kind == Happened.REPLY)
    assert [promised.detail.meanings[code] for code in promised.detail.codes] == ["promise"]
    told = {past.told.what.meanings[code] for code in past.told.what.codes}
    assert told == {"direct debit"}


async def test_an_invoice_comes_with_who_owes_it_and_is_known_from_when_it_came(store: Store) -> None:
    case = await store.invoice(segment="homes")
    past = await past_of(store)
    found = past.invoices
    assert found.id.tolist() == [case]
    assert found.debtor.tolist() == [row.id for row in await store.rows("select id from debtor")]
    assert (found.amount.tolist(), found.due.astype(str).tolist()) == ([802.0], [str(SPRING + timedelta(days=14))])
    assert str(found.known_at[0]) == "2026-07-01T10:00:00"
    words = [column.meanings[column.codes[0]] for column in (found.creditor, found.currency, found.kind, found.country)]
    assert words == ["acme", "NOK", "consumer", "NO"]
    assert [column.meanings[column.codes[0]] for column in (found.segment, found.postcode)] == ["homes", "0155"]
    assert features_at(past, np.array([0]), np.array([past.through])).row(0)["cold"] == 1


async def test_only_the_creditor_that_is_asked_for_and_of_all_none_in_test_mode(store: Store) -> None:
    case = await store.invoice()
    theirs = await store.invoice("7", creditor="beta", reference=None)
    assert (await past_of(store, creditor="beta")).invoices.id.tolist() == [theirs]
    assert (await past_of(store)).invoices.id.tolist() == [case, theirs]
    await store.do("insert into creditor_clock (creditor_id, ahead) values ('beta', interval '1 day')")
    assert (await past_of(store)).invoices.id.tolist() == [case]


@pytest.mark.parametrize(
    "told",
    [
        "insert into life_event (debtor_id, kind, by, happened_at) select :debtor, 'no profiling', 'anne', :now",
        "update debtor set stop_reason = 'deceased' where id = :debtor",
        "update debtor set protected_address = true where id = :debtor",
        "update debtor set birth_date = :young where id = :debtor",
        "update debtor set name = 'erased', address = '[]' where id = :debtor",
    ],
)
async def test_nobody_is_in_it_who_must_not_be_guessed_about(store: Store, told: str) -> None:
    await store.invoice("1001")
    other = await store.invoice("1002", reference=None, debtor=debtor(**OLA))
    theirs = await store.one("select id from debtor where customer_number = 'K-1'")
    given = {"now": NOW, "young": date(TODAY.year - 17, 1, 1)}
    await store.do(told, debtor=theirs, **{name: value for name, value in given.items() if f":{name}" in told})
    assert (await past_of(store)).invoices.id.tolist() == [other]


async def test_who_takes_an_objection_back_is_in_it_again(store: Store) -> None:
    case = await store.invoice()
    await store.known("no profiling")
    assert (await past_of(store)).invoices.id.tolist() == []
    await store.do(
        """insert into life_event (debtor_id, kind, until, by, happened_at)
        select id, 'no profiling', :today, 'anne', :now from debtor""",
        today=TODAY,
        now=NOW,
    )
    assert (await past_of(store)).invoices.id.tolist() == [case]


async def test_what_a_creditor_tells_of_a_relation_is_told_of_the_debtor(store: Store) -> None:
    await store.invoice()
    await store.do(
        """insert into customer_relation (creditor_id, told_id, customer_number, kind, day, product, monthly_margin, currency,
          payment_method, happened_at)
        values ('acme', 'r1', 'K-1', 'started', '2025-07-01', '', 149, 'NOK', 'avtalegiro', :now)""",
        now=NOW,
    )
    past = await past_of(store)
    known = features_at(past, np.array([0]), np.array(["2026-07-01T12:00:00"], dtype="M8[s]")).row(0)
    assert known["margin"] == 149
    assert known["months_as_customer"] == pytest.approx(12, abs=0.1)


async def test_who_left_is_told_with_what_that_cost_and_of_nobody_else(store: Store) -> None:
    await store.invoice()
    other = await store.invoice("1002", debtor=debtor(**OLA))
    relation = """insert into customer_relation (creditor_id, told_id, customer_number, kind, day, product, monthly_margin,
        currency, happened_at) values ('acme', :id, :who, :kind, :day, '', :margin, :currency, :now)"""
    for id_, who, kind, day, margin, currency in (
        ("r1", "K-1", "started", date(2025, 3, 1), 100, "NOK"),
        ("r2", "K-10", "started", date(2025, 3, 1), 100, "NOK"),
        ("r3", "K-10", "ended", date(2026, 4, 1), None, None),
        ("r4", "K-stranger", "ended", date(2026, 4, 1), None, None),
    ):
        values = {"id": id_, "who": who, "kind": kind, "day": day, "margin": margin, "currency": currency, "now": NOW}
        await store.do(relation, **values)
    past = await past_of(store)
    rows = past.told.what.among(LOST)
    (debtor_id,) = past.invoices.debtor[past.invoices.id == other]
    assert past.told.debtor[rows].tolist() == [debtor_id]
    assert (past.told.since[rows].tolist(), past.told.number[rows].tolist()) == ([date(2026, 4, 1)], [1200.0])
    assert not past.as_of(past.told.known_at[rows][0] - np.timedelta64(1, "s")).told.what.among(LOST).any()


async def test_interest_that_was_charged_is_known_and_what_was_reckoned_anew_is_taken_off(store: Store) -> None:
    case = await store.invoice()
    sources = (("interest", f"{uuid4()}/{case}", "12.00"), ("interest taken back", "1/2026-07-01T10:00:00#1", "-2.00"))
    for source, id_, amount in sources:
        await store.do(
            """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
              reverses, happened_at)
            select 'acme', c.invoice_id, 'interest', 'interest', :amount, 'NOK', :today, :source, :id,
              (select l.id from ledger_entry l where l.kind = 'interest' and l.invoice_id = c.invoice_id), :now
            from dunning_case c where c.id = :case""",
            source=source,
            id=id_,
            amount=Decimal(amount),
            today=TODAY,
            case=case,
            now=NOW,
        )
    events = (await past_of(store)).events
    assert events.amount[events.kind == Happened.INTEREST].tolist() == [12.0, -2.0]
    assert not (events.kind == Happened.FEE).any()


async def test_nothing_is_a_past_too(store: Store) -> None:
    past = await past_of(store)
    assert (len(past.invoices), len(past.events), len(past.told)) == (0, 0, 0)
    assert past.through == np.datetime64(LATER.astimezone(UTC).replace(tzinfo=None), "s")
