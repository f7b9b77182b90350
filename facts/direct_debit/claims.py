"""Direct-debit claims: what is to be drawn, what is with the bank, what became of it. Each change tells its case.

A claim is planned with the file that carries it, sent when the file is published, and then settled by money, failed by
none, or cancelled: cancelling while the file that says so is on its way. One claim lives for a case at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import against, bank_tells_in_time, draw_on, has_failed, may_be_stopped
from domain.countries.calendar import Calendar
from domain.moment import Moment
from domain.planner.case_facts import PendingDraw
from domain.planner.draws import against_draw, owed_on
from domain.planner.obstacles import Thing, why_not
from facts import diary
from facts.cases.circumstances import COLUMNS, circumstances
from facts.cases.locks import lock_cases
from facts.cases.mandate_in_use import DRAWABLE, MANDATE
from facts.database import in_columns
from facts.operations.tasks import open_task
from facts.outbox import tell

PAGE = 5000  # claims of one file: its cases are locked while it is written
BROUGHT_WITHIN_DAYS = 14  # of the day of a draw: banks try again for some days, and book when they are open
REPAIRED_WITHIN_DAYS = 90  # money that comes later than this after a failed draw is not taken for the draw's
LAST_NUMBER = 9_999_999  # seven digits
BEYOND_STOPPING = "claim_beyond_stopping"
HOW_TO_STOP = "the cut-off is past: the debtor stops the draw in the online bank, among the payments that fall due"

AGREEMENTS = text("""
select cr.id, coalesce(nullif(cr.direct_debit ->> 'data_sender', ''), cr.direct_debit ->> 'customer_unit', ''),
  coalesce(cr.direct_debit ->> 'account', ''),
  coalesce((select b.imported_through from bank_account b
     where b.creditor_id = cr.id and b.account = cr.direct_debit ->> 'account'),
    (select case when bool_and(b.imported_through is not null) then min(b.imported_through) end
     from bank_account b where b.creditor_id = cr.id)),
  coalesce(substring(cr.direct_debit ->> 'first_number' from '^[0-9]{1,7}$')::int, 1)
from creditor cr where cr.direct_debit <> '{}' order by cr.id
""")
# Above every number before it; where the seven digits are used up, the lowest that nobody had.
NEXT_NUMBER = text(f"""
with used as (
  select transmission as number from direct_debit_file where kind <> 'mandates'
  union select unnest(cast(:taken as int[]))),
following as (select greatest((select coalesce(max(number), 0) from used) + 1, :first) as number)
select case when number <= {LAST_NUMBER} then number
  else (select min(f.number) + 1 from (select 0 as number union all select number from used) f
    where not exists (select from used u where u.number = f.number + 1)) end
from following
""")

# For which case the bank drew money under a reference: the latest claim of that amount that its retries may still
# serve and whose money has not come; also of a claim that the creditor sent by another system.
DRAWN_FOR = text(f"""
select d.case_id from (
  select cl.case_id, cl.due_on, cl.id from claim cl
    where cl.creditor_id = :creditor and cl.reference = :reference and cl.amount = :amount and cl.currency = :currency
      and cl.payment_id is null and cl.state in ('sent', 'cancelling', 'cancelled', 'failed', 'settled')
  union all
  select c.id, i.claim_due, 0 from invoice i join dunning_case c on c.invoice_id = i.id
    where i.creditor_id = :creditor and i.reference = :reference and c.balance = :amount and i.currency = :currency
      and i.claim_due is not null) d
where d.due_on <= :booked_on and d.due_on > cast(:booked_on as date) - {BROUGHT_WITHIN_DAYS}
order by d.due_on desc, d.id limit 1
""")
# Of several drawn payments, each for another case: the claim that each of them settles, once.
NOTE_MONEY = text("""
update claim cl set payment_id = (
  select p.id from dunning_case c join incoming_payment p on p.invoice_id = c.invoice_id
  where c.id = cl.case_id and p.id = any(:payments) limit 1)
where cl.id = any(array(
  select (select q.id from claim q where q.case_id = c.id and q.amount = p.amount and q.payment_id is null
    and q.due_on <= p.booked_on and q.state in ('sent', 'cancelling', 'cancelled', 'failed', 'settled')
    order by q.due_on desc, q.id limit 1)
  from incoming_payment p join dunning_case c on c.invoice_id = p.invoice_id where p.id = any(:payments) and p.amount > 0))
""")

# What is left of an instalment when all that came in since the plan was agreed fills them in their order.
INSTALMENTS = """
select n.plan_id, n.number, n.due_on, least(n.amount, pc.balance - np.total
  + (select sum(s.amount) from instalment s where s.plan_id = n.plan_id and s.number <= n.number)) as left_of_it
from instalment n join instalment_plan np on np.id = n.plan_id join dunning_case pc on pc.id = np.case_id
"""
CASE = f"""
c.id as case_id, c.number, c.debtor_name, p.id as plan_id, {COLUMNS}
"""
OF_CASE = "left join instalment_plan p on p.case_id = c.id and p.state = 'active'"
UNCLAIMED = text("""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id
where c.creditor_id = :creditor and c.id > :after and c.state = 'open' and c.balance > 0
  and i.currency = 'NOK' and i.claim_due is null
  and (i.due_date >= :today or exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active')
    or exists (select from dispute x where x.case_id = c.id and x.quiet_until >= :today))
  and exists (select from mandate m where m.debtor_id = c.debtor_id and m.creditor_id = c.creditor_id
    and m.state = 'active')
  and not exists (select from claim cl where cl.case_id = c.id and cl.state in ('planned', 'sent', 'cancelling'))
order by c.id limit :page
""")
WANTING = text(f"""
select {CASE}, m.id as mandate_id, null::int as claim, m.notify, n.number as instalment, c.due_date, m.claim_reference
from circumstances c {OF_CASE} join creditor cr on cr.id = c.creditor_id
join lateral ({MANDATE}) m on true
left join lateral (select n.* from ({INSTALMENTS}) n where n.plan_id = p.id and n.due_on >= :today and n.left_of_it > 0
  and not exists (select from claim cl where cl.plan_id = n.plan_id and cl.instalment = n.number and cl.state = 'failed')
  order by n.number limit 1) n on true
where c.id = any(:cases) and (p.id is null) = (n.number is null) and {DRAWABLE}
  and not exists (select from claim cl where cl.case_id = c.id and cl.state in ('planned', 'sent', 'cancelling'))
order by c.id
""")
STORE_FILE = text("""
insert into direct_debit_file (name, creditor_id, kind, transmission, assignment, count, total, state, happened_at)
values (:name, :creditor, :kind, :number, :number, :count, :total, 'prepared', :now)
""")
PLAN = text("""
insert into claim (creditor_id, case_id, mandate_id, plan_id, instalment, reference, amount, currency, due_on, state,
  file, bank_tells, happened_at)
select :creditor, w.case_id, w.mandate_id, w.plan_id, w.instalment, w.reference, w.amount, 'NOK', w.due_on, 'planned',
  :name, w.bank_tells, :now
from unnest(cast(:case as int[]), cast(:mandate as int[]), cast(:plan as int[]), cast(:instalment as int[]),
  cast(:reference as text[]), cast(:amount as numeric[]), cast(:due_on as date[]), cast(:bank_tells as bool[]))
  as w(case_id, mandate_id, plan_id, instalment, reference, amount, due_on, bank_tells)
""")
WITH_BANK = text("""
select cl.id from claim cl where cl.creditor_id = :creditor and cl.id > :after and cl.state = 'sent' and cl.due_on >= :today
order by cl.id limit :page
""")
DRAWING = text(f"""
select c.id as case_id, c.number, c.debtor_name, c.due_date, {COLUMNS}, cl.bank_tells, cl.reference as claim_reference,
  cl.mandate_id, cl.id as claim, cl.amount, cl.due_on, cl.plan_id, cl.instalment, m.state = 'active' as mandate_stands,
  exists (select from case_event e where e.case_id = c.id and e.kind = '{BEYOND_STOPPING}'
    and e.detail ->> 'claim' = cl.id::text) as told
from claim cl join circumstances c on c.id = cl.case_id join mandate m on m.id = cl.mandate_id
where cl.id = any(:claims) and cl.state = 'sent' order by cl.id
""")
STOP = text("update claim set state = 'cancelling', cancel_file = :name where id = any(:claims) and state = 'sent'")
PUBLISHED = text("""
update direct_debit_file set state = 'sent' where name = :name and state = 'prepared' returning kind
""")
SENT = text("""
update claim cl set state = 'sent', sent_at = :now from mandate m
where cl.file = :name and cl.state = 'planned' and m.id = cl.mandate_id
returning cl.id, cl.case_id, cl.amount, cl.due_on, m.notify and not cl.bank_tells as untold
""")
CANCELLED = text("""
update claim set state = 'cancelled', ended_at = :now where cancel_file = :name and state = 'cancelling'
returning id, case_id, amount, due_on
""")
FILE_KNOWN = text("select exists (select from direct_debit_file where name = :name)")
FILE = text("""
select creditor_id, kind, transmission from direct_debit_file where name = :name and state = 'prepared'
""")
IN_FILE = text("""
select c.id as case_id, c.number, c.debtor_name, cl.reference as claim_reference, cl.amount, cl.due_on, cl.bank_tells,
  cl.instalment, cl.plan_id, cl.mandate_id, cl.id as claim
from claim cl join circumstances c on c.id = cl.case_id
where cl.file = :name or cl.cancel_file = :name order by cl.id
""")
PREPARED = text("select name from direct_debit_file where state = 'prepared' order by name")
# By the money that the bank drew; where bank data does not say which that is, by what was paid since. Late money repairs
# a failed draw: the bank has tried again, or the debtor has paid after all.
SETTLE = text(f"""
update claim cl set state = 'settled', ended_at = :now from dunning_case c
where cl.creditor_id = :creditor and c.id = cl.case_id and cl.due_on <= :today
  and (cl.state = 'sent' or (cl.state = 'failed' and cl.due_on > cast(:today as date) - {REPAIRED_WITHIN_DAYS}))
  and case when cl.payment_id is not null then true
    when cl.plan_id is null then (cl.state = 'sent' and c.balance <= 0)
      or (select -sum(l.amount) from ledger_entry l where l.invoice_id = c.invoice_id
        and l.kind in ('payment', 'reversal', 'refund') and l.booked_on >= cl.due_on) >= cl.amount
    else exists (select from ({INSTALMENTS}) n where n.plan_id = cl.plan_id and n.number = cl.instalment
      and n.left_of_it <= 0) end
returning cl.id, cl.case_id, cl.amount, cl.due_on
""")
# Of a case whose money was taken back, the draw of that amount, else the latest: the debtor, or the debtor's bank, has
# undone it.
RETURNED = text("""
update claim set state = 'returned', ended_at = :now where id in (
  select id from claim where case_id = :case and (state = 'settled' or (state = 'sent' and due_on <= :today))
  order by amount = :amount desc, id desc limit 1)
returning id, case_id, amount, due_on
""")
IS_UNDONE = text("""
select exists (select from claim cl join mandate m on m.id = :mandate
  where cl.case_id = :case and cl.state = 'returned' and cl.ended_at >= greatest(m.asked_at, m.confirmed_at))
""")
DUES = text("select distinct due_on from claim where creditor_id = :creditor and state = 'sent' and due_on < :today")
FAIL = text("""
update claim set state = 'failed', ended_at = :now
where creditor_id = :creditor and state = 'sent' and due_on = any(:dues) returning id, case_id, amount, due_on
""")
LIST = text("""
select cl.id, cl.creditor_id, i.number, cl.instalment, cl.reference, cl.amount, cl.currency, cl.due_on, cl.state, cl.file,
  cl.cancel_file, cl.sent_at, cl.ended_at
from claim cl join dunning_case c on c.id = cl.case_id join invoice i on i.id = c.invoice_id
where (cast(:creditor as text) is null or cl.creditor_id = :creditor)
  and (cast(:state as text) is null or cl.state = :state)
order by cl.id
""")

Kind = Literal["claims", "cancellations"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A creditor's agreement with Nets: its data sender's number (8 digits) and its account (11 digits).

    The bank data of that account is imported through `imported_through`; None where it is not imported. Its files have
    no number below `first_number`: another system had those.
    """

    creditor: str
    data_sender: str
    account: str
    imported_through: date | None
    first_number: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim that goes out now, or is taken back: then `claim` is its id. `amount` is in kroner.

    `bank_tells` is true where the debtor wants the bank to tell of each claim, and it still can in time.
    """

    case: int
    number: str
    debtor_name: str
    reference: str
    amount: Decimal
    due_on: date
    bank_tells: bool
    instalment: int | None
    plan: int | None
    mandate: int
    claim: int | None


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """What a file that was committed says: it can be written again."""

    creditor: str
    kind: Kind
    number: int
    claims: tuple[Wanted, ...]


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


async def agreements(connection: AsyncConnection) -> list[Agreement]:
    """The creditors that can claim by direct debit, in the order of their ids."""
    return [Agreement(*row) for row in (await connection.execute(AGREEMENTS)).all()]


async def list_claims(connection: AsyncConnection, creditor: str | None, state: str | None = None) -> list[ClaimRow]:
    """Claims, oldest first; of all creditors or in all states when None."""
    values = {"creditor": creditor, "state": state}
    return [ClaimRow(*row) for row in (await connection.execute(LIST, values)).all()]


# --- files -----------------------------------------------------------------------------------------------------


async def next_number(connection: AsyncConnection, first: int, taken: Sequence[int]) -> int:
    """The number of the next file: of no file before it, of none that is `taken`, and not below `first`."""
    number: int = (await connection.execute(NEXT_NUMBER, {"first": first, "taken": list(taken)})).scalar_one()
    return number


async def is_known_file(connection: AsyncConnection, name: str) -> bool:
    """Whether a file of claims or cancellations of this name was committed."""
    return bool((await connection.execute(FILE_KNOWN, {"name": name})).scalar_one())


async def prepared_files(connection: AsyncConnection) -> list[str]:
    """The files that were committed and not yet noted as published: a crash came between."""
    return list((await connection.execute(PREPARED)).scalars())


async def committed_file(connection: AsyncConnection, name: str) -> CommittedFile:
    """What a committed file says that was not noted as published."""
    file = (await connection.execute(FILE, {"name": name})).one()
    rows = (await connection.execute(IN_FILE, {"name": name})).all()
    wanted = tuple(_wanted(row, row.amount, row.due_on, bank_tells=row.bank_tells) for row in rows)
    return CommittedFile(file.creditor_id, file.kind, file.transmission, wanted)


async def published(connection: AsyncConnection, name: str, now: datetime) -> None:
    """A file is there for the bank: its claims are sent, or its cancelled ones are over. Once."""
    kind = (await connection.execute(PUBLISHED, {"name": name})).scalar_one_or_none()
    if kind == "claims":
        sent = (await connection.execute(SENT, {"name": name, "now": now})).all()
        await _diary(connection, sent, "claim_sent", now)
        await tell(connection, [row.case_id for row in sent if row.untold], "mandate_changed", now)
    elif kind == "cancellations":
        cancelled = (await connection.execute(CANCELLED, {"name": name, "now": now})).all()
        await _end(connection, cancelled, "claim_cancelled", now)


# --- claims out ------------------------------------------------------------------------------------------------


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
    for row in (await connection.execute(WANTING, values)).all():
        facts = circumstances(row)
        owed, due = owed_on(facts, row.due_date, row.instalment)
        due_on = draw_on(calendar, now, due)
        if due_on is not None and against(owed, why_not(Thing.DRAW, facts, calendar, now)) is None:
            by_bank = row.notify and bank_tells_in_time(calendar, now, due_on)
            wanted.append(_wanted(row, owed, due_on, bank_tells=by_bank))
    return wanted


async def plan(
    connection: AsyncConnection, creditor: str, wanted: Sequence[Wanted], name: str, number: int, now: datetime
) -> None:
    """These claims leave in a file of this name and number; their cases wait for the draw."""
    await _store_file(connection, creditor, "claims", wanted, name, number, now)
    await connection.execute(PLAN, in_columns(Wanted, wanted) | {"creditor": creditor, "name": name, "now": now})
    await tell(connection, [each.case for each in wanted], "mandate_changed", now)


# --- claims taken back -----------------------------------------------------------------------------------------


async def with_bank(connection: AsyncConnection, creditor: str, after: int, today: date) -> list[int]:
    """The next claims that are drawn today or later, after a claim in the order of their ids."""
    values = {"creditor": creditor, "after": after, "today": today, "page": PAGE}
    return list((await connection.execute(WITH_BANK, values)).scalars())


async def cancel_wanted(
    connection: AsyncConnection, claims: Sequence[int], calendar: Calendar, now: datetime
) -> list[Wanted]:
    """Which claims should be stopped and still can be; their cases are locked until the transaction ends.

    Where it is too late, a person is told how the debtor stops the draw at the bank, once.
    """
    unwanted = [row for row in await _drawing(connection, claims) if _against(row, calendar, now)]
    await lock_cases(connection, [row.case_id for row in unwanted])
    stoppable = []
    for row in await _drawing(connection, [row.claim for row in unwanted]):
        why = _against(row, calendar, now)
        if why is None:
            continue
        if may_be_stopped(calendar, row.due_on, now):
            stoppable.append(_wanted(row, row.amount, row.due_on, bank_tells=row.bank_tells))
        elif not row.told:
            await tell_of_draw(connection, row.case_id, _draw(row), why, now)
            await tell(connection, [row.case_id], "mandate_changed", now)
    return stoppable


async def cancel(
    connection: AsyncConnection, creditor: str, wanted: Sequence[Wanted], name: str, number: int, now: datetime
) -> None:
    """These claims are taken back with a file of this name and number."""
    await _store_file(connection, creditor, "cancellations", wanted, name, number, now)
    await connection.execute(STOP, {"claims": [each.claim for each in wanted], "name": name})


async def tell_of_draw(connection: AsyncConnection, case: int, draw: PendingDraw, why: str, now: datetime) -> None:
    """A claim of a locked case is drawn though it should not be: the diary and a task say why, and how it is stopped."""
    detail = {"claim": draw.claim, "amount": draw.amount, "due_on": draw.due_on, "why": why, "how": HOW_TO_STOP}
    await diary.write(connection, BEYOND_STOPPING, "direct debit", [(case, detail)], now)
    what = f"NOK {draw.amount} is drawn on {draw.due_on} though {why}"
    why = f"{what}: tell the debtor how to stop it in the online bank"
    await open_task(connection, [case], f"draw#{draw.claim}", "draw", why, now, once=True)


async def _drawing(connection: AsyncConnection, claims: Sequence[int]) -> list[Any]:
    return list((await connection.execute(DRAWING, {"claims": list(claims)})).all())


def _draw(row: Any) -> PendingDraw:
    return PendingDraw(
        row.claim, row.amount, row.due_on, row.mandate_stands, row.plan_id, row.instalment, told=row.told
    )


def _against(row: Any, calendar: Calendar, now: datetime) -> str | None:
    return against_draw(_draw(row), circumstances(row), row.due_date, calendar, now)


# --- what became of claims -------------------------------------------------------------------------------------


async def settle_claims(connection: AsyncConnection, creditor: str, now: Moment) -> int:
    """Claims whose money has come are settled, failed ones too; gives how many."""
    values = {"creditor": creditor, "today": now.day, "now": now.at}
    settled = (await connection.execute(SETTLE, values)).all()
    await _end(connection, settled, "claim_settled", now.at)
    return len(settled)


async def fail(connection: AsyncConnection, agreement: Agreement, calendar: Calendar, now: datetime) -> int:
    """Claims that brought nothing within their grace, as far as the bank data is here, have failed; gives how many."""
    of = {"creditor": agreement.creditor, "today": calendar.local_date(now)}
    dues = (await connection.execute(DUES, of)).scalars().all()
    over = [due for due in dues if has_failed(calendar, due, now, agreement.imported_through)]
    failed = (await connection.execute(FAIL, of | {"dues": over, "now": now})).all()
    await _end(connection, failed, "claim_failed", now)
    return len(failed)


async def drawn_for(
    connection: AsyncConnection, creditor: str, reference: str | None, amount: Decimal, currency: str, booked_on: date
) -> int | None:
    """The case for which the bank drew an amount, booked on a day, under a reference that several may have; None: not ours."""
    values = {
        "creditor": creditor,
        "reference": reference,
        "amount": amount,
        "currency": currency,
        "booked_on": booked_on,
    }
    return (await connection.execute(DRAWN_FOR, values)).scalar_one_or_none()


async def note_money(connection: AsyncConnection, payments: Sequence[int]) -> None:
    """The claims that brought payments which the bank drew know it; each payment is booked on another invoice, or on several."""
    await connection.execute(NOTE_MONEY, {"payments": list(payments)})


async def returned(connection: AsyncConnection, case: int, amount: Decimal, now: Moment) -> None:
    """An amount of a locked case was taken back and is owed again: its draw is not repeated, but on the debtor's word.

    That is a new mandate, or asking for direct debit again.
    """
    undone = (
        await connection.execute(RETURNED, {"case": case, "amount": amount, "today": now.day, "now": now.at})
    ).all()
    await _diary(connection, undone, "claim_returned", now.at)


async def is_undone(connection: AsyncConnection, case: int, mandate: int) -> bool:
    """Whether a draw of a case was taken back, and the debtor has not asked for another one under the mandate since."""
    return bool((await connection.execute(IS_UNDONE, {"case": case, "mandate": mandate})).scalar_one())


async def _end(connection: AsyncConnection, claims: Sequence[Any], kind: str, now: datetime) -> None:
    await _diary(connection, claims, kind, now)
    await tell(connection, [row.case_id for row in claims], "mandate_changed", now)


# --- what all share --------------------------------------------------------------------------------------------


async def _store_file(
    connection: AsyncConnection,
    creditor: str,
    kind: Kind,
    wanted: Sequence[Wanted],
    name: str,
    number: int,
    now: datetime,
) -> None:
    values = {
        "name": name,
        "creditor": creditor,
        "kind": kind,
        "number": number,
        "count": len(wanted),
        "total": sum(each.amount for each in wanted),
        "now": now,
    }
    await connection.execute(STORE_FILE, values)


async def _diary(connection: AsyncConnection, claims: Sequence[Any], kind: str, now: datetime) -> None:
    lines = [(row.case_id, {"claim": row.id, "amount": row.amount, "due_on": row.due_on}) for row in claims]
    await diary.write(connection, kind, "direct debit", lines, now)


def _wanted(row: Any, amount: Decimal, due_on: date, *, bank_tells: bool) -> Wanted:
    return Wanted(
        case=row.case_id,
        number=row.number,
        debtor_name=row.debtor_name,
        reference=row.claim_reference,
        amount=amount,
        due_on=due_on,
        bank_tells=bank_tells,
        instalment=row.instalment,
        plan=row.plan_id,
        mandate=row.mandate_id,
        claim=row.claim,
    )
