"""What the signed link of a message opens: its invoice, at one moment, for every door of the page.

A message carries `/i/TOKEN`. Fetching that gives the browser a cookie and the page a clean address, `/i/KEY`: the key is
a short name that opens nothing without the cookie, so it may stand in histories, bookmarks and logs. Both open every door
of the page, as far as their level reaches (`web.invoice_page.rights`).

Because a cookie comes along by itself, a form is taken from our own pages alone: browsers say from where it comes
(`Sec-Fetch-Site`, else `Origin`), and the cookie does not come with forms of other sites (`SameSite`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import NAME_LENGTH, BadLink, Link
from domain.countries.calendar import Calendar
from domain.languages import Language
from domain.moment import Moment
from domain.parties.speakers import DEBTOR, Asker
from domain.planner.coming_credit import ComingCredit, coming_credit
from facts.deliveries import deliveries
from facts.money import payment_attempts
from facts.money.payment_attempts import Payable
from facts.page_changes import Position
from facts.parties.creditors import only_name
from messages.languages import locale_of
from planning.service import Planning
from views.invoice_view import delivery_of, opening
from web.invoice_page import cookie
from web.invoice_page.cookie import Pass, Proof
from web.invoice_page.rights import PROVEN_FOR, TO_SEND, Level
from web.pages import for_anybody, page
from web.services import Here, Services
from web.strangers import one_more

NOTHING: Final = Link(0, 0)
LONGEST_KEPT: Final = 200  # letters of what was tried, to ask for another with


class NotTheirs(BadLink):
    """Whoever got this link has told that it does not concern them: it shows nothing any more."""


class FromElsewhere(Exception):
    """A form that another site's page sent; says the address of the page that it was meant for."""


class NotProven(Exception):
    """The door needs more than is known; says what was wanted, by its word in ACTS."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that holds, at one moment, as long as the transaction lasts."""

    connection: AsyncConnection
    given: Pass
    calendar: Calendar
    moment: Moment
    planning: Planning
    level: Level  # of whoever has it open
    speaker: Asker | None  # who stands in for the debtor and got the link; None: the debtor did
    seen: Position  # up to where the page has seen that is read from it
    language: Language | None = None  # that its reader chose to see our pages in; None: the debtor's own

    @property
    def link(self) -> Link:
        """What is opened."""
        return self.given.link

    @property
    def now(self) -> datetime:
        """That moment in UTC."""
        return self.moment.at

    async def reached(self) -> str | None:
        """The address that the link was sent to; None where it was given out without a message."""
        delivery = await delivery_of(self.connection, self.link.delivery, self.link.invoice)
        place = await deliveries.place_of(self.connection, delivery) if delivery else None
        return place[1] if place else None

    @property
    def by(self) -> str:
        """Whose word it is what comes by the link, as it is recorded."""
        return self.speaker or DEBTOR

    async def payable(self, *, lock: bool = False) -> Payable:
        """How its invoice can be paid now; locked, no other payment of it begins meanwhile. Raises BadLink."""
        found = await payment_attempts.payable(self.connection, self.link.invoice, self.calendar, self.now, lock=lock)
        if found is None:
            raise BadLink("this link names no invoice")
        law = self.planning.law_of(found.country)
        country = law.country if law else self.calendar.country
        spoken = locale_of(self.language or found.language, country, found.debtor_kind)
        found = replace(found, country=country, language=spoken)
        return found.less(await self._coming_credit(found))

    async def _coming_credit(self, found: Payable) -> ComingCredit | None:
        """What the debtor's credit will pay of the invoice: a payment that is under way changes nothing in that."""
        if not found.has_credit or found.to_pay.amount <= 0:
            return None
        plan = await self.planning.plan(self.connection, found.case, self.now)
        return coming_credit(plan.policy, plan.law, replace(plan.case.facts, paying_since=None), self.now)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever asks with the token of a link, or with the key of a page and its cookie; either may be good or not."""

    services: Services
    request: Request
    given: str  # the token or the key
    needs: Level
    act: str  # what is wanted, by its word in ACTS

    @property
    def page(self) -> str:
        """The address of their page, as they have it."""
        return f"/i/{self.given}"

    @property
    def here(self) -> str:
        """The clean address of their page; as they have it where it opens nothing."""
        try:
            return f"/i/{self.services.links.name(self._read().link)}"
        except BadLink:
            return self.page

    @property
    def clean_address(self) -> str | None:
        """What the browser shows in the place of an address with a token, with what was asked of the page."""
        return f"{self.here}?{self.request.url.query}".rstrip("?") if self.here != self.page else None

    def remembered(self, response: Response, proof: Proof | None = None) -> Response:
        """The same answer, with the cookie by which the browser has this page from now on. Raises BadLink.

        A language that was asked for with the page is kept too.
        """
        links, given = self.services.links, self._read()
        given = replace(given, proof=proof or given.proof)
        cookie.keep(links, response, links.name(given.link), given, secure=self.secure)
        if cookie.LANGUAGE in self.request.query_params and (chosen := self.language):
            cookie.keep_language(response, chosen, secure=self.secure)
        return response

    @asynccontextmanager
    async def opened(self, *, snapshot: bool = False) -> AsyncIterator[Opened]:
        """What they have opens, in a transaction or a snapshot of its own; raises BadLink, NotTheirs or NotProven.

        What opens nothing is told after the same questions as what does, whatever is wrong with it: nobody learns from
        the answer or from the time it takes whether it was ever good.
        """
        database, home = self.services.database, self.services.calendar
        async with database.snapshot() if snapshot else database.transaction() as connection:
            try:
                given, good = self._read(), True
            except BadLink:
                given, good = Pass(NOTHING, date.min), False
            link = given.link
            known = await opening(connection, link.invoice, link.delivery, link.round)
            if not good or known.revoked or home.local_date(known.ours) > given.last_day:
                raise BadLink("this link opens nothing, or nothing any more")
            if known.somebody_elses:
                raise NotTheirs("this link reached somebody else")
            level = _level(given, known.now, sends=self.request.method == "POST")
            if level < self.needs:
                raise NotProven(self.act)
            speaker = link.held_by or known.addressee
            planning = self.services.planning
            calendar = planning.calendar_of(known.country) if known.country else home
            now = calendar.here(known.now)
            yield Opened(connection, given, calendar, now, planning, level, speaker, known.seen, self.language)

    def _read(self) -> Pass:
        """What was given says, with what was proven in this browser. Raises BadLink."""
        links = self.services.links
        if len(self.given) == NAME_LENGTH:
            return self._kept(self.given)
        link, last_day = links.says(self.given)
        try:
            kept = self._kept(links.name(link))
        except BadLink:
            return Pass(link, last_day)
        return Pass(link, last_day, kept.proof if kept.link == link else None)

    def _kept(self, key: str) -> Pass:
        kept = self.request.cookies.get(cookie.name_of(key, secure=self.secure), "")
        return cookie.read(self.services.links, key, kept)

    @property
    def language(self) -> Language | None:
        """In which language they chose to see our pages; None: in the debtor's own."""
        return cookie.language_in(self.request, secure=self.secure)

    @property
    def secure(self) -> bool:
        """Whether what goes to and fro is encrypted."""
        return self.services.settings.public_url.startswith("https:")


def _level(given: Pass, now: datetime, *, sends: bool) -> Level:
    """How much is known of whoever holds this at a moment; who sends a form may have opened it while more was known."""
    counts = PROVEN_FOR + TO_SEND if sends else PROVEN_FOR
    if given.proof is not None and timedelta(0) <= now - given.proof.at < counts:
        return given.proof.level
    return Level.PAPER if given.link.on_paper else Level.LINK


def needs(level: Level, act: str = "") -> Callable[..., Awaitable[Holder]]:
    """Whoever comes to a door that needs this level, for an act of ACTS where it is one of those."""

    async def holder(
        request: Request,
        services: Here,
        key: Annotated[str, Path(description="What the link in a message ends in, or the short name of its page.")],
    ) -> Holder:
        asking = Holder(services, request, key, level, act)
        if request.method not in ("GET", "HEAD") and not _from_us(request, services.settings.public_url):
            raise FromElsewhere(asking.page)
        return asking

    return holder


ByPaper = Annotated[Holder, Depends(needs(Level.PAPER))]
ByLink = Annotated[Holder, Depends(needs(Level.LINK))]


def _from_us(request: Request, ours: str) -> bool:
    """Whether a form comes from a page of ours, as far as its browser tells.

    Our pages send no referrer, so that their forms have the origin "null"; and who types an address or reloads comes
    from no site at all.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("origin", "null") in ("null", "{0.scheme}://{0.netloc}".format(urlsplit(ours)))


async def bad_link(request: Request, error: Exception) -> HTMLResponse:
    """A kind page for a link that opens nothing (any more), in both languages; 429 where many are tried."""
    services: Services = request.app.state.services
    few = isinstance(error, NotTheirs) or one_more(services, "link", request)
    only = await _only_creditor(services) if few else None
    old = request.path_params.get("key", "")[:LONGEST_KEPT]
    facts = {"texts": for_anybody(request), "creditor": only, "told": None, "old": old}
    return page("bad_link.html.j2", status=404 if few else 429, **facts)


async def _only_creditor(services: Services) -> str | None:
    """The name to tell anybody who comes with anything: that of the one creditor here, where there is one alone."""
    async with services.database.transaction() as connection:
        return await only_name(connection)


async def from_elsewhere(_request: Request, error: Exception) -> Response:
    """A form of another site does nothing here: whoever was led into it sees their page as it stands."""
    return RedirectResponse(str(error), 303)


async def prove_first(request: Request, error: Exception) -> Response:
    """On to where more is proven, and back from there."""
    return RedirectResponse(f"/i/{quote(request.path_params['key'], safe='')}/prove?for={error}", 303)
