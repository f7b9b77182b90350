"""One invoice lived through by asking the planner itself, decision by decision: what a replay must come to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.countries.law import Law
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, HandOffState
from domain.planner.demand import Rider, demand
from domain.planner.effects import ON_PAPER, delivered
from domain.planner.occasions import step_name, step_named
from domain.planner.planner import next_action
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from prediction.backtest.happenings import News, heard
from prediction.backtest.replay import Replayed

READ_AFTER = timedelta(hours=3)
OVER = (ActionKind.CLOSE, ActionKind.WAIT)


class Done(NamedTuple):
    """An act, as both tell it."""

    at: int
    kind: str
    step: str
    channel: str | None
    copy: bool
    fee: int
    deadline: str


def step_by_step(
    policy: Policy,
    law: Law,
    facts: CaseFacts,
    begins: datetime,
    news: Sequence[News],
    ends: datetime,
    reads: Channel | None,
) -> list[Done]:
    """What is done before `ends`: the planner is asked again after every act, at every moment it named and at all news."""
    now, done, coming = begins, list[Done](), list(news)
    for _ in range(1_000):
        facts = facts.but(bank_data_through=law.calendar.local_date(now))
        action = next_action(policy, law, facts, now)
        rests = action.kind in OVER and (action.at is None or action.at <= now)
        moment = None if rests or action.at is None else max(action.at, now)
        if coming and (moment is None or coming[0].at <= moment):
            if rests and coming[0].at > now:
                done += _waits(facts, action, now)
            now, facts = max(now, coming[0].at), heard(facts, coming.pop(0), law)
        elif moment is None or moment >= ends:
            return done + (_waits(facts, action, now) if rests and now < ends else [])
        elif moment > now:
            now = moment
        else:
            facts, act = _acted(policy, law, facts, action, now, reads)
            done.append(act)
    raise AssertionError("the case comes to no end")


def _acted(
    policy: Policy, law: Law, facts: CaseFacts, action: Action, now: datetime, reads: Channel | None
) -> tuple[CaseFacts, Done]:
    fee, deadline = 0, "NaT"
    if action.kind is ActionKind.DELIVER:
        assert action.channel is not None
        step = step_named(policy, action.step or "")
        asks = demand([Rider(0, policy, law, facts, step)], action.channel, now, alert=action.alert)
        facts = delivered(facts, action, asks, 0, now)
        *before, sent = facts.deliveries
        posted_on = law.calendar.add_banking_days(law.calendar.local_date(now), 1)
        arrived = replace(
            sent,
            delivered_at=now,
            read_at=now + READ_AFTER if sent.channel is reads and not sent.alert else None,
            posted_on=posted_on if sent.channel is Channel.LETTER else None,
        )
        facts = facts.but(deliveries=(*before, arrived))
        fee, deadline = int(asks.cases[0].fee * 100), str(asks.deadline or "NaT")
    else:
        facts = ON_PAPER[action.kind](facts, action, law, now)
        if action.kind is ActionKind.REQUEST_APPROVAL:
            facts = facts.but(approval="approved", approval_of=action.step)
        if action.kind is ActionKind.HAND_OFF:
            facts = facts.but(hand_off=HandOffState.ACCEPTED)
    at = int(now.timestamp())
    return facts, Done(at, action.kind, step_name(action.step or ""), action.channel, action.alert, fee, deadline)


def _waits(facts: CaseFacts, action: Action, now: datetime) -> list[Done]:
    if action.kind is not ActionKind.WAIT or not action.flag or facts.balance <= 0 or facts.hand_off is not None:
        return []
    return [Done(int(now.timestamp()), action.kind, action.flag, None, False, 0, "NaT")]


def replayed_of(replayed: Replayed, invoice: int) -> list[Done]:
    """What a replay has an invoice of the past come to."""
    rows, acts = replayed.each()
    mine = acts.of(rows == invoice)
    return [
        Done(
            int(mine.at[row]),
            mine.kind.meanings[mine.kind.codes[row]],
            mine.step.meanings[mine.step.codes[row]],
            mine.channel.meanings[mine.channel.codes[row]] if mine.channel.codes[row] >= 0 else None,
            bool(mine.copy[row]),
            int(mine.fee[row]),
            str(mine.deadline[row]),
        )
        for row in range(len(mine))
    ]
