"""Two who get an invoice when the story is over: else no page is left that is not due yet, and none in a plan.

The story's own people are through with theirs after thirteen weeks, whoever kept a plan has paid it. These come once its
report is written, so that none of its figures counts them; both get the invoice, and one agrees on a plan on its page. The
other one asks something there, so that the desk has somebody to answer.
"""

from datetime import timedelta
from uuid import uuid4

import httpx
from sqlalchemy import text

from composition import Parts
from connectors.links import Link
from domain.moment import moment_in
from facts import clock
from simulator.cast import Cast, Newcomer, newcomers
from simulator.clock import WorldClock, WorldStuckError
from simulator.people import PLAN_MONTHS

TWO = (Newcomer(), Newcomer())
COMES_WITHIN = timedelta(days=7)  # what is issued on a holiday or in the night leaves on a morning soon
MESSAGES = text("""
select i.id, max(d.serial) as serial from invoice i
join dunning_case c on c.invoice_id = i.id join delivery_case dc on dc.case_id = c.id
join delivery d on d.id = dc.delivery_id and d.state = 'accepted'
where i.number = any(:numbers) group by i.id order by i.id
""")


async def two_come(parts: Parts, world: WorldClock, everybody: Cast, web: httpx.AsyncClient) -> None:
    """Their invoices are imported and told; the second agrees on a plan, the first asks something. Nobody may react to
    messages any more.

    Raises WorldStuckError where no message comes, or no plan is to be had.
    """
    today = moment_in(everybody.home.country, world.now()).day
    invoices = newcomers(everybody, today, TWO)
    async with parts.database.transaction() as connection:
        now = await clock.now(connection)
        for invoice in invoices:
            await parts.intake(today).invoice(connection, invoice, now)
    await world.rest()
    numbers, until = [invoice.number for invoice in invoices], world.now() + COMES_WITHIN
    while True:
        async with parts.database.transaction() as connection:
            told = (await connection.execute(MESSAGES, {"numbers": numbers})).all()
        due = await world.next_due()
        if len(told) == len(numbers):
            break
        if due is None or due > until:
            raise WorldStuckError(f"the invoices {', '.join(numbers)} are not told of")
        await world.move_to(due)
    today = moment_in(everybody.home.country, world.now()).day
    first, page = (parts.links.url(Link(each.id, each.serial), today) for each in (told[0], told[-1]))
    asked = await web.post(f"{first}/messages", data={"words": everybody.home.said.question, "once": uuid4().hex})
    if asked.status_code != 303:
        raise WorldStuckError(f"nothing can be asked about the invoice {numbers[0]}")
    agreed = await web.post(f"{page}/plan/agree", data={"choice": str(PLAN_MONTHS), "once": uuid4().hex})
    if agreed.status_code != 303 or "problem" in agreed.headers["location"]:
        raise WorldStuckError(f"no plan is to be had for the invoice {numbers[-1]}")
    await world.rest()
