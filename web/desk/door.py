"""Who comes to a page of the desk: somebody signed in who may do what it is for, from a page of ours.

Each route names the act of `domain.desk.roles` that it needs. What is not allowed, not there and not within somebody's
reach looks alike. A form is taken from the desk's own pages alone, and what is hard to take back only from somebody who
showed a few minutes ago who they are.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlsplit
from uuid import UUID

import orjson
from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import BadLink
from domain.desk.reach import Reach
from domain.desk.roles import SHOWN_ANEW, Act
from facts import clock
from facts.desk import audit, drafts, sessions
from facts.desk.audit import NOBODY, About
from facts.desk.sessions import SignedIn
from facts.desk.users import User
from facts.desk.within import case_within, sees_case, sees_debtor
from web.desk.pages import desk_page, plain_page, texts_of
from web.invoice_page.once import is_number
from web.services import Here, Services

HOME: Final = "/desk/"
LONGEST: Final = 1_000  # signs of an address that one comes back to
MOST_FIELDS: Final = 40
MOST_KEPT: Final = 50_000  # bytes of what was typed
UNTYPED: Final = {
    "once",
    "seen",
    "weighed",
}  # what a form carries that nobody types: it is looked at and confirmed anew
ABOUT: Final = "desk draft"
Form = Literal["here", "above", "twice-above"]
"""Where the form stands that is sent to an address: at the same one, or at one so many parts above it."""
ABOVE: Final[Mapping[Form, int]] = {"here": 0, "above": 1, "twice-above": 2}


class NotSignedIn(Exception):
    """Nobody is signed in here, or not any more, or must show anew who they are; says where they wanted to be."""

    def __init__(self, back: str, *, anew: bool = False) -> None:
        super().__init__(back)
        self.back, self.anew = back, anew


class NotHere(Exception):
    """There is nothing of this name that whoever asks may see or do."""


class FromElsewhere(Exception):
    """A form that another site's page sent."""


def cookie_name(services: Services) -> str:
    """The cookie of who is signed in. `__Host-` is for encrypted addresses alone: a world on one machine has none."""
    return "__Host-desk" if services.settings.public_url.startswith("https:") else "desk"


@dataclass(frozen=True, slots=True)
class AtDesk:
    """Somebody at a page of the desk, who may do what it is for."""

    services: Services
    request: Request
    signed_in: SignedIn

    @property
    def user(self) -> User:
        """Who they are."""
        return self.signed_in.user

    @property
    def reach(self) -> Reach:
        """Whose cases they see."""
        return self.user.reach

    @property
    def texts(self) -> Mapping[str, str]:
        """The desk's words in their language."""
        return texts_of(self.user)

    @asynccontextmanager
    async def opened(self, *, snapshot: bool = False) -> AsyncIterator[tuple[AsyncConnection, datetime]]:
        """A transaction or a snapshot of its own, and the moment (UTC) by the doors' clock."""
        database = self.services.database
        async with database.snapshot() if snapshot else database.transaction() as connection:
            yield connection, await clock.now(connection)

    async def case(self, connection: AsyncConnection, creditor: str, number: str) -> int:
        """The case of an invoice. Raises NotHere where there is none within their reach."""
        if "\0" in creditor + number:  # no text of the database has it
            raise NotHere
        found = await case_within(connection, self.reach, creditor, number)
        if found is None:
            raise NotHere
        return found

    async def must_see(
        self, connection: AsyncConnection, *, case: int | None = None, debtor: int | None = None
    ) -> None:
        """Raises NotHere for a case or a debtor that is not within their reach."""
        if case is not None and not await sees_case(connection, self.reach, case):
            raise NotHere
        if debtor is not None and not await sees_debtor(connection, self.reach, debtor):
            raise NotHere

    async def looked(
        self, connection: AsyncConnection, now: datetime, debtor: int, case: int | None = None, where: str = "case"
    ) -> None:
        """Write down that they see a person's data."""
        await audit.looked(connection, self.user.name, debtor, now, case, where)

    async def did(
        self,
        connection: AsyncConnection,
        what: str,
        now: datetime,
        *,
        about: About = NOBODY,
        why: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down what they do, in the transaction of it."""
        await audit.did(connection, self.user.name, what, now, about=about, why=why, detail=detail)

    async def typed_before(self, connection: AsyncConnection) -> dict[str, str]:
        """What they had typed in this page's form when their session was over: once, and nothing of anybody else's.

        Of what was chosen of several each has a line.
        """
        try:
            sealed = await drafts.take(
                connection, self.user.id, self.request.url.path, UUID(self.request.query_params.get("kept", ""))
            )
            typed: dict[str, str] = orjson.loads(self.services.links.opened(sealed or "", ABOUT, str(self.user.id)))
        except (ValueError, BadLink):
            return {}
        self.request.state.typed_before = True  # the page says so
        return typed

    def once(self, given: str) -> str | None:
        """Under what the effect of a form of theirs is recorded once, by the number that it carries; None for no such number."""
        return f"desk#{self.user.id}#{given}" if is_number(given) else None

    def page(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """A page of the desk, in their language."""
        return desk_page(self.user, self.request, template, status=status, **facts)

    def done(self, to: str, told: str = "") -> Response:
        """On to a page of the desk, which says in a line what was done: a word of the desk's texts."""
        return RedirectResponse(f"{to}{'&' if '?' in to else '?'}done={quote(told)}" if told else to, 303)


def needs(
    act: Act, *, form: Form | None = None, asks_anew: bool = False, looks: bool = True
) -> Callable[..., Awaitable[AtDesk]]:
    """Whoever comes to a door of the desk that needs this act.

    `form` says where the form is that is sent here: of whoever was signed out meanwhile, or must show anew who they are, what
    was typed is kept, and stands there again. A form that `asks_anew` does so by itself, and is answered with all that was
    typed. What a page asks for by itself is no look of a person's, and keeps nobody signed in.
    """

    async def at_desk(request: Request, services: Here) -> AtDesk:
        sends = request.method not in ("GET", "HEAD")
        if sends and not _from_us(request, services.settings.public_url):
            raise FromElsewhere
        token = request.cookies.get(cookie_name(services), "")
        async with services.database.transaction() as connection:
            found = await sessions.signed_in(connection, token, looks=looks) if token else None
        back = f"{request.url.path}?{request.url.query}".rstrip("?")
        if sends:
            back = request.url.path.rsplit("/", ABOVE[form])[0] if form else HOME
        elif len(back) > LONGEST:
            back = HOME
        if found is None:
            kept = await _keep(services, request, token, back) if sends and form and token else ""
            raise NotSignedIn(back + kept)
        if not found.user.may(act):
            raise NotHere
        if act in SHOWN_ANEW and not found.shown_lately and not (sends and asks_anew):
            kept = await _keep(services, request, token, back) if sends and form else ""
            raise NotSignedIn(back + kept, anew=True)
        return AtDesk(services, request, found)

    at_desk.act = act  # type: ignore[attr-defined]  # the table of all routes reads it
    return at_desk


async def _keep(services: Services, request: Request, token: str, path: str) -> str:
    """Keep what was typed by somebody whose session is over; gives what their way back says of it.

    What was chosen of several is kept line by line; of a form with a file nothing is: the file is chosen again.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        return ""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        typed = {name: "\n".join(map(str, sent.getlist(name))) for name in sent if name not in UNTYPED}
    said = orjson.dumps(typed)
    if len(said) > MOST_KEPT:
        return ""
    async with services.database.transaction() as connection:
        user = await drafts.whose(connection, token)
        if user is None:
            return ""
        return f"?kept={await drafts.keep(connection, user, path, services.links.seal(said, ABOUT, str(user)))}"


ToLook = Annotated[AtDesk, Depends(needs(Act.LOOK))]
ToWatch = Annotated[AtDesk, Depends(needs(Act.LOOK, looks=False))]


def _from_us(request: Request, ours: str) -> bool:
    """Whether a form comes from a page of ours: its browser says so, or it is no browser and has no cookie of its own."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin == "{0.scheme}://{0.netloc}".format(urlsplit(ours))


def own_path(back: str) -> str:
    """Where somebody wanted to be, if it is a page of the desk: else its first page. Nothing of another site."""
    parts = urlsplit(back)
    ours = back.startswith(HOME) and not (parts.scheme or parts.netloc) and "\\" not in back and back.isprintable()
    return back if ours else HOME


async def sign_in_first(request: Request, error: Exception) -> Response:
    """On to where one signs in, and back from there."""
    assert isinstance(error, NotSignedIn)
    return RedirectResponse(f"/desk/sign-in?{'anew=1&' if error.anew else ''}back={quote(error.back, safe='')}", 303)


async def nothing_here(_request: Request, _error: Exception) -> Response:
    """The same page whatever is the matter: nobody learns what there is."""
    return plain_page("desk/not_here.html.j2", status=404)


async def not_from_us(_request: Request, _error: Exception) -> Response:
    """A form of another site does nothing here."""
    return plain_page("desk/from_elsewhere.html.j2", status=403)


ANSWERS: Final = {NotSignedIn: sign_in_first, NotHere: nothing_here, FromElsewhere: not_from_us}
"""What is answered when somebody is not let in."""
