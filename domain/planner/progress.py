"""How far each step of a policy has come: what was sent and stands, what later steps count from, when each is planned."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from domain.countries.law import Law
from domain.parties.life_events import LifeKind
from domain.parties.speakers import addressee_of
from domain.parties.standing import Thing, standing_of
from domain.planner import notices, told
from domain.planner.case_facts import CaseFacts, Delivery, DeliveryState
from domain.planner.evidence import stands
from domain.planner.obstacles import Kind, Obstacle, obstacles
from domain.planner.occasions import Occasion, is_occasion, occasions
from domain.policy.policy import AnchorBase, Policy, Step, StepKind
from domain.vocabulary import Channel

DEFAULT_CLOCK = time(9)
AMBIGUOUS_WAIT = timedelta(minutes=15)  # how long a claim without an answer waits for a provider event
AMBIGUOUS_ATTEMPTS = 3  # a notice that stays without an answer goes out again at most this often


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step has come: what later steps count from."""

    sent: datetime  # the first lawful send, or the planned moment of a step that was skipped or missed
    deadline: date | None = None
    reached: bool = False  # a message stands: sent and not failed
    unposted: bool = False  # a letter whose posting the printer has not confirmed


class Ladder:
    """The steps of a policy with the facts in hand, and what the walk over them leaves out."""

    def __init__(self, policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> None:
        self.policy, self.law, self.facts, self.now = policy, law, facts, now
        self.calendar = law.calendar
        self.today = law.calendar.local_date(now)
        window = int(policy.spread.total_seconds())  # how long after a step's hour the case has its turn
        self.spread = timedelta(seconds=facts.spread_seed % window) if window else timedelta(0)
        self.due = law.effective_due(facts.due_date)
        self._obstacles = tuple(obstacles(facts, law.calendar, now, policy.ignore_balance_below))
        self.standing = standing_of(facts.life, self.today, law)
        self.sent = told.messages(policy, law, facts)
        self.addressee = addressee_of(self.standing)
        self.deliveries: dict[str, dict[Channel, Delivery]] = {}
        self.alerts: dict[str, dict[Channel, Delivery]] = {}
        self.left_out: dict[str, str] = {}  # steps that will not happen, each with the reason
        self.why_not: dict[str, str] = {}  # what keeps a step from beginning, until its time is over
        self._progress: dict[str, Progress] = {}
        self.contact_times: dict[datetime, datetime] = {}  # by moment: one look asks for each several times
        for delivery in sorted(self.sent, key=self._weight):
            of_this_round = delivery.round == facts.round
            if of_this_round or is_invoice_step(policy, delivery.step) or is_occasion(delivery.step):
                book = self.alerts if delivery.alert else self.deliveries
                book.setdefault(delivery.step, {})[delivery.channel] = delivery

    @cached_property
    def heard(self) -> datetime | None:
        """When a message last reached whoever is written to now; None when none ever did."""
        return told.last_heard(self.addressee, self.sent)

    @cached_property
    def occasions(self) -> list[Occasion]:
        """What happened in the case and is still worth a message, oldest first; sent ones are among them."""
        return occasions(self.facts, self.calendar, self.today, self.policy.tolerance)

    def _weight(self, delivery: Delivery) -> tuple[bool, datetime, str]:
        """Of two deliveries of the same step and channel this round's counts, else the newer; in whatever order they come."""
        return delivery.round == self.facts.round, delivery.claimed_at, delivery.state

    def obstacle(self, thing: Thing, *, but: Kind | None = None) -> Obstacle | None:
        """The first obstacle that forbids a thing now, leaving out one kind that is overruled; None when nothing does."""
        return next((each for each in self._obstacles if each.forbids(thing) and each.kind is not but), None)

    def obstacles(self, thing: Thing) -> list[Obstacle]:
        """Every obstacle that forbids a thing now."""
        return [each for each in self._obstacles if each.forbids(thing)]

    def channels(self, step: Step) -> tuple[Channel, ...]:
        """The channels of a step in the order in which they are tried: the one that the debtor prefers goes first."""
        wanted = self.standing.value(LifeKind.PREFERS)
        if wanted is None or not step.chain:
            return step.channels
        used = self.deliveries.get(step.id, {}).values()
        first = min(used, key=lambda d: d.claimed_at).channel if used else wanted
        if first != wanted or wanted not in step.channels:
            return step.channels  # what was begun goes on as it began
        return (Channel(wanted), *(channel for channel in step.channels if channel != wanted))

    # --- how far ---------------------------------------------------------------------------------------------

    @cached_property
    def begun(self) -> int:
        """How many steps are behind: up to and with the last one that was begun."""
        for index in range(len(self.policy.steps), 0, -1):
            if self.has_begun(self.policy.steps[index - 1]):
                return index
        return 0

    def has_begun(self, step: Step) -> bool:
        """Whether a step was begun in this round: sent, asked of a person, or done to the service."""
        if step.kind is StepKind.BLOCK and self.facts.blocked:
            return True
        if step.kind is StepKind.TERMINATE and self.facts.terminated:
            return True
        return step.id in self.deliveries or ("call", step.id) in self.facts.tasks

    def of(self, step_id: str) -> Progress:
        """What later steps count from: how far a step has come, else its plan; of an optional step always its plan."""
        known = self._progress.get(step_id)
        if known is None:
            optional = self.policy.optional.get(step_id)
            step = optional or self.policy.steps[self.policy.index[step_id]]
            known = self._progress[step_id] = self._missed(step) if optional else self._reached(step)
        return known

    def _reached(self, step: Step) -> Progress:
        """How far a step has come by its deliveries; one that reached nobody counts from its planned day."""
        standing = [d for d in self.deliveries.get(step.id, {}).values() if self.stands(d, step)]
        if not standing:
            return self._missed(step)
        last = max(standing, key=lambda d: d.sent_at)
        unposted = last.channel.rule.by_post and last.posted_on is None and last.state is not DeliveryState.SHADOW
        return Progress(min(d.sent_at for d in standing), self._deadline(last, step), reached=True, unposted=unposted)

    def _missed(self, step: Step) -> Progress:
        """A step that is skipped, missed or ahead counts from its planned day."""
        planned = self.planned(step)
        deadline = None
        if step.deadline_days is not None:
            day = self.calendar.local_date(planned)
            deadline = told.deadline(self.law, self.facts.debtor_kind, step, step.deadline_days, sent=day, arrives=day)
        return Progress(planned, deadline)

    def stands(self, delivery: Delivery, step: Step) -> bool:
        """Whether a message reached the debtor, as far as is known or assumed."""
        return stands(delivery) or self.assumed_sent(delivery, step)

    def assumed_sent(self, delivery: Delivery, step: Step) -> bool:
        """Whether a message that stayed without an answer is taken to be sent."""
        if delivery.state is not DeliveryState.CLAIMED or self.now < delivery.claimed_at + AMBIGUOUS_WAIT:
            return False
        if delivery.channel.rule.safe_to_repeat:
            return False
        return step.on_ambiguous == "assume sent" or delivery.alert or delivery.attempt >= AMBIGUOUS_ATTEMPTS

    def _deadline(self, last: Delivery, step: Step) -> date | None:
        """The step's deadline: from the last channel used; for a letter from its posting and days in transit."""
        if step.deadline_days is None:
            return None
        sent = arrives = self.calendar.local_date(last.sent_at)
        if last.channel.rule.by_post:
            sent = last.posted_on or sent
            arrives = self.law.arrives(sent)
        kind = self.facts.debtor_kind
        counted = told.deadline(self.law, kind, step, step.deadline_days, sent=sent, arrives=arrives)
        return counted if last.deadline is None else max(counted, last.deadline)

    # --- what is planned -------------------------------------------------------------------------------------

    def applies(self, step: Step) -> bool:
        """Whether the plan has the step for this case at all."""
        return step.balance_at_least is None or self.facts.undisputed >= step.balance_at_least

    def planned(self, step: Step) -> datetime:
        """When a step comes by the plan alone."""
        anchor = step.at
        if anchor.base is AnchorBase.ISSUE_DATE:
            day = self.facts.issue_date
        elif anchor.base is AnchorBase.DUE_DATE:
            day = self.due
        else:
            before = self.of(anchor.step or "")
            if anchor.base is AnchorBase.STEP_DEADLINE and before.deadline is not None:
                day = before.deadline
            else:
                day = self.calendar.local_date(before.sent)
        if anchor.banking:
            day = self.calendar.add_banking_days(day, anchor.days)
        elif anchor.days:
            day += timedelta(days=anchor.days)
        return self.calendar.at(day, anchor.clock or DEFAULT_CLOCK) + self.spread

    # --- what a person asked for, and what a hand-off may rest on --------------------------------------------

    def asked(self, step: Step) -> bool:
        """Whether a person wants the step at once; a hand-off only when a collection notice allows it."""
        if step.id not in self.facts.send_now:
            return False
        return step.kind is not StepKind.HAND_OFF or self.valid_notice() is not None

    def valid_notice(self) -> date | None:
        """The day of the collection notice that a hand-off may rest on: sent, its deadline gone, not too old, and
        for all that is owed."""
        kind = self.facts.debtor_kind
        for step in self.policy.steps:
            if step.kind is StepKind.COLLECTION_NOTICE:
                progress = self.of(step.id)
                sent = self.calendar.local_date(progress.sent)
                passed = progress.deadline is not None and progress.deadline < self.today
                in_time = self.today <= self.law.notice_expires(sent, kind)
                if progress.reached and passed and in_time and self._covered(step):
                    return sent
        return None

    def _covered(self, step: Step) -> bool:
        notice = self.heard_of(step)
        return notice is not None and notices.covers(notice, self.facts)

    def heard_of(self, step: Step) -> Delivery | None:
        """The last message of a step in this round that whoever is written to now has had."""
        had = told.heard_by(self.addressee, self.deliveries.get(step.id, {}).values())
        return max((d for d in had if self.stands(d, step)), key=lambda d: d.sent_at, default=None)

    def renewed(self) -> bool:
        """Whether the notice of this due date was renewed already."""
        return notices.renewed(self.policy, self.law, self.facts, told.heard_by(self.addressee, self.sent))


def is_invoice_step(policy: Policy, step_id: str) -> bool:
    """Whether the step brings the invoice itself, which goes out once, whatever the round."""
    position = policy.index.get(step_id)
    return position is not None and policy.steps[position].message == "invoice"
