"""A plan in three screens: what somebody has left in a month, which plan it bears, and the plan as it would be agreed on.

Of what is small nothing is asked: the plans and a postponement are there at once. What is agreed on already is shown here
too, with the ways to pay ahead, to move a date, and back after an instalment that was missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from commands.agreement.move import MoveInstalment
from commands.agreement.plan import AgreeOnPlan, offer
from commands.agreement.promise import PromiseToPay
from commands.debtor.replies import said_on_page
from commands.record import record
from domain.agreements.instalments import (
    Instalment,
    NoOffer,
    Offer,
    Offers,
    latest_first,
    latest_move,
    left,
    settled_by,
    why_not_moved,
)
from domain.agreements.promises import may_promise
from domain.countries.registry import country_of
from domain.parties.replies import Meaning
from domain.parties.standing import Thing
from domain.planner.consequence import InParts, Nothing, Option, Pays, Promises
from domain.planner.obstacles import why_not
from domain.planner.occasions import chance_until
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.deliveries import replies
from facts.deliveries.replies import plain
from facts.money.payment_attempts import Payable
from facts.refusals import CommandRefused
from messages import figures
from planning.service import PlannedCase
from views.invoice_view import InvoiceView, invoice_view
from web.invoice_page import budget as budgets
from web.invoice_page.amounts import read_amount, typed
from web.invoice_page.arrange import REASON, arranged
from web.invoice_page.budget import Budget
from web.invoice_page.link import ByLink, Holder, NotTheirs, Opened, needs
from web.invoice_page.once import Once, fresh, once_of
from web.invoice_page.rights import Level
from web.invoice_page.sentences import Sentences
from web.pages import about_invoice, for_anybody, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

Income = Annotated[Holder, Depends(needs(Level.CODE, "plan"))]
"""What somebody earns is told only by who is surely the debtor, or stands in."""
Choice = Annotated[str, Form(max_length=10)]
Asked = Annotated[str, Query(max_length=40)]
Typed = Annotated[str, Form(max_length=40)]
Words = Annotated[str, Form(max_length=2000)]

POSTPONE, OWN = "postpone", "own"


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice and what may be agreed on it, at one moment."""

    found: Payable
    invoice: InvoiceView
    planned: PlannedCase
    agreed: AgreedPlan | None  # the active plan, else the last one
    budget: Budget | None
    said: frozenset[str]
    now: datetime
    today: date

    @property
    def active(self) -> AgreedPlan | None:
        """The plan that is in force."""
        return self.agreed if self.agreed is not None and self.agreed.state == "active" else None

    @property
    def asks_first(self) -> bool:
        """Whether so much is owed that what is left in a month is asked first."""
        return self.planned.case.facts.balance > self.planned.policy.plans.ask_above

    @property
    def promised_by(self) -> date | None:
        """The last day that can be promised; None where none can."""
        facts, rules, calendar = self.planned.case.facts, self.planned.policy.promises, self.planned.law.calendar
        latest = calendar.banking_day_on_or_after(self.today + timedelta(days=rules.within_days))
        refused = why_not(Thing.PROMISE, facts, calendar, self.now) or may_promise(
            rules, len(facts.promises), latest, self.today, calendar
        )
        return None if refused else latest

    @property
    def first_by(self) -> date:
        """The last day for a first instalment: the kinder choice, which is made where nothing else is."""
        return latest_first(self.planned.policy.plans, self.today, self.planned.law.calendar)

    def offers(self, first: date | None = None, monthly: Decimal | None = None) -> Offers:
        """The plans that may be agreed on, from a first day on. Raises CommandRefused."""
        if monthly is not None or not self.asks_first or self.budget is None:
            return offer(self.planned, self.now, first_due=first, monthly=monthly)
        return offer(self.planned, self.now, self.budget.income, self.budget.spending, first)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was chosen: a plan, or the day to which all is postponed."""

    choice: str
    offer: Offer | None = None
    day: date | None = None
    monthly: Decimal | None = None
    first: date | None = None  # of a plan, where one was chosen

    @property
    def option(self) -> Option:
        """The same as a choice of the debtor's."""
        if self.day is not None:
            return Promises(self.day)
        return InParts(self.offer.instalments, self.offer.interest) if self.offer else Nothing()

    @property
    def asked(self) -> dict[str, str]:
        """The same as the fields of a form."""
        monthly = {"monthly": typed(self.monthly)} if self.monthly is not None else {}
        first = {"first": self.first.isoformat()} if self.first is not None else {}
        return {"choice": self.choice} | monthly | first


# --- the first screen: what somebody has left -----------------------------------------------------------------------


@router.get("/i/{key}/plan/budget")
async def budget_page(holder: Income) -> Response:
    """A month's income and spending, as it was typed before where it was."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    if seen.active or not seen.asks_first:
        return _to(holder, "/plan")
    return _budget_page(holder, seen, budgets.as_typed(seen.budget), {})


@router.post("/i/{key}/plan/budget")
async def tell_budget(request: Request, holder: Income) -> Response:
    """On to the plans that it bears; where nothing is left, a person is told, and the case waits."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[: budgets.LONGEST] for name in budgets.FIELDS}
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    told, wrong = budgets.read(given)
    if told is None:
        return _budget_page(holder, seen, given, wrong)
    none = offer(seen.planned, seen.now, told.income, told.spending).none_because if seen.asks_first else None
    if none in (NoOffer.NOTHING_LEFT, NoOffer.BEYOND_BUDGET):
        return await _ask_a_person(holder, Meaning.CANNOT_PAY, "")
    answer = _to(holder, "/plan")
    secure = _secure(holder)
    budgets.keep(holder.services.links, answer, _key(holder), told, seen.now, secure=secure)
    return answer


def _budget_page(holder: Holder, seen: Seen, values: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
    t = words(seen.found.language)
    return _page(
        "plan/budget.html.j2",
        holder,
        seen,
        values=values,
        errors={name: t[f"plan_wrong_{why}"] for name, why in wrong.items()},
        income=budgets.INCOME,
        spending=budgets.SPENDING,
    )


# --- the second screen: which plan ------------------------------------------------------------------------------------


@router.get("/i/{key}/plan")
async def plan_page(holder: ByLink, moved: Asked = "") -> Response:
    """The plan that is agreed on, or those that can be; where so much is owed that it depends, first what is left."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    if seen.active:
        return _agreed_page(holder, seen, seen.active, moved)
    if seen.asks_first and seen.budget is None:
        return _to(holder, "/plan/budget")
    return _choose_page(holder, seen, {}, {})


@router.post("/i/{key}/plan")
async def choose(
    holder: ByLink, choice: Choice = "", months: Choice = "", monthly: Typed = "", first: Typed = ""
) -> Response:
    """On to what was chosen, as it would be agreed on; what cannot be is said beside it."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    choice = choice or months
    terms, wrong = _terms(seen, choice, monthly, first)
    if terms is None:
        return _choose_page(holder, seen, {"choice": choice, "monthly": monthly, "first": first}, wrong)
    return _to(holder, f"/plan/review?{urlencode(terms.asked)}")


def _choose_page(holder: Holder, seen: Seen, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    offered = _offers(seen)
    if offered is None:
        return _to(holder, "?problem=plan#plan")
    if seen.budget and offered.none_because in (NoOffer.NOTHING_LEFT, NoOffer.BEYOND_BUDGET):
        return _to(holder, "/plan/help")
    sentences = Sentences(seen.planned, seen.found.language)
    day = seen.promised_by
    return _page(
        "plan/choose.html.j2",
        holder,
        seen,
        values=values,
        errors=errors,
        postponed=(day, sentences.then(Promises(day), seen.now)) if day else None,
        offers=[(each, sentences.then(InParts(each.instalments, each.interest), seen.now)) for each in offered.plans],
        ended=seen.agreed is not None and seen.agreed.state == "broken",
        least=_least(seen),
        half=seen.budget.left / 2 if seen.budget and seen.asks_first else None,
        first_day=seen.today + timedelta(days=1),
        first_by=seen.first_by,
    )


# --- the third screen: as it would be agreed on -------------------------------------------------------------------------


@router.get("/i/{key}/plan/review")
async def review(holder: ByLink, choice: Asked = "", monthly: Asked = "", first: Asked = "") -> Response:
    """What was chosen, in full: nothing is agreed on yet."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    terms, _ = _terms(seen, choice, monthly, first)
    if seen.active or terms is None:
        return _to(holder, "/plan")
    sentences = Sentences(seen.planned, seen.found.language)
    return _page(
        "plan/review.html.j2",
        holder,
        seen,
        terms=terms,
        then=sentences.then(terms.option, seen.now),
        nothing=sentences.then(Nothing(), seen.now),
        once=fresh(),
    )


@router.post("/i/{key}/plan/agree")
async def agree(
    holder: ByLink, choice: Choice = "", monthly: Typed = "", first: Typed = "", once: Once = ""
) -> Response:
    """It is agreed on; the same form again agrees on nothing more. What was told of income is gone from here on."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    terms, _ = _terms(seen, choice, monthly, first)
    if terms is None or (seen.active and not once):
        return _to(holder, "/plan")

    async def done(opened: Opened, found: Payable) -> None:
        said = {"by": opened.by, "reason_code": REASON}
        planning, id = holder.services.planning, once_of(found.case, "plan", once)
        if terms.offer is None:
            promise = PromiseToPay(**said, pay_by=terms.day)
            await record(opened.connection, planning, found.case, promise, id, opened.now)
        else:
            plan = AgreeOnPlan(**said, months=terms.offer.months, first_due=terms.first, **_limits(seen, terms))
            await record(opened.connection, planning, found.case, plan, id, opened.now)

    answer = await arranged(holder, "plan", done, done="/plan" if terms.offer else "#more-time")
    budgets.forget(answer, _key(holder), secure=_secure(holder))
    return answer


def _limits(seen: Seen, terms: Terms) -> dict[str, Decimal]:
    """What the plan must keep to beside the policy: the own amount, else the budget."""
    if terms.monthly is not None:
        return {"monthly": terms.monthly}
    if seen.asks_first and seen.budget:
        return {"income": seen.budget.income, "spending": seen.budget.spending}
    return {}


# --- a person --------------------------------------------------------------------------------------------------------


@router.get("/i/{key}/plan/help")
async def help_page(holder: ByLink) -> Response:
    """Who helps where no plan fits: somebody here, and free advice."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    return _page(
        "plan/help.html.j2",
        holder,
        seen,
        asked=bool(seen.said & {Meaning.CANNOT_PAY, Meaning.NEEDS_TIME}),
        advice=country_of(seen.planned.case.country).debt_advice,
    )


@router.post("/i/{key}/plan/help")
async def ask_a_person(holder: ByLink, wish: Words = "", monthly: Typed = "") -> Response:
    """Somebody here finds a way: the case waits until they have."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    amount, told = read_amount(monthly, seen.invoice.currency) if monthly.strip() else None, plain(wish.strip())
    if amount is not None:
        t = words(seen.found.language)
        told = f"{t['plan_wish'].format(amount=_amount(seen, amount))} {told}".strip()
    return await _ask_a_person(holder, Meaning.CANNOT_PAY, told)


async def _ask_a_person(holder: Holder, meaning: Meaning, told: str) -> Response:
    async def done(opened: Opened, found: Payable) -> None:
        by, planning = opened.speaker, holder.services.planning
        await said_on_page(opened.connection, planning, found.case, meaning, told, opened.now, said_by=by)

    answer = await arranged(holder, "plan", done, done="/plan/help", refused="/plan/help")
    budgets.forget(answer, _key(holder), secure=_secure(holder))
    return answer


# --- a plan that is agreed on -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment as its debtor sees it; `left` is what is still to pay of it."""

    number: int
    due_on: date
    amount: Decimal
    left: Decimal
    late: bool
    movable: bool
    moved_from: date | None


def _agreed_page(holder: Holder, seen: Seen, plan: AgreedPlan, moved: str) -> Response:
    facts, calendar, rules = seen.planned.case.facts, seen.planned.law.calendar, seen.planned.policy.plans
    unpaid = left(plan.instalments, plan.paid)
    rest = {each.number: each.amount for each in unpaid}
    parts = [
        Part(
            number=each.number,
            due_on=each.due_on,
            amount=each.amount,
            left=rest.get(each.number, Decimal(0)),
            late=each.number in rest and settled_by(each.due_on, calendar) < seen.today,
            movable=_movable(seen, plan, each) is None,
            moved_from=each.moved_from,
        )
        for each in plan.instalments
    ]
    late = sum((each.left for each in parts if each.late), Decimal(0))
    ahead = [sum((each.amount for each in unpaid[:count]), Decimal(0)) for count in range(1, len(unpaid) + 1)]
    sentences = Sentences(seen.planned, seen.found.language)
    return _page(
        "plan/agreed.html.j2",
        holder,
        seen,
        plan=plan,
        parts=parts,
        late=late,
        chance=chance_until(facts),
        next=next((each for each in parts if each.left), None),
        amounts=list(dict.fromkeys([*ahead[:3], *ahead[-1:]])),
        whole=ahead[-1] if ahead else Decimal(0),
        then=sentences.then(Pays(late or ahead[0]), seen.now) if ahead else "",
        nothing=sentences.then(Nothing(), seen.now),
        moves=rules.moves,
        moved=int(moved) if moved.isdecimal() else None,
    )


@router.get("/i/{key}/plan/move")
async def move_page(holder: ByLink, number: Asked = "", to: Asked = "") -> Response:
    """Another day for one instalment: first which one, then whether that is right."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    moving = _instalment(seen, number)
    if seen.active is None or moving is None or _movable(seen, seen.active, moving):
        return _to(holder, "/plan")
    calendar, rules = seen.planned.law.calendar, seen.planned.policy.plans
    latest = latest_move(seen.active.instalments, moving, rules, calendar)
    day = _day(to)
    day = calendar.banking_day_on_or_after(day) if day else None
    wrong = to != "" and (day is None or _movable(seen, seen.active, moving, day) is not None)
    t = words(seen.found.language)
    bounds = {"first": _in_words(seen, moving.due_on + timedelta(days=1)), "last": _in_words(seen, latest)}
    return _page(
        "plan/move.html.j2",
        holder,
        seen,
        moving=moving,
        first=max(moving.due_on, seen.today) + timedelta(days=1),
        latest=latest,
        to=None if wrong else day,
        values={"to": to},
        errors={"to": t["plan_wrong_day"].format(**bounds)} if wrong else {},
        once=fresh(),
    )


@router.post("/i/{key}/plan/move")
async def move(holder: ByLink, number: Typed = "", to: Typed = "", once: Once = "") -> Response:
    """The instalment is due on that day; the same form again moves nothing more."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    moving, day = _instalment(seen, number), _day(to)
    if moving is None or day is None:
        return _to(holder, "/plan")

    async def done(opened: Opened, found: Payable) -> None:
        command = MoveInstalment(by=opened.by, reason_code=REASON, number=moving.number, to=day)
        id = once_of(found.case, "move", once)
        await record(opened.connection, holder.services.planning, found.case, command, id, opened.now)

    again = f"/plan/move?{urlencode({'number': number, 'to': to})}"
    return await arranged(holder, "plan", done, done=f"/plan?moved={moving.number}", refused=again)


def _instalment(seen: Seen, number: str) -> Instalment | None:
    if seen.active is None:
        return None
    return next((each for each in seen.active.instalments if str(each.number) == number), None)


def _movable(seen: Seen, plan: AgreedPlan, moving: Instalment, to: date | None = None) -> str | None:
    """Why an instalment may not be moved, at all or to a day."""
    calendar, rules = seen.planned.law.calendar, seen.planned.policy.plans
    day = to or latest_move(plan.instalments, moving, rules, calendar)
    unpaid = left(plan.instalments, plan.paid)
    return why_not_moved(plan.instalments, unpaid, moving.number, day, rules, seen.today, calendar)


# --- all of them ------------------------------------------------------------------------------------------------------


async def _look(holder: Holder) -> Seen | Response:
    """The invoice as it stands; back to its page where there is nothing to agree on."""
    try:
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            invoice = await invoice_view(opened.connection, opened.link.invoice)
            if invoice.balance <= 0 or found.over:
                return RedirectResponse(holder.page, 303)
            key, links = _key(holder), holder.services.links
            return Seen(
                found=found,
                invoice=invoice,
                planned=await holder.services.planning.plan(opened.connection, found.case, opened.now),
                agreed=await plans.plan_of(opened.connection, found.case),
                budget=budgets.kept(links, holder.request, key, opened.now, secure=_secure(holder)),
                said=frozenset(await replies.standing_on_page(opened.connection, found.case, opened.now)),
                now=opened.now,
                today=opened.moment.day,
            )
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))


def _terms(seen: Seen, choice: str, monthly: str, first: str) -> tuple[Terms | None, dict[str, str]]:
    """What was chosen, if it may be; else what is wrong with it, by field, in words."""
    t, begins = words(seen.found.language), _day(first)
    if choice == POSTPONE and (day := seen.promised_by):
        return Terms(choice, day=day), {}
    if _offers(seen) is None or not (choice == OWN or choice.isdecimal()):
        return None, {"choice": t["plan_wrong_choice"]}
    offered = _offers(seen, begins)
    if first.strip() and (begins is None or offered is None):
        return None, {"first": t["plan_wrong_first"].format(last=_in_words(seen, seen.first_by))}
    if choice == OWN:
        return _own(seen, monthly, begins)
    if offered is not None and (not seen.asks_first or seen.budget):
        chosen = next((each for each in offered.plans if str(each.months) == choice), None)
        if chosen is not None:
            return Terms(choice, chosen, first=begins), {}
    return None, {"choice": t["plan_wrong_choice"]}


def _own(seen: Seen, monthly: str, first: date | None) -> tuple[Terms | None, dict[str, str]]:
    """The plan that is nearest at or below an own amount a month."""
    t, amount, least = words(seen.found.language), read_amount(monthly, seen.invoice.currency), _least(seen)
    if not amount:
        return None, {"monthly": t["plan_wrong_unreadable" if monthly.strip() else "plan_wrong_empty"]}
    if seen.asks_first and seen.budget is None:
        return None, {"monthly": t["plan_wrong_choice"]}
    if seen.asks_first and seen.budget and amount > seen.budget.left:
        return None, {"monthly": t["plan_wrong_beyond"].format(left=_amount(seen, seen.budget.left))}
    offered = seen.offers(first, amount)
    if not offered.plans:
        most, lowest = seen.planned.policy.plans.most_months, _amount(seen, least or Decimal(0))
        return None, {"monthly": t["plan_wrong_little"].format(most=most, least=lowest)}
    return Terms(OWN, offered.plans[0], monthly=amount, first=first), {}


def _offers(seen: Seen, first: date | None = None) -> Offers | None:
    """What may be agreed on, from a first day on; None where something else comes first, or it may not begin then."""
    try:
        return seen.offers(first)
    except CommandRefused:
        return None


def _least(seen: Seen) -> Decimal | None:
    """What the longest plan of the policy takes a month."""
    try:
        offered = offer(seen.planned, seen.now).plans
    except CommandRefused:
        return None
    return offered[-1].monthly if offered else None


def _page(template: str, holder: Holder, seen: Seen, **facts: Any) -> Response:
    language, invoice = seen.found.language, seen.invoice
    return page(
        template,
        status=422 if facts.get("errors") else 200,
        here=holder.page,
        today=seen.today,
        budget=seen.budget if seen.asks_first else None,
        **facts,
        **about_invoice(invoice, language),
    )


def _to(holder: Holder, place: str) -> RedirectResponse:
    return RedirectResponse(f"{holder.page}{place}", 303)


def _key(holder: Holder) -> str:
    return holder.here.removeprefix("/i/")


def _secure(holder: Holder) -> bool:
    return holder.services.settings.public_url.startswith("https:")


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        return None


def _in_words(seen: Seen, day: date) -> str:
    return figures.long_date(day, seen.found.language)


def _amount(seen: Seen, amount: Decimal) -> str:
    return figures.amount(amount, seen.invoice.currency, seen.found.language)
