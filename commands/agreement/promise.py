"""A promise to pay by a day, within the policy's bounds; the last one may be taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.agreements.promises import Promise, may_promise
from domain.parties.standing import Thing
from domain.planner.case_facts import CaseFacts
from domain.planner.obstacles import why_not
from facts.collection import service_blocks
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import emit

INSERT = text("""
insert into promise (case_id, pay_by, amount, by, reason_code, note, happened_at)
values (:case, :pay_by, :amount, :by, :reason_code, :note, :now) returning id
""")
WITHDRAW = text("update promise set withdrawn_at = :now where id = :promise returning id")


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as it was recorded: the day is moved to a banking day, as every deadline is."""

    id: int
    pay_by: date
    amount: Decimal
    currency: str


class PromiseToPay(Command[Promised]):
    """The debtor will pay `amount`, or all that is owed and not disputed, by a day."""

    name = "promise"
    results_in = Promised
    of_closed = True  # which is refused in words of its own
    asks_planner = True
    pay_by: date
    amount: Decimal | None = None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what is outside the policy's bounds, and a case that has no room for a promise."""
        facts, rules = state.planned.case.facts, state.planned.policy.promises
        calendar = state.planned.law.calendar
        why = why_not(Thing.PROMISE, facts, calendar, now) or _too_much(self._of(facts), facts)
        if why is None and self._made_before(state) is None:
            why = may_promise(rules, len(facts.promises), self.pay_by, calendar.local_date(now), calendar)
        return CommandRefused(why) if why else None

    async def apply(self, to: Recording) -> Promised:
        """The day is moved to a banking day, as every deadline is. What is promised by that day already is one promise."""
        case = to.state.planned.case
        if (before := self._made_before(to.state)) is not None:
            return Promised(before.id, before.pay_by, before.amount, case.facts.currency)
        day, amount = self._day(to.state), self._of(case.facts)
        made = (await to.do(INSERT, pay_by=day, amount=amount)).scalar_one()
        promised = Promised(made, day, amount, case.facts.currency)
        data = {
            "invoice": case.number,
            "promise": made,
            "pay_by": day.isoformat(),
            "amount": str(amount),
            "currency": promised.currency,
        }
        await emit(to.connection, case.creditor_id, "promise.made", data, to.at.at)
        await service_blocks.free(to.connection, [case.id], to.at.at)  # as long as it is waited for, nothing presses
        return promised

    def detail(self, result: Promised) -> dict[str, Any]:
        """What is promised, as it was recorded."""
        return self.model_dump(include={"reason_code", "note"}) | {"pay_by": result.pay_by, "amount": result.amount}

    def _of(self, facts: CaseFacts) -> Decimal:
        return facts.undisputed if self.amount is None else self.amount

    def _day(self, state: CaseState) -> date:
        return state.planned.law.calendar.banking_day_on_or_after(self.pay_by)

    def _made_before(self, state: CaseState) -> Promise | None:
        """The last promise, where it is this one: of the same day, and the same amount or what is left of it."""
        facts = state.planned.case.facts
        last = max(facts.promises, key=lambda made: made.id, default=None)
        if last is None or last.pay_by != self._day(state):
            return None
        return last if self._of(facts) in (last.amount, last.amount - last.paid_since) else None


class WithdrawPromise(Command[int]):
    """Take the last promise back, as if it had not been made; gives its id."""

    name = "promise_withdrawn"
    news = "promise_recorded"
    results_in = int
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without a promise."""
        if state.last_promise is not None:
            return None
        return CommandRefused("the case has no promise to pay that could be withdrawn")

    async def apply(self, to: Recording) -> int:
        """The last promise is withdrawn."""
        withdrawn: int = (await to.do(WITHDRAW, promise=to.state.last_promise)).scalar_one()
        return withdrawn

    def detail(self, result: int) -> dict[str, Any]:
        """Which promise it was."""
        return self.model_dump(include={"reason_code", "note"}) | {"promise": result}


def _too_much(amount: Decimal, facts: CaseFacts) -> str | None:
    if 0 < amount <= facts.undisputed:
        return None
    undisputed = " and not disputed" if facts.disputed_amount else ""
    return f"a promise of {amount} is not possible: {facts.undisputed} {facts.currency} is owed{undisputed}"
