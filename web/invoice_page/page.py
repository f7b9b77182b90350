"""The page behind the link in every message: the invoice as it stands, ways to pay it, and whom to tell what."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from domain.money import references
from domain.money.accounts import payment_code
from domain.parties.standing import standing_of
from domain.planner.consequence import Nothing, Pays
from messages import figures
from messages.bank_codes import bar_svg, epc_svg
from views.why import told
from web.invoice_page import (
    about,
    already_paid,
    content,
    direct_debit,
    disagree,
    e_invoice,
    heading,
    history,
    messages,
    pauses,
    receipt,
    right,
    sentences,
    wishes,
)
from web.invoice_page.link import ByPaper, NotTheirs
from web.invoice_page.once import fresh
from web.invoice_page.paying import looks_of
from web.invoice_page.rights import Level
from web.invoice_page.section import Facts, Section, while_open
from web.invoice_page.shown import Shown, show
from web.pages import about_invoice, for_anybody, languages_for, page

router = APIRouter(tags=["invoice page"])

PROBLEMS = frozenset(
    {"direct-debit", "promise", "plan", "paid", "more-time", "disagree", "danger", "right", "wishes", "address"}
)


async def pay(shown: Shown) -> Facts | None:
    """The code for a bank's app, and the way to pay that could not be begun."""
    if not shown.open or shown.nothing_by_hand:
        return None
    invoice, asked = shown.invoice, shown.found.to_pay
    of_plan = shown.more_time.plan_reference if shown.more_time else None
    reference = of_plan or invoice.reference or invoice.number
    code = payment_code(invoice.account, asked.amount, reference, heading.pay_by(shown))
    return {
        "qr": epc_svg(invoice.account_holder, invoice.account, asked.amount, invoice.currency, reference),
        "code": code,
        "bars": code and bar_svg(code),
        "not_started": shown.services.ways.get(shown.problem),
        "then": sentences.of(shown).then(Pays(asked.amount), shown.now) if asked.amount > 0 else "",
        "nothing": sentences.of(shown).then(Nothing(), shown.now),
        "by": heading.pay_by(shown),
    }


async def account(shown: Shown) -> Facts | None:
    """Nothing more, where this link opens the debtor's account too and there is more in it than the invoice."""
    return {} if shown.account.opens and shown.account.others else None


async def lines(shown: Shown) -> Facts | None:
    """Nothing more, where the invoice has lines."""
    return {} if shown.invoice.lines else None


async def danger(shown: Shown) -> Facts | None:
    """Nothing more, where the service is blocked or may be."""
    return {} if shown.open and shown.invoice.service_at_stake else None


async def why(shown: Shown) -> Facts | None:
    """The message that led here: what it was for, and what it said."""
    link, laws = shown.opened.link, shown.services.intake.laws
    found = await told(shown.connection, laws, shown.opened.calendar, link.delivery, link.invoice)
    return {"why": found} if found else None


async def more(shown: Shown) -> Facts | None:
    """Nothing more, for whoever reads and pays, and could do more by proving more."""
    return {} if shown.opened.level < Level.LINK else None


SECTIONS = (
    Section("heading", heading.facts, Level.PAPER),
    Section("receipt", receipt.facts),
    Section("pay", pay, Level.PAPER),
    Section("lines", lines, Level.PAPER),
    Section("about", about.facts, Level.PAPER),
    Section("history", history.facts),
    Section("account", account),
    Section("direct_debit", direct_debit.facts),
    Section("e_invoice", e_invoice.facts),
    Section("offers", while_open),
    Section("paid", already_paid.facts),
    Section("more_time", pauses.facts),
    Section("disagree", disagree.facts),
    Section("danger", danger),
    Section("not_me", while_open),
    Section("messages", messages.facts),
    Section("right", right.facts),
    Section("wishes", wishes.facts),
    Section("address", while_open),
    Section("content", content.facts, Level.PAPER),
    Section("why", why),
    Section("prove", more, Level.PAPER),
)
"""The page, from top to bottom."""


@router.head("/i/{key}", include_in_schema=False)
@router.get("/i/{key}", response_class=HTMLResponse)
async def invoice_page(
    request: Request,
    holder: ByPaper,
    back: Annotated[str, Query(description="How often was looked after a payment was begun.")] = "",
    problem: Annotated[str, Query(description="What could not be done.")] = "",
    _lang: Annotated[
        str, Query(alias="lang", description="The language to see the pages in from now on, such as nb or en.")
    ] = "",
) -> Response:
    """The invoice page. That it was fetched proves nothing: see `web.seen`.

    `back` counts the looks after a return from a payment provider, `problem` names what could not be done. `lang` holds
    in this browser, for every page behind the link: how somebody is written to is a wish of its own.
    """
    services = holder.services
    try:
        # One moment for all: else money that comes meanwhile ends the wait for it, while the invoice looks unpaid.
        async with holder.opened(snapshot=True) as opened:
            shown = await show(services, opened, looks_of(back), problem)
            parts = [(each.template, await each.shows(shown)) for each in SECTIONS]
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    answer = page(
        "invoice.html.j2",
        seen=shown.opened.seen,
        here=holder.here,
        clean_address=holder.clean_address,
        sections=[(template, own) for template, own in parts if own is not None],
        problem=problem if problem in PROBLEMS else None,
        failed=problem in PROBLEMS or problem in services.ways,
        **_for_all(shown),
    )
    return holder.remembered(answer) if request.method == "GET" else answer


def _for_all(shown: Shown) -> dict[str, Any]:
    """What every part of the page can show."""
    invoice, found = shown.invoice, shown.found
    if shown.opened.level < Level.LINK:  # a buyer's own reference is often somebody's name
        invoice = replace(invoice, found_by={})
    account, currency = invoice.account, invoice.currency
    return {
        "case": found.facts,
        "open": shown.open,
        "owed": shown.owed,
        "paying": shown.paying,
        "to_pay": found.to_pay,
        "drawn": found.drawn,
        "credit": found.credit,
        "nothing_by_hand": shown.nothing_by_hand,
        "more_time": shown.more_time,
        "said": shown.said,
        "today": shown.today,
        "once": fresh(),
        "standing": standing_of(found.facts.life, shown.today),
        "label_of": partial(references.label_of, currency=currency),
        "printed": partial(references.printed, currency=currency),
        "account": figures.account(account) if account else account,
        "languages": languages_for(found.country, invoice.language),
        **about_invoice(invoice, found.language),
    }
