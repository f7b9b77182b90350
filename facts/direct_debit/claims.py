"""Direct-debit claims: what is to be drawn, and what is taken back. Each change tells its case.

A claim is planned with the file that carries it, sent when the file is published, and then settled by money, failed by
none, or cancelled: cancelling while the file that says so is on its way. One claim lives for a case at a time.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import against, bank_tells_in_time, draw_on, may_be_stopped
from domain.countries.calendar import Calendar
from domain.countries.registry import country_of
from domain.parties.standing import Thing
from domain.planner.case_facts import PendingDraw
from domain.planner.draws import against_draw, moved_to, owed_on
from domain.planner.obstacles import why_not
from facts import diary
from facts.cases.circumstances import COLUMNS, circumstances
from facts.cases.locks import lock_cases
from facts.cases.mandate_in_use import DRAWABLE, DRAWN_IN, DRAWN_OF_LIMIT, MANDATE
from facts.database import in_columns
from facts.direct_debit.files import Wanted, store, wanted_of
from facts.direct_debit.outcomes import INSTALMENTS
from facts.operations.tasks import open_task
from facts.outbox import tell

PAGE = 5000  # claims of one file: its cases are locked while it is written
BEYOND_STOPPING = "claim_beyond_stopping"
HOW_TO_STOP = "the cut-off is past: the debtor stops the draw in the online bank, among the payments that fall due"


CASE = f"""
c.id as case_id, c.number, c.debtor_name, p.id as plan_id, {COLUMNS}
"""
OF_CASE = "left join instalment_plan p on p.case_id = c.id and p.state = 'active'"
UNCLAIMED = text(f"""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id
where c.creditor_id = :creditor and c.id > :after and c.state = 'open' and c.balance > 0
  and i.currency = (select {DRAWN_IN} from creditor cr where cr.id = :creditor) and i.claim_due is null
  and (i.due_date >= :today or exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active')
    or exists (select from dispute x where x.case_id = c.id and x.quiet_until >= :today))
  and exists (select from mandate m where m.debtor_id = c.debtor_id and m.creditor_id = c.creditor_id
    and m.state = 'active')
  and not exists (select from claim cl where cl.case_id = c.id and cl.state in ('planned', 'sent', 'cancelling'))
order by c.id limit :page
""")
WANTING = text(f"""
select {CASE}, m.id as mandate_id, null::int as claim, m.notify, n.number as instalment, c.due_date, m.claim_reference,
  m.payer_number, m.own_limit
from circumstances c {OF_CASE} join creditor cr on cr.id = c.creditor_id
join lateral ({MANDATE}) m on true
left join lateral (select n.* from ({INSTALMENTS}) n where n.plan_id = p.id and n.due_on >= :today and n.left_of_it > 0
  and not exists (select from claim cl where cl.plan_id = n.plan_id and cl.instalment = n.number and cl.state = 'failed')
  order by n.number limit 1) n on true
where c.id = any(:cases) and (p.id is null) = (n.number is null) and {DRAWABLE}
  and not exists (select from claim cl where cl.case_id = c.id and cl.state in ('planned', 'sent', 'cancelling'))
order by c.id
""")
# What is drawn of mandates already, by the month it is due in.
DRAWN_IN_MONTHS = text(f"""
select mandate_id, cast(date_trunc('month', due_on) as date) as month, sum(amount) as amount from claim
where mandate_id = any(:mandates) and state in {DRAWN_OF_LIMIT} group by 1, 2
""")
PLAN = text(f"""
insert into claim (creditor_id, case_id, mandate_id, plan_id, instalment, reference, amount, currency, due_on, state,
  file, bank_tells, happened_at)
select cr.id, w.case_id, w.mandate_id, w.plan_id, w.instalment, w.reference, w.amount,
  {DRAWN_IN}, w.due_on, 'planned', :name, w.bank_tells, :now
from unnest(cast(:case as int[]), cast(:mandate as int[]), cast(:plan as int[]), cast(:instalment as int[]),
  cast(:reference as text[]), cast(:amount as numeric[]), cast(:due_on as date[]), cast(:bank_tells as bool[]))
  as w(case_id, mandate_id, plan_id, instalment, reference, amount, due_on, bank_tells)
join creditor cr on cr.id = :creditor
""")
WITH_BANK = text("""
select cl.id from claim cl where cl.creditor_id = :creditor and cl.id > :after and cl.state = 'sent' and cl.due_on >= :today
order by cl.id limit :page
""")
DRAWING = text(f"""
select c.id as case_id, c.number, c.debtor_name, c.due_date, {COLUMNS}, cl.bank_tells, cl.reference as claim_reference,
  cl.mandate_id, cl.id as claim, cl.amount, cl.due_on, cl.plan_id, cl.instalment,
  m.reference as payer_number, m.state = 'active' as mandate_stands, m.monthly_limit,
  exists (select from case_event e where e.case_id = c.id and e.kind = '{BEYOND_STOPPING}'
    and e.detail ->> 'claim' = cl.id::text) as told
from claim cl join circumstances c on c.id = cl.case_id join mandate m on m.id = cl.mandate_id
where cl.id = any(:claims) and cl.state = 'sent' order by cl.id
""")
MOVE = text("""
update claim cl set moved_from = cl.due_on, due_on = w.due_on, cancel_file = :name
from unnest(cast(:claims as int[]), cast(:days as date[])) as w(id, due_on) where cl.id = w.id and cl.state = 'sent'
""")
CURRENCY = text("select i.currency from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :case")
STOP = text("update claim set state = 'cancelling', cancel_file = :name where id = any(:claims) and state = 'sent'")
LIST = text("""
select cl.id, cl.creditor_id, i.number, cl.instalment, cl.reference, cl.amount, cl.currency, cl.due_on, cl.state, cl.file,
  cl.cancel_file, cl.sent_at, cl.ended_at, cl.why
from claim cl join dunning_case c on c.id = cl.case_id join invoice i on i.id = c.invoice_id
where (cast(:creditor as text) is null or cl.creditor_id = :creditor)
  and (cast(:state as text) is null or cl.state = :state)
order by cl.id
""")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as lists and pages show it. `amount` is in `currency`, moments are UTC."""

    id: int
    creditor: str
    invoice: str
    instalment: int | None
    reference: str
    amount: Decimal
    currency: str
    due_on: date
    state: str
    file: str | None
    cancel_file: str | None
    sent_at: datetime | None
    ended_at: datetime | None
    why: str | None = None  # the centre's code, where it has failed by that


async def list_claims(connection: AsyncConnection, creditor: str | None, state: str | None = None) -> list[ClaimRow]:
    """Claims, oldest first; of all creditors or in all states when None."""
    values = {"creditor": creditor, "state": state}
    return [ClaimRow(*row) for row in (await connection.execute(LIST, values)).all()]


async def unclaimed(connection: AsyncConnection, creditor: str, after: int, today: date) -> list[int]:
    """The next open cases with a mandate and no living claim, after a case in the order of their ids."""
    values = {"creditor": creditor, "after": after, "today": today, "page": PAGE}
    return list((await connection.execute(UNCLAIMED, values)).scalars())


async def wanting(
    connection: AsyncConnection, candidates: Sequence[int], calendar: Calendar, now: datetime
) -> list[Wanted]:
    """The claims that candidates want now: of the invoice, or of the next instalment where a plan is agreed.

    The candidates are locked until the transaction ends.
    """
    await lock_cases(connection, candidates)
    values = {"cases": list(candidates), "now": now, "today": calendar.local_date(now)}
    wanted = []
    rows = (await connection.execute(WANTING, values)).all()
    drawn = await _drawn_in_months(connection, [row.mandate_id for row in rows if row.own_limit is not None])
    for row in rows:
        facts = circumstances(row)
        owed, due = owed_on(facts, row.due_date, row.instalment)
        due_on = draw_on(calendar, now, due)
        if due_on is None or against(owed, why_not(Thing.DRAW, facts, calendar, now)) is not None:
            continue
        month = row.mandate_id, due_on.replace(day=1)
        if row.own_limit is None or drawn[month] + owed <= row.own_limit:
            drawn[month] += owed
            by_bank = row.notify and bank_tells_in_time(calendar, now, due_on)
            wanted.append(wanted_of(row, owed, due_on, bank_tells=by_bank))
    return wanted


async def plan(
    connection: AsyncConnection, creditor: str, wanted: Sequence[Wanted], name: str, number: int, now: datetime
) -> None:
    """These claims leave in a file of this name and number; their cases wait for the draw."""
    await store(connection, creditor, "claims", wanted, name, number, now)
    await connection.execute(PLAN, in_columns(Wanted, wanted) | {"creditor": creditor, "name": name, "now": now})
    await tell(connection, [each.case for each in wanted], "mandate_changed", now)


async def with_bank(connection: AsyncConnection, creditor: str, after: int, today: date) -> list[int]:
    """The next claims that are drawn today or later, after a claim in the order of their ids."""
    values = {"creditor": creditor, "after": after, "today": today, "page": PAGE}
    return list((await connection.execute(WITH_BANK, values)).scalars())


async def cancel_wanted(
    connection: AsyncConnection, claims: Sequence[int], calendar: Calendar, now: datetime
) -> list[Wanted]:
    """Which claims should be stopped and still can be, or moved where they are due later and the centre takes another day.

    Their cases are locked until the transaction ends. Where it is too late, a person is told how the debtor stops the draw at
    the bank, once.
    """
    unwanted = [row for row in await _drawing(connection, claims) if _against(row, calendar, now)]
    await lock_cases(connection, [row.case_id for row in unwanted])
    stoppable, moved = [], defaultdict[tuple[int, date], Decimal](Decimal)
    for row in await _drawing(connection, [row.claim for row in unwanted]):
        why = _against(row, calendar, now)
        if why is None:
            continue
        if may_be_stopped(calendar, row.due_on, now):
            day = await _moved_to(connection, row, calendar, now, moved)
            moved_from = row.due_on if day else None
            wanted = wanted_of(row, row.amount, day or row.due_on, bank_tells=row.bank_tells, moved_from=moved_from)
            stoppable.append(wanted)
        elif not row.told:
            await tell_of_draw(connection, row.case_id, _draw(row), why, now)
            await tell(connection, [row.case_id], "mandate_changed", now)
    return stoppable


async def cancel(
    connection: AsyncConnection, creditor: str, wanted: Sequence[Wanted], name: str, number: int, now: datetime
) -> None:
    """These claims are taken back, or moved, with a file of this name and number."""
    await store(connection, creditor, "cancellations", wanted, name, number, now)
    moved = [each for each in wanted if each.moved_from]
    await connection.execute(STOP, {"claims": [each.claim for each in wanted if not each.moved_from], "name": name})
    days = {"claims": [each.claim for each in moved], "days": [each.due_on for each in moved]}
    await connection.execute(MOVE, days | {"name": name})


async def tell_of_draw(connection: AsyncConnection, case: int, draw: PendingDraw, why: str, now: datetime) -> None:
    """A claim of a locked case is drawn though it should not be: the diary and a task say why, and how it is stopped."""
    detail = {"claim": draw.claim, "amount": draw.amount, "due_on": draw.due_on, "why": why, "how": HOW_TO_STOP}
    await diary.write(connection, BEYOND_STOPPING, "direct debit", [(case, detail)], now)
    currency = (await connection.execute(CURRENCY, {"case": case})).scalar_one()
    what = f"{currency} {draw.amount} is drawn on {draw.due_on} though {why}"
    why = f"{what}: tell the debtor how to stop it in the online bank"
    await open_task(connection, [case], f"draw#{draw.claim}", "draw", why, now, once=True)


async def _drawn_in_months(
    connection: AsyncConnection, mandates: Sequence[int]
) -> defaultdict[tuple[int, date], Decimal]:
    drawn: defaultdict[tuple[int, date], Decimal] = defaultdict(Decimal)
    if mandates:
        for row in (await connection.execute(DRAWN_IN_MONTHS, {"mandates": list(mandates)})).all():
            drawn[row.mandate_id, row.month] = row.amount
    return drawn


async def _moved_to(
    connection: AsyncConnection,
    row: Any,
    calendar: Calendar,
    now: datetime,
    moved: defaultdict[tuple[int, date], Decimal],
) -> date | None:
    """The day to which a claim is moved in the place of taking it back; None where it is taken back.

    Where a month's limit is ours to keep, that of the new month holds too, with what is `moved` there beside.
    """
    country = country_of(calendar.country)
    day = moved_to(_draw(row), circumstances(row), row.due_date, calendar, now) if country.moves_draws else None
    if day is None or row.monthly_limit is None or day.replace(day=1) == row.due_on.replace(day=1):
        return day
    month = row.mandate_id, day.replace(day=1)
    drawn = await _drawn_in_months(connection, [row.mandate_id])
    if drawn[month] + moved[month] + row.amount > row.monthly_limit:
        return None
    moved[month] += row.amount
    return day


async def _drawing(connection: AsyncConnection, claims: Sequence[int]) -> list[Any]:
    return list((await connection.execute(DRAWING, {"claims": list(claims)})).all())


def _draw(row: Any) -> PendingDraw:
    return PendingDraw(
        row.claim, row.amount, row.due_on, row.mandate_stands, row.plan_id, row.instalment, told=row.told
    )


def _against(row: Any, calendar: Calendar, now: datetime) -> str | None:
    return against_draw(_draw(row), circumstances(row), row.due_date, calendar, now)
