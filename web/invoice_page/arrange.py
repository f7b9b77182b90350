"""Arrangements from the invoice page: pay by AvtaleGiro, promise a day, or agree to pay in parts.

The signed link is the authority for these forms too (see `web.invoice_page.pay`).
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import BadLink, Link
from facts import clock
from facts.agreements import plans, promises
from facts.cases.commands import CommandRefused
from facts.direct_debit import mandates
from facts.money import payment_attempts
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from web.invoice_page.page import bad_link, opened
from web.invoice_page.seen import record_visit
from web.services import Here, Services

router = APIRouter(tags=["invoice page"], include_in_schema=False)

BY = "debtor"
REASON = "invoice page"
NOT_ME = "not-me"  # whoever says so has read it, but is not the debtor

Arrange = Callable[[AsyncConnection, Payable, Link, datetime], Awaitable[None]]


@router.post("/i/{token}/direct-debit")
async def ask_for_direct_debit(token: str, services: Here) -> Response:
    """The debtor wants AvtaleGiro: a mandate that waits for the bank."""

    async def ask(connection: AsyncConnection, found: Payable, link: Link, now: datetime) -> None:
        if found.reference is None or not await mandates.is_offered(connection, found.creditor):
            raise Refused("this creditor has no direct debit")
        await mandates.ask(connection, found.creditor, found.debtor, found.reference, now)

    return await arranged(services, token, "direct-debit", ask)


@router.post("/i/{token}/promise")
async def promise(token: str, pay_by: Annotated[date, Form()], services: Here) -> Response:
    """The debtor promises to pay all that is owed by a day."""

    async def promised(connection: AsyncConnection, found: Payable, link: Link, now: datetime) -> None:
        plan = await services.planning.plan(connection, found.case, now)
        rules, calendar = plan.policy.promises, plan.law.calendar
        await promises.promise(connection, found.case, pay_by, None, BY, REASON, None, rules, calendar, now)

    return await arranged(services, token, "promise", promised)


@router.post("/i/{token}/plan")
async def agree_on_plan(token: str, months: Annotated[int, Form()], services: Here) -> Response:
    """The debtor takes the offer of so many months."""

    async def agreed(connection: AsyncConnection, found: Payable, link: Link, now: datetime) -> None:
        plan = await services.planning.plan(connection, found.case, now)
        await plans.agree(connection, found.case, plan.policy, plan.law, BY, REASON, None, now, months=months)

    return await arranged(services, token, "plan", agreed)


async def arranged(services: Services, token: str, what: str, arrange: Arrange) -> Response:
    """Do it for the invoice of the link, and back to the page, which shows what came of it or why nothing did."""
    back = f"/i/{token}"
    try:
        async with services.database.transaction() as connection:
            now = await clock.now(connection)
            link = await opened(connection, services, token, now)
            found = await payment_attempts.payable(connection, link.invoice, services.today(now))
            if found is not None:
                if what != NOT_ME:
                    await record_visit(connection, services, link, now)
                await arrange(connection, found, link, now)
    except BadLink:
        return bad_link()
    except (CommandRefused, Refused):
        return RedirectResponse(f"{back}?problem={what}#{what}", 303)
    return RedirectResponse(f"{back}#{what}", 303)
