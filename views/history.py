"""What happened to an invoice, as its debtor sees it: the honest subset of its facts, with nobody's name, reason or guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.dossier import OF_OTHER_CASES
from domain.parties.speakers import Asker

MOST = 40  # of the newest: a life of years is read in the letters

# Messages that proved to be sent, to whoever asks: what went to somebody who stands in is theirs alone.
HAPPENED = text("""
select * from (
  select coalesce(d.accepted_at, d.claimed_at) as at,
    case when d.state = 'failed' then 'not_arrived' when d.alert then 'copy' else 'sent' end as what, d.message, d.channel,
    null::numeric as amount, d.deadline as day, d.read_at is not null and not d.alert as opened,
    case when d.pdf is not null and d.message <> all(:others) and not :protected
      and not exists (select from delivery_case o where o.delivery_id = d.id and o.case_id <> dc.case_id)
      then d.serial end as letter, 2 as sort, d.serial as nth
  from delivery_case dc join delivery d on d.id = dc.delivery_id
  where dc.case_id = :case and d.state in ('accepted', 'failed')
    and d.addressee is not distinct from cast(:addressee as text)
  union all
  select min(l.happened_at), case when sum(l.amount) < 0 then 'paid' else 'paid_back' end, null, null, abs(sum(l.amount)),
    min(l.booked_on), false, null, 1, min(l.id)
  from ledger_entry l where l.invoice_id = :invoice and l.payment_id is not null
  group by l.payment_id having sum(l.amount) <> 0
  union all
  select l.happened_at, l.kind, null, null, abs(l.amount), null, false, null, 1, l.id
  from ledger_entry l where l.invoice_id = :invoice and l.payment_id is null and l.amount <> 0
    and ((l.kind in ('fee', 'compensation', 'interest') and l.amount > 0) or (l.kind in ('credit', 'write-off') and l.amount < 0))
  union all
  select l.happened_at, 'fee_off', null, null, abs(l.amount), null, false, null, 1, l.id
  from ledger_entry l where l.invoice_id = :invoice and l.kind = 'reversal' and l.part in ('fee', 'interest') and l.amount < 0
    and l.payment_id is null
  union all
  select p.happened_at, 'promised', null, null, p.amount, p.pay_by, false, null, 3, p.id from promise p where p.case_id = :case
  union all
  select p.happened_at, 'plan_agreed', null, null, p.total, null, false, null, 3, p.id
  from instalment_plan p where p.case_id = :case
  union all
  select p.ended_at, 'plan_' || p.state, null, null, null, null, false, null, 4, p.id
  from instalment_plan p where p.case_id = :case and p.ended_at is not null and p.state in ('kept', 'broken', 'ended')
  union all
  select h.happened_at, 'held', null, null, null, null, false, null, 3, h.id from hold h where h.case_id = :case
  union all
  select h.released_at, 'went_on', null, null, null, null, false, null, 4, h.id
  from hold h where h.case_id = :case and h.released_at is not null
  union all
  select d.happened_at, case when d.amount is null then 'disputed' else 'disputed_part' end, null, null, d.amount, null, false,
    null, 3, d.id
  from dispute d where d.case_id = :case
  union all
  select d.resolved_at, case when d.upheld then 'dispute_upheld' else 'dispute_rejected' end, null, null, null, null, false, null,
    4, d.id
  from dispute d where d.case_id = :case and d.resolved_at is not null
  union all
  select m.happened_at, 'due_moved', null, null, null, m.due_after, false, null, 3, m.id
  from due_date_move m where m.invoice_id = :invoice
  union all
  select h.exported_at, 'handed_off', null, null, null, null, false, null, 4, h.id
  from hand_off h where h.case_id = :case and h.exported_at is not null
  union all
  select e.happened_at, 'withdrawn', null, null, null, null, false, null, 4, e.id
  from case_event e where e.case_id = :case and e.kind = 'withdraw'
) happened order by at desc, sort desc, nth desc limit :most
""")
LETTER = text("""
select d.pdf from delivery d join delivery_case dc on dc.delivery_id = d.id
where d.serial = :serial and dc.case_id = :case and d.pdf is not null and d.message <> all(:others)
  and d.state in ('accepted', 'failed') and d.addressee is not distinct from cast(:addressee as text)
  and not exists (select from delivery_case o where o.delivery_id = d.id and o.case_id <> dc.case_id)
""")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at a moment (UTC); the amount is in the invoice's currency, `day` is what it names."""

    at: datetime
    what: str
    message: str | None
    channel: str | None
    amount: Decimal | None
    day: date | None
    opened: bool
    letter: int | None  # the serial number under which it is kept as it was sent


async def history(
    connection: AsyncConnection, case: int, invoice: int, *, addressee: Asker | None, protected: bool
) -> Sequence[Event]:
    """What happened to a case, the newest first. Letters of a protected address are told of and not shown."""
    values = {
        "case": case,
        "invoice": invoice,
        "addressee": addressee,
        "protected": protected,
        "others": list(OF_OTHER_CASES),
        "most": MOST,
    }
    return [Event(*row[:8]) for row in (await connection.execute(HAPPENED, values)).all()]


async def letter(connection: AsyncConnection, case: int, serial: int, *, addressee: Asker | None) -> bytes | None:
    """A letter about this invoice alone exactly as it was sent; None where there is none for who asks."""
    values = {"case": case, "serial": serial, "addressee": addressee, "others": list(OF_OTHER_CASES)}
    pdf: bytes | None = (await connection.execute(LETTER, values)).scalar_one_or_none()
    return pdf
