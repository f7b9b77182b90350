"""The clients of whoever has proven to stand in for them: what each owes, and what may be asked for it, recorded as theirs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import PromiseToPay
from commands.command import Command
from commands.debtor.change import DebtorChange, change_known
from commands.debtor.replies import said_on_page
from commands.record import record
from connectors.links import BadLink, Link
from domain.moment import Moment, moment_in
from domain.parties.life_events import LifeKind
from domain.parties.replies import Meaning
from domain.parties.speakers import MAY_ASK, Ask, Asker, speaker_of
from domain.parties.standing import Standing, standing_of
from facts import clock
from facts.deliveries import link_revocations
from facts.deliveries.replies import plain
from facts.going_on import GOES_ON
from facts.parties import adviser_codes, life_events
from facts.parties.adviser_codes import Proven
from facts.parties.debtors import Operator
from facts.refusals import Refused
from messages.languages import Locale, locale_of
from views.clients import Client, numbered_clients_of
from web.invoice_page.more_time import MoreTime, more_time
from web.pages import invoice_figures, page, words
from web.services import Here, Services

router = APIRouter(tags=["invoice page"], include_in_schema=False)

REASON = "adviser page"
LONGEST = 2000
LINKS_FOR = 1  # day: who stands in no more has nothing left in hand

CASES = text(f"""
select c.id, i.id as invoice, i.number, i.due_date, i.currency, c.balance
from dunning_case c join invoice i on i.id = c.invoice_id
where c.debtor_id = :debtor and {GOES_ON} and c.balance > 0 order by i.due_date, i.id
""")
DEBTOR = text("""
select d.country, d.language, d.kind, cr.name as creditor_name from debtor d join creditor cr on cr.id = d.creditor_id
where d.id = :debtor
""")
PAUSED = text("""
select count(*) from life_event e where e.debtor_id = :debtor and e.kind = 'pause' and e.until is not null
  and e.by = any(cast(:askers as text[])) and e.happened_at >= (select min(c.happened_at) from dunning_case c
    where c.debtor_id = :debtor and c.state = 'open')
""")

Words = Annotated[str, Form(max_length=LONGEST)]
Number = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has proven to stand in, with their clients of this moment."""

    connection: AsyncConnection
    services: Services
    token: str
    id: UUID
    proven: Proven
    clients: dict[int, Client]
    now: datetime

    @property
    def here(self) -> str:
        """The address of their page."""
        return f"/a/{self.token}"

    def name_of(self, debtor: int) -> str:
        """What names a client in the addresses of this session alone."""
        return self.services.links.seal(debtor.to_bytes(5), "adviser client", str(self.id))

    def client(self, name: str) -> int:
        """The client of a name. Raises BadLink for whoever is none, or not any more."""
        debtor = int.from_bytes(self.services.links.opened(name, "adviser client", str(self.id)))
        if debtor not in self.clients:
            raise BadLink("this is no client any more")
        return debtor


@dataclass(frozen=True, slots=True)
class Subject:
    """One client, how things stand, and as whom the session speaks."""

    debtor: int
    language: Locale
    creditor_name: str
    moment: Moment
    standing: Standing
    asker: Asker


@asynccontextmanager
async def session(services: Services, token: str) -> AsyncIterator[Session]:
    """What a proof opens for half an hour, in a transaction of its own. Raises BadLink: also once nobody is a client."""
    id = UUID(bytes=_bytes(services.links.opened(token, "adviser session")))
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        proven = await adviser_codes.proven(connection, id, now)
        clients = dict(await numbered_clients_of(connection, proven.creditor, proven.address)) if proven else {}
        if proven is None or not clients:
            raise BadLink("this page is closed: prove who you are again")
        yield Session(connection, services, token, id, proven, clients, now)


def _bytes(opened: bytes) -> bytes:
    if len(opened) != 16:
        raise BadLink("this is none of ours")
    return opened


@router.get("/a/{token}")
async def clients(token: str, services: Here) -> HTMLResponse:
    """All clients of this creditor, with what each owes."""
    async with session(services, token) as known:
        first = await _subject(known, next(iter(known.clients)))
        rows = []
        for debtor, client in known.clients.items():
            cases = (await known.connection.execute(CASES, {"debtor": debtor})).all()
            owed = {each.currency: sum(c.balance for c in cases if c.currency == each.currency) for each in cases}
            rows.append({"name": known.name_of(debtor), "client": client, "owed": owed})
        return page(
            "clients.html.j2",
            here=known.here,
            creditor=first.creditor_name,
            language=first.language,
            t=words(first.language),
            rows=rows,
            figures_in=lambda currency: invoice_figures(currency, first.language),
        )


@router.get("/a/{token}/{name}")
async def client(
    token: str,
    name: str,
    services: Here,
    problem: Annotated[str, Query(max_length=40)] = "",
    done: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """One client: each invoice with its link, and what may be asked for."""
    async with session(services, token) as known:
        subject = await _subject(known, known.client(name))
        invoices = [await _invoice(known, case, subject.asker) for case in await _cases(known, subject)]
        return page(
            "client.html.j2",
            here=f"{known.here}/{name}",
            back=known.here,
            creditor=subject.creditor_name,
            client=known.clients[subject.debtor],
            language=subject.language,
            t=words(subject.language),
            may=MAY_ASK[subject.asker],
            paused=subject.standing.events.get(LifeKind.PAUSE),
            silent=LifeKind.NO_CALLS in subject.standing.events,
            invoices=invoices,
            figures_in=lambda currency: invoice_figures(currency, subject.language),
            problem=problem if problem in set(Ask) else "",
            done=done if done in set(Ask) else "",
        )


@router.post("/a/{token}/{name}/pause")
async def pause(token: str, name: str, services: Here) -> Response:
    """All of the client's cases rest, for as long and as often as the policy gives."""

    async def ask(known: Session, subject: Subject) -> None:
        open_cases = await _cases(known, subject)
        if not open_cases:
            raise Refused("nothing is open")
        rules = (await services.planning.plan(known.connection, open_cases[0].id, known.now)).policy.pauses
        asked = {"debtor": subject.debtor, "askers": list(MAY_ASK)}
        given = (await known.connection.execute(PAUSED, asked)).scalar_one()
        if LifeKind.PAUSE in subject.standing.events or given >= rules.most:
            raise Refused("no more pauses are given")
        until = subject.moment.day + timedelta(days=rules.adviser_days)
        await _change(known, subject, DebtorChange(paused_until=until), REASON)

    return await _asked(services, token, name, Ask.PAUSE, ask)


@router.post("/a/{token}/{name}/no-contact")
async def no_contact(token: str, name: str, services: Here) -> Response:
    """Nobody calls the client, also once nobody stands in any more; all messages go to who stands in."""

    async def ask(known: Session, subject: Subject) -> None:
        await _change(known, subject, DebtorChange(no_calls=True), "no contact")

    return await _asked(services, token, name, Ask.NO_CONTACT, ask)


@router.post("/a/{token}/{name}/promise")
async def promise(token: str, name: str, services: Here, invoice: Number, pay_by: Annotated[date, Form()]) -> Response:
    """An invoice is paid by a day."""

    async def ask(known: Session, subject: Subject) -> None:
        await _record(known, subject, invoice, PromiseToPay(pay_by=pay_by, by=subject.asker, reason_code=REASON))

    return await _asked(services, token, name, Ask.PROMISE, ask)


@router.post("/a/{token}/{name}/plan")
async def plan(token: str, name: str, services: Here, invoice: Number, months: Annotated[int, Form()]) -> Response:
    """An invoice is paid in parts, as is offered."""

    async def ask(known: Session, subject: Subject) -> None:
        await _record(known, subject, invoice, AgreeOnPlan(months=months, by=subject.asker, reason_code=REASON))

    return await _asked(services, token, name, Ask.PLAN, ask)


@router.post("/a/{token}/{name}/more-time")
async def needs_time(token: str, name: str, services: Here, invoice: Number, words: Words) -> Response:
    """More time for an invoice, in words that somebody reads."""
    return await _told(services, token, name, Ask.MORE_TIME, Meaning.NEEDS_TIME, invoice, words)


@router.post("/a/{token}/{name}/objection")
async def objection(token: str, name: str, services: Here, invoice: Number, words: Words) -> Response:
    """An objection to an invoice: it is disputed until somebody has resolved it."""
    return await _told(services, token, name, Ask.OBJECTION, Meaning.DISAGREES, invoice, words)


async def _told(
    services: Services, token: str, name: str, what: Ask, meaning: Meaning, invoice: str, words: str
) -> Response:
    async def ask(known: Session, subject: Subject) -> None:
        said = plain(words)
        if not said:
            raise Refused("nothing was written")
        case = await _case(known, subject, invoice)
        now, planning = known.now, services.planning
        await said_on_page(known.connection, planning, case, meaning, said, now, said_by=subject.asker)

    return await _asked(services, token, name, what, ask)


async def _asked(
    services: Services, token: str, name: str, what: Ask, ask: Callable[[Session, Subject], Awaitable[None]]
) -> Response:
    """Do what is asked where who asks may, and back to the client's page, which shows what came of it."""
    here, word = f"/a/{token}/{name}", str(what).replace(" ", "%20")
    try:
        async with session(services, token) as known:
            subject = await _subject(known, known.client(name))
            if what not in MAY_ASK[subject.asker]:
                raise Refused("a person agrees on this")
            await ask(known, subject)
    except Refused:
        return RedirectResponse(f"{here}?problem={word}", 303)
    return RedirectResponse(f"{here}?done={word}", 303)


async def _subject(known: Session, debtor: int) -> Subject:
    row = (await known.connection.execute(DEBTOR, {"debtor": debtor})).one()
    moment = moment_in(row.country, known.now)
    law = known.services.planning.law_of(row.country)
    standing = standing_of(await life_events.told(known.connection, debtor), moment.day, law)
    asker = speaker_of(standing)
    if asker is None:
        raise BadLink("nobody stands in any more")
    language = locale_of(row.language, row.country, row.kind)
    return Subject(debtor, language, row.creditor_name, moment, standing, asker)


async def _cases(known: Session, subject: Subject) -> list[Any]:
    return list((await known.connection.execute(CASES, {"debtor": subject.debtor})).all())


async def _case(known: Session, subject: Subject, number: str) -> int:
    """The client's open case of an invoice. Raises Refused."""
    found = next((case.id for case in await _cases(known, subject) if case.number == number), None)
    if found is None:
        raise Refused("the client has no such open invoice")
    return int(found)


async def _invoice(known: Session, case: Any, asker: Asker) -> dict[str, Any]:
    """One invoice as the page shows it, with what may be agreed on."""
    planned = await known.services.planning.plan(known.connection, case.id, known.now)
    agreed: MoreTime = await more_time(known.connection, planned, known.now)
    today = planned.law.calendar.local_date(known.now)
    rounds = await link_revocations.rounds_of(known.connection, [case.invoice])
    return {
        "case": case,
        "more_time": agreed,
        "disputed": planned.case.facts.disputed or bool(planned.case.facts.disputed_amount),
        "link": known.services.links.url(Link(case.invoice, 0, asker, rounds.get(case.invoice, 0)), today, LINKS_FOR),
    }


async def _record(known: Session, subject: Subject, invoice: str, command: Command[Any]) -> None:
    case = await _case(known, subject, invoice)
    await record(known.connection, known.services.planning, case, command, f"adviser#{uuid4()}", known.now)


async def _change(known: Session, subject: Subject, given: DebtorChange, reason: str) -> None:
    operator = Operator(subject.asker, reason)
    await change_known(known.connection, known.services.planning, subject.debtor, given, operator, known.now)
