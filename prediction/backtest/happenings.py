"""What the record says of an invoice besides its payment, as the replayed case hears of it.

Money pays the principal first: the record knows nothing of what the replayed policy asks for besides, and whoever paid the
invoice then has paid it now. What cannot be known from a record is read the way that is kinder to the debtor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from domain.agreements.promises import Promise
from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, DueMoved, PastEvent
from domain.planner.effects import new_round
from domain.planner.told import DAYS_TO_PAY_AGAIN
from prediction.history.past import Happened
from prediction.history.settled import End

QUIET_AFTER_A_DISPUTE: Final = timedelta(days=14)
"""New days after a dispute that was not upheld, as a rejected one gives them."""
IN_PLAN: Final = "an instalment plan, whose instalments the record does not tell"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an invoice stood from a moment on: what is left of it to pay, and its due date."""

    at: datetime
    how: End
    left: Decimal
    due: date


@dataclass(frozen=True, slots=True)
class Heard:
    """Something else that became known; what `amount`, `channel` and `detail` are depends on its kind, as in a past."""

    at: datetime
    kind: Happened
    amount: Decimal | None = None
    channel: str | None = None
    detail: str | None = None


News = Standing | Heard


def heard(facts: CaseFacts, news: News, law: Law) -> CaseFacts:
    """The facts of a replayed case once something has become known."""
    if isinstance(news, Standing):
        return _stands(facts, news, law)
    return _HEARD[news.kind](facts, news, law)


def _stands(facts: CaseFacts, news: Standing, law: Law) -> CaseFacts:
    day = law.calendar.local_date(news.at)
    if news.how is not End.OPEN:
        gone = facts.but(balance=ZERO, principal=ZERO, interest=ZERO, credited=news.how is End.OTHERWISE)
        return _changed(gone, day, -facts.principal)
    was_over = facts.balance <= 0
    more = news.left - facts.principal
    facts = _changed(facts.but(balance=facts.balance + more, principal=news.left, credited=False), day, more)
    if more < 0 and facts.promises:
        facts = facts.but(promises=tuple(replace(each, paid_since=each.paid_since - more) for each in facts.promises))
    if was_over and more > 0:
        due = max(news.due, day + timedelta(days=DAYS_TO_PAY_AGAIN))
        return _due_on(facts, due, DueMoved(_id(news.at), news.at, payment_returned=True), law)
    return facts


def _changed(facts: CaseFacts, day: date, more: Decimal) -> CaseFacts:
    return facts.but(principal_changes=(*facts.principal_changes, (day, more))) if more else facts


def _due_date_moved(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """A new round, and the fees of the one before are taken back."""
    if news.amount is None or (due := date(1970, 1, 1) + timedelta(days=int(news.amount))) == facts.due_date:
        return facts
    free = facts.but(balance=facts.principal + facts.interest, charged=ZERO, compensation=ZERO, earlier_fees=())
    return _due_on(free, due, DueMoved(_id(news.at), news.at), law)


def _due_on(facts: CaseFacts, due: date, moved: DueMoved, law: Law) -> CaseFacts:
    anew = _begun_anew(facts, moved.at, law)
    return anew.but(due_date=due, first_due=facts.first_due or facts.due_date, due_moved=moved)


def _begun_anew(facts: CaseFacts, at: datetime, law: Law) -> CaseFacts:
    return new_round(facts, Action(ActionKind.NEW_ROUND, "", at=at), law, at)


def _promised(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """All that is owed, by the day told; a day that is not told gives none."""
    if news.amount is None:
        return facts
    pay_by = law.calendar.banking_day_on_or_after(date(1970, 1, 1) + timedelta(days=int(news.amount)))
    made_on = law.calendar.local_date(news.at)
    promise = Promise(len(facts.promises) + 1, pay_by, facts.undisputed, made_on, ZERO)
    return facts.but(promises=(*facts.promises, promise))


def _disputed(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """All of it, unless a part is told."""
    if news.amount is None:
        return facts.but(disputed=True)
    return facts.but(disputed_amount=facts.disputed_amount + news.amount)


def _dispute_ended(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """A wrong claim is asked for no more, and of a wrong part the record tells the credit; any other end gives new days."""
    over = facts.but(disputed=False, disputed_amount=ZERO)
    if news.detail == "upheld":
        return over.but(withdrawn=facts.disputed)
    quiet_until = law.calendar.local_date(news.at) + QUIET_AFTER_A_DISPUTE
    return over.but(not_before=quiet_until, rejected_dispute=PastEvent(_id(news.at), news.at))


def _in_plan(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    return facts.but(held=True, hold_reason=IN_PLAN, promises=())


def _plan_kept(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    return facts.but(held=False, hold_reason=None)


def _plan_broken(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """A new round, with a notice before anything harder."""
    return _begun_anew(facts.but(held=False, hold_reason=None), news.at, law)


def _not_delivered(facts: CaseFacts, news: Heard, law: Law) -> CaseFacts:
    """The address works no more; what was sent to it before stands."""
    contacts = tuple(replace(each, usable=False) if each.channel == news.channel else each for each in facts.contacts)
    return facts.but(contacts=contacts)


def _id(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"


_HEARD: Final[Mapping[Happened, Callable[[CaseFacts, Heard, Law], CaseFacts]]] = {
    Happened.DUE_DATE_MOVED: _due_date_moved,
    Happened.PROMISE: _promised,
    Happened.DISPUTE: _disputed,
    Happened.DISPUTE_ENDED: _dispute_ended,
    Happened.PLAN: _in_plan,
    Happened.PLAN_KEPT: _plan_kept,
    Happened.PLAN_BROKEN: _plan_broken,
    Happened.NOT_DELIVERED: _not_delivered,
}
HEARD: Final = tuple(_HEARD)
"""What a replayed case hears of besides money."""
