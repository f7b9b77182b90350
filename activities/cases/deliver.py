"""Delivering a message: check again and claim, send, and say what became of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.cases.answer import answer_act
from activities.cases.compose import Composed, Composer
from activities.cases.decide import lock_case_with_riders, wait_for_a_person
from channels.channel import ChannelSpec, Outgoing, Sender
from channels.nobody import Nobody
from channels.outcomes import (
    Accepted,
    AddressRejected,
    MessageRefused,
    NotSent,
    OutcomeUnknown,
    ProviderMisconfigured,
)
from channels.rehearsed import Rehearsed
from connectors.links import VALID_DAYS
from connectors.reply_addresses import ReplyAddresses
from domain.invariant import InvariantBroken
from domain.moment import moment_in
from domain.planner.action import ActionKind
from domain.planner.case_facts import DeliveryState
from domain.planner.demand import Demand
from domain.planner.effects import delivered
from domain.planner.joint_message import joins, rides, same_message, wish_of
from domain.planner.occasions import PLAN_BROKEN, PROMISE_BROKEN, step_named
from domain.planner.planner import next_action
from domain.vocabulary import Channel
from facts import diary
from facts.agreements.plans import give_chance
from facts.cases.load import load_cases, workflow_id
from facts.database import Database
from facts.deliveries import deliveries, letters, paper_codes
from facts.deliveries.deliveries import Served
from facts.operations import outages
from facts.operations.tasks import open_task
from facts.parties.rehearsals import rehearsal_of
from facts.webhooks.outgoing import emit
from planning.service import SEND_NOTICE, PlannedCase, Planning, send_act
from workflows.contracts import Act, Next

log = structlog.get_logger()

RETRY_LIMIT = timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)


class Deliveries:
    """What every act that sends does, whatever its channel."""

    def __init__(
        self,
        database: Database,
        planning: Planning,
        composer: Composer,
        senders: Mapping[Channel, Sender],
        reply_addresses: ReplyAddresses | None = None,
    ) -> None:
        self._database = database
        self._planning = planning
        self._composer = composer
        self._senders = senders
        self._reply_addresses = reply_addresses

    def acts_of(self, spec: ChannelSpec) -> list[Callable[[Act], Awaitable[Next]]]:
        """The activities that a channel's queue runs, by the names that sleeping cases know."""
        return [self._act(name) for name in (send_act(spec.channel), *([SEND_NOTICE] if spec.carries_notices else []))]

    def _act(self, name: str) -> Callable[[Act], Awaitable[Next]]:
        @activity.defn(name=name)
        async def send(act: Act) -> Next:
            return await self.deliver(act)

        return send

    # --- the road every delivery takes -----------------------------------------------------------------------

    async def deliver(self, act: Act) -> Next:
        """Send the step's message through its channel, and say what became of it."""
        at = activity.info().started_time
        try:
            async with self._database.transaction() as connection:
                claimed = await self._claim(connection, act, at)
        except InvariantBroken as broken:
            return await wait_for_a_person(self._database, self._planning, act.case, broken, at)
        if isinstance(claimed, Next):
            return claimed
        plan, composed, now, served = claimed
        channel = composed.delivery.channel.spoken
        if composed.unwritable:
            return await self._unwritten(plan, composed, served, composed.unwritable, now)
        if composed.delivery.shadow:
            return await self._answer(plan, now, f"would have sent {channel} ({act.step})")
        try:
            if known := composed.parties.known_elsewhere:
                raise AddressRejected(known, opted_out=known == "opted out")
            sender = await self._sender(plan, composed.delivery.channel)
            accepted = await sender.send(self._outgoing(composed, now))
        except NotSent as refused:
            return await self._unavailable(plan, composed, now, refused)
        except ProviderMisconfigured as wrong:
            _log(plan, composed).error("provider_misconfigured", reason=wrong.reason)
            return await self._unavailable(plan, composed, now, wrong)
        except MessageRefused as refused:
            _log(plan, composed).error("message_refused", reason=refused.reason)
            return await self._unwritten(plan, composed, served, refused.reason, now, words_refused=True)
        except AddressRejected as rejected:
            return await self._rejected(plan, composed, now, rejected)
        except OutcomeUnknown as unknown:
            _log(plan, composed).warning("delivery_unanswered", reason=unknown.reason)
            return await self._answer(plan, now, f"{channel} has no answer ({act.step})")
        return await self._accepted(plan, composed, served, accepted, now)

    async def _sender(self, plan: PlannedCase, channel: Channel) -> Sender:
        """Who takes the message: the channel's provider; in test mode nobody, or who tries the creditor out."""
        if plan.case.ahead is None:
            return self._senders[channel]
        async with self._database.transaction() as connection:
            found = await rehearsal_of(connection, plan.case.creditor_id)
        return Rehearsed(self._senders, channel, found.email, found.phone) if found else Nobody(channel)

    async def _claim(
        self, connection: AsyncConnection, wanted: Act, at: datetime
    ) -> tuple[PlannedCase, Composed, datetime, Sequence[Served]] | Next:
        """The last-moment check and the claim, in one transaction, with the creditor's moment and the cases served.

        The next action when there is nothing to send.
        """
        number, others, now = await lock_case_with_riders(connection, wanted.case, at)
        plan = await self._planning.plan_act(connection, number, now)
        lead = self._retried(plan, now)
        if not _leaves(lead, wanted, now):
            return await answer_act(self._planning, connection, plan, now)
        known = await self._claimed_before(connection, lead)
        wishing = await self._wishing(connection, lead, others, known, now)
        lead = self._in_company_of(lead, wishing, now)
        if not _leaves(lead, wanted, now):
            return await answer_act(self._planning, connection, lead, now)
        plans = [lead, *(each for each in wishing if each.action.is_due(now))]
        composed = await self._composer.compose(connection, plans, now, known)
        served = [
            Served(each.case, each.action.step or "", of) for each, of in zip(plans, composed.asks.cases, strict=True)
        ]
        await deliveries.claim(connection, composed.delivery, served, now, again=known is not None)
        if known is None:
            await _tell_left_out(connection, composed, served, now)
        if composed.typed_code:
            last_day = lead.law.calendar.local_date(now) + timedelta(days=VALID_DAYS)
            await paper_codes.keep(
                connection, composed.typed_code, composed.delivery.id, lead.case.invoice_id, last_day
            )
        return lead, composed, now, served

    async def _claimed_before(self, connection: AsyncConnection, lead: PlannedCase) -> UUID | None:
        """The delivery that a retry or a second try claims anew."""
        if not _has_a_place(lead):
            return None
        return await deliveries.existing(
            connection, lead.case, lead.action.step or "", Channel(lead.action.channel or "")
        )

    def _retried(self, plan: PlannedCase, now: datetime) -> PlannedCase:
        """On a retry of this very act, a refusal by the provider a moment ago does not make it wait an hour."""
        began = activity.info().scheduled_time
        if activity.info().attempt == 1:
            return plan
        facts = plan.case.facts
        others = tuple(
            d
            for d in facts.deliveries
            if d.state is not DeliveryState.UNAVAILABLE or d.unavailable_at is None or d.unavailable_at < began
        )
        if len(others) == len(facts.deliveries):
            return plan
        action = next_action(plan.policy, plan.law, replace(facts, deliveries=others), now)
        return replace(plan, action=action)  # its facts keep the refused delivery: that is claimed anew

    def _in_company_of(self, lead: PlannedCase, wishing: Sequence[PlannedCase], now: datetime) -> PlannedCase:
        """The plan once it knows what the debtor's other cases want by their own facts."""
        wishes = (wish_of(each.policy, each.case.facts, each.action) for each in wishing)
        fresh = tuple(wish for wish in wishes if wish is not None and wish not in lead.case.facts.companions)
        if not fresh:
            return lead
        facts = replace(lead.case.facts, companions=lead.case.facts.companions + fresh)
        return self._retried(self._planning.replan(lead, facts, now), now)

    async def _wishing(
        self, connection: AsyncConnection, lead: PlannedCase, others: Sequence[int], known: UUID | None, now: datetime
    ) -> list[PlannedCase]:
        """The debtor's other cases that come to the very same message by their own facts, now or later.

        One that has its place in another delivery of the step does not ride in this one.
        """
        wanted = wish_of(lead.policy, lead.case.facts, lead.action)
        if not others or wanted is None or not joins(step_named(lead.policy, lead.action.step or "")):
            return []
        served = await deliveries.cases_of(connection, known) if known else []
        wishing = []
        for other in await load_cases(connection, others, now):
            alone = replace(other, facts=replace(other.facts, companions=(), recent_contacts=()))
            plan = self._retried(await self._planning.plan_loaded(connection, alone, now), now)
            plan = replace(plan, action=plan.action.onward or plan.action)
            wish = wish_of(plan.policy, plan.case.facts, plan.action)
            if wish is None or not same_message(wanted, wish):
                continue
            if not plan.action.is_due(now) and rides(wanted, wish, now, plan.law.calendar):
                plan = self._planning.replan(plan, plan.case.facts, wish.at)  # its own last gates, a moment ahead
                if wish_of(plan.policy, plan.case.facts, plan.action) != wish:
                    continue
                plan = replace(plan, action=replace(plan.action, at=now))
            if other.id in served or not _has_a_place(plan):
                wishing.append(plan)
        return wishing

    # --- what became of it -----------------------------------------------------------------------------------

    def _outgoing(self, composed: Composed, now: datetime) -> Outgoing:
        """A claimed delivery as its channel sends it."""
        parties, ours = composed.parties, self._reply_addresses
        return Outgoing(
            delivery_id=str(composed.delivery.id),
            written=composed.written,
            address=parties.contact_address,
            name=parties.representative or parties.debtor_name,
            creditor=composed.creditor_id,
            creditor_name=parties.creditor_name,
            reply_to=parties.creditor_email,
            reply_address=ours.address(composed.delivery.id) if ours else None,
            open_tracking=parties.open_tracking,
            country=composed.country,
            today=moment_in(composed.country, now).day,
            sender=composed.sender,
            customer_number=parties.customer_number,
        )

    async def _accepted(
        self, plan: PlannedCase, composed: Composed, served: Sequence[Served], accepted: Accepted, now: datetime
    ) -> Next:
        """Book what was sent, and plan on from the facts in hand: newer news wakes the case by its number."""
        delivery = composed.delivery
        for of in served:
            log.info(
                "message_sent",
                case=workflow_id(of.case.creditor_id, of.case.number),
                step=of.step,
                channel=delivery.channel,
                delivery_id=str(delivery.id),
                provider_id=accepted.provider_id,
            )
        each = Decimal(composed.parties.message_costs.get(delivery.channel, "0"))
        today = plan.law.calendar.local_date(now)
        facts = delivered(plan.case.facts, plan.action, composed.asks, 0, now)
        after = self._planning.replan(plan, facts, now)
        async with self._database.transaction() as connection:
            await deliveries.accepted(
                connection,
                delivery.id,
                now,
                today,
                provider_id=accepted.provider_id,
                cost=each * composed.written.billed,
                batch=accepted.batch,
            )
            if plan.case.ahead is not None and delivery.channel.rule.by_post:
                await letters.posted(connection, plan.case.creditor_id, accepted.batch or "", today, now)
            if delivery.message == PLAN_BROKEN and facts.plan and delivery.deadline:
                await give_chance(connection, facts.plan.id, delivery.deadline, plan.law.calendar.here(now))
            await self._told_of_promise(connection, plan, composed, now)
            if len(composed.asks.cases) > 1:
                await deliveries.tell_companions(connection, delivery.id, plan.case.id, now)
            copy = " (alert)" if delivery.alert else ""
            what = f"{delivery.channel.spoken} sent{copy} ({plan.action.step})"
            plain = activity.info().attempt == 1 and _does_no_more(plan, composed.asks)
            return await answer_act(self._planning, connection, after, now, what, plain=plain)

    async def _told_of_promise(
        self, connection: AsyncConnection, plan: PlannedCase, composed: Composed, now: datetime
    ) -> None:
        """The creditor's system hears of a broken promise when the debtor first does."""
        told = any(each.step == plan.action.step and each.accepted_at for each in plan.case.facts.deliveries)
        if composed.delivery.message != PROMISE_BROKEN or told:
            return
        broken = (plan.action.step or "").partition("#")[2]
        data = {
            "invoice": plan.case.number,
            "promise": int(broken),
            "pay_by": next(p.pay_by.isoformat() for p in plan.case.facts.promises if str(p.id) == broken),
        }
        await emit(connection, plan.case.creditor_id, "promise.broken", data, now)

    async def _rejected(self, plan: PlannedCase, composed: Composed, now: datetime, rejected: AddressRejected) -> Next:
        contact = "opted out" if rejected.opted_out else "bounced"
        async with self._database.transaction() as connection:
            await deliveries.failed(connection, composed.delivery.id, now, rejected.reason, contact=contact)
            if plan.case.ahead is None and not composed.parties.known_elsewhere:
                await outages.answered(connection, composed.delivery.channel, now)
            await deliveries.tell_companions(connection, composed.delivery.id, plan.case.id, now)
            after = await self._planning.plan(connection, plan.case.id, now)
            what = f"{composed.delivery.channel.spoken} refused: {contact} ({plan.action.step})"
            return await answer_act(self._planning, connection, after, now, what)

    async def _unwritten(
        self,
        plan: PlannedCase,
        composed: Composed,
        served: Sequence[Served],
        reason: str,
        now: datetime,
        *,
        words_refused: bool = False,
    ) -> Next:
        """There is nothing that could be sent: the next channel is used, and a letter is held for a person."""
        channel = composed.delivery.channel
        async with self._database.transaction() as connection:
            await deliveries.failed(
                connection, composed.delivery.id, now, reason, contact=None, words_refused=words_refused
            )
            if channel.rule.by_post:
                await open_task(connection, [plan.case.id], plan.action.step or "", "address", reason, now)
            await deliveries.tell_companions(connection, composed.delivery.id, plan.case.id, now)
            lines = [(of.case.id, {"channel": channel.spoken, "step": of.step, "why": reason}) for of in served]
            await diary.write(connection, "message_not_sent", "purr", lines, now)
        return await self._answer(plan, now, f"{channel.spoken} not sent: {reason} ({plan.action.step})")

    async def _unavailable(
        self, plan: PlannedCase, composed: Composed, now: datetime, refused: NotSent | ProviderMisconfigured
    ) -> Next:
        """Try again within the act's five minutes, with growing pauses; after them the fact goes to the planner.

        From then on it is known of the provider that it is away: the case is told when it is back. What a person must mend
        is not.
        """
        delivery, reason = composed.delivery, refused.reason
        if isinstance(refused, ProviderMisconfigured):
            reason = reason.partition(": ")[0]  # the provider's own words are in the log alone
        async with self._database.transaction() as connection:
            await deliveries.unavailable(connection, delivery.id, now, reason)
        if isinstance(refused, NotSent):
            growing = min(FIRST_PAUSE * 2 ** (activity.info().attempt - 1), LONGEST_PAUSE)
            pause = refused.retry_after or growing
            if activity.info().started_time - activity.info().scheduled_time + pause < RETRY_LIMIT:
                raise ApplicationError(
                    f"not sent: {reason}",
                    type="ProviderUnavailable",
                    next_retry_delay=pause,
                    category=ApplicationErrorCategory.BENIGN,  # told in one line below, and not once for each try
                )
            _log(plan, composed).warning("provider_away", reason=reason)
            async with self._database.transaction() as connection:
                await outages.began(connection, delivery.channel, now, reason, refused.retry_after)
        channel = delivery.channel.spoken
        return await self._answer(plan, now, f"{channel} not taken: {reason} ({plan.action.step})")

    async def _answer(self, plan: PlannedCase, now: datetime, what: str) -> Next:
        async with self._database.transaction() as connection:
            after = await self._planning.plan(connection, plan.case.id, now)
            return await answer_act(self._planning, connection, after, now, what)


def _log(plan: PlannedCase, composed: Composed) -> Any:
    """The log of what becomes of one message: one word follows its case from the door to the provider."""
    case = workflow_id(plan.case.creditor_id, plan.case.number)
    return log.bind(case=case, channel=composed.delivery.channel, delivery_id=str(composed.delivery.id))


async def _tell_left_out(
    connection: AsyncConnection, composed: Composed, served: Sequence[Served], now: datetime
) -> None:
    """The diary of each case whose invoice's own PDF does not go with the message says why."""
    lines = []
    for of in served:
        if why := composed.left_out.get(of.case.number):
            case, delivery = workflow_id(of.case.creditor_id, of.case.number), str(composed.delivery.id)
            log.warning("pdf_left_out", case=case, delivery_id=delivery, reason=why)
            detail = {"step": of.step, "round": of.case.facts.round, "delivery": delivery, "why": why}
            lines.append((of.case.id, detail))
    if lines:
        await diary.write(connection, "pdf_left_out", "purr", lines, now)


def _leaves(plan: PlannedCase, wanted: Act, now: datetime) -> bool:
    """Whether what an act was asked to send is still what the case sends now."""
    action = plan.action
    same = action.step == wanted.step and action.channel == wanted.channel
    return action.kind is ActionKind.DELIVER and action.is_due(now) and same


def _does_no_more(plan: PlannedCase, asks: Demand) -> bool:
    """Whether a message does no more than to be sent: it books nothing, moves no due date, and gives a plan no chance."""
    books = any(each.charge or each.interest for each in asks.cases)
    return not books and not asks.due_date_moved and plan.case.facts.plan is None


def _has_a_place(plan: PlannedCase) -> bool:
    """Whether the plan's message has been claimed before."""
    key = (plan.case.facts.round, plan.action.step, plan.action.channel)
    return any((d.round, d.step, d.channel) == key for d in plan.case.facts.deliveries)
