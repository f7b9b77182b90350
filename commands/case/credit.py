"""Credit on another invoice of the debtor's pays this one, where a person says so; and it may be taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState, Command, Recording
from domain.parties.standing import Thing, standing_of
from domain.planner.obstacles import why_not
from facts.money import credit
from facts.money.after_money import after_money
from facts.refusals import CommandRefused


class UseCredit(Command[None]):
    """Let the debtor's credit on other invoices pay this one."""

    name = "use_credit"
    asks_planner = True

    async def others(self, connection: AsyncConnection, case: int) -> Sequence[int]:
        """The debtor's that have credit."""
        return await credit.sources(connection, case)

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what is disputed, agreed upon, drawn or handed off, and whatever may be an estate's."""
        plan = state.planned
        facts, calendar = plan.case.facts, plan.law.calendar
        why = why_not(Thing.CREDIT, facts, calendar, now)
        rules = standing_of(facts.life, calendar.local_date(now)).rules()
        why = why or next((rule.why.format(event.kind) for event, rule in rules if rule.forbids[Thing.CREDIT]), None)
        if why is None and facts.claim_due is not None:
            why = f"it is drawn by direct debit on {facts.claim_due}"
        return CommandRefused(f"no credit is used: {why}", "not-now") if why else None

    async def apply(self, to: Recording) -> None:
        """The oldest credit first, at most what is owed and not disputed."""
        case = to.state.planned.case
        facts, by, reason = case.facts, self.by, self.reason_code
        used = await credit.use(
            to.connection, case.id, case.debtor_id, facts.currency, facts.undisputed, by, reason, to.at.at
        )
        if not used:
            raise CommandRefused(f"the debtor has no credit in {facts.currency} on another invoice")


class UndoCredit(Command[None]):
    """Take back the credit of other invoices that has paid this one: it is owed again, and theirs again."""

    name = "undo_credit"
    of_closed = True

    async def others(self, connection: AsyncConnection, case: int) -> Sequence[int]:
        """Those whose credit it was."""
        return [use.from_case for use in await credit.got(connection, case)]

    async def apply(self, to: Recording) -> None:
        """All that stands. The policy does not use it here again."""
        uses = await credit.got(to.connection, to.state.id)
        moves = await credit.undo(to.connection, uses, None, self.by, self.reason_code, to.at.at)
        if not moves:
            raise CommandRefused("no credit of another invoice stands as paid here")
        await after_money(to.connection, moves, to.at.at)
