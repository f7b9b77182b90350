"""Paying from the invoice page: a form for each provider, and the way to that provider's own page.

Each form answers with a redirect (303), so that a reload repeats nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from connectors.payment_providers.provider import Checkout, ProviderError
from facts.money import payment_attempts
from facts.money.payment_attempts import Attempt, Payable
from web.invoice_page.account import issued
from web.invoice_page.link import ByLink, ByPaper, Holder, Opened
from web.invoice_page.part import Given, chosen_amount
from web.invoice_page.paying import WayToPay, chosen, ways_to_pay
from web.invoice_page.seen import record_visit
from web.pages import invoice_figures, page, words
from web.services import Services

log = structlog.get_logger()
router = APIRouter(tags=["invoice page"], include_in_schema=False)

OPENS_WITHIN = timedelta(minutes=1)  # no answer of the provider by then: the payment was never opened


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be paid: what is asked for of the invoice, or an amount; of the account all, or the invoices chosen."""

    amount: Decimal | None = None
    of_all: bool = False
    invoices: frozenset[int] = frozenset()
    way: str = ""  # of the provider's; the first that is offered where none is named


@router.post("/i/{key}/pay/{method}")
async def pay(
    holder: ByPaper,
    method: str,
    given: Annotated[Given, Form()],
) -> Response:
    """Start a payment of what is owed now, or of the amount that was chosen, and lead to the provider (`method`).

    Back to the page when that cannot be; where the amount cannot be, back to where it was typed, which says why.
    """
    amount = await chosen_amount(holder, given)
    return amount if isinstance(amount, Response) else await _pay(holder, method, Wish(amount, way=given.way))


@router.post("/i/{key}/account/pay/{method}")
async def pay_all(
    holder: ByLink,
    method: str,
    invoice: Annotated[list[int] | None, Form()] = None,
    way: Annotated[str, Form()] = "",
) -> Response:
    """The same for all that the debtor is asked for: the money is matched to each invoice by the statement's reference.

    `invoice` are those that were chosen of it, where not all were.
    """
    return await _pay(holder, method, Wish(of_all=True, invoices=frozenset(invoice or ()), way=way))


async def _pay(holder: Holder, method: str, wish: Wish) -> Response:
    services, back = holder.services, holder.page
    async with holder.opened() as opened:
        await record_visit(opened)
        found, now = await _wanted(opened, wish), opened.now
    offered = chosen(ways_to_pay(services, found, now), method, wish.way)
    if offered is None:
        return _to(back)
    earlier = found.open_attempt
    if earlier is not None and _is_the_same(earlier, found, offered, now):
        return _to(f"{back}/pay/{earlier.id}")
    if earlier is not None and not await _dropped(services, earlier):
        return _to(f"{back}?back=1")  # it is paid, and the news of it is on its way
    checkout = await _begun(holder, method, earlier, wish)
    if checkout is None:
        return await _pay(holder, method, wish)  # somebody was faster, on a double click perhaps: what is there now?
    try:
        started = await services.providers[method].start(checkout)
    except ProviderError as error:
        log.warning("payment_not_started", provider=method, attempt=str(checkout.attempt), reason=str(error))
        async with services.database.transaction() as connection:
            await payment_attempts.failed(connection, checkout.attempt, str(error), now)
        return _to(f"{back}{'/account' if wish.of_all else ''}?problem={checkout.way}#pay")
    async with services.database.transaction() as connection:
        await payment_attempts.opened(connection, checkout.attempt, started.provider_id, started.url)
    return _to(f"{back}/pay/{checkout.attempt}")


@router.get("/i/{key}/pay/{attempt}")
async def on_the_way(holder: ByPaper, attempt: UUID) -> Response:
    """A page that leads on to the provider by itself, and by a link.

    A form may not be answered with a redirect to another site: browsers count that as the form's own target, which
    our pages allow for nobody but us.
    """
    async with holder.opened() as opened:
        found, now = await opened.payable(), opened.now
    latest = found.latest
    if latest is None or latest.id != attempt or latest.state != "started":
        return _to(f"{holder.page}?back=1")
    if latest.url is None and now - latest.started_at > OPENS_WITHIN:
        return _to(holder.page)
    return page(
        "on_the_way.html.j2",
        language=found.language,
        t=words(found.language),
        creditor=found.creditor_name,
        attempt=latest,
        provider=holder.services.methods[latest.provider].way(latest.way).said(found.language).provider,
        back=holder.page,
        **invoice_figures(latest.currency, found.language),
    )


def _is_the_same(earlier: Attempt, found: Payable, offered: WayToPay, now: datetime) -> bool:
    """Whether a payment that was begun is just what is wanted now, and still alive."""
    method = offered.method
    alive_for = method.lifetime if earlier.url is not None else OPENS_WITHIN
    wanted = (method.name, offered.way.name, found.to_pay.amount, "started", found.statement or found.reference)
    same = (earlier.provider, earlier.way, earlier.amount, earlier.state, earlier.reference) == wanted
    return same and now - earlier.started_at < alive_for


async def _dropped(services: Services, earlier: Attempt) -> bool:
    """Drop a payment that was begun, so that nobody pays twice; False when it is too late.

    When its provider does not answer, the person may pay all the same: too much is noticed and given back.
    """
    provider = services.providers.get(earlier.provider)
    if earlier.state == "processing":
        return False
    if provider is None or earlier.provider_id is None:
        return True
    try:
        return await provider.cancel(earlier.provider_id, earlier.merchant)
    except ProviderError as error:
        log.warning("payment_not_dropped", provider=earlier.provider, attempt=str(earlier.id), reason=str(error))
        return True


async def _wanted(opened: Opened, wish: Wish, *, lock: bool = False) -> Payable:
    """What is to be paid now: of the invoice, or of all that the debtor is asked for in its currency."""
    found = await opened.payable(lock=lock)
    if wish.of_all:
        return (await issued(opened, found, wish.invoices)).payable
    return found if wish.amount is None else found.part(wish.amount)


async def _begun(holder: Holder, method: str, earlier: Attempt | None, wish: Wish) -> Checkout | None:
    """A new payment with the amount of this moment, in the place of an earlier one; None when all has changed."""
    services = holder.services
    async with holder.opened() as opened:
        connection, now = opened.connection, opened.now
        found = await _wanted(opened, wish, lock=True)
        offered = chosen(ways_to_pay(services, found, now), method, wish.way)
        if offered is None:
            return None
        if found.open_attempt is not None:
            if earlier is None or found.open_attempt.id != earlier.id:
                return None
            await payment_attempts.replaced(connection, earlier.id, now)
        merchant, way = offered.merchant, offered.way.name
        attempt = await payment_attempts.start(connection, found, merchant, now, way)
        # Who comes back may be in another browser, which has no cookie of ours: an app opens the one it likes.
        here = f"{services.settings.public_url}/i/{services.links.token(opened.link, opened.given.last_day)}"
    return Checkout(
        attempt=attempt,
        amount=found.to_pay.amount,
        currency=found.to_pay.currency,
        creditor=found.creditor,
        creditor_name=found.creditor_name,
        invoice_number=found.statement or found.number,
        reference=found.statement or found.reference,
        return_url=f"{here}?back=1",
        page_url=here,
        language=found.language,
        merchant=merchant.account,
        way=way,
    )


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)
