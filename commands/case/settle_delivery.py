"""Somebody who knows says of a message that stayed without an answer whether it was sent."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.steps import StepId
from commands.command import CaseState, Command, Recording
from domain.planner.case_facts import DeliveryState
from domain.planner.progress import AMBIGUOUS_WAIT
from domain.vocabulary import CHANNELS
from facts.deliveries import deliveries
from facts.refusals import CommandRefused
from workflows.contracts import Code

TOGETHER = text("""
select dc.case_id from delivery_case own join dunning_case c on c.id = own.case_id and c.round = own.round
join delivery_case dc on dc.delivery_id = own.delivery_id
where own.case_id = :case and own.step = :step and own.channel = :channel
""")


class SettleDelivery(Command[None]):
    """Say of a message without an answer that it was sent, or that it was not and is to go out again."""

    name = "settle_delivery"
    asks_planner = True
    step: Annotated[StepId, Field(description="The step that is meant; settle_delivery: whose message has no answer.")]
    channel: Annotated[Code, Field(description="settle_delivery: the channel that it went by.", examples=["email"])]
    sent: Annotated[bool, Field(description="settle_delivery: whether it was sent; if not, it is sent again.")]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a message that is not there, that has its answer, is under way, or is safely sent again by itself."""
        facts = state.planned.case.facts
        own = (each for each in facts.deliveries if each.round == facts.round)
        found = next((each for each in own if (each.step, each.channel) == (self.step, self.channel)), None)
        if found is None:
            return CommandRefused(f"nothing of {self.step} was sent by {self.channel} in this round")
        if found.state is not DeliveryState.CLAIMED:
            return CommandRefused("the message has its answer: nothing is unclear about it")
        if found.channel.rule.safe_to_repeat:
            return CommandRefused("it is made again by itself: nothing is unclear about it")
        until = found.claimed_at + AMBIGUOUS_WAIT
        if now < until:
            there = state.planned.law.calendar.here(until).local
            return CommandRefused(f"its provider may still answer, until {there:%d %b %Y %H:%M}: wait")
        return None

    async def others(self, connection: AsyncConnection, case: int) -> Sequence[int]:
        """The cases that the same message serves."""
        asked = {"case": case, "step": self.step, "channel": self.channel}
        return list((await connection.execute(TOGETHER, asked)).scalars())

    async def apply(self, to: Recording) -> None:
        """As its provider's own answer would: what was sent stands, with its fee; what was not is tried again at once."""
        case = to.state.planned.case
        at = to.at
        delivery = await deliveries.existing(to.connection, case, self.step, CHANNELS[self.channel])
        assert delivery is not None  # the planner's facts have it
        if self.sent:
            await deliveries.accepted(to.connection, delivery, at.at, at.day, provider_id=None, cost=Decimal(0))
        else:
            await deliveries.unavailable(to.connection, delivery, at.at, "it was not sent", try_again=True)
        await deliveries.tell_companions(to.connection, delivery, case.id, at.at)
