"""How the invoices of the acceptance cases stand, all read at once from the facts."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from domain.countries.calendar import Calendar
from facts.database import Database
from facts.operations.tasks import TASKS
from simulator.acceptance.case import Seen, Told

LOOK = text(f"""
select i.number, c.state, c.outcome, c.flag, c.next_step as step, coalesce(c.next_why, '') as why, c.round, i.due_date, c.balance,
  array(select l.amount from ledger_entry l where l.invoice_id = i.id and l.kind = 'fee'
    and not exists (select from ledger_entry r where r.reverses = l.id) order by l.id) as fees,
  (select count(*) from ledger_entry l where l.invoice_id = i.id and l.kind = 'fee') as fees_ever,
  c.interest,
  (select coalesce(json_agg(json_build_array(
      case when d.message = 'collection-notice' then d.message else split_part(dc.step, '#', 1) end,
      d.channel, d.state, d.alert, coalesce(p.address, ''),
      coalesce(p.of_representative, false), cast(coalesce(d.fee, 0) as text), d.deadline,
      cast(d.claimed_at at time zone :zone as date), d.posted_on, d.id) order by d.claimed_at, d.serial), '[]')
    from delivery_case dc join delivery d on d.id = dc.delivery_id left join contact_point p on p.id = d.contact_point_id
    where dc.case_id = c.id) as told,
  array(select q.state from claim q where q.case_id = c.id order by q.id) as claims,
  array(select t.kind from {TASKS} t where t.case_id = c.id order by t.happened_at, t.id) as tasks,
  array(select h.state from hand_off h where h.case_id = c.id order by h.id) as hand_offs,
  array(select m.kind from hand_off_message m join hand_off h on h.id = m.hand_off_id where h.case_id = c.id
    order by m.id) as partner,
  array(select p.state from instalment_plan p where p.case_id = c.id order by p.id) as plans,
  array(select h.reason_code from hold h where h.case_id = c.id order by h.id) as held_for,
  (select coalesce(json_object_agg(e.kind, e.day), '{{}}') from (
      select kind, min(cast(happened_at at time zone :zone as date)) as day from life_event
      where debtor_id = c.debtor_id group by kind) e) as known,
  (select cast(max(e.happened_at) at time zone :zone as date) from case_event e
    where e.case_id = c.id and e.kind = 'reopened') as reopened_on,
  (select count(*) from incoming_payment p where p.invoice_id = i.id and p.decided_by is not null) as by_hand
from invoice i join dunning_case c on c.invoice_id = i.id where i.number = any(:numbers)
""")


async def look(database: Database, numbers: Sequence[str], calendar: Calendar) -> Mapping[str, Seen]:
    """The invoices with these numbers as they stand, by number; one that has not come yet is left out.

    Days are those of a calendar. What a policy calls its notice does not matter: its step is the `collection-notice`.
    """
    async with database.transaction() as connection:
        rows = (await connection.execute(LOOK, {"numbers": list(numbers), "zone": str(calendar.zone)})).mappings().all()
    return {row["number"]: _seen(row) for row in rows}


def _seen(row: Mapping[Any, Any]) -> Seen:
    texts = {
        name: tuple(row[name]) for name in ("claims", "tasks", "hand_offs", "partner", "plans", "held_for", "fees")
    }
    known = {kind: date.fromisoformat(day) for kind, day in row["known"].items()}
    return Seen(**dict(row) | texts | {"told": tuple(_told(each) for each in row["told"]), "known": known})


def _told(each: Sequence[Any]) -> Told:
    step, channel, state, alert, to, of_representative, fee, deadline, on, posted_on, delivery = each
    days = [date.fromisoformat(day) if day else None for day in (deadline, posted_on)]
    return Told(
        step,
        channel,
        state,
        alert,
        to,
        of_representative,
        Decimal(fee),
        days[0],
        date.fromisoformat(on),
        days[1],
        delivery,
    )
