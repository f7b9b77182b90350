"""Who is on the phone is sent the way to pay while they talk: by the planner's own rules, or not at all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import Command, Recording
from domain.planner.occasions import PAYMENT_LINK
from domain.planner.planner import next_action
from facts import diary
from facts.cases.load import load_case
from facts.refusals import CommandRefused
from planning.service import PlannedCase

ASKED = "payment_link_asked"


class SendLink(Command[None]):
    """Send the debtor the way to pay, at once."""

    name = "send_link"
    asks_planner = True

    async def apply(self, to: Recording) -> None:
        """It leaves now, or it is refused."""
        await ask_for_link(to.connection, to.state.planned, self.by, {"reason_code": self.reason_code}, to.at.at)

    def detail(self, result: None) -> None:
        """The line is the one that the planner reads."""


async def ask_for_link(
    connection: AsyncConnection, plan: PlannedCase, by: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Write down that the way to pay is asked for. Raises CommandRefused where it cannot leave now."""
    case = plan.case.id
    await diary.write(connection, ASKED, by, [(case, detail)], now)
    facts = replace((await load_case(connection, case, now)).facts, sms_senders=plan.case.facts.sms_senders)
    action = next_action(plan.policy, plan.law, facts, now)
    if not (action.step or "").startswith(f"{PAYMENT_LINK}#") or action.at is None:
        raise CommandRefused(f"the link does not leave now: {action.why}")
    if action.at > now:
        from_then = plan.law.calendar.here(action.at).local
        raise CommandRefused(f"the link does not leave now: from {from_then:%d %b %Y %H:%M} on")
