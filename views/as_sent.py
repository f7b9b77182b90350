"""A message exactly as it was sent, to somebody who sees a case that it served: its words, where they name no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.dossier import why_left_out, without_links
from domain.parties.standing import Thing, standing_of
from facts.desk.within import OF_CASE
from facts.parties import life_events
from views.why import sent_words

SENT = text(f"""
select d.id, d.debtor_id as debtor, b.name, b.country, d.channel, d.message, d.alert, d.state, d.addressee, d.document, d.pdf,
  d.fee, d.currency, d.deadline, coalesce(d.accepted_at, d.claimed_at) as at, d.delivered_at, d.read_at, d.read_by, d.failure,
  d.posted_on, d.way,
  (select p.address from contact_point p where p.id = d.contact_point_id) as address,
  (select json_agg(json_build_array(i.number, ({OF_CASE}) is true) order by c.id) from delivery_case dc
     join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id where dc.delivery_id = d.id) as cases,
  (select array_remove(array_agg(o.number) || array_agg(o.reference), null) from invoice o where o.debtor_id = d.debtor_id
     and not exists (select from delivery_case dc join dunning_case c on c.id = dc.case_id
       where dc.delivery_id = d.id and c.invoice_id = o.id)) as others
from delivery d join debtor b on b.id = d.debtor_id where d.id = :delivery and d.creditor_id = :creditor
""")


@dataclass(frozen=True, slots=True)
class AsSent:
    """A message as it was sent. `words` are its texts; `left_out` says why they are not shown, where they are not."""

    id: UUID
    debtor: int
    name: str
    country: str
    channel: str
    message: str
    alert: bool
    state: str
    addressee: str | None
    address: str | None
    pdf: bytes | None
    fee: Decimal
    currency: str
    deadline: date | None
    at: datetime
    delivered_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    failure: str | None
    posted_on: date | None
    way: str | None  # in which a distribution house brought it
    invoices: Sequence[str]  # those of them that whoever asks sees
    words: Mapping[str, str]
    left_out: str | None


async def as_sent(
    connection: AsyncConnection,
    reach: Reach,
    creditor: str,
    delivery: UUID,
    *,
    inside: bool,
    today: date,
    reads: bool = True,
) -> AsSent | None:
    """A message of a creditor's; None where there is none, or none about a case within reach.

    Who does not read it gets no words of it. Who is not `inside` sees those that a dossier would have, without what opens
    the debtor's page.
    """
    values = {"delivery": delivery, "creditor": creditor} | reach.values
    row = (await connection.execute(SENT, values)).one_or_none()
    seen = [number for number, is_seen in row.cases or () if is_seen] if row else []
    if row is None or not seen:
        return None
    told: dict[str, Any] = dict(row._mapping)
    document = told.pop("document")
    words = sent_words(document, told["pdf"]) if reads or not inside else {}
    others, cases = told.pop("others") or (), told.pop("cases")
    left_out = None
    if not inside:
        standing = standing_of(await life_events.told(connection, row.debtor), today)
        left_out = why_left_out(
            joint=len(cases) > 1,
            message=row.message,
            addressee=row.addressee,
            on_paper=row.channel == "letter",
            protected=standing.never(Thing.ADDRESS),
            words="\n".join(words.values()),
            others=others,
        )
        words = {name: without_links(said) for name, said in words.items()}
    if left_out is not None:
        words, told["pdf"] = {}, None
    return AsSent(**told, invoices=seen, words=words, left_out=left_out)
