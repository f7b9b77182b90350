"""A mandate is asked for: with a limit for a month that is there already, and why it is that much. A click, and it is asked."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import monthly_limit
from domain.countries.calendar import add_months
from facts.direct_debit import mandates
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from messages import figures
from views.invoice_view import InvoiceView, invoice_view
from web.invoice_page.amounts import read_amount, typed
from web.invoice_page.arrange import arranged
from web.invoice_page.link import ByLink, Holder, NotTheirs, Opened
from web.pages import about_invoice, for_anybody, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

HISTORY_MONTHS = 12
Typed = Annotated[str, Form(max_length=40)]


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit for a month that is suggested, and the largest month of the last year that it is made from."""

    amount: Decimal
    largest: Decimal

    @property
    def typed(self) -> str:
        """The limit as it stands in its field."""
        return typed(self.amount)


async def suggested(connection: AsyncConnection, found: Payable, today: date) -> Limit:
    """The limit that lets all through that was ever invoiced in a month of the last year, and this invoice."""
    since, currency, owed = (
        add_months(today, -HISTORY_MONTHS),
        found.to_pay.currency,
        max(found.facts.balance, Decimal(0)),
    )
    months = await mandates.months_of(connection, found.creditor, found.debtor, currency, since)
    largest = max([*months, owed], default=Decimal(0))
    return Limit(monthly_limit(largest), largest)


@router.get("/i/{key}/direct-debit")
async def direct_debit_page(holder: ByLink) -> Response:
    """The offer by itself, for whoever comes from a message or has just paid; on to the page where it was asked for before."""
    try:
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            known = await mandates.mandate_of(opened.connection, found.creditor, found.debtor)
            way = await mandates.way_to_a_mandate(opened.connection, found.creditor)
            if known is not None or way is None or found.reference is None:
                return RedirectResponse(f"{holder.page}#direct-debit", 303)
            limit = await suggested(opened.connection, found, opened.moment.day)
            invoice = await invoice_view(opened.connection, opened.link.invoice)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    return _page(holder, found, invoice, limit, limit.typed, {})


@router.post("/i/{key}/direct-debit")
async def ask_for_direct_debit(holder: ByLink, limit: Typed = "") -> Response:
    """The debtor wants AvtaleGiro: a mandate that waits for the bank. A limit that stops this very invoice is said so."""
    amount = read_amount(limit) if limit.strip() else None
    if limit.strip():
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            least = max(found.to_pay.amount, Decimal(1))
            if amount is None or amount < least:
                suggestion = await suggested(opened.connection, found, opened.moment.day)
                invoice = await invoice_view(opened.connection, opened.link.invoice)
                t = words(found.language)
                said = t["direct_debit_wrong_limit"].format(
                    least=figures.amount(least, found.to_pay.currency, found.language)
                )
                return _page(holder, found, invoice, suggestion, limit, {"limit": said})

    async def ask(opened: Opened, found: Payable) -> None:
        if found.reference is None or await mandates.way_to_a_mandate(opened.connection, found.creditor) is None:
            raise Refused("this creditor has no direct debit")
        most = amount or (await suggested(opened.connection, found, opened.moment.day)).amount
        await mandates.ask(opened.connection, found.creditor, found.debtor, found.reference, opened.now, most)

    return await arranged(holder, "direct-debit", ask)


def _page(
    holder: Holder, found: Payable, invoice: InvoiceView, limit: Limit, given: str, errors: dict[str, str]
) -> Response:
    language = found.language
    return page(
        "direct_debit.html.j2",
        status=422 if errors else 200,
        here=holder.page,
        limit=limit,
        values={"limit": given},
        errors=errors,
        **about_invoice(invoice, language),
    )
