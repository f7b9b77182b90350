"""Money under a statement's reference: which of the invoices that it lists get how much, to the cent; never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.money.amount import ZERO
from domain.money.matching.amounts import Candidate, Share
from domain.money.matching.ranking import LIKELY, Ranked
from domain.money.matching.reading import Clue
from domain.money.matching.verdict import Match, Review


@dataclass(frozen=True, slots=True)
class Listed:
    """An invoice that a statement asks for: how much it asked, and what is owed now, of which a part may be disputed."""

    candidate: Candidate
    asked: Decimal
    owed: Decimal  # never below zero: nothing of a claim that was withdrawn
    disputed: Decimal = ZERO

    @property
    def undisputed(self) -> Decimal:
        """What is owed and not disputed."""
        return max(ZERO, self.owed - self.disputed)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a statement of account asks for that was issued, in the order in which it lists it, and how that stands now."""

    currency: str
    lines: tuple[Listed, ...]
    others_open: bool
    """Whether its debtor owes on invoices that it does not list."""
    paid: tuple[tuple[int, Decimal], ...] = ()
    """Of money that is taken back: what each invoice, by its number of ours, got of it."""

    def is_asked_by(self, amount: Decimal) -> bool:
        """Whether an amount is all that it asked for, or all that is left of that."""
        asked = sum((line.asked for line in self.lines), ZERO)
        left = sum((min(line.asked, line.owed) for line in self.lines), ZERO)
        return amount > ZERO and amount in (asked, left)


def pays(clue: Clue, asking: Asking, how: str = "") -> Match | Review:
    """The shares of money that came with a statement's reference, or why a person must look.

    All that it asked for pays each invoice what was asked of it. Any other sum pays the one invoice whose amount it is,
    else what was asked, the first listed first: what is disputed last, then what has come to be owed on these since.
    What is left over is too much of the last one.
    """
    named = f"payment reference of a statement of {len(asking.lines)} invoices{how}"
    if clue.currency != asking.currency:
        return _asks(f"paid in {clue.currency}, the statement is in {asking.currency}", asking)
    if clue.amount < ZERO:
        return _taken_back(clue, asking, named)
    exact = [line for line in asking.lines if clue.amount in (min(line.asked, line.owed), line.undisputed)]
    if len(exact) == 1 and len(asking.lines) > 1 and not asking.is_asked_by(clue.amount):
        return Match((Share(exact[0].candidate, clue.amount),), f"{named}; the amount is that of {_number(exact[0])}")
    amounts, over = shared(clue.amount, asking.lines)
    if not any(amounts) and asking.others_open:
        return _asks(f"{named}, which are settled, and it is not plain which of the debtor's others is meant", asking)
    if over:
        last = max((place for place, amount in enumerate(amounts) if amount), default=len(amounts) - 1)
        amounts[last] += over
    given = zip(asking.lines, amounts, strict=True)
    shares = tuple(Share(line.candidate, amount) for line, amount in given if amount)
    return Match(shares, f"{named}; {_difference(clue.amount, over, asking)}")


def shared(amount: Decimal, lines: Sequence[Listed]) -> tuple[list[Decimal], Decimal]:
    """What each line gets of an amount, and what is left over when nothing is owed on any of them."""
    amounts = [ZERO] * len(lines)
    for bound in (
        [min(line.asked, line.undisputed) for line in lines],
        [min(line.asked, line.owed) for line in lines],
        [line.undisputed for line in lines],
    ):
        for place, most in enumerate(bound):
            more = max(ZERO, min(amount, most - amounts[place]))
            amounts[place] += more
            amount -= more
    return amounts, amount


def _taken_back(clue: Clue, asking: Asking, named: str) -> Match | Review:
    """What was paid in one is taken back in one, of each invoice what it got."""
    got = dict(asking.paid)
    shares = tuple(
        Share(line.candidate, -got[line.candidate.invoice_id])
        for line in asking.lines
        if line.candidate.invoice_id in got
    )
    if not shares or sum((share.amount for share in shares), ZERO) != clue.amount:
        return _asks(f"{named}, and no payment of that amount was booked there that is not taken back already", asking)
    return Match(shares, f"{named}; the payment of it is taken back")


def _difference(amount: Decimal, over: Decimal, asking: Asking) -> str:
    if asking.is_asked_by(amount):
        return "the amount is all that it asks for"
    if over == amount:
        return "it is settled already"
    return (
        "the amount is more than is owed" if over else "the amount is another than it asks for: the first listed first"
    )


def _asks(why: str, asking: Asking) -> Review:
    ranked = (
        Ranked(line.candidate, ("listed in the statement whose reference it has",), LIKELY) for line in asking.lines
    )
    return Review(why, tuple(ranked))


def _number(line: Listed) -> str:
    return line.candidate.number
