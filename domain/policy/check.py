"""Whether a policy's steps can be reached and are lawful, found before any invoice meets them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from operator import is_

import yaml

from domain.agreements.instalments import PlanRules
from domain.countries.fees import FeeRules, fee_of
from domain.countries.law import Law
from domain.countries.notices import Trade
from domain.countries.rows import LawMissing
from domain.located_yaml import Reader
from domain.money.amount import ZERO
from domain.planner import told
from domain.policy.policy import Anchor, AnchorBase, Step, StepKind
from domain.vocabulary import Channel, DebtorKind

_FORMAL = {
    "collection-notice": "a collection notice",
    "block-warning": "a block warning",
    "termination-warning": "a termination warning",
}
_OF_A_SERVICE = {StepKind.BLOCK: ("block-warning", "blocked"), StepKind.TERMINATE: ("termination-warning", "ended")}
_LAST_RESORT = {StepKind.TERMINATE: "a termination", StepKind.HAND_OFF: "a hand-off"}
_SAMPLE_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """A step with the place of each of its words; not `anchored` when its `at` could not be read."""

    step: Step
    node: yaml.Node
    words: Mapping[str, yaml.Node]
    anchored: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """The earliest day a step can be planned on, for each sample day of its root (issue or due date)."""

    root: AnchorBase
    days: tuple[date, ...]


def check_steps(
    reader: Reader,
    law: Law,
    on: date,
    debtor: DebtorKind,
    trade: Trade | None,
    plans: PlanRules,
    steps: Sequence[WrittenStep],
) -> None:
    """Report every step that is unreachable, out of order or unlawful on a day, for debtors of a kind and a trade.

    The law is as it holds under what the policy declares.

    A plan is judged over the due dates of the 400 days from `on`, with every message read at once: no real
    case is earlier, so what is never too early here is never too early at all.
    """
    _Check(reader, law, on, debtor, trade, plans, steps).run()


class _Check:
    def __init__(
        self,
        reader: Reader,
        law: Law,
        on: date,
        debtor: DebtorKind,
        trade: Trade | None,
        plans: PlanRules,
        steps: Sequence[WrittenStep],
    ) -> None:
        self.reader = reader
        self.law = law
        self.on = on
        self.debtor = debtor
        self.trade = trade
        self.plans_offered = plans.most_months > 0
        self.steps = steps
        self.by_id = {written.step.id: written.step for written in steps}
        self.samples = [on + day * _DAY for day in range(_SAMPLE_DAYS)]
        self.plans: dict[str, _Plan] = {}

    def run(self) -> None:
        for written in self.steps:
            plan = self._plan(written)
            if plan is not None:
                self.plans[written.step.id] = plan
        fees: list[Step] = []
        for position, written in enumerate(self.steps):
            earlier = self.steps[:position]
            self._check_time(written, earlier)
            step = written.step
            self._check_name(written)
            self._check_time_to_pay(written)
            self._check_when(written)
            if step.fee.kind != "none":
                self._check_fee(written, fees, earlier)
                fees.append(step)
            if step.fee.kind != "none" or step.kind is StepKind.COLLECTION_NOTICE:
                self._check_form(written)
            if step.kind is StepKind.COLLECTION_NOTICE:
                self._check_notice(written)
            if step.message in (warning for warning, _ in _OF_A_SERVICE.values()):
                self._check_form(written)
                self._check_service_warning(written)
            if step.kind in _OF_A_SERVICE:
                self._check_service(written, earlier)
            if step.kind in _LAST_RESORT:
                self._check_last_resort(written, earlier)
            if step.kind is StepKind.HAND_OFF:
                self._check_hand_off(written, earlier)

    def _plan(self, written: WrittenStep) -> _Plan | None:
        at = written.step.at
        if not written.anchored:
            return None
        if at.step is None:
            starts = map(self.law.effective_due, self.samples) if at.base is AnchorBase.DUE_DATE else self.samples
            return _Plan(at.base, tuple(self._moved(day, at) for day in starts))
        base = self.plans.get(at.step)
        deadline = self.by_id[at.step].deadline_days or 0
        if base is None:
            return None
        gap = deadline * _DAY if at.base is AnchorBase.STEP_DEADLINE else timedelta(0)
        return _Plan(base.root, tuple(self._moved(day + gap, at) for day in base.days))

    def _moved(self, day: date, at: Anchor) -> date:
        if at.banking:
            return self.law.calendar.add_banking_days(day, at.days)
        return day + at.days * _DAY

    def _check_time(self, written: WrittenStep, earlier: Sequence[WrittenStep]) -> None:
        step = written.step
        if not written.anchored:
            return
        place = written.words["at"]
        opens, closes = self.law.contact_hours.on(self.on).weekdays
        if step.at.clock is not None and not opens <= step.at.clock < closes:
            what = f"{step.at.clock:%H:%M} is outside the contact hours"
            self.reader.problem(place, what, f"write a time from {opens:%H:%M} to before {closes:%H:%M}")
        if step.at.base is AnchorBase.ISSUE_DATE and step.at.days < 0:
            what = "the step is unreachable: there is no invoice before its issue date"
            self.reader.problem(place, what, "write `issue date` or a later day")
        for other in earlier:
            if other.step.kind is StepKind.HAND_OFF:
                what = f"the step is unreachable: nothing follows the hand-off `{other.step.id}`"
                self.reader.problem(written.node, what, "move it above the hand-off")
        self._check_order(written, earlier)

    def _check_order(self, written: WrittenStep, earlier: Sequence[WrittenStep]) -> None:
        place = written.words["at"]
        plan = self.plans.get(written.step.id)
        rivals = [other.step for other in earlier if self._same_root(other.step, plan)]
        if plan is None or not rivals:
            return
        if all(mine < theirs for mine, theirs in zip(plan.days, self.plans[rivals[-1].id].days, strict=True)):
            what = f"`{written.step.id}` is always planned before `{rivals[-1].id}`, which stands above it"
            self.reader.problem(place, what, "move it up, or plan it later")
        if not told.keeps_deadlines(written.step):
            return
        for other in rivals:
            pairs = zip(plan.days, self.plans[other.id].days, strict=True)
            if self._comes_after_deadline(written.step, partial(is_, other)):
                continue
            if any(mine <= last for mine, theirs in pairs if (last := self._last_deadline(other, theirs))):
                what = f"`{written.step.id}` can fall inside the deadline that `{other.id}` gives"
                first = "" if other.deadline_days else f"add `deadline: {told.deadline_days(other)} days` to it and "
                self.reader.problem(place, what, f"{first}write `{other.id} deadline + 2 banking days`")

    def _last_deadline(self, step: Step, day: date) -> date | None:
        """The latest deadline that a step begun on a day may print: by its last channel, when no other one is read."""
        days = told.deadline_days(step)
        if days is None or step.is_optional:  # an optional step is taken only where its days move nothing
            return None
        day = self._last_sent(step, day)
        ends = [self._deadline(step, channel, day, days) for channel in step.channels]
        return max(ends, default=self.law.last_day(day, days))

    def _deadline(self, step: Step, channel: Channel, day: date, days: int) -> date:
        sent, arrives = told.leaves(channel, day, self.law), told.arrival(channel, day, self.law)
        return told.deadline(self.law, self.debtor, step, days, sent=sent, arrives=arrives)

    def _last_sent(self, step: Step, day: date) -> date:
        """The day of the last channel of a step begun on a day, when no other one is read."""
        for _ in step.channels[1:] if step.chain else ():
            day += timedelta(days=math.ceil((step.read_within or timedelta(0)) / _DAY))
            day = self._open_day(day)
        return day

    def _open_day(self, day: date) -> date:
        """The day, or the next one on which somebody may be written to."""
        opening = self.law.calendar.next_contact_time(self.law.calendar.at(day, time(12)), self.law.contact_hours)
        return self.law.calendar.local_date(opening)

    def _same_root(self, step: Step, plan: _Plan | None) -> bool:
        return plan is not None and step.id in self.plans and self.plans[step.id].root is plan.root

    def _check_name(self, written: WrittenStep) -> None:
        """What only those may call a letter who collect for others is not what a creditor calls its own."""
        rules, step = self.law.notices.find(self.on, self.debtor), written.step
        wrong = next((name for name in (rules.not_called if rules else ()) if name in step.id), None)
        if wrong is not None and step.kind in (StepKind.MESSAGE, StepKind.COLLECTION_NOTICE):
            what = f"a creditor's own letter is no {wrong}: only who collects for others sends one"
            self.reader.problem(written.words["id"], what, "write `id: last-reminder`")

    def _check_time_to_pay(self, written: WrittenStep) -> None:
        """Every message that sets a day gives as many days, from its arrival, as the law wants."""
        least, days = self.law.times_to_pay.find(self.on, self.debtor), written.step.deadline_days
        if least is not None and days is not None and days < least:
            what = f"a letter gives at least {least} days to pay from its arrival"
            self.reader.problem(written.words["deadline"], what, f"write `deadline: {least} days`")

    def _check_fee(self, written: WrittenStep, fees: Sequence[Step], earlier: Sequence[WrittenStep]) -> None:
        step, place = written.step, written.words["fee"]
        if step.message and not step.says.bears_fee:
            self.reader.problem(place, f"a message `{step.message}` bears no fee", "write `fee: none`")
            return
        if step.fee.kind == "compensation" and self.debtor != "business":
            what = "only a business pays compensation"
            self.reader.problem(place, what, "write `fee: statutory`, or `for: {debtor: business}` at the top")
        of = fee_of(step.message)
        days, rules = self._charged_from(step), self.law.fees.find(self.on, self.debtor, of)
        if days is None:
            what = f"{self.law.file} gives no {'compensation' if step.fee.kind == 'compensation' else 'fee'} for a {of}"
            self.reader.problem(place, what, "write `fee: none`")
            return
        self._check_amount(step, place)
        first_day = partial(self._first_day, days=days)
        if written.anchored and not self._always_from(step, first_day):
            self.reader.problem(
                written.words["at"],
                f"a fee earlier than {days} day{'s'[: days > 1]} after the due date is unlawful",
                f"write `due date + {days} day{'s'[: days > 1]}` or later, or `fee: none`",
            )
        if any(before.fee.kind == "compensation" for before in fees):
            what = "the compensation above takes the place of every later fee"
            self.reader.problem(place, what, "write `fee: none`")
        elif rules is not None:
            self._check_count(written, rules, [fee for fee in fees if fee_of(fee.message) in rules.of])
            if step.fee.kind != "compensation":
                self._check_agreement(written, rules)
                self._check_gap(written, rules, earlier)

    def _check_when(self, written: WrittenStep) -> None:
        """What is guessed of a debtor, or known of a customer, decides about kind words and calls alone."""
        step, place = written.step, written.words.get("when")
        if place is None:
            return
        if isinstance(place, yaml.MappingNode) and not place.value:
            what = "`when` says for whom the step is, and says nothing"
            self.reader.problem(place, what, "leave `when` out, or write `when: {balance_at_least: 5000 NOK}`")
        if step.when is None:
            return
        if hard := not_optional(step):
            what = f"{hard}: who the debtor is, or is guessed to be, decides nothing about it"
            instead = "leave `when` out, or write `when: {balance_at_least: …}` alone"
            self.reader.problem(place, what, instead if step.says.name != "invoice" else "leave `when` out")
        for other in (each.step for each in self.steps):
            if (hard := _hard(other)) and step.id in counts_from(self.by_id, other):
                self.reader.problem(
                    place,
                    f"`{other.id}` counts from this step, and {hard}: it comes at the same time for everybody",
                    f"let `{other.id}` count from `due date` or a step without this `when`, or leave `when` out here",
                )

    def _charged_from(self, step: Step) -> int | None:
        """How many days after the due date a step's charge is lawful; None where there is none."""
        if step.fee.kind == "compensation":
            rows = self.law.compensations.find(self.on, "business")
            return rows.days_after_due_date if rows else None
        rules = self.law.fees.find(self.on, self.debtor, fee_of(step.message))
        return rules.days_after_due_date if rules else None

    def _first_day(self, due: date, days: int) -> date:
        return self.law.effective_due(due) + days * _DAY

    def _check_count(self, written: WrittenStep, rules: FeeRules, fees: Sequence[Step]) -> None:
        if len(fees) >= rules.most:
            what = f"more than {rules.most} fee{'s'[: rules.most > 1]} for one claim are unlawful"
            self.reader.problem(written.words["fee"], what, "write `fee: none`")
        elif fees and written.step.fee.kind != "compensation":
            self._check_next_fee(written, fees[-1], rules.after_missed_deadline_of_days)

    def _check_agreement(self, written: WrittenStep, rules: FeeRules) -> None:
        if rules.needs_agreement and "reminder fee agreed" not in self.law.terms:
            self.reader.problem(
                written.words["fee"],
                "a fee for a reminder is lawful only where it was agreed by when the debt arose",
                "write `fee: none`, or `declares: [reminder fee agreed]` at the top where every such agreement says so",
            )

    def _check_gap(self, written: WrittenStep, rules: FeeRules, earlier: Sequence[WrittenStep]) -> None:
        """A fee waits so long after the last reminder was sent, whichever of its channels it went by."""
        gap, plan = rules.days_after_last_reminder, self.plans.get(written.step.id)
        if gap is None or plan is None:
            return
        for other in (each.step for each in earlier if each.step.message in ("reminder", "collection-notice")):
            if not self._same_root(other, plan):
                continue
            begun = self.plans[other.id].days
            # A deadline runs from the last channel that was used, so what comes after it has waited for that already.
            after = self._comes_after_deadline(written.step, partial(is_, other))
            last = begun if after else [self._last_sent(other, day) for day in begun]
            if any(mine < sent + gap * _DAY for mine, sent in zip(plan.days, last, strict=True)):
                self.reader.problem(
                    written.words["at"],
                    f"a fee sooner than the {gap}th day after `{other.id}` was sent is unlawful",
                    f"write `{other.id} + {gap} days` or later, or `fee: none`",
                )

    def _check_amount(self, step: Step, place: yaml.Node) -> None:
        if step.fee.amount is None:
            return
        try:
            most = self.law.statutory_fee(self.on, self.debtor, fee_of(step.message))
        except LawMissing:
            return  # nobody can judge it today, and nothing is sent with it before its half-year has a row
        if step.fee.amount > most:
            what = f"a fee of {step.fee.amount} is above the country's maximum of {most} {self.law.currency}"
            self.reader.problem(place, what, f"write `fee: statutory` or at most `{most} {self.law.currency}`")

    def _check_next_fee(self, written: WrittenStep, last: Step, shortest: int | None) -> None:
        if shortest is None:
            return
        if last.deadline_days is None or last.deadline_days < shortest:
            self.reader.problem(
                written.words["fee"],
                f"a second fee needs a missed deadline of at least {shortest} days from `{last.id}`",
                f"add `deadline: {shortest} days` to `{last.id}`, or write `fee: none`",
            )
        elif written.anchored and not self._comes_after_deadline(written.step, lambda step: step is last):
            self.reader.problem(
                written.words["at"],
                f"a second fee is lawful only after the deadline of `{last.id}` is missed",
                f"write `{last.id} deadline + 5 banking days`, or `fee: none`",
            )

    def _check_form(self, written: WrittenStep) -> None:
        step, place = written.step, written.words.get("reach", written.words.get("send"))
        if place is None or not step.channels:
            return
        what = _FORMAL.get(step.message, "a message with a fee")
        forms = self.law.forms.on(self.on, self.debtor)
        bad = [channel for channel in step.channels if channel not in forms.all]
        if bad:
            instead = f"use `alert: [{_listed(bad)}]` instead"
            self.reader.problem(place, f"{what} cannot go by {_listed(bad)}", instead)
        if forms.formal.isdisjoint(step.channels):
            formal = _listed(sorted(forms.formal))
            self.reader.problem(place, f"{what} must be able to go by {formal}", f"add {formal}")

    def _check_notice(self, written: WrittenStep) -> None:
        step, rules = written.step, self.law.notice(self.on, self.debtor)
        shortest = rules.shortest_deadline_days
        if "deadline" not in written.words:
            what = "a collection notice without a deadline is unlawful"
            self.reader.problem(written.node, what, f"add `deadline: {shortest} days`")
        elif step.deadline_days is not None and step.deadline_days < shortest:
            receipt = rules.banking_days_after_receipt
            besides = f", and {receipt} banking days after its receipt" if receipt else ""
            what = f"a collection notice gives at least {shortest} days{besides}"
            self.reader.problem(written.words["deadline"], what, f"write `deadline: {shortest} days`")
        if written.anchored and not self._always_from(step, lambda due: self.law.effective_due(due) + _DAY):
            what = "a collection notice is lawful only after the due date"
            self.reader.problem(written.words["at"], what, "count from `due date` or from a reminder's deadline")

    def _check_service_warning(self, written: WrittenStep) -> None:
        days = written.step.deadline_days
        try:
            shortest = self.law.service_notice_days(self.debtor, self.on, self.trade)
        except LawMissing as missing:
            self.reader.problem(written.node, str(missing), "or leave the step out")
            return
        if "deadline" not in written.words or (days is not None and days < shortest):
            what = f"{_FORMAL[written.step.message]} gives at least {shortest} days"
            self.reader.problem(written.words.get("deadline", written.node), what, f"write `deadline: {shortest} days`")

    def _check_service(self, written: WrittenStep, earlier: Sequence[WrittenStep]) -> None:
        """A service is blocked or ended only after its warning's deadline is missed."""
        message, done = _OF_A_SERVICE[written.step.kind]
        warnings = [other.step for other in earlier if other.step.message == message]
        if not warnings:
            what = f"a service is {done} only after {_FORMAL[message]}"
            self.reader.problem(written.node, what, f"add a step with `message: {message}` and a deadline above it")
        elif written.anchored and not self._comes_after_deadline(written.step, lambda step: step in warnings):
            what = f"the {written.step.kind} waits until the deadline of `{warnings[-1].id}` is missed"
            self.reader.problem(written.words["at"], what, f"write `{warnings[-1].id} deadline + 3 banking days`")

    def _check_last_resort(self, written: WrittenStep, earlier: Sequence[WrittenStep]) -> None:
        """What cannot be undone comes after a plan was offered and somebody could talk: it is the last resort."""
        step, what = written.step, _LAST_RESORT[written.step.kind]
        if "approval" not in written.words:
            self.reader.problem(written.node, f"{what} is approved by a person", "add `approval: required`")
        if not self.plans_offered:
            self.reader.problem(
                written.node,
                f"{what} comes only after the debtor could pay in parts: it is the last resort",
                "leave `plans: none` out, or write what is offered, as `plans: {smallest: 300 NOK, most_months: 6}`",
            )
        if not any(_is_dialogue(other.step, step) for other in earlier):
            self.reader.problem(
                written.node,
                f"{what} comes only after a call, or a message that can be answered: it is the last resort",
                "add a step with `channel: phone` above it, or a reminder with `reach: [email, sms, letter]`",
            )

    def _check_hand_off(self, written: WrittenStep, earlier: Sequence[WrittenStep]) -> None:
        step = written.step
        notices = [other.step for other in earlier if other.step.kind is StepKind.COLLECTION_NOTICE]
        if not notices:
            self.reader.problem(
                written.node,
                "a hand-off without a collection notice before it is unlawful",
                "add a step with `kind: collection notice` and a deadline above it",
            )
            return
        notice = notices[-1]
        if written.anchored and not self._comes_after_deadline(step, lambda other: other in notices):
            what = f"a hand-off waits until the deadline of `{notice.id}` is missed"
            self.reader.problem(written.words["at"], what, f"write `{notice.id} deadline + 3 banking days`")
        if notice.balance_at_least is not None and notice.balance_at_least > (step.balance_at_least or 0):
            self.reader.problem(
                written.node,
                f"balances under {notice.balance_at_least} get no `{notice.id}` and cannot be handed off",
                f"add `when: {{balance_at_least: {notice.balance_at_least} {self.law.currency}}}`",
            )
        self._check_notice_age(written, notice)

    def _check_notice_age(self, written: WrittenStep, notice: Step) -> None:
        plan, base = self.plans.get(written.step.id), self.plans.get(notice.id)
        if plan is None or base is None or plan.root is not base.root:
            return
        pairs = list(zip(plan.days, base.days, strict=True))
        months = self.law.notice(self.on, self.debtor).oldest_months
        if any(day > self.law.notice_expires(sent, self.debtor) for day, sent in pairs):
            what = f"the notice is older than {months} months at the hand-off"
            self.reader.problem(written.words["at"], what, f"write `{notice.id} deadline + 3 banking days`")

    def _always_from(self, step: Step, first_day: Callable[[date], date]) -> bool:
        """Whether the step is planned on or after a day that follows from the due date, for every due date.

        A step whose plan is not known because an anchor above it is wrong is not judged twice.
        """
        plan = self.plans.get(step.id)
        if plan is None:
            return True
        if plan.root is not AnchorBase.DUE_DATE:
            return False
        return all(day >= first_day(due) for day, due in zip(plan.days, self.samples, strict=True))

    def _comes_after_deadline(self, step: Step, of: Callable[[Step], bool]) -> bool:
        """Whether the chain of anchors leads, never backwards, to the day after such a step's deadline."""
        days = 0
        while step.at.step is not None:
            days += step.at.days
            base = self.by_id[step.at.step]
            if step.at.days < 0:
                return False
            if step.at.base is AnchorBase.STEP_DEADLINE:
                if of(base) and days >= 1:
                    return True
                days += base.deadline_days or 0
            step = base
        return False


def counts_from(steps: Mapping[str, Step], step: Step) -> Iterator[str]:
    """The steps from which a step counts, directly or through others; `steps` by their ids."""
    while step.at.step is not None and step.at.step in steps:
        yield step.at.step
        step = steps[step.at.step]


def _is_dialogue(step: Step, before: Step) -> bool:
    """Whether a step lets the debtor answer before a later one: a call, or a reminder that does not come on paper alone.

    A call that is for larger balances alone is none for the smaller.
    """
    if step.is_optional:
        return False
    if step.kind is StepKind.CALL:
        return (step.balance_at_least or ZERO) <= (before.balance_at_least or ZERO)
    asks = step.kind is StepKind.MESSAGE and step.message not in ("invoice", "due-date-reminder")
    return asks and not all(channel.rule.by_post for channel in (*step.channels, *step.alert))


def _hard(step: Step) -> str | None:
    """What of a step is never moved or left out for some, in words."""
    if step.kind not in (StepKind.MESSAGE, StepKind.CALL):
        return f"it is a {step.kind}"
    if told.threatens(step):
        return f"it is {_FORMAL[step.message]}"
    return "it bears a fee" if step.fee.kind != "none" else None


def not_optional(step: Step) -> str | None:
    """Why a step is the same for everybody, in words; None for one that may be left out for some."""
    return _hard(step) or ("it brings the invoice itself" if step.message == "invoice" else None)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(word.replace("_", " ") for word in words)
