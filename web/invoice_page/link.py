"""What the signed link of a message opens: its invoice, at one moment, for every door of the page.

The link is the authority for every form, as it is for the page: whoever has it acts for the invoice. No cookie or
other standing permission of a browser is involved, so there is nothing that a foreign page could ride on (CSRF): it
would have to know the link.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import BadLink, Link
from domain.countries.calendar import Calendar
from domain.moment import Moment
from domain.parties.speakers import DEBTOR, Asker
from domain.planner.coming_credit import ComingCredit, coming_credit
from facts import clock
from facts.deliveries import deliveries
from facts.money import payment_attempts
from facts.money.payment_attempts import Payable
from planning.service import Planning
from views.invoice_view import delivery_of, link_went_to, reached_somebody_else
from web.pages import in_both_languages, page
from web.services import Here, Services
from web.strangers import one_more


class NotTheirs(BadLink):
    """Whoever got this link has told that it does not concern them: it shows nothing any more."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that holds, at one moment, as long as the transaction lasts."""

    connection: AsyncConnection
    link: Link
    calendar: Calendar
    moment: Moment
    planning: Planning

    @property
    def now(self) -> datetime:
        """That moment in UTC."""
        return self.moment.at

    async def reached(self) -> str | None:
        """The address that the link was sent to; None where it was given out without a message."""
        delivery = await delivery_of(self.connection, self.link.delivery, self.link.invoice)
        place = await deliveries.place_of(self.connection, delivery) if delivery else None
        return place[1] if place else None

    async def speaker(self) -> Asker | None:
        """Who stands in for the debtor and got the link; None: the debtor did."""
        return self.link.held_by or await link_went_to(self.connection, self.link.delivery, self.link.invoice)

    async def by(self) -> str:
        """Whose word it is what comes by the link, as it is recorded."""
        return await self.speaker() or DEBTOR

    async def payable(self, *, lock: bool = False) -> Payable:
        """How its invoice can be paid now; locked, no other payment of it begins meanwhile. Raises BadLink."""
        found = await payment_attempts.payable(self.connection, self.link.invoice, self.calendar, self.now, lock=lock)
        if found is None:
            raise BadLink("this link names no invoice")
        return found.less(await self._coming_credit(found))

    async def _coming_credit(self, found: Payable) -> ComingCredit | None:
        """What the debtor's credit will pay of the invoice: a payment that is under way changes nothing in that."""
        if not found.has_credit or found.to_pay.amount <= 0:
            return None
        plan = await self.planning.plan(self.connection, found.case, self.now)
        return coming_credit(plan.policy, plan.law, replace(plan.case.facts, paying_since=None), self.now)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever asks with the token of a link, which may be good or not."""

    services: Services
    token: str

    @property
    def page(self) -> str:
        """The address of their page."""
        return f"/i/{self.token}"

    @asynccontextmanager
    async def opened(self, *, snapshot: bool = False) -> AsyncIterator[Opened]:
        """What the token opens, in a transaction or a snapshot of its own; raises BadLink or NotTheirs."""
        database = self.services.database
        async with database.snapshot() if snapshot else database.transaction() as connection:
            calendar = self.services.calendar
            link = self.services.links.read(self.token, calendar.local_date(await clock.now(connection)))
            now = calendar.here(await clock.now_for(connection, "invoice", link.invoice))
            if await reached_somebody_else(connection, link.delivery):
                raise NotTheirs("this link reached somebody else")
            yield Opened(connection, link, self.services.calendar, now, self.services.planning)


async def holder(
    token: Annotated[str, Path(description="What the link in a message ends in.")], services: Here
) -> Holder:
    """Whoever has the link that a request came with."""
    return Holder(services, token)


ByLink = Annotated[Holder, Depends(holder)]


async def bad_link(request: Request, error: Exception) -> HTMLResponse:
    """A kind page for a link that opens nothing (any more), in both languages; 429 where many are tried."""
    few = isinstance(error, NotTheirs) or one_more(request.app.state.services, "link", request)
    return page("bad_link.html.j2", status=404 if few else 429, texts=in_both_languages())
