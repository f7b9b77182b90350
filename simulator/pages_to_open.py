"""Pages of a world to open: one for each way that an invoice may stand, as its debtor sees it."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import Link, Links

# Of each the newest invoice, by a message to the debtor, whose link is good for all that the page offers.
ONE_OF_EACH = text("""
select distinct on (what) what, invoice_id, serial from (
  select case
      when exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active') then 'A page in a plan'
      when c.balance <= 0 and c.outcome = 'paid' then 'A paid page'
      when i.due_date < :today then 'An overdue page'
      else 'A kind page' end as what,
    c.invoice_id, d.serial
  from dunning_case c join invoice i on i.id = c.invoice_id
  join delivery_case dc on dc.case_id = c.id join delivery d on d.id = dc.delivery_id
  where c.withdrawn_at is null and (c.state = 'open' or c.outcome = 'paid') and d.state = 'accepted' and d.addressee is null
    and d.debtor_id = c.debtor_id and d.channel <> 'letter'
    and not exists (select from hand_off h where h.case_id = c.id and h.state in ('exported', 'accepted'))
    and not exists (select from contact_point p where p.id = d.contact_point_id and p.state = 'wrong')) pages
order by what, invoice_id desc, serial desc
""")


async def pages_to_open(connection: AsyncConnection, links: Links, today: date) -> dict[str, str]:
    """What each shows, and its address; without those that there is no invoice for."""
    rows = (await connection.execute(ONE_OF_EACH, {"today": today})).all()
    return {row.what: links.url(Link(row.invoice_id, row.serial), today) for row in rows}
