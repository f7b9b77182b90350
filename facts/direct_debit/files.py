"""Files of direct-debit claims and cancellations: numbered, committed with what they say, and published for the bank."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.direct_debit.outcomes import end, note
from facts.outbox import tell

LAST_NUMBER = 9_999_999  # seven digits

AGREEMENTS = text("""
select cr.id, coalesce(nullif(cr.direct_debit ->> 'data_sender', ''), cr.direct_debit ->> 'customer_unit',
    cr.direct_debit ->> 'customer_number', ''),
  coalesce(cr.direct_debit ->> 'account', ''),
  coalesce((select b.imported_through from bank_account b
     where b.creditor_id = cr.id and b.account = cr.direct_debit ->> 'account'),
    (select case when bool_and(b.imported_through is not null) then min(b.imported_through) end
     from bank_account b where b.creditor_id = cr.id)),
  coalesce(substring(cr.direct_debit ->> 'first_number' from '^[0-9]{1,7}$')::int, 1), cr.country
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
STORE_FILE = text("""
insert into direct_debit_file (name, creditor_id, kind, transmission, assignment, count, total, state, happened_at)
values (:name, :creditor, :kind, :number, :number, :count, :total, 'prepared', :now)
""")
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
MOVED = text("""
select id, case_id, amount, due_on from claim where cancel_file = :name and state = 'sent' and moved_from is not null
""")
FILE_KNOWN = text("select exists (select from direct_debit_file where name = :name)")
FILE = text("""
select creditor_id, kind, transmission from direct_debit_file where name = :name and state = 'prepared'
""")
IN_FILE = text("""
select c.id as case_id, c.number, c.debtor_name, cl.reference as claim_reference, cl.amount, cl.due_on, cl.bank_tells,
  cl.instalment, cl.plan_id, cl.mandate_id, cl.id as claim, m.reference as payer_number,
  case when cl.cancel_file = :name and cl.state = 'sent' then cl.moved_from end as moved_from
from claim cl join circumstances c on c.id = cl.case_id join mandate m on m.id = cl.mandate_id
where cl.file = :name or cl.cancel_file = :name order by cl.id
""")
PREPARED = text("select name from direct_debit_file where state = 'prepared' order by name")

Kind = Literal["claims", "cancellations", "mandate orders"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A creditor's agreement with the centre of its country: the number of who sends, and the account that draws are paid to.

    The numbers are those that the country's agreement has: of Nets 8 and 11 digits, of Bankgirot the customer and the bankgiro
    number. The bank data of that account is imported through `imported_through`; None where it is not imported. Its files have
    no number below `first_number`: another system had those.
    """

    creditor: str
    data_sender: str
    account: str
    imported_through: date | None
    first_number: int = 1
    country: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim that goes out now, or is taken back or moved: then `claim` is its id. `amount` is in the creditor's currency.

    `payer_number` is the mandate's own, which a draw names where its country's does. `bank_tells` is true where the debtor
    wants the bank to tell of each claim, and it still can in time. `moved_from` is the day in whose place `due_on` comes.
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
    payer_number: str = ""
    moved_from: date | None = None


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """What a file that was committed says: it can be written again."""

    creditor: str
    kind: Kind
    number: int
    claims: tuple[Wanted, ...]


async def agreements(connection: AsyncConnection) -> list[Agreement]:
    """The creditors that can claim by direct debit, in the order of their ids."""
    return [Agreement(*row) for row in (await connection.execute(AGREEMENTS)).all()]


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
    wanted = tuple(
        wanted_of(row, row.amount, row.due_on, bank_tells=row.bank_tells, moved_from=row.moved_from) for row in rows
    )
    return CommittedFile(file.creditor_id, file.kind, file.transmission, wanted)


async def store(
    connection: AsyncConnection,
    creditor: str,
    kind: Kind,
    wanted: Sequence[Wanted],
    name: str,
    number: int,
    now: datetime,
) -> None:
    """Commit a file with the claims that it carries or takes back; it is not published yet."""
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


async def published(connection: AsyncConnection, name: str, now: datetime) -> None:
    """A file is there for the bank: its claims are sent, or its cancelled ones are over and the others moved. Once."""
    kind = (await connection.execute(PUBLISHED, {"name": name})).scalar_one_or_none()
    if kind == "claims":
        sent = (await connection.execute(SENT, {"name": name, "now": now})).all()
        await note(connection, sent, "claim_sent", now)
        await tell(connection, [row.case_id for row in sent if row.untold], "mandate_changed", now)
    elif kind == "cancellations":
        cancelled = (await connection.execute(CANCELLED, {"name": name, "now": now})).all()
        await end(connection, cancelled, "claim_cancelled", now)
        moved = (await connection.execute(MOVED, {"name": name})).all()
        await end(connection, moved, "claim_moved", now)


def wanted_of(row: Any, amount: Decimal, due_on: date, *, bank_tells: bool, moved_from: date | None = None) -> Wanted:
    """A claim as its file has it, from a row of its case."""
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
        payer_number=row.payer_number,
        moved_from=moved_from,
    )
