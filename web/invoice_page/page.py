"""The page behind the link in every message: the invoice as it stands, ways to pay it, and whom to tell what."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import offer
from connectors.payment_providers.bank_transfer import epc_qr
from domain.agreements import direct_debit
from domain.agreements.instalments import Instalment, Offer, left
from domain.agreements.pauses import USUAL_DAYS
from domain.agreements.promises import may_promise
from domain.countries.law import LawMissing
from domain.money import references
from domain.money.interest import accrued, per_day, spells
from domain.parties.standing import Thing, standing_of
from domain.planner.coming_draw import coming_draw
from domain.planner.obstacles import why_not
from facts.agreements import plans
from facts.deliveries import replies
from facts.direct_debit import mandates, outcomes
from facts.direct_debit.mandates import WayToMandate
from facts.money.payment_attempts import Payable
from facts.refusals import CommandRefused
from messages import figures
from planning.service import PlannedCase
from views import statement
from views.invoice_view import InvoiceView, invoice_view
from views.why import told
from web.invoice_page.ask_provider import ask_provider
from web.invoice_page.link import ByPaper, NotTheirs, Opened
from web.invoice_page.seen import withdrawal_seen
from web.pages import in_both_languages, invoice_figures, page, words
from web.services import Services

router = APIRouter(tags=["invoice page"])

MOST_LOOKS = 20  # back from a provider, the page looks so often by itself for the news of the payment
FIRST_LOOKS, FIRST_PAUSE, PAUSE = 5, 2, 5  # the first looks after 2 seconds each, the later ones after 5
ASKS_AT = frozenset({3, 8, MOST_LOOKS - 1})  # at these looks the provider is asked, as no news has come
TOLD_FOR = timedelta(days=1)  # how long the page says that a payment was not finished
PROBLEMS = frozenset(
    {"direct-debit", "promise", "plan", "paid", "more-time", "disagree", "danger", "wishes", "address"}
)


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """AvtaleGiro as the page offers it: the mandate's state, and whether this invoice would still be drawn."""

    state: str | None  # pending | active | None: not asked for
    reference: str  # that the mandate is made with
    way: WayToMandate
    in_time: bool
    undone: bool  # a draw of this invoice was taken back: nothing is drawn without the debtor's word
    covers: bool  # it will be drawn, if nothing more happens


@dataclass(frozen=True, slots=True)
class MoreTime:
    """What is agreed or can be: the day promised, the last day that can be promised, the plan, the plans on offer."""

    promised: date | None
    first_day: date
    last_day: date | None
    plan: tuple[Instalment, ...]
    plan_reference: str | None
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class RunningInterest:
    """Late-payment interest as it runs today; amounts in the invoice's currency."""

    rate: Decimal  # percent a year
    since: date
    today: Decimal  # through today
    per_day: Decimal
    asked: Decimal  # what the latest notice has claimed of it: the rest is not asked for here


@router.head("/i/{key}", include_in_schema=False)
@router.get("/i/{key}", response_class=HTMLResponse)
async def invoice_page(
    request: Request,
    holder: ByPaper,
    back: Annotated[str, Query(description="How often was looked after a payment was begun.")] = "",
    problem: Annotated[str, Query(description="What could not be done.")] = "",
) -> Response:
    """The invoice page. That it was fetched proves nothing: see `web.seen`.

    `back` counts the looks after a return from a payment provider, `problem` names what could not be done.
    """
    services = holder.services
    looks = int(back) if back.isdecimal() and len(back) < 3 else 0
    try:
        if looks in ASKS_AT:
            await ask_provider(holder)
        # One moment for all: else money that comes meanwhile ends the wait for it, while the invoice looks unpaid.
        async with holder.opened(snapshot=True) as opened:
            connection, now, today = opened.connection, opened.now, opened.moment.day
            found = await opened.payable()
            invoice = await invoice_view(connection, opened.link.invoice)
            owed = invoice.balance > 0 and not found.over
            planned = await services.planning.plan(connection, found.case, now) if owed else None
            agreeable = await more_time(connection, planned, now) if planned else None
            opens = await account_opens(opened, found)
            said = await replies.standing_on_page(connection, found.case, now)
            why = await told(
                connection, services.intake.laws, opened.calendar, opened.link.delivery, opened.link.invoice
            )
            debit = (
                await _direct_debit(connection, services, found, planned, agreeable, now)
                if agreeable and planned
                else None
            )
    except NotTheirs:
        return page("not_theirs.html.j2", texts=in_both_languages())
    if found.facts.withdrawn and request.method == "GET":
        async with holder.opened() as opened:
            await withdrawal_seen(opened, found.case)
    shown = page(
        "invoice.html.j2",
        look=invoice.look,
        here=holder.here,
        clean_address=holder.clean_address,
        account_opens=opens,
        owed=owed,
        problem=problem if problem in PROBLEMS else None,
        not_started=services.methods.get(problem),
        debit=debit,
        debit_account=figures.account(debit.way.account) if debit else None,
        more_time=agreeable,
        said=said,
        why=why,
        reasons=list(USUAL_DAYS),
        rests=not said.isdisjoint(USUAL_DAYS),
        standing=standing_of(found.facts.life, today),
        today=today,
        interest=_interest(planned, today) if planned else None,
        **_paying(services, found, looks, now),
        **_shown(invoice, found),
    )
    return holder.remembered(shown) if request.method == "GET" else shown


async def account_opens(opened: Opened, found: Payable) -> bool:
    """Whether this link opens the debtor's account too, and there is more in it than the invoice."""
    connection, link = opened.connection, opened.link
    return await statement.has_others(connection, found.debtor, found.case) and await statement.opens_to(
        connection, link.delivery, found.debtor, found.facts.life, opened.moment.day
    )


def ways_to_pay(services: Services, found: Payable) -> list[str]:
    """The providers that can take what is asked for: set up here and at the creditor, for its currency."""
    if found.to_pay.amount <= 0:
        return []
    return [
        name
        for name, provider in services.providers.items()
        if name in found.methods and provider.takes(found.to_pay.amount, found.to_pay.currency)
    ]


async def _direct_debit(
    connection: AsyncConnection,
    services: Services,
    found: Payable,
    planned: PlannedCase,
    more_time: MoreTime,
    now: datetime,
) -> DirectDebit | None:
    """AvtaleGiro for this debtor; None where the creditor has none or the invoice has no KID to ask for it with."""
    way = await mandates.way_to_a_mandate(connection, found.creditor)
    if found.reference is None or way is None:
        return None
    mandate = await mandates.mandate_of(connection, found.creditor, found.debtor)
    due = more_time.plan[0].due_on if more_time.plan else found.due_date
    in_time = direct_debit.is_in_time(services.calendar, now, due)
    undone = mandate is not None and await outcomes.is_undone(connection, found.case, mandate.id)
    reference = mandate.reference if mandate else found.reference
    covers = coming_draw(planned.case.facts, services.calendar, now) is not None
    return DirectDebit(mandate.state if mandate else None, reference, way, in_time, undone, covers)


def _interest(planned: PlannedCase, today: date) -> RunningInterest | None:
    """The interest to the day, once a collection notice has claimed any; None where the law has no rate of today."""
    facts, law = planned.case.facts, planned.law
    if facts.interest_through is None:
        return None
    try:
        ran = spells(facts.principal_changes, facts.due_date, today, law)
        rate = law.interest_rate(today)
    except LawMissing:
        return None
    return RunningInterest(
        rate=rate,
        since=law.effective_due(facts.due_date) + timedelta(days=1),
        today=accrued(facts.principal_changes, facts.due_date, today, law),
        per_day=per_day(ran[-1].principal, rate) if ran else Decimal(0),
        asked=facts.interest_charged,
    )


async def more_time(connection: AsyncConnection, planned: PlannedCase, now: datetime) -> MoreTime:
    """What is agreed on a case, and what may be."""
    facts, policy, law = planned.case.facts, planned.policy, planned.law
    today = law.calendar.local_date(now)
    agreed = await plans.plan_of(connection, planned.case.id)
    active = agreed if agreed is not None and agreed.state == "active" else None
    last = max(facts.promises, key=lambda made: made.id, default=None)
    promised = last.pay_by if last is not None and last.pay_by >= today else None
    latest = law.calendar.banking_day_on_or_after(today + timedelta(days=policy.promises.within_days))
    refused = why_not(Thing.PROMISE, facts, law.calendar, now) or may_promise(
        policy.promises, len(facts.promises), latest, today, law.calendar
    )
    try:
        offers = offer(planned, now).plans
    except CommandRefused:  # a plan is agreed, or something else comes first
        offers = ()
    return MoreTime(
        promised=promised,
        first_day=today + timedelta(days=1),
        last_day=None if refused else latest,
        plan=left(active.instalments, active.paid) if active is not None else (),
        plan_reference=active.reference if active is not None else None,
        offers=offers,
    )


def _paying(services: Services, found: Payable, looks: int, now: datetime) -> dict[str, Any]:
    """The ways to pay now, and what is known of a payment under way; the page looks again while it waits for news."""
    latest = found.latest
    waits = latest is not None and (latest.state == "processing" or (latest.state == "started" and looks > 0))
    unfinished = (
        latest is not None
        and latest.state in ("failed", "abandoned")
        and latest.ended_at is not None
        and now - latest.ended_at < TOLD_FOR
    )
    looks_again = looks + 1 if waits and 0 < looks < MOST_LOOKS else None
    return {
        "methods": [services.methods[name] for name in ways_to_pay(services, found)],
        "to_pay": found.to_pay,
        "drawn": found.drawn,
        "credit": found.credit,
        "waits": waits,
        # While a payment is on its way nothing else is offered, so that nobody pays twice.
        "on_its_way": waits and (looks_again is not None or (latest is not None and latest.state == "processing")),
        "looks_again": looks_again,
        "pause": FIRST_PAUSE if looks <= FIRST_LOOKS else PAUSE,
        "unfinished": unfinished,
    }


def _shown(invoice: InvoiceView, found: Payable) -> dict[str, Any]:
    account, currency = invoice.account, invoice.currency
    reference = invoice.reference or invoice.number
    return {
        "invoice": invoice,
        "case": found.facts,
        "language": found.language,
        "t": words(found.language),
        "kid": references.scheme_of(invoice.reference or "", account, currency) == "kid",
        "account": figures.account(account) if account else account,
        "phone": figures.phone(invoice.creditor_phone, found.language) if invoice.creditor_phone else None,
        "paid_so_far": invoice.amount - (invoice.balance - invoice.fee - invoice.interest),
        "qr": epc_qr(invoice.creditor_name, account, found.to_pay.amount, currency, reference),
        **invoice_figures(currency, found.language),
    }
