"""What stands in the way: one table of what each obstacle forbids, with its words and its source.

Every door asks here: the planner, direct debit, letters before they are printed, hand-offs before they leave, promises,
plans, payments. What is known of the debtor's life has a table of its own, `domain/parties/standing.py`, whose rows stand
in the way as these do. What depends on a step (its time, its form, the bank data that it needs) is asked there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.agreements import promises
from domain.countries.calendar import Calendar
from domain.invariant import FLAG
from domain.money.amount import ZERO
from domain.parties import standing
from domain.parties.life_events import LifeKind
from domain.parties.standing import OF_A_DEBTOR, Thing, standing_of
from domain.planner.case_facts import Circumstances, HandOffState
from domain.policy.choosing import TO_SETTLE
from domain.vocabulary import Channel

PAYING_TAKES = timedelta(hours=1)  # longer than any provider keeps a payment open
REVIEW_PAUSE_BANKING_DAYS = 5  # how long a case waits for money that a person has yet to match
REPLY_PAUSE_BANKING_DAYS = 5  # how long what a debtor wrote may lie unread before hard steps go on
GOES_ON_AT = time(9)  # local: when a case goes on after days of waiting


class Kind(StrEnum):
    """What may stand in the way, in the order in which it is asked."""

    CONTRADICTED = "the facts contradict each other"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"
    SETTLED = "settled"
    ACCEPTED = "accepted by the partner"
    CLOSED_BY_PARTNER = "closed by the partner"
    TOO_LITTLE = "too little"
    QUEUED = "hand-off queued"
    EXPORTED = "hand-off exported"
    STOP_SWITCH = "stop switch"
    OUTSIDE_RAMP = "outside the ramp"
    UNSETTLED = "policy unsettled"
    LETTERS_STOPPED = "stop switch of letters"
    DISPUTED = "disputed"
    REST_DISPUTED = "the rest is disputed"
    PART_DISPUTED = "a part is disputed"
    HELD = "on hold"
    IN_TURN = "released in turn"
    PAYING = "paying"
    IN_REVIEW = "money in review"
    REPLY_UNREAD = "reply unread"
    SHADOW = "a shadow"
    IN_PLAN = "instalment plan"
    PROMISED = "promise to pay"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the words of an obstacle (`{}`: what is known of it), what it says to each thing, and why that is so.

    `said` has the words of those who ask for a thing in other words than the case gives for its waiting. `flag` names
    what a person must look at. `source` is the law or practice behind the row.
    """

    why: str
    source: str
    forbids: Mapping[Thing, bool]
    flag: str | None = None
    said: Mapping[Thing, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One that stands now. `until` (UTC) is when it ends by itself; None where a person or news ends it."""

    kind: Kind | LifeKind
    known: str = ""
    until: datetime | None = None

    @property
    def rule(self) -> Rule | standing.Rule:
        """Its row: of a case's table, or of its debtor's."""
        return standing.TABLE[self.kind] if isinstance(self.kind, LifeKind) else TABLE[self.kind]

    @property
    def flag(self) -> str | None:
        """What a person must look at."""
        return self.rule.flag

    def forbids(self, thing: Thing) -> bool:
        """Whether the table forbids the thing."""
        return self.rule.forbids[thing]

    def why(self, thing: Thing) -> str:
        """Why the thing is forbidden, in words."""
        return self.rule.said.get(thing, self.rule.why).format(self.known)


def obstacles(
    facts: Circumstances, calendar: Calendar, now: datetime, too_little: Decimal = ZERO
) -> Iterator[Obstacle]:
    """What stands in the way of a case at `now` (UTC), in the order of the table.

    `too_little` is what the policy ignores: a smaller balance is not asked for.
    """
    if facts.contradiction is not None:
        yield Obstacle(Kind.CONTRADICTED, facts.contradiction)
    if not facts.open:
        yield Obstacle(Kind.CLOSED)
    if facts.withdrawn:
        yield Obstacle(Kind.WITHDRAWN)
    if facts.hand_off is HandOffState.RECALLED:
        yield Obstacle(Kind.RECALLED)
    if facts.balance <= 0:
        yield Obstacle(Kind.SETTLED)
    if facts.hand_off is HandOffState.ACCEPTED:
        yield Obstacle(Kind.ACCEPTED)
    if facts.hand_off is HandOffState.CLOSED:
        yield Obstacle(Kind.CLOSED_BY_PARTNER)
    if facts.hand_off is None and ZERO < facts.balance < too_little and facts.unsettled is None:
        yield Obstacle(Kind.TOO_LITTLE, str(facts.balance))
    if facts.hand_off is HandOffState.QUEUED:
        yield Obstacle(Kind.QUEUED)
    if facts.hand_off is HandOffState.EXPORTED:
        yield Obstacle(Kind.EXPORTED)
    for event, rule in standing_of(facts.life, calendar.local_date(now)).rules(facts.issue_date):
        if any(rule.forbids.values()):
            ends = calendar.at(event.until, GOES_ON_AT) if event.until else None
            yield Obstacle(event.kind, event.kind, ends)
    if facts.stops:
        yield Obstacle(Kind.STOP_SWITCH, ", ".join(facts.stops))
    if facts.outside_ramp is not None:
        yield Obstacle(Kind.OUTSIDE_RAMP, f"{facts.outside_ramp}")
    if facts.unsettled is not None:
        yield Obstacle(Kind.UNSETTLED, facts.unsettled)
    if Channel.LETTER in facts.stopped_channels:
        yield Obstacle(Kind.LETTERS_STOPPED)
    if facts.disputed:
        yield Obstacle(Kind.DISPUTED)
    elif facts.disputed_amount:
        nothing_else = facts.undisputed == 0 or facts.undisputed < too_little
        yield Obstacle(Kind.REST_DISPUTED if nothing_else else Kind.PART_DISPUTED)
    if facts.on_hold(now):
        yield Obstacle(Kind.HELD, facts.hold_reason or "", facts.held_until)
    if facts.turn_at is not None and now < facts.turn_at:
        yield Obstacle(Kind.IN_TURN, until=facts.turn_at)
    if facts.paying_since is not None and now < facts.paying_since + PAYING_TAKES:
        yield Obstacle(Kind.PAYING, until=facts.paying_since + PAYING_TAKES)
    if facts.money_in_review is not None:
        goes_on = calendar.add_banking_days(facts.money_in_review, REVIEW_PAUSE_BANKING_DAYS)
        yield from _through(Kind.IN_REVIEW, calendar.at(goes_on, GOES_ON_AT), now)
    if facts.unread_reply is not None:
        goes_on = calendar.add_banking_days(calendar.local_date(facts.unread_reply), REPLY_PAUSE_BANKING_DAYS)
        yield from _through(Kind.REPLY_UNREAD, calendar.at(goes_on, GOES_ON_AT), now)
    if facts.shadow:
        yield Obstacle(Kind.SHADOW)
    if facts.plan is not None:
        yield Obstacle(Kind.IN_PLAN)
    elif facts.promises:  # a plan takes a promise's place
        promised = promises.promise_standing(facts.promises, calendar.local_date(now), None).open_until
        if promised is not None:
            goes_on = promised + timedelta(days=1)
            yield Obstacle(Kind.PROMISED, str(promised), calendar.at(goes_on, GOES_ON_AT))


def against(
    thing: Thing, facts: Circumstances, calendar: Calendar, now: datetime, too_little: Decimal = ZERO
) -> Obstacle | None:
    """The first obstacle that forbids a thing at `now` (UTC); None when nothing does."""
    return next((each for each in obstacles(facts, calendar, now, too_little) if each.forbids(thing)), None)


def why_not(thing: Thing, facts: Circumstances, calendar: Calendar, now: datetime) -> str | None:
    """Why a thing is forbidden at `now` (UTC), in words; None when nothing is in the way."""
    obstacle = against(thing, facts, calendar, now)
    return obstacle.why(thing) if obstacle else None


def _through(kind: Kind, until: datetime, now: datetime) -> Iterator[Obstacle]:
    if now < until:
        yield Obstacle(kind, until=until)


def _row(why: str, source: str, *forbids: bool, flag: str | None = None, **said: str) -> Rule:
    of_a_case = dict(zip((thing for thing in Thing if thing not in OF_A_DEBTOR), forbids, strict=True))
    cells = {thing: of_a_case.get(thing, False) for thing in Thing}
    return Rule(why, source, cells, flag, {Thing[thing.upper()]: words for thing, words in said.items()})


X, o = True, False  # forbidden, allowed
HANDED_OFF = {
    "draw": "the case is handed off",
    "promise": "the case is handed off: the collection partner takes promises now",
    "plan": "the case is handed off: the collection partner agrees on plans now",
}
RESOLVE_FIRST = {
    "promise": "the case is disputed: resolve the dispute first",
    "plan": "the case is disputed, at least in part: resolve the dispute first, then all that is owed is one plan",
}

# The columns are the things, in their order: the invoice, an occasion, a reminder, one with a fee, a notice; a plain letter
# in its batch, a letter; a call, a draw, credit of another invoice; a fee, interest; a promise, a plan, a payment; the block,
# the hand-off, its export;
# a person's answer or a word of a draw that cannot be stopped, which everybody hears but who is written to by a person alone.
# fmt: off
TABLE: Mapping[Kind, Rule] = {
    Kind.CONTRADICTED: _row(  # nobody knows what is owed: not even who comes of their own accord is asked for it
        "{}", "what cannot be is looked at by a person before anything else",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  X,
        flag=FLAG, **dict.fromkeys(("promise", "plan", "payment"), "what is owed is being checked: try again later"),
    ),
    Kind.CLOSED: _row(
        "the case is closed", "an agreement needs an open case; what is still owed after the last step may be paid",
        o, o, o, o, o,  o, o,  o, X, X,  o, o,  X, X, o,  o, o, o,  o,
        promise="the case is closed: there is nothing to promise",
        plan="the case is closed: there is nothing to pay in parts",
    ),
    Kind.WITHDRAWN: _row(
        "withdrawn", "the creditor asks for nothing any more",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  o,
        draw="the case is withdrawn",
        promise="the case is withdrawn: there is nothing to promise",
        plan="the case is withdrawn: there is nothing to pay in parts",
    ),
    Kind.RECALLED: _row(
        "recalled from collection", "practice: a recall comes at no cost to the debtor",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, o,  X, X, X,  o,
    ),
    Kind.SETTLED: _row(
        "nothing is owed", "there is nothing to ask for",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  o,
        promise="nothing is owed: there is nothing to promise",
        plan="nothing is owed: there is nothing to pay in parts",
    ),
    Kind.ACCEPTED: _row(
        "accepted by the collection partner", "practice: after a hand-off the creditor's ladder falls silent",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  o,
        **HANDED_OFF,
    ),
    Kind.CLOSED_BY_PARTNER: _row(  # nobody asks for it any more; who wants to pay it pays the creditor
        "closed by the collection partner", "practice: after a hand-off the creditor's ladder falls silent",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, o,  X, X, X,  o,
        draw="the case was at collection",
        promise="the case was at collection: there is nothing to promise",
        plan="the case was at collection: there is nothing to pay in parts",
    ),
    Kind.TOO_LITTLE: _row(
        "{} is too little to remind of", "the policy's `ignore_balance_below`; who wants to pay it may",
        X, X, X, X, X,  X, X,  X, o, o,  X, X,  o, o, o,  X, X, X,  o,
    ),
    Kind.QUEUED: _row(  # until the file has left, the creditor takes the money
        "handed off: waiting for the collection partner's answer", "practice: the creditor's ladder falls silent",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, o,  X, X, o,  o,
        **HANDED_OFF,
    ),
    Kind.EXPORTED: _row(
        "handed off: waiting for the collection partner's answer", "practice: the creditor's ladder falls silent",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  o,
        **HANDED_OFF,
    ),
    Kind.STOP_SWITCH: _row(
        "stop switch: {}", "practice: a faulty run is stopped, unposted letters too; who comes may agree and pay",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  o, o, o,  X, X, X,  X,
        draw="a stop switch is set",
    ),
    Kind.OUTSIDE_RAMP: _row(  # as behind a stop switch: nothing is sent, and who comes may agree and pay
        "the creditor begins with {} of 100 debtors, and this one is not among them yet",
        "practice: who goes live begins with a few debtors, and another process has the others until then",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  o, o, o,  X, X, X,  X,
        draw="the creditor's ramp has not come to this debtor yet",
    ),
    Kind.UNSETTLED: _row(  # what was told and agreed goes on: draws, plans, promises, what happened
        f"{{}}: {TO_SETTLE}", "law: which one holds is nobody's guess; practice: what was promised stays",
        X, o, X, X, X,  o, X,  X, o, X,  X, X,  o, o, o,  X, X, X,  o,
        flag="policy unsettled",
    ),
    Kind.LETTERS_STOPPED: _row(  # a message by a channel that is stopped waits where it is sent
        "stop switch: channel letter", "practice: unposted letters too",
        o, o, o, o, o,  X, X,  o, o, o,  o, o,  o, o, o,  o, o, o,  o,
    ),
    Kind.DISPUTED: _row(
        "disputed: everything stops until the dispute is resolved", "law: a disputed claim stops everything, words are enough",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  X, X, X,  X, X, X,  o,
        flag="disputed", draw="the invoice is disputed", **RESOLVE_FIRST,
    ),
    Kind.REST_DISPUTED: _row(  # drawn and paid is what is not disputed, however little
        "what is not disputed is paid: the rest waits until the dispute is resolved", "law: a disputed claim stops",
        X, X, X, X, X,  X, X,  X, o, X,  X, X,  X, X, o,  X, X, X,  o,
        flag="disputed", **RESOLVE_FIRST,
    ),
    Kind.PART_DISPUTED: _row(  # asked for, drawn, promised and paid is what is not disputed
        "a part is disputed", "practice: nothing hard while anything is disputed",
        o, o, o, o, o,  o, o,  o, o, o,  o, o,  o, X, o,  X, X, X,  o,
        flag="disputed", plan=RESOLVE_FIRST["plan"],
        block="a part is disputed: the service is not blocked",
        hand_off="a part is disputed: nothing is handed off",
    ),
    Kind.HELD: _row(
        "on hold: {}", "a person's word; who comes may agree and pay",
        X, X, X, X, X,  X, X,  X, X, X,  X, X,  o, o, o,  X, X, X,  o,
        draw="the case is on hold",
    ),
    Kind.IN_TURN: _row(  # until its turn only what leaves waits: letters in a batch and draws are nobody's burst
        "released with many others: its turn has not come", "practice: a release is no burst of messages",
        X, X, X, X, X,  o, o,  X, o, o,  X, X,  o, o, o,  X, X, X,  o,
    ),
    Kind.PAYING: _row(  # for an hour at most: too short to take a letter out of its batch
        "the debtor is paying right now", "kindness: nobody is asked or drawn while paying",
        X, X, X, X, X,  o, o,  X, X, X,  X, X,  o, o, o,  X, X, X,  o,
    ),
    Kind.IN_REVIEW: _row(
        "money that may be for this invoice waits for a person to match it", "practice: no reminder meanwhile",
        X, X, X, X, X,  o, X,  X, X, X,  X, X,  o, o, o,  X, X, X,  o,
        flag="payment in review",
    ),
    Kind.REPLY_UNREAD: _row(
        "the debtor has written: somebody reads it first", "practice: read by somebody before anything hard follows",
        o, o, o, X, X,  o, o,  o, o, X,  o, o,  o, o, o,  X, X, X,  o,
        flag="reply unread",
    ),
    Kind.SHADOW: _row(  # it decides as any other, and sends nothing
        "the policy is a shadow", "the policy's `shadow`: another system asks for the money, and draws it",
        o, o, o, o, o,  o, o,  o, X, X,  o, o,  o, o, o,  o, o, o,  o,
    ),
    Kind.IN_PLAN: _row(  # its instalments are drawn and paid, and what it says of itself is an occasion
        "an instalment plan", "practice: no hand-off while there is a plan; what was agreed holds",
        X, o, X, X, X,  o, X,  X, o, X,  X, X,  X, X, o,  X, X, X,  o,
        promise="the case has an instalment plan: its instalments say what is paid when",
        plan="the case has an active instalment plan: end it before another is agreed",
    ),
    Kind.PROMISED: _row(  # a plan takes its place
        "promised to pay by {}", "what was agreed holds: nobody is asked before the promised day is over",
        X, o, X, X, X,  o, X,  X, X, X,  X, X,  o, o, o,  X, X, X,  o,
        draw="the debtor has promised to pay",
    ),
}
# fmt: on
