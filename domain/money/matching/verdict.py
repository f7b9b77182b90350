"""From what a payment tells to the invoice it is for, explained in words, and never by guessing.

A payment books by itself only where one reading of it explains everything and no other comes near; whatever is less
plain waits for a person, with the likeliest invoices and the reasons for each.

An exact reference decides alone. All else needs an amount that fits, and a further sign where the first is weak:

- A reference one slip away is strong: next to no other payment would come that near to one of the creditor's
  references. The payer's name or account must agree as well where several references are that near, or where the
  reference holds as it stands, and so may be somebody else's.
- An invoice or customer number in the text is weak: such numbers run in series, and any number of that length hits
  one. The debtor's name must be the payer's or stand in the text or, where the payment names no payer, the text must
  call the number so. For the very amount the initials do, and the family name where the text calls the number an
  invoice's. With the debtor's own name it may be a part as people pay parts, or what the invoice makes with the
  debtor's others.
- A number written otherwise, without its dashes or zeros, says as much where the debtor is named, and else nothing.
- An account that has paid for one debtor and nobody else says who pays, not for what.
- A name or an amount alone says little: people share names, and subscriptions cost the same. They never book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.money.amount import ZERO
from domain.money.matching.amounts import (
    Candidate,
    Share,
    difference,
    fit_of,
    is_usual_part,
    sum_in_words,
    sum_of,
    ways_to_sum,
)
from domain.money.matching.ranking import Ranked, Signs, likeliest, named_by, signs_of
from domain.money.matching.reading import Clue
from domain.money.references import holds, may_be_another


@dataclass(frozen=True, slots=True)
class Match:
    """The invoices a payment is for, and how they were found.

    The shares sum to the amount. Several pay what is left of each; a single one may be less or more than is left.
    """

    shares: tuple[Share, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Review:
    """Why a person must look, and the likeliest invoices, best first."""

    why: str
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand a payment: what it pays, why, and what keeps it from booking by itself."""

    shares: tuple[Share, ...]
    why: str
    doubt: str | None


def named_plainly(clue: Clue, candidates: Sequence[Candidate]) -> Match | None:
    """The match where the reference or number names one open invoice and the amount fits: nothing else is asked."""
    named = [(c, words) for c in candidates if (words := named_by(clue, c))]
    if len({candidate.invoice_id for candidate, _ in named}) != 1:
        return None
    candidate, words = named[0]
    fit = fit_of(candidate, clue.amount)
    if fit is None or not candidate.open or candidate.currency != clue.currency:
        return None
    return Match((Share(candidate, clue.amount),), f"{words}, and the amount is {fit}")


def match(clue: Clue, candidates: Sequence[Candidate]) -> Match | Review:
    """The invoices that a payment is for, or what a person is asked.

    `candidates` are all that `searched` finds: the invoices named exactly or one slip away, and the open invoices of
    each debtor who is named. Their order does not matter.
    """
    plain = named_plainly(clue, candidates)
    if plain:
        return plain
    unique = {candidate.invoice_id: candidate for candidate in candidates}
    everything = [signs_of(clue, unique[invoice]) for invoice in sorted(unique)]
    named = [s for s in everything if s.named]
    signs = [s for s in everything if s.candidate.currency == clue.currency]
    if any(s.candidate.currency != clue.currency for s in named):
        currencies = " and ".join(sorted({s.candidate.currency for s in named}))
        outcome: Match | str = f"paid in {clue.currency}, the invoice is in {currencies}"
        signs = named
    elif len(named) == 1:
        outcome = _of_named(clue, named[0], signs)
    elif named:
        outcome = _of_shared_reference(clue, named, signs)
    else:
        outcome = _of_unnamed(clue, signs)
    return outcome if isinstance(outcome, Match) else Review(outcome, likeliest(signs))


def _of_named(clue: Clue, only: Signs, signs: Sequence[Signs]) -> Match | str:
    """What the one invoice that is named gets of a payment whose amount does not plainly fit it."""
    here, amount = only.candidate, clue.amount
    alone = Match((Share(here, amount),), f"{only.named}; {difference(here, amount)}")
    if amount < ZERO or clue.number is not None:
        return alone
    others = [s for s in signs if s.candidate.debtor_id == here.debtor_id and s is not only and s.payable]
    twins = [s for s in signs if s.slip and s.fit and s.payable]
    if twins:
        twin = twins[0]
        return (
            f"{only.named}, but the amount is {twin.fit} of {twin.candidate.number}, whose reference is one slip away"
        )
    in_text = [s for s in signs if s.in_text and s.payable and s is not only]
    if here.balance <= ZERO:
        return _of_settled(only, others, alone)
    together = sum_of([here, *(s.candidate for s in in_text)], amount)
    if together:
        return Match(together, f"the amount is the sum of the {len(together)} invoices that the payment names")
    if any(s.fit for s in in_text):
        return f"{only.named}, but the text names another invoice, and the amount is that one's"
    if only.fit is None and any(s.fit for s in others):
        return f"{only.named}, but the amount is that of another open invoice of the same debtor"
    if amount <= here.balance:
        return alone
    sums = ways_to_sum([s.candidate for s in others], amount, besides=here)
    if len(sums) > 1:
        return f"{only.named}, and the amount is a sum of this debtor's open invoices in more than one way"
    return Match(sums[0], f"{only.named}, and {sum_in_words(sums[0])}") if sums else alone


def _of_settled(only: Signs, others: Sequence[Signs], alone: Match) -> Match | str:
    """An old reference pays the debtor's only other open invoice of that amount; with none open it is paid twice."""
    amount = alone.shares[0].amount
    settled = f"{only.named}, which is settled"
    if not others:
        return Match(alone.shares, f"{settled}; this debtor owes nothing else")
    equal = [s.candidate for s in others if s.fit]
    if len(equal) == 1:
        why = f"{settled}; {equal[0].number} is the only open invoice of this debtor with that amount"
        return Match((Share(equal[0], amount),), why)
    sums = [] if equal else ways_to_sum([s.candidate for s in others], amount)
    if len(sums) == 1:
        return Match(sums[0], f"{settled}; {sum_in_words(sums[0])}")
    return f"{settled}, and it is not plain which of the debtor's others is meant"


def _of_shared_reference(clue: Clue, named: Sequence[Signs], signs: Sequence[Signs]) -> Match | str:
    """A reference used for several invoices is plain only within one debtor, and only by the amount."""
    many = f"{len(named)} invoices have this payment reference"
    debtors = {s.candidate.debtor_id for s in named}
    if len(debtors) > 1 or clue.amount < ZERO:
        return many
    fitting = [s.candidate for s in named if s.fit and s.payable]
    if len(fitting) == 1:
        return Match(
            (Share(fitting[0], clue.amount),), f"{many}; {fitting[0].number} is the only open one with that amount"
        )
    theirs = [s.candidate for s in signs if s.candidate.debtor_id in debtors and s.payable]
    sums = [] if fitting else ways_to_sum(theirs, clue.amount)
    return Match(sums[0], f"{many}; {sum_in_words(sums[0])}") if len(sums) == 1 else many


def _of_unnamed(clue: Clue, signs: Sequence[Signs]) -> Match | str:
    """What a payment without a reference of ours pays, where all readings of it agree; else the question."""
    if clue.number is not None:
        return "no invoice has this number"
    nothing = "no invoice has this payment reference" if clue.reference else "no payment reference"
    if clue.amount < ZERO:
        return f"{nothing}, and a payment is taken back"
    if clue.elsewhere:
        return "is a reference of another creditor's series"
    readings = [*_by_slip(clue, signs), *_by_text(clue, signs), *_by_debtor(clue, signs)]
    if not readings:
        return f"{nothing}{_what_is_known(signs)}"
    whys = list(dict.fromkeys(reading.why for reading in readings))
    if len({frozenset(share.candidate.invoice_id for share in reading.shares) for reading in readings}) > 1:
        return f"{nothing}, and what is told points to different invoices: {'; or '.join(whys)}"
    if _is_contradicted(readings[0], signs):
        return f"{nothing}; {whys[0]}, but the text names another debtor"
    undoubted = [reading for reading in readings if reading.doubt is None]
    if not undoubted:
        return f"{nothing}; {readings[0].why}, but {readings[0].doubt}"
    return Match(undoubted[0].shares, "; ".join(whys))


def _is_contradicted(reading: _Reading, signs: Sequence[Signs]) -> bool:
    """Whether the text plainly names a debtor who gets nothing of the payment."""
    paid = {share.candidate.debtor_id for share in reading.shares}
    return any((s.called or s.in_text == "reference") and s.candidate.debtor_id not in paid for s in signs)


def _by_slip(clue: Clue, signs: Sequence[Signs]) -> list[_Reading]:
    """The invoices whose reference is one slip from the one given and whose amount fits."""
    near = [s for s in signs if s.slip]
    fitting = [s for s in near if s.fit and s.payable]
    of_payer = [s for s in near if s.supported]
    if len(of_payer) == 1 and of_payer[0] in fitting:
        fitting = of_payer
    readings = []
    for s in fitting:
        doubt = None
        if s not in of_payer and len({other.candidate.debtor_id for other in near}) > 1:
            doubt = f"{len(near)} payment references are as near"
        elif s not in of_payer and _holds_as_it_stands(clue, s):
            doubt = "the reference given holds as it stands, so that it may be somebody else's"
        why = f"payment reference of invoice {s.candidate.number} with {s.slip}, and the amount is {s.fit}"
        readings.append(_Reading((Share(s.candidate, clue.amount),), why, doubt))
    return readings


def _by_text(clue: Clue, signs: Sequence[Signs]) -> list[_Reading]:
    """The invoices that the text names: the only one with that amount, or all of them together."""
    named = [s for s in signs if s.in_text]
    fitting = [s for s in named if s.fit and s.payable]
    if len(named) > 1:
        of_payer = [s for s in fitting if s.supported or _has_both_numbers(s)]
        strangers = [s for s in named if s not in fitting and not s.supported]
        if len(of_payer) == len(fitting) == 1 and len(strangers) == len(named) - 1:
            named = fitting  # the other numbers only look like somebody's: a phone number, a date
    if len(named) > 1:
        shares = sum_of([s.candidate for s in named if s.payable], clue.amount)
        if shares is None or len(shares) < len(named):
            return []
        why = f"the amount is the sum of the {len(named)} invoices in the text"
    elif named:
        found = _paid_of(named[0], clue.amount, signs)
        if found is None:
            return []
        shares, paid = found
        why = f"{named[0].in_text} of invoice {named[0].candidate.number} in the text, and {paid}"
    else:
        return []
    proven = (
        all(s.in_text == "reference" or _has_both_numbers(s) for s in named)
        or any(s.supported for s in named)
        or (len(named) == 1 and bool(fitting) and _is_of_the_family(named[0]))
    )
    return [_Reading(shares, why, None if proven else _doubt_of_payer(clue, named))]


def _paid_of(only: Signs, amount: Decimal, signs: Sequence[Signs]) -> tuple[tuple[Share, ...], str] | None:
    """What a payment pays where its text names this invoice alone, in words.

    Another amount than what is owed is understood where it is the debtor who pays: as the sum with the debtor's other
    open invoices, or as a part of the kind that people pay.
    """
    here = only.candidate
    if only.fit and only.payable:
        return (Share(here, amount),), f"the amount is {only.fit}"
    if not (only.supported and only.payable) or only.in_text == "number (written otherwise)":
        return None
    others = [s for s in signs if s.candidate.debtor_id == here.debtor_id and s is not only and s.payable]
    sums = ways_to_sum([s.candidate for s in others], amount, besides=here)
    if len(sums) == 1:
        return sums[0], sum_in_words(sums[0])
    if sums or any(s.fit for s in others) or not is_usual_part(here, amount):
        return None
    return (Share(here, amount),), difference(here, amount)


def _is_of_the_family(s: Signs) -> bool:
    """Whether somebody of the debtor's family name pays: with the debtor's initials, or an invoice called so."""
    return s.in_text == "number" and (s.name == "initials" or (s.name == "family" and s.called))


def _by_debtor(clue: Clue, signs: Sequence[Signs]) -> list[_Reading]:
    """What the amount pays of the debtors whom a customer number or a known account names."""
    readings = []
    for debtor in sorted({s.candidate.debtor_id for s in signs if s.customer or s.account}):
        theirs = [s for s in signs if s.candidate.debtor_id == debtor and s.payable]
        fitting = [s for s in theirs if s.fit]
        sums = [] if fitting else ways_to_sum([s.candidate for s in theirs], clue.amount)
        if len(fitting) == 1:
            shares: tuple[Share, ...] = (Share(fitting[0].candidate, clue.amount),)
            paid = f"{fitting[0].candidate.number} is the only open invoice of this debtor with that amount"
        elif len(sums) == 1:
            shares, paid = sums[0], sum_in_words(sums[0])
        else:
            continue
        if theirs[0].account:
            why, doubt = "the payer's account has paid for this debtor before", _doubt_of_reference(clue, debtor, signs)
        else:
            why, doubt = "customer number in the text", None if theirs[0].supported else _doubt_of_payer(clue, theirs)
        readings.append(_Reading(shares, f"{why}, and {paid}", doubt))
    return readings


def _doubt_of_payer(clue: Clue, named: Sequence[Signs]) -> str | None:
    if clue.payer_name:
        return "the payer's name is not the debtor's"
    if any(s.in_text == "number (written otherwise)" for s in named):
        return "nothing says who pays"
    return None if any(s.called for s in named) else "nothing says what number that is, or who pays"


def _doubt_of_reference(clue: Clue, debtor: int, signs: Sequence[Signs]) -> str | None:
    """What stands against this debtor in the reference given, which names no invoice here."""
    near = {s.candidate.debtor_id for s in signs if s.slip}
    if near and debtor not in near:
        return "the reference given is one slip from another debtor's"
    if clue.reference and not near and holds(clue.reference, clue.currency):
        return "the reference given holds as it stands, so that it may be somebody else's"
    return None


def _holds_as_it_stands(clue: Clue, near: Signs) -> bool:
    """Whether the reference given could be another of the same series."""
    meant = filter(None, (near.candidate.reference, near.candidate.plan_reference))
    return any(may_be_another(clue.reference or "", one, clue.currency) for one in meant)


def _has_both_numbers(s: Signs) -> bool:
    return s.customer and s.candidate.customer_number != s.candidate.number


def _what_is_known(signs: Sequence[Signs]) -> str:
    """Why what is known does not suffice, in words that follow on `no payment reference`."""
    if any(s.slip for s in signs):
        return "; one is near, but the amount is not what is owed there"
    if any(s.in_text or s.customer or s.account for s in signs):
        return "; what else is told does not explain the amount"
    if any(s.name and s.fit for s in signs):
        return "; only the payer's name and the amount point to an invoice"
    return ""
