"""What proves that a person has read: the page moved by hand, or a form pressed. Fetching it proves nothing.

Mail gateways and messengers fetch every link, some with a browser and its scripts, before or long after the message is
read. What they do not do is touch. Where a person only reads, without a touch, the next kind message goes out.
"""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from facts import diary
from facts.deliveries import answers, provider_events
from facts.deliveries.provider_events import ProviderEvent
from views.invoice_view import delivery_of
from web.invoice_page.beside import count_shown
from web.invoice_page.link import ByPaper, Opened

WITHDRAWAL_SEEN = "withdrawal_seen"
SEEN_BEFORE = text("""
select exists (select from case_event e join dunning_case c on c.id = e.case_id
  where e.case_id = :case and e.kind = 'withdrawal_seen' and e.happened_at >= c.withdrawn_at)
""")

router = APIRouter(tags=["invoice page"], include_in_schema=False)


@router.post("/i/{key}/seen")
async def seen(holder: ByPaper, button: Annotated[bool, Form()] = False) -> Response:
    """The page is in somebody's hands, as its script tells, or its button where there are no scripts."""
    async with holder.opened() as opened:
        await record_visit(opened)
        await count_shown(holder, opened)
        await withdrawal_seen(opened)
    return RedirectResponse(holder.page, 303) if button else Response(status_code=204)


async def record_visit(opened: Opened) -> None:
    """A person has the page that a message's link leads to: the message was read, once."""
    if not opened.link.on_paper:  # which shows no answer
        await answers.seen(opened.connection, opened.link.invoice, opened.now)
    delivery = await delivery_of(opened.connection, opened.link.delivery, opened.link.invoice)
    if delivery is None:
        return
    event = ProviderEvent(
        provider="page",
        event_id=str(delivery),
        delivery=delivery,
        kind="read",
        happened_at=opened.now,
        read_by="page visit",
    )
    await provider_events.record(opened.connection, event, opened.now)


async def withdrawal_seen(opened: Opened) -> None:
    """A person has read on the page that nothing is owed, where it said so: kept once, for that word holds."""
    found = await opened.payable()
    if not found.facts.withdrawn:
        return
    before = await opened.connection.execute(SEEN_BEFORE, {"case": found.case})
    if not before.scalar_one():
        await diary.write(opened.connection, WITHDRAWAL_SEEN, opened.by, [(found.case, {})], opened.now)
