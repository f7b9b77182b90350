"""Mandates taken over from a creditor's earlier system: all of a file or none, and the bank's own lists have the last word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.taken_over import TakenOverMandate
from domain.countries.registry import country_of
from domain.moment import moment_in
from facts.direct_debit.mandates import WHOLE_LISTS, owners_of, serve_waiting, tell_debtors
from facts.refusals import Refused

CREDITOR = text("""
select country, direct_debit <> '{}' as draws from creditor where id = :creditor for no key update
""")
KNOWN = text(
    "select reference, state, debtor_id from mandate where creditor_id = :creditor and reference = any(:references)"
)
CUSTOMERS = text("""
select customer_number, array_agg(id) as debtors from debtor
where creditor_id = :creditor and customer_number = any(:numbers) group by customer_number
""")
TAKE = text("""
insert into mandate (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
select :creditor, debtor_id, reference, case when debtor_id is null then 'waiting' else 'active' end, notify, 'taken over',
  confirmed_at, :now
from unnest(cast(:references as text[]), cast(:debtors as int[]), cast(:notify as bool[]), cast(:moments as timestamptz[]))
  as t(reference, debtor_id, notify, confirmed_at)
order by reference on conflict (creditor_id, reference) do nothing returning debtor_id
""")
MOVED = text("""
update mandate set state = 'ended', ended_at = :now
where creditor_id = :creditor and reference = any(:references) and state in ('active', 'waiting') returning id
""")


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of a file: how many are drawn on, wait for an invoice or were known, and how many take another's place."""

    active: int
    waiting: int
    known: int
    moved: int


async def take_over(
    connection: AsyncConnection, creditor: str, mandates: Mapping[int, TakenOverMandate], now: datetime
) -> TakenOver:
    """Store mandates, by their lines, that the creditor's earlier system had; what is known already stays as it is.

    Part of the caller's transaction. Raises Refused with every line that is wrong: then nothing is stored. A mandate without a
    known debtor waits for its invoice. One with an old reference takes the place of the mandate that is known by that.
    """
    whose = (await connection.execute(CREDITOR, {"creditor": creditor})).one_or_none()
    if whose is None:
        raise Refused(f"no creditor {creditor}")
    if not whose.draws:
        raise Refused(f"{creditor} has no agreement of direct debit: give it `direct_debit` first")
    old = [each.old_reference for each in mandates.values() if each.old_reference]
    asked = [each.reference for each in mandates.values()]
    rows = (await connection.execute(KNOWN, {"creditor": creditor, "references": [*asked, *old]})).all()
    known = {row.reference: row for row in rows}
    new = {line: each for line, each in mandates.items() if each.reference not in known}
    debtors, faults = await _debtors(connection, creditor, new), dict[int, str]()
    whole = max(
        (row.made_on for row in (await connection.execute(WHOLE_LISTS, {"creditor": creditor})).all()), default=None
    )
    references, today = country_of(whose.country).references, moment_in(whose.country, now).day
    for line, each in mandates.items():
        why = each.fault(references, today)
        if asked.count(each.reference) > 1:
            why = why or f"reference {each.reference} is there twice"
        if line in new and whole is not None and each.since <= whole:
            why = why or f"the bank's list of all mandates of {whole} does not have it"
        if why := why or debtors[line].why if line in debtors else why:
            faults[line] = why
    if faults:
        told = "; ".join(f"line {line}: {why}" for line, why in sorted(faults.items()))
        raise Refused(f"{told}. Nothing is stored")
    begins = {line: moment_in(whose.country, now).end_of(each.since - timedelta(days=1)) for line, each in new.items()}
    replaced = {line: known[each.old_reference] for line, each in new.items() if each.old_reference in known}
    owners = {line: debtors[line].debtor or (replaced[line].debtor_id if line in replaced else None) for line in new}
    values = {
        "creditor": creditor,
        "references": [each.reference for each in new.values()],
        "debtors": [owners[line] for line in new],
        "notify": [each.notify for each in new.values()],
        "moments": [begins[line] for line in new],
        "now": now,
    }
    stored = (await connection.execute(TAKE, values)).scalars().all()
    gone = [row.reference for row in replaced.values()]
    moved = (await connection.execute(MOVED, {"creditor": creditor, "references": gone, "now": now})).all()
    await tell_debtors(connection, [debtor for debtor in stored if debtor], "mandate_active", now, by="creditor")
    served = await serve_waiting(connection, creditor, now)
    active = sum(debtor is not None for debtor in stored) + len(served.references)
    return TakenOver(active, len(stored) - active, len(mandates) - len(new), len(moved))


@dataclass(frozen=True, slots=True)
class _Owner:
    debtor: int | None = None
    why: str | None = None


async def _debtors(
    connection: AsyncConnection, creditor: str, mandates: Mapping[int, TakenOverMandate]
) -> dict[int, _Owner]:
    """Whose each mandate is: the debtor of the invoices with its reference, else the one of the customer number."""
    numbers = {each.customer_number for each in mandates.values() if each.customer_number}
    rows = (await connection.execute(CUSTOMERS, {"creditor": creditor, "numbers": sorted(numbers)})).all()
    customers = {row.customer_number: row.debtors for row in rows}
    invoiced = await owners_of(connection, creditor, [each.reference for each in mandates.values()])
    return {
        line: _owner(each, customers.get(each.customer_number or "", ()), invoiced.get(each.reference))
        for line, each in mandates.items()
    }


def _owner(mandate: TakenOverMandate, customers: tuple[int, ...], invoiced: int | None) -> _Owner:
    if invoiced is not None and mandate.customer_number is not None and invoiced not in customers:
        return _Owner(why=f"an invoice with this reference is of another customer than {mandate.customer_number}")
    if invoiced is None and len(customers) > 1:
        return _Owner(
            why=f"several debtors have customer number {mandate.customer_number}: leave it out, its invoice says whose"
        )
    return _Owner(invoiced or next(iter(customers), None))
