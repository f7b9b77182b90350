"""From facts to the next action: the one road every activity takes before and after it acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import invariant
from domain.countries.calendar import Calendar
from domain.countries.law import Law
from domain.invariant import InvariantBroken
from domain.learned.guess import UseOfGuess
from domain.moment import Moment, zone_of
from domain.parties.sms_senders import OwnSender, SmsSenders
from domain.parties.standing import standing_of
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts
from domain.planner.for_whom import lacks, use_of_guess
from domain.planner.joint_message import wish_of
from domain.planner.occasions import step_name, step_named
from domain.planner.planner import next_action
from domain.planner.ways import HELD_OUT_OF_IT, use_of_way
from domain.policy.loader import load_policy
from domain.policy.policy import Policy, Step, StepKind, law_of
from domain.vocabulary import Channel
from facts.cases import decisions
from facts.cases.load import OpenCase, load_case
from facts.parties import relations
from facts.prediction import experiments, proposals, scores, uses
from workflows.contracts import TASK_QUEUE, WAIT, Next

log = structlog.get_logger()

Policies = Callable[[date], Mapping[str, tuple[Policy, str]]]

POLICY_TEXT = text("select name, text from policy_text where hash = :hash")
SEND_NOTICE = "send_collection_notice"


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """A case, the rules it goes by, and what follows from them."""

    case: OpenCase
    policy: Policy
    law: Law
    action: Action


def queue_of(channel: Channel) -> str:
    """The rate-limited task queue of a channel's provider."""
    return f"{TASK_QUEUE}-{channel.replace('_', '-')}"


def send_act(channel: Channel) -> str:
    """The activity that sends a message through a channel."""
    return f"send_{channel}"


def no_policies(_today: date) -> Mapping[str, tuple[Policy, str]]:
    """None to choose among."""
    return {}


class Planning:
    """Plans cases with the policies they are pinned to and the laws of today."""

    def __init__(
        self, laws: Mapping[str, Law], sms_number: str | None = None, policies: Policies = no_policies
    ) -> None:
        """`sms_number` is the house's, from which every creditor's SMS may come; None where only the provider knows it.

        `policies` are those of a day that a person may choose among, by name, each with its text.
        """
        self._laws, self._sms_number, self.policies = laws, sms_number, policies
        self._sender_names = {country: law.sender_names for country, law in laws.items()}
        self._policies: dict[str, Policy] = {}

    def law_of(self, country: str) -> Law | None:
        """The law of a country, where there is a file of it."""
        return self._laws.get(country)

    def calendar_of(self, country: str) -> Calendar:
        """The clock and the days of whoever lives in a country, whether or not there is a file of its law."""
        law = self._laws.get(country)
        return law.calendar if law else Calendar(country, zone_of(country).key)

    def sms_senders(self, own: Mapping[str, OwnSender]) -> SmsSenders:
        """What the SMS of a creditor that has these leave as, by the rules of every country."""
        return SmsSenders(own, self._sms_number, self._sender_names)

    async def plan(self, connection: AsyncConnection, case: int, now: datetime) -> PlannedCase:
        """What a case does next, from the facts as this transaction sees them."""
        return await self.plan_loaded(connection, await load_case(connection, case, now), now)

    async def plan_act(self, connection: AsyncConnection, case: int, now: datetime) -> PlannedCase:
        """The same under the locks of an act. Raises InvariantBroken for a closed case that would act."""
        plan = await self.plan(connection, case, now)
        if plan.action.is_due(now):
            await uses.keep(connection, case, plan.case.facts.round, _taken_by_guess(plan, now), now)
        if plan.case.state == "closed" and plan.action.kind not in (ActionKind.WAIT, ActionKind.CLOSE):
            raise InvariantBroken(f"the case is closed and would still {plan.action.kind}")
        return plan

    async def law_of_loaded(self, connection: AsyncConnection, case: OpenCase) -> Law:
        """The law that a loaded case goes by: its policy's, where its debtor is."""
        return law_of(await self.policy(connection, case.policy_hash), self._laws, case.country, case.place)

    async def plan_loaded(self, connection: AsyncConnection, case: OpenCase, now: datetime) -> PlannedCase:
        """What a loaded case does next."""
        policy = await self.policy(connection, case.policy_hash)
        law = law_of(policy, self._laws, case.country, case.place)
        if policy.optional:
            case = await _who_it_is(connection, case)
        if policy.experiments or policy.learns:
            case = await _what_is_tried(connection, case, policy, law.calendar.here(now))
        senders = self.sms_senders(case.facts.sms_senders.own)
        case = replace(case, facts=replace(case.facts, sms_senders=senders))
        return PlannedCase(case, policy, law, next_action(policy, law, case.facts, now))

    def replan(self, plan: PlannedCase, facts: CaseFacts, now: datetime) -> PlannedCase:
        """What follows when the facts of a plan have changed as we know they did."""
        action = next_action(plan.policy, plan.law, facts, now)
        return replace(plan, case=replace(plan.case, facts=facts), action=action)

    async def answer(self, connection: AsyncConnection, plan: PlannedCase, now: datetime, diary: str = "") -> Next:
        """Record the plan's decision and say it in the workflow's words."""
        if plan.action.flag == invariant.FLAG:
            log.error("invariant_broken", case_id=plan.case.id, why=plan.action.why)
        wish = wish_of(plan.policy, plan.case.facts, plan.action)
        today, kind = plan.law.calendar.local_date(now), plan.case.facts.debtor_kind
        allocation = plan.law.allocations.find(today, kind)
        await decisions.record(connection, plan.case, plan.action, wish, now, allocation)
        for each in plan.case.facts.arms:
            if not each.assigned:
                experiment = plan.policy.experiments[each.experiment]
                await experiments.assign(
                    connection, plan.case.debtor_id, plan.case.policy_hash, experiment, each.arm, now
                )
        not_for = _not_for_them(plan, now)
        named = [step.id for step in not_for]
        left_out = await decisions.record_left_out(connection, plan.case, plan.action, now, named)
        guessed = _left_out_by_guess(plan, not_for, now)
        await uses.keep(connection, plan.case.id, plan.case.facts.round, guessed, now)
        said = next_in_words(plan, now, "; ".join([*filter(None, [diary]), *left_out]))
        if said.at is None or not plan.case.ahead:
            return said
        return said.model_copy(update={"at": said.at - plan.case.ahead})  # its timer runs by the workflow's own time

    async def policy(self, connection: AsyncConnection, text_hash: str) -> Policy:
        """A policy as cases are pinned to it, by the hash of its text."""
        known = self._policies.get(text_hash)
        if known is None:
            stored = (await connection.execute(POLICY_TEXT, {"hash": text_hash})).one()
            known = load_policy(stored.text, f"{stored.name}.yaml", self._laws, on=None)
            self._policies[text_hash] = known
        return known


async def _who_it_is(connection: AsyncConnection, case: OpenCase) -> OpenCase:
    """The case with what is known and guessed of its customer: only policies with optional steps pay for that."""
    guess, found_in = await scores.of_case(connection, case.id)
    told = tuple(await relations.of_case(connection, case.id))
    known = case.facts.but(segment=case.segment, relations=told, guess=guess, found_in=found_in)
    return replace(case, facts=known)


def _taken_by_guess(plan: PlannedCase, now: datetime) -> list[UseOfGuess]:
    """That the step which is taken now is taken because of a guess, or goes in an arm or as was proposed; nothing where a person
    asked for it."""
    place = plan.policy.index.get(plan.action.step or "")
    if place is None or plan.action.kind is ActionKind.WAIT or plan.action.step in plan.case.facts.send_now:
        return []
    step = plan.policy.steps[place]
    guessed = _uses([step], plan, now, taken=True)
    goes = _use_of_way(step, plan, now, taken=True) if plan.action.arm is not None else None
    if goes is None:
        return guessed
    return [each.besides(goes) for each in guessed] or [goes]


def _not_for_them(plan: PlannedCase, now: datetime) -> list[Step]:
    """The steps that are left out because they are not for this debtor: not those that something else kept away."""
    here, said = plan.law.calendar.here(now), dict(plan.action.left_out)
    steps = [step for name in said if (step := plan.policy.optional.get(name)) is not None and step.when]
    standing = standing_of(plan.case.facts.life, here.day, plan.law) if steps else None
    return [
        step
        for step in steps
        if step.when and standing and said[step.id] == lacks(step.when, plan.case.facts, standing, here)
    ]


def _left_out_by_guess(plan: PlannedCase, not_for: Sequence[Step], now: datetime) -> list[UseOfGuess]:
    """Which steps are left out because of a guess, of those that are not for this debtor, or held out of."""
    held_out = [
        use
        for name, why in plan.action.left_out
        if why.startswith(HELD_OUT_OF_IT)
        and (use := _use_of_way(plan.policy.steps[plan.policy.index[name]], plan, now, taken=False)) is not None
    ]
    return [*_uses(not_for, plan, now, taken=False), *held_out]


def _use_of_way(step: Step, plan: PlannedCase, now: datetime, *, taken: bool) -> UseOfGuess | None:
    standing = standing_of(plan.case.facts.life, plan.law.calendar.local_date(now), plan.law)
    return use_of_way(plan.policy, step, plan.case.facts, standing, now, taken=taken)


def _uses(steps: Sequence[Step], plan: PlannedCase, now: datetime, *, taken: bool) -> list[UseOfGuess]:
    here, facts = plan.law.calendar.here(now), plan.case.facts
    found = (
        use_of_guess(step, facts, standing_of(facts.life, here.day, plan.law), here, taken=taken) for step in steps
    )
    return [use for use in found if use is not None]


async def _what_is_tried(connection: AsyncConnection, case: OpenCase, policy: Policy, here: Moment) -> OpenCase:
    """The case with its debtor's arms and with what is proposed: only policies that try something pay for that."""
    arms, proposed = case.facts.arms, case.facts.proposals
    if policy.experiments and not policy.shadow:  # a shadow sends nothing, and compares nothing
        arms = await experiments.of_case(
            connection, case.id, case.creditor_id, case.debtor_id, policy.experiments, here
        )
    if policy.learns:
        proposed = await proposals.of_case(connection, case.id, here.at)
    return replace(case, facts=case.facts.but(arms=arms, proposals=proposed))


def next_in_words(plan: PlannedCase, now: datetime, diary: str = "") -> Next:
    """The action as the workflow and the web UI know it."""
    action, facts, calendar = plan.action, plan.case.facts, plan.law.calendar
    return Next(
        act=act_of(plan),
        at=action.at,
        why=action.why,
        label=_label(plan),
        step=_step(plan, now),
        channel=action.channel or "",
        queue=queue_of(action.channel) if action.kind is ActionKind.DELIVER and action.channel else TASK_QUEUE,
        outcome=action.outcome or "",
        seen=facts.news_seq,
        open_steps=_open_steps(plan),
        amount_due=facts.balance,
        due_date=facts.due_date,
        on_hold=facts.on_hold(now) or facts.disputed,
        flag=action.flag or "",
        diary=f"{calendar.here(now).local:%d %b %Y %H:%M} {diary}" if diary else "",
    )


def act_of(plan: PlannedCase) -> str:
    """The name of the activity that performs the plan's action."""
    action = plan.action
    if action.kind is not ActionKind.DELIVER:
        return action.kind.activity
    step = step_named(plan.policy, action.step or "")
    if step.kind is StepKind.COLLECTION_NOTICE and not action.alert:
        return SEND_NOTICE
    return send_act(action.channel) if action.channel else WAIT


def _step(plan: PlannedCase, now: datetime) -> str:
    """The step that comes next; where everything stands still, the one that would."""
    facts = plan.case.facts
    outside = facts.outside_ramp is not None
    if plan.action.step is None and (facts.on_hold(now) or facts.disputed or facts.stops or outside):
        freed = replace(facts, held=False, disputed=False, stops=(), outside_ramp=None)
        return next_action(plan.policy, plan.law, freed, now).step or ""
    return plan.action.step or ""


def _label(plan: PlannedCase) -> str:
    action = plan.action
    when = f"{plan.law.calendar.here(action.at).local:%a %d %b %Y %H:%M}" if action.at else "when news comes"
    step = step_name(action.step or "")
    match action.kind:
        case ActionKind.CLOSE:
            return f"Closed: {action.why}"
        case ActionKind.WAIT:
            return f"Wait {f'until {when}' if action.at else 'for news'}: {action.why}"
        case ActionKind.DELIVER if action.channel:
            copy = " (alert)" if action.alert else ""
            return f"{when}: {action.channel.replace('_', ' ')}{copy} {step}: {action.why}"
    of_step = f" ({step})" if step else ""
    return f"{when}: {action.kind}{of_step}: {action.why}"


def _open_steps(plan: PlannedCase) -> tuple[str, ...]:
    if plan.action.outcome is not None:
        return ()
    facts, position = plan.case.facts, 0
    begun = {d.step for d in facts.deliveries if d.round == facts.round}
    for index, step in enumerate(plan.policy.steps):
        if step.id in begun:
            position = index + 1
    waiting = plan.action.to_approve
    ahead = [step.id for step in plan.policy.steps[position:] if step.id not in facts.skipped]
    return tuple(ahead) if waiting is None or waiting in ahead else (waiting, *ahead)
