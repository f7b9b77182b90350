"""All that the debtor has with this creditor, behind the link of one invoice: how each stands, and one payment for all of it.

It shows more than the invoice whose link it is. So it opens to a link that went to the debtor's own address, or to
whoever stands in today. One that a colleague or a housemate may hold opens it to who proves to be the debtor.
"""

import unicodedata
from asyncio import to_thread
from collections.abc import Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.links import BadLink
from domain.money import references
from domain.money.accounts import payment_code
from domain.money.amount import ZERO
from domain.money.statement import Standing, Sums, asks_of, sums
from facts.money import statements
from facts.money.payment_attempts import Payable, ToPay
from facts.parties import debtors
from messages import figures
from messages.bank_codes import bar_svg, epc_svg
from messages.languages import Locale, labels
from messages.letter import letter
from views import statement
from views.content import statement_content
from views.invoice_view import invoice_view
from views.statement import Statement
from web.invoice_page.link import ByLink, NotProven, NotTheirs, Opened
from web.invoice_page.paying import ways_to_pay
from web.invoice_page.rights import ACTS
from web.pages import OF_A_FILE, about_invoice, for_anybody, invoice_figures, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

MOST_LINES = 200  # on the page: the PDF has all


@dataclass(frozen=True, slots=True)
class Account:
    """The debtor's account, and how all that is asked for in the currency of the link's invoice can be paid."""

    payable: Payable
    statement: Statement
    sums: Sums


async def issued(opened: Opened, found: Payable, chosen: Set[int] = frozenset()) -> Account:
    """The account that a link opens, with a reference for all that is asked for, made where none stands.

    Where invoices of it are `chosen`, the reference and the amount are of these alone. Raises BadLink or NotProven.
    """
    await check_opens(opened, found)
    await statements.issue(opened.connection, found.creditor, found.debtor, opened.now, chosen)
    return await account_of(opened, found, chosen)


async def account_of(opened: Opened, found: Payable, chosen: Set[int] = frozenset()) -> Account:
    """The same as it stands: without a reference where none was made for what is asked now. Raises BadLink or NotProven."""
    connection, today = opened.connection, opened.moment.day
    await check_opens(opened, found)
    read = await statement.read(connection, found.debtor, today)
    currency = found.to_pay.currency
    nothing = statement.Payable(Sums(currency, ZERO, ZERO, ZERO, ZERO, ZERO), None)
    if chosen:
        picked = [line for line in read.lines if line.invoice_id in chosen and line.currency == currency]
        asks, total = asks_of(picked, currency), next(iter(sums(picked)), nothing.sums)
        reference = await statements.standing(connection, found.debtor, currency, asks) if asks else None
        return Account(replace(found, to_pay=ToPay(total.asked, currency, "balance"), statement=reference), read, total)
    of = next((each for each in read.payable if each.sums.currency == currency), nothing)
    asked = ToPay(of.sums.asked, currency, "balance")
    return Account(replace(found, to_pay=asked, statement=of.reference), read, of.sums)


async def check_opens(opened: Opened, found: Payable) -> None:
    """Raises BadLink where a link opens no account, and NotProven where more has to be proven first."""
    connection, today = opened.connection, opened.moment.day
    if not await statement.opens_to(connection, opened.link.delivery, found.debtor, found.facts.life, today):
        if not statement.opens_by_proof(found.facts.life, today) or opened.speaker is not None:
            raise BadLink("this link opens one invoice, and not the account")
        if opened.level < ACTS["account"].level:
            raise NotProven("account")


@router.get("/i/{key}/account", response_class=HTMLResponse)
async def account_page(
    holder: ByLink, problem: Annotated[str, Query(description="The way to pay that could not be begun.")] = ""
) -> HTMLResponse:
    """The debtor's account as a page, which is fit to be printed."""
    services = holder.services
    try:
        async with holder.opened(snapshot=True) as opened:
            account = await account_of(opened, await opened.payable())
            invoice = await invoice_view(opened.connection, opened.link.invoice)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    found, sums, lines = account.payable, account.sums, account.statement.lines
    reference, language = found.statement or "", found.language
    code = payment_code(invoice.account, sums.asked, reference, None) if reference else None
    return page(
        "account.html.j2",
        seen=opened.seen,
        here=holder.page,
        sums=sums,
        lines=lines[:MOST_LINES],
        more=max(0, len(lines) - MOST_LINES),
        standings=_standings(language),
        ways=ways_to_pay(services, found, opened.now),
        problem=services.ways.get(problem),
        none_chosen=problem == "none",
        reference=reference,
        label=references.label_of(reference, sums.currency),
        printed=references.printed(reference, sums.currency),
        account=figures.account(invoice.account) if invoice.account else None,
        code=code,
        bars=code and bar_svg(code),
        qr=epc_svg(invoice.account_holder, invoice.account, sums.asked, sums.currency, reference)
        if reference
        else None,
        money=partial(figures.amount, language=language),
        **about_invoice(invoice, language) | invoice_figures(sums.currency, language),
    )


@router.post("/i/{key}/account")
async def make_reference(holder: ByLink) -> Response:
    """To the account, with the reference under which all of it can be paid at once: it is made where none stands."""
    async with holder.opened() as opened:
        await issued(opened, await opened.payable())
    return RedirectResponse(f"{holder.page}/account", 303)


@router.get("/i/{key}/account/chosen", response_class=HTMLResponse)
async def chosen_page(holder: ByLink, invoice: Annotated[list[int] | None, Query()] = None) -> Response:
    """Several invoices of the account that are paid together: looked at, before anything begins."""
    services, chosen = holder.services, frozenset(invoice or ())
    try:
        async with holder.opened(snapshot=True) as opened:
            account = await account_of(opened, await opened.payable())
            about = await invoice_view(opened.connection, opened.link.invoice)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    currency, language = account.sums.currency, account.payable.language
    there = [
        line
        for line in account.statement.lines
        if line.invoice_id in chosen and line.asked and line.currency == currency
    ]
    if not there:
        return RedirectResponse(f"{holder.page}/account?problem=none#invoices", 303)
    asked = sum((line.asked for line in there), ZERO)
    found = replace(account.payable, to_pay=ToPay(asked, currency, "balance"))
    return page(
        "account_chosen.html.j2",
        here=holder.page,
        lines=there,
        asked=asked,
        ways=ways_to_pay(services, found, opened.now),
        **about_invoice(about, language) | invoice_figures(currency, language),
    )


@router.get("/i/{key}/account.pdf")
async def account_pdf(holder: ByLink) -> Response:
    """The same as a letter, in the currency of the link's invoice; first the page where it has no reference yet."""
    try:
        async with holder.opened(snapshot=True) as opened:
            account = await account_of(opened, await opened.payable())
            if account.sums.asked and account.payable.statement is None:
                return RedirectResponse(f"{holder.page}/account", 303)
            debtor = await debtors.by_id(opened.connection, account.payable.debtor)
            links, today, currency = holder.services.links, opened.moment.day, account.sums.currency
            law = holder.services.planning.law_of(debtor.country)
            content = await statement_content(opened.connection, links, debtor, opened.calendar, law, today, currency)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    if content is None:
        raise BadLink("nothing is owed in this currency")
    title = unicodedata.normalize("NFKD", words(account.payable.language)["account_title"]).encode("ascii", "ignore")
    name = f"{title.decode().lower().replace(' ', '-')}-{today}.pdf"  # in letters that every system takes
    return Response(
        await to_thread(letter, content),
        media_type="application/pdf",
        headers=OF_A_FILE | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _standings(language: Locale) -> dict[Standing, Any]:
    """How an invoice stands, in words."""
    shared = labels(language)
    return {each: shared[f"standing_{each.replace(' ', '_')}"] for each in Standing}
