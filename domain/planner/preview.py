"""What a case would do from here on: the planner asked again and again, each act done as if on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.agreements.direct_debit import may_be_stopped
from domain.countries.calendar import Calendar
from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.planner import joint_message
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, Companion, DeliveryState, HandOffState
from domain.planner.coming_draw import coming_draw
from domain.planner.demand import Rider, demand
from domain.planner.draws import against_draw
from domain.planner.effects import ON_PAPER, delivered
from domain.planner.occasions import LAST_WORDS, step_named
from domain.planner.planner import next_action
from domain.policy.policy import Policy, Step
from domain.vocabulary import Channel

MOST_TURNS = 500  # far more than any policy's steps, channels, retries and rounds within a year
READ_AFTER = timedelta(hours=3)  # how soon a debtor who reads a channel reads it


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the debtor and the people around answer: nobody pays; `reads` is the channel the debtor reads, or none."""

    reads: Channel | None = None
    approves: bool = True


@dataclass(frozen=True, slots=True)
class PreviewedAct:
    """One act and the moment (UTC) it happens, with the fee and interest it charges and the last day it gives to pay."""

    at: datetime
    action: Action
    fee: Decimal = ZERO
    deadline: date | None = None
    interest: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Ahead:
    """A case that is run ahead, and the rules it goes by."""

    policy: Policy
    law: Law
    facts: CaseFacts


def preview(
    policy: Policy,
    law: Law,
    facts: CaseFacts,
    now: datetime,
    outcome: Outcome | None = None,
    *,
    until: datetime | None = None,
) -> list[PreviewedAct]:
    """The acts a case comes to from `now` (UTC) on, the last being its end or what it then waits for.

    Every provider answers at once, letters are posted on the next banking day and bank data stays fresh. With
    `until`, only the acts through that moment.
    """
    return [act for acts in preview_together([Ahead(policy, law, facts)], now, outcome, until=until) for _, act in acts]


def preview_together(
    cases: Sequence[Ahead], now: datetime, outcome: Outcome | None = None, *, until: datetime | None = None
) -> Iterator[list[tuple[int, PreviewedAct]]]:
    """The same for all open cases of one debtor: each act with the cases that it serves, by their places in `cases`.

    A joint message is one act that serves several.
    """
    return Household(cases, now, outcome or Outcome(), until).acts()


class Household:
    """The cases of one debtor while they are run ahead."""

    def __init__(self, cases: Sequence[Ahead], now: datetime, outcome: Outcome, until: datetime | None) -> None:
        self.cases = [replace(case, facts=_begun(case, now)) for case in cases]
        self.now, self.outcome, self.until = now, outcome, until
        self.actions: dict[int, Action] = {}  # of the cases that go on
        self.rests: dict[int, Action] = {}  # of those that do not: how they ended, or what they wait for
        self.wishes: dict[int, Companion] = {}
        self.stale = set(range(len(cases)))

    def parted(self) -> "Household":
        """Another that was the same until now; they go on by themselves."""
        other = object.__new__(Household)
        vars(other).update(vars(self), cases=[*self.cases], actions={**self.actions}, rests={**self.rests})
        other.wishes, other.stale = {**self.wishes}, {*self.stale}
        return other

    def acts(self) -> Iterator[list[tuple[int, PreviewedAct]]]:
        """One act after the other, in the order of their moments."""
        for place in sorted(self.stale):
            self._look(place)
        self.stale = set(self.actions) if len(self.cases) > 1 else set()  # once more: now each knows of the others
        for _ in range(MOST_TURNS * len(self.cases)):
            while self.stale:
                self._look(self.stale.pop())
            if not self.actions:
                return
            moments = {place: action.at or self.now for place, action in self.actions.items()}
            place = min(moments, key=lambda each: (moments[each], self._message(each) in LAST_WORDS, each))
            if moments[place] > self.now:
                if self.until is not None and moments[place] > self.until:
                    return
                self.now = moments[place]
                self.stale.update(each for each, at in moments.items() if at <= self.now)
                continue
            action = self.actions[place]
            if action.kind in (ActionKind.CLOSE, ActionKind.WAIT) or action.at is None:
                self._ends(place)
                if self.until is None:
                    yield [(place, PreviewedAct(self.now, action))]
            elif action.kind is ActionKind.DELIVER and action.channel is not None:
                yield self._send(place, action.channel)
            else:
                case = self.cases[place]
                facts = ON_PAPER[action.kind](case.facts, action, case.law, self.now)
                self.change(place, _answered(facts, action, self.outcome))
                yield [(place, PreviewedAct(self.now, action))]

    def _look(self, place: int) -> None:
        """What a case does next; those that want the same message hear of it."""
        case = self.cases[place]
        others = tuple(wish for other, wish in self.wishes.items() if other != place)
        through = max(case.facts.bank_data_through or date.min, case.law.calendar.local_date(self.now))
        facts = case.facts
        if (facts.companions, facts.bank_data_through) != (others, through):  # bank data is always fresh ahead
            facts = facts.but(companions=others, bank_data_through=through)
            case = self.cases[place] = Ahead(case.policy, case.law, facts)
        self.actions[place] = next_action(case.policy, case.law, facts, self.now)
        before = self.wishes.pop(place, None)
        wish = joint_message.wish_of(case.policy, case.facts, self.actions[place])
        if wish is not None:
            self.wishes[place] = wish
        if wish != before:
            self._tell_companions(place, before, wish)

    def _tell_companions(self, place: int, *wishes: Companion | None) -> None:
        for other, theirs in self.wishes.items():
            if other != place and any(wish and joint_message.same_message(wish, theirs) for wish in wishes):
                self.stale.add(other)

    def _message(self, place: int) -> str:
        """What a case is about to say; the last words of a moment wait for those whose cases come to theirs in it."""
        wish = self.wishes.get(place)
        return wish.message if wish else ""

    def _ends(self, place: int) -> None:
        self.rests[place] = self.actions.pop(place)
        self._tell_companions(place, self.wishes.pop(place, None))

    def change(self, place: int, facts: CaseFacts) -> None:
        """What is known of a case has changed: it looks again."""
        case = self.cases[place]
        self.cases[place] = Ahead(case.policy, case.law, facts)
        self.stale.add(place)

    def _send(self, lead: int, channel: Channel) -> list[tuple[int, PreviewedAct]]:
        """A message, with the cases that ride in it."""
        aboard = {lead: self.actions[lead], **self._riders(lead)}
        alert = self.actions[lead].alert
        asks = demand(
            [_rider(place, self.cases[place], action) for place, action in aboard.items()],
            channel,
            self.now,
            alert=alert,
        )
        acts = []
        for nth, (place, action) in enumerate(aboard.items()):
            case, of = self.cases[place], asks.cases[nth]
            facts = delivered(case.facts, action, asks, nth, self.now, shadow=case.policy.shadow)
            self.change(place, _arrived(case, facts, self.now, self.outcome))
            acts.append((place, PreviewedAct(self.now, action, of.fee, asks.deadline, of.added_interest)))
        optional = self.actions[lead].onward is not None
        message = None if optional else self.wishes.get(lead)
        for other, case in enumerate(self.cases) if not self.cases[lead].policy.shadow else ():
            if other in aboard:
                continue
            facts = case.facts
            spoken = (*facts.told_of_others, (message.message, self.now)) if message else facts.told_of_others
            contacts = facts.recent_contacts if alert else (*facts.recent_contacts, self.now)
            apart = (*facts.optional_contacts, self.now) if optional else facts.optional_contacts
            facts = facts.but(told_of_others=spoken, recent_contacts=contacts, optional_contacts=apart)
            self.cases[other] = Ahead(case.policy, case.law, facts)
            self.stale |= {other} & self.actions.keys()  # one that waits for news knows of it when that comes
        return acts

    def _riders(self, lead: int) -> dict[int, Action]:
        """The other cases whose very same message is due by their own facts."""
        wanted = self.wishes.get(lead)
        riding: dict[int, Action] = {}
        if wanted is None or not joint_message.joins(_step(self.cases[lead], self.actions[lead])):
            return riding
        for place, wish in list(self.wishes.items()):
            case = self.cases[place]
            if place == lead or not joint_message.rides(wanted, wish, self.now, case.law.calendar):
                continue
            alone = case.facts.but(companions=(), recent_contacts=())
            moment = max(self.now, wish.at)
            action = next_action(case.policy, case.law, alone, moment)
            action = action.onward or action
            if joint_message.wish_of(case.policy, case.facts, action) == wish and action.is_due(moment):
                riding[place] = action
        return riding


def _rider(place: int, case: Ahead, action: Action) -> Rider:
    return Rider(place, case.policy, case.law, case.facts, _step(case, action))


def _step(case: Ahead, action: Action) -> Step:
    return step_named(case.policy, action.step or "")


def _begun(case: Ahead, now: datetime) -> CaseFacts:
    """The facts once the bank has been asked for what can still be: a draw stopped, another made."""
    facts = _stopped_in_time(case.facts, case.law.calendar, now)
    return _claimed(facts, case.law.calendar, now)


def _stopped_in_time(facts: CaseFacts, calendar: Calendar, now: datetime) -> CaseFacts:
    """The facts once the bank has taken a draw back that should not happen, where it still does."""
    if facts.draw is None or not may_be_stopped(calendar, facts.draw.due_on, now):
        return facts
    unwanted = against_draw(facts.draw, facts, facts.due_date, calendar, now)
    return replace(facts, draw=None, claim_due=None) if unwanted else facts


def _claimed(facts: CaseFacts, calendar: Calendar, now: datetime) -> CaseFacts:
    """The facts once the claim is made that a mandate allows."""
    draw = coming_draw(facts, calendar, now)
    return facts if draw is None or facts.claim_due else replace(facts, claim_due=draw.day)


def _arrived(case: Ahead, facts: CaseFacts, now: datetime, outcome: Outcome) -> CaseFacts:
    """The facts once the message that was just sent has arrived: a letter is posted, and what is read is read."""
    sent = facts.deliveries[-1]
    if sent.state is DeliveryState.SHADOW:
        return facts
    today = case.law.calendar.local_date(now)
    posted_on = case.law.calendar.add_banking_days(today, 1) if sent.channel.rule.by_post else None
    read_at = now + READ_AFTER if sent.channel is outcome.reads and not sent.alert else None
    arrived = replace(sent, delivered_at=now, read_at=read_at, posted_on=posted_on)
    return facts.but(deliveries=(*facts.deliveries[:-1], arrived))


def _answered(facts: CaseFacts, action: Action, outcome: Outcome) -> CaseFacts:
    """The facts once the people around have answered an act: approved it, or taken the case over for collection."""
    if action.kind is ActionKind.REQUEST_APPROVAL and outcome.approves:
        return facts.but(approval="approved", approval_of=action.step)
    if action.kind is ActionKind.HAND_OFF:
        return facts.but(hand_off=HandOffState.ACCEPTED)
    return facts
