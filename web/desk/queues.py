"""What waits for a person, queue by queue: one key settles, the next opens, and empty says so."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.task.finish import finish_task
from domain.desk.roles import Act
from facts import clock
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.money.review import ReviewItem, book_review, list_review, send_back
from facts.refusals import Refused
from views.queues import MOST, QUEUES, Queue, lengths, waiting
from web.desk.door import AtDesk, NotHere, ToLook, needs
from web.invoice_page.amounts import read_amount

router = APIRouter(include_in_schema=False)

ToSettle = Annotated[AtDesk, Depends(needs(Act.SETTLE))]
ToPlace = Annotated[AtDesk, Depends(needs(Act.SETTLE, form="above"))]
ToServe = Annotated[AtDesk, Depends(needs(Act.SERVE, form="twice-above"))]
Typed = Annotated[str, Form(max_length=4000)]


@router.get("/desk/queues")
async def see_queues(at: ToLook) -> Response:
    """Every queue of theirs, how long it is and since when the first waits."""
    mine = [queue for queue in QUEUES.values() if at.user.may(queue.needs)]
    if not mine:
        raise NotHere
    async with at.opened() as (connection, now):
        found = await lengths(connection, mine, at.reach, now)
    return at.page("queues.html.j2", lengths=found, now=now)


@router.get("/desk/queues/{name}")
async def see_queue(at: ToLook, name: str) -> Response:
    """What waits in one, the longest first."""
    queue = _queue(at, name)
    async with at.opened() as (connection, now):
        found, typed = await waiting(connection, queue, at.reach, now), await at.typed_before(connection)
    facts: dict[str, Any] = {"queue": queue, "rows": found[:MOST], "more": len(found) > MOST}
    return at.page("queue.html.j2", refused=typed.get("task", ""), typed=typed.get("result", ""), **facts)


@router.get("/desk/queues/money/{number}")
async def see_payment(at: ToSettle, number: int) -> Response:
    """One payment that no invoice explains, with its likeliest invoices and why."""
    return await _payment(at, number)


@router.post("/desk/queues/money/{number}/book")
async def book_payment(at: ToPlace, number: int, invoices: Typed = "") -> Response:
    """Book it on one invoice or several; the payer's account is learned."""
    try:
        shares = _shares(invoices)
        async with at.opened() as (connection, _):
            item = await _waiting_payment(at, connection, number)
            now = await clock.now(connection, item.creditor)
            await book_review(connection, number, shares, at.user.name, now, creditor=item.creditor)
            about, detail = About(creditor=item.creditor), {"payment": number, "invoices": list(shares)}
            await at.did(connection, "payment_booked", now, about=about, detail=detail)
    except Refused as why:
        return await _payment(at, number, status=409, why=str(why), typed={"invoices": invoices})
    return await next_of(at, "money", "payment_booked")


@router.post("/desk/queues/money/{number}/send-back")
async def send_payment_back(at: ToPlace, number: int, to_account: Typed = "") -> Response:
    """Owe it back to who paid it: it leaves with the next file of refunds."""
    try:
        async with at.opened() as (connection, _):
            item = await _waiting_payment(at, connection, number)
            now = await clock.now(connection, item.creditor)
            account = to_account.strip() or None
            await send_back(connection, number, at.user.name, now, to_account=account, creditor=item.creditor)
            about = About(creditor=item.creditor)
            await at.did(connection, "payment_sent_back", now, about=about, detail={"payment": number})
    except Refused as why:
        return await _payment(at, number, status=409, why=str(why), typed={"to_account": to_account})
    return await next_of(at, "money", "payment_sent_back")


@router.post("/desk/queues/{name}/{task}/done")
async def finish(at: ToServe, name: str, task: int, result: Typed = "") -> Response:
    """A person has done what was asked: the case looks again, and the next opens."""
    queue = _queue(at, name)
    if not queue.of_tasks:
        raise NotHere
    try:
        async with at.opened() as (connection, _):
            there = await waiting(connection, queue, at.reach, await clock.now(connection))
            found = next((each for each in there if each.id == task), None)
            if found is None:
                raise NotHere
            now = await clock.now(connection, found.creditor)
            await finish_task(connection, found.creditor, task, at.user.name, result.strip() or None, now)
            about = About(creditor=found.creditor)
            await at.did(connection, "task_done", now, about=about, detail={"task": task, "queue": name})
    except Refused as why:
        async with at.opened() as (connection, now):
            rows = await waiting(connection, queue, at.reach, now)
        facts = {"queue": queue, "rows": rows[:MOST], "more": len(rows) > MOST}
        return at.page("queue.html.j2", status=409, why=str(why), refused=str(task), typed=result, **facts)
    return at.done(f"/desk/queues/{name}", "task_done")


def _queue(at: AtDesk, name: str) -> Queue:
    if name not in QUEUES or not at.user.may(QUEUES[name].needs):
        raise NotHere
    return QUEUES[name]


async def _waiting_payment(at: AtDesk, connection: AsyncConnection, number: int) -> ReviewItem:
    """A payment of theirs that waits. Raises NotHere."""
    for item in await list_review(connection, None, number):
        if item.creditor in await creditors_within(connection, at.reach):
            return item
    raise NotHere


async def _payment(
    at: AtDesk, number: int, *, status: int = 200, why: str | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    async with at.opened() as (connection, now):
        item, before = await _waiting_payment(at, connection, number), await at.typed_before(connection)
        await at.did(
            connection, "payment_looked_at", now, about=About(creditor=item.creditor), detail={"payment": number}
        )
    return at.page("payment.html.j2", status=status, item=item, why=why, typed=before if typed is None else typed)


async def next_of(at: AtDesk, name: str, told: str) -> Response:
    """The next of a queue opens; the queue says so where it is empty."""
    async with at.opened() as (connection, now):
        there = await waiting(connection, QUEUES[name], at.reach, now)
    return at.done(f"/desk/queues/{name}/{there[0].id}" if there else f"/desk/queues/{name}", told)


def _shares(typed: str) -> dict[str, Decimal | None]:
    """Invoices with what each gets, a line each: `2026-1001 300,00`; of one the amount may be left out. Raises Refused."""
    shares: dict[str, Decimal | None] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        number, space, amount = line.rpartition("\t") if "\t" in line else line.rpartition(" ")
        share = read_amount(amount) if space else None
        name = number.strip() if share is not None else line
        if name in shares:
            raise Refused(f"invoice {name} is named twice: add its amounts up")
        shares[name] = share
    if not shares:
        raise Refused("name an invoice, a line each: NUMBER AMOUNT")
    return shares
