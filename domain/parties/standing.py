"""How things stand with a debtor on a day: one table of what each fact of a life forbids, with its words and its source.

The planner, direct debit, plans, the invoice page, letters before they are printed and hand-offs before they leave ask here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

from domain.countries.law import Law
from domain.countries.limitation import Filings
from domain.parties.life_events import LifeEvent, LifeKind


class Thing(StrEnum):
    """What may be forbidden. A letter that is not yet posted is taken out of its batch where it is forbidden."""

    INVOICE = "the invoice"
    OCCASION = "a kind message about what happened"
    REMINDER = "a reminder without a fee"
    FEE_REMINDER = "a reminder with a fee"
    NOTICE = "a collection notice, or a warning of a block"
    PLAIN_LETTER = "an unposted letter with the invoice or about what happened"
    LETTER = "an unposted letter with a reminder or notice"
    CALL = "a call"
    DRAW = "a direct-debit draw"
    CREDIT = "credit of another invoice that pays this one"
    FEE = "a fee"
    INTEREST = "interest"
    PROMISE = "a promise to pay"
    PLAN = "an instalment plan"
    PAYMENT = "asking for a payment on the invoice page"
    BLOCK = "blocking or ending the service"
    HAND_OFF = "the hand-off"
    EXPORT = "leaving in the hand-off file"
    WORD = "a person's answer, or a word of a draw that cannot be stopped"
    DIGITAL = "a message that is not on paper"
    ADDRESS = "giving the postal address to anybody"
    LOOKUP = "looking the debtor up elsewhere"
    TRACKING = "counting opens"
    PROFILING = "a guess about the debtor"
    OFFER = "an offer"


OF_A_DEBTOR = frozenset({Thing.DIGITAL, Thing.ADDRESS, Thing.LOOKUP, Thing.TRACKING, Thing.PROFILING, Thing.OFFER})
"""What nothing of a case forbids, only what is known of its debtor."""


class Says(StrEnum):
    """What a fact says to a thing."""

    ALLOWED = "allowed"
    WAITS = "waits"  # until a person or the fact's own end lets the case go on
    ASKS = "a person approves each"
    NEVER = "never"  # left out: the case goes on without it


class Later(StrEnum):
    """What becomes of invoices that are issued after a fact began."""

    TOO = "the same"
    APART = "run apart"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its words (`{}`: the kind), what it says to each thing, and why that is so.

    `said` has the words of those who ask for a thing in other words than the case gives for its waiting. `flag` names
    what a person must look at. `source` is the law or practice behind the row. `instead_of` are the rows that it takes
    the place of. `writes_to` tells whether somebody else is written to, whose name is the event's value.
    """

    why: str
    source: str
    says: Mapping[Thing, Says]
    forbids: Mapping[Thing, bool]  # what waits, of the same
    flag: str | None = None
    said: Mapping[Thing, str] = field(default_factory=dict)
    later: Later = Later.TOO
    instead_of: frozenset[LifeKind] = frozenset()
    writes_to_another: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of a debtor on a day: of each kind the event that says so, in the order they became known."""

    events: dict[LifeKind, LifeEvent]

    @property
    def stop(self) -> LifeEvent | None:
        """The latest reason for which every case of the debtor is looked at: since when, and who says so and why."""
        return next((event for kind, event in reversed(self.events.items()) if kind in STOPS), None)

    def value(self, kind: LifeKind) -> Any:
        """What holds of a kind; None where nothing was told."""
        event = self.events.get(kind)
        return event.value if event else None

    def rules(self, issued: date | None = None) -> Iterator[tuple[LifeEvent, Rule]]:
        """The rows that hold, in the order of the table; of one invoice, those that hold for what was issued then."""
        if not self.events:
            return
        replaced = {kind for held in self.events if held in TABLE for kind in TABLE[held].instead_of}
        for kind, rule in TABLE.items():
            event = self.events.get(kind)
            if event is None or kind in replaced:
                continue
            since = event.since if rule.later is Later.APART else None
            if issued is None or since is None or issued <= since:
                yield event, rule

    def says(self, thing: Thing, issued: date | None = None) -> Says:
        """What all that holds says to a thing: the strictest counts."""
        return max((rule.says[thing] for _, rule in self.rules(issued)), key=list(Says).index, default=Says.ALLOWED)

    def never(self, thing: Thing) -> bool:
        """Whether a thing is left out while all else goes on."""
        return bool(self.events) and any(rule.says[thing] is Says.NEVER for _, rule in self.rules())

    def asks(self, thing: Thing) -> bool:
        """Whether a person approves each such thing."""
        return any(rule.says[thing] is Says.ASKS for _, rule in self.rules())

    def because(self, thing: Thing) -> tuple[LifeEvent, Rule] | None:
        """What a thing is forbidden by, or why a person approves it; None where it is allowed."""
        says = self.says(thing)
        found = (held for held in self.rules() if held[1].says[thing] is says)
        return None if says is Says.ALLOWED else next(found)

    def why(self, thing: Thing) -> str | None:
        """The same in words."""
        because = self.because(thing)
        return because[1].why.format(because[0].kind) if because else None

    def source(self, thing: Thing) -> str | None:
        """The law or practice behind it."""
        because = self.because(thing)
        return because[1].source if because else None

    @property
    def stands_in(self) -> LifeEvent | None:
        """Who is written to instead of the debtor."""
        if not self.events:
            return None
        return next((event for event, rule in self.rules() if rule.writes_to_another), None)


def standing_of(events: Iterable[LifeEvent], today: date, law: Law | None = None) -> Standing:
    """How things stand on a debtor's local day, from all that became known, oldest first.

    A law tells who is a minor by birth; no row makes anything of a minor's wait, so that who only asks for that needs none.
    """
    if not events:
        return Standing({})
    latest: dict[LifeKind, LifeEvent] = {}
    for event in events:
        latest.pop(event.kind, None)
        latest[event.kind] = event
    holding = {kind: event for kind, event in latest.items() if event.holds(today)}
    born = holding.get(LifeKind.BORN)
    if law and born and LifeKind.MINOR not in holding and law.is_minor(date.fromisoformat(born.value), today):
        holding[LifeKind.MINOR] = LifeEvent(
            LifeKind.MINOR, None, None, None, born.by, born.reason_code, None, born.happened_at
        )
    return Standing(holding)


STOPS = frozenset({LifeKind.DECEASED, LifeKind.INSOLVENT, LifeKind.DEBT_SETTLEMENT, LifeKind.MINOR, LifeKind.OTHER})
"""What `stop_reason` may say, one at a time."""


@dataclass(frozen=True, slots=True)
class NextTask:
    """What a person does once a fact is known, and the last day for it where the law gives one."""

    kind: Literal["file claim", "guardian", "address"]
    why: str
    days: Callable[[Filings], int] | None = None

    def due_on(self, law: Law | None, since: date) -> date | None:
        """The last day for it, from the day on which the fact began."""
        filings = law.filings.find(since) if law else None
        return since + timedelta(days=self.days(filings)) if filings and self.days else None


NEXT: Mapping[LifeKind, NextTask] = {
    LifeKind.DECEASED: NextTask(
        "file claim", "the debtor has died: file the claim with the estate", lambda law: law.estate_days
    ),
    LifeKind.ESTATE_REJECTED: NextTask(
        "file claim",
        "the heirs reject the estate: file the claim with the court that settles it, or withdraw the case",
        lambda law: law.estate_days,
    ),
    LifeKind.INSOLVENT: NextTask(
        "file claim",
        "the debtor is insolvent: file the claim with the bankrupt estate",
        lambda law: law.bankruptcy_days,
    ),
    LifeKind.DEBT_SETTLEMENT: NextTask(
        "file claim", "the debtor is in debt settlement: file the claim", lambda law: law.debt_settlement_days
    ),
    LifeKind.MINOR: NextTask("guardian", "the debtor is a minor: find the guardian, and tell who it is"),
    LifeKind.NOT_ME: NextTask("address", "whom we wrote to is somebody else: find the debtor's address"),
}
"""What comes next for a person, once for each open case, and for those that open later."""

_CELLS = {"o": Says.ALLOWED, "X": Says.WAITS, "A": Says.ASKS, "N": Says.NEVER}
_STOPPED = {
    "draw": "the debtor is stopped: {}",
    "promise": "the debtor is stopped ({}): nothing is agreed until that is lifted",
    "plan": "the debtor is stopped ({}): nothing is agreed until that is lifted",
}


def _row(why: str, source: str, cells: str, **told: Any) -> Rule:
    says = dict(zip(Thing, (_CELLS[cell] for cell in cells.replace(" ", "")), strict=True))
    said = {Thing[thing.upper()]: words for thing, words in told.pop("said", {}).items()}
    forbids = {thing: word is Says.WAITS for thing, word in says.items()}
    return Rule(why, source, says, forbids, said=said, **told)


# The columns are the things, in their order: the invoice, an occasion, a reminder, one with a fee, a notice; a plain letter
# in its batch, a letter; a call, a draw, credit of another invoice; a fee, interest; a promise, a plan, a payment; the block,
# the hand-off, its export;
# a word of a draw that cannot be stopped, which everybody hears but who is written to by a person alone; what is not on
# paper; the address given away, a look-up, counting opens, a guess about the debtor, an offer.
# X waits, A is approved one by one, N is left out, o is as ever.
TABLE: Mapping[LifeKind, Rule] = {
    LifeKind.DECEASED: _row(
        "stopped for the debtor: {}",
        "practice: all cases stop, claims are cancelled; only the estate is contacted, and may pay",
        "XXXXX XX XXX XX XXo XXX X ooNNNN",
        flag="debtor stopped",
        said=_STOPPED,
    ),
    LifeKind.ESTATE: _row(
        "the debtor has died: only the estate's contact is written to",
        "practice: nothing is asked for but with the estate; its contact gets the invoice and what happened to it",
        "ooXXX oX XXX XX XXo XXX X ooNNNN",
        flag="debtor stopped",
        said=_STOPPED,
        instead_of=frozenset({LifeKind.DECEASED}),
        writes_to_another=True,
    ),
    LifeKind.ESTATE_REJECTED: _row(
        "stopped for the debtor: the heirs reject the estate",
        "law: heirs who take over no debts owe nothing; the court settles the estate",
        "XXXXX XX XXX XX XXo XXX X ooNNNN",
        flag="debtor stopped",
        said=_STOPPED,
        instead_of=frozenset({LifeKind.DECEASED, LifeKind.ESTATE}),
    ),
    LifeKind.INSOLVENT: _row(
        "stopped for the debtor: {}",
        "practice: stop, file the claim; later invoices run apart",
        "XXXXX XX XXX XX XXo XXX X oooooN",
        flag="debtor stopped",
        said=_STOPPED,
        later=Later.APART,
    ),
    LifeKind.DEBT_SETTLEMENT: _row(
        "stopped for the debtor: {}",
        "practice: stop, file the claim; later invoices run apart",
        "XXXXX XX XXX XX XXo XXX X oooooN",
        flag="debtor stopped",
        said=_STOPPED,
        later=Later.APART,
    ),
    LifeKind.OTHER: _row(
        "stopped for the debtor: {}",
        "a person's word",
        "XXXXX XX XXX XX XXo XXX X oooooN",
        flag="debtor stopped",
        said=_STOPPED,
    ),
    LifeKind.MINOR: _row(
        "a minor",
        "vergemålsloven §9; practice: no fees, interest, calls, SMS or email, letters to the guardian; a service is not"
        " blocked, and a person approves the hand-off",
        "ooooo oo NoN NN ooo NAo o NooNNN",
    ),
    LifeKind.GUARDIAN: _row(
        "a guardian stands in for the debtor",
        "vergemålsloven; practice: every message to the guardian, the debtor's channels are muted",
        "ooooo oo NoN oo ooo ooo o oooooN",
        writes_to_another=True,
    ),
    LifeKind.REPRESENTED: _row(
        "an adviser stands in for the debtor",
        "practice: every message to the representative, the debtor's channels are muted",
        "ooooo oo NoN oo ooo ooo o oooooN",
        writes_to_another=True,
    ),
    LifeKind.PROTECTED_ADDRESS: _row(
        "protected address",
        "practice: no look-up or export, a person approves each letter and the hand-off",
        "ooooo AA ooo oo ooo oAo o oNNooo",
    ),
    LifeKind.NOT_ME: _row(
        "whom we wrote to is somebody else: the debtor is found first",
        "practice: who was not reached is owed the step again; nothing hard about a stranger",
        "oooXX oo XoX XX ooo XXX o oooooN",
        flag="not me",
    ),
    LifeKind.PAUSE: _row(
        "a pause was asked for",
        "kindness: what the policy lets a debtor or adviser ask for; who comes may agree and pay",
        "ooXXX oX XXX XX ooo XXX o oooooN",
        said={"draw": "a pause was asked for"},
    ),
    LifeKind.DANGER: _row(
        "it would be dangerous to be without the service",
        "law and practice: danger to life or health suspends the block and the end of a service",
        "ooooo oo ooo oo ooo Noo o oooooo",
    ),
    LifeKind.NO_CALLS: _row("does not want calls", "the debtor's word", "ooooo oo Noo oo ooo ooo o oooooo"),
    LifeKind.NO_TRACKING: _row(
        "objects to tracking", "GDPR article 21: honoured at once", "ooooo oo ooo oo ooo ooo o oooNoo"
    ),
    LifeKind.NO_PROFILING: _row(
        "objects to profiling", "GDPR articles 21 and 22: honoured at once", "ooooo oo ooo oo ooo ooo o ooooNo"
    ),
}
"""What a life says to each thing; a kind without a row forbids nothing."""


def nothing_is_guessed(kind: LifeKind) -> bool:
    """Whether nothing is guessed of a debtor of whom this is known."""
    return kind in TABLE and TABLE[kind].says[Thing.PROFILING] is Says.NEVER
