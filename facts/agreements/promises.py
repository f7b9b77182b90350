"""Promises to pay, within the policy's bounds."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.promises import PromiseRules, may_promise
from domain.countries.calendar import Calendar
from domain.planner.case_facts import Circumstances
from domain.planner.obstacles import Thing, why_not
from facts.cases.circumstances import COLUMNS, circumstances
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import emit

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
    """Record that the debtor will pay `amount` (None: all that is owed and not disputed) by a day; the case is locked.

    Raises CommandRefused, in words, outside the policy's bounds and where the case
    has no room for a promise.
    """
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
    data = {
        "invoice": state.number,
        "promise": made,
        "pay_by": day.isoformat(),
        "amount": str(owed),
        "currency": state.currency,
    }
    await emit(connection, state.creditor_id, "promise.made", data, now)
    return Promised(made, day, owed, state.currency)


async def withdraw(connection: AsyncConnection, case: int, now: datetime) -> int:
    """Take the last promise of a locked case back; gives its id. Raises CommandRefused when there is none."""
    withdrawn: int | None = (await connection.execute(WITHDRAW, {"case": case, "now": now})).scalar_one_or_none()
    if withdrawn is None:
        raise CommandRefused("the case has no promise to pay that could be withdrawn")
    return withdrawn


def _too_much(amount: Decimal, facts: Circumstances, currency: str) -> str | None:
    if 0 < amount <= facts.undisputed:
        return None
    undisputed = " and not disputed" if facts.disputed_amount else ""
    return f"a promise of {amount} is not possible: {facts.undisputed} {currency} is owed{undisputed}"
