"""Another amount than is asked for: a part, one instalment or several, or all; and why it is less, for who wants to say so.

Less is never taken as a word against the rest: a part is disputed only where that was asked, and answered with yes.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from commands.case.dispute import Dispute
from commands.debtor.replies import said_on_page
from commands.record import record
from domain.agreements.instalments import left
from domain.money.amount import ZERO
from domain.parties.replies import Meaning
from domain.planner.consequence import Pays
from facts.deliveries.replies import plain
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from messages import figures
from planning.service import PlannedCase
from views.invoice_view import InvoiceView, invoice_view
from web.invoice_page.amounts import read_amount, typed
from web.invoice_page.arrange import REASON
from web.invoice_page.link import ByPaper, Holder, NotTheirs
from web.invoice_page.once import fresh, once_of
from web.invoice_page.paying import ways_to_pay
from web.invoice_page.rights import Level
from web.invoice_page.sentences import Sentences
from web.pages import about_invoice, for_anybody, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

OTHER = "other"
WRONG, CANNOT = "wrong", "cannot"
REASONS = ("later", CANNOT, WRONG)
"""Why less is paid: the rest comes later, no more can be paid now, something is wrong."""


class Given(BaseModel):
    """What was typed and chosen: nothing at all from the page's own button, which pays what is asked for."""

    pay: Annotated[str, Field(max_length=40)] = ""  # an amount that was offered, or OTHER
    amount: Annotated[str, Field(max_length=40)] = ""
    why: Annotated[str, Field(max_length=10)] = ""
    disputed: Literal["", "yes", "no"] = ""
    words: Annotated[str, Field(max_length=2000)] = ""
    once: Annotated[str, Field(max_length=64)] = ""
    way: Annotated[str, Field(max_length=20)] = ""  # of the provider whose button was pressed

    @property
    def of_the_page(self) -> bool:
        """Whether the page's own button was pressed."""
        return not (self.pay or self.amount)


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice as it can be paid in other amounts."""

    found: Payable
    invoice: InvoiceView
    planned: PlannedCase
    level: Level
    now: datetime

    @property
    def may_say_why(self) -> bool:
        """Whether it can be said why less is paid: by who has more than a code from paper, where nothing is disputed yet."""
        facts = self.found.facts
        return self.level >= Level.LINK and facts.plan is None and not (facts.disputed or facts.disputed_amount)

    @property
    def amounts(self) -> list[Decimal]:
        """What is offered by itself: one instalment, two and three of a plan, and all of it."""
        plan, ahead = self.found.facts.plan, list[Decimal]()
        for each in left(plan.instalments, plan.paid)[:3] if plan else ():
            ahead.append((ahead[-1] if ahead else ZERO) + each.amount)
        return list(dict.fromkeys([*(each for each in ahead if each < self.found.most), self.found.most]))


@router.get("/i/{key}/pay")
async def part_page(holder: ByPaper, amount: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Which amount, and perhaps why it is less."""
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    asked = read_amount(amount, seen.invoice.currency)
    given = Given()
    if asked is not None:
        offered = asked in seen.amounts
        given = Given(pay=str(asked) if offered else OTHER, amount="" if offered else typed(asked))
    return _page(holder, seen, given, {})


async def chosen_amount(holder: Holder, given: Given) -> Decimal | Response | None:
    """The amount that was chosen, after what was said of the rest is recorded; None: what is asked for.

    A page that says what is wrong where it cannot be.
    """
    if given.of_the_page:
        return None
    seen = await _look(holder)
    if not isinstance(seen, Seen):
        return seen
    amount, wrong = _read(seen, given)
    if amount is None or wrong:
        return _page(holder, seen, given, wrong)
    rest = seen.found.most - amount
    if rest > 0 and given.why in (WRONG, CANNOT) and seen.may_say_why:
        try:
            await _say_why(holder, given, rest)
        except Refused:
            return _page(holder, seen, given, {"words": words(seen.found.language)["problem_disagree"]})
    return amount


def _read(seen: Seen, given: Given) -> tuple[Decimal | None, dict[str, str]]:
    """The amount, and what is wrong, by field, in words."""
    t = words(seen.found.language)
    own = given.pay in ("", OTHER)
    amount = read_amount(given.amount if own else given.pay, seen.invoice.currency)
    field = "amount" if own else "pay"
    if not amount:
        return None, {field: t["part_wrong_amount"]}
    if amount > seen.found.most:
        most = figures.amount(seen.found.most, seen.invoice.currency, seen.found.language)
        return None, {field: t["part_wrong_most"].format(most=most)}
    if amount < seen.found.most and given.why == WRONG and seen.may_say_why:
        wrong = {} if given.disputed else {"disputed": t["part_wrong_disputed"]}
        return amount, wrong | ({} if given.words.strip() else {"words": t["part_wrong_words"]})
    return amount, {}


async def _say_why(holder: Holder, given: Given, rest: Decimal) -> None:
    """What was said of the rest: disputed where that was answered with yes, else told to a person. Raises Refused."""
    async with holder.opened() as opened:
        connection, planning, now = opened.connection, holder.services.planning, opened.now
        found, by, told = await opened.payable(), opened.speaker, plain(given.words.strip())
        if given.why == WRONG and given.disputed == "yes":
            command = Dispute(by=opened.by, reason_code=REASON, note=told, amount=rest)
            id = once_of(found.case, "part", given.once)
            await record(connection, planning, found.case, command, id, now)
            return
        meaning = Meaning.WAITS_FOR_ANSWER if given.why == WRONG else Meaning.NEEDS_TIME
        says_all = given.why == CANNOT and not told
        await said_on_page(connection, planning, found.case, meaning, told, now, says_all=says_all, said_by=by)


async def _look(holder: Holder) -> Seen | Response:
    """The invoice as it can be paid; its page where nothing can be."""
    try:
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            invoice = await invoice_view(opened.connection, opened.link.invoice)
            if found.over or found.most <= 0:
                return RedirectResponse(holder.page, 303)
            planned = await holder.services.planning.plan(opened.connection, found.case, opened.now)
            return Seen(found, invoice, planned, opened.level, opened.now)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))


def _page(holder: Holder, seen: Seen, given: Given, errors: dict[str, str]) -> Response:
    language, invoice, services = seen.found.language, seen.invoice, holder.services
    say = Sentences(seen.planned, language)
    return page(
        "part.html.j2",
        status=422 if errors else 200,
        here=holder.page,
        given=given,
        values=given.model_dump(),
        errors=errors,
        once=fresh(),
        in_plan=seen.found.facts.plan is not None,
        account=figures.account(invoice.account) if invoice.account else None,
        amounts=[(each, say.then(Pays(each), seen.now)) for each in seen.amounts],
        most=seen.found.most,
        ways=ways_to_pay(services, seen.found, seen.now),
        reasons=REASONS if seen.may_say_why else (),
        **about_invoice(invoice, language),
    )
