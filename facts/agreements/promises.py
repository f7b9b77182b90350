"""Promises to pay: recorded within the policy's bounds, and told to their case."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.promises import PromiseRules, may_promise
from domain.countries.calendar import Calendar
from domain.planner.case_facts import Circumstances
from domain.planner.obstacles import Thing, why_not
from facts import diary
from facts.cases.circumstances import COLUMNS, circumstances
from facts.outbox import tell
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import emit

# The lock comes first, in a statement of its own: what is read after it sees all that its holder before has done.
LOCK = text("select from dunning_case where id = :case for update")
CASE = text(f"""
select {COLUMNS}, c.number, c.currency from circumstances c where c.id = :case
""")
INSERT = text("""
insert into promise (case_id, pay_by, amount, by, reason_code, note, happened_at)
values (:case, :pay_by, :amount, :by, :reason_code, :note, :now) returning id
""")
WITHDRAW = text("""
update promise set withdrawn_at = :now where id = (
  select max(id) from promise where case_id = :case and withdrawn_at is null) returning id
""")


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as it was recorded: the day is moved to a banking day, as every deadline is."""

    id: int
    pay_by: date
    amount: Decimal
    currency: str


async def promise(
    connection: AsyncConnection,
    case: int,
    pay_by: date,
    amount: Decimal | None,
    by: str,
    reason_code: str,
    note: str | None,
    rules: PromiseRules,
    calendar: Calendar,
    now: datetime,
) -> Promised:
    """Record that the debtor will pay `amount` (None: all that is owed and not disputed) by a day, and tell the case.

    Part of the caller's transaction. Raises CommandRefused, in words, outside the policy's bounds and where the case
    has no room for a promise.
    """
    await connection.execute(LOCK, {"case": case})
    state = (await connection.execute(CASE, {"case": case})).one()
    facts = circumstances(state)
    owed = facts.undisputed if amount is None else amount
    refusal = why_not(Thing.PROMISE, facts, calendar, now) or _too_much(owed, facts, state.currency)
    refusal = refusal or may_promise(rules, len(facts.promises), pay_by, calendar.local_date(now), calendar)
    if refusal:
        raise CommandRefused(refusal)
    day = calendar.banking_day_on_or_after(pay_by)
    values = {"case": case, "by": by, "reason_code": reason_code, "note": note, "now": now}
    made: int = (await connection.execute(INSERT, values | {"pay_by": day, "amount": owed})).scalar_one()
    detail = {"reason_code": reason_code, "note": note, "pay_by": day, "amount": owed}
    await diary.write(connection, "promise", by, [(case, detail)], now)
    await tell(connection, [case], "promise_recorded", now)
    data = {
        "invoice": state.number,
        "promise": made,
        "pay_by": day.isoformat(),
        "amount": str(owed),
        "currency": state.currency,
    }
    await emit(connection, state.creditor_id, "promise.made", data, now)
    return Promised(made, day, owed, state.currency)


async def withdraw(
    connection: AsyncConnection, case: int, by: str, reason_code: str, note: str | None, now: datetime
) -> int:
    """Take the last promise back, as if it had not been made, and tell the case; gives its id.

    Part of the caller's transaction. Raises CommandRefused when there is none.
    """
    await connection.execute(LOCK, {"case": case})
    withdrawn: int | None = (await connection.execute(WITHDRAW, {"case": case, "now": now})).scalar_one_or_none()
    if withdrawn is None:
        raise CommandRefused("the case has no promise to pay that could be withdrawn")
    detail = {"reason_code": reason_code, "note": note, "promise": withdrawn}
    await diary.write(connection, "promise_withdrawn", by, [(case, detail)], now)
    await tell(connection, [case], "promise_recorded", now)
    return withdrawn


def _too_much(amount: Decimal, facts: Circumstances, currency: str) -> str | None:
    if 0 < amount <= facts.undisputed:
        return None
    undisputed = " and not disputed" if facts.disputed_amount else ""
    return f"a promise of {amount} is not possible: {facts.undisputed} {currency} is owed{undisputed}"
