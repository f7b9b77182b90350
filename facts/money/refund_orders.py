"""Refunds as the bank is told of them: what a second person said, the files they stand in, and what the bank told then.

A refund stands in one file at a time. The bank pays it, or it comes back: then it is due again, to an account that somebody
names, and may stand in a later file under a new id.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.registry import country_of
from domain.money.pay_out import PayOut, PaysFrom, Proposed, Verdict, may_not_approve, stands_against
from facts.money import refunds
from facts.refusals import Conflict, Refused, Unknown

PROPOSED = """
select r.id, r.creditor_id, r.amount, r.currency, r.to_account, r.state, r.by, r.account_by, i.number as invoice,
  coalesce(p.payer_name, d.name, '') as name, coalesce(d.language, 'nb') as language,
  v.by as verdict_by, v.approved, v.to_account as verdict_account,
  (select sum(o.amount) from refund o where o.payment_id = r.payment_id and o.state <> 'cancelled') <= p.amount as covered
from refund r join incoming_payment p on p.id = r.payment_id
left join invoice i on i.id = r.invoice_id left join debtor d on d.id = i.debtor_id
left join lateral (
  select by, approved, to_account from refund_verdict v where v.refund_id = r.id order by v.id desc limit 1) v on true
"""
DUE = f"{PROPOSED} where r.creditor_id = :creditor and r.state = 'due' order by r.id"
DUE_OF, LOCK_DUE = text(DUE), text(f"{DUE} for update of r")
LOCK = text(f"""
{PROPOSED} where r.id = :number and (cast(:creditor as text) is null or r.creditor_id = :creditor) for update of r
""")
SETTING = text("""
select c.name, c.country, c.pay_out, c.address,
  array(select a.account from bank_account a where a.creditor_id = c.id order by a.account) as accounts
from creditor c where c.id = :creditor
""")
DECIDE = text("""
insert into refund_verdict (refund_id, by, approved, to_account, note, happened_at)
values (:refund, :by, :approved, :account, :note, :now)
""")
FILE = text("""
insert into refund_file (creditor_id, name, message_id, execute_on, orders, total, currency, by, content, happened_at)
values (:creditor, :name, :message_id, :execute_on, :orders, :total, :currency, :by, :content, :now) returning id
""")
ORDERS = text("""
insert into refund_order (refund_id, file_id, end_to_end, to_account, happened_at)
select o.refund, :file, o.end_to_end, o.account, :now
from unnest(cast(:refunds as int[]), cast(:ids as text[]), cast(:accounts as text[])) as o(refund, end_to_end, account)
""")
FILES = """
select f.id, f.creditor_id, f.name, f.message_id, f.execute_on, f.orders, f.total, f.currency, f.by, f.happened_at as since,
  o.paid, o.returned
from refund_file f cross join lateral (
  select count(*) filter (where paid_on is not null and returned_on is null) as paid,
    count(*) filter (where returned_on is not null) as returned
  from refund_order where file_id = f.id) o
"""
FILES_OF = text(f"{FILES} where f.creditor_id = :creditor order by f.id desc")
CONTENT = text("select content from refund_file where creditor_id = :creditor and name = :name")
CODE = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")  # ISO 20022, external return reasons
COPY = re.compile(r"(AM05|DUPL|DU0[1-5])\b")  # the bank took it for what it has already
IS_KNOWN = text("select exists (select from refund_file where name = :name)")
TOLD = text("""
select o.id, o.refund_id, o.paid_on, o.returned_on, r.amount, r.currency from refund_order o
join refund r on r.id = o.refund_id where r.creditor_id = :creditor and o.end_to_end = :end_to_end for update of o, r
""")
OF_FILE = """
select o.id, o.refund_id, o.end_to_end, o.to_account, o.paid_on, o.returned_on, r.creditor_id, coalesce(r.account_by, r.by) as by
from refund_order o join refund r on r.id = o.refund_id join refund_file f on f.id = o.file_id
"""
OF_WHOLE = text(f"{OF_FILE} where f.message_id = :id order by o.id for update of o, r")
OF_ONE = text(f"{OF_FILE} where o.end_to_end = :id for update of o, r")
WHOSE = text("""
select creditor_id from refund_file where message_id = any(:ids)
union select f.creditor_id from refund_order o join refund_file f on f.id = o.file_id where o.end_to_end = any(:ids)
""")
PAID = text("update refund_order set paid_on = :day where id = :order")
RETURNED = text("update refund_order set returned_on = :day, reason = :reason where id = :order")


@dataclass(frozen=True, slots=True)
class Setting:
    """A creditor, and how it pays back; `accounts` are all its own."""

    name: str
    country: str
    pay_out: PayOut
    accounts: Sequence[str]
    address: Sequence[str]


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund that is due, and why it is not sent to the bank; None where the next file has it."""

    number: int
    invoice: str | None
    amount: Decimal
    currency: str
    to_account: str | None
    by: str
    waits_for: str | None
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Order:
    """A refund as it stands in a file, under the id that the bank repeats."""

    refund: DueRefund
    end_to_end: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is about to be kept: its name there, the bank's id of it, and what it says."""

    name: str
    message_id: str
    execute_on: date
    content: str


@dataclass(frozen=True, slots=True)
class RefundFile:
    """A file for the bank: how many refunds it orders, and how many of these were paid, and came back."""

    id: int
    creditor: str
    name: str
    message_id: str
    execute_on: date
    orders: int
    total: Decimal
    currency: str
    by: str
    since: datetime
    paid: int
    returned: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a bank tells of an order on a day: that it left the account, or that it came back and why."""

    end_to_end: str
    amount: Decimal
    currency: str
    day: date
    returned: bool
    reason: str | None = None


async def setting(connection: AsyncConnection, creditor: str) -> Setting:
    """How a creditor pays back. Raises Unknown, or Refused where it has not said how."""
    found = (await connection.execute(SETTING, {"creditor": creditor})).one_or_none()
    if found is None:
        raise Unknown(f"no creditor {creditor}: register it first")
    if found.pay_out is None:
        raise Refused(f"creditor {creditor} has no pay_out: say from which account it pays back, with `creditor add`")
    return Setting(found.name, found.country, PayOut.model_validate(found.pay_out), found.accounts, found.address)


async def due(connection: AsyncConnection, creditor: str, on: date) -> list[DueRefund]:
    """All that a creditor owes back, with what stands against sending it on a day. Raises as `setting`."""
    return await _due(connection, creditor, on, locked=False)


async def order(
    connection: AsyncConnection,
    creditor: str,
    by: str,
    on: date,
    now: datetime,
    write: Callable[[Setting, PaysFrom, Sequence[Order]], NewFile],
) -> NewFile | None:
    """Order the refunds that may go on a day from one account, in one file that `write` makes; None where there is none.

    Those in the creditor's own currency go first; who asks again has those of the next.
    The refunds are locked: what is used or taken back meanwhile is in no file, and each is in one. Raises as `setting`.
    """
    how = await setting(connection, creditor)
    found = await _due(connection, creditor, on, locked=True)
    accounts = {
        each.currency: how.pay_out.pays_from(each.currency, how.country) for each in found if each.waits_for is None
    }
    own = country_of(how.country).currency
    account = next((accounts[currency] for currency in sorted(accounts, key=lambda it: (it != own, it))), None)
    if account is None:
        return None
    orders = [
        Order(each, f"PURR{uuid4().hex[:28].upper()}")
        for each in found
        if each.waits_for is None and each.currency == account.currency
    ]
    file = write(how, account, orders)
    values: dict[str, Any] = {
        "creditor": creditor,
        "name": file.name,
        "message_id": file.message_id,
        "execute_on": file.execute_on,
        "content": file.content,
        "orders": len(orders),
        "total": sum((each.refund.amount for each in orders), Decimal(0)),
        "currency": account.currency,
        "by": by,
        "now": now,
    }
    number = (await connection.execute(FILE, values)).scalar_one()
    ids = [each.refund.number for each in orders]
    placed = {
        "file": number,
        "refunds": ids,
        "ids": [each.end_to_end for each in orders],
        "accounts": [each.refund.to_account for each in orders],
        "now": now,
    }
    await connection.execute(ORDERS, placed)
    await refunds.ordered(connection, ids, now)
    return file


async def decide(
    connection: AsyncConnection,
    number: int,
    by: str,
    approved: bool,
    now: datetime,
    *,
    note: str | None = None,
    creditor: str | None = None,
) -> None:
    """Approve or reject a refund that is due, to the account that it has now; the latest verdict counts.

    Raises Unknown, Conflict for one that is not due, or Refused for whoever may not approve.
    """
    found = await _locked(connection, number, creditor)
    if approved and (why := may_not_approve(by, _proposed(found))):
        raise Refused(f"refund {number}: {why}")
    values = {"refund": number, "by": by, "approved": approved, "account": found.to_account, "note": note, "now": now}
    await connection.execute(DECIDE, values)


async def name_account(
    connection: AsyncConnection, number: int, account: str, by: str, *, creditor: str | None = None
) -> None:
    """Say to which account a refund that is due goes; whoever says so does not approve it. Raises Unknown or Conflict."""
    await _locked(connection, number, creditor)
    await refunds.name_account(connection, number, account, by)


async def files(connection: AsyncConnection, creditor: str) -> list[RefundFile]:
    """A creditor's files for the bank, the latest first."""
    return [RefundFile(*row) for row in (await connection.execute(FILES_OF, {"creditor": creditor})).all()]


async def content(connection: AsyncConnection, creditor: str, name: str) -> str:
    """What a file says, as it was written. Raises Unknown."""
    found = (await connection.execute(CONTENT, {"creditor": creditor, "name": name})).scalar_one_or_none()
    if found is None:
        raise Unknown(f"no file {name} for the bank: the list of files names those that there are")
    return str(found)


async def is_known_file(connection: AsyncConnection, name: str) -> bool:
    """Whether a file was kept under this name."""
    return bool((await connection.execute(IS_KNOWN, {"name": name})).scalar_one())


async def settle(connection: AsyncConnection, creditor: str, told: Told, now: datetime) -> str | None:
    """Note what the bank tells of an order, once, in whatever order it is told; why not, in words, where it is no such.

    One that came back is due again, to no account. What came back stays so, also when its debit is told later.
    """
    found = (await connection.execute(TOLD, {"creditor": creditor, "end_to_end": told.end_to_end})).one_or_none()
    if found is None:
        return f"{told.end_to_end} is no refund of creditor {creditor}"
    if (found.amount, found.currency) != (told.amount, told.currency):
        return f"refund {found.refund_id} is of {found.amount} {found.currency}, not of {told.amount} {told.currency}"
    if told.returned and found.returned_on is None:
        await connection.execute(RETURNED, {"order": found.id, "day": told.day, "reason": told.reason})
        await refunds.came_back(connection, found.refund_id, _in_events(told.reason), told.day, now)
    elif not told.returned and found.paid_on is None:
        await connection.execute(PAID, {"order": found.id, "day": told.day})
        if found.returned_on is None:
            await refunds.left(connection, found.refund_id, told.day, now)
    return None


async def refuse(
    connection: AsyncConnection, id: str, day: date, reason: str | None, now: datetime, *, whole: bool
) -> list[str]:
    """Note that the bank will not carry out an order, or the whole of a file, once; what a person should know of it, in words.

    An order that is refused alone is due again, to no account; of a file that is, each to the account that it had. Nothing
    moves where the bank took it for a copy, for what it is a copy of may leave, and nothing that has left.
    """
    orders = (await connection.execute(OF_WHOLE if whole else OF_ONE, {"id": id})).all()
    if not orders:
        return [f"{id} is no refund, nor a file of refunds"]
    if COPY.match(reason or ""):
        return [f"the bank took {id} for a copy ({reason}): ask it what became of the first; nothing is changed"]
    told = []
    for order in orders:
        if order.paid_on is not None and order.returned_on is None:
            told.append(
                f"refund {order.refund_id} left on {order.paid_on}, and the bank refused it: nothing is changed"
            )
        elif order.returned_on is None:
            await connection.execute(RETURNED, {"order": order.id, "day": day, "reason": reason})
            await refunds.came_back(connection, order.refund_id, _in_events(reason), day, now)
            if whole:
                await refunds.name_account(connection, order.refund_id, order.to_account, order.by)
    return told


async def whose(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """The creditors of these orders and files."""
    return set((await connection.execute(WHOSE, {"ids": list(ids)})).scalars())


def _in_events(reason: str | None) -> str:
    """A bank's reason as events tell it: its code alone, for its words may name somebody."""
    code = (reason or "").partition(":")[0]
    return code if CODE.fullmatch(code) else "the bank's words are in its file"


async def _due(connection: AsyncConnection, creditor: str, on: date, *, locked: bool) -> list[DueRefund]:
    how = await setting(connection, creditor)
    rows = (await connection.execute(LOCK_DUE if locked else DUE_OF, {"creditor": creditor})).all()
    return [
        DueRefund(
            row.id,
            row.invoice,
            row.amount,
            row.currency,
            row.to_account,
            row.by,
            stands_against(_proposed(row), how.pay_out, how.country, how.accounts, on),
            row.name,
            row.language,
        )
        for row in rows
    ]


async def _locked(connection: AsyncConnection, number: int, creditor: str | None) -> Any:
    found = (await connection.execute(LOCK, {"number": number, "creditor": creditor})).one_or_none()
    if found is None:
        raise Unknown(f"no refund {number}")
    if found.state != "due":
        raise Conflict(f"refund {number} is {found.state} already: nothing is changed")
    return found


def _proposed(row: Any) -> Proposed:
    asked_by = tuple(dict.fromkeys(filter(None, (row.by, row.account_by))))
    verdict = Verdict(row.verdict_by, row.approved, row.verdict_account) if row.verdict_by else None
    return Proposed(row.amount, row.currency, row.to_account, asked_by, verdict, row.covered)
