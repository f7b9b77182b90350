"""Reads a policy's text into a Policy and names every line that is wrong."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Literal

import yaml

from domain.agreements.instalments import PlanRules
from domain.agreements.pauses import USUAL_DAYS, PauseRules
from domain.agreements.promises import PromiseRules
from domain.countries.law import Law
from domain.countries.notices import TRADES, Trade
from domain.countries.terms import TERMS, Term
from domain.located_yaml import FileError, Problem, Reader, suggestion
from domain.money.amount import ZERO, parse_amount
from domain.parties.agencies import why_no_agency
from domain.parties.roles import ROLES, ContactRole
from domain.policy.check import WrittenStep, check_steps
from domain.policy.policy import (
    COMPENSATION,
    NO_FEE,
    STATUTORY_FEE,
    TRIES,
    Anchor,
    AnchorBase,
    ContactCap,
    Fee,
    Interest,
    OnAmbiguous,
    Policy,
    Step,
    StepKind,
    Tone,
    UseOfCredit,
    When,
)
from domain.policy.trying import Written, check_trials, matched, name, percent, read_experiments, read_learn
from domain.vocabulary import CHANNELS, MESSAGES, Channel, DebtorKind

__all__ = ["PolicyError", "Problem", "load_policy"]

_MOST_STEPS = 40
_POLICY_WORDS = (
    "name",
    "country",
    "for",
    "trade",
    "ignore_balance_below",
    "tolerance",
    "min_gap",
    "contact_cap",
    "spread",
    "merge_within",
    "shadow",
    "interest",
    "credit",
    "promises",
    "plans",
    "pauses",
    "declares",
    "steps",
    "experiments",
)
_EVERY_STEP = ("id", "at", "when", "unless", "learn")
_MESSAGE_FORM = ("fee", "to", "reach", "send", "alert", "attach", "deadline", "on_ambiguous", "not_later_than")
_STEP_WORDS = {
    StepKind.MESSAGE: (*_EVERY_STEP, "message", "tone", "read_within", "sms_read", *_MESSAGE_FORM),
    StepKind.COLLECTION_NOTICE: (*_EVERY_STEP, "kind", *_MESSAGE_FORM),
    StepKind.CALL: (*_EVERY_STEP, "channel", "by", "tries"),
    StepKind.BLOCK: (*_EVERY_STEP, "action"),
    StepKind.TERMINATE: (*_EVERY_STEP, "action", "approval"),
    StepKind.HAND_OFF: (*_EVERY_STEP, "action", "approval"),
}
_PROMISE_WORDS = ("most", "within")
_PAUSE_WORDS = ("most", "adviser", *USUAL_DAYS)
_PLAN_WORDS = ("smallest", "most_months", "first_within", "interest", "ask_above", "moves", "move_within")
_WHEN_WORDS = ("balance_at_least", "segment", "payment_method", "customer_for", "chance_below", "margin_at_least")
_ANY_STEP_WORDS = tuple(dict.fromkeys(word for words in _STEP_WORDS.values() for word in words))
_NAMED_BY_STEP = ("invoice", "due-date-reminder", "block-warning")  # never more: texts of years ago keep their meaning
_TONES: Mapping[str, Tone] = {tone.value: tone for tone in Tone}
_DEBTORS: Mapping[str, DebtorKind] = {"consumer": "consumer", "business": "business", "any": "any"}
_ACTIONS = {"collection": StepKind.HAND_OFF, "block service": StepKind.BLOCK, "terminate service": StepKind.TERMINATE}
_INTEREST: Mapping[str, Interest] = {"none": "none", "statutory": "statutory"}
_CREDIT: Mapping[str, UseOfCredit] = {"show": "show", "use": "use"}
_TERMS: Mapping[str, Term] = {term: term for term in TERMS}
_TRADES: Mapping[str, Trade] = {trade: trade for trade in TRADES}
_PLAN_INTEREST: Mapping[str, Literal["free", "statutory"]] = {"free": "free", "statutory": "statutory"}
_ROLES: Mapping[str, ContactRole] = {role: role for role in ROLES}
_AMBIGUOUS: Mapping[str, OnAmbiguous] = {"assume sent": "assume sent", "send again": "send again"}
_ANCHOR = re.compile(
    r"(?:(?P<base>issue date|due date)|(?P<step>[a-z0-9-]+)(?P<deadline> deadline)?)"
    r"(?: (?P<sign>[+-]) (?P<days>[0-9]{1,3})(?P<banking> banking)? days?)?"
    r"(?: (?P<clock>[0-9]{2}:[0-9]{2}))?"
)
_ANCHOR_EXAMPLES = "`due date + 14 days`, `reminder deadline + 5 banking days` or `due date 09:00`"


class PolicyError(FileError):
    """A policy that cannot be used, with every problem: file, line, what, and what to write instead."""


def load_policy(text: str, file: str, laws: Mapping[str, Law], *, on: date | None) -> Policy:
    """Read a policy and check it against its country's law on a day.

    `on` None leaves the law out: a running case keeps its text, and the planner asks the law of the day.

    `laws` are by country code. PolicyError lists all problems; a bad text raises nothing else.
    """
    reader = Reader(file)
    root = reader.root(text)
    policy = _PolicyFile(reader, laws).policy(root, text, on) if root is not None else None
    if policy is None or reader.problems:
        raise PolicyError(reader.problems)
    return policy


class _PolicyFile:
    """A policy's text while it is read: each unreadable value is reported and replaced by its default."""

    def __init__(self, reader: Reader, laws: Mapping[str, Law]) -> None:
        self.reader = reader
        self.laws = laws
        self.law: Law | None = None
        self.trials: dict[str, Written] = {}  # by their step

    def policy(self, root: yaml.Node, text: str, on: date | None) -> Policy | None:
        words = self.reader.mapping(root, _POLICY_WORDS, "a policy")
        for word in ("name", "country", "steps"):
            if word not in words:
                self.reader.problem(root, f"the policy lacks `{word}`", f"add `{word}: …`")
        if "country" in words:
            self.law = self.laws.get(self.reader.choice(words["country"], "country", tuple(self.laws)) or "")
        declares = self._declares(words)
        if "experiments" in words:
            ids = [_peek(each, "id") for each in self.reader.items(words["steps"], "steps")] if "steps" in words else []
            self.trials = read_experiments(self.reader, words["experiments"], ids)
        steps = self._steps(words["steps"]) if "steps" in words else []
        debtor, trade = self._debtor(words), self.reader.chosen(words, "trade", _TRADES, None)
        plans = self._plans(words)
        if self.law is not None and on is not None:
            law = self.law.under(declares)
            check_steps(self.reader, law, on, debtor, trade, plans, steps)
            check_trials(self.reader, law.contact_hours.on(on), steps, self.trials)
            self._check_charged_time(words, law, on, debtor, plans)
        called = self.reader.value(words, "name", name, "no-gentle")
        ignore_below = self._amount(words, "ignore_balance_below") or ZERO
        min_gap = self.reader.value(words, "min_gap", _some_days, "5 days")
        cap = self.reader.value(words, "contact_cap", _contact_cap, "3 in 7 days, 8 in 30 days")
        spread = self.reader.value(words, "spread", _duration, "2 hours")
        merge_within = self.reader.value(words, "merge_within", _days, "3 days")
        shadow = self.reader.chosen(words, "shadow", {"true": True, "false": False}, False)
        interest = self.reader.chosen(words, "interest", _INTEREST, "none")
        credit = self.reader.chosen(words, "credit", _CREDIT, "show")
        if credit == "use" and self.law is not None and on is not None and not self.law.set_offs.find(on, debtor):
            self.reader.problem(
                words["credit"], f"{self.law.file} does not say that credit may be set off", "`credit: show`"
            )
        promises = self._promises(words)
        if called is None or self.law is None:
            return None
        return Policy(
            name=called,
            country=self.law.country,
            currency=self.law.currency,
            steps=tuple(written.step for written in steps),
            text_hash=sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            debtor=debtor,
            trade=trade,
            ignore_balance_below=ignore_below,
            tolerance=ignore_below if (tolerated := self._amount(words, "tolerance")) is None else tolerated,
            min_gap_days=5 if min_gap is None else min_gap,
            contact_cap=cap or (ContactCap(),),
            spread=timedelta(hours=2) if spread is None else spread,
            merge_within_days=3 if merge_within is None else merge_within,
            shadow=shadow,
            interest=interest,
            credit=credit,
            promises=promises,
            plans=plans,
            pauses=self._pauses(words),
            declares=declares,
        )

    def _declares(self, words: Mapping[str, yaml.Node]) -> frozenset[Term]:
        items = self.reader.items(words["declares"], "declares") if "declares" in words else ()
        chosen = (self.reader.choice(item, "declares", TERMS) for item in items)
        return frozenset(_TERMS[word] for word in chosen if word is not None)

    def _check_charged_time(
        self, words: Mapping[str, yaml.Node], law: Law, on: date, debtor: DebtorKind, plans: PlanRules
    ) -> None:
        """A plan that costs something is credit where the law says so, which not everybody may give."""
        if plans.interest != "free" and "plans" in words and not law.may_charge_time(on, debtor):
            needed = law.licences.on(on, debtor)
            self.reader.problem(
                words["plans"],
                f"a consumer's plan that bears interest is credit, which takes a {needed}",
                f"write `interest: free` in it, or `declares: [{needed}]` at the top where the creditor has one",
            )

    def _steps(self, node: yaml.Node) -> list[WrittenStep]:
        nodes = self.reader.items(node, "steps")
        if len(nodes) > _MOST_STEPS:
            self.reader.problem(nodes[_MOST_STEPS], f"more than {_MOST_STEPS} steps", "write a shorter plan")
            nodes = nodes[:_MOST_STEPS]
        later = [_peek(node, "id") for node in nodes]
        earlier: dict[str, WrittenStep] = {}
        for step_node in nodes:
            later.pop(0)
            written = self._step(step_node, earlier, later)
            if written is not None:
                earlier[written.step.id] = written
        return list(earlier.values())

    def _step(self, node: yaml.Node, earlier: Mapping[str, WrittenStep], later: list[str | None]) -> WrittenStep | None:
        words = self.reader.mapping(node, _ANY_STEP_WORDS, "a step")
        kind = self._kind(words)
        step_id = self.reader.value(words, "id", name, "due-date-reminder")
        if step_id is None:
            if "id" not in words:
                self.reader.problem(node, "the step lacks `id`", "add `id: …`")
            return None
        if step_id in earlier:
            self.reader.problem(words["id"], f"step `{step_id}` is written twice", "give each step its own id")
        for word, value in words.items():
            if word not in _STEP_WORDS[kind]:
                self._misplaced(word, value, kind)
        at = self._anchor(node, words, step_id, earlier, later)
        chain = "reach" in words
        channels = self._way(node, words, kind)
        alert = self._channels(words, "alert") if "alert" in words else ()
        # Every step but the invoice waits while a claim is pending; the word says so where people look for it.
        self.reader.chosen(words, "unless", {"claim pending": True}, True)
        message = self._message(words, kind, step_id)
        is_notice = kind is StepKind.COLLECTION_NOTICE
        when = self.reader.mapping(words["when"], _WHEN_WORDS, "when") if "when" in words else {}
        experiment = self.trials[step_id].experiment if step_id in self.trials else None
        learned = read_learn(self.reader, words["learn"]) if "learn" in words else None
        if learned is not None:
            self.trials.setdefault(step_id, learned)
        step = Step(
            id=step_id,
            kind=kind,
            at=at or Anchor(AnchorBase.DUE_DATE),
            message=message,
            tone=self.reader.chosen(words, "tone", _TONES, Tone.KIND if kind is StepKind.MESSAGE else Tone.NEUTRAL),
            fee=self._fee(words),
            channels=channels,
            chain=chain,
            alert=alert,
            read_within=self.reader.value(words, "read_within", _duration, "2 days"),
            sms_delivered_counts_after=self.reader.value(words, "sms_read", _delivered_after, "delivered + 24 h"),
            deadline_days=self.reader.value(words, "deadline", _some_days, "14 days"),
            balance_at_least=self._amount(when, "balance_at_least"),
            when=self._when(when),
            approval=self.reader.chosen(words, "approval", {"required": True}, False),
            on_ambiguous=self.reader.chosen(
                words, "on_ambiguous", _AMBIGUOUS, "send again" if is_notice else "assume sent"
            ),
            not_after_days=self._not_after(words, message),
            attach_invoice=self.reader.chosen(words, "attach", {"invoice": True}, False),
            to=self.reader.chosen(words, "to", _ROLES, None),
            tries=self.reader.value(words, "tries", _tries, "3") or TRIES,
            agency=self.reader.value(words, "by", _caller, "own or agency Ring AS") or None,
            experiment=experiment,
            learn=learned.learn if learned else None,
        )
        self._check_channels(step, node, words)
        return WrittenStep(step, node, words, anchored=at is not None)

    def _kind(self, words: Mapping[str, yaml.Node]) -> StepKind:
        if "kind" in words and self.reader.choice(words["kind"], "kind", (StepKind.COLLECTION_NOTICE.value,)):
            return StepKind.COLLECTION_NOTICE
        if "action" in words:
            return self.reader.chosen(words, "action", _ACTIONS, StepKind.HAND_OFF)
        if "channel" in words:
            self.reader.choice(words["channel"], "channel", (Channel.PHONE,))
            return StepKind.CALL
        return StepKind.MESSAGE

    def _misplaced(self, word: str, value: yaml.Node, kind: StepKind) -> None:
        if kind is StepKind.COLLECTION_NOTICE and word == "tone":
            instead = "leave `tone` out: a collection notice has one tone"
        elif word == "approval":
            instead = "leave it out: `approval` belongs to a termination or the hand-off"
        else:
            instead = f"leave `{word}` out, or make it a step of its own"
        self.reader.problem(value, f"a {kind.value} step has no `{word}`", instead)

    def _anchor(
        self,
        node: yaml.Node,
        words: Mapping[str, yaml.Node],
        step_id: str,
        earlier: Mapping[str, WrittenStep],
        later: list[str | None],
    ) -> Anchor | None:
        if "at" not in words:
            self.reader.problem(node, f"step `{step_id}` lacks `at`", f"add `at:` with {_ANCHOR_EXAMPLES}")
            return None
        anchor = self.reader.value(words, "at", _anchor, _ANCHOR_EXAMPLES)
        if anchor is None or anchor.step is None:
            return anchor
        if anchor.step in earlier:
            base = earlier[anchor.step]
            if anchor.base is AnchorBase.STEP_DEADLINE and "deadline" not in base.words:
                self.reader.problem(
                    words["at"],
                    f"`{anchor.step}` gives no deadline",
                    f"add `deadline: 14 days` to `{anchor.step}`, or write `{anchor.step} + 14 days` here",
                )
                return None
            return anchor
        if anchor.step == step_id or anchor.step in later:
            which = "itself" if anchor.step == step_id else f"the later step `{anchor.step}`"
            self.reader.problem(words["at"], f"step `{step_id}` waits for {which}", "name a step above it")
        else:
            known = ("issue date", "due date", *earlier)
            self.reader.problem(words["at"], f"no step `{anchor.step}`", suggestion(anchor.step, known))
        return None

    def _way(self, node: yaml.Node, words: Mapping[str, yaml.Node], kind: StepKind) -> tuple[Channel, ...]:
        if kind in (StepKind.BLOCK, StepKind.TERMINATE, StepKind.HAND_OFF):
            return ()
        if kind is StepKind.CALL:
            return (Channel.PHONE,)
        if kind is StepKind.COLLECTION_NOTICE and "reach" in words:
            what = "a collection notice is never the fallback of another channel"
            self.reader.problem(words["reach"], what, "write `send: [letter]`")
        elif ("reach" in words) == ("send" in words):
            self.reader.problem(
                node,
                "the step needs either `reach` or `send`",
                "write `reach: [email, sms, letter]` (until one is read) or `send: [letter]` (all of them)",
            )
        way = "reach" if "reach" in words else "send"
        return self._channels(words, way) if way in words else ()

    def _channels(self, words: Mapping[str, yaml.Node], word: str) -> tuple[Channel, ...]:
        channels: list[Channel] = []
        for item in self.reader.items(words[word], word):
            written = self.reader.word(item, word)
            if written is None:
                continue
            channel = CHANNELS.get(written.replace(" ", "_"))
            if channel is None:
                known = [name.replace("_", " ") for name in CHANNELS]
                self.reader.problem(item, f"no channel `{written[:60]}`", suggestion(written, known))
            elif channel.rule.by_person:
                what = f"`{word}` has no {channel}"
                self.reader.problem(item, what, f"write a step of its own with `channel: {channel}`")
            elif channel in channels:
                self.reader.problem(item, f"`{written}` is written twice", "keep one of them")
            else:
                channels.append(channel)
        return tuple(channels)

    def _check_channels(self, step: Step, node: yaml.Node, words: Mapping[str, yaml.Node]) -> None:
        if "reach" in words and len(step.channels) > 1 and "read_within" not in words:
            what = "without `read_within` the next channel is never tried"
            self.reader.problem(words["reach"], what, "add `read_within: 2 days`")
        if "read_within" in words and "send" in words:
            what = "`send` waits for no read: all its channels are sent"
            self.reader.problem(words["read_within"], what, "leave it out, or write `reach`")
        if "sms_read" in words and step.channels and not any(each.rule.delivered_counts for each in step.channels):
            what = "`sms_read` without sms among the channels"
            self.reader.problem(words["sms_read"], what, "leave it out, or add sms")
        if "attach" in words and not any(each.rule.takes_files for each in (*step.channels, *step.alert)):
            taking = " or ".join(name for name, channel in CHANNELS.items() if channel.rule.takes_files)
            what = "no channel of the step takes the invoice's PDF"
            self.reader.problem(words["attach"], what, f"leave `attach` out, or add {taking}")
        for channel in filter(lambda each: each.rule.by_post, step.alert):
            what = f"an alert proves nothing and costs nothing: it cannot be a {channel}"
            self.reader.problem(words["alert"], what, f"write `send: [{channel}]`")
        for channel in step.alert:
            if channel in step.channels:
                what = f"`{channel}` is an alert of its own message"
                self.reader.problem(words["alert"], what, "keep it in one of the two")

    def _message(self, words: Mapping[str, yaml.Node], kind: StepKind, step_id: str) -> str:
        if kind is StepKind.COLLECTION_NOTICE:
            return "collection-notice"
        if kind is not StepKind.MESSAGE:
            return ""
        derived = step_id if step_id in _NAMED_BY_STEP else "reminder"
        if "message" in words and _peek_word(words["message"]) == "collection-notice":
            what = "a collection notice is a step of its own kind"
            self.reader.problem(words["message"], what, "write `kind: collection notice`")
            return derived
        known = {name: name for name, rule in MESSAGES.items() if rule.in_policies}
        return self.reader.chosen(words, "message", known, derived)

    def _fee(self, words: Mapping[str, yaml.Node]) -> Fee:
        written = _peek_word(words.get("fee"))
        if "fee" not in words or written == "none":
            return NO_FEE
        if written == "statutory":
            return STATUTORY_FEE
        if written == "compensation":
            return COMPENSATION
        amount = self._amount(words, "fee", "none, statutory, compensation or 35 NOK")
        return Fee("amount", amount) if amount else NO_FEE

    def _when(self, words: Mapping[str, yaml.Node]) -> When | None:
        """For whom an optional step is; None where the step is for everybody, or for large balances alone."""
        if not words.keys() - {"balance_at_least"}:
            return None
        return When(
            segment=self.reader.value(words, "segment", _called, "valued late payers"),
            payment_method=self.reader.value(words, "payment_method", _called, "invoice"),
            customer_for_months=self.reader.value(words, "customer_for", _months, "24 months"),
            chance_below=self.reader.value(words, "chance_below", percent, "40 %"),
            margin_at_least=self._amount(words, "margin_at_least", "200 NOK"),
        )

    def _not_after(self, words: Mapping[str, yaml.Node], message: str) -> int | None:
        written = self.reader.value(words, "not_later_than", _days, "1 day")
        return MESSAGES[message].default_not_after_days if written is None and message else written

    def _promises(self, words: Mapping[str, yaml.Node]) -> PromiseRules:
        if _peek_word(words.get("promises")) == "none":
            return PromiseRules(most=0)
        if "promises" not in words:
            return PromiseRules()
        rules, default = self.reader.mapping(words["promises"], _PROMISE_WORDS, "promises"), PromiseRules()
        return PromiseRules(
            most=self.reader.value(rules, "most", _some, "2") or default.most,
            within_days=self.reader.value(rules, "within", _some_days, "14 days") or default.within_days,
        )

    def _pauses(self, words: Mapping[str, yaml.Node]) -> PauseRules:
        if _peek_word(words.get("pauses")) == "none":
            return PauseRules(most=0)
        if "pauses" not in words:
            return PauseRules()
        rules, default = self.reader.mapping(words["pauses"], _PAUSE_WORDS, "pauses"), PauseRules()
        days = {
            why: self.reader.value(rules, why, _some_days, f"{usual} days") or usual
            for why, usual in USUAL_DAYS.items()
        }
        return PauseRules(
            most=self.reader.value(rules, "most", _some, "2") or default.most,
            days=days,
            adviser_days=self.reader.value(rules, "adviser", _some_days, "30 days") or default.adviser_days,
        )

    def _plans(self, words: Mapping[str, yaml.Node]) -> PlanRules:
        if _peek_word(words.get("plans")) == "none":
            return PlanRules(most_months=0)
        if "plans" not in words:
            return PlanRules()
        rules, default = self.reader.mapping(words["plans"], _PLAN_WORDS, "plans"), PlanRules()
        return PlanRules(
            smallest=self._amount(rules, "smallest", "500 NOK") or default.smallest,
            most_months=self.reader.value(rules, "most_months", _some, "12") or default.most_months,
            first_within_days=self.reader.value(rules, "first_within", _some_days, "30 days")
            or default.first_within_days,
            interest=self.reader.chosen(rules, "interest", _PLAN_INTEREST, default.interest),
            ask_above=self._amount_or(rules, "ask_above", default.ask_above),
            moves=self._number_or(rules, "moves", default.moves),
            move_within_days=self.reader.value(rules, "move_within", _some_days, "14 days") or default.move_within_days,
        )

    def _amount_or(self, words: Mapping[str, yaml.Node], word: str, default: Decimal) -> Decimal:
        """An amount, of which zero is one."""
        written = self._amount(words, word, "10000 NOK")
        return default if written is None else written

    def _number_or(self, words: Mapping[str, yaml.Node], word: str, default: int) -> int:
        """A number, of which zero is one."""
        written = self.reader.value(words, word, _none_or_some, "2, or 0 for none")
        return default if written is None else written

    def _debtor(self, words: Mapping[str, yaml.Node]) -> DebtorKind:
        if "for" not in words:
            return "any"
        return self.reader.chosen(self.reader.mapping(words["for"], ("debtor",), "for"), "debtor", _DEBTORS, "any")

    def _amount(self, words: Mapping[str, yaml.Node], word: str, example: str = "50 NOK") -> Decimal | None:
        money = self.reader.value(words, word, parse_amount, example)
        if money is None:
            return None
        if self.law is not None and money.currency != self.law.currency:
            what = f"`{word}` is in {money.currency}, the country's money is {self.law.currency}"
            self.reader.problem(words[word], what, f"write `{money.amount} {self.law.currency}`")
            return None
        return money.amount


def _peek_word(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _peek(node: yaml.Node, word: str) -> str | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if _peek_word(key) == word:
                return _peek_word(value)
    return None


def _some(written: str) -> int:
    return int(matched(r"[1-9][0-9]?", written)[0])


def _none_or_some(written: str) -> int:
    return int(matched(r"0|[1-9][0-9]?", written)[0])


def _days(written: str) -> int:
    return int(matched(r"([0-9]{1,3}) days?", written)[1])


def _called(written: str) -> str:
    return matched(r"\S(?:.{0,58}\S)?", written)[0]


def _months(written: str) -> int:
    return int(matched(r"([1-9][0-9]{0,2}) months?", written)[1])


def _tries(written: str) -> int:
    return int(matched(r"[1-9]", written)[0])


def _caller(written: str) -> str:
    """The agency that calls; empty for our own people."""
    name = "" if written == "own" else matched(r"agency (.+)", written)[1]
    if name and why_no_agency(name):
        raise ValueError(written)
    return name


def _some_days(written: str) -> int:
    return int(matched(r"([1-9][0-9]{0,2}) days?", written)[1])


def _duration(written: str) -> timedelta:
    match = matched(r"([1-9][0-9]{0,2}) (?:(minutes?)|(h|hours?)|days?)", written)
    if match[2]:
        return timedelta(minutes=int(match[1]))
    return timedelta(hours=int(match[1])) if match[3] else timedelta(days=int(match[1]))


def _delivered_after(written: str) -> timedelta:
    return _duration(matched(r"delivered \+ (.+)", written)[1])


def _contact_cap(written: str) -> tuple[ContactCap, ...]:
    one = r"([1-9][0-9]?) in ([1-9][0-9]{0,2}) days?"
    matches = [matched(one, cap.strip()) for cap in written.split(",")]
    return tuple(ContactCap(int(match[1]), int(match[2])) for match in matches)


def _anchor(written: str) -> Anchor:
    match = matched(_ANCHOR, written)
    if match["base"]:
        base = AnchorBase(match["base"])
    else:
        base = AnchorBase.STEP_DEADLINE if match["deadline"] else AnchorBase.STEP_SENT
    days = int(match["days"] or 0)
    return Anchor(
        base=base,
        step=match["step"],
        days=-days if match["sign"] == "-" else days,
        banking=match["banking"] is not None,
        clock=time.fromisoformat(match["clock"]) if match["clock"] else None,
    )
