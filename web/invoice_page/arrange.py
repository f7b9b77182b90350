"""Arrangements from the invoice page: a promised day, and how every form of it does what it says."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from commands.agreement.promise import PromiseToPay
from commands.debtor.wrong_contact import answers_at
from commands.record import record
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from web.invoice_page.link import ByLink, Holder, Opened
from web.invoice_page.once import Once, once_of
from web.invoice_page.seen import record_visit

router = APIRouter(tags=["invoice page"], include_in_schema=False)

REASON = "invoice page"
NOT_ME = "not-me"  # whoever says so has read it, but is not the debtor

Arrange = Callable[[Opened, Payable], Awaitable[None]]


@router.post("/i/{key}/promise")
async def promise(holder: ByLink, pay_by: Annotated[date, Form()], once: Once = "") -> Response:
    """All that is owed is promised by a day; the same form again promises nothing more."""

    async def done(opened: Opened, found: Payable) -> None:
        command = PromiseToPay(by=opened.by, reason_code=REASON, pay_by=pay_by)
        id = once_of(found.case, "promise", once, pay_by)
        await record(opened.connection, holder.services.planning, found.case, command, id, opened.now)

    return await arranged(holder, "promise", done)


async def arranged(
    holder: Holder, what: str, arrange: Arrange, *, done: str | None = None, refused: str | None = None
) -> Response:
    """Do it for the invoice of the link, and back to the page, which shows what came of it or why nothing did.

    `done` and `refused` are other places to go to then, behind the page's address.
    """
    try:
        async with holder.opened() as opened:
            found = await opened.payable()
            if what != NOT_ME:
                await record_visit(opened)
            await arrange(opened, found)
            if what != NOT_ME and (address := await opened.reached()):
                planning, by = holder.services.planning, opened.by
                await answers_at(opened.connection, planning, found.debtor, address, by, opened.now)
    except Refused:
        return RedirectResponse(f"{holder.page}{refused or f'?problem={what}#{what}'}", 303)
    return RedirectResponse(f"{holder.page}{done or f'#{what}'}", 303)
