"""Why an invoice is probably late: each reason with its chance, what was seen that speaks for it, and all of it in words.

It is a guess about an invoice, never about a person: nothing is said of anybody's health or character. Nothing is decided by it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple


class LateReason(StrEnum):
    """Why an invoice may be late."""

    FORGOT = "forgot"
    CANNOT = "cannot"
    UNREACHABLE = "unreachable"  # moved, or no address that works
    DISAGREES = "disagrees"
    HABIT = "habit"  # pays, and pays late
    TECHNICAL = "technical"  # it went wrong on the way: a draw, a reference, a payment page, an invoice that never came


class Seen(StrEnum):
    """What was seen of an invoice, or of its debtor's earlier ones. What says the same is one, and counts once."""

    BOUNCED = "bounced"  # messages came back, and nothing was heard or seen since
    NOTHING_READ = "nothing read"  # two messages at least, and no sign in a week
    NO_ANSWER = "no answer"  # calls
    WRONG_CONTACT = "wrong contact"  # somebody else, or a wrong number
    MOVED = "moved"  # wrote so
    READ_NOT_PAID = "read, not paid"
    ASKED_FOR_TIME = "asked for time"  # or for a plan
    CANNOT_PAY = "cannot pay"  # said so on the phone
    PLAN_BROKEN = "plan broken"
    PROMISE_BROKEN = "promise broken"
    PART_PAID = "part paid"
    DISPUTED = "disputed"  # and nobody has decided
    DISPUTE_REJECTED = "dispute rejected"
    DRAW_FAILED = "draw failed"
    PAYMENT_FAILED = "payment failed"  # begun on the page, and not finished
    SAYS_PAID = "says paid"  # and no money came under its reference
    MONEY_WAITS = "money waits"  # that nobody could book: a wrong reference
    INVOICE_NOT_DELIVERED = "invoice not delivered"
    OFTEN_LATE = "often late"
    SELDOM_LATE = "seldom late"
    PAYS_WHEN_REMINDED = "pays when reminded"


REASON_WORDS: Final[Mapping[LateReason, str]] = {
    LateReason.FORGOT: "forgot it",
    LateReason.CANNOT: "cannot pay all of it now",
    LateReason.UNREACHABLE: "moved, or not reached",
    LateReason.DISAGREES: "disagrees",
    LateReason.HABIT: "pays late by habit",
    LateReason.TECHNICAL: "something went wrong on the way",
}
MOST_DAYS: Final = 3  # that are kept of one thing seen: the latest
UNSURE_BELOW: Final = 0.5  # the likeliest of less is not said


class Evidence(NamedTuple):
    """Something seen: how often, and on which days (local, the latest three); of a habit of how many, and by how many days."""

    seen: Seen
    times: int
    days: tuple[date, ...] = ()
    of: int | None = None
    late_by: int | None = None


class Likely(NamedTuple):
    """How likely a reason is, from 0 to 1; what speaks for it, the strongest first; and on how many earlier invoices whose
    reason came out as this one its share was corrected.
    """

    chance: float
    facts: Sequence[Evidence] = ()
    came_out: int = 0


Reasons = Mapping[LateReason, Likely]
"""Every reason; their chances are 1 in all."""


def likeliest(reasons: Reasons) -> LateReason | None:
    """The likeliest reason; None where it is not known: nothing speaks for it, or none stands out."""
    best = max(reasons, key=lambda reason: reasons[reason].chance, default=None)
    return best if best and reasons[best].facts and reasons[best].chance >= UNSURE_BELOW else None


def as_json(reasons: Reasons) -> dict[str, dict[str, Any]]:
    """As they are kept."""
    return {
        str(reason): {  # a plain text: what writes JSON takes no other key
            "chance": round(likely.chance, 3),
            "facts": [fact_as_json(each) for each in likely.facts],
            "came_out": likely.came_out,
        }
        for reason, likely in reasons.items()
    }


def fact_as_json(evidence: Evidence) -> list[Any]:
    """Something seen, as it is kept."""
    days = [day.isoformat() for day in evidence.days]
    return [evidence.seen, evidence.times, days, evidence.of, evidence.late_by]


def from_json(kept: Mapping[str, Mapping[str, Any]]) -> Reasons:
    """As they were kept."""
    return {
        LateReason(reason): Likely(
            likely["chance"],
            [
                Evidence(Seen(seen), times, tuple(map(date.fromisoformat, days)), of, late_by)
                for seen, times, days, of, late_by in likely["facts"]
            ],
            likely.get("came_out", 0),
        )
        for reason, likely in kept.items()
    }


def in_words(reasons: Reasons) -> str:
    """The likeliest reason with its chance, as a sentence; an honest "not known" where it is not."""
    reason = likeliest(reasons)
    if reason is None:
        return "why it is late is not known"
    return f"probably {REASON_WORDS[reason]} ({reasons[reason].chance:.0%})"


def facts_of(reasons: Reasons) -> Sequence[Evidence]:
    """What speaks for the likeliest reason, the strongest first; nothing where it is not known."""
    reason = likeliest(reasons)
    return () if reason is None else reasons[reason].facts


def sentence_of(evidence: Evidence) -> str:
    """Something seen, as a sentence without a point, and without its days."""
    often = _how_often(evidence.times)
    return _WORDS[evidence.seen].format(times=evidence.times, of=evidence.of, late_by=evidence.late_by, often=often)


def _how_often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


_WORDS: Final[Mapping[Seen, str]] = {
    Seen.BOUNCED: "messages came back {often}, and nothing was heard since",
    Seen.NOTHING_READ: "{times} messages, and none was read",
    Seen.NO_ANSWER: "did not answer the phone {often}",
    Seen.WRONG_CONTACT: "somebody else was reached {often}",
    Seen.MOVED: "told of another address",
    Seen.READ_NOT_PAID: "read about it and has not paid",
    Seen.ASKED_FOR_TIME: "asked for more time or a plan",
    Seen.CANNOT_PAY: "said on the phone that it cannot be paid now",
    Seen.PLAN_BROKEN: "a plan was not kept",
    Seen.PROMISE_BROKEN: "a promise was not kept {often}",
    Seen.PART_PAID: "a part is paid",
    Seen.DISPUTED: "disagrees, and nobody has decided",
    Seen.DISPUTE_REJECTED: "disagreed, and that was rejected",
    Seen.DRAW_FAILED: "a draw by direct debit failed {often}",
    Seen.PAYMENT_FAILED: "began to pay on the page {often}, and no money came",
    Seen.SAYS_PAID: "says that it is paid",
    Seen.MONEY_WAITS: "money that may be for it waits for somebody to look",
    Seen.INVOICE_NOT_DELIVERED: "the invoice itself came back",
    Seen.OFTEN_LATE: "paid {times} of {of} earlier invoices late, about {late_by} days",
    Seen.SELDOM_LATE: "paid {times} of {of} earlier invoices in time",
    Seen.PAYS_WHEN_REMINDED: "paid {times} of {of} late ones within days of a message",
}
