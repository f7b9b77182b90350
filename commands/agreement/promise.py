"""A promise to pay by a day, within the policy's bounds; the last one may be taken back."""

from datetime import date
from decimal import Decimal
from typing import Any

from commands.command import Command, Recording
from facts.agreements import promises
from facts.agreements.promises import Promised


class PromiseToPay(Command[Promised]):
    """The debtor will pay `amount`, or all that is owed, by a day."""

    name = "promise"
    results_in = Promised
    of_closed = True  # which is refused in words of its own
    asks_planner = True
    pay_by: date
    amount: Decimal | None = None

    async def apply(self, to: Recording) -> Promised:
        """The day is moved to a banking day, as every deadline is."""
        rules, law = to.state.planned.policy.promises, to.state.planned.law
        note = self.note
        return await promises.promise(
            to.connection,
            to.state.id,
            self.pay_by,
            self.amount,
            self.by,
            self.reason_code,
            note,
            rules,
            law.calendar,
            to.at.at,
        )

    def detail(self, result: Promised) -> dict[str, Any]:
        """What is promised, as it was recorded."""
        return self.model_dump(include={"reason_code", "note"}) | {"pay_by": result.pay_by, "amount": result.amount}


class WithdrawPromise(Command[int]):
    """Take the last promise back, as if it had not been made; gives its id."""

    name = "promise_withdrawn"
    news = "promise_recorded"
    results_in = int
    of_closed = True

    async def apply(self, to: Recording) -> int:
        """The last promise is withdrawn."""
        return await promises.withdraw(to.connection, to.state.id, to.at.at)

    def detail(self, result: int) -> dict[str, Any]:
        """Which promise it was."""
        return self.model_dump(include={"reason_code", "note"}) | {"promise": result}
