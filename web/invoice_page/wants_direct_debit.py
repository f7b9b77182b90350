"""A mandate is asked for: with a limit for a month that is there already, and why it is that much. A click, and it is asked.

Where the creditor brings it to the centre, the page asks whose account it is. That is told by who has proved to be the debtor, as
is what such a mandate allows: a link that was sent on gives nobody's account and raises no limit.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import mandate_number, monthly_limit
from domain.countries.calendar import add_months
from domain.countries.country import PayerForm
from facts.direct_debit import mandates
from facts.direct_debit.mandates import AskedBy, Mandate, Payer, WayToMandate
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from messages import figures
from views.invoice_view import InvoiceView, invoice_view
from web.invoice_page.amounts import read_amount, typed
from web.invoice_page.arrange import arranged
from web.invoice_page.link import ByLink, Holder, NotProven, NotTheirs, Opened
from web.invoice_page.rights import ACTS, Level
from web.pages import about_invoice, for_anybody, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

HISTORY_MONTHS = 12
Typed = Annotated[str, Form(max_length=40)]
HolderTyped = Annotated[str, Form(alias="holder", max_length=40)]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed for a mandate. Whose account it is stands in no text that is made of it."""

    limit: str
    clearing: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    holder: str = field(default="", repr=False)

    def payer(self, form: PayerForm, today: date) -> Payer | dict[str, str]:
        """Whose account is drawn from; else which words say what is wrong, by the field that it stands in."""
        account, holder = form.account(self.clearing, self.account), form.holder(self.holder, today)
        if account is not None and holder is not None:
            return Payer(account, holder)
        wrong = {} if account else {"account": "direct_debit_wrong_account"}
        return wrong if holder else wrong | {"holder": "direct_debit_wrong_holder"}

    @property
    def typed(self) -> dict[str, str]:
        """As it stands in its fields when the form comes again; a personal number is typed anew."""
        return {"limit": self.limit, "clearing": self.clearing, "account": self.account}


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
            if known is not None or way is None or mandate_number(way.country, found.reference or "") in (None, ""):
                return RedirectResponse(f"{holder.page}#direct-debit", 303)
            _check_proven(opened, way)
            limit = await suggested(opened.connection, found, opened.moment.day)
            invoice = await invoice_view(opened.connection, opened.link.invoice)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    return _page(holder, found, invoice, limit, Given(limit.typed), way, {})


@router.post("/i/{key}/direct-debit")
async def ask_for_direct_debit(
    holder: ByLink, limit: Typed = "", clearing: Typed = "", account: Typed = "", owner: HolderTyped = ""
) -> Response:
    """The debtor wants direct debit: a mandate that waits for the bank. What cannot be it, as a limit that stops this very
    invoice, is said so.
    """
    given = Given(limit, clearing, account, owner)
    amount = read_amount(limit) if limit.strip() else None
    async with holder.opened(snapshot=True) as opened:
        found = await opened.payable()
        way = await mandates.way_to_a_mandate(opened.connection, found.creditor)
        _check_proven(opened, way)
        known = await mandates.mandate_of(opened.connection, found.creditor, found.debtor)
        wrong: dict[str, str] = {}
        least = max(found.to_pay.amount, Decimal(1))
        if limit.strip() and (amount is None or amount < least):
            wrong["limit"] = "direct_debit_wrong_limit"
        payer = given.payer(way.form, opened.moment.day) if way and way.form and not _stands(known) else None
        if isinstance(payer, dict):
            wrong |= payer
        elif payer and not await mandates.may_hold(opened.connection, found.debtor, payer.holder):
            wrong["holder"] = "direct_debit_others_holder"
        if wrong:
            said = figures.amount(least, found.to_pay.currency, found.language)
            t = words(found.language)
            errors = {name: t[word].format(least=said) for name, word in wrong.items()}
            suggestion = await suggested(opened.connection, found, opened.moment.day)
            invoice = await invoice_view(opened.connection, opened.link.invoice)
            return _page(holder, found, invoice, suggestion, given, way, errors)

    async def ask(opened: Opened, found: Payable) -> None:
        way = await mandates.way_to_a_mandate(opened.connection, found.creditor)
        _check_proven(opened, way)
        number = mandate_number(way.country, found.reference) if way and found.reference else None
        if number is None:
            raise Refused("this creditor has no direct debit")
        known = await mandates.mandate_of(opened.connection, found.creditor, found.debtor)
        most = amount
        if most is None and (known is None or known.monthly_limit is None):  # one that the debtor chose stays
            most = (await suggested(opened.connection, found, opened.moment.day)).amount
        told = payer if isinstance(payer, Payer) else None
        asked = _asked_by(opened)
        await mandates.ask(opened.connection, found.creditor, found.debtor, number, opened.now, most, told, asked)

    return await arranged(holder, "direct-debit", ask)


@router.post("/i/{key}/direct-debit/end")
async def end_direct_debit(holder: ByLink) -> Response:
    """The debtor ends the mandate that the creditor brought to the centre; pressed again, it is ended."""

    async def end(opened: Opened, found: Payable) -> None:
        await mandates.take_back(opened.connection, found.creditor, found.debtor, opened.now)

    return await arranged(holder, "direct-debit", end)


def _check_proven(opened: Opened, way: WayToMandate | None) -> None:
    """Raises NotProven where the creditor brings the mandate to the centre, and whoever asks has the link alone."""
    if way is not None and way.form is not None and opened.level < ACTS["mandate"].level:
        raise NotProven("mandate")


def _asked_by(opened: Opened) -> AskedBy:
    proof = opened.given.proof
    if proof is None or opened.level < Level.CODE:
        return AskedBy(opened.by)
    return AskedBy(opened.by, "bankid" if proof.level is Level.BANKID else "code", proof.at)


def _stands(mandate: Mandate | None) -> bool:
    """Whether a mandate is known whose account needs no telling: the bank has it."""
    return mandate is not None and mandate.state == "active"


def _page(
    holder: Holder,
    found: Payable,
    invoice: InvoiceView,
    limit: Limit,
    given: Given,
    way: WayToMandate | None,
    errors: dict[str, str],
) -> Response:
    language = found.language
    return page(
        "direct_debit.html.j2",
        status=422 if errors else 200,
        here=holder.page,
        limit=limit,
        values=given.typed,
        asks_whose=way is not None and way.form is not None,
        errors=errors,
        **about_invoice(invoice, language),
    )
