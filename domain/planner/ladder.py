"""The walk over a policy's steps: which are behind, which was begun, which comes next, and how early it may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from domain.agreements import direct_debit, instalments, promises
from domain.agreements.instalments import PlanState
from domain.countries.law import Law
from domain.planner import joint_message, notices, told
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts, Companion, Contact, Delivery, DeliveryState, Plan
from domain.planner.evidence import STANDS, read_moment
from domain.planner.occasions import Occasion, OccasionKind, chance_until, draw_ends, is_occasion, occasions
from domain.policy.policy import AnchorBase, Policy, Step, StepKind
from domain.vocabulary import Channel

AMBIGUOUS_WAIT = timedelta(minutes=15)  # how long a claim without an answer waits for a provider event
REPEAT_WAIT = timedelta(minutes=1)  # what is safe to repeat is not ambiguous for long
AMBIGUOUS_ATTEMPTS = 3  # a notice that stays without an answer goes out again at most this often
UNAVAILABLE_RETRY = timedelta(hours=1)  # how long an unavailable provider is left alone
UNAVAILABLE_LIMIT = timedelta(hours=24)  # after this the next channel is used
RECENTLY = timedelta(days=180)  # an address counts as recently used when the debtor wrote from it within this
BANK_DATA_MAX_AGE_BANKING_DAYS = 2  # older bank data is stale, whatever the deadline
HARD = (StepKind.COLLECTION_NOTICE, StepKind.BLOCK, StepKind.HAND_OFF)
REPLY_PAUSE_BANKING_DAYS = 5  # how long what a debtor wrote may lie unread before hard steps go on
DEFAULT_CLOCK = time(9)
APPROVAL_BANKING_DAYS = 5  # how long a person may take over an approval before it is flagged as overdue
MAY_BE_SENT = (*STANDS, DeliveryState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step has come: what later steps count from, and what is still to do."""

    sent: datetime  # the first lawful send, or the planned moment of a step that was skipped or missed
    deadline: date | None = None
    reached: bool = False  # a message stands: sent and not failed
    unposted: bool = False  # a letter whose posting the printer has not confirmed
    action: Action | None = None  # the step's own next act; None when the step is finished


class Ladder:
    """One walk over the policy's steps with the facts in hand."""

    def __init__(self, policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> None:
        self.policy, self.law, self.facts, self.now = policy, law, facts, now
        self.calendar = law.calendar
        self.due = law.effective_due(facts.due_date)
        self.sent = told.messages(policy, law, facts)
        self.heard = told.last_heard(self.sent)
        self.progress: dict[str, Progress] = {}
        self.deliveries: dict[str, dict[Channel, Delivery]] = {}
        self.alerts: dict[str, dict[Channel, Delivery]] = {}
        self.left_out: dict[str, str] = {}  # steps that will not happen, each with the reason
        self.why_not: dict[str, str] = {}  # what keeps a step from beginning, until its time is over
        for delivery in sorted(self.sent, key=self._weight):
            once = is_invoice_step(policy, delivery.step) or is_occasion(delivery.step)
            if once or delivery.round == facts.round:
                book = self.alerts if delivery.alert else self.deliveries
                book.setdefault(delivery.step, {})[delivery.channel] = delivery

    def _weight(self, delivery: Delivery) -> tuple[bool, datetime, str]:
        """Of two deliveries of the same step and channel this round's counts, else the newer; in whatever order they come."""
        return delivery.round == self.facts.round, delivery.claimed_at, delivery.state

    def next(self) -> Action:
        """The next act: what happened is spoken of first, then a promise or plan is waited for, then the steps go on."""
        onward = self._resting() or self._of_the_policy()
        onward = replace(onward, left_out=tuple(self.left_out.items()))
        for occasion in occasions(self.facts, self.calendar, self.calendar.local_date(self.now), self.policy.tolerance):
            action = self._speak_of(occasion)
            if action is None:
                continue
            if not self._goes_before(onward, action, begun=occasion.step.id in self.deliveries):
                return action
            onward = replace(onward, flag=onward.flag or action.flag)
        return onward

    def _goes_before(self, onward: Action, occasion: Action, *, begun: bool) -> bool:
        """Whether what comes next anyway comes first: nothing hard does, before an occasion that is not yet spoken of."""
        harmless = onward.kind in (ActionKind.WAIT, ActionKind.END_PLAN)
        if onward.at is None:
            return False
        earlier = occasion.at is None or onward.at < occasion.at  # one that waits for a person has no time
        return earlier and (begun or harmless)

    def _speak_of(self, occasion: Occasion) -> Action | None:
        """The next message about something that happened; None when it is done or nobody can be reached."""
        step = occasion.step
        if used := self.deliveries.get(step.id):
            return self._chain(step, used)
        channel = next((c for c in step.channels if self._usable(step, c)), None)
        if channel is None:
            return None
        return self._deliver(step, channel, self.calendar.at(occasion.day, DEFAULT_CLOCK), occasion.why)

    @property
    def minor(self) -> bool:
        """Whether the debtor is a minor today."""
        return self.law.is_minor(self.facts.born, self.calendar.local_date(self.now))

    def _resting(self) -> Action | None:
        """What a promise or an instalment plan makes the case wait for; None when there is neither."""
        facts, today = self.facts, self.calendar.local_date(self.now)
        if facts.plan is not None:
            return self._plan(facts.plan, today)
        promise = promises.standing(facts.promises, today, facts.bank_data_through, self.policy.tolerance)
        if promise.open_until is not None:
            goes_on = self.calendar.at(promise.open_until + timedelta(days=1), DEFAULT_CLOCK)
            return wait(f"promised to pay by {promise.open_until}", at=goes_on)
        if promise.waits_for_bank_data:
            return self._wait_for_bank_data("the promise to pay", today)
        return None

    def _plan(self, plan: Plan, today: date) -> Action:
        """What an instalment plan waits for, and its end when it is broken."""
        facts = self.facts
        chance = chance_until(facts)
        if chance is None and self._speak_of(Occasion(OccasionKind.PLAN_BROKEN, str(plan.id), today)) is None:
            chance = plan.instalments[0].due_on  # nobody can be reached: the grace days are the chance
        standing = instalments.standing(
            plan.instalments, plan.paid, today, self.calendar, facts.bank_data_through, chance, self.policy.tolerance
        )
        match standing.state:
            case PlanState.BREACHED | PlanState.BROKEN | PlanState.WAITING if last := draw_ends(
                facts, self.calendar, today
            ):
                goes_on = self.calendar.at(last + timedelta(days=1), DEFAULT_CLOCK)
                return wait("a direct-debit claim of the plan is pending", at=goes_on)
            case PlanState.KEPT | PlanState.BROKEN:
                why = f"the instalment plan was {standing.state.value}"
                return Action(ActionKind.END_PLAN, why, at=self.now)
            case PlanState.WAITING:
                return self._wait_for_bank_data("the instalment plan", today)
        coming = standing.next
        what = f"{coming.amount} due {coming.due_on}" if coming else "nothing"
        day = standing.changes_on
        at = self.calendar.at(day, DEFAULT_CLOCK) if day else None
        return wait(f"instalment plan, next: {what}", at=at)

    def _wait_for_bank_data(self, what: str, today: date) -> Action:
        through = self.facts.bank_data_through
        known = f"imported through {through}" if through else "not imported"
        next_day = self.calendar.add_banking_days(today + timedelta(days=1), 0)
        at = self.calendar.at(next_day, DEFAULT_CLOCK)
        return wait(f"bank data is {known}: {what} may have been kept", at=at, flag="bank data stale")

    def _of_the_policy(self) -> Action:
        """The next act of the policy's steps: of the one that was begun, or of the one that follows."""
        barred, today = notices.barred_after(self.law, self.facts), self.calendar.local_date(self.now)
        if today > barred:
            return self._decide("limitation", f"the claim was barred by limitation after {barred}", "limitation")
        steps = self.policy.steps
        position = self._last_touched()
        for step in steps[:position]:
            self.progress[step.id] = self._progress(step)
        begun = steps[position - 1] if position else None
        unfinished = self.progress[begun.id].action if begun else None
        if begun is None or begun.kind is StepKind.MESSAGE:
            unfinished = self._first_reminder_begun() or unfinished
        if unfinished is None:
            return self._onward(position)
        if begun is not None and begun.kind is not StepKind.MESSAGE:
            return unfinished
        onward = self._onward(position)
        if onward.at is None or (unfinished.at is not None and unfinished.at < onward.at):
            return unfinished
        if unfinished.kind is ActionKind.DELIVER:
            self.left_out[steps[position - 1].id] = f"{onward.step} comes before its next message"
        return replace(onward, flag=onward.flag or unfinished.flag)  # the step that was begun is left behind

    def _onward(self, position: int) -> Action:
        """The first act of the steps after those that were begun."""
        steps, begun = self.policy.steps, position
        while (position := self._joining(position)) < len(steps):
            step = steps[position]
            action = self._before_hard(step, steps[begun:position]) or self._begin(step, self._planned(step))
            if action is not None:
                upto = self.policy.index.get(action.step or "", position)
                self._leave_out(steps[begun:upto], f"{steps[upto].id} has come")
                return action
            self.progress[step.id] = self._missed(step)
            position += 1
        self._leave_out(steps[begun:], "every step is over")
        return Action(ActionKind.CLOSE, "every step of the policy is done", outcome="ladder finished")

    # --- where the case stands ------------------------------------------------------------------------------

    def _last_touched(self) -> int:
        """How many steps are behind: up to and with the last one that was begun."""
        for index in range(len(self.policy.steps), 0, -1):
            step = self.policy.steps[index - 1]
            blocked = step.kind is StepKind.BLOCK and self.facts.blocked
            if step.id in self.deliveries or ("call", step.id) in self.facts.tasks or blocked:
                return index
        return 0

    def _joining(self, position: int) -> int:
        """The step to take up: the latest that is due (earlier ones are missed), else the first ahead; none: the end."""
        steps, facts, joining = self.policy.steps, self.facts, None
        for index in range(position, len(steps)) if facts.send_now else ():
            if self._asked(steps[index]):
                for missed in steps[position:index]:
                    self.progress.setdefault(missed.id, self._missed(missed))
                return index
        for index in range(position, len(steps)):
            step = steps[index]
            if step.id in facts.skipped or not self._applies(step):
                self.progress[step.id] = self._missed(step)
                continue
            if self._planned(step) > self.now:
                return index if joining is None else joining
            self.progress[step.id] = self._missed(step)
            if self.heard is None and step.message == "due-date-reminder" and joining is not None:
                continue  # the invoice itself is what was not heard of
            joining = index
            if step.kind is StepKind.COLLECTION_NOTICE:
                return index  # never jumped over: a hand-off needs it
        return len(steps) if joining is None else joining

    def _leave_out(self, passed: Sequence[Step], why: str) -> None:
        """Note the steps that were passed over after their time, except where the plan itself leaves them out."""
        for step in passed:
            if step.id in self.facts.skipped:
                self.why_not[step.id] = "skipped by a person"
            elif not self._applies(step):
                continue
            if self._planned(step) <= self.now:
                self.left_out.setdefault(step.id, self.why_not.get(step.id, why))

    def _before_hard(self, step: Step, passed: Sequence[Step]) -> Action | None:
        """The free reminder before a step that costs or threatens: where nothing was heard, or not since a reminder
        among the steps that were `passed` over would have come."""
        if not told.is_hard(step):
            return None
        late = [s for s in passed if s.message == "reminder" and s.id not in self.facts.skipped and self._applies(s)]
        late = [s for s in late if self._planned(s) <= self.now]
        if self.heard is not None and all(self._planned(s) <= self.heard for s in late):
            return None
        for own in reversed(late):
            if not told.is_hard(own) and (action := self._begin(own, self._planned(own))):
                return action
        reminder = told.first_reminder(self.facts.round)
        if used := self.deliveries.get(reminder.id):
            return self._chain(reminder, used) or self._unreached(step, reminder)
        channel = next((c for c in reminder.channels if self._usable(reminder, c)), None)
        if channel is None:
            return None
        at, _ = self._earliest(reminder, self._planned(step))
        return self._deliver(reminder, channel, at, "a free reminder comes before anything that costs")

    def _first_reminder_begun(self) -> Action | None:
        """What is left of the free reminder that no policy writes, until a later message has followed it."""
        reminder = told.first_reminder(self.facts.round)
        used = self.deliveries.get(reminder.id)
        if not used:
            return None
        latest = max(d.claimed_at for d in used.values())
        followed = any(d.claimed_at > latest and d.step != reminder.id and not d.alert for d in self.facts.deliveries)
        return None if followed else self._chain(reminder, used)

    def _asked(self, step: Step) -> bool:
        """Whether a person wants the step at once; a hand-off only when a collection notice allows it."""
        if step.id not in self.facts.send_now:
            return False
        return step.kind is not StepKind.HAND_OFF or self._valid_notice() is not None

    def _applies(self, step: Step) -> bool:
        return step.balance_at_least is None or self.facts.undisputed >= step.balance_at_least

    def _missed(self, step: Step) -> Progress:
        """A step that is skipped or missed counts from its planned day."""
        planned = self._planned(step)
        deadline = None
        if step.deadline_days is not None:
            deadline = self._deadline_from(self.calendar.local_date(planned), step)
        return Progress(planned, deadline)

    # --- when ----------------------------------------------------------------------------------------------

    def _planned(self, step: Step) -> datetime:
        anchor = step.at
        if anchor.base is AnchorBase.ISSUE_DATE:
            day = self.facts.issue_date
        elif anchor.base is AnchorBase.DUE_DATE:
            day = self.due
        else:
            before = self._progress_of(anchor.step or "")
            if anchor.base is AnchorBase.STEP_DEADLINE and before.deadline is not None:
                day = before.deadline
            else:
                day = self.calendar.local_date(before.sent)
        if anchor.banking:
            day = self.calendar.add_banking_days(day, anchor.days)
        elif anchor.days:
            day += timedelta(days=anchor.days)
        return self.calendar.at(day, anchor.clock or DEFAULT_CLOCK) + self._spread()

    def _progress_of(self, step_id: str) -> Progress:
        known = self.progress.get(step_id)
        if known is None:
            known = self._missed(self.policy.steps[self.policy.index[step_id]])
            self.progress[step_id] = known
        return known

    def _spread(self) -> timedelta:
        window = int(self.policy.spread.total_seconds())
        return timedelta(seconds=self.facts.spread_seed % window) if window else timedelta(0)

    def _contact_time(self, moment: datetime) -> datetime:
        """The moment itself inside contact hours, else the next opening, spread over the window."""
        opening = self.calendar.next_contact_time(moment, self.law.contact_hours)
        if opening <= moment:
            return moment
        return self.calendar.next_contact_time(opening + self._spread(), self.law.contact_hours)

    def _deadline_from(self, day: date, step: Step) -> date:
        """The first banking day on or after `day` + the step's deadline."""
        return self.calendar.banking_day_on_or_after(day + timedelta(days=step.deadline_days or 0))

    # --- a step that was begun -----------------------------------------------------------------------------

    def _progress(self, step: Step) -> Progress:
        used = self.deliveries.get(step.id)
        if not used:
            return self._missed(step)
        done = not all(d.ours for d in used.values())  # before us: the next step follows, no other channel, no copy
        action = None if done else self._chain(step, used) if step.chain else self._all(step, used)
        standing = [d for d in used.values() if self._stands(d, step)]
        if not standing:
            action = action or self._unreached(step)
            if action is None:
                self.left_out[step.id] = f"reached nobody: {', '.join(d.channel for d in used.values())}"
            return replace(self._missed(step), action=action)
        first = min(d.sent_at for d in standing)
        last = max(standing, key=lambda d: d.sent_at)
        deadline = self._deadline(last, step)
        unposted = last.channel.rule.by_post and last.posted_on is None and last.state is not DeliveryState.SHADOW
        return Progress(
            first, deadline, reached=True, unposted=unposted, action=action or (None if done else self._alert(step))
        )

    def _stands(self, delivery: Delivery, step: Step) -> bool:
        return delivery.state in STANDS or delivery.read_at is not None or self._assumed_sent(delivery, step)

    def _assumed_sent(self, delivery: Delivery, step: Step) -> bool:
        if delivery.state is not DeliveryState.CLAIMED or self.now < delivery.claimed_at + AMBIGUOUS_WAIT:
            return False
        if delivery.channel.rule.safe_to_repeat:
            return False
        return step.on_ambiguous == "assume sent" or delivery.alert or delivery.attempt >= AMBIGUOUS_ATTEMPTS

    def _deadline(self, last: Delivery, step: Step) -> date | None:
        """The step's deadline: from the last channel used; for a letter from its posting and days in transit."""
        if step.deadline_days is None:
            return None
        if last.channel.rule.by_post:
            start = last.posted_on or self.calendar.local_date(last.sent_at)
            start = self.calendar.add_banking_days(start, self.law.letter_transit_days)
        else:
            start = self.calendar.local_date(last.sent_at)
        counted = self._deadline_from(start, step)
        return counted if last.deadline is None else max(counted, last.deadline)

    def _chain(self, step: Step, used: dict[Channel, Delivery]) -> Action | None:
        """The next act of a step that goes from channel to channel until one is read; None when it is done."""
        at, why = self._planned(step), ""
        for channel in step.channels:
            delivery = used.get(channel)
            if delivery is None:
                if self._usable(step, channel):
                    at, why = self._after_kind_words(step, at, why or "the channels before it did not reach the debtor")
                    if self._too_late(step, at):
                        self.left_out[step.id] = f"it would be too late: {why}"
                        return None
                    return self._deliver(step, channel, at, why)
                continue
            unsettled = self._unsettled(step, delivery)
            if unsettled:
                return unsettled
            sent = delivery.sent_at
            if not self._stands(delivery, step):
                at, why = sent, f"{delivery.channel} failed"
                continue
            at = sent + (step.read_within or timedelta(0))
            read = read_moment(delivery, step, self.law)
            if channel.rule.by_post or (read is not None and read <= max(self.now, at)):
                return None
            why = f"{channel} not read within {_in_words(step.read_within)}"
        return None

    def _after_kind_words(self, step: Step, at: datetime, why: str) -> tuple[datetime, str]:
        """What is left of a step that was begun keeps its distance from a message about what happened since."""
        spoken = [
            self.calendar.local_date(d.sent_at)
            for d in self.facts.deliveries
            if is_occasion(d.step) and d.state in MAY_BE_SENT
        ]
        if is_occasion(step.id) or step.id in self.facts.send_now or not spoken:
            return at, why
        days = self.policy.min_gap_days
        return self._later_of(at, why, max(spoken) + timedelta(days=days), f"at least {days} days between messages")

    def _all(self, step: Step, used: dict[Channel, Delivery]) -> Action | None:
        """The next act of a step that sends through all its channels."""
        began = max(d.claimed_at for d in used.values())
        for channel in step.channels:
            if channel not in used and self._usable(step, channel):
                return self._deliver(step, channel, began, "sent through every channel of the step")
        unsettled = (self._unsettled(step, used[channel]) for channel in step.channels if channel in used)
        return next((action for action in unsettled if action), None)

    def _unsettled(self, step: Step, delivery: Delivery) -> Action | None:
        """What a delivery without a clear answer waits for; None when it stands or has failed."""
        if delivery.state is DeliveryState.CLAIMED and not self._assumed_sent(delivery, step):
            until = delivery.claimed_at + (REPEAT_WAIT if delivery.channel.rule.safe_to_repeat else AMBIGUOUS_WAIT)
            if self.now < until:
                return wait(
                    f"{delivery.channel} has no answer: waiting for the provider's event", at=until, step=step.id
                )
            why = "no answer and no event: sent again"
            return self._deliver(step, delivery.channel, until, why, alert=delivery.alert, again=True)
        gives_up = step.chain or delivery.alert  # where a step has no next channel, only trying again is left
        if delivery.state is DeliveryState.UNAVAILABLE and not (gives_up and self._given_up(delivery)):
            again = (delivery.unavailable_at or delivery.claimed_at) + UNAVAILABLE_RETRY
            why = "the provider was unavailable: tried again"
            return self._deliver(step, delivery.channel, again, why, alert=delivery.alert, again=True)
        return None

    def _given_up(self, delivery: Delivery) -> bool:
        since = delivery.first_unavailable_at or delivery.claimed_at
        return self.now >= since + UNAVAILABLE_LIMIT

    def _alert(self, step: Step) -> Action | None:
        """The copies that follow a step's message: at once, once each, and they prove nothing."""
        sent = self.alerts.get(step.id, {})
        since = max((d.claimed_at for d in self.deliveries.get(step.id, {}).values()), default=self.now)
        for channel in step.alert:
            delivery = sent.get(channel)
            if delivery is None:
                if self._has_contact(channel) and channel not in self.facts.stopped_channels:
                    return self._deliver(step, channel, since, "alerts to the letter", alert=True)
            elif unsettled := self._unsettled(step, delivery):
                return unsettled
        return None

    def _unreached(self, step: Step, tried: Step | None = None) -> Action | None:
        """A notice that reached nobody needs an address; a message that reached nobody is over.

        `tried` is what failed, where that is not the notice itself but the reminder before it.
        """
        if step.kind is not StepKind.COLLECTION_NOTICE or self.policy.shadow:
            return None
        tried = tried or step
        if ("address", step.id) in self.facts.tasks:
            used = self.deliveries.get(tried.id)
            if used and any(self._usable(tried, channel) for channel in tried.channels):
                last = self.calendar.local_date(max(d.claimed_at for d in used.values()))
                again = self.calendar.at(last + timedelta(days=self.policy.min_gap_days), DEFAULT_CLOCK)
                why = "it came back and there is an address: a new round, with full deadlines"
                return Action(ActionKind.NEW_ROUND, why, at=max(self.now, again), step=step.id)
            return wait("no address works for the collection notice", step=step.id, flag="no address")
        return Action(
            ActionKind.OPEN_ADDRESS_TASK, "no address works for the collection notice", at=self.now, step=step.id
        )

    # --- a step that begins --------------------------------------------------------------------------------

    def _begin(self, step: Step, planned: datetime) -> Action | None:
        """The first act of a step, or None when the step is missed: too late, or nobody to reach."""
        asked = self._asked(step)
        at, why = self._as_told(step, self.now, "asked for now") if asked else self._earliest(step, planned)
        if self._too_late(step, at):
            self.left_out[step.id] = f"it would be too late: {why}"
            return None
        if step.at.base in (AnchorBase.STEP_DEADLINE, AnchorBase.STEP_SENT):
            before = self._progress_of(step.at.step or "")
            if before.unposted and at <= self.now:
                return wait(
                    f"the letter of {step.at.step} is not confirmed as posted", step=step.id, flag="letter not posted"
                )
        if step.kind is StepKind.HAND_OFF:
            return self._hand_off(step, at, why)
        if step.kind is StepKind.COLLECTION_NOTICE and not asked and self._renewed():
            return self._decide(step.id, "the notice was renewed once already", "notice renewed")
        if step.kind is StepKind.CALL:
            return self._call(step, at, why)
        if step.kind is StepKind.BLOCK:
            return self._block(step, at, why)
        if self.heard is None and step.kind is StepKind.MESSAGE and told.threatens(step):
            self.why_not[step.id] = "nothing was heard of the claim"
            return None
        channel = next((c for c in step.channels if self._usable(step, c)), None)
        if channel is None:
            self.why_not[step.id] = self._nobody_to_reach(step)
            waits = at > self.now and step.kind is not StepKind.MESSAGE
            return wait(why, at=at, step=step.id) if waits else self._unreached(step)
        return self._deliver(step, channel, at, why)

    def _too_late(self, step: Step, at: datetime) -> bool:
        """Whether a message is rather not sent at all than at a moment: its plan says how late it may be."""
        if step.not_after_days is None or step.kind is not StepKind.MESSAGE or self._asked(step):
            return False
        last_day = self.calendar.local_date(self._planned(step)) + timedelta(days=step.not_after_days)
        return self.calendar.local_date(self._contact_time(max(at, self.now))) > last_day

    def _as_told(self, step: Step, at: datetime, why: str) -> tuple[datetime, str]:
        """Not before the deadlines are past that the debtor was given, whatever the step counts from.

        A step that a person asked for waits for no money on its way after them.
        """
        last = self._deadline_told(step)
        if last is None:
            return at, why
        day = last + timedelta(days=1) if self._asked(step) else told.day_after(self.law, last, step)
        return self._later_of(at, why, day, f"the debtor was given until {last}")

    def _deadline_told(self, step: Step) -> date | None:
        if not told.keeps_deadlines(step):
            return None
        return told.latest_deadline(self.policy, self.law, self.sent, but=(self.facts.round, step.id))

    def _earliest(self, step: Step, planned: datetime) -> tuple[datetime, str]:
        """When a step may begin: its plan, and whatever keeps it later, with the reason that decided."""
        at, why = self._as_told(step, planned, f"{step.id} is planned")
        facts = self.facts
        if facts.not_before is not None:
            at, why = self._later_of(at, why, facts.not_before, "new days after a rejected dispute")
        spoken = [d.sent_at for d in self.sent if not d.alert and d.state in MAY_BE_SENT]
        if spoken and self.policy.min_gap_days:
            gap_ends = self.calendar.local_date(max(spoken)) + timedelta(days=self.policy.min_gap_days)
            at, why = self._later_of(at, why, gap_ends, f"at least {self.policy.min_gap_days} days between messages")
        if step.message != "invoice" and facts.claim_due is not None:
            # Claims are found failed the day after their grace, and that is news: a day later it would have come.
            settled = direct_debit.grace_ends(self.calendar, self.law.effective_due(facts.claim_due))
            at, why = self._later_of(
                at, why, self.calendar.add_banking_days(settled, 2), "a direct-debit claim is pending"
            )
        return at, why

    def _later_of(self, at: datetime, why: str, day: date, reason: str) -> tuple[datetime, str]:
        opening = self.calendar.at(day, DEFAULT_CLOCK) + self._spread()
        return (opening, reason) if self.calendar.local_date(at) < day else (at, why)

    def _in_company(self, step: Step, own: Companion, why: str) -> tuple[datetime, datetime, str] | None:
        """The message's own moment, when it leaves in the company of all that the debtor gets, and why.

        Joining never makes it too late; None when the cap does.
        """
        day = joint_message.told_on(self.facts.told_of_others, own.message, self.calendar)
        if day is not None and self.calendar.local_date(own.at) <= day:
            opening = self.calendar.at(day + timedelta(days=1), DEFAULT_CLOCK) + self._spread()
            own = replace(own, at=self._contact_time(opening))
            why = "the debtor got this message about another invoice the day before"
        at = joint_message.leaves_at(own, self.facts.companions, self.policy.merge_within_days, self.calendar)
        if self._too_late(step, at):
            at = own.at
        if at > own.at:
            why = "joins the debtor's other invoices in one message"
        if step.kind is StepKind.MESSAGE and own.message != joint_message.NOTICE_ALERT:
            cap = self.policy.contact_cap
            free = joint_message.free_under(cap, self.facts.recent_contacts, max(at, self.now))
            if free > max(at, self.now):
                at, why = self._contact_time(free), f"at most {cap.count} messages in {cap.days} days"
        if self._too_late(step, at):
            self.left_out[step.id] = why
            return None
        return own.at, at, why

    def _deliver(
        self,
        step: Step,
        channel: Channel,
        at: datetime,
        why: str,
        *,
        alert: bool = False,
        again: bool = False,
    ) -> Action | None:
        """Send through the channel at its time, or what stands in the way; None when it would be too late.

        `at` is the message's own moment, past or ahead; one that is sent again waits for no other.
        """
        if self.facts.not_before is not None and step.id not in self.facts.send_now:
            at, why = self._later_of(at, why, self.facts.not_before, "new days after a rejected dispute")
        if step.kind is StepKind.COLLECTION_NOTICE:
            at = max(at, self.calendar.at(self.due + timedelta(days=1), time(0)))
        own = at = self._contact_time(at)
        if not (again or is_occasion(step.id) or step.id in self.facts.send_now):
            message = joint_message.NOTICE_ALERT if alert else step.message
            leaves = self._in_company(step, Companion(message, channel, own), why)
            if leaves is None:
                return None
            own, at, why = leaves
        at = self._contact_time(max(at, self.now))
        if at <= self.now:
            if step.kind is StepKind.COLLECTION_NOTICE:
                sender = self.law.notice_sender(self.calendar.local_date(self.now))
                if sender != "creditor":
                    why = f"the law gives collection notices to a {sender}: not sent"
                    return wait(why, step=step.id, flag="step unlawful")
            if channel in self.facts.stopped_channels:
                return wait(f"stop switch: channel {channel}", step=step.id)
            if not alert and (unread := self._unread_reply(step)):
                return unread
            if not alert and not is_occasion(step.id) and (stale := self._stale_bank_data(step)):
                return stale
            if step.fee.kind != "none" and not alert:
                self.law.statutory_fee(self.calendar.local_date(self.now))  # a missing row stops the send
            if self.policy.interest == "statutory" and step.kind is StepKind.COLLECTION_NOTICE and not alert:
                for day in (self.due + timedelta(days=1), self.calendar.local_date(self.now)):
                    self.law.interest_rate(day)  # here too
            if channel.rule.by_post and self.facts.protected_address and step.id not in self.facts.send_now:
                return wait(
                    "protected address: a person approves each letter (send now)",
                    step=step.id,
                    flag="protected address",
                )
        return Action(ActionKind.DELIVER, why, at=at, step=step.id, channel=channel, alert=alert, own_at=own)

    def _call(self, step: Step, at: datetime, why: str) -> Action | None:
        if self.minor or self.policy.shadow:
            self.why_not[step.id] = "nobody is called: a minor" if self.minor else "a shadow calls nobody"
            return None
        at = self._contact_time(max(at, self.now))
        if at <= self.now and (stale := self._stale_bank_data(step)):
            return stale
        return Action(ActionKind.OPEN_CALL_TASK, why, at=at, step=step.id, channel=Channel.PHONE)

    def _block(self, step: Step, at: datetime, why: str) -> Action | None:
        """Blocking a service: after the warning's deadline, on fresh bank data, and never while a part is disputed."""
        if self.policy.shadow:
            return None
        at = self._contact_time(max(at, self.now))
        if at <= self.now:
            if not self._warned_of_the_block():
                self.why_not[step.id] = "no warning reached the debtor in time"
                return None
            if self.facts.disputed_amount:
                return wait("a part is disputed: the service is not blocked", step=step.id, flag="disputed")
            if held_back := self._unread_reply(step) or self._stale_bank_data(step):
                return held_back
        return Action(ActionKind.BLOCK_SERVICE, why, at=at, step=step.id)

    def _warned_of_the_block(self) -> bool:
        """Whether a warning reached the debtor, and the days that the law gives before a block have passed."""
        today, days = self.calendar.local_date(self.now), self.law.service_block_days(self.facts.debtor_kind)
        for step in self.policy.steps:
            progress = self.progress.get(step.id)
            if step.message == "block-warning" and (step.deadline_days or 0) >= days and progress:
                return progress.reached and progress.deadline is not None and progress.deadline < today
        return False

    def _unread_reply(self, step: Step) -> Action | None:
        """Nothing hard is done before somebody has read what the debtor wrote; for some banking days at most."""
        hard = step.fee.kind != "none" or step.kind in HARD
        if not hard or self.facts.unread_reply is None or step.id in self.facts.send_now:
            return None
        last = self.calendar.add_banking_days(
            self.calendar.local_date(self.facts.unread_reply), REPLY_PAUSE_BANKING_DAYS
        )
        goes_on = self.calendar.at(last, DEFAULT_CLOCK)
        if self.now >= goes_on:
            return None
        return wait("the debtor has written: somebody reads it first", at=goes_on, step=step.id, flag="reply unread")

    def _stale_bank_data(self, step: Step) -> Action | None:
        """After the due date nothing is done while payments may lie unseen in a bank file not yet imported."""
        today = self.calendar.local_date(self.now)
        if today <= self.due:
            return None
        deadline = max(self.due, self._deadline_told(step) or self.due)
        if step.at.base is AnchorBase.STEP_DEADLINE:
            deadline = max(deadline, self._progress_of(step.at.step or "").deadline or self.due)
        freshest = self.calendar.add_banking_days(today, -BANK_DATA_MAX_AGE_BANKING_DAYS)
        needed = max(min(deadline, today), freshest)
        through = self.facts.bank_data_through
        if through is not None and through >= needed:
            return None
        known = f"imported through {through}" if through else "not imported"
        return wait(
            f"bank data is {known}, {step.id} needs it through {needed}",
            at=self.calendar.at(self.calendar.add_banking_days(today + timedelta(days=1), 0), DEFAULT_CLOCK),
            step=step.id,
            flag="bank data stale",
        )

    # --- who can be reached --------------------------------------------------------------------------------

    def _has_contact(self, channel: Channel) -> Contact | None:
        if self.minor and not channel.rule.by_post:
            return None
        return next((c for c in self.facts.contacts if c.channel is channel and c.usable), None)

    def _usable(self, step: Step, channel: Channel) -> bool:
        """Whether the step may use the channel: an address that works, and the form the law asks for."""
        contact = self._has_contact(channel)
        if contact is None:
            return False
        formal = step.kind is StepKind.COLLECTION_NOTICE or step.fee.kind != "none"
        if not formal or channel in self.law.formal_channels:
            return True
        if channel not in self.law.conditional_formal_channels or contact.wrote_from_at is None:
            return False
        return self.now - contact.wrote_from_at <= RECENTLY

    def _nobody_to_reach(self, step: Step) -> str:
        """Why no channel of a step can be used: no address at all, or none in the form that the law asks for."""
        wanted = ", ".join(step.channels)
        if any(self._has_contact(channel) for channel in told.any_means()):
            return f"no address for {wanted}, and it may go by nothing else"
        return f"nobody to reach: no address for {wanted}"

    # --- the end -------------------------------------------------------------------------------------------

    def _hand_off(self, step: Step, at: datetime, why: str) -> Action:
        """The gate: a valid notice, fresh bank data, principal left, and a person's approval."""
        at = self._contact_time(max(at, self.now))
        if at > self.now:
            return Action(ActionKind.HAND_OFF, why, at=at, step=step.id)
        if self.policy.shadow:
            return Action(ActionKind.CLOSE, "a shadow hands nothing off", outcome="shadow finished")
        if self.facts.principal <= 0:
            return Action(
                ActionKind.WRITE_OFF, "only fees are left: written off, never handed off", at=at, step=step.id
            )
        notice = self._valid_notice()
        if notice is None and self._renewed():
            return self._decide(step.id, "no collection notice is valid, and it was renewed already", "notice renewed")
        if notice is None:
            why = "no collection notice is valid for all that is owed: a new one is sent"
            return Action(ActionKind.NEW_ROUND, why, at=at, step=step.id)
        if self.facts.disputed_amount:
            return wait("a part is disputed: nothing is handed off", step=step.id, flag="disputed")
        if held_back := self._unread_reply(step) or self._stale_bank_data(step):
            return held_back
        if step.approval or self.facts.protected_address:
            if self.facts.approval == "rejected":
                return wait("the hand-off was rejected by a person", step=step.id, flag="hand-off rejected")
            if self.facts.approval != "approved":
                if ("approval", step.id) in self.facts.tasks:
                    return self._approval_awaited(step, notice)
                return Action(ActionKind.REQUEST_APPROVAL, "a person approves the hand-off", at=at, step=step.id)
        return Action(ActionKind.HAND_OFF, "nothing helped: handed off to collection", at=at, step=step.id)

    def _approval_awaited(self, step: Step, notice: date) -> Action:
        """A person has been asked: flagged at once, and otherwise when nobody answers, until the notice is too old."""
        expires = self.calendar.at(self.law.notice_expires(notice) + timedelta(days=1), DEFAULT_CLOCK)
        why = "waiting for a person to approve the hand-off"
        if self.facts.approval_asked_at is None:
            return wait(why, at=expires, step=step.id, flag="approval waiting")
        asked = self.calendar.local_date(self.facts.approval_asked_at)
        overdue = self.calendar.at(self.calendar.add_banking_days(asked, APPROVAL_BANKING_DAYS), DEFAULT_CLOCK)
        if self.now < overdue:
            return wait(why, at=min(overdue, expires), step=step.id, flag="approval waiting")
        why = f"nobody has approved or rejected the hand-off since {asked}"
        return wait(why, at=expires, step=step.id, flag="approval overdue")

    def _valid_notice(self) -> date | None:
        """The day of the collection notice that a hand-off may rest on: sent, its deadline gone, not too old, and
        for all that is owed."""
        today = self.calendar.local_date(self.now)
        for step in self.policy.steps:
            if step.kind is StepKind.COLLECTION_NOTICE and (progress := self.progress.get(step.id)):
                sent = self.calendar.local_date(progress.sent)
                passed = progress.deadline is not None and progress.deadline < today
                if progress.reached and passed and today <= self.law.notice_expires(sent) and self._covered(step):
                    return sent
        return None

    def _covered(self, step: Step) -> bool:
        standing = [d for d in self.deliveries[step.id].values() if self._stands(d, step)]
        return notices.covers(max(standing, key=lambda d: d.sent_at), self.facts)

    def _renewed(self) -> bool:
        return notices.renewed(self.policy, self.law, self.facts, self.sent)

    def _decide(self, step: str, why: str, flag: str) -> Action:
        """The plan has nothing more that it may do: a person decides."""
        if self.policy.shadow:
            return Action(ActionKind.CLOSE, why, outcome="shadow finished")
        if ("decision", step) in self.facts.tasks:
            return wait(f"{why}: a person decides", step=step, flag=flag)
        return Action(ActionKind.OPEN_DECISION_TASK, why, at=self.now, step=step)


def is_invoice_step(policy: Policy, step_id: str) -> bool:
    """Whether the step brings the invoice itself, which goes out once, whatever the round."""
    position = policy.index.get(step_id)
    return position is not None and policy.steps[position].message == "invoice"


def _in_words(span: timedelta | None) -> str:
    hours = int((span or timedelta(0)).total_seconds() // 3600)
    if hours % 24:
        return f"{hours} hours"
    return "1 day" if hours == 24 else f"{hours // 24} days"
